package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.journal.UndoStep;
import dev.pgmend.load.DifferingRows;
import dev.pgmend.load.Scope;
import dev.pgmend.plan.MendSql;
import dev.pgmend.plan.MendStep;
import dev.pgmend.plan.RowPolicy;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.postgres.SqlState;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// Changes the rows of one table that were found to differ from the staged ones, inside the cutover's transaction. Rows that someone
/// has written since they were compared are never written over without a word.
public final class Mender {
  private final Session session;
  private final Statements statements;
  private final MendStep.Mend step;
  private final MendSql sql;
  private final long backup;
  private final Optional<Scope> scope;
  private final Supplier<Optional<DifferingRows>> culprits;
  private long deletes;
  private long updates;
  private long inserts;
  private boolean replaced;
  private boolean rewrittenKeys;
  private String conflictNote = "";

  /// @param backup how many rows the backup has
  /// @param scope the part of the table in which it differs from a live source, if only that was staged
  /// @param culprits finds the rows in which it differs from that now
  Mender(
      Session session,
      Statements statements,
      MendStep.Mend step,
      long backup,
      Optional<Scope> scope,
      Supplier<Optional<DifferingRows>> culprits) {
    this.scope = scope;
    this.culprits = culprits;
    this.backup = backup;
    this.session = session;
    this.statements = statements;
    this.step = step;
    this.sql = new MendSql(step, scope.map(Scope::live).orElse(""));
  }

  /// Someone has written rows since they were compared.
  static final class Conflict extends ProofFailure {
    private static final long serialVersionUID = 1L;

    private Conflict(String message, String hint) {
      this(message, hint, Optional.empty());
    }

    private Conflict(String message, String hint, Optional<DifferingRows> rows) {
      super(message, hint, rows);
    }
  }

  /// Rows differ otherwise than by being lost, and nobody has said what is to become of them.
  public static final class Undecided extends PgmendException {
    private static final long serialVersionUID = 1L;

    private Undecided(String message, String hint) {
      super(Kind.REFUSED, message, hint, null);
    }
  }

  /// {@return the statements that find the rows that differ}
  List<String> comparison() {
    return sql.compare();
  }

  /// {@return how many rows differ}
  RowChange found() {
    return step.key().isEmpty() && ofChildren()
        ? new RowChange(step.table(), 0, inserts, deletes - inserts)
        : new RowChange(step.table(), inserts, updates, deletes);
  }

  /// Makes sure that every row of the backup has a key of its own, as the table counts today.
  void tellApart() {
    List<String> shared =
        step.key().isEmpty()
            ? List.of()
            : session.queryText(sql.sharedKeys(), row -> row.text("k"));
    if (!shared.isEmpty()) {
      throw new PgmendException(
          Kind.REFUSED,
          "several rows of the backup have the same key (%s) in %s as it is today, for example %s: which of them a row is cannot be told; the target is unchanged"
              .formatted(
                  String.join(", ", step.key().stream().map(Sql::quote).toList()),
                  step.table(),
                  String.join(", ", shared)),
          "--mode beside puts the backup's rows into a table of their own.");
    }
  }

  /// Counts the rows that were found to differ.
  void count() {
    deletes = statements.number(sql.countUnpaired(step.gone(), step.came()));
    updates = statements.number(sql.countPaired(step.gone(), step.came()));
    rewrittenKeys =
        !step.key().isEmpty()
            && statements.number(sql.countRewrittenKeys(step.gone(), step.came())) > 0;
    inserts = statements.number(sql.countUnpaired(step.came(), step.gone()));
  }

  /// Silences what would run or hide rows.
  void silenceNow() {
    step.quiet().forEach(session::execute);
  }

  /// Keeps others from writing the rows that are to change, and finds those that they have written since the comparison.
  void hold() {
    if (step.key().isEmpty() && ofChildren()) {
      return;
    }
    if (step.key().isEmpty()) {
      if (!statements.flag(sql.stillDiffers())) {
        throw new Conflict(
            "%s was written by someone since it was compared, and it has no key to tell which rows; the target is unchanged"
                .formatted(step.table()),
            "Run it again.");
      }
      return;
    }
    if (step.policy().rows() == RowPolicy.Rows.EXACT) {
      // Whatever was written to the rest of the table: it is to be as in the backup as a whole.
      session.execute(sql.collectLater());
      hold(step.conflicts());
    }
    hold(step.gone());
    if (statements.number(sql.countConflicts()) > 0) {
      sql.forgetDone().forEach(session::execute);
      session.execute(sql.collectConflicts());
    }
    long conflicts = statements.number("SELECT count(*) FROM " + step.conflicts().sql());
    if (conflicts > 0) {
      resolve(conflicts);
    }
    count();
  }

  private void hold(QualifiedName rows) {
    boolean moves =
        step.incoming().stream().anyMatch(key -> !key.reached().isEmpty() && key.movable());
    if (acted() && !moves) {
      // Writers of other tables keep referring to rows that only change, without a pause.
      statements.number(sql.holdChanged(rows));
      statements.number(sql.holdLeaving(rows));
    } else {
      statements.number(sql.hold(rows, acted()));
    }
  }

  /// {@return whether a foreign key could act on rows that come to refer to the held ones; any other would only refuse}
  private boolean acted() {
    return step.incoming().stream().anyMatch(key -> !key.reached().isEmpty());
  }

  private void resolve(long conflicts) {
    String what =
        "%s of %s written by someone since they were compared: %s"
            .formatted(
                conflicts == 1 ? "1 row" : conflicts + " rows",
                step.table() + (conflicts == 1 ? " was" : " were"),
                String.join(", ", session.queryText(sql.sampleConflicts(), row -> row.text("k"))));
    switch (step.policy().conflicts()) {
      case FAIL ->
          throw new Conflict(
              what + "; the target is unchanged",
              "Run it again, and they are compared as they are now; --on-conflict keep-live leaves such rows as they are, take-backup puts the backup's over them.");
      case KEEP_LIVE -> {
        sql.keepLive().forEach(session::execute);
        conflictNote = what + "; left as they are";
      }
      case TAKE_BACKUP -> {
        statements.number(sql.hold(step.conflicts(), acted()));
        sql.takeBackup().forEach(session::execute);
        conflictNote = what + "; replaced by what the backup says (undo brings them back)";
      }
    }
  }

  /// {@return what was done about rows that someone wrote since the comparison, "" if there were none}
  String conflictNote() {
    return conflictNote;
  }

  /// {@return whether someone has written rows since they were compared}
  boolean conflicting() {
    return !step.key().isEmpty() && statements.number(sql.countConflicts()) > 0;
  }

  MendStep.Mend step() {
    return step;
  }

  /// {@return how many rows the backup does not have}
  long deletes() {
    return deletes;
  }

  /// {@return how many rows the backup has otherwise}
  long updates() {
    return updates;
  }

  /// {@return how many rows are lost}
  long inserts() {
    return inserts;
  }

  /// {@return whether only rows that would lose their parents are touched}
  boolean ofChildren() {
    return step.policy().rows() == RowPolicy.Rows.ORPHANED;
  }

  /// {@return whether changed rows were taken out and put in again}
  boolean replaced() {
    return replaced;
  }

  private static String count(long rows, String what) {
    return rows == 0 ? "" : rows + (rows == 1 ? " row" : " rows") + what;
  }

  private static String both(String one, String other) {
    return one + (one.isEmpty() || other.isEmpty() ? "" : " and ") + other;
  }

  /// Refuses to touch more than the user has said: rows that are not lost may be today's business.
  void ask() {
    RowPolicy policy = step.policy();
    if (policy.rows() == RowPolicy.Rows.UNDECIDED && deletes + updates > 0) {
      throw new Undecided(
          "%s has %s, which may be the accident or today's business; %s lost; the target is unchanged"
              .formatted(
                  step.table(),
                  both(
                      count(deletes, " that the backup does not have"),
                      count(updates, " that the backup has otherwise")),
                  inserts == 0 ? "none is" : inserts == 1 ? "1 row is" : inserts + " rows are"),
          remedy());
    }
    policy.limit().ifPresent(this::limit);
  }

  private String remedy() {
    List<String> ways = new ArrayList<>();
    if (inserts > 0) {
      ways.add("--rows missing brings back what is lost and leaves those as they are");
    }
    if (updates > 0) {
      ways.add(
          "--rows changed also changes %s back"
              .formatted(updates == 1 ? "1 row" : updates + " rows"));
    }
    ways.add(
        "--rows exact makes the table what the backup says: %s"
            .formatted(
                both(count(deletes, " would go"), count(updates, " would be changed back"))));
    return String.join("; ", ways) + ".";
  }

  private void limit(RowPolicy.Limit limit) {
    // Of a table that is not restored nothing was loaded.
    long most = limit.of(ofChildren() ? statements.number(sql.countLive()) : backup);
    if (deletes + updates + inserts > most) {
      throw new PgmendException(
          Kind.REFUSED,
          "%d rows of %s would change: %d brought back, %d changed back, %d removed; --limit-change %s allows %d; the target is unchanged"
              .formatted(
                  deletes + updates + inserts,
                  step.table(),
                  inserts,
                  updates,
                  deletes,
                  limit,
                  most),
          "Look at them first; --limit-change %d allows them."
              .formatted(deletes + updates + inserts));
    }
  }

  /// Deletes the rows that the backup does not have.
  void delete() {
    expect(sql.delete(step.gone(), step.came()), deletes, "delete");
  }

  /// Changes the rows that differ and brings back those that are lost.
  ///
  /// @param loose the foreign keys that are let go of
  /// @throws PgmendException if a row was changed by someone meanwhile
  void restore(Collection<MendStep.Mend.ForeignKey> loose) {
    replaced = false;
    session.execute("SAVEPOINT rows");
    try {
      if (!step.key().isEmpty()) {
        expect(sql.update(step.gone(), step.came(), rewrittenKeys), updates, "change");
      }
      expect(sql.insert(step.gone(), step.came(), false), inserts, "restore");
    } catch (SqlFailure failure) {
      // Unique values that rows have exchanged cannot be changed row by row. Where nothing refers
      // to
      // the rows, they can make room for each other.
      boolean held = step.incoming().stream().anyMatch(key -> !loose.contains(key.key()));
      if (!unique(failure.sqlState()) || held || step.key().isEmpty()) {
        throw failure;
      }
      session.execute("ROLLBACK TO SAVEPOINT rows");
      expect(sql.deletePaired(step.gone(), step.came()), updates, "take out");
      expect(sql.insertPaired(step.gone(), step.came()), updates, "put in");
      expect(sql.insert(step.gone(), step.came(), false), inserts, "restore");
      replaced = true;
    }
    if (!step.added().isEmpty()) {
      session.execute(sql.noteAdded());
    }
  }

  static boolean unique(String sqlState) {
    return sqlState.equals(SqlState.UNIQUE_VIOLATION)
        || sqlState.equals(SqlState.EXCLUSION_VIOLATION);
  }

  /// Puts back what was silenced.
  Outcome.Change finish() {
    step.loud().forEach(session::execute);
    // Without a key a row is changed by another that comes for it: of such a table no rows come
    // otherwise.
    return step.key().isEmpty() && ofChildren()
        ? new Outcome.Change(step.table().toString(), deletes - inserts, inserts, 0)
        : new Outcome.Change(step.table().toString(), deletes, updates, inserts);
  }

  /// Checks, before the commit, that the rows are what the change was to make them.
  void verify() {
    if (!statements.flag(sql.changed())) {
      throw Culprits.failure(
          "after the change rows of %s are not what they were to be (a trigger that changes them?)"
              .formatted(step.table()),
          null,
          this::unlike);
    }
    scope.ifPresent(this::verifyAll);
  }

  /// Of the chunks that were the same nothing was staged: that all rows are the source's now is what both servers' sums say.
  private void verifyAll(Scope compared) {
    RowPolicy policy = step.policy();
    boolean whole =
        policy.rows() == RowPolicy.Rows.EXACT
            && policy.where().isEmpty()
            && policy.columns().isEmpty()
            && conflictNote.isEmpty()
            && statements.number("SELECT count(*) FROM " + step.kept().sql()) == 0;
    if (!whole) {
      return;
    }
    boolean same =
        session
            .queryText(
                compared.total(),
                row ->
                    row.number("n") == compared.rows()
                        && new BigInteger(row.text("sum")).longValue() == compared.sum())
            .equals(List.of(true));
    if (!same) {
      throw Culprits.failure(
          culprits,
          (words, rows) ->
              new Conflict(
                  "%s was written by someone since it was compared, or does not hold values as the source does%s; the target is unchanged"
                      .formatted(step.table(), words),
                  "Run it again; --mode swap builds the table anew.",
                  rows));
    }
  }

  /// {@return the rows that are not what the change was to make them}
  private Optional<DifferingRows> unlike() {
    Map<DifferingRows.Kind, Long> counts = new EnumMap<>(DifferingRows.Kind.class);
    List<DifferingRows.Sample> samples =
        session.queryText(
            sql.unlike(DifferingRows.SHOWN, DifferingRows.LENGTH),
            row -> {
              DifferingRows.Kind kind = DifferingRows.Kind.valueOf(row.text("kind"));
              counts.put(kind, row.number("n"));
              return new DifferingRows.Sample(kind, row.text("name"), row.texts("differs"));
            });
    return Optional.of(
        new DifferingRows(
            step.table(),
            step.key(),
            true,
            counts.getOrDefault(DifferingRows.Kind.MISSING, 0L),
            counts.getOrDefault(DifferingRows.Kind.CHANGED, 0L),
            counts.getOrDefault(DifferingRows.Kind.EXTRA, 0L),
            samples));
  }

  private void expect(String statement, long rows, String verb) {
    if (rows == 0) {
      return;
    }
    long touched = session.updateText(statement);
    if (touched != rows) {
      throw new PgmendException(
          Kind.MISMATCH,
          "%d rows of %s were to be found to %s, and %d were; the target is unchanged"
              .formatted(rows, step.table(), verb, touched),
          "Someone may be changing the table; try again.");
    }
  }

  private String title() {
    return "take back the change of " + step.table();
  }

  /// {@return undo: lock and silence}
  List<UndoStep> silence() {
    List<UndoStep> steps = new ArrayList<>(List.of(UndoStep.sql(title(), sql.lock())));
    step.quiet().forEach(quiet -> steps.add(UndoStep.sql(title(), quiet)));
    return steps;
  }

  /// {@return undo: look whether someone has changed the rows since}
  List<UndoStep> look() {
    return step.key().isEmpty()
        ? List.of()
        : List.of(
            new UndoStep(
                UndoStep.Kind.CHANGED,
                "rows of %s that the restore had touched were changed by someone since"
                    .formatted(step.table()),
                sql.sampleChangedSince(),
                sql.countChangedSince()));
  }

  /// {@return which rows were touched, for later undos}
  UndoStep rows() {
    return new UndoStep(
        UndoStep.Kind.ROWS,
        step.table().sql(),
        step.gone().sql() + "\n" + step.came().sql(),
        String.join(", ", step.key().stream().map(dev.pgmend.sql.Sql::quote).toList()));
  }

  /// {@return undo: put back what was silenced}
  List<UndoStep> unsilence() {
    return step.loud().stream().map(loud -> UndoStep.sql(title(), loud)).toList();
  }

  /// {@return undo: delete what was brought back}
  List<UndoStep> takeAway() {
    QualifiedName before = step.gone();
    QualifiedName since = step.came();
    List<UndoStep> steps = new ArrayList<>();
    steps.add(expected(sql.delete(since, before), sql.countUnpaired(since, before)));
    if (!step.key().isEmpty()) {
      steps.add(discarding(sql.deleteByKey(since, before)));
      steps.add(keeping(sql.delete(since, before)));
    }
    return steps;
  }

  /// {@return undo: bring back what was changed or deleted}
  List<UndoStep> putBack() {
    QualifiedName before = step.gone();
    QualifiedName since = step.came();
    List<UndoStep> steps = new ArrayList<>();
    if (replaced) {
      steps.add(
          new UndoStep(
              UndoStep.Kind.KEEP,
              "rows of %s that had exchanged values can be taken back only together, and some were"
                  .formatted(step.table()),
              "",
              sql.countChangedSince()));
      steps.add(expected(sql.deletePaired(since, before), sql.countPaired(since, before)));
      steps.add(expected(sql.insertAll(before), "SELECT count(*) FROM " + before.sql()));
      steps.add(discarding(sql.deleteByKey(before)));
      steps.add(discarding(sql.insertAll(before)));
      return steps;
    }
    if (!step.key().isEmpty()) {
      steps.add(expected(sql.update(since, before, rewrittenKeys), sql.countPaired(since, before)));
    }
    steps.add(expected(sql.insert(since, before, true), sql.countUnpaired(before, since)));
    if (!step.key().isEmpty()) {
      steps.add(discarding(sql.updateByKey(before)));
      steps.add(discarding(sql.insertAbsent(before)));
      steps.add(keeping(sql.update(since, before, rewrittenKeys)));
      steps.add(keeping(sql.insertLost(before, since)));
    }
    return steps;
  }

  /// Without a key it cannot be said what a row has become: an undo then takes back what it finds.
  private UndoStep expected(String statement, String rows) {
    return new UndoStep(
        step.key().isEmpty() ? UndoStep.Kind.EXPECT : UndoStep.Kind.UNCHANGED,
        title(),
        statement,
        rows);
  }

  private UndoStep keeping(String statement) {
    return new UndoStep(UndoStep.Kind.KEEP, title(), statement, "");
  }

  private UndoStep discarding(String statement) {
    return new UndoStep(UndoStep.Kind.DISCARD, title(), statement, "");
  }
}
