package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.closure.Wording;
import dev.pgmend.sql.KeyDefinition;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Orders what staged tables are given after their rows so that all indexes, those of keys included, can be built at the same time: first
/// what locks its table for itself, then the indexes, then what is said of them (a key takes its index; CLUSTER ON, REPLICA
/// IDENTITY), and last the partitions' indexes go to their parents'.
final class BuildOrder {
  private final List<Step> alone = new ArrayList<>();
  private final List<Step> indexes = new ArrayList<>();
  private final List<Step> named = new ArrayList<>();
  private final List<Step> attached = new ArrayList<>();

  /// @param statements one or several
  void alone(Entry entry, String statements) {
    alone.add(statement("build", entry, statements));
  }

  void attach(Entry entry, String statement) {
    attached.add(statement("build", entry, statement));
  }

  /// @param storage the settings that say where the index is put
  /// @param definition CREATE INDEX, and what else is said of the index
  void index(Entry entry, String storage, String definition, QualifiedName table) {
    List<String> statements = Sql.split(definition);
    build(entry, storage, statements.getFirst(), table);
    if (statements.size() > 1) {
      say(entry, "set properties of", statements.subList(1, statements.size()));
    }
  }

  /// @param taking whether a key can take an index that is there
  void constraint(Entry entry, String storage, String definition, Predicate<KeyDefinition> taking) {
    List<String> statements = new ArrayList<>(Sql.split(definition));
    Optional<KeyDefinition> key = KeyDefinition.of(statements.getFirst()).filter(taking);
    if (key.isEmpty()) {
      alone(entry, storage + definition);
      return;
    }
    build(entry, storage, key.get().index(), key.get().table());
    statements.set(0, key.get().constraint());
    say(entry, "add", statements);
  }

  private void build(Entry entry, String storage, String create, QualifiedName table) {
    indexes.add(
        new BuildStep.Index(
            title("build", entry), storage + create, entry.dumpId(), table, width(create)));
  }

  private void say(Entry entry, String verb, List<String> statements) {
    named.add(statement(verb, entry, String.join(";\n", statements)));
  }

  private static Step statement(String verb, Entry entry, String statements) {
    return new Step.Statement(title(verb, entry), statements, "", entry.dumpId());
  }

  private static String title(String verb, Entry entry) {
    return verb + " " + Wording.of(entry);
  }

  private static int width(String index) {
    return 1 + (int) index.chars().filter(c -> c == ',').count();
  }

  List<Step> steps() {
    return Stream.of(alone, indexes, named, attached).flatMap(List::stream).toList();
  }
}
