package dev.pgmend.plan;

import dev.pgmend.sql.QualifiedName;
import java.util.ArrayList;
import java.util.List;

/// A step that finds the rows of live tables which differ, or puts them right.
public sealed interface MendStep extends Step {
  /// Changes the rows of a table so that they are those of a staged one, as far as a policy says.
  ///
  /// @param policy which differences are put right
  /// @param key the columns of a usable key, empty where rows are told apart only by their whole image
  /// @param keyOperators the equality of each key column
  /// @param only whether inheritance children are left out
  /// @param quiet statements that suppress triggers, rules and FORCE ROW LEVEL SECURITY for the transaction
  /// @param loud statements that put them back exactly as they were
  /// @param gone where the live rows that go or are changed are kept
  /// @param came where the rows are noted that come or are changed back
  /// @param kept where rows of the backup are noted that are left out after all
  /// @param conflicts where the keys of rows are noted that were written since they were compared
  /// @param nulled columns that may be given NULL because what they refer to is gone
  record Mend(
      RowPolicy policy,
      QualifiedName table,
      QualifiedName staged,
      List<String> columns,
      List<String> added,
      List<String> fixed,
      List<String> key,
      List<String> keyOperators,
      boolean only,
      List<String> quiet,
      List<String> loud,
      List<Incoming> incoming,
      List<Outgoing> outgoing,
      QualifiedName gone,
      QualifiedName came,
      QualifiedName kept,
      QualifiedName conflicts,
      List<String> nulled)
      implements MendStep {
    public Mend {
      nulled = List.copyOf(nulled);
      columns = List.copyOf(columns);
      added = List.copyOf(added);
      fixed = List.copyOf(fixed);
      key = List.copyOf(key);
      keyOperators = List.copyOf(keyOperators);
      quiet = List.copyOf(quiet);
      loud = List.copyOf(loud);
      incoming = List.copyOf(incoming);
      outgoing = List.copyOf(outgoing);
    }

    /// {@return how a notice begins that says that a table takes part without being named by the user}
    public static String unasked(QualifiedName table) {
      return table + " was not asked for";
    }

    /// A foreign key that may have to be let go of while rows change.
    ///
    /// @param id what [CheckStep.CountOrphans] and the settling call it
    /// @param internal whether the rows on both its sides are restored
    /// @param drop takes it away, "" where it belongs to someone else
    /// @param add adds it again, as NOT VALID where that can be
    /// @param validate validates it again, "" where that is not to be done
    public record ForeignKey(
        String id, String name, boolean internal, String drop, String add, String validate) {
      /// {@return whether the session's role may let go of it}
      public boolean droppable() {
        return !drop.isEmpty();
      }
    }

    /// A foreign key that refers to the table.
    ///
    /// @param referring the table whose key it is
    /// @param lock that table, if its writers have to be kept out because the key would act on its rows; else ""
    /// @param reached counts the rows that the key would act on, "" if it only refuses
    /// @param vanishing counts the values that the key may refer to and that disappear; "" if that cannot be told
    /// @param movable whether changing a row can change what the key refers to
    /// @param left counts the rows that would lose their parents if the restore were taken back
    /// @param dangling counts the rows that refer to what the restore brings and do not find it now; "" if that cannot be told
    public record Incoming(
        ForeignKey key,
        QualifiedName referring,
        String lock,
        String reached,
        String vanishing,
        boolean movable,
        String left,
        String dangling) {}

    /// A foreign key by which the table refers to another one or to itself.
    ///
    /// @param dangling counts the rows of `gone` that do not find their parents now
    public record Outgoing(ForeignKey key, String dangling) {}

    @Override
    public String title() {
      return "change the rows of %s that differ".formatted(table);
    }

    @Override
    public String sql() {
      return String.join(";\n", new MendSql(this).statements());
    }

    @Override
    public String locks() {
      String own =
          quiet.isEmpty()
              ? "ROW EXCLUSIVE on %s, and the rows that change; SHARE ROW EXCLUSIVE if these are not to be had in three tries"
                  .formatted(table)
              : "%s on %s, for triggers, rules or row security are suppressed (writers wait)"
                  .formatted(
                      new MendSql(this).lock().replaceFirst("^.* IN (.*) MODE$", "$1"), table);
      boolean among =
          incoming.stream().anyMatch(found -> found.key().internal())
              || outgoing.stream().anyMatch(found -> found.key().internal());
      return among
          ? own
              + "; ACCESS EXCLUSIVE if its foreign keys to or from restored tables have to be let go of"
          : own;
    }
  }

  /// Compares tables with the staged rows, all as they are at one moment, and notes the rows that differ.
  ///
  /// @param quiet statements that lift FORCE ROW LEVEL SECURITY for that
  /// @param loud statements that put it back
  /// @param settled what is done about rows that cannot be there, over and over until none is found
  record Compare(
      List<Mend> mends,
      List<Bring> brings,
      List<Settled> settled,
      List<String> quiet,
      List<String> loud)
      implements MendStep {
    /// Adds rows of one table that rows which come refer to by a foreign key, and do not find.
    public record Bring(Mend parent, String foreignKey, String sql) {}

    /// Does something about the rows of one table that a foreign key would find no parent for, or that find others in their place.
    ///
    /// @param done what is done, in words: left out, removed, given NULL
    /// @param why in words
    /// @param sample a query for some of their keys
    /// @param sql the first statement touches as many rows as there are, the others do the rest
    /// @param nulls the columns that are given NULL, none if rows come or go as a whole
    public record Settled(
        QualifiedName table,
        String done,
        String why,
        String sample,
        List<String> sql,
        List<String> nulls) {
      public Settled {
        nulls = List.copyOf(nulls);
        sql = List.copyOf(sql);
      }
    }

    public Compare {
      brings = List.copyOf(brings);
      settled = List.copyOf(settled);
      mends = List.copyOf(mends);
      quiet = List.copyOf(quiet);
      loud = List.copyOf(loud);
    }

    @Override
    public String title() {
      return "compare the rows of %s with the backup's"
          .formatted(
              String.join(", ", mends.stream().map(mend -> mend.table().toString()).toList()));
    }

    @Override
    public String sql() {
      List<String> all = new ArrayList<>(quiet);
      mends.forEach(mend -> all.addAll(new MendSql(mend).compare()));
      brings.forEach(bring -> all.add(bring.sql()));
      settled.forEach(rows -> all.addAll(rows.sql()));
      all.addAll(loud);
      return String.join(";\n", all);
    }

    @Override
    public String locks() {
      return quiet.isEmpty()
          ? ""
          : "ACCESS EXCLUSIVE where FORCE ROW LEVEL SECURITY is lifted to read all rows";
    }
  }
}
