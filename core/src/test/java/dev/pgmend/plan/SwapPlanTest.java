package dev.pgmend.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.archive.Toc;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.sql.Lexer;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.testing.Archives;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class SwapPlanTest {
  private static final Map<Toc, Snapshot> FULL =
      Stream.of(Archives.NASTY, Archives.SHOP)
          .map(Archives::toc)
          .collect(Collectors.toMap(toc -> toc, toc -> Snapshots.full(toc).build()));

  @TestFactory
  Stream<DynamicTest> everyTableCanBeExchanged() {
    return forEveryTable((_, plan) -> {
      assertThat(plan.refusals()).isEmpty();
      assertThat(plan.modes().values()).containsOnly(Mode.SWAP);
      assertThat(plan.cutover().stream().filter(Plans::isNoLoan).findFirst().orElseThrow().sql())
          .startsWith("LOCK TABLE ONLY ")
          .endsWith("IN ACCESS EXCLUSIVE MODE");
    });
  }

  @TestFactory
  Stream<DynamicTest> nothingSaysCascadeButAForeignKeysAction() {
    return forEveryTable((_, plan) ->
        assertThat(Plans.all(plan))
            .filteredOn(step -> step instanceof Step.Statement || step instanceof MendStep.Mend)
            .filteredOn(step -> !step.sql().contains("FOREIGN KEY"))
            .filteredOn(step -> !step.sql().contains("CREATE RULE"))
            .allSatisfy(step ->
                assertThat(Lexer.tokens(step.sql())).noneMatch(token -> token.isWord("cascade"))));
  }

  @TestFactory
  Stream<DynamicTest> nothingButStandInsReadsALiveTableBeforeTheCutover() {
    return forEveryTable((table, plan) -> {
      assertThat(plan.load())
          .filteredOn(LoadStep.Load.class::isInstance)
          .allSatisfy(
              step -> assertThat(((LoadStep.Load) step).into().schema()).startsWith(Plans.RUN));
      assertThat(plan.stage())
          .filteredOn(Plans::isNoLoan)
          .extracting(Step::sql)
          .filteredOn(sql -> sql.contains(table.sql()))
          .allMatch(sql -> sql.contains("(LIKE "));
      assertThat(plan.build()).extracting(Step::sql).noneMatch(sql -> sql.contains(table.sql()));
    });
  }

  @TestFactory
  Stream<DynamicTest> theOldTableIsMovedOutBeforeTheNewOneMovesInAndBackByAnUndo() {
    return forEveryTable((table, plan) -> {
      List<String> cutover = plan.cutover().stream().map(Step::sql).toList();
      String move = "ALTER TABLE %s SET SCHEMA \"%s_old".formatted(table.sql(), Plans.RUN);
      String in =
          ".%s SET SCHEMA ".formatted(table.sql().substring(table.sql().indexOf("\".") + 2));
      int out = first(cutover, sql -> sql.startsWith(move));
      assertThat(out).isPositive();
      assertThat(first(cutover, sql -> sql.contains(in) && sql.contains("_new")))
          .isGreaterThan(out);
      List<String> undo = plan.undo().stream().map(Step::sql).toList();
      int withdraw =
          first(
              undo, sql -> sql.contains(in) && sql.contains("SET SCHEMA \"" + Plans.RUN + "_new"));
      int back =
          first(
              undo,
              sql -> sql.contains(in) && sql.startsWith("ALTER TABLE \"" + Plans.RUN + "_old"));
      assertThat(withdraw).isNotNegative();
      assertThat(back).isGreaterThan(withdraw);
      assertThat(first(undo, sql -> sql.startsWith("DROP TABLE"))).isGreaterThan(back);
    });
  }

  private static int first(List<String> texts, Predicate<String> which) {
    for (int i = 0; i < texts.size(); i++) {
      if (which.test(texts.get(i))) {
        return i;
      }
    }
    return -1;
  }

  private static Stream<DynamicTest> forEveryTable(BiConsumer<QualifiedName, Plan> property) {
    return Stream.of(Archives.NASTY, Archives.SHOP)
        .flatMap(archive -> {
          Toc toc = Archives.toc(archive);
          return Archives.tables(toc).stream()
              .map(table ->
                  DynamicTest.dynamicTest(
                      archive + " " + table, () -> property.accept(table, plan(toc, table))));
        });
  }

  private static Plan plan(Toc toc, QualifiedName table) {
    Request request = Plans.request(Mode.SWAP, false, false, true, table);
    return Planner.plan(
        toc,
        Archives.closure(toc, request.tables()),
        Objects.requireNonNull(FULL.get(toc)),
        request,
        Plans.RUN);
  }

  @Test
  void foreignKeysInAreDroppedAndAddedAgainAsTheLiveServerHasThem() {
    Request request = Plans.request("app.customers").with(Mode.SWAP);
    Plan plan = Plans.present(Archives.NASTY, request, _ -> {});
    assertThat(Plans.sql(plan.cutover(), "drop foreign key \"orders_customer_fk\"")).hasSize(1);
    assertThat(Plans.sql(plan.cutover(), "add foreign key \"orders_customer_fk\""))
        .singleElement()
        .asString()
        .contains("REFERENCES app.customers(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED")
        .endsWith("NOT VALID");
    assertThat(plan.settle()).hasSize(1);
    assertThat(plan.undoSettle()).hasSize(1);
  }

  @Test
  void aSerialSequenceChangesHandsAndIsNotDuplicated() {
    Request request = Plans.request(Mode.SWAP, false, false, true, "app.orders");
    Plan plan = Plans.present(Archives.NASTY, request, _ -> {});
    assertThat(plan.stage()).noneMatch(step -> step.sql().contains("CREATE SEQUENCE"));
    assertThat(plan.cutover())
        .extracting(Step::sql)
        .contains("ALTER SEQUENCE \"app\".\"orders_ser_seq\" OWNED BY NONE")
        .contains("ALTER SEQUENCE app.orders_ser_seq OWNED BY app.orders.ser");
    assertThat(Plans.only(SequenceStep.CarrySequence.class, plan.cutover()))
        .singleElement()
        .matches(carry -> carry.to().equals(Archives.name("app.orders_id_seq")));
  }

  @Test
  void viewsOfTheTargetAreBoundToTheNewTableAndByAnUndoToTheOld() {
    Request request = Plans.request("app.customers").with(Mode.SWAP);
    String view = "CREATE OR REPLACE VIEW \"app\".\"v_customers\" AS SELECT 1";
    Plan plan =
        Plans.present(
            Archives.NASTY,
            request,
            target ->
                target.dependents.add(
                    new Snapshot.Dependent(
                        Snapshot.Dependent.Kind.VIEW,
                        Archives.name("app.v_customers"),
                        "",
                        List.of(view),
                        "postgres",
                        true,
                        Archives.name("app.customers"),
                        "view app.v_customers")));
    assertThat(Plans.sql(plan.cutover(), "bind view app.v_customers")).containsExactly(view);
    assertThat(Plans.sql(plan.undo(), "bind view app.v_customers")).containsExactly(view);
  }

  @Test
  void anOwnerIsLentTheRightsThatHeLacksInEveryTransaction() {
    Request request = Plans.request("app.customers").with(Mode.SWAP);
    Plan plan =
        Plans.present(
            Archives.NASTY,
            request,
            target -> target.change(Archives.name("app.orders"), Changes::curtailed));
    assertThat(plan.refusals()).isEmpty();
    assertThat(plan.lent())
        .containsExactly(Archives.name("app.orders"), Archives.name(Plans.RUN + "_old.orders"));
    for (List<Step> steps : List.of(plan.stage(), plan.cutover(), plan.undo())) {
      assertThat(steps.getFirst()).isEqualTo(new RightsStep.Lend(plan.lent()));
      assertThat(steps.getLast()).isEqualTo(new RightsStep.TakeBack(plan.lent()));
    }
  }

  @Test
  void aSequenceGetsTheOwnerOfTheNewTable() {
    Request request = Plans.request(Mode.SWAP, false, false, true, "app.orders");
    Plan plan =
        Plans.present(
            Archives.NASTY,
            request,
            target -> target.change(Archives.name("app.orders"), Changes::ofSomebody));
    List<String> cutover = plan.cutover().stream().map(Step::sql).toList();
    String owner = "ALTER SEQUENCE \"app\".\"orders_ser_seq\" OWNER TO ";
    assertThat(first(cutover, sql -> sql.equals(owner + "\"postgres\"")))
        .isLessThan(first(cutover, sql -> sql.endsWith("OWNED BY app.orders.ser")))
        .isPositive();
    List<String> undo = plan.undo().stream().map(Step::sql).toList();
    assertThat(first(undo, sql -> sql.equals(owner + "\"somebody\"")))
        .isLessThan(first(undo, sql -> sql.endsWith("OWNED BY \"app\".\"orders\".\"ser\"")))
        .isPositive();
  }
}
