package dev.pgmend.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TextEncodingTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "UTF8",
        "SQL_ASCII",
        "LATIN1",
        "LATIN2",
        "LATIN3",
        "LATIN4",
        "LATIN5",
        "LATIN6",
        "LATIN7",
        "LATIN8",
        "LATIN9",
        "LATIN10",
        "ISO_8859_5",
        "ISO_8859_6",
        "ISO_8859_7",
        "ISO_8859_8",
        "WIN866",
        "WIN874",
        "WIN1250",
        "WIN1251",
        "WIN1252",
        "WIN1253",
        "WIN1254",
        "WIN1255",
        "WIN1256",
        "WIN1257",
        "WIN1258",
        "KOI8R",
        "KOI8U",
        "EUC_JP",
        "EUC_KR",
        "EUC_CN",
        "EUC_TW",
        "SJIS",
        "BIG5",
        "GBK",
        "GB18030",
        "UHC",
        "JOHAB"
      })
  void everyEncodingIsASupersetOfAscii(String name) {
    var ascii = new StringBuilder();
    for (char c = 0; c < 0x80; c++) {
      ascii.append(c);
    }
    Charset charset = TextEncoding.find(name, 15).orElseThrow().charset();
    byte[] bytes = ascii.toString().getBytes(charset);
    assertThat(bytes).hasSize(128).isEqualTo(ascii.toString().getBytes(StandardCharsets.US_ASCII));
    assertThat(new String(bytes, charset)).isEqualTo(ascii.toString());
  }

  /// As `convert_from` of a 15 server says.
  @ParameterizedTest
  @CsvSource({
    "LATIN6, bd, 2015",
    "LATIN8, a1, 1e02",
    "LATIN9, a4, 20ac",
    "KOI8U, a4, 0454",
    "WIN1258, d0, 0110",
    "EUC_JP, a1c1, ff5e",
    "EUC_JP, a1bd, 2015",
    "EUC_JP, ada1, 2460",
    "EUC_JP, 8fa2c3, ffe4",
    "SJIS, 835c, 30bd",
    "SJIS, 8160, ff5e",
    "BIG5, a145, 2022",
    "GBK, a892, 2295",
    "GB18030, a6d9, e78d",
    "GB18030, 84318236, fe10",
    "EUC_KR, b0a1, ac00",
    "EUC_TW, c4a1, 4e00",
  })
  void decodesAsPostgresDoes(String name, String bytes, String codePoint) throws Exception {
    TextEncoding encoding = TextEncoding.find(name, 15).orElseThrow();
    byte[] encoded = HexFormat.of().parseHex(bytes);
    String expected = Character.toString(Integer.parseInt(codePoint, 16));
    String text = encoding.decode(new String(encoded, StandardCharsets.ISO_8859_1));
    assertThat(text).isEqualTo(expected);
    assertThat(text.getBytes(encoding.charset())).isEqualTo(encoded);
  }

  @Test
  void gb18030ChangedWithPostgres19() {
    byte[] bytes = {(byte) 0xa6, (byte) 0xd9};
    Charset charset = TextEncoding.find("GB18030", 19).orElseThrow().charset();
    assertThat(new String(bytes, charset)).isEqualTo("\ufe10");
  }

  @ParameterizedTest
  @CsvSource({
    "EUC_JP, 波～ダッシュ－abc",
    "SJIS, ソ\tソソabc",
    "GB18030, 中a中b😀",
    "LATIN8, Ŵŵ Ẁ",
    "WIN1251, Щука",
    "JOHAB, 한글 abc"
  })
  void transcodesWhateverTheBufferCuts(String name, String sample) throws IOException {
    Charset charset = TextEncoding.find(name, 15).orElseThrow().charset();
    for (int shift = 0; shift < 8; shift++) {
      String text = "x".repeat(shift) + sample.repeat(20_000);
      var source = new ByteArrayInputStream(text.getBytes(charset));
      try (var utf8 = new Utf8Transcoder(source, charset)) {
        assertThat(new String(utf8.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo(text);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"EUC_JP, a1", "SJIS, fdfd", "EUC_KR, b0", "WIN1252, 81", "GB18030, 8431", "UTF8, c3"})
  void undecodableTextComesAfterWhatIsBeforeIt(String name, String bytes) throws IOException {
    Charset charset = TextEncoding.find(name, 15).orElseThrow().charset();
    byte[] source = HexFormat.of().parseHex("61620a" + bytes);
    try (var utf8 = new Utf8Transcoder(new ByteArrayInputStream(source), charset)) {
      assertThat(utf8.readNBytes(3)).asString().isEqualTo("ab\n");
      assertThatThrownBy(utf8::read).isInstanceOf(CharacterCodingException.class);
    }
  }
}
