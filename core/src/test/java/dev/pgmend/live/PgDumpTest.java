package dev.pgmend.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Which pg_dump is used, and how it is run: with scripts in its place.
class PgDumpTest {
  @TempDir private Path root;

  private Path install(String directory, String version, String body) throws IOException {
    Path bin = Files.createDirectories(root.resolve(directory));
    Path program = bin.resolve("pg_dump");
    Files.writeString(
        program,
        """
        #!/bin/sh
        [ "$1" != --version ] || { echo "pg_dump (PostgreSQL) %s"; exit 0; }
        %s
        """
            .formatted(version, body));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    return bin;
  }

  private PgDump.Places places(String path) {
    return new PgDump.Places(
        Optional.empty(), path, List.of(root + "/lib/*/bin", root + "/pgsql-*/bin"));
  }

  @Test
  void theNewestIsTaken() throws IOException {
    install("lib/15/bin", "15.4 (Debian 15.4-1)", "");
    Path newest = install("pgsql-18/bin", "18.1", "");
    Path path = install("somewhere", "16.2", "");
    PgDump dump = PgDump.newest(places("" + path), 14, "db");
    assertThat(dump.program()).isEqualTo(newest.resolve("pg_dump").toRealPath());
    assertThat(dump.major()).isEqualTo(18);
  }

  @Test
  void aBetaCountsAsItsVersion() throws IOException {
    install("lib/19/bin", "19beta1", "");
    assertThat(PgDump.newest(places(""), 19, "db").major()).isEqualTo(19);
  }

  @Test
  void whereNoneIsNewEnoughThePackageIsNamed() throws IOException {
    install("lib/15/bin", "15.4", "");
    Path path = install("somewhere", "16.2", "");
    install("pgsql-99/bin", "'; exit 3; echo '", "");
    assertThatThrownBy(() -> PgDump.newest(places("" + path), 17, "postgresql://me@db/shop"))
        .isInstanceOf(PgmendException.class)
        .hasMessageContaining("postgresql://me@db/shop is PostgreSQL 17")
        .hasMessageContaining("15.4 at")
        .hasMessageContaining("16.2 at")
        .satisfies(e -> assertThat(((PgmendException) e).kind()).isEqualTo(Kind.SOURCE))
        .satisfies(e -> assertThat(((PgmendException) e).hint()).contains("postgresql-client-17"));
  }

  @Test
  void whereThereIsNoneThatIsSaid() {
    assertThatThrownBy(() -> PgDump.newest(places(""), 15, "db"))
        .hasMessageContaining("there is none on PATH or in the usual directories");
    assertThatThrownBy(() -> PgDump.newest(PgDump.Places.usual(Optional.of(root)), 15, "db"))
        .hasMessageContaining("there is none in " + root);
  }

  @Test
  void thePasswordGoesThroughTheEnvironmentAndNothingElseOfItDoes() throws IOException {
    Path bin =
        install(
            "bin",
            "15.4",
            "echo \"$@\" >'%s'; env >'%s'; echo 'pg_dump: error: no luck' >&2; exit 1"
                .formatted(root.resolve("arguments"), root.resolve("environment")));
    PgDump program = PgDump.newest(PgDump.Places.usual(Optional.of(bin)), 15, "db");
    try (Dump dump =
        Dump.start(
            program, Map.of("PGHOST", "db", "PGPASSWORD", "geheim"), List.of("--snapshot=1"))) {
      assertThat(dump.output().readAllBytes()).isEmpty();
      assertThat(dump.failure()).isEqualTo("pg_dump 15.4: error: no luck");
    }
    assertThat(Files.readString(root.resolve("arguments")))
        .contains("--format=custom", "--snapshot=1", "--no-password")
        .doesNotContain("geheim");
    assertThat(Files.readAllLines(root.resolve("environment")))
        .filteredOn(line -> line.startsWith("PG"))
        .containsExactlyInAnyOrder(
            "PGHOST=db",
            "PGPASSWORD=geheim",
            "PGAPPNAME=pgmend",
            "PGOPTIONS=-c default_transaction_read_only=on");
  }
}
