package dev.pgmend.cli;

import static dev.pgmend.cli.Ran.pgmend;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/// A command line in a hint can be pasted, and what it prints can be run.
class SpellingTest {
  private static final String DUMP =
      JsonTest.root().resolve("core/src/test/resources/corpus/pg15/nasty-Fc-Z0.dump").toString();

  private final Spelling spelling =
      new Spelling(
          CommandLine.populateCommand(
              new FromOption(), "--from", "my shop.dump", "--database", "shop"),
          CommandLine.populateCommand(new TargetOption(), "--to", "postgresql://bob@db/shop"));

  @Test
  void theBackupAndTheTargetAreNamedAsTheyWere() {
    assertThat(spelling.out("Both: pgmend restore '\"a\".\"b\"' --mode swap --from … --to …"))
        .isEqualTo(
            "Both: pgmend restore '\"a\".\"b\"' --mode swap --from 'my shop.dump' --database shop --to postgresql://bob@db/shop");
    assertThat(spelling.out("pgmend inspect BACKUP --sql 'a.f()' prints it"))
        .isEqualTo("pgmend inspect 'my shop.dump' --database shop --sql 'a.f()' prints it");
  }

  @Test
  void inspectPrintsWhatIsNoTable() {
    Ran function = pgmend("inspect", DUMP, "--sql", "app.trg_touch()", "--sql", "app");
    assertThat(function.exitCode()).as(function.err()).isZero();
    assertThat(function.out())
        .startsWith("CREATE FUNCTION app.trg_touch() RETURNS trigger")
        .contains("ALTER FUNCTION app.trg_touch() OWNER TO ")
        .contains("CREATE SCHEMA \"app\";\nALTER SCHEMA \"app\" OWNER TO ");
    assertThat(pgmend("inspect", DUMP, "--sql", "app.mood").out())
        .startsWith("CREATE TYPE app.mood AS ENUM (");
    Ran table = pgmend("inspect", DUMP, "--sql", "app.customers");
    assertThat(table.exitCode()).isEqualTo(2);
    assertThat(table.err()).contains("pgmend extract");
    assertThat(pgmend("inspect", DUMP, "app.customers", "--sql", "app.mood").exitCode())
        .isEqualTo(2);
  }
}
