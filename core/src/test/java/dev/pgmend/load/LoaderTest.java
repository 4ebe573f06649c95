package dev.pgmend.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgmend.PgmendException;
import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Entry;
import dev.pgmend.load.RowDigest.RowSet;
import dev.pgmend.plan.LoadStep;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.testing.Archives;
import dev.pgmend.testing.Database;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoaderTest {
  private static final QualifiedName TABLE = new QualifiedName("s", "t");

  @AutoClose private final Database database = Database.create();

  @AutoClose
  private final Session session = Session.open(ConnectionTarget.parse(database.uri(), Map.of()));

  @AutoClose private final Archive archive = Archives.open(Archives.NASTY);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          app.copytext | id int, t text                 | 20
          app.empty_tbl| a int, b text                  | 0
          app.toasty   | id int, t text, b bytea        | 4
          app.zero_col |                                | 2
          app.select   | "from" int, "where" text, "table" boolean | 1
          app.back\\slash | a text                      | 4
          """)
  void theRowsReadBackAreTheRowsSent(String table, String columns, long count) {
    create(columns == null ? "" : columns);
    LoadStep.Load load = load(table);
    List<Long> progress = new ArrayList<>();
    RowSet sent = new Loader(session, archive).load(load, progress::add);
    RowSet back = new TableReader(session).read(TABLE, load.columns(), false);
    assertThat(sent.count()).isEqualTo(count);
    assertThat(back).isEqualTo(sent);
    assertThat(progress.stream().mapToLong(n -> n).sum()).isEqualTo(sent.bytes());
  }

  @Test
  void aRowThatChangedOnItsWayIsSeen() {
    create("id int, t text");
    LoadStep.Load load = load("app.copytext");
    RowSet sent = new Loader(session, archive).load(load, _ -> {});
    session.execute("UPDATE s.t SET t = t || ' ' WHERE id = 7");
    RowSet back = new TableReader(session).read(TABLE, load.columns(), false);
    assertThat(back.count()).isEqualTo(sent.count());
    assertThat(back.matches(sent)).isFalse();
  }

  @Test
  void rowsOfChildrenAreReadOnlyWithAPartitionedTable() {
    session.execute(
        """
        CREATE SCHEMA s; CREATE TABLE s.t (a int); CREATE TABLE s.child () INHERITS (s.t);
        INSERT INTO s.t VALUES (1); INSERT INTO s.child VALUES (2)\
        """);
    TableReader reader = new TableReader(session);
    assertThat(reader.read(TABLE, List.of("a"), false).count()).isOne();
    session.execute(
        """
        DROP TABLE s.child, s.t; CREATE TABLE s.t (a int) PARTITION BY LIST (a);
        CREATE TABLE s.p PARTITION OF s.t DEFAULT; INSERT INTO s.t VALUES (1), (2)\
        """);
    assertThat(reader.read(TABLE, List.of("a"), true).count()).isEqualTo(2);
  }

  @Test
  void aRowThatTheServerRefusesIsAnErrorAndNothingStays() {
    create("id int, t varchar(3)");
    session.begin();
    assertThatThrownBy(() -> new Loader(session, archive).load(load("app.copytext"), _ -> {}))
        .isInstanceOf(PgmendException.class)
        .hasMessageContaining("value too long for type character varying(3)")
        .hasMessageContaining("SQLSTATE 22001");
    session.rollback();
    assertThat(database.queryLong("SELECT count(*) FROM s.t")).isZero();
  }

  /// As if the dump had been made with another time zone, extra_float_digits and date style.
  @Test
  void spellingsOfTheSameValuesAreMadeTheSame() {
    create("customer_id int, at timestamptz, f float8, j jsonb");
    session.execute(
        "INSERT INTO s.t VALUES (1, '2024-06-01 12:00+00', 0.1, '{\"a\": 1}'), (2, NULL, 'NaN', NULL)");
    List<String> columns = List.of("customer_id", "at", "f", "j");
    RowSet stored = new TableReader(session).read(TABLE, columns, false);
    session.execute(
        """
        CREATE TABLE s.x (customer_id text, at text, f text, j text);
        INSERT INTO s.x VALUES ('02', NULL, 'nan', NULL),
          ('1', '2024-06-01 14:00:00+02', '0.10000000000000000', '{"a":1}')\
        """);
    RowSet spelled = new TableReader(session).read(new QualifiedName("s", "x"), columns, false);
    assertThat(spelled.matches(stored)).isFalse();
    assertThat(
            new TableReader(session)
                .digest(
                    "SELECT customer_id::integer, at::timestamptz, f::float8, j::jsonb FROM s.x")
                .matches(stored))
        .isTrue();
  }

  @Test
  void theCanonicalRowsOfAnArchiveAreThoseOfTheLoadedTable() {
    create("id int, t bytea, b bytea");
    LoadStep.Load toasty = load("app.toasty");
    RowSet sent = new Loader(session, archive).load(toasty, _ -> {});
    RowSet back = new TableReader(session).read(TABLE, toasty.columns(), false);
    assertThat(back.matches(sent)).as("text stored as bytea is spelled in hex").isFalse();
    RowSet canonical =
        new CanonicalRows(session, new Loader(session, archive))
            .read(toasty, new QualifiedName("s", "scratch"), null);
    assertThat(canonical.matches(back)).isTrue();
    assertThat(database.queryValue("SELECT to_regclass('s.scratch')")).isNull();
    session.execute("DELETE FROM s.t WHERE id = 2");
    assertThat(canonical.matches(new TableReader(session).read(TABLE, toasty.columns(), false)))
        .isFalse();
  }

  private void create(String columns) {
    session.execute("CREATE SCHEMA s; CREATE TABLE s.t (%s)".formatted(columns));
  }

  private LoadStep.Load load(String table) {
    QualifiedName name = Archives.name(table);
    Entry entry =
        Archives.entries(archive.toc(), "TABLE DATA", name.schema(), name.name()).getFirst();
    List<String> columns =
        session.query(
            "select attname from pg_attribute where attrelid = 's.t'::regclass and attnum > 0 order by attnum",
            row -> row.text("attname"));
    return new LoadStep.Load(name, TABLE, columns, List.of(entry.dumpId()));
  }
}
