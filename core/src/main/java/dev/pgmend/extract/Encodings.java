package dev.pgmend.extract;

import dev.pgmend.archive.Toc;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/// In which encoding an extraction is written: UTF-8, for that is what pgmend reads everything into, unless the bytes have none.
final class Encodings {
  private static final String SQL_ASCII = "SQL_ASCII";

  private Encodings() {}

  static String name(Toc toc) {
    return toc.encodingName().equals(SQL_ASCII) ? SQL_ASCII : "UTF8";
  }

  static Charset of(Toc toc) {
    return toc.encodingName().equals(SQL_ASCII) ? toc.encoding() : StandardCharsets.UTF_8;
  }
}
