package dev.pgmend.diff;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.catalog.SnapshotReader;
import dev.pgmend.closure.Closure;
import dev.pgmend.closure.ClosureBuilder;
import dev.pgmend.closure.Entries;
import dev.pgmend.closure.Ownership;
import dev.pgmend.load.RowDigest;
import dev.pgmend.plan.EntrySql;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.sql.ColumnDefinition;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
  public record Request(Set<QualifiedName> tables, List<String> key, int samples) {
    public Request {
      tables = Set.copyOf(tables);
      key = List.copyOf(key);
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
    Closure closure =
        new ClosureBuilder(archive.toc(), new Ownership(archive.toc())).of(request.tables());
    Snapshot target =
        SnapshotReader.read(session, closure.tableNames(), closure.tableNames(), List.of());
    List<Unit> units = Unit.of(closure, target);
    checkData(closure, units, request);
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
        diffs.add(compare(unit, closure, target, request, diffs.size() + 1, csv));
      }
      return diffs;
    } finally {
      session.rollback();
    }
  }

  /// Stops what is being done, from another thread; see [Session#interrupt].
  public void interrupt() {
    session.interrupt();
  }

  private static void checkData(Closure closure, List<Unit> units, Request request) {
    for (Entry table : closure.tables()) {
      QualifiedName name = Entries.name(table);
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

  private RowDiff compare(
      Unit unit,
      Closure closure,
      Snapshot target,
      Request request,
      int number,
      @Nullable OutputStream csv) {
    Relation live = target.relation(unit.table()).orElse(null);
    if (live == null) {
      long rows = count(unit);
      return new RowDiff(
          unit.table(),
          true,
          List.of(),
          rows,
          rows,
          0,
          0,
          new LinkedHashMap<>(),
          List.of(),
          List.of());
    }
    if (!live.isTable()) {
      throw new PgmendException(
          Kind.REFUSED, "%s is not a table in the target".formatted(unit.table()));
    }
    try {
      return new RowComparison(
              session,
              archive,
              unit,
              live,
              types(unit, closure),
              target.keys(),
              request.key(),
              number)
          .compare(request.samples(), csv);
    } catch (SqlFailure failure) {
      throw explained(failure, unit.table(), target.server());
    }
  }

  private Map<String, String> types(Unit unit, Closure closure) {
    EntrySql sql = new EntrySql(archive.toc().standardConformingStrings());
    Map<String, String> types = new HashMap<>();
    for (Entry table : closure.tables()) {
      if (Entries.name(table).equals(unit.table())) {
        for (ColumnDefinition column : sql.table(table).columns()) {
          types.put(column.name(), column.type());
        }
      }
    }
    return types;
  }

  private long count(Unit unit) {
    RowDigest digest = new RowDigest();
    byte[] buffer = new byte[1 << 16];
    for (Entry data : unit.data()) {
      try (InputStream rows = archive.copyText(data)) {
        int length;
        while ((length = rows.read(buffer)) >= 0) {
          digest.update(buffer, 0, length);
        }
      } catch (IOException e) {
        throw new PgmendException(
            Kind.SOURCE,
            "%s: cannot read the rows of %s: %s"
                .formatted(archive.path(), unit.table(), e.getMessage()),
            null,
            e);
      }
    }
    return digest.rows().count();
  }

  private static PgmendException explained(
      SqlFailure failure, QualifiedName table, Snapshot.Server server) {
    String role = Sql.quote(server.role());
    String hint =
        switch (failure.sqlState()) {
          case "25006" ->
              "The target is a standby or read-only, where the backup's rows cannot be put beside the table's; name the primary.";
          case "42501" ->
              failure.serverMessage().contains("row-level security")
                  ? "Connect as a superuser or as a role with BYPASSRLS."
                  : failure.serverMessage().contains("temporary")
                      ? "GRANT TEMPORARY ON DATABASE %s TO %s;"
                          .formatted(Sql.quote(server.database()), role)
                      : "GRANT SELECT ON %s TO %s;".formatted(table.sql(), role);
          default -> "";
        };
    return hint.isEmpty()
        ? failure
        : new PgmendException(
            Kind.REFUSED,
            "%s cannot be compared: %s; nothing was changed"
                .formatted(table, failure.serverMessage()),
            hint,
            failure);
  }

  @Override
  public void close() {
    session.close();
  }
}
