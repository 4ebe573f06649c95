package dev.pgmend.inspect;

import dev.pgmend.archive.Entry;
import dev.pgmend.closure.Entries;
import dev.pgmend.closure.Ownership;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.Lexer;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import dev.pgmend.sql.SqlSyntaxException;
import dev.pgmend.sql.TableConstraint;
import dev.pgmend.sql.TableDefinition;
import dev.pgmend.sql.Token;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Names the things that entries stand for. Most entries are one; an ACL is a grant for every statement, and a table has checks
/// in its definition.
final class Items {
  private final Ownership ownership;
  private final Map<Integer, ItemKind> kinds = new HashMap<>();

  Items(Ownership ownership) {
    this.ownership = ownership;
  }

  List<Item> of(Entry entry) {
    Head head = Entries.head(entry).orElse(null);
    ItemKind kind = kind(entry);
    QualifiedName on = on(entry);
    if (kind == ItemKind.GRANT) {
      return grants(entry, on);
    }
    return List.of(new Item(kind, entry.namespace(), name(entry, head, kind), on, entry.dumpId()));
  }

  /// {@return what kind of thing the entry stands for; remembered, for many tables may have the same dependents}
  ItemKind kind(Entry entry) {
    return kinds.computeIfAbsent(entry.dumpId(), _ -> read(entry));
  }

  /// {@return the checks that are part of CREATE TABLE}
  static List<Item> checks(Entry table, TableDefinition definition) {
    List<Item> checks = new ArrayList<>();
    for (TableConstraint constraint : definition.constraints()) {
      if (constraint.text().regionMatches(true, 0, "CHECK", 0, 5)) {
        String name = constraint.name() == null ? constraint.text() : constraint.name();
        checks.add(new Item(ItemKind.CHECK, table.namespace(), name, null, table.dumpId()));
      }
    }
    return checks;
  }

  private @Nullable QualifiedName on(Entry entry) {
    Entry root = ownership.root(entry);
    return root.dumpId() == entry.dumpId() || root.namespace().isEmpty()
        ? null
        : Entries.name(root);
  }

  private static List<Item> grants(Entry acl, @Nullable QualifiedName on) {
    List<Item> grants = new ArrayList<>();
    for (String statement : statements(acl.defn())) {
      if (!statement.regionMatches(true, 0, "SET ", 0, 4)
          && !statement.regionMatches(true, 0, "RESET ", 0, 6)) {
        grants.add(new Item(ItemKind.GRANT, acl.namespace(), statement, on, acl.dumpId()));
      }
    }
    return grants;
  }

  private static List<String> statements(String sql) {
    try {
      return Sql.split(sql);
    } catch (SqlSyntaxException _) {
      return List.of(sql);
    }
  }

  private static String name(Entry entry, @Nullable Head head, ItemKind kind) {
    if (kind == ItemKind.OTHER) {
      return "%s %s".formatted(entry.desc(), entry.tag());
    }
    if (Entries.returnRule(entry)) {
      return "_RETURN";
    }
    return switch (head) {
      case Head.Part part -> part.name();
      case Head.CreateIndex index -> index.name();
      case Head.Identity identity -> identity.column();
      case Head.PublicationTable member -> member.publication();
      case Head.OwnedBy owned -> "%s owned by column %s".formatted(entry.tag(), owned.column());
      case null, default -> entry.tag();
    };
  }

  private static ItemKind read(Entry entry) {
    return switch (entry.desc()) {
      case "CONSTRAINT" -> constraint(entry);
      case "CHECK CONSTRAINT" -> ItemKind.CHECK;
      case "FK CONSTRAINT" -> ItemKind.FOREIGN_KEY;
      case "SEQUENCE" ->
          Entries.head(entry).orElse(null) instanceof Head.Identity
              ? ItemKind.IDENTITY
              : ItemKind.SEQUENCE;
      case "SEQUENCE SET" -> ItemKind.SEQUENCE_VALUE;
      case "PUBLICATION", "PUBLICATION TABLE", "PUBLICATION TABLES IN SCHEMA" ->
          ItemKind.PUBLICATION;
      case "ACL" -> ItemKind.GRANT;
      case "TABLE DATA" -> ItemKind.DATA;
      case "MATERIALIZED VIEW DATA" -> ItemKind.REFRESH;
      case "TABLE ATTACH", "INDEX ATTACH", "SEQUENCE OWNED BY" -> ItemKind.ATTACHMENT;
      case "INDEX",
          "DEFAULT",
          "TRIGGER",
          "POLICY",
          "RULE",
          "STATISTICS",
          "COMMENT",
          "SECURITY LABEL",
          "VIEW",
          "MATERIALIZED VIEW",
          "TABLE",
          "FOREIGN TABLE",
          "FUNCTION",
          "PROCEDURE",
          "AGGREGATE",
          "TYPE",
          "DOMAIN",
          "SCHEMA",
          "EXTENSION",
          "ROW SECURITY" ->
          ItemKind.valueOf(entry.desc().replace(' ', '_').toUpperCase(Locale.ROOT));
      default -> ItemKind.OTHER;
    };
  }

  private static ItemKind constraint(Entry entry) {
    try {
      for (Token token : Lexer.tokens(entry.defn())) {
        if (token.isWord("primary")) {
          return ItemKind.PRIMARY_KEY;
        } else if (token.isWord("unique")) {
          return ItemKind.UNIQUE_KEY;
        } else if (token.isWord("exclude")) {
          return ItemKind.EXCLUSION;
        } else if (token.isWord("check")) {
          return ItemKind.CHECK;
        } else if (token.isWord("not")) {
          return ItemKind.NOT_NULL;
        }
      }
    } catch (SqlSyntaxException _) {
      return ItemKind.OTHER;
    }
    return ItemKind.OTHER;
  }
}
