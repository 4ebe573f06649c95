package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException;
import dev.pgmend.archive.Archive;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.postgres.Session;
import dev.pgmend.restore.WholeArchive.Restored;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WholeArchiveTest {
  private static final List<String> ROLES = List.of("r_owner", "r_reader", "Röle X");

  @AutoClose private final Database database = Database.create();

  WholeArchiveTest() {
    for (String role : ROLES) {
      database.execute(
          "DO $$ BEGIN CREATE ROLE \"%s\"; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
              .formatted(role));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"pg15/nasty-Fc-default.dump", "pg15/nasty-Fd", "pg15/latin1-Fc.dump"})
  void makesTheDatabaseThatPgRestoreMakes(String name) throws Exception {
    assumeTrue(Servers.hasClientTools());
    Restored restored = restore(name);
    assertThat(restored.tables()).isPositive();
    try (Database other = Database.create()) {
      run(
          "pg_restore",
          "--exit-on-error",
          "--dbname",
          other.uri(),
          "--use-list",
          listWithout(name),
          path(name).toString());
      assertThat(dump(database)).isEqualTo(dump(other));
    }
  }

  @Test
  void saysWhatItLeavesOut() {
    assertThat(restore("pg15/nasty-Fc-default.dump").leftOut())
        .containsAllEntriesOf(Map.of("BLOB", 3, "BLOBS", 1, "EVENT TRIGGER", 1));
  }

  @Test
  void leavesNothingBehindWhenItFails() {
    database.execute("CREATE SCHEMA \"Sch. ema\"; CREATE TABLE \"Sch. ema\".orders ()");
    assertThatThrownBy(() -> restore("pg15/nasty-Fc-default.dump"))
        .isInstanceOf(PgmendException.class);
    assertThat(database.queryLong("SELECT count(*) FROM pg_namespace WHERE nspname = 'app'"))
        .isZero();
  }

  private Restored restore(String name) {
    try (Archive archive = Archive.open(path(name));
        Session session = Session.open(ConnectionTarget.parse(database.uri(), Map.of()))) {
      return new WholeArchive(archive, session).restore();
    }
  }

  /// A list for pg_restore of all but what [WholeArchive] leaves out.
  private String listWithout(String name) throws IOException, InterruptedException {
    String list = run("pg_restore", "--list", path(name).toString());
    String kept =
        String.join(
            "\n",
            list.lines()
                .filter(line -> !line.contains("BLOB") && !line.contains("EVENT TRIGGER"))
                .filter(line -> !line.contains("LARGE OBJECT"))
                .toList());
    Path file = java.nio.file.Files.createTempFile("pgmend", ".list");
    file.toFile().deleteOnExit();
    return java.nio.file.Files.writeString(file, kept + "\n").toString();
  }

  private static String dump(Database database) throws IOException, InterruptedException {
    // Where a row of a table that is partitioned by the hash of an enum goes depends on the enum's
    // OID.
    String text = run("pg_dump", "--dbname", database.uri(), "--exclude-table-data", "app.hp_*");
    return text.lines()
        .filter(line -> !line.startsWith("\\restrict") && !line.startsWith("\\unrestrict"))
        .reduce("", (all, line) -> all + "\n" + line);
  }

  private static String run(String tool, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new java.util.ArrayList<>();
    command.add(Servers.clientTool(tool).toString());
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  private static Path path(String name) {
    try {
      return Path.of(WholeArchiveTest.class.getResource("/corpus/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
