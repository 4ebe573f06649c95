package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.closure.Entries;
import dev.pgmend.sql.QualifiedName;

/// Counts the locks that single transactions of a run need: every relation that is created, changed or dropped is one, and the
/// server has room for so many. [SwapRefusals] counts those of a swap.
final class LockCount {
  /// The table, its TOAST table and the index of that.
  private static final int TABLE = 3;

  /// The live table, its staged rows, the rows that go and those that come.
  private static final int MEND = 9;

  private final Draft draft;

  LockCount(Draft draft) {
    this.draft = draft;
  }

  /// Refuses what the server has no room for, and says so where an undo would find none.
  void check() {
    long created = 0;
    long dropped = 0;
    for (Entry table : draft.closure.tables()) {
      if (draft.modes.get(Entries.name(table)) == Mode.CREATE) {
        created += TABLE;
        dropped +=
            TABLE + draft.closure.belongings(table).stream().filter(LockCount::relation).count();
      }
    }
    long mended = 0;
    for (Step step : draft.cutover) {
      if (step instanceof MendStep.Mend mend) {
        mended += MEND + indexes(mend.table());
      }
    }
    long room = draft.target.server().lockSlots();
    if (created + mended > room) {
      draft.refuse(
          "locks",
          "the restore would take about %d locks in one transaction and the server has room for %d"
              .formatted(created + mended, room),
          "Raise max_locks_per_transaction, or restore fewer tables or partitions at a time.");
    } else if (dropped > room) {
      draft.notices.add(
          "an undo would take about %d locks in one transaction and the server has room for %d: raise max_locks_per_transaction before it"
              .formatted(dropped, room));
    }
  }

  private static boolean relation(Entry entry) {
    return switch (entry.desc()) {
      case "INDEX", "CONSTRAINT", "SEQUENCE" -> true;
      default -> false;
    };
  }

  private long indexes(QualifiedName table) {
    return draft.closure.tables().stream()
        .filter(entry -> Entries.name(entry).equals(table))
        .flatMap(entry -> draft.closure.belongings(entry).stream())
        .filter(LockCount::relation)
        .count();
  }
}
