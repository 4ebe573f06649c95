package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.plan.Request;
import dev.pgmend.plan.Request.Orphans;
import dev.pgmend.plan.RowPolicy;
import dev.pgmend.plan.RowPolicy.Rows;
import dev.pgmend.run.Outcome;
import dev.pgmend.testing.Servers;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Rows that come back bring the rows that they refer to and that are gone, and no others.
class WithParentsTest {
  private static final String IDS = "SELECT string_agg(id::text, ' ' ORDER BY id) FROM ";

  @BeforeAll
  static void needsPgDump() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
  }

  @Test
  void parentsComeRecursivelyAndOnlyTheMissingOnes() {
    try (Small db =
        new Small(
            """
            CREATE TABLE region (id int PRIMARY KEY, name text); INSERT INTO region SELECT g, 'r' || g FROM generate_series(1, 4) g;
            CREATE TABLE city (id int PRIMARY KEY, region int NOT NULL REFERENCES region, name text);
            INSERT INTO city SELECT g, g, 'c' || g FROM generate_series(1, 4) g;
            CREATE TABLE idle (id int PRIMARY KEY); INSERT INTO idle VALUES (1), (2);
            CREATE TABLE person (id int PRIMARY KEY, city int REFERENCES city, idle int REFERENCES idle);
            INSERT INTO person SELECT g, g, 1 FROM generate_series(1, 4) g;
            CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''fired''; END';
            CREATE TRIGGER no AFTER INSERT ON city FOR EACH ROW WHEN (new.id < 9) EXECUTE FUNCTION no()\
            """)) {
      db.since(
          "DELETE FROM person WHERE id < 4; DELETE FROM city WHERE id IN (1, 2); DELETE FROM region WHERE id = 1; DELETE FROM idle WHERE id = 2;"
              + "UPDATE region SET name = 'today' WHERE id = 2; UPDATE city SET name = 'today' WHERE id = 3; INSERT INTO city VALUES (9, 4, 'new')");
      Map<String, String> before = db.fingerprint();
      assertThatThrownBy(() -> db.restore(missing(Orphans.FAIL), "person"))
          .hasMessageContaining("person_city_fkey");
      assertThat(db.difference(before)).isEmpty();

      Outcome outcome = db.restore(missing(Orphans.WITH_PARENTS), "person");
      assertThat(outcome.notes())
          .anySatisfy(note -> assertThat(note).startsWith("2 rows of \"public\".\"city\" come"))
          .anySatisfy(note -> assertThat(note).startsWith("1 row of \"public\".\"region\" comes"));
      assertThat(outcome.changes())
          .extracting(change -> change.table() + change.restored())
          .containsExactlyInAnyOrder(
              "\"public\".\"person\"3", "\"public\".\"city\"2", "\"public\".\"region\"1");
      assertThat(db.value(IDS + "person")).isEqualTo("1 2 3 4");
      assertThat(db.value("SELECT string_agg(id || name, ' ' ORDER BY id) FROM city"))
          .isEqualTo("1c1 2c2 3today 4c4 9new");
      assertThat(db.value("SELECT string_agg(id || name, ' ' ORDER BY id) FROM region"))
          .isEqualTo("1r1 2today 3r3 4r4");
      assertThat(db.value(IDS + "idle")).isEqualTo("1");
      assertThat(db.undo(false).kept()).isEmpty();
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @Test
  void selfReferencesAreFollowedBeyondTheCondition() {
    try (Small db =
        new Small(
            """
            CREATE TABLE node (id int PRIMARY KEY, up int REFERENCES node);
            INSERT INTO node SELECT g, nullif(g / 2, 0) FROM generate_series(1, 20) g\
            """)) {
      db.since("DELETE FROM node WHERE id <> 1");
      Map<String, String> before = db.fingerprint();
      UnaryOperator<Request> one =
          request ->
              request
                  .change()
                  .policy(
                      RowPolicyTest.policy(
                          Rows.MISSING, "id = 19", List.of(), RowPolicy.Conflicts.FAIL))
                  .orphans(Orphans.WITH_PARENTS)
                  .build();
      db.restore(one, "node");
      assertThat(db.value(IDS + "node")).isEqualTo("1 2 4 9 19");
      assertThat(db.undo(false).kept()).isEmpty();
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @Test
  void tablesMayReferToEachOther() {
    try (Small db =
        new Small(
            """
            CREATE TABLE team (id int PRIMARY KEY, head int);
            CREATE TABLE member (id int PRIMARY KEY, team int NOT NULL REFERENCES team);
            INSERT INTO team SELECT g, NULL FROM generate_series(1, 5) g; INSERT INTO member SELECT g, (g + 1) / 2 FROM generate_series(1, 10) g;
            UPDATE team SET head = id * 2; ALTER TABLE team ADD FOREIGN KEY (head) REFERENCES member\
            """)) {
      db.since(
          "UPDATE team SET head = NULL; DELETE FROM member; DELETE FROM team; INSERT INTO team VALUES (9, NULL)");
      Map<String, String> before = db.fingerprint();
      UnaryOperator<Request> one =
          request ->
              request
                  .change()
                  .policy(
                      RowPolicyTest.policy(
                          Rows.MISSING, "id = 3", List.of(), RowPolicy.Conflicts.FAIL))
                  .orphans(Orphans.WITH_PARENTS)
                  .build();
      db.restore(one, "member");
      assertThat(db.value(IDS + "member")).isEqualTo("3 4");
      assertThat(db.value(IDS + "team")).isEqualTo("2 9");
      assertThat(db.value("SELECT count(*) FROM pg_constraint WHERE NOT convalidated"))
          .isEqualTo("0");
      assertThat(db.undo(false).kept()).isEmpty();
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @Test
  void parentsInPartitionsCome() {
    try (Small db =
        new Small(
            """
            CREATE TABLE day (id int, d date, PRIMARY KEY (id, d)) PARTITION BY RANGE (d);
            CREATE TABLE day1 PARTITION OF day FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
            CREATE TABLE day2 PARTITION OF day FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
            INSERT INTO day SELECT g, date '2026-01-01' + g FROM generate_series(1, 50) g;
            CREATE TABLE visit (id int PRIMARY KEY, day int, d date, FOREIGN KEY (day, d) REFERENCES day);
            INSERT INTO visit SELECT id, id, d FROM day\
            """)) {
      db.since(
          "DELETE FROM visit WHERE id % 7 = 0; DELETE FROM day WHERE id % 14 = 0 OR id % 7 = 0 AND id > 40");
      Map<String, String> before = db.fingerprint();
      db.restore(missing(Orphans.WITH_PARENTS), "visit");
      assertThat(db.value("SELECT count(*) FROM visit")).isEqualTo("50");
      assertThat(db.value("SELECT count(*) FROM day")).isEqualTo("50");
      assertThat(db.undo(false).kept()).isEmpty();
      assertThat(db.difference(before)).isEmpty();
    }
  }

  /// A parent whose key is taken by another row today cannot come.
  @Test
  void whatCannotComeIsRefused() {
    try (Small db =
        new Small(
            """
            CREATE TABLE p (id int PRIMARY KEY, code text UNIQUE); INSERT INTO p VALUES (1, 'a'), (2, 'b');
            CREATE TABLE c (id int PRIMARY KEY, p text REFERENCES p (code)); INSERT INTO c VALUES (1, 'a'), (2, 'b')\
            """)) {
      db.since("DELETE FROM c; UPDATE p SET code = 'other' WHERE id = 2");
      Map<String, String> before = db.fingerprint();
      assertThatThrownBy(() -> db.restore(missing(Orphans.WITH_PARENTS), "c"))
          .hasMessageContaining("c_p_fkey")
          .hasMessageContaining("(b)");
      assertThat(db.difference(before)).isEmpty();
    }
  }

  /// The user may know one victim of a delete that cascaded.
  @Test
  void rowsThatFellWithTheirParentsAreCountedAndOffered() {
    try (Small db =
        new Small(
            """
            CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p SELECT generate_series(1, 5);
            CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p ON DELETE CASCADE);
            INSERT INTO c SELECT g, (g + 1) / 2 FROM generate_series(1, 10) g;
            CREATE TABLE part (id int, p int REFERENCES p ON DELETE CASCADE) PARTITION BY LIST (p);
            CREATE TABLE part1 PARTITION OF part FOR VALUES IN (1, 2); CREATE TABLE part2 PARTITION OF part DEFAULT;
            INSERT INTO part SELECT g, g FROM generate_series(1, 5) g;
            CREATE TABLE quiet (id int PRIMARY KEY, p int REFERENCES p ON DELETE CASCADE); INSERT INTO quiet VALUES (1, 5)\
            """)) {
      db.since(
          "DELETE FROM c WHERE id = 9; INSERT INTO p VALUES (99); UPDATE c SET p = 99 WHERE id = 1; DELETE FROM p WHERE id <= 3; INSERT INTO c VALUES (20, 99)");
      Map<String, String> before = db.fingerprint();
      Outcome outcome = db.restore(missing(Orphans.FAIL), "p");
      assertThat(outcome.notes())
          .anySatisfy(note ->
              assertThat(note)
                  .startsWith("5 rows of \"public\".\"c\" ")
                  .contains("--with-children"))
          .anySatisfy(note -> assertThat(note).startsWith("3 rows of \"public\".\"part\" "))
          .noneSatisfy(note -> assertThat(note).contains("quiet"));
      assertThat(db.value(IDS + "p")).isEqualTo("1 2 3 4 5 99");
      db.undo(false);
      assertThat(db.difference(before)).isEmpty();

      Outcome all = db.restore(missing(Orphans.FAIL), "p", "c", "part");
      assertThat(all.notes()).noneSatisfy(note -> assertThat(note).contains("--with-children"));
      assertThat(db.value(IDS + "c")).isEqualTo("1 2 3 4 5 6 7 8 9 10 20");
      assertThat(db.value("SELECT p FROM c WHERE id = 1")).isEqualTo("99");
      assertThat(db.value(IDS + "part")).isEqualTo("1 2 3 4 5");
      db.undo(false);
      assertThat(db.difference(before)).isEmpty();
    }
  }

  private static UnaryOperator<Request> missing(Orphans orphans) {
    return request -> request.change().policy(RowPolicy.of(Rows.MISSING)).orphans(orphans).build();
  }
}
