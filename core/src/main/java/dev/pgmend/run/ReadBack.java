package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.load.Loader;
import dev.pgmend.load.RowDigest;
import dev.pgmend.load.RowDigest.RowSet;
import dev.pgmend.load.RowOrigin;
import dev.pgmend.load.RowSums;
import dev.pgmend.load.TableReader;
import dev.pgmend.plan.LoadStep;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.PageRanges;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Looks at staged rows once they are loaded, on other connections while indexes are built: hashes them, has both servers hash them, or
/// counts them. Takes ACCESS SHARE. Not thread-safe.
final class ReadBack {
  /// A part of a table with fewer pages is not worth a connection.
  private static final long PAGES = 1024;

  private final Work work;
  private final Crew crew;
  private final Loader loader;
  private final Map<QualifiedName, List<Part>> reading = new HashMap<>();
  private final Map<QualifiedName, Summed> summing = new HashMap<>();
  private final Map<QualifiedName, Origin> counting = new HashMap<>();

  private record Part(Crew.Errand errand, RowDigest digest) {}

  private record Origin(Crew.Errand errand, AtomicReference<RowSet> rows) {}

  private record SumPart(Crew.Errand errand, AtomicReference<RowSums.Sum> sum) {
    RowSums.Sum awaited(Crew crew) {
      crew.await(errand);
      return Objects.requireNonNull(sum.get());
    }
  }

  private record Summed(SumPart there, List<SumPart> here) {}

  /// What both servers say of a table's rows.
  record Both(RowSums.Sum there, RowSums.Sum here) {}

  /// @param loader what has loaded them
  ReadBack(Work work, Crew crew, Loader loader) {
    this.work = work;
    this.crew = crew;
    this.loader = loader;
  }

  /// Begins with a table, if that was not done yet.
  ///
  /// @param sums how a live source and the target describe its rows, if they do
  void begin(LoadStep.Load load, boolean partitioned, @Nullable RowSums sums) {
    QualifiedName staged = load.into();
    if (!work.effort.hashes()) {
      counting.computeIfAbsent(staged, _ -> count(load, partitioned));
    } else if (sums != null) {
      summing.computeIfAbsent(staged, _ -> sum(load, sums, partitioned));
    } else {
      reading.computeIfAbsent(staged, _ -> read(load, partitioned));
    }
  }

  private List<Part> read(LoadStep.Load load, boolean partitioned) {
    List<Part> parts = new ArrayList<>();
    for (String where : ranges(load)) {
      RowDigest digest = new RowDigest();
      parts.add(
          new Part(
              crew.send(own ->
                  new TableReader(own, work.effort, work.rate)
                      .add(digest, load.into(), load.columns(), partitioned, where)),
              digest));
    }
    return parts;
  }

  /// Both servers at once: the source's on a connection of its own.
  private Summed sum(LoadStep.Load load, RowSums sums, boolean partitioned) {
    AtomicReference<RowSums.Sum> there = new AtomicReference<>();
    Crew.Errand errand = crew.send(_ -> there.set(sums.there()));
    List<SumPart> here = new ArrayList<>();
    for (String where : ranges(load)) {
      AtomicReference<RowSums.Sum> part = new AtomicReference<>();
      here.add(
          new SumPart(
              crew.send(own ->
                  part.set(
                      sums.here(
                          own, load.into(), partitioned, where, loader.writers(load.into())))),
              part));
    }
    return new Summed(new SumPart(errand, there), here);
  }

  private Origin count(LoadStep.Load load, boolean partitioned) {
    AtomicReference<RowSet> rows = new AtomicReference<>();
    return new Origin(crew.send(own -> rows.set(count(own, load, partitioned))), rows);
  }

  private RowSet count(Session session, LoadStep.Load load, boolean partitioned) {
    return new RowOrigin(session).read(load.into(), partitioned, loader.writers(load.into()));
  }

  /// {@return conditions, each of which holds for a part of the rows, for half of the connections: the others build indexes}
  private List<String> ranges(LoadStep.Load load) {
    int parts = crew.size() / 2;
    long pages =
        work.statements.number(
            "pg_catalog.pg_relation_size(%s) / pg_catalog.current_setting('block_size')::bigint"
                .formatted(Sql.literal(load.into().sql())));
    if (parts < 2 || pages < PAGES * parts) {
      return List.of("");
    }
    return PageRanges.of(pages, parts).stream().map(range -> " WHERE " + range).toList();
  }

  /// {@return what both servers say of a table's rows, begun only now if need be}
  Both sums(LoadStep.Load load, boolean partitioned, RowSums sums) {
    Summed summed = summing.get(load.into());
    if (summed == null) {
      summed = sum(load, sums, partitioned);
    }
    return new Both(
        there(summed, sums),
        RowSums.Sum.of(summed.here().stream().map(part -> part.awaited(crew)).toList()));
  }

  /// A source that has no connection for one more has one again when those before are done.
  private RowSums.Sum there(Summed summed, RowSums sums) {
    try {
      return summed.there().awaited(crew);
    } catch (PgmendException e) {
      if (e.kind() != Kind.CONNECTION) {
        throw e;
      }
      return sums.there();
    }
  }

  /// {@return what a table has, read only now if need be: a hash, or where rows are only counted what tells whether they are changed later}
  RowSet rows(LoadStep.Load load, boolean partitioned) {
    QualifiedName staged = load.into();
    Origin counted = counting.get(staged);
    if (counted != null) {
      crew.await(counted.errand());
      return Objects.requireNonNull(counted.rows().get());
    }
    List<Part> parts = reading.get(staged);
    if (parts == null) {
      return work.effort.hashes()
          ? new TableReader(work.session, work.effort, work.rate)
              .read(staged, load.columns(), partitioned)
          : count(work.session, load, partitioned);
    }
    RowDigest digest = new RowDigest();
    for (Part part : parts) {
      crew.await(part.errand());
      digest.add(part.digest());
    }
    return digest.rows();
  }
}
