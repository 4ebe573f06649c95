package dev.pgmend.plan;

import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// One thing that a run does. Steps are data; only the runner acts on them.
public sealed interface Step {
  /// {@return the step in a few words, naming the object}
  String title();

  /// {@return the SQL that will run; values that are known only then stand as `$…`}
  String sql();

  /// {@return the locks taken on relations that others use, in PostgreSQL's words, "" for none}
  default String locks() {
    return "";
  }

  /// A statement that runs as it stands.
  ///
  /// @param entry the archive entry it comes from, 0 for pgmend's own
  record Statement(String title, String sql, String locks, int entry) implements Step {
    public Statement(String title, String sql) {
      this(title, sql, "", 0);
    }
  }

  /// Streams the rows of one or more data entries into a staged table, counting and hashing them, and reads them back.
  ///
  /// @param table the table's final name, for messages
  /// @param entries the data entries, in archive order
  /// @param verbatim whether what is read back has to be the backup's text, byte by byte: a column is of a type that the backup
  ///     defines otherwise, and the server's own conversion proves nothing
  /// @param unless rows that need not be staged
  record Load(
      QualifiedName table,
      QualifiedName into,
      List<String> columns,
      List<Integer> entries,
      boolean verbatim,
      Optional<Unless> unless)
      implements Step {
    /// Rows of the backup need not be staged if the live table has them: those of which the text of some fields is, in the live
    /// table, that of a row. That a row was staged says nothing; equal values may be written in two ways.
    ///
    /// @param query the live rows' text of the fields
    /// @param estimate a query for a rough number of the live rows, below zero if it is not known
    /// @param fields the fields' places among the columns, counted from 0; empty for all
    public record Unless(String query, String estimate, List<Integer> fields) {
      public Unless {
        fields = List.copyOf(fields);
      }
    }

    public Load(
        QualifiedName table, QualifiedName into, List<String> columns, List<Integer> entries) {
      this(table, into, columns, entries, false, Optional.empty());
    }

    public Load {
      columns = List.copyOf(columns);
      entries = List.copyOf(entries);
    }

    @Override
    public String title() {
      return "load and read back the rows of " + table;
    }

    /// {@return the same, where what is read back has to be the backup's text}
    Load asVerbatim() {
      return new Load(table, into, columns, entries, true, unless);
    }

    /// {@return the same, of all rows}
    Load whole() {
      return new Load(table, into, columns, entries, verbatim, Optional.empty());
    }

    /// {@return the same, of rows that the live table does not have}
    Load unless(Unless known) {
      return new Load(table, into, columns, entries, verbatim, Optional.of(known));
    }

    /// {@return `("a", "b")`, or nothing for a table without columns}
    public String columnList() {
      return Step.columnList(columns);
    }

    @Override
    public String sql() {
      return "COPY %s%s FROM STDIN".formatted(into.sql(), columnList());
    }
  }

  /// Gives staged columns, which hold the backup's values as text, the types that they have in the target today.
  ///
  /// @param columns all columns of the staged table
  /// @param retyped the columns to convert
  /// @param key the columns that name a row, for messages; may be empty
  /// @param lossy whether values may be others when they are converted back
  record Convert(
      QualifiedName table,
      QualifiedName staged,
      List<String> columns,
      List<Retyped> retyped,
      List<String> key,
      boolean lossy)
      implements Step {
    public Convert {
      columns = List.copyOf(columns);
      retyped = List.copyOf(retyped);
      key = List.copyOf(key);
    }

    /// A column whose type is another one today.
    public record Retyped(String column, String from, String to) {}

    @Override
    public String title() {
      return "convert %s of %s and compare with what they were"
          .formatted(
              String.join(", ", retyped.stream().map(one -> Sql.quote(one.column())).toList()),
              table);
    }

    @Override
    public String sql() {
      return "ALTER TABLE %s %s"
          .formatted(
              staged.sql(),
              String.join(
                  ", ",
                  retyped.stream()
                      .map(one ->
                          "ALTER COLUMN %s TYPE %s USING %s::%s::%s"
                              .formatted(
                                  Sql.quote(one.column()),
                                  one.to(),
                                  Sql.quote(one.column()),
                                  one.from(),
                                  one.to()))
                      .toList()));
    }
  }

  /// Counts rows that a foreign key would not find a parent for.
  ///
  /// @param countable whether the session's role may read both tables
  /// @param tolerated whether orphans are accepted, the foreign key staying NOT VALID
  /// @param remedy what can be done about them
  record CountOrphans(
      String foreignKey,
      QualifiedName table,
      boolean countable,
      boolean tolerated,
      String sql,
      String sample,
      String remedy)
      implements Step {
    @Override
    public String title() {
      return "count rows of %s that foreign key %s has no parent for%s"
          .formatted(
              table, Sql.quote(foreignKey), tolerated ? "; with any it is left NOT VALID" : "");
    }
  }

  /// Counts rows that cannot come because other rows have their values in a unique key or an exclusion constraint.
  ///
  /// @param remedy what can be done about them
  record CountClashes(QualifiedName table, String index, String sql, String sample, String remedy)
      implements Step {
    @Override
    public String title() {
      return "count rows of %s that come and find their values in %s taken"
          .formatted(table, Sql.quote(index));
    }
  }

  /// Inserts one row with the table's own defaults in staging and rolls it back.
  record Probe(
      QualifiedName table, QualifiedName staged, List<String> columns, List<String> defaulted)
      implements Step {
    public Probe {
      columns = List.copyOf(columns);
      defaulted = List.copyOf(defaulted);
    }

    @Override
    public String title() {
      return "probe that %s takes a new row".formatted(table);
    }

    @Override
    public String sql() {
      String list =
          String.join(
              ", ", columns.stream().filter(c -> !defaulted.contains(c)).map(Sql::quote).toList());
      return list.isEmpty()
          ? "INSERT INTO %s DEFAULT VALUES".formatted(staged.sql())
          : "INSERT INTO %s (%s) SELECT %s FROM %s LIMIT 1"
              .formatted(staged.sql(), list, list, staged.sql());
    }
  }

  /// Sets a sequence to the furthest of its own and another one's position, in the direction of its increment.
  record CarrySequence(QualifiedName from, QualifiedName to) implements Step {
    @Override
    public String title() {
      return "carry the position of sequence %s".formatted(to);
    }

    @Override
    public String sql() {
      return "SELECT pg_catalog.setval(%s, $furthest, $is_called)".formatted(Sql.literal(to.sql()));
    }
  }

  /// Moves a live sequence forward to the backup's position if it is behind it.
  record AdvanceSequence(QualifiedName sequence, long last, boolean called) implements Step {
    @Override
    public String title() {
      return "move sequence %s forward if it is behind the backup".formatted(sequence);
    }

    @Override
    public String sql() {
      return "ALTER SEQUENCE %s RESTART WITH $next".formatted(sequence.sql());
    }
  }

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
      implements Step {
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
    /// @param id what [CountOrphans] and the settling call it
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
      implements Step {
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

  /// Gives the owners of relations the rights on them that they lack, as an owner may, until [TakeBack]: whoever has revoked
  /// REFERENCES from himself could not add a foreign key again. Which rights these are is looked up when it runs.
  record Lend(List<QualifiedName> relations) implements Step {
    public Lend {
      relations = List.copyOf(relations);
    }

    @Override
    public String title() {
      return "lend their owners the rights that they lack on "
          + String.join(", ", relations.stream().map(QualifiedName::toString).toList());
    }

    @Override
    public String sql() {
      return String.join(
          ";\n",
          relations.stream()
              .map(name -> "GRANT $lacking ON %s TO $owner".formatted(name.sql()))
              .toList());
    }
  }

  /// Takes back what [Lend] has given in the same transaction.
  record TakeBack(List<QualifiedName> relations) implements Step {
    public TakeBack {
      relations = List.copyOf(relations);
    }

    @Override
    public String title() {
      return "take these rights back, before the commit";
    }

    @Override
    public String sql() {
      return String.join(
          ";\n",
          relations.stream()
              .map(name -> "REVOKE $lacking ON %s FROM $owner".formatted(name.sql()))
              .toList());
    }
  }

  /// Validates a foreign key that the cutover added as NOT VALID.
  ///
  /// @param forced the tables whose FORCE ROW LEVEL SECURITY would keep even the owner from validating: it is lifted meanwhile
  record Validate(QualifiedName table, String constraint, List<QualifiedName> forced)
      implements Step {
    public Validate {
      forced = List.copyOf(forced);
    }

    @Override
    public String title() {
      return "validate foreign key %s of %s".formatted(Sql.quote(constraint), table);
    }

    @Override
    public String sql() {
      StringBuilder text = new StringBuilder();
      forced.forEach(name ->
          text.append("ALTER TABLE %s NO FORCE ROW LEVEL SECURITY;\n".formatted(name.sql())));
      text.append(
          "ALTER TABLE %s VALIDATE CONSTRAINT %s".formatted(table.sql(), Sql.quote(constraint)));
      forced.forEach(
          name -> text.append(";\nALTER TABLE %s FORCE ROW LEVEL SECURITY".formatted(name.sql())));
      return text.toString();
    }

    @Override
    public String locks() {
      return forced.isEmpty()
          ? "SHARE UPDATE EXCLUSIVE on %s, ROW SHARE on the table it refers to".formatted(table)
          : "ACCESS EXCLUSIVE on %s: FORCE ROW LEVEL SECURITY is lifted meanwhile"
              .formatted(forced);
    }
  }

  /// Builds empty copies of tables from the backup's definitions, lets the server describe them and the live tables, and rolls
  /// back.
  ///
  /// @param tables from each live table to its copy
  /// @param schemas from each of the copies' schemas to the original, as quote_ident() writes it
  /// @param statements build the copies
  /// @param backup the text of all definitions
  /// @param known differences that show without a copy
  /// @param partial aspects that cannot be compared
  /// @param restored parts of live tables that are missing and that the plan brings back, as [#part] writes them
  /// @param accepted whether differences are only reported
  /// @param adapting gives the copies the columns of today; what cannot be run is left out, and shows as a difference
  /// @param tolerated aspects of live tables that are known to differ, as [#part] writes them
  record CompareStructure(
      Map<QualifiedName, QualifiedName> tables,
      Map<String, String> schemas,
      List<String> statements,
      String backup,
      List<String> known,
      Set<String> partial,
      Set<String> restored,
      boolean accepted,
      List<String> adapting,
      Set<String> tolerated)
      implements Step {
    /// Columns are to be as in the backup.
    public CompareStructure(
        Map<QualifiedName, QualifiedName> tables,
        Map<String, String> schemas,
        List<String> statements,
        String backup,
        List<String> known,
        Set<String> partial,
        Set<String> restored,
        boolean accepted) {
      this(
          tables,
          schemas,
          statements,
          backup,
          known,
          partial,
          restored,
          accepted,
          List.of(),
          Set.of());
    }

    /// {@return the same comparison with copies whose columns are those of today}
    CompareStructure adapted(List<String> changes, Set<String> parts) {
      return new CompareStructure(
          tables, schemas, statements, backup, known, partial, restored, accepted, changes, parts);
    }

    /// The schema of the copies where the run may make no schemas: it is there already.
    public static final String TEMPORARY = "pg_temp";

    /// {@return a part of a table as one text}
    ///
    /// @param name the part's name, as quote_ident() writes it
    public static String part(QualifiedName table, String name) {
      return table + " " + name;
    }

    public CompareStructure {
      restored = Set.copyOf(restored);
      tables = Collections.unmodifiableMap(new LinkedHashMap<>(tables));
      schemas = Collections.unmodifiableMap(new LinkedHashMap<>(schemas));
      statements = List.copyOf(statements);
      known = List.copyOf(known);
      partial = Set.copyOf(partial);
      adapting = List.copyOf(adapting);
      tolerated = Set.copyOf(tolerated);
    }

    @Override
    public String title() {
      return "compare the definition of %s with the backup's, in a transaction that is rolled back"
          .formatted(String.join(", ", tables.keySet().stream().map(QualifiedName::sql).toList()));
    }

    @Override
    public String sql() {
      List<String> all = new ArrayList<>(statements);
      all.addAll(adapting);
      return String.join(";\n", all);
    }
  }

  /// Loads rows that are not restored as such: values are taken from them. Nothing is proved about them later.
  record LoadAside(Load load) implements Step {
    @Override
    public String title() {
      return "load the backup's rows of %s to take values from".formatted(load.table());
    }

    @Override
    public String sql() {
      return load.sql();
    }
  }

  /// Fills columns that were added again, from rows that were loaded aside.
  ///
  /// @param types the columns' types; the values wait as text
  /// @param tolerant whether rows that the backup does not have may keep NULL in them
  record Refill(
      QualifiedName table,
      QualifiedName staged,
      List<String> columns,
      List<String> types,
      List<String> key,
      List<String> keyOperators,
      List<String> quiet,
      List<String> loud,
      boolean tolerant)
      implements Step {
    public Refill {
      columns = List.copyOf(columns);
      types = List.copyOf(types);
      key = List.copyOf(key);
      keyOperators = List.copyOf(keyOperators);
      quiet = List.copyOf(quiet);
      loud = List.copyOf(loud);
    }

    @Override
    public String title() {
      return "fill column %s of %s from the backup"
          .formatted(String.join(", ", columns.stream().map(Sql::quote).toList()), table);
    }

    /// {@return a query for the number of live rows that the backup does not have}
    public String countUnknown() {
      return "SELECT count(*) FROM ONLY %s AS l WHERE NOT EXISTS (SELECT 1 FROM %s AS s WHERE %s)"
          .formatted(table.sql(), staged.sql(), keyEquals());
    }

    /// {@return the statement that fills the columns}
    public String update() {
      List<String> assignments = new ArrayList<>();
      for (int i = 0; i < columns.size(); i++) {
        String column = Sql.quote(columns.get(i));
        assignments.add("%s = s.%s::%s".formatted(column, column, types.get(i)));
      }
      return "UPDATE ONLY %s AS l SET %s FROM %s AS s WHERE %s"
          .formatted(table.sql(), String.join(", ", assignments), staged.sql(), keyEquals());
    }

    private String keyEquals() {
      List<String> parts = new ArrayList<>();
      for (int i = 0; i < key.size(); i++) {
        String column = Sql.quote(key.get(i));
        parts.add("l.%s %s s.%s".formatted(column, keyOperators.get(i), column));
      }
      return String.join(" AND ", parts);
    }

    @Override
    public String sql() {
      List<String> all = new ArrayList<>(quiet);
      all.add(update());
      all.addAll(loud);
      return String.join(";\n", all);
    }

    @Override
    public String locks() {
      return "ACCESS EXCLUSIVE on " + table;
    }
  }

  /// Makes values of a regclass column name the restored relations; does nothing where there are none.
  ///
  /// @param gone whether the old OIDs must belong to nothing any more
  record Repoint(
      QualifiedName holder,
      String column,
      List<Moved> moved,
      boolean gone,
      List<String> quiet,
      List<String> loud)
      implements Step {
    public Repoint {
      moved = List.copyOf(moved);
      quiet = List.copyOf(quiet);
      loud = List.copyOf(loud);
    }

    /// @param old the OID that the relation had
    public record Moved(long old, QualifiedName name) {}

    @Override
    public String title() {
      return "let values of column %s of %s name what was restored"
          .formatted(Sql.quote(column), holder);
    }

    /// {@return FROM and WHERE of the rows that are concerned, h the holder and m the mapping}
    private String rows() {
      String values =
          String.join(
              ", ",
              moved.stream()
                  .map(
                      move -> "(%d::oid, %s)".formatted(move.old(), Sql.literal(move.name().sql())))
                  .toList());
      return "(VALUES %s) AS m(old, name) WHERE h.%s::oid = m.old%s"
          .formatted(
              values,
              Sql.quote(column),
              gone
                  ? " AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_class AS c WHERE c.oid = m.old)"
                  : "");
    }

    /// {@return a query for the mappings that some row needs}
    public String needed() {
      return "SELECT DISTINCT m.old::bigint AS old, m.name::pg_catalog.regclass::oid::bigint AS new FROM ONLY %s AS h, %s"
          .formatted(holder.sql(), rows());
    }

    /// {@return the statement that replaces one OID by another}
    public String replace(long from, long to) {
      String name = Sql.quote(column);
      return "UPDATE ONLY %s SET %s = %d::oid::pg_catalog.regclass WHERE %s::oid = %d"
          .formatted(holder.sql(), name, to, name, from);
    }

    @Override
    public String sql() {
      return "UPDATE ONLY %s AS h SET %s = m.name::pg_catalog.regclass FROM %s"
          .formatted(holder.sql(), Sql.quote(column), rows());
    }

    @Override
    public String locks() {
      return "ROW EXCLUSIVE on %s, ACCESS EXCLUSIVE if it has triggers; none if no value is concerned"
          .formatted(holder);
    }
  }

  /// Counts staged rows that the partition they are to go into does not take.
  ///
  /// @param bound the partition's bound, for people
  /// @param condition SQL that holds for rows of the partition; "" for what the live partition demands
  /// @param enums the enums that it is hashed by, with the OIDs that they had in the backup's database: where they have others,
  ///     rows of the other partitions may belong in this one
  record CountMisplaced(
      QualifiedName table,
      QualifiedName staged,
      QualifiedName parent,
      String bound,
      String condition,
      Map<QualifiedName, Long> enums)
      implements Step {
    @Override
    public String title() {
      return "count rows of %s that do not belong in that partition of %s".formatted(table, parent);
    }

    @Override
    public String sql() {
      return sql(condition.isEmpty() ? "$partition_constraint" : condition);
    }

    /// {@return a query for the enums that are not those of the backup's database}
    public String countOtherEnums() {
      return "SELECT count(*) FROM (VALUES %s) AS e(name, old) WHERE pg_catalog.to_regtype(e.name)::oid IS DISTINCT FROM e.old::oid"
          .formatted(
              String.join(
                  ", ",
                  enums.entrySet().stream()
                      .map(entry ->
                          "(%s, %d)".formatted(Sql.literal(entry.getKey().sql()), entry.getValue()))
                      .toList()));
    }

    /// {@return the query, with that condition}
    public String sql(String holds) {
      return "SELECT count(*) FROM %s WHERE NOT (%s)".formatted(staged.sql(), holds);
    }

    /// {@return a query for the condition of the live partition}
    public String constraint() {
      return "SELECT coalesce(pg_catalog.pg_get_partition_constraintdef(%s::pg_catalog.regclass), 'true') AS condition"
          .formatted(Sql.literal(table.sql()));
    }
  }

  /// Counts the backup's rows of a table that is not restored which referred to rows that come back and are gone, for a foreign key
  /// that deletes on cascade. What it stages is rolled back.
  ///
  /// @param coming a query whose single boolean says whether any row comes that is not there
  /// @param stage creates the table that the loads fill
  record CountFallen(
      String foreignKey,
      QualifiedName table,
      QualifiedName parent,
      String coming,
      String stage,
      List<Load> loads,
      String sql)
      implements Step {
    public CountFallen {
      loads = List.copyOf(loads);
    }

    @Override
    public String title() {
      return "count rows of %s that fell with rows of %s which come back".formatted(table, parent);
    }
  }

  /// Finds the large objects that the staged rows name, reads those that the target does not have into a table of the run, and
  /// compares the others with the backup's.
  ///
  /// @param staged the staged tables; their columns of type oid, or of a domain over it, are looked at
  /// @param some of staged tables that are not meant as a whole what to write after FROM for their rows that are
  /// @param pages where the contents are kept
  /// @param accepted whether an object that is there with another content may stay so
  /// @param noOwner whether those that come back stay the session's own
  record LoadLargeObjects(
      List<QualifiedName> staged,
      Map<QualifiedName, String> some,
      QualifiedName pages,
      boolean accepted,
      boolean noOwner)
      implements Step {
    public LoadLargeObjects {
      some = Map.copyOf(some);
      staged = List.copyOf(staged);
    }

    @Override
    public String title() {
      return "read the large objects that are named by these rows and gone";
    }

    @Override
    public String sql() {
      return "INSERT INTO %s VALUES ($oid, $position, $content)".formatted(pages.sql());
    }
  }

  /// Creates large objects under the OIDs that they had, from what [LoadLargeObjects] has read, with their owners, comments and
  /// grants.
  record CreateLargeObjects(QualifiedName pages, boolean noOwner, boolean noAcl) implements Step {
    @Override
    public String title() {
      return "bring these large objects back, under their OIDs";
    }

    @Override
    public String sql() {
      return "SELECT pg_catalog.lo_create(o.oid) FROM (SELECT DISTINCT oid FROM %1$s) AS o;\nSELECT count(*) FROM %1$s AS p WHERE pg_catalog.lo_put(p.oid, p.position, p.content) IS NOT NULL"
          .formatted(pages.sql());
    }
  }

  /// {@return `("a", "b")`, or nothing for no columns}
  static String columnList(List<String> columns) {
    return columns.isEmpty()
        ? ""
        : " (" + String.join(", ", columns.stream().map(Sql::quote).toList()) + ")";
  }
}
