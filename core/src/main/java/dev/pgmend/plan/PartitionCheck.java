package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.closure.Entries;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.List;
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

  PartitionCheck(Draft draft, EntrySql sql) {
    this.draft = draft;
    this.sql = sql;
  }

  /// Adds the counts to the verification.
  void run() {
    List<Step> counts = new ArrayList<>();
    for (Step step : draft.cutover) {
      if (step instanceof Step.Mend mend
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

  private static Step live(Step.Mend mend, Snapshot.Inheritance link) {
    return new Step.CountMisplaced(mend.table(), mend.staged(), link.parent(), link.bound(), "");
  }

  /// The partition is not there yet, or is to be exchanged: the hash is computed as the live parent will.
  private void hash(Head.TableAttach attach, List<Step> counts) {
    QualifiedName staged = draft.stagedTypes.get(attach.partition());
    boolean parentToo =
        draft.closure.tables().stream()
            .anyMatch(table -> Entries.name(table).equals(attach.parent()));
    Matcher bound = HASH.matcher(attach.bounds());
    if (staged == null || parentToo || !bound.find()) {
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
                new Step.CountMisplaced(
                    attach.partition(),
                    staged,
                    attach.parent(),
                    attach.bounds(),
                    "pg_catalog.satisfies_hash_partition(%s::pg_catalog.regclass, %s, %s, %s)"
                        .formatted(
                            Sql.literal(attach.parent().sql()),
                            bound.group(1),
                            bound.group(2),
                            key.group(1)))));
  }
}
