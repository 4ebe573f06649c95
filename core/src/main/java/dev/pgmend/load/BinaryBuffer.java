package dev.pgmend.load;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// A byte array that grows, with numbers as PostgreSQL's protocol has them: the highest byte first. Not thread-safe.
final class BinaryBuffer {
  private static final int LARGEST = Integer.MAX_VALUE - 8;
  private static final VarHandle SHORT = view(short[].class);
  private static final VarHandle INT = view(int[].class);
  private static final VarHandle LONG = view(long[].class);

  /// What is appended is here, up to [#length]; another array after each growth.
  byte[] bytes = new byte[1 << 16];

  int length;

  private static VarHandle view(Class<?> type) {
    return MethodHandles.byteArrayViewVarHandle(type, ByteOrder.BIG_ENDIAN);
  }

  /// Appends the low 16 bits.
  void int16(int value) {
    room(2);
    SHORT.set(bytes, length, (short) value);
    length += 2;
  }

  void int32(int value) {
    room(4);
    INT.set(bytes, length, value);
    length += 4;
  }

  void int64(long value) {
    room(8);
    LONG.set(bytes, length, value);
    length += 8;
  }

  void int8(int value) {
    room(1);
    bytes[length++] = (byte) value;
  }

  void put(byte[] from, int offset, int count) {
    room(count);
    System.arraycopy(from, offset, bytes, length, count);
    length += count;
  }

  /// Overwrites four bytes of what is there.
  void setInt32(int at, int value) {
    INT.set(bytes, at, value);
  }

  /// {@return the eight bytes from a place on}
  static long int64(byte[] from, int at) {
    return (long) LONG.get(from, at);
  }

  /// Makes room for so many more bytes.
  /// @throws OutOfMemoryError if no array has so many
  void room(int more) {
    if (bytes.length - length < more) {
      grow(more);
    }
  }

  private void grow(int more) {
    long needed = (long) length + more;
    if (needed > LARGEST) {
      throw new OutOfMemoryError("%d bytes in one buffer".formatted(needed));
    }
    bytes = Arrays.copyOf(bytes, (int) Math.min(LARGEST, Math.max(needed, 2L * bytes.length)));
  }
}
