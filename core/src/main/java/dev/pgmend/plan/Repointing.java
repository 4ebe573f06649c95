package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.closure.Entries;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A value of type regclass or regtype is an OID: one that named a table which was dropped or exchanged names nothing, or the table
/// that was replaced. Those of other tables are made to name the restored one; where it is not known what they named, that is said.
final class Repointing {
  private static final Set<String> RELATIONS =
      Set.of("TABLE", "VIEW", "MATERIALIZED VIEW", "SEQUENCE", "FOREIGN TABLE", "INDEX");
  private static final Set<String> TYPES = Set.of("TYPE", "DOMAIN");
  private static final String NOTHING = "SELECT 0::oid AS old, 0::oid AS new WHERE false";

  private final Draft draft;

  Repointing(Draft draft) {
    this.draft = draft;
  }

  /// What has an OID of its own in the archive.
  private record Moved(long old, QualifiedName name) {
    static String values(List<Moved> moved, String catalog, String resolve) {
      return moved.isEmpty()
          ? NOTHING
          : "SELECT v.old, pg_catalog.%1$s(v.name)::pg_catalog.oid AS new FROM (VALUES %2$s) AS v(old, name) WHERE pg_catalog.%1$s(v.name) IS NOT NULL AND NOT EXISTS (SELECT 1 FROM pg_catalog.%3$s AS c WHERE c.oid = v.old)"
              .formatted(
                  resolve,
                  moved.stream()
                      .map(move ->
                          "(%d::pg_catalog.oid, %s)"
                              .formatted(move.old(), Sql.literal(move.name().sql())))
                      .collect(Collectors.joining(", ")),
                  catalog);
    }
  }

  /// Plans it for what is created anew; an archive knows the OIDs of the database that it was made from, a script does not, and neither
  /// knows those of row types and of the indexes of constraints.
  ///
  /// @param all the entries of the archive
  void created(Collection<Entry> all) {
    boolean known = all.stream().anyMatch(this::hasItsOid);
    List<Moved> relations = new ArrayList<>();
    List<Moved> types = new ArrayList<>();
    boolean any = false;
    for (Entry entry :
        Stream.of(draft.closure.tables(), draft.closure.belongings(), draft.closure.dependents())
            .flatMap(List::stream)
            .filter(entry -> draft.created.contains(entry.dumpId()))
            .toList()) {
      boolean relation = RELATIONS.contains(entry.desc());
      boolean type = TYPES.contains(entry.desc());
      any |= relation || type;
      if (known && (relation || type) && !Entries.isIdentity(entry) && entry.oid() > 0) {
        (type ? types : relations).add(new Moved(entry.oid(), Entries.name(entry)));
      }
    }
    if (!any) {
      return;
    }
    for (Snapshot.RegclassColumn column : draft.target.regclassColumns()) {
      List<Moved> moved = column.types() ? types : relations;
      Set<Long> old = moved.stream().map(Moved::old).collect(Collectors.toSet());
      long lost =
          column.dangling().entrySet().stream()
              .filter(entry -> !old.contains(entry.getKey()))
              .mapToLong(Map.Entry::getValue)
              .sum();
      String catalog = column.types() ? "pg_type" : "pg_class";
      plan(
          column,
          // The rows of a table that is mended are what its own steps make of them.
          draft.modes.containsKey(column.table())
              ? NOTHING
              : Moved.values(moved, catalog, column.types() ? "to_regtype" : "to_regclass"),
          "%1$s <> 0 AND NOT EXISTS (SELECT 1 FROM pg_catalog.%2$s AS c WHERE c.oid = %1$s)"
              .formatted(value(column), catalog),
          true,
          lost);
    }
  }

  /// {@return whether a relation is there under the OID that the archive says: it is of this database, and not of a copy}
  private boolean hasItsOid(Entry entry) {
    return entry.oid() > 0
        && RELATIONS.contains(entry.desc())
        && !Entries.isIdentity(entry)
        && draft
            .target
            .relation(Entries.name(entry))
            .filter(live -> live.oid() == entry.oid())
            .isPresent();
  }

  /// Plans it for tables that are exchanged: what is kept has its old name, in another schema.
  void exchanged() {
    String schemas =
        draft.kept().entrySet().stream()
            .map(kept ->
                "(%s, %s)".formatted(Sql.literal(kept.getValue()), Sql.literal(kept.getKey())))
            .collect(Collectors.joining(", "));
    if (schemas.isEmpty()) {
      return;
    }
    String kept =
        "(VALUES %s) AS s(kept, name) JOIN pg_catalog.pg_namespace AS k ON k.nspname = s.kept"
            .formatted(schemas);
    String pairs =
        "FROM %s JOIN pg_catalog.pg_namespace AS n ON n.nspname = s.name JOIN pg_catalog.pg_class AS o ON o.relnamespace = k.oid JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = o.relname"
            .formatted(kept);
    String relations = "SELECT o.oid, c.oid " + pairs;
    String types =
        "SELECT o.reltype, c.reltype %1$s WHERE o.reltype <> 0 AND c.reltype <> 0 UNION ALL SELECT ot.typarray, ct.typarray %1$s JOIN pg_catalog.pg_type AS ot ON ot.oid = o.reltype JOIN pg_catalog.pg_type AS ct ON ct.oid = c.reltype WHERE ot.typarray <> 0 AND ct.typarray <> 0"
            .formatted(pairs);
    for (Snapshot.RegclassColumn column : draft.target.regclassColumns()) {
      if (!draft.modes.containsKey(column.table())) {
        plan(
            column,
            column.types() ? types : relations,
            "%s IN (SELECT o.oid FROM %s JOIN pg_catalog.%s AS o ON o.%s = k.oid)"
                .formatted(
                    value(column),
                    kept,
                    column.types() ? "pg_type" : "pg_class",
                    column.types() ? "typnamespace" : "relnamespace"),
            false,
            0);
      }
    }
  }

  private static String value(Snapshot.RegclassColumn column) {
    return "h.%s::pg_catalog.oid".formatted(Sql.quote(column.column()));
  }

  private void plan(
      Snapshot.RegclassColumn column, String moved, String lost, boolean gone, long told) {
    QualifiedName holder = column.table();
    Relation live = draft.target.relation(holder).orElse(null);
    Mode mode = draft.modes.get(holder);
    if (live == null || mode != null && mode != Mode.MEND) {
      return;
    }
    if (!live.mine()) {
      draft.notices.add(
          "values of column %s of %s (%s) that named the restored table keep its old OID: the table belongs to %s"
              .formatted(
                  Sql.quote(column.column()),
                  holder,
                  column.types() ? "regtype" : "regclass",
                  Sql.quote(live.owner())));
      return;
    }
    List<String> quiet = new ArrayList<>();
    List<String> loud = new ArrayList<>();
    MendPlanner.quieten(draft, live, false, quiet, loud);
    FillStep.Repoint step =
        new FillStep.Repoint(
            holder, column.column(), column.types(), moved, lost, gone, told, quiet, loud);
    if (told > 0) {
      draft.notices.add(step.lost(told));
    }
    draft.cut(step);
  }
}
