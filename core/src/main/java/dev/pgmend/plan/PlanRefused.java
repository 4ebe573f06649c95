package dev.pgmend.plan;

import dev.pgmend.PgmendException;

/// A plan has refusals, and so is not run.
public final class PlanRefused extends PgmendException {
  private static final long serialVersionUID = 1L;

  private final String code;

  /// @param plan one that has refusals; the first is the failure's
  public PlanRefused(Plan plan) {
    super(Kind.REFUSED, message(plan), plan.refusals().getFirst().remedy());
    this.code = plan.refusals().getFirst().code();
  }

  private static String message(Plan plan) {
    int more = plan.refusals().size() - 1;
    return "refused: %s%s; the target is unchanged"
        .formatted(
            plan.refusals().getFirst().reason(), more == 0 ? "" : " (and " + more + " more)");
  }

  @Override
  public String code() {
    return code;
  }
}
