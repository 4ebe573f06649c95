package dev.pgmend.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.restore.TableSelection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A script of pg_dumpall holds several databases, of which one is meant.
class DumpallTest {
  private static final String DUMPALL = "pg15/nasty-dumpall.sql";

  @ParameterizedTest
  @CsvSource({
    "pg15/nasty-dumpall.sql, pg15/nasty-Fd-Z0",
    "pg15/nasty-dumpall-clean.sql, pg15/nasty-Fd-Z0",
    "pg17/nasty-dumpall.sql, pg17/nasty-Fd-none",
    "pg17/nasty-dumpall-clean.sql, pg17/nasty-Fd-none",
    "pg18/nasty-dumpall.sql, pg18/nasty-Fd-none",
    "pg18/nasty-dumpall-clean.sql, pg18/nasty-Fd-none",
  })
  void aDatabaseIsFoundByItsName(String script, String reference) {
    try (Archive archive = open(script, DatabaseChoice.named("nasty"));
        Archive directory = Archive.open(Corpus.path(reference))) {
      assertThat(archive.header().databaseName()).isEqualTo("nasty");
      assertThat(Corpus.rows(archive)).isEqualTo(Corpus.rows(directory));
    }
  }

  @Test
  void aDatabaseIsFoundByATableThatOnlyItHas() {
    try (Archive archive = open(DUMPALL, holding("app.customers"))) {
      assertThat(archive.header().databaseName()).isEqualTo("nasty");
    }
    try (Archive archive = open(DUMPALL, DatabaseChoice.named("nasty_latin1"))) {
      assertThat(archive.toc().entries()).anyMatch(entry -> entry.desc().equals("TABLE"));
    }
  }

  @Test
  void candidatesAreNamedWhereSeveralOrNoneMayBeMeant() {
    assertRefused(DatabaseChoice.only(), "holds several databases: nasty, nasty_latin1");
    assertRefused(holding("*.*"), "several databases hold what was asked for: nasty, nasty_latin1");
    assertRefused(holding("app.nothing"), "no database holds what was asked for, of these: nasty,");
    assertRefused(
        DatabaseChoice.named("other"), "holds no database other, but nasty, nasty_latin1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"pg15/nasty-Fc-Z0.dump", "pg15/nasty-Fd", "pg15/nasty-clean-create.sql"})
  void theNameOfTheOnlyDatabaseIsChecked(String name) {
    try (Archive archive = open(name, DatabaseChoice.named("nasty"))) {
      assertThat(archive.header().databaseName()).isEqualTo("nasty");
    }
    assertThatThrownBy(() -> open(name, DatabaseChoice.named("other")))
        .hasMessageContaining("holds no database other, but nasty");
  }

  @Test
  void aScriptThatDoesNotNameItsDatabaseIsNotTakenForAnyOne() {
    assertThatThrownBy(() -> open("pg15/nasty-copy.sql", DatabaseChoice.named("nasty")))
        .hasMessageContaining("does not say which database it is of");
  }

  private static void assertRefused(DatabaseChoice choice, String message) {
    assertThatThrownBy(() -> open(DUMPALL, choice))
        .hasMessageContaining(message)
        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.type(PgmendException.class))
        .extracting(PgmendException::kind)
        .isEqualTo(Kind.USAGE);
  }

  private static DatabaseChoice holding(String table) {
    return DatabaseChoice.holding(
        new TableSelection(List.of(table), List.of(), List.of(), false, false)::isIn);
  }

  private static Archive open(String name, DatabaseChoice choice) {
    return Archive.open(Corpus.path(name), new Reading(choice, false));
  }
}
