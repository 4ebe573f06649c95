package dev.pgmend.diff;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.SameDatabase;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.catalog.SnapshotReader;
import dev.pgmend.closure.Closure;
import dev.pgmend.closure.ClosureBuilder;
import dev.pgmend.closure.Entries;
import dev.pgmend.closure.Ownership;
import dev.pgmend.plan.ColumnPolicy;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Tells which rows of tables are missing, changed or newer than the backup. Neither the backup nor the target is changed: the
/// backup's rows wait in temporary tables of a transaction that is rolled back. Takes ACCESS SHARE on the tables. Needs SELECT on them
/// and TEMPORARY on the database; a standby allows no temporary tables. Owns the connection; the archive stays the caller's. Not
/// thread-safe.
public final class TableDiff implements AutoCloseable {
  private final Archive archive;
  private final Session session;

  private TableDiff(Archive archive, Session session) {
    this.archive = archive;
    this.session = session;
  }

  /// Connects to the target.
  public static TableDiff open(Archive archive, ConnectionTarget target) {
    return new TableDiff(archive, Session.open(target));
  }

  /// What to compare and what to tell.
  ///
  /// @param key the columns that tell rows apart; empty for the primary key or another usable one
  /// @param samples how many rows of each kind to show
  /// @param columns what became of the backup's columns
  public record Request(
      Set<QualifiedName> tables, List<String> key, int samples, ColumnPolicy columns) {
    public Request {
      tables = Set.copyOf(tables);
      key = List.copyOf(key);
    }

    /// Columns go by their names.
    public Request(Set<QualifiedName> tables, List<String> key, int samples) {
      this(tables, key, samples, ColumnPolicy.NONE);
    }
  }

  /// Compares tables with their partitions and inheritance children.
  ///
  /// @param progress told the name of each table before it is read
  /// @param csv where every row that differs is written, with the names of the columns in the first line, or null; not closed
  /// @throws PgmendException of kind USAGE if there is more than one table to be written, or the key is none; of kind REFUSED
  ///     if a right is missing
  public List<RowDiff> compare(
      Request request, Consumer<QualifiedName> progress, @Nullable OutputStream csv) {
    archive.checkWhole();
    archive.live().ifPresent(live -> SameDatabase.refuse(session, live.mark()));
    Closure closure =
        new ClosureBuilder(archive.toc(), new Ownership(archive.toc())).of(request.tables());
    Snapshot target =
        SnapshotReader.read(session, closure.tableNames(), closure.tableNames(), List.of());
    List<Unit> units = Unit.of(closure, target);
    Comparisons comparisons = new Comparisons(session, archive, closure, target);
    checkData(closure, units, request);
    for (ColumnPolicy.Rename rename : request.columns().renames()) {
      if (units.stream()
          .noneMatch(unit -> TodaysNames.meant(rename, unit.table(), unit.columns()))) {
        throw TodaysNames.usage(rename, "the backup has no such column");
      }
    }
    if (csv != null && units.size() > 1) {
      throw new PgmendException(
          Kind.USAGE,
          "the rows of %d tables do not fit into one file".formatted(units.size()),
          "Name one table.");
    }
    session.begin();
    try {
      session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
      session.execute("SET LOCAL lock_timeout = '10s'");
      List<RowDiff> diffs = new ArrayList<>();
      for (Unit unit : units) {
        progress.accept(unit.table());
        diffs.add(
            comparisons.compare(unit, request.key(), request.columns(), request.samples(), csv));
      }
      return diffs;
    } finally {
      session.rollback();
    }
  }

  /// Stops what is being done, from another thread; see [Session#interrupt].
  public void interrupt() {
    archive.interrupt();
    session.interrupt();
  }

  private static void checkData(Closure closure, List<Unit> units, Request request) {
    for (Entry table : closure.tables()) {
      QualifiedName name = Entries.name(table);
      if (closure.data(table).filter(data -> data.copyStmt() == null).isPresent()) {
        throw new PgmendException(
            Kind.SOURCE,
            "the rows of %s are INSERT statements without column names, and the order of its columns is not known"
                .formatted(name),
            "Leave it out with --exclude-table, or use a backup made with --column-inserts or without --inserts.");
      }
      boolean rows =
          closure.data(table).isPresent()
              || units.stream().anyMatch(unit -> unit.table().equals(name));
      if (request.tables().contains(name)
          && !rows
          && closure.tables().stream().noneMatch(entry -> closure.data(entry).isPresent())) {
        throw new PgmendException(
            Kind.SOURCE,
            "the backup holds no rows of %s".formatted(name),
            "Use a backup that has them.");
      }
    }
  }

  @Override
  public void close() {
    session.close();
  }
}
