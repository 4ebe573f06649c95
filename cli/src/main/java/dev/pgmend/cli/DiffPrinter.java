package dev.pgmend.cli;

import dev.pgmend.diff.RowDiff;
import dev.pgmend.diff.RowDiff.Kind;
import dev.pgmend.diff.RowDiff.Sample;
import dev.pgmend.diff.RowDiff.Value;
import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Prints what differs, counts before rows.
final class DiffPrinter {
  /// How many columns of a row that only one side has are shown.
  private static final int COLUMNS = 8;

  private static final int WIDTH = 60;

  private final PrintWriter out;
  private final boolean backups;

  /// @param backups whether two backups were compared
  DiffPrinter(PrintWriter out, boolean backups) {
    this.out = out;
    this.backups = backups;
  }

  void print(List<RowDiff> diffs) {
    diffs.forEach(this::print);
  }

  private void print(RowDiff diff) {
    String name = Names.of(diff.table());
    if (diff.gone()) {
      out.printf(
          backups
              ? "%s: the other backup does not have the table; this one has %s%n"
              : "%s: the table is gone; the backup has %s%n",
          name,
          rows(diff.backupRows()));
      return;
    }
    if (diff.same()) {
      out.printf("%s: the same %s as in the backup%n", name, rows(diff.backupRows()));
    } else if (diff.key().isEmpty()) {
      out.printf(
          "%s: %s missing, %s newer than the backup (no key: a changed row counts as both)%n",
          name, rows(diff.missing()), rows(diff.newer()));
    } else {
      out.printf(
          "%s: %s missing, %d changed%s, %d newer than the backup (by %s)%n",
          name,
          rows(diff.missing()),
          diff.changed(),
          changed(diff),
          diff.newer(),
          diff.key().stream().map(Names::of).collect(Collectors.joining(", ")));
    }
    diff.notes().forEach(note -> out.printf("  note: %s%n", Printable.of(note)));
    for (Kind kind : Kind.values()) {
      List<Sample> samples =
          diff.samples().stream().filter(sample -> sample.kind() == kind).toList();
      samples.forEach(sample -> out.printf("  %-8s %s%n", kind, row(sample)));
      long more = count(diff, kind) - samples.size();
      if (!samples.isEmpty() && more > 0) {
        out.printf("  %-8s and %d more%n", "", more);
      }
    }
  }

  private static long count(RowDiff diff, Kind kind) {
    return switch (kind) {
      case MISSING -> diff.missing();
      case CHANGED -> diff.changed();
      case NEWER -> diff.newer();
    };
  }

  private static String rows(long rows) {
    return rows + (rows == 1 ? " row" : " rows");
  }

  private static String changed(RowDiff diff) {
    return diff.changedColumns().isEmpty()
        ? ""
        : diff.changedColumns().entrySet().stream()
            .map(entry -> Names.of(entry.getKey()) + " in " + entry.getValue())
            .collect(Collectors.joining(", ", " (", ")"));
  }

  private static String row(Sample sample) {
    String text =
        sample.values().stream()
            .limit(sample.kind() == Kind.CHANGED ? Long.MAX_VALUE : COLUMNS)
            .map(value -> value(sample.kind(), value))
            .collect(Collectors.joining(", "));
    return sample.kind() != Kind.CHANGED && sample.values().size() > COLUMNS ? text + ", …" : text;
  }

  private static String value(Kind kind, Value value) {
    String name = Names.of(value.column());
    return switch (kind) {
      case MISSING -> name + "=" + shown(value.backup());
      case NEWER -> name + "=" + shown(value.live());
      case CHANGED ->
          value.differs()
              ? name
                  + ": "
                  + shown(value.backup())
                  + " in the backup, "
                  + shown(value.live())
                  + " now"
              : name + "=" + shown(value.live());
    };
  }

  private static String shown(@Nullable String value) {
    if (value == null) {
      return "NULL";
    }
    String text = Printable.of(value);
    return "'" + (text.length() <= WIDTH ? text : text.substring(0, WIDTH) + "…") + "'";
  }
}
