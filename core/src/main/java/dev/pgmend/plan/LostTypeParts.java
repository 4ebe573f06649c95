package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.Needs;
import dev.pgmend.closure.Entries;
import dev.pgmend.closure.Wording;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import dev.pgmend.sql.SqlSyntaxException;
import dev.pgmend.sql.TypeParts;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Brings back the attributes of composite types and the checks of domains that fell with a table while the type itself stayed.
final class LostTypeParts {
  private final Draft draft;
  private final EntrySql sql;
  private final Preflight preflight;
  private final Set<QualifiedName> tables = new HashSet<>();
  private final List<Step> attributes = new ArrayList<>();
  private final List<Step> checks = new ArrayList<>();
  private final List<Step> attributeRemovals = new ArrayList<>();
  private final List<Step> checkRemovals = new ArrayList<>();

  /// @param created the tables that are created, whose row types come back
  LostTypeParts(Draft draft, EntrySql sql, Preflight preflight, Collection<Entry> created) {
    this.draft = draft;
    this.sql = sql;
    this.preflight = preflight;
    created.forEach(table -> tables.add(Entries.name(table)));
  }

  /// Takes up a type or domain that is there and depends on something that fell.
  void add(Entry type) {
    Needs.Unknown live = draft.target.needs().unknown().get(type.dumpId());
    try {
      String wanted = sql.definition(type);
      boolean done =
          live != null
              && !live.live().isEmpty()
              && (type.desc().equals("DOMAIN")
                  ? domain(type, wanted, live.live())
                  : composite(type, wanted, live.live()));
      if (done) {
        preflight.myType(Entries.name(type), "bring back what it lost with the table");
        return;
      }
    } catch (SqlSyntaxException e) {
      // A kind of type that has no parts of this kind: refused like the others.
    }
    draft.refuse(
        "part",
        "%s has lost the part of it that depends on the table, and pgmend cannot bring it back%s"
            .formatted(
                Wording.of(type),
                isUsed(type) ? ": columns of that type have lost their values for it" : ""),
        "Restore the table with --mode beside, and the type by hand; in the backup it is: "
            + type.defn().replaceAll("\\s+", " ").strip());
  }

  private boolean composite(Entry type, String wanted, String live) {
    Map<String, String> should = TypeParts.attributes(wanted);
    Map<String, String> is = TypeParts.attributes(live);
    List<String> names = List.copyOf(should.keySet());
    if (is.equals(should)) {
      return true;
    }
    if (isUsed(type)
        || is.size() >= should.size()
        || !names.subList(0, is.size()).equals(List.copyOf(is.keySet()))) {
      return false;
    }
    List<String> lost = names.subList(is.size(), names.size());
    if (!lost.stream()
        .allMatch(name -> tables.contains(LostColumns.rowType(should.getOrDefault(name, ""))))) {
      return false;
    }
    String alter = "ALTER TYPE %s ".formatted(Entries.name(type).sql());
    for (String name : lost) {
      String title = "add attribute %s to %s again".formatted(Sql.quote(name), Wording.of(type));
      attributes.add(
          new Step.Statement(
              title, alter + "ADD ATTRIBUTE %s %s".formatted(Sql.quote(name), should.get(name))));
      attributeRemovals.add(
          new Step.Statement("take back: " + title, alter + "DROP ATTRIBUTE " + Sql.quote(name)));
    }
    for (Entry entry : draft.closure.ownership().belongings(type)) {
      if (entry.desc().equals("COMMENT")
          && Entries.head(entry).orElse(null) instanceof Head.Annotation about
          && about.kind().equals("COLUMN")
          && lost.contains(about.part())) {
        attributes.add(
            new Step.Statement("restore a comment of " + Wording.of(type), sql.definition(entry)));
      }
    }
    return true;
  }

  /// {@return whether a table has, or had, columns of the type: their values for the part are gone}
  private boolean isUsed(Entry type) {
    return !type.desc().equals("DOMAIN")
        && draft.closure.dependents().stream()
            .anyMatch(entry ->
                entry.desc().equals("TABLE") && entry.dependencies().contains(type.dumpId()));
  }

  private boolean domain(Entry type, String wanted, String live) {
    Map<String, String> should = TypeParts.checks(wanted);
    Map<String, String> is = TypeParts.checks(live);
    if (TypeParts.hasDefault(wanted) && !TypeParts.hasDefault(live)) {
      return false;
    }
    String alter = "ALTER DOMAIN %s ".formatted(Entries.name(type).sql());
    should.forEach((name, check) -> {
      if (!is.containsKey(name)) {
        String title = "add check %s to %s again".formatted(Sql.quote(name), Wording.of(type));
        checks.add(
            new Step.Statement(
                title, alter + "ADD CONSTRAINT %s %s".formatted(Sql.quote(name), check)));
        checkRemovals.add(
            new Step.Statement(
                "take back: " + title, alter + "DROP CONSTRAINT " + Sql.quote(name)));
      }
    });
    for (Entry entry : draft.closure.ownership().belongings(type)) {
      if (entry.desc().equals("COMMENT") && onLostCheck(entry, should.keySet(), is.keySet())) {
        checks.add(
            new Step.Statement("restore a comment of " + Wording.of(type), sql.definition(entry)));
      }
    }
    return true;
  }

  private static boolean onLostCheck(Entry comment, Set<String> should, Set<String> is) {
    return should.stream()
        .filter(name -> !is.contains(name))
        .anyMatch(name ->
            comment.defn().startsWith("COMMENT ON CONSTRAINT " + name + " ON DOMAIN ")
                || comment
                    .defn()
                    .startsWith("COMMENT ON CONSTRAINT " + Sql.quote(name) + " ON DOMAIN "));
  }

  /// Plans the attributes: the row types are there, and what fell may use them.
  void planAttributes() {
    attributes.forEach(draft::cut);
    attributeRemovals.forEach(step -> draft.removal(step.title(), step.sql()));
  }

  /// Plans the checks: the functions that they use are there again.
  void planChecks() {
    checks.forEach(draft::cut);
    // An undo takes them away before the functions.
    checkRemovals.forEach(step -> draft.removal(step.title(), step.sql()));
  }
}
