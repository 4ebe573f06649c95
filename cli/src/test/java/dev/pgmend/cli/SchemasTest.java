package dev.pgmend.cli;

import static dev.pgmend.cli.Ran.pgmend;
import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.pgmend.archive.Archive;
import dev.pgmend.embedded.EmbeddedServer;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.postgres.Session;
import dev.pgmend.restore.WholeArchive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/// What every command writes with --json is what docs/schemas says, and nothing else.
@TestInstance(Lifecycle.PER_CLASS)
class SchemasTest {
  private static final Path SCHEMAS = JsonTest.root().resolve("docs/schemas");
  private static final String DUMP =
      JsonTest.root()
          .resolve("cli/src/main/resources/dev/pgmend/cli/demo/shop-demo.dump")
          .toString();

  @TempDir private static Path directory;

  private final Set<String> validated = new TreeSet<>();
  private EmbeddedServer server;
  private String uri = "";

  @BeforeAll
  void start() {
    server = EmbeddedServer.start();
    uri = server.uri("shop");
    try (Session session = session("postgres")) {
      session.execute("CREATE ROLE demo_clerk; CREATE ROLE demo_analyst");
      session.execute("CREATE DATABASE shop");
    }
    try (Session session = session("shop");
        Archive archive = Archive.open(Path.of(DUMP))) {
      new WholeArchive(archive, session).restore();
    }
  }

  @AfterAll
  void stop() {
    server.close();
    Signals.finished();
  }

  private Session session(String database) {
    return Session.open(ConnectionTarget.parse(server.uri(database), Map.of()));
  }

  private void sql(String statement) {
    try (Session session = session("shop")) {
      session.execute(statement);
    }
  }

  /// Objects in the output may have no keys that the schema does not name.
  private String valid(String name, String json) {
    String strict;
    try {
      strict =
          Files.readString(SCHEMAS.resolve(name + ".json"))
              .replace("\"properties\"", "\"additionalProperties\": false, \"properties\"");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    Schema schema =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(strict, InputFormat.JSON);
    List<Error> errors = schema.validate(json, InputFormat.JSON);
    assertThat(errors).as(name + ": " + json).isEmpty();
    validated.add(name);
    return json;
  }

  @Test
  void everyCommandKeepsToItsSchema() throws IOException {
    Path checks = directory.resolve("checks.yaml");
    Files.writeString(
        checks,
        """
        checks:
          - {name: then, when: before, sql: SELECT count(*) FROM shop.regions, same-as: recorded}
          - {name: now, when: after, command: "true"}
        """);
    Path recorded = directory.resolve("recorded.yaml");
    String c = checks.toString();
    valid(
        "checks-record",
        ok("checks", "record", c, "--to", uri, "--out", recorded.toString(), "--json"));
    valid(
        "checks-run",
        ok("checks", "run", c, "--to", uri, "--recorded", recorded.toString(), "--json"));
    valid("inspect", ok("inspect", DUMP, "--json"));
    valid("inspect", ok("inspect", DUMP, "orders", "--json"));
    valid("rows", ok("rows", DUMP, "regions", "--json"));
    sql("DELETE FROM shop.payments WHERE id < 5");
    valid("diff", ok("diff", "payments", "--from", DUMP, "--to", uri, "--json"));
    valid("assess", ok("assess", "--from", DUMP, "--to", uri, "--json"));
    valid("plan", ok("plan", "payments", "--from", DUMP, "--to", uri, "--count", "--json"));
    Path report = directory.resolve("run.json");
    String restored =
        ok(
            "restore",
            "payments",
            "--from",
            DUMP,
            "--to",
            uri,
            "--yes",
            "--json",
            "--quiet",
            "--rows",
            "missing",
            "--checks",
            c,
            "--recorded",
            recorded.toString(),
            "--report",
            report.toString());
    assertThat(valid("restore", restored)).contains("\"result\" : \"done\"");
    valid("restore", Files.readString(report));
    valid("status", ok("status", "--to", uri, "--json"));
    valid("resume", ok("resume", run(restored), "--to", uri, "--json"));
    valid("undo", ok("undo", "--to", uri, "--json"));
    valid("clean", ok("clean", "--to", uri, "--json"));
    Path extract = directory.resolve("x.sql");
    valid("extract", ok("extract", DUMP, "regions", "-o", extract.toString(), "--json"));
    try (Stream<Path> files = Files.list(SCHEMAS)) {
      assertThat(validated)
          .as("every schema is of something; failure has a test of its own")
          .containsAll(
              files
                  .map(file -> file.getFileName().toString().replace(".json", ""))
                  .filter(name -> !name.equals("failure"))
                  .collect(Collectors.toSet()));
    }
  }

  private static String run(String json) {
    String key = "\"run\" : \"";
    int start = json.indexOf(key) + key.length();
    return json.substring(start, json.indexOf('"', start));
  }

  private static String ok(String... arguments) {
    Ran ran = pgmend(arguments);
    assertThat(ran.exitCode()).as(ran.err() + ran.out()).isZero();
    return ran.out();
  }

  @Test
  void failuresAreJsonToo() throws IOException {
    Ran usage = pgmend("diff", "payments", "--from", "/nowhere.dump", "--to", uri, "--json");
    assertThat(usage.exitCode()).isEqualTo(3);
    assertThat(valid("failure", usage.out())).contains("\"code\" : \"source\"");
    Path report = directory.resolve("failed.html");
    Ran refused =
        pgmend(
            "restore",
            "regions",
            "--from",
            DUMP,
            "--to",
            uri,
            "--yes",
            "--json",
            "--mode",
            "create",
            "--report",
            report.toString());
    assertThat(refused.exitCode()).isEqualTo(5);
    assertThat(valid("restore", refused.out()))
        .contains("\"result\" : \"refused\"")
        .contains("\"code\" : \"exists\"");
    assertThat(Files.readString(report)).contains("<p class=\"badge bad\">refused</p>");
  }

  /// Something on the server changes rows behind the run's back, as soon as their key is built.
  @Test
  void aProofThatFailsNamesTheRowsInEveryReport() throws IOException {
    Path page = directory.resolve("unproved.html");
    sql(
        """
        CREATE FUNCTION shop.meddle() RETURNS event_trigger LANGUAGE plpgsql AS $$
        DECLARE c record;
        BEGIN
          FOR c IN SELECT objid::regclass AS staged FROM pg_event_trigger_ddl_commands() WHERE schema_name ~ '^pgmend.*_new' AND object_type = 'table' LOOP
            EXECUTE format('UPDATE %s SET name = ''<b>'' WHERE code = (SELECT min(code) FROM %s)', c.staged, c.staged);
          END LOOP;
        END $$;
        CREATE EVENT TRIGGER meddle ON ddl_command_end WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION shop.meddle()
        """);
    try {
      Ran ran =
          pgmend(
              "restore",
              "regions",
              "--from",
              DUMP,
              "--to",
              uri,
              "--yes",
              "--json",
              "--mode",
              "swap",
              "--jobs",
              "1",
              "--report",
              page.toString());
      assertThat(ran.exitCode()).as(ran.err() + ran.out()).isEqualTo(7);
      assertThat(valid("restore", ran.out()))
          .contains("rows that differ, by (\\\"code\\\"): 1 changed (")
          .containsPattern(
              "\"changed\" : 1,\\s+\"extra\" : 0,\\s+\"samples\" : \\[ \\{\\s+\"kind\" : \"changed\",\\s+\"row\" : \"\\(..\\)\",\\s+\"columns\" : \\[ \"name\" \\]");
      assertThat(Files.readString(page))
          .contains("<h2>Rows that differ</h2>")
          .contains("shop.regions: 0 missing, 1 changed, 0 more than in the backup.")
          .containsPattern("<td>changed</td><td>\\(..\\)</td><td>name</td>");
    } finally {
      sql("DROP EVENT TRIGGER meddle; DROP FUNCTION shop.meddle()");
    }
  }

  @Test
  void aFailureSaysItsCodeAndWhatToDo() {
    Ran refused =
        pgmend("restore", "regions", "--from", DUMP, "--to", uri, "--yes", "--mode", "create");
    assertThat(refused.err())
        .contains("pgmend: refused: ")
        .contains("HINT: ")
        .contains("CODE: exists (pgmend help errors exists)");
    assertThat(pgmend("help", "errors", "exists").out()).contains("the plan is refused");
  }

  @Test
  void quietIsQuiet() {
    Ran ran = pgmend("restore", "regions", "--from", DUMP, "--to", uri, "--yes", "--quiet");
    assertThat(ran.err()).isEmpty();
    assertThat(ran.out()).contains("nothing to do");
    assertThat(
            pgmend("restore", "regions", "--from", DUMP, "--to", uri, "--yes")
                .err()
                .lines()
                .findFirst()
                .orElse(""))
        .matches("[0-9]{2}:[0-9]{2}:[0-9]{2} stage \\.\\.\\.");
  }

  @Test
  void thePlanIsShortUnlessAskedForMore() {
    Ran brief = pgmend("plan", "regions", "--from", DUMP, "--to", uri);
    assertThat(brief.out().lines()).hasSizeLessThan(24);
    assertThat(brief.out()).contains("of rows in the backup").contains("It can be run.");
    assertThat(pgmend("plan", "regions", "--from", DUMP, "--to", uri, "-v").out())
        .contains("      | ");
  }
}
