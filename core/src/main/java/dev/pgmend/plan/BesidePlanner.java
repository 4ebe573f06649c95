package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.ObjectId;
import dev.pgmend.closure.Entries;
import dev.pgmend.closure.Wording;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Relocation;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Plans [Mode#BESIDE]: the tables under other names, touching nothing that exists. Foreign keys to tables outside the restore,
/// attachments to live parents and memberships in publications would touch something: they are left out and named.
final class BesidePlanner {
  private static final Set<String> REWRITABLE =
      Set.of("TRIGGER", "POLICY", "RULE", "ROW SECURITY", "COMMENT", "ACL", "SECURITY LABEL");

  private final Draft draft;
  private final EntrySql sql;
  private final Preflight preflight;
  private final Map<Integer, Entry> all;

  BesidePlanner(Draft draft, EntrySql sql, Preflight preflight, Map<Integer, Entry> all) {
    this.draft = draft;
    this.sql = sql;
    this.preflight = preflight;
    this.all = all;
  }

  void plan() {
    preflight.needsSchemas("a table under another name");
    List<Entry> tables = draft.closure.tables();
    Stager stager = new Stager(draft, sql, tables, Set.of());
    stager.plan(Set.of());
    Map<QualifiedName, QualifiedName> renamed = new LinkedHashMap<>();
    for (Entry table : tables) {
      QualifiedName name = Entries.name(table);
      QualifiedName to = draft.request.renamed(name);
      draft.modes.put(name, Mode.BESIDE);
      renamed.put(name, to);
      if (to.equals(name) || draft.target.has(ObjectId.of(ObjectId.Kind.RELATION, to))) {
        draft.refuse(
            "exists",
            "%s exists already in the target".formatted(to),
            "Choose another name: --remap-table %s.%s=NAME or --remap-schema %s=SCHEMA."
                .formatted(name.schema(), name.name(), name.schema()));
      }
      if (!draft.target.schemas().containsKey(to.schema())) {
        draft.refuse(
            "missing",
            "schema %s does not exist".formatted(Sql.quote(to.schema())),
            "CREATE SCHEMA %s;".formatted(Sql.quote(to.schema())));
      }
    }
    for (Stager.Shell shell : stager.shells()) {
      draft.build.add(
          new Step.Statement(
              "make %s stand alone".formatted(shell.table()),
              "ALTER TABLE %s NO INHERIT %s"
                  .formatted(stager.stagedName(shell.table()).sql(), shell.shell().sql())));
      draft.notices.add(
          "left out: inheritance of %s from %s".formatted(shell.table(), shell.parent()));
    }
    List<Entry> executed = new ArrayList<>(tables);
    for (Entry table : tables) {
      executed.addAll(draft.closure.belongings(table).stream().filter(stager::staged).toList());
    }
    preflight.entries(executed, all, java.util.Set.of());
    for (Entry table : tables) {
      place(table, stager, renamed);
    }
    for (Entry table : tables) {
      finish(table, stager, renamed);
      CreatePlanner.probe(draft, table, stager);
    }
    draft.closure.dependents().stream()
        .filter(entry ->
            draft.closure.ownership().owner(entry).isEmpty()
                || entry.desc().equals("FK CONSTRAINT"))
        .forEach(entry -> draft.notices.add("left out: " + Wording.of(entry)));
    draft.expectations.clear();
  }

  private void place(Entry table, Stager stager, Map<QualifiedName, QualifiedName> renamed) {
    QualifiedName name = Entries.name(table);
    QualifiedName staged = stager.stagedName(name);
    QualifiedName to = draft.request.renamed(name);
    Set<String> taken = new HashSet<>();
    for (Entry entry : draft.closure.belongings(table)) {
      if (!stager.staged(entry)) {
        continue;
      }
      String old =
          switch (Entries.head(entry).orElse(null)) {
            case Head.CreateIndex index -> index.name();
            case Head.Part part when entry.desc().equals("CONSTRAINT") -> part.name();
            case Head.Identity identity -> identity.sequence().name();
            case Head.Named named when entry.desc().equals("SEQUENCE") -> named.name().name();
            case Head.CreateStatistics statistics -> statistics.name().name();
            case null, default -> "";
          };
      if (old.isEmpty()) {
        continue;
      }
      String fresh = free(old, name.name(), to, taken);
      if (!fresh.equals(old)) {
        String statement =
            switch (entry.desc()) {
              case "CONSTRAINT" ->
                  "ALTER TABLE %s RENAME CONSTRAINT %s TO %s"
                      .formatted(staged.sql(), Sql.quote(old), Sql.quote(fresh));
              default ->
                  "ALTER %s %s.%s RENAME TO %s"
                      .formatted(
                          entry.desc(),
                          Sql.quote(staged.schema()),
                          Sql.quote(old),
                          Sql.quote(fresh));
            };
        draft.build.add(new Step.Statement("rename " + Sql.quote(old), statement));
      }
      if (entry.desc().equals("SEQUENCE")) {
        QualifiedName sequence =
            Entries.head(entry).orElse(null) instanceof Head.Identity identity
                ? identity.sequence()
                : Entries.name(entry);
        renamed.put(sequence, new QualifiedName(to.schema(), fresh));
      } else if (entry.desc().equals("INDEX") || entry.desc().equals("STATISTICS")) {
        renamed.put(new QualifiedName(name.schema(), old), new QualifiedName(to.schema(), fresh));
      }
    }
    QualifiedName inPlace = staged;
    if (!to.name().equals(staged.name())) {
      draft.cut(
          "rename " + staged,
          "ALTER TABLE %s RENAME TO %s".formatted(staged.sql(), Sql.quote(to.name())),
          "");
      inPlace = new QualifiedName(staged.schema(), to.name());
    }
    draft.cut(
        "move " + to + " into place",
        stager.awake(table, inPlace) + Cutover.move("TABLE", inPlace, to.schema()),
        "");
    draft.removal("drop " + to, "DROP TABLE " + to.sql());
    for (Entry entry : draft.closure.belongings(table)) {
      if (entry.desc().equals("STATISTICS") && stager.staged(entry)) {
        QualifiedName now = renamed.getOrDefault(Entries.name(entry), Entries.name(entry));
        draft.cut(
            "move statistics " + now + " into place",
            Cutover.move("STATISTICS", new QualifiedName(staged.schema(), now.name()), to.schema()),
            "");
      }
    }
    for (String statement : Owners.owner(table, to, draft.target, draft.request.noOwner())) {
      draft.cut("set the owner of " + to, statement, "");
    }
  }

  /// A name for an index or sequence that the schema does not have yet: the old one with the table's new name in it.
  private String free(String old, String table, QualifiedName to, Set<String> taken) {
    String candidate = old.startsWith(table) ? to.name() + old.substring(table.length()) : old;
    for (int i = 0; ; i++) {
      String name = i == 0 ? candidate : Stager.shorten(i + "_" + candidate);
      String shortened = Stager.shorten(name);
      if (!draft.target.has(ObjectId.of(ObjectId.Kind.RELATION, to.schema(), shortened))
          && taken.add(shortened)) {
        return shortened;
      }
    }
  }

  private void finish(Entry table, Stager stager, Map<QualifiedName, QualifiedName> renamed) {
    for (Entry entry : draft.closure.belongings(table)) {
      if (stager.staged(entry)) {
        continue;
      }
      if (entry.desc().equals("SEQUENCE SET")
          && Entries.head(entry).orElse(null) instanceof Head.SequenceSet set) {
        QualifiedName sequence = renamed.getOrDefault(set.sequence(), set.sequence());
        draft.cut(
            "set the position of sequence " + sequence,
            "SELECT pg_catalog.setval(%s, %d, %s)"
                .formatted(Sql.literal(sequence.sql()), set.last(), set.called()),
            "");
        continue;
      }
      if (entry.desc().equals("ACL") && draft.request.noAcl()) {
        continue;
      }
      boolean mentionsOthers =
          REWRITABLE.contains(entry.desc())
              && !Relocation.mentions(sql.definition(entry), renamed.keySet()).isEmpty();
      if (!REWRITABLE.contains(entry.desc()) || mentionsOthers || ownerNotStaged(entry, stager)) {
        draft.notices.add("left out: " + Wording.of(entry));
        continue;
      }
      String text = sql.relocated(entry, renamed);
      String statements =
          entry.desc().equals("ACL")
              ? String.join(";\n", EntrySql.grants(text))
              : Stager.strip(text);
      draft.cutover.add(
          new Step.Statement("restore " + Wording.of(entry), statements, "", entry.dumpId()));
    }
  }

  private boolean ownerNotStaged(Entry entry, Stager stager) {
    Entry owner = draft.closure.ownership().owner(entry).orElse(entry);
    return !owner.desc().equals("TABLE")
        && !stager.staged(owner)
        && !REWRITABLE.contains(owner.desc());
  }
}
