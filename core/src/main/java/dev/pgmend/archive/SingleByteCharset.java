package dev.pgmend.archive;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CoderResult;

/// The two parts of ISO 8859 that PostgreSQL knows and Java does not.
final class SingleByteCharset extends Charset {
  static final Charset LATIN6 =
      new SingleByteCharset(
          "x-pgmend-ISO-8859-10",
          "\u00a0ĄĒĢĪĨĶ§ĻĐŠŦŽ\u00adŪŊ°ąēģīĩķ·ļđšŧž―ūŋĀÁÂÃÄÅÆĮČÉĘËĖÍÎÏ"
              + "ÐŅŌÓÔÕÖŨØŲÚÛÜÝÞßāáâãäåæįčéęëėíîïðņōóôõöũøųúûüýþĸ");
  static final Charset LATIN8 =
      new SingleByteCharset(
          "x-pgmend-ISO-8859-14",
          "\u00a0Ḃḃ£ĊċḊ§Ẁ©ẂḋỲ\u00ad®ŸḞḟĠġṀṁ¶ṖẁṗẃṠỳẄẅṡÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏ"
              + "ŴÑÒÓÔÕÖṪØÙÚÛÜÝŶßàáâãäåæçèéêëìíîïŵñòóôõöṫøùúûüýŷÿ");

  /// Where the table takes over from ISO-8859-1.
  private static final int TABLE_START = 0xa0;

  private final String table;

  private SingleByteCharset(String name, String table) {
    super(name, null);
    this.table = table;
  }

  @Override
  public boolean contains(Charset other) {
    return other.name().equals("US-ASCII") || other.equals(this);
  }

  @Override
  public CharsetDecoder newDecoder() {
    return new CharsetDecoder(this, 1, 1) {
      @Override
      protected CoderResult decodeLoop(ByteBuffer in, CharBuffer out) {
        while (in.hasRemaining()) {
          if (!out.hasRemaining()) {
            return CoderResult.OVERFLOW;
          }
          int c = in.get() & 0xff;
          out.put(c < TABLE_START ? (char) c : table.charAt(c - TABLE_START));
        }
        return CoderResult.UNDERFLOW;
      }
    };
  }

  @Override
  public CharsetEncoder newEncoder() {
    return new CharsetEncoder(this, 1, 1) {
      @Override
      protected CoderResult encodeLoop(CharBuffer in, ByteBuffer out) {
        while (in.hasRemaining()) {
          if (!out.hasRemaining()) {
            return CoderResult.OVERFLOW;
          }
          char c = in.get();
          int b = c < TABLE_START ? c : table.indexOf(c) + TABLE_START;
          if (b < TABLE_START && b != c) {
            in.position(in.position() - 1);
            return CoderResult.unmappableForLength(1);
          }
          out.put((byte) b);
        }
        return CoderResult.UNDERFLOW;
      }
    };
  }
}
