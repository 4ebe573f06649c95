package dev.pgmend.cli;

import dev.pgmend.plan.BuildStep;
import dev.pgmend.plan.CheckStep;
import dev.pgmend.plan.FillStep;
import dev.pgmend.plan.IndexStep;
import dev.pgmend.plan.LoadStep;
import dev.pgmend.plan.MendStep;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.RightsStep;
import dev.pgmend.plan.SequenceStep;
import dev.pgmend.plan.Step;
import dev.pgmend.run.RowChange;
import dev.pgmend.sql.QualifiedName;
import java.io.Writer;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Writes a plan for machines; docs/json.md.
final class PlanJson {
  private PlanJson() {}

  /// @param counts how many rows would change, empty if they were not counted
  static void write(Writer out, Plan plan, List<RowChange> counts) {
    Json.write(out, json -> content(json, plan, counts));
  }

  /// Writes a plan into the current object.
  static void content(Json json, Plan plan, List<RowChange> counts) {
    json.text("run", plan.run())
        .flag("runnable", plan.runnable())
        .text("reason", plan.reason())
        .objects(
            "tables",
            plan.modes().keySet().stream()
                .sorted(
                    Comparator.comparing(QualifiedName::schema).thenComparing(QualifiedName::name))
                .toList(),
            table -> json.name(table).text("mode", String.valueOf(plan.modes().get(table))))
        .objects(
            "phases",
            phases(plan).entrySet(),
            phase ->
                json.text("phase", phase.getKey())
                    .objects(
                        "steps",
                        phase.getValue(),
                        step -> step(json, step, phase.getKey().equals("undo"))))
        .objects(
            "columns",
            plan.columns(),
            change ->
                json.name(change.table())
                    .text("backup", change.backup())
                    .text("backupType", type(change.backup(), change.backupType()))
                    .text("live", change.live())
                    .text("liveType", type(change.live(), change.liveType())))
        .objects(
            "counts",
            counts,
            change ->
                json.name(change.table())
                    .number("come", change.come())
                    .number("change", change.change())
                    .number("go", change.go()))
        .texts("replaced", plan.replaced())
        .texts("notices", plan.notices())
        .objects(
            "refusals",
            plan.refusals(),
            refusal ->
                json.text("code", refusal.code())
                    .text("reason", refusal.reason())
                    .text("remedy", refusal.remedy()));
  }

  private static @Nullable String type(@Nullable String column, String type) {
    return column == null ? null : type;
  }

  private static Map<String, List<Step>> phases(Plan plan) {
    Map<String, List<Step>> phases = new LinkedHashMap<>();
    phases.put("stage", plan.stage());
    phases.put("load", plan.load());
    phases.put("build", plan.build());
    phases.put("verify", plan.verify());
    phases.put("cutover", plan.cutover());
    phases.put("settle", plan.settle());
    phases.put("undo", plan.undo());
    phases.put("undo-settle", plan.undoSettle());
    return phases;
  }

  /// What an undo of changed rows or of a moved sequence runs is decided by the run.
  private static void step(Json json, Step step, boolean undo) {
    boolean inverse =
        undo && (step instanceof MendStep.Mend || step instanceof SequenceStep.CarrySequence);
    json.text("title", inverse ? "take back: " + step.title() : step.title())
        .text("sql", inverse ? null : step.sql())
        .text("locks", step.locks().isEmpty() ? null : step.locks())
        .numbers("entries", entries(step));
  }

  private static List<Integer> entries(Step step) {
    return switch (step) {
      case Step.Statement statement ->
          statement.entry() == 0 ? List.of() : List.of(statement.entry());
      case BuildStep.Index index -> List.of(index.entry());
      case FillStep.Refresh refresh -> refresh.entry() == 0 ? List.of() : List.of(refresh.entry());
      case LoadStep.Load load -> load.entries();
      case LoadStep.LoadAside aside -> aside.load().entries();
      case CheckStep.CountFallen count ->
          count.loads().stream().flatMap(load -> load.entries().stream()).toList();
      case BuildStep.Analyze _,
          CheckStep.CountOrphans _,
          CheckStep.CountClashes _,
          CheckStep.Probe _,
          SequenceStep.CarrySequence _,
          SequenceStep.AdvanceSequence _,
          MendStep.Mend _,
          MendStep.Compare _,
          LoadStep.Convert _,
          FillStep.Refill _,
          IndexStep.Aside _,
          IndexStep.Again _,
          LoadStep.LoadLargeObjects _,
          FillStep.CreateLargeObjects _,
          CheckStep.CountMisplaced _,
          FillStep.Repoint _,
          FillStep.Rename _,
          CheckStep.CompareStructure _,
          RightsStep.Lend _,
          RightsStep.TakeBack _,
          Step.Validate _ ->
          List.of();
    };
  }
}
