package dev.pgmend.cli;

import dev.pgmend.archive.Archive;
import dev.pgmend.inspect.Inspector;
import dev.pgmend.inspect.TableSummary;
import dev.pgmend.journal.Journal;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Request;
import dev.pgmend.postgres.Session;
import dev.pgmend.restore.Runs;
import dev.pgmend.restore.TableRestore;
import dev.pgmend.restore.WholeArchive;
import dev.pgmend.restore.WholeArchive.Restored;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Progress;
import dev.pgmend.sql.QualifiedName;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// The demo's story: a shop, an accident, a restore by the same code as `pgmend restore`, and a comparison that owes nothing to
/// it.
final class Demo {
  private final PrintWriter out;
  private final DemoServer server;
  private final Archive archive;
  private final QualifiedName table;

  Demo(PrintWriter out, DemoServer server, Archive archive) {
    this.out = out;
    this.server = server;
    this.archive = archive;
    this.table =
        new Inspector(archive)
            .overview().tables().stream()
                .max(Comparator.comparingInt(TableSummary::dependentCount))
                .orElseThrow()
                .name();
  }

  /// {@return whether everything is as it was before the accident, and with `undo` also as after it}
  boolean run(boolean undo) {
    try (Session session = server.session()) {
      Restored shop = new WholeArchive(archive, session).restore();
      session.execute("ANALYZE");
      say(
          "pgmend fills database demo from shop-demo.dump: %d tables, %d rows.",
          shop.tables(), shop.rows());
      Fingerprint before = Fingerprint.of(session);
      figures(session);

      session.execute("DROP TABLE %s CASCADE".formatted(table.sql()));
      Fingerprint wreck = Fingerprint.of(session);
      accident(before.without(wreck));

      Outcome outcome = restore();
      Fingerprint after = Fingerprint.of(session);
      say("Is everything back? The whole database, compared with before the accident:");
      boolean same = compare(before, after);
      if (same) {
        figures(session);
      }
      return undo ? undo(session, outcome.run(), wreck) && same : same;
    }
  }

  private void figures(Session session) {
    session.query(
        """
        select (select count(*) from %s) as rows, count(*) as open, sum(total) as total from shop.open_orders
        """
            .formatted(table.sql()),
        row -> {
          detail(
              "%s has %d rows; the view shop.open_orders shows %d open orders worth %s.",
              Names.of(table), row.number("rows"), row.number("open"), row.text("total"));
          return row;
        });
  }

  private void accident(List<Fingerprint.Thing> fallen) {
    say("The accident: DROP TABLE %s CASCADE. With the table fell:", Names.of(table));
    TreeMap<String, List<String>> kinds =
        fallen.stream()
            .filter(thing -> !thing.kind().equals("column") && !thing.kind().equals("rows"))
            .filter(thing -> !thing.kind().equals("table"))
            .collect(
                Collectors.groupingBy(
                    Fingerprint.Thing::kind,
                    TreeMap::new,
                    Collectors.mapping(Fingerprint.Thing::name, Collectors.toList())));
    kinds.forEach((kind, names) -> detail("%2d %-18s %s", names.size(), kind, wrapped(names)));
  }

  /// {@return the names, on as many lines as they need}
  private static String wrapped(List<String> names) {
    StringBuilder text = new StringBuilder();
    int width = 0;
    for (String name : names) {
      String safe = Printable.of(name);
      if (width > 0 && width + safe.length() > 70) {
        text.append(",%n%26s".formatted(""));
        width = 0;
      } else if (width > 0) {
        text.append(", ");
      }
      text.append(safe);
      width += safe.length() + 2;
    }
    return text.toString();
  }

  private Outcome restore() {
    say("pgmend plan %s --from shop-demo.dump --to %s", Names.of(table), server.uri());
    try (TableRestore restore = TableRestore.open(archive, server.target())) {
      Plan plan = restore.plan(Request.of(new LinkedHashSet<>(List.of(table))));
      new PlanPrinter(indented()).summary(plan, Estimate.UNKNOWN);
      say("pgmend restore %s --from ... --to ... --yes", Names.of(table));
      Outcome outcome = restore.run(plan, Progress.NONE);
      PrintWriter details = indented();
      new OutcomePrinter(details, new TargetOption()).print(outcome);
      details.flush();
      return outcome;
    }
  }

  private boolean undo(Session session, String run, Fingerprint wreck) {
    try (Runs runs = Runs.open(server.target())) {
      say("pgmend undo: back to how it was after the accident. Compared with that:");
      Journal journal = runs.find(Optional.of(run));
      runs.undo(journal, false, Duration.ofSeconds(30), Progress.NONE);
      boolean same = compare(wreck, Fingerprint.of(session));
      runs.clean(journal);
      boolean clean = runs.list().isEmpty();
      detail(clean ? "pgmend clean: nothing of pgmend is left in the database." : "NOT CLEAN");
      return same && clean;
    }
  }

  private boolean compare(Fingerprint expected, Fingerprint actual) {
    List<String> differences = expected.differences(actual);
    differences.stream().limit(20).forEach(line -> detail("DIFFERENT: %s", Printable.of(line)));
    if (differences.isEmpty()) {
      detail(
          "no difference in %d objects (tables, views, constraints, grants ...) and %d rows.",
          actual.objects(), actual.rows());
    }
    return differences.isEmpty();
  }

  private void say(String sentence, Object... parts) {
    out.printf("%n* " + sentence + "%n", parts);
    out.flush();
  }

  private void detail(String line, Object... parts) {
    out.printf("    " + line + "%n", parts);
    out.flush();
  }

  /// A writer whose lines are details.
  private PrintWriter indented() {
    return new PrintWriter(
        new StringWriter() {
          @Override
          public void flush() {
            toString().lines().forEach(line -> detail("%s", line));
            getBuffer().setLength(0);
          }
        });
  }
}
