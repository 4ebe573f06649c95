package dev.pgmend.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/// Which cache `./pgmend` starts a command with, and when it makes one: in a tree that looks as if it was built, with a `java` that only says
/// what it was asked for.
class LauncherTest {
  private static final String HELP = "pgmend.aot";
  private static final String WORK = "pgmend-work.aot";
  private static final Pattern CACHE = Pattern.compile("-XX:AOTCache=.*/(pgmend\\S*\\.aot)");

  private static final String JAVA =
      """
      #!/bin/sh
      echo "$*" >>"$(dirname "$0")/../calls"
      for word; do
        case $word in
          dev.pgmend.cli.WorkTraining) [ ! -e "$(dirname "$0")/../broken" ] || exit 1 ;;
          -XX:AOTCacheOutput=*) echo learnt >"${word#*=}" ;;
          -XX:AOTMode=create) create=1 ;;
          -XX:AOTCache=*) [ -z "${create-}" ] || echo learnt >"${word#*=}" ;;
        esac
      done
      """;

  @TempDir private Path directory = Path.of("");
  private Path root = Path.of("");
  private Path jdk = Path.of("");
  private Path temporary = Path.of("");

  @BeforeEach
  void build() throws IOException {
    root = directory.resolve("a tree");
    jdk = directory.resolve("jdk");
    temporary = Files.createDirectory(directory.resolve("tmp"));
    for (String file : List.of("pgmend", ".mvn/find-jdk.sh", "cli/jvm.options")) {
      Path copy = root.resolve(file);
      Files.createDirectories(copy.getParent());
      Files.copy(JsonTest.root().resolve(file), copy);
    }
    write(root.resolve("pom.xml"), "");
    write(root.resolve("cli/pom.xml"), "");
    Files.createDirectories(root.resolve("cli/src/main"));
    write(root.resolve("cli/target/pgmend-cli.jar"), "");
    age("cli/src/main", 20);
    age("pom.xml", 20);
    age("cli/pom.xml", 20);
    age("cli/target/pgmend-cli.jar", 10);
    write(jdk.resolve("release"), "JAVA_VERSION=\"25.0.1\"\n");
    for (String program : List.of("java", "javac")) {
      Path file = write(jdk.resolve("bin").resolve(program), JAVA);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  private static Path write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  private void age(String file, int seconds) throws IOException {
    Files.setLastModifiedTime(
        root.resolve(file), FileTime.from(Instant.now().minusSeconds(seconds)));
  }

  private Path cache(String name) {
    return root.resolve("cli/target").resolve(name);
  }

  private String pgmend(String... words) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(root.resolve("pgmend").toString());
    builder.command().addAll(List.of(words));
    Map<String, String> environment = builder.environment();
    environment.put("JAVA_HOME", jdk.toString());
    environment.put("TMPDIR", temporary.toString());
    environment.put("PGSERVICE", "secret");
    environment.put("PGMEND_FROM", "secret");
    Process process = builder.redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  /// {@return what the JVM was asked for, the first time first}
  private List<String> calls() throws IOException {
    return Files.readAllLines(jdk.resolve("calls"));
  }

  private String usedLast() throws IOException {
    Matcher matcher = CACHE.matcher(calls().getLast());
    return matcher.find() ? matcher.group(1) : "";
  }

  @ParameterizedTest
  @CsvSource({
    "'', pgmend.aot",
    "--help, pgmend.aot",
    "restore --help, pgmend.aot",
    "restore orders -h, pgmend.aot",
    "--version restore, pgmend.aot",
    "help restore, pgmend.aot",
    "inspect restore, pgmend.aot",
    "completion bash, pgmend.aot",
    "nonsense restore, pgmend.aot",
    "restore orders --from x, pgmend-work.aot",
    "--nonsense plan, pgmend-work.aot",
    "checks run file, pgmend-work.aot",
    "rows file inspect, pgmend-work.aot",
    "demo, pgmend-work.aot"
  })
  void theCommandSaysWhichCache(String words, String cache) throws Exception {
    Files.writeString(cache(HELP), "learnt");
    Files.writeString(cache(WORK), "learnt");
    assertThat(pgmend(words.isEmpty() ? new String[0] : words.split(" "))).isEmpty();
    assertThat(usedLast()).isEqualTo(cache);
    assertThat(calls()).hasSize(1);
  }

  static Stream<String> commandsWithServers() {
    return Main.program().getSubcommands().entrySet().stream()
        .filter(entry -> talksToServers(entry.getValue()))
        .map(Map.Entry::getKey);
  }

  private static boolean talksToServers(CommandLine command) {
    return command.getCommandSpec().findOption("--to") != null
        || command.getSubcommands().values().stream().anyMatch(LauncherTest::talksToServers);
  }

  @ParameterizedTest
  @MethodSource("commandsWithServers")
  void allThatTalkToServersHaveTheCacheOfThese(String command) throws Exception {
    Files.writeString(cache(HELP), "learnt");
    Files.writeString(cache(WORK), "learnt");
    pgmend(command);
    assertThat(usedLast()).isEqualTo(WORK);
  }

  @Test
  void helpWaitsForNoTrainingButItsOwn() throws Exception {
    assertThat(pgmend("--help")).isEmpty();
    assertThat(usedLast()).isEqualTo(HELP);
    assertThat(cache(WORK)).doesNotExist();
    assertThat(calls()).noneMatch(call -> call.contains("WorkTraining"));
  }

  @Test
  void theDemoTakesTheCacheOfWorkOnlyIfItIsThere() throws Exception {
    assertThat(pgmend("demo")).isEmpty();
    assertThat(usedLast()).isEqualTo(HELP);
    assertThat(cache(WORK)).doesNotExist();
    Files.writeString(cache(WORK), "learnt");
    pgmend("demo");
    assertThat(usedLast()).isEqualTo(WORK);
  }

  @Test
  void workIsPreparedOnceAndSaysSo() throws Exception {
    assertThat(pgmend("plan")).hasLineCount(1).contains("preparing pgmend");
    assertThat(usedLast()).isEqualTo(WORK);
    assertThat(cache(HELP)).doesNotExist();
    int before = calls().size();
    assertThat(pgmend("plan")).isEmpty();
    assertThat(calls()).hasSize(before + 1);
    assertThat(temporary).isEmptyDirectory();
  }

  @Test
  void whatWasInVainIsNotTriedAgain() throws Exception {
    Files.createFile(jdk.resolve("broken"));
    assertThat(pgmend("plan")).contains("preparing pgmend");
    assertThat(usedLast()).isEqualTo(HELP);
    assertThat(pgmend("plan")).isEmpty();
    assertThat(usedLast()).isEqualTo(HELP);
    assertThat(cache(WORK)).isEmptyFile();
    assertThat(temporary).isEmptyDirectory();
    Files.write(cache(HELP), new byte[0]);
    pgmend("plan");
    assertThat(usedLast()).isEmpty();
  }

  @Test
  void cachesOlderThanTheBuildAreMadeAnew() throws Exception {
    Files.writeString(cache(WORK), "old");
    age("cli/target/pgmend-work.aot", 15);
    assertThat(pgmend("plan")).contains("preparing pgmend");
    assertThat(cache(WORK)).hasContent("learnt");
  }

  @Test
  void trainingSeesNothingOfTheUser() throws Exception {
    Files.writeString(
        jdk.resolve("bin/java"),
        JAVA + "case $* in *WorkTraining*) env >\"$(dirname \"$0\")/../seen\" ;; esac\n");
    pgmend("plan");
    assertThat(Files.readAllLines(jdk.resolve("seen")))
        .noneMatch(line -> line.contains("secret"))
        .anyMatch(line -> line.startsWith("XDG_CACHE_HOME=" + temporary))
        .anyMatch(line -> line.startsWith("HOME=" + temporary));
  }
}
