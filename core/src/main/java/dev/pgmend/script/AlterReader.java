package dev.pgmend.script;

import dev.pgmend.sql.QualifiedName;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads ALTER statements: some are entries of their own, the others go on with the definition of what they alter.
final class AlterReader {
  private static final Set<String> COLUMN_SETTINGS =
      Set.of("statistics", "storage", "compression", "not", "(");

  private final Drafts drafts;
  private final Settings settings;

  AlterReader(Drafts drafts, Settings settings) {
    this.drafts = drafts;
    this.settings = settings;
  }

  /// One ALTER statement.
  private record Statement(Tokens tokens, String text, long offset) {}

  void read(Tokens tokens, String text, long offset) {
    Statement statement = new Statement(tokens, text, offset);
    tokens.expect("alter");
    if (tokens.at("database")
        || tokens.at("role")
        || tokens.at("user")
        || tokens.at("tablespace")) {
      return;
    }
    if (tokens.accept("default", "privileges")) {
      defaultPrivileges(statement);
    } else if (tokens.accept("publication")) {
      publication(statement);
    } else if (tokens.at("table")
        || tokens.at("foreign", "table")
        || tokens.at("view")
        || tokens.at("materialized", "view")) {
      relation(statement);
    } else if (tokens.accept("sequence")) {
      sequence(statement);
    } else if (tokens.accept("index")) {
      index(statement);
    } else if (tokens.accept("domain")) {
      domain(statement);
    } else {
      ObjectKey key = ObjectKey.read(tokens);
      if (key == null) {
        throw new Tokens.Unexpected();
      }
      other(statement, key);
    }
  }

  private DraftEntry add(
      Statement statement,
      String desc,
      @Nullable ObjectKey key,
      String namespace,
      String tag,
      String drop) {
    DraftEntry draft = drafts.add(desc, namespace, tag, statement.offset).append(statement.text);
    draft.dropStmt = drop.isEmpty() ? "" : drop + ";\n";
    draft.owner = settings.user;
    drafts.depend(draft, statement.tokens);
    if (key != null) {
      drafts.register(key, draft);
    }
    return draft;
  }

  /// Goes on with the definition of something that exists.
  private void follow(Statement statement, ObjectKey key) {
    drafts.find(key).orElseThrow(Tokens.Unexpected::new).append(statement.text);
  }

  private boolean owner(Tokens tokens, ObjectKey key) {
    if (!tokens.accept("owner", "to")) {
      return false;
    }
    DraftEntry draft = drafts.find(key).orElse(null);
    if (draft != null) {
      draft.owner = tokens.name();
    } else if (!key.kind().equals("LARGE OBJECT")
        && !key.equals(ObjectKey.global("SCHEMA", "public"))) {
      throw new Tokens.Unexpected();
    }
    return true;
  }

  private void relation(Statement statement) {
    Tokens tokens = statement.tokens;
    ObjectKey key = ObjectKey.read(tokens);
    if (key == null) {
      throw new Tokens.Unexpected();
    }
    QualifiedName name = key.qualifiedName();
    String head = tokens.textFrom(0);
    if (tokens.accept("add")) {
      constraint(statement, key, head);
    } else if (tokens.at("alter")) {
      column(statement, key, head);
    } else if (tokens.accept("attach", "partition")) {
      QualifiedName partition = tokens.qualified();
      DraftEntry attach =
          add(statement, "TABLE ATTACH", null, partition.schema(), partition.name(), "");
      drafts.join(attach, ObjectKey.relation(partition));
      drafts.relation(partition).ifPresent(part -> drafts.depend(part, key));
    } else if (tokens.at("cluster", "on") || tokens.at("replica", "identity", "using", "index")) {
      tokens.moveTo(tokens.all().size() - 1);
      follow(statement, ObjectKey.relation(new QualifiedName(name.schema(), tokens.name())));
    } else if (tokens.at("replica", "identity")
        || tokens.at("force", "row", "level", "security")
        || tokens.at("depends", "on", "extension")) {
      follow(statement, key);
    } else if (tokens.at("enable", "row", "level", "security")) {
      DraftEntry draft = add(statement, "ROW SECURITY", null, name.schema(), name.name(), "");
      drafts.join(draft, key);
    } else if (tokens.accept("enable") || tokens.accept("disable")) {
      firing(statement, name);
    } else if (tokens.accept("set", "access", "method")) {
      drafts.find(key).orElseThrow(Tokens.Unexpected::new).tableAccessMethod = tokens.name();
    } else if (tokens.at("drop") || tokens.at("detach")) {
      clean();
    } else if (!owner(tokens, key)) {
      throw new Tokens.Unexpected();
    }
  }

  /// What `--clean` does comes before anything is created.
  private void clean() {
    if (!drafts.isEmpty()) {
      throw new Tokens.Unexpected();
    }
  }

  private void constraint(Statement statement, ObjectKey key, String head) {
    Tokens tokens = statement.tokens;
    if (tokens.at("not", "null")) {
      follow(statement, key);
      return;
    }
    tokens.expect("constraint");
    String name = tokens.name();
    String written = tokens.last();
    if (tokens.at("not", "null") && !tokens.contains("not", "valid")) {
      follow(statement, key);
      return;
    }
    QualifiedName table = key.qualifiedName();
    String desc =
        tokens.at("foreign", "key")
            ? "FK CONSTRAINT"
            : tokens.at("check") ? "CHECK CONSTRAINT" : "CONSTRAINT";
    DraftEntry draft =
        add(
            statement,
            desc,
            ObjectKey.part("CONSTRAINT", table, name),
            table.schema(),
            table.name() + " " + name,
            head + " DROP CONSTRAINT " + written);
    drafts.join(draft, key);
    if (tokens.accept("primary", "key") || tokens.accept("unique") || tokens.at("exclude")) {
      draft.tablespace = settings.tablespace;
      // The index behind it bears its name.
      drafts.register(ObjectKey.relation(new QualifiedName(table.schema(), name)), draft);
      tokens.accept("nulls", "not", "distinct");
      if (tokens.at("(")) {
        draft.details = tokens.names();
        drafts.registerKey(table, draft);
      }
    } else if (tokens.accept("foreign", "key") && tokens.skipTo("references")) {
      tokens.expect("references");
      QualifiedName other = tokens.qualified();
      if (tokens.at("(")) {
        drafts.dependOnKey(draft, other, tokens.names());
      }
    }
  }

  private void column(Statement statement, ObjectKey key, String head) {
    Tokens tokens = statement.tokens;
    tokens.expect("alter");
    tokens.accept("column");
    String column = tokens.next().value();
    String written = tokens.last();
    QualifiedName table = key.qualifiedName();
    if (tokens.accept("set", "default")) {
      DraftEntry draft =
          add(
              statement,
              "DEFAULT",
              ObjectKey.part("DEFAULT", table, column),
              table.schema(),
              table.name() + " " + column,
              head.replaceFirst(" ONLY ", " ") + " ALTER COLUMN " + written + " DROP DEFAULT");
      drafts.join(draft, key);
    } else if (tokens.accept("add", "generated")) {
      if (!tokens.skipTo("(")) {
        throw new Tokens.Unexpected();
      }
      tokens.expect("(", "sequence", "name");
      QualifiedName sequence = tokens.qualified();
      DraftEntry draft =
          add(
              statement,
              "SEQUENCE",
              ObjectKey.relation(sequence),
              sequence.schema(),
              sequence.name(),
              "");
      drafts.join(draft, key);
    } else if (tokens.at("drop", "default")) {
      clean();
    } else if (tokens.at("options")
        || (tokens.accept("set") && COLUMN_SETTINGS.stream().anyMatch(tokens::at))) {
      follow(statement, key);
    } else {
      throw new Tokens.Unexpected();
    }
  }

  /// `--disable-triggers` turns all triggers off and on around the rows; that is not what was dumped.
  private void firing(Statement statement, QualifiedName relation) {
    Tokens tokens = statement.tokens;
    if (!tokens.accept("replica")) {
      tokens.accept("always");
    }
    if (tokens.accept("trigger", "all")) {
      return;
    }
    String kind = tokens.accept("rule") ? "RULE" : "TRIGGER";
    if (kind.equals("TRIGGER")) {
      tokens.expect("trigger");
    }
    String name = tokens.name();
    ObjectKey key = ObjectKey.part(kind, relation, name);
    DraftEntry draft = drafts.find(key).orElse(null);
    if (draft != null) {
      draft.append(statement.text);
      return;
    }
    // A partition has its parent's triggers without a statement of its own, unless one fires
    // otherwise there.
    draft = add(statement, kind, key, relation.schema(), relation.name() + " " + name, "");
    drafts.join(draft, ObjectKey.relation(relation));
    inherit(draft, drafts.relation(relation).orElse(null), name, 0);
  }

  /// The trigger of the parent that this one is a copy of.
  private void inherit(DraftEntry trigger, @Nullable DraftEntry table, String name, int depth) {
    if (table == null || depth > 20) {
      return;
    }
    for (int id : List.copyOf(table.dependencies)) {
      DraftEntry parent = drafts.all().get(id - 1);
      if (parent.partitioned) {
        QualifiedName parentName = new QualifiedName(parent.namespace, parent.tag);
        DraftEntry original = drafts.find(ObjectKey.part("TRIGGER", parentName, name)).orElse(null);
        if (original == null) {
          inherit(trigger, parent, name, depth + 1);
        } else {
          trigger.dependencies.add(original.id);
          original.dependencies.stream()
              .filter(dependency -> drafts.all().get(dependency - 1).desc.equals("FUNCTION"))
              .forEach(trigger.dependencies::add);
        }
      }
    }
  }

  private void sequence(Statement statement) {
    Tokens tokens = statement.tokens;
    QualifiedName name = tokens.qualified();
    ObjectKey key = ObjectKey.relation(name);
    if (tokens.accept("owned", "by")) {
      int start = tokens.position();
      DraftEntry sequence = drafts.find(key).orElseThrow(Tokens.Unexpected::new);
      DraftEntry owned =
          drafts
              .add("SEQUENCE OWNED BY", name.schema(), name.name(), statement.offset)
              .append(statement.text);
      owned.owner = sequence.owner;
      owned.dependencies.add(sequence.id);
      tokens.moveTo(start);
      drafts.depend(sequence, ObjectKey.relation(ObjectKey.column(tokens).qualifiedName()));
    } else if (tokens.at("set", "logged") || tokens.at("set", "unlogged")) {
      follow(statement, key);
    } else if (!owner(tokens, key)) {
      throw new Tokens.Unexpected();
    }
  }

  private void index(Statement statement) {
    Tokens tokens = statement.tokens;
    QualifiedName name = tokens.qualified();
    if (tokens.accept("attach", "partition")) {
      QualifiedName child = tokens.qualified();
      DraftEntry attach = add(statement, "INDEX ATTACH", null, child.schema(), child.name(), "");
      attach(attach, name, child);
    } else if (tokens.at("alter") || tokens.at("depends", "on", "extension")) {
      follow(statement, ObjectKey.relation(name));
    } else if (!owner(tokens, ObjectKey.relation(name))) {
      throw new Tokens.Unexpected();
    }
  }

  /// What pg_dump knows from pg_inherits: parts depend on the index or key that they are parts of.
  private void attach(DraftEntry attach, QualifiedName parentName, QualifiedName childName) {
    DraftEntry parent = drafts.relation(parentName).orElse(null);
    DraftEntry child = drafts.relation(childName).orElse(null);
    if (parent == null || child == null) {
      return;
    }
    attach.whole = child;
    for (DraftEntry index : List.of(child, parent)) {
      attach.dependencies.add(index.id);
      if (index.whole != null) {
        attach.dependencies.add(index.whole.id);
      }
    }
    if (parent.id < child.id) {
      child.dependencies.add(parent.id);
    }
    parent.attached.add(attach.id);
    // An index that is attached goes with its parent; pg_dump has no statement to drop it.
    if (child.desc.equals("INDEX")) {
      child.dropStmt = "";
    }
  }

  private void domain(Statement statement) {
    Tokens tokens = statement.tokens;
    int start = tokens.position();
    QualifiedName name = tokens.qualified();
    String written = tokens.textFrom(start);
    ObjectKey key = ObjectKey.type(name);
    if (tokens.accept("add", "constraint")) {
      String constraint = tokens.name();
      String drop = "ALTER DOMAIN %s DROP CONSTRAINT %s".formatted(written, tokens.last());
      DraftEntry draft =
          add(
              statement,
              tokens.at("check") ? "CHECK CONSTRAINT" : "CONSTRAINT",
              ObjectKey.part("DOMAIN CONSTRAINT", name, constraint),
              name.schema(),
              name.name() + " " + constraint,
              drop);
      drafts.join(draft, key);
    } else if (tokens.at("drop")) {
      clean();
    } else if (!owner(tokens, key)) {
      throw new Tokens.Unexpected();
    }
  }

  private void publication(Statement statement) {
    Tokens tokens = statement.tokens;
    String name = tokens.name();
    ObjectKey key = ObjectKey.global("PUBLICATION", name);
    DraftEntry draft = null;
    if (tokens.accept("add", "table")) {
      tokens.accept("only");
      QualifiedName table = tokens.qualified();
      draft =
          add(statement, "PUBLICATION TABLE", null, table.schema(), name + " " + table.name(), "");
      drafts.depend(draft, ObjectKey.relation(table));
    } else if (tokens.accept("add", "tables", "in", "schema")) {
      draft =
          add(statement, "PUBLICATION TABLES IN SCHEMA", null, "", name + " " + tokens.name(), "");
      drafts.depend(draft, ObjectKey.global("SCHEMA", tokens.last()));
    } else if (tokens.at("drop")) {
      clean();
    } else if (!owner(tokens, key)) {
      throw new Tokens.Unexpected();
    }
    if (draft != null) {
      drafts.join(draft, key);
    }
  }

  private void defaultPrivileges(Statement statement) {
    Tokens tokens = statement.tokens;
    int start = tokens.position();
    String schema = "";
    if (tokens.skipTo("schema")) {
      tokens.expect("schema");
      schema = tokens.name();
    }
    tokens.moveTo(start);
    if (!tokens.skipTo("on")) {
      throw new Tokens.Unexpected();
    }
    tokens.expect("on");
    String tag = "DEFAULT PRIVILEGES FOR " + tokens.name().toUpperCase(java.util.Locale.ROOT);
    DraftEntry last = drafts.all().isEmpty() ? null : drafts.all().getLast();
    if (last != null
        && last.desc.equals("DEFAULT ACL")
        && last.tag.equals(tag)
        && last.namespace.equals(schema)) {
      last.append(statement.text);
    } else {
      add(statement, "DEFAULT ACL", null, schema, tag, "");
    }
  }

  private void other(Statement statement, ObjectKey key) {
    Tokens tokens = statement.tokens;
    if (tokens.at("add", "mapping")
        || (key.kind().equals("OPERATOR FAMILY") && tokens.at("add"))
        || tokens.at("set", "statistics")
        || tokens.at("depends", "on", "extension")
        || tokens.at("enable")
        || tokens.at("disable")) {
      follow(statement, key);
    } else if (!owner(tokens, key)) {
      throw new Tokens.Unexpected();
    }
  }
}
