package dev.pgmend.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgmend.PgmendException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

class DefaultsTest {
  @TempDir private Path home = Path.of("");

  private String maxBlock(Map<String, String> environment, String... further) {
    CommandLine program = Main.program();
    Defaults defaults = new Defaults(environment);
    defaults.check();
    program.setDefaultValueProvider(defaults);
    List<String> words = new java.util.ArrayList<>(List.of("restore", "t", "--from", "x"));
    words.addAll(List.of(further));
    CommandLine.ParseResult restore = program.parseArgs(words.toArray(String[]::new)).subcommand();
    OptionSpec option = restore.commandSpec().findOption("--max-block");
    return String.valueOf(option.<Object>getValue());
  }

  private Path file(String text) throws IOException {
    Path file = home.resolve(".config/pgmend/config");
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    return file;
  }

  @Test
  void theCommandLineGoesBeforeTheEnvironmentAndThatBeforeTheFile() throws IOException {
    Map<String, String> only = Map.of("HOME", home.toString());
    Map<String, String> both = Map.of("HOME", home.toString(), "PGMEND_MAX_BLOCK", "2");
    assertThat(maxBlock(Map.of())).isEqualTo("30.0");
    file("# ours\n\nmax-block = 3\nno-owner = true\n");
    assertThat(maxBlock(only)).isEqualTo("3.0");
    assertThat(maxBlock(both)).isEqualTo("2.0");
    assertThat(maxBlock(both, "--max-block", "1")).isEqualTo("1.0");
    Path other = home.resolve("other");
    Files.writeString(other, "max-block=4");
    assertThat(maxBlock(Map.of("HOME", home.toString(), "PGMEND_CONFIG", other.toString())))
        .isEqualTo("4.0");
  }

  @Test
  void whatIsWrongInTheFileIsNamedWithItsLine() throws IOException {
    Map<String, String> environment = Map.of("HOME", home.toString());
    for (Map.Entry<String, String> wrong :
        Map.of(
                "max-blok = 3", "config:1: \"max-blok\" has no default",
                "\nyes = true", "config:2: \"yes\" has no default",
                "max-block", "config:1: a line name = value",
                "to = a\nto = b", "config:2: \"to\" is there twice",
                "no-owner = yes", "no-owner is true or false")
            .entrySet()) {
      file(wrong.getKey());
      assertThatThrownBy(() -> maxBlock(environment))
          .isInstanceOf(PgmendException.class)
          .hasMessageContaining(wrong.getValue());
    }
    assertThatThrownBy(() -> maxBlock(Map.of("PGMEND_CONFIG", "/nowhere")))
        .hasMessageContaining("/nowhere");
  }

  @Test
  void everyNameIsAnOption() {
    Set<String> options = new TreeSet<>();
    Main.program()
        .getSubcommands()
        .values()
        .forEach(command ->
            command
                .getCommandSpec()
                .options()
                .forEach(option -> options.add(option.longestName().substring(2))));
    assertThat(options).containsAll(Defaults.OPTIONS);
    for (String name : Defaults.OPTIONS) {
      assertThat(Resources.text("help/config.txt")).contains(name);
    }
  }
}
