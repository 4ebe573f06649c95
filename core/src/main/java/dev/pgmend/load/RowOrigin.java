package dev.pgmend.load;

import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import java.util.List;

/// Which transactions have written the rows of a table: cheaper to find out than a hash of the rows, and it tells as well whether anyone
/// has written since. Freezing leaves it as it is.
public final class RowOrigin {
  private static final String WORD = "xmin ";

  /// Transaction IDs as they are told by their age, which is a number that can be compared.
  static final String XMIN =
      "((pg_catalog.age('3'::xid)::bigint - pg_catalog.age(xmin)) & 4294967295)";

  private final Session session;

  public RowOrigin(Session session) {
    this.session = session;
  }

  /// {@return the number of rows, and instead of a hash the first and the last transaction that has written one}
  public RowDigest.RowSet read(QualifiedName table, boolean partitioned) {
    return session
        .queryText(
            "SELECT count(*) AS n, coalesce(min(%1$s), 0) AS first, coalesce(max(%1$s), 0) AS last FROM %2$s"
                .formatted(XMIN, from(table, partitioned)),
            row ->
                new RowDigest.RowSet(
                    row.number("n"),
                    "%s%d %d".formatted(WORD, row.number("first"), row.number("last")),
                    0))
        .getFirst();
  }

  /// {@return whether that is what [#read] writes instead of a hash, or [#with] beside one}
  public static boolean is(String hash) {
    return hash.contains(WORD);
  }

  /// {@return what is written down of a table that both servers have hashed: that hash, and who has written the rows}
  static String with(long hashes, long first, long last) {
    return "%016x %s%d %d".formatted(hashes, WORD, first, last);
  }

  /// {@return whether the table has as many rows as then, and none that was written later}
  public boolean unchanged(QualifiedName table, boolean partitioned, long rows, String origin) {
    List<String> bounds =
        List.of(origin.substring(origin.indexOf(WORD) + WORD.length()).split(" ", -1));
    return session
        .queryText(
            "SELECT count(*) = %d AND count(*) FILTER (WHERE %s NOT BETWEEN %d AND %d) = 0 AS same FROM %s"
                .formatted(
                    rows,
                    XMIN,
                    Long.parseLong(bounds.getFirst()),
                    Long.parseLong(bounds.getLast()),
                    from(table, partitioned)),
            row -> row.flag("same"))
        .getFirst();
  }

  private static String from(QualifiedName table, boolean partitioned) {
    return (partitioned ? "" : "ONLY ") + table.sql();
  }
}
