package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.archive.Archive;
import dev.pgmend.closure.Entries;
import dev.pgmend.plan.Plan;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a newer server makes of an older one's definitions is no difference.
class NeedsAcrossVersionsTest {
  @ParameterizedTest
  @CsvSource({"15, 16", "15, 17", "15, 18", "17, 18"})
  void nothingDiffers(int archived, int major) {
    String name = archived == 15 ? "nasty-Fc-default.dump" : "nasty-Fc-zstd.dump";
    Path path = Path.of("src/test/resources/corpus/pg%d/%s".formatted(archived, name));
    try (Database database = Database.create(Servers.major(major));
        Archive archive = Archive.open(path)) {
      for (String role : List.of("r_owner", "r_reader", "\"Röle X\"")) {
        database.execute(
            "DO $$ BEGIN CREATE ROLE %s; EXCEPTION WHEN duplicate_object THEN END $$"
                .formatted(role));
      }
      ArchiveLoader.load(archive, database);
      String[] tables =
          archive.toc().entries().stream()
              .filter(entry -> entry.desc().equals("TABLE"))
              .map(entry -> Entries.name(entry).sql())
              .toArray(String[]::new);
      Plan plan =
          Restores.plan(path, Restores.target(database.uri()), UnaryOperator.identity(), tables);
      assertThat(plan.notices()).noneMatch(notice -> notice.startsWith("needed"));
      assertThat(plan.refusals())
          .extracting(Plan.Refusal::code)
          .doesNotContain("need", "taken", "renamed");
    }
  }
}
