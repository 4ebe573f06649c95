package dev.pgmend.cli;

import static dev.pgmend.cli.Ran.pgmend;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.PgmendException.Kind;
import dev.pgmend.plan.RefusalCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import picocli.CommandLine;

/// Pages that are made of the program are what it says today. `-Dpgmend.write=true` writes them.
class GeneratedPagesTest {
  private static final boolean WRITE = Boolean.getBoolean("pgmend.write");

  static final java.util.List<String> TOPICS = HelpCommand.TOPICS;

  private static Map<Path, String> pages() {
    Map<Path, String> pages = new TreeMap<>();
    Path docs = JsonTest.root().resolve("docs");
    pages.put(docs.resolve("errors.md"), ErrorPage.markdown());
    CommandLine program = Main.program();
    pages.put(docs.resolve("man/pgmend.1"), ManPage.of(program.getCommandSpec()));
    program
        .getSubcommands()
        .values()
        .forEach(command ->
            pages.put(
                docs.resolve("man/" + ManPage.name(command.getCommandSpec()) + ".1"),
                ManPage.of(command.getCommandSpec())));
    return pages;
  }

  @Test
  void pagesAreWhatTheProgramSays() throws IOException {
    Map<Path, String> pages = pages();
    if (WRITE) {
      for (Map.Entry<Path, String> page : pages.entrySet()) {
        Files.createDirectories(page.getKey().getParent());
        Files.writeString(page.getKey(), page.getValue());
      }
    }
    for (Map.Entry<Path, String> page : pages.entrySet()) {
      assertThat(page.getKey()).as("-Dpgmend.write=true writes it").hasContent(page.getValue());
    }
    try (Stream<Path> files = Files.list(JsonTest.root().resolve("docs/man"))) {
      assertThat(files.collect(Collectors.toSet())).isSubsetOf(pages.keySet());
    }
  }

  @Test
  void manualPagesAreRoff() throws Exception {
    Path page = Files.createTempFile("pgmend", ".1");
    try {
      Files.writeString(
          page, ManPage.of(Main.program().getSubcommands().get("restore").getCommandSpec()));
      assertThat(Files.readString(page))
          .contains(".SH NAME\npgmend\\-restore \\- Put tables back")
          .contains(".B \\-\\-max\\-block SECONDS")
          .contains(".B \\-\\-limit\\-change N|N%\n")
          .doesNotContain("%n", "%%");
    } finally {
      Files.delete(page);
    }
  }

  /// The codes in the planners are a matter of ExitCodesPageTest.
  @Test
  void everyCodeIsExplained() {
    Set<String> codes = new TreeSet<>();
    Arrays.stream(Kind.values()).map(Kind::code).forEach(codes::add);
    Arrays.stream(RefusalCode.values()).map(RefusalCode::code).forEach(codes::add);
    assertThat(codes).hasSize(Kind.values().length + RefusalCode.values().length);
    for (String code : codes) {
      assertThat(pgmend("help", "errors", code).out()).as(code).startsWith(code + ": ");
    }
    assertThat(pgmend("help", "errors", "nonsense").exitCode()).isEqualTo(2);
  }

  @ParameterizedTest
  @FieldSource("TOPICS")
  void topicsFitAScreen(String topic) {
    Ran help = pgmend("help", topic);
    assertThat(help.exitCode()).isZero();
    assertThat(help.out().lines()).hasSizeLessThan(40).allMatch(line -> line.length() <= 110);
  }

  @Test
  void helpKnowsCommandsToo() {
    assertThat(pgmend("help", "undo").out()).contains("Take a restore back");
    assertThat(pgmend("help").out()).contains("Topics of pgmend help:").contains("  restore");
    assertThat(pgmend("help", "exit-codes").out()).contains("  10  check");
    assertThat(pgmend("help", "nonsense").exitCode()).isEqualTo(2);
  }

  @Test
  void shellsUnderstandTheirCompletion() throws Exception {
    String bash = pgmend("completion", "bash").out();
    assertThat(bash).contains("--orphans").contains("checks");
    Process shell = new ProcessBuilder("bash", "-n").start();
    try (var in = shell.getOutputStream()) {
      in.write(bash.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
    assertThat(shell.waitFor()).isZero();
    assertThat(pgmend("completion", "zsh").out()).contains("bashcompinit");
    String fish = pgmend("completion", "fish").out();
    assertThat(fish)
        .contains("complete -c pgmend -n '__fish_seen_subcommand_from restore' -l max-block -r -d ")
        .contains("complete -c pgmend -n '__fish_use_subcommand' -f -a restore -d ");
    assertThat(fish.lines().filter(line -> !line.startsWith("#")))
        .allMatch(line -> line.startsWith("complete -c pgmend -n '"));
    assertThat(pgmend("completion", "tcsh").exitCode()).isEqualTo(2);
  }
}
