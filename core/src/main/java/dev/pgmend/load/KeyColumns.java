package dev.pgmend.load;

import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.List;

/// Asks a server for the columns that tell the rows of a table apart.
public final class KeyColumns {
  private KeyColumns() {}

  /// {@return the columns of the primary key, or of another unique index that no row can evade, of types that every server has;
  /// empty if there is none, or no such table}
  public static List<String> of(Session session, QualifiedName table) {
    return session.queryText(query(table), row -> row.text("name"));
  }

  private static String query(QualifiedName table) {
    return """
    SELECT a.attname AS name FROM (
      SELECT x.indrelid, x.indkey, x.indnkeyatts FROM pg_catalog.pg_index AS x
      WHERE x.indrelid = pg_catalog.to_regclass(%s) AND x.indisunique AND x.indisvalid AND x.indpred IS NULL AND x.indexprs IS NULL
        AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_attribute AS c JOIN pg_catalog.pg_type AS t ON t.oid = c.atttypid
          WHERE c.attrelid = x.indrelid AND c.attnum = ANY (x.indkey::pg_catalog.int2[])
            AND (NOT c.attnotnull OR t.typnamespace <> 'pg_catalog'::pg_catalog.regnamespace AND t.typtype <> 'e'))
      ORDER BY x.indisprimary DESC, x.indnkeyatts, x.indexrelid LIMIT 1) AS i
    CROSS JOIN LATERAL pg_catalog.unnest(i.indkey::pg_catalog.int2[]) WITH ORDINALITY AS k(number, place)
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number
    WHERE k.place <= i.indnkeyatts ORDER BY k.place\
    """
        .formatted(Sql.literal(table.sql()));
  }
}
