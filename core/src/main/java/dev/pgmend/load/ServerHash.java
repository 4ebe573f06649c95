package dev.pgmend.load;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// The hash functions of PostgreSQL servers that hash partitions are made with, which therefore never change: those that [RowImage] has
/// the server call, for bytes that are here. As src/common/hashfn.c (Bob Jenkins's lookup3) and
/// src/backend/access/hash/hashfunc.c have them on little-endian machines; a server on another one comes to other values. Not thread-safe.
final class ServerHash {
  private static final int START = 0x9e3779b9 + 3923095;

  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  /// The bytes of a number.
  private final byte[] scratch = new byte[Long.BYTES];

  /// {@return what `hashtextextended` makes of a text in a deterministic collation, and `uuid_hash_extended` of a UUID's bytes}
  long bytes(byte[] bytes, int offset, int length, long seed) {
    int a = START + length;
    int b = a;
    int c = a;
    boolean mix = seed != 0;
    if (mix) {
      a += (int) (seed >>> 32);
      b += (int) seed;
    }
    int at = offset;
    int left = length;
    while (true) {
      if (mix) {
        a -= c;
        a ^= Integer.rotateLeft(c, 4);
        c += b;
        b -= a;
        b ^= Integer.rotateLeft(a, 6);
        a += c;
        c -= b;
        c ^= Integer.rotateLeft(b, 8);
        b += a;
        a -= c;
        a ^= Integer.rotateLeft(c, 16);
        c += b;
        b -= a;
        b ^= Integer.rotateLeft(a, 19);
        a += c;
        c -= b;
        c ^= Integer.rotateLeft(b, 4);
        b += a;
      }
      if (left < 12) {
        break;
      }
      a += (int) WORD.get(bytes, at);
      b += (int) WORD.get(bytes, at + 4);
      c += (int) WORD.get(bytes, at + 8);
      at += 12;
      left -= 12;
      mix = true;
    }
    // The lowest byte of c is the length's.
    for (int i = 8; i < left; i++) {
      c += (bytes[at + i] & 0xff) << (i - 7) * 8;
    }
    if (left >= 8) {
      b += (int) WORD.get(bytes, at + 4);
    } else {
      for (int i = 4; i < left; i++) {
        b += (bytes[at + i] & 0xff) << (i - 4) * 8;
      }
    }
    if (left >= 4) {
      a += (int) WORD.get(bytes, at);
    } else {
      for (int i = 0; i < left; i++) {
        a += (bytes[at + i] & 0xff) << i * 8;
      }
    }
    return end(a, b, c);
  }

  /// {@return what `hashint4extended`, `hashint2extended` and `hashoidextended` make of a value: the same as of its bytes}
  long int4(int value, long seed) {
    WORD.set(scratch, 0, value);
    return bytes(scratch, 0, Integer.BYTES, seed);
  }

  /// {@return what `timestamp_hash_extended` and `hashint8extended` make of a value}
  long folded(long value, long seed) {
    int high = (int) (value >> 32);
    return int4((int) value ^ (value >= 0 ? high : ~high), seed);
  }

  /// {@return what `hashfloat8extended` makes of a value that is a number or infinite}
  long float8(double value, long seed) {
    if (value == 0) {
      return seed;
    }
    long bits = Double.doubleToRawLongBits(value);
    WORD.set(scratch, 0, (int) bits);
    WORD.set(scratch, 4, (int) (bits >>> 32));
    return bytes(scratch, 0, Long.BYTES, seed);
  }

  private static long end(int first, int second, int third) {
    int a = first;
    int b = second;
    int c = third;
    c ^= b;
    c -= Integer.rotateLeft(b, 14);
    a ^= c;
    a -= Integer.rotateLeft(c, 11);
    b ^= a;
    b -= Integer.rotateLeft(a, 25);
    c ^= b;
    c -= Integer.rotateLeft(b, 16);
    a ^= c;
    a -= Integer.rotateLeft(c, 4);
    b ^= a;
    b -= Integer.rotateLeft(a, 14);
    c ^= b;
    c -= Integer.rotateLeft(b, 24);
    return (long) b << 32 | c & 0xffffffffL;
  }
}
