package dev.pgmend.script;

import dev.pgmend.sql.ColumnDefinition;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import dev.pgmend.sql.SqlSyntaxException;
import dev.pgmend.sql.TableDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// What an INSERT statement says before its values: the columns that a COPY of the same rows would name.
///
/// @param columns without those whose values are DEFAULT
/// @param defaulted which of an INSERT's values, counted from 0, must be DEFAULT: without column names pg_dump writes that for
///     generated columns
public record InsertHead(QualifiedName table, List<String> columns, List<Integer> defaulted) {
  private static final Pattern DEFAULT_VALUES = Pattern.compile("\\bDEFAULT\\s+VALUES\\s*$");

  public InsertHead {
    columns = List.copyOf(columns);
    defaulted = List.copyOf(defaulted);
  }

  /// {@return the COPY statement that loads the same rows, as pg_dump writes it}
  public String copyStmt() {
    String names =
        columns.isEmpty()
            ? " "
            : columns.stream().map(Sql::quote).collect(Collectors.joining(", ", "(", ")"));
    return "COPY %s %s FROM stdin;\n".formatted(table.sql(), names);
  }

  /// Reads the text of an INSERT up to and including VALUES.
  ///
  /// @param namespace the schema of unqualified names, or ""
  /// @param definitions gives the definition of a table
  /// @return empty if it names no columns and the order of the table's cannot be told, or is no such statement
  public static Optional<InsertHead> of(
      String sql, String namespace, Function<QualifiedName, Optional<String>> definitions) {
    try {
      boolean defaultValues = DEFAULT_VALUES.matcher(sql).find();
      return read(sql, namespace, defaultValues, definitions);
    } catch (Tokens.Unexpected | SqlSyntaxException _) {
      return Optional.empty();
    }
  }

  /// Reads `INSERT INTO s.t (a, b) OVERRIDING SYSTEM VALUE VALUES`.
  ///
  /// @param namespace the schema of unqualified names, or ""
  /// @param defaultValues whether `DEFAULT VALUES` ends it: a row without values
  /// @param definitions gives the definition of a table
  /// @return empty if it names no columns and the order of the table's cannot be told
  /// @throws Tokens.Unexpected if it is not such a statement
  static Optional<InsertHead> read(
      String sql,
      String namespace,
      boolean defaultValues,
      Function<QualifiedName, Optional<String>> definitions) {
    Tokens tokens = new Tokens(sql, namespace);
    tokens.expect("insert", "into");
    QualifiedName table = tokens.qualified();
    boolean named = tokens.at("(");
    List<String> columns = named ? tokens.names() : List.of();
    tokens.accept("overriding", "system", "value");
    if (defaultValues) {
      tokens.expect("default");
    }
    tokens.expect("values");
    if (!tokens.atEnd()) {
      throw new Tokens.Unexpected();
    }
    if (named) {
      return Optional.of(new InsertHead(table, columns, List.of()));
    }
    Optional<InsertHead> whole = positional(table, definitions);
    if (!defaultValues) {
      return whole;
    }
    // pg_dump writes this for tables without a column that it could name.
    if (whole.isPresent() && !whole.get().columns().isEmpty()) {
      throw new Tokens.Unexpected();
    }
    return whole.isPresent() || definitions.apply(table).isEmpty()
        ? Optional.of(new InsertHead(table, List.of(), List.of()))
        : Optional.empty();
  }

  /// {@return the head of an INSERT without column names into a table; empty as for [#read]}
  public static Optional<InsertHead> positional(
      QualifiedName table, Function<QualifiedName, Optional<String>> definitions) {
    List<ColumnDefinition> columns = columns(table, definitions, 0).orElse(null);
    if (columns == null) {
      return Optional.empty();
    }
    List<String> copied = new ArrayList<>();
    List<Integer> defaulted = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).generatedExpression() == null) {
        copied.add(columns.get(i).name());
      } else {
        defaulted.add(i);
      }
    }
    return Optional.of(new InsertHead(table, copied, defaulted));
  }

  /// The columns in their order in the table. Of a child that has columns of its own it cannot be told where they stand among the
  /// inherited ones, nor can the columns of a typed table.
  private static Optional<List<ColumnDefinition>> columns(
      QualifiedName table, Function<QualifiedName, Optional<String>> definitions, int depth) {
    String defn = definitions.apply(table).orElse(null);
    if (defn == null || depth > 20) {
      return Optional.empty();
    }
    TableDefinition definition = TableDefinition.parse(defn, table.schema());
    if (definition.ofType() != null || definition.partitionOf() != null) {
      return Optional.empty();
    }
    if (definition.inherits().isEmpty()) {
      return Optional.of(definition.columns());
    }
    return definition.inherits().size() == 1 && definition.columns().isEmpty()
        ? columns(definition.inherits().getFirst(), definitions, depth + 1)
        : Optional.empty();
  }
}
