package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException.Kind;
import dev.pgmend.plan.Mode;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Outcome.Status;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A database without an encoding holds bytes, and gets them back.
class SqlAsciiTest {
  private static final String SOURCE =
      "CREATE TABLE t (id int PRIMARY KEY, x text); INSERT INTO t VALUES (1, E'caf\\xe9'), (2, 'plain'), (3, E'caf\\xc3\\xa9')";
  private static final String BYTES =
      "SELECT id || ' ' || encode(x::bytea, 'hex') FROM t ORDER BY id";

  @TempDir private static Path directory;

  @BeforeAll
  static void needsClientTools() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          DROP TABLE t                                                     |
          DELETE FROM t WHERE id = 1; UPDATE t SET x = E'\\xff' WHERE id = 2 | MEND
          DELETE FROM t                                                    | SWAP
          """)
  void bytesComeBackAsTheyWere(String happens, Mode mode) {
    try (Scratch scratch = new Scratch(Database.inEncoding("SQL_ASCII"), SOURCE, "SELECT 1")) {
      List<String> before = scratch.database.queryColumn(BYTES);
      scratch.database.execute(happens);
      Outcome outcome =
          scratch.restore(request -> mode == null ? request : request.with(mode), "public.t");
      assertThat(outcome.status()).isEqualTo(Status.DONE);
      assertThat(scratch.database.queryColumn(BYTES)).isEqualTo(before);
      assertThat(before).contains("1 636166e9");
      assertThat(Restores.undo(scratch.target(), outcome.run(), false)).isEmpty();
    }
  }

  @Test
  void anotherEncodingTakesOnlyItsOwnText() {
    Path archive = directory.resolve("ascii.dump");
    try (Database source = Database.inEncoding("SQL_ASCII");
        Database target = Database.create()) {
      source.execute(SOURCE);
      Client.dump(source, archive, false, List.of("-Fc"));
      BadTargetTest.assertFails(
          () ->
              Restores.run(
                  archive,
                  Restores.target(target.uri()),
                  dev.pgmend.run.Progress.NONE,
                  UnaryOperator.identity(),
                  "public.t"),
          Kind.TARGET);
      assertThat(Restores.schemas(target)).isEmpty();
    }
  }
}
