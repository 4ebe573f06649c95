package dev.pgmend.load;

import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// The rows of a table that are not the backup's: how many there are, and some of them by name.
///
/// @param key the columns that tell rows apart, empty where the table has no usable key: rows are then only missing or extra
/// @param complete whether these are all; else there are at least so many
/// @param missing rows that the backup has and the table does not
/// @param changed rows that both have, with other values
/// @param extra rows that the table has and the backup does not
/// @param samples at most [#SHOWN] of them
public record DifferingRows(
    QualifiedName table,
    List<String> key,
    boolean complete,
    long missing,
    long changed,
    long extra,
    List<Sample> samples) {
  /// How many rows are named.
  public static final int SHOWN = 10;

  /// How many characters of a row's name are shown.
  public static final int LENGTH = 200;

  /// So few are named of each kind that every kind has its share.
  public DifferingRows {
    key = List.copyOf(key);
    samples = shared(samples);
  }

  /// How a row differs.
  public enum Kind {
    MISSING,
    CHANGED,
    EXTRA;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// A row that differs.
  ///
  /// @param row the values of its key as PostgreSQL writes a row, such as `(5,a)`; without a key all of its values; cut off where it is long
  /// @param columns of a changed row those that differ
  public record Sample(Kind kind, String row, List<String> columns) {
    public Sample {
      columns = List.copyOf(columns);
    }
  }

  private static List<Sample> shared(List<Sample> all) {
    Map<Kind, List<Sample>> kinds = new EnumMap<>(Kind.class);
    all.forEach(sample -> kinds.computeIfAbsent(sample.kind(), _ -> new ArrayList<>()).add(sample));
    Map<Kind, Integer> taken = new EnumMap<>(Kind.class);
    int shown = 0;
    boolean more = true;
    while (shown < SHOWN && more) {
      more = false;
      for (Map.Entry<Kind, List<Sample>> kind : kinds.entrySet()) {
        int count = taken.getOrDefault(kind.getKey(), 0);
        if (count < kind.getValue().size() && shown < SHOWN) {
          taken.put(kind.getKey(), count + 1);
          shown++;
          more = true;
        }
      }
    }
    return kinds.entrySet().stream()
        .flatMap(kind -> kind.getValue().stream().limit(taken.getOrDefault(kind.getKey(), 0)))
        .toList();
  }

  /// {@return how many rows of a kind there are}
  public long count(Kind kind) {
    return switch (kind) {
      case MISSING -> missing;
      case CHANGED -> changed;
      case EXTRA -> extra;
    };
  }

  /// {@return whether no row differs}
  public boolean none() {
    return missing + changed + extra == 0;
  }

  /// {@return counts and names for people, on one line}
  public String words() {
    if (none()) {
      return "read again, no row differs";
    }
    List<String> parts = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      if (count(kind) > 0) {
        parts.add(words(kind));
      }
    }
    return "%s: %s".formatted(told(), String.join("; ", parts));
  }

  /// {@return how rows are told apart, for people}
  public String told() {
    return key.isEmpty()
        ? "rows that differ, which have no key"
        : "rows that differ, by "
            + key.stream().map(Sql::quote).collect(Collectors.joining(", ", "(", ")"));
  }

  private String words(Kind kind) {
    List<Sample> named = samples.stream().filter(sample -> sample.kind() == kind).toList();
    String names = named.stream().map(DifferingRows::words).collect(Collectors.joining(", "));
    long left = count(kind) - named.size();
    return "%s%d %s%s%s"
        .formatted(
            complete ? "" : "at least ",
            count(kind),
            kind,
            named.isEmpty() ? "" : " " + names,
            named.isEmpty() || left <= 0 ? "" : " and %d more".formatted(left));
  }

  private static String words(Sample sample) {
    return sample.columns().isEmpty()
        ? sample.row()
        : sample.row()
            + sample.columns().stream()
                .map(Sql::quote)
                .collect(Collectors.joining(", ", " in ", ""));
  }
}
