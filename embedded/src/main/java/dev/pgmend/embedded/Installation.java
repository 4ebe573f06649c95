package dev.pgmend.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/// PostgreSQL programs on disk.
///
/// Jars are unpacked once per user into a cache directory, under a name that depends on their content:
/// `~/.cache/pgmend/postgres/<key>`, or for root `/var/cache/pgmend/postgres/<key>`, because the server runs
/// as another user then, and that user cannot look into root's home. System property `pgmend.postgres.unpacked`
/// names another directory, which may go away afterwards. Unpacking is atomic: any number of processes may
/// start at once.
///
/// @param bin the directory with `initdb` and `postgres`
record Installation(Path bin) {
  private static final String DIRECTORY_PROPERTY = "pgmend.postgres.unpacked";

  Installation {
    for (String program : new String[] {"initdb", "postgres"}) {
      if (!Files.isExecutable(bin.resolve(program))) {
        throw new EmbeddedServerException("no program " + program + " in " + bin);
      }
    }
  }

  static Installation of(BinariesJar jar) {
    try {
      Path cache = cacheDirectory();
      Path home = cache.resolve(jar.key());
      if (!Files.isDirectory(home)) {
        unpack(jar, cache, home);
      }
      return new Installation(home.resolve("bin"));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot unpack " + jar.file(), e);
    }
  }

  Path program(String name) {
    return bin.resolve(name);
  }

  private static void unpack(BinariesJar jar, Path cache, Path home) throws IOException {
    Path unfinished = Files.createTempDirectory(cache, "unfinished-");
    try {
      jar.unpackTo(unfinished);
      Files.setPosixFilePermissions(unfinished, PosixFilePermissions.fromString("rwxr-xr-x"));
      Files.move(unfinished, home, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      throw e;
    } catch (FileSystemException e) {
      if (!Files.isDirectory(home)) { // else somebody else was faster
        throw e;
      }
    } finally {
      FileTree.delete(unfinished);
    }
  }

  private static Path cacheDirectory() throws IOException {
    String named = System.getProperty(DIRECTORY_PROPERTY);
    if (named != null) {
      return readableByAll(Path.of(named).toAbsolutePath());
    }
    if (Account.isRoot()) {
      return readableByAll(Path.of("/var/cache/pgmend"), Path.of("/var/cache/pgmend/postgres"));
    }
    String xdg = System.getenv("XDG_CACHE_HOME");
    Path base =
        xdg == null || xdg.isBlank()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(xdg);
    return Files.createDirectories(base.resolve("pgmend/postgres").toAbsolutePath());
  }

  /// {@return the last of the directories, which are created}
  private static Path readableByAll(Path... directories) throws IOException {
    for (Path directory : directories) {
      Files.createDirectories(directory);
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    return directories[directories.length - 1];
  }
}
