package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.journal.Journal;
import dev.pgmend.load.Effort;
import dev.pgmend.load.Rate;
import dev.pgmend.plan.Plan;
import dev.pgmend.postgres.Session;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// What the parts of a run share: its connection, its plan, and what is to be told in the end. Not thread-safe.
final class Work {
  final Session session;
  final Archive archive;
  final Plan plan;
  final Progress progress;
  final Effort effort;

  /// What all reading and writing of rows shares.
  final Rate rate;

  final List<String> notes = Collections.synchronizedList(new ArrayList<>());
  final Statements statements;

  /// The foreign keys whose orphans the user has accepted.
  final Map<String, String> orphaned = new LinkedHashMap<>();

  private OwnRights rights;

  Work(Session session, Archive archive, Plan plan, Effort effort, Progress progress) {
    this.session = session;
    this.archive = archive;
    this.plan = plan;
    this.progress = progress;
    this.effort = effort;
    this.rate = new Rate(effort.rate());
    this.statements = new Statements(session, notes);
    this.rights = new OwnRights(session);
    this.notes.addAll(plan.notices());
  }

  /// Begins anew: what was lent in a transaction that was rolled back was not lent.
  OwnRights freshRights() {
    rights = new OwnRights(session);
    return rights;
  }

  /// {@return the rights that were lent in this transaction}
  OwnRights rights() {
    return rights;
  }

  /// Reads live tables in a transaction that is rolled back, with the rights that their owners lack.
  void borrowing(Runnable action) {
    session.begin();
    try {
      lend();
      action.run();
    } finally {
      session.rollback();
    }
  }

  void lend() {
    freshRights().lend(plan.lent());
  }

  /// Default privileges may have given others rights on what was created.
  void closeToOthers() {
    Journal.close(
        session,
        plan.home(),
        plan.schemas().stream().filter(schema -> !schema.contains("_old")).toList());
  }

  static void refuse(String what, Map<String, String> found) {
    if (!found.isEmpty()) {
      throw new PgmendException(
          Kind.REFUSED,
          "%s: %s; the target is unchanged".formatted(what, String.join("; ", found.keySet())),
          found.values().stream().distinct().collect(Collectors.joining(" ")));
    }
  }
}
