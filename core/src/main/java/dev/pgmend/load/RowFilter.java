package dev.pgmend.load;

import java.util.Arrays;
import java.util.List;

/// Leaves rows out of COPY text. A row that does not fit into the buffer is not looked at, and passes. Not thread-safe.
final class RowFilter {
  private static final int LONGEST = 1 << 20;

  private final List<Integer> fields;
  private final Choice choice;
  private final Piece out;
  private final RowHash hash = new RowHash();

  /// Where the fields of the row that is looked at begin, and where the last ends, plus one.
  private final int[] starts;

  private byte[] key = new byte[256];
  private byte[] row = new byte[1 << 16];
  private int length;
  private boolean passing;

  /// @param fields the fields, counted from 0, whose text stands for the row; empty for all
  /// @param width how many fields a row has
  RowFilter(List<Integer> fields, int width, Choice choice, Piece out) {
    this.fields = List.copyOf(fields);
    this.choice = choice;
    this.out = out;
    this.starts = new int[width + 1];
  }

  /// Whether a row passes.
  interface Choice {
    /// @param hash of the fields' text
    boolean passes(RowHash hash);

    /// A row passes that was not looked at.
    void unseen();
  }

  /// What is done with a piece of COPY text.
  interface Piece {
    void take(byte[] buffer, int offset, int length);
  }

  /// Takes in the next bytes.
  void update(byte[] bytes, int count) {
    int start = 0;
    int passed = 0; // [passed, start) passes and has not been handed on
    for (int i = 0; i < count; i++) {
      if (bytes[i] != '\n') {
        continue;
      }
      int end = i + 1;
      if (passing) {
        passing = false;
      } else if (length > 0) {
        append(bytes, start, end);
        if (passing) {
          passing = false;
        } else {
          if (passes(row, 0, length - 1)) {
            out.take(row, 0, length);
          }
          length = 0;
        }
        passed = end;
      } else if (!passes(bytes, start, i)) {
        out.take(bytes, passed, start - passed);
        passed = end;
      }
      start = end;
    }
    if (passing) {
      start = count;
    }
    out.take(bytes, passed, start - passed);
    append(bytes, start, count);
  }

  /// Keeps the beginning of a row until its end comes, or hands it on if it is too long to be kept.
  private void append(byte[] bytes, int from, int to) {
    if (from == to) {
      return;
    }
    if (length + to - from > LONGEST) {
      choice.unseen();
      out.take(row, 0, length);
      out.take(bytes, from, to - from);
      length = 0;
      passing = true;
      return;
    }
    if (length + to - from > row.length) {
      row = Arrays.copyOf(row, Math.min(LONGEST, Math.max(row.length * 2, length + to - from)));
    }
    System.arraycopy(bytes, from, row, length, to - from);
    length += to - from;
  }

  /// @param end where the row's newline is
  private boolean passes(byte[] bytes, int start, int end) {
    if (fields.isEmpty()) {
      hash.key(bytes, start, end - start);
      return choice.passes(hash);
    }
    int found = 0;
    starts[0] = start;
    for (int i = start; i < end && found < starts.length - 1; i++) {
      if (bytes[i] == '\t') {
        starts[++found] = i + 1;
      }
    }
    if (found != starts.length - 2) {
      // Not a row of this table: the server is to say so.
      choice.unseen();
      return true;
    }
    starts[found + 1] = end + 1;
    if (fields.size() == 1) {
      int field = fields.getFirst();
      hash.key(bytes, starts[field], starts[field + 1] - 1 - starts[field]);
      return choice.passes(hash);
    }
    int length = 0;
    for (int field : fields) {
      int size = starts[field + 1] - starts[field]; // with the byte after it
      key = length + size > key.length ? Arrays.copyOf(key, 2 * (length + size)) : key;
      System.arraycopy(bytes, starts[field], key, length, size - 1);
      length += size;
      key[length - 1] = '\t';
    }
    hash.key(key, 0, length - 1);
    return choice.passes(hash);
  }
}
