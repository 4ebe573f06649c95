package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.archive.LargeObjects;
import dev.pgmend.archive.Toc;
import dev.pgmend.closure.Entries;
import dev.pgmend.sql.QualifiedName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Plans to bring back the large objects that restored rows name. A large object has no dependencies: only the values of a column
/// of type oid, or of a domain over it such as lo, tell to which rows it belongs.
final class LargeObjectSteps {
  private final Draft draft;
  private final EntrySql sql;
  private final Toc toc;

  LargeObjectSteps(Draft draft, EntrySql sql, Toc toc) {
    this.draft = draft;
    this.sql = sql;
    this.toc = toc;
  }

  /// Adds the steps, if the backup has large objects and a table a column that can name one.
  void plan() {
    LargeObjects objects = LargeObjects.of(toc);
    if (objects.isEmpty() || draft.closure.tables().stream().noneMatch(this::names)) {
      return;
    }
    // Rows that are there may name large objects that are gone.
    draft.load.replaceAll(step -> step instanceof LoadStep.Load all ? all.whole() : step);
    boolean inCutover = draft.cutover.stream().anyMatch(LoadStep.Load.class::isInstance);
    List<QualifiedName> staged =
        Stream.concat(draft.load.stream(), draft.cutover.stream())
            .filter(LoadStep.Load.class::isInstance)
            .map(step -> ((LoadStep.Load) step).into())
            .toList();
    QualifiedName pages = draft.own("large_objects");
    LoadStep.LoadLargeObjects load =
        new LoadStep.LoadLargeObjects(
            staged, some(), pages, draft.request.acceptNeeds(), draft.request.noOwner());
    int compared = compared();
    if (inCutover) {
      draft.cut(load);
    } else if (!load.some().isEmpty() && compared >= 0) {
      // Which rows come is known when they have been compared.
      draft.verify.add(compared + 1, load);
    } else {
      draft.load.add(load);
    }
    draft.cut(
        new FillStep.CreateLargeObjects(pages, draft.request.noOwner(), draft.request.noAcl()));
  }

  private int compared() {
    for (int i = 0; i < draft.verify.size(); i++) {
      if (draft.verify.get(i) instanceof MendStep.Compare) {
        return i;
      }
    }
    return -1;
  }

  /// {@return of tables of which only some rows are meant these, to be written after FROM}
  private Map<QualifiedName, String> some() {
    Map<QualifiedName, String> some = new HashMap<>();
    for (Step step : draft.cutover) {
      if (!(step instanceof MendStep.Mend mend)) {
        continue;
      }
      RowPolicy policy = mend.policy();
      if (policy.rows() == RowPolicy.Rows.REFERRED || !policy.columns().isEmpty()) {
        some.put(mend.staged(), mend.came().sql() + " AS r");
      } else if (!policy.where().isEmpty()) {
        some.put(
            mend.staged(),
            RowCondition.rows(
                "ONLY " + mend.staged().sql(), mend.table(), mend.columns(), policy.where(), "r"));
      }
    }
    return some;
  }

  /// {@return whether a column can be of type oid; of a typed table that is not known}
  private boolean names(Entry table) {
    var definition = sql.table(table);
    return definition.ofType() != null
        || !definition.inherits().isEmpty()
        || definition.columns().stream()
            .anyMatch(column -> column.type().equals("oid") || isDomain(column.type()));
  }

  private boolean isDomain(String type) {
    return type.matches("(.*\\.)?\"?lo\"?")
        || toc.entries().stream()
            .anyMatch(entry ->
                entry.desc().equals("DOMAIN")
                    && type.equals(Entries.name(entry).toString().replace("\"", ""))
                    && entry.defn().contains(" AS oid"));
  }
}
