package dev.pgmend.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// xxHash32 with seed 0, the checksum of LZ4 frames.
final class XxHash32 {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int PRIME_1 = 0x9e3779b1;
  private static final int PRIME_2 = 0x85ebca77;
  private static final int PRIME_3 = 0xc2b2ae3d;
  private static final int PRIME_4 = 0x27d4eb2f;
  private static final int PRIME_5 = 0x165667b1;

  /// The first is the sum of the first two primes.
  private final int[] lanes = {0x24234428, PRIME_2, 0, -PRIME_1};

  private final byte[] tail = new byte[16];
  private int tailBytes;
  private long total;

  void update(byte[] bytes, int offset, int length) {
    total += length;
    int end = offset + length;
    if (tailBytes > 0) {
      int count = Math.min(16 - tailBytes, length);
      System.arraycopy(bytes, offset, tail, tailBytes, count);
      tailBytes += count;
      offset += count;
      if (tailBytes < 16) {
        return;
      }
      stripes(tail, 0, tail.length);
      tailBytes = 0;
    }
    offset = stripes(bytes, offset, end);
    System.arraycopy(bytes, offset, tail, 0, end - offset);
    tailBytes = end - offset;
  }

  int value() {
    int hash = PRIME_5;
    if (total >= 16) {
      hash = 0;
      for (int lane = 0; lane < 4; lane++) {
        hash += Integer.rotateLeft(lanes[lane], lane == 0 ? 1 : lane == 1 ? 7 : 6 * lane);
      }
    }
    hash += (int) total;
    int at = 0;
    for (; tailBytes - at >= 4; at += 4) {
      hash = Integer.rotateLeft(hash + (int) INT.get(tail, at) * PRIME_3, 17) * PRIME_4;
    }
    for (; at < tailBytes; at++) {
      hash = Integer.rotateLeft(hash + (tail[at] & 0xff) * PRIME_5, 11) * PRIME_1;
    }
    hash = (hash ^ hash >>> 15) * PRIME_2;
    hash = (hash ^ hash >>> 13) * PRIME_3;
    return hash ^ hash >>> 16;
  }

  /// Mixes in whole stripes of 16 bytes and returns where they end. Variables, not an array: they stay in registers.
  private int stripes(byte[] bytes, int offset, int end) {
    int one = lanes[0];
    int two = lanes[1];
    int three = lanes[2];
    int four = lanes[3];
    for (; end - offset >= 16; offset += 16) {
      one = Integer.rotateLeft(one + (int) INT.get(bytes, offset) * PRIME_2, 13) * PRIME_1;
      two = Integer.rotateLeft(two + (int) INT.get(bytes, offset + 4) * PRIME_2, 13) * PRIME_1;
      three = Integer.rotateLeft(three + (int) INT.get(bytes, offset + 8) * PRIME_2, 13) * PRIME_1;
      four = Integer.rotateLeft(four + (int) INT.get(bytes, offset + 12) * PRIME_2, 13) * PRIME_1;
    }
    lanes[0] = one;
    lanes[1] = two;
    lanes[2] = three;
    lanes[3] = four;
    return offset;
  }
}
