package dev.pgmend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.PgmendException.Kind;
import dev.pgmend.plan.RefusalCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Keeps docs/exit-codes.md, the list of refusals and the code the same. docs/errors.md is made of that list.
class ExitCodesPageTest {
  private static final Path PAGE = Path.of("../docs/exit-codes.md");
  private static final Path PLANNERS = Path.of("src/main/java/dev/pgmend/plan");
  private static final Pattern REFUSAL = Pattern.compile("draft\\s*\\.refuse\\(\\s*\"([a-z-]+)\"");
  private static final Pattern CALL = Pattern.compile("draft\\s*\\.refuse\\(");
  private static final Pattern KIND_ROW =
      Pattern.compile("^\\| ([0-9]+) \\| ([A-Z]+) \\|", Pattern.MULTILINE);

  @Test
  void thePageNamesEveryKindWithItsExitCode() throws IOException {
    List<String> rows =
        KIND_ROW
            .matcher(Files.readString(PAGE))
            .results()
            .map(row -> row.group(1) + " " + row.group(2))
            .toList();
    assertThat(rows)
        .containsExactlyElementsOf(
            Stream.of(Kind.values()).map(kind -> kind.exitCode() + " " + kind).toList());
  }

  @Test
  void everyRefusalOfThePlannerIsExplained() throws IOException {
    Set<String> codes = new TreeSet<>();
    for (String source : sources()) {
      List<MatchResult> refusals = REFUSAL.matcher(source).results().toList();
      assertThat(CALL.matcher(source).results().count())
          .as("a refusal's code is a literal, or this test cannot see it")
          .isEqualTo(refusals.size());
      refusals.forEach(refusal -> codes.add(refusal.group(1)));
    }
    assertThat(codes).isNotEmpty();
    assertThat(Stream.of(RefusalCode.values()).map(RefusalCode::code))
        .as("sorted, and no other")
        .containsExactlyElementsOf(codes);
  }

  private static List<String> sources() throws IOException {
    List<Path> files;
    try (Stream<Path> found = Files.list(PLANNERS)) {
      files = found.sorted().toList();
    }
    List<String> sources = new ArrayList<>();
    for (Path file : files) {
      sources.add(Files.readString(file));
    }
    return sources;
  }
}
