package dev.pgmend.checks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.checks.Check.Expected;
import dev.pgmend.checks.Check.When;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckFileTest {
  @TempDir private Path directory = Path.of("");

  private Checks read(String text) throws IOException {
    Path file = directory.resolve("checks.yaml");
    Files.writeString(file, text);
    return CheckFile.read(file);
  }

  @Test
  void readsEveryKind() throws IOException {
    Checks checks =
        read(
            """
            checks:
              - name: none left
                when: before
                sql: SELECT 1 WHERE false
                no-rows: true
              - {name: price, when: after, sql: SELECT 12.50, value: 12.50, timeout: 2m}
              - {name: nothing, when: after, sql: SELECT NULL, value: null}
              - {name: text, when: after, sql: "SELECT ''", value: ""}
              - {name: as there, when: before, sql: SELECT 1, same-as: source}
              - {name: as then, when: before, sql: SELECT 1, same-as: recorded}
              - name: shell
                when: after
                command: make check
                environment: {A: 1, B: two}
              - {name: words, when: after, command: [./check, "", -v], exit: 3, timeout: 500ms}
              - {name: page, when: after, http: "https://a.example/x?y", status: 204, contains: ok}
            """);
    assertThat(checks.directory()).isEqualTo(directory.toAbsolutePath());
    assertThat(checks.all()).hasSize(9);
    assertThat(checks.at(When.BEFORE))
        .extracting(Check::name)
        .containsExactly("none left", "as there", "as then");
    assertThat(checks.all().get(0))
        .isEqualTo(
            new Check.Query(
                "none left",
                When.BEFORE,
                Duration.ofSeconds(10),
                "SELECT 1 WHERE false",
                new Expected.Rows(0)));
    assertThat(expected(checks, 1)).isEqualTo(new Expected.Value(Optional.of("12.50")));
    assertThat(checks.all().get(1).timeout()).isEqualTo(Duration.ofMinutes(2));
    assertThat(expected(checks, 2)).isEqualTo(new Expected.Value(Optional.empty()));
    assertThat(expected(checks, 3)).isEqualTo(new Expected.Value(Optional.of("")));
    assertThat(checks.expects(Expected.SameAsSource.class)).isTrue();
    assertThat(checks.all().get(6))
        .isEqualTo(
            new Check.Program(
                "shell",
                When.AFTER,
                Duration.ofSeconds(60),
                List.of("/bin/sh", "-c", "make check"),
                0,
                Map.of("A", "1", "B", "two")));
    assertThat(((Check.Program) checks.all().get(7)).words()).containsExactly("./check", "", "-v");
    assertThat(((Check.Probe) checks.all().get(8)).status()).isEqualTo(204);
  }

  private static Expected expected(Checks checks, int at) {
    return ((Check.Query) checks.all().get(at)).expected();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\1',
      textBlock =
          """
          {name: a, when: before, sql: x, no-rows: yes}        | :2: no-rows is true
          {name: a, when: before, sql: x, rows: -1}            | :2: "-1" is not a whole number
          {name: a, when: before, sql: x, rows: 1, value: 2}   | :2: a query needs exactly one of
          {name: a, when: before, sql: x}                      | none is there
          {name: a, when: before, sql: x, rows: 1, exit: 2}    | :2: unknown key "exit"
          {name: a, when: before, sql: x, sql: y, rows: 1}     | :2: "sql" is there twice
          {name: a, when: during, sql: x, rows: 1}             | :2: when is before or after
          {name: a, sql: x, rows: 1}                           | :2: "when" is missing
          {when: after, sql: x, rows: 1}                       | :2: "name" is missing
          {name: a, when: after, rows: 1}                      | :2: a check is one of
          {name: a, when: after, sql: x, http: y, rows: 1}     | :2: a check is only one of
          {name: a, when: after, sql: [x], rows: 1}            | :2: a single value is expected
          {name: a, when: after, sql: x, value: [1]}           | :2: a single value is expected
          {name: a, when: after, sql: x, same-as: yesterday}   | :2: same-as is source or recorded
          {name: a, when: after, sql: x, rows: 1, timeout: 1h} | :2: a time such as
          {name: a, when: after, sql: x, rows: 1, timeout: 0s} | :2: a time such as
          {name: a, when: after, command: []}                  | :2: the command is empty
          {name: a, when: after, command: x, exit: 256}        | :2: exit is at most 255
          {name: a, when: after, command: x, environment: x}   | :2: a mapping
          {name: a, when: after, http: ftp://x/}               | :2: an address such as
          {name: a, when: after, http: "http://u:p@x/"}        | :2: an address such as
          {name: a, when: after, http: "http://x y"}           | :2: this is no http
          x                                                    | :2: a mapping
          {name: a                                             | checks.yaml:
          """)
  void whatIsWrongIsNamedWithItsLine(String check, String message) {
    assertThatThrownBy(() -> read("checks:\n  - " + check + "\n"))
        .isInstanceOfSatisfying(
            PgmendException.class, e -> assertThat(e.kind()).isEqualTo(Kind.USAGE))
        .hasMessageContaining("checks.yaml:")
        .hasMessageContaining(message);
  }

  @Test
  void theFileHasChecksAndNothingElse() {
    assertThatThrownBy(() -> read("")).hasMessageContaining("empty");
    assertThatThrownBy(() -> read("checks: []")).hasMessageContaining("there are no checks");
    assertThatThrownBy(() -> read("cheks: []")).hasMessageContaining(":1: unknown key \"cheks\"");
    assertThatThrownBy(() -> read("- a")).hasMessageContaining(":1: a mapping");
    assertThatThrownBy(() ->
            read(
                """
                checks:
                  - {name: a, when: after, sql: x, rows: 1}
                  - {name: a, when: after, sql: y, rows: 1}
                """))
        .hasMessageContaining(":3: two checks are called \"a\"");
  }

  @Test
  void recordedAnswersAreReadAsTheyWereWritten() {
    Path file = directory.resolve("app.dump.checks.yaml");
    Recording recording =
        new Recording(
            Instant.parse("2026-11-22T10:00:00Z"),
            "bob@db:5432/shop",
            Map.of(
                "a: b",
                new Recording.Recorded(
                    "SELECT '\n: x'", new Answer(2, "00ff", List.of("1\t\\N", " x: 'y' # z")))));
    recording.write(file, false);
    assertThat(Recording.read(file)).isEqualTo(recording);
    assertThatThrownBy(() -> recording.write(file, false)).hasMessageContaining("already");
    recording.write(file, true);
    assertThat(Recording.nextTo(Path.of("/x/app.dump")))
        .isEqualTo(Path.of("/x/app.dump.checks.yaml"));
  }
}
