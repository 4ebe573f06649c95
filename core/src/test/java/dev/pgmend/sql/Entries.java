package dev.pgmend.sql;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/// Entries of real archives, made by pg_dump 15, 17 and 18.
final class Entries {
  /// The drop statement is empty where the entry has none.
  record Entry(String version, String desc, String namespace, String defn, String drop) {}

  private Entries() {}

  static List<Entry> corpus() {
    try (InputStream in = Entries.class.getResourceAsStream("/sql/corpus-entries.txt")) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return Arrays.stream(text.split("(?m)^#### ")).skip(1).map(Entries::entry).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Entry entry(String text) {
    int line = text.indexOf('\n');
    String[] head = text.substring(0, line).split(" \\| ?", -1);
    String[] parts = text.substring(line + 1).split("(?m)^----drop\n", -1);
    return new Entry(head[0], head[1], head[2], parts[0], parts.length > 1 ? parts[1] : "");
  }
}
