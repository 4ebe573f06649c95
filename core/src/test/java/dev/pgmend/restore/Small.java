package dev.pgmend.restore;

import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Request;
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

  /// Runs the statements and dumps the database.
  Small(String statements) {
    try {
      directory = Files.createTempDirectory("small-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    database.execute(statements);
    Client.dump(database, archive(), false, List.of("-Fc"));
  }

  Path archive() {
    return directory.resolve("small.dump");
  }

  Database database() {
    return database;
  }

  ConnectionTarget target() {
    return Restores.target(database.uri());
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
