package dev.pgmend.rows;

import dev.pgmend.archive.Archive;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.rows.TableRows.Found;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.testing.Database;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a query of a test has found: the rows, each a list of values.
record Asked(List<String> columns, List<List<@Nullable String>> rows, Found found) {

  static Asked all(Archive archive, QualifiedName table) {
    return of(archive, table, null, Long.MAX_VALUE, false);
  }

  static Asked stream(Archive archive, QualifiedName table, String where) {
    return of(archive, table, where, Long.MAX_VALUE, false);
  }

  static Asked server(Archive archive, QualifiedName table, String where) {
    return of(archive, table, where, Long.MAX_VALUE, true);
  }

  /// Asks; a server, if one is needed, is a new database of the tests' shared one, which a role owns that may do nothing else.
  static Asked of(
      Archive archive, QualifiedName table, @Nullable String where, long limit, boolean server) {
    Collected sink = new Collected();
    List<Database> databases = new ArrayList<>();
    Scratch scratch =
        (_, sqlAscii) -> {
          Database database = sqlAscii ? Database.inEncoding("SQL_ASCII") : Database.create();
          databases.add(database);
          database.execute(
              """
              DO $$ BEGIN CREATE ROLE pgmend_rows LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
              ALTER DATABASE %s OWNER TO pgmend_rows;
              """
                  .formatted(database.name()));
          return ConnectionTarget.parse(database.uri("pgmend_rows"), Map.of());
        };
    try {
      Found found =
          new TableRows(archive, table)
              .read(new RowQuery(List.of(), where, limit), scratch, sink, server);
      return new Asked(sink.columns, sink.rows, found);
    } finally {
      databases.forEach(Database::close);
    }
  }

  private static final class Collected implements RowSink {
    private List<String> columns = List.of();
    private final List<List<@Nullable String>> rows = new ArrayList<>();

    @Override
    public void columns(List<String> names) {
      columns = names;
    }

    @Override
    public void row(Values row) {
      List<@Nullable String> values = new ArrayList<>();
      for (int i = 0; i < row.count(); i++) {
        values.add(
            row.isNull(i)
                ? null
                : new String(
                    row.bytes(),
                    row.start(i),
                    row.end(i) - row.start(i),
                    StandardCharsets.ISO_8859_1));
      }
      rows.add(values);
    }
  }
}
