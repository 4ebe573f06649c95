package dev.pgmend.cli;

import java.util.Locale;

/// Numbers of bytes in the units of pg_size_pretty.
final class ByteCount {
  private static final String[] UNITS = {"bytes", "kB", "MB", "GB", "TB", "PB"};

  private ByteCount() {}

  static String of(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    String number =
        unit == 0 || value >= 100
            ? "%d".formatted(Math.round(value))
            : String.format(Locale.ROOT, "%.1f", value);
    return number + " " + UNITS[unit];
  }
}
