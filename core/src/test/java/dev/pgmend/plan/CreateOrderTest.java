package dev.pgmend.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.archive.Entry;
import dev.pgmend.archive.Toc;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.closure.Closure;
import dev.pgmend.sql.Lexer;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import dev.pgmend.sql.Token;
import dev.pgmend.testing.Archives;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Properties of every plan that brings back a table after `DROP TABLE … CASCADE`, for every table of the real archives.
class CreateOrderTest {
  private static final String RUN = "pgmend_20260101_000000_abcd";

  @TestFactory
  Stream<DynamicTest> everyTableThatWasDroppedGetsARunnablePlan() {
    return forEveryTable(dropped -> assertThat(dropped.plan().refusals()).isEmpty());
  }

  @TestFactory
  Stream<DynamicTest> everyStatementComesAfterWhatItDependsOn() {
    return forEveryTable(dropped -> {
      Map<Integer, Integer> at = new HashMap<>();
      Map<Integer, Integer> done = new HashMap<>();
      List<Step> steps = dropped.steps();
      for (int i = 0; i < steps.size(); i++) {
        for (int entry : entries(steps.get(i))) {
          Integer before = at.putIfAbsent(entry, i);
          assertThat(before == null || steps.get(before) instanceof BuildStep.Index)
              .as("a second step for entry " + entry)
              .isTrue();
          done.put(entry, i);
        }
      }
      at.forEach((id, position) -> {
        Entry entry = dropped.toc().find(id).orElseThrow();
        for (int need : entry.dependencies()) {
          if (need != id && at.containsKey(need)) {
            assertThat(done.get(need))
                .as("%s needs %s", name(entry), name(dropped.toc().find(need).orElseThrow()))
                .isLessThan(position);
          }
        }
      });
    });
  }

  @TestFactory
  Stream<DynamicTest> everythingThatFellIsInThePlan() {
    return forEveryTable(dropped -> {
      Set<Integer> planned = new HashSet<>();
      dropped.steps().forEach(step -> planned.addAll(entries(step)));
      List<Entry> fallen = new ArrayList<>(dropped.closure().tables());
      fallen.addAll(dropped.closure().belongings());
      fallen.addAll(dropped.closure().dependents());
      assertThat(fallen.stream().filter(entry -> !planned.contains(entry.dumpId())))
          .as("entries without a step")
          .allMatch(entry ->
              entry.desc().equals("STATISTICS DATA")
                  || entry.desc().equals("TABLE")
                      && dropped.closure().dependents().contains(entry));
    });
  }

  @TestFactory
  Stream<DynamicTest> foreignKeysComeAfterEverythingElseAndGrantsAfterThem() {
    return forEveryTable(dropped -> {
      List<String> kinds = new ArrayList<>();
      for (Step step : dropped.plan().cutover()) {
        for (int id : entries(step)) {
          Entry entry = dropped.toc().find(id).orElseThrow();
          boolean ofKey = entry.desc().equals("COMMENT") && entry.tag().startsWith("CONSTRAINT ");
          kinds.add(ofKey ? "FK CONSTRAINT" : entry.desc());
        }
      }
      List<String> order = List.of("FK CONSTRAINT", "ACL");
      List<Integer> ranks =
          kinds.stream()
              .filter(kind -> !kind.equals("MATERIALIZED VIEW DATA"))
              .map(order::indexOf)
              .toList();
      assertThat(ranks).as("everything else, foreign keys, grants").isSorted();
    });
  }

  /// A refresh runs as the view's owner, who may read the table only by a grant; pg_restore refreshes after grants as well.
  @TestFactory
  Stream<DynamicTest> materializedViewsAreFilledAfterTheGrants() {
    return forEveryTable(dropped -> {
      List<String> kinds =
          dropped.plan().cutover().stream()
              .flatMap(step -> entries(step).stream())
              .map(id -> dropped.toc().find(id).orElseThrow().desc())
              .filter(Set.of("ACL", "MATERIALIZED VIEW DATA")::contains)
              .toList();
      assertThat(kinds).isSorted();
    });
  }

  @TestFactory
  Stream<DynamicTest> noStatementSaysCascadeUnlessTheArchiveDoes() {
    return forEveryTable(dropped -> {
      List<Step> undo = new ArrayList<>(dropped.plan().undo());
      undo.addAll(dropped.plan().undoSettle());
      assertThat(undo).allSatisfy(step -> assertThat(cascades(step.sql())).isZero());
      for (Step step : dropped.steps()) {
        long allowed =
            entries(step).stream()
                .mapToLong(id -> cascades(dropped.toc().find(id).orElseThrow().defn()))
                .sum();
        assertThat(cascades(step.sql())).as(step.sql()).isLessThanOrEqualTo(allowed);
      }
    });
  }

  /// A value that is known only when the step runs stands in its SQL as `$…`.
  private static String known(String sql) {
    return sql.replaceAll("\\$[a-z_]+", "known_later");
  }

  private static long cascades(String sql) {
    return Lexer.tokens(known(sql)).stream().filter(token -> token.isWord("cascade")).count();
  }

  @TestFactory
  Stream<DynamicTest> beforeTheCutoverOnlyTheRunsOwnSchemasAreTouched() {
    return forEveryTable(dropped -> {
      Plan plan = dropped.plan();
      assertThat(plan.schemas()).allMatch(schema -> schema.startsWith(RUN));
      List<Step> early = new ArrayList<>(plan.stage());
      early.addAll(plan.load());
      early.addAll(plan.build());
      // What is lent is taken back by the transaction that staged the tables.
      early.removeIf(step ->
          step instanceof RightsStep.Lend
              || step instanceof RightsStep.TakeBack
              || step instanceof LoadStep.LoadLargeObjects);
      for (Step step : early) {
        for (String statement : Sql.split(step.sql())) {
          // setval names its sequence in a string.
          boolean staged =
              plan.schemas().stream()
                  .anyMatch(schema ->
                      statement.startsWith("SELECT pg_catalog.setval('\"" + schema + "\"."));
          if (!statement.startsWith("SET LOCAL ") && !staged) {
            assertThat(headSchema(statement)).as(statement).isIn(plan.schemas());
          }
        }
      }
      for (Step step : plan.verify()) {
        switch (step) {
          case CheckStep.CountOrphans count ->
              assertThat(count.sql()).startsWith("SELECT count(*) ");
          case CheckStep.CountMisplaced count ->
              assertThat(count.sql()).startsWith("SELECT count(*) ");
          case CheckStep.Probe probe -> assertThat(probe.staged().schema()).isIn(plan.schemas());
          default -> throw new AssertionError("not a check: " + step);
        }
      }
    });
  }

  /// The schema of the first qualified name of a statement, which for pgmend's statements is what it changes. The name of a
  /// new index has no schema; it goes where its table is.
  private static String headSchema(String statement) {
    List<Token> tokens = Lexer.tokens(known(statement));
    for (int i = 0; i + 1 < tokens.size(); i++) {
      if (tokens.get(i).isName() && tokens.get(i + 1).is(".")) {
        return tokens.get(i).value();
      }
    }
    return "";
  }

  @TestFactory
  Stream<DynamicTest> planningTwiceGivesTheSamePlan() {
    return forEveryTable(dropped -> assertThat(dropped.again()).isEqualTo(dropped.plan()));
  }

  @TestFactory
  Stream<DynamicTest> undoDropsEveryTableOnce() {
    return forEveryTable(dropped -> {
      List<QualifiedName> drops =
          dropped.plan().undo().stream()
              .map(Step::sql)
              .filter(sql -> sql.startsWith("DROP TABLE "))
              .map(sql -> QualifiedName.parse(sql.substring("DROP TABLE ".length())))
              .toList();
      assertThat(drops).containsExactlyInAnyOrderElementsOf(dropped.closure().tableNames());
    });
  }

  private static List<Integer> entries(Step step) {
    return switch (step) {
      case Step.Statement statement when statement.entry() != 0 -> List.of(statement.entry());
      case BuildStep.Index index -> List.of(index.entry());
      case FillStep.Refresh refresh -> List.of(refresh.entry());
      case LoadStep.Load load -> load.entries();
      default -> List.of();
    };
  }

  private static String name(Entry entry) {
    return entry.desc() + " " + entry.tag();
  }

  private static Stream<DynamicTest> forEveryTable(Consumer<Dropped> property) {
    return Stream.of(Archives.NASTY, Archives.NASTY_18, Archives.SHOP)
        .flatMap(archive -> {
          Toc toc = Archives.toc(archive);
          return Archives.tables(toc).stream()
              .map(table ->
                  DynamicTest.dynamicTest(
                      archive + " " + table, () -> property.accept(Dropped.of(toc, table))));
        });
  }

  /// A table of an archive, dropped from a target that is otherwise as the archive.
  private record Dropped(Toc toc, Closure closure, Plan plan, Plan again) {
    private static final Map<Toc, Map<QualifiedName, Dropped>> KNOWN = new IdentityHashMap<>();

    static Dropped of(Toc toc, QualifiedName table) {
      return KNOWN
          .computeIfAbsent(toc, _ -> new HashMap<>())
          .computeIfAbsent(table, _ -> make(toc, table));
    }

    private static Dropped make(Toc toc, QualifiedName table) {
      Closure closure = Archives.closure(toc, Set.of(table));
      assertThat(closure.tableNames()).contains(table);
      Snapshot target = Snapshots.without(toc, closure).build();
      Request request = Request.of(new LinkedHashSet<>(Set.of(table)));
      Plan plan = Planner.plan(toc, closure, target, request, RUN);
      return new Dropped(toc, closure, plan, Planner.plan(toc, closure, target, request, RUN));
    }

    List<Step> steps() {
      List<Step> steps = new ArrayList<>(plan.stage());
      steps.addAll(plan.load());
      steps.addAll(plan.build());
      steps.addAll(plan.cutover());
      steps.addAll(plan.settle());
      return steps;
    }
  }
}
