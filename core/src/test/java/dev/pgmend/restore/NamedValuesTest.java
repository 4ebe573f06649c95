package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.load.Effort;
import dev.pgmend.load.Effort.Verify;
import dev.pgmend.plan.Mode;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Outcome.Status;
import dev.pgmend.run.Progress;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Values of type regclass and regtype are OIDs: after a restore they name what the backup's text names, and what is restored where
/// they had named what was replaced or lost; where that cannot be known it is said.
class NamedValuesTest {
  /// Rows that name their own table and all that hangs on it, another table, and what always stays.
  private static final String TABLES =
      """
      CREATE DOMAIN place AS regclass;
      CREATE TABLE u (id int PRIMARY KEY); INSERT INTO u VALUES (1);
      CREATE TABLE t (
        id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, s serial UNIQUE, r regclass CHECK (r <> 'pg_type'::regclass), ty regtype, p place,
        twice int GENERATED ALWAYS AS (s * 2) STORED);
      CREATE INDEX ti ON t (r);
      CREATE VIEW v AS SELECT id, r FROM t;
      CREATE MATERIALIZED VIEW m AS SELECT id, r, ty FROM t;
      INSERT INTO t (r, ty, p) VALUES
        ('t', 't', 'u'), ('ti', 't[]', 't_pkey'), ('t_pkey', 'int', 't'), ('t_id_seq', 'u', null), ('t_s_seq', null, 'v'), ('u', 'u[]', 'm'),
        ('v', 'v', 'pg_class'), ('m', 'm', '-'), ('pg_class', 'character varying', '4711'), (null, 'timestamp with time zone', 'u_pkey');
      REFRESH MATERIALIZED VIEW m;
      CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''fired''; END';
      CREATE TRIGGER f BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();
      ALTER TABLE t ENABLE ALWAYS TRIGGER f;
      ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY;
      """;

  private static final String LOG =
      """
      CREATE TABLE log (id int, r regclass, ty regtype, p place);
      INSERT INTO log VALUES
        (1, 't', 't', 'ti'), (2, 'ti', 't[]', 't'), (3, 't_pkey', 'u', 'u'), (4, 't_id_seq', 'int', 't_s_seq'), (5, 't_s_seq', null, null),
        (6, 'm', 'm', 'm'), (7, 'v', 'v', 'v'), (8, 'pg_class', 'm[]', 'pg_class');
      CREATE TRIGGER f BEFORE UPDATE ON log FOR EACH ROW EXECUTE FUNCTION f();
      """;

  @BeforeAll
  static void needsClientTools() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"t", "t u", "u t"})
  void rowsNameWhatReplacesTheirTables(String tables) {
    try (Scratch db =
        new Scratch(
            TABLES + LOG,
            "ALTER TABLE t DISABLE TRIGGER f; UPDATE t SET ty = 'text'; ALTER TABLE t ENABLE ALWAYS TRIGGER f; DELETE FROM u")) {
      Map<String, String> wrecked = Fingerprint.of(db.database);
      Outcome outcome = db.restore(r -> r.with(Mode.SWAP), "t", "u");
      assertThat(outcome.status()).isEqualTo(Status.DONE);
      db.assertPristine();
      assertThat(text(db.database)).noneMatch(value -> value.contains("pgmend"));
      Restores.undo(db.target(), outcome.run(), false);
      Restores.assertSame(wrecked, db.database);
      Restores.clean(db.target(), outcome.run());
      Restores.assertSame(wrecked, db.database);
      outcome = db.restore(r -> r.with(Mode.SWAP), tables.split(" "));
      assertThat(outcome.status()).isEqualTo(Status.DONE);
      Restores.clean(db.target(), outcome.run());
      assertThat(text(db.database)).noneMatch(value -> value.contains("pgmend"));
      assertThat(
              db.database.queryValue(
                  "SELECT count(*) FROM t, log WHERE t.r = 't'::regclass AND log.r = t.r AND t.p = 'u'::regclass"))
          .isEqualTo("1");
    }
  }

  @Test
  void valuesThatAreMadeToNameWhatIsRestoredAreCountedTogether() {
    try (Scratch db =
        new Scratch(
            """
            CREATE TABLE t (id int); CREATE INDEX ti ON t (id); CREATE TABLE log (r regclass);
            INSERT INTO log VALUES ('t'), ('ti'), ('t'); CREATE TABLE other ();
            """,
            "DROP TABLE t")) {
      assertThat(db.restore("t").notes())
          .filteredOn(note -> note.contains("\"log\""))
          .singleElement()
          .asString()
          .contains("column \"r\": 3 values named what was lost or replaced");
      db.assertPristine();
    }
  }

  @Test
  void aValueThatNamesAnIndexWhichTheBackupDoesNotHaveIsNamed() {
    try (Scratch db =
        new Scratch(
            TABLES + LOG,
            "CREATE INDEX newer ON t (ty); ALTER TABLE log DISABLE TRIGGER f; INSERT INTO log VALUES (9, 'newer')")) {
      Outcome outcome = db.restore(r -> r.with(Mode.SWAP), "t");
      assertThat(outcome.notes())
          .anyMatch(
              note -> note.startsWith("\"public\".\"log\" column \"r\": 1 value names a relation"));
    }
  }

  /// What was lost comes back while nothing has its name.
  @ParameterizedTest
  @EnumSource
  void rowsNameWhatComesBackWithThem(Verify verify) {
    try (Scratch db = new Scratch(TABLES, "DROP TABLE t, u CASCADE")) {
      Map<String, String> wrecked = Fingerprint.of(db.database);
      Outcome outcome = restore(db, verify, "t", "u");
      assertThat(outcome.status()).isEqualTo(Status.DONE);
      db.assertPristine();
      assertThat(db.database.queryValue("SELECT r FROM m WHERE ty = 't'::regtype")).isEqualTo("t");
      Restores.undo(db.target(), outcome.run(), false);
      Restores.clean(db.target(), outcome.run());
      Restores.assertSame(wrecked, db.database);
    }
  }

  @ParameterizedTest
  @EnumSource
  void anUndoFindsRowsThatWereWrittenSince(Verify verify) {
    try (Scratch db = new Scratch(TABLES, "DROP TABLE t CASCADE")) {
      Outcome outcome = restore(db, verify, "t");
      db.database.execute("INSERT INTO t (r) VALUES ('t')");
      assertThatThrownBy(() -> Restores.undo(db.target(), outcome.run(), false))
          .hasMessageContaining("was changed since it was restored");
    }
  }

  @Test
  void rowsOfPartitionsDoSoToo() {
    try (Scratch db =
        new Scratch(
            """
            CREATE TABLE p (id int, r regclass) PARTITION BY RANGE (id);
            CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10); CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
            INSERT INTO p VALUES (1, 'p'), (2, 'p2'), (11, 'p1'), (12, 'p');
            CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''fired''; END';
            CREATE TRIGGER f BEFORE UPDATE ON p FOR EACH ROW EXECUTE FUNCTION f();
            CREATE TABLE a (id int, r regclass); CREATE TABLE b (x int) INHERITS (a);
            INSERT INTO a VALUES (1, 'b'); INSERT INTO b VALUES (2, 'a', 3);
            """,
            "DROP TABLE p, a CASCADE")) {
      assertThat(db.restore("p", "a").status()).isEqualTo(Status.DONE);
      db.assertPristine();
      db.database.execute("DELETE FROM p; DELETE FROM a");
      assertThat(db.restore(r -> r.with(Mode.SWAP), "p", "a").status()).isEqualTo(Status.DONE);
      db.assertPristine();
      assertThat(db.database.queryValue("SELECT string_agg(r::text, ',' ORDER BY id) FROM p"))
          .isEqualTo("p,p2,p1,p");
    }
  }

  /// There is no staging where a function reads the table while its rows come.
  @Test
  void rowsThatAreLoadedInPlaceDoSoToo() {
    try (Scratch db =
        new Scratch(
            """
            CREATE FUNCTION g(int) RETURNS bool LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) >= 0 FROM public.t); END';
            CREATE TABLE t (id int PRIMARY KEY, r regclass, CHECK (g(id))); CREATE INDEX ti ON t (id); CREATE VIEW v AS SELECT * FROM t;
            INSERT INTO t VALUES (1, 't'), (2, 'ti'), (3, 'v'), (4, 'pg_class');
            """,
            "DROP TABLE t CASCADE")) {
      assertThat(db.restore("t").status()).isEqualTo(Status.DONE);
      db.assertPristine();
    }
  }

  @Test
  void aNameThatNothingHasIsARefusal() {
    try (Scratch db =
        new Scratch(
            "CREATE TABLE other (); CREATE TABLE t (id int PRIMARY KEY, r regclass); INSERT INTO t VALUES (1, 'other'), (2, 't')",
            "DROP TABLE other")) {
      for (String accident : List.of("DELETE FROM t", "DROP TABLE t")) {
        db.database.execute(accident);
        Map<String, String> wrecked = Fingerprint.of(db.database);
        BadTargetTest.assertFails(() -> db.restore("t"), Kind.REFUSED);
        assertThatThrownBy(() -> db.restore("t")).hasMessageContaining("public.other");
        assertThat(Restores.schemas(db.database)).isEmpty();
        Restores.assertSame(wrecked, db.database);
      }
      assertThat(db.restore("t", "other").status()).isEqualTo(Status.DONE);
      db.assertPristine();
    }
  }

  /// A custom archive of the same database knows what had which OID, except of row types and of the indexes of constraints.
  @Test
  void valuesElsewhereNameWhatComesBack() {
    try (Scratch db = new Scratch(TABLES + LOG, "DROP TABLE t CASCADE")) {
      Outcome outcome = db.restore("t");
      assertThat(
              db.database.queryValue(
                  "SELECT string_agg(r::text, ',' ORDER BY id) FROM log WHERE r::text !~ '^[0-9]'"))
          .isEqualTo("t,ti,t_s_seq,m,v,pg_class");
      assertThat(outcome.notes())
          .contains(
              "\"public\".\"log\" column \"r\": 2 values name relations that are gone; what was meant cannot be told from this backup")
          .anyMatch(
              note -> note.startsWith("\"public\".\"log\" column \"ty\": 5 values name types"));
    }
  }

  /// OIDs in an archive of another database say nothing about this one's.
  @Test
  void anArchiveOfACopyDoesNotKnowWhatTheyNamed() {
    try (Scratch db =
        new Scratch(
            "CREATE TABLE t (id int); CREATE TABLE log (tbl regclass)",
            "DROP TABLE log; CREATE TABLE x (); CREATE TABLE log (tbl regclass); INSERT INTO log VALUES ('t'); DROP TABLE t")) {
      Outcome outcome = db.restore("t");
      assertThat(outcome.notes())
          .anyMatch(note -> note.startsWith("\"public\".\"log\" column \"tbl\": 1 value names"));
    }
  }

  @Test
  void aScriptDoesNotKnowWhatTheyNamed() {
    try (Small db =
        new Small(
            "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1); CREATE TABLE log (tbl regclass); INSERT INTO log VALUES ('t'), ('log')",
            List.of("-Fp"))) {
      db.since("DROP TABLE t");
      String note =
          "\"public\".\"log\" column \"tbl\": 1 value names a relation that is gone; what was meant cannot be told from this backup";
      assertThat(db.plan(UnaryOperator.identity(), "t").notices()).contains(note);
      Outcome outcome = db.restore("t");
      assertThat(outcome.status()).isEqualTo(Status.DONE);
      assertThat(outcome.notes()).containsOnlyOnce(note);
    }
  }

  private static Outcome restore(Scratch db, Verify verify, String... tables) {
    try (Archive archive = Archive.open(db.archive());
        TableRestore restore =
            TableRestore.open(archive, db.target()).with(new Effort(2, verify, 0))) {
      return restore.run(
          restore.plan(Restores.request(archive, UnaryOperator.identity(), tables)), Progress.NONE);
    }
  }

  /// {@return all values of t and log as text}
  private static List<String> text(Database database) {
    return database
        .query(
            "SELECT t::text FROM t UNION ALL SELECT l::text FROM log l UNION ALL SELECT m::text FROM m")
        .stream()
        .map(row -> String.valueOf(row.getFirst()))
        .toList();
  }
}
