package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.testing.Archives;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TableNamesTest {
  private static final TableNames NASTY = new TableNames(Archives.toc(Archives.NASTY));
  private static final TableNames SHOP = new TableNames(Archives.toc(Archives.SHOP));

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\1',
      textBlock =
          """
          customers                | app       | customers
          app.customers            | app       | customers
          APP.Customers            | app       | customers
          "app"."customers"        | app       | customers
          app . customers          | app       | customers
          app."Mixed Case Tbl"     | app       | Mixed Case Tbl
          "Mixed Case Tbl"         | app       | Mixed Case Tbl
          "dot.ted"                | app       | dot.ted
          app."quo""te'd"          | app       | quo"te'd
          "a b"                    | app       | a b
          a                        | app       | a
          app.select               | app       | select
          select.table             | select    | table
          "select"."table"         | select    | table
          "Sch. ema".orders        | Sch. ema  | orders
          "Sch. ema".ORDERS        | Sch. ema  | orders
          "Sch. ema"."t.1"         | Sch. ema  | t.1
          app."back\\slash"        | app       | back\\slash
          app."naïve_Ω_😀"          | app       | naïve_Ω_😀
          naïve_Ω_😀                | app       | naïve_Ω_😀
          """)
  void namesAreReadAsPsqlReadsThem(String text, String schema, String name) {
    assertThat(NASTY.find(text)).isEqualTo(new QualifiedName(schema, name));
  }

  @Test
  void blanksAndNewlinesInQuotesAreKept() {
    assertThat(NASTY.find("app.\" lead\"")).isEqualTo(new QualifiedName("app", " lead"));
    assertThat(NASTY.find("\"line\nbreak\"")).isEqualTo(new QualifiedName("app", "line\nbreak"));
  }

  @Test
  void aBareNameInTwoSchemasIsRefusedWithBoth() {
    assertThatThrownBy(() -> NASTY.find("orders"))
        .isInstanceOfSatisfying(
            PgmendException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(Kind.USAGE);
              assertThat(e.getMessage())
                  .contains("ambiguous", "\"app\".\"orders\"", "\"Sch. ema\".\"orders\"");
              assertThat(e.hint()).startsWith("Name the schema: ");
            });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\1',
      textBlock =
          """
          custmers             | "app"."customers"
          app.custommer        | "app"."customers"
          public.customers     | "app"."customers"
          "Customers"          | "app"."customers"
          mixed_case_tbl       | "app"."Mixed Case Tbl"
          dot.ted              | "app"."dot.ted"
          event                | "app"."events"
          """)
  void nearNamesAreSuggested(String text, String suggestion) {
    assertThatThrownBy(() -> NASTY.find(text))
        .isInstanceOfSatisfying(
            PgmendException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(Kind.USAGE);
              assertThat(e.getMessage()).isEqualTo("the backup has no table " + text);
              assertThat(e.hint()).startsWith("Did you mean ").contains(suggestion);
            });
  }

  @Test
  void theNearestNameComesFirstAndNothingLikeItGivesTheListing() {
    assertThatThrownBy(() -> SHOP.find("shop.order_items"))
        .extracting(e -> ((PgmendException) e).hint())
        .asString()
        .startsWith("Did you mean \"shop\".\"order_item\"");
    assertThatThrownBy(() -> SHOP.find("zzzzzzzzzzzzzzz"))
        .extracting(e -> ((PgmendException) e).hint())
        .asString()
        .contains("pgmend inspect");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        ".",
        "app.",
        ".customers",
        "a.b.c",
        "a b",
        "app customers",
        "\"open",
        "app.customers;",
        "app.*",
        "'customers'",
        "\"\""
      })
  void whatIsNoNameIsRefused(String text) {
    assertThatThrownBy(() -> NASTY.find(text))
        .isInstanceOfSatisfying(
            PgmendException.class, e -> assertThat(e.kind()).isEqualTo(Kind.USAGE))
        .hasMessageContaining("is not a table name");
  }

  @Test
  void viewsAndSequencesAreNoTables() {
    assertThatThrownBy(() -> NASTY.find("app.v_customers")).hasMessageContaining("has no table");
    assertThatThrownBy(() -> NASTY.find("app.orders_ser_seq")).hasMessageContaining("has no table");
  }
}
