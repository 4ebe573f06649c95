package dev.pgmend.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.embedded.EmbeddedServer;
import dev.pgmend.postgres.Session;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A restore that is told to stop by a signal stops at once, whatever it is doing, says so, and leaves nothing behind.
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class SignalsIT {
  private static final Path DEBIAN = Path.of("/usr/lib/postgresql/15/bin");

  /// It takes less than half a second on an idle machine; what was asked for takes many.
  private static final Duration SOON = Duration.ofSeconds(2);

  @TempDir private static Path directory = Path.of("");
  private EmbeddedServer server;
  private String backup = "";

  @BeforeAll
  void start() throws Exception {
    assumeTrue(
        Files.isExecutable(DEBIAN.resolve("pg_dump")) && Files.exists(Path.of("/usr/bin/setsid")),
        "pg_dump and setsid are needed");
    server = EmbeddedServer.startFrom(DEBIAN, Map.of());
    Postgres.execute(server, "postgres", "CREATE DATABASE shop");
    Postgres.execute(
        server,
        "shop",
        "CREATE FUNCTION slowly(id int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM pg_catalog.pg_sleep(0.001); RETURN id; END'",
        "CREATE TABLE orders (id int PRIMARY KEY, note text)",
        "INSERT INTO orders SELECT g, repeat(md5(g::text), 6) FROM generate_series(1, 20000) g",
        "CREATE TABLE slow (id int)",
        "INSERT INTO slow SELECT g FROM generate_series(1, 4000) g",
        "CREATE INDEX slow_index ON slow (slowly(id))");
    backup = directory.resolve("shop.dump").toString();
    Process dump =
        new ProcessBuilder(
                DEBIAN.resolve("pg_dump").toString(), "-Fc", "-f", backup, "-d", server.uri("shop"))
            .inheritIO()
            .start();
    assertThat(dump.waitFor()).isZero();
  }

  @AfterAll
  void stop() {
    if (server != null) {
      server.close();
    }
  }

  @BeforeEach
  void createTarget() {
    Postgres.execute(
        server,
        "postgres",
        "DROP DATABASE IF EXISTS target WITH (FORCE)",
        "CREATE DATABASE target TEMPLATE shop");
    Postgres.execute(server, "target", "DELETE FROM orders WHERE id % 2 = 0", "DROP TABLE slow");
  }

  private Signalled restore(String source, String... further) throws Exception {
    List<String> arguments =
        new ArrayList<>(
            List.of("restore", "--yes", "--from", source, "--to", server.uri("target")));
    arguments.addAll(List.of(further));
    return Signalled.start(directory, arguments);
  }

  private void assertStopped(Signalled.End end, int exitCode) {
    assertThat(end.exitCode()).isEqualTo(exitCode);
    assertThat(end.output() + end.errors())
        .contains("interrupted; the target is unchanged, and what was staged is removed");
    assertThat(end.took()).isLessThan(SOON);
    Postgres.assertNothingIsLeft(server, "target");
    assertThat(Postgres.value(server, "target", "SELECT count(*) FROM orders")).isEqualTo("10000");
  }

  @ParameterizedTest
  @CsvSource({"INT, false, 130", "INT, true, 130", "TERM, false, 143"})
  void loadingStops(String signal, boolean all, int exitCode) throws Exception {
    try (Signalled program = restore(backup, "orders", "--mode", "swap", "--rate", "300kB/s")) {
      program.awaitSaid("load ...");
      Postgres.pause(300);
      assertStopped(program.end(signal, all), exitCode);
    }
  }

  @ParameterizedTest
  @CsvSource({"1, INT", "2, TERM"})
  void buildingAnIndexStops(String jobs, String signal) throws Exception {
    try (Signalled program = restore(backup, "slow", "--jobs", jobs)) {
      Postgres.await(
          server,
          "EXISTS (SELECT FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%slow_index%' AND application_name LIKE 'pgmend%')");
      assertStopped(program.end(signal, true), signal.equals("INT") ? 130 : 143);
    }
  }

  /// What other connections read meanwhile stops too, also where it has to wait before it takes what has come already.
  @Test
  void readingBackAtARateStops() throws Exception {
    try (Signalled program =
        restore(backup, "orders", "--mode", "swap", "--jobs", "2", "--rate", "700kB/s")) {
      program.awaitSaid("verify ...");
      assertStopped(program.end("INT", false), 130);
    }
  }

  @Test
  void waitingForALockStops() throws Exception {
    try (Session other = Postgres.session(server, "target");
        Signalled program = restore(backup, "orders", "--mode", "swap", "--max-block", "60")) {
      other.begin();
      other.execute("LOCK TABLE orders IN ROW EXCLUSIVE MODE");
      program.awaitSaid("waiting for a lock");
      assertStopped(program.end("INT", true), 130);
    }
  }

  @Test
  void readingALiveDatabaseStops() throws Exception {
    try (Signalled program =
        restore(server.uri("shop"), "orders", "--mode", "swap", "--rate", "300kB/s")) {
      program.awaitSaid("load ...");
      Postgres.pause(300);
      assertStopped(program.end("INT", true), 130);
    }
  }

  @ParameterizedTest
  @CsvSource({"INT, 130", "TERM, 143"})
  void jsonHasTheExitCodeOfTheProcess(String signal, int exitCode) throws Exception {
    try (Signalled program =
        restore(backup, "orders", "--mode", "swap", "--rate", "300kB/s", "--json")) {
      program.awaitSaid("load ...");
      Signalled.End end = program.end(signal, false);
      assertStopped(end, exitCode);
      assertThat(end.output()).contains("\"exitCode\" : " + exitCode);
    }
  }
}
