package dev.pgmend.assess;

import dev.pgmend.archive.Entry;
import dev.pgmend.archive.Toc;
import dev.pgmend.assess.Assessment.Kind;
import dev.pgmend.assess.Assessment.Loss;
import dev.pgmend.postgres.Session;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Finds large objects that are gone: columns that hold their OIDs then refer to nothing.
final class LargeObjects {
  private LargeObjects() {}

  /// {@return whether the entry is about large objects}
  static boolean holds(Entry entry) {
    return switch (entry.desc()) {
      case "BLOB", "BLOBS", "BLOB METADATA", "BLOB COMMENTS" -> true;
      default -> false;
    };
  }

  static void compare(Session session, Toc toc, List<Loss> losses, List<String> unknown) {
    Set<Long> backup = new TreeSet<>();
    for (Entry entry : toc.entries()) {
      switch (entry.desc()) {
        case "BLOB" -> add(entry.tag(), backup);
        case "BLOB METADATA" -> entry.defn().lines().forEach(line -> add(line, backup));
        default -> {}
      }
    }
    if (backup.isEmpty()) {
      return;
    }
    unknown.add(
        "contents, owners and grants of the %d large objects of the backup"
            .formatted(backup.size()));
    Set<Long> live =
        new HashSet<>(
            session.query(
                "select oid::bigint as oid from pg_catalog.pg_largeobject_metadata",
                row -> row.number("oid")));
    backup.removeAll(live);
    if (!backup.isEmpty()) {
      losses.add(
          new Loss(
              Kind.GONE,
              "%d large object%s".formatted(backup.size(), backup.size() == 1 ? "" : "s"),
              "columns that hold these OIDs refer to nothing; a restore of their table brings them back: "
                  + String.join(", ", backup.stream().limit(10).map(String::valueOf).toList())
                  + (backup.size() > 10 ? ", …" : ""),
              Optional.empty()));
    }
  }

  private static void add(String text, Set<Long> oids) {
    String digits = text.strip();
    if (!digits.isEmpty() && digits.length() <= 10 && digits.chars().allMatch(Character::isDigit)) {
      oids.add(Long.parseLong(digits));
    }
  }
}
