package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.archive.Toc;
import dev.pgmend.catalog.Needs;
import dev.pgmend.closure.Wording;
import dev.pgmend.sql.Lexer;
import dev.pgmend.sql.SqlSyntaxException;
import dev.pgmend.sql.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Judges what differs from the backup among the things that a restore needs: refuses where the difference can change a value
/// that is stored or computed in the table, and reports it otherwise.
final class NeedCheck {
  private static final Set<String> HARMLESS = Set.of("planner hints", "security");

  private final Draft draft;
  private final Map<Integer, Entry> all;
  private final Set<Integer> types;
  private final Set<Integer> computing;
  private boolean typesDiffer;

  NeedCheck(Draft draft, Toc toc, Map<Integer, Entry> all) {
    this.draft = draft;
    this.all = all;
    this.types = NeedCopies.typesOfColumns(toc, draft.closure);
    this.computing = NeedCopies.computing(toc, draft.closure);
  }

  /// Adds refusals and notices to the draft.
  void run() {
    for (Needs.Difference difference : draft.target.needs().differences()) {
      Entry entry = entry(difference.entry());
      String words =
          "%s is defined otherwise than in the backup (%s: %s in the target, %s in the backup)"
              .formatted(
                  name(entry),
                  difference.aspect(),
                  shortened(difference.live()),
                  shortened(difference.backup()));
      boolean type = types.contains(entry.dumpId()) && decidesValues(entry, difference);
      typesDiffer |= type;
      boolean computes =
          computing.contains(entry.dumpId()) && !HARMLESS.contains(difference.aspect());
      judge(entry, words, type, computes);
    }
    draft
        .target
        .needs()
        .unknown()
        .forEach((id, unknown) -> {
          Entry entry = entry(id);
          boolean dependent =
              draft.closure.dependents().stream().anyMatch(other -> other.dumpId() == id);
          if (!dependent && !sameWords(entry.defn(), unknown.live())) {
            judge(
                entry,
                "%s could not be compared with the backup's definition: %s"
                    .formatted(name(entry), unknown.reason()),
                false,
                computing.contains(id));
          }
        });
  }

  /// {@return whether a column is of a type that is not the backup's, so that no value may change on its way in}
  boolean typesDiffer() {
    return typesDiffer;
  }

  private Entry entry(int id) {
    Entry entry = all.get(id);
    if (entry == null) {
      throw new IllegalStateException("no entry " + id);
    }
    return entry;
  }

  private void judge(Entry entry, String words, boolean type, boolean computes) {
    if (!type && !computes) {
      draft.notices.add("needed, and left as it is: " + words);
    } else if (draft.request.acceptNeeds()) {
      draft.notices.add("accepted (--accept-needs): " + words);
    } else {
      draft.refuse(
          "need",
          words
              + (type
                  ? "; values of the table's columns could change"
                  : "; a generated column would be computed otherwise"),
          "In the backup: %s Make it so, or use --accept-needs to restore with what the target has%s."
              .formatted(
                  shortened(entry.defn()),
                  type ? "; values that it would change are refused even so" : ""));
    }
  }

  private static boolean decidesValues(Entry entry, Needs.Difference difference) {
    if (entry.desc().equals("DOMAIN")) {
      return Set.of("kind", "base type", "collation").contains(difference.aspect());
    }
    // New labels change nothing about the old ones as long as these keep their order.
    return !difference.aspect().equals("labels")
        || !isWithin(labels(difference.backup()), labels(difference.live()));
  }

  private static List<String> labels(String literals) {
    return Lexer.tokens(literals).stream()
        .filter(token -> token.kind() == Token.Kind.STRING)
        .map(Token::value)
        .toList();
  }

  private static boolean isWithin(List<String> part, List<String> whole) {
    int at = 0;
    for (String label : whole) {
      if (at < part.size() && part.get(at).equals(label)) {
        at++;
      }
    }
    return at == part.size();
  }

  /// {@return whether both texts define the same, clauses perhaps in another order}
  static boolean sameWords(String one, String other) {
    if (other.isEmpty()) {
      return false;
    }
    try {
      return words(one).equals(words(other));
    } catch (SqlSyntaxException e) {
      return false;
    }
  }

  private static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    for (Token token : Lexer.tokens(text)) {
      if (!token.is(";") && !token.isWord("or") && !token.isWord("replace")) {
        words.add(token.value());
      }
    }
    words.sort(null);
    return words;
  }

  private static String name(Entry entry) {
    return entry.desc().equals("TABLE") ? "row type of " + Wording.of(entry) : Wording.of(entry);
  }

  private static String shortened(String text) {
    String line = text.replaceAll("\\s+", " ").strip();
    return line.isEmpty() ? "nothing" : line.length() <= 160 ? line : line.substring(0, 160) + " …";
  }
}
