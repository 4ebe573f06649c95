package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.FieldSource;

/// A comparison that overlooks something would let pgmend lie; so each kind of change is tried.
class FingerprintTest {
  private static final String SCHEMA =
      """
      CREATE SCHEMA s; CREATE TYPE s.e AS ENUM ('a', 'b'); CREATE DOMAIN s.d AS int CONSTRAINT dc CHECK (VALUE > 0);
      CREATE TYPE s.comp AS (x int);
      CREATE FUNCTION s.f() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
      CREATE TABLE s.parent (id int PRIMARY KEY, v text);
      CREATE TABLE s.t (id serial PRIMARY KEY, gen int GENERATED ALWAYS AS IDENTITY, txt text DEFAULT 'x', num numeric,
        p int CONSTRAINT t_p_fk REFERENCES s.parent DEFERRABLE, CONSTRAINT u UNIQUE (txt), CONSTRAINT ck CHECK (num > 0));
      CREATE INDEX i ON s.t ((num + 1));
      CREATE TRIGGER tr BEFORE UPDATE ON s.t FOR EACH ROW EXECUTE FUNCTION s.f();
      CREATE RULE r AS ON DELETE TO s.parent DO INSTEAD NOTHING;
      CREATE POLICY pol ON s.t FOR SELECT USING (true);
      CREATE STATISTICS s.st ON id, num FROM s.t;
      CREATE VIEW s.v AS SELECT id, txt FROM s.t; CREATE MATERIALIZED VIEW s.m AS SELECT id FROM s.t;
      CREATE TABLE s.pt (a int) PARTITION BY RANGE (a); CREATE TABLE s.pt1 PARTITION OF s.pt FOR VALUES FROM (0) TO (9);
      CREATE TABLE s.base (a int); CREATE TABLE s.child () INHERITS (s.base);
      CREATE SEQUENCE s.q; CREATE PUBLICATION pub FOR TABLE s.t;
      INSERT INTO s.parent VALUES (1, 'p'), (2, NULL); INSERT INTO s.t (txt, num, p) VALUES ('one', 1, 1), ('two', 1.5, 2);
      """;

  private static Database pristine;

  @BeforeAll
  static void create() {
    pristine = Database.create();
    pristine.execute(SCHEMA);
  }

  @AfterAll
  static void drop() {
    pristine.close();
  }

  @ParameterizedTest
  @CsvFileSource(resources = "/restore/changes.txt", delimiter = '|', quoteCharacter = '\0')
  void noticesEveryKindOfChange(String change, String noticed) {
    try (Database changed = pristine.copy()) {
      changed.execute(change);
      assertThat(Fingerprint.difference(Fingerprint.of(pristine), Fingerprint.of(changed)))
          .anySatisfy(line -> assertThat(line).contains(": " + noticed + ":"));
    }
  }

  @Test
  void overlooksWhatIsNoDifference() {
    try (Database changed = pristine.copy()) {
      changed.execute(
          """
          ANALYZE; CREATE SCHEMA pgmend_x; CREATE TABLE pgmend_x.k (id serial PRIMARY KEY, t text);
          COMMENT ON TABLE pgmend_x.k IS 'c'; UPDATE s.parent SET v = v; GRANT SELECT ON s.t TO postgres
          """);
      changed.execute("VACUUM FULL s.t");
      assertThat(Fingerprint.difference(Fingerprint.of(pristine), Fingerprint.of(changed)))
          .isEmpty();
    }
  }

  static final List<Integer> majors = Servers.MAJORS;

  @ParameterizedTest
  @FieldSource("majors")
  void readsEveryMajor(int major) {
    try (Database database = Database.create(Servers.major(major))) {
      database.execute(SCHEMA);
      assertThat(Fingerprint.of(database)).containsKeys("relation s.t", "rows of s.t");
      try (Database copy = database.copy()) {
        assertThat(Fingerprint.difference(Fingerprint.of(database), Fingerprint.of(copy)))
            .isEmpty();
      }
    }
  }
}
