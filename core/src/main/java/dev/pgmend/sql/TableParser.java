package dev.pgmend.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads a CREATE TABLE. The text of types and expressions is deparsed by the server, which puts every expression that holds
/// one of the words that end it (NOT, COLLATE, …) into parentheses.
final class TableParser {
  private static final Set<String> AFTER_TYPE =
      Set.of(
          "default",
          "generated",
          "not",
          "null",
          "constraint",
          "collate",
          "check",
          "options",
          "with",
          "primary",
          "unique",
          "references",
          "storage",
          "compression",
          ",",
          ")");
  private static final Set<String> AFTER_DEFAULT =
      Set.of(
          "not",
          "null",
          "constraint",
          "collate",
          "check",
          "generated",
          "options",
          "primary",
          "unique",
          "references",
          "case",
          ",",
          ")");
  private static final Set<String> TABLE_CONSTRAINT =
      Set.of("check", "primary", "unique", "foreign");

  private final Cursor cursor;
  private final List<ColumnDefinition> columns = new ArrayList<>();
  private final List<TableConstraint> constraints = new ArrayList<>();

  /// Whether the columns have their types from elsewhere: OF a type, PARTITION OF a table.
  private boolean typed;

  TableParser(Cursor cursor) {
    this.cursor = cursor;
  }

  TableDefinition parse() {
    cursor.expect("create");
    boolean unlogged = cursor.accept("unlogged");
    cursor.expect("table");
    cursor.accept("if", "not", "exists");
    QualifiedName name = cursor.qualifiedName();
    QualifiedName partitionOf = cursor.accept("partition", "of") ? cursor.qualifiedName() : null;
    QualifiedName ofType = cursor.accept("of") ? cursor.qualifiedName() : null;
    typed = partitionOf != null || ofType != null;
    if (!typed && !cursor.at("(")) {
      throw cursor.error("expected (");
    }
    if (cursor.accept("(") && !cursor.accept(")")) {
      do {
        element();
      } while (cursor.accept(","));
      cursor.expect(")");
    }
    int tail = cursor.position();
    List<QualifiedName> inherits = inherits();
    cursor.moveTo(tail);
    String partitionBy = clause("partition", "by");
    cursor.moveTo(tail);
    String options = clause("with");
    return new TableDefinition(
        name, unlogged, columns, constraints, inherits, partitionBy, ofType, partitionOf, options);
  }

  private void element() {
    int start = cursor.position();
    if (cursor.accept("constraint")) {
      String name = cursor.name();
      constraints.add(new TableConstraint(name, rest(cursor.position())));
    } else if (TABLE_CONSTRAINT.stream().anyMatch(cursor::at) || cursor.at("not", "null")) {
      constraints.add(new TableConstraint(null, rest(start)));
    } else {
      column();
    }
  }

  private String rest(int from) {
    cursor.skipTo(Set.of(",", ")"));
    return cursor.text(from, cursor.position());
  }

  private void column() {
    String name = cursor.name();
    String type = typed ? "" : type();
    String collation = null;
    String defaultExpression = null;
    String generated = null;
    boolean virtual = false;
    boolean notNull = false;
    while (!cursor.at(",") && !cursor.at(")")) {
      if (cursor.accept("collate")) {
        int start = cursor.position();
        cursor.dottedName();
        collation = cursor.text(start, cursor.position());
      } else if (cursor.accept("default")) {
        defaultExpression = defaultExpression();
      } else if (cursor.accept("generated")) {
        generated = generated();
        virtual = generated != null && !cursor.accept("stored");
        cursor.accept("virtual");
      } else if (cursor.accept("not", "null")) {
        notNull = true;
      } else if (cursor.at("(")) {
        cursor.skipGroup();
      } else {
        cursor.next();
      }
    }
    columns.add(
        new ColumnDefinition(
            name, type, collation, defaultExpression, generated, virtual, notNull));
  }

  private String type() {
    int start = cursor.position();
    cursor.next();
    while (cursor.skipTo(AFTER_TYPE) && isTimeZone()) {
      cursor.next();
    }
    return cursor.text(start, cursor.position());
  }

  /// `timestamp with time zone` goes on, `WITH OPTIONS` does not.
  private boolean isTimeZone() {
    return cursor.at("with", "time");
  }

  private String defaultExpression() {
    int start = cursor.position();
    while (cursor.skipTo(AFTER_DEFAULT) && (cursor.at("case") || cursor.position() == start)) {
      boolean search = cursor.next().isWord("case");
      for (int depth = search ? 1 : 0; depth > 0; ) {
        cursor.skipTo(Set.of("case", "end"));
        depth += cursor.next().isWord("case") ? 1 : -1;
      }
    }
    return cursor.text(start, cursor.position());
  }

  /// {@return the expression of GENERATED ALWAYS AS ( … ), or null for an identity}
  private @Nullable String generated() {
    cursor.accept("by", "default");
    cursor.accept("always");
    cursor.expect("as");
    if (cursor.accept("identity")) {
      return null;
    }
    int open = cursor.position();
    cursor.skipGroup();
    return cursor.text(open + 1, cursor.position() - 1);
  }

  private List<QualifiedName> inherits() {
    List<QualifiedName> parents = new ArrayList<>();
    if (cursor.skipTo("inherits") && cursor.accept("inherits")) {
      cursor.expect("(");
      do {
        parents.add(cursor.qualifiedName());
      } while (cursor.accept(","));
      cursor.expect(")");
    }
    return parents;
  }

  /// {@return what follows the words up to the next clause, or null if they do not occur}
  private @Nullable String clause(String... words) {
    while (cursor.skipTo(words[0])) {
      if (cursor.accept(words)) {
        int start = cursor.position();
        cursor.skipTo(Set.of("with", "using", "tablespace", "partition", "inherits", "server"));
        return cursor.text(start, cursor.position());
      }
      cursor.next();
    }
    return null;
  }
}
