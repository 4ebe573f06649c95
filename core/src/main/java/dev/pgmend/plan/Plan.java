package dev.pgmend.plan;

import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.RunHome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/// Everything that a restore will do, in order. `plan` prints this object and `restore` runs it.
///
/// @param home where the run keeps what is its own
/// @param modes how each table is put back
/// @param reason why these modes
/// @param schemas the schemas that the run creates, the journal's first
/// @param stage builds the staged tables, in one transaction
/// @param load fills them, each table in a transaction of its own
/// @param build adds keys, constraints and indexes, each in a transaction of its own
/// @param verify counts and probes; changes nothing that stays
/// @param cutover the one short transaction in which the target changes
/// @param settle what follows it: foreign keys are validated
/// @param undo the transaction that takes the cutover back
/// @param undoSettle what follows the undo
/// @param replaced what exists today and will be replaced or kept aside, for people
/// @param lent relations whose owners may lack rights on them, by every name that they have in the course of the run: these are lent
///     for each transaction
/// @param columns the columns that are not in the target as they are in the backup, of tables that are mended
/// @param refusals why the plan will not be run
/// @param notices what the user should know and need not act on
public record Plan(
    RunHome home,
    Request request,
    Map<QualifiedName, Mode> modes,
    String reason,
    List<String> schemas,
    List<Step> stage,
    List<Step> load,
    List<Step> build,
    List<Step> verify,
    List<Step> cutover,
    List<Step> settle,
    List<Step> undo,
    List<Step> undoSettle,
    List<String> replaced,
    List<QualifiedName> lent,
    List<ColumnChange> columns,
    List<Refusal> refusals,
    List<String> notices,
    List<Expectation> expectations) {

  public Plan {
    modes = Map.copyOf(modes);
    schemas = List.copyOf(schemas);
    stage = List.copyOf(stage);
    load = List.copyOf(load);
    build = List.copyOf(build);
    verify = List.copyOf(verify);
    cutover = List.copyOf(cutover);
    settle = List.copyOf(settle);
    undo = List.copyOf(undo);
    undoSettle = List.copyOf(undoSettle);
    replaced = List.copyOf(replaced);
    lent = List.copyOf(lent);
    columns = List.copyOf(columns);
    refusals = List.copyOf(refusals);
    notices = List.copyOf(notices);
    expectations = List.copyOf(expectations);
  }

  /// {@return the name of the run}
  public String run() {
    return home.run();
  }

  /// {@return whether there is nothing that forbids running it}
  public boolean runnable() {
    return refusals.isEmpty();
  }

  /// {@return the same plan with further refusals}
  public Plan refusing(List<Refusal> further) {
    if (further.isEmpty()) {
      return this;
    }
    List<Refusal> together = new ArrayList<>(refusals);
    together.addAll(further);
    return withRefusals(together);
  }

  /// {@return the same plan, with other words for what can be done about its refusals}
  public Plan withRemedies(UnaryOperator<String> words) {
    return withRefusals(
        refusals.stream()
            .map(refusal ->
                new Refusal(refusal.code(), refusal.reason(), words.apply(refusal.remedy())))
            .toList());
  }

  private Plan withRefusals(List<Refusal> together) {
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
        together,
        notices,
        expectations);
  }

  /// Why the plan is not run.
  ///
  /// @param code stable, for scripts
  /// @param reason what stands in the way, naming the object
  /// @param remedy what someone can do about it, a statement where there is one
  public record Refusal(String code, String reason, String remedy) {}

  /// An object that has to be there after the cutover, and the entry that says so.
  public record Expectation(dev.pgmend.catalog.ObjectId object, int entry) {}
}
