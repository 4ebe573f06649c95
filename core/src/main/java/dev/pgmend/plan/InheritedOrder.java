package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.closure.Closure;
import dev.pgmend.closure.Entries;
import dev.pgmend.sql.ColumnDefinition;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import dev.pgmend.sql.TableConstraint;
import dev.pgmend.sql.TableDefinition;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The order of the columns of inheritance children.
///
/// A child whose parent got a column after it was created has that column behind its own ones. `CREATE TABLE … INHERITS`, which
/// is all that pg_dump writes, puts it in front of them; only the column list of the data's COPY tells the real order. Such a
/// child is created under a stand-in that has every column in its place: the columns that real parents have too stay inherited
/// when the stand-in lets go.
final class InheritedOrder {
  private final Closure closure;
  private final EntrySql sql;

  InheritedOrder(Closure closure, EntrySql sql) {
    this.closure = closure;
    this.sql = sql;
  }

  /// What creates a child with its columns in order, under the backup's names; the child's first parent stands for the stand-in.
  ///
  /// @param standIn creates a table of the child's name that has all columns
  /// @param child creates the child from it
  record Rebuilt(String standIn, String child) {}

  /// {@return how to create the child, empty if its CREATE TABLE does so itself}
  Optional<Rebuilt> rebuilt(Entry child) {
    TableDefinition definition = sql.table(child);
    if (definition.inherits().isEmpty()) {
      return Optional.empty();
    }
    Map<String, ColumnDefinition> columns = new LinkedHashMap<>();
    inherited(definition, columns, new HashSet<>());
    definition.columns().forEach(column -> columns.put(column.name(), column));
    List<String> wanted = order(child, definition);
    List<String> natural = natural(definition);
    if (wanted.equals(natural) || !columns.keySet().containsAll(wanted)) {
      return Optional.empty();
    }
    List<String> elements = new ArrayList<>();
    wanted.forEach(name -> elements.add(element(Objects.requireNonNull(columns.get(name)))));
    Map<String, TableConstraint> checks = new LinkedHashMap<>();
    // What the child says itself it says again: it merges with what comes from the stand-in, and is
    // the child's own then, whether a parent has it too or not.
    List<String> own = new ArrayList<>();
    definition.columns().forEach(column -> own.add(element(merging(column))));
    definition.constraints().forEach(constraint -> own.add(element(constraint)));
    inheritedChecks(definition, checks, new HashSet<>());
    definition.constraints().stream()
        .filter(constraint -> !noInherit(constraint))
        .forEach(constraint -> checks.put(String.valueOf(constraint.name()), constraint));
    checks.values().forEach(constraint -> elements.add(element(constraint)));
    String unlogged = definition.unlogged() ? "UNLOGGED " : "";
    return Optional.of(
        new Rebuilt(
            "CREATE %sTABLE %s (%s)"
                .formatted(unlogged, definition.name().sql(), String.join(", ", elements)),
            "CREATE %sTABLE %s (%s) INHERITS (%s)%s"
                .formatted(
                    unlogged,
                    definition.name().sql(),
                    String.join(", ", own),
                    definition.inherits().getFirst().sql(),
                    definition.options() == null ? "" : " WITH " + definition.options())));
  }

  /// {@return the columns in the table's real order, as far as the backup tells: COPY leaves generated columns out}
  private List<String> order(Entry table, TableDefinition definition) {
    List<String> natural = natural(definition);
    List<String> copied =
        closure.ownership().belongings(table).stream()
            .filter(entry -> entry.desc().equals("TABLE DATA") && entry.copyStmt() != null)
            .findFirst()
            .map(data -> EntrySql.copyTarget(data).columns())
            .orElse(List.of());
    if (copied.isEmpty()) {
      return natural;
    }
    List<String> order = new ArrayList<>(copied);
    for (int i = 0; i < natural.size(); i++) {
      if (!order.contains(natural.get(i))) {
        order.add(i == 0 ? 0 : order.indexOf(natural.get(i - 1)) + 1, natural.get(i));
      }
    }
    return order;
  }

  /// {@return the columns in the order that CREATE TABLE gives them: the parents', then its own}
  private List<String> natural(TableDefinition definition) {
    Set<String> names = new LinkedHashSet<>();
    for (QualifiedName parent : definition.inherits()) {
      table(parent)
          .filter(entry -> !Entries.name(entry).equals(definition.name()))
          .ifPresent(entry -> names.addAll(order(entry, sql.table(entry))));
    }
    definition.columns().forEach(column -> names.add(column.name()));
    return List.copyOf(names);
  }

  private Optional<Entry> table(QualifiedName name) {
    return closure.ownership().relation(name).filter(entry -> entry.desc().equals("TABLE"));
  }

  /// Collects what the parents define, without their defaults: pg_dump writes those of a child one by one.
  private void inherited(
      TableDefinition definition, Map<String, ColumnDefinition> columns, Set<QualifiedName> seen) {
    for (QualifiedName parent : definition.inherits()) {
      Entry entry = table(parent).orElse(null);
      if (entry == null || !seen.add(parent)) {
        continue;
      }
      TableDefinition above = sql.table(entry);
      inherited(above, columns, seen);
      for (ColumnDefinition column : above.columns()) {
        columns.put(column.name(), without(column, column.generatedExpression()));
      }
    }
  }

  private void inheritedChecks(
      TableDefinition definition, Map<String, TableConstraint> checks, Set<QualifiedName> seen) {
    for (QualifiedName parent : definition.inherits()) {
      Entry entry = table(parent).orElse(null);
      if (entry != null && seen.add(parent)) {
        TableDefinition above = sql.table(entry);
        inheritedChecks(above, checks, seen);
        above.constraints().stream()
            .filter(constraint -> !noInherit(constraint))
            .forEach(constraint -> checks.put(String.valueOf(constraint.name()), constraint));
      }
    }
  }

  /// A column that merges may not repeat how it is generated.
  private static ColumnDefinition merging(ColumnDefinition column) {
    return column.generatedExpression() == null ? column : without(column, null);
  }

  private static ColumnDefinition without(ColumnDefinition column, @Nullable String generated) {
    return new ColumnDefinition(
        column.name(),
        column.type(),
        column.collation(),
        null,
        generated,
        column.virtual(),
        column.notNull());
  }

  private static boolean noInherit(TableConstraint constraint) {
    return constraint.text().endsWith("NO INHERIT");
  }

  private static String element(TableConstraint constraint) {
    return constraint.name() == null
        ? constraint.text()
        : "CONSTRAINT %s %s".formatted(Sql.quote(constraint.name()), constraint.text());
  }

  private static String element(ColumnDefinition column) {
    StringBuilder text =
        new StringBuilder(Sql.quote(column.name())).append(' ').append(column.type());
    if (column.collation() != null) {
      text.append(" COLLATE ").append(column.collation());
    }
    if (column.generatedExpression() != null) {
      text.append(" GENERATED ALWAYS AS (").append(column.generatedExpression()).append(')');
      text.append(column.virtual() ? "" : " STORED");
    } else if (column.defaultExpression() != null) {
      text.append(" DEFAULT ").append(column.defaultExpression());
    }
    return column.notNull() ? text.append(" NOT NULL").toString() : text.toString();
  }
}
