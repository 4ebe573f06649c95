package dev.pgmend.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RowFilterTest {
  @Test
  void rowsPassWholeHoweverTheTextIsCut() {
    StringBuilder text = new StringBuilder();
    StringBuilder expected = new StringBuilder();
    SeenRows seen = new SeenRows();
    Random random = new Random(7);
    for (int i = 0; i < 2000; i++) {
      String row = "v%d\t%d\tk%d\n".formatted(i, random.nextInt(1000), i % 7);
      text.append(row);
      if (random.nextInt(3) == 0) {
        add(seen, "k%d\tv%d".formatted(i % 7, i));
      } else {
        expected.append(row);
      }
    }
    for (int piece : new int[] {1, 2, 3, 17, 1000, 1 << 20}) {
      assertThat(filter(text.toString(), piece, List.of(2, 0), 3, seen))
          .isEqualTo(expected.toString());
    }
  }

  @Test
  void aRowThatIsTooLongToBeLookedAtPasses() {
    String row = "x".repeat(3 << 20) + "\t1\n";
    String text = "a\t1\n" + row + "b\t2\n";
    SeenRows seen = new SeenRows();
    add(seen, "1");
    for (int piece : new int[] {1 << 10, 1 << 16, 1 << 23}) {
      // Where the whole row is at hand it is looked at like any other.
      String expected = piece == 1 << 23 ? "b\t2\n" : row + "b\t2\n";
      assertThat(filter(text, piece, List.of(1), 2, seen)).isEqualTo(expected);
    }
  }

  @Test
  void wholeRowsCanStandForThemselves() {
    SeenRows seen = new SeenRows();
    add(seen, "1\ta");
    assertThat(filter("1\ta\n1\tb\n", 3, List.of(), 2, seen)).isEqualTo("1\tb\n");
  }

  @Test
  void rowsOfAnotherWidthAreLeftToTheServer() {
    SeenRows seen = new SeenRows();
    add(seen, "1");
    assertThat(filter("1\n1\t2\t3\n1\t2\n", 100, List.of(0), 2, seen)).isEqualTo("1\n1\t2\t3\n");
  }

  @Test
  void theRowsSeenLatelyAreNeverFewerThanPromisedAndNoOthers() {
    SeenRows seen = new SeenRows();
    RowHash hash = new RowHash();
    int rows = SeenRows.REMEMBERED * 5 / 2;
    for (int i = 0; i < rows; i++) {
      hash(hash, i);
      seen.add(hash.high(), hash.low());
    }
    List<Integer> missing = new ArrayList<>();
    for (int i = rows - SeenRows.REMEMBERED; i < rows; i++) {
      if (!has(seen, hash, i)) {
        missing.add(i);
      }
    }
    assertThat(missing).isEmpty();
    assertThat(has(seen, hash, 0)).as("the oldest is forgotten").isFalse();
    for (int i = rows; i < rows + 100_000; i++) {
      assertThat(has(seen, hash, i)).isFalse();
    }
  }

  @Test
  void noTwoKeysAreTakenForEachOther() {
    List<String> keys = new ArrayList<>(List.of("", "\0", "\0\0", "1", "01", "10", "1\0"));
    for (int length = 6; length < 20; length++) {
      keys.add("a".repeat(length));
      keys.add("a".repeat(length) + "\0");
      keys.add("\0" + "a".repeat(length));
      keys.add("b" + "a".repeat(length));
    }
    SeenRows seen = new SeenRows();
    RowHash hash = new RowHash();
    for (String key : keys) {
      byte[] text = key.getBytes(StandardCharsets.UTF_8);
      hash.key(text, 0, text.length);
      assertThat(seen.has(hash.high(), hash.low())).as(key).isFalse();
      seen.add(hash.high(), hash.low());
      assertThat(seen.has(hash.high(), hash.low())).as(key).isTrue();
    }
  }

  @Test
  void rangesAreTheRowsThatWereAdded() {
    RowRanges ranges = new RowRanges();
    List<Long> rows = new ArrayList<>();
    Random random = new Random(3);
    for (long i = 0; i < 10_000; i++) {
      if (random.nextBoolean()) {
        ranges.add(i);
        rows.add(i);
      }
    }
    RowRanges.Cursor cursor = ranges.cursor();
    List<Long> found = new ArrayList<>();
    for (long i = 0; i < 11_000; i++) {
      if (cursor.has(i)) {
        found.add(i);
      }
    }
    assertThat(found).isEqualTo(rows);
    assertThat(ranges.isComplete()).isTrue();
  }

  private static void hash(RowHash hash, int row) {
    byte[] text = Integer.toString(row).getBytes(StandardCharsets.UTF_8);
    hash.key(text, 0, text.length);
  }

  private static boolean has(SeenRows seen, RowHash hash, int row) {
    hash(hash, row);
    return seen.has(hash.high(), hash.low());
  }

  private static void add(SeenRows seen, String fields) {
    RowHash hash = new RowHash();
    byte[] text = fields.getBytes(StandardCharsets.UTF_8);
    hash.key(text, 0, text.length);
    seen.add(hash.high(), hash.low());
  }

  private static String filter(
      String text, int piece, List<Integer> fields, int width, SeenRows seen) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    RowFilter.Choice choice =
        new RowFilter.Choice() {
          @Override
          public boolean passes(RowHash hash) {
            return !seen.has(hash.high(), hash.low());
          }

          @Override
          public void unseen() {}
        };
    RowFilter filter = new RowFilter(fields, width, choice, out::write);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < bytes.length; i += piece) {
      int length = Math.min(piece, bytes.length - i);
      byte[] buffer = new byte[length];
      System.arraycopy(bytes, i, buffer, 0, length);
      filter.update(buffer, length);
    }
    return out.toString(StandardCharsets.UTF_8);
  }
}
