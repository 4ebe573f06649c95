package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.archive.Archive;
import dev.pgmend.archive.DatabaseChoice;
import dev.pgmend.archive.Reading;
import dev.pgmend.closure.Closure;
import dev.pgmend.closure.ClosureBuilder;
import dev.pgmend.closure.Ownership;
import dev.pgmend.plan.Request;
import dev.pgmend.run.Outcome.Status;
import dev.pgmend.run.Progress;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.testing.Archives;
import dev.pgmend.testing.Database;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Whatever a database was dumped to, its tables have the same closures and come back the same.
@TestInstance(Lifecycle.PER_CLASS)
class FormatsTest {
  private Pristine pristine;

  @BeforeAll
  void restore() {
    pristine = Pristine.corpus(Pristine.Role.SUPERUSER);
  }

  @AfterAll
  void close() {
    pristine.close();
  }

  static Stream<String> archives() {
    return Archives.all()
        .filter(name -> name.matches("corpus/pg1[578]/nasty-F.*"))
        .filter(name -> !name.matches(".*(schemaonly|-t-|dataonly|lvpr).*"));
  }

  @ParameterizedTest
  @MethodSource("archives")
  void closuresDoNotDependOnTheFormat(String name) {
    String major = name.replaceFirst("corpus/pg(..)/.*", "$1");
    String reference =
        major.equals("15")
            ? Archives.NASTY
            : major.equals("17") ? Archives.NASTY_17 : Archives.NASTY_18;
    assertThat(closures(name)).hasSizeGreaterThan(35).isEqualTo(closures(reference));
  }

  private static Map<String, List<List<Integer>>> closures(String name) {
    Map<String, List<List<Integer>>> closures = new TreeMap<>();
    try (Archive archive = Archives.open(name)) {
      var builder = new ClosureBuilder(archive.toc(), new Ownership(archive.toc()));
      for (QualifiedName table : Archives.tables(archive.toc())) {
        Closure closure = builder.of(List.of(table));
        closures.put(
            table.toString(),
            Stream.of(closure.tables(), closure.belongings(), closure.dependents(), closure.needs())
                .map(part -> part.stream().map(entry -> entry.dumpId()).toList())
                .toList());
      }
    }
    return closures;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nasty-Fc-inserts.dump",
        "nasty-Fc-piped-nooffset.dump",
        "nasty-Fd",
        "nasty-Ft.tar",
        "nasty-copy.sql.gz",
        "nasty-column-inserts-rpi3.sql",
        "nasty-clean-create.sql",
        "nasty-dumpall.sql",
      })
  void tablesComeBackTheSameFromAll(String name) {
    Path file = Archives.path("corpus/pg15/" + name);
    Reading reading =
        new Reading(DatabaseChoice.holding(toc -> new TableNames(toc).has("app.orders")), false);
    try (Database database = pristine.copy();
        Archive archive = Archive.open(file, reading)) {
      database.execute("DROP TABLE app.orders CASCADE; DELETE FROM app.copytext WHERE id % 2 = 0");
      try (TableRestore restore = TableRestore.open(archive, Restores.target(database.uri()))) {
        Request request = Restores.request(archive, wanted -> wanted, "app.orders", "app.copytext");
        assertThat(restore.run(restore.plan(request), Progress.NONE).status())
            .isEqualTo(Status.DONE);
      }
      Restores.assertSame(pristine.fingerprint(), database);
    }
  }
}
