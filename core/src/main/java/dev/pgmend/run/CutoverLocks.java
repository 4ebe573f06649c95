package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.catalog.Revision;
import dev.pgmend.plan.LoadStep;
import dev.pgmend.plan.MendSql;
import dev.pgmend.plan.MendStep;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Step;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.postgres.SqlState;
import dev.pgmend.sql.Lexer;
import dev.pgmend.sql.QualifiedName;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// Takes the locks of a cutover on the tables that it changes, before it changes anything, and then looks whether they are still
/// what the plan was made for.
///
/// It waits only while it holds nothing: for the first lock. For every further one, now or later in the cutover, it waits less long
/// than the server waits before it looks for a deadlock, and so it is never one that others become the victims of. The lock that
/// was not to be had is the first one the next time.
final class CutoverLocks {
  /// A fifth of the default of deadlock_timeout.
  private static final long HOLDING = 200;

  private static final int ROW_TRIES = 3;

  private static final Pattern FOREIGN_KEY = Pattern.compile(" FOREIGN KEY | DROP CONSTRAINT ");

  private final Session session;
  private final Statements statements;
  private final Plan plan;
  private final Revision planned;
  private final List<Lock> locks = new ArrayList<>();

  private boolean complete;

  /// How often a row was not to be had.
  private int refused;

  private record Lock(QualifiedName table, String sql) {}

  CutoverLocks(Session session, Statements statements, Plan plan, Revision planned) {
    this.session = session;
    this.statements = statements;
    this.plan = plan;
    this.planned = planned;
    plan.modes().entrySet().stream()
        .filter(table -> table.getValue() == Mode.SWAP)
        .map(table ->
            new Lock(
                table.getKey(),
                "LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE".formatted(table.getKey().sql())))
        .forEach(locks::add);
    plan.cutover().stream()
        .filter(MendStep.Mend.class::isInstance)
        .map(MendStep.Mend.class::cast)
        .map(mend -> new Lock(mend.table(), new MendSql(mend).lock()))
        .forEach(locks::add);
    locks.sort(Comparator.comparing(Lock::sql));
  }

  /// Nothing of that table changes after all.
  void leaveOut(QualifiedName table) {
    locks.removeIf(lock -> lock.table().equals(table));
  }

  /// The partners of foreign keys that come or go. Where the cutover loads rows itself their time comes after that.
  private void addPartners() {
    Set<QualifiedName> partners = new TreeSet<>(Comparator.comparing(QualifiedName::sql));
    for (Step step : plan.cutover()) {
      if (step instanceof LoadStep.Load) {
        return;
      }
      if (step instanceof Step.Statement statement && FOREIGN_KEY.matcher(statement.sql()).find()) {
        partners.addAll(Lexer.qualifiedNames(statement.sql()));
      }
    }
    locks.stream().map(Lock::table).forEach(partners::remove);
    String mode =
        plan.modes().containsValue(Mode.SWAP) ? "ACCESS EXCLUSIVE" : "SHARE ROW EXCLUSIVE";
    session
        .query(
            """
            select n.nspname, c.relname from unnest(?::text[], ?::text[]) as w(schema, name)
            join pg_catalog.pg_namespace n on n.nspname = w.schema
            join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = w.name and c.relkind in ('r', 'p')
            where pg_catalog.pg_has_role(c.relowner, 'USAGE') order by 1, 2
            """,
            row -> new QualifiedName(row.text("nspname"), row.text("relname")),
            partners.stream().map(QualifiedName::schema).toArray(String[]::new),
            partners.stream().map(QualifiedName::name).toArray(String[]::new))
        .forEach(partner ->
            locks.add(
                new Lock(partner, "LOCK TABLE ONLY %s IN %s MODE".formatted(partner.sql(), mode))));
  }

  /// What a later statement could not lock is asked for first the next time. Where single rows were not to be had, one after the
  /// other, because writers of other rows keep coming, the third time writers are kept out.
  void learn(PgmendException failure) {
    if (failure instanceof SqlFailure sql
        && failure.kind() == Kind.LOCKED
        && !sql.statement().startsWith("LOCK TABLE ")
        && ++refused == ROW_TRIES) {
      locks.replaceAll(lock ->
          new Lock(
              lock.table,
              lock.sql.replace(" IN ROW EXCLUSIVE MODE", " IN SHARE ROW EXCLUSIVE MODE")));
    }
    if (!(failure instanceof SqlFailure sql)
        || failure.kind() != Kind.LOCKED
        || locks.stream().anyMatch(lock -> lock.sql.equals(sql.statement()))) {
      return;
    }
    QualifiedName name = Lexer.qualifiedNames(sql.statement()).stream().findFirst().orElse(null);
    if (name != null && sql.statement().startsWith("LOCK TABLE ")) {
      locks.addFirst(new Lock(name, sql.statement()));
    } else if (name != null && sql.statement().startsWith("CREATE OR REPLACE VIEW ")) {
      // LOCK TABLE on a view would lock the tables that it reads, too; to give it to its owner
      // changes nothing.
      session
          .query(
              "select pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.relowner)) as owner from pg_catalog.pg_class c where c.oid = ?::regclass",
              row -> row.text("owner"),
              name.sql())
          .forEach(owner ->
              locks.addFirst(
                  new Lock(name, "ALTER VIEW %s OWNER TO %s".formatted(name.sql(), owner))));
    }
  }

  /// Takes them in the current transaction.
  ///
  /// @param timeout how long to wait for the first, in milliseconds
  void take(long timeout) {
    if (!complete) {
      addPartners();
      complete = true;
    }
    statements.lockTimeout(timeout);
    // Whoever has revoked his rights on his own table may not even lock it. What is compared is
    // what was there before.
    OwnRights rights = new OwnRights(session);
    rights.lend(plan.lent());
    for (int i = 0; i < locks.size(); i++) {
      try {
        session.execute(locks.get(i).sql);
      } catch (SqlFailure failure) {
        if (SqlState.isUndefinedName(failure.sqlState())) {
          throw changed("table %s has gone".formatted(locks.get(i).table.sql()));
        }
        Collections.rotate(locks, -i);
        throw failure;
      }
      statements.lockTimeout(Math.min(timeout, HOLDING));
    }
    rights.takeBack();
    checkRevision();
    if (plan.cutover().stream().noneMatch(LoadStep.Load.class::isInstance)) {
      // If we are stopped or cut off, others must not wait for our locks as long as TCP does.
      session.execute("SET LOCAL idle_in_transaction_session_timeout = '1min'");
      statements.lockTimeout(Math.min(timeout, HOLDING));
    } else {
      // What was loaded by then is worth waiting; the tables that it went into are nobody else's.
      statements.lockTimeout(timeout);
    }
  }

  /// Throws if a definition is not the one that the plan was made for.
  void checkRevision() {
    List<String> changes = planned.changes(session);
    if (!changes.isEmpty()) {
      throw changed(String.join("; ", changes.stream().limit(8).toList()));
    }
  }

  private static PgmendException changed(String what) {
    return new PgmendException(
        Kind.MISMATCH,
        "since the plan was made: %s; the target is unchanged".formatted(what),
        "Run it again: a new plan takes that into account.");
  }

  /// {@return the tables that a plan changes or creates}
  static List<QualifiedName> names(Plan plan) {
    return plan.modes().keySet().stream().map(plan.request()::renamed).toList();
  }
}
