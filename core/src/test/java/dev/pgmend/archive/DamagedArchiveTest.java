package dev.pgmend.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.content.DirectoryFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whatever happened to an archive, reading it gives data or an [ArchiveException].
class DamagedArchiveTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"pg15/latin1-Fc.dump", "pg15/sqlascii-Fc.dump"})
  void truncatedAnywhereItGivesNoRowsLess(String name) throws IOException {
    byte[] whole = Files.readAllBytes(Corpus.path(name));
    Map<String, String> expected = outcome(Corpus.path(name));
    for (int length = 0; length < whole.length; length++) {
      Path cut = Files.write(directory.resolve("cut"), Arrays.copyOf(whole, length));
      assertNothingIsMissing(outcome(cut), expected);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pg15/nasty-Fc-Z0-piped-nooffset.dump",
        "pg15/nasty-Fc-Z6.dump",
        "pg17/nasty-Fc-lz4.dump",
        "pg18/nasty-Fc-zstd.dump",
        "pg18/nasty-Fc-none.dump",
        "synthetic/v1.12-gzip.dump",
      })
  void truncatedAtManyPlacesItGivesNoRowsLess(String name) throws IOException {
    byte[] whole = Files.readAllBytes(Corpus.path(name));
    Map<String, String> expected = outcome(Corpus.path(name));
    for (int length = whole.length - 1; length > 0; length -= length > 65_000 ? 101 : 997) {
      Path cut = Files.write(directory.resolve("cut"), Arrays.copyOf(whole, length));
      assertNothingIsMissing(outcome(cut), expected);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pg17/nasty-Fd-gzip",
        "pg17/nasty-Fd-lz4",
        "pg17/nasty-Fd-zstd",
        "pg15/nasty-Fd-Z0"
      })
  void membersTruncatedAnywhereGiveNoRowsLess(String name) throws IOException {
    Path copy = copyDirectory(Corpus.path(name));
    try (Archive archive = Archive.open(copy);
        Archive reference = Archive.open(Corpus.path(name))) {
      for (Entry entry : archive.toc().entries()) {
        if (!(entry.data() instanceof DataMember.InFile(String file)) || !file.endsWith(".dat")) {
          continue;
        }
        String expected = Corpus.text(reference, entry);
        Path member =
            Path.of(
                DirectoryMembers.find(copy.toString(), new DirectoryFiles(copy), "", file)
                    .orElseThrow()
                    .path());
        byte[] whole = Files.readAllBytes(member);
        for (int length = 0; length < whole.length; length += length < 1000 ? 1 : 313) {
          Files.write(member, Arrays.copyOf(whole, length));
          try {
            assertThat(Corpus.text(archive, entry)).isEqualTo(expected);
          } catch (ArchiveException e) {
            assertGood(e, member);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pg15/latin1-Fc.dump",
        "pg15/nasty-Fc-t-orders-customers.dump",
        "pg15/nasty-Fc-piped-nooffset.dump",
        "pg17/nasty-Fc-lz4.dump",
        "pg17/nasty-Fc-none.dump",
        "pg18/nasty-Fc-zstd-piped-nooffset.dump",
        "synthetic/v1.13-gzip.dump",
      })
  void flippedBytesGiveDataOrAnError(String name) throws IOException {
    byte[] whole = Files.readAllBytes(Corpus.path(name));
    var random = new Random(20261122);
    for (int round = 0; round < 1000; round++) {
      byte[] damaged = whole.clone();
      for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      outcome(Files.write(directory.resolve("damaged"), damaged));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"pg17/nasty-Fd-gzip", "pg17/nasty-Fd-lz4", "pg17/nasty-Fd-zstd"})
  void flippedBytesInMembersGiveDataOrAnError(String name) throws IOException {
    Path copy = copyDirectory(Corpus.path(name));
    var random = new Random(7);
    try (Archive archive = Archive.open(copy)) {
      for (Entry entry : archive.toc().entries()) {
        if (!(entry.data() instanceof DataMember.InFile(String file)) || !file.endsWith(".dat")) {
          continue;
        }
        Path member =
            Path.of(
                DirectoryMembers.find(copy.toString(), new DirectoryFiles(copy), "", file)
                    .orElseThrow()
                    .path());
        byte[] whole = Files.readAllBytes(member);
        for (int round = 0; round < 100; round++) {
          byte[] damaged = whole.clone();
          damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
          Files.write(member, damaged);
          try {
            Corpus.text(archive, entry);
          } catch (ArchiveException e) {
            assertGood(e, member);
          }
        }
      }
    }
  }

  @Test
  void aTruncatedTocIsRefused() throws IOException {
    Path copy = copyDirectory(Corpus.path("pg15/nasty-Fd"));
    Path toc = copy.resolve("toc.dat");
    byte[] whole = Files.readAllBytes(toc);
    for (int length = whole.length - 1; length > 0; length -= 331) {
      Files.write(toc, Arrays.copyOf(whole, length));
      assertThat(outcome(copy)).isEmpty();
    }
  }

  @Test
  void aCompressedTocIsReadAndItsDamageNoticed() throws IOException {
    Path copy = copyDirectory(Corpus.path("pg17/nasty-Fd-gzip"));
    Path toc = copy.resolve("toc.dat");
    byte[] plain = Files.readAllBytes(toc);
    Files.delete(toc);
    Path packed = copy.resolve("toc.dat.gz");
    try (var out = new java.util.zip.GZIPOutputStream(Files.newOutputStream(packed))) {
      out.write(plain);
    }
    assertThat(outcome(copy)).isEqualTo(outcome(Corpus.path("pg17/nasty-Fd-gzip")));
    byte[] bytes = Files.readAllBytes(packed);
    for (int length = 0; length < bytes.length; length += 97) {
      Files.write(packed, Arrays.copyOf(bytes, length));
      assertThat(outcome(copy)).isEmpty();
    }
  }

  private static void assertNothingIsMissing(
      Map<String, String> outcome, Map<String, String> expected) {
    outcome.forEach((table, rows) -> assertThat(rows).isEqualTo(expected.get(table)));
  }

  /// The tables that could be read.
  private static Map<String, String> outcome(Path path) {
    return Assertions.assertTimeoutPreemptively(Duration.ofSeconds(20), () -> read(path));
  }

  private static Map<String, String> read(Path path) {
    var rows = new TreeMap<String, String>();
    try (Archive archive = Archive.open(path)) {
      List<Entry> tables =
          archive.toc().entries().stream().filter(e -> e.desc().equals("TABLE DATA")).toList();
      for (Entry entry : tables) {
        try {
          archive.storedSize(entry);
          rows.put(entry.namespace() + "." + entry.tag(), Corpus.text(archive, entry));
        } catch (ArchiveException e) {
          assertGood(e, path);
        }
      }
    } catch (ArchiveException e) {
      assertGood(e, path);
    }
    return rows;
  }

  private static void assertGood(ArchiveException e, Path path) {
    assertThat(e.getMessage()).startsWith(path.toString()).doesNotContainPattern("\\p{Cntrl}");
    assertThat(e.getMessage()).doesNotEndWith(".").doesNotContain("null");
  }

  private Path copyDirectory(Path source) {
    Path copy = directory.resolve("copy");
    try (Stream<Path> files = Files.list(source)) {
      Files.createDirectory(copy);
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return copy;
  }
}
