package dev.pgmend.load;

import dev.pgmend.load.RowDigest.RowSet;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What was loaded where only some rows were to be.
public final class LoadedPart {
  private RowSet sent = new RowDigest().rows();
  private long rows;
  private @Nullable RowRanges staged = new RowRanges();

  LoadedPart() {}

  /// What is known of the live rows.
  interface Known {
    /// {@return whether one of them is the backup's row of that number}
    boolean has(RowHash row, long number);
  }

  /// {@return the rows that were sent}
  public RowSet sent() {
    return sent;
  }

  /// {@return how many rows the backup has}
  public long rows() {
    return rows;
  }

  /// {@return which of them were sent, null if all}
  public @Nullable RowRanges staged() {
    return staged;
  }

  void sent(RowSet rows) {
    sent = rows;
  }

  /// All rows were sent.
  void whole(RowSet all) {
    sent = all;
    rows = all.count();
    staged = null;
  }

  /// {@return which of the rows that come by are sent; it counts them}
  RowFilter.Choice chosen(Known known) {
    RowRanges ranges = Objects.requireNonNull(staged);
    return new RowFilter.Choice() {
      @Override
      public boolean passes(RowHash hash) {
        boolean passes = !known.has(hash, rows);
        if (passes) {
          ranges.add(rows);
        }
        rows++;
        return passes;
      }

      @Override
      public void unseen() {
        ranges.add(rows++);
      }
    };
  }
}
