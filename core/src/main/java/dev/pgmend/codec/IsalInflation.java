package dev.pgmend.codec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Cleaner;
import java.util.zip.DataFormatException;

/// Deflate undone by [Isal].
final class IsalInflation implements Inflation {
  private static final int BUFFER_BYTES = 256 * 1024;

  /// For streams that nobody closes.
  private static final Cleaner CLEANER = Cleaner.create();

  private final Cleaner.Cleanable memory;
  private final MemorySegment state;
  private final MemorySegment in;
  private final MemorySegment out;
  private byte[] given = {};
  private int next;
  private int limit;

  /// Whether it may have more to give than it was asked for last.
  private boolean more;

  IsalInflation() {
    Arena arena = Arena.ofShared();
    memory = CLEANER.register(this, arena::close);
    state = arena.allocate(Isal.STATE_BYTES, 64);
    in = arena.allocate(BUFFER_BYTES);
    out = arena.allocate(BUFFER_BYTES);
    Isal.init(state);
  }

  @Override
  public void input(byte[] bytes, int offset, int length) {
    given = bytes;
    next = offset;
    limit = offset + length;
  }

  @Override
  public boolean wantsInput() {
    return next == limit && available() == 0 && !more && !finished();
  }

  @Override
  public int inflate(byte[] bytes, int offset, int length) throws DataFormatException {
    while (length > 0 && !finished()) {
      boolean taken = take();
      int room = Math.min(length, BUFFER_BYTES);
      state.set(ValueLayout.ADDRESS, Isal.NEXT_OUT, out);
      state.set(ValueLayout.JAVA_INT, Isal.AVAIL_OUT, room);
      int before = available();
      int answer = Isal.inflate(state);
      if (answer < 0) {
        throw new DataFormatException(
            switch (answer) {
              case -1 -> "invalid block";
              case -2 -> "invalid symbol";
              case -3 -> "invalid distance too far back";
              default -> "error " + answer;
            });
      }
      int count = room - state.get(ValueLayout.JAVA_INT, Isal.AVAIL_OUT);
      more = count == room;
      if (count > 0) {
        MemorySegment.copy(out, ValueLayout.JAVA_BYTE, 0, bytes, offset, count);
        return count;
      }
      if (!finished() && available() == before && before > 0) {
        throw new DataFormatException("no progress");
      }
      if (!taken && next == limit) {
        return 0;
      }
    }
    return 0;
  }

  /// {@return whether there was any input to hand on}
  private boolean take() {
    if (available() > 0 || next == limit) {
      return false;
    }
    int length = Math.min(limit - next, BUFFER_BYTES);
    MemorySegment.copy(given, next, in, ValueLayout.JAVA_BYTE, 0, length);
    state.set(ValueLayout.ADDRESS, Isal.NEXT_IN, in);
    state.set(ValueLayout.JAVA_INT, Isal.AVAIL_IN, length);
    next += length;
    return true;
  }

  private int available() {
    return state.get(ValueLayout.JAVA_INT, Isal.AVAIL_IN);
  }

  @Override
  public boolean finished() {
    return state.get(ValueLayout.JAVA_INT, Isal.BLOCK_STATE) == Isal.BLOCK_FINISH;
  }

  @Override
  public int remaining() {
    // It reads eight bytes at a time: whole ones that it has not used are given back.
    return limit - next + available() + state.get(ValueLayout.JAVA_INT, Isal.READ_IN_LENGTH) / 8;
  }

  @Override
  public void reset() {
    Isal.init(state);
    state.set(ValueLayout.JAVA_INT, Isal.AVAIL_IN, 0);
    next = 0;
    limit = 0;
    more = false;
  }

  @Override
  public void close() {
    memory.clean();
  }
}
