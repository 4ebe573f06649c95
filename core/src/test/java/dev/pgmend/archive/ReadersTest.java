package dev.pgmend.archive;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What fuzzing starts from and what it has found, and near misses of it: `-Dpgmend.mutants=N` for more of them.
class ReadersTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int MUTANTS = Integer.getInteger("pgmend.mutants", 20);

  @ParameterizedTest
  @EnumSource(Readers.class)
  void anyBytesAreReadOrRefused(Readers reader) throws IOException {
    for (Path seed : seeds(reader)) {
      byte[] bytes = Files.readAllBytes(seed);
      assertTimeoutPreemptively(PATIENCE, () -> reader.read(bytes), seed::toString);
      for (int number = 0; number < MUTANTS; number++) {
        int chosen = number;
        byte[] mutant = mutant(bytes, new Random(31L * seed.getFileName().hashCode() + number));
        assertTimeoutPreemptively(
            PATIENCE, () -> reader.read(mutant), () -> seed + ", mutant " + chosen);
      }
    }
  }

  /// {@return the files in `fuzz/reader` among the test resources, small ones}
  static Iterable<Path> seeds(Readers reader) throws IOException {
    Path directory = Corpus.path("../fuzz").resolve(reader.directory());
    try (Stream<Path> files = Files.list(directory)) {
      return files.sorted().toList();
    }
  }

  /// Changes, doubles, drops or moves a few bytes, or cuts the end off.
  private static byte[] mutant(byte[] seed, Random random) {
    byte[] bytes = seed.clone();
    int changes = 1 + random.nextInt(4);
    for (int i = 0; i < changes && bytes.length > 1; i++) {
      int at = random.nextInt(bytes.length);
      int length = Math.min(bytes.length - at, 1 + random.nextInt(16));
      switch (random.nextInt(5)) {
        case 0 -> bytes[at] = (byte) random.nextInt();
        case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> bytes = Arrays.copyOf(bytes, at);
        case 3 -> bytes = spliced(bytes, at, at + length, 2);
        default -> bytes = spliced(bytes, at, at + length, 0);
      }
    }
    return bytes;
  }

  private static byte[] spliced(byte[] bytes, int from, int to, int times) {
    var out = new java.io.ByteArrayOutputStream();
    out.write(bytes, 0, from);
    for (int i = 0; i < times; i++) {
      out.write(bytes, from, to - from);
    }
    out.write(bytes, to, bytes.length - to);
    return out.toByteArray();
  }
}
