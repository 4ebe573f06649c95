package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.archive.Toc;
import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.closure.Closure;
import dev.pgmend.closure.Entries;
import dev.pgmend.sql.QualifiedName;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// Makes the plan: picks how each table is put back and lets the modes add their steps. Pure.
public final class Planner {
  private final Draft draft;
  private final EntrySql sql;
  private final Preflight preflight;
  private final NeedCheck needs;
  private final Toc toc;
  private final Map<Integer, Entry> all = new HashMap<>();

  private Planner(Toc toc, Closure closure, Snapshot target, Request request, String run) {
    this.toc = toc;
    Map<Integer, Integer> position = new HashMap<>();
    for (Entry entry : toc.entries()) {
      position.put(entry.dumpId(), position.size());
      all.put(entry.dumpId(), entry);
    }
    Comparator<Entry> order = Entries.restoreOrder(position);
    this.draft = new Draft(closure, target, request, run, order);
    this.sql = new EntrySql(toc.standardConformingStrings());
    this.preflight =
        new Preflight(draft, sql, new Definitions(sql, toc.entries(), closure.ownership()));
    this.needs = new NeedCheck(draft, toc, all);
  }

  /// Makes the plan of one run.
  ///
  /// @param run the name of the run and of its schema, unused in the target
  public static Plan plan(Toc toc, Closure closure, Snapshot target, Request request, String run) {
    return new Planner(toc, closure, target, request, run).plan();
  }

  /// Plans only the comparison of tables' definitions with the backup's.
  ///
  /// @param closure of tables that exist
  /// @param run a name that no schema begins with
  public static CheckStep.CompareStructure comparison(
      Toc toc, Closure closure, Snapshot target, String run) {
    Request request = Request.of(new LinkedHashSet<>(closure.tableNames()));
    Planner planner = new Planner(toc, closure, target, request, run);
    return new StructureCopy(planner.draft, planner.sql, closure.tables(), Set.of())
        .plan(true, true);
  }

  private Plan plan() {
    preflight.run();
    if (all.values().stream().noneMatch(entry -> entry.desc().equals("SEARCHPATH"))) {
      draft.refuse(
          "old-dump",
          "the archive was made by a pg_dump older than 10.3, 9.6.8 and their like: its definitions name objects without their schemas",
          "Restore it into an empty database with pg_restore, and dump that with a newer pg_dump.");
    }
    needs.run();
    if (draft.request.mode().filter(Mode.BESIDE::equals).isPresent()) {
      draft.closure.tables().forEach(table -> whole(table, Mode.BESIDE));
      new BesidePlanner(draft, sql, preflight, all).plan();
      if (needs.typesDiffer()) {
        draft.loadVerbatim();
      }
      return draft.plan("another name was asked for: nothing that exists is touched");
    }
    List<Entry> absent = new ArrayList<>();
    List<Entry> present = new ArrayList<>();
    for (Entry table : draft.closure.tables()) {
      QualifiedName name = Entries.name(table);
      Relation live = draft.target.relation(name).orElse(null);
      if (live == null) {
        absent.add(table);
      } else if (!live.isTable()) {
        draft.refuse(
            "kind", "%s is not a table in the target".formatted(name), "Use --mode beside.");
      } else {
        present.add(table);
      }
    }
    Mode asked = draft.request.mode().orElse(null);
    condition();
    if (asked == Mode.CREATE && !present.isEmpty()) {
      present.forEach(table ->
          draft.refuse(
              "exists",
              "table %s exists in the target".formatted(Entries.name(table)),
              "Leave out --mode, or use --mode mend, swap or beside."));
    }
    if ((asked == Mode.MEND || asked == Mode.SWAP) && present.isEmpty()) {
      absent.forEach(table ->
          draft.refuse(
              "gone",
              "table %s does not exist in the target".formatted(Entries.name(table)),
              "Leave out --mode, or use --mode create."));
    }
    new NameCheck(draft).run(absent, asked == Mode.SWAP ? present : List.of());
    Cutover cutover = new Cutover(draft, sql);
    CreatePlanner creation = new CreatePlanner(draft, sql, preflight, all, cutover);
    ColumnMaps maps = new ColumnMaps(draft, sql, all.values(), present);
    MendPlanner mending =
        new MendPlanner(
            draft,
            sql,
            preflight,
            all,
            cutover,
            creation.created(),
            maps,
            present,
            parents(cutover, maps));
    List<String> obstacles = mending.obstacles();
    draft.instead = maps.instead(obstacles);
    boolean swaps = asked == Mode.SWAP || (asked != Mode.MEND && !obstacles.isEmpty());
    StringBuilder reason = new StringBuilder();
    if (!absent.isEmpty()) {
      absent.forEach(table -> whole(table, Mode.CREATE));
      creation.create(absent, swaps ? _ -> Optional.empty() : mending::staged);
      reason.append("the table is gone: it is created with what fell with it");
    }
    ForeignPartitions.refuse(draft, present);
    if (absent.isEmpty() && asked != Mode.MEND) {
      creation.recover();
    }
    Function<QualifiedName, Optional<QualifiedName>> staged = mending::staged;
    if (!present.isEmpty()) {
      StructureCopy copy = new StructureCopy(draft, sql, present, creation.created());
      if (!swaps) {
        maps.all().forEach(map -> draft.renamed.put(map.table(), map.renamed()));
      }
      CheckStep.CompareStructure compare = copy.plan(asked != null, swaps);
      compare = swaps ? compare : maps.adapted(compare);
      draft.verify.add(compare);
      if (swaps) {
        present.forEach(table -> whole(table, Mode.SWAP));
        SwapPlanner swap = new SwapPlanner(draft, sql, preflight, all, present);
        swap.plan();
        staged = swap::staged;
        new Repointing(draft).exchanged();
        reason
            .append(reason.isEmpty() ? "" : "; ")
            .append(
                asked == Mode.SWAP
                    ? "swap was asked for"
                    : "the live table cannot be changed in place: " + String.join("; ", obstacles));
      } else {
        obstacles.forEach(obstacle ->
            draft.refuse(
                "drift",
                obstacle,
                "Use --mode swap to replace the table by the backup's, or --mode beside."));
        if (!compare.accepted()) {
          // What shows without looking at a copy need not wait for the run.
          compare.known().forEach(known -> draft.refuse("drift", known, copy.remedy(known)));
        }
        maps.all().forEach(map -> draft.columns.addAll(map.changes()));
        if (!maps.refuse() && obstacles.isEmpty()) {
          mending.mend();
        }
        reason
            .append(reason.isEmpty() ? "" : "; ")
            .append(
                maps.all().stream().allMatch(ColumnMap::same)
                    ? "the table is there with the backup's columns: only rows that differ are changed"
                    : "the table is there: only rows that differ are changed, in the columns that both have");
      }
    }
    creation.finish(staged);
    new LargeObjectSteps(draft, sql, toc).plan();
    new NamedValues(draft, sql, all.values()).plan();
    new Repointing(draft).created(all.values());
    new PartitionCheck(draft, sql, all).run();
    extensionOwned(present);
    new LockCount(draft).check();
    if (needs.typesDiffer()) {
      draft.loadVerbatim();
    }
    return draft.plan(reason.toString());
  }

  /// The tables whose rows may come with those that refer to them. What cannot be done with one of these is no reason to refuse:
  /// it may be that none of its rows is gone, and else the rows without a parent are.
  private List<Entry> parents(Cutover cutover, ColumnMaps maps) {
    List<Entry> usable = new ArrayList<>();
    for (Entry table : draft.closure.parents()) {
      QualifiedName name = Entries.name(table);
      Relation live = draft.target.relation(name).orElse(null);
      Entry data = draft.closure.data(table).orElse(null);
      if (live == null || !live.isTable() || live.isPartitioned()) {
        // The rows are those of the partitions, each of which is one of these tables.
        continue;
      }
      String obstacle =
          !live.mine()
              ? "it belongs to another role"
              : !live.extension().isEmpty()
                  ? "it belongs to extension " + live.extension()
                  : data == null || data.copyStmt() == null
                      ? "the backup has no rows of it that can be copied"
                      : !maps.also(table, live).same()
                          ? "its columns are not those of the backup"
                          : new MendPlanner(
                                  draft,
                                  sql,
                                  preflight,
                                  all,
                                  cutover,
                                  Set.of(),
                                  maps,
                                  List.of(table),
                                  List.of())
                              .obstacles().stream().findFirst().orElse("");
      if (obstacle.isEmpty()) {
        usable.add(table);
      } else {
        draft.notices.add(
            "no rows of %s can come with restored ones: %s".formatted(name, obstacle));
      }
    }
    return usable;
  }

  private void condition() {
    String where = draft.request.policy().where();
    if (!where.isEmpty()) {
      RowCondition.fault(where)
          .ifPresent(fault ->
              draft.refuse(
                  "where",
                  "--where is not a condition: " + fault,
                  "Write one SQL expression on the table's columns, as after WHERE."));
    }
  }

  /// Refuses to restore only some rows of a table that gets all of them.
  private void whole(Entry table, Mode mode) {
    if (draft.request.orphans() != Request.Orphans.FAIL
        && draft.request.orphans() != Request.Orphans.NOT_VALID) {
      draft.notices.add(
          "%s gets all rows of the backup in mode %s: if any has no parent, nothing is done, whatever --orphans says"
              .formatted(Entries.name(table), mode));
    }
    RowPolicy policy = draft.request.policy();
    if (draft.request.columns().says() && (mode == Mode.SWAP || mode == Mode.BESIDE)) {
      draft.refuse(
          "columns",
          "--map, --drop-columns and --accept-casts are for tables that are mended, and %s is put back by %s, with the backup's columns"
              .formatted(Entries.name(table), mode),
          "Leave them out. Or: %s.".formatted(draft.instead));
    }
    boolean some =
        mode == Mode.SWAP
            ? policy.narrows()
            : !policy.where().isEmpty() || !policy.columns().isEmpty();
    if (some) {
      draft.refuse(
          "rows",
          "%s would get all rows of the backup in mode %s, whatever --rows, --where and --columns say"
              .formatted(Entries.name(table), mode),
          mode == Mode.SWAP
              ? "Leave them out. Or: %s.".formatted(draft.instead)
              : "Leave them out, or restore beside and copy the rows that you want.");
    }
  }

  private void extensionOwned(List<Entry> present) {
    for (Entry table : present) {
      Relation live = draft.target.relation(Entries.name(table)).orElseThrow();
      if (!live.extension().isEmpty()) {
        draft.refuse(
            "extension",
            "table %s belongs to extension %s".formatted(live.name(), live.extension()),
            "Let the extension's own means restore it.");
      }
    }
  }
}
