package dev.pgmend.load;

import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// What the target makes of the rows of one table, and what they were where they came from: their number and the sum of their hashes, so
/// that they need not be read back. Only of tables whose columns are of types that [RowImage] knows, the same on both sides, which also
/// are those that binary COPY writes alike on all servers since 12.
public abstract sealed class RowSums permits LiveSums, ArchiveSums {
  private final List<String> columns;
  private final List<String> told;
  private final RowImage image;
  private final long seed = new SecureRandom().nextLong();
  private Optional<Sum> found = Optional.empty();

  /// Rows of a table, as one side describes them.
  ///
  /// @param foreign how many of them were written by others than those who were to, if that was asked
  public record Sum(long count, long hashes, long foreign) {
    static final Sum NOTHING = new Sum(0, 0, 0);

    /// {@return both together}
    Sum and(Sum other) {
      return new Sum(count + other.count, hashes + other.hashes, foreign + other.foreign);
    }

    /// {@return the sum of some parts}
    public static Sum of(List<Sum> parts) {
      return parts.stream().reduce(NOTHING, Sum::and);
    }

    /// {@return whether both are the same rows}
    public boolean matches(Sum other) {
      return count == other.count && hashes == other.hashes;
    }

    @Override
    public String toString() {
      return "%d rows with hash %016x".formatted(count, hashes);
    }
  }

  /// @param columns the target's names of them
  /// @param told the encoding and the columns' types
  RowSums(List<String> columns, List<String> told) {
    this.columns = List.copyOf(columns);
    this.told = List.copyOf(told);
    this.image = new RowImage(kinds());
  }

  /// {@return the columns' types, in the names of pg_type}
  final List<String> kinds() {
    return told.subList(1, told.size());
  }

  final boolean isPortable() {
    return image.isPortable();
  }

  final long seed() {
    return seed;
  }

  /// {@return what the rows were where they came from}
  public abstract Sum there();

  /// {@return what the target says of a table, or of a part of it}
  ///
  /// @param partitioned whether the rows are those of its partitions
  /// @param where ` WHERE …`, or "" for all rows
  /// @param writers the transactions that have written them; empty if nobody wants to know who else has
  public final Sum here(
      Session session,
      QualifiedName table,
      boolean partitioned,
      String where,
      Collection<Long> writers) {
    return session
        .queryText(
            query(
                columns,
                "%s%s".formatted(partitioned ? "" : "ONLY ", table.sql()),
                writers.isEmpty()
                    ? ", 0 AS others"
                    : ", %s AS others".formatted(RowOrigin.foreign(writers)),
                where),
            row ->
                new Sum(
                    Long.parseLong(row.text("n")),
                    new BigInteger(row.text("sum")).longValue(),
                    row.number("others")))
        .getFirst();
  }

  /// {@return what is to be written down of rows that were hashed, so that a later write can be told}
  ///
  /// @param here all of them
  public final RowDigest.RowSet written(
      Session session,
      QualifiedName table,
      boolean partitioned,
      Sum here,
      Collection<Long> writers) {
    String origin =
        here.foreign() == 0 && !writers.isEmpty()
            ? RowOrigin.each(writers)
            : new RowOrigin(session).read(table, partitioned, List.of()).hash();
    return new RowDigest.RowSet(here.count(), RowOrigin.with(here.hashes(), origin), 0);
  }

  /// Remembers what both sides have said of the rows.
  public final void found(Sum both) {
    found = Optional.of(both);
  }

  /// {@return what both have said, once they have}
  public final Optional<Sum> found() {
    return found;
  }

  /// {@return whether another table of the target has the same columns, so that its sum says something}
  public final boolean fits(Session session, QualifiedName table) {
    return RowImage.told(session, table, columns).equals(Optional.of(told));
  }

  final String query(List<String> names, String relation, String more, String where) {
    List<String> expressions = names.stream().map(name -> "l." + Sql.quote(name)).toList();
    return "SELECT pg_catalog.count(*)::pg_catalog.text AS n, coalesce(pg_catalog.sum(%s), 0)::pg_catalog.text AS sum%s FROM %s AS l%s"
        .formatted(names.isEmpty() ? "0" : image.hash(expressions, seed), more, relation, where);
  }
}
