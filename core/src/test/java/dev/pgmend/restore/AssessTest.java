package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.pgmend.archive.Archive;
import dev.pgmend.assess.Assessment;
import dev.pgmend.assess.Assessment.Kind;
import dev.pgmend.assess.Assessment.Loss;
import dev.pgmend.assess.Assessor;
import dev.pgmend.plan.Mode;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.restore.Pristine.Format;
import dev.pgmend.restore.Pristine.Role;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// What `assess` says a database has lost. The server itself tells what a DROP … CASCADE took. Some tables of the shop, all with Maven's
/// profile `full`.
class AssessTest {
  private static final int EVERY = 19;

  /// Writes down what the server drops, but for what goes with its table and for the copies of keys that partitions have.
  private static final String WATCH =
      """
      CREATE TABLE public.dropped (what text);
      CREATE FUNCTION public.watch() RETURNS event_trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO public.dropped
        SELECT CASE
          WHEN object_type IN ('table', 'view', 'materialized view') AND NOT is_temporary
            THEN object_type || ' ' || quote_ident(schema_name) || '.' || quote_ident(object_name)
          WHEN object_type = 'function' THEN 'function ' || quote_ident(address_names[1]) || '.' || quote_ident(address_names[2])
          ELSE object_type || ' ' || quote_ident(address_names[3]) || ' of ' || quote_ident(address_names[1]) || '.' || quote_ident(address_names[2]) END
        FROM pg_event_trigger_dropped_objects() d
        WHERE object_type IN ('table', 'view', 'materialized view', 'function')
          OR object_type IN ('table constraint', 'policy', 'trigger', 'rule', 'default value')
            AND EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
              WHERE n.nspname = address_names[1] AND c.relname = address_names[2]
              AND NOT (object_type = 'table constraint' AND c.relispartition))
            AND address_names[3] !~ '^RI_ConstraintTrigger';
      END $$;
      CREATE EVENT TRIGGER watch ON sql_drop EXECUTE FUNCTION public.watch()\
      """;

  private static @Nullable Pristine shop;

  @BeforeAll
  static void prepare() {
    assumeTrue(Servers.hasClientTools(), "pg_dump and pg_restore are needed");
    shop = Pristine.shop(Role.SUPERUSER);
  }

  @AfterAll
  static void close() {
    if (shop != null) {
      shop.close();
    }
  }

  private static Pristine shop() {
    if (shop == null) {
      throw new IllegalStateException("there is no shop");
    }
    return shop;
  }

  @Test
  void nothingIsLostInADatabaseThatIsAsTheBackupSays() {
    Assessment assessment = assess(shop(), shop().database());
    assertThat(assessment.losses()).isEmpty();
    assertThat(assessment.rows()).isEmpty();
    assertThat(assessment.restore()).isEmpty();
  }

  @TestFactory
  Stream<DynamicTest> everyVictimOfADropIsNamedAndNothingElse() {
    return tables()
        .map(table ->
            dynamicTest(
                table,
                () -> {
                  try (Database copy = shop().copy()) {
                    copy.execute(WATCH);
                    copy.execute("DROP TABLE %s CASCADE".formatted(table));
                    Set<String> dropped =
                        new TreeSet<>(
                            copy.queryColumn("SELECT what FROM public.dropped").stream()
                                .map(what -> String.valueOf(what).replace("\"", ""))
                                .toList());
                    Assessment assessment = assess(shop(), copy);
                    Set<String> named = new TreeSet<>();
                    assessment.losses().forEach(loss -> named.add(victim(loss)));
                    assertThat(named).isEqualTo(dropped);
                  }
                }));
  }

  @TestFactory
  Stream<DynamicTest> everyTableThatATruncateHasEmptiedIsNamedAndNothingElse() {
    Map<String, Long> before = rows(shop().database());
    return tables()
        .map(table ->
            dynamicTest(
                table,
                () -> {
                  try (Database copy = shop().copy()) {
                    copy.execute("TRUNCATE %s CASCADE".formatted(table));
                    Map<String, Long> emptied = new TreeMap<>();
                    rows(copy)
                        .forEach((name, rows) -> {
                          long lost = before.getOrDefault(name, 0L) - rows;
                          if (lost > 0) {
                            emptied.put(name, lost);
                          }
                        });
                    Map<String, Long> named = new TreeMap<>();
                    Assessment assessment = assess(shop(), copy);
                    assessment
                        .rows()
                        .forEach(diff -> named.put(diff.table().sql(), Assessment.lost(diff)));
                    assertThat(named).isEqualTo(emptied);
                    assertThat(assessment.losses()).isEmpty();
                  }
                }));
  }

  @Test
  void theTablesItNamesBringEverythingBack() {
    try (Database copy = shop().copy()) {
      copy.execute(
          "TRUNCATE crm.customer CASCADE; DROP TABLE catalog.brand CASCADE; DROP INDEX shop.orders_customer_idx");
      ConnectionTarget target = shop().target(copy);
      Assessment assessment = assess(shop(), copy);
      assertThat(assessment.intact()).isFalse();
      Restores.run(
          shop().archive(Format.CUSTOM),
          target,
          dev.pgmend.run.Progress.NONE,
          request -> request,
          assessment.restore().stream().map(Object::toString).toArray(String[]::new));
      assertThat(assess(shop(), copy).losses()).isEmpty();
      assertThat(assess(shop(), copy).rows()).isEmpty();
    }
  }

  @Test
  void whatItNamesCanBeRestoredThoughDefinitionsHaveChanged() {
    try (Database copy = shop().copy()) {
      copy.execute(
          "TRUNCATE shop.shipment CASCADE; CREATE INDEX newer ON shop.shipment (id, order_id); ALTER TABLE catalog.product DROP COLUMN brand_id CASCADE");
      Assessment assessment = assess(shop(), copy);
      assertThat(assessment.cut()).containsExactly(new QualifiedName("catalog", "product"));
      assertThat(assessment.redefined()).isTrue();
      Restores.run(
          shop().archive(Format.CUSTOM),
          shop().target(copy),
          dev.pgmend.run.Progress.NONE,
          request -> request.with(Mode.MEND),
          assessment.restore().stream().map(Object::toString).toArray(String[]::new));
      assertThat(assess(shop(), copy).rows()).isEmpty();
    }
  }

  @Test
  void smallLossesAreFound() {
    try (Small db =
        new Small(
            """
            CREATE ROLE assess_reader;
            CREATE TABLE t (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, a int DEFAULT 5 CHECK (a > 0), b varchar(10) NOT NULL);
            INSERT INTO t (a, b) SELECT g, 'x' FROM generate_series(1, 9) g;
            CREATE INDEX i ON t (a); CREATE VIEW v WITH (security_barrier) AS SELECT a FROM t; CREATE VIEW w AS SELECT b FROM t;
            CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE DOMAIN d AS int CHECK (VALUE > 0);
            CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION g();
            CREATE TABLE r (t int REFERENCES t ON DELETE CASCADE); CREATE MATERIALIZED VIEW m AS SELECT 1 AS x;
            SELECT lo_create(777); COMMENT ON TABLE t IS 'mine';
            GRANT SELECT ON t, v TO assess_reader; GRANT UPDATE (a) ON t TO assess_reader; REVOKE EXECUTE ON FUNCTION f FROM PUBLIC; GRANT EXECUTE ON FUNCTION f TO assess_reader\
            """)) {
      try {
        db.since(
            """
            ALTER TABLE t ALTER a DROP DEFAULT, DROP CONSTRAINT t_a_check, ALTER b DROP NOT NULL; DROP INDEX i; DROP TRIGGER g ON t;
            CREATE OR REPLACE VIEW w AS SELECT 'x'::varchar(10) AS b FROM t; ALTER VIEW v RESET (security_barrier);
            CREATE OR REPLACE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 2'; ALTER DOMAIN d DROP CONSTRAINT d_check;
            ALTER TABLE r DROP CONSTRAINT r_t_fkey, ADD CONSTRAINT r_t_fkey FOREIGN KEY (t) REFERENCES t;
            REFRESH MATERIALIZED VIEW m WITH NO DATA; SELECT lo_unlink(777); COMMENT ON TABLE t IS NULL;
            REVOKE SELECT ON t, v FROM assess_reader; REVOKE UPDATE (a) ON t FROM assess_reader; REVOKE EXECUTE ON FUNCTION f FROM assess_reader;
            ALTER SEQUENCE t_id_seq RESTART; DELETE FROM t WHERE a > 5; ALTER TABLE r OWNER TO assess_reader; CREATE INDEX newer ON t (b)\
            """);
        Assessment assessment = assess(db);
        List<String> found =
            assessment.losses().stream()
                .map(loss -> loss.kind() + " " + loss.what().replace("\"", ""))
                .sorted()
                .toList();
        assertThat(found)
            .containsExactlyInAnyOrder(
                "GONE 1 large object",
                "CHANGED expression of column a of public.t",
                "GONE index public.i",
                "GONE trigger g of public.t",
                "CHANGED column b of public.t",
                "CHANGED comment of public.t",
                "CHANGED constraint t_a_check of public.t",
                "CHANGED foreign key r_t_fkey of public.r",
                "CHANGED body of function public.f(integer)",
                "CHANGED constraint d_check of domain public.d",
                "CHANGED materialized view public.m",
                "CHANGED view public.v",
                "CHANGED view public.w",
                "RIGHTS function public.f(integer)",
                "RIGHTS table public.r",
                "RIGHTS table public.t",
                "RIGHTS view public.v",
                "BEHIND sequence public.t_id_seq");
        assertThat(assessment.rows()).extracting(Assessment::lost).containsExactly(4L);
      } finally {
        db.since("DROP OWNED BY assess_reader CASCADE; DROP ROLE assess_reader");
      }
    }
  }

  private static Stream<String> tables() {
    List<String> tables = shop().tables();
    List<String> chosen = new ArrayList<>();
    for (int i = 0; i < tables.size(); i += Boolean.getBoolean("pgmend.full") ? 1 : EVERY) {
      chosen.add(tables.get(i));
    }
    return chosen.stream();
  }

  /// How many rows each table has, a partitioned one with its partitions.
  private static Map<String, Long> rows(Database database) {
    Map<String, Long> rows = new TreeMap<>();
    for (List<@Nullable String> row :
        database.query(
            """
            SELECT format('"%s"."%s"', replace(n.nspname, '"', '""'), replace(c.relname, '"', '""')), CASE c.relkind WHEN 'p' THEN '' ELSE 'ONLY ' END || c.oid::regclass
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
            """)) {
      rows.put(
          String.valueOf(row.getFirst()),
          Long.parseLong(
              String.valueOf(database.queryValue("SELECT count(*) FROM " + row.getLast()))));
    }
    return rows;
  }

  private static String victim(Loss loss) {
    assertThat(loss.kind()).as(loss.toString()).isEqualTo(Kind.GONE);
    String what = loss.what().replace("\"", "");
    return what.startsWith("function ")
        ? what.substring(0, what.indexOf('('))
        : what.replaceFirst("^(foreign key|check constraint|constraint) ", "table constraint ")
            .replaceFirst("^default of column (\\S+) of (.*)$", "default value $1 of $2");
  }

  private static Assessment assess(Pristine pristine, Database database) {
    try (Archive archive = pristine.open(Format.CUSTOM);
        Assessor assessor = Assessor.open(archive, pristine.target(database))) {
      return assessor.assess(true, _ -> {});
    }
  }

  private static Assessment assess(Small db) {
    try (Archive archive = Archive.open(db.archive());
        Assessor assessor = Assessor.open(archive, db.target())) {
      return assessor.assess(true, _ -> {});
    }
  }
}
