package dev.pgmend.cli;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.embedded.EmbeddedServer;
import dev.pgmend.embedded.EmbeddedServerException;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.postgres.Session;
import dev.pgmend.rows.Scratch;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An embedded server for predicates, on loopback, behind a password that nobody else knows: the backup's rows go through it. It is
/// started when it is first asked for, and nothing is left of it when it is closed or the process ends.
final class ScratchServer implements Scratch, AutoCloseable {
  private static final String ROLE = "pgmend";
  private static final String DATABASE = "pgmend";

  private @Nullable EmbeddedServer server;
  private @Nullable Signals signals;
  private final String purpose;
  private final @Nullable String otherwise;
  private final Runnable interrupt;

  /// @param purpose what needs the server, for messages
  /// @param otherwise what to do without one, or null
  /// @param interrupt what stops the work on the server
  ScratchServer(String purpose, @Nullable String otherwise, Runnable interrupt) {
    this.purpose = purpose;
    this.otherwise = otherwise;
    this.interrupt = interrupt;
  }

  @Override
  public ConnectionTarget database(int major, boolean sqlAscii) {
    String password = password();
    EmbeddedServer started = start(major, password);
    signals = Signals.interrupt(interrupt);
    String encoding =
        sqlAscii ? "ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'" : "ENCODING 'UTF8'";
    // The superuser creates the role and the database, and does nothing that comes from the backup.
    try (Session session =
        Session.open(target(started.uri("postgres", started.superuser()), password))) {
      session.execute("SET password_encryption = 'scram-sha-256'");
      session.execute("CREATE ROLE %s LOGIN PASSWORD '%s'".formatted(ROLE, password));
      session.execute(
          "CREATE DATABASE %s TEMPLATE template0 OWNER %s %s".formatted(DATABASE, ROLE, encoding));
    }
    return target(started.uri(DATABASE, ROLE), password);
  }

  private EmbeddedServer start(int major, String password) {
    try {
      server = EmbeddedServer.startNearest(major, Map.of(), password);
      return server;
    } catch (EmbeddedServerException e) {
      throw new PgmendException(
          Kind.REFUSED,
          purpose
              + " needs a throwaway PostgreSQL server, and it does not start: "
              + e.getMessage(),
          otherwise,
          e);
    }
  }

  private static ConnectionTarget target(String uri, String password) {
    return ConnectionTarget.parse(uri, Map.of("PGPASSWORD", password));
  }

  private static String password() {
    byte[] random = new byte[24];
    new SecureRandom().nextBytes(random);
    return HexFormat.of().formatHex(random);
  }

  @Override
  public void close() {
    if (signals != null) {
      signals.close();
    }
    if (server != null) {
      server.close();
    }
  }
}
