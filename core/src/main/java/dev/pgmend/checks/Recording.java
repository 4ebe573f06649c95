package dev.pgmend.checks;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.postgres.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;

/// Answers that were written down to be compared with later, each with the query that was asked.
///
/// @param answers by the name of the check
public record Recording(Instant taken, String target, Map<String, Recorded> answers) {
  private static final Set<String> KEYS = Set.of("taken", "target", "answers");
  private static final Set<String> ANSWER = Set.of("name", "sql", "rows", "sha256", "first");

  /// One answer.
  public record Recorded(String sql, Answer answer) {}

  public Recording {
    answers = Map.copyOf(answers);
  }

  /// {@return the file that lies next to a backup}
  public static Path nextTo(Path backup) {
    return backup.resolveSibling(backup.getFileName() + ".checks.yaml");
  }

  /// Asks a server what the queries with `same-as: recorded` answer, each in a transaction of its own.
  public static Recording take(Checks checks, ConnectionTarget server, InstantSource clock) {
    Map<String, Recorded> answers = new LinkedHashMap<>();
    try (Session session = Session.open(server)) {
      for (Check check : checks.all()) {
        if (check instanceof Check.Query query
            && query.expected() instanceof Check.Expected.SameAsRecorded) {
          session.begin();
          answers.put(
              query.name(),
              new Recorded(query.sql(), Answer.of(session, query.sql(), query.timeout())));
          session.rollback();
        }
      }
    }
    return new Recording(clock.instant(), server.toString(), answers);
  }

  /// Writes a file that is not there yet.
  ///
  /// @param overwrite whether one that is there is replaced
  public void write(Path file, boolean overwrite) {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("taken", taken.toString());
    root.put("target", target);
    root.put(
        "answers",
        answers.entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .map(entry -> {
              Map<String, Object> answer = new LinkedHashMap<>();
              answer.put("name", entry.getKey());
              answer.put("sql", entry.getValue().sql());
              answer.put("rows", entry.getValue().answer().rows());
              answer.put("sha256", entry.getValue().answer().digest());
              answer.put("first", entry.getValue().answer().first());
              return answer;
            })
            .toList());
    String text =
        new Dump(DumpSettings.builder().setDefaultFlowStyle(FlowStyle.BLOCK).build())
            .dumpToString(root);
    try {
      if (overwrite) {
        Files.writeString(file, text);
      } else {
        Files.writeString(file, text, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      }
    } catch (java.nio.file.FileAlreadyExistsException e) {
      throw new PgmendException(
          Kind.USAGE,
          "%s is there already; it was not touched".formatted(file),
          "--overwrite replaces it.",
          e);
    } catch (IOException e) {
      throw new PgmendException(
          Kind.USAGE, "cannot write %s: %s".formatted(file, e.getMessage()), null, e);
    }
  }

  /// Reads such a file.
  public static Recording read(Path file) {
    YamlNode root = YamlNode.read(file);
    Map<String, YamlNode> keys = root.mapping(KEYS);
    Map<String, Recorded> answers = new LinkedHashMap<>();
    for (YamlNode node : value(root, keys, "answers").list()) {
      Map<String, YamlNode> answer = node.mapping(ANSWER);
      List<String> first =
          value(node, answer, "first").list().stream().map(row -> row.scalar().orElse("")).toList();
      answers.put(
          value(node, answer, "name").text(),
          new Recorded(
              value(node, answer, "sql").text(),
              new Answer(
                  value(node, answer, "rows").number(),
                  value(node, answer, "sha256").text(),
                  first)));
    }
    try {
      return new Recording(
          Instant.parse(value(root, keys, "taken").text()),
          value(root, keys, "target").text(),
          answers);
    } catch (java.time.DateTimeException e) {
      throw root.wrong("\"taken\" is not a time");
    }
  }

  private static YamlNode value(YamlNode node, Map<String, YamlNode> keys, String key) {
    YamlNode value = keys.get(key);
    if (value == null) {
      throw node.wrong("\"%s\" is missing".formatted(key));
    }
    return value;
  }
}
