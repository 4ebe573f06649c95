package dev.pgmend.plan;

import java.util.Locale;

/// How a table is put back.
public enum Mode {
  /// The table exists with the same columns: only the rows that differ are changed, in the table itself.
  MEND,
  /// The table exists: it is rebuilt in staging and exchanged for the old one, which is kept.
  SWAP,
  /// The table is gone: it is created, with what fell with it.
  CREATE,
  /// The table is created under another name; nothing that exists is touched.
  BESIDE;

  /// {@return the mode as the user writes it}
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
