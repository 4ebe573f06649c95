package dev.pgmend.closure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.archive.Entry;
import dev.pgmend.archive.Toc;
import dev.pgmend.testing.Archives;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class OwnershipTest {
  private static final Set<String> RELATIONS =
      Set.of("TABLE", "VIEW", "MATERIALIZED VIEW", "FOREIGN TABLE");

  @ParameterizedTest
  @CsvSource({
    "CONSTRAINT, a b dup, UNIQUE (c)",
    "FK CONSTRAINT, a b fk, FOREIGN KEY",
    "TRIGGER, a b tr, CREATE TRIGGER",
    "POLICY, a b pol, CREATE POLICY"
  })
  void theAmbiguousTagsOfTheCorpusBelongToTheTableInTheirSql(
      String desc, String tag, String expected) {
    for (String archive : List.of(Archives.NASTY, Archives.NASTY_17, Archives.NASTY_18)) {
      Toc toc = Archives.toc(archive);
      Ownership ownership = new Ownership(toc);
      List<Entry> twins = Archives.entries(toc, desc, "app", tag);
      assertThat(twins).as(archive).hasSize(2).allMatch(e -> e.defn().contains(expected));
      assertThat(twins)
          .as(archive)
          .extracting(entry -> ownership.owner(entry).map(Entry::tag).orElse("nothing"))
          .containsExactlyInAnyOrder("a", "a b");
      for (Entry entry : twins) {
        String sql = entry.defn().substring(entry.defn().indexOf("app."));
        assertThat(ownership.owner(entry))
            .map(Entry::tag)
            .contains(sql.startsWith("app.\"a b\"") ? "a b" : "a");
      }
    }
  }

  static List<String> archives() {
    return Archives.all().toList();
  }

  /// The expectation is computed from tags and dependencies alone, Ownership's answer from SQL.
  @ParameterizedTest
  @MethodSource("archives")
  void everyEntryBelongsToWhatItsTagAndDependenciesSay(String archive) {
    Toc toc = Archives.toc(archive);
    Ownership ownership = new Ownership(toc);
    SoftAssertions softly = new SoftAssertions();
    for (Entry entry : toc.entries()) {
      Set<String> expected = expected(toc, entry);
      if (expected.size() > 1) {
        assertThat(entry.tag()).startsWith("a b ");
      }
      if (!expected.isEmpty()) {
        softly
            .assertThat(expected)
            .as("owner of %s %s", entry.desc(), entry.tag())
            .contains(ownership.owner(entry).map(OwnershipTest::name).orElse("nothing"));
      }
    }
    softly.assertAll();
  }

  private static Set<String> expected(Toc toc, Entry entry) {
    List<Entry> needs =
        entry.dependencies().stream().map(toc::find).flatMap(Optional::stream).toList();
    return switch (entry.desc()) {
      case "TABLE DATA", "ROW SECURITY", "MATERIALIZED VIEW DATA" ->
          relations(needs, e -> e.oid() == entry.oid());
      case "CONSTRAINT",
          "CHECK CONSTRAINT",
          "FK CONSTRAINT",
          "TRIGGER",
          "POLICY",
          "RULE",
          "DEFAULT" ->
          relations(needs, e -> entry.tag().startsWith(e.tag() + " "));
      case "INDEX", "STATISTICS" ->
          relations(needs, e -> e.namespace().equals(entry.namespace()) || needs.size() == 1);
      case "SEQUENCE" -> relations(needs, _ -> true);
      case "TABLE ATTACH" -> relations(needs, e -> e.tag().equals(entry.tag()));
      case "INDEX ATTACH" ->
          names(
              needs,
              e ->
                  e.desc().equals("INDEX")
                      ? e.tag().equals(entry.tag())
                      : e.tag().endsWith(" " + entry.tag()));
      case "SEQUENCE OWNED BY", "SEQUENCE SET" -> names(needs, e -> e.desc().equals("SEQUENCE"));
      case "COMMENT", "ACL", "SECURITY LABEL" -> names(needs, e -> !e.desc().equals("ACL"));
      default -> Set.of();
    };
  }

  private static Set<String> relations(List<Entry> needs, Predicate<Entry> which) {
    return names(needs, entry -> RELATIONS.contains(entry.desc()) && which.test(entry));
  }

  private static Set<String> names(List<Entry> needs, Predicate<Entry> which) {
    return needs.stream().filter(which).map(OwnershipTest::name).collect(Collectors.toSet());
  }

  private static String name(Entry entry) {
    return "%s %s.%s".formatted(entry.desc(), entry.namespace(), entry.tag());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          INDEX             | customers_norm_idx             | TABLE customers
          INDEX             | mv_orders_idx                  | MATERIALIZED VIEW mv_orders
          CONSTRAINT        | events 2025.eu events 2025.eu_pkey | TABLE events 2025.eu
          CHECK CONSTRAINT  | orders orders_nv               | TABLE orders
          DEFAULT           | orders ser                     | TABLE orders
          DEFAULT           | child v                        | TABLE child
          SEQUENCE          | customers_id_seq               | TABLE customers
          SEQUENCE          | orders_ser_seq                 | TABLE orders
          SEQUENCE OWNED BY | orders_ser_seq                 | SEQUENCE orders_ser_seq
          SEQUENCE SET      | events_id_seq                  | SEQUENCE events_id_seq
          TABLE ATTACH      | events_2025                    | TABLE events_2025
          INDEX ATTACH      | events_2024_pkey               | CONSTRAINT events_2024 events_2024_pkey
          INDEX ATTACH      | events_def_payload_idx         | INDEX events_def_payload_idx
          STATISTICS        | customers_stx                  | TABLE customers
          ROW SECURITY      | customers                      | TABLE customers
          TRIGGER           | customers customers_off        | TABLE customers
          RULE              | v_grp _RETURN                  | VIEW v_grp
          RULE              | v_rule v_rule_ins              | VIEW v_rule
          COMMENT           | TRIGGER customers_touch ON customers | TRIGGER customers customers_touch
          COMMENT           | STATISTICS customers_stx       | STATISTICS customers_stx
          COMMENT           | CONSTRAINT customers_price_positive ON customers | TABLE customers
          ACL               | COLUMN customers.email         | TABLE customers
          ACL               | SEQUENCE orders_ser_seq        | SEQUENCE orders_ser_seq
          """)
  void entriesOfTheNastyDatabaseBelongWhereItsSourceSays(String desc, String tag, String owner) {
    for (String archive : List.of(Archives.NASTY, Archives.NASTY_17, Archives.NASTY_18)) {
      Toc toc = Archives.toc(archive);
      Entry entry = Archives.entries(toc, desc, "app", tag).getFirst();
      assertThat(new Ownership(toc).owner(entry))
          .map(found -> found.desc() + " " + found.tag())
          .contains(owner);
    }
  }

  @Test
  void aSequenceOfItsOwnBelongsToNothing() {
    Toc toc = Archives.toc(Archives.NASTY);
    Ownership ownership = new Ownership(toc);
    Entry sequence = Archives.entries(toc, "SEQUENCE", "app", "Seq Alone").getFirst();
    assertThat(ownership.owner(sequence)).isEmpty();
    assertThat(ownership.root(sequence)).isSameAs(sequence);
    assertThat(ownership.belongings(sequence))
        .extracting(Entry::desc)
        .containsExactly("SEQUENCE SET");
  }

  @Test
  void whatBelongsToABelongingHasTheTableAsItsRoot() {
    Toc toc = Archives.toc(Archives.NASTY);
    Ownership ownership = new Ownership(toc);
    Entry orders = ownership.relation(Archives.name("app.orders")).orElseThrow();
    assertThat(ownership.belongings(orders))
        .allSatisfy(entry -> assertThat(ownership.root(entry)).isSameAs(orders))
        .extracting(Entry::desc)
        .contains("SEQUENCE", "SEQUENCE OWNED BY", "SEQUENCE SET", "ACL");
  }
}
