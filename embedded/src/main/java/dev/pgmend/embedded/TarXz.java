package dev.pgmend.embedded;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;
import org.tukaani.xz.XZInputStream;

/// Unpacks a `.tar.xz` with its modes and symbolic links. Reads just the ustar subset that the PostgreSQL
/// binaries come in (files, directories, symbolic links, names up to 255 bytes) and refuses the rest.
///
/// ```
/// header = name[100] mode[8] uid[8] gid[8] size[12] mtime[12] checksum[8] type[1] link[100]
///          magic[8] ... prefix[155]          // 512 bytes; numbers in octal
/// member = header, contents padded to 512     // an all-zero header ends the archive
/// ```
final class TarXz {
  private static final int BLOCK = 512;
  private static final PosixFilePermission[] BITS = {
    PosixFilePermission.OTHERS_EXECUTE, PosixFilePermission.OTHERS_WRITE,
    PosixFilePermission.OTHERS_READ, PosixFilePermission.GROUP_EXECUTE,
    PosixFilePermission.GROUP_WRITE, PosixFilePermission.GROUP_READ,
    PosixFilePermission.OWNER_EXECUTE, PosixFilePermission.OWNER_WRITE,
    PosixFilePermission.OWNER_READ
  };

  private TarXz() {}

  static void unpack(InputStream compressed, Path directory) throws IOException {
    var tar = new XZInputStream(new BufferedInputStream(compressed, 1 << 16));
    byte[] header = new byte[BLOCK];
    while (tar.readNBytes(header, 0, BLOCK) == BLOCK && header[0] != 0) {
      Path path = inside(directory, name(header));
      long size = octal(header, 124, 12);
      switch (header[156]) {
        case '5' -> Files.createDirectories(path);
        case '2' -> {
          Files.createDirectories(parent(path));
          Files.createSymbolicLink(path, Path.of(text(header, 157, 100)));
          continue;
        }
        case '0', 0 -> {
          Files.createDirectories(parent(path));
          copy(tar, path, size);
        }
        default ->
            throw new IOException(
                "unexpected tar member type '" + (char) header[156] + "' for " + path);
      }
      Files.setPosixFilePermissions(path, permissions((int) octal(header, 100, 8)));
    }
  }

  private static void copy(InputStream tar, Path file, long size) throws IOException {
    byte[] buffer = new byte[1 << 16];
    try (var out = Files.newOutputStream(file)) {
      for (long left = size; left > 0; ) {
        int n = tar.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (n < 0) {
          throw new EOFException("archive ends within " + file.getFileName());
        }
        out.write(buffer, 0, n);
        left -= n;
      }
    }
    tar.skipNBytes((BLOCK - size % BLOCK) % BLOCK);
  }

  private static String name(byte[] header) {
    // GNU tar writes other things than a prefix there, and says so in the magic.
    boolean ustar = text(header, 257, 8).equals("ustar") && header[263] == '0';
    String prefix = ustar ? text(header, 345, 155) : "";
    String name = text(header, 0, 100);
    return prefix.isEmpty() ? name : prefix + "/" + name;
  }

  private static Path inside(Path directory, String name) throws IOException {
    Path path = directory.resolve(name).normalize();
    if (!path.startsWith(directory)) {
      throw new IOException("tar member leaves the directory: " + name);
    }
    return path;
  }

  private static Path parent(Path path) throws IOException {
    Path parent = path.getParent();
    if (parent == null) {
      throw new IOException("no parent: " + path);
    }
    return parent;
  }

  private static String text(byte[] header, int offset, int length) {
    int end = offset;
    while (end < offset + length && header[end] != 0) {
      end++;
    }
    return new String(header, offset, end - offset, StandardCharsets.UTF_8);
  }

  private static long octal(byte[] header, int offset, int length) throws IOException {
    String digits = text(header, offset, length).strip();
    try {
      return digits.isEmpty() ? 0 : Long.parseLong(digits, 8);
    } catch (NumberFormatException e) {
      throw new IOException("bad number in tar header: " + digits, e);
    }
  }

  private static Set<PosixFilePermission> permissions(int mode) {
    var permissions = EnumSet.noneOf(PosixFilePermission.class);
    for (int bit = 0; bit < BITS.length; bit++) {
      if ((mode >> bit & 1) != 0) {
        permissions.add(BITS[bit]);
      }
    }
    return permissions;
  }
}
