package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.closure.Entries;
import dev.pgmend.sql.ColumnDefinition;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import dev.pgmend.sql.TableDefinition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Plans a look at staged rows that go into a partition on their own: its bounds may have changed since the backup, and the hash
/// of an enum's value is that of its OID, which is another one in another cluster.
final class PartitionCheck {
  private static final Pattern HASH =
      Pattern.compile(
          "FOR VALUES WITH \\(modulus (\\d+), remainder (\\d+)\\)", Pattern.CASE_INSENSITIVE);
  private static final Pattern PLAIN_KEY = Pattern.compile("HASH \\(([\\w$]+(, [\\w$]+)*)\\)");

  private final Draft draft;
  private final EntrySql sql;
  private final Map<Integer, Entry> all;

  PartitionCheck(Draft draft, EntrySql sql, Map<Integer, Entry> all) {
    this.draft = draft;
    this.sql = sql;
    this.all = all;
  }

  /// Adds the counts to the verification.
  void run() {
    List<Step> counts = new ArrayList<>();
    for (Step step : draft.cutover) {
      if (step instanceof MendStep.Mend mend
          && draft.target.relation(mend.table()).filter(Relation::partition).isPresent()) {
        draft.target.parents(mend.table()).stream()
            .findFirst()
            .ifPresent(link -> counts.add(live(mend, link)));
      }
    }
    for (Entry entry : draft.closure.belongings()) {
      if (entry.desc().equals("TABLE ATTACH")
          && Entries.head(entry).orElse(null) instanceof Head.TableAttach attach) {
        hash(attach, counts);
      }
    }
    draft.verify.addAll(counts);
  }

  private Step live(MendStep.Mend mend, Snapshot.Inheritance link) {
    return new CheckStep.CountMisplaced(
        mend.table(),
        mend.staged(),
        link.parent(),
        link.bound(),
        "",
        HASH.matcher(link.bound()).find() ? enums(link.parent()) : Map.of());
  }

  /// {@return the enums among the partition key's types, with the OIDs that they had; none where the whole table is restored}
  private Map<QualifiedName, Long> enums(QualifiedName parent) {
    Map<QualifiedName, Long> found = new LinkedHashMap<>();
    Entry table = draft.closure.ownership().relation(parent).orElse(null);
    if (table == null || isRestored(parent)) {
      return found;
    }
    TableDefinition definition = sql.table(table);
    Set<String> words = HiddenReads.words(String.valueOf(definition.partitionBy()));
    for (ColumnDefinition column : definition.columns()) {
      if (words.contains(column.name())) {
        QualifiedName type = LostColumns.rowType(column.type());
        all.values().stream()
            .filter(entry -> entry.desc().equals("TYPE") && entry.defn().contains(" AS ENUM ("))
            .filter(entry -> Entries.name(entry).equals(type))
            .forEach(entry -> found.put(type, entry.oid()));
      }
    }
    return found;
  }

  private boolean isRestored(QualifiedName table) {
    return draft.closure.tables().stream().anyMatch(entry -> Entries.name(entry).equals(table));
  }

  /// The partition is not there yet, or is to be exchanged: the hash is computed as the live parent will.
  private void hash(Head.TableAttach attach, List<Step> counts) {
    QualifiedName staged = draft.stagedTypes.get(attach.partition());
    Matcher bound = HASH.matcher(attach.bounds());
    if (staged == null || isRestored(attach.parent()) || !bound.find()) {
      return;
    }
    draft
        .closure
        .ownership()
        .relation(attach.parent())
        .map(parent -> String.valueOf(sql.table(parent).partitionBy()))
        .map(PLAIN_KEY::matcher)
        .filter(Matcher::matches)
        .ifPresent(key ->
            counts.add(
                new CheckStep.CountMisplaced(
                    attach.partition(),
                    staged,
                    attach.parent(),
                    attach.bounds(),
                    "pg_catalog.satisfies_hash_partition(%s::pg_catalog.regclass, %s, %s, %s)"
                        .formatted(
                            Sql.literal(attach.parent().sql()),
                            bound.group(1),
                            bound.group(2),
                            key.group(1)),
                    enums(attach.parent()))));
  }
}
