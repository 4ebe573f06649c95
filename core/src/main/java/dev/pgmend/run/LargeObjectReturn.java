package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Entry;
import dev.pgmend.archive.LargeObjectReader;
import dev.pgmend.archive.LargeObjects;
import dev.pgmend.journal.UndoStep;
import dev.pgmend.plan.EntrySql;
import dev.pgmend.plan.Step;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.postgres.SqlState;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import dev.pgmend.sql.StatementCheck;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Brings back large objects under the OIDs that they had. Their contents wait in a table of the run until the cutover, page by
/// page, and stay there for an undo to see whether they were changed.
final class LargeObjectReturn {
  private static final int PAGE = 1 << 18;
  private static final int SHOWN = 5;

  private final Session session;

  LargeObjectReturn(Session session) {
    this.session = session;
  }

  /// Reads what is gone, and compares what is there, in the current transaction.
  void load(Step.LoadLargeObjects step, Archive archive, List<String> notes) {
    LargeObjects objects = LargeObjects.of(archive.toc());
    session.execute(
        "CREATE TABLE %s (oid oid NOT NULL, position bigint NOT NULL, content bytea NOT NULL, last boolean NOT NULL, PRIMARY KEY (oid, position))"
            .formatted(step.pages().sql()));
    Set<Long> gone = named(step, objects);
    Set<Long> there = there(gone);
    gone.removeAll(there);
    if (!step.noOwner()) {
      owners(gone, objects);
    }
    if (objects.data().isEmpty()) {
      if (!gone.isEmpty() && !step.accepted()) {
        throw new PgmendException(
            Kind.REFUSED,
            "rows name large object %s, which the target does not have, nor has the backup their contents; the target is unchanged"
                .formatted(list(gone)),
            "Use a backup made with --large-objects, or --accept-needs to go without them.");
      }
      if (!gone.isEmpty()) {
        notes.add("large object %s, which rows name, is not there".formatted(list(gone)));
      }
      return;
    }
    Set<Long> unread = new HashSet<>(gone);
    unread.addAll(there);
    Set<Long> different = new TreeSet<>();
    Set<Long> unreadable = new TreeSet<>();
    Set<Long> goneNow = Set.copyOf(gone);
    for (Entry blobs : unread.isEmpty() ? List.<Entry>of() : objects.data()) {
      archive.largeObjects(
          blobs,
          new LargeObjectReader() {
            @Override
            public boolean wants(long oid) {
              return unread.contains(oid);
            }

            @Override
            public void read(long oid, InputStream content) throws IOException {
              unread.remove(oid);
              if (goneNow.contains(oid)) {
                keep(step.pages(), oid, content);
              } else {
                compare(oid, content, different, unreadable);
              }
            }
          });
    }
    if (!unread.isEmpty()) {
      throw new PgmendException(
          Kind.SOURCE,
          "%s: the contents of large object %s are not in the backup; the target is unchanged"
              .formatted(archive.name(), list(unread)));
    }
    if (!unreadable.isEmpty()) {
      notes.add(
          "large object %s is there, but this role may not read it: whether it is what the backup has is not known"
              .formatted(list(unreadable)));
    }
    if (!different.isEmpty() && !step.accepted()) {
      throw new PgmendException(
          Kind.REFUSED,
          "rows name large object %s, which the target has with another content than the backup; the target is unchanged"
              .formatted(list(different)),
          "--accept-needs leaves it as it is.");
    }
    if (!different.isEmpty()) {
      notes.add(
          "large object %s is not what the backup has and stays as it is"
              .formatted(list(different)));
    }
  }

  /// {@return the OIDs in the rows that are those of large objects of the backup}
  private Set<Long> named(Step.LoadLargeObjects step, LargeObjects objects) {
    Set<Long> named = new HashSet<>();
    for (QualifiedName table : step.staged()) {
      List<String> columns =
          session.query(
              """
              with recursive t(column_name, oid, base) as (
                select a.attname, t.oid, t.typbasetype from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid
                where a.attrelid = ?::pg_catalog.regclass and a.attnum > 0 and not a.attisdropped
                union all
                select t.column_name, b.oid, b.typbasetype from t join pg_catalog.pg_type b on b.oid = t.base)
              select t.column_name from t where t.oid = 'pg_catalog.oid'::pg_catalog.regtype
              """,
              row -> row.text("column_name"),
              table.sql());
      for (String column : columns) {
        session.queryText(
            "SELECT DISTINCT r.%1$s::pg_catalog.oid::bigint AS oid FROM %2$s WHERE r.%1$s IS NOT NULL"
                .formatted(
                    Sql.quote(column), step.some().getOrDefault(table, table.sql() + " AS r")),
            row -> {
              long oid = row.number("oid");
              return objects.find(oid).isPresent() && named.add(oid);
            });
      }
    }
    return named;
  }

  private Set<Long> there(Set<Long> oids) {
    return new HashSet<>(
        session.query(
            "select m.oid::bigint as oid from pg_catalog.pg_largeobject_metadata m where m.oid::bigint = any (?::bigint[])",
            row -> row.number("oid"),
            (Object) oids.toArray(Long[]::new)));
  }

  /// Their owners cannot be given to roles that are not there, or that the session's role is not a member of.
  private void owners(Set<Long> oids, LargeObjects objects) {
    Set<String> owners = new TreeSet<>();
    for (long oid : oids) {
      objects.find(oid).map(Entry::owner).filter(owner -> !owner.isEmpty()).ifPresent(owners::add);
    }
    List<String> able =
        session.query(
            "select r.rolname from pg_catalog.pg_roles r where r.rolname = any (?::text[]) and pg_catalog.pg_has_role(r.oid, 'MEMBER')",
            row -> row.text("rolname"),
            (Object) owners.toArray(String[]::new));
    able.forEach(owners::remove);
    if (!owners.isEmpty()) {
      throw new PgmendException(
          Kind.REFUSED,
          "large objects that are gone belong to role %s, which does not exist or which yours is not a member of; the target is unchanged"
              .formatted(String.join(", ", owners.stream().map(Sql::quote).toList())),
          "Become a member of it, or --no-owner leaves them to your role.");
    }
  }

  private void keep(QualifiedName pages, long oid, InputStream content) throws IOException {
    long position = 0;
    byte[] page = content.readNBytes(PAGE);
    boolean last;
    do {
      byte[] next = page.length < PAGE ? new byte[0] : content.readNBytes(PAGE);
      last = next.length == 0;
      session.update(
          "INSERT INTO %s (oid, position, content, last) VALUES (?::bigint::oid, ?, ?, ?)"
              .formatted(pages.sql()),
          oid,
          position,
          page,
          last);
      position += page.length;
      page = next;
    } while (!last);
  }

  private void compare(long oid, InputStream content, Set<Long> different, Set<Long> unreadable)
      throws IOException {
    session.execute("SAVEPOINT \"large object\"");
    try {
      if (!same(oid, content)) {
        different.add(oid);
      }
      session.execute("RELEASE SAVEPOINT \"large object\"");
    } catch (SqlFailure failure) {
      if (!failure.sqlState().equals(SqlState.INSUFFICIENT_PRIVILEGE)) {
        throw failure;
      }
      session.execute("ROLLBACK TO SAVEPOINT \"large object\"");
      unreadable.add(oid);
    }
  }

  private boolean same(long oid, InputStream content) throws IOException {
    long position = 0;
    boolean same = true;
    byte[] page;
    do {
      page = content.readNBytes(PAGE);
      // One byte more tells whether the object ends where the backup's does.
      int asked = page.length < PAGE ? page.length + 1 : PAGE;
      same &=
          session
              .query(
                  "select pg_catalog.lo_get(?::bigint::oid, ?::bigint, ?::int) = ? as same",
                  row -> row.flag("same"),
                  oid,
                  position,
                  asked,
                  page)
              .getFirst();
      position += page.length;
    } while (same && page.length == PAGE);
    return same;
  }

  /// {@return whether there is anything to bring back}
  boolean any(Step.CreateLargeObjects step) {
    return !session
        .queryText("SELECT 1 AS one FROM %s LIMIT 1".formatted(step.pages().sql()), _ -> true)
        .isEmpty();
  }

  /// Creates them, in the transaction of the cutover.
  ///
  /// @return how they are taken back, empty if there are none
  List<UndoStep> create(Step.CreateLargeObjects step, Archive archive, List<String> notes) {
    if (!any(step)) {
      return List.of();
    }
    session.execute(step.sql());
    LargeObjects objects = LargeObjects.of(archive.toc());
    List<Long> oids =
        session.queryText(
            "SELECT DISTINCT oid::bigint AS oid FROM %s ORDER BY 1".formatted(step.pages().sql()),
            row -> row.number("oid"));
    EntrySql sql = new EntrySql(archive.toc().standardConformingStrings());
    for (long oid : oids) {
      Entry entry = objects.find(oid).orElseThrow();
      withdraw(oid);
      if (!step.noOwner() && !entry.owner().isEmpty()) {
        session.execute(
            "ALTER LARGE OBJECT %d OWNER TO %s".formatted(oid, Sql.quote(entry.owner())));
      }
      for (Entry annotation : objects.annotations(oid)) {
        annotate(annotation, oid, step.noAcl(), sql);
      }
    }
    notes.add(
        "%d large object%s brought back, under the same OID: %s"
            .formatted(oids.size(), oids.size() == 1 ? "" : "s", list(oids)));
    return List.of(
        new UndoStep(
            UndoStep.Kind.LARGE_OBJECTS,
            "remove the large objects that were brought back",
            step.pages().sql(),
            ""));
  }

  /// What default privileges have given others.
  private void withdraw(long oid) {
    session
        .query(
            """
            select pg_catalog.format('REVOKE ALL ON LARGE OBJECT %s FROM %s', m.oid,
              case x.grantee when 0 then 'PUBLIC' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) end) as sql
            from pg_catalog.pg_largeobject_metadata m cross join lateral pg_catalog.aclexplode(m.lomacl) x
            where m.oid = ?::bigint::oid and x.grantee <> m.lomowner
            """,
            row -> row.text("sql"), oid)
        .stream()
        .distinct()
        .forEach(session::execute);
  }

  private void annotate(Entry annotation, long oid, boolean noAcl, EntrySql sql) {
    if (annotation.desc().equals("ACL")) {
      if (!noAcl) {
        String grants = LargeObjects.definition(annotation, oid);
        StatementCheck.check("ACL", grants);
        EntrySql.grants(grants).forEach(session::execute);
      }
    } else {
      session.execute(sql.definition(annotation));
    }
  }

  /// Removes them in an undo.
  void remove(String pages, boolean discardNewer) {
    if (!discardNewer) {
      List<Long> changed =
          session.queryText(
              """
              SELECT DISTINCT p.oid::bigint AS oid FROM %s AS p LEFT JOIN pg_catalog.pg_largeobject_metadata AS m ON m.oid = p.oid
              WHERE CASE WHEN m.oid IS NULL THEN true
                ELSE pg_catalog.lo_get(m.oid, p.position, pg_catalog.length(p.content) + p.last::int) <> p.content END ORDER BY 1
              """
                  .formatted(pages),
              row -> row.number("oid"));
      if (!changed.isEmpty()) {
        throw new PgmendException(
            Kind.REFUSED,
            "large object %s was changed since it was restored; nothing was undone"
                .formatted(list(changed)),
            "pgmend undo --discard-newer gives those changes up.");
      }
    }
    // One by one and from a list: where a condition has side effects the server chooses which rows
    // see it.
    List<Long> there =
        session.queryText(
            "SELECT DISTINCT m.oid::bigint AS oid FROM %s AS p JOIN pg_catalog.pg_largeobject_metadata AS m ON m.oid = p.oid"
                .formatted(pages),
            row -> row.number("oid"));
    for (long oid : there) {
      session.execute("SELECT pg_catalog.lo_unlink(%d)".formatted(oid));
    }
  }

  private static String list(Iterable<Long> oids) {
    List<String> shown = new ArrayList<>();
    int count = 0;
    for (long oid : oids) {
      if (count++ < SHOWN) {
        shown.add(Long.toString(oid));
      }
    }
    return String.join(", ", shown)
        + (count > SHOWN ? " and %d more".formatted(count - SHOWN) : "");
  }
}
