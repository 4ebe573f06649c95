package dev.pgmend.load;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Entry;
import dev.pgmend.load.RowDigest.RowSet;
import dev.pgmend.plan.Step;
import dev.pgmend.postgres.CopySink;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongConsumer;

/// Loads a table's rows and proves that they arrived. Memory is constant.
public final class Loader {
  private static final int BUFFER = 1 << 16;

  private final Session session;
  private final Archive archive;

  public Loader(Session session, Archive archive) {
    this.session = session;
    this.archive = archive;
  }

  /// Copies the rows in the current transaction and returns what was read from the archive.
  ///
  /// @param progress told the number of bytes of COPY text sent so far
  /// @throws PgmendException if the archive is damaged or the server refuses or miscounts a row; the transaction is then to be
  ///     rolled back
  public RowSet load(Step.Load step, LongConsumer progress) {
    RowDigest digest = new RowDigest();
    for (int id : step.entries()) {
      Entry entry =
          archive.toc().find(id).orElseThrow(() -> new IllegalStateException("no entry " + id));
      copy(step, entry, digest, progress);
    }
    return digest.rows();
  }

  private void copy(Step.Load step, Entry entry, RowDigest digest, LongConsumer progress) {
    long before = digest.rows().count();
    byte[] buffer = new byte[BUFFER];
    try (InputStream rows = archive.copyText(entry);
        CopySink sink = session.copyIn(step.sql())) {
      int length;
      while ((length = rows.read(buffer)) >= 0) {
        digest.update(buffer, 0, length);
        sink.write(buffer, 0, length);
        progress.accept(length);
      }
      long taken = sink.finish();
      long sent = digest.rows().count() - before;
      if (taken != sent) {
        throw new PgmendException(
            Kind.MISMATCH,
            "the server took %d of %d rows of %s".formatted(taken, sent, step.table()));
      }
    } catch (IOException e) {
      throw new PgmendException(
          Kind.SOURCE,
          "%s: cannot read the rows of %s: %s"
              .formatted(archive.path(), step.table(), e.getMessage()),
          null,
          e);
    }
  }

  /// Sends the archive's rows through the server's own input functions and hashes what comes out: text that differs from the
  /// server's own only by time zone, float digits or spelling becomes equal, and a lost or changed row does not.
  public RowSet canonical(Step.Load step, QualifiedName scratch) {
    String columns =
        String.join(
            ", ", step.columns().stream().map(column -> Sql.quote(column) + " text").toList());
    session.execute("CREATE UNLOGGED TABLE %s (%s)".formatted(scratch.sql(), columns));
    load(new Step.Load(step.table(), scratch, step.columns(), step.entries()), _ -> {});
    String types =
        String.join(
            ", ",
            session.query(
                """
                select pg_catalog.quote_ident(a.attname) || '::' || pg_catalog.format_type(a.atttypid, a.atttypmod) as expression
                from pg_catalog.unnest(?::text[]) with ordinality w(name, position)
                join pg_catalog.pg_attribute a on a.attname = w.name and a.attrelid = ?::regclass and not a.attisdropped
                order by w.position
                """,
                row -> row.text("expression"),
                step.columns().toArray(String[]::new),
                step.into().sql()));
    try {
      return new TableReader(session).digest("SELECT %s FROM %s".formatted(types, scratch.sql()));
    } finally {
      session.execute("DROP TABLE %s".formatted(scratch.sql()));
    }
  }
}
