package dev.pgmend.restore;

import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Request;
import dev.pgmend.plan.RowPolicy.Conflicts;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Progress;
import dev.pgmend.run.Undoer.Undone;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// A small database made for one test, and its archive.
final class Small implements AutoCloseable {
  private final Database database = Database.create(Servers.shared());
  private final Path directory;

  private final Optional<String> role;

  /// Runs the statements and dumps the database.
  Small(String statements) {
    this(statements, Optional.empty(), List.of("-Fc"));
  }

  /// The same, with options for pg_dump.
  Small(String statements, List<String> options) {
    this(statements, Optional.empty(), options);
  }

  /// The same, for a role that restores and that owns the database.
  Small(String statements, String role) {
    this(statements, Optional.of(role), List.of("-Fc"));
    database.execute("ALTER DATABASE %s OWNER TO %s".formatted(database.name(), role));
  }

  private Small(String statements, Optional<String> role, List<String> options) {
    this.role = role;
    try {
      directory = Files.createTempDirectory("small-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    database.execute(statements);
    Client.dump(database, archive(), false, options);
  }

  Path archive() {
    return directory.resolve("small.dump");
  }

  Database database() {
    return database;
  }

  ConnectionTarget target() {
    return Restores.target(role.map(database::uri).orElseGet(database::uri));
  }

  Small since(String statements) {
    database.execute(statements);
    return this;
  }

  Plan plan(UnaryOperator<Request> choices, String... tables) {
    return Restores.plan(archive(), target(), choices, tables);
  }

  Outcome restore(UnaryOperator<Request> choices, String... tables) {
    return Restores.run(archive(), target(), Progress.NONE, choices, tables);
  }

  Outcome restore(Progress progress, String... tables) {
    return Restores.run(archive(), target(), progress, UnaryOperator.identity(), tables);
  }

  Outcome restore(Progress progress, UnaryOperator<Request> choices, String... tables) {
    return Restores.run(archive(), target(), progress, choices, tables);
  }

  /// Restores the tables so that they are what the backup says.
  Outcome restore(String... tables) {
    return restore(UnaryOperator.identity(), tables);
  }

  /// Takes the latest run back.
  Undone undo(boolean discardNewer) {
    try (Runs runs = Runs.open(target())) {
      return runs.undo(
          runs.undoable(Optional.empty()), discardNewer, Restores.MAX_BLOCK, Progress.NONE);
    }
  }

  /// Takes a run back.
  Undone undo(String run, Conflicts conflicts) {
    try (Runs runs = Runs.open(target())) {
      return runs.undo(
          runs.undoable(Optional.of(run)), conflicts, Restores.MAX_BLOCK, Progress.NONE);
    }
  }

  Map<String, String> fingerprint() {
    return Fingerprint.of(database);
  }

  /// {@return what has changed since, in words}
  List<String> difference(Map<String, String> before) {
    return Fingerprint.difference(before, fingerprint());
  }

  String value(String query) {
    return String.valueOf(database.queryValue(query));
  }

  @Override
  public void close() {
    database.close();
    Client.delete(directory);
  }
}
