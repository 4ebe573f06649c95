package dev.pgmend.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.sql.QualifiedName;
import java.util.List;
import org.junit.jupiter.api.Test;

class PrintableTest {
  @Test
  void escapesWhatATerminalWouldActOn() {
    assertThat(Printable.of("a\u001b[31m\n\u202eb\u200fc"))
        .isEqualTo("a\\u001b[31m\\n\\u202eb\\u200fc");
    assertThat(Printable.of("naïve Ω 😀")).isEqualTo("naïve Ω 😀");
  }

  @Test
  void quotesNamesOnlyWhereNeeded() {
    assertThat(Names.of(new QualifiedName("shop", "orders"))).isEqualTo("shop.orders");
    assertThat(Names.of(new QualifiedName("Sch. ema", "a\"b")))
        .isEqualTo("\"Sch. ema\".\"a\"\"b\"");
    assertThat(Names.of("\u001b")).isEqualTo("\"\\u001b\"");
  }

  @Test
  void misplacedConnectionStringsAreNotRepeated() {
    for (String target :
        List.of(
            "postgresql://u:hidden@h/d", "host=h PassWord = hidden", "host=h password=hidden")) {
      Ran ran = Ran.pgmend("status", target);
      assertThat(ran.exitCode()).isEqualTo(2);
      assertThat(ran.out() + ran.err()).doesNotContain("hidden").contains("--to");
    }
  }

  @Test
  void misuseIsJsonToo() {
    Ran wrong = Ran.pgmend("status", "--json", "--no-such-option");
    assertThat(wrong.exitCode()).isEqualTo(2);
    assertThat(wrong.err()).isEmpty();
    assertThat(wrong.out()).startsWith("{").contains("\"failure\"", "--no-such-option");
    Ran misplaced = Ran.pgmend("status", "--json", "postgresql://u:hidden@h/d");
    assertThat(misplaced.exitCode()).isEqualTo(2);
    assertThat(misplaced.out() + misplaced.err()).contains("--to").doesNotContain("hidden");
  }

  @Test
  void countsBytesAsPostgresDoes() {
    assertThat(ByteCount.of(0)).isEqualTo("0 bytes");
    assertThat(ByteCount.of(1536)).isEqualTo("1.5 kB");
    assertThat(ByteCount.of(5L << 30)).isEqualTo("5.0 GB");
    assertThat(ByteCount.of(300L << 20)).isEqualTo("300 MB");
  }
}
