package dev.pgmend.plan;

import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A step that looks whether the cutover can go well, and changes nothing.
public sealed interface CheckStep extends Step {
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
      implements CheckStep {
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
      implements CheckStep {
    @Override
    public String title() {
      return "count rows of %s that come and find their values in %s taken"
          .formatted(table, Sql.quote(index));
    }
  }

  /// Inserts one row with the table's own defaults in staging and rolls it back.
  record Probe(
      QualifiedName table, QualifiedName staged, List<String> columns, List<String> defaulted)
      implements CheckStep {
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
      implements CheckStep {
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
      implements CheckStep {
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
      List<LoadStep.Load> loads,
      String sql)
      implements CheckStep {
    public CountFallen {
      loads = List.copyOf(loads);
    }

    @Override
    public String title() {
      return "count rows of %s that fell with rows of %s which come back".formatted(table, parent);
    }
  }
}
