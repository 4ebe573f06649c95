package dev.pgmend.sql;

import dev.pgmend.PgmendException;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Moves a definition to other names by rewriting the head names of its statements; every other byte of the text stays.
///
/// Head names are the relation that a statement creates or alters, the parents in INHERITS, PARTITION OF and ATTACH PARTITION,
/// an identity's or owner's sequence and table, and in column defaults the sequences and tables in `'s.n'::regclass`, which
/// the server stores by OID. Indexes and extended statistics that the definition itself creates follow their table without
/// being in the map; if they are in it under another name, they are renamed.
public final class Relocation {
  private static final Comparator<NameSite> BY_POSITION = Comparator.comparingInt(NameSite::start);

  private final Map<QualifiedName, QualifiedName> names;
  private final Map<QualifiedName, QualifiedName> companions = new HashMap<>();
  private final StringBuilder result = new StringBuilder();
  private final String text;
  private int copied;

  private Relocation(String text, Map<QualifiedName, QualifiedName> names) {
    this.text = text;
    // Not copied: it may hold thousands of names, and is read once for each of as many definitions.
    this.names = names;
  }

  /// {@return the text with its head names rewritten}
  /// @param names from each relation's name in the text to the name it is to have
  /// @throws PgmendException of kind BUG if a statement's head names a relation that is not in the map
  public static String relocate(String defn, Map<QualifiedName, QualifiedName> names) {
    return new Relocation(defn, names).run(null);
  }

  /// As [#relocate(String, Map)], for text whose unqualified names belong to a schema.
  /// @see Head#of(String, String)
  public static String relocate(
      String defn, Map<QualifiedName, QualifiedName> names, @Nullable String namespace) {
    return new Relocation(defn, names).run(namespace);
  }

  /// {@return which of the relations the text mentions anywhere but where [#relocate] would rewrite the name}
  /// A mention is a qualified name or a string cast to regclass or regtype. The text of functions and other strings is not
  /// looked into. What has the form of a relation's name counts, even if it is the column of a table alias.
  public static Set<QualifiedName> mentions(String defn, Collection<QualifiedName> names) {
    return mentions(defn, names, null);
  }

  /// As [#mentions(String, Collection)], for text whose unqualified names belong to a schema; there, every word that equals
  /// a relation's name counts.
  public static Set<QualifiedName> mentions(
      String defn, Collection<QualifiedName> names, @Nullable String namespace) {
    Set<QualifiedName> wanted = Set.copyOf(names);
    Set<QualifiedName> found = new LinkedHashSet<>();
    for (Statement statement : Statement.list(defn, namespace)) {
      Mentions.of(statement, HeadParser.parse(statement).sites()).stream()
          .filter(wanted::contains)
          .forEach(found::add);
    }
    return found;
  }

  private String run(@Nullable String namespace) {
    for (Statement statement : Statement.list(text, namespace)) {
      HeadParser.Result parsed = HeadParser.parse(statement);
      adoptCompanion(parsed.head());
      List<NameSite> sites = parsed.sites().stream().sorted(BY_POSITION).toList();
      sites.forEach(site -> rewrite(site, statement));
    }
    return result.append(text, copied, text.length()).toString();
  }

  /// Lets an index or statistics object follow its table, for the statements after it.
  private void adoptCompanion(Head head) {
    switch (head) {
      case Head.CreateIndex index -> adopt(index.qualifiedName(), index.table());
      case Head.CreateStatistics statistics -> adopt(statistics.name(), statistics.table());
      case Head.Part part when part.kind() == Head.PartKind.CONSTRAINT ->
          adopt(new QualifiedName(part.relation().schema(), part.name()), part.relation());
      case Head _ -> {}
    }
  }

  private void adopt(QualifiedName companion, QualifiedName table) {
    QualifiedName moved = names.get(table);
    if (moved != null) {
      companions.put(companion, new QualifiedName(moved.schema(), companion.name()));
    }
  }

  private void rewrite(NameSite site, Statement statement) {
    QualifiedName moved = names.get(site.name());
    if (moved == null && site.role() == NameSite.Role.COMPANION) {
      moved = companions.get(site.name());
    }
    switch (site.role()) {
      case RELATION, COMPANION -> {
        if (moved == null) {
          throw unknown(site, statement);
        }
        replace(site, moved.equals(site.name()) ? written(site) : moved.sql());
      }
      case INDEX -> {
        if (moved != null && !moved.name().equals(site.name().name())) {
          replace(site, Sql.quote(moved.name()));
        }
      }
      case REGCLASS -> {
        if (moved != null && !moved.equals(site.name())) {
          replace(site, Sql.literal(moved.sql()));
        }
      }
    }
  }

  private String written(NameSite site) {
    return text.substring(site.start(), site.end());
  }

  private void replace(NameSite site, String by) {
    result.append(text, copied, site.start()).append(by);
    copied = site.end();
  }

  private static PgmendException unknown(NameSite site, Statement statement) {
    String line = SqlSyntaxException.printable(statement.text());
    String excerpt = line.length() > 200 ? line.substring(0, 200) + "…" : line;
    String message = "no new name for " + site.name() + " in: " + excerpt;
    return new PgmendException(PgmendException.Kind.BUG, message);
  }
}
