package dev.pgmend.run;

import dev.pgmend.plan.BuildStep;
import dev.pgmend.plan.FillStep;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Step;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Gives staged tables their keys, constraints and indexes. Indexes, those of keys included, are built at the same time, those of the
/// biggest tables and of the most columns first; whatever locks its table is done alone, by as many processes of the server. Not thread-safe.
final class Building {
  private static final long MEGABYTE = 1024;

  private final Work work;
  private final Session session;
  private final Plan plan;
  private final Crew crew;
  private final int jobs;

  /// What may be used for sorting, in kB: in all, and what the server gives to one session unless it is told otherwise.
  private record Memory(long all, long usual) {}

  Building(Work work, Crew crew, int jobs) {
    this.work = work;
    this.session = work.session;
    this.plan = work.plan;
    this.crew = crew;
    this.jobs = jobs;
  }

  /// Builds what the plan says.
  ///
  /// @param meanwhile starts what can be done beside indexes, when the tables are not locked any more
  /// @return waits for statistics that are still being collected; nobody needs them to look at the rows
  Runnable run(Runnable meanwhile) {
    Memory memory = plan.build().isEmpty() ? new Memory(0, 0) : memory();
    List<Step> steps = plan.build();
    int last = steps.size();
    while (last > 0 && jobs > 1 && steps.get(last - 1) instanceof BuildStep.Analyze) {
      last--;
    }
    List<BuildStep.Index> wave = new ArrayList<>();
    boolean begun = false;
    for (Step step : steps.subList(0, last)) {
      if (step instanceof BuildStep.Index index && jobs > 1) {
        wave.add(index);
        continue;
      }
      if (!wave.isEmpty()) {
        meanwhile.run();
        begun = true;
        build(wave, memory);
        wave.clear();
      }
      work.progress.step(step);
      if (jobs > 1) {
        session.execute(settings(jobs, memory.all(), memory));
      }
      if (step instanceof FillStep.Refresh refresh) {
        new Refreshing(work).alone(refresh);
      } else {
        work.statements.alone(step.title(), step.sql());
      }
    }
    if (!begun) {
      meanwhile.run();
    }
    if (!wave.isEmpty()) {
      build(wave, memory);
    }
    if (jobs > 1) {
      session.execute("RESET max_parallel_maintenance_workers; RESET maintenance_work_mem");
    }
    List<Crew.Errand> statistics =
        steps.subList(last, steps.size()).stream().map(this::collect).toList();
    return () -> statistics.forEach(crew::await);
  }

  private Crew.Errand collect(Step step) {
    work.progress.step(step);
    return crew.send(own -> new Statements(own, work.notes).alone(step.title(), step.sql()));
  }

  private void build(List<BuildStep.Index> wave, Memory memory) {
    Map<QualifiedName, Long> sizes = new HashMap<>();
    wave.forEach(index ->
        sizes.computeIfAbsent(
            index.staged(),
            table ->
                work.statements.number(
                    "pg_catalog.pg_relation_size(%s)"
                        .formatted(dev.pgmend.sql.Sql.literal(table.sql())))));
    int together = Math.min(crew.size(), wave.size());
    List<Crew.Errand> errands = new ArrayList<>();
    for (BuildStep.Index index :
        wave.stream()
            .sorted(
                Comparator.<BuildStep.Index>comparingLong(
                        step -> -sizes.getOrDefault(step.staged(), 0L))
                    .thenComparingInt(step -> -step.width()))
            .toList()) {
      work.progress.step(index);
      // Helpers of one build cost more than they bring as long as there is another to begin.
      int more = errands.size() < jobs % together ? 1 : 0;
      String settings = settings(jobs / together + more, memory.all() / together, memory);
      errands.add(
          crew.send(own -> {
            own.execute(settings);
            new Statements(own, work.notes).alone(index.title(), index.sql());
          }));
    }
    errands.forEach(crew::await);
  }

  /// @param processes how many of the server may work on it, its own included
  private static String settings(int processes, long kilobytes, Memory memory) {
    return "SET max_parallel_maintenance_workers = %d; SET maintenance_work_mem = %d"
        .formatted(Math.max(0, processes - 1), Math.max(kilobytes, memory.usual()));
  }

  /// Whoever runs the server lets that many autovacuum workers use that much memory each, at any time.
  private Memory memory() {
    return session
        .query(
            """
            select s.setting::bigint as usual, w.setting::bigint as workers
            from pg_catalog.pg_settings s, pg_catalog.pg_settings w
            where s.name = 'maintenance_work_mem' and w.name = 'autovacuum_max_workers'
            """,
            row -> {
              long usual = row.number("usual");
              return new Memory(
                  Math.clamp(usual * row.number("workers"), usual, 2048 * MEGABYTE), usual);
            })
        .getFirst();
  }
}
