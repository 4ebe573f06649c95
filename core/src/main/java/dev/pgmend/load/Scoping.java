package dev.pgmend.load;

import dev.pgmend.PgmendException;
import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Entry;
import dev.pgmend.archive.LiveData;
import dev.pgmend.plan.EntrySql;
import dev.pgmend.postgres.CopySource;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// Finds out in which chunks of a table a live source and the target differ, without reading the rows: each server hashes its own, both
/// at the same time. A chunk is a range of the key if that is one whole number, else the rows whose keys have a hash; so both sides agree
/// on them. Nothing is created on either side. Takes ACCESS SHARE on both.
public final class Scoping {
  /// So many rows are read where one of them differs.
  private static final int CHUNK_ROWS = 16;

  private static final long CHUNKS_MOST = 1 << 18;

  /// If more chunks differ, their list is too long for a query.
  static final int DIFFERING_MOST = 1 << 17;

  /// If more of the rows would have to be read, all of them are.
  private static final double WORTH = 0.4;

  private final Session session;
  private final Archive archive;

  public Scoping(Session session, Archive archive) {
    this.session = session;
    this.archive = archive;
  }

  /// What is to be compared.
  ///
  /// @param table the target's
  /// @param only whether its partitions or children are left out
  /// @param columns the names that the backup's columns have today, in its order
  /// @param key some of them, by which no two rows of either side are the same; equal values of them are the same bytes
  public record Compared(
      QualifiedName table, boolean only, Entry data, List<String> columns, List<String> key) {
    public Compared {
      columns = List.copyOf(columns);
      key = List.copyOf(key);
    }
  }

  /// Both sides of a comparison, and how their rows are hashed.
  ///
  /// @param from the source's table
  /// @param names the source's names of the columns
  record Sides(
      Compared compared,
      LiveData source,
      QualifiedName from,
      List<String> names,
      Chunking chunking) {
    /// {@return the source's table as it stands after FROM}
    String there() {
      return "ONLY " + from.sql();
    }

    /// {@return the target's}
    String here() {
      return (compared.only() ? "ONLY " : "") + compared.table().sql() + " AS l";
    }

    List<String> columnsThere() {
      return quoted(names, "");
    }

    List<String> columnsHere() {
      return quoted(compared.columns(), "l.");
    }
  }

  /// What the chunks of both sides are.
  record Sums(ChunkSums backup, ChunkSums live) {
    /// {@return those that differ, in ascending order}
    long[] differing() {
      return ChunkSums.differing(backup, live);
    }
  }

  /// Compares, in the target's transaction.
  ///
  /// @return where they differ; empty where that cannot be told so, or would not save much
  public Optional<Scope> compare(Compared compared) {
    return compared.key().isEmpty()
        ? Optional.empty()
        : sides(compared).flatMap(sides -> scope(sides, sums(sides)));
  }

  /// {@return both sides, if both servers hash the same rows to the same numbers} Without a key the whole row makes its chunk.
  Optional<Sides> sides(Compared compared) {
    LiveData source = archive.live().orElse(null);
    List<String> names = compared.data().copyStmt() == null ? List.of() : columns(compared.data());
    if (source == null
        || archive.replaces()
        || names.isEmpty()
        || names.size() != compared.columns().size()
        || !compared.columns().containsAll(compared.key())) {
      return Optional.empty();
    }
    QualifiedName from = new QualifiedName(compared.data().namespace(), compared.data().tag());
    List<String> told = types(source, compared.data(), from, names);
    Optional<List<String>> here = RowImage.told(session, compared.table(), compared.columns());
    if (here.isEmpty() || !here.get().equals(told)) {
      return Optional.empty();
    }
    RowImage image = new RowImage(told.subList(1, told.size()));
    List<Integer> key =
        compared.key().isEmpty()
            ? IntStream.range(0, names.size()).boxed().toList()
            : compared.key().stream().map(compared.columns()::indexOf).toList();
    Chunking chunking =
        chunking(
            source,
            compared.data(),
            from,
            names,
            image,
            key,
            !compared.key().isEmpty() && key.size() == 1 && image.isNumber(key.getFirst()));
    return chunking == null
        ? Optional.empty()
        : Optional.of(new Sides(compared, source, from, names, chunking));
  }

  private static List<String> columns(Entry data) {
    return EntrySql.copyTarget(data).columns();
  }

  private static List<String> quoted(List<String> columns, String prefix) {
    return columns.stream().map(column -> prefix + Sql.quote(column)).toList();
  }

  private static List<String> types(
      LiveData source, Entry data, QualifiedName from, List<String> columns) {
    return lines(source, data, RowImage.query(from.sql(), columns));
  }

  static List<String> lines(LiveData source, Entry data, String query) {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(source.query(data, query), StandardCharsets.UTF_8))) {
      return reader.lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// {@return null where there is nothing to be chunked}
  ///
  /// @param ranges whether chunks are ranges of the key
  private @Nullable Chunking chunking(
      LiveData source,
      Entry data,
      QualifiedName from,
      List<String> names,
      RowImage image,
      List<Integer> key,
      boolean ranges) {
    long seed = new SecureRandom().nextLong();
    String rows =
        "SELECT greatest(c.reltuples::pg_catalog.int8, pg_catalog.pg_relation_size(c.oid) / 200) FROM pg_catalog.pg_class AS c WHERE c.oid = %s::pg_catalog.regclass"
            .formatted(Sql.literal(from.sql()));
    long chunks =
        Math.clamp(
            Long.parseLong(lines(source, data, rows).getFirst()) / CHUNK_ROWS, 16, CHUNKS_MOST);
    if (!ranges) {
      return new Chunking(image, key, seed, 0, Long.highestOneBit(chunks) * 2 - 1);
    }
    String column = Sql.quote(names.get(key.getFirst()));
    String span =
        "SELECT coalesce((pg_catalog.max(%s)::pg_catalog.numeric - pg_catalog.min(%s)) / %d, 0)::pg_catalog.numeric(30, 0) FROM ONLY %s"
            .formatted(column, column, chunks, from.sql());
    BigInteger width = new BigInteger(lines(source, data, span).getFirst()).add(BigInteger.ONE);
    return width.bitLength() > 62
        ? new Chunking(image, key, seed, 0, Long.highestOneBit(chunks) * 2 - 1)
        : new Chunking(image, key, seed, width.longValueExact(), 0);
  }

  /// Lets both servers hash all rows, at the same time.
  Sums sums(Sides sides) {
    Chunking chunking = sides.chunking();
    String there = sums(chunking, sides.columnsThere(), sides.there());
    String here = sums(chunking, sides.columnsHere(), sides.here());
    CompletableFuture<ChunkSums> reading = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .name("pgmend-source-sums")
        .start(() -> {
          try (InputStream lines = sides.source().query(sides.compared().data(), there)) {
            ChunkSums sums = new ChunkSums();
            sums.read(lines);
            reading.complete(sums);
          } catch (IOException | RuntimeException | Error e) {
            reading.completeExceptionally(e);
          }
        });
    ChunkSums live = new ChunkSums();
    ChunkSums backup;
    // As on the source (live.Readers): there is room in memory for what the server would sort on
    // disk.
    session.execute("SET LOCAL work_mem = '64MB'; SET LOCAL enable_sort = off");
    try (CopySource lines = session.copyOut("COPY (%s) TO STDOUT".formatted(here))) {
      byte[] line;
      while ((line = lines.next()) != null) {
        live.read(line);
      }
    } finally {
      // Whatever becomes of the target's: the source's session is to be left as it was found.
      backup = joined(reading);
    }
    session.execute("SET LOCAL work_mem TO DEFAULT; SET LOCAL enable_sort TO DEFAULT");
    return new Sums(backup, live);
  }

  private static Optional<Scope> scope(Sides sides, Sums sums) {
    Chunking chunking = sides.chunking();
    ChunkSums backup = sums.backup();
    long[] differing = sums.differing();
    long rows = LongStream.of(differing).map(backup::count).sum();
    if (differing.length > DIFFERING_MOST || rows > WORTH * backup.rows() + 1000) {
      return Optional.empty();
    }
    return Optional.of(
        new Scope(
            chunking.among(sides.columnsThere(), differing),
            chunking.among(sides.columnsHere(), differing),
            "SELECT pg_catalog.count(*) AS n, coalesce(pg_catalog.sum(%s), 0)::pg_catalog.text AS sum FROM %s"
                .formatted(chunking.row(sides.columnsHere()), sides.here()),
            backup.rows(),
            backup.total(),
            backup.size(),
            differing.length));
  }

  private static ChunkSums joined(CompletableFuture<ChunkSums> reading) {
    try {
      return reading.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof PgmendException known ? known : e;
    }
  }

  private static String sums(Chunking chunking, List<String> columns, String relation) {
    return "SELECT %s, pg_catalog.count(*), pg_catalog.sum(%s) FROM %s GROUP BY 1"
        .formatted(chunking.chunk(columns), chunking.row(columns), relation);
  }
}
