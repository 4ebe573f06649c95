package dev.pgmend.sql;

import static org.assertj.core.api.Assertions.fail;

import dev.pgmend.PgmendException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever the text, readers either understand it or say so.
class BrokenTextTest {
  private static final String SPLICES = "();,.:'\"$\\[]/-*\n ";

  private static final List<Consumer<String>> READERS =
      List.of(
          Sql::split,
          Sql::standardStrings,
          Head::of,
          text -> Head.of(text, "app"),
          TableDefinition::parse,
          ForeignKeyDefinition::parse,
          QualifiedName::parse,
          StatementCheck::definesNativeCode,
          text -> Relocation.relocate(text, Map.of()),
          text -> Relocation.mentions(text, Set.of(), "app"));

  static Stream<Entries.Entry> corpus() {
    return Entries.corpus().stream();
  }

  @ParameterizedTest
  @MethodSource("corpus")
  void endsAnywhere(Entries.Entry entry) {
    for (int end = 0; end < entry.defn().length(); end += 3) {
      read(entry.desc(), entry.defn().substring(0, end));
    }
  }

  @ParameterizedTest
  @MethodSource("corpus")
  void holdsAnythingAnywhere(Entries.Entry entry) {
    String text = entry.defn();
    Random random = new Random(text.hashCode());
    for (int i = 0; i < 60; i++) {
      int at = random.nextInt(text.length());
      int skipped = random.nextInt(Math.min(20, text.length() - at));
      char splice = SPLICES.charAt(random.nextInt(SPLICES.length()));
      read(entry.desc(), text.substring(0, at) + splice + text.substring(at + skipped));
    }
  }

  private static void read(String desc, String text) {
    for (Consumer<String> reader : READERS) {
      attempt(() -> reader.accept(text), text);
    }
    attempt(() -> StatementCheck.check(desc, text), text);
  }

  private static void attempt(Runnable reading, String text) {
    try {
      reading.run();
    } catch (PgmendException _) {
      // that is an answer
    } catch (RuntimeException e) {
      fail("reading " + text, e);
    }
  }
}
