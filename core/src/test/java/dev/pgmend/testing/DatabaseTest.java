package dev.pgmend.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class DatabaseTest {
  @AutoClose private final Database database = Database.create();

  @Test
  void answersQueriesAsText() {
    database.execute("CREATE TABLE t (a int, b text); INSERT INTO t VALUES (1, NULL), (2, 'x')");
    assertThat(database.query("TABLE t ORDER BY a").toString()).isEqualTo("[[1, null], [2, x]]");
    assertThat(database.queryColumn("SELECT a FROM t ORDER BY a")).containsExactly("1", "2");
    assertThat(database.queryLong("SELECT count(*) FROM t")).isEqualTo(2);
    assertThat(database.queryValue("SELECT current_database()")).isEqualTo(database.name());
  }

  @Test
  void namesTheStatementThatFailed() {
    assertThatThrownBy(() -> database.execute("SELECT nonsense"))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("column \"nonsense\" does not exist")
        .hasMessageContaining("in: SELECT nonsense");
  }

  @Test
  void copiesAreIndependent() {
    database.execute("CREATE TABLE t AS SELECT 1 AS a");
    try (var copy = database.copy()) {
      copy.execute("DROP TABLE t");
    }
    assertThat(database.queryLong("SELECT a FROM t")).isEqualTo(1);
  }

  @Test
  void isDroppedWithItsSessions() throws SQLException {
    var other = Database.create();
    try (var _ = other.connect()) {
      other.close();
    }
    assertThat(database.query("SELECT FROM pg_database WHERE datname = '" + other.name() + "'"))
        .isEmpty();
  }

  @Test
  void connectsAsOtherUsers() throws SQLException {
    database.execute("CREATE ROLE \"database test\" LOGIN");
    try (var connection = database.connect("database test");
        var result = connection.createStatement().executeQuery("SELECT current_user")) {
      assertThat(result.next()).isTrue();
      assertThat(result.getString(1)).isEqualTo("database test");
    } finally {
      database.execute("DROP ROLE \"database test\"");
    }
  }

  static final List<Integer> majors = Servers.MAJORS;

  @ParameterizedTest
  @FieldSource("majors")
  void everyMajorServes(int major) {
    try (var fresh = Database.create(Servers.major(major))) {
      assertThat(fresh.queryValue("SHOW server_version")).startsWith(major + ".");
    }
  }
}
