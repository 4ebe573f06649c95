package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.journal.Journal;
import dev.pgmend.journal.RunState;
import dev.pgmend.restore.Case.Way;
import dev.pgmend.restore.Pristine.Format;
import dev.pgmend.restore.Pristine.Role;
import dev.pgmend.run.Progress;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The connection is lost or the backup turns out to be damaged while a restore is under way: the old state, or the new one.
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class BrokenLoadTest {
  private static final String TABLE = "catalog.review";

  private Pristine shop;

  @BeforeAll
  void createDatabase() {
    assumeTrue(Servers.hasClientTools(), "pg_dump and pg_restore are needed");
    shop = Pristine.shop(Role.SUPERUSER);
  }

  @AfterAll
  void dropDatabase() {
    if (shop != null) {
      shop.close();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "EMPTIED_SWAP, stage", "EMPTIED_SWAP, load", "EMPTIED_SWAP, build", "EMPTIED_SWAP, verify",
        "EMPTIED_SWAP, cutover",
    "HALVED, load", "HALVED, verify", "HALVED, cutover", "DROPPED, load", "DROPPED, cutover"
  })
  void changesNothingWhenTheConnectionIsLost(Way way, String phase) {
    try (Database database = shop.wrecked(way.accident, TABLE)) {
      Map<String, String> before = Fingerprint.of(database);
      assertThatThrownBy(() -> restore(database, way, cutting(database, phase)))
          .isInstanceOfSatisfying(
              PgmendException.class, e -> assertThat(e.kind()).isIn(Kind.CONNECTION, Kind.TARGET));
      Restores.assertSame(before, database);
      try (Runs runs = Runs.open(shop.target(database))) {
        for (Journal.Summary run : runs.list()) {
          assertThat(run.state()).isEqualTo(RunState.STAGED);
          runs.clean(runs.find(Optional.of(run.run())));
        }
      }
      assertThat(Restores.schemas(database)).isEmpty();
      Restores.assertSame(before, database);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Way.class,
      names = {"EMPTIED_SWAP", "DROPPED"})
  void resumesWhenTheConnectionIsLostWhileSettling(Way way) {
    try (Database database = shop.wrecked(way.accident, TABLE)) {
      assertThatThrownBy(() -> restore(database, way, cutting(database, "settle")))
          .isInstanceOf(PgmendException.class);
      try (Runs runs = Runs.open(shop.target(database))) {
        List<Journal.Summary> list = runs.list();
        assertThat(list).hasSize(1);
        assertThat(list.getFirst().state()).isEqualTo(RunState.CUT_OVER);
        assertThat(runs.resume(runs.find(Optional.of(list.getFirst().run())), Progress.NONE))
            .isEmpty();
        assertThat(runs.list().getFirst().state()).isEqualTo(RunState.DONE);
      }
      Restores.assertSame(shop.fingerprint(), database);
    }
  }

  /// Ends the restore's session when a phase begins, in the middle of loading rather than before.
  private static Progress cutting(Database database, String phase) {
    return new Progress() {
      @Override
      public void phase(String name) {
        if (name.equals(phase) && !phase.equals("load")) {
          cut();
        }
      }

      @Override
      public void loaded(long bytes) {
        if (phase.equals("load")) {
          cut();
        }
      }

      private void cut() {
        database.execute(
            """
            SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name ~ '^pgmend'\
            """);
      }
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"flipped", "truncated", "missing"})
  void changesNothingWhenTheDataIsDamaged(String damage, @TempDir Path directory)
      throws IOException {
    Path archive = directory.resolve("archive");
    Files.createDirectory(archive);
    try (Stream<Path> files = Files.list(shop.archive(Format.DIRECTORY))) {
      for (Path file : files.toList()) {
        byte[] bytes = Files.readAllBytes(file);
        if (file.toString().endsWith(".dat.gz")) {
          switch (damage) {
            case "flipped" -> bytes[bytes.length / 2] ^= 0x10;
            case "truncated" -> bytes = Arrays.copyOf(bytes, bytes.length / 2);
            default -> {
              continue;
            }
          }
        }
        Files.write(archive.resolve(file.getFileName()), bytes);
      }
    }
    for (Way way : List.of(Way.DROPPED, Way.EMPTIED_SWAP, Way.HALVED)) {
      try (Database database = shop.wrecked(way.accident, TABLE)) {
        Map<String, String> before = Fingerprint.of(database);
        BadTargetTest.assertFails(
                () -> Restores.run(archive, shop.target(database), Progress.NONE, with(way), TABLE),
                Kind.SOURCE)
            .hasMessageContaining(".dat");
        Restores.assertSame(before, database);
        assertThat(Restores.schemas(database)).isEmpty();
      }
    }
  }

  private void restore(Database database, Way way, Progress progress) {
    Restores.run(shop.archive(Format.CUSTOM), shop.target(database), progress, with(way), TABLE);
  }

  private static UnaryOperator<dev.pgmend.plan.Request> with(Way way) {
    return request -> way.mode.map(request::with).orElse(request);
  }
}
