package dev.pgmend.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgmend.sql.Head.ObjectKind;
import dev.pgmend.sql.Head.PartKind;
import dev.pgmend.sql.Head.Verb;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HeadTest {
  private static final QualifiedName T = new QualifiedName("s", "t");

  @Test
  void tellsTheTableOfConstraintsWithAmbiguousTags() {
    assertThat(Head.of("ALTER TABLE ONLY app.a DROP CONSTRAINT \"b fk\";\n"))
        .isEqualTo(
            new Head.Part(Verb.DROP, PartKind.CONSTRAINT, new QualifiedName("app", "a"), "b fk"));
    assertThat(Head.of("ALTER TABLE ONLY app.\"a b\" DROP CONSTRAINT fk;\n"))
        .isEqualTo(
            new Head.Part(Verb.DROP, PartKind.CONSTRAINT, new QualifiedName("app", "a b"), "fk"));
  }

  static Stream<Entries.Entry> definitionsWithDrops() {
    return Entries.corpus().stream().filter(entry -> !entry.drop().isEmpty());
  }

  @ParameterizedTest
  @MethodSource("definitionsWithDrops")
  void definitionAndDropStatementNameTheSameObject(Entries.Entry entry) {
    Head created = Head.of(Sql.split(entry.defn()).getFirst());
    if (entry.drop().startsWith("--")) {
      return;
    }
    Head dropped = Head.of(entry.drop());
    switch (created) {
      case Head.Named(_, var kind, var name) -> {
        Verb verb = entry.drop().startsWith("CREATE") ? Verb.CREATE : Verb.DROP;
        assertThat(dropped).isEqualTo(new Head.Named(verb, kind, name));
      }
      case Head.Part(_, var kind, var relation, var name) ->
          assertThat(dropped).isEqualTo(new Head.Part(Verb.DROP, kind, relation, name));
      case Head.CreateIndex index ->
          assertThat(dropped)
              .isEqualTo(new Head.Named(Verb.DROP, ObjectKind.INDEX, index.qualifiedName()));
      case Head.CreateStatistics(var name, _) ->
          assertThat(dropped).isEqualTo(new Head.Named(Verb.DROP, ObjectKind.STATISTICS, name));
      case Head.Routine(_, var kind, var name, var arguments) ->
          assertThat(dropped).isEqualTo(new Head.Routine(Verb.DROP, kind, name, arguments));
      case Head _ -> assertThat(dropped).isInstanceOf(Head.Other.class);
    }
  }

  @Test
  void readsDropStatements() {
    assertThat(Head.of("ALTER TABLE s.t ALTER COLUMN c DROP DEFAULT"))
        .isEqualTo(new Head.Part(Verb.DROP, PartKind.DEFAULT, T, "c"));
    assertThat(Head.of("DROP TRIGGER \"on\" ON s.t"))
        .isEqualTo(new Head.Part(Verb.DROP, PartKind.TRIGGER, T, "on"));
    assertThat(Head.of("DROP POLICY p ON s.t"))
        .isEqualTo(new Head.Part(Verb.DROP, PartKind.POLICY, T, "p"));
    assertThat(Head.of("DROP RULE r ON s.t"))
        .isEqualTo(new Head.Part(Verb.DROP, PartKind.RULE, T, "r"));
    assertThat(Head.of("DROP FUNCTION s.t(integer, s.\"b c\");"))
        .isEqualTo(new Head.Routine(Verb.DROP, "FUNCTION", T, "integer, s.\"b c\""));
    assertThat(Head.of("DROP MATERIALIZED VIEW s.t"))
        .isEqualTo(new Head.Named(Verb.DROP, ObjectKind.MATERIALIZED_VIEW, T));
    assertThat(Head.of("ALTER DOMAIN s.t DROP CONSTRAINT c"))
        .isEqualTo(new Head.Part(Verb.DROP, PartKind.DOMAIN_CONSTRAINT, T, "c"));
    assertThat(Head.of("DROP SCHEMA s")).isEqualTo(new Head.Other("DROP SCHEMA"));
  }

  @Test
  void readsDefinitions() {
    QualifiedName u = new QualifiedName("s", "u");
    assertThat(Head.of("CREATE UNIQUE INDEX i ON ONLY s.t USING btree (a)"))
        .isEqualTo(new Head.CreateIndex("i", T, true, true));
    assertThat(
            Head.of("CREATE CONSTRAINT TRIGGER g AFTER INSERT OR UPDATE OF a, b ON s.t FROM s.u"))
        .isEqualTo(new Head.Part(Verb.CREATE, PartKind.TRIGGER, T, "g"));
    assertThat(Head.of("CREATE RULE r AS ON UPDATE TO s.t DO INSTEAD NOTHING"))
        .isEqualTo(new Head.Part(Verb.CREATE, PartKind.RULE, T, "r"));
    assertThat(
            Head.of(
                "ALTER TABLE s.t ALTER COLUMN c ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME s.u)"))
        .isEqualTo(new Head.Identity(T, "c", true, u));
    assertThat(Head.of("ALTER TABLE ONLY s.t ALTER COLUMN c SET DEFAULT 1"))
        .isEqualTo(new Head.Part(Verb.CREATE, PartKind.DEFAULT, T, "c"));
    assertThat(Head.of("ALTER SEQUENCE s.u OWNED BY s.t.c")).isEqualTo(new Head.OwnedBy(u, T, "c"));
    assertThat(Head.of("ALTER TABLE ONLY s.t ATTACH PARTITION s.u FOR VALUES IN ('a', 'b');"))
        .isEqualTo(new Head.TableAttach(T, u, "FOR VALUES IN ('a', 'b')"));
    assertThat(Head.of("ALTER INDEX s.t ATTACH PARTITION s.u"))
        .isEqualTo(new Head.IndexAttach(T, u));
    assertThat(Head.of("ALTER PUBLICATION p ADD TABLE ONLY s.t (a) WHERE ((a > 0))"))
        .isEqualTo(new Head.PublicationTable("p", T));
    assertThat(Head.of("CREATE STATISTICS s.u (mcv) ON a, b FROM s.t"))
        .isEqualTo(new Head.CreateStatistics(u, T));
    assertThat(Head.of("SELECT pg_catalog.setval('s.t', -7, false)"))
        .isEqualTo(new Head.SequenceSet(T, -7, false));
    assertThat(Head.of("ALTER TABLE ONLY s.t REPLICA IDENTITY FULL"))
        .isEqualTo(new Head.TableAction(T, "REPLICA IDENTITY FULL"));
    assertThat(Head.of("COMMENT ON TRIGGER g ON s.t IS NULL"))
        .isEqualTo(new Head.Annotation("COMMENT", "TRIGGER", T, "g"));
    assertThat(Head.of("GRANT SELECT(a) ON TABLE s.t TO x"))
        .isEqualTo(new Head.Annotation("GRANT", "TABLE", T, null));
    assertThat(Head.of("GRANT ALL ON SCHEMA s TO x")).isEqualTo(new Head.Other("GRANT SCHEMA"));
    assertThat(Head.of("CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION s.t()"))
        .isEqualTo(new Head.Other("CREATE EVENT"));
  }

  @Test
  void readsUnqualifiedNamesOfOldDumps() {
    assertThat(Head.of("COMMENT ON COLUMN t.c IS 'x'", "s"))
        .isEqualTo(new Head.Annotation("COMMENT", "COLUMN", T, "c"));
    assertThat(Head.of("ALTER TABLE ONLY s.t DROP CONSTRAINT c", "public"))
        .isEqualTo(new Head.Part(Verb.DROP, PartKind.CONSTRAINT, T, "c"));
    assertThatThrownBy(() -> Head.of("DROP TABLE t")).isInstanceOf(SqlSyntaxException.class);
  }

  @Test
  void refusesTwoStatements() {
    assertThatThrownBy(() -> Head.of("DROP TABLE s.t; DROP TABLE s.u"))
        .isInstanceOf(SqlSyntaxException.class);
  }
}
