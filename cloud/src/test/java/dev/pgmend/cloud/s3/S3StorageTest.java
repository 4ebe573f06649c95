package dev.pgmend.cloud.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException;
import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Format;
import dev.pgmend.archive.Reading;
import dev.pgmend.cloud.CountingRelay;
import dev.pgmend.cloud.Dumps;
import dev.pgmend.cloud.Environment;
import dev.pgmend.cloud.Retry;
import dev.pgmend.content.Location;
import dev.pgmend.journal.Journal;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Request;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.restore.Runs;
import dev.pgmend.restore.TableNames;
import dev.pgmend.restore.TableRestore;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Progress;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Reads dumps from a real S3 server, and counts what it sends.
class S3StorageTest {
  private static final Retry QUICK = new Retry(6, Duration.ofMillis(10), Duration.ofMillis(50));

  /// What is fetched in vain at most: the rest of the first range, a tail, and headers of answers.
  private static final long ROUNDING = 200_000;

  @TempDir static Path directory;
  private static Dumps dumps;
  private static S3Server server;
  private static CountingRelay relay;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    assumeTrue(Dumps.possible(), "needs Debian's PostgreSQL 15");
    dumps = new Dumps(directory);
    server = new S3Server(directory);
    relay = new CountingRelay(server.port());
    server.createBucket("backups");
    server.put("backups", "custom", dumps.dump("custom", "-Fc", "-Z1"));
    server.put("backups", "plain", dumps.dump("plain", "-Fp"));
    server.put("backups", "in/a/directory", dumps.dump("directory", "-Fd", "-Z1"));
    server.put("backups", "tar", dumps.dump("tar", "-Ft"));
    server.put("backups", "compressed", gzip(directory.resolve("plain")));
    server.put("backups", "custom-compressed", gzip(directory.resolve("custom")));
    server.put("backups", "piped", piped());
    System.setProperty("aws.accessKeyId", S3Server.KEY);
    System.setProperty("aws.secretAccessKey", S3Server.SECRET);
  }

  @AfterAll
  static void stop() throws Exception {
    System.clearProperty("aws.accessKeyId");
    System.clearProperty("aws.secretAccessKey");
    for (AutoCloseable resource : new AutoCloseable[] {relay, server, dumps}) {
      if (resource != null) {
        resource.close();
      }
    }
  }

  @AfterEach
  void mend() {
    relay.breakAfter(_ -> Long.MAX_VALUE);
    System.setProperty("aws.secretAccessKey", S3Server.SECRET);
  }

  @ParameterizedTest
  @ValueSource(strings = {"custom", "directory", "tar"})
  void aTableCostsTheTableOfContentsAndItsOwnBytes(String format) throws IOException {
    String key = format.equals("directory") ? "in/a/directory" : format;
    Path local = directory.resolve(format);
    long whole = size(local);
    relay.sent();
    try (Archive remote = open("s3://backups/" + key);
        Archive archive = Archive.open(local)) {
      long toc = relay.sent();
      remote.checkWhole();
      long check = relay.sent();

      assertThat(Dumps.rows(remote, "b")).isEqualTo(Dumps.rows(archive, "b"));

      long own = archive.storedSize(Dumps.data(archive, "b"));
      assertThat(own).isBetween(1_500_000L, 4_000_000L);
      assertThat(remote.storedSize(Dumps.data(remote, "b"))).isEqualTo(own);
      long rows = relay.sent();
      assertThat(rows).as("rows").isLessThan(own + ROUNDING);
      assertThat(toc + check + rows).as("all").isBetween(own, own + 2 * ROUNDING);
      assertThat(whole).as("what is not read").isGreaterThan(own + 3_000_000);
      assertThat(remote.name()).isEqualTo("s3://backups/" + key);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"custom", "directory", "tar", "plain", "compressed", "piped", "custom-compressed"})
  void readsAllTablesAsFromAFile(String format) throws IOException {
    String key = format.equals("directory") ? "in/a/directory/" : format;
    try (Archive remote = open("s3://backups/" + key);
        Archive archive = Archive.open(directory.resolve("custom"))) {
      assertThat(remote.toc().entries()).hasSizeGreaterThanOrEqualTo(5);
      for (String table : new String[] {"c", "a", "b"}) {
        assertThat(Dumps.rows(remote, table)).isEqualTo(Dumps.rows(archive, table));
      }
    }
  }

  @Test
  void readsACompressedScriptOnce() throws IOException {
    long size = Files.size(directory.resolve("plain.gz"));
    relay.sent();
    try (Archive remote = open("s3://backups/compressed")) {
      Dumps.rows(remote, "b");
      Dumps.rows(remote, "a");
    }

    assertThat(relay.sent()).isBetween(size, size + 2 * ROUNDING);
  }

  @Test
  void goesOnWhereABrokenConnectionEnded() throws IOException {
    relay.breakAfter(number -> number % 3 == 2 ? Long.MAX_VALUE : 300_000);
    relay.sent();
    try (Archive remote = open("s3://backups/custom");
        Archive archive = Archive.open(directory.resolve("custom"))) {
      assertThat(Dumps.rows(remote, "b")).isEqualTo(Dumps.rows(archive, "b"));

      long own = archive.storedSize(Dumps.data(archive, "b"));
      assertThat(relay.sent()).isLessThan(own + own / 2 + ROUNDING);
    }
  }

  @Test
  void refusesAnObjectThatWasChangedWhileItWasRead() throws IOException {
    server.put("backups", "changing", directory.resolve("custom"));
    try (Archive remote = open("s3://backups/changing")) {
      Path other = Files.write(directory.resolve("other"), changed());
      server.put("backups", "changing", other);

      assertThatThrownBy(() -> Dumps.rows(remote, "b"))
          .isInstanceOf(PgmendException.class)
          .hasMessage(
              "s3://backups/changing: was changed while it was read; nothing of it can be used");
    }
  }

  @Test
  void restoresATableAndWritesDownWhereFrom() {
    dumps.execute("target", "DROP TABLE IF EXISTS b CASCADE", "CREATE TABLE other (id int)");
    ConnectionTarget target = ConnectionTarget.parse(dumps.uri("target"), Map.of());
    try (Archive archive = open("s3://backups/custom");
        TableRestore restore = TableRestore.open(archive, target)) {
      Outcome outcome = restore.run(plan(restore, archive), Progress.NONE);

      assertThat(outcome.status()).isEqualTo(Outcome.Status.DONE);
    }
    assertThat(dumps.query("target", "SELECT count(*) || ' ' || sum(id) FROM b"))
        .isEqualTo("12000 72006000");
    try (Runs runs = Runs.open(target)) {
      assertThat(runs.list()).extracting(Journal.Summary::source).contains("s3://backups/custom");
    }
  }

  @Test
  void aRestoreFromWhatWasChangedMeanwhileLeavesNothingBehind() throws IOException {
    dumps.execute("postgres", "DROP DATABASE IF EXISTS untouched", "CREATE DATABASE untouched");
    ConnectionTarget target = ConnectionTarget.parse(dumps.uri("untouched"), Map.of());
    server.put("backups", "in-flux", directory.resolve("custom"));
    try (Archive archive = open("s3://backups/in-flux");
        TableRestore restore = TableRestore.open(archive, target)) {
      Plan plan = plan(restore, archive);
      server.put("backups", "in-flux", Files.write(directory.resolve("other"), changed()));

      assertThatThrownBy(() -> restore.run(plan, Progress.NONE))
          .isInstanceOf(PgmendException.class)
          .hasMessageContaining("s3://backups/in-flux: was changed while it was read");
    }
    assertThat(
            dumps.query(
                "untouched",
                "SELECT count(*)::text FROM pg_class WHERE relnamespace::regnamespace::text !~ '^(pg_catalog|pg_toast|information_schema)'"))
        .isEqualTo("0");
  }

  private static Plan plan(TableRestore restore, Archive archive) {
    return restore.plan(
        Request.of(new LinkedHashSet<>(List.of(new TableNames(archive.toc()).find("b")))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"s3://backups/none", "s3://backups/custom/", "s3://backups/Custom"})
  void saysThatNothingIsThere(String location) {
    assertThatThrownBy(() -> open(location))
        .isInstanceOf(PgmendException.class)
        .hasMessage(location + ": there is neither an object nor a directory of that name");
  }

  @Test
  void saysThatTheBucketIsNotThere() {
    assertThatThrownBy(() -> open("s3://other-backups/custom"))
        .isInstanceOf(PgmendException.class)
        .hasMessage("s3://other-backups: there is no such bucket or container");
  }

  @Test
  void saysWhatIsInADirectoryThatIsNoArchive() {
    assertThatThrownBy(() -> open("s3://backups"))
        .isInstanceOfSatisfying(
            PgmendException.class,
            e -> assertThat(e.hint()).contains("compressed, custom, custom-compressed"))
        .hasMessage("s3://backups/: has no toc.dat, so it is not a pg_dump archive");
  }

  @Test
  void saysThatTheSecretIsWrong() {
    System.setProperty("aws.secretAccessKey", "another-secret");

    assertThatThrownBy(() -> open("s3://backups/custom"))
        .isInstanceOfSatisfying(
            PgmendException.class, e -> assertThat(e.hint()).contains("aws s3 ls s3://backups/"))
        .hasMessageStartingWith("s3://backups/custom: access was denied: SignatureDoesNotMatch")
        .hasMessageNotContaining("another-secret");
  }

  private static Archive open(String location) {
    return Archive.open(Location.of(location).orElseThrow(), storage(), Reading.USUAL);
  }

  static S3Storage storage() {
    var environment =
        new Environment(
            Map.of("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:" + relay.port()), directory);
    return new S3Storage(environment, QUICK);
  }

  private static byte[] changed() throws IOException {
    byte[] bytes = Files.readAllBytes(directory.resolve("custom"));
    bytes[bytes.length / 2]++;
    return bytes;
  }

  private static Path gzip(Path file) throws IOException {
    Path packed = directory.resolve(file.getFileName() + ".gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
      Files.copy(file, out);
    }
    return packed;
  }

  /// A custom archive that was written to a pipe has no offsets.
  private static Path piped() throws IOException, InterruptedException {
    Path file = directory.resolve("piped");
    Process process =
        new ProcessBuilder("/usr/lib/postgresql/15/bin/pg_dump", "-Fc", "-Z1", dumps.uri("source"))
            .start();
    try (InputStream out = process.getInputStream()) {
      Files.copy(out, file);
    }
    assertThat(process.waitFor()).isZero();
    try (Archive archive = Archive.open(file)) {
      assertThat(archive.header().format()).isEqualTo(Format.CUSTOM);
    }
    return file;
  }

  private static long size(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      return Files.size(path);
    }
    try (var files = Files.list(path)) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    }
  }
}
