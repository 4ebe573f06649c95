package dev.pgmend.plan;

import static dev.pgmend.plan.Plans.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.catalog.Snapshot;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.testing.Archives;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// What stands in the way in the target, the request or the backup: the code that scripts see and the remedy that people need.
class RefusalTest {
  private static final QualifiedName CUSTOMERS = Archives.name("app.customers");
  private static final QualifiedName ORDERS = Archives.name("app.orders");

  @Test
  void aPublicationOfAllTables() {
    Plan plan =
        Plans.dropped(
            Archives.NASTY,
            t ->
                t.server =
                    new Snapshot.Server(
                        150018, "15", "db", "UTF8", "postgres", true, true, 6400, true),
            "app.copytext");
    assertRefused(plan, "publication", "FOR ALL TABLES", "without logical replication");
  }

  @Test
  void aPublishedTableIsNotExchangedUnlessReplicationMayBreak() {
    Plan plan = swap("app.orders", _ -> {});
    assertRefused(
        plan, "publication", "published by \"pub_one\"", "--mode mend", "--break-replication");
    Request request = Plans.request(Mode.SWAP, false, false, true, "app.orders");
    assertThat(Plans.present(Archives.NASTY, request, _ -> {}).refusals()).isEmpty();
  }

  @Test
  void aLongTransactionInTheWayOfAnExchange() {
    Snapshot.Blocker blocker =
        new Snapshot.Blocker(4711, "bob", "idle in transaction", 31, "select 1", CUSTOMERS);
    Plan plan = swap("app.customers", t -> t.blockers.add(blocker));
    assertRefused(
        plan,
        "blocked",
        "process 4711 (bob, idle in transaction for 31 s)",
        "pg_terminate_backend(4711)");
    Snapshot.Blocker brief = new Snapshot.Blocker(1, "bob", "active", 29, "select 1", CUSTOMERS);
    assertThat(swap("app.customers", t -> t.blockers.add(brief)).refusals()).isEmpty();
  }

  @Test
  void tooManyLocks() {
    Snapshot.Server small =
        new Snapshot.Server(150018, "15", "db", "UTF8", "postgres", true, true, 30, false);
    assertRefused(
        swap("app.events", t -> t.server = small),
        "locks",
        "room for 30",
        "max_locks_per_transaction");
  }

  @Test
  void somethingTypedByTheRowType() {
    Snapshot.Dependent fixed =
        new Snapshot.Dependent(
            Snapshot.Dependent.Kind.FIXED,
            ORDERS,
            "c",
            List.of(),
            "postgres",
            true,
            CUSTOMERS,
            "column c of app.orders");
    assertRefused(
        swap("app.customers", t -> t.dependents.add(fixed)),
        "row-type",
        "column c of app.orders",
        "--mode mend");
  }

  @Test
  void someoneElsesViewOnTheTable() {
    Snapshot.Dependent view =
        new Snapshot.Dependent(
            Snapshot.Dependent.Kind.VIEW,
            ORDERS,
            "",
            List.of("x"),
            "bob",
            false,
            CUSTOMERS,
            "view v");
    assertRefused(
        swap("app.customers", t -> t.dependents.add(view)),
        "membership",
        "view v belongs to role \"bob\"",
        "GRANT \"bob\" TO");
  }

  private static Plan swap(String table, Consumer<Snapshots> also) {
    return Plans.present(Archives.NASTY, Plans.request(table).with(Mode.SWAP), also);
  }

  @Test
  void theWrongModeForWhatIsThere() {
    assertRefused(
        Plans.present(Archives.NASTY, Plans.request("app.customers").with(Mode.CREATE), _ -> {}),
        "exists",
        "\"app\".\"customers\" exists",
        "mend, swap or beside");
    for (Mode mode : List.of(Mode.MEND, Mode.SWAP)) {
      assertRefused(
          Plans.dropped(Archives.NASTY, Plans.request("app.customers").with(mode), _ -> {}),
          "gone",
          "\"app\".\"customers\" does not exist",
          "--mode create");
    }
    assertRefused(
        Plans.present(Archives.NASTY, Plans.request("app.customers").with(Mode.BESIDE), _ -> {}),
        "exists",
        "\"app\".\"customers\" exists already",
        "--remap-table");
  }

  @Test
  void mendingATableThatHasDrifted() {
    Plan plan =
        Plans.present(
            Archives.NASTY,
            Plans.request("app.customers").with(Mode.MEND),
            t -> t.change(CUSTOMERS, r -> Changes.columns(r, r.columns().subList(0, 4))));
    assertRefused(plan, "drift", "is not in the live table", "--mode swap");
    assertThat(plan.cutover()).isEmpty();
  }

  @Test
  void aBackupWithoutRowsOrWithInserts() {
    String schema = "corpus/pg15/nasty-Fc-schemaonly.dump";
    String inserts = "corpus/pg15/nasty-Fc-inserts.dump";
    assertRefused(
        Plans.dropped(schema, _ -> {}, "app.customers"),
        "no-data",
        "no rows of \"app\".\"customers\"",
        "a backup that has them");
    assertRefused(
        Plans.present(schema, Plans.request("app.customers"), _ -> {}),
        "no-data",
        "no rows",
        "a backup");
    assertRefused(
        Plans.dropped(inserts, _ -> {}, "app.child"),
        "inserts",
        "INSERT statements",
        "without --inserts");
    assertRefused(
        Plans.present(inserts, Plans.request("app.child"), _ -> {}),
        "inserts",
        "INSERT",
        "without --inserts");
    assertThat(Plans.present(inserts, Plans.request("app.customers"), _ -> {}).runnable())
        .as("its columns are known without being named")
        .isTrue();
  }

  @Test
  void aTableOfAnExtensionOrARelationOfAnotherKind() {
    assertRefused(
        Plans.present(
            Archives.NASTY,
            Plans.request("app.customers"),
            t -> t.change(CUSTOMERS, Changes::ofExtension)),
        "extension",
        "belongs to extension ext",
        "extension's own means");
    assertRefused(
        Plans.present(
            Archives.NASTY,
            Plans.request("app.customers"),
            t -> t.relations.put(CUSTOMERS, t.relations.get(Archives.name("app.v_customers")))),
        "kind",
        "is not a table",
        "--mode beside");
  }

  @Test
  void aColumnOfAnotherTableThatFellWithTheRowType() {
    QualifiedName snapshot = Archives.name("audit.brand_snapshot");
    Plan plan =
        Plans.dropped(
            Archives.SHOP,
            t -> t.change(snapshot, r -> Changes.columns(r, r.columns().subList(0, 2))),
            "catalog.brand");
    assertRefused(
        plan,
        "column",
        "\"brands\" of table \"audit\".\"brand_snapshot\"",
        "pgmend restore '\"catalog\".\"brand\"' '\"audit\".\"brand_snapshot\"' --mode swap");
  }
}
