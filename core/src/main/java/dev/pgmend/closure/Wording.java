package dev.pgmend.closure;

import dev.pgmend.archive.Entry;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.Locale;

/// Names an archive entry in words: `trigger "orders_log" of "shop"."orders"` rather than pg_dump's `TRIGGER` and
/// `orders orders_log`.
public final class Wording {
  private Wording() {}

  /// {@return the entry in a few words, every identifier quoted}
  public static String of(Entry entry) {
    if (Entries.returnRule(entry)) {
      String view = entry.tag().substring(0, entry.tag().length() - " _RETURN".length());
      return "query of view " + new QualifiedName(entry.namespace(), view);
    }
    return switch (entry.desc()) {
      case "TABLE DATA" -> "rows of " + Entries.name(entry);
      case "MATERIALIZED VIEW DATA" -> "rows of materialized view " + Entries.name(entry);
      case "SEQUENCE SET" -> "position of sequence " + Entries.name(entry);
      case "INDEX ATTACH" ->
          "membership of index %s in its parent's".formatted(Entries.name(entry));
      case "FUNCTION", "PROCEDURE", "AGGREGATE", "OPERATOR", "CAST", "TRANSFORM" -> routine(entry);
      default -> Entries.head(entry).map(head -> of(entry, head)).orElseGet(() -> plain(entry));
    };
  }

  private static String of(Entry entry, Head head) {
    return switch (head) {
      case Head.Part part ->
          "%s %s of %s".formatted(kind(entry), Sql.quote(part.name()), part.relation());
      case Head.Identity identity ->
          "identity of column %s of %s".formatted(Sql.quote(identity.column()), identity.table());
      case Head.OwnedBy owned ->
          "ownership of sequence %s by column %s of %s"
              .formatted(owned.sequence(), Sql.quote(owned.column()), owned.table());
      case Head.TableAttach attach ->
          "membership of partition %s in %s".formatted(attach.partition(), attach.parent());
      case Head.PublicationTable member ->
          "membership of %s in publication %s"
              .formatted(member.table(), Sql.quote(member.publication()));
      case Head.Annotation annotation -> annotation(entry, annotation);
      case Head.TableAction action when entry.desc().equals("ROW SECURITY") ->
          "row security of " + action.relation();
      default -> plain(entry);
    };
  }

  private static String annotation(Entry entry, Head.Annotation annotation) {
    String what = note(entry);
    String kind = annotation.kind().toLowerCase(Locale.ROOT);
    String part = annotation.part();
    QualifiedName relation = annotation.relation();
    return part == null
        ? "%s on %s %s".formatted(what, kind, relation)
        : "%s on %s %s of %s".formatted(what, kind, Sql.quote(part), relation);
  }

  private static String kind(Entry entry) {
    return switch (entry.desc()) {
      case "FK CONSTRAINT" -> "foreign key";
      case "DEFAULT" -> "default of column";
      default -> entry.desc().toLowerCase(Locale.ROOT);
    };
  }

  /// The drop statement of a routine names it with its arguments, each part quoted where it must be.
  private static String routine(Entry entry) {
    String prefix = "DROP " + entry.desc() + " ";
    String drop = entry.dropStmt().strip();
    return drop.startsWith(prefix) && drop.endsWith(";")
        ? entry.desc().toLowerCase(Locale.ROOT)
            + " "
            + drop.substring(prefix.length(), drop.length() - 1).strip()
        : plain(entry);
  }

  private static String note(Entry entry) {
    return entry.desc().equals("ACL") ? "grants" : entry.desc().toLowerCase(Locale.ROOT);
  }

  private static String plain(Entry entry) {
    String schema = entry.namespace().isEmpty() ? "" : Sql.quote(entry.namespace());
    return switch (entry.desc()) {
      // The tag is pg_dump's own wording: the kind of object, and its name.
      case "ACL", "COMMENT", "SECURITY LABEL" ->
          "%s on %s%s"
              .formatted(note(entry), entry.tag(), schema.isEmpty() ? "" : " in schema " + schema);
      default -> {
        String name = Sql.quote(entry.tag().isEmpty() ? "?" : entry.tag());
        yield entry.desc().toLowerCase(Locale.ROOT)
            + " "
            + (schema.isEmpty() ? name : schema + "." + name);
      }
    };
  }
}
