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
import org.jspecify.annotations.Nullable;

/// Text of another encoding as UTF-8. Text up to an undecodable byte is delivered before the
/// [MalformedInputException]. With marks there is no such exception: `U+FFFD` stands for the undecodable bytes, and the marks say
/// where.
final class Utf8Transcoder extends RefilledInputStream {
  private static final int BUFFER_CHARS = 32 * 1024;

  private final CharsetDecoder decoder;
  private final CharsetEncoder encoder = StandardCharsets.UTF_8.newEncoder();
  private final ByteBuffer encoded = ByteBuffer.allocate(BUFFER_CHARS).limit(0);
  private final CharBuffer chars = CharBuffer.allocate(BUFFER_CHARS);
  private final @Nullable Marks marks;
  private long delivered;
  private boolean sourceEnded;
  private boolean finished;
  private @Nullable CoderResult malformed;

  Utf8Transcoder(InputStream source, Charset charset) {
    this(source, charset, null);
  }

  Utf8Transcoder(InputStream source, Charset charset, @Nullable Marks marks) {
    super(source);
    this.marks = marks;
    this.decoder = charset.newDecoder();
    ready = ByteBuffer.allocate(3 * BUFFER_CHARS).limit(0);
  }

  @Override
  protected boolean refill() throws IOException {
    if (finished) {
      return false;
    }
    if (malformed == null) {
      decodeMore();
    } else if (marks == null) {
      malformed.throwException();
    } else {
      replace(malformed.length());
    }
    return true;
  }

  private void replace(int length) {
    // A character that lacks its second byte must not take the end of the row along.
    int end = encoded.position() + 1;
    int most = Math.min(encoded.limit(), encoded.position() + length);
    while (end < most && encoded.get(end) < 0) {
      end++;
    }
    encoded.position(end);
    malformed = null;
    ready.clear().put((byte) 0xef).put((byte) 0xbf).put((byte) 0xbd).flip();
    if (marks != null) {
      marks.add(delivered);
    }
    delivered += ready.remaining();
  }

  private void decodeMore() throws IOException {
    encoded.compact();
    if (!sourceEnded) {
      int count = source.read(encoded.array(), encoded.position(), encoded.remaining());
      sourceEnded = count < 0;
      encoded.position(encoded.position() + Math.max(0, count));
    }
    encoded.flip();
    CoderResult result = decoder.decode(encoded, chars, sourceEnded);
    if (result.isError()) {
      malformed = result;
    } else if (sourceEnded && result.isUnderflow()) {
      decoder.flush(chars);
      finished = true;
    }
    chars.flip();
    ready.clear();
    encoder.encode(chars, ready, false);
    chars.compact();
    ready.flip();
    delivered += ready.remaining();
  }
}
