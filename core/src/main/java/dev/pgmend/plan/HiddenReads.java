package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.closure.Closure;
import dev.pgmend.closure.Wording;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds functions that run while a table is loaded or indexed and that read, by name, a table which is still in staging then.
/// No catalog knows what the text of a function reads; a word that equals the name counts, which errs on the safe side.
final class HiddenReads {
  private static final Pattern WORD = Pattern.compile("[\\p{L}_][\\p{L}\\p{N}_$]*");
  private static final Set<String> EVALUATING =
      Set.of("TABLE", "DEFAULT", "CONSTRAINT", "CHECK CONSTRAINT", "INDEX", "STATISTICS");
  private static final Set<String> ROUTINES = Set.of("FUNCTION", "PROCEDURE", "AGGREGATE");

  private HiddenReads() {}

  /// {@return a sentence that names one such function, empty if there is none}
  static Optional<String> find(Closure closure, Collection<Entry> all) {
    Set<Integer> needed = new HashSet<>();
    closure.tables().forEach(entry -> needed.addAll(entry.dependencies()));
    closure.belongings().stream()
        .filter(entry -> EVALUATING.contains(entry.desc()))
        .forEach(entry -> needed.addAll(entry.dependencies()));
    List<Entry> routines = all.stream().filter(entry -> ROUTINES.contains(entry.desc())).toList();
    List<Entry> reached =
        new ArrayList<>(
            routines.stream().filter(entry -> needed.contains(entry.dumpId())).toList());
    if (reached.isEmpty()) {
      return Optional.empty();
    }
    Set<String> absent = new HashSet<>();
    closure.tables().forEach(table -> absent.add(table.tag()));
    closure.dependents().stream()
        .filter(entry -> entry.desc().equals("VIEW") || entry.desc().equals("MATERIALIZED VIEW"))
        .forEach(view -> absent.add(view.tag()));
    Set<Integer> seen = new LinkedHashSet<>();
    reached.forEach(entry -> seen.add(entry.dumpId()));
    for (int i = 0; i < reached.size(); i++) {
      Set<String> words = words(reached.get(i).defn());
      Optional<String> read = absent.stream().filter(words::contains).findFirst();
      if (read.isPresent()) {
        return Optional.of(
            "%s, which runs while rows are loaded or indexed, reads %s"
                .formatted(Wording.of(reached.get(i)), read.get()));
      }
      for (Entry routine : routines) {
        if (words.contains(name(routine)) && seen.add(routine.dumpId())) {
          reached.add(routine);
        }
      }
    }
    return Optional.empty();
  }

  static String name(Entry routine) {
    int parenthesis = routine.tag().indexOf('(');
    return parenthesis < 0 ? routine.tag() : routine.tag().substring(0, parenthesis);
  }

  static Set<String> words(String text) {
    Set<String> words = new HashSet<>();
    Matcher matcher = WORD.matcher(text);
    while (matcher.find()) {
      words.add(matcher.group());
      words.add(matcher.group().toLowerCase(java.util.Locale.ROOT));
    }
    return words;
  }
}
