package dev.pgmend.closure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.archive.Entry;
import dev.pgmend.archive.Toc;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.testing.Archives;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What depends on tables of the shop. What is expected is written down from shop.sql.
class ShopClosureTest {
  private static final Toc TOC = Archives.toc(Archives.SHOP);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          crm.customer      | crm.v_customer_orders, crm.v_active_customer, crm.v_best_customer, crm.v_web_customer, crm.v_good_web_customer, shop.v_order, shop.v_open_order, shop.v_urgent_order
          shop.orders       | crm.v_customer_orders, crm.v_best_customer, shop.v_order, shop.v_open_order, shop.v_urgent_order
          shop.order_item   | shop.v_order, shop.v_open_order, shop.v_urgent_order, catalog.v_best_seller
          shop.cart         | shop.v_open_cart
          catalog.product   | catalog.v_product_label, catalog.v_product_row, catalog.v_product_in_brand, catalog.v_best_seller
          catalog.brand     | catalog.v_product_in_brand, reporting.v_brand
          catalog.category  | catalog.v_category_path
          crm.contact       | crm.v_everybody
          crm.contact_company |
          Odd Corner.Table With Spaces | Odd Corner.view "of" spaces
          """)
  void viewsOnViewsFallWithTheirTable(String table, String views) {
    assertDependents(table, Set.of("VIEW"), views);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          crm.customer    | crm.mv_customer_value
          shop.orders     | crm.mv_customer_value
          catalog.product | catalog.mv_product_sales, catalog.mv_best_seller
          shop.order_item | catalog.mv_product_sales, catalog.mv_best_seller
          crm.ticket      |
          """)
  void materializedViewsFallWithTheirTable(String table, String views) {
    assertDependents(table, Set.of("MATERIALIZED VIEW"), views);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          catalog.product    | catalog.display_name(catalog.product), catalog.products_of_brand(integer)
          crm.customer       | crm.find_customer(text)
          shop.order_item    | shop.order_sum(bigint)
          catalog.price_list | catalog.price_list_ok(catalog.price_list)
          crm.ticket         |
          """)
  void functionsTypedByTheRowAndThoseWithABoundBodyFall(String table, String functions) {
    assertDependents(table, Set.of("FUNCTION", "PROCEDURE", "AGGREGATE"), functions);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          crm.ticket              | crm.ticket_message ticket_message_ticket_id_fkey
          catalog.brand           | catalog.product product_brand_id_fkey
          billing.account         | billing.journal_entry journal_entry_account_fkey
          catalog.product_variant | catalog.variant_price variant_price_variant_fk, shop.cart_item cart_item_variant_fk, shop.order_item order_item_variant_fk, stock.purchase_order_item purchase_order_item_variant_fk, stock.stock_level stock_level_product_id_variant_no_fkey
          shop.orders             | shop.order_item order_item_order_fk, shop.order_history order_history_order_id_placed_channel_fkey, shop.shipment shipment_order_fk, billing.invoice invoice_order_id_placed_channel_fkey
          crm.contact             | stock.supplier supplier_contact_id_fkey
          shop.session            |
          """)
  void foreignKeysOfOtherTablesFall(String table, String keys) {
    Closure closure = Archives.closure(TOC, table);
    assertThat(closure.dependents())
        .filteredOn(entry -> entry.desc().equals("FK CONSTRAINT"))
        .extracting(entry -> entry.namespace() + "." + entry.tag())
        .containsExactlyInAnyOrderElementsOf(list(keys));
  }

  private static void assertDependents(String table, Set<String> descs, String expected) {
    assertThat(Archives.closure(TOC, table).dependents())
        .filteredOn(entry -> descs.contains(entry.desc()))
        .extracting(entry -> entry.namespace() + "." + entry.tag())
        .containsExactlyInAnyOrderElementsOf(list(expected));
  }

  private static List<String> list(String text) {
    return text == null ? List.of() : List.of(text.split(", (?![a-z ]*\\))"));
  }

  @Test
  void aFallenViewBringsItsTriggersRulesDefaultsAndGrants() {
    Closure customer = Archives.closure(TOC, "crm.customer");
    assertThat(lines(customer.dependents()))
        .contains(
            "TRIGGER v_active_customer v_active_customer_write",
            "RULE v_customer_orders _RETURN",
            "INDEX mv_customer_value_id",
            "COMMENT COLUMN v_active_customer.credit",
            "ACL TABLE v_active_customer");
    assertThat(lines(Archives.closure(TOC, "shop.cart").dependents()))
        .contains(
            "RULE v_open_cart v_open_cart_close",
            "RULE v_open_cart v_open_cart_no_insert",
            "DEFAULT v_open_cart customer_id");
  }

  @Test
  void policiesAndRulesOfOtherTablesThatReadTheTableFall() {
    assertThat(lines(Archives.closure(TOC, "crm.customer").dependents()))
        .contains("POLICY invoice invoice_of_visible_customer");
    assertThat(lines(Archives.closure(TOC, "audit.review_inbox").dependents()))
        .contains("RULE review review_to_inbox", "COMMENT RULE review_to_inbox ON review");
  }

  @Test
  void tablesWithColumnsOfTheRowTypeOrDefaultsFromItsSequenceAreNamed() {
    assertThat(lines(Archives.closure(TOC, "catalog.brand").dependents()))
        .contains("TABLE brand_snapshot")
        .doesNotContain("TABLE DATA brand_snapshot");
    assertThat(lines(Archives.closure(TOC, "shop.shipment").dependents()))
        .contains("TABLE return_request")
        .doesNotContain("TABLE DATA return_request");
  }

  @Test
  void partitionsInOtherSchemasAndChildrenOfChildrenCome() {
    assertThat(Archives.closure(TOC, "shop.orders").tableNames())
        .isEqualTo(
            Archives.names(
                "shop.orders",
                "archive.orders_2022",
                "shop.orders_2023",
                "shop.orders_2024",
                "shop.orders_2024_web",
                "shop.orders_2024_rest",
                "shop.orders_default"));
    assertThat(Archives.closure(TOC, "crm.contact").tableNames())
        .isEqualTo(
            Archives.names(
                "crm.contact", "crm.contact_person", "crm.contact_company", "crm.contact_partner"));
    Closure auditable = Archives.closure(TOC, "crm.auditable");
    assertThat(auditable.tableNames())
        .isEqualTo(Archives.names("crm.auditable", "crm.contact_partner"));
    assertThat(lines(auditable.needs())).contains("TABLE contact_company");
  }

  @Test
  void publicationsAreDependentsAndSharedSequencesAreNot() {
    assertThat(lines(Archives.closure(TOC, "shop.orders").dependents()))
        .contains("PUBLICATION TABLE shop_orders orders");
    Closure purchase = Archives.closure(TOC, "stock.purchase_order");
    assertThat(lines(purchase.belongings())).doesNotContain("SEQUENCE document_no");
    assertThat(lines(purchase.needs())).contains("SEQUENCE document_no");
  }

  @Test
  void everythingMentionedIsKnownToTheClosure() {
    Closure closure = Archives.closure(TOC, "catalog.brand");
    assertThat(closure.mentioned())
        .contains(
            new QualifiedName("catalog", "brand"),
            new QualifiedName("catalog", "product"),
            new QualifiedName("reporting", "v_brand"),
            new QualifiedName("audit", "brand_snapshot"));
  }

  private static List<String> lines(List<Entry> entries) {
    return entries.stream().map(entry -> entry.desc() + " " + entry.tag()).toList();
  }
}
