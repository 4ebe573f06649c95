package dev.pgmend.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ForeignKeyDefinitionTest {
  private static final QualifiedName T = new QualifiedName("s", "t");

  static Stream<Entries.Entry> keys() {
    return Entries.corpus().stream().filter(entry -> entry.desc().equals("FK CONSTRAINT"));
  }

  @ParameterizedTest
  @MethodSource("keys")
  void readsEveryKeyOfTheCorpus(Entries.Entry entry) {
    ForeignKeyDefinition key = ForeignKeyDefinition.parse(entry.defn());
    assertThat(key.columns()).hasSameSizeAs(key.referencedColumns());
    assertThat(entry.defn()).endsWith(" " + key.body() + ";\n");
    assertThat(ForeignKeyDefinition.parse(key.addNotValid()))
        .returns(true, ForeignKeyDefinition::notValid)
        .returns(key.body(), ForeignKeyDefinition::body);
  }

  @Test
  void readsEveryAttribute() {
    String body =
        "FOREIGN KEY (a, \"B,c\", PERIOD period) REFERENCES \"x y\".r(d, e, PERIOD f) MATCH FULL"
            + " ON UPDATE CASCADE ON DELETE SET NULL (a, \"B,c\") DEFERRABLE NOT ENFORCED";
    assertThat(
            ForeignKeyDefinition.parse(
                "ALTER TABLE s.t\n    ADD CONSTRAINT \"k 1\" " + body + " NOT VALID;\n"))
        .isEqualTo(
            new ForeignKeyDefinition(
                T,
                false,
                "k 1",
                List.of("a", "B,c", "period"),
                new QualifiedName("x y", "r"),
                List.of("d", "e", "f"),
                "full",
                true,
                true,
                true,
                body));
  }

  @Test
  void readsWhatTheServerDeparses() {
    ForeignKeyDefinition key =
        ForeignKeyDefinition.parseBody(
            T, true, "k", "FOREIGN KEY (period) REFERENCES s.t(id) NOT DEFERRABLE");
    assertThat(key.columns()).containsExactly("period");
    assertThat(key.period()).isFalse();
    assertThat(key.addNotValid())
        .isEqualTo(
            "ALTER TABLE ONLY \"s\".\"t\" ADD CONSTRAINT \"k\""
                + " FOREIGN KEY (period) REFERENCES s.t(id) NOT DEFERRABLE NOT VALID");
  }

  @Test
  void refusesOtherText() {
    for (String tail : List.of("NOT VALID, DROP COLUMN b", "ON DELETE CASCADE, ADD COLUMN b int")) {
      String text = "ALTER TABLE s.t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES s.r(b) " + tail;
      assertThatThrownBy(() -> ForeignKeyDefinition.parse(text))
          .isInstanceOf(SqlSyntaxException.class);
    }
    assertThatThrownBy(() -> ForeignKeyDefinition.parse("ALTER TABLE s.t ADD CHECK (true)"))
        .isInstanceOf(SqlSyntaxException.class);
  }
}
