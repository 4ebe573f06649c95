package dev.pgmend.cli;

import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Entry;
import dev.pgmend.closure.Entries;
import dev.pgmend.codec.Compression;
import dev.pgmend.plan.Plan;
import java.util.OptionalLong;

/// How much there is to be read, as far as the backup tells.
///
/// @param stored bytes of the tables' rows in the backup, -1 if that is not known
/// @param exact whether that is how many bytes of rows there are: not if they are compressed
record Estimate(long stored, boolean exact) {
  static final Estimate UNKNOWN = new Estimate(-1, false);

  /// What COPY text is usually compressed to, by pg_dump's own means.
  private static final double USUAL_RATIO = 4;

  /// Bytes of rows that are loaded, read back and compared in a second, on an ordinary machine.
  private static final double USUAL_RATE = 20e6;

  /// {@return what the backup says of the tables of a plan}
  static Estimate of(Archive archive, Plan plan) {
    long sum = 0;
    for (Entry entry : archive.toc().entries()) {
      if (entry.desc().equals("TABLE DATA") && plan.modes().containsKey(Entries.name(entry))) {
        long size = archive.storedSize(entry);
        if (size < 0) {
          return UNKNOWN;
        }
        sum += size;
      }
    }
    return new Estimate(sum, archive.header().compression() == Compression.NONE);
  }

  /// {@return how many bytes of rows there are, empty if that cannot even be guessed}
  OptionalLong bytes() {
    return stored < 0
        ? OptionalLong.empty()
        : OptionalLong.of(exact ? stored : (long) (stored * USUAL_RATIO));
  }

  /// {@return how many seconds are left at the pace until now}
  OptionalLong left(long done, double seconds) {
    OptionalLong all = bytes();
    return all.isEmpty() || all.getAsLong() <= done || done == 0
        ? OptionalLong.empty()
        : OptionalLong.of((long) Math.ceil((all.getAsLong() - done) * seconds / done));
  }

  /// {@return how long loading usually takes, in seconds}
  OptionalLong seconds() {
    OptionalLong all = bytes();
    return all.isEmpty() ? all : OptionalLong.of((long) Math.ceil(all.getAsLong() / USUAL_RATE));
  }

  static String words(long seconds) {
    if (seconds < 60) {
      return seconds + " s";
    }
    return seconds < 3600
        ? "%d min %02d s".formatted(seconds / 60, seconds % 60)
        : "%d h %02d min".formatted(seconds / 3600, seconds / 60 % 60);
  }
}
