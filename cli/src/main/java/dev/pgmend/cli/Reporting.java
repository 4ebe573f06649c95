package dev.pgmend.cli;

import dev.pgmend.archive.Archive;
import dev.pgmend.checks.CheckResult;
import dev.pgmend.plan.Plan;
import dev.pgmend.report.ClosureGraph;
import dev.pgmend.report.RunReport;
import dev.pgmend.report.Timeline;
import dev.pgmend.restore.CheckedRestore;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Progress;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Gathers what is to be said about a restore, while it goes on.
final class Reporting implements AutoCloseable {
  private final ProgressView view;
  private final TargetOption target;
  private final String source;
  private final Timeline timeline;
  private Optional<Plan> plan = Optional.empty();
  private Optional<CheckedRestore> checked = Optional.empty();
  private Optional<ClosureGraph> graph = Optional.empty();
  private Optional<RunReport.Failure> failure = Optional.empty();
  private Optional<Archive> archive = Optional.empty();

  Reporting(ProgressView view, TargetOption target, String source) {
    this.view = view;
    this.target = target;
    this.source = source;
    this.timeline = new Timeline(view, InstantSource.system());
  }

  void of(Archive opened, CheckedRestore restore) {
    archive = Optional.of(opened);
    checked = Optional.of(restore);
  }

  void of(Plan made) {
    plan = Optional.of(made);
    graph =
        archive.map(opened -> ClosureGraph.of(opened.toc(), List.copyOf(made.request().tables())));
  }

  void asking(Supplier<Boolean> question) {
    view.asking(question);
  }

  Progress progress() {
    return timeline;
  }

  void failed(RuntimeException thrown) {
    failure = Optional.of(Failures.of(thrown));
  }

  RunReport report() {
    timeline.ended();
    Optional<Outcome> outcome = checked.flatMap(CheckedRestore::outcome);
    List<CheckResult> results = checked.map(CheckedRestore::results).orElse(List.of());
    return new RunReport(
        new Main.Version().getVersion()[0],
        String.valueOf(target.target()),
        BackupFile.shown(source),
        timeline.began(),
        Instant.now(),
        plan,
        outcome,
        failure,
        timeline,
        results,
        graph,
        commands(outcome));
  }

  private List<RunReport.Command> commands(Optional<Outcome> outcome) {
    List<RunReport.Command> commands = new ArrayList<>();
    if (outcome.isPresent() && outcome.get().status() != Outcome.Status.NOTHING_TO_DO) {
      String run = outcome.get().run();
      if (failure.isEmpty()) {
        if (outcome.get().status() == Outcome.Status.UNSETTLED) {
          add(commands, "Validate what is left", "resume " + run);
        }
        add(commands, "Take the restore back", "undo " + run);
      }
      add(commands, "Remove what is kept for that; then it cannot be taken back", "clean " + run);
    } else if (failure.isPresent() && !timeline.phases().isEmpty()) {
      add(commands, "See where the runs stand", "status");
    }
    return commands;
  }

  private void add(List<RunReport.Command> commands, String purpose, String words) {
    commands.add(new RunReport.Command(purpose, target.command(words)));
  }

  @Override
  public void close() {
    timeline.ended();
  }
}
