package dev.pgmend.cli;

import dev.pgmend.PgmendException.Kind;
import dev.pgmend.plan.RefusalCode;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/// What the codes of errors mean: for the terminal, and as docs/errors.md.
final class ErrorPage {
  private ErrorPage() {}

  static String exitCodes() {
    return Arrays.stream(Kind.values())
        .map(kind -> "%4d  %-12s %s%n".formatted(kind.exitCode(), kind.code(), kind.meaning()))
        .collect(Collectors.joining("", "   0  done, or nothing to do%n".formatted(), ""));
  }

  static String list() {
    return exitCodes()
        + "%nWhy a plan is refused (exit code 5):%n".formatted()
        + Arrays.stream(RefusalCode.values())
            .map(RefusalCode::code)
            .collect(Collectors.joining(", ", "  ", "%n".formatted()))
        + "%npgmend help errors CODE explains one.%n".formatted();
  }

  /// {@return what is to be said of a code, empty if there is none}
  static Optional<String> of(String code) {
    Optional<String> refusal =
        RefusalCode.of(code)
            .map(one ->
                "%s: the plan is refused; exit code %d%nWhen: %s%nDo:   %s%nThe target is unchanged.%n"
                    .formatted(one.code(), Kind.REFUSED.exitCode(), one.meaning(), one.remedy()));
    return refusal.or(() ->
        Arrays.stream(Kind.values())
            .filter(kind -> kind.code().equals(code))
            .findFirst()
            .map(kind ->
                "%s: exit code %d%nWhen:  %s%nState: %s%nDo:    %s%n"
                    .formatted(
                        kind.code(), kind.exitCode(), kind.meaning(), kind.state(), kind.hint())));
  }

  /// {@return docs/errors.md}
  static String markdown() {
    StringBuilder page = new StringBuilder();
    page.append(
        """
        # Errors

        Every failure of pgmend names its code (`CODE:` on the terminal, `failure.code` in JSON), what became of the target, and what to do next.
        The codes are stable. This page is made from `PgmendException.Kind` and `plan.RefusalCode`; a test fails when it is not what they say.
        `pgmend help errors CODE` shows a part of it. [exit-codes.md](exit-codes.md) says in detail when each exit code is returned.

        ## Failures

        | code | exit code | meaning | state of the target | what to do, unless the message says better |
        |---|---|---|---|---|
        """);
    for (Kind kind : Kind.values()) {
      page.append(
          "| `%s` | %d | %s | %s | %s |\n"
              .formatted(kind.code(), kind.exitCode(), kind.meaning(), kind.state(), kind.hint()));
    }
    page.append(
        """

        ## Refusals of the plan

        Printed as `[code] reason` with a hint. One plan lists all its refusals at once; a failing `restore` names the first. Exit code 5, and the
        target is unchanged.

        | code | meaning | remedy |
        |---|---|---|
        """);
    for (RefusalCode refusal : RefusalCode.values()) {
      page.append(
          "| `%s` | %s | %s |\n".formatted(refusal.code(), refusal.meaning(), refusal.remedy()));
    }
    return page.toString();
  }
}
