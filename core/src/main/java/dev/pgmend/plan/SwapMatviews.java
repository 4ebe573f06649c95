package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.closure.Entries;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Materialized views hold on to the table that they were built from: they are built again in staging, from the staged table,
/// and exchanged with it. Unpopulated ones stay unpopulated; one whose query fails is refused, or left so if the user says so.
final class SwapMatviews {
  private final Draft draft;
  private final Preflight preflight;
  private final Snapshot target;
  private final List<Entry> tables;

  SwapMatviews(Draft draft, Preflight preflight, List<Entry> tables) {
    this.draft = draft;
    this.preflight = preflight;
    this.target = draft.target;
    this.tables = tables;
  }

  /// Plans all of them.
  void plan(Stager stager) {
    Map<QualifiedName, QualifiedName> names = new HashMap<>();
    tables.forEach(table -> names.put(Entries.name(table), stager.stagedName(Entries.name(table))));
    List<Snapshot.Matview> waiting = new ArrayList<>(target.matviews());
    waiting.forEach(view ->
        names.put(
            view.name(),
            new QualifiedName(draft.staging(view.name().schema()), view.name().name())));
    // One may be built on another: those first that name none of the others.
    while (!waiting.isEmpty()) {
      Snapshot.Matview next =
          waiting.stream()
              .filter(view ->
                  waiting.stream()
                      .noneMatch(other ->
                          !other.equals(view)
                              && NameSubstitution.names(view.query()).contains(other.name())))
              .findFirst()
              .orElse(waiting.getFirst());
      waiting.remove(next);
      matview(next, names);
    }
  }

  private void matview(Snapshot.Matview view, Map<QualifiedName, QualifiedName> names) {
    QualifiedName name = view.name();
    QualifiedName staged = names.getOrDefault(name, name);
    if (view.odd()) {
      draft.refuse(
          "matview",
          "materialized view %s has grants by others than its owner, or security labels"
              .formatted(name),
          "%s, and REFRESH MATERIALIZED VIEW %s when it suits."
              .formatted(draft.instead, name.sql()));
    }
    view.tablespaces()
        .forEach(tablespace ->
            preflight.roomIn(tablespace, "materialized view %s or its index".formatted(name)));
    String storage =
        (view.tablespace().isEmpty()
            ? ""
            : "SET LOCAL default_tablespace = %s;\n".formatted(Sql.quote(view.tablespace())));
    draft.build.add(
        new Step.Statement(
            "build materialized view %s again".formatted(name),
            "%sCREATE MATERIALIZED VIEW %s (%s) USING %s%s AS %s WITH NO DATA"
                .formatted(
                    storage,
                    staged.sql(),
                    String.join(", ", view.columns()),
                    Sql.quote(view.accessMethod()),
                    view.options().isEmpty() ? "" : " WITH (" + view.options() + ")",
                    NameSubstitution.apply(view.query().strip().replaceFirst(";$", ""), names))));
    if (view.populated()) {
      draft.build.add(
          new FillStep.Refresh(
              staged,
              name,
              target.server().role(),
              draft.request.skipMissing(),
              List.of(),
              draft.instead + ", which leaves the view as it is.",
              0));
    }
    for (String index : view.indexes()) {
      draft.build.add(
          new Step.Statement(
              "build its index again", NameSubstitution.apply(index, Map.of(name, staged))));
    }
    for (Snapshot.MatviewStatistics statistics : view.statistics()) {
      // They may bear the view's own name.
      Map<QualifiedName, QualifiedName> both = new HashMap<>(Map.of(name, staged));
      both.put(statistics.name(), staged(statistics));
      draft.build.add(
          new Step.Statement(
              "make its statistics object %s again".formatted(statistics.name()),
              NameSubstitution.apply(statistics.definition(), both)));
    }
    draft.cut(
        "move %s into place".formatted(name),
        Cutover.move("MATERIALIZED VIEW", staged, name.schema()),
        "");
    draft.inverse(
        "move %s out of the way".formatted(name),
        Cutover.move("MATERIALIZED VIEW", name, staged.schema()));
    draft.removal("drop the withdrawn " + name, "DROP MATERIALIZED VIEW " + staged.sql());
    view.statistics().forEach(this::statistics);
    List<String> after =
        new ArrayList<>(Owners.undoDefaultPrivileges('r', "TABLE " + name.sql(), "", target));
    if (!view.owner().equals(target.server().role())) {
      after.add(
          "ALTER MATERIALIZED VIEW %s OWNER TO %s".formatted(name.sql(), Sql.quote(view.owner())));
    }
    after.addAll(view.details());
    after.addAll(view.grants());
    if (!after.isEmpty()) {
      draft.cut(
          "give %s its owner, grants and comments".formatted(name), String.join(";\n", after), "");
    }
  }

  private QualifiedName staged(Snapshot.MatviewStatistics statistics) {
    return new QualifiedName(draft.staging(statistics.name().schema()), statistics.name().name());
  }

  /// Statistics objects bear names of their own, in schemas of their own, and stay with the view that they were made for.
  private void statistics(Snapshot.MatviewStatistics statistics) {
    QualifiedName name = statistics.name();
    QualifiedName staged = staged(statistics);
    draft.cut(
        "move statistics " + name + " into place",
        Cutover.move("STATISTICS", staged, name.schema()),
        "");
    draft.inverse(
        "move statistics " + name + " out of the way",
        Cutover.move("STATISTICS", name, staged.schema()));
    List<String> after = new ArrayList<>(statistics.details());
    if (!statistics.owner().equals(target.server().role())) {
      after.add(
          "ALTER STATISTICS %s OWNER TO %s".formatted(name.sql(), Sql.quote(statistics.owner())));
    }
    if (!after.isEmpty()) {
      draft.cut(
          "give statistics %s their owner, target and comment".formatted(name),
          String.join(";\n", after),
          "");
    }
  }
}
