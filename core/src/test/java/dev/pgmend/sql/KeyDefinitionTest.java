package dev.pgmend.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyDefinitionTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          PRIMARY KEY (id)|(id)|PRIMARY KEY USING INDEX "k"
          PRIMARY KEY (id, "With, ""comma")|(id, "With, ""comma")|PRIMARY KEY USING INDEX "k"
          UNIQUE (a) INCLUDE (b, c) WITH (fillfactor='70')|(a) INCLUDE (b, c) WITH (fillfactor='70')|UNIQUE USING INDEX "k"
          UNIQUE NULLS NOT DISTINCT (a) WITH (fillfactor='70')|(a) NULLS NOT DISTINCT WITH (fillfactor='70')|UNIQUE USING INDEX "k"
          UNIQUE (a) USING INDEX TABLESPACE "T" DEFERRABLE INITIALLY DEFERRED|(a) TABLESPACE "T"|UNIQUE USING INDEX "k" DEFERRABLE INITIALLY DEFERRED
          UNIQUE (a) NOT DEFERRABLE|(a)|UNIQUE USING INDEX "k" NOT DEFERRABLE
          """)
  void keysAreAnIndexAndAConstraintThatTakesIt(String key, String index, String constraint) {
    KeyDefinition read =
        KeyDefinition.of("ALTER TABLE ONLY s.\"T\"\n    ADD CONSTRAINT k " + key).orElseThrow();
    assertThat(read.index()).isEqualTo("CREATE UNIQUE INDEX \"k\" ON \"s\".\"T\" " + index);
    assertThat(read.constraint())
        .isEqualTo("ALTER TABLE ONLY \"s\".\"T\" ADD CONSTRAINT \"k\" " + constraint);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PRIMARY KEY (id, valid WITHOUT OVERLAPS)",
        "UNIQUE (a) NOT ENFORCED",
        "EXCLUDE USING gist (a WITH =)",
        "CHECK (a > 0)",
        "UNIQUE USING INDEX i",
        "PRIMARY KEY USING INDEX i"
      })
  void anythingElseIsLeftAsItIs(String constraint) {
    assertThat(KeyDefinition.of("ALTER TABLE s.t ADD CONSTRAINT k " + constraint)).isEmpty();
  }

  @Test
  void otherStatementsAreNoKeys() {
    assertThat(KeyDefinition.of("ALTER TABLE ONLY s.t CLUSTER ON k")).isEmpty();
    assertThat(KeyDefinition.of("CREATE UNIQUE INDEX i ON s.t (a)")).isEmpty();
  }
}
