package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.archive.Archive;
import dev.pgmend.journal.Journal;
import dev.pgmend.load.Effort;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Request;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Progress;
import dev.pgmend.run.RowChange;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.testing.Database;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.function.UnaryOperator;

/// Restores as the command line makes them.
final class Restores {
  static final Duration MAX_BLOCK = Duration.ofSeconds(10);

  private Restores() {}

  static ConnectionTarget target(String uri) {
    return ConnectionTarget.parse(uri, Map.of());
  }

  /// {@return how runs do their work here: with the connections of the property `pgmend.jobs`}
  static Effort effort() {
    String jobs = System.getProperty("pgmend.jobs", "");
    return new Effort(jobs.isEmpty() ? 2 : Integer.parseInt(jobs), Effort.Verify.FULL, 0);
  }

  /// {@return the plan for some tables, named as on the command line}
  static Plan plan(
      Path archive, ConnectionTarget target, UnaryOperator<Request> choices, String... tables) {
    try (Archive opened = Archive.open(archive);
        TableRestore restore = TableRestore.open(opened, target).with(Restores.effort())) {
      return restore.plan(request(opened, choices, tables));
    }
  }

  /// Restores some tables, named as on the command line.
  static Outcome run(
      Path archive,
      ConnectionTarget target,
      Progress progress,
      UnaryOperator<Request> choices,
      String... tables) {
    return run(archive, target, effort(), progress, choices, tables);
  }

  static Outcome run(
      Path archive,
      ConnectionTarget target,
      Effort effort,
      Progress progress,
      UnaryOperator<Request> choices,
      String... tables) {
    try (Archive opened = Archive.open(archive);
        TableRestore restore = TableRestore.open(opened, target).with(effort)) {
      return restore.run(restore.plan(request(opened, choices, tables)), progress);
    }
  }

  /// Counts what a restore of some tables would change.
  static List<RowChange> count(
      Path archive, ConnectionTarget target, UnaryOperator<Request> choices, String... tables) {
    try (Archive opened = Archive.open(archive);
        TableRestore restore = TableRestore.open(opened, target).with(Restores.effort())) {
      return restore.count(restore.plan(request(opened, choices, tables)), Progress.NONE);
    }
  }

  static Request request(Archive archive, UnaryOperator<Request> choices, String... tables) {
    SequencedSet<QualifiedName> names = new LinkedHashSet<>();
    for (String table : tables) {
      names.add(new TableNames(archive.toc()).find(table));
    }
    return choices.apply(Request.of(names));
  }

  /// Takes a run back.
  ///
  /// @return the foreign keys that could not be validated
  static List<String> undo(ConnectionTarget target, String run, boolean discardNewer) {
    try (Runs runs = Runs.open(target)) {
      return runs.undo(journal(runs, run), discardNewer, MAX_BLOCK, Progress.NONE).open();
    }
  }

  static void clean(ConnectionTarget target, String run) {
    try (Runs runs = Runs.open(target)) {
      runs.clean(journal(runs, run));
    }
  }

  private static Journal journal(Runs runs, String run) {
    return runs.find(Optional.of(run));
  }

  /// {@return the schemas of pgmend in a database}
  static List<String> schemas(Database database) {
    return database
        .query("SELECT nspname FROM pg_namespace WHERE nspname ~ '^pgmend' ORDER BY nspname")
        .stream()
        .map(row -> String.valueOf(row.getFirst()))
        .toList();
  }

  static void assertSame(Map<String, String> expected, Database database) {
    assertThat(Fingerprint.difference(expected, Fingerprint.of(database))).isEmpty();
  }
}
