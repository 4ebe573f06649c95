package dev.pgmend.cli;

/// Text from outside, made safe for a terminal: no control characters, no bidirectional overrides, one line.
final class Printable {
  private Printable() {}

  static String of(String text) {
    StringBuilder safe = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean harmful =
          Character.isISOControl(c)
              || (c >= '\u202a' && c <= '\u202e')
              || (c >= '\u2066' && c <= '\u2069');
      if (harmful && safe == null) {
        safe = new StringBuilder(text.substring(0, i));
      }
      if (safe != null) {
        if (harmful) {
          safe.append(c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\u%04x".formatted((int) c));
        } else {
          safe.append(c);
        }
      }
    }
    return safe == null ? text : safe.toString();
  }
}
