package dev.pgmend.cli;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.checks.Check.Expected;
import dev.pgmend.checks.CheckFile;
import dev.pgmend.checks.Checker;
import dev.pgmend.checks.Checks;
import dev.pgmend.checks.Recording;
import dev.pgmend.postgres.ConnectionTarget;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options about checks of a restore.
final class ChecksOptions {
  @Option(
      names = "--checks",
      paramLabel = "FILE",
      description =
          "What else has to hold: queries, commands and HTTP probes. Those of before keep the change from being committed, those of after take it back.")
  private @Nullable Path file;

  @Option(
      names = "--recorded",
      paramLabel = "FILE",
      description =
          "The answers that pgmend checks record has written; if left out, the file next to the backup.")
  private @Nullable Path recorded;

  /// {@return the checks of the file, empty if none is named}
  Optional<Checks> checks() {
    if (file == null && recorded != null) {
      throw new PgmendException(Kind.USAGE, "--recorded goes with --checks only");
    }
    return Optional.ofNullable(file).map(CheckFile::read);
  }

  /// {@return what makes the checks}
  ///
  /// @param from the backup as it was named
  /// @param facts variables for the commands
  Checker checker(Checks checks, ConnectionTarget target, String from, Map<String, String> facts) {
    Optional<ConnectionTarget> source =
        BackupFile.isLive(from) ? Optional.of(BackupFile.source(from)) : Optional.empty();
    return new Checker(checks, target, source, recording(checks, from), facts);
  }

  private Optional<Recording> recording(Checks checks, String from) {
    if (recorded != null) {
      return Optional.of(Recording.read(recorded));
    }
    if (!checks.expects(Expected.SameAsRecorded.class)
        || BackupFile.isLive(from)
        || from.contains("://")
        || from.equals("-")) {
      return Optional.empty();
    }
    Path beside = Recording.nextTo(Path.of(from));
    return Files.exists(beside) ? Optional.of(Recording.read(beside)) : Optional.empty();
  }
}
