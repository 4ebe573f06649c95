package dev.pgmend.script;

import dev.pgmend.sql.QualifiedName;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Reads CREATE statements. The drop statements are those that pg_dump keeps beside each definition in an archive.
final class CreateReader {
  private static final Set<String> STORED = Set.of("TABLE", "MATERIALIZED VIEW", "INDEX");

  private final Drafts drafts;
  private final Settings settings;

  CreateReader(Drafts drafts, Settings settings) {
    this.drafts = drafts;
    this.settings = settings;
  }

  /// One CREATE statement on its way to an entry.
  private record Statement(Tokens tokens, String text, long offset) {}

  void read(Tokens tokens, String text, long offset) {
    Statement statement = new Statement(tokens, text, offset);
    tokens.expect("create");
    boolean replace = tokens.accept("or", "replace");
    tokens.accept("unlogged");
    boolean unique = tokens.accept("unique");
    if (tokens.accept("index")) {
      index(statement, unique);
    } else if (replace && tokens.accept("view")) {
      viewRule(statement);
    } else if (tokens.accept("constraint", "trigger") || tokens.accept("trigger")) {
      part(statement, "TRIGGER", "on");
    } else if (tokens.accept("policy")) {
      part(statement, "POLICY", "on");
    } else if (tokens.accept("rule")) {
      part(statement, "RULE", "to");
    } else if (!relation(statement) && !routineOrType(statement) && !local(statement)) {
      global(statement);
    }
  }

  private DraftEntry add(
      Statement statement, String desc, ObjectKey key, String namespace, String tag, String drop) {
    DraftEntry draft = drafts.add(desc, namespace, tag, statement.offset).append(statement.text);
    draft.dropStmt = drop.isEmpty() ? "" : drop + ";\n";
    draft.owner = settings.user;
    if (STORED.contains(desc)) {
      draft.tablespace = settings.tablespace;
    }
    drafts.depend(draft, statement.tokens);
    drafts.register(key, draft);
    return draft;
  }

  private boolean relation(Statement statement) {
    Tokens tokens = statement.tokens;
    for (String desc : List.of("TABLE", "FOREIGN TABLE", "VIEW", "MATERIALIZED VIEW", "SEQUENCE")) {
      if (tokens.accept(desc.toLowerCase(Locale.ROOT).split(" "))) {
        tokens.accept("if", "not", "exists");
        int start = tokens.position();
        QualifiedName name = tokens.qualified();
        DraftEntry draft =
            add(
                statement,
                desc,
                ObjectKey.relation(name),
                name.schema(),
                name.name(),
                "DROP " + desc + " " + tokens.textFrom(start));
        draft.partitioned =
            desc.equals("TABLE") && tokens.skipTo("partition") && tokens.at("partition", "by");
        if (desc.endsWith("VIEW")) {
          group(statement, draft);
        }
        if (desc.equals("MATERIALIZED VIEW") || (desc.equals("TABLE") && !draft.partitioned)) {
          draft.tableAccessMethod = settings.tableAccessMethod;
          drafts.depend(draft, ObjectKey.global("ACCESS METHOD", settings.tableAccessMethod));
        }
        return true;
      }
    }
    return false;
  }

  private void group(Statement statement, DraftEntry view) {
    if (statement.tokens.contains("group", "by")) {
      drafts.dependOnKeys(view);
    }
  }

  /// The real query of a view that pg_dump had to split; before anything was created it is what `--clean` does to such a view.
  private void viewRule(Statement statement) {
    Tokens tokens = statement.tokens;
    QualifiedName view = tokens.qualified();
    DraftEntry dummy = drafts.relation(view).orElse(null);
    if (dummy == null) {
      if (!drafts.isEmpty()) {
        throw new Tokens.Unexpected();
      }
      return;
    }
    DraftEntry rule =
        add(
            statement,
            "RULE",
            ObjectKey.part("RULE", view, "_RETURN"),
            view.schema(),
            view.name() + " _RETURN",
            "");
    rule.dependencies.add(dummy.id);
    rule.whole = dummy;
    group(statement, rule);
  }

  private void index(Statement statement, boolean unique) {
    Tokens tokens = statement.tokens;
    tokens.accept("if", "not", "exists");
    String name = tokens.name();
    String written = tokens.last();
    tokens.expect("on");
    tokens.accept("only");
    int start = tokens.position();
    QualifiedName table = tokens.qualified();
    boolean qualified = tokens.position() - start > 1;
    String prefix = qualified ? tokens.text(start, start + 1) + "." : "";
    DraftEntry index =
        add(
            statement,
            "INDEX",
            ObjectKey.relation(new QualifiedName(table.schema(), name)),
            table.schema(),
            name,
            "DROP INDEX " + prefix + written);
    drafts.join(index, ObjectKey.relation(table));
    if (unique && tokens.accept("using", "btree") && tokens.at("(")) {
      index.details = tokens.names();
      drafts.registerKey(table, index);
    }
  }

  /// What has a name only together with a relation.
  private void part(Statement statement, String desc, String before) {
    Tokens tokens = statement.tokens;
    String name = tokens.name();
    String written = tokens.last();
    if (!tokens.skipTo(before)) {
      throw new Tokens.Unexpected();
    }
    tokens.expect(before);
    int start = tokens.position();
    QualifiedName relation = tokens.qualified();
    DraftEntry part =
        add(
            statement,
            desc,
            ObjectKey.part(desc, relation, name),
            relation.schema(),
            relation.name() + " " + name,
            "DROP %s %s ON %s".formatted(desc, written, tokens.textFrom(start)));
    drafts.join(part, ObjectKey.relation(relation));
  }

  private boolean routineOrType(Statement statement) {
    Tokens tokens = statement.tokens;
    for (String desc : List.of("FUNCTION", "PROCEDURE", "AGGREGATE")) {
      if (tokens.accept(desc.toLowerCase(Locale.ROOT))) {
        int start = tokens.position();
        ObjectKey key = ObjectKey.routine(tokens);
        String signature = Signature.withoutDefaults(tokens, start, tokens.position());
        String arguments = signature.substring(signature.indexOf('('));
        DraftEntry draft =
            add(
                statement,
                desc,
                key,
                key.schema(),
                key.name() + arguments,
                "DROP " + desc + " " + signature);
        draft.arguments = Signature.count(tokens, start);
        return true;
      }
    }
    for (String kind : List.of("TYPE", "DOMAIN")) {
      if (tokens.accept(kind.toLowerCase(Locale.ROOT))) {
        int start = tokens.position();
        QualifiedName name = tokens.qualified();
        String desc = tokens.atEnd() ? "SHELL TYPE" : kind;
        String drop = "DROP " + kind + " " + tokens.textFrom(start);
        add(statement, desc, ObjectKey.type(name), name.schema(), name.name(), drop);
        return true;
      }
    }
    return operator(statement);
  }

  private boolean operator(Statement statement) {
    Tokens tokens = statement.tokens;
    if (tokens.at("operator", "family") || tokens.at("operator", "class")) {
      tokens.accept("operator");
      String desc = "OPERATOR " + tokens.name().toUpperCase(Locale.ROOT);
      int start = tokens.position();
      QualifiedName name = tokens.qualified();
      String written = tokens.textFrom(start);
      if (!tokens.skipTo("using")) {
        throw new Tokens.Unexpected();
      }
      tokens.expect("using");
      String method = tokens.name();
      add(
          statement,
          desc,
          new ObjectKey(desc, name.schema(), name.name(), method),
          name.schema(),
          name.name(),
          "DROP %s %s USING %s".formatted(desc, written, tokens.last()));
      return true;
    }
    if (tokens.accept("operator")) {
      int start = tokens.position();
      QualifiedName name = tokens.qualified();
      String written = tokens.textFrom(start);
      String types =
          "(%s, %s)"
              .formatted(Signature.option(tokens, "leftarg"), Signature.option(tokens, "rightarg"));
      String arguments = ObjectKey.arguments(new Tokens(types, settings.namespace));
      add(
          statement,
          "OPERATOR",
          new ObjectKey("OPERATOR", name.schema(), name.name(), arguments),
          name.schema(),
          name.name(),
          "DROP OPERATOR %s %s".formatted(written, types));
      return true;
    }
    if (tokens.accept("cast")) {
      int start = tokens.position();
      String arguments = ObjectKey.arguments(tokens);
      String written = tokens.textFrom(start);
      add(
          statement,
          "CAST",
          new ObjectKey("CAST", "", "", arguments),
          "",
          "CAST " + written,
          "DROP CAST " + written);
      return true;
    }
    return false;
  }

  private boolean local(Statement statement) {
    Tokens tokens = statement.tokens;
    tokens.accept("default");
    for (String desc :
        List.of(
            "STATISTICS",
            "COLLATION",
            "CONVERSION",
            "TEXT SEARCH CONFIGURATION",
            "TEXT SEARCH DICTIONARY",
            "TEXT SEARCH PARSER",
            "TEXT SEARCH TEMPLATE")) {
      if (tokens.accept(desc.toLowerCase(Locale.ROOT).split(" "))) {
        int start = tokens.position();
        QualifiedName name = tokens.qualified();
        add(
            statement,
            desc,
            new ObjectKey(desc, name.schema(), name.name(), ""),
            name.schema(),
            name.name(),
            "DROP " + desc + " " + tokens.textFrom(start));
        return true;
      }
    }
    return false;
  }

  private void global(Statement statement) {
    Tokens tokens = statement.tokens;
    tokens.accept("trusted");
    if (tokens.accept("procedural", "language") || tokens.accept("language")) {
      String name = tokens.name();
      ObjectKey key = ObjectKey.global("LANGUAGE", name);
      String drop = "DROP PROCEDURAL LANGUAGE " + tokens.last();
      add(statement, "PROCEDURAL LANGUAGE", key, "", name, drop);
      return;
    }
    if (tokens.at("user", "mapping") || tokens.at("transform")) {
      String desc = tokens.accept("transform") ? "TRANSFORM" : "USER MAPPING";
      add(statement, desc, ObjectKey.global(desc, statement.text), "", desc, "");
      return;
    }
    for (String desc :
        List.of(
            "SCHEMA",
            "EXTENSION",
            "EVENT TRIGGER",
            "FOREIGN DATA WRAPPER",
            "SERVER",
            "ACCESS METHOD",
            "PUBLICATION",
            "SUBSCRIPTION")) {
      if (tokens.accept(desc.toLowerCase(Locale.ROOT).split(" "))) {
        tokens.accept("if", "not", "exists");
        String name = tokens.name();
        String drop = "DROP " + desc + " " + tokens.last();
        DraftEntry draft = add(statement, desc, ObjectKey.global(desc, name), "", name, drop);
        if (desc.equals("EXTENSION") && tokens.skipTo("schema")) {
          tokens.expect("schema");
          draft.details = List.of(tokens.name());
          drafts.depend(draft, ObjectKey.global("SCHEMA", draft.details.getFirst()));
          drafts.register(ObjectKey.global(desc, name), draft);
        }
        return;
      }
    }
    if (!Set.of("database", "role", "user", "tablespace").contains(tokens.next().value())) {
      throw new Tokens.Unexpected();
    }
    drafts.add("DATABASE", "", "", statement.offset);
  }
}
