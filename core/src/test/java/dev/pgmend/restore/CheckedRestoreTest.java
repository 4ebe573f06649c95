package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.checks.CheckFile;
import dev.pgmend.checks.CheckResult;
import dev.pgmend.checks.Checker;
import dev.pgmend.checks.Checks;
import dev.pgmend.checks.Recording;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Request;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Progress;
import dev.pgmend.testing.Servers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Restores under checks of the user.
class CheckedRestoreTest {
  private static final String SHOP =
      """
      CREATE TABLE public.parent (id int PRIMARY KEY);
      INSERT INTO public.parent SELECT g FROM generate_series(1, 3) AS g;
      CREATE TABLE public.t (id int PRIMARY KEY, p int REFERENCES public.parent, v text);
      INSERT INTO public.t SELECT g, 1, 'old' FROM generate_series(1, 10) AS g;
      """;

  @TempDir private Path directory = Path.of("");

  @BeforeEach
  void needPgDump() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
  }

  private Path file(String text) throws IOException {
    Path file = directory.resolve("checks.yaml");
    Files.writeString(file, "checks:\n" + text.indent(2));
    return file;
  }

  /// What became of a restore.
  private record Ended(Optional<PgmendException> failure, List<CheckResult> results) {
    String message() {
      return failure.map(Throwable::getMessage).orElse("");
    }
  }

  private Ended restore(Small small, String checks, UnaryOperator<Request> choices)
      throws IOException {
    return restore(small, checks, choices, small.target(), Optional.empty(), Optional.empty());
  }

  private Ended restore(
      Small small,
      String checks,
      UnaryOperator<Request> choices,
      ConnectionTarget target,
      Optional<ConnectionTarget> source,
      Optional<Recording> recording)
      throws IOException {
    try (Archive archive = Archive.open(small.archive());
        TableRestore restore = TableRestore.open(archive, target);
        Checker checker =
            new Checker(CheckFile.read(file(checks)), target, source, recording, Map.of())) {
      CheckedRestore checked = new CheckedRestore(restore, target, checker);
      try {
        checked.run(restore.plan(Restores.request(archive, choices, "public.t")), Progress.NONE);
        return new Ended(Optional.empty(), checked.results());
      } catch (PgmendException failure) {
        return new Ended(Optional.of(failure), checked.results());
      }
    }
  }

  private static Request mode(Request request, Mode mode) {
    return request.change().mode(mode).build();
  }

  @Test
  void anInterruptedCheckLeavesNothingStaged() throws Exception {
    try (Small small = new Small(SHOP)) {
      small.since("DELETE FROM public.t WHERE id > 4");
      Map<String, String> before = small.fingerprint();
      Path begun = directory.resolve("begun");
      Checks checks =
          CheckFile.read(file("- {name: slow, when: before, command: 'touch begun; sleep 60'}"));
      try (Archive archive = Archive.open(small.archive());
          TableRestore restore = TableRestore.open(archive, small.target());
          Checker checker =
              new Checker(checks, small.target(), Optional.empty(), Optional.empty(), Map.of())) {
        CheckedRestore checked = new CheckedRestore(restore, small.target(), checker);
        Thread operator =
            Thread.ofVirtual()
                .start(() -> {
                  while (!Files.exists(begun)) {
                    Thread.onSpinWait();
                  }
                  checked.interrupt();
                });
        assertThatThrownBy(() ->
                checked.run(
                    restore.plan(Restores.request(archive, UnaryOperator.identity(), "public.t")),
                    Progress.NONE))
            .hasMessageContaining("what was staged is removed");
        operator.join();
      }
      assertThat(small.fingerprint()).isEqualTo(before);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"MEND", "SWAP", "CREATE"})
  void queriesOfBeforeSeeTheTableAsItIsGoingToBe(Mode mode) throws IOException {
    try (Small small = new Small(SHOP)) {
      small.since(
          mode == Mode.CREATE ? "DROP TABLE public.t" : "DELETE FROM public.t WHERE id > 4");
      Map<String, String> before = small.fingerprint();
      String checks =
          """
          - {name: all, when: before, sql: SELECT count(*) FROM t, value: 10}
          - {name: joined, when: before, no-rows: true, sql: SELECT 1 FROM t LEFT JOIN parent ON parent.id = p WHERE parent.id IS NULL}
          """;
      Ended refused =
          restore(
              small,
              checks + "- {name: wrong, when: before, sql: SELECT count(*) FROM t, value: 11}\n",
              request -> mode(request, mode));
      assertThat(refused.message())
          .contains("\"wrong\" failed: 10, expected 11")
          .contains("the target is unchanged");
      assertThat(refused.failure()).get().extracting(PgmendException::kind).isEqualTo(Kind.CHECK);
      assertThat(small.difference(before)).isEmpty();
      Ended done = restore(small, checks, request -> mode(request, mode));
      assertThat(done.failure()).isEmpty();
      assertThat(done.results()).hasSize(2).allMatch(CheckResult::passed);
      assertThat(small.value("SELECT count(*) FROM public.t")).isEqualTo("10");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"MEND", "SWAP", "CREATE"})
  void aFailureAfterwardsTakesTheRestoreBack(Mode mode) throws IOException {
    try (Small small = new Small(SHOP)) {
      small.since(
          mode == Mode.CREATE ? "DROP TABLE public.t" : "DELETE FROM public.t WHERE id > 4");
      Map<String, String> before = small.fingerprint();
      Ended ended =
          restore(
              small,
              """
              - {name: passes, when: after, sql: SELECT count(*) FROM t, value: 10}
              - {name: fails, when: after, command: "echo much; exit 7"}
              - {name: is made all the same, when: after, sql: SELECT 1, rows: 1}
              """,
              request -> mode(request, mode));
      assertThat(ended.message())
          .contains("\"fails\" failed: exit code 7, expected 0; it said: much")
          .contains("taken back: the target is as it was before");
      assertThat(ended.results())
          .extracting(CheckResult::passed)
          .containsExactly(true, false, true);
      assertThat(small.difference(before).stream().filter(line -> !line.contains("pgmend_")))
          .isEmpty();
    }
  }

  @Test
  void nothingToDoIsCheckedAndNotTakenBack() throws IOException {
    try (Small small = new Small(SHOP)) {
      Ended ended =
          restore(small, "- {name: no, when: after, sql: SELECT 1, value: 2}", request -> request);
      assertThat(ended.message()).contains("nothing was changed");
    }
  }

  @Test
  void queriesChangeNothing() throws IOException {
    try (Small small = new Small(SHOP + "CREATE SEQUENCE public.s;")) {
      small.since("DELETE FROM public.t");
      small.since(
          "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'INSERT INTO public.parent VALUES (99) RETURNING id'");
      Map<String, String> before = small.fingerprint();
      for (String query :
          List.of(
              "SELECT public.f()",
              "SELECT nextval('public.s')",
              "SELECT 1) TO STDOUT; DROP TABLE public.parent; --")) {
        Ended ended =
            restore(
                small,
                "- {name: x, when: before, sql: \"%s\", value: 1}".formatted(query),
                request -> request);
        assertThat(ended.failure()).as(query).isPresent();
        assertThat(small.difference(before)).as(query).isEmpty();
      }
    }
  }

  @Test
  void whatTakesTooLongHasFailed() throws IOException {
    try (Small small = new Small(SHOP)) {
      small.since("DELETE FROM public.t");
      for (String check :
          List.of(
              "{name: x, when: before, sql: SELECT pg_sleep(60), rows: 1, timeout: 300ms}",
              "{name: x, when: before, command: sleep 60 & sleep 60, timeout: 300ms}")) {
        long start = System.nanoTime();
        Ended ended = restore(small, "- " + check, request -> request);
        assertThat(ended.message()).contains("within 300 ms");
        assertThat((System.nanoTime() - start) / 1e9).isLessThan(30);
      }
      assertThat(small.value("SELECT count(*) FROM public.t")).isEqualTo("0");
    }
  }

  @Test
  void answersAreComparedWithThoseOfTheSourceAndOfThen() throws IOException {
    try (Small small = new Small(SHOP);
        Small source = new Small(SHOP)) {
      String query = "sql: 'SELECT id, v FROM t ORDER BY id'";
      String recorded = "- {name: then, when: before, %s, same-as: recorded}\n".formatted(query);
      Recording recording =
          Recording.take(CheckFile.read(file(recorded)), small.target(), InstantSource.system());
      small.since("UPDATE public.t SET v = 'new' WHERE id = 10");
      String checks =
          recorded + "- {name: there, when: after, %s, same-as: source}\n".formatted(query);
      Ended done =
          restore(
              small,
              checks,
              request -> request.change().policy(exact(request)).build(),
              small.target(),
              Optional.of(source.target()),
              Optional.of(recording));
      assertThat(done.failure()).isEmpty();
      assertThat(done.results()).hasSize(2).allMatch(CheckResult::passed);
      small.since("DELETE FROM public.t WHERE id = 3");
      source.since("UPDATE public.t SET v = 'other' WHERE id = 2");
      Ended ended =
          restore(
              small,
              checks,
              request -> request,
              small.target(),
              Optional.of(source.target()),
              Optional.of(recording));
      assertThat(ended.message())
          .contains("row 2 is (2 | old), on the source (2 | other)")
          .contains("taken back");
      assertThatThrownBy(() -> restore(small, checks, request -> request))
          .hasMessageContaining("recorded");
      assertThatThrownBy(() ->
              restore(
                  small,
                  checks,
                  request -> request,
                  small.target(),
                  Optional.empty(),
                  Optional.of(recording)))
          .hasMessageContaining("compares with the source, and the backup is no server");
    }
  }

  private static dev.pgmend.plan.RowPolicy exact(Request request) {
    dev.pgmend.plan.RowPolicy usual = request.policy();
    return new dev.pgmend.plan.RowPolicy(
        dev.pgmend.plan.RowPolicy.Rows.EXACT,
        usual.where(),
        usual.columns(),
        usual.limit(),
        usual.conflicts(),
        usual.triggers());
  }

  @Test
  void commandsFindTheTargetAndNoPasswordInTheirEnvironment() throws IOException {
    try (Small small = new Small(SHOP)) {
      small.since("DELETE FROM public.t WHERE id > 4");
      ConnectionTarget target =
          ConnectionTarget.parse(
              small.database().uri().replace("postgres@", "postgres:ge:heim@"), Map.of());
      Ended ended =
          restore(
              small,
              """
              - {name: counts, when: after, command: 'test "$(psql -XAtc "SELECT count(*) FROM t")" = 10'}
              - {name: sees the old state before, when: before, command: 'test "$(psql -XAtc "SELECT count(*) FROM t")" = 4'}
              - {name: has a password file, when: after, command: 'grep -q ":ge.:heim$" "$PGPASSFILE" && test $(stat -c %a "$PGPASSFILE") = 600 && ! env | grep heim'}
              - {name: runs beside the file, when: after, command: test -f checks.yaml}
              """,
              request -> request,
              target,
              Optional.empty(),
              Optional.empty());
      assertThat(ended.message()).isEmpty();
      assertThat(ended.results()).hasSize(4).allMatch(CheckResult::passed);
      try (var files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
        assertThat(files.filter(file -> file.toString().endsWith(".pgpass"))).isEmpty();
      }
    }
  }

  @Test
  void webServersAreAsked() throws IOException {
    HttpServer web =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    web.createContext(
        "/",
        exchange -> {
          byte[] body = "all is well".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(
              exchange.getRequestURI().getPath().equals("/down") ? 503 : 200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    web.start();
    try (Small small = new Small(SHOP)) {
      small.since("DELETE FROM public.t WHERE id > 4");
      String address = "http://127.0.0.1:%d".formatted(web.getAddress().getPort());
      String up =
          "- {name: up, when: after, http: \"%s/\", contains: is well}\n".formatted(address);
      for (String other :
          List.of(
              "http: \"%s/down\"".formatted(address),
              "http: \"%s/\", contains: is bad".formatted(address),
              "http: \"http://127.0.0.1:1/\", timeout: 2s")) {
        Ended ended =
            restore(
                small,
                up + "- {name: other, when: after, %s}".formatted(other),
                request -> request);
        assertThat(ended.message()).contains("\"other\" failed").contains("taken back");
      }
      assertThat(restore(small, up, request -> request).failure()).isEmpty();
    } finally {
      web.stop(0);
    }
  }

  @Test
  void anUndoThatIsRefusedIsSaid() throws IOException {
    try (Small small = new Small(SHOP)) {
      small.since("DELETE FROM public.t WHERE id > 4");
      String change = "psql -qc \"UPDATE public.t SET v = 'mine' WHERE id = 7\"; false";
      Ended ended =
          restore(
              small,
              "- {name: no, when: after, command: '%s'}".formatted(change.replace("'", "''")),
              request -> request);
      assertThat(ended.message()).contains("could not be taken back, so it stands");
      assertThat(ended.failure())
          .get()
          .extracting(PgmendException::hint)
          .asString()
          .contains("pgmend undo");
      assertThat(small.value("SELECT v FROM public.t WHERE id = 7")).isEqualTo("mine");
    }
  }

  @Test
  void anOutcomeIsKnownThoughItWasTakenBack() throws IOException {
    try (Small small = new Small(SHOP)) {
      small.since("DELETE FROM public.t WHERE id > 4");
      try (Archive archive = Archive.open(small.archive());
          TableRestore restore = TableRestore.open(archive, small.target());
          Checker checker =
              new Checker(
                  CheckFile.read(file("- {name: no, when: after, sql: SELECT 1, value: 2}")),
                  small.target(),
                  Optional.empty(),
                  Optional.empty(),
                  Map.of())) {
        CheckedRestore checked = new CheckedRestore(restore, small.target(), checker);
        assertThat(checked.outcome()).isEmpty();
        assertThatThrownBy(() ->
                checked.run(
                    restore.plan(Restores.request(archive, request -> request, "public.t")),
                    Progress.NONE))
            .isInstanceOf(PgmendException.class);
        assertThat(checked.outcome())
            .get()
            .extracting(Outcome::status)
            .isEqualTo(Outcome.Status.DONE);
      }
    }
  }
}
