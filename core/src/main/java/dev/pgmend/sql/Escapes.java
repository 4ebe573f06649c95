package dev.pgmend.sql;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// Decodes what backslashes mean in `E'…'` and `U&'…'`. Octal and hexadecimal escapes are bytes, which together must make
/// UTF-8, for the session's encoding is UTF-8.
final class Escapes {
  private static final char REPLACEMENT = '\ufffd';

  private final String sql;
  private final int offset;

  Escapes(String sql, int offset) {
    this.sql = sql;
    this.offset = offset;
  }

  String decode(String body) {
    if (body.indexOf('\\') < 0) {
      return body;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(body.length());
    StringBuilder text = new StringBuilder();
    int at = 0;
    while (at < body.length()) {
      char c = body.charAt(at++);
      if (c != '\\' || at >= body.length()) {
        text.append(c);
        continue;
      }
      c = body.charAt(at++);
      int digits =
          switch (c) {
            case 'x' -> countDigits(body, at, 2, 16);
            case 'u' -> 4;
            case 'U' -> 8;
            default -> c >= '0' && c <= '7' ? countDigits(body, at - 1, 3, 8) : 0;
          };
      if (c == 'u' || c == 'U') {
        text.appendCodePoint(number(body, at, digits, 16));
        at += digits;
      } else if (c == 'x' && digits > 0) {
        flush(text, bytes);
        bytes.write(number(body, at, digits, 16));
        at += digits;
      } else if (digits > 0) {
        at--;
        flush(text, bytes);
        bytes.write(number(body, at, digits, 8));
        at += digits;
      } else {
        text.append(simple(c));
      }
    }
    flush(text, bytes);
    String decoded = bytes.toString(StandardCharsets.UTF_8);
    if (decoded.indexOf(REPLACEMENT) >= 0 && body.indexOf(REPLACEMENT) < 0) {
      throw new SqlSyntaxException("invalid UTF-8 in string", sql, offset);
    }
    return decoded;
  }

  String decodeUnicode(String body, char escape) {
    StringBuilder text = new StringBuilder(body.length());
    int at = 0;
    while (at < body.length()) {
      char c = body.charAt(at++);
      if (c != escape) {
        text.append(c);
      } else if (at < body.length() && body.charAt(at) == escape) {
        text.append(escape);
        at++;
      } else {
        boolean plus = at < body.length() && body.charAt(at) == '+';
        int digits = plus ? 6 : 4;
        at += plus ? 1 : 0;
        text.appendCodePoint(number(body, at, digits, 16));
        at += digits;
      }
    }
    return text.toString();
  }

  private static char simple(char c) {
    return switch (c) {
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'v' -> '\u000b';
      default -> c;
    };
  }

  private static void flush(StringBuilder text, ByteArrayOutputStream bytes) {
    bytes.writeBytes(text.toString().getBytes(StandardCharsets.UTF_8));
    text.setLength(0);
  }

  private static int countDigits(String body, int from, int most, int radix) {
    int count = 0;
    while (count < most
        && from + count < body.length()
        && Character.digit(body.charAt(from + count), radix) >= 0) {
      count++;
    }
    return count;
  }

  private int number(String body, int from, int digits, int radix) {
    if (countDigits(body, from, digits, radix) < digits) {
      throw new SqlSyntaxException("invalid escape in string", sql, offset);
    }
    int value = Integer.parseUnsignedInt(body.substring(from, from + digits), radix);
    if (value == 0 || !Character.isValidCodePoint(value)) {
      throw new SqlSyntaxException("invalid escape in string", sql, offset);
    }
    return value;
  }
}
