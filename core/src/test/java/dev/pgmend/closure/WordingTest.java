package dev.pgmend.closure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.archive.Archive;
import dev.pgmend.testing.Archives;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WordingTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      textBlock =
          """
          TABLE              | product                    | table "catalog"."product"
          TABLE DATA         | product                    | rows of "catalog"."product"
          TABLE ATTACH       | orders_2022                | membership of partition "archive"."orders_2022" in "shop"."orders"
          SEQUENCE OWNED BY  | invoice_id_seq             | ownership of sequence "billing"."invoice_id_seq" by column "id" of "billing"."invoice"
          SEQUENCE SET       | invoice_id_seq             | position of sequence "billing"."invoice_id_seq"
          DEFAULT            | invoice id                 | default of column "id" of "billing"."invoice"
          CHECK CONSTRAINT   | price_list price_list_dates | check constraint "price_list_dates" of "catalog"."price_list"
          FK CONSTRAINT      | order_item order_item_order_fk | foreign key "order_item_order_fk" of "shop"."order_item"
          TRIGGER            | orders orders_always       | trigger "orders_always" of "shop"."orders"
          ROW SECURITY       | orders                     | row security of "shop"."orders"
          POLICY             | orders orders_all          | policy "orders_all" of "shop"."orders"
          COMMENT            | COLUMN product.net_price   | comment on column "net_price" of "catalog"."product"
          COMMENT            | TYPE price_range           | comment on TYPE price_range in schema "catalog"
          ACL                | TABLE product              | grants on table "catalog"."product"
          FUNCTION           | volume(catalog.dimension)  | function catalog.volume(d catalog.dimension)
          SCHEMA             | billing                    | schema "billing"
          """)
  void everyKindOfEntryIsNamedInWords(String desc, String tag, String words) {
    try (Archive archive = Archives.open(Archives.SHOP)) {
      List<String> named =
          archive.toc().entries().stream()
              .filter(entry -> entry.desc().equals(desc) && entry.tag().equals(tag))
              .map(Wording::of)
              .toList();
      assertThat(named).contains(words);
    }
  }

  @Test
  void aViewThatPgDumpSplitIsNamedAsAView() {
    try (Archive archive = Archives.open(Archives.SHOP)) {
      assertThat(
              archive.toc().entries().stream()
                  .filter(Entries::returnRule)
                  .map(Wording::of)
                  .toList())
          .isNotEmpty()
          .allMatch(words -> words.startsWith("query of view \""));
    }
  }
}
