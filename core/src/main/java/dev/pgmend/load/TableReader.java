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

  public TableReader(Session session) {
    this.session = session;
  }

  /// Reads a table without the rows of its inheritance children, or a partitioned table with those of its partitions.
  public RowSet read(QualifiedName table, List<String> columns, boolean partitioned) {
    String list = String.join(", ", columns.stream().map(Sql::quote).toList());
    return digest("SELECT %s FROM %s%s".formatted(list, partitioned ? "" : "ONLY ", table.sql()));
  }

  /// Reads what a query returns.
  public RowSet digest(String query) {
    RowDigest digest = new RowDigest();
    session.copyOut(
        "COPY (%s) TO STDOUT%s".formatted(query, session.copyOptions()), new DigestStream(digest));
    return digest.rows();
  }

  private static final class DigestStream extends OutputStream {
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
      digest.update(bytes, offset, length);
    }
  }
}
