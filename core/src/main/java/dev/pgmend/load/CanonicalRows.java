package dev.pgmend.load;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.load.RowDigest.RowSet;
import dev.pgmend.plan.LoadStep;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The rows of a backup as the target's server spells them.
public final class CanonicalRows {
  private final Session session;
  private final Loader loader;

  public CanonicalRows(Session session, Loader loader) {
    this.session = session;
    this.loader = loader;
  }

  /// Sends the archive's rows through the server's own input functions and hashes what comes out: text that differs from the
  /// server's own only by time zone, float digits or spelling becomes equal, and a lost or changed row does not.
  ///
  /// @param staged which rows, null for all
  public RowSet read(LoadStep.Load step, QualifiedName scratch, @Nullable RowRanges staged) {
    String columns =
        String.join(
            ", ", step.columns().stream().map(column -> Sql.quote(column) + " text").toList());
    session.execute("CREATE UNLOGGED TABLE %s (%s)".formatted(scratch.sql(), columns));
    loader.reload(step, scratch, staged);
    try {
      RowSet typed = converted(step, scratch, "pg_catalog.format_type(a.atttypid, a.atttypmod)");
      RowSet whole =
          converted(step, scratch, "pg_catalog.format_type(coalesce(b.oid, a.atttypid), -1)");
      if (!typed.matches(whole)) {
        throw new PgmendException(
            Kind.MISMATCH,
            "%s: a column's type would round, cut or pad values of the backup; the target is unchanged"
                .formatted(step.table()),
            "The type is not what it was when the backup was made; make it so, or restore with --mode beside.");
      }
      return typed;
    } finally {
      session.execute("DROP TABLE %s".formatted(scratch.sql()));
    }
  }

  /// A value that its column's type had taken before is the same with and without the type's modifier.
  ///
  /// @param type SQL for the type's name; a is the column's attribute, b the type under its domains
  private RowSet converted(LoadStep.Load step, QualifiedName scratch, String type) {
    List<String> expressions =
        session.query(
            """
            select pg_catalog.quote_ident(a.attname) || '::' || %s as expression
            from pg_catalog.unnest(?::text[]) with ordinality w(name, position)
            join pg_catalog.pg_attribute a on a.attname = w.name and a.attrelid = ?::regclass and not a.attisdropped
            left join lateral (
              with recursive d(oid, base) as (
                select t.oid, t.typbasetype from pg_catalog.pg_type t where t.oid = a.atttypid
                union all select t.oid, t.typbasetype from d join pg_catalog.pg_type t on t.oid = d.base)
              select d.oid from d where d.base = 0) b on true
            order by w.position
            """
                .formatted(type),
            row -> row.text("expression"),
            step.columns().toArray(String[]::new),
            step.into().sql());
    return new TableReader(session)
        .digest("SELECT %s FROM %s".formatted(String.join(", ", expressions), scratch.sql()));
  }
}
