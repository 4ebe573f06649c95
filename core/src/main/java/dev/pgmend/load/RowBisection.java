package dev.pgmend.load;

import dev.pgmend.archive.Archive;
import dev.pgmend.archive.LiveData;
import dev.pgmend.load.DifferingRows.Kind;
import dev.pgmend.load.DifferingRows.Sample;
import dev.pgmend.postgres.CopySource;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Finds the rows in which a live source and the target differ, from sums down to rows: both servers hash all rows in chunks; of the
/// chunks that differ, so many at a time, each sends the hash of every row, in order, and the two are merged; of rows that are named, their keys and the hash of
/// each column are read. Memory is constant but for the chunks' sums, nothing is created on either side, and no value but those of
/// keys leaves a server. Takes ACCESS SHARE on both.
public final class RowBisection {
  /// Whole numbers come in their order; rows were found in that of hashes.
  private static final Comparator<Sample> BY_ROW =
      Comparator.<Sample>comparingInt(sample -> sample.row().length()).thenComparing(Sample::row);

  /// So many rows' hashes each server sorts at a time: some 100 MB.
  private static final long MOST = 1 << 22;

  /// So often both tables are read; what is left then is not counted.
  private static final int PASSES = 8;

  private final Session session;
  private final Archive archive;
  private final long most;

  public RowBisection(Session session, Archive archive) {
    this(session, archive, MOST);
  }

  RowBisection(Session session, Archive archive, long most) {
    this.session = session;
    this.archive = archive;
    this.most = most;
  }

  /// Compares, in the target's transaction.
  ///
  /// @param table the table's final name
  /// @param compared without a key, rows are told apart by all of their values
  /// @return empty where the servers do not hash the same rows to the same numbers
  public Optional<DifferingRows> find(QualifiedName table, Scoping.Compared compared) {
    Scoping scoping = new Scoping(session, archive);
    return scoping.sides(compared).map(sides -> find(table, sides, scoping.sums(sides)));
  }

  private DifferingRows find(QualifiedName table, Scoping.Sides sides, Scoping.Sums sums) {
    long[] chunks = sums.differing();
    Merge merge = new Merge();
    List<Sample> samples = new ArrayList<>();
    int from = 0;
    for (int pass = 0; from < chunks.length && pass < PASSES; pass++) {
      int to = end(chunks, from, sums);
      samples.addAll(find(sides, Arrays.copyOfRange(chunks, from, to), merge));
      from = to;
    }
    samples.sort(BY_ROW);
    return new DifferingRows(
        table,
        sides.compared().key(),
        from == chunks.length,
        merge.count(Kind.MISSING),
        merge.count(Kind.CHANGED),
        merge.count(Kind.EXTRA),
        samples);
  }

  /// {@return up to which chunk a pass goes} What both servers have to sort is limited so.
  private int end(long[] chunks, int from, Scoping.Sums sums) {
    long rows = 0;
    int to = from;
    while (to < chunks.length && to - from < Scoping.DIFFERING_MOST) {
      rows += Math.max(sums.backup().count(chunks[to]), sums.live().count(chunks[to]));
      if (rows > most && to > from) {
        break;
      }
      to++;
    }
    return to;
  }

  /// Looks at some chunks.
  ///
  /// @return the rows of them that are to be named
  private List<Sample> find(Scoping.Sides sides, long[] chunks, Merge merge) {
    String there = sides.chunking().among(sides.columnsThere(), chunks);
    String here = sides.chunking().among(sides.columnsHere(), chunks);
    try (Lines backup = there(sides, hashes(sides, true, there));
        Lines live = here(hashes(sides, false, here))) {
      merge.run(backup, live);
    }
    List<Found> found = merge.take();
    if (found.isEmpty()) {
      return List.of();
    }
    Map<Pair, Named> namesThere = new HashMap<>();
    Map<Pair, Named> namesHere = new HashMap<>();
    try (Lines backup = there(sides, names(sides, true, there, found))) {
      read(backup, namesThere);
    }
    try (Lines live = here(names(sides, false, here, found))) {
      read(live, namesHere);
    }
    return found.stream()
        .flatMap(row -> sample(row, sides.compared().columns(), namesThere, namesHere).stream())
        .toList();
  }

  private static Optional<Sample> sample(
      Found found, List<String> columns, Map<Pair, Named> there, Map<Pair, Named> here) {
    Named backup = found.backup() == null ? null : there.get(found.backup());
    Named live = found.live() == null ? null : here.get(found.live());
    Named either = backup == null ? live : backup;
    if (either == null) {
      // Someone has changed it once more.
      return Optional.empty();
    }
    List<String> differing =
        backup == null || live == null
            ? List.of()
            : IntStream.range(0, columns.size())
                .filter(i -> !backup.columns().get(i).equals(live.columns().get(i)))
                .mapToObj(columns::get)
                .toList();
    return Optional.of(new Sample(found.kind(), either.row(), differing));
  }

  /// Key and row of one row, hashed.
  private record Pair(long key, long row) implements Comparable<Pair> {
    @Override
    public int compareTo(Pair other) {
      int byKey = Long.compare(key, other.key);
      return byKey == 0 ? Long.compare(row, other.row) : byKey;
    }
  }

  /// A row that differs, as each side has it.
  private record Found(Kind kind, @Nullable Pair backup, @Nullable Pair live) {}

  /// What a row is called, and the hash of each of its columns.
  private record Named(String row, List<String> columns) {}

  private static String hashes(Scoping.Sides sides, boolean backup, String where) {
    List<String> columns = backup ? sides.columnsThere() : sides.columnsHere();
    return "SELECT %s, %s FROM %s WHERE %s ORDER BY 1, 2"
        .formatted(
            sides.chunking().key(columns),
            sides.chunking().row(columns),
            backup ? sides.there() : sides.here(),
            where);
  }

  /// Text goes in hexadecimal digits: neither COPY's escapes nor an encoding can change it.
  private static String names(
      Scoping.Sides sides, boolean backup, String where, List<Found> wanted) {
    Chunking chunking = sides.chunking();
    List<String> columns = backup ? sides.columnsThere() : sides.columnsHere();
    String row =
        chunking.key().stream().map(columns::get).collect(Collectors.joining(", ", "ROW(", ")"));
    TreeSet<Long> keys = new TreeSet<>();
    for (Found found : wanted) {
      Pair pair = backup ? found.backup() : found.live();
      if (pair != null) {
        keys.add(pair.key());
      }
    }
    return "SELECT DISTINCT %s, %s, pg_catalog.encode(pg_catalog.convert_to(pg_catalog.left(%s::pg_catalog.text, %d), CASE pg_catalog.getdatabaseencoding() WHEN 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END), 'hex'), %s FROM %s WHERE %s AND %s IN (SELECT pg_catalog.unnest('{%s}'::pg_catalog.int8[]))"
        .formatted(
            chunking.key(columns),
            chunking.row(columns),
            row,
            DifferingRows.LENGTH,
            IntStream.range(0, columns.size())
                .mapToObj(place -> chunking.column(columns, place))
                .collect(Collectors.joining(", ")),
            backup ? sides.there() : sides.here(),
            where,
            chunking.key(columns),
            keys.stream().map(Object::toString).collect(Collectors.joining(",")));
  }

  private static void read(Lines lines, Map<Pair, Named> names) {
    for (String line = lines.next(); line != null; line = lines.next()) {
      List<String> fields = List.of(line.split("\t", -1));
      names.put(
          new Pair(Long.parseLong(fields.get(0)), Long.parseLong(fields.get(1))),
          new Named(
              new String(HexFormat.of().parseHex(fields.get(2)), StandardCharsets.UTF_8),
              fields.subList(3, fields.size())));
    }
  }

  /// What a query gives, line by line.
  private interface Lines extends AutoCloseable {
    @Nullable String next();

    @Override
    void close();

    default @Nullable Pair pair() {
      String line = next();
      if (line == null) {
        return null;
      }
      int tab = line.indexOf('\t');
      return new Pair(
          Long.parseLong(line.substring(0, tab)), Long.parseLong(line.substring(tab + 1)));
    }
  }

  private static Lines there(Scoping.Sides sides, String query) {
    LiveData source = sides.source();
    BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                source.query(sides.compared().data(), query), StandardCharsets.US_ASCII));
    return new Lines() {
      @Override
      public @Nullable String next() {
        try {
          return reader.readLine();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }

      @Override
      public void close() {
        try {
          reader.close();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    };
  }

  private Lines here(String query) {
    CopySource rows = session.copyOut("COPY (%s) TO STDOUT".formatted(query));
    return new Lines() {
      @Override
      public @Nullable String next() {
        byte[] line = rows.next();
        return line == null
            ? null
            : new String(line, 0, line.length - 1, StandardCharsets.US_ASCII);
      }

      @Override
      public void close() {
        rows.close();
      }
    };
  }

  /// Tells the rows of two sides apart that send them in the same order: those with the same key are versions of one row.
  private static final class Merge {
    private final Map<Kind, Long> counts = new EnumMap<>(Kind.class);
    private final List<Found> found = new ArrayList<>();

    /// How many rows of the present key only one side has, and the first of them.
    private final List<Pair> onlyBackup = new ArrayList<>();

    private final List<Pair> onlyLive = new ArrayList<>();
    private long backupRows;
    private long liveRows;

    /// {@return the rows that are to be named and were found since it was asked last}
    List<Found> take() {
      List<Found> taken = List.copyOf(found);
      found.clear();
      return taken;
    }

    long count(Kind kind) {
      return counts.getOrDefault(kind, 0L);
    }

    void run(Lines backup, Lines live) {
      Pair one = backup.pair();
      Pair other = live.pair();
      while (one != null || other != null) {
        long key = lower(one, other);
        while (has(one, key) || has(other, key)) {
          int order = order(one, other, key);
          if (order < 0) {
            backupRows++;
            keep(onlyBackup, one);
          } else if (order > 0) {
            liveRows++;
            keep(onlyLive, other);
          }
          if (order <= 0) {
            one = backup.pair();
          }
          if (order >= 0) {
            other = live.pair();
          }
        }
        endKey();
      }
    }

    private static long lower(@Nullable Pair one, @Nullable Pair other) {
      if (one == null || other == null) {
        return Objects.requireNonNull(one == null ? other : one).key();
      }
      return Math.min(one.key(), other.key());
    }

    private static boolean has(@Nullable Pair row, long key) {
      return row != null && row.key() == key;
    }

    /// {@return which of the two comes first, by its sign; 0 if both are the same row}
    private static int order(@Nullable Pair one, @Nullable Pair other, long key) {
      if (one == null || one.key() != key) {
        return 1;
      }
      return other == null || other.key() != key ? -1 : one.compareTo(other);
    }

    private static void keep(List<Pair> rows, @Nullable Pair row) {
      if (rows.size() < DifferingRows.SHOWN && row != null) {
        rows.add(row);
      }
    }

    private void endKey() {
      long changed = Math.min(backupRows, liveRows);
      add(Kind.CHANGED, changed, onlyBackup, onlyLive, 0);
      add(Kind.MISSING, backupRows - changed, onlyBackup, List.of(), (int) changed);
      add(Kind.EXTRA, liveRows - changed, List.of(), onlyLive, (int) changed);
      backupRows = 0;
      liveRows = 0;
      onlyBackup.clear();
      onlyLive.clear();
    }

    private void add(Kind kind, long rows, List<Pair> backup, List<Pair> live, int from) {
      long before = count(kind);
      counts.merge(kind, rows, Long::sum);
      for (int i = from; i < from + rows && before + i - from < DifferingRows.SHOWN; i++) {
        Pair one = i < backup.size() ? backup.get(i) : null;
        Pair other = i < live.size() ? live.get(i) : null;
        if (one == null && other == null) {
          return;
        }
        found.add(new Found(kind, one, other));
      }
    }
  }
}
