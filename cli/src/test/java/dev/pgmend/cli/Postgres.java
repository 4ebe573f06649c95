package dev.pgmend.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.embedded.EmbeddedServer;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.postgres.Session;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// What tests of the packaged program do on a server beside it.
final class Postgres {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private Postgres() {}

  /// {@return a session that finds what is in schema public}
  static Session session(EmbeddedServer server, String database) {
    Session session = Session.open(ConnectionTarget.parse(server.uri(database), Map.of()));
    session.execute("SET search_path = public; SET application_name = 'test'");
    return session;
  }

  /// Runs statements, each in a transaction of its own.
  static void execute(EmbeddedServer server, String database, String... statements) {
    try (Session session = session(server, database)) {
      List.of(statements).forEach(session::execute);
    }
  }

  /// {@return the value of an expression, as text}
  static String value(EmbeddedServer server, String database, String expression) {
    try (Session session = session(server, database)) {
      return value(session, expression);
    }
  }

  private static String value(Session session, String expression) {
    return session
        .queryText("SELECT (%s)::text AS it".formatted(expression), row -> row.text("it"))
        .getFirst();
  }

  /// Waits until a condition holds on a server.
  static void await(EmbeddedServer server, String condition) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    try (Session session = session(server, "postgres")) {
      while (!value(session, condition).equals("true")) {
        assertThat(System.nanoTime()).as(condition).isLessThan(deadline);
        pause(10);
      }
    }
  }

  /// Makes sure that no session of pgmend is on a server, and no schema of its runs in a database.
  static void assertNothingIsLeft(EmbeddedServer server, String database) {
    assertThat(
            value(
                server, database, "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'pgmend%'"))
        .isEqualTo("0");
    await(
        server, "NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name LIKE 'pgmend%')");
  }

  static void pause(long milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
