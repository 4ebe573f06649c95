package dev.pgmend.plan;

import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.Relation.Column;
import java.util.List;

/// Relations that differ from others in one thing.
final class Changes {
  private Changes() {}

  static Relation rowSecurity(Relation r) {
    return copy(r, r.owner(), true, r.mine(), r.referable(), r.extension(), r.columns());
  }

  static Relation foreign(Relation r) {
    return copy(r, "somebody", r.rowSecurity(), false, false, r.extension(), r.columns());
  }

  static Relation ofSomebody(Relation r) {
    return copy(r, "somebody", r.rowSecurity(), true, true, r.extension(), r.columns());
  }

  static Relation ofExtension(Relation r) {
    return copy(r, r.owner(), r.rowSecurity(), r.mine(), r.referable(), "ext", r.columns());
  }

  static Relation columns(Relation r, List<Column> columns) {
    return copy(r, r.owner(), r.rowSecurity(), r.mine(), r.referable(), r.extension(), columns);
  }

  /// Somebody else's: of one's own, the rights that lack can be lent.
  static Relation unreadable(Relation r) {
    return new Relation(
        r.oid(),
        r.name(),
        r.kind(),
        r.owner(),
        r.persistence(),
        r.partition(),
        r.rowSecurity(),
        r.forceRowSecurity(),
        r.typed(),
        r.extension(),
        false,
        false,
        r.referable(),
        r.curtailed(),
        r.bytes(),
        r.rows(),
        r.columns());
  }

  static Relation curtailed(Relation r) {
    return new Relation(
        r.oid(),
        r.name(),
        r.kind(),
        r.owner(),
        r.persistence(),
        r.partition(),
        r.rowSecurity(),
        r.forceRowSecurity(),
        r.typed(),
        r.extension(),
        r.mine(),
        false,
        false,
        true,
        r.bytes(),
        r.rows(),
        r.columns());
  }

  private static Relation copy(
      Relation r,
      String owner,
      boolean rowSecurity,
      boolean mine,
      boolean referable,
      String extension,
      List<Column> columns) {
    return new Relation(
        r.oid(),
        r.name(),
        r.kind(),
        owner,
        r.persistence(),
        r.partition(),
        rowSecurity,
        r.forceRowSecurity(),
        r.typed(),
        extension,
        mine,
        r.readable(),
        referable,
        r.curtailed(),
        r.bytes(),
        r.rows(),
        columns);
  }
}
