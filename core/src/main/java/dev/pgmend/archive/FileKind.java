package dev.pgmend.archive;

import dev.pgmend.codec.Wrapper;
import dev.pgmend.content.TarFiles;
import dev.pgmend.content.ZipFiles;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a file is, by its first bytes. Names are never asked.
enum FileKind {
  CUSTOM,
  SCRIPT,
  TAR,
  ZIP,
  /// Compressed as a whole.
  WRAPPED,
  OTHER;

  /// Enough for a tar header and for the first words of a script.
  static final int HEAD_BYTES = 4096;

  private static final Pattern WORD = Pattern.compile("\\s*(\\\\?[A-Za-z]+|--|/\\*)[^\\x00]*");
  private static final Set<String> SCRIPT_WORDS =
      Set.of(
          "--",
          "/*",
          "\\connect",
          "\\restrict",
          "\\unrestrict",
          "set",
          "select",
          "begin",
          "create",
          "alter",
          "drop",
          "copy",
          "insert",
          "comment",
          "grant",
          "revoke");

  /// What is taken for a dump as well, and what to say of it.
  private static final Map<String, String> OTHERS =
      Map.of(
          "Salted__", "encrypted by openssl: decrypt it first",
          "age-encryption.org", "encrypted by age: decrypt it first",
          "-----BEGIN PGP MESSAGE", "encrypted by PGP: decrypt it first",
          "7z\u00bc\u00af", "a 7z file: unpack it first",
          "Rar!", "a rar file: unpack it first",
          "\u001f\u009d", "compressed by compress (.Z): unpack it first",
          "\u0002!L\u0018", "lz4 in its legacy format: unpack it first",
          "LZIP", "compressed by lzip: unpack it first",
          "<", "XML or HTML, as servers answer with when they refuse to give a file",
          "SQLite format 3", "a database of SQLite");

  private static final String READ =
      "pgmend reads what pg_dump and pg_dumpall write, also compressed, and in tar and zip files.";

  static FileKind of(byte[] head) {
    if (latin1(head).startsWith("PGDMP")) {
      return CUSTOM;
    }
    if (Wrapper.of(head).isPresent()) {
      return WRAPPED;
    }
    if (ZipFiles.isZip(head)) {
      return ZIP;
    }
    return TarFiles.isHeader(head) ? TAR : isScript(latin1(head)) ? SCRIPT : OTHER;
  }

  /// Whether it is something that can be opened, which may hold a dump or be one.
  boolean known() {
    return this != OTHER;
  }

  static ArchiveException refuse(String file, byte[] head) {
    if (head.length == 0) {
      return ArchiveException.of(file, "is empty (offset 0)");
    }
    if ("PGDMP".startsWith(latin1(head))) {
      return ArchiveException.of(file, "is truncated (offset " + head.length + ")");
    }
    if (starts(head, "\u00ff\u00fe") || starts(head, "\u00fe\u00ff")) {
      return ArchiveException.of(
          file,
          "is UTF-16 text; redirecting pg_dump in PowerShell does that and spoils archives",
          "Convert a plain dump to UTF-8 without a byte order mark; dump again with pg_dump -f otherwise.",
          null);
    }
    for (Map.Entry<String, String> other : OTHERS.entrySet()) {
      if (starts(head, other.getKey())) {
        return ArchiveException.of(file, "is " + other.getValue(), READ, null);
      }
    }
    return ArchiveException.of(
        file, "is not a pg_dump archive, for it starts otherwise (offset 0)", READ, null);
  }

  private static boolean isScript(String text) {
    String start = starts(text, "\u00ef\u00bb\u00bf") ? text.substring(3) : text;
    Matcher word = WORD.matcher(start);
    return word.matches()
        && SCRIPT_WORDS.contains(word.group(1).toLowerCase(java.util.Locale.ROOT));
  }

  private static boolean starts(byte[] head, String magic) {
    return starts(latin1(head), magic);
  }

  private static boolean starts(String text, String magic) {
    return text.startsWith(magic);
  }

  private static String latin1(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
