package dev.pgmend.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class BinaryBufferTest {
  @Test
  void aBufferGrowsWithWhatIsAppended() {
    var buffer = new BinaryBuffer();
    byte[] piece = "piece".getBytes(StandardCharsets.US_ASCII);
    int rounds = 20_000;
    for (int i = 0; i < rounds; i++) {
      buffer.int8(i);
      buffer.int16(-2);
      buffer.int32(i);
      buffer.int64(-1L - i);
      buffer.put(piece, 1, 3);
    }
    assertThat(buffer.length).isEqualTo(rounds * 18);
    buffer.setInt32(0, 0x01020304);
    var bytes = ByteBuffer.wrap(buffer.bytes, 0, buffer.length);
    assertThat(bytes.getInt()).isEqualTo(0x01020304);
    bytes.position(18);
    for (int i = 1; i < rounds; i++) {
      assertThat(bytes.get()).isEqualTo((byte) i);
      assertThat(bytes.getShort()).isEqualTo((short) -2);
      assertThat(bytes.getInt()).isEqualTo(i);
      assertThat(bytes.getLong()).isEqualTo(-1L - i);
      assertThat(bytes.get()).isEqualTo((byte) 'i');
      assertThat(bytes.getShort()).isEqualTo((short) ('e' << 8 | 'c'));
    }
    byte[] large = new byte[1 << 20];
    large[large.length - 1] = 7;
    buffer.put(large, 0, large.length);
    assertThat(buffer.bytes[buffer.length - 1]).isEqualTo((byte) 7);
    buffer.room(1 << 22);
    assertThat(buffer.bytes.length - buffer.length).isGreaterThanOrEqualTo(1 << 22);
    assertThatThrownBy(() -> buffer.room(Integer.MAX_VALUE))
        .isInstanceOf(OutOfMemoryError.class)
        .hasMessageContaining("bytes in one buffer");
  }
}
