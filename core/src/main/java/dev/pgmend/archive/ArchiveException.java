package dev.pgmend.archive;

import dev.pgmend.PgmendException;
import org.jspecify.annotations.Nullable;

/// An archive that cannot be used: missing, damaged, hostile, or of a kind that is not read. The
/// message names the file, the entry where there is one, and the byte offset, and holds no control
/// characters whatever the archive holds.
public final class ArchiveException extends PgmendException {
  private static final long serialVersionUID = 1L;

  private ArchiveException(String message, @Nullable String hint, @Nullable Throwable cause) {
    super(Kind.SOURCE, message, hint, cause);
  }

  /// The file as a whole is at fault.
  static ArchiveException of(String file, String problem) {
    return of(file, problem, null, null);
  }

  static ArchiveException of(
      String file, String problem, @Nullable String hint, @Nullable Throwable cause) {
    return new ArchiveException(escape(file + ": " + problem), hint, cause);
  }

  static ArchiveException at(String file, @Nullable Entry entry, long offset, String problem) {
    return at(file, entry, offset, problem, null);
  }

  static ArchiveException at(
      String file, @Nullable Entry entry, long offset, String problem, @Nullable Throwable cause) {
    String where = "offset " + offset;
    if (entry != null) {
      where = name(entry) + ", " + where;
    }
    return new ArchiveException(escape(file + ": " + problem + " (" + where + ")"), null, cause);
  }

  static ArchiveException hinted(
      String file, Entry entry, long offset, String problem, String hint) {
    String where = name(entry) + ", offset " + offset;
    return new ArchiveException(escape(file + ": " + problem + " (" + where + ")"), hint, null);
  }

  static ArchiveException at(String file, long offset, String problem, @Nullable String hint) {
    return new ArchiveException(
        escape(file + ": " + problem + " (offset " + offset + ")"), hint, null);
  }

  static ArchiveException of(String file, Entry entry, String problem, @Nullable String hint) {
    String message = escape(file + ": " + problem + " (" + name(entry) + ")");
    return new ArchiveException(message, hint, null);
  }

  private static String name(Entry entry) {
    return "entry "
        + entry.dumpId()
        + " "
        + brief(entry.desc())
        + " \""
        + brief(entry.tag())
        + "\"";
  }

  private static String brief(String text) {
    return text.length() <= 200 ? text : text.substring(0, 200) + "...";
  }

  /// Control, format (bidirectional) and line separating characters as `\n` or `\u001b`: what an
  /// archive says must not steer the terminal that shows it.
  private static String escape(String text) {
    var escaped = new StringBuilder(text.length());
    text.codePoints()
        .forEach(c -> {
          switch (Character.getType(c)) {
            case Character.CONTROL,
                Character.FORMAT,
                Character.SURROGATE,
                Character.LINE_SEPARATOR,
                Character.PARAGRAPH_SEPARATOR ->
                escaped.append(c == '\n' ? "\\n" : c == '\t' ? "\\t" : unicode(c));
            default -> escaped.appendCodePoint(c);
          }
        });
    return escaped.toString();
  }

  private static String unicode(int c) {
    return c < 0x10000 ? "\\u%04x".formatted(c) : "\\U%08x".formatted(c);
  }
}
