package dev.pgmend.catalog;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.postgres.Session;
import java.util.List;

/// Whether the database that is read is the one that is to be changed, however differently the two are addressed.
public final class SameDatabase {
  private SameDatabase() {}

  /// {@return whether the session's database is the one in which an advisory lock of that key is held} Locks are seen by everybody.
  public static boolean is(Session session, long mark) {
    return session
        .query(
            """
            select count(*) > 0 as same from pg_catalog.pg_locks l
            where l.locktype = 'advisory' and l.objsubid = 1 and l.classid = ?::oid and l.objid = ?::oid
              and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
            """,
            row -> row.flag("same"),
            mark >>> 32,
            mark & 0xffffffffL)
        .equals(List.of(true));
  }

  /// Refuses to compare or mend a database with itself.
  ///
  /// @param mark the key of the lock that a live source holds
  public static void refuse(Session session, long mark) {
    if (is(session, mark)) {
      throw new PgmendException(
          Kind.USAGE,
          "--from and --to are the same database, %s: it is what it is; nothing was touched"
              .formatted(session.description()),
          "Name another database as the source; a table is copied within one database with --mode beside.");
    }
  }
}
