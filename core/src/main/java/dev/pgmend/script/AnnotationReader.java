package dev.pgmend.script;

import dev.pgmend.sql.Sql;
import java.util.List;

/// Reads what is said about objects: COMMENT, SECURITY LABEL, GRANT and REVOKE. All grants of one object, or of one of its
/// columns, are one entry.
final class AnnotationReader {
  private final Drafts drafts;
  private final Settings settings;

  AnnotationReader(Drafts drafts, Settings settings) {
    this.drafts = drafts;
    this.settings = settings;
  }

  void annotation(Tokens tokens, String text, long offset) {
    String desc = tokens.accept("comment") ? "COMMENT" : "SECURITY LABEL";
    if (desc.equals("SECURITY LABEL")) {
      tokens.expect("security", "label");
      if (!tokens.skipTo("on")) {
        throw new Tokens.Unexpected();
      }
    }
    tokens.expect("on");
    int start = tokens.position();
    ObjectKey key = key(tokens);
    if (!tokens.skipTo("is")) {
      throw new Tokens.Unexpected();
    }
    DraftEntry entry = drafts.add(desc, key.schema(), tag(tokens, start, key), offset).append(text);
    drafts
        .find(key)
        .ifPresent(object -> {
          entry.dependencies.add(object.id);
          entry.owner = object.owner;
        });
  }

  /// {@return the key of what a COMMENT or label is on; of kinds that no entry is made for, one that finds nothing}
  private static ObjectKey key(Tokens tokens) {
    int start = tokens.position();
    ObjectKey key = ObjectKey.read(tokens);
    if (key == null) {
      tokens.moveTo(start);
      return ObjectKey.global("", "");
    }
    return key;
  }

  /// pg_dump's own: the kind of the object and its name without the schema.
  private static String tag(Tokens tokens, int start, ObjectKey key) {
    String written = tokens.textFrom(start);
    int name = key.schema().isEmpty() ? -1 : prefix(tokens, start);
    return name < 0
        ? written
        : written.substring(0, name) + written.substring(written.indexOf('.', name) + 1);
  }

  /// {@return where in the text the schema of the first qualified name stands}
  private static int prefix(Tokens tokens, int start) {
    for (int i = start; i + 1 < tokens.position(); i++) {
      if (tokens.all().get(i).isName() && tokens.all().get(i + 1).is(".")) {
        return tokens.all().get(i).start() - tokens.all().get(start).start();
      }
    }
    return -1;
  }

  void grant(Tokens tokens, String text, long offset) {
    tokens.next();
    List<String> columns = privileges(tokens);
    if (tokens.atEnd()) {
      // A role is granted: nothing of a database.
      return;
    }
    tokens.expect("on");
    if (tokens.at("parameter") || tokens.at("database") || tokens.at("tablespace")) {
      return;
    }
    int start = tokens.position();
    ObjectKey key = ObjectKey.read(tokens);
    String tag;
    if (key == null) {
      tokens.moveTo(start);
      key = ObjectKey.relation(tokens.qualified());
      tag = "TABLE " + tokens.last();
    } else {
      tag = tag(tokens, start, key);
    }
    if (!columns.isEmpty()) {
      tag = "COLUMN " + tag.replaceFirst("^TABLE ", "") + "." + String.join(", ", columns);
    }
    ObjectKey grants =
        new ObjectKey("ACL " + key.kind(), key.schema(), key.name(), key.part() + "|" + columns);
    DraftEntry object = drafts.find(key).orElse(null);
    DraftEntry entry = drafts.find(grants).orElse(null);
    if (entry == null) {
      entry = drafts.add("ACL", key.schema(), tag, offset);
      drafts.register(grants, entry);
      if (object != null) {
        entry.dependencies.add(object.id);
        entry.owner = object.owner;
        if (!columns.isEmpty()) {
          drafts.depend(
              entry,
              new ObjectKey("ACL " + key.kind(), key.schema(), key.name(), key.part() + "|[]"));
        }
      }
    }
    boolean grantor =
        !settings.user.isEmpty() && (object == null || !settings.user.equals(object.owner));
    if (grantor) {
      entry.append("SET SESSION AUTHORIZATION " + Sql.quote(settings.user));
    }
    entry.append(text);
    if (grantor) {
      entry.append("RESET SESSION AUTHORIZATION");
    }
  }

  /// Reads up to ON.
  /// @return the columns that the privileges are about, none for the whole object
  private static List<String> privileges(Tokens tokens) {
    List<String> columns = List.of();
    while (!tokens.atEnd() && !tokens.at("on")) {
      if (tokens.at("(")) {
        columns = tokens.names();
      } else {
        tokens.next();
      }
    }
    return columns;
  }
}
