package dev.pgmend.restore;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.TreeMap;

/// Which round trips are refused, and why: `restore/refusals.txt`, a line `codes: case` for each.
final class Refusals {
  private Refusals() {}

  /// {@return the codes, with commas between them, by the case's key}
  static Map<String, String> expected() {
    Map<String, String> expected = new TreeMap<>();
    try {
      for (String line : Files.readAllLines(Pristine.resource("/restore/refusals.txt"))) {
        if (!line.isBlank() && !line.startsWith("#")) {
          int colon = line.indexOf(": ");
          expected.put(line.substring(colon + 2), line.substring(0, colon));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return expected;
  }
}
