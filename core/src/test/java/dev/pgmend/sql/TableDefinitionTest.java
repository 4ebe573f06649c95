package dev.pgmend.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TableDefinitionTest {

  static Stream<Entries.Entry> tables() {
    return Entries.corpus().stream().filter(entry -> entry.desc().equals("TABLE"));
  }

  @ParameterizedTest
  @MethodSource("tables")
  void everyColumnIsOnALineOfItsOwn(Entries.Entry entry) {
    TableDefinition table = TableDefinition.parse(entry.defn());
    long commas = entry.defn().substring(0, entry.defn().indexOf("\n)")).lines().skip(1).count();
    if (!entry.defn().contains("\"line\nbreak\"")) {
      assertThat(table.columns().size() + table.constraints().size()).isEqualTo((int) commas);
    }
    assertThat(table.name().schema()).isEqualTo(entry.namespace());
    assertThat(table.columns()).noneMatch(column -> column.type().isEmpty());
  }

  @Test
  void readsColumns() {
    TableDefinition table =
        TableDefinition.parse(
            """
            CREATE TABLE app."A b" (
                id bigint CONSTRAINT a_nn NOT NULL,
                email text DEFAULT 'a, b) NOT NULL'::text NOT NULL COLLATE pg_catalog."C",
                at timestamp(3) with time zone DEFAULT (now() AT TIME ZONE 'utc'::text),
                price numeric(10,2)[] DEFAULT ARRAY[1, 2],
                x app.storage DEFAULT CASE WHEN (1 IS NOT NULL) THEN 1 ELSE 2 END NOT NULL,
                g integer GENERATED ALWAYS AS (((price * 2))) STORED,
                v integer GENERATED ALWAYS AS ((id + 1)),
                exclude "default",
                CONSTRAINT "c,1" CHECK (((id > 0) AND (id < 9))) NO INHERIT,
                CONSTRAINT nn NOT NULL id
            )
            PARTITION BY RANGE (id, lower(email))
            WITH (fillfactor='70');
            """);
    assertThat(table.columns())
        .containsExactly(
            column("id", "bigint", null, true),
            new ColumnDefinition(
                "email", "text", "pg_catalog.\"C\"", "'a, b) NOT NULL'::text", null, false, true),
            column("at", "timestamp(3) with time zone", "(now() AT TIME ZONE 'utc'::text)", false),
            column("price", "numeric(10,2)[]", "ARRAY[1, 2]", false),
            column("x", "app.storage", "CASE WHEN (1 IS NOT NULL) THEN 1 ELSE 2 END", true),
            new ColumnDefinition("g", "integer", null, null, "((price * 2))", false, false),
            new ColumnDefinition("v", "integer", null, null, "(id + 1)", true, false),
            column("exclude", "\"default\"", null, false));
    assertThat(table.constraints())
        .containsExactly(
            new TableConstraint("c,1", "CHECK (((id > 0) AND (id < 9))) NO INHERIT"),
            new TableConstraint("nn", "NOT NULL id"));
    assertThat(table.partitionBy()).isEqualTo("RANGE (id, lower(email))");
    assertThat(table.options()).isEqualTo("(fillfactor='70')");
  }

  private static ColumnDefinition column(
      String name, String type, @Nullable String defaultExpression, boolean notNull) {
    return new ColumnDefinition(name, type, null, defaultExpression, null, false, notNull);
  }

  @Test
  void readsOtherForms() {
    TableDefinition child =
        TableDefinition.parse("CREATE UNLOGGED TABLE s.t (\n)\nINHERITS (s.p, x.q);");
    assertThat(child.unlogged()).isTrue();
    assertThat(child.inherits())
        .containsExactly(new QualifiedName("s", "p"), new QualifiedName("x", "q"));
    TableDefinition typed =
        TableDefinition.parse("CREATE TABLE s.t OF s.ty (a WITH OPTIONS DEFAULT 1 NOT NULL);");
    assertThat(typed.ofType()).isEqualTo(new QualifiedName("s", "ty"));
    assertThat(typed.columns()).containsExactly(column("a", "", "1", true));
    assertThat(TableDefinition.parse("CREATE TABLE s.t OF s.ty (a DEFAULT 1 NOT NULL);").columns())
        .containsExactly(column("a", "", "1", true));
    assertThat(TableDefinition.parse("CREATE TABLE s.t OF s.ty;").columns()).isEmpty();
    assertThat(
            TableDefinition.parse("CREATE TABLE s.t PARTITION OF s.p FOR VALUES IN (1)")
                .partitionOf())
        .isEqualTo(new QualifiedName("s", "p"));
    assertThat(TableDefinition.parse("CREATE TABLE t (a int);", "app").name())
        .isEqualTo(new QualifiedName("app", "t"));
  }

  @Test
  void refusesOtherStatements() {
    for (String text : new String[] {"CREATE VIEW s.v AS SELECT 1", "CREATE TABLE s.t", "", "x"}) {
      assertThatThrownBy(() -> TableDefinition.parse(text)).isInstanceOf(SqlSyntaxException.class);
    }
  }
}
