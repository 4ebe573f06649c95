package dev.pgmend.live;

import dev.pgmend.postgres.Session;
import dev.pgmend.sql.PageRanges;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/// Cuts a table into parts that can be read at once.
final class TableParts {
  /// A part is not worth a connection's while if it has fewer pages.
  private static final long PAGES = 1024;

  /// The server reads a range of ctid without the pages before it since 14.
  private static final int RANGES = 140_000;

  private TableParts() {}

  /// {@return conditions, as [dev.pgmend.archive.LiveData#parts] has them}
  ///
  /// @param version the server's, as server_version_num
  static List<String> of(Session session, QualifiedName table, int version, int most) {
    record Size(long pages, boolean heap) {}
    Size size =
        session
            .query(
                """
                select pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::bigint as pages,
                  a.amname = 'heap' and c.relkind = 'r' as heap
                from pg_catalog.pg_class c left join pg_catalog.pg_am a on a.oid = c.relam where c.oid = ?::pg_catalog.regclass
                """,
                row -> new Size(row.number("pages"), row.flag("heap")),
                table.sql())
            .getFirst();
    int parts = (int) Math.min(most, size.pages() / PAGES);
    if (parts < 2) {
      return List.of("");
    }
    return size.heap() && version >= RANGES
        ? PageRanges.of(size.pages(), parts)
        : byKey(session, table, parts);
  }

  /// {@return ranges of equal width of a whole number by which an index finds rows; all rows where there is none}
  static List<String> byKey(Session session, QualifiedName table, int parts) {
    record Key(String column, String type) {}
    List<Key> keys =
        session.query(
            """
            select a.attname, a.atttypid::pg_catalog.regtype::text as type
            from pg_catalog.pg_index i join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
              join pg_catalog.pg_class x on x.oid = i.indexrelid join pg_catalog.pg_am m on m.oid = x.relam
            where i.indrelid = ?::pg_catalog.regclass and i.indisvalid and i.indpred is null and m.amname = 'btree'
              and a.atttypid in ('int2'::pg_catalog.regtype, 'int4'::pg_catalog.regtype, 'int8'::pg_catalog.regtype)
            order by i.indisprimary desc, i.indisunique desc, i.indnatts, i.indexrelid limit 1
            """,
            row -> new Key(row.text("attname"), row.text("type")),
            table.sql());
    if (keys.isEmpty()) {
      return List.of("");
    }
    String column = Sql.quote(keys.getFirst().column());
    record Bounds(String least, String greatest) {}
    Bounds bounds =
        session
            .queryText(
                "select coalesce(min(%1$s), 0)::text as least, coalesce(max(%1$s), 0)::text as greatest from only %2$s"
                    .formatted(column, table.sql()),
                row -> new Bounds(row.text("least"), row.text("greatest")))
            .getFirst();
    BigInteger least = new BigInteger(bounds.least());
    BigInteger span = new BigInteger(bounds.greatest()).subtract(least);
    if (span.compareTo(BigInteger.valueOf(parts)) < 0) {
      return List.of("");
    }
    List<String> ranges = new ArrayList<>();
    for (int i = 0; i < parts; i++) {
      String from =
          "%s >= '%s'::%s".formatted(column, at(least, span, i, parts), keys.getFirst().type());
      String to =
          "%s < '%s'::%s".formatted(column, at(least, span, i + 1, parts), keys.getFirst().type());
      ranges.add(
          i == 0
              ? "(%s OR %s IS NULL)".formatted(to, column)
              : i == parts - 1 ? from : from + " AND " + to);
    }
    return ranges;
  }

  private static BigInteger at(BigInteger least, BigInteger span, int part, int parts) {
    return least.add(span.multiply(BigInteger.valueOf(part)).divide(BigInteger.valueOf(parts)));
  }
}
