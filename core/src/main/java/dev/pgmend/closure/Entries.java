package dev.pgmend.closure;

import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.ObjectId;
import dev.pgmend.catalog.ObjectId.Kind;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.SqlSyntaxException;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What single entries say about themselves.
public final class Entries {
  private static final Set<String> LATE = Set.of("EVENT TRIGGER", "MATERIALIZED VIEW DATA");

  private Entries() {}

  /// {@return the qualified name of a relation's entry}
  public static QualifiedName name(Entry relation) {
    return new QualifiedName(relation.namespace(), relation.tag());
  }

  /// {@return what the first statement of the entry's SQL is about, empty if it names nothing that pgmend reads}
  public static Optional<Head> head(Entry entry) {
    // Where there is a drop statement it is canonical and short; some kinds have none, or one
    // without their table.
    boolean ownTable =
        switch (entry.desc()) {
          case "INDEX", "STATISTICS", "SEQUENCE", "PUBLICATION TABLE", "TABLE", "VIEW" -> false;
          default -> !returnRule(entry);
        };
    Optional<Head> dropped = ownTable ? head(entry, entry.dropStmt()) : Optional.empty();
    return dropped.isPresent() ? dropped : head(entry, entry.defn());
  }

  private static Optional<Head> head(Entry entry, String sql) {
    if (sql.isBlank()) {
      return Optional.empty();
    }
    try {
      return Head.ofFirst(sql, entry.namespace());
    } catch (SqlSyntaxException e) {
      return Optional.empty();
    }
  }

  /// {@return whether the entry is the second half of a view that pg_dump had to split: its real query, as a rule}
  public static boolean returnRule(Entry entry) {
    return entry.desc().equals("RULE") && entry.tag().endsWith(" _RETURN");
  }

  /// {@return whether a SEQUENCE entry is an identity column's}
  public static boolean isIdentity(Entry entry) {
    return entry.desc().equals("SEQUENCE") && entry.defn().stripLeading().startsWith("ALTER TABLE");
  }

  /// The order in which pg_restore runs entries: the archive's own, with grants after everything else and the contents of
  /// materialized views last. Source: pg_backup_archiver.c, `_tocEntryRestorePass`.
  public static Comparator<Entry> restoreOrder(Map<Integer, Integer> position) {
    return Comparator.comparingInt(Entries::pass)
        .thenComparingInt(entry -> position.getOrDefault(entry.dumpId(), Integer.MAX_VALUE));
  }

  private static int pass(Entry entry) {
    if (entry.desc().equals("ACL") || entry.desc().equals("DEFAULT ACL")) {
      return 1;
    }
    return LATE.contains(entry.desc()) ? 2 : 0;
  }

  /// {@return the object that the entry creates, empty where pgmend cannot tell whether such an object exists}
  public static Optional<ObjectId> object(Entry entry) {
    return switch (entry.desc()) {
      case "SCHEMA" -> Optional.of(ObjectId.of(Kind.SCHEMA, "", entry.tag()));
      case "EXTENSION" -> Optional.of(ObjectId.of(Kind.EXTENSION, "", entry.tag()));
      case "PROCEDURAL LANGUAGE" -> Optional.of(ObjectId.of(Kind.LANGUAGE, "", entry.tag()));
      case "PUBLICATION" -> Optional.of(ObjectId.of(Kind.PUBLICATION, "", entry.tag()));
      case "TABLE", "VIEW", "MATERIALIZED VIEW", "FOREIGN TABLE", "INDEX" ->
          Optional.of(ObjectId.of(Kind.RELATION, name(entry)));
      case "SEQUENCE" ->
          head(entry).orElse(null) instanceof Head.Identity identity
              ? Optional.of(new ObjectId(Kind.IDENTITY, identity.table(), identity.column()))
              : Optional.of(ObjectId.of(Kind.RELATION, name(entry)));
      case "TYPE", "DOMAIN", "SHELL TYPE" -> Optional.of(ObjectId.of(Kind.TYPE, name(entry)));
      case "COLLATION" -> Optional.of(ObjectId.of(Kind.COLLATION, name(entry)));
      case "FUNCTION", "PROCEDURE", "AGGREGATE" -> signature(entry, Kind.ROUTINE);
      case "OPERATOR" -> signature(entry, Kind.OPERATOR);
      case "CAST" -> signature(entry, Kind.CAST);
      case "STATISTICS" -> Optional.of(ObjectId.of(Kind.STATISTICS, name(entry)));
      default -> head(entry).flatMap(Entries::object);
    };
  }

  private static Optional<ObjectId> object(Head head) {
    return switch (head) {
      case Head.Part part ->
          switch (part.kind()) {
            case CONSTRAINT ->
                Optional.of(new ObjectId(Kind.CONSTRAINT, part.relation(), part.name()));
            case DEFAULT -> Optional.of(new ObjectId(Kind.DEFAULT, part.relation(), part.name()));
            case TRIGGER -> Optional.of(new ObjectId(Kind.TRIGGER, part.relation(), part.name()));
            case POLICY -> Optional.of(new ObjectId(Kind.POLICY, part.relation(), part.name()));
            case RULE -> Optional.of(new ObjectId(Kind.RULE, part.relation(), part.name()));
            case DOMAIN_CONSTRAINT, COLUMN -> Optional.empty();
          };
      case Head.TableAttach attach -> Optional.of(ObjectId.of(Kind.ATTACHMENT, attach.partition()));
      case Head.PublicationTable member ->
          Optional.of(new ObjectId(Kind.PUBLICATION_TABLE, member.table(), member.publication()));
      default -> Optional.empty();
    };
  }

  /// `DROP FUNCTION app.f(a integer, app.mood);` names the routine as pg_get_function_identity_arguments does.
  private static Optional<ObjectId> signature(Entry entry, Kind kind) {
    String drop = entry.dropStmt().strip();
    String prefix = "DROP " + entry.desc() + " ";
    if (!drop.startsWith(prefix) || !drop.endsWith(";")) {
      return Optional.empty();
    }
    String text = drop.substring(prefix.length(), drop.length() - 1).strip();
    String compact = text.replace(", ", ",").replace(" (", "(");
    return Optional.of(
        ObjectId.of(kind, "", kind == Kind.CAST ? text.replace(", ", ",") : compact));
  }
}
