package dev.pgmend.diff;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.closure.Closure;
import dev.pgmend.closure.Entries;
import dev.pgmend.load.Loader;
import dev.pgmend.load.RowDigest.RowSet;
import dev.pgmend.load.TableReader;
import dev.pgmend.plan.ColumnPolicy;
import dev.pgmend.plan.EntrySql;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.sql.ColumnDefinition;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Compares units one by one, in a transaction that the caller has begun and rolls back.
final class Comparisons {
  private final Session session;
  private final Archive archive;
  private final Closure closure;
  private final Snapshot target;
  private int number;

  Comparisons(Session session, Archive archive, Closure closure, Snapshot target) {
    this.session = session;
    this.archive = archive;
    this.closure = closure;
    this.target = target;
  }

  /// {@return whether the rows are the backup's, byte by byte as COPY writes them} If not, they may still be the same: the text of a
  /// value can depend on settings.
  boolean same(Unit unit) {
    Relation live = target.relation(unit.table()).orElse(null);
    List<List<String>> columns =
        unit.data().stream().map(data -> EntrySql.copyTarget(data).columns()).distinct().toList();
    if (live == null
        || columns.size() != 1
        || !columns.getFirst().stream().allMatch(column -> live.column(column).isPresent())) {
      return false;
    }
    try {
      RowSet now =
          new TableReader(session).read(unit.table(), columns.getFirst(), live.isPartitioned());
      return now.matches(read(unit));
    } catch (SqlFailure failure) {
      throw explained(failure, unit.table(), target.server());
    }
  }

  /// Compares the rows of a unit in the current transaction.
  ///
  /// @param columns what became of the backup's columns
  RowDiff compare(
      Unit unit, List<String> key, ColumnPolicy columns, int samples, @Nullable OutputStream csv) {
    Relation live = target.relation(unit.table()).orElse(null);
    if (live == null) {
      long rows = read(unit).count();
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
              session, archive, unit, live, types(unit), target.keys(), key, columns, ++number)
          .compare(samples, csv);
    } catch (SqlFailure failure) {
      throw explained(failure, unit.table(), target.server());
    }
  }

  private Map<String, String> types(Unit unit) {
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

  private RowSet read(Unit unit) {
    return new Loader(session, archive).digest(unit.table(), unit.data());
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
}
