package dev.pgmend.restore;

import static org.junit.jupiter.api.Assumptions.abort;

/// Cases that are known to fail and are to be mended, not forgotten: they are skipped, and the report of the test run says so. A
/// case leaves this list with the commit that mends it.
final class OpenDefects {
  private OpenDefects() {}

  /// The rows of a hash partition by an enum belong elsewhere where the enum's values have other OIDs.
  static void hashPartitionByEnum(Case c) {
    skip(
        c.table().startsWith("app.hp_") && c.toString().startsWith("corpus17"),
        "a hash partition by an enum, restored alone into another cluster");
  }

  /// An owner without REFERENCES on his own table cannot add the keys that point at it again.
  static void ownerWithoutReferences(Case c) {
    skip(
        c.table().startsWith("billing.payment") && c.toString().contains("owner"),
        "undo of a swap by an owner who lacks REFERENCES on his own table");
  }

  /// A swap of a table whose owner differs from the backup's: its sequence keeps the live one.
  static void swapOfAnothersTable(boolean concerned) {
    skip(concerned, "a swap where the live owner differs from the backup's");
  }

  private static void skip(boolean concerned, String defect) {
    if (concerned) {
      abort("open defect: " + defect);
    }
  }
}
