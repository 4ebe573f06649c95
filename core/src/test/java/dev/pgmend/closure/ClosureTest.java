package dev.pgmend.closure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.archive.Entry;
import dev.pgmend.archive.Toc;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.testing.Archives;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Closures over the nasty database. What is expected is written down from nasty.sql.
class ClosureTest {

  @ParameterizedTest
  @ValueSource(strings = {Archives.NASTY, Archives.NASTY_17, Archives.NASTY_18})
  void customersBringEverythingTheySay(String archive) {
    Closure closure = Archives.closure(Archives.toc(archive), "app.customers");
    assertListed(closure.tables(), "TABLE customers");
    assertListed(
        closure.belongings(),
        "COMMENT TABLE customers",
        "COMMENT COLUMN customers.email",
        "COMMENT CONSTRAINT customers_price_positive ON customers",
        "SEQUENCE customers_id_seq",
        "TABLE DATA customers",
        "SEQUENCE SET customers_id_seq",
        "CONSTRAINT customers customers_email_key",
        "CONSTRAINT customers customers_pkey",
        "INDEX customers_doc_gin",
        "INDEX customers_norm_idx",
        "COMMENT INDEX customers_norm_idx",
        "STATISTICS customers_stx",
        "COMMENT STATISTICS customers_stx",
        "TRIGGER customers customers_off",
        "TRIGGER customers customers_touch",
        "COMMENT TRIGGER customers_touch ON customers",
        "ROW SECURITY customers",
        "POLICY customers p ol.icy",
        "POLICY customers p_read",
        "COMMENT POLICY p_read ON customers",
        "ACL TABLE customers",
        "ACL COLUMN customers.email",
        "ACL COLUMN customers.\"Nötes \"\"q\"\" col.umn\"");
    assertListed(
        closure.dependents(),
        "VIEW v_customers",
        "VIEW v_grp",
        "RULE v_grp _RETURN",
        "FK CONSTRAINT orders orders_customer_fk");
    assertListed(
        closure.needs(),
        "SCHEMA app",
        "TYPE addr",
        "TYPE mood",
        "DOMAIN posint",
        "FUNCTION norm(text)",
        "FUNCTION trg_touch()",
        "TABLE orders");
  }

  @Test
  void ordersBringBothSequencesAndTheirForeignKeysOut() {
    Closure closure = Archives.closure(Archives.toc(Archives.NASTY), "app.orders");
    assertListed(
        closure.belongings(),
        "COMMENT COLUMN orders.note",
        "SEQUENCE orders_id_seq",
        "SEQUENCE orders_ser_seq",
        "SEQUENCE OWNED BY orders_ser_seq",
        "DEFAULT orders ser",
        "TABLE DATA orders",
        "SEQUENCE SET orders_id_seq",
        "SEQUENCE SET orders_ser_seq",
        "CHECK CONSTRAINT orders orders_nv",
        "COMMENT CONSTRAINT orders_nv ON orders",
        "CONSTRAINT orders orders_pkey",
        "FK CONSTRAINT orders orders_customer_fk",
        "FK CONSTRAINT orders orders_parent_fk",
        "ACL SEQUENCE orders_ser_seq");
    assertListed(
        closure.dependents(),
        "MATERIALIZED VIEW mv_orders",
        "INDEX mv_orders_idx",
        "PUBLICATION TABLE pub_one orders",
        "MATERIALIZED VIEW DATA mv_orders");
    assertListed(
        closure.needs(),
        "SCHEMA app",
        "TABLE customers",
        "CONSTRAINT customers customers_pkey",
        "PUBLICATION pub_one");
  }

  @Test
  void aPartitionedTableBringsItsPartitionsAtEveryLevel() {
    Closure closure = Archives.closure(Archives.toc(Archives.NASTY), "app.events");
    List<String> partitions =
        List.of("events_2024", "events_2025", "events 2025.eu", "events_2025_def", "events_def");
    List<String> tables = new ArrayList<>(List.of("TABLE events"));
    List<String> belongings =
        new ArrayList<>(
            List.of(
                "SEQUENCE events_id_seq",
                "SEQUENCE SET events_id_seq",
                "CONSTRAINT events events_pkey",
                "INDEX events_payload_idx",
                "TRIGGER events events_trg"));
    for (String name : partitions) {
      tables.add("TABLE " + name);
      belongings.add("TABLE ATTACH " + name);
      belongings.add("CONSTRAINT %s %s_pkey".formatted(name, name));
      belongings.add("INDEX %s_payload_idx".formatted(name));
      belongings.add("INDEX ATTACH %s_payload_idx".formatted(name));
      belongings.add("INDEX ATTACH %s_pkey".formatted(name));
      if (!name.equals("events_2025")) {
        belongings.add("TABLE DATA " + name);
      }
    }
    assertListed(closure.tables(), tables.toArray(String[]::new));
    assertListed(closure.belongings(), belongings.toArray(String[]::new));
    assertListed(closure.dependents(), "FK CONSTRAINT event_refs event_refs_eid_eat_ereg_fkey");
    assertListed(closure.needs(), "SCHEMA app", "FUNCTION trg_touch()", "TABLE event_refs");
    assertThat(closure.data(closure.tables().getFirst())).isEmpty();
  }

  @Test
  void aPartitionBringsItsOwnPartitionsAndNeedsItsParent() {
    Closure closure = Archives.closure(Archives.toc(Archives.NASTY_18), "app.events_2025");
    assertListed(
        closure.tables(), "TABLE events_2025", "TABLE events 2025.eu", "TABLE events_2025_def");
    assertThat(lines(closure.belongings()))
        .contains("TABLE ATTACH events_2025", "INDEX ATTACH events_2025_pkey")
        .doesNotContain("TABLE DATA events_2024");
    assertThat(lines(closure.needs())).contains("TABLE events", "CONSTRAINT events events_pkey");
  }

  @Test
  void anInheritanceParentBringsItsChildren() {
    Closure closure = Archives.closure(Archives.toc(Archives.NASTY), "app.base");
    assertListed(closure.tables(), "TABLE base", "TABLE child");
    assertListed(
        closure.belongings(),
        "DEFAULT child v",
        "TABLE DATA base",
        "TABLE DATA child",
        "CONSTRAINT base base_pkey",
        "RULE base r_nothing",
        "COMMENT RULE r_nothing ON base");
    assertThat(closure.dependents()).isEmpty();
    assertListed(closure.needs(), "SCHEMA app");
    assertListed(
        closure.belongings(closure.tables().get(1)), "DEFAULT child v", "TABLE DATA child");
  }

  @Test
  void aForeignKeyCycleIsOutOnOneSideAndInOnTheOther() {
    Closure closure = Archives.closure(Archives.toc(Archives.NASTY), "app.cyc_a");
    assertListed(closure.tables(), "TABLE cyc_a");
    assertListed(
        closure.belongings(),
        "TABLE DATA cyc_a",
        "CONSTRAINT cyc_a cyc_a_pkey",
        "FK CONSTRAINT cyc_a cyc_a_b_fk");
    assertListed(closure.dependents(), "FK CONSTRAINT cyc_b cyc_b_a_id_fkey");
    assertListed(closure.needs(), "SCHEMA app", "TABLE cyc_b", "CONSTRAINT cyc_b cyc_b_pkey");
    Closure both = Archives.closure(Archives.toc(Archives.NASTY), "app.cyc_a", "app.cyc_b");
    assertThat(both.dependents()).isEmpty();
    assertThat(lines(both.belongings()))
        .contains("FK CONSTRAINT cyc_a cyc_a_b_fk", "FK CONSTRAINT cyc_b cyc_b_a_id_fkey");
  }

  @Test
  void theTablesWithAmbiguousTagsKeepTheirOwnParts() {
    Toc toc = Archives.toc(Archives.NASTY_17);
    Closure narrow = Archives.closure(toc, "app.a");
    Closure wide = Archives.closure(toc, "app.a b");
    String[] twins = {
      "TABLE DATA", "CONSTRAINT a b dup", "FK CONSTRAINT a b fk", "TRIGGER a b tr", "POLICY a b pol"
    };
    assertListed(narrow.belongings(), withData(twins, "a"));
    assertThat(lines(wide.belongings()))
        .contains(withData(twins, "a b"))
        .contains("CONSTRAINT a b b x", "COMMENT COLUMN \"a b\".c", "ACL TABLE \"a b\"");
    assertListed(narrow.dependents(), "FK CONSTRAINT a b fk", "POLICY a b pol");
    assertThat(narrow.dependents()).allMatch(wide.belongings()::contains);
    assertListed(wide.dependents(), "FK CONSTRAINT a b fk", "POLICY a b pol");
    assertThat(wide.dependents()).allMatch(narrow.belongings()::contains);
  }

  private static String[] withData(String[] lines, String table) {
    return Arrays.stream(lines)
        .map(line -> line.equals("TABLE DATA") ? "TABLE DATA " + table : line)
        .toArray(String[]::new);
  }

  @Test
  void noEntryIsInTwoListsAndEveryListIsInRestoreOrder() {
    for (String archive : List.of(Archives.NASTY, Archives.NASTY_18, Archives.SHOP)) {
      Toc toc = Archives.toc(archive);
      List<Integer> order = toc.entries().stream().map(Entry::dumpId).toList();
      ClosureBuilder builder = new ClosureBuilder(toc, new Ownership(toc));
      for (QualifiedName table : Archives.tables(toc)) {
        Closure closure = builder.of(List.of(table));
        List<Entry> all = new ArrayList<>(closure.tables());
        all.addAll(closure.belongings());
        all.addAll(closure.dependents());
        all.addAll(closure.needs());
        assertThat(all).as(table.sql()).doesNotHaveDuplicates();
        for (List<Entry> list : List.of(closure.belongings(), closure.dependents())) {
          assertThat(list.stream().filter(entry -> entry.desc().equals("ACL")))
              .isSubsetOf(
                  list.reversed().stream()
                      .dropWhile(e -> e.desc().endsWith("VIEW DATA"))
                      .takeWhile(e -> e.desc().equals("ACL"))
                      .toList());
          assertThat(
                  list.stream()
                      .filter(entry ->
                          !entry.desc().equals("ACL") && !entry.desc().endsWith("VIEW DATA"))
                      .map(entry -> order.indexOf(entry.dumpId())))
              .isSorted();
        }
      }
    }
  }

  private static void assertListed(List<Entry> entries, String... expected) {
    assertThat(lines(entries)).containsExactlyInAnyOrder(expected);
  }

  private static List<String> lines(List<Entry> entries) {
    return entries.stream().map(entry -> entry.desc() + " " + entry.tag()).toList();
  }
}
