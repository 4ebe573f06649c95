package dev.pgmend.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.archive.Entry;
import dev.pgmend.archive.Toc;
import dev.pgmend.closure.Closure;
import dev.pgmend.plan.Request.Orphans;
import dev.pgmend.sql.ForeignKeyDefinition;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import dev.pgmend.testing.Archives;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Nothing is ever marked valid that has not been validated.
class ForeignKeyPlanTest {

  @Test
  void aKeyIsAddedNotValidCountedBeforeAndValidatedAfter() {
    Plan plan = Plans.dropped(Archives.NASTY, _ -> {}, "app.orders");
    assertThat(added(plan, "orders_customer_fk")).endsWith(" NOT VALID");
    assertThat(Plans.only(Step.Validate.class, plan.settle()))
        .extracting(Step.Validate::constraint)
        .containsExactlyInAnyOrder("orders_customer_fk", "orders_parent_fk");
    assertThat(count(plan, "orders_customer_fk"))
        .contains("FROM ONLY \"%s_new\".\"orders\" AS c".formatted(Plans.RUN))
        .contains("FROM ONLY \"app\".\"customers\" AS p");
    assertThat(count(plan, "orders_parent_fk"))
        .contains("FROM ONLY \"%s_new\".\"orders\" AS p".formatted(Plans.RUN));
  }

  @Test
  void aKeyThatComesInIsCountedAgainstTheStagedRows() {
    Plan plan = Plans.dropped(Archives.NASTY, _ -> {}, "app.customers");
    assertThat(count(plan, "orders_customer_fk"))
        .contains("FROM ONLY \"app\".\"orders\" AS c")
        .contains("FROM ONLY \"%s_new\".\"customers\" AS p".formatted(Plans.RUN));
    assertThat(plan.undo())
        .extracting(Step::sql)
        .anyMatch(sql -> sql.contains("DROP CONSTRAINT orders_customer_fk"));
  }

  @Test
  void aPartitionedTablesKeyIsValidatedUnderTheLockBefore18() {
    Plan old = Plans.dropped(Archives.SHOP, _ -> {}, "shop.orders");
    assertThat(added(old, "orders_customer_fk")).doesNotContain("NOT VALID", "ONLY");
    assertThat(old.settle())
        .extracting(Step::title)
        .noneMatch(t -> t.contains("orders_customer_fk"));
    assertThat(old.cutover().stream().filter(s -> s.title().contains("\"orders_customer_fk\"")))
        .singleElement()
        .extracting(Step::locks)
        .asString()
        .endsWith("held while it is validated");
    Plan young = Plans.dropped(Archives.SHOP, t -> Plans.version(t, 180001), "shop.orders");
    assertThat(added(young, "orders_customer_fk")).endsWith("NOT VALID");
    assertThat(young.settle())
        .extracting(Step::title)
        .anyMatch(t -> t.contains("orders_customer_fk"));
  }

  @Test
  void whatTheBackupHasAsNotValidStaysSo() {
    Plan plan = Plans.dropped(Archives.SHOP, _ -> {}, "shop.legacy_order");
    assertThat(added(plan, "legacy_order_customer_fk")).endsWith("NOT VALID");
    assertThat(plan.settle()).isEmpty();
    assertThat(Plans.only(CheckStep.CountOrphans.class, plan.verify())).isEmpty();
  }

  @Test
  void whatIsNotEnforcedIsNeverValidated() {
    Plan plan = Plans.dropped(Archives.NASTY_18, t -> Plans.version(t, 180001), "app.cyc_a");
    assertThat(added(plan, "fk_ne")).contains("NOT ENFORCED").doesNotContain("NOT VALID");
    assertThat(Plans.only(Step.Validate.class, plan.settle()))
        .extracting(Step.Validate::constraint)
        .containsExactlyInAnyOrder("cyc_a_b_fk", "cyc_b_a_id_fkey");
  }

  @ParameterizedTest
  @EnumSource(Orphans.class)
  void orphansAreToleratedOnlyIfTheUserSaysSo(Orphans policy) {
    Plan plan = Plans.dropped(Archives.NASTY, Plans.request("app.orders").with(policy), _ -> {});
    assertThat(Plans.only(CheckStep.CountOrphans.class, plan.verify()))
        .hasSize(2)
        .allMatch(count -> count.tolerated() == (policy == Orphans.NOT_VALID));
  }

  @Test
  void aTableThatTheRoleMayNotReadIsNotCountable() {
    Plan plan =
        Plans.dropped(
            Archives.NASTY,
            t ->
                t.relations.computeIfPresent(
                    Archives.name("app.customers"), (_, r) -> Changes.unreadable(r)),
            "app.orders");
    assertThat(Plans.only(CheckStep.CountOrphans.class, plan.verify()))
        .filteredOn(count -> count.foreignKey().equals("orders_customer_fk"))
        .singleElement()
        .matches(count -> !count.countable());
  }

  @Test
  void aKeyThatMatchesFullCountsRowsThatAreNullInPart() {
    Plan plan = Plans.dropped(Archives.SHOP, _ -> {}, "shop.shipment");
    assertThat(count(plan, "shipment_order_fk"))
        .contains(
            "(c.\"order_id\" IS NOT NULL OR c.\"placed\" IS NOT NULL OR c.\"channel\" IS NOT NULL)")
        .contains("FROM \"shop\".\"orders\" AS p");
  }

  @TestFactory
  Stream<DynamicTest> everyValidatedKeyIsValidatedByUsAndNoOtherIs() {
    return Stream.of(Archives.NASTY, Archives.SHOP)
        .flatMap(archive -> {
          Toc toc = Archives.toc(archive);
          return Archives.tables(toc).stream()
              .map(table ->
                  DynamicTest.dynamicTest(
                      archive + " " + table,
                      () -> {
                        Closure closure = Archives.closure(toc, Set.of(table));
                        Request request = Plans.request(null, false, false, false, table);
                        assertValidated(closure, Plans.dropped(archive, request, _ -> {}));
                      }));
        });
  }

  private static void assertValidated(Closure closure, Plan plan) {
    List<Entry> entries = new ArrayList<>(closure.belongings());
    entries.addAll(closure.dependents());
    for (Entry entry : entries) {
      if (entry.desc().equals("FK CONSTRAINT")) {
        ForeignKeyDefinition key = new EntrySql(true).foreignKey(entry);
        String add = added(plan, key.table(), key.name());
        boolean atOnce = !key.only();
        assertThat(add.endsWith("NOT VALID")).as(add).isNotEqualTo(atOnce);
        assertThat(
                Plans.only(Step.Validate.class, plan.settle()).stream()
                    .filter(
                        v -> v.table().equals(key.table()) && v.constraint().equals(key.name())))
            .as(add)
            .hasSize(atOnce || key.notValid() ? 0 : 1);
      }
    }
  }

  private static String added(Plan plan, QualifiedName table, String name) {
    String title = "add foreign key %s of %s".formatted(Sql.quote(name), table);
    return Plans.sql(plan.cutover(), title).getFirst();
  }

  private static String added(Plan plan, String name) {
    List<String> found = Plans.sql(plan.cutover(), "add foreign key \"%s\"".formatted(name));
    assertThat(found).hasSize(1);
    return found.getFirst();
  }

  private static String count(Plan plan, String name) {
    return Plans.only(CheckStep.CountOrphans.class, plan.verify()).stream()
        .filter(count -> count.foreignKey().equals(name))
        .map(CheckStep.CountOrphans::sql)
        .findFirst()
        .orElseThrow();
  }
}
