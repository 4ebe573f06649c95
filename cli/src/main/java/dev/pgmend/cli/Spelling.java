package dev.pgmend.cli;

import dev.pgmend.plan.Commands;
import dev.pgmend.plan.Plan;

/// Makes command lines in hints such that they can be pasted: with the backup and the target as they were named.
final class Spelling {
  private final FromOption from;
  private final TargetOption target;

  Spelling(FromOption from, TargetOption target) {
    this.from = from;
    this.target = target;
  }

  /// {@return the plan with whole command lines in what can be done about its refusals}
  Plan out(Plan plan) {
    return plan.runnable() ? plan : plan.withRemedies(this::out);
  }

  /// {@return the hint with whole command lines}
  String out(String hint) {
    return hint.replace(
            " " + Commands.FROM_TO,
            target.command(from.words().strip()).replaceFirst("^pgmend", ""))
        .replace(" inspect " + Commands.FILE, " inspect " + from.word());
  }
}
