package dev.pgmend.plan;

import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.List;

/// A step that changes rows of tables which are not restored themselves, computes those of materialized views, or brings large objects
/// back.
public sealed interface FillStep extends Step {
  /// Computes the rows of a materialized view. Its query may fail for reasons that have nothing to do with the restore: its owner may
  /// not read a table, a function in it raises an error.
  ///
  /// @param view its name now
  /// @param name its name when the restore is done
  /// @param role whose rights the query has
  /// @param tolerant whether it may be left without rows, as pg_restore leaves it; the result then says so
  /// @param reads the relations that its query names, as far as it is known who may read them
  /// @param instead what else to do, a sentence; "" for nothing
  /// @param entry the archive entry it comes from, 0 for none
  record Refresh(
      QualifiedName view,
      QualifiedName name,
      String role,
      boolean tolerant,
      List<Read> reads,
      String instead,
      int entry)
      implements FillStep {
    public Refresh {
      reads = List.copyOf(reads);
    }

    /// A relation that the query names.
    ///
    /// @param readers of one that the restore creates: the roles that may read it then, `public` for all
    public record Read(QualifiedName relation, boolean created, List<String> readers) {
      public Read {
        readers = List.copyOf(readers);
      }
    }

    @Override
    public String title() {
      return "fill materialized view %s%s".formatted(name, tolerant ? ", if that can be done" : "");
    }

    @Override
    public String sql() {
      return "REFRESH MATERIALIZED VIEW " + view.sql();
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
      implements FillStep {
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

  /// Lets values of type regclass or regtype in the restored rows name what has the names that the backup says. They were loaded when
  /// some of that was not there yet, or was what the restore replaces.
  record Rename(QualifiedName table, List<String> columns) implements FillStep {
    public Rename {
      columns = List.copyOf(columns);
    }

    @Override
    public String title() {
      return "let values of column %s of %s name what has these names now"
          .formatted(String.join(", ", columns.stream().map(Sql::quote).toList()), table);
    }

    @Override
    public String sql() {
      return String.join(
          ";\n",
          columns.stream()
              .map(column ->
                  "UPDATE %s SET %2$s = $new WHERE %2$s = $old"
                      .formatted(table.sql(), Sql.quote(column)))
              .toList());
    }

    @Override
    public String locks() {
      return "ACCESS EXCLUSIVE on the new " + table;
    }
  }

  /// Makes values of a column of type regclass or regtype in another table name what was restored; does nothing where there are none.
  ///
  /// @param types whether they name types, not relations
  /// @param moved a query for the OIDs that there were, `old`, and those that have taken their place, `new`
  /// @param lost a condition, of rows h, that a value names what is not there any more, or only kept for undo
  /// @param gone whether what they had named was gone before the restore
  /// @param told how many values the plan says to be lost
  record Repoint(
      QualifiedName holder,
      String column,
      boolean types,
      String moved,
      String lost,
      boolean gone,
      long told,
      List<String> quiet,
      List<String> loud)
      implements FillStep {
    public Repoint {
      quiet = List.copyOf(quiet);
      loud = List.copyOf(loud);
    }

    @Override
    public String title() {
      return "let values of column %s of %s name what was restored"
          .formatted(Sql.quote(column), holder);
    }

    private String type() {
      return types ? "pg_catalog.regtype" : "pg_catalog.regclass";
    }

    /// {@return FROM and WHERE of the rows that are concerned, h the holder and m the mapping}
    private String rows() {
      return "(%s) AS m(old, new) WHERE h.%s::pg_catalog.oid = m.old"
          .formatted(moved, Sql.quote(column));
    }

    /// {@return a query for the mappings that some row needs}
    public String needed() {
      return "SELECT DISTINCT m.old::bigint AS old, m.new::bigint AS new FROM ONLY %s AS h, %s"
          .formatted(holder.sql(), rows());
    }

    /// {@return the statement that replaces one OID by another}
    public String replace(long from, long to) {
      String name = Sql.quote(column);
      return "UPDATE ONLY %s SET %s = %d::pg_catalog.oid::%s WHERE %s::pg_catalog.oid = %d"
          .formatted(holder.sql(), name, to, type(), name, from);
    }

    /// {@return a query for the number of values that name what is not there any more}
    public String countLost() {
      return "SELECT count(*) FROM ONLY %s AS h WHERE %s".formatted(holder.sql(), lost);
    }

    /// {@return that values cannot be made to name anything, for people}
    public String lost(long values) {
      return gone
          ? "%s column %s: %s; what was meant cannot be told from this backup"
              .formatted(holder, Sql.quote(column), words(values, "is", "are", "gone"))
          : "%s column %s: %s; it is kept for undo and gone after clean"
              .formatted(
                  holder,
                  Sql.quote(column),
                  words(values, "was", "were", "replaced and is not in the backup"));
    }

    /// {@return that values name what was restored, for people}
    public String found(long values) {
      return "%s column %s: %s"
          .formatted(
              holder,
              Sql.quote(column),
              values == 1
                  ? "1 value named what was lost or replaced by its OID, and names what was restored now"
                  : "%d values named what was lost or replaced by their OIDs, and name what was restored now"
                      .formatted(values));
    }

    private String words(long values, String one, String more, String what) {
      String named = types ? "type" : "relation";
      return values == 1
          ? "1 value names a %s that %s %s".formatted(named, one, what)
          : "%d values name %ss that %s %s".formatted(values, named, more, what);
    }

    @Override
    public String sql() {
      return "UPDATE ONLY %s AS h SET %s = m.new::%s FROM %s"
          .formatted(holder.sql(), Sql.quote(column), type(), rows());
    }

    @Override
    public String locks() {
      return "ROW EXCLUSIVE on %s, ACCESS EXCLUSIVE if it has triggers; none if no value is concerned"
          .formatted(holder);
    }
  }

  /// Creates large objects under the OIDs that they had, from what [LoadStep.LoadLargeObjects] has read, with their owners, comments and
  /// grants.
  record CreateLargeObjects(QualifiedName pages, boolean noOwner, boolean noAcl)
      implements FillStep {
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
}
