package dev.pgmend.report;

import java.util.Locale;

/// Writes HTML. All text goes through [#text]; markup is written by its own methods only.
final class Html {
  private final StringBuilder out = new StringBuilder(1 << 16);

  /// Text from anywhere, made harmless: markup, and characters that are invisible or change the direction of writing.
  static String escape(String text) {
    StringBuilder safe = new StringBuilder(text.length() + 16);
    text.codePoints()
        .forEach(c -> {
          switch (c) {
            case '&' -> safe.append("&amp;");
            case '<' -> safe.append("&lt;");
            case '>' -> safe.append("&gt;");
            case '"' -> safe.append("&quot;");
            case '\'' -> safe.append("&#39;");
            case '\n', '\t' -> safe.append((char) c);
            default -> {
              switch (Character.getType(c)) {
                case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE ->
                    safe.append("\\u%04x".formatted(c));
                default -> safe.appendCodePoint(c);
              }
            }
          }
        });
    return safe.toString();
  }

  /// Writes markup as it stands.
  Html raw(String markup) {
    out.append(markup);
    return this;
  }

  Html text(String text) {
    out.append(escape(text));
    return this;
  }

  /// Writes an element that holds text.
  Html element(String tag, String text) {
    return raw("<" + tag + ">").text(text).raw("</" + tag.split(" ", 2)[0] + ">");
  }

  /// Writes a number for a drawing.
  static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }

  @Override
  public String toString() {
    return out.toString();
  }
}
