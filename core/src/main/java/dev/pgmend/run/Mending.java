package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.journal.UndoStep;
import dev.pgmend.plan.MendStep;
import dev.pgmend.plan.MendStep.Mend.ForeignKey;
import dev.pgmend.plan.MendStep.Mend.Incoming;
import dev.pgmend.plan.MendStep.Mend.Outgoing;
import dev.pgmend.plan.RowPolicy;
import dev.pgmend.plan.Step;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.postgres.SqlState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SequencedSet;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The mends of one cutover, made together: rows go from the children to the parents and come from the parents to the children.
/// Where the foreign keys between the tables allow no order, they are let go of and added again as NOT VALID.
final class Mending {
  /// Rows of several tables that refer to each other may come in any order where the keys are deferrable.
  static final String DEFER = "SET CONSTRAINTS ALL DEFERRED";

  /// No trigger can be switched back on, and no key dropped, while checks are pending.
  static final String IMMEDIATE = "SET CONSTRAINTS ALL IMMEDIATE";

  private final Session session;
  private final Statements statements;
  private final List<Mender> menders;
  private final Set<String> orphaned;

  /// The keys that are let go of.
  private final SequencedSet<ForeignKey> loose = new LinkedHashSet<>();

  /// When whoever waits has waited long enough.
  private final long deadline;

  /// How many rows did not find their parents before the change.
  private final Map<String, Long> dangling = new HashMap<>();

  /// @param orphaned the keys that are to be left NOT VALID
  /// @param maxBlock the longest that others may be kept waiting
  Mending(
      Session session,
      Statements statements,
      List<Mender> menders,
      Set<String> orphaned,
      Duration maxBlock) {
    this.deadline = System.nanoTime() + maxBlock.toNanos();
    this.session = session;
    this.statements = statements;
    this.menders = List.copyOf(menders);
    this.orphaned = orphaned;
    keys().filter(key -> orphaned.contains(key.id()) && !silenced(key)).forEach(loose::add);
  }

  private Stream<ForeignKey> keys() {
    return menders.stream()
        .flatMap(mender ->
            Stream.concat(
                mender.step().incoming().stream().map(Incoming::key),
                mender.step().outgoing().stream().map(Outgoing::key)))
        .distinct();
  }

  /// Changes the rows.
  ///
  /// @throws PgmendException if that would break a foreign key or reach into other tables; the transaction is then to be rolled back
  List<Outcome.Change> run() {
    while (true) {
      session.execute("SAVEPOINT mend");
      try {
        return statements.inTransaction("change the rows that differ", this::attempt);
      } catch (Mender.Conflict conflict) {
        throw conflict;
      } catch (PgmendException failure) {
        if (failure instanceof SqlFailure sql
            && sql.sqlState().equals(SqlState.QUERY_CANCELED)
            && blocking()) {
          throw tooLong(failure);
        }
        List<ForeignKey> more = inTheWay(failure);
        if (more.isEmpty() && writtenMeanwhile(failure)) {
          session.execute("ROLLBACK TO SAVEPOINT mend");
          continue;
        }
        if (more.isEmpty()) {
          if (failure instanceof SqlFailure sql
              && sql.sqlState().equals(SqlState.INSUFFICIENT_PRIVILEGE)) {
            session.execute("ROLLBACK TO SAVEPOINT mend");
            throw shutOut(sql);
          }
          throw refusal(failure);
        }
        loose.addAll(more);
        session.execute("ROLLBACK TO SAVEPOINT mend");
      }
    }
  }

  /// {@return whether a row was in the way that someone has committed after we had looked: looking again finds it}
  private boolean writtenMeanwhile(PgmendException failure) {
    if (!(failure instanceof SqlFailure sql)
        || !Mender.unique(sql.sqlState())
        || System.nanoTime() > deadline) {
      return false;
    }
    session.execute("ROLLBACK TO SAVEPOINT mend");
    menders.forEach(Mender::silenceNow);
    return menders.stream().anyMatch(Mender::conflicting);
  }

  /// {@return what was done about rows that someone wrote since they were compared}
  List<String> conflicts() {
    return menders.stream().map(Mender::conflictNote).filter(note -> !note.isEmpty()).toList();
  }

  /// {@return the keys without which it may go better}
  private List<ForeignKey> inTheWay(PgmendException failure) {
    String state = failure instanceof SqlFailure sql ? sql.sqlState() : "";
    boolean foreignKey =
        failure.kind() == Kind.MISMATCH || state.equals(SqlState.FOREIGN_KEY_VIOLATION);
    if (foreignKey) {
      return keys()
          .filter(
              key -> key.internal() && key.droppable() && !loose.contains(key) && !silenced(key))
          .toList();
    }
    if (Mender.unique(state)) {
      // Rows that have exchanged unique values make room for each other only if nothing holds them.
      List<ForeignKey> holding =
          menders.stream()
              .filter(mender -> mender.updates() > 0)
              .flatMap(mender -> mender.step().incoming().stream())
              .map(Incoming::key)
              .distinct()
              .filter(key -> !loose.contains(key))
              .toList();
      return holding.stream().allMatch(ForeignKey::droppable) ? holding : List.of();
    }
    return List.of();
  }

  /// The server checks a foreign key as the owner of the table that it refers to, who may have no right on that table's schema: then
  /// nobody can insert. Source: ri_triggers.c, `ri_PerformCheck`.
  private PgmendException shutOut(SqlFailure failure) {
    return session
        .query(
            """
            select pg_catalog.format('GRANT USAGE ON SCHEMA %I TO %I;', n.nspname, pg_catalog.pg_get_userbyid(c.relowner)) as grant,
              k.conname as name, k.conrelid::regclass::text as referring
            from pg_catalog.pg_constraint k join pg_catalog.pg_class c on c.oid = k.confrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            where k.contype = 'f' and k.conrelid = any (?::text[]::regclass[]) and not pg_catalog.has_schema_privilege(c.relowner, n.oid, 'USAGE')
            order by 1 limit 1
            """,
            row ->
                new PgmendException(
                    Kind.REFUSED,
                    "foreign key %s of %s cannot be checked, for the owner of the table that it refers to may not use that table's schema (%s); the target is unchanged"
                        .formatted(
                            row.text("name"), row.text("referring"), failure.serverMessage()),
                    row.text("grant"),
                    failure),
            (Object)
                menders.stream().map(mender -> mender.step().table().sql()).toArray(String[]::new))
        .stream()
        .findFirst()
        .orElse(failure);
  }

  /// A trigger that runs because the user wants it to.
  private record Firing(String name, String function) {}

  /// {@return the failure, with the triggers that may be to blame, null if there are none}
  private @Nullable PgmendException byTrigger(PgmendException failure) {
    String[] tables =
        menders.stream()
            .filter(mender -> mender.step().policy().triggers() == RowPolicy.Triggers.FIRE)
            .map(mender -> mender.step().table().sql())
            .toArray(String[]::new);
    // What is locked is tried again, and what is cut off cannot be asked.
    boolean refused = failure instanceof SqlFailure && failure.kind() == Kind.TARGET;
    if (tables.length == 0 || (failure.kind() != Kind.MISMATCH && !refused)) {
      return null;
    }
    session.execute("ROLLBACK TO SAVEPOINT mend");
    List<Firing> all =
        session.query(
            """
            select pg_catalog.format('%I of %s', t.tgname, t.tgrelid::regclass) as name, p.proname as function
            from pg_catalog.pg_trigger t join pg_catalog.pg_proc p on p.oid = t.tgfoid
            where t.tgrelid = any (?::text[]::regclass[]) and not t.tgisinternal and t.tgenabled <> 'D'
            order by 1
            """,
            row -> new Firing(row.text("name"), row.text("function")), (Object) tables);
    if (failure instanceof SqlFailure sql) {
      List<Firing> raising =
          all.stream().filter(one -> sql.context().contains(one.function() + "(")).toList();
      if (raising.isEmpty() && !sql.sqlState().equals(SqlState.RAISE_EXCEPTION)) {
        return null;
      }
      List<Firing> blamed = raising.isEmpty() ? all : raising;
      return blamed.isEmpty()
          ? null
          : new PgmendException(
              Kind.REFUSED,
              "trigger %s does not let the rows change: %s; the target is unchanged"
                  .formatted(names(blamed), sql.serverMessage()),
              "--triggers suppress, the default, changes the rows without running it.",
              failure);
    }
    return all.isEmpty()
        ? null
        : new PgmendException(
            failure.kind(),
            String.valueOf(failure.getMessage()),
            "--triggers suppress, the default, changes the rows without running triggers. With --triggers fire run: %s."
                .formatted(names(all)),
            failure);
  }

  private static String names(List<Firing> triggers) {
    return String.join(", ", triggers.stream().map(Firing::name).toList());
  }

  private PgmendException refusal(PgmendException failure) {
    PgmendException triggered = byTrigger(failure);
    if (triggered != null) {
      return triggered;
    }
    if (failure instanceof SqlFailure sql && Mender.unique(sql.sqlState())) {
      return new PgmendException(
          Kind.REFUSED,
          "another row has the values of one that would come or change, by constraint %s: %s; the target is unchanged"
              .formatted(sql.constraint(), sql.detail()),
          "Give the other row other values first, or leave the one out with --where.",
          failure);
    }
    if (failure instanceof SqlFailure sql
        && noNull(sql)
        && menders.stream().anyMatch(mender -> !mender.step().nulled().isEmpty())) {
      return noNull(sql, "");
    }
    if (failure instanceof SqlFailure sql && noNull(sql)) {
      return new PgmendException(
          Kind.REFUSED,
          "a row of the backup does not fit in today: %s; the target is unchanged"
              .formatted(sql.serverMessage()),
          "Leave such rows out with --where, or take back what they do not fit first.",
          failure);
    }
    if (failure instanceof SqlFailure sql
        && sql.sqlState().equals(SqlState.FOREIGN_KEY_VIOLATION)) {
      return new PgmendException(
          Kind.REFUSED,
          "a foreign key stands in the way: %s; the target is unchanged"
              .formatted(failure.getMessage()),
          "Restore the other table in the same command: its rows are missing, or refer to rows that would go.",
          failure);
    }
    return failure;
  }

  /// {@return whether the failure says that a value may not be NULL: a domain or a check can say so where the column does not}
  static boolean noNull(SqlFailure failure) {
    return failure.sqlState().equals(SqlState.NOT_NULL_VIOLATION)
        || failure.sqlState().equals(SqlState.CHECK_VIOLATION);
  }

  /// {@return that a column which refers to something may not be NULL}
  static PgmendException noNull(SqlFailure failure, String table) {
    return new PgmendException(
        Kind.REFUSED,
        "rows%s cannot be given NULL for a parent that is gone: %s; the target is unchanged"
            .formatted(table.isEmpty() ? "" : " of " + table, failure.serverMessage()),
        "--orphans delete leaves such rows out, and removes live ones whose parents go.",
        failure);
  }

  private List<Outcome.Change> attempt() {
    session.execute(DEFER);
    menders.forEach(Mender::silenceNow);
    menders.forEach(Mender::count);
    menders.forEach(mender -> {
      bound();
      mender.hold();
    });
    menders.forEach(Mender::ask);
    bound();
    List<Mender> children = menders.stream().filter(Mender::ofChildren).toList();
    List<Mender> others = menders.stream().filter(mender -> !mender.ofChildren()).toList();
    // Rows that would lose their parents go or let go of them first.
    children.forEach(this::reach);
    children.reversed().forEach(Mender::delete);
    children.forEach(mender -> mender.restore(loose));
    bound();
    others.forEach(this::reach);
    dangling.clear();
    menders.forEach(this::countDangling);
    loose.forEach(key -> session.execute(key.drop()));
    others
        .reversed()
        .forEach(mender -> {
          bound();
          mender.delete();
        });
    others.forEach(mender -> {
      bound();
      mender.restore(loose);
    });
    bound();
    session.execute(IMMEDIATE);
    // While row security is still lifted.
    menders.forEach(Mender::verify);
    List<Outcome.Change> changes = menders.stream().map(Mender::finish).toList();
    loose.forEach(key -> session.execute(key.add()));
    if (blocking()) {
      session.execute("SET LOCAL statement_timeout = 0");
    }
    return changes;
  }

  /// {@return whether others wait for more than single rows}
  private boolean blocking() {
    return !loose.isEmpty()
        || menders.stream().anyMatch(mender -> !mender.step().quiet().isEmpty());
  }

  /// Lets the next statement take no longer than others may be kept waiting.
  private void bound() {
    if (!blocking()) {
      return;
    }
    long left = (deadline - System.nanoTime()) / 1_000_000;
    if (left <= 0) {
      throw tooLong(null);
    }
    session.execute("SET LOCAL statement_timeout = " + left);
  }

  private PgmendException tooLong(@Nullable PgmendException cause) {
    return new PgmendException(
        Kind.REFUSED,
        "to change the rows takes longer than others may be kept waiting (--max-block), and they have to wait, for %s; the target is unchanged"
            .formatted(
                loose.isEmpty()
                    ? "triggers, rules or row security are suppressed"
                    : "foreign keys are let go of"),
        "Allow more time with --max-block, restore in parts with --where, or let triggers run with --triggers fire.",
        cause);
  }

  /// No row of a table that is not restored is deleted or changed by a foreign key's action.
  private void reach(Mender mender) {
    if (mender.deletes() + mender.updates() == 0) {
      return;
    }
    for (Incoming incoming : mender.step().incoming()) {
      ForeignKey key = incoming.key();
      if (incoming.reached().isEmpty() || loose.contains(key)) {
        continue;
      }
      if (!incoming.vanishing().isEmpty() && statements.number(incoming.vanishing()) == 0) {
        continue;
      }
      OptionalLong rows = count(incoming.reached());
      if (rows.isPresent() && rows.getAsLong() == 0) {
        continue;
      }
      if (key.internal() && key.droppable()) {
        loose.add(key);
        continue;
      }
      throw new PgmendException(
          Kind.REFUSED,
          "foreign key %s would delete or change %s rows of %s, which refer to rows of %s that would go or change; the target is unchanged"
              .formatted(
                  key.name(),
                  rows.isPresent() ? String.valueOf(rows.getAsLong()) : "an unknown number of",
                  incoming.referring(),
                  mender.step().table()),
          rows.isPresent()
              ? "Restore %s in the same command, or use --mode beside and merge by hand."
                  .formatted(incoming.referring().sql())
              : "%s then they can be counted; or restore %s in the same command."
                  .formatted(
                      new OwnRights(session).select(incoming.referring()),
                      incoming.referring().sql()));
    }
  }

  private void countDangling(Mender mender) {
    for (Incoming incoming : mender.step().incoming()) {
      if (concerned(mender, incoming) && !incoming.dangling().isEmpty()) {
        count(incoming.dangling()).ifPresent(rows -> dangling.put(incoming.dangling(), rows));
      }
    }
    if (mender.deletes() + mender.updates() > 0) {
      for (Outgoing outgoing : mender.step().outgoing()) {
        count(outgoing.dangling()).ifPresent(rows -> dangling.put(outgoing.dangling(), rows));
      }
    }
  }

  /// {@return what the query counts, or nothing if this role cannot count it or the types cannot be compared so}
  private OptionalLong count(String query) {
    session.execute("SAVEPOINT count");
    try {
      return OptionalLong.of(statements.number(query));
    } catch (SqlFailure failure) {
      if (!failure.sqlState().startsWith("42")) {
        throw failure;
      }
      session.execute("ROLLBACK TO SAVEPOINT count");
      return OptionalLong.empty();
    } finally {
      session.execute("RELEASE SAVEPOINT count");
    }
  }

  /// {@return whether taking the change back would take something away that the key may hold on to}
  private static boolean concerned(Mender mender, Incoming incoming) {
    return mender.inserts() > 0
        || mender.updates() > 0 && (incoming.movable() || mender.replaced());
  }

  /// {@return the validations that the cutover leaves to be done}
  List<UndoStep> settle() {
    return loose.stream()
        .filter(key -> !orphaned.contains(key.id()))
        .flatMap(Mending::validation)
        .toList();
  }

  /// {@return the steps that take the change back, for the journal: everything silenced, children deleted before parents, parents
  /// restored before children}
  List<UndoStep> undo() {
    List<UndoStep> steps = new ArrayList<>();
    if (menders.isEmpty()) {
      return steps;
    }
    steps.add(UndoStep.sql("defer what can be deferred", DEFER));
    menders.forEach(mender -> steps.addAll(mender.silence()));
    menders.forEach(mender -> steps.addAll(mender.look()));
    Set<ForeignKey> keys = looseInUndo();
    keys.forEach(key -> steps.add(UndoStep.sql("let go of foreign key " + key.name(), key.drop())));
    for (Mender mender : menders) {
      for (Incoming incoming : mender.step().incoming()) {
        if (concerned(mender, incoming)
            && !keys.contains(incoming.key())
            && !silenced(incoming.key())) {
          steps.add(
              new UndoStep(
                  UndoStep.Kind.NONE,
                  "foreign key %s of %s belongs to someone else"
                      .formatted(incoming.key().name(), incoming.referring()),
                  "",
                  incoming.left()));
        }
      }
    }
    menders.reversed().forEach(mender -> steps.addAll(mender.takeAway()));
    menders.forEach(mender -> steps.addAll(mender.putBack()));
    steps.add(UndoStep.sql("check what was deferred", IMMEDIATE));
    for (Mender mender : menders) {
      for (Incoming incoming : mender.step().incoming()) {
        Long before = dangling.get(incoming.dangling());
        if (keys.contains(incoming.key()) && before != null) {
          steps.add(
              new UndoStep(
                  UndoStep.Kind.NO_MORE,
                  "rows of %s were written since and refer, by foreign key %s, to rows of %s that the restore had brought back"
                      .formatted(
                          incoming.referring(), incoming.key().name(), mender.step().table()),
                  before.toString(),
                  incoming.dangling()));
        }
      }
    }
    menders.forEach(mender -> steps.addAll(mender.unsilence()));
    keys.forEach(key -> steps.add(UndoStep.sql("restore foreign key " + key.name(), key.add())));
    return steps;
  }

  /// {@return which rows were touched, for the journal}
  List<UndoStep> rows() {
    return menders.stream().map(Mender::rows).toList();
  }

  /// What the restore brought back may have been referred to before it came, and what it took away may have referred to nothing: an
  /// undo brings that back too, so no key may stop it, and none may act.
  private Set<ForeignKey> looseInUndo() {
    Set<ForeignKey> keys = new LinkedHashSet<>(loose);
    for (Mender mender : menders) {
      mender.step().incoming().stream()
          .filter(incoming -> concerned(mender, incoming) && incoming.key().droppable())
          .forEach(incoming -> keys.add(incoming.key()));
      mender.step().outgoing().stream()
          .filter(outgoing ->
              dangling.getOrDefault(outgoing.dangling(), 0L) > 0 && outgoing.key().droppable())
          .forEach(outgoing -> keys.add(outgoing.key()));
    }
    keys.removeIf(this::silenced);
    return keys;
  }

  /// {@return whether the key is NOT VALID and so let go of with what else is silenced}
  private boolean silenced(ForeignKey key) {
    return menders.stream().anyMatch(mender -> mender.step().quiet().contains(key.drop()));
  }

  /// {@return the foreign keys that an undo leaves to be validated}
  List<UndoStep> undoSettle() {
    return looseInUndo().stream().flatMap(Mending::validation).toList();
  }

  private static Stream<UndoStep> validation(ForeignKey key) {
    return key.validate().isEmpty()
        ? Stream.empty()
        : Stream.of(
            new UndoStep(
                UndoStep.Kind.VALIDATE, "validate foreign key " + key.name(), key.validate(), ""));
  }

  /// {@return the steps of this kind of a plan}
  static List<MendStep.Mend> steps(List<Step> cutover) {
    return cutover.stream()
        .filter(MendStep.Mend.class::isInstance)
        .map(MendStep.Mend.class::cast)
        .toList();
  }
}
