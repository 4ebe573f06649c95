package dev.pgmend.archive;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.function.LongConsumer;

/// COPY text in UTF-8 with `?` for every character that another encoding does not have. Counts the rows in which that happens.
final class Representable extends RefilledInputStream {
  private static final int BUFFER_BYTES = 64 * 1024;

  private final CharsetEncoder target;
  private final LongConsumer counted;
  private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
  private final ByteBuffer in = ByteBuffer.allocate(BUFFER_BYTES).limit(0);
  private final CharBuffer chars = CharBuffer.allocate(BUFFER_BYTES);
  private final ByteBuffer scratch = ByteBuffer.allocate(8 * BUFFER_BYTES);
  private boolean inReplaced;
  private long rows;
  private boolean ended;

  /// @param source valid UTF-8
  /// @param counted told once, at the end of the data
  Representable(InputStream source, Charset target, LongConsumer counted) {
    super(source);
    this.target = target.newEncoder();
    this.counted = counted;
  }

  @Override
  protected boolean refill() throws IOException {
    if (ended) {
      return false;
    }
    in.compact();
    int count = source.read(in.array(), in.position(), in.remaining());
    in.position(in.position() + Math.max(0, count)).flip();
    ended = count < 0;
    chars.clear();
    CoderResult result = decoder.decode(in, chars, ended);
    if (result.isError()) {
      result.throwException();
    }
    chars.flip();
    if (!fits()) {
      replace();
    } else {
      endRows();
    }
    ready = StandardCharsets.UTF_8.encode(chars);
    if (ended) {
      counted.accept(rows + (inReplaced ? 1 : 0));
    }
    return true;
  }

  private boolean fits() {
    scratch.clear();
    return !target.reset().encode(chars.duplicate(), scratch, true).isError();
  }

  private void endRows() {
    for (int i = 0; inReplaced && i < chars.length(); i++) {
      endRow(chars.get(i));
    }
  }

  private void endRow(char c) {
    if (c == '\n' && inReplaced) {
      rows++;
      inReplaced = false;
    }
  }

  private void replace() {
    char[] text = chars.array();
    target.reset();
    int kept = 0;
    for (int i = 0; i < chars.limit(); i++) {
      char c = text[i];
      boolean pair = Character.isHighSurrogate(c) && i + 1 < chars.limit();
      boolean has =
          c < 0x80
              || target.canEncode(pair ? CharBuffer.wrap(text, i, 2) : CharBuffer.wrap(text, i, 1));
      endRow(c);
      if (has) {
        text[kept++] = c;
        if (pair) {
          text[kept++] = text[++i];
        }
      } else {
        text[kept++] = '?';
        inReplaced = true;
        i += pair ? 1 : 0;
      }
    }
    chars.limit(kept);
  }
}
