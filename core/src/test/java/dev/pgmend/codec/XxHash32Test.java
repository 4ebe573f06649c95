package dev.pgmend.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class XxHash32Test {
  @ParameterizedTest
  @CsvSource({
    "'', 02cc5d05",
    "a, 550d7456",
    "abc, 32d153ff",
    "Nobody inspects the spammish repetition, e2293b2f"
  })
  void hashesAsPublished(String text, String expected) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    var hash = new XxHash32();
    hash.update(bytes, 0, bytes.length);
    assertThat(Integer.toHexString(hash.value())).isEqualTo(expected.replaceFirst("^0", ""));
  }

  @Test
  void doesNotDependOnHowTheBytesArrive() {
    var bytes = new byte[1000];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i * 31);
    }
    var whole = new XxHash32();
    whole.update(bytes, 0, bytes.length);
    for (int step = 1; step < 50; step++) {
      var parts = new XxHash32();
      for (int at = 0; at < bytes.length; at += step) {
        parts.update(bytes, at, Math.min(step, bytes.length - at));
      }
      assertThat(parts.value()).isEqualTo(whole.value());
    }
  }
}
