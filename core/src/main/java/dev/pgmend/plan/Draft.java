package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.ObjectId;
import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.closure.Closure;
import dev.pgmend.closure.Entries;
import dev.pgmend.plan.Plan.Expectation;
import dev.pgmend.plan.Plan.Refusal;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.RunHome;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A plan while it is being made: the lists that the modes add their steps to, and the names of the run's schemas.
final class Draft {
  final Closure closure;
  final Snapshot target;
  final Request request;
  final String run;
  final RunHome home;
  final Comparator<Entry> order;
  final Map<QualifiedName, Mode> modes = new LinkedHashMap<>();
  final List<Step> stage = new ArrayList<>();
  final List<Step> load = new ArrayList<>();
  final List<Step> build = new ArrayList<>();
  final List<Step> verify = new ArrayList<>();
  final List<Step> cutover = new ArrayList<>();
  final List<Step> settle = new ArrayList<>();
  final List<Step> undoSettle = new ArrayList<>();
  final List<String> replaced = new ArrayList<>();
  final Set<Refusal> refusals = new LinkedHashSet<>();
  final Set<String> notices = new LinkedHashSet<>();
  final List<Expectation> expectations = new ArrayList<>();

  /// The columns of mended tables that are not as in the backup.
  final List<ColumnChange> columns = new ArrayList<>();

  /// For each mended table the names that its columns have today, where these are others than in the backup.
  final Map<QualifiedName, Map<String, String>> renamed = new HashMap<>();

  /// The entries that the creation of tables brings: what another mode of the same plan needs of them will be there.
  final Set<Integer> created = new HashSet<>();

  /// Where tables are while others, with columns of their row types, are staged.
  final Map<QualifiedName, QualifiedName> stagedTypes = new HashMap<>();

  /// What to do instead of exchanging tables: mend them, if they can be.
  String instead = "Use --mode mend";

  private final Map<String, String> stagingSchemas = new LinkedHashMap<>();
  private final Map<String, String> keptSchemas = new LinkedHashMap<>();

  /// Inverses of the cutover's steps; they run in reverse.
  private final List<Step> inverses = new ArrayList<>();

  /// Runs after the inverses, when every relation has its old name again.
  private final List<Step> afterwards = new ArrayList<>();

  private int firstForeignKey = -1;

  private final List<Step> lateCuts = new ArrayList<>();

  /// Runs last in an undo: removes what the restore had created.
  private final List<Step> removals = new ArrayList<>();

  Draft(Closure closure, Snapshot target, Request request, String run, Comparator<Entry> order) {
    this.closure = closure;
    this.target = target;
    this.request = request;
    this.run = run;
    this.home =
        request.stagingSchema().map(schema -> new RunHome(run, schema)).orElse(RunHome.own(run));
    this.order = order;
  }

  /// {@return the schema where tables of that schema are built}
  String staging(String schema) {
    return stagingSchemas.computeIfAbsent(
        schema, _ -> run + "_new" + suffix(stagingSchemas.size()));
  }

  /// {@return the schema where replaced tables of that schema are kept}
  String kept(String schema) {
    return keptSchemas.computeIfAbsent(schema, _ -> run + "_old" + suffix(keptSchemas.size()));
  }

  /// {@return who owns what the entry makes}
  String owner(Entry entry) {
    return request.noOwner() || entry.owner().isEmpty() ? target.server().role() : entry.owner();
  }

  /// {@return by each schema the one where replaced tables of it are kept}
  Map<String, String> kept() {
    return keptSchemas;
  }

  private static String suffix(int number) {
    return number == 0 ? "" : "_" + number;
  }

  void cut(String title, String sql, String locks) {
    cutover.add(new Step.Statement(title, sql, locks, 0));
  }

  void cut(Step step) {
    cutover.add(step);
  }

  void inverse(String title, String sql) {
    inverses.add(new Step.Statement(title, sql));
  }

  void inverse(Step step) {
    inverses.add(step);
  }

  void afterwards(String title, String sql) {
    afterwards.add(new Step.Statement(title, sql));
  }

  void removal(String title, String sql) {
    removals.add(new Step.Statement(title, sql));
  }

  /// Adds a step that has to wait until the new partitions are attached.
  void late(String title, String sql) {
    lateCuts.add(new Step.Statement(title, sql));
  }

  void flushLate() {
    cutover.addAll(lateCuts);
    lateCuts.clear();
  }

  /// Adds a step to the cutover that adds a foreign key.
  void foreignKey(Step step) {
    if (firstForeignKey < 0) {
      firstForeignKey = cutover.size();
    }
    cutover.add(step);
  }

  /// {@return where in the cutover the first foreign key is added, its end if there is none}
  int firstForeignKey() {
    return firstForeignKey < 0 ? cutover.size() : firstForeignKey;
  }

  int removalCount() {
    return removals.size();
  }

  /// Forgets removals: what a swap creates goes with the table that it withdraws.
  void truncateRemovals(int count) {
    removals.subList(count, removals.size()).clear();
  }

  /// Lets no load pass in which the server wrote a value otherwise than the backup.
  void loadVerbatim() {
    load.replaceAll(Draft::verbatim);
    cutover.replaceAll(Draft::verbatim);
  }

  private static Step verbatim(Step step) {
    return step instanceof LoadStep.Load load ? load.asVerbatim() : step;
  }

  void refuse(String code, String reason, String remedy) {
    refusals.add(new Refusal(code, reason, remedy));
  }

  void expect(ObjectId object, Entry entry) {
    expectations.add(new Expectation(object, entry.dumpId()));
  }

  Plan plan(String reason) {
    List<String> schemas = new ArrayList<>(home.isOwn() ? List.of(run) : List.of());
    schemas.addAll(stagingSchemas.values());
    schemas.addAll(keptSchemas.values());
    List<Step> undo = new ArrayList<>(inverses.reversed());
    undo.addAll(afterwards);
    undo.addAll(removals.reversed());
    List<QualifiedName> lent = lent();
    if (!lent.isEmpty()) {
      RightsStep.Lend lend = new RightsStep.Lend(lent);
      RightsStep.TakeBack takeBack = new RightsStep.TakeBack(lent);
      stage.addFirst(lend);
      stage.addLast(takeBack);
      cutover.addFirst(lend);
      cutover.addLast(takeBack);
      undo.addFirst(lend);
      undo.addLast(takeBack);
    }
    return new Plan(
        home,
        request,
        modes,
        reason,
        schemas,
        stage,
        load,
        build,
        verify,
        cutover,
        settle,
        undo,
        undoSettle,
        replaced,
        lent,
        columns,
        List.copyOf(refusals),
        List.copyOf(notices),
        expectations);
  }

  /// Relations whose owner lacks rights on them, today or as the backup's grants will have it, with the names that they are kept
  /// under.
  private List<QualifiedName> lent() {
    Set<QualifiedName> lent = new LinkedHashSet<>();
    target.relations().values().stream()
        .filter(live -> live.mine() && live.curtailed() && live.extension().isEmpty())
        .map(Relation::name)
        .sorted(Comparator.comparing(QualifiedName::sql))
        .forEach(name -> {
          lent.add(name);
          if (keptSchemas.containsKey(name.schema())) {
            lent.add(new QualifiedName(kept(name.schema()), name.name()));
          }
        });
    if (!request.noAcl()) {
      for (Entry table : closure.tables()) {
        if (modes.containsKey(Entries.name(table))
            && closure.belongings(table).stream().anyMatch(Owners::curtails)) {
          lent.add(Entries.name(table));
        }
      }
    }
    return List.copyOf(lent);
  }

  /// {@return the name of a table that the run keeps}
  QualifiedName own(String name) {
    return home.table(name);
  }
}
