package dev.pgmend.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Entry;
import dev.pgmend.archive.Reading;
import dev.pgmend.live.LiveSource;
import dev.pgmend.load.DifferingRows.Kind;
import dev.pgmend.load.DifferingRows.Sample;
import dev.pgmend.plan.EntrySql;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Two servers are asked which rows differ, and send hashes.
class RowBisectionTest {
  private static final QualifiedName TABLE = new QualifiedName("public", "t");

  @BeforeAll
  static void pgDump() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
  }

  private static DifferingRows find(String table, String change, List<String> key, long most) {
    try (Database source = Database.create(Servers.major(14));
        Database target = Database.create(Servers.shared())) {
      source.execute(table);
      source.execute("ANALYZE");
      target.execute(table);
      target.execute(change);
      try (Archive archive = LiveSource.open(target(source), Reading.USUAL, Optional.empty());
          Session session = Session.open(target(target))) {
        Entry data =
            archive.toc().entries().stream()
                .filter(entry -> entry.desc().equals("TABLE DATA"))
                .findFirst()
                .orElseThrow();
        return new RowBisection(session, archive, most)
            .find(
                TABLE,
                new Scoping.Compared(TABLE, true, data, EntrySql.copyTarget(data).columns(), key))
            .orElseThrow();
      }
    }
  }

  private static ConnectionTarget target(Database database) {
    return ConnectionTarget.parse(database.uri(), Map.of());
  }

  private static final String NUMBERS =
      "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT g, 'v' || g FROM generate_series(-500, 500) g";

  @Test
  void inSeveralPassesNothingIsCountedTwice() {
    DifferingRows rows =
        find(
            NUMBERS,
            "DELETE FROM t WHERE id IN (-500, 500); UPDATE t SET v = 'w' WHERE id IN (0, 100); INSERT INTO t VALUES (501, 'v')",
            List.of("id"),
            20);
    assertThat(rows.complete()).isTrue();
    assertThat(rows.samples())
        .containsExactly(
            new Sample(Kind.MISSING, "(500)", List.of()),
            new Sample(Kind.MISSING, "(-500)", List.of()),
            new Sample(Kind.CHANGED, "(0)", List.of("v")),
            new Sample(Kind.CHANGED, "(100)", List.of("v")),
            new Sample(Kind.EXTRA, "(501)", List.of()));
  }

  @Test
  void whereThePassesDoNotSufficeItIsSaid() {
    DifferingRows rows = find(NUMBERS, "UPDATE t SET v = 'w'", List.of("id"), 20);
    assertThat(rows.complete()).isFalse();
    assertThat(rows.changed()).isBetween(50L, 400L);
    assertThat(rows.words()).contains("at least " + rows.changed() + " changed");
  }

  @Test
  void equalRowsWithoutAKeyAreCounted() {
    DifferingRows rows =
        find(
            "CREATE TABLE t (a int); INSERT INTO t SELECT g % 3 FROM generate_series(1, 30) g; INSERT INTO t VALUES (NULL)",
            "DELETE FROM t WHERE a IS NULL OR a = 1; INSERT INTO t VALUES (2), (7), (7)",
            List.of(),
            1000);
    assertThat(List.of(rows.missing(), rows.changed(), rows.extra()))
        .isEqualTo(List.of(11L, 0L, 3L));
    assertThat(rows.words()).contains("11 missing (").contains("3 extra (2), (7), (7)");
  }

  @Test
  void keysAreToldWhateverTheirCharacters() {
    DifferingRows rows =
        find(
            "CREATE TABLE t (a text, b text, v int, PRIMARY KEY (a, b)); INSERT INTO t VALUES (E'\\t\\\\ä', 'x,y', 1), ('a', 'b', 2)",
            "UPDATE t SET v = 3",
            List.of("a", "b"),
            1000);
    assertThat(rows.samples())
        .containsExactlyInAnyOrder(
            new Sample(Kind.CHANGED, "(a,b)", List.of("v")),
            new Sample(Kind.CHANGED, "(\"\t\\\\ä\",\"x,y\")", List.of("v")));
  }

  @Test
  void whatIsTheSameIsSaidToBe() {
    assertThat(find(NUMBERS, "ANALYZE", List.of("id"), 1000).words())
        .isEqualTo("read again, no row differs");
  }
}
