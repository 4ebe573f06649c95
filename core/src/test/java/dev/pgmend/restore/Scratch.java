package dev.pgmend.restore;

import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Request;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Progress;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/// A small database of its own with a dump of what it was before something happened to it.
final class Scratch implements AutoCloseable {
  final Database database;
  final Map<String, String> pristine;
  private final Path archive;

  /// Creates it, dumps it, and lets the rest happen.
  Scratch(String before, String happens) {
    this(Database.create(Servers.shared()), before, happens);
  }

  Scratch(Database database, String before, String happens) {
    this.database = database;
    try {
      archive = Files.createTempFile("scratch-", ".dump");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    database.execute(before);
    Client.dump(database, archive, false, List.of("-Fc"));
    pristine = Fingerprint.of(database);
    database.execute(happens);
  }

  Path archive() {
    return archive;
  }

  ConnectionTarget target() {
    return Restores.target(database.uri());
  }

  Plan plan(UnaryOperator<Request> choices, String... tables) {
    return Restores.plan(archive, target(), choices, tables);
  }

  Outcome restore(UnaryOperator<Request> choices, String... tables) {
    return Restores.run(archive, target(), Progress.NONE, choices, tables);
  }

  Outcome restore(String... tables) {
    return restore(UnaryOperator.identity(), tables);
  }

  void assertPristine() {
    Restores.assertSame(pristine, database);
  }

  @Override
  public void close() {
    database.close();
    try {
      Files.delete(archive);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
