package dev.pgmend.cli;

/// Text from outside, made safe for a terminal: no control characters, nothing invisible such as bidirectional overrides, one
/// line.
final class Printable {
  private Printable() {}

  static String of(String text) {
    StringBuilder safe = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean harmful =
          switch (Character.getType(c)) {
            case Character.CONTROL,
                Character.FORMAT,
                Character.LINE_SEPARATOR,
                Character.PARAGRAPH_SEPARATOR ->
                true;
            default -> false;
          };
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
