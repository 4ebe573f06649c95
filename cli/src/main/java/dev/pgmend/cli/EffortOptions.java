package dev.pgmend.cli;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.load.Effort;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How a run does its work: how many connections, how much proof, how fast at most.
final class EffortOptions {
  private static final Pattern RATE = Pattern.compile("(\\d{1,9})(k|m|g)?b?(/s)?");
  private static final Map<String, Long> UNITS =
      Map.of("", 1L, "k", 1L << 10, "m", 1L << 20, "g", 1L << 30);

  @Option(
      names = {"-j", "--jobs"},
      paramLabel = "N",
      description =
          "Connections that work at once, beside the one that watches (default: this machine's processors, 4 at most); 1 does everything on one.")
  private @Nullable Integer jobs;

  @Option(
      names = "--verify",
      paramLabel = "HOW",
      defaultValue = "full",
      description =
          "full: every row is hashed, read back and compared (default); counts: rows are counted only.")
  private String verify = "full";

  @Option(
      names = "--rate",
      paramLabel = "RATE",
      description =
          "Most rows that go to or come from the target in a second, as 50MB/s; for a busy server.")
  private @Nullable String rate;

  /// {@return what was asked for}
  /// @throws PgmendException of kind USAGE if it makes no sense
  Effort effort() {
    int connections = jobs == null ? Effort.usualJobs() : jobs;
    if (connections < 1 || connections > 64) {
      throw new PgmendException(
          Kind.USAGE,
          "--jobs %d makes no sense".formatted(connections),
          "A number from 1 to 64; 1 works on one connection alone.");
    }
    return new Effort(
        connections,
        switch (verify) {
          case "full" -> Effort.Verify.FULL;
          case "counts" -> Effort.Verify.COUNTS;
          default ->
              throw new PgmendException(
                  Kind.USAGE,
                  "unknown value \"%s\" for --verify".formatted(verify),
                  "Known: full, counts.");
        },
        rate == null ? 0 : bytes(rate));
  }

  private static long bytes(String text) {
    Matcher matcher = RATE.matcher(text.toLowerCase(Locale.ROOT));
    long number = 0;
    if (matcher.matches()) {
      String unit = matcher.group(2) == null ? "" : matcher.group(2);
      number = Long.parseLong(matcher.group(1)) * UNITS.getOrDefault(unit, 1L);
    }
    if (number == 0) {
      throw new PgmendException(
          Kind.USAGE,
          "\"%s\" is not a rate".formatted(text),
          "For example --rate 50MB/s; units: kB, MB, GB of 1024.");
    }
    return number;
  }
}
