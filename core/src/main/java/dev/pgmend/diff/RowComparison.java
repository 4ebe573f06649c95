package dev.pgmend.diff;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.diff.DiffSql.Column;
import dev.pgmend.diff.RowDiff.Sample;
import dev.pgmend.diff.RowDiff.Value;
import dev.pgmend.load.Loader;
import dev.pgmend.load.Scope;
import dev.pgmend.load.Scoping;
import dev.pgmend.plan.ColumnPolicy;
import dev.pgmend.plan.EntrySql;
import dev.pgmend.plan.LoadStep;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.postgres.SqlState;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// Compares the rows of one unit, in the current transaction, which has to be rolled back.
final class RowComparison {
  /// How much of a value is shown.
  private static final int SHOWN = 200;

  private final Session session;
  private final Archive archive;
  private final Unit unit;
  private final Relation live;
  private final List<String> wantedKey;
  private final List<String> keyColumns;
  private final List<String> operators;

  /// Whether there is a key, and equal values of it are the same bytes.
  private final boolean byImage;

  private final List<String> notes = new ArrayList<>();
  private final ColumnPolicy policy;
  private final TodaysNames names;
  private final QualifiedName staged;
  private final QualifiedName found;

  /// @param types the backup's types of the columns, as far as they are known
  /// @param wantedKey the key that the user has named, or nothing
  /// @param policy what became of the backup's columns
  RowComparison(
      Session session,
      Archive archive,
      Unit unit,
      Relation live,
      Map<String, String> types,
      List<Snapshot.Key> keys,
      List<String> wantedKey,
      ColumnPolicy policy,
      int number) {
    this.session = session;
    this.archive = archive;
    this.unit = unit;
    this.live = live;
    this.wantedKey = wantedKey;
    this.policy = policy;
    this.names = new TodaysNames(policy.renames(), unit.table(), live, unit.columns());
    this.notes.addAll(names.words());
    this.staged = new QualifiedName("pg_temp", "pgmend_backup_" + number);
    this.found = new QualifiedName("pg_temp", "pgmend_found_" + number);
    this.columns = columns(types);
    Optional<Snapshot.Key> usable = usable(keys);
    this.keyColumns =
        wantedKey.isEmpty() ? usable.map(Snapshot.Key::columns).orElse(List.of()) : wantedKey;
    this.byImage = wantedKey.isEmpty() && usable.filter(Snapshot.Key::byImage).isPresent();
    this.operators =
        usable
            .filter(key -> wantedKey.isEmpty() || key.columns().equals(wantedKey))
            .map(Snapshot.Key::operators)
            .orElseGet(() -> wantedKey.stream().map(_ -> "OPERATOR(pg_catalog.=)").toList());
  }

  private final List<Column> columns;

  private List<Column> columns(Map<String, String> types) {
    List<Column> result = new ArrayList<>();
    List<String> lost = new ArrayList<>();
    for (String name : unit.columns()) {
      Relation.Column column = names.of(name, live).orElse(null);
      String today = names.staged(name);
      String type = types.getOrDefault(name, "");
      if (column == null) {
        lost.add(Sql.quote(name));
        result.add(new Column(today, false, "", false));
      } else if (type.isEmpty() || type.equals(column.type())) {
        result.add(new Column(today, true, "", false));
      } else {
        notes.add(
            "column %s is %s in the backup and %s now: compared as what the backup's values become"
                .formatted(Sql.quote(name), type, column.type()));
        result.add(new Column(today, true, column.type(), false));
      }
    }
    if (!lost.isEmpty() && !policy.drop()) {
      notes.add("not in the table any more, and not compared: " + String.join(", ", lost));
    }
    List<String> added =
        live.columns().stream()
            .filter(column ->
                column.generated() == 0
                    && result.stream()
                        .noneMatch(one -> one.inBoth() && one.name().equals(column.name())))
            .map(column -> Sql.quote(column.name()))
            .toList();
    if (!added.isEmpty()) {
      notes.add("not in the backup, and not compared: " + String.join(", ", added));
    }
    return result;
  }

  /// The table's first usable key whose columns the backup has, with the types that they have now.
  private Optional<Snapshot.Key> usable(List<Snapshot.Key> keys) {
    List<String> plain =
        columns.stream()
            .filter(column -> column.inBoth() && column.cast().isEmpty())
            .map(Column::name)
            .toList();
    for (String column : wantedKey) {
      if (!plain.contains(column)) {
        throw new PgmendException(
            Kind.USAGE,
            "column %s of %s cannot be a key: %s"
                .formatted(
                    Sql.quote(column),
                    unit.table(),
                    columns.stream().noneMatch(one -> one.inBoth() && one.name().equals(column))
                        ? "backup and table do not both have it"
                        : "its type has changed"));
      }
    }
    return keys.stream()
        .filter(key ->
            key.table().equals(unit.table())
                && plain.containsAll(key.columns())
                && key.operators().size() == key.columns().size())
        .filter(key -> wantedKey.isEmpty() || key.columns().equals(wantedKey))
        .findFirst();
  }

  /// @param csv where every row that differs is written, or null
  RowDiff compare(int samples, @Nullable OutputStream csv) {
    session.execute("SAVEPOINT \"pgmend columns\"");
    try {
      return compare(columns, samples, csv);
    } catch (SqlFailure failure) {
      boolean retyped = columns.stream().anyMatch(column -> !column.cast().isEmpty());
      if (!retyped || !failure.sqlState().startsWith("22")) {
        throw failure;
      }
      session.execute("ROLLBACK TO SAVEPOINT \"pgmend columns\"");
      notes.add(
          "not every value fits the type of today (%s): compared as text"
              .formatted(failure.serverMessage()));
      return compare(
          columns.stream()
              .map(column ->
                  column.cast().isEmpty()
                      ? column
                      : new Column(column.name(), true, column.cast(), true))
              .toList(),
          samples,
          csv);
    }
  }

  private RowDiff compare(List<Column> compared, int samples, @Nullable OutputStream csv) {
    String table = (live.isPartitioned() ? "" : "ONLY ") + unit.table().sql();
    Optional<Scope> scope = scope(compared);
    DiffSql sql =
        new DiffSql(
            scope
                .map(part -> "(SELECT l.* FROM %s AS l WHERE %s)".formatted(table, part.live()))
                .orElse(table),
            staged,
            found,
            compared,
            keyColumns,
            operators);
    session.execute(sql.createStaged());
    long read = load(scope);
    long rows = scope.map(Scope::rows).orElse(read);
    session.execute("ANALYZE " + staged.sql());
    if (!wantedKey.isEmpty()) {
      long bad = number(sql.countBadKeys(), "n");
      if (bad > 0) {
        throw new PgmendException(
            Kind.USAGE,
            "(%s) is no key of %s: %d values occur more than once or are null"
                .formatted(
                    String.join(", ", wantedKey.stream().map(Sql::quote).toList()),
                    unit.table(),
                    bad),
            "Name other columns, or leave out --key.");
      }
    }
    sql.collect().forEach(session::execute);
    RowDiff counts =
        session
            .queryText(
                sql.counts(),
                row ->
                    new RowDiff(
                        unit.table(),
                        false,
                        keyColumns,
                        rows,
                        row.number("missing"),
                        row.number("changed"),
                        row.number("newer"),
                        new LinkedHashMap<>(),
                        notes,
                        List.of()))
            .getFirst();
    RowDiff result =
        new RowDiff(
            unit.table(),
            false,
            keyColumns,
            rows,
            counts.missing(),
            counts.changed(),
            counts.newer(),
            counts.changed() == 0 ? new LinkedHashMap<>() : changedColumns(sql),
            notes,
            samples(sql, counts, samples));
    if (csv != null) {
      session.copyOut(sql.csv(), csv);
    }
    session.execute("DROP TABLE %s; DROP TABLE %s".formatted(found.sql(), staged.sql()));
    return result;
  }

  /// Of a live source only the chunks are read that differ.
  private Optional<Scope> scope(List<Column> compared) {
    boolean plain =
        unit.data().size() == 1
            && byImage
            && compared.stream().allMatch(column -> column.inBoth() && column.cast().isEmpty());
    if (!plain) {
      return Optional.empty();
    }
    Optional<Scope> scope =
        new Scoping(session, archive)
            .compare(
                new Scoping.Compared(
                    unit.table(),
                    !live.isPartitioned(),
                    unit.data().getFirst(),
                    compared.stream().map(Column::name).toList(),
                    keyColumns));
    scope.ifPresent(part -> notes.add(part.words()));
    return scope;
  }

  /// Columns may stand in another order in each partition.
  private long load(Optional<Scope> scope) {
    Loader loader = new Loader(session, archive);
    scope.ifPresent(part -> loader.restrict(unit.data().getFirst().dumpId(), part));
    long rows = 0;
    for (Entry data : unit.data()) {
      rows +=
          loader
              .load(
                  new LoadStep.Load(
                      unit.table(),
                      staged,
                      EntrySql.copyTarget(data).columns().stream().map(names::staged).toList(),
                      List.of(data.dumpId())),
                  _ -> {})
              .count();
    }
    return rows;
  }

  private long number(String query, String column) {
    try {
      return session.queryText(query, row -> row.number(column)).getFirst();
    } catch (SqlFailure failure) {
      if (!SqlState.isUndefinedName(failure.sqlState())) {
        throw failure;
      }
      throw new PgmendException(
          Kind.USAGE,
          "(%s) cannot be a key of %s: %s"
              .formatted(String.join(", ", wantedKey), unit.table(), failure.serverMessage()),
          null,
          failure);
    }
  }

  private SequencedMap<String, Long> changedColumns(DiffSql sql) {
    List<String> counts =
        session.queryText(sql.changedColumns(), row -> row.texts("counts")).getFirst();
    SequencedMap<String, Long> changed = new LinkedHashMap<>();
    for (int i = 0; i < counts.size(); i++) {
      long rows = Long.parseLong(counts.get(i));
      if (rows > 0) {
        changed.put(sql.compared().get(i).name(), rows);
      }
    }
    return changed;
  }

  private List<Sample> samples(DiffSql sql, RowDiff counts, int limit) {
    List<Sample> samples = new ArrayList<>();
    if (limit == 0) {
      return samples;
    }
    Map<RowDiff.Kind, Long> kinds = new LinkedHashMap<>();
    kinds.put(RowDiff.Kind.MISSING, counts.missing());
    kinds.put(RowDiff.Kind.CHANGED, counts.changed());
    kinds.put(RowDiff.Kind.NEWER, counts.newer());
    kinds.forEach((kind, rows) -> {
      if (rows > 0) {
        samples.addAll(
            session.queryText(
                sql.samples(kind.toString().charAt(0), limit, SHOWN),
                row ->
                    sample(
                        sql,
                        kind,
                        row.textsOrNulls("backup"),
                        row.textsOrNulls("live"),
                        row.textsOrNulls("differs"))));
      }
    });
    return samples;
  }

  private Sample sample(
      DiffSql sql,
      RowDiff.Kind kind,
      List<@Nullable String> backup,
      List<@Nullable String> now,
      List<@Nullable String> differs) {
    List<Value> values = new ArrayList<>();
    for (int i = 0; i < sql.columns().size(); i++) {
      Column column = sql.columns().get(i);
      boolean different = kind == RowDiff.Kind.CHANGED && "true".equals(differs.get(i));
      if (kind != RowDiff.Kind.CHANGED || different || keyColumns.contains(column.name())) {
        values.add(new Value(column.name(), backup.get(i), now.get(i), different));
      }
    }
    return new Sample(kind, values);
  }
}
