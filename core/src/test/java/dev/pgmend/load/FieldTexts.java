package dev.pgmend.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// Texts for a [BinaryField].
final class FieldTexts {
  private static final byte[] LETTERS =
      "00112233445566778899--::..++  BCeETZafx\\/infNa\t".getBytes(StandardCharsets.US_ASCII);
  private static final String NUMBERS = "019-+. ";

  private FieldTexts() {}

  /// {@return what a field makes of a text, null if it rejects it} Whatever is around the text must not matter.
  static byte @Nullable [] encode(BinaryField field, byte[] text) {
    byte[] alone = encode(field, text, 0, text.length, 0);
    byte[] within = new byte[text.length + 40];
    Arrays.fill(within, (byte) '1');
    System.arraycopy(text, 0, within, 20, text.length);
    byte[] there = encode(field, within, 20, 20 + text.length, 5);
    if (!Arrays.equals(alone, there)) {
      assertThat(there).isEqualTo(alone);
    }
    return alone;
  }

  private static byte @Nullable [] encode(
      BinaryField field, byte[] text, int from, int to, int before) {
    var out = new BinaryBuffer();
    // Whatever it is, the buffer has to grow for it.
    out.bytes = new byte[before + 1];
    out.length = before;
    if (field.encode(text, from, to, out)) {
      return Arrays.copyOfRange(out.bytes, before, out.length);
    }
    if (out.length != before) {
      throw new AssertionError("appended and rejected");
    }
    return null;
  }

  /// {@return the text with one to three bytes replaced, inserted, removed, doubled or swapped}
  static byte[] mutate(byte[] text, Random random) {
    byte[] mutant = text;
    for (int changes = 1 + random.nextInt(3) * random.nextInt(2); changes > 0; changes--) {
      if (mutant.length == 0) {
        return mutant;
      }
      int at = random.nextInt(mutant.length);
      byte letter = LETTERS[random.nextInt(LETTERS.length)];
      mutant =
          switch (random.nextInt(7)) {
            case 0 -> spliced(mutant, at, 1);
            case 1 -> spliced(mutant, at, 0, letter);
            case 2 -> spliced(mutant, at, 0, mutant[at]);
            case 3 -> spliced(mutant, at, 1, mutant[random.nextInt(mutant.length)]);
            case 4 -> spliced(mutant, mutant.length, 0, letter);
            default -> spliced(mutant, at, 1, letter);
          };
    }
    return mutant;
  }

  private static byte[] spliced(byte[] text, int at, int removed, byte... added) {
    byte[] result = new byte[text.length - removed + added.length];
    System.arraycopy(text, 0, result, 0, at);
    System.arraycopy(added, 0, result, at, added.length);
    System.arraycopy(text, at + removed, result, at + added.length, text.length - at - removed);
    return result;
  }

  /// Adds all texts that begin like that and go on with up to so many signs of numbers.
  static void addAll(List<byte[]> texts, String beginning, int more) {
    texts.add(beginning.getBytes(StandardCharsets.US_ASCII));
    for (int i = 0; more > 0 && i < NUMBERS.length(); i++) {
      addAll(texts, beginning + NUMBERS.charAt(i), more - 1);
    }
  }
}
