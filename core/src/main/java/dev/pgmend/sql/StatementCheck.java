package dev.pgmend.sql;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Makes sure that an entry of a backup is what it claims to be. A backup is untrusted: its definitions run with the rights of
/// whoever restores it. What a definition calls when it runs (the functions in its expressions) is not checked here, nor
/// whether the object is the one that the entry's tag names: see [Head].
public final class StatementCheck {
  private StatementCheck() {}

  /// Throws unless the definition consists of statements that pg_dump writes for such an entry, all about one object.
  /// @throws PgmendException of kind SOURCE
  public static void check(String desc, String defn) {
    StatementShapes.Kinds kinds = StatementShapes.byDesc().get(desc);
    if (kinds == null) {
      throw new PgmendException(
          Kind.SOURCE, "entries of kind " + SqlSyntaxException.printable(desc) + " are not run");
    }
    List<Statement> statements = Statement.list(defn, null);
    if (statements.isEmpty() && !kinds.mayBeEmpty()) {
      throw new PgmendException(Kind.SOURCE, "an entry of kind " + desc + " has no statement");
    }
    Map<String, List<String>> names = new HashMap<>();
    for (int i = 0; i < statements.size(); i++) {
      Statement statement = statements.get(i);
      List<Shape> shapes = i == 0 ? kinds.first() : kinds.following();
      if (shapes.stream().noneMatch(shape -> shape.matches(statement, names))) {
        throw new SqlSyntaxException(
            "not a statement of an entry of kind " + desc, defn, statement.start());
      }
    }
    if (desc.equals("ACL")) {
      checkSessions(defn, statements);
    }
  }

  /// {@return whether the definition creates a routine of the languages c or internal, which runs code of the server's own
  /// machine, or a language, whose handler does}
  public static boolean definesNativeCode(String defn) {
    return Statement.list(defn, null).stream().anyMatch(StatementCheck::isNative);
  }

  private static boolean isNative(Statement statement) {
    Cursor cursor = statement.cursor();
    if (!cursor.accept("create")) {
      return false;
    }
    cursor.accept("or", "replace");
    if (!cursor.acceptAny("function", "procedure")) {
      cursor.accept("trusted");
      return cursor.at("procedural") || cursor.at("language");
    }
    while (cursor.skipTo("language") && cursor.accept("language")) {
      String language = cursor.peek().value();
      if (language.equalsIgnoreCase("c") || language.equalsIgnoreCase("internal")) {
        return true;
      }
    }
    return false;
  }

  /// A session authorization that is set must be reset, or what comes after runs as somebody else.
  private static void checkSessions(String defn, List<Statement> statements) {
    boolean set = false;
    for (Statement statement : statements) {
      Cursor cursor = statement.cursor();
      boolean sets = cursor.at("set");
      boolean resets = cursor.at("reset");
      if ((sets && set) || (resets && !set)) {
        throw new SqlSyntaxException("unpaired session authorization", defn, statement.start());
      }
      set = (set || sets) && !resets;
    }
    if (set) {
      throw new SqlSyntaxException("session authorization is not reset", defn, defn.length());
    }
  }
}
