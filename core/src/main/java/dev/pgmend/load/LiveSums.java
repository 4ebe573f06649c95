package dev.pgmend.load;

import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Entry;
import dev.pgmend.archive.LiveData;
import dev.pgmend.plan.EntrySql;
import dev.pgmend.plan.LoadStep;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a live source and the target make of the rows of one table, each on its own server: their number and the sum of their hashes. The
/// rows do not pass through here. Only of tables whose columns are of types that [RowImage] knows, the same on both sides, which also
/// are those that binary COPY writes alike on all servers since 12.
public final class LiveSums {
  private final LiveData source;
  private final List<Entry> data;
  private final List<String> columns;
  private final List<String> told;
  private final RowImage image;
  private final long seed = new SecureRandom().nextLong();
  private Optional<Sum> found = Optional.empty();

  /// Rows of a table, as one server describes them.
  ///
  /// @param first the first transaction that has written one of them, as [RowOrigin] tells it, and `last` the last; 0 where the server was
  ///     not asked
  public record Sum(long count, long hashes, long first, long last) {
    static final Sum NOTHING = new Sum(0, 0, 0, 0);

    /// {@return both together}
    Sum and(Sum other) {
      if (count == 0 || other.count == 0) {
        return count == 0 ? other : this;
      }
      return new Sum(
          count + other.count,
          hashes + other.hashes,
          Math.min(first, other.first),
          Math.max(last, other.last));
    }

    /// {@return the sum of some parts}
    public static Sum of(List<Sum> parts) {
      return parts.stream().reduce(NOTHING, Sum::and);
    }

    /// {@return whether both are the same rows}
    public boolean matches(Sum other) {
      return count == other.count && hashes == other.hashes;
    }

    /// {@return what is to be written down, so that a later write can be told}
    public RowDigest.RowSet rows() {
      return new RowDigest.RowSet(count, RowOrigin.with(hashes, first, last), 0);
    }

    @Override
    public String toString() {
      return "%d rows with hash %016x".formatted(count, hashes);
    }
  }

  private LiveSums(LiveData source, List<Entry> data, List<String> columns, List<String> told) {
    this.source = source;
    this.data = data;
    this.columns = columns;
    this.told = told;
    this.image = new RowImage(told.subList(1, told.size()));
  }

  /// {@return the sums of a table that is loaded from a live source, if both servers can make them}
  public static Optional<LiveSums> of(Session session, Archive archive, LoadStep.Load step) {
    LiveData source = archive.live().orElse(null);
    if (source == null || archive.replaces() || session.serverEncoding().equals("SQL_ASCII")) {
      return Optional.empty();
    }
    List<Entry> data =
        step.entries().stream().map(id -> archive.toc().find(id).orElseThrow()).toList();
    Optional<List<String>> here = RowImage.told(session, step.into(), step.columns());
    for (Entry entry : data) {
      if (here.isEmpty() || !here.get().equals(told(source, entry))) {
        return Optional.empty();
      }
    }
    // Binary COPY knows no names: partitions that have the columns in another order are read as
    // text.
    boolean oneOrder = data.stream().map(LiveSums::names).distinct().count() <= 1;
    return here.map(told -> new LiveSums(source, data, step.columns(), told))
        .filter(sums -> oneOrder && sums.image.isPortable());
  }

  private static List<String> told(LiveData source, Entry entry) {
    return Scoping.lines(source, entry, RowImage.query(table(entry).sql(), names(entry)));
  }

  private static QualifiedName table(Entry entry) {
    return new QualifiedName(entry.namespace(), entry.tag());
  }

  private static List<String> names(Entry entry) {
    return entry.copyStmt() == null ? List.of() : EntrySql.copyTarget(entry).columns();
  }

  /// {@return the data entries that make up the table}
  List<Entry> data() {
    return data;
  }

  /// {@return the live database}
  LiveData source() {
    return source;
  }

  /// {@return what the source says} Takes ACCESS SHARE there, and as long as reading the table.
  public Sum there() {
    List<Sum> sums = new ArrayList<>();
    for (Entry entry : data) {
      String query = query(names(entry), "ONLY " + table(entry).sql());
      String[] fields = Scoping.lines(source, entry, query).getFirst().split("\t", 2);
      sums.add(new Sum(Long.parseLong(fields[0]), new BigInteger(fields[1]).longValue(), 0, 0));
    }
    return Sum.of(sums);
  }

  /// {@return what the target says of a table, or of a part of it}
  ///
  /// @param partitioned whether the rows are those of its partitions
  /// @param where ` WHERE …`, or "" for all rows
  public Sum here(Session session, QualifiedName table, boolean partitioned, String where) {
    return session
        .queryText(
            query(
                columns,
                "%s%s".formatted(partitioned ? "" : "ONLY ", table.sql()),
                ", coalesce(min(%1$s), 0) AS first, coalesce(max(%1$s), 0) AS last"
                    .formatted(RowOrigin.XMIN),
                where),
            row ->
                new Sum(
                    Long.parseLong(row.text("n")),
                    new BigInteger(row.text("sum")).longValue(),
                    row.number("first"),
                    row.number("last")))
        .getFirst();
  }

  /// Remembers what both servers have said of the rows.
  public void found(Sum both) {
    found = Optional.of(both);
  }

  /// {@return what both have said, once they have}
  public Optional<Sum> found() {
    return found;
  }

  /// {@return whether another table of the target has the same columns, so that its sum says something}
  public boolean fits(Session session, QualifiedName table) {
    return RowImage.told(session, table, columns).equals(Optional.of(told));
  }

  private String query(List<String> names, String relation) {
    return query(names, relation, "", "");
  }

  private String query(List<String> names, String relation, String more, String where) {
    List<String> expressions = names.stream().map(name -> "l." + Sql.quote(name)).toList();
    return "SELECT pg_catalog.count(*)::pg_catalog.text AS n, coalesce(pg_catalog.sum(%s), 0)::pg_catalog.text AS sum%s FROM %s AS l%s"
        .formatted(names.isEmpty() ? "0" : image.hash(expressions, seed), more, relation, where);
  }
}
