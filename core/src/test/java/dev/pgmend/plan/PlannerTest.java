package dev.pgmend.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.archive.Toc;
import dev.pgmend.catalog.ObjectId;
import dev.pgmend.catalog.Relation.Column;
import dev.pgmend.closure.Closure;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.testing.Archives;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class PlannerTest {
  private static final QualifiedName CUSTOMERS = Archives.name("app.customers");

  @Test
  void whatIsGoneIsCreated() {
    Plan plan = Plans.dropped(Archives.NASTY, _ -> {}, "app.customers");
    assertThat(plan.runnable()).isTrue();
    assertThat(plan.modes()).isEqualTo(Map.of(CUSTOMERS, Mode.CREATE));
    assertThat(plan.reason()).contains("gone");
    assertThat(plan.cutover()).noneMatch(step -> step instanceof MendStep.Mend);
  }

  @Test
  void whatIsThereWithTheSameColumnsIsMended() {
    Plan plan = Plans.present(Archives.NASTY, Plans.request("app.customers"), _ -> {});
    assertThat(plan.refusals()).isEmpty();
    assertThat(plan.modes()).isEqualTo(Map.of(CUSTOMERS, Mode.MEND));
    assertThat(plan.schemas()).containsExactly(Plans.RUN);
    assertThat(plan.build()).isEmpty();
    MendStep.Mend mend = Plans.only(MendStep.Mend.class, plan.cutover()).getFirst();
    assertThat(mend.columns()).doesNotContain("price_x2").contains("Nötes \"q\" col.umn");
    assertThat(mend.staged().schema()).isEqualTo(Plans.RUN);
    assertThat(plan.undo()).contains(mend);
    assertThat(plan.cutover())
        .allMatch(
            step -> step instanceof MendStep.Mend || step instanceof SequenceStep.AdvanceSequence);
  }

  @Test
  void enabledTriggersAreSuppressedWhileMendingAndDisabledOnesStaySo() {
    Plan plan = Plans.present(Archives.SHOP, Plans.request("crm.customer"), _ -> {});
    MendStep.Mend mend = Plans.only(MendStep.Mend.class, plan.cutover()).getFirst();
    assertThat(mend.quiet())
        .contains("ALTER TABLE ONLY \"crm\".\"customer\" DISABLE TRIGGER \"customer_touch\"")
        .contains("ALTER TABLE ONLY \"crm\".\"customer\" DISABLE TRIGGER \"customer_always\"")
        .noneMatch(sql -> sql.contains("customer_off") || sql.contains("customer_replica"));
    assertThat(mend.loud())
        .contains("ALTER TABLE ONLY \"crm\".\"customer\" ENABLE TRIGGER \"customer_touch\"")
        .contains(
            "ALTER TABLE ONLY \"crm\".\"customer\" ENABLE ALWAYS TRIGGER \"customer_always\"");
  }

  @Test
  void aColumnThatTheBackupLacksIsLeftAlone() {
    Plan plan =
        Plans.present(
            Archives.NASTY,
            Plans.request("app.customers"),
            target -> target.change(CUSTOMERS, r -> Changes.columns(r, with(r.columns(), "new"))));
    assertThat(plan.modes()).isEqualTo(Map.of(CUSTOMERS, Mode.MEND));
    assertThat(plan.columns())
        .singleElement()
        .isEqualTo(new ColumnChange(CUSTOMERS, null, "new", "", "bytea"));
  }

  @Test
  void aColumnOfAnotherTypeIsConverted() {
    Plan plan =
        Plans.present(
            Archives.NASTY,
            Plans.request("app.customers"),
            target ->
                target.change(
                    CUSTOMERS,
                    r -> {
                      List<Column> columns = new ArrayList<>(r.columns());
                      columns.replaceAll(c -> c.name().equals("email") ? column("email") : c);
                      return Changes.columns(r, columns);
                    }));
    assertThat(plan.modes()).isEqualTo(Map.of(CUSTOMERS, Mode.MEND));
    assertThat(plan.load())
        .filteredOn(LoadStep.Convert.class::isInstance)
        .singleElement()
        .extracting(step -> ((LoadStep.Convert) step).retyped())
        .isEqualTo(List.of(new LoadStep.Convert.Retyped("email", "text", "bytea")));
  }

  @Test
  void aMissingCheckMakesItASwap() {
    Plan check =
        Plans.present(
            Archives.NASTY,
            Plans.request("app.customers"),
            target ->
                target.present.remove(
                    new ObjectId(ObjectId.Kind.CONSTRAINT, CUSTOMERS, "customers_price_positive")));
    assertThat(check.modes()).isEqualTo(Map.of(CUSTOMERS, Mode.SWAP));
    assertThat(check.reason()).contains("customers_price_positive");
  }

  private static List<Column> with(List<Column> columns, String name) {
    List<Column> more = new ArrayList<>(columns);
    more.add(column(name));
    return more;
  }

  private static Column column(String name) {
    return new Column(name, "bytea", false, (char) 0, (char) 0, "");
  }

  @Test
  void swapIsMadeWhenAskedFor() {
    Request request = Plans.request("app.customers").with(Mode.SWAP);
    Plan plan = Plans.present(Archives.NASTY, request, _ -> {});
    assertThat(plan.refusals()).isEmpty();
    assertThat(plan.modes()).isEqualTo(Map.of(CUSTOMERS, Mode.SWAP));
    assertThat(plan.reason()).isEqualTo("swap was asked for");
  }

  @Test
  void oneTableCanBeGoneAndTheOneThatRefersToItThere() {
    Toc toc = Archives.toc(Archives.NASTY);
    Closure gone = Archives.closure(toc, "app.customers");
    Plan plan =
        Planner.plan(
            toc,
            Archives.closure(toc, "app.customers", "app.orders"),
            Snapshots.without(toc, gone).build(),
            Plans.request("app.customers", "app.orders"),
            Plans.RUN);
    assertThat(plan.refusals()).isEmpty();
    assertThat(plan.modes())
        .isEqualTo(Map.of(CUSTOMERS, Mode.CREATE, Archives.name("app.orders"), Mode.MEND));
    assertThat(plan.reason()).contains("only rows that differ").contains("gone");
    List<String> titles = plan.cutover().stream().map(Step::title).toList();
    assertThat(titles)
        .containsSubsequence(
            "move \"app\".\"customers\" into place",
            "add foreign key \"orders_customer_fk\" of \"app\".\"orders\"");
  }

  @Test
  void onePartitionComesBackIntoItsLiveParent() {
    Plan plan = Plans.dropped(Archives.NASTY, _ -> {}, "app.events_2024");
    assertThat(plan.refusals()).isEmpty();
    assertThat(Plans.sql(plan.cutover(), "attach "))
        .singleElement()
        .asString()
        .startsWith("ALTER TABLE ONLY app.events ATTACH PARTITION app.events_2024 FOR VALUES");
    assertThat(Plans.sql(plan.undo(), "detach ")).hasSize(1);
  }

  @Test
  void besideTouchesNothingThatExists() {
    Request request =
        Request.of(Archives.names("app.customers"))
            .change()
            .mode(Mode.BESIDE)
            .remapTables(Map.of(CUSTOMERS, Archives.name("app.customers_old")))
            .build();
    Plan plan = Plans.present(Archives.NASTY, request, _ -> {});
    assertThat(plan.refusals()).isEmpty();
    assertThat(plan.modes()).isEqualTo(Map.of(CUSTOMERS, Mode.BESIDE));
    assertThat(Plans.all(plan))
        .allSatisfy(step ->
            assertThat(step.sql())
                .doesNotContain("\"app\".\"customers\"")
                .doesNotContain("ON app.customers "));
    assertThat(plan.notices()).anyMatch(notice -> notice.contains("orders_customer_fk"));
  }

  /// Every table that is there as the backup has it: nothing to object, and no plan to change anything but rows.
  @TestFactory
  Stream<DynamicTest> everyTableThatIsThereIsMended() {
    return Stream.of(Archives.NASTY, Archives.NASTY_18, Archives.SHOP)
        .flatMap(archive -> {
          Toc toc = Archives.toc(archive);
          var target = Snapshots.full(toc).build();
          return Archives.tables(toc).stream()
              .map(table ->
                  DynamicTest.dynamicTest(
                      archive + " " + table,
                      () -> {
                        Request request = Request.of(new LinkedHashSet<>(Set.of(table)));
                        Closure closure = Archives.closure(toc, Set.of(table));
                        Plan plan = Planner.plan(toc, closure, target, request, Plans.RUN);
                        assertThat(plan.refusals()).isEmpty();
                        assertThat(plan.modes().values()).containsOnly(Mode.MEND);
                        assertThat(plan.cutover())
                            .filteredOn(Plans::isNoLoan)
                            .allMatch(step ->
                                step instanceof MendStep.Mend
                                    || step instanceof SequenceStep.AdvanceSequence
                                    || step instanceof FillStep.CreateLargeObjects);
                        assertThat(plan.settle()).isEmpty();
                        assertThat(plan)
                            .isEqualTo(Planner.plan(toc, closure, target, request, Plans.RUN));
                      }));
        });
  }
}
