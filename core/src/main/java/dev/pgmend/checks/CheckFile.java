package dev.pgmend.checks;

import dev.pgmend.PgmendException;
import dev.pgmend.checks.Check.Expected;
import dev.pgmend.checks.Check.When;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads a file of checks; docs/checks.md describes it. Unknown keys and values of another type are errors.
public final class CheckFile {
  private static final Set<String> COMMON = Set.of("name", "when", "timeout");
  private static final Set<String> SQL = Set.of("sql", "value", "rows", "no-rows", "same-as");
  private static final Set<String> COMMAND = Set.of("command", "exit", "environment");
  private static final Set<String> HTTP = Set.of("http", "status", "contains");
  private static final Pattern SPAN = Pattern.compile("([0-9]{1,6})(ms|s|m)?");

  /// The locks of the cutover are held while a query is asked before it commits.
  private static final Duration BEFORE = Duration.ofSeconds(10);

  private static final Duration USUAL = Duration.ofSeconds(60);

  private CheckFile() {}

  /// Reads a file.
  ///
  /// @throws PgmendException of kind USAGE, naming file and line
  public static Checks read(Path file) {
    YamlNode root = YamlNode.read(file);
    YamlNode list = needed(root, root.mapping(Set.of("checks")), "checks");
    List<Check> checks = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (YamlNode node : list.list()) {
      Check check = check(node);
      if (!names.add(check.name())) {
        throw node.wrong("two checks are called \"%s\"".formatted(check.name()));
      }
      checks.add(check);
    }
    if (checks.isEmpty()) {
      throw list.wrong("there are no checks");
    }
    Path directory = file.toAbsolutePath().getParent();
    return new Checks(directory == null ? Path.of("/") : directory, checks);
  }

  private static Check check(YamlNode node) {
    Map<String, YamlNode> keys = node.mapping();
    List<String> kinds =
        List.of("sql", "command", "http").stream().filter(keys::containsKey).toList();
    if (kinds.size() != 1) {
      throw node.wrong(
          kinds.isEmpty()
              ? "a check is one of sql, command and http"
              : "a check is only one of %s".formatted(String.join(", ", kinds)));
    }
    Set<String> known = new HashSet<>(COMMON);
    known.addAll(
        switch (kinds.getFirst()) {
          case "sql" -> SQL;
          case "command" -> COMMAND;
          default -> HTTP;
        });
    node.mapping(known);
    String name = needed(node, keys, "name").text();
    When when = when(needed(node, keys, "when"));
    Duration timeout =
        keys.containsKey("timeout")
            ? span(needed(node, keys, "timeout"))
            : when == When.BEFORE && kinds.getFirst().equals("sql") ? BEFORE : USUAL;
    return switch (kinds.getFirst()) {
      case "sql" ->
          new Check.Query(
              name, when, timeout, needed(node, keys, "sql").text(), expected(node, keys));
      case "command" ->
          new Check.Program(
              name,
              when,
              timeout,
              words(needed(node, keys, "command")),
              code(keys, "exit", 0, 255),
              environment(keys));
      default ->
          new Check.Probe(
              name,
              when,
              timeout,
              address(needed(node, keys, "http")),
              code(keys, "status", 200, 599),
              Optional.ofNullable(keys.get("contains")).map(YamlNode::text));
    };
  }

  private static YamlNode needed(YamlNode node, Map<String, YamlNode> keys, String key) {
    YamlNode value = keys.get(key);
    if (value == null) {
      throw node.wrong("\"%s\" is missing".formatted(key));
    }
    return value;
  }

  private static When when(YamlNode node) {
    return switch (node.text()) {
      case "before" -> When.BEFORE;
      case "after" -> When.AFTER;
      default -> throw node.wrong("when is before or after");
    };
  }

  private static Duration span(YamlNode node) {
    Matcher text = SPAN.matcher(node.text());
    if (!text.matches() || Long.parseLong(text.group(1)) == 0) {
      throw node.wrong("a time such as 500ms, 10s or 2m is expected here");
    }
    long number = Long.parseLong(text.group(1));
    String unit = text.group(2);
    if ("ms".equals(unit)) {
      return Duration.ofMillis(number);
    }
    return "m".equals(unit) ? Duration.ofMinutes(number) : Duration.ofSeconds(number);
  }

  private static Expected expected(YamlNode node, Map<String, YamlNode> keys) {
    List<String> given =
        List.of("value", "rows", "no-rows", "same-as").stream().filter(keys::containsKey).toList();
    if (given.size() != 1) {
      throw node.wrong(
          "a query needs exactly one of value, rows, no-rows and same-as; %s"
              .formatted(given.isEmpty() ? "none is there" : String.join(", ", given)));
    }
    YamlNode value = needed(node, keys, given.getFirst());
    return switch (given.getFirst()) {
      case "value" -> new Expected.Value(value.scalar());
      case "rows" -> new Expected.Rows(value.number());
      case "no-rows" -> {
        if (!value.text().equals("true")) {
          throw value.wrong("no-rows is true, or left out");
        }
        yield new Expected.Rows(0);
      }
      default ->
          switch (value.text()) {
            case "source" -> new Expected.SameAsSource();
            case "recorded" -> new Expected.SameAsRecorded();
            default -> throw value.wrong("same-as is source or recorded");
          };
    };
  }

  /// A list is run as it stands, a line by the shell.
  private static List<String> words(YamlNode node) {
    if (!node.isList()) {
      return List.of("/bin/sh", "-c", node.text());
    }
    List<String> words = node.list().stream().map(word -> word.scalar().orElse("")).toList();
    if (words.isEmpty() || words.getFirst().isEmpty()) {
      throw node.wrong("the command is empty");
    }
    return words;
  }

  private static int code(Map<String, YamlNode> keys, String key, int usual, int largest) {
    YamlNode node = keys.get(key);
    if (node == null) {
      return usual;
    }
    long number = node.number();
    if (number > largest) {
      throw node.wrong("%s is at most %d".formatted(key, largest));
    }
    return (int) number;
  }

  private static Map<String, String> environment(Map<String, YamlNode> keys) {
    Map<String, String> environment = new LinkedHashMap<>();
    YamlNode node = keys.get("environment");
    if (node != null) {
      node.mapping()
          .forEach((name, value) -> {
            if (!name.matches("[A-Za-z_][A-Za-z0-9_]*")) {
              throw value.wrong("\"%s\" is not the name of a variable".formatted(name));
            }
            environment.put(name, value.scalar().orElse(""));
          });
    }
    return environment;
  }

  private static URI address(YamlNode node) {
    try {
      URI address = URI.create(node.text());
      if (address.getHost() != null
          && ("http".equals(address.getScheme()) || "https".equals(address.getScheme()))
          && address.getUserInfo() == null) {
        return address;
      }
    } catch (IllegalArgumentException e) {
      throw node.wrong("this is no http or https address: " + e.getMessage());
    }
    throw node.wrong("an address such as http://localhost:8080/health is expected here");
  }
}
