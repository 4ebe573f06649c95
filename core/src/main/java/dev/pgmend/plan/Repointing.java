package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.closure.Entries;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// A value of type regclass is an OID: one that named a table which was dropped or exchanged names nothing, or the table that
/// was replaced. It is made to name the restored one.
final class Repointing {
  private static final Set<String> RELATIONS =
      Set.of("TABLE", "VIEW", "MATERIALIZED VIEW", "SEQUENCE", "FOREIGN TABLE");

  private final Draft draft;

  Repointing(Draft draft) {
    this.draft = draft;
  }

  /// Plans it for what is created anew; the archive knows the OIDs of the database that it was made from.
  void created() {
    List<FillStep.Repoint.Moved> moved = new ArrayList<>();
    for (List<Entry> part :
        List.of(draft.closure.tables(), draft.closure.belongings(), draft.closure.dependents())) {
      for (Entry entry : part) {
        if (draft.created.contains(entry.dumpId())
            && RELATIONS.contains(entry.desc())
            && !Entries.isIdentity(entry)
            && entry.oid() > 0) {
          moved.add(new FillStep.Repoint.Moved(entry.oid(), Entries.name(entry)));
        }
      }
    }
    plan(moved, true);
  }

  /// Plans it for tables that are exchanged.
  void exchanged(List<Entry> tables) {
    List<FillStep.Repoint.Moved> moved = new ArrayList<>();
    for (Entry table : tables) {
      draft
          .target
          .relation(Entries.name(table))
          .ifPresent(live -> moved.add(new FillStep.Repoint.Moved(live.oid(), live.name())));
    }
    plan(moved, false);
  }

  private void plan(List<FillStep.Repoint.Moved> moved, boolean gone) {
    if (moved.isEmpty()) {
      return;
    }
    for (Snapshot.RegclassColumn column : draft.target.regclassColumns()) {
      QualifiedName holder = column.table();
      Relation live = draft.target.relation(holder).orElse(null);
      if (live == null || draft.modes.containsKey(holder)) {
        continue;
      }
      if (!live.mine()) {
        draft.notices.add(
            "values of column %s of %s (regclass) that named the restored table keep its old OID: the table belongs to %s"
                .formatted(Sql.quote(column.column()), holder, Sql.quote(live.owner())));
        continue;
      }
      List<String> quiet = new ArrayList<>();
      List<String> loud = new ArrayList<>();
      MendPlanner.quieten(draft, live, false, quiet, loud);
      draft.cut(new FillStep.Repoint(holder, column.column(), moved, gone, quiet, loud));
    }
  }
}
