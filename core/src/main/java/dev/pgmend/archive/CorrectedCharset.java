package dev.pgmend.archive;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CoderResult;

/// A charset of Java in which some characters are others for PostgreSQL: the wave dash of EUC_JP,
/// for one. Each of them has one encoding in either, so that they can be exchanged. Found by
/// comparing all characters with what a server converts them to.
final class CorrectedCharset extends Charset {
  static final Charset EUC_JP =
      new CorrectedCharset(
          "x-pgmend-EUC-JP",
          "x-eucJP-Open",
          "\u2014\u301c\u2016\u2212\u00a2\u00a3\u00ac\u00a6",
          "\u2015\uff5e\u2225\uff0d\uffe0\uffe1\uffe2\uffe4");

  /// The standard of the year 2000, which PostgreSQL follows up to 18. Java and PostgreSQL 19
  /// follow that of 2022, where these are swapped.
  static final Charset GB18030_2000 = gb18030();

  private final Charset base;
  private final String theirs;
  private final String ours;

  private CorrectedCharset(String name, String base, String theirs, String ours) {
    super(name, null);
    this.base = Charset.forName(base);
    this.theirs = theirs;
    this.ours = ours;
  }

  private static Charset gb18030() {
    String theirs =
        "\ufe10\ufe12\ufe11\ufe13\ufe14\ufe15\ufe16\ufe17\ufe18\ufe19\u1e3f"
            + "\u9fb4\u9fb5\u9fb6\u9fb7\u9fb8\u9fb9\u9fba\u9fbb";
    String ours =
        "\ue78d\ue78e\ue78f\ue790\ue791\ue792\ue793\ue794\ue795\ue796\ue7c7"
            + "\ue81e\ue826\ue82b\ue82c\ue832\ue843\ue854\ue864";
    return new CorrectedCharset("x-pgmend-GB18030-2000", "GB18030", theirs + ours, ours + theirs);
  }

  @Override
  public boolean contains(Charset other) {
    return other.name().equals("US-ASCII") || other.equals(this);
  }

  @Override
  public CharsetDecoder newDecoder() {
    CharsetDecoder decoder = base.newDecoder();
    return new CharsetDecoder(this, decoder.averageCharsPerByte(), decoder.maxCharsPerByte()) {
      @Override
      protected CoderResult decodeLoop(ByteBuffer in, CharBuffer out) {
        int start = out.position();
        CoderResult result = decoder.decode(in, out, false);
        for (int i = start; i < out.position(); i++) {
          out.put(i, exchange(out.get(i), theirs, ours));
        }
        return result;
      }

      @Override
      protected void implReset() {
        decoder.reset();
      }
    };
  }

  @Override
  public CharsetEncoder newEncoder() {
    CharsetEncoder encoder = base.newEncoder();
    return new CharsetEncoder(this, encoder.averageBytesPerChar(), encoder.maxBytesPerChar()) {
      @Override
      protected CoderResult encodeLoop(CharBuffer in, ByteBuffer out) {
        var exchanged = CharBuffer.allocate(in.remaining());
        for (int i = in.position(); i < in.limit(); i++) {
          exchanged.put(exchange(in.get(i), ours, theirs));
        }
        exchanged.flip();
        CoderResult result = encoder.encode(exchanged, out, false);
        in.position(in.position() + exchanged.position());
        return result;
      }

      @Override
      protected void implReset() {
        encoder.reset();
      }
    };
  }

  private static char exchange(char c, String from, String to) {
    int i = c < 0x80 ? -1 : from.indexOf(c);
    return i < 0 ? c : to.charAt(i);
  }
}
