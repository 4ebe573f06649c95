package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.archive.Archive;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Request;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Progress;
import dev.pgmend.testing.Servers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The example of docs/library.md, which is run here as it stands there, but for its names.
class LibraryExampleTest {
  private static final String EXAMPLE =
      """
      try (Archive archive = Archive.open(file);
          TableRestore restore = TableRestore.open(archive, ConnectionTarget.parse(text, environment))) {
        Plan plan = restore.plan(Request.of(new LinkedHashSet<>(new TableNames(archive.toc()).findAll("orders"))));
        Outcome outcome = restore.run(plan, Progress.NONE);
      }
      """;

  @Test
  void restoresATable() throws IOException {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
    String table =
        "CREATE TABLE public.orders (id int PRIMARY KEY); INSERT INTO public.orders VALUES (1), (2)";
    try (Small small = new Small(table)) {
      small.since("DROP TABLE public.orders");
      assertThat(restore(small.archive(), small.database().uri(), Map.of()).status())
          .isEqualTo(Outcome.Status.DONE);
      assertThat(small.value("SELECT count(*) FROM public.orders")).isEqualTo("2");
    }
    assertThat(squeezed(Files.readString(Path.of("../docs/library.md"))))
        .contains(
            squeezed(
                EXAMPLE
                    .replace("(file)", "(Path.of(\"shop.dump\"))")
                    .replace("(text, environment)", "(\"dbname=shop\", System.getenv())")));
    assertThat(
            squeezed(
                Files.readString(
                    Path.of("src/test/java/dev/pgmend/restore/LibraryExampleTest.java"))))
        .as("what is run below")
        .contains(squeezed(EXAMPLE).replaceFirst("}$", "returnoutcome;}"));
  }

  private static String squeezed(String text) {
    return text.replaceAll("\\s+", "");
  }

  private static Outcome restore(Path file, String text, Map<String, String> environment) {
    try (Archive archive = Archive.open(file);
        TableRestore restore =
            TableRestore.open(archive, ConnectionTarget.parse(text, environment))) {
      Plan plan =
          restore.plan(
              Request.of(new LinkedHashSet<>(new TableNames(archive.toc()).findAll("orders"))));
      Outcome outcome = restore.run(plan, Progress.NONE);
      return outcome;
    }
  }
}
