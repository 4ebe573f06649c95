package dev.pgmend.diff;

import dev.pgmend.diff.DiffSql.Column;
import dev.pgmend.load.DifferingRows;
import dev.pgmend.load.DifferingRows.Kind;
import dev.pgmend.load.DifferingRows.Sample;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/// Finds the rows in which a staged table differs from the backup: the backup's are read once more, into a temporary table, through the
/// server's own input functions, and compared there as `diff` does it.
public final class StagedRows {
  private final Session session;

  public StagedRows(Session session) {
    this.session = session;
  }

  /// Compares in the current transaction, in which the temporary tables stay.
  ///
  /// @param table the table's final name
  /// @param staged as it stands after FROM
  /// @param key empty to tell rows apart by all of their values
  /// @param reload reads the backup's rows into a table with these columns
  public DifferingRows compare(
      QualifiedName table,
      String staged,
      List<String> columns,
      List<String> key,
      Consumer<QualifiedName> reload) {
    QualifiedName again = new QualifiedName("pg_temp", "pgmend_again");
    DiffSql sql =
        new DiffSql(
            staged,
            again,
            new QualifiedName("pg_temp", "pgmend_apart"),
            columns.stream().map(column -> new Column(column, true, "", false)).toList(),
            key,
            key.stream().map(_ -> "OPERATOR(pg_catalog.=)").toList());
    session.execute(sql.createStaged());
    reload.accept(again);
    session.execute("ANALYZE " + again.sql());
    sql.collect().forEach(session::execute);
    List<Sample> samples = new ArrayList<>();
    samples.addAll(samples(sql, Kind.MISSING, 'm', columns));
    samples.addAll(samples(sql, Kind.CHANGED, 'c', columns));
    samples.addAll(samples(sql, Kind.EXTRA, 'n', columns));
    return session
        .queryText(
            sql.counts(),
            row ->
                new DifferingRows(
                    table,
                    key,
                    true,
                    row.number("missing"),
                    row.number("changed"),
                    row.number("newer"),
                    samples))
        .getFirst();
  }

  private List<Sample> samples(DiffSql sql, Kind kind, char letter, List<String> columns) {
    return session.queryText(
        sql.names(letter, DifferingRows.SHOWN, DifferingRows.LENGTH),
        row -> {
          List<String> differs = row.texts("differs");
          return new Sample(
              kind,
              row.text("name"),
              kind != Kind.CHANGED
                  ? List.of()
                  : IntStream.range(0, columns.size())
                      .filter(i -> "true".equals(differs.get(i)))
                      .mapToObj(columns::get)
                      .toList());
        });
  }
}
