package dev.pgmend.checks;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/// A part of a YAML file that knows where it stands. Nothing is guessed: what is not what was asked for is an error with file and line.
final class YamlNode {
  private static final long LARGEST = 1 << 20;

  private final Path file;
  private final Node node;

  private YamlNode(Path file, Node node) {
    this.file = file;
    this.node = node;
  }

  /// Reads a file of one document.
  static YamlNode read(Path file) {
    String text;
    try {
      if (Files.size(file) > LARGEST) {
        throw new PgmendException(Kind.USAGE, "%s: longer than 1 MB".formatted(file));
      }
      text = Files.readString(file);
    } catch (IOException e) {
      throw new PgmendException(
          Kind.USAGE, "cannot read %s: %s".formatted(file, e.getMessage()), null, e);
    }
    try {
      Optional<Node> root =
          new Compose(LoadSettings.builder().setLabel(file.toString()).build()).composeString(text);
      return new YamlNode(
          file,
          root.orElseThrow(
              () -> new PgmendException(Kind.USAGE, "%s: the file is empty".formatted(file))));
    } catch (MarkedYamlEngineException e) {
      throw new PgmendException(
          Kind.USAGE,
          "%s:%d: %s"
              .formatted(
                  file,
                  e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1),
                  e.getProblem()),
          null,
          e);
    } catch (YamlEngineException e) {
      throw new PgmendException(Kind.USAGE, "%s: %s".formatted(file, e.getMessage()), null, e);
    }
  }

  /// {@return the values of a mapping that has no other keys than these}
  Map<String, YamlNode> mapping(Set<String> known) {
    Map<String, YamlNode> values = mapping();
    values.forEach((key, value) -> {
      if (!known.contains(key)) {
        throw value.wrong(
            "unknown key \"%s\"".formatted(key),
            "Known here: %s.".formatted(String.join(", ", known.stream().sorted().toList())));
      }
    });
    return values;
  }

  /// {@return the values of a mapping, whatever its keys}
  Map<String, YamlNode> mapping() {
    if (!(node instanceof MappingNode mapping)) {
      throw wrong("a mapping (key: value) is expected here");
    }
    Map<String, YamlNode> values = new LinkedHashMap<>();
    for (NodeTuple entry : mapping.getValue()) {
      String key = new YamlNode(file, entry.getKeyNode()).text();
      if (values.put(key, new YamlNode(file, entry.getValueNode())) != null) {
        throw new YamlNode(file, entry.getKeyNode()).wrong("\"%s\" is there twice".formatted(key));
      }
    }
    return values;
  }

  List<YamlNode> list() {
    if (!(node instanceof SequenceNode sequence)) {
      throw wrong("a list is expected here");
    }
    return sequence.getValue().stream().map(each -> new YamlNode(file, each)).toList();
  }

  boolean isList() {
    return node instanceof SequenceNode;
  }

  /// {@return a scalar as it is written, quotes resolved; empty for null}
  Optional<String> scalar() {
    if (!(node instanceof ScalarNode scalar)) {
      throw wrong("a single value is expected here");
    }
    return scalar.getTag().equals(Tag.NULL) ? Optional.empty() : Optional.of(scalar.getValue());
  }

  /// {@return text that is not empty}
  String text() {
    String text = scalar().orElse("");
    if (text.isBlank()) {
      throw wrong("text is expected here");
    }
    return text;
  }

  /// {@return a whole number of at least 0}
  long number() {
    String text = text();
    if (!text.matches("[0-9]{1,18}")) {
      throw wrong("\"%s\" is not a whole number".formatted(text));
    }
    return Long.parseLong(text);
  }

  PgmendException wrong(String what) {
    return wrong(what, null);
  }

  /// {@return what to throw about this place of the file}
  PgmendException wrong(String what, @Nullable String hint) {
    int line = node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
    return new PgmendException(Kind.USAGE, "%s:%d: %s".formatted(file, line, what), hint);
  }
}
