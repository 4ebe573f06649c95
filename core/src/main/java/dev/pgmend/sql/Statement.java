package dev.pgmend.sql;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One statement of a text: its tokens, whose offsets count from the beginning of the whole text. The namespace is the
/// schema that an unqualified name belongs to; null where names must be qualified.
record Statement(String sql, List<Token> tokens, @Nullable String namespace) {

  Statement {
    tokens = List.copyOf(tokens);
  }

  static List<Statement> list(String sql, @Nullable String namespace) {
    List<Statement> statements = new ArrayList<>();
    List<Token> current = new ArrayList<>();
    Nesting nesting = new Nesting(sql);
    for (Token token : Lexer.tokens(sql)) {
      if (token.is(";") && nesting.atStatementEnd(token)) {
        add(statements, sql, current, namespace);
        current = new ArrayList<>();
        nesting = new Nesting(sql);
      } else {
        nesting.enter(token, current);
        current.add(token);
      }
    }
    nesting.end();
    add(statements, sql, current, namespace);
    return statements;
  }

  /// {@return the one statement of the text}
  static Statement single(String sql, @Nullable String namespace) {
    List<Statement> statements = list(sql, namespace);
    if (statements.size() != 1) {
      int offset = statements.isEmpty() ? sql.length() : statements.get(1).start();
      throw new SqlSyntaxException("expected one statement", sql, offset);
    }
    return statements.getFirst();
  }

  private static void add(
      List<Statement> to, String sql, List<Token> tokens, @Nullable String namespace) {
    if (!tokens.isEmpty()) {
      to.add(new Statement(sql, tokens, namespace));
    }
  }

  int start() {
    return tokens.getFirst().start();
  }

  String text() {
    return sql.substring(start(), tokens.getLast().end());
  }

  Cursor cursor() {
    return new Cursor(sql, tokens, namespace);
  }

  /// Where a statement ends. Both a reader that ends too early and one that ends too late could be made to overlook a
  /// statement, so whatever is not well nested is an error.
  private static final class Nesting {
    private final String sql;
    private final Deque<Token> brackets = new ArrayDeque<>();
    private boolean routineBody;
    private int caseDepth;

    Nesting(String sql) {
      this.sql = sql;
    }

    boolean atStatementEnd(Token semicolon) {
      if (routineBody && (caseDepth > 0 || !brackets.isEmpty())) {
        throw new SqlSyntaxException("semicolon inside an expression", sql, semicolon.start());
      }
      return brackets.isEmpty() && !routineBody;
    }

    void enter(Token token, List<Token> before) {
      if (token.opens()) {
        brackets.push(token);
      } else if (token.closes()) {
        boolean matches = !brackets.isEmpty() && brackets.pop().is(token.is(")") ? "(" : "[");
        if (!matches) {
          throw new SqlSyntaxException("unbalanced " + token.value(), sql, token.start());
        }
      } else if (routineBody) {
        inBody(token);
      } else if (token.isWord("atomic") && brackets.isEmpty() && createsRoutine(before)) {
        routineBody = before.getLast().isWord("begin");
      }
    }

    private void inBody(Token token) {
      if (token.isWord("case")) {
        caseDepth++;
      } else if (token.isWord("end") && caseDepth > 0) {
        caseDepth--;
      } else if (token.isWord("end")) {
        routineBody = false;
      }
    }

    private static boolean createsRoutine(List<Token> before) {
      if (before.size() < 5 || !before.getFirst().isWord("create")) {
        return false;
      }
      Token object = before.get(before.get(1).isWord("or") ? 3 : 1);
      return object.isWord("function") || object.isWord("procedure");
    }

    void end() {
      if (!brackets.isEmpty()) {
        Token open = brackets.pop();
        throw new SqlSyntaxException("unbalanced " + open.value(), sql, open.start());
      }
      if (routineBody) {
        throw new SqlSyntaxException("unterminated BEGIN ATOMIC", sql, sql.length());
      }
    }
  }
}
