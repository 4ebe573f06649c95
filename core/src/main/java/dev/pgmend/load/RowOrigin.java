package dev.pgmend.load;

import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/// Which transactions have written the rows of a table: cheaper to find out than a hash of the rows, and it tells as well whether anyone
/// has written since. Freezing leaves it as it is. Written down as `xids`, and each of them, or where others have written rows than was
/// thought, as `xmin`, the first and the last.
public final class RowOrigin {
  private static final String EACH = "xids ";
  private static final String BOUNDS = "xmin ";

  /// Transaction IDs as they are told by their age, which is a number that can be compared.
  private static final String XMIN =
      "((pg_catalog.age('3'::pg_catalog.xid)::pg_catalog.int8 - pg_catalog.age(xmin)) & 4294967295)";

  private final Session session;

  public RowOrigin(Session session) {
    this.session = session;
  }

  /// {@return the number of rows, and instead of a hash which transactions have written them}
  ///
  /// @param writers those that are thought to be
  public RowDigest.RowSet read(QualifiedName table, boolean partitioned, Collection<Long> writers) {
    if (!writers.isEmpty()) {
      Counted counted = counted(table, partitioned, foreign(writers));
      if (counted.foreign() == 0) {
        return new RowDigest.RowSet(counted.rows(), each(writers), 0);
      }
    }
    return session
        .queryText(
            "SELECT count(*) AS n, coalesce(min(%1$s), 0) AS first, coalesce(max(%1$s), 0) AS last FROM %2$s"
                .formatted(XMIN, from(table, partitioned)),
            row ->
                new RowDigest.RowSet(
                    row.number("n"),
                    "%s%d %d".formatted(BOUNDS, row.number("first"), row.number("last")),
                    0))
        .getFirst();
  }

  /// {@return who has written the first row that a table has, if it has one: all of its rows, where one statement has} That may be a
  /// part of the current transaction.
  static List<Long> first(Session session, QualifiedName table) {
    return session.queryText(
        "SELECT xmin::pg_catalog.text::pg_catalog.int8 AS id FROM %s LIMIT 1"
            .formatted(table.sql()),
        row -> row.number("id"));
  }

  /// {@return whether that is what [#read] writes instead of a hash, or [#with] beside one}
  public static boolean is(String hash) {
    return hash.contains(EACH) || hash.contains(BOUNDS);
  }

  /// {@return what is written down of a table whose rows were hashed on its server: that hash, and who has written them}
  static String with(long hashes, String origin) {
    return "%016x %s".formatted(hashes, origin);
  }

  /// {@return what is written down where these transactions have written all rows}
  static String each(Collection<Long> writers) {
    return EACH + writers.stream().map(String::valueOf).collect(Collectors.joining(" "));
  }

  /// {@return SQL for how many rows other transactions have written}
  static String foreign(Collection<Long> writers) {
    return "count(*) FILTER (WHERE xmin OPERATOR(pg_catalog.<>) ALL ('{%s}'::pg_catalog.xid[]))"
        .formatted(writers.stream().map(String::valueOf).collect(Collectors.joining(",")));
  }

  /// {@return the rows that a table has, and how many of them others have written than those that are written down}
  public Counted since(QualifiedName table, boolean partitioned, String origin) {
    boolean each = origin.contains(EACH);
    String word = each ? EACH : BOUNDS;
    List<Long> told =
        List.of(origin.substring(origin.indexOf(word) + word.length()).split(" ", -1)).stream()
            .map(Long::parseLong)
            .toList();
    String foreign =
        each
            ? foreign(told)
            : "count(*) FILTER (WHERE %s NOT BETWEEN %d AND %d)"
                .formatted(XMIN, told.getFirst(), told.getLast());
    return counted(table, partitioned, foreign);
  }

  /// Rows of a table.
  ///
  /// @param foreign how many of them were written by others
  public record Counted(long rows, long foreign) {}

  private Counted counted(QualifiedName table, boolean partitioned, String foreign) {
    return session
        .queryText(
            "SELECT count(*) AS n, %s AS foreign_rows FROM %s"
                .formatted(foreign, from(table, partitioned)),
            row -> new Counted(row.number("n"), row.number("foreign_rows")))
        .getFirst();
  }

  private static String from(QualifiedName table, boolean partitioned) {
    return (partitioned ? "" : "ONLY ") + table.sql();
  }
}
