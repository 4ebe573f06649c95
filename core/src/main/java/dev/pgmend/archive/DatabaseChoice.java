package dev.pgmend.archive;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// Says which database of a backup is meant; a script of pg_dumpall holds several.
@FunctionalInterface
public interface DatabaseChoice {
  /// One database of a backup.
  ///
  /// @param name "" where the backup does not say it
  /// @param archive reads the database's entries
  record Candidate(String name, Supplier<Archive> archive) {}

  /// {@return the archive of one of the databases}
  /// @param candidates one at least
  /// @throws PgmendException of kind USAGE if none of them is meant, or it cannot be told which
  Archive choose(String backup, List<Candidate> candidates);

  /// {@return the choice of whoever knows of one database only}
  static DatabaseChoice only() {
    return (backup, candidates) -> {
      if (candidates.size() > 1) {
        throw several(backup, "holds several databases", candidates);
      }
      return candidates.getFirst().archive().get();
    };
  }

  /// {@return the choice of the database of that name}
  static DatabaseChoice named(String name) {
    return (backup, candidates) -> {
      List<Candidate> found =
          candidates.stream().filter(candidate -> candidate.name().equals(name)).toList();
      if (found.size() == 1) {
        return found.getFirst().archive().get();
      }
      if (found.size() > 1) {
        throw new PgmendException(
            Kind.SOURCE, "%s: holds database %s more than once".formatted(backup, name));
      }
      String names = names(candidates);
      throw new PgmendException(
          Kind.USAGE,
          names.isEmpty()
              ? "%s: does not say which database it is of".formatted(backup)
              : "%s: holds no database %s, but %s".formatted(backup, name, names),
          names.isEmpty() ? "Leave out --database." : null);
    };
  }

  /// {@return the choice of the one database for whose table of contents something holds}
  static DatabaseChoice holding(Predicate<Toc> wanted) {
    return (backup, candidates) -> {
      if (candidates.size() == 1) {
        return candidates.getFirst().archive().get();
      }
      List<Candidate> found = new ArrayList<>();
      List<Archive> archives = new ArrayList<>();
      for (Candidate candidate : candidates) {
        Archive archive = candidate.archive().get();
        if (wanted.test(archive.toc())) {
          found.add(candidate);
          archives.add(archive);
        }
      }
      if (found.size() > 1) {
        throw several(backup, "several databases hold what was asked for", found);
      }
      if (found.isEmpty()) {
        throw several(backup, "no database holds what was asked for, of these", candidates);
      }
      return archives.getFirst();
    };
  }

  private static PgmendException several(String backup, String what, List<Candidate> candidates) {
    return new PgmendException(
        Kind.USAGE,
        "%s: %s: %s".formatted(backup, what, names(candidates)),
        "Name the one that you want with --database; pgmend inspect lists their tables.");
  }

  private static String names(List<Candidate> candidates) {
    return candidates.stream()
        .map(Candidate::name)
        .filter(name -> !name.isEmpty())
        .collect(Collectors.joining(", "));
  }
}
