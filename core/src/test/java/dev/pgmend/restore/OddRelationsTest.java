package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Plan.Refusal;
import dev.pgmend.run.Outcome.Status;
import dev.pgmend.testing.Servers;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Tables that are not like others: they come back exactly as they were, or the plan refuses and says what they are.
class OddRelationsTest {
  private static final String ROWS =
      " INSERT INTO t SELECT g, 'x' || g FROM generate_series(1, 20) g;";
  private static final String FOREIGN =
      "CREATE EXTENSION file_fdw; CREATE SERVER s FOREIGN DATA WRAPPER file_fdw;";
  private static final String FOREIGN_PARTITION =
      FOREIGN
          + """
          CREATE TABLE t (id int, x text) PARTITION BY RANGE (id);
          CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (1000);
          CREATE FOREIGN TABLE t2 PARTITION OF t (x NOT NULL) FOR VALUES FROM (1000) TO (2000)
            SERVER s OPTIONS (filename '/dev/null');
          COMMENT ON FOREIGN TABLE t2 IS 'elsewhere';
          GRANT SELECT ON t2 TO public;
          """
          + ROWS;

  /// What can be restored in each mode.
  enum Odd {
    UNLOGGED("CREATE UNLOGGED TABLE t (id serial PRIMARY KEY, x text);" + ROWS),
    TYPED(
        "CREATE TYPE ty AS (id int, x text); CREATE TABLE t OF ty (id WITH OPTIONS PRIMARY KEY, x WITH OPTIONS NOT NULL DEFAULT 'q');"
            + ROWS),
    ATOMIC(
        """
        CREATE TABLE t (id serial PRIMARY KEY, x text);
        DO $do$ BEGIN EXECUTE $sql$CREATE FUNCTION f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM t; END$sql$; END $do$;
        DO $do$ BEGIN EXECUTE $sql$CREATE FUNCTION g(int) RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT x FROM t WHERE id = $1; END$sql$; END $do$;
        DO $do$ BEGIN EXECUTE $sql$CREATE PROCEDURE p() LANGUAGE sql BEGIN ATOMIC INSERT INTO t (x) VALUES ('q'); DELETE FROM t WHERE x = 'q'; END$sql$; END $do$;
        REVOKE EXECUTE ON FUNCTION g(int) FROM public;
        CREATE VIEW v AS SELECT f();
        CREATE TABLE k (a bigint DEFAULT f(), CHECK (g(a::int) IS NULL));
        """
            + ROWS),
    COLUMNS_1600(
        """
        DO $$ BEGIN EXECUTE (SELECT 'CREATE TABLE t (id int PRIMARY KEY, x text, '
          || string_agg('c' || g || ' int NOT NULL DEFAULT ' || g, ', ') || ')' FROM generate_series(3, 1600) g); END $$;
        """
            + ROWS),
    LONG_NAMES(
        """
        CREATE TABLE t (id serial CONSTRAINT "éééééééééééééééééééééééééééééééc" PRIMARY KEY, x text,
          "ééééééééééééééééééééééééééééééé" text NOT NULL DEFAULT 'a',
          CONSTRAINT "éééééééééééééééééééééééééééééééd" CHECK (x <> ''));
        CREATE INDEX "éééééééééééééééééééééééééééééééi" ON t (x);
        CREATE STATISTICS "ééééééééééééééééééééééééééééééés" ON x, id FROM t;
        CREATE VIEW "ééééééééééééééééééééééééééééééév" AS SELECT * FROM t;
        CREATE TABLE "ééééééééééééééééééééééééééééééék" (a int PRIMARY KEY, b int,
          CONSTRAINT "éééééééééééééééééééééééééééééééf" FOREIGN KEY (b) REFERENCES t);
        CREATE TRIGGER "éééééééééééééééééééééééééééééééa" BEFORE UPDATE ON t FOR EACH ROW
          EXECUTE FUNCTION suppress_redundant_updates_trigger();
        CREATE POLICY "éééééééééééééééééééééééééééééééo" ON t;
        """
            + ROWS);

    final String sql;

    Odd(String sql) {
      this.sql = sql;
    }
  }

  @BeforeAll
  static void pgDump() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
  }

  @ParameterizedTest
  @EnumSource
  void anOddTableComesBackExactlyAndCanBeTakenBack(Odd odd) {
    // The fingerprint of so many columns takes its time.
    assumeTrue(odd != Odd.COLUMNS_1600 || Boolean.getBoolean("pgmend.full"), "long profile only");
    try (Small db = new Small(odd.sql)) {
      Map<String, String> pristine = db.fingerprint();
      restored(db, pristine, "DROP TABLE t CASCADE", r -> r);
      restored(db, pristine, "DELETE FROM t WHERE id % 2 = 0", r -> r.with(Mode.SWAP));
      restored(db, pristine, "UPDATE t SET x = 'garbled' WHERE id % 2 = 0", r -> r.with(Mode.MEND));
    }
  }

  private static void restored(
      Small db,
      Map<String, String> pristine,
      String accident,
      UnaryOperator<dev.pgmend.plan.Request> mode) {
    db.since(accident);
    Map<String, String> wrecked = db.fingerprint();
    assertThat(db.restore(mode, "t").status()).isEqualTo(Status.DONE);
    assertThat(db.difference(pristine)).as(accident).isEmpty();
    assertThat(db.undo(false).open()).isEmpty();
    assertThat(db.difference(wrecked)).as("undo of " + accident).isEmpty();
    db.restore(mode, "t");
    assertThat(db.difference(pristine)).as(accident).isEmpty();
  }

  @Test
  void aForeignPartitionComesBackWithItsTable() {
    try (Small db = new Small(FOREIGN_PARTITION)) {
      Map<String, String> pristine = db.fingerprint();
      db.since("DROP TABLE t CASCADE");
      assertThat(db.restore("t").status()).isEqualTo(Status.DONE);
      assertThat(db.difference(pristine)).isEmpty();
      assertThat(db.undo(false).open()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-Fc", "-Fp"})
  void aBackupOfOneTableFindsThePartitionedTableThatItsKeyRefersTo(String format) {
    try (Small db =
        new Small(
            "CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100); "
                + "INSERT INTO p SELECT generate_series(1, 9); CREATE TABLE c (id int PRIMARY KEY REFERENCES p); INSERT INTO c TABLE p",
            List.of(format, "-t", "c"))) {
      Map<String, String> pristine = db.fingerprint();
      db.since("DROP TABLE c");
      assertThat(db.restore("c").status()).isEqualTo(Status.DONE);
      assertThat(db.difference(pristine)).isEmpty();
    }
  }

  @Test
  void aForeignChildComesBackWithItsParent() {
    try (Small db =
        new Small(
            FOREIGN
                + "CREATE TABLE t (id int, x text); CREATE FOREIGN TABLE t2 (y int) INHERITS (t) SERVER s OPTIONS (filename '/dev/null');"
                + ROWS)) {
      Map<String, String> pristine = db.fingerprint();
      db.since("DROP TABLE t CASCADE");
      assertThat(db.restore("t").status()).isEqualTo(Status.DONE);
      assertThat(db.difference(pristine)).isEmpty();
    }
  }

  @Test
  void aTableWithALiveForeignPartitionIsRefusedAndItsOtherPartitionsAreNot() {
    try (Small db = new Small(FOREIGN_PARTITION)) {
      Map<String, String> pristine = db.fingerprint();
      db.since("DELETE FROM t1 WHERE id < 5");
      assertThat(codes(db.plan(r -> r, "t"))).contains("foreign");
      assertThat(codes(db.plan(r -> r.with(Mode.SWAP), "t"))).contains("foreign");
      assertThat(db.restore("t1").status()).isEqualTo(Status.DONE);
      assertThat(db.difference(pristine)).isEmpty();
    }
  }

  @Test
  void aForeignTableIsCalledThatByName() {
    try (Small db = new Small(FOREIGN_PARTITION)) {
      assertThatThrownBy(() -> db.plan(r -> r, "t2"))
          .isInstanceOfSatisfying(
              PgmendException.class,
              refused -> assertThat(refused.kind()).isEqualTo(PgmendException.Kind.REFUSED))
          .hasMessageContaining("t2 is a foreign table");
    }
  }

  @Test
  void aTableOfAnExtensionIsLeftToTheExtension() {
    try (Small db =
        new Small(
            "CREATE EXTENSION lo; CREATE TABLE t (id int, x text);"
                + ROWS
                + "ALTER EXTENSION lo ADD TABLE t; UPDATE pg_extension SET extconfig = ARRAY['t'::regclass::oid], extcondition = ARRAY[''] WHERE extname = 'lo'")) {
      assertThatThrownBy(() -> db.plan(r -> r, "t"))
          .hasMessageContaining("t belongs to an extension");
    }
  }

  @Test
  void aLostTablespaceIsFoundInThePlan() throws SQLException {
    String name = "odd_relations_space";
    try (Small db = new Small("SELECT 1");
        Connection connection = db.database().connect();
        Statement statement = connection.createStatement()) {
      statement.execute("SET allow_in_place_tablespaces = on");
      statement.execute("CREATE TABLESPACE " + name + " LOCATION ''");
    }
    try (Small db =
        new Small(
            "CREATE TABLE t (id int, x text); CREATE INDEX i ON t (x) TABLESPACE %s; CREATE TABLE t3 (id int) TABLESPACE %s;"
                    .formatted(name, name)
                + ROWS)) {
      Map<String, String> pristine = db.fingerprint();
      db.since("DROP TABLE t, t3");
      assertThat(db.restore("t", "t3").status()).isEqualTo(Status.DONE);
      assertThat(db.difference(pristine)).isEmpty();
      db.since("DROP TABLE t, t3").since("DROP TABLESPACE " + name);
      assertThat(db.plan(r -> r, "t", "t3").refusals())
          .hasSize(2)
          .allSatisfy(refusal -> {
            assertThat(refusal.code()).isEqualTo("missing");
            assertThat(refusal.reason()).contains("tablespace \"%s\"".formatted(name));
          });
    }
  }

  @Test
  void aTablespaceWithoutTheRightIsFoundInThePlan() throws SQLException {
    String space = "odd_relations_fast";
    String role = "odd_relations_slow";
    try (Small db = new Small("CREATE ROLE %s LOGIN".formatted(role));
        Connection connection = db.database().connect();
        Statement statement = connection.createStatement()) {
      statement.execute("SET allow_in_place_tablespaces = on");
      statement.execute("CREATE TABLESPACE " + space + " LOCATION ''");
    }
    String grant = "GRANT CREATE ON TABLESPACE \"%s\" TO \"%s\";".formatted(space, role);
    try (Small db =
        new Small(
            """
            CREATE TABLE t (id int, x text); CREATE INDEX i ON t (x) TABLESPACE %1$s;
            CREATE TABLE t3 (id int) TABLESPACE %1$s; CREATE TABLE plain (id int PRIMARY KEY);
            INSERT INTO t VALUES (1, 'a'); CREATE MATERIALIZED VIEW m TABLESPACE %1$s AS SELECT id FROM t;
            INSERT INTO t3 VALUES (1); INSERT INTO plain VALUES (1);
            ALTER TABLE t OWNER TO %2$s; ALTER TABLE t3 OWNER TO %2$s; ALTER TABLE plain OWNER TO %2$s;
            ALTER MATERIALIZED VIEW m OWNER TO %2$s;
            """
                .formatted(space, role),
            role)) {
      Map<String, String> pristine = db.fingerprint();
      db.since("DROP TABLE t3, plain; DELETE FROM t");
      assertThat(db.plan(r -> r, "plain").refusals()).isEmpty();
      assertThat(db.plan(r -> r, "t3").refusals())
          .containsExactly(
              new Refusal(
                  "privilege",
                  "role \"%s\" may not create anything in tablespace \"%s\", where table \"public\".\"t3\" is"
                      .formatted(role, space),
                  grant));
      assertThat(db.plan(r -> r.with(Mode.SWAP), "t").refusals())
          .hasSize(2)
          .allSatisfy(refusal -> assertThat(refusal.remedy()).isEqualTo(grant));
      db.since(grant);
      assertThat(db.restore("t3", "plain").status()).isEqualTo(Status.DONE);
      assertThat(db.restore(r -> r.with(Mode.SWAP), "t").status()).isEqualTo(Status.DONE);
      db.since("REVOKE CREATE ON TABLESPACE %s FROM %s".formatted(space, role));
      assertThat(db.difference(pristine)).isEmpty();
      // What the database has for everything needs no right.
      db.since("DROP TABLE t3, plain, t CASCADE")
          .since("REVOKE ALL ON TABLESPACE pg_default FROM PUBLIC");
      assertThat(db.plan(r -> r, "plain").refusals()).isEmpty();
    }
    try (Small db = new Small("DROP TABLESPACE %s".formatted(space))) {
      assertThat(db.fingerprint()).isNotNull();
    }
  }

  private static java.util.List<String> codes(Plan plan) {
    return plan.refusals().stream().map(Refusal::code).toList();
  }
}
