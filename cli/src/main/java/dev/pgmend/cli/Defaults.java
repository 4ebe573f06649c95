package dev.pgmend.cli;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/// Values of options that were not typed: from `PGMEND_*` variables, else from a file. Only for options that do not decide what is
/// restored.
final class Defaults implements IDefaultValueProvider {
  /// The options that have such defaults.
  static final Set<String> OPTIONS =
      Set.of(
          "checks",
          "from",
          "limit-change",
          "max-block",
          "no-acl",
          "no-owner",
          "orphans",
          "quiet",
          "report",
          "staging-schema",
          "to",
          "triggers");

  private static final Set<String> FLAGS = Set.of("no-acl", "no-owner", "quiet");

  private final Map<String, String> environment;
  private @Nullable Map<String, String> file;

  Defaults(Map<String, String> environment) {
    this.environment = environment;
  }

  /// Reads everything, so that what is wrong is found before any of it is used.
  void check() {
    OPTIONS.stream()
        .filter(name -> FLAGS.contains(name))
        .forEach(name -> {
          String value = value(name);
          if (value != null && !value.equals("true") && !value.equals("false")) {
            throw new PgmendException(
                Kind.USAGE,
                "%s is true or false, not \"%s\"".formatted(name, value),
                "It is set by %s or by the configuration file.".formatted(variable(name)));
          }
        });
  }

  private static String variable(String name) {
    return "PGMEND_" + name.toUpperCase(Locale.ROOT).replace('-', '_');
  }

  private @Nullable String value(String name) {
    String value = environment.get(variable(name));
    return value == null || value.isEmpty() ? file().get(name) : value;
  }

  @Override
  public @Nullable String defaultValue(ArgSpec argument) {
    if (!(argument instanceof OptionSpec option)) {
      return null;
    }
    String name = option.longestName().replaceFirst("^--", "");
    return OPTIONS.contains(name) ? value(name) : null;
  }

  private Map<String, String> file() {
    Map<String, String> known = file;
    if (known == null) {
      known = read();
      file = known;
    }
    return known;
  }

  private Map<String, String> read() {
    String named = environment.getOrDefault("PGMEND_CONFIG", "");
    String xdg = environment.getOrDefault("XDG_CONFIG_HOME", "");
    String home = environment.getOrDefault("HOME", "");
    if (named.isEmpty() && xdg.isEmpty() && home.isEmpty()) {
      return Map.of();
    }
    Path path =
        !named.isEmpty()
            ? Path.of(named)
            : (xdg.isEmpty() ? Path.of(home, ".config") : Path.of(xdg)).resolve("pgmend/config");
    if (named.isEmpty() && !Files.exists(path)) {
      return Map.of();
    }
    try {
      return parse(path, Files.readAllLines(path, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new PgmendException(
          Kind.USAGE, "cannot read %s: %s".formatted(path, e.getMessage()), null, e);
    }
  }

  private static Map<String, String> parse(Path path, List<String> lines) {
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      int equals = line.indexOf('=');
      String name = equals < 0 ? line : line.substring(0, equals).strip();
      if (equals < 0) {
        throw wrong(path, i, "a line name = value is expected");
      }
      if (!OPTIONS.contains(name)) {
        throw wrong(path, i, "\"%s\" has no default".formatted(name));
      }
      if (values.put(name, line.substring(equals + 1).strip()) != null) {
        throw wrong(path, i, "\"%s\" is there twice".formatted(name));
      }
    }
    return values;
  }

  private static PgmendException wrong(Path path, int index, String what) {
    return new PgmendException(
        Kind.USAGE,
        "%s:%d: %s".formatted(path, index + 1, what),
        "Known: %s.".formatted(String.join(", ", new TreeSet<>(OPTIONS))));
  }
}
