package dev.pgmend.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.archive.Toc;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.closure.Closure;
import dev.pgmend.plan.Plan.Refusal;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.testing.Archives;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Plans for tables of the real archives, made without a server.
final class Plans {
  static final String RUN = "pgmend_20260101_000000_abcd";

  private Plans() {}

  /// {@return the plan for tables that were dropped with CASCADE from a target that is otherwise as the archive}
  static Plan dropped(String archive, Consumer<Snapshots> also, String... tables) {
    return dropped(archive, Request.of(Archives.names(tables)), also);
  }

  static Plan dropped(String archive, Request request, Consumer<Snapshots> also) {
    Toc toc = Archives.toc(archive);
    Closure closure = Archives.closure(toc, request.tables());
    Snapshots target = Snapshots.without(toc, closure);
    also.accept(target);
    return Planner.plan(toc, closure, target.build(), request, RUN);
  }

  /// {@return the plan for tables that are all there}
  static Plan present(String archive, Request request, Consumer<Snapshots> also) {
    Toc toc = Archives.toc(archive);
    Snapshots target = Snapshots.full(toc);
    also.accept(target);
    return Planner.plan(toc, Archives.closure(toc, request.tables()), target.build(), request, RUN);
  }

  static Request request(String... tables) {
    return Request.of(Archives.names(tables));
  }

  static Request request(
      @Nullable Mode mode, boolean noOwner, boolean noAcl, boolean breakReplication, String table) {
    return request(mode, noOwner, noAcl, breakReplication, Archives.name(table));
  }

  static Request request(
      @Nullable Mode mode,
      boolean noOwner,
      boolean noAcl,
      boolean breakReplication,
      QualifiedName table) {
    Request.Builder request =
        Request.of(new LinkedHashSet<>(Set.of(table)))
            .change()
            .noOwner(noOwner)
            .noAcl(noAcl)
            .breakReplication(breakReplication);
    return mode == null ? request.build() : request.mode(mode).build();
  }

  /// The session's role is `app`, no superuser, and a member of nothing.
  static void ordinary(Snapshots target) {
    Snapshot.Server old = target.server;
    target.server =
        new Snapshot.Server(
            old.version(),
            old.versionText(),
            old.database(),
            old.encoding(),
            "app",
            false,
            true,
            old.lockSlots(),
            false);
    target.roles.replaceAll((name, _) -> new Snapshot.Role(name, false, false));
  }

  static void version(Snapshots target, int version) {
    Snapshot.Server old = target.server;
    target.server =
        new Snapshot.Server(
            version,
            "?",
            old.database(),
            old.encoding(),
            old.role(),
            old.superuser(),
            old.mayCreateSchema(),
            old.lockSlots(),
            old.publishesAllTables());
  }

  /// {@return the SQL of the steps whose title starts so}
  static List<String> sql(List<Step> steps, String title) {
    return steps.stream().filter(step -> step.title().startsWith(title)).map(Step::sql).toList();
  }

  static <T extends Step> List<T> only(Class<T> kind, List<Step> steps) {
    return steps.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  /// {@return whether the step is none of those that lend rights to owners, which surround others}
  static boolean isNoLoan(Step step) {
    return !(step instanceof RightsStep.Lend || step instanceof RightsStep.TakeBack);
  }

  /// {@return every step of the plan, with those of an undo}
  static List<Step> all(Plan plan) {
    List<Step> all = new ArrayList<>();
    Stream.of(
            plan.stage(),
            plan.load(),
            plan.build(),
            plan.verify(),
            plan.cutover(),
            plan.settle(),
            plan.undo(),
            plan.undoSettle())
        .forEach(all::addAll);
    return all;
  }

  /// Asserts that there are refusals, that all have that code, and that one has that reason and remedy.
  static void assertRefused(Plan plan, String code, String reason, String... remedy) {
    assertThat(plan.runnable()).isFalse();
    assertThat(plan.refusals()).extracting(Refusal::code).containsOnly(code);
    assertThat(plan.refusals())
        .anySatisfy(refusal -> {
          assertThat(refusal.reason()).contains(reason);
          assertThat(refusal.remedy()).contains(remedy);
        });
  }
}
