package dev.pgmend.run;

import dev.pgmend.archive.Entry;
import dev.pgmend.diff.StagedRows;
import dev.pgmend.load.DifferingRows;
import dev.pgmend.load.KeyColumns;
import dev.pgmend.load.Loader;
import dev.pgmend.load.RowBisection;
import dev.pgmend.load.RowRanges;
import dev.pgmend.load.Scoping;
import dev.pgmend.plan.LoadStep;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Finds out, when a proof has failed, which rows it was. Of a live source both servers are asked, and else the backup's rows are read once
/// more. If that fails, too, the proof's failure is told all the same. Not thread-safe.
final class Culprits {
  private final Work work;
  private final Session session;

  Culprits(Work work) {
    this.work = work;
    this.session = work.session;
  }

  /// {@return the failure of a proof, with the rows that differ}
  ///
  /// @param what what was found, without the state of the target
  /// @param hint what to do next, or null for the usual
  /// @param finding how the rows are found; empty where they cannot be told apart
  static ProofFailure failure(
      String what, @Nullable String hint, Supplier<Optional<DifferingRows>> finding) {
    return failure(
        finding,
        (words, rows) ->
            new ProofFailure("%s%s; the target is unchanged".formatted(what, words), hint, rows));
  }

  /// Makes the exception.
  interface Maker<E extends ProofFailure> {
    E make(String words, Optional<DifferingRows> rows);
  }

  /// The same, of another type.
  static <E extends ProofFailure> E failure(
      Supplier<Optional<DifferingRows>> finding, Maker<E> maker) {
    try {
      Optional<DifferingRows> rows = finding.get();
      return maker.make(rows.map(found -> "; " + found.words()).orElse(""), rows);
    } catch (RuntimeException failed) {
      E failure =
          maker.make(
              "; which rows differ could not be found out: " + failed.getMessage(),
              Optional.empty());
      failure.addSuppressed(failed);
      return failure;
    }
  }

  /// Compares what was staged with what should have been.
  ///
  /// @param some whether only rows of chunks that differ were staged
  /// @param ranges which rows of the backup were staged, null for all
  /// @param held whether this is in a transaction that others may wait for, and that is rolled back after the failure
  Optional<DifferingRows> staged(
      LoadStep.Load load,
      boolean partitioned,
      Loader loader,
      boolean some,
      @Nullable RowRanges ranges,
      boolean held) {
    if (ranges != null && !ranges.isComplete()) {
      return Optional.empty();
    }
    if (held) {
      limit();
      return staged(load, partitioned, loader, some, ranges);
    }
    session.begin();
    try {
      return staged(load, partitioned, loader, some, ranges);
    } finally {
      session.rollback();
    }
  }

  private Optional<DifferingRows> staged(
      LoadStep.Load load,
      boolean partitioned,
      Loader loader,
      boolean some,
      @Nullable RowRanges ranges) {
    List<String> key = key(load);
    if (!some && ranges == null && load.entries().size() == 1) {
      Entry data = work.archive.toc().find(load.entries().getFirst()).orElseThrow();
      Optional<DifferingRows> rows =
          new RowBisection(session, work.archive)
              .find(
                  load.table(),
                  new Scoping.Compared(load.into(), !partitioned, data, load.columns(), key));
      if (rows.isPresent()) {
        return rows;
      }
    }
    return Optional.of(
        new StagedRows(session)
            .compare(
                load.table(),
                (partitioned ? "" : "ONLY ") + load.into().sql(),
                load.columns(),
                key,
                again -> loader.reload(load, again, ranges)));
  }

  /// Compares a live table, as the cutover's transaction sees it, with its live source.
  Optional<DifferingRows> live(Scoping.Compared compared) {
    limit();
    return new RowBisection(session, work.archive).find(compared.table(), compared);
  }

  /// Keeps nobody waiting for longer than the user allows.
  private void limit() {
    session.queryText(
        "SELECT pg_catalog.set_config('statement_timeout', CASE pg_catalog.current_setting('statement_timeout') WHEN '0' THEN '%d' ELSE pg_catalog.current_setting('statement_timeout') END, true) AS t"
            .formatted(work.plan.request().maxBlock().toMillis()),
        row -> row.text("t"));
  }

  private List<String> key(LoadStep.Load load) {
    if (!load.key().isEmpty()) {
      return load.key();
    }
    for (QualifiedName table : List.of(load.into(), load.table())) {
      List<String> key = KeyColumns.of(session, table);
      if (!key.isEmpty() && load.columns().containsAll(key)) {
        return key;
      }
    }
    return List.of();
  }
}
