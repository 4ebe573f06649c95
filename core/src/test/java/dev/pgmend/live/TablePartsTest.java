package dev.pgmend.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.testing.Database;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Parts hold every row once.
class TablePartsTest {
  private static final int TEN_MEGABYTES = 80_000;

  @AutoClose private final Database database = Database.create();

  @AutoClose
  private final Session session = Session.open(ConnectionTarget.parse(database.uri(), Map.of()));

  @BeforeEach
  void create() {
    database.execute(
        """
        CREATE SCHEMA s;
        CREATE TABLE s."od""d" ("k k" bigint, note text);
        INSERT INTO s."od""d" SELECT g, repeat(md5(g::text), 7) FROM generate_series(-1000, %d) g;
        INSERT INTO s."od""d" VALUES (9223372036854775807, 'max'), (-9223372036854775808, 'min'), (NULL, 'none')
        """
            .formatted(TEN_MEGABYTES));
  }

  private static QualifiedName table() {
    return new QualifiedName("s", "od\"d");
  }

  private void everyRowOnce(List<String> parts) {
    String rows = "SELECT count(*) FROM ONLY s.\"od\"\"d\" WHERE ";
    long sum = 0;
    for (String part : parts) {
      sum += Long.parseLong(database.queryValue(rows + part));
    }
    assertThat(sum).isEqualTo(Long.parseLong(database.queryValue(rows + "true")));
    assertThat(database.queryValue(rows + "(" + String.join(") OR (", parts) + ")"))
        .isEqualTo("" + sum);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void rangesOfPagesAreReadFromFourteenOn(int most) {
    List<String> parts = TableParts.of(session, table(), 150_000, most);
    assertThat(parts).hasSize(2).allMatch(part -> part.contains("ctid"));
    everyRowOnce(parts);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 7})
  void rangesOfAKeyServeElsewhere(int most) {
    database.execute("CREATE INDEX ON s.\"od\"\"d\" (\"k k\")");
    List<String> parts = TableParts.byKey(session, table(), most);
    assertThat(parts).hasSize(most).allMatch(part -> part.contains("\"k k\""));
    everyRowOnce(parts);
  }

  @Test
  void aTableWithoutSuchAKeyIsOnePartThere() {
    assertThat(TableParts.of(session, table(), 130_000, 2)).containsExactly("");
  }

  @Test
  void aSmallTableIsOnePart() {
    database.execute("CREATE TABLE small (id int PRIMARY KEY)");
    assertThat(TableParts.of(session, new QualifiedName("public", "small"), 150_000, 9))
        .containsExactly("");
  }
}
