package dev.pgmend.content;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The regular files of a tar file: where each one lies, found by leaping from header to header.
/// Reads ustar, sizes beyond 8 GiB, and the long names and sizes of GNU tar and pax. Names are only
/// keys here: nothing is ever written under them.
///
/// ```
/// member := header: 512 (name: 100, ..., size: 12 at 124, checksum: 8 at 148, type at 156,
///           "ustar" at 257, prefix: 155 at 345), content, zeros up to a multiple of 512
/// file   := member*, two blocks of 512 zeros
/// ```
public final class TarFiles implements FileSet {
  private static final int BLOCK = 512;
  private static final int EXTENSION_MAX = 1 << 20;

  private final Map<String, Stored> files = new LinkedHashMap<>();

  /// Looks through the file.
  /// @throws EOFException if it is cut off
  public TarFiles(ByteSource tar) throws IOException {
    long position = 0;
    @Nullable String longName = null;
    long longSize = -1;
    while (true) {
      byte[] header = read(tar, position, BLOCK);
      if (isEnd(header)) {
        return;
      }
      if (!isHeader(header)) {
        throw new IOException("no tar header at offset " + position);
      }
      long size = longSize < 0 ? number(header, 124, 12) : longSize;
      long content = position + BLOCK;
      if (size < 0 || size > tar.size() - content) {
        throw new EOFException("tar file ends within the member at offset " + position);
      }
      char type = (char) (header[156] & 0xff);
      switch (type) {
        case 'L' -> longName = text(extension(tar, content, size), 0, (int) size);
        case 'x' -> {
          Map<String, String> pax = pax(extension(tar, content, size));
          longName = pax.getOrDefault("path", longName);
          longSize = pax.containsKey("size") ? parse(pax.get("size")) : longSize;
        }
        case 'K', 'g' -> {}
        default -> {
          String name = clean(longName == null ? name(header) : longName);
          if (type == '0' || type == '\0' || type == '7') {
            files.put(name, new Stored(name, size, tar.slice(content, size)));
          }
          longName = null;
          longSize = -1;
        }
      }
      position = content + (size + BLOCK - 1) / BLOCK * BLOCK;
    }
  }

  /// {@return whether a file beginning with these bytes is a tar file} The sum of a header's bytes,
  /// its own eight taken as blanks, stands in it in octal.
  public static boolean isHeader(byte[] head) {
    if (head.length < BLOCK) {
      return false;
    }
    long sum = 0;
    for (int i = 0; i < BLOCK; i++) {
      sum += i >= 148 && i < 156 ? ' ' : head[i] & 0xff;
    }
    String field = text(head, 148, 8).strip();
    return field.matches("0*" + Long.toOctalString(sum));
  }

  @Override
  public Optional<Stored> find(String name) {
    return Optional.ofNullable(files.get(name));
  }

  @Override
  public Collection<Stored> files() {
    return files.values();
  }

  private static byte[] extension(ByteSource tar, long offset, long size) throws IOException {
    if (size > EXTENSION_MAX) {
      throw new IOException("tar header of " + size + " bytes at offset " + offset);
    }
    return read(tar, offset, (int) size);
  }

  private static byte[] read(ByteSource tar, long offset, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    while (buffer.hasRemaining()) {
      if (tar.read(buffer, offset + buffer.position()) < 0) {
        throw new EOFException("tar file ends without its mark of the end");
      }
    }
    return buffer.array();
  }

  private static boolean isEnd(byte[] header) {
    for (byte b : header) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  private static String name(byte[] header) {
    String name = text(header, 0, 100);
    String prefix = text(header, 257, 6).startsWith("ustar") ? text(header, 345, 155) : "";
    // GNU tar keeps times where ustar has the prefix.
    boolean gnu = text(header, 257, 8).startsWith("ustar  ");
    return prefix.isEmpty() || gnu ? name : prefix + "/" + name;
  }

  private static String clean(String name) {
    return name.startsWith("./") ? name.substring(2) : name;
  }

  /// Octal digits, or the number itself if the first bit is set.
  private static long number(byte[] header, int offset, int length) throws IOException {
    if ((header[offset] & 0x80) == 0) {
      String octal = text(header, offset, length).strip();
      if (!octal.matches("[0-7]{1,12}")) {
        throw new IOException("size in a tar header is not a number");
      }
      return Long.parseLong(octal, 8);
    }
    long number = 0;
    for (int i = offset + length - 8; i < offset + length; i++) {
      number = number << 8 | (header[i] & 0xff);
    }
    return number;
  }

  /// `length key=value\n` again and again.
  private static Map<String, String> pax(byte[] records) throws IOException {
    Map<String, String> values = new LinkedHashMap<>();
    String text = new String(records, StandardCharsets.ISO_8859_1);
    for (int at = 0; at < text.length(); ) {
      int blank = text.indexOf(' ', at);
      long length = blank < 0 ? -1 : parse(text.substring(at, blank));
      int equals = text.indexOf('=', at);
      if (length <= 0 || length > text.length() - at || equals < blank || equals >= at + length) {
        throw new IOException("extended tar header is malformed");
      }
      values.put(
          text.substring(blank + 1, equals), text.substring(equals + 1, at + (int) length - 1));
      at += (int) length;
    }
    return values;
  }

  private static long parse(@Nullable String digits) throws IOException {
    if (digits == null || !digits.matches("[0-9]{1,18}")) {
      throw new IOException("extended tar header is malformed");
    }
    return Long.parseLong(digits);
  }

  /// Up to the first zero byte.
  private static String text(byte[] bytes, int offset, int length) {
    int end = offset;
    while (end < offset + length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, offset, end - offset, StandardCharsets.ISO_8859_1);
  }
}
