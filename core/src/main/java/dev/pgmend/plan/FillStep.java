package dev.pgmend.plan;

import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.List;

/// A step of a cutover that changes rows of tables which are not restored themselves, or brings large objects back.
public sealed interface FillStep extends Step {
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
      implements FillStep {
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
