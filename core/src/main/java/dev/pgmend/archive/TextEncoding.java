package dev.pgmend.archive;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/// A client encoding of PostgreSQL and the Java charset that reads it. All are supersets of ASCII.
record TextEncoding(String name, Charset charset) {
  static final String SQL_ASCII = "SQL_ASCII";

  /// The encoding of PostgreSQL's name, empty if no charset reads it (`MULE_INTERNAL`,
  /// `EUC_JIS_2004`, unknown ones). `SQL_ASCII` is taken for UTF-8 until text proves otherwise.
  /// Which server wrote the text matters for few characters.
  static Optional<TextEncoding> find(String name, int serverMajor) {
    return charset(name.toUpperCase(Locale.ROOT), serverMajor)
        .map(charset -> new TextEncoding(name, charset));
  }

  /// Decodes text whose bytes are held as ISO-8859-1.
  String decode(String bytes) throws CharacterCodingException {
    if (isAscii(bytes) || charset.equals(StandardCharsets.ISO_8859_1)) {
      return bytes;
    }
    var encoded = ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1));
    return charset.newDecoder().decode(encoded).toString();
  }

  /// Decodes text that may be in another encoding; then it is left as ISO-8859-1.
  String decodeIfPossible(String bytes) {
    try {
      return decode(bytes);
    } catch (CharacterCodingException _) {
      return bytes;
    }
  }

  TextEncoding withCharset(Charset other) {
    return new TextEncoding(name, other);
  }

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 0x7f) {
        return false;
      }
    }
    return true;
  }

  private static Optional<Charset> charset(String name, int serverMajor) {
    return switch (name) {
      case "LATIN6" -> Optional.of(SingleByteCharset.LATIN6);
      case "LATIN8" -> Optional.of(SingleByteCharset.LATIN8);
      case "EUC_JP" -> Optional.of(CorrectedCharset.EUC_JP);
      case "GB18030" ->
          serverMajor < 19 ? Optional.of(CorrectedCharset.GB18030_2000) : javaCharset(name);
      default -> javaCharset(name);
    };
  }

  private static Optional<Charset> javaCharset(String name) {
    String java =
        switch (name) {
          case "UTF8", "UNICODE", SQL_ASCII -> "UTF-8";
          case "LATIN1" -> "ISO-8859-1";
          case "LATIN2" -> "ISO-8859-2";
          case "LATIN3" -> "ISO-8859-3";
          case "LATIN4" -> "ISO-8859-4";
          case "LATIN5" -> "ISO-8859-9";
          case "LATIN7" -> "ISO-8859-13";
          case "LATIN9" -> "ISO-8859-15";
          case "LATIN10" -> "ISO-8859-16";
          case "ISO_8859_5" -> "ISO-8859-5";
          case "ISO_8859_6" -> "ISO-8859-6";
          case "ISO_8859_7" -> "ISO-8859-7";
          case "ISO_8859_8" -> "ISO-8859-8";
          case "WIN866" -> "IBM866";
          case "WIN874" -> "x-windows-874";
          case "WIN1250" -> "windows-1250";
          case "WIN1251" -> "windows-1251";
          case "WIN1252" -> "windows-1252";
          case "WIN1253" -> "windows-1253";
          case "WIN1254" -> "windows-1254";
          case "WIN1255" -> "windows-1255";
          case "WIN1256" -> "windows-1256";
          case "WIN1257" -> "windows-1257";
          case "WIN1258" -> "windows-1258";
          case "KOI8R" -> "KOI8-R";
          case "KOI8U" -> "KOI8-U";
          case "EUC_KR" -> "EUC-KR";
          case "EUC_CN" -> "GB2312";
          case "EUC_TW" -> "x-EUC-TW";
          case "SJIS" -> "windows-31j";
          case "BIG5" -> "x-Big5-Solaris";
          case "GBK" -> "x-mswin-936";
          case "GB18030" -> "GB18030";
          case "UHC" -> "x-windows-949";
          case "JOHAB" -> "x-Johab";
          default -> "";
        };
    return java.isEmpty() ? Optional.empty() : Optional.of(Charset.forName(java));
  }
}
