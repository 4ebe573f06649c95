package dev.pgmend.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.archive.Archive;
import dev.pgmend.embedded.EmbeddedServer;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.postgres.Session;
import dev.pgmend.restore.WholeArchive;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The commands of the runbooks and the quick start, run word for word by bash against a real server; what is printed under them is
/// what they print. In a page, a block `sh` is run; a block behind it says what it prints, and its first line the exit code where that
/// is not 0. `…` stands for anything.
@TestInstance(Lifecycle.PER_CLASS)
class RunbooksIT {
  private static final Path DEBIAN = Path.of("/usr/lib/postgresql/15/bin");
  private static final Path ROOT = JsonTest.root();
  private static final Pattern BLOCKS =
      Pattern.compile(
          "^```sh\\n(.*?)^```\\n(?:```(text|exit [0-9…]+)\\n(.*?)^```\\n)?",
          Pattern.MULTILINE | Pattern.DOTALL);

  @TempDir private Path directory = Path.of("");
  private EmbeddedServer server;

  @BeforeAll
  void start() {
    assumeTrue(
        Files.isDirectory(DEBIAN) && Files.exists(Path.of("/usr/bin/psql")), "psql is needed");
    server = EmbeddedServer.startFrom(DEBIAN, Map.of());
    try (Session session = session("postgres")) {
      session.execute("CREATE ROLE demo_clerk; CREATE ROLE demo_analyst");
    }
  }

  @AfterAll
  void stop() {
    if (server != null) {
      server.close();
    }
  }

  private Session session(String database) {
    return Session.open(ConnectionTarget.parse(server.uri(database), Map.of()));
  }

  private void database(String name) throws IOException {
    Path dump = ROOT.resolve("cli/src/main/resources/dev/pgmend/cli/demo/shop-demo.dump");
    Files.copy(
        dump, directory.resolve("shop.dump"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    try (Session session = session("postgres")) {
      session.execute("DROP DATABASE IF EXISTS " + name);
      session.execute("CREATE DATABASE " + name);
    }
    try (Session session = session(name);
        Archive archive = Archive.open(dump)) {
      new WholeArchive(archive, session).restore();
      session.execute("ANALYZE");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "quickstart",
        "runbooks/dropped-table",
        "runbooks/lost-rows",
        "runbooks/garbled-column",
        "runbooks/bad-migration",
        "runbooks/truncate",
        "runbooks/rds"
      })
  void aPageDoesWhatItSays(String page) throws Exception {
    database("shop");
    if (page.equals("quickstart")) {
      database("copy");
    }
    String text = Files.readString(ROOT.resolve("docs/" + page + ".md"));
    Matcher block = BLOCKS.matcher(text);
    List<String> wrong = new ArrayList<>();
    int blocks = 0;
    while (block.find()) {
      blocks++;
      Program.Run run = bash(block.group(1));
      String kind = block.group(2) == null ? "text" : block.group(2);
      String exit = kind.startsWith("exit ") ? kind.substring(5) : "0";
      boolean ended = exit.equals("…") || run.exitCode() == Integer.parseInt(exit);
      if (!ended || block.group(3) != null && !matches(block.group(3), run.output())) {
        wrong.add(
            "%s%n--- exit %d, printed:%n%s"
                .formatted(block.group(1), run.exitCode(), run.output()));
      }
    }
    assertThat(wrong).as(page).isEmpty();
    assertThat(blocks).isGreaterThan(2);
    assertThat(text.split("```sh\n", -1)).as("every block was found").hasSize(blocks + 1);
  }

  private Program.Run bash(String commands) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-eo", "pipefail", "-c", commands)
            .directory(directory.toFile())
            .redirectErrorStream(true);
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("PG"));
    environment.put("PATH", ROOT + ":" + environment.get("PATH"));
    environment.put("PGHOST", "127.0.0.1");
    environment.put("PGPORT", "" + server.port());
    environment.put("PGUSER", server.superuser());
    environment.put("PGDATABASE", "shop");
    environment.put("HOME", directory.toString());
    environment.put("LC_ALL", "C.UTF-8");
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Program.Run(process.waitFor(), output);
  }

  /// A line of `…` is any lines, and `…` within a line any text.
  private static boolean matches(String expected, String output) {
    StringBuilder pattern = new StringBuilder();
    expected
        .lines()
        .forEach(line -> {
          if (line.strip().equals("…")) {
            pattern.append("(?:.*\\n)*?");
          } else {
            String[] parts = line.split("…", -1);
            for (int i = 0; i < parts.length; i++) {
              pattern.append(i == 0 ? "" : ".*?").append(Pattern.quote(parts[i]));
            }
            pattern.append("\\n");
          }
        });
    return Pattern.compile(pattern.toString()).matcher(output).matches();
  }
}
