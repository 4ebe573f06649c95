package dev.pgmend.load;

import dev.pgmend.load.RowDigest.RowSet;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.io.OutputStream;
import java.util.List;

/// Reads tables back as COPY text, counting and hashing their rows. Takes ACCESS SHARE.
public final class TableReader {
  private final Session session;

  private final Effort effort;
  private final Rate rate;

  public TableReader(Session session) {
    this(session, Effort.plain(), new Rate(0));
  }

  /// @param rate what all reading and writing of a run shares
  public TableReader(Session session, Effort effort, Rate rate) {
    this.session = session;
    this.effort = effort;
    this.rate = rate;
  }

  /// Reads a table without the rows of its inheritance children, or a partitioned table with those of its partitions.
  public RowSet read(QualifiedName table, List<String> columns, boolean partitioned) {
    if (!effort.hashes()) {
      return count(
          "SELECT count(*) AS n FROM %s%s".formatted(partitioned ? "" : "ONLY ", table.sql()));
    }
    String list = String.join(", ", columns.stream().map(Sql::quote).toList());
    return digest("SELECT %s FROM %s%s".formatted(list, partitioned ? "" : "ONLY ", table.sql()));
  }

  /// Reads a part of a table, as [#read] does, and adds it to a digest.
  ///
  /// @param where ` WHERE …`, or "" for all rows
  public void add(
      RowDigest digest,
      QualifiedName table,
      List<String> columns,
      boolean partitioned,
      String where) {
    String list = String.join(", ", columns.stream().map(Sql::quote).toList());
    digest(
        "SELECT %s FROM %s%s%s".formatted(list, partitioned ? "" : "ONLY ", table.sql(), where),
        digest);
  }

  private RowSet count(String query) {
    return new RowSet(session.queryText(query, row -> row.number("n")).getFirst(), "", 0);
  }

  /// Reads what a query returns.
  public RowSet digest(String query) {
    RowDigest digest = new RowDigest();
    digest(query, digest);
    return digest.rows();
  }

  private void digest(String query, RowDigest digest) {
    session.copyOut(
        "COPY (%s) TO STDOUT%s".formatted(query, session.copyOptions()), new DigestStream(digest));
  }

  private final class DigestStream extends OutputStream {
    private final RowDigest digest;

    DigestStream(RowDigest digest) {
      this.digest = digest;
    }

    @Override
    public void write(int b) {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      rate.take(length, session::checkInterrupt);
      digest.update(bytes, offset, length);
    }
  }
}
