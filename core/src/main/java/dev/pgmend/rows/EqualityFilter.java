package dev.pgmend.rows;

import dev.pgmend.rows.TableSource.Column;
import dev.pgmend.sql.Sql;
import dev.pgmend.sql.Token;
import dev.pgmend.sql.Token.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A predicate that can be decided by comparing text: `column = literal`, `column IN (literal, …)`, `column IS [NOT] NULL`, and
/// several of these with AND, on columns of types whose equal values are written alike. Whatever is not surely that is
/// nothing for this class.
///
/// Left out on purpose: character(n), where blanks do not count; numeric and floats, where 1.0 is 1.00; times, which depend on
/// a zone; columns with a collation of their own, which may take different text for equal; domains and all types of users.
final class EqualityFilter {
  private static final Set<String> TEXT = Set.of("text", "character varying");
  private static final Set<String> TRUE = Set.of("t", "true");
  private static final Set<String> FALSE = Set.of("f", "false");
  private static final Pattern UUID =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
  private static final Pattern VARCHAR = Pattern.compile("character varying\\([0-9]+\\)");

  private final List<Condition> conditions;

  /// What one column must be.
  ///
  /// @param values any of these, if it is about values
  record Condition(String column, Test test, List<byte[]> values) {}

  private enum Test {
    ONE_OF,
    NULL,
    NOT_NULL
  }

  private EqualityFilter(List<Condition> conditions) {
    this.conditions = List.copyOf(conditions);
  }

  /// {@return the filter, empty if the predicate is of another form}
  ///
  /// @param sql the predicate, of which these are the tokens
  /// @param columns the table's columns by name
  /// @param userTypes names of types of users, which could hide PostgreSQL's own
  static Optional<EqualityFilter> of(
      String sql, List<Token> tokens, Map<String, Column> columns, Set<String> userTypes) {
    Parser parser = new Parser(sql, tokens, columns, userTypes);
    List<Condition> conditions = new ArrayList<>();
    do {
      Condition condition = parser.condition();
      if (condition == null) {
        return Optional.empty();
      }
      conditions.add(condition);
    } while (parser.accept("and"));
    return parser.atEnd() ? Optional.of(new EqualityFilter(conditions)) : Optional.empty();
  }

  /// {@return the columns that it looks at}
  List<String> columns() {
    return conditions.stream().map(Condition::column).distinct().toList();
  }

  /// {@return the columns that must have one certain value}
  List<String> fixed() {
    return conditions.stream()
        .filter(condition -> condition.test == Test.ONE_OF && condition.values.size() == 1)
        .map(Condition::column)
        .toList();
  }

  /// The filter for rows whose columns are in certain places.
  Bound bind(List<String> places) {
    int[] at = conditions.stream().mapToInt(c -> places.indexOf(c.column)).toArray();
    return row -> {
      for (int i = 0; i < at.length; i++) {
        if (!holds(conditions.get(i), row, at[i])) {
          return false;
        }
      }
      return true;
    };
  }

  /// Whether a row passes.
  @FunctionalInterface
  interface Bound {
    boolean matches(Values row);
  }

  private static boolean holds(Condition condition, Values row, int column) {
    if (condition.test != Test.ONE_OF) {
      return row.isNull(column) == (condition.test == Test.NULL);
    }
    for (int i = 0; i < condition.values.size(); i++) {
      if (row.equal(column, condition.values.get(i))) {
        return true;
      }
    }
    return false;
  }

  private static final class Parser {
    private final String sql;
    private final List<Token> tokens;
    private final Map<String, Column> columns;
    private final Set<String> userTypes;
    private int at;

    Parser(String sql, List<Token> tokens, Map<String, Column> columns, Set<String> userTypes) {
      this.sql = sql;
      this.tokens = tokens;
      this.columns = columns;
      this.userTypes = userTypes;
    }

    boolean atEnd() {
      return at >= tokens.size();
    }

    boolean accept(String word) {
      boolean accepted = !atEnd() && (tokens.get(at).isWord(word) || tokens.get(at).is(word));
      at += accepted ? 1 : 0;
      return accepted;
    }

    private boolean acceptOperator(String operator) {
      boolean accepted =
          !atEnd()
              && tokens.get(at).kind() == Kind.OPERATOR
              && tokens.get(at).value().equals(operator);
      at += accepted ? 1 : 0;
      return accepted;
    }

    @Nullable Condition condition() {
      if (atEnd() || !tokens.get(at).isName() || !plainName(tokens.get(at))) {
        return null;
      }
      Column column = columns.get(tokens.get(at++).value());
      if (column == null) {
        return null;
      }
      if (accept("is")) {
        boolean not = accept("not");
        // Of a composite value IS NULL asks whether all its parts are.
        return accept("null") && comparable(column.type())
            ? new Condition(column.name(), not ? Test.NOT_NULL : Test.NULL, List.of())
            : null;
      }
      List<byte[]> values = new ArrayList<>();
      if (acceptOperator("=")) {
        return value(column, values) ? new Condition(column.name(), Test.ONE_OF, values) : null;
      }
      if (!accept("in") || !accept("(")) {
        return null;
      }
      do {
        if (!value(column, values)) {
          return null;
        }
      } while (accept(","));
      return accept(")") ? new Condition(column.name(), Test.ONE_OF, values) : null;
    }

    /// `U&"…"` is left to a server, as are keywords: `user` is not the column "user".
    private boolean plainName(Token token) {
      return token.kind() == Kind.IDENTIFIER
          ? Sql.minimallyQuoted(Sql.quote(token.value())).equals(token.value())
          : sql.charAt(token.start()) == '"';
    }

    private boolean comparable(String type) {
      return !userTypes.contains(type)
          && (isInteger(type)
              || type.equals("uuid")
              || type.equals("boolean")
              || TEXT.contains(type)
              || VARCHAR.matcher(type).matches());
    }

    private static boolean isInteger(String type) {
      return type.equals("integer") || type.equals("bigint") || type.equals("smallint");
    }

    /// Reads a literal, as the column would write it. What the type does not take is for a server to complain about.
    private boolean value(Column column, List<byte[]> values) {
      if (atEnd() || column.collation() != null || !comparable(column.type())) {
        return false;
      }
      String type = column.type();
      boolean minus = isInteger(type) && acceptOperator("-");
      if (atEnd()) {
        return false;
      }
      Token token = tokens.get(at++);
      // A bit string, or one with Unicode escapes, is something else.
      boolean string =
          token.kind() == Kind.STRING && !minus && "'eE$".indexOf(sql.charAt(token.start())) >= 0;
      String value = null;
      if (isInteger(type)) {
        boolean number = token.kind() == Kind.NUMBER;
        value = number || string ? integer((minus ? "-" : "") + token.value(), type, string) : null;
      } else if (type.equals("uuid")) {
        String lower = token.value().toLowerCase(Locale.ROOT);
        value = string && UUID.matcher(lower).matches() ? lower : null;
      } else if (type.equals("boolean")) {
        boolean word = token.kind() == Kind.IDENTIFIER && token.value().length() > 1;
        if (word || string) {
          value = TRUE.contains(token.value()) ? "t" : FALSE.contains(token.value()) ? "f" : null;
        }
      } else {
        value = string && token.value().indexOf('\0') < 0 ? token.value() : null;
      }
      if (value != null) {
        values.add(value.getBytes(StandardCharsets.UTF_8));
      }
      return value != null;
    }

    /// @param typed whether the literal is of the column's type, which must hold it
    private static @Nullable String integer(String text, String type, boolean typed) {
      try {
        if (!text.matches("-?[0-9]+")) {
          return null;
        }
        long value = Long.parseLong(text);
        boolean fits =
            switch (type) {
              case "smallint" -> value == (short) value;
              case "integer" -> value == (int) value;
              default -> true;
            };
        return fits || !typed ? Long.toString(value) : null;
      } catch (NumberFormatException e) {
        return null;
      }
    }
  }
}
