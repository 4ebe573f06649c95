package dev.pgmend.restore;

import dev.pgmend.archive.Entry;
import dev.pgmend.closure.Entries;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.Sql;
import java.util.Optional;

/// The statement that gives an object the owner that the archive names. Source: pg_backup_archiver.c, `_printTocEntry`.
public final class OwnerChange {
  private OwnerChange() {}

  /// {@return the statement, empty for what has no owner of its own}
  public static Optional<String> of(Entry entry) {
    return object(entry)
        .map(object -> "ALTER %s OWNER TO %s".formatted(object, Sql.quote(entry.owner())));
  }

  private static Optional<String> object(Entry entry) {
    return switch (entry.desc()) {
      case "SCHEMA", "PUBLICATION", "PROCEDURAL LANGUAGE", "FOREIGN DATA WRAPPER", "SERVER" ->
          Optional.of(entry.desc() + " " + Sql.quote(entry.tag()));
      case "TABLE",
          "VIEW",
          "MATERIALIZED VIEW",
          "FOREIGN TABLE",
          "TYPE",
          "DOMAIN",
          "COLLATION",
          "CONVERSION",
          "STATISTICS",
          "TEXT SEARCH CONFIGURATION",
          "TEXT SEARCH DICTIONARY" ->
          Optional.of(entry.desc() + " " + Entries.name(entry).sql());
      case "SEQUENCE" ->
          Entries.isIdentity(entry)
              ? Optional.empty()
              : Optional.of("SEQUENCE " + Entries.name(entry).sql());
      // Only the drop statement tells them from others of the same name.
      case "FUNCTION", "PROCEDURE", "AGGREGATE" ->
          Entries.head(entry).orElse(null) instanceof Head.Routine routine
              ? Optional.of(
                  "%s %s(%s)".formatted(entry.desc(), routine.name().sql(), routine.arguments()))
              : Optional.empty();
      case "OPERATOR", "OPERATOR CLASS", "OPERATOR FAMILY" -> dropped(entry);
      default -> Optional.empty();
    };
  }

  private static Optional<String> dropped(Entry entry) {
    String prefix = "DROP " + entry.desc() + " ";
    return Sql.split(entry.dropStmt()).stream()
        .filter(statement -> statement.startsWith(prefix))
        .map(statement -> statement.substring("DROP ".length()))
        .reduce((_, _) -> "")
        .filter(object -> !object.isEmpty());
  }
}
