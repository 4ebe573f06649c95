package dev.pgmend.rows;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Entry;
import dev.pgmend.closure.Entries;
import dev.pgmend.postgres.Session;
import dev.pgmend.rows.TableSource.Column;
import dev.pgmend.rows.TableSource.Part;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The rows of one table of an archive, with those of its partitions and inheritance children. The archive stays the caller's.
///
/// All rows, and those that a plain comparison picks, are read in a stream, until the limit is reached or it is sure that no other
/// row can follow. Every other predicate is evaluated on a throwaway server. Memory depends on the longest row
/// only. Not thread-safe, but for [#interrupt].
public final class TableRows {
  private static final int PIECE_BYTES = 8 << 20;

  private final Archive archive;
  private final TableSource source;
  private volatile @Nullable Session session;

  /// @throws PgmendException of kind SOURCE if the archive is cut off, or has no rows of the table
  public TableRows(Archive archive, QualifiedName table) {
    archive.checkWhole();
    this.archive = archive;
    this.source = new TableSource(archive.toc(), table);
  }

  /// What was found.
  ///
  /// @param rows how many rows were handed over
  /// @param stopped whether reading ended at the limit, so that there may be more
  /// @param onServer whether the predicate was evaluated on the throwaway server
  public record Found(long rows, boolean stopped, boolean onServer) {}

  /// {@return the columns that the server computes: no backup has their values}
  public List<String> generated() {
    return List.copyOf(source.generated());
  }

  /// {@return partitions and children that are foreign tables: their rows are not in the backup}
  public List<QualifiedName> foreign() {
    return List.copyOf(source.foreign());
  }

  /// Stops what the throwaway server does, from another thread; see [Session#interrupt].
  public void interrupt() {
    Session current = session;
    if (current != null) {
      current.interrupt();
    }
  }

  /// Hands over the rows that are asked for.
  ///
  /// @throws PgmendException of kind USAGE if a column or the predicate makes no sense, SOURCE if the archive's data is damaged,
  ///     REFUSED if the throwaway server cannot have a column's type
  public Found read(RowQuery query, Scratch scratch, RowSink sink) {
    return read(query, scratch, sink, false);
  }

  /// @param alwaysServer whether the server is to evaluate what could be compared without it
  Found read(RowQuery query, Scratch scratch, RowSink sink, boolean alwaysServer) {
    List<String> shown = shown(query);
    if (query.where() == null) {
      return stream(query, shown, null, sink);
    }
    Predicate predicate = Predicate.parse(query.where());
    EqualityFilter filter =
        EqualityFilter.of(predicate.sql(), predicate.tokens(), source.columns(), userTypes())
            .orElse(null);
    if (filter != null && !alwaysServer) {
      return stream(query, shown, filter, sink);
    }
    source.generated().stream()
        .filter(predicate::names)
        .filter(name -> !source.columns().containsKey(name))
        .findFirst()
        .ifPresent(TableRows::refuseGenerated);
    List<Column> mentioned =
        predicate.mentioned(source.name().name(), source.columns().keySet()).stream()
            .map(source.columns()::get)
            .toList();
    boolean sqlAscii = archive.toc().encodingName().equals("SQL_ASCII");
    int major = Math.max(archive.header().serverMajor(), archive.header().dumpMajor());
    try (Session opened = Session.open(scratch.database(major, sqlAscii))) {
      session = opened;
      ScratchFilter onServer =
          new ScratchFilter(archive, opened, source.name(), predicate, mentioned);
      onServer.prepare();
      return ask(query, shown, onServer, sink);
    } finally {
      session = null;
    }
  }

  private List<String> shown(RowQuery query) {
    for (String column : query.columns()) {
      if (source.generated().contains(column)) {
        refuseGenerated(column);
      }
      if (!source.columns().containsKey(column)) {
        throw new PgmendException(
            Kind.USAGE,
            "%s has no column %s in the backup".formatted(source.name(), Sql.quote(column)),
            "It has %s."
                .formatted(
                    source.columns().keySet().stream()
                        .map(Sql::quote)
                        .collect(Collectors.joining(", "))));
      }
    }
    return query.columns().isEmpty()
        ? List.copyOf(source.columns().keySet())
        : query.columns().stream().distinct().toList();
  }

  private static void refuseGenerated(String column) {
    throw new PgmendException(
        Kind.USAGE,
        "column %s is generated: its values are not in the backup".formatted(Sql.quote(column)),
        "Write its expression instead, over the columns that it is computed from.");
  }

  private Set<String> userTypes() {
    return archive.toc().entries().stream()
        .filter(entry -> entry.desc().equals("TYPE") || entry.desc().equals("DOMAIN"))
        .map(Entry::tag)
        .collect(Collectors.toSet());
  }

  private Found stream(
      RowQuery query, List<String> shown, @Nullable EqualityFilter filter, RowSink sink) {
    LinkedHashSet<String> read = new LinkedHashSet<>(shown);
    if (filter != null) {
      read.addAll(filter.columns());
    }
    List<String> places = List.copyOf(read);
    EqualityFilter.Bound matching = filter == null ? _ -> true : filter.bind(places);
    List<String> fixed = filter == null ? List.of() : filter.fixed();
    boolean oneOfAll = fixed.stream().anyMatch(source::isKeyOfAll);
    Values row = new Values(shown.size(), places.size());
    sink.columns(shown);
    long rows = 0;
    for (Part part : source.parts()) {
      boolean oneOfPart = fixed.stream().anyMatch(part.keys()::contains);
      int[] columns = columns(part, places);
      long seen = 0;
      try (RowReader reader = new RowReader(archive.copyText(part.data()), 1)) {
        boolean more = true;
        while (more && reader.fill()) {
          while (more && reader.next()) {
            if (rows == query.limit()) {
              return new Found(rows, true, false);
            }
            seen++;
            if (!row.read(reader.buffer(), reader.start(), reader.end(), columns)) {
              throw odd(part, seen);
            }
            if (matching.matches(row)) {
              sink.row(row);
              rows++;
              if (oneOfAll) {
                return new Found(rows, false, false);
              }
              more = !oneOfPart;
              if (filter != null && rows == query.limit()) {
                return new Found(rows, true, false);
              }
            }
          }
        }
      } catch (IOException e) {
        throw unreadable(part, e);
      }
    }
    return new Found(rows, false, false);
  }

  private Found ask(RowQuery query, List<String> shown, ScratchFilter filter, RowSink sink) {
    Values row = new Values(shown.size(), shown.size());
    sink.columns(shown);
    long rows = 0;
    for (Part part : source.parts()) {
      int[] columns = columns(part, shown);
      int[] sent = columns(part, filter.columns());
      try (RowReader reader = new RowReader(archive.copyText(part.data()), PIECE_BYTES)) {
        while (reader.fill()) {
          Picker picker = new Picker(reader, row, columns, sink);
          filter.matches(part, reader, sent, query.limit() - rows, picker::pick);
          rows += picker.picked;
          if (rows == query.limit()) {
            return new Found(rows, true, true);
          }
        }
      } catch (IOException e) {
        throw unreadable(part, e);
      }
    }
    return new Found(rows, false, true);
  }

  /// Hands over the rows of a piece that bear certain numbers, in ascending order.
  private static final class Picker {
    private final RowReader reader;
    private final Values row;
    private final int[] columns;
    private final RowSink sink;
    private long next = -1;
    private long picked;

    Picker(RowReader reader, Values row, int[] columns, RowSink sink) {
      this.reader = reader;
      this.row = row;
      this.columns = columns;
      this.sink = sink;
    }

    void pick(long number) {
      if (next < 0) {
        reader.rewind();
        next = 0;
      }
      do {
        if (!reader.next()) {
          throw new IllegalStateException("no row " + number);
        }
      } while (next++ < number);
      if (!row.read(reader.buffer(), reader.start(), reader.end(), columns)) {
        throw new IllegalStateException("row " + number + " was whole when it was sent");
      }
      sink.row(row);
      picked++;
    }
  }

  /// {@return for each field of the part's rows which of the columns it is, -1 for none}
  private static int[] columns(Part part, List<String> names) {
    return part.fields().stream().mapToInt(names::indexOf).toArray();
  }

  static PgmendException odd(Part part, long number) {
    return new PgmendException(
        Kind.SOURCE,
        "row %d of %s has more or fewer values than the backup says it has columns"
            .formatted(number, Entries.name(part.table())));
  }

  private PgmendException unreadable(Part part, IOException e) {
    return new PgmendException(
        Kind.SOURCE,
        "%s: cannot read the rows of %s: %s"
            .formatted(archive.name(), Entries.name(part.table()), e.getMessage()),
        null,
        e);
  }
}
