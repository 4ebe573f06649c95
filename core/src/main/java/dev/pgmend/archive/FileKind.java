package dev.pgmend.archive;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Tells from its first bytes what a file is that is no custom archive, and says so.
final class FileKind {
  /// Enough for a tar header and for the comment at the start of a plain dump.
  static final int HEAD_BYTES = 4096;

  private static final String ONLY =
      "Only custom (pg_dump -Fc) and directory (pg_dump -Fd) archives are read yet.";

  private FileKind() {}

  static boolean isCustom(byte[] head) {
    return starts(head, "PGDMP");
  }

  static ArchiveException refuse(Path file, byte[] head) {
    if (head.length == 0) {
      return ArchiveException.of(file, "is empty (offset 0)");
    }
    if (starts("PGDMP".getBytes(StandardCharsets.ISO_8859_1), latin1(head))) {
      return ArchiveException.of(file, "is truncated (offset " + head.length + ")");
    }
    String kind = kind(head);
    if (kind != null) {
      return ArchiveException.of(file, "is " + kind, ONLY, null);
    }
    return ArchiveException.of(
        file, "is not a pg_dump archive, for it starts otherwise (offset 0)", ONLY, null);
  }

  private static @Nullable String kind(byte[] head) {
    if (starts(head, "\u001f\u008b")) {
      return "compressed with gzip as a whole";
    }
    if (starts(head, "(\u00b5/\u00fd")) {
      return "compressed with zstd as a whole";
    }
    if (starts(head, "\u0004\"M\u0018")) {
      return "compressed with lz4 as a whole";
    }
    if (starts(head, "BZh") || starts(head, "\u00fd7zXZ\0")) {
      return "compressed as a whole";
    }
    if (starts(head, "\u00ff\u00fe") || starts(head, "\u00fe\u00ff")) {
      return "UTF-16 text; redirecting pg_dump in PowerShell does that and spoils archives";
    }
    if (isTar(head)) {
      return "a tar file";
    }
    String text = latin1(head);
    if (text.contains("-- PostgreSQL database cluster dump")) {
      return "a script of pg_dumpall";
    }
    if (text.contains("-- PostgreSQL database dump") || looksLikeSql(text)) {
      return "a plain SQL script";
    }
    return null;
  }

  private static boolean looksLikeSql(String text) {
    String start = text.stripLeading();
    return start.startsWith("--") || start.startsWith("SET ") || start.startsWith("\\restrict ");
  }

  /// The sum of a tar header's bytes, its own eight taken as blanks, stands in it in octal.
  private static boolean isTar(byte[] head) {
    if (head.length < 512) {
      return false;
    }
    long sum = 0;
    for (int i = 0; i < 512; i++) {
      sum += i >= 148 && i < 156 ? ' ' : head[i] & 0xff;
    }
    String field = latin1(head).substring(148, 156).replace('\0', ' ').strip();
    return field.equals(Long.toOctalString(sum)) || field.matches("0*" + Long.toOctalString(sum));
  }

  private static boolean starts(byte[] head, String magic) {
    return latin1(head).startsWith(magic);
  }

  private static String latin1(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
