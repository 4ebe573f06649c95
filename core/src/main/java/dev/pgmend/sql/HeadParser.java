package dev.pgmend.sql;

import dev.pgmend.sql.Head.ObjectKind;
import dev.pgmend.sql.Head.PartKind;
import dev.pgmend.sql.Head.Verb;
import dev.pgmend.sql.NameSite.Role;
import dev.pgmend.sql.Token.Kind;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads the head of one statement and notes every place where it names a relation that relocation has to rewrite.
final class HeadParser {
  private static final Map<ObjectKind, String[]> KINDS = new EnumMap<>(ObjectKind.class);

  static {
    for (ObjectKind kind : ObjectKind.values()) {
      KINDS.put(kind, kind.words().split(" "));
    }
  }

  /// The head and where it names what.
  record Result(Head head, List<NameSite> sites) {}

  private final Cursor cursor;
  private final HeadSites names;

  private HeadParser(Cursor cursor) {
    this.cursor = cursor;
    this.names = new HeadSites(cursor);
  }

  static Result parse(Statement statement) {
    HeadParser parser = new HeadParser(statement.cursor());
    return new Result(parser.statement(), parser.names.noted());
  }

  private Head statement() {
    if (cursor.accept("create")) {
      return create();
    }
    if (cursor.accept("alter")) {
      return alter();
    }
    if (cursor.accept("drop")) {
      return drop();
    }
    if (cursor.accept("comment", "on")) {
      return annotation("COMMENT");
    }
    if (cursor.at("security", "label")) {
      return cursor.skipTo("on") && cursor.accept("on")
          ? annotation("SECURITY LABEL")
          : other("SECURITY LABEL");
    }
    if (cursor.at("grant") || cursor.at("revoke")) {
      String command = cursor.next().value().toUpperCase(Locale.ROOT);
      return cursor.skipTo("on") && cursor.accept("on") ? annotation(command) : other(command);
    }
    if (cursor.accept("select", "pg_catalog", ".", "setval", "(")) {
      return sequenceSet();
    }
    if (cursor.accept("refresh", "materialized", "view")) {
      return new Head.Named(Verb.ALTER, ObjectKind.MATERIALIZED_VIEW, names.relation());
    }
    return other("");
  }

  private Head create() {
    cursor.accept("or", "replace");
    boolean unlogged = cursor.accept("unlogged");
    boolean unique = !unlogged && cursor.accept("unique");
    if (cursor.accept("index")) {
      return createIndex(unique);
    }
    if (cursor.accept("statistics")) {
      return createStatistics();
    }
    if (cursor.at("constraint", "trigger") || cursor.at("trigger")) {
      cursor.accept("constraint");
      cursor.expect("trigger");
      return partOn(Verb.CREATE, PartKind.TRIGGER, "on");
    }
    if (cursor.accept("policy")) {
      return partOn(Verb.CREATE, PartKind.POLICY, "on");
    }
    if (cursor.accept("rule")) {
      return partOn(Verb.CREATE, PartKind.RULE, "to");
    }
    ObjectKind kind = objectKind();
    if (kind == ObjectKind.TABLE || kind == ObjectKind.FOREIGN_TABLE) {
      return createTable(kind);
    }
    return kind == null ? routine(Verb.CREATE) : named(Verb.CREATE, kind);
  }

  private Head createTable(ObjectKind kind) {
    cursor.accept("if", "not", "exists");
    QualifiedName table = names.relation();
    if (cursor.accept("partition", "of")) {
      names.relation();
    } else if (cursor.accept("of")) {
      cursor.dottedName();
    }
    if (cursor.at("(")) {
      int start = cursor.position();
      cursor.skipGroup();
      names.defaults(start, cursor.position());
    }
    if (cursor.skipTo("inherits") && cursor.accept("inherits")) {
      cursor.expect("(");
      do {
        names.relation();
      } while (cursor.accept(","));
      cursor.expect(")");
    }
    return new Head.Named(Verb.CREATE, kind, table);
  }

  private Head createIndex(boolean unique) {
    cursor.accept("concurrently");
    cursor.accept("if", "not", "exists");
    int at = cursor.position();
    String name = cursor.name();
    cursor.expect("on");
    boolean only = cursor.accept("only");
    QualifiedName table = names.relation();
    names.indexName(at, table);
    return new Head.CreateIndex(name, table, only, unique);
  }

  private Head createStatistics() {
    cursor.accept("if", "not", "exists");
    QualifiedName name = names.site(Role.COMPANION);
    if (!cursor.skipTo("from")) {
      throw cursor.error("expected from");
    }
    cursor.expect("from");
    return new Head.CreateStatistics(name, names.relation());
  }

  private Head alter() {
    if (cursor.accept("sequence")) {
      return alterSequence();
    }
    if (cursor.accept("index")) {
      return alterIndex();
    }
    if (cursor.accept("statistics")) {
      return new Head.Named(Verb.ALTER, ObjectKind.STATISTICS, names.site(Role.COMPANION));
    }
    if (cursor.accept("publication")) {
      String publication = cursor.name();
      if (!cursor.accept("add", "table")) {
        return new Head.Other("ALTER PUBLICATION");
      }
      cursor.accept("only");
      return new Head.PublicationTable(publication, names.relation());
    }
    if (cursor.accept("trigger")) {
      return partOn(Verb.ALTER, PartKind.TRIGGER, "on");
    }
    if (cursor.accept("domain")) {
      QualifiedName domain = cursor.qualifiedName();
      return cursor.accept("add", "constraint")
          ? new Head.Part(Verb.CREATE, PartKind.DOMAIN_CONSTRAINT, domain, cursor.name())
          : cursor.accept("drop", "constraint")
              ? new Head.Part(Verb.DROP, PartKind.DOMAIN_CONSTRAINT, domain, cursor.name())
              : new Head.Named(Verb.ALTER, ObjectKind.DOMAIN, domain);
    }
    ObjectKind kind = objectKind();
    if (kind == null) {
      return routine(Verb.ALTER);
    }
    return kind == ObjectKind.TYPE ? named(Verb.ALTER, kind) : alterRelation(kind);
  }

  private Head alterSequence() {
    QualifiedName sequence = names.relation();
    if (!cursor.accept("owned", "by") || cursor.at("none")) {
      return new Head.Named(Verb.ALTER, ObjectKind.SEQUENCE, sequence);
    }
    int start = cursor.position();
    List<String> parts = cursor.dottedName();
    QualifiedName table = names.ofParts(start, parts);
    return new Head.OwnedBy(sequence, table, parts.getLast());
  }

  private Head alterIndex() {
    QualifiedName index = names.site(Role.COMPANION);
    if (cursor.accept("attach", "partition")) {
      return new Head.IndexAttach(index, names.site(Role.COMPANION));
    }
    return new Head.Named(Verb.ALTER, ObjectKind.INDEX, index);
  }

  private Head alterRelation(ObjectKind kind) {
    cursor.accept("if", "exists");
    cursor.accept("only");
    QualifiedName table = names.relation();
    int action = cursor.position();
    if (cursor.accept("add", "constraint")) {
      int at = cursor.position();
      String name = cursor.name();
      if (cursor.at("primary") || cursor.at("unique") || cursor.at("exclude")) {
        names.indexName(at, table);
      }
      return new Head.Part(Verb.CREATE, PartKind.CONSTRAINT, table, name);
    }
    if (cursor.accept("drop", "constraint")) {
      cursor.accept("if", "exists");
      return new Head.Part(Verb.DROP, PartKind.CONSTRAINT, table, cursor.name());
    }
    if (cursor.accept("alter")) {
      return alterColumn(table);
    }
    if (cursor.accept("attach", "partition")) {
      QualifiedName partition = names.relation();
      String bounds = cursor.text(cursor.position(), cursor.position() + cursor.remaining());
      return new Head.TableAttach(table, partition, bounds);
    }
    if (cursor.accept("cluster", "on") || cursor.accept("replica", "identity", "using", "index")) {
      cursor.name();
      names.indexName(cursor.position() - 1, table);
    } else if (cursor.acceptAny("enable", "disable")) {
      cursor.acceptAny("replica", "always");
      if (cursor.at("trigger") || cursor.at("rule")) {
        PartKind part = cursor.next().isWord("rule") ? PartKind.RULE : PartKind.TRIGGER;
        return new Head.Part(Verb.ALTER, part, table, cursor.name());
      }
    }
    cursor.moveTo(action);
    String text = cursor.text(action, action + cursor.remaining());
    return text.isEmpty()
        ? new Head.Named(Verb.ALTER, kind, table)
        : new Head.TableAction(table, text);
  }

  private Head alterColumn(QualifiedName table) {
    cursor.accept("column");
    String column = cursor.peek().kind() == Kind.NUMBER ? cursor.next().value() : cursor.name();
    if (cursor.accept("set", "default")) {
      names.regclassLiterals(cursor.position(), cursor.position() + cursor.remaining());
      return new Head.Part(Verb.CREATE, PartKind.DEFAULT, table, column);
    }
    if (cursor.accept("drop", "default")) {
      return new Head.Part(Verb.DROP, PartKind.DEFAULT, table, column);
    }
    if (cursor.accept("add", "generated")) {
      boolean always = cursor.accept("always");
      if (cursor.skipTo("(") && cursor.accept("(", "sequence", "name")) {
        return new Head.Identity(table, column, always, names.relation());
      }
      throw cursor.error("expected ( SEQUENCE NAME");
    }
    return new Head.Part(Verb.ALTER, PartKind.COLUMN, table, column);
  }

  private Head drop() {
    if (cursor.accept("trigger")) {
      return partOn(Verb.DROP, PartKind.TRIGGER, "on");
    }
    if (cursor.accept("policy")) {
      return partOn(Verb.DROP, PartKind.POLICY, "on");
    }
    if (cursor.accept("rule")) {
      return partOn(Verb.DROP, PartKind.RULE, "on");
    }
    if (cursor.accept("index")) {
      cursor.accept("if", "exists");
      return new Head.Named(Verb.DROP, ObjectKind.INDEX, names.site(Role.COMPANION));
    }
    if (cursor.accept("statistics")) {
      cursor.accept("if", "exists");
      return new Head.Named(Verb.DROP, ObjectKind.STATISTICS, names.site(Role.COMPANION));
    }
    ObjectKind kind = objectKind();
    return kind == null ? routine(Verb.DROP) : named(Verb.DROP, kind);
  }

  private Head named(Verb verb, ObjectKind kind) {
    cursor.accept("if", "exists");
    cursor.accept("if", "not", "exists");
    boolean type = kind == ObjectKind.TYPE || kind == ObjectKind.DOMAIN;
    return new Head.Named(verb, kind, type ? cursor.qualifiedName() : names.relation());
  }

  private Head partOn(Verb verb, PartKind kind, String before) {
    cursor.accept("if", "exists");
    String name = cursor.name();
    if (!cursor.skipTo(before)) {
      throw cursor.error("expected " + before);
    }
    cursor.expect(before);
    return new Head.Part(verb, kind, names.relation(), name);
  }

  private Head routine(Verb verb) {
    for (String kind : List.of("function", "procedure", "aggregate")) {
      if (cursor.accept(kind)) {
        cursor.accept("if", "exists");
        QualifiedName name = cursor.qualifiedName();
        int open = cursor.position();
        if (!cursor.at("(")) {
          throw cursor.error("expected (");
        }
        cursor.skipGroup();
        String arguments = cursor.text(open + 1, cursor.position() - 1);
        return new Head.Routine(verb, kind.toUpperCase(Locale.ROOT), name, arguments);
      }
    }
    return other(verb.name());
  }

  /// Everything after ON in COMMENT, SECURITY LABEL, GRANT and REVOKE.
  private Head annotation(String command) {
    ObjectKind kind = objectKind();
    if (kind == ObjectKind.TYPE || kind == ObjectKind.DOMAIN) {
      return other(command);
    }
    if (kind == ObjectKind.INDEX || kind == ObjectKind.STATISTICS) {
      return new Head.Annotation(command, kind.name(), names.site(Role.COMPANION), null);
    }
    if (kind != null) {
      return new Head.Annotation(command, kind.name().replace('_', ' '), names.relation(), null);
    }
    if (cursor.accept("column")) {
      int start = cursor.position();
      List<String> parts = cursor.dottedName();
      QualifiedName table = names.ofParts(start, parts);
      return new Head.Annotation(command, "COLUMN", table, parts.getLast());
    }
    for (String part : List.of("constraint", "trigger", "policy", "rule")) {
      if (cursor.accept(part)) {
        String name = cursor.name();
        cursor.expect("on");
        return cursor.at("domain")
            ? other(command)
            : new Head.Annotation(command, part.toUpperCase(Locale.ROOT), names.relation(), name);
      }
    }
    boolean grant = command.equals("GRANT") || command.equals("REVOKE");
    Token after = cursor.at(1);
    boolean bareName =
        after != null && (after.is(".") || after.isWord("to") || after.isWord("from"));
    return grant && bareName
        ? new Head.Annotation(command, "TABLE", names.relation(), null)
        : other(command);
  }

  private Head sequenceSet() {
    Token literal = cursor.peek();
    QualifiedName sequence =
        QualifiedName.find(literal.value(), cursor.namespace())
            .orElseThrow(() -> cursor.error("expected the name of a sequence"));
    cursor.next();
    cursor.expect(",");
    String sign = cursor.peek().kind() == Kind.OPERATOR ? cursor.next().value() : "";
    long last;
    try {
      last = Long.parseLong(sign + cursor.peek().value());
    } catch (NumberFormatException _) {
      throw cursor.error("expected a number");
    }
    cursor.next();
    cursor.expect(",");
    boolean called = cursor.accept("true");
    if (!called) {
      cursor.expect("false");
    }
    cursor.expect(")");
    return new Head.SequenceSet(sequence, last, called);
  }

  private Head other(String command) {
    StringBuilder words = new StringBuilder(command);
    for (int i = 0; i < 2 && !cursor.atEnd() && cursor.peek().kind() == Kind.IDENTIFIER; i++) {
      String word = cursor.next().value().toUpperCase(Locale.ROOT);
      words.append(words.isEmpty() ? "" : " ").append(word);
      if (!command.isEmpty()) {
        break;
      }
    }
    return new Head.Other(words.toString());
  }

  private @Nullable ObjectKind objectKind() {
    for (Map.Entry<ObjectKind, String[]> kind : KINDS.entrySet()) {
      if (cursor.accept(kind.getValue())) {
        return kind.getKey();
      }
    }
    return null;
  }
}
