package dev.pgmend.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ReadAheadTest {
  @Test
  void theBytesAreTheSame() throws IOException {
    byte[] bytes = new byte[10 << 20];
    new Random(1).nextBytes(bytes);
    try (InputStream in = new ReadAhead(new ByteArrayInputStream(bytes))) {
      assertThat(in.readAllBytes()).isEqualTo(bytes);
      assertThat(in.read()).isEqualTo(-1);
    }
    try (InputStream in = new ReadAhead(new ByteArrayInputStream(new byte[0]))) {
      assertThat(in.read()).isEqualTo(-1);
    }
  }

  @Test
  void aFailureComesAfterTheBytesBeforeIt() throws IOException {
    for (Throwable failure :
        new Throwable[] {
          new IOException("broken"), new IllegalStateException("wrong"), new StackOverflowError()
        }) {
      InputStream in = new ReadAhead(new Endless(1 << 20, failure));
      assertThat(in.readNBytes(1 << 20)).hasSize(1 << 20);
      assertThatThrownBy(in::read).isSameAs(failure);
      assertThatThrownBy(in::read).as("again").isSameAs(failure);
      in.close();
    }
  }

  @Test
  void noMoreIsReadThanAFewMegabytesAhead() throws Exception {
    Endless endless = new Endless(Long.MAX_VALUE, new IOException());
    try (InputStream in = new ReadAhead(endless)) {
      in.readNBytes(1000);
      Thread.sleep(300);
      assertThat(endless.given.get()).isBetween(1L << 20, 6L << 20);
    }
    assertThat(endless.closed).isTrue();
  }

  /// Gives that many bytes, then fails.
  private static final class Endless extends InputStream {
    private final long length;
    private final Throwable failure;
    private final AtomicLong given = new AtomicLong();
    private final AtomicBoolean closed = new AtomicBoolean();

    Endless(long length, Throwable failure) {
      this.length = length;
      this.failure = failure;
    }

    @Override
    public int read() throws IOException {
      throw new IOException("not read one by one");
    }

    @Override
    public int read(byte[] bytes, int offset, int count) throws IOException {
      if (given.get() == length) {
        switch (failure) {
          case IOException io -> throw io;
          case RuntimeException runtime -> throw runtime;
          case Error error -> throw error;
          default -> throw new IllegalStateException();
        }
      }
      int now = (int) Math.min(count, length - given.get());
      given.addAndGet(now);
      return now;
    }

    @Override
    public void close() {
      closed.set(true);
    }
  }
}
