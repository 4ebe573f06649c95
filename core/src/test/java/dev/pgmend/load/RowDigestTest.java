package dev.pgmend.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgmend.load.RowDigest.RowSet;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RowDigestTest {

  @Test
  void knowsTheLongestRowHoweverItIsCut() {
    RowDigest digest = new RowDigest();
    for (String piece : new String[] {"a\nbc", "de", "f\ngh\n", "i\n"}) {
      byte[] bytes = piece.getBytes(java.nio.charset.StandardCharsets.UTF_8);
      digest.update(bytes, 0, bytes.length);
    }
    assertThat(digest.longest()).isEqualTo(5);
  }

  @Test
  void theOrderOfRowsDoesNotMatter() {
    List<String> rows = new ArrayList<>(List.of("1\ta", "2\tb", "3\t\\N", "", "1\ta"));
    RowSet expected = digest(rows);
    for (int i = 0; i < 20; i++) {
      Collections.shuffle(rows, new Random(i));
      assertThat(digest(rows)).isEqualTo(expected);
      assertThat(digest(rows).matches(expected)).isTrue();
    }
  }

  @Test
  void equalRowsDoNotCancel() {
    assertThat(digest(List.of("x", "x")).hash()).isNotEqualTo(digest(List.of()).hash());
    assertThat(digest(List.of("x", "x", "y")).hash()).isNotEqualTo(digest(List.of("y")).hash());
    assertThat(digest(List.of("x", "x", "y", "y")).matches(digest(List.of("x", "y", "y", "y"))))
        .isFalse();
    assertThat(digest(List.of("x")).matches(digest(List.of("x", "x")))).isFalse();
  }

  @Test
  void aSwapOfValuesBetweenRowsIsSeen() {
    assertThat(digest(List.of("1\ta", "2\tb")).hash())
        .isNotEqualTo(digest(List.of("1\tb", "2\ta")).hash());
    assertThat(digest(List.of("ab", "c")).hash()).isNotEqualTo(digest(List.of("a", "bc")).hash());
  }

  @Test
  void theHashIsTheSumOfHalvesOfSha256() throws Exception {
    BigInteger sum = BigInteger.ZERO;
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      rows.add("row " + i);
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes("row " + i));
      sum = sum.add(new BigInteger(1, Arrays.copyOf(hash, 16)));
    }
    assertThat(digest(rows).hash())
        .isEqualTo("%032x".formatted(sum.mod(BigInteger.ONE.shiftLeft(128))));
  }

  @Test
  void chunksMayEndAnywhere() {
    byte[] text = bytes("1\tä\\n\n\n\n2\t😀\n\\.\\\\\nlast\n");
    RowSet whole = digest(text, text.length);
    assertThat(whole.count()).isEqualTo(6);
    assertThat(whole.bytes()).isEqualTo(text.length);
    for (int size = 1; size < text.length; size++) {
      assertThat(digest(text, size)).as("chunks of " + size).isEqualTo(whole);
    }
    for (int cut = 0; cut <= text.length; cut++) {
      RowDigest digest = new RowDigest();
      digest.update(text, 0, cut);
      digest.update(text, cut, text.length - cut);
      assertThat(digest.rows()).as("cut at " + cut).isEqualTo(whole);
    }
  }

  @Test
  void onlyTheGivenPartOfTheBufferCounts() {
    byte[] text = bytes("junk\nrow\njunk");
    RowDigest digest = new RowDigest();
    digest.update(text, 5, 4);
    assertThat(digest.rows()).isEqualTo(digest(List.of("row")));
  }

  @Test
  void emptyRowsCountAndNoRowsAreZero() {
    assertThat(digest(List.of())).isEqualTo(new RowSet(0, "0".repeat(32), 0));
    assertThat(digest(List.of("")).count()).isOne();
    assertThat(digest(List.of("")).hash()).isNotEqualTo("0".repeat(32));
    assertThat(digest(List.of("", "")).hash()).isNotEqualTo(digest(List.of("")).hash());
  }

  @Test
  void aRowMayBeLongerThanAnyBuffer() throws Exception {
    byte[] chunk = new byte[1 << 16];
    Arrays.fill(chunk, (byte) 'x');
    RowDigest digest = new RowDigest();
    MessageDigest sha = MessageDigest.getInstance("SHA-256");
    for (int i = 0; i < 512; i++) {
      digest.update(chunk, 0, chunk.length);
      sha.update(chunk);
    }
    digest.update(bytes("\n"), 0, 1);
    RowSet rows = digest.rows();
    assertThat(rows.count()).isOne();
    assertThat(rows.bytes()).isEqualTo(512L * chunk.length + 1);
    assertThat(rows.hash())
        .isEqualTo("%032x".formatted(new BigInteger(1, Arrays.copyOf(sha.digest(), 16))));
  }

  @Test
  void aRowThatDoesNotEndIsAnError() {
    RowDigest digest = new RowDigest();
    digest.update(bytes("1\n2"), 0, 3);
    assertThatThrownBy(digest::rows).isInstanceOf(IllegalStateException.class);
    digest.update(bytes("\n"), 0, 1);
    assertThat(digest.rows().count()).isEqualTo(2);
  }

  private static RowSet digest(List<String> rows) {
    StringBuilder text = new StringBuilder();
    rows.forEach(row -> text.append(row).append('\n'));
    byte[] bytes = bytes(text.toString());
    return digest(bytes, Math.max(1, bytes.length));
  }

  private static RowSet digest(byte[] text, int size) {
    RowDigest digest = new RowDigest();
    for (int at = 0; at < text.length; at += size) {
      digest.update(text, at, Math.min(size, text.length - at));
    }
    return digest.rows();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
