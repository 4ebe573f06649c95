package dev.pgmend.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EmbeddedServerTest {
  private EmbeddedServer server;

  @BeforeAll
  void start() {
    server = EmbeddedServer.start(Map.of("max_connections", "17"));
  }

  @AfterAll
  void stop() {
    server.close();
  }

  @Test
  void servesWithTheSettingsAskedFor() throws SQLException {
    assertThat(query("SHOW max_connections")).isEqualTo("17");
    assertThat(query("SHOW listen_addresses")).isEqualTo("127.0.0.1");
    assertThat(query("SHOW server_encoding")).isEqualTo("UTF8");
    assertThat(query("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")).isEqualTo("t");
    assertThat(server.uri("a b"))
        .isEqualTo("postgresql://postgres@127.0.0.1:" + server.port() + "/a%20b");
  }

  @Test
  void hasTheContributedExtensions() throws SQLException {
    for (String extension : new String[] {"btree_gist", "citext", "hstore", "pgcrypto"}) {
      query("CREATE EXTENSION %s; SELECT 1".formatted(extension));
    }
    assertThat(query("SELECT 'A'::citext = 'a'")).isEqualTo("t");
  }

  @Test
  void recoversAfterAnImmediateStop() throws SQLException {
    query("CREATE TABLE kept AS SELECT 42 AS answer; SELECT 1");
    long before = server.pid();
    server.stopImmediately();
    assertThat(ProcessHandle.of(before)).isEmpty();
    assertThatThrownBy(() -> query("SELECT 1")).isInstanceOf(SQLException.class);
    server.restart();
    assertThat(server.pid()).isNotEqualTo(before);
    assertThat(query("SELECT answer FROM kept")).isEqualTo("42");
    assertThat(server.log()).content().contains("redo starts");
  }

  @Test
  void letsInOnlyWhoKnowsThePassword() throws SQLException {
    try (var locked = EmbeddedServer.startNearest(9, Map.of(), "s3cret 'quoted'")) {
      String url = locked.jdbcUrl("postgres");
      assertThatThrownBy(() -> DriverManager.getConnection(url)).hasMessageContaining("password");
      assertThatThrownBy(() -> DriverManager.getConnection(url + "&password=wrong"))
          .hasMessageContaining("password authentication failed");
      Properties known = new Properties();
      known.setProperty("password", "s3cret 'quoted'");
      DriverManager.getConnection(url, known).close();
      assertThat(locked.log().resolveSibling("password")).doesNotExist();
    }
  }

  @Test
  void leavesNothingBehindWhenClosed() {
    var other = EmbeddedServer.start();
    assertThat(other.port()).isNotEqualTo(server.port());
    long pid = other.pid();
    Path home = other.log().getParent();
    other.close();
    other.close();
    assertThat(ProcessHandle.of(pid)).isEmpty();
    assertThat(home).doesNotExist();
  }

  @Test
  void saysWhyTheServerDidNotStart() {
    assertThatThrownBy(() -> EmbeddedServer.start(Map.of("shared_buffers", "a lot")))
        .isInstanceOf(EmbeddedServerException.class)
        .hasMessageContaining("invalid value for parameter \"shared_buffers\": \"a lot\"");
  }

  @Test
  void saysWhichVersionsThereAre() {
    assertThatThrownBy(() -> EmbeddedServer.start(9, Map.of()))
        .hasMessageContaining("no binaries of PostgreSQL 9; there are [18.");
  }

  @Test
  void startsAnInstalledPostgres() throws SQLException {
    Path debian = Path.of("/usr/lib/postgresql/15/bin");
    assumeTrue(Files.isDirectory(debian));
    try (var installed = EmbeddedServer.startFrom(debian, Map.of())) {
      assertThat(query(installed, "SHOW server_version")).startsWith("15.");
    }
  }

  private String query(String sql) throws SQLException {
    return query(server, sql);
  }

  private static String query(EmbeddedServer server, String sql) throws SQLException {
    try (var connection = DriverManager.getConnection(server.jdbcUrl("postgres"));
        var statement = connection.createStatement()) {
      boolean rows = statement.execute(sql);
      while (!rows) {
        if (statement.getUpdateCount() == -1) {
          return "";
        }
        rows = statement.getMoreResults();
      }
      try (var result = statement.getResultSet()) {
        result.next();
        return result.getString(1);
      }
    }
  }
}
