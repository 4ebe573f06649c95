package dev.pgmend.restore;

import dev.pgmend.testing.Database;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// A backup of a pristine database from before it had its newest rows: every table's second row, and every twentieth after it. So
/// these rows are newer than the backup, and fit into everything that the database demands of its rows.
///
/// Rows are told by where they lie, which is the same in all copies of a database that nobody has written to.
final class Backup implements AutoCloseable {
  /// The rows of a table with their numbers. A row that has an equal does not get the number of a newer one: nothing tells which of the
  /// two a backup has.
  private static final String NUMBERED =
      """
      (SELECT tableoid, ctid, CASE WHEN n %% 20 = 2 AND equals > 1 THEN 3 ELSE n END AS n FROM (
        SELECT tableoid, ctid, row_number() OVER (PARTITION BY tableoid ORDER BY ctid) AS n,
          count(*) OVER (PARTITION BY tableoid, "whole row"::text) AS equals FROM %s AS "whole row") AS y) AS x\
      """;

  private final Pristine pristine;
  private final Path directory;

  Backup(Pristine pristine) {
    this.pristine = pristine;
    try (Database earlier = pristine.database().copy()) {
      directory = Files.createTempDirectory("backup-");
      StringBuilder sql = new StringBuilder("SET session_replication_role = replica");
      for (String table : pristine.tables()) {
        sql.append(";DELETE FROM ONLY ")
            .append(table)
            .append(" WHERE ")
            .append(rows("ONLY " + table, "n % 20 = 2"));
      }
      earlier.execute(sql.toString());
      Client.dump(earlier, archive(), false, List.of("-Fc"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Pristine pristine() {
    return pristine;
  }

  Path archive() {
    return directory.resolve("backup.dump");
  }

  /// {@return a condition that holds for some rows of a table, by their numbers n}
  private static String rows(String table, String numbers) {
    return "(tableoid, ctid) IN (SELECT tableoid, ctid FROM %s WHERE %s)"
        .formatted(NUMBERED.formatted(table), numbers);
  }

  /// {@return the condition for three rows of ten, none of them newer than the backup}
  static String lost(String table) {
    return rows(table, "n % 10 IN (1, 4, 7)");
  }

  /// {@return the condition for rows that the backup has}
  static String known(String table) {
    return rows(table, "n % 20 <> 2");
  }

  /// Takes from `expected`, a copy that nobody has written to, the newer rows that are gone in `wrecked`: no backup brings them back.
  static void forgetGone(Database expected, Database wrecked, Set<String> tables) {
    for (String table : tables) {
      Set<String> gone = places(expected, table, "n % 20 = 2");
      gone.removeAll(places(wrecked, table, "true"));
      if (!gone.isEmpty()) {
        expected.execute(
            "SET session_replication_role = replica; DELETE FROM ONLY %s WHERE ctid::text IN ('%s')"
                .formatted(table, String.join("', '", gone)));
      }
    }
  }

  private static Set<String> places(Database database, String table, String numbers) {
    Set<String> places = new HashSet<>();
    for (@Nullable String place :
        database.queryColumn(
            "SELECT ctid::text FROM %s WHERE %s"
                .formatted(NUMBERED.formatted("ONLY " + table), numbers))) {
      places.add(String.valueOf(place));
    }
    return places;
  }

  /// {@return the tables that a delete reaches by foreign keys, with this one; empty if a key would refuse or change rows}
  Set<String> cascade(String table) {
    Set<String> reached = new TreeSet<>();
    boolean only = true;
    for (List<@Nullable String> row :
        pristine
            .database()
            .query(
                """
                WITH RECURSIVE t(oid) AS (SELECT '%s'::regclass::oid
                  UNION SELECT k.conrelid FROM t JOIN pg_constraint k ON k.confrelid = t.oid AND k.contype = 'f')
                SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname), coalesce(bool_and(k.confdeltype = 'c'), true), count(k.oid)
                FROM t JOIN pg_class c ON c.oid = t.oid JOIN pg_namespace n ON n.oid = c.relnamespace
                LEFT JOIN pg_constraint k ON k.confrelid = t.oid AND k.contype = 'f' GROUP BY 1\
                """
                    .formatted(table.replace("'", "''")))) {
      reached.add(String.valueOf(row.getFirst()));
      only &= "t".equals(row.get(1)) || "true".equals(row.get(1));
    }
    return only && reached.size() > 1 ? reached : Set.of();
  }

  @Override
  public void close() {
    Client.delete(directory);
  }
}
