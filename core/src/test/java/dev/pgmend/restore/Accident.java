package dev.pgmend.restore;

import dev.pgmend.testing.Database;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What can happen to a table, triggers and foreign keys not noticing.
enum Accident {
  /// All rows are deleted.
  DELETE {
    @Override
    Optional<String> sql(Database database, String table) {
      return rows(database, table) == 0
          ? Optional.empty()
          : Optional.of("DELETE FROM %s".formatted(table));
    }
  },
  /// Every other row is deleted.
  HALF {
    @Override
    Optional<String> sql(Database database, String table) {
      return rows(database, table) == 0
          ? Optional.empty()
          : Optional.of(
              """
              DELETE FROM %1$s WHERE (tableoid, ctid) IN (SELECT tableoid, ctid FROM %1$s LIMIT (SELECT (count(*) + 1) / 2 FROM %1$s))\
              """
                  .formatted(table));
    }
  },
  /// One column that no key or constraint uses has the same value in all rows.
  GARBLE {
    @Override
    Optional<String> sql(Database database, String table) {
      if (rows(database, table) == 0) {
        return Optional.empty();
      }
      List<List<@Nullable String>> columns =
          database.query(GARBLED.formatted(table.replace("'", "''")));
      if (columns.isEmpty()) {
        return Optional.empty();
      }
      String column = String.valueOf(columns.getFirst().getFirst());
      String type = String.valueOf(columns.getFirst().getLast());
      String value =
          switch (type) {
            case "text" -> "'garbled'";
            case "character varying" -> "left('garbled', 1)";
            case "boolean" -> "NOT " + column;
            case "jsonb" -> "'{\"garbled\": 1}'";
            case "integer", "bigint", "numeric", "double precision" -> "0";
            default -> "'2001-01-01'::" + type;
          };
      return Optional.of("UPDATE %s SET %s = %s".formatted(table, column, value));
    }
  },
  /// The table is dropped, and what depends on it falls with it.
  DROP {
    @Override
    Optional<String> sql(Database database, String table) {
      return Optional.of("DROP TABLE %s CASCADE".formatted(table));
    }
  };

  private static final String GARBLED =
      """
      SELECT quote_ident(attname), format_type(atttypid, NULL) FROM pg_attribute a
      WHERE attrelid = '%s'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attidentity = ''
        AND format_type(atttypid, NULL) IN ('text', 'character varying', 'integer', 'bigint', 'numeric', 'boolean',
          'timestamp without time zone', 'timestamp with time zone', 'double precision', 'jsonb')
        AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = attrelid AND attnum = ANY (k.conkey))
        AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = attrelid AND attnum = ANY (i.indkey))
        AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = attrelid AND NOT k.convalidated)
      ORDER BY attnum
      """;

  /// {@return the statement, empty where it would change nothing}
  abstract Optional<String> sql(Database database, String table);

  /// Lets it happen.
  void befall(Database database, String table) {
    String sql = sql(database, table).orElseThrow();
    database.execute(this == DROP ? sql : "SET session_replication_role = replica; " + sql);
  }

  private static long rows(Database database, String table) {
    return database.queryLong("SELECT count(*) FROM (SELECT FROM %s LIMIT 1) x".formatted(table));
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
