package dev.pgmend.checks;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.checks.Check.Expected;
import dev.pgmend.checks.Check.When;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Makes the checks of a file, when it is told to, and remembers how they ended.
public final class Checker implements AutoCloseable {
  private final Checks checks;
  private final ConnectionTarget target;
  private final Optional<ConnectionTarget> source;
  private final Map<String, Answer> expected = new LinkedHashMap<>();
  private final Map<String, CheckResult> results = new LinkedHashMap<>();
  private final Programs programs;
  private volatile boolean interrupted;
  private Consumer<CheckResult> listener = _ -> {};

  /// @param source the server that the rows come from, if they come from one
  /// @param recording the answers to compare with
  /// @param facts variables for the commands, such as the name of the run
  /// @throws PgmendException if a check compares with answers that are not to be had
  public Checker(
      Checks checks,
      ConnectionTarget target,
      Optional<ConnectionTarget> source,
      Optional<Recording> recording,
      Map<String, String> facts) {
    this.checks = checks;
    this.target = target;
    this.source = source;
    this.programs = new Programs(checks.directory(), target, facts);
    for (Check check : checks.all()) {
      if (check instanceof Check.Query query) {
        comparable(query, recording);
      }
    }
  }

  private void comparable(Check.Query query, Optional<Recording> recording) {
    if (query.expected() instanceof Expected.SameAsSource && source.isEmpty()) {
      throw new PgmendException(
          Kind.USAGE,
          "check \"%s\" compares with the source, and the backup is no server that could be asked; nothing was changed"
              .formatted(query.name()),
          "same-as: recorded compares with what pgmend checks record has written down.");
    }
    if (query.expected() instanceof Expected.SameAsRecorded) {
      Recording.Recorded answer =
          recording
              .map(taken -> taken.answers().get(query.name()))
              .orElseThrow(() ->
                  new PgmendException(
                      Kind.USAGE,
                      "check \"%s\" compares with a recorded answer, and there is none; nothing was changed"
                          .formatted(query.name()),
                      "pgmend checks record writes today's answers; --recorded names the file."));
      if (!answer.sql().equals(query.sql())) {
        throw new PgmendException(
            Kind.USAGE,
            "check \"%s\" asks another query than the one whose answer was recorded; nothing was changed"
                .formatted(query.name()),
            "The recorded one: " + answer.sql());
      }
      expected.put(query.name(), answer.answer());
    }
  }

  /// Says who is told of each result.
  public void listener(Consumer<CheckResult> told) {
    this.listener = told;
  }

  /// Makes the commands and probes of before: they see what everybody sees. Asks the source for what queries are compared with.
  public void beforeCutover() {
    for (Check check : checks.at(When.BEFORE)) {
      switch (check) {
        case Check.Query query -> askSource(query);
        case Check.Program program -> outcome(program, () -> programs.run(program));
        case Check.Probe probe -> outcome(probe, () -> Probes.ask(probe));
      }
    }
    failures(When.BEFORE).forEach(Checker::refuse);
  }

  /// Asks the queries of before in the transaction that the session is in, and stops at the first that fails: locks are held.
  public void beforeCommit(Session session) {
    for (Check check : checks.at(When.BEFORE)) {
      if (check instanceof Check.Query query && !answer(session, query)) {
        refuse(Objects.requireNonNull(results.get(query.name())));
      }
    }
  }

  private static void refuse(CheckResult failed) {
    throw new PgmendException(
        Kind.CHECK,
        "check \"%s\" failed: %s; the target is unchanged"
            .formatted(failed.check().name(), failed.detail()),
        "Look at what the check found, or leave it out; pgmend checks run tries it against the target as it is.");
  }

  /// Makes all checks of after, each of them.
  ///
  /// @return those that failed
  public List<CheckResult> after() {
    return all(checks.at(When.AFTER));
  }

  /// Makes all checks, each of them, against the target as it is.
  ///
  /// @return those that failed
  public List<CheckResult> now() {
    return all(checks.all());
  }

  private List<CheckResult> all(List<Check> some) {
    boolean queries = some.stream().anyMatch(Check.Query.class::isInstance);
    Optional<Session> session = queries ? Optional.of(Session.open(target)) : Optional.empty();
    try {
      for (Check check : some) {
        switch (check) {
          case Check.Query query -> {
            askSource(query);
            Session asked = session.orElseThrow();
            asked.begin();
            try {
              answer(asked, query);
            } finally {
              asked.rollback();
            }
          }
          case Check.Program program -> outcome(program, () -> programs.run(program));
          case Check.Probe probe -> outcome(probe, () -> Probes.ask(probe));
        }
      }
    } finally {
      session.ifPresent(Session::close);
    }
    return some.stream()
        .map(check -> results.get(check.name()))
        .filter(Objects::nonNull)
        .filter(result -> !result.passed())
        .toList();
  }

  private void askSource(Check.Query query) {
    if (!(query.expected() instanceof Expected.SameAsSource)) {
      return;
    }
    try (Session session = Session.open(source.orElseThrow())) {
      session.begin();
      expected.put(query.name(), Answer.of(session, query.sql(), query.timeout()));
      session.rollback();
    } catch (SqlFailure failure) {
      outcome(query, () -> Optional.of("the source fails it: " + failure.getMessage()));
    }
  }

  private boolean answer(Session session, Check.Query query) {
    stopIfAsked();
    long start = System.nanoTime();
    Optional<String> wrong;
    String found = "as expected";
    try {
      Answer answer = Answer.of(session, query.sql(), query.timeout());
      found = "%d rows".formatted(answer.rows());
      if (answer.rows() == 1 && !answer.first().getFirst().contains("\t")) {
        found = Answer.shown(answer.value().orElse("NULL"));
      }
      wrong = wrong(query, answer);
    } catch (SqlFailure failure) {
      if (failure.kind() == Kind.LOCKED || failure.kind() == Kind.CONNECTION) {
        throw failure;
      }
      wrong =
          Optional.of(
              failure.sqlState().equals("57014")
                  ? "no answer within " + words(query.timeout())
                  : String.valueOf(failure.getMessage()));
    }
    return add(query, wrong, found, start);
  }

  private Optional<String> wrong(Check.Query query, Answer answer) {
    return switch (query.expected()) {
      case Expected.Value value -> wrongValue(value, answer);
      case Expected.Rows rows ->
          answer.rows() == rows.count()
              ? Optional.empty()
              : Optional.of(
                  "%d rows, expected %d%s"
                      .formatted(
                          answer.rows(),
                          rows.count(),
                          answer.rows() == 0
                              ? ""
                              : "; the first is " + Answer.shown(answer.first().getFirst())));
      case Expected.SameAsSource _ -> unlike(query, answer, "on the source");
      case Expected.SameAsRecorded _ -> unlike(query, answer, "when it was recorded");
    };
  }

  private Optional<String> unlike(Check.Query query, Answer answer, String whose) {
    Answer other = expected.get(query.name());
    if (other == null) {
      return Optional.of("the source did not answer it");
    }
    boolean same = other.rows() == answer.rows() && other.digest().equals(answer.digest());
    return same ? Optional.empty() : Optional.of(answer.difference(other, whose));
  }

  private static Optional<String> wrongValue(Expected.Value value, Answer answer) {
    if (answer.rows() != 1) {
      return Optional.of("%d rows, expected one value".formatted(answer.rows()));
    }
    if (answer.first().getFirst().contains("\t")) {
      return Optional.of("several columns, expected one value");
    }
    Optional<String> text = answer.value();
    return text.equals(value.text())
        ? Optional.empty()
        : Optional.of(
            "%s, expected %s".formatted(text.orElse("NULL"), value.text().orElse("NULL")));
  }

  private void outcome(Check check, Supplier<Optional<String>> attempt) {
    stopIfAsked();
    long start = System.nanoTime();
    add(check, attempt.get(), "as expected", start);
    stopIfAsked();
  }

  private boolean add(Check check, Optional<String> wrong, String found, long start) {
    CheckResult result =
        new CheckResult(
            check,
            wrong.isEmpty(),
            wrong.orElse(found),
            Duration.ofNanos(System.nanoTime() - start));
    results.put(check.name(), result);
    listener.accept(result);
    return result.passed();
  }

  private List<CheckResult> failures(When when) {
    return results.values().stream()
        .filter(result -> result.check().when() == when && !result.passed())
        .toList();
  }

  /// {@return how every check ended that was made, in the order in which they were}
  public List<CheckResult> results() {
    return new ArrayList<>(results.values());
  }

  /// Stops the command that is running, and makes no further check. May be called by any thread.
  public void interrupt() {
    interrupted = true;
    programs.stop();
  }

  private void stopIfAsked() {
    if (interrupted) {
      throw new PgmendException(
          Kind.INTERRUPTED,
          "interrupted while checks were made",
          "pgmend status says where the run stands.");
    }
  }

  static String words(Duration span) {
    return span.toMillis() % 1000 == 0
        ? "%d s".formatted(span.toSeconds())
        : "%d ms".formatted(span.toMillis());
  }

  @Override
  public void close() {
    programs.close();
  }
}
