package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Toc;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.testing.Archives;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TableSelectionTest {
  private static final Toc SHOP = Archives.toc(Archives.SHOP);
  private static final Toc NASTY = Archives.toc(Archives.NASTY);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\1',
      textBlock =
          """
          shop.order_*             | "shop"."order_history" "shop"."order_item"
          SHOP.Order_*             | "shop"."order_history" "shop"."order_item"
          "Odd Corner"."Table"*    | "Odd Corner"."Table With Spaces"
          "Odd Corner".*spaces*    |
          "Odd Corner".upper*      |
          "Odd Corner"."UPP"??     | "Odd Corner"."UPPER"
          order_h*                 | "shop"."order_history"
          s?op.order_(item)+       | "shop"."order_item"
          shop.order_[hi]*         | "shop"."order_history" "shop"."order_item"
          """)
  void patternsAreReadAsPsqlReadsThem(String pattern, String tables) {
    TableSelection selection =
        new TableSelection(List.of(pattern), List.of(), List.of(), false, false);
    if (tables == null) {
      assertThatThrownBy(() -> selection.of(SHOP))
          .hasMessage("the backup has no table that matches " + pattern);
    } else {
      assertThat(selection.of(SHOP).stream().map(QualifiedName::sql))
          .containsExactlyInAnyOrder(tables.split(" (?=\"\\w+ ?\\w*\"\\.)"));
    }
  }

  @Test
  void quotedStarsAreNames() {
    assertThatThrownBy(() ->
            new TableSelection(List.of("app.\"*\""), List.of(), List.of(), false, false).of(NASTY))
        .hasMessage("the backup has no table app.\"*\"");
  }

  @Test
  void aSchemaMeansAllItsTables() {
    assertThat(
            new TableSelection(
                    List.of(), List.of("billing"), List.of("billing.invoice*"), false, false)
                .of(SHOP))
        .allMatch(table -> table.schema().equals("billing") && !table.name().startsWith("invoice"))
        .hasSizeGreaterThan(3);
  }

  @Test
  void parentsAndChildrenAreFoundThroughAnyNumberOfKeys() {
    QualifiedName items = new QualifiedName("shop", "order_item");
    QualifiedName orders = new QualifiedName("shop", "orders");
    QualifiedName customer = new QualifiedName("crm", "customer");
    assertThat(
            new TableSelection(List.of("shop.order_item"), List.of(), List.of(), true, false)
                .of(SHOP))
        .startsWith(items)
        .contains(orders, customer)
        .doesNotContain(new QualifiedName("shop", "order_history"));
    assertThat(
            new TableSelection(List.of("crm.customer"), List.of(), List.of(), false, true).of(SHOP))
        .contains(customer, orders, items);
    // Neither loops.
    assertThat(new TableSelection(List.of("app.cyc_a"), List.of(), List.of(), true, true).of(NASTY))
        .contains(new QualifiedName("app", "cyc_a"), new QualifiedName("app", "cyc_b"));
  }

  @Test
  void theKeyOfAPartitionedTableIsItsPartitionsToo() {
    assertThat(
            new TableSelection(List.of("shop.orders_2023"), List.of(), List.of(), true, false)
                .of(SHOP))
        .contains(new QualifiedName("crm", "customer"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.b.*", "\"open*", "shop.[", "shop.("})
  void whatIsNoPatternIsRefused(String text) {
    assertThatThrownBy(
            () -> new TableSelection(List.of(text), List.of(), List.of(), false, false).of(SHOP))
        .isInstanceOfSatisfying(
            PgmendException.class, e -> assertThat(e.kind()).isEqualTo(Kind.USAGE))
        .hasMessageContaining("is not a ");
  }

  @Test
  void nothingNamedAndNothingLeftAreRefused() {
    assertThatThrownBy(
            () -> new TableSelection(List.of(), List.of(), List.of(), false, false).of(SHOP))
        .hasMessage("no table is named");
    assertThatThrownBy(() ->
            new TableSelection(List.of("shop.orders"), List.of(), List.of("*.orders"), false, false)
                .of(SHOP))
        .hasMessage("every table that was named is excluded");
  }
}
