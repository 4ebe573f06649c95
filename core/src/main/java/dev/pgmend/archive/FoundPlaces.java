package dev.pgmend.archive;

import dev.pgmend.content.ByteSource;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/// Remembers where the rows are in a large file whose format does not say so, in the user's cache folder (`$XDG_CACHE_HOME/pgmend`,
/// `~/.cache/pgmend`), by the file's size, the time of its last change, and its first and last bytes. Nothing of what is in the
/// file is kept, only numbers. What is remembered is a guess: whoever uses it has to look whether it is true.
/// Where nothing can be kept, nothing is.
final class FoundPlaces {
  private static final int ENDS = 64 << 10;
  private static final long SMALLEST = 64L << 20;
  private static final Duration KEPT = Duration.ofDays(90);
  private static final byte[] MAGIC = "pgmend places 1\n".getBytes(StandardCharsets.US_ASCII);
  private static final int HASH = 32;

  private final Path folder;
  private final String key;

  private FoundPlaces(Path folder, String key) {
    this.folder = folder;
    this.key = key;
  }

  /// Bytes of a file that were found to be something.
  ///
  /// @param number what they are: an entry's dump id, or how many rows
  record Place(long offset, long length, long number) {}

  /// {@return what is remembered, or can be, about a file; nothing about one that is small enough to be looked through each time}
  static FoundPlaces of(Path file, ByteSource source) {
    return of(file, source, cache());
  }

  static FoundPlaces of(Path file, ByteSource source, String cache) {
    if (source.size() < SMALLEST || cache.isEmpty()) {
      return none();
    }
    try {
      MessageDigest digest = sha256();
      digest.update(
          ByteBuffer.allocate(16)
              .putLong(source.size())
              .putLong(
                  Files.getLastModifiedTime(file).to(java.util.concurrent.TimeUnit.NANOSECONDS))
              .flip());
      digest.update(bytes(source, 0));
      digest.update(bytes(source, source.size() - ENDS));
      return new FoundPlaces(
          Path.of(cache, "pgmend"), HexFormat.of().formatHex(digest.digest(), 0, 16));
    } catch (IOException | RuntimeException e) {
      return none();
    }
  }

  static FoundPlaces none() {
    return new FoundPlaces(Path.of(""), "");
  }

  private static String cache() {
    String named = System.getenv("XDG_CACHE_HOME");
    String home = System.getProperty("user.home");
    return named != null && Path.of(named).isAbsolute()
        ? named
        : home == null || !Path.of(home).isAbsolute() ? "" : Path.of(home, ".cache").toString();
  }

  private static byte[] bytes(ByteSource source, long from) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(ENDS);
    while (buffer.hasRemaining()) {
      if (source.read(buffer, from + buffer.position()) < 0) {
        throw new java.io.EOFException();
      }
    }
    return buffer.array();
  }

  private Path file() {
    return folder.resolve(key + ".places");
  }

  /// {@return what was found the last time, empty if nothing was}
  List<Place> recall() {
    if (key.isEmpty()) {
      return List.of();
    }
    try {
      byte[] all = Files.readAllBytes(file());
      int content = all.length - HASH;
      if (content < MAGIC.length
          || !Arrays.equals(all, 0, MAGIC.length, MAGIC, 0, MAGIC.length)
          || !Arrays.equals(
              sha256().digest(Arrays.copyOf(all, content)),
              Arrays.copyOfRange(all, content, all.length))) {
        return List.of();
      }
      List<Place> places = new ArrayList<>();
      var in =
          new DataInputStream(new ByteArrayInputStream(all, MAGIC.length, content - MAGIC.length));
      while (in.available() > 0) {
        places.add(new Place(in.readLong(), in.readLong(), in.readLong()));
      }
      Files.setLastModifiedTime(file(), FileTime.from(Instant.now()));
      return places;
    } catch (IOException | RuntimeException e) {
      return List.of();
    }
  }

  /// Remembers what was found.
  void remember(List<Place> places) {
    if (key.isEmpty() || places.isEmpty()) {
      return;
    }
    try {
      var bytes = new ByteArrayOutputStream();
      bytes.write(MAGIC);
      var out = new DataOutputStream(bytes);
      for (Place place : places) {
        out.writeLong(place.offset());
        out.writeLong(place.length());
        out.writeLong(place.number());
      }
      bytes.write(sha256().digest(bytes.toByteArray()));
      Files.createDirectories(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      Path fresh = Files.createTempFile(folder, key, ".new");
      Files.write(fresh, bytes.toByteArray());
      Files.move(
          fresh, file(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      tidy();
    } catch (IOException | RuntimeException e) {
      // It is looked for again the next time.
      return;
    }
  }

  /// Forgets what turned out not to be true.
  void forget() {
    if (!key.isEmpty()) {
      try {
        Files.deleteIfExists(file());
      } catch (IOException e) {
        return; // it will be found untrue again
      }
    }
  }

  private void tidy() throws IOException {
    FileTime oldest = FileTime.from(Instant.now().minus(KEPT));
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        if (file.toString().matches(".*\\.(places|new)")
            && Files.getLastModifiedTime(file).compareTo(oldest) < 0) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
