package dev.pgmend.script;

import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Token;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a statement is about, so that other statements about the same can be told.
///
/// @param kind `RELATION`, `TYPE`, `ROUTINE`, or the words of the SQL command
/// @param part the arguments of a routine, the constraint of a relation …, else ""
record ObjectKey(String kind, String schema, String name, String part) {
  private static final List<String> RELATIONS =
      List.of("foreign table", "materialized view", "table", "view", "sequence", "index");

  /// Kinds whose objects have names without a schema.
  private static final List<String> GLOBAL =
      List.of(
          "schema",
          "extension",
          "database",
          "publication",
          "subscription",
          "event trigger",
          "foreign data wrapper",
          "server",
          "access method",
          "role",
          "tablespace");

  private static final List<String> LOCAL =
      List.of(
          "collation",
          "conversion",
          "statistics",
          "text search configuration",
          "text search dictionary",
          "text search parser",
          "text search template");

  static ObjectKey relation(QualifiedName name) {
    return new ObjectKey("RELATION", name.schema(), name.name(), "");
  }

  static ObjectKey type(QualifiedName name) {
    return new ObjectKey("TYPE", name.schema(), name.name(), "");
  }

  static ObjectKey global(String kind, String name) {
    return new ObjectKey(kind, "", name, "");
  }

  static ObjectKey part(String kind, QualifiedName relation, String name) {
    return new ObjectKey(kind, relation.schema(), relation.name(), name);
  }

  QualifiedName qualifiedName() {
    return new QualifiedName(schema, name);
  }

  /// Reads the kind of an object and its name, as after COMMENT ON and ALTER.
  static @Nullable ObjectKey read(Tokens tokens) {
    for (String kind : RELATIONS) {
      if (tokens.accept(kind.split(" "))) {
        tokens.accept("if", "exists");
        tokens.accept("only");
        return relation(tokens.qualified());
      }
    }
    for (String kind : GLOBAL) {
      if (tokens.accept(kind.split(" "))) {
        tokens.accept("if", "exists");
        return global(kind.toUpperCase(java.util.Locale.ROOT), tokens.name());
      }
    }
    for (String kind : LOCAL) {
      if (tokens.accept(kind.split(" "))) {
        tokens.accept("if", "exists");
        QualifiedName name = tokens.qualified();
        return new ObjectKey(
            kind.toUpperCase(java.util.Locale.ROOT), name.schema(), name.name(), "");
      }
    }
    if (tokens.accept("type") || tokens.accept("domain")) {
      tokens.accept("if", "exists");
      return type(tokens.qualified());
    }
    if (tokens.accept("function")
        || tokens.accept("procedure")
        || tokens.accept("aggregate")
        || tokens.accept("routine")) {
      tokens.accept("if", "exists");
      return routine(tokens);
    }
    return readOther(tokens);
  }

  private static @Nullable ObjectKey readOther(Tokens tokens) {
    if (tokens.accept("procedural", "language") || tokens.accept("language")) {
      return global("LANGUAGE", tokens.name());
    }
    if (tokens.accept("foreign", "server")) {
      return global("SERVER", tokens.name());
    }
    if (tokens.accept("operator", "class") || tokens.accept("operator", "family")) {
      String kind = "OPERATOR " + tokens.last().toUpperCase(java.util.Locale.ROOT);
      tokens.accept("if", "exists");
      QualifiedName name = tokens.qualified();
      tokens.expect("using");
      return new ObjectKey(kind, name.schema(), name.name(), tokens.name());
    }
    if (tokens.accept("operator")) {
      tokens.accept("if", "exists");
      QualifiedName name = tokens.qualified();
      return new ObjectKey("OPERATOR", name.schema(), name.name(), arguments(tokens));
    }
    if (tokens.accept("cast")) {
      return new ObjectKey("CAST", "", "", arguments(tokens));
    }
    if (tokens.accept("large", "object")) {
      return global("LARGE OBJECT", tokens.next().value());
    }
    if (tokens.accept("column")) {
      return column(tokens);
    }
    for (String kind : List.of("constraint", "trigger", "policy", "rule")) {
      if (tokens.accept(kind)) {
        String name = tokens.name();
        tokens.expect("on");
        boolean domain = tokens.accept("domain");
        return part(
            domain ? "DOMAIN CONSTRAINT" : kind.toUpperCase(java.util.Locale.ROOT),
            tokens.qualified(),
            name);
      }
    }
    return null;
  }

  /// A name with its arguments, the defaults left out.
  static ObjectKey routine(Tokens tokens) {
    QualifiedName name = tokens.qualified();
    return new ObjectKey("ROUTINE", name.schema(), name.name(), arguments(tokens));
  }

  /// `s.t.c`, of which the key is the relation's; before 2018 `t.c`.
  static ObjectKey column(Tokens tokens) {
    int start = tokens.position();
    int names = 1;
    tokens.name();
    while (tokens.accept(".")) {
      tokens.name();
      names++;
    }
    int end = tokens.position();
    tokens.moveTo(start);
    QualifiedName relation;
    if (names == 3) {
      relation = tokens.qualified();
    } else {
      relation = tokens.relativeTo(tokens.name());
    }
    tokens.moveTo(end);
    return new ObjectKey("COLUMN", relation.schema(), relation.name(), "");
  }

  /// Reads arguments in parentheses, and writes them in one way: without defaults and superfluous blanks.
  static String arguments(Tokens tokens) {
    int open = tokens.position();
    if (!tokens.at("(")) {
      throw new Tokens.Unexpected();
    }
    tokens.skip();
    StringBuilder text = new StringBuilder();
    int depth = 0;
    boolean skipping = false;
    for (Token token : tokens.all().subList(open + 1, tokens.position() - 1)) {
      if (depth == 0 && token.is(",")) {
        skipping = false;
      }
      skipping |= depth == 0 && (token.isWord("default") || token.value().equals("="));
      depth += token.is("(") || token.is("[") ? 1 : token.is(")") || token.is("]") ? -1 : 0;
      if (!skipping) {
        text.append(token.kind() == Token.Kind.QUOTED ? '"' + token.value() + '"' : token.value());
        text.append(' ');
      }
    }
    return text.toString();
  }
}
