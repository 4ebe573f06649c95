package dev.pgmend.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.catalog.Snapshot;
import dev.pgmend.plan.Request.Orphans;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.testing.Archives;
import java.util.List;
import org.junit.jupiter.api.Test;

class MendPlanTest {
  private static final String CAME_1 = "\"%s\".\"came_1\"".formatted(Plans.RUN);
  private static final String CAME_2 = "\"%s\".\"came_2\"".formatted(Plans.RUN);
  private static final String GONE_1 = "\"%s\".\"gone_1\"".formatted(Plans.RUN);

  @Test
  void restoredRowsAreCountedAgainstLiveParents() {
    Plan plan = Plans.present(Archives.SHOP, Plans.request("shop.coupon_use"), _ -> {});
    assertThat(counts(plan, "coupon_use_code_fkey"))
        .singleElement()
        .satisfies(count -> {
          assertThat(count.sql()).contains("FROM " + CAME_1 + " AS c");
          assertThat(count.sql()).contains("FROM ONLY \"shop\".\"coupon\"");
          assertThat(count.tolerated()).isFalse();
        });
  }

  @Test
  void liveRowsAreCountedWhoseParentsWouldGo() {
    Plan plan = Plans.present(Archives.SHOP, Plans.request("shop.coupon"), _ -> {});
    assertThat(counts(plan, "coupon_use_code_fkey"))
        .singleElement()
        .satisfies(count -> {
          assertThat(count.table()).isEqualTo(Archives.name("shop.coupon_use"));
          assertThat(count.sql())
              .contains("FROM ONLY \"shop\".\"coupon_use\" AS c")
              .contains("EXISTS (SELECT 1 FROM " + GONE_1)
              .contains("NOT (EXISTS (SELECT 1 FROM " + CAME_1);
        });
  }

  @Test
  void rowsOfTheSameCommandCountAsPresent() {
    Plan plan =
        Plans.present(Archives.SHOP, Plans.request("shop.coupon_use", "shop.coupon"), _ -> {});
    assertThat(counts(plan, "coupon_use_code_fkey"))
        .hasSize(2)
        .anySatisfy(
            count -> assertThat(count.sql()).contains("FROM " + CAME_2 + " AS c", CAME_1, GONE_1));
    assertThat(Plans.only(MendStep.Mend.class, plan.cutover()))
        .extracting(MendStep.Mend::table)
        .containsExactly(Archives.name("shop.coupon"), Archives.name("shop.coupon_use"));
  }

  @Test
  void orphansAreToleratedOnlyWhereTheKeyCanBeNotValid() {
    Plan plan =
        Plans.present(
            Archives.SHOP, Plans.request("shop.coupon_use").with(Orphans.NOT_VALID), _ -> {});
    assertThat(counts(plan, "coupon_use_code_fkey")).allMatch(CheckStep.CountOrphans::tolerated);
    Plan others =
        Plans.present(
            Archives.SHOP,
            Plans.request("shop.coupon").with(Orphans.NOT_VALID),
            target -> target.change(Archives.name("shop.coupon_use"), Changes::foreign));
    assertThat(counts(others, "coupon_use_code_fkey")).noneMatch(CheckStep.CountOrphans::tolerated);
    Plan partitioned =
        Plans.present(Archives.SHOP, Plans.request("shop.orders").with(Orphans.NOT_VALID), _ -> {});
    assertThat(counts(partitioned, "orders_customer_fk"))
        .isNotEmpty()
        .noneMatch(CheckStep.CountOrphans::tolerated);
  }

  @Test
  void partitionsGoBeforeTablesThatReferToTheirRoot() {
    Plan plan =
        Plans.present(Archives.SHOP, Plans.request("shop.order_item", "shop.orders_2023"), _ -> {});
    assertThat(Plans.only(MendStep.Mend.class, plan.cutover()))
        .extracting(MendStep.Mend::table)
        .containsExactly(Archives.name("shop.orders_2023"), Archives.name("shop.order_item"));
  }

  @Test
  void aNewPartitionMakesThePartitionedTableOneUnit() {
    QualifiedName orders = Archives.name("shop.orders");
    QualifiedName fresh = new QualifiedName("shop", "orders_fresh");
    Plan plan =
        Plans.present(
            Archives.SHOP,
            Plans.request("shop.orders")
                .change()
                .policy(RowPolicy.of(RowPolicy.Rows.UNDECIDED))
                .build(),
            target -> {
              target.relations.put(fresh, target.relations.get(Archives.name("shop.orders_2023")));
              target.inheritance.add(
                  new Snapshot.Inheritance(fresh, orders, 1, "FOR VALUES FROM ('x') TO ('y')"));
            });
    assertThat(plan.refusals()).isEmpty();
    assertThat(Plans.only(MendStep.Mend.class, plan.cutover()))
        .extracting(MendStep.Mend::table)
        .isEqualTo(List.of(orders));
    assertThat(plan.notices()).anySatisfy(notice -> assertThat(notice).contains("orders_fresh"));
  }

  @Test
  void aNewChildIsRefused() {
    QualifiedName coupon = Archives.name("shop.coupon");
    Plan plan =
        Plans.present(
            Archives.SHOP,
            Plans.request("shop.coupon"),
            target ->
                target.inheritance.add(
                    new Snapshot.Inheritance(
                        new QualifiedName("shop", "coupon_fresh"), coupon, 1, "")));
    Plans.assertRefused(plan, "children", "coupon_fresh", "NO INHERIT");
  }

  private static List<CheckStep.CountOrphans> counts(Plan plan, String key) {
    return Plans.only(CheckStep.CountOrphans.class, plan.verify()).stream()
        .filter(count -> count.foreignKey().equals(key))
        .toList();
  }
}
