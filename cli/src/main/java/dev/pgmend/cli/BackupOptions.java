package dev.pgmend.cli;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.archive.DatabaseChoice;
import dev.pgmend.archive.LiveData;
import dev.pgmend.archive.Reading;
import dev.pgmend.archive.Replacement;
import dev.pgmend.closure.Entries;
import dev.pgmend.restore.TableSelection;
import dev.pgmend.sql.QualifiedName;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How a backup is read; the same for all commands that read one.
final class BackupOptions {
  @Option(
      names = "--database",
      paramLabel = "NAME",
      description =
          "Which database of a script of pg_dumpall; if left out, the only one that has the tables asked for.")
  private @Nullable String database;

  @Option(
      names = "--encoding-errors",
      paramLabel = "POLICY",
      defaultValue = "fail",
      description =
          "Text that is not in the backup's encoding, or that the target's cannot hold: fail (default), or replace it and count the rows.")
  private String encodingErrors = "fail";

  @Option(
      names = "--pg-bin",
      paramLabel = "DIR",
      description =
          "Where pg_dump is, which reads the definitions of a live database; if left out, the newest one on this machine.")
  private @Nullable Path pgBin;

  @Option(
      names = "--read-only-check",
      description =
          "Let a live database's own server say that nothing was written there, and print that. Nothing ever is.")
  private boolean readOnlyCheck;

  /// Opens the backup; of several databases the one that has the tables.
  Archive open(String file, TableSelection tables) {
    return open(file, DatabaseChoice.holding(tables::isIn), tables::mayMean);
  }

  /// Opens the backup, leaving the choice among several databases to another if no option makes it.
  Archive open(String file, DatabaseChoice otherwise) {
    return open(file, otherwise, _ -> false);
  }

  private Archive open(String file, DatabaseChoice otherwise, Predicate<QualifiedName> likely) {
    Archive archive =
        BackupFile.open(
            file,
            new Reading(
                database == null ? otherwise : DatabaseChoice.named(database), replace(), likely),
            Optional.ofNullable(pgBin));
    // At once: what is left out may be what is asked for.
    archive
        .live()
        .ifPresent(live ->
            live.notes().forEach(text -> System.err.println("NOTE: " + Printable.of(text))));
    return archive;
  }

  private boolean replace() {
    return switch (encodingErrors) {
      case "fail" -> false;
      case "replace" -> true;
      default ->
          throw new PgmendException(
              Kind.USAGE,
              "unknown policy \"%s\" for --encoding-errors".formatted(encodingErrors),
              "Policies: fail, replace.");
    };
  }

  /// {@return the options as they stand on a command line, each after a blank}
  String words() {
    return (database == null ? "" : " --database " + Shell.quote(database))
        + (replace() ? " --encoding-errors replace" : "")
        + (pgBin == null ? "" : " --pg-bin " + Shell.quote(pgBin.toString()))
        + (readOnlyCheck ? " --read-only-check" : "");
  }

  /// Says in how many rows something was replaced and, if that was asked for, that nothing was written.
  void tell(Archive archive, PrintWriter err) {
    for (Replacement replacement : archive.replacements()) {
      err.printf(
          "NOTE: %s: in %s %s%n",
          Names.of(Entries.name(replacement.data())),
          replacement.rows() == 1 ? "1 row" : replacement.rows() + " rows",
          replacement.malformed()
              ? "bytes that are not %s were replaced by U+FFFD".formatted(replacement.encoding())
              : "characters that %s does not have were replaced by ?"
                  .formatted(replacement.encoding()));
    }
    if (readOnlyCheck) {
      err.println(
          "NOTE: "
              + Printable.of(
                  archive
                      .live()
                      .map(LiveData::checkReadOnly)
                      .orElse("the backup is no live database")));
    }
    err.flush();
  }
}
