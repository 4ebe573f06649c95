package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException.Kind;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Request;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Outcome.Status;
import dev.pgmend.run.Progress;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A table that is published, or fed by a subscription, is restored while a real subscriber follows it. The subscriber goes on
/// following, and gets what the restore changed; or the plan says what it will not get; or the plan refuses.
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class ReplicationTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final String TABLES =
      """
      CREATE SCHEMA app;
      CREATE TABLE app.orders (id int PRIMARY KEY, state text NOT NULL, note text);
      CREATE VIEW app.open_orders AS SELECT * FROM app.orders WHERE state = 'open';
      CREATE TABLE app.items (id int PRIMARY KEY, order_id int NOT NULL REFERENCES app.orders);
      CREATE TABLE app.log (line text);
      INSERT INTO app.orders SELECT g, 'open', 'n' || g FROM generate_series(1, 40) g;
      INSERT INTO app.items SELECT g, g FROM generate_series(1, 30) g;
      INSERT INTO app.log SELECT 'line ' || g FROM generate_series(1, 10) g;
      """;

  private static final String LOST =
      "DELETE FROM app.items; DELETE FROM app.orders WHERE id % 2 = 0; UPDATE app.orders SET state = 'garbled' WHERE id % 5 = 0";

  private static final UnaryOperator<Request> SWAP = request -> request.with(Mode.SWAP);
  private static final UnaryOperator<Request> BREAK =
      request -> request.change().breakReplication(true).build();

  @BeforeAll
  static void needsPgDump() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "FOR TABLE app.orders, app.items",
        "FOR TABLES IN SCHEMA app",
        "FOR TABLE app.orders (id, state), app.items",
        "FOR TABLE app.orders WHERE (id <> 7), app.items"
      })
  void subscriberGetsWhatAMendChanges(String published) {
    try (Pair pair = new Pair(published)) {
      pair.publisher.execute(LOST);
      pair.awaitSame("app.orders", "id, state", published.contains("WHERE") ? "id <> 7" : "true");
      assertThat(pair.restore(UnaryOperator.identity(), "app.orders").status())
          .isEqualTo(Status.DONE);
      assertThat(pair.restore(UnaryOperator.identity(), "app.items").status())
          .isEqualTo(Status.DONE);
      assertThat(pair.publisher.queryLong("SELECT count(*) FROM app.orders")).isEqualTo(40);
      pair.assertFollows("app.orders", "id, state");
      pair.assertFollows("app.items", "*");
      pair.cleanAll();
      pair.assertFollows("app.items", "*");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "FOR TABLE app.orders, app.items",
        "FOR TABLES IN SCHEMA app",
        "FOR TABLE app.orders (id, state), app.items",
        "FOR TABLE app.orders WHERE (id <> 7), app.items"
      })
  void subscriberFollowsATableThatWasDroppedAndCreated(String published) {
    try (Pair pair = new Pair(published)) {
      List<List<String>> members = pair.members();
      pair.publisher.execute("DROP TABLE app.orders CASCADE");
      Plan plan = pair.plan(UnaryOperator.identity(), "app.orders");
      assertThat(plan.notices())
          .anySatisfy(notice -> assertThat(notice).contains("the rows that are restored do not"));
      assertThat(pair.restore(UnaryOperator.identity(), "app.orders").status())
          .isEqualTo(Status.DONE);
      assertThat(pair.members()).isEqualTo(members);
      // What it had it has still: nothing was sent to it that it could not take.
      pair.assertFollows("app.orders", "id, state");
      pair.cleanAll();
      pair.assertFollows("app.items", "*");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "FOR TABLE app.orders, app.items",
        "FOR TABLES IN SCHEMA app",
        "FOR TABLE app.orders (id, state) WHERE (id <> 7)"
      })
  void swapOfAPublishedTableIsRefusedUntilItIsAskedFor(String published) {
    try (Pair pair = new Pair(published)) {
      pair.publisher.execute(LOST);
      assertThat(pair.codes(SWAP, "app.orders")).containsExactly("publication");
      List<List<String>> members = pair.members();
      Outcome outcome = pair.restore(request -> BREAK.apply(SWAP.apply(request)), "app.orders");
      assertThat(outcome.status()).isEqualTo(Status.DONE);
      assertThat(outcome.notes())
          .anySatisfy(note -> assertThat(note).contains("the rows that are restored do not"));
      assertThat(pair.members()).isEqualTo(members);
      pair.publisher.execute("INSERT INTO app.orders VALUES (1001, 'open', 'after')");
      pair.awaitRow("app.orders", "id = 1001");
      pair.cleanAll();
      pair.publisher.execute("INSERT INTO app.orders VALUES (1002, 'open', 'after')");
      pair.awaitRow("app.orders", "id = 1002");
      String run =
          pair.restoreAgain(request -> BREAK.apply(SWAP.apply(request)), "app.orders").run();
      Restores.undo(Restores.target(pair.publisher.uri()), run, false);
      assertThat(pair.members()).isEqualTo(members);
      pair.publisher.execute("INSERT INTO app.orders VALUES (1003, 'open', 'after')");
      pair.awaitRow("app.orders", "id = 1003");
    }
  }

  @Test
  void swapOfAPartitionIsRefusedWhereItsParentIsPublished() {
    String tables =
        """
        CREATE SCHEMA app;
        CREATE TABLE app.event (id int PRIMARY KEY, note text) PARTITION BY RANGE (id);
        CREATE TABLE app.event_1 PARTITION OF app.event FOR VALUES FROM (0) TO (100);
        INSERT INTO app.event SELECT g, 'n' FROM generate_series(1, 10) g;
        """;
    try (Pair pair = new Pair(tables, "FOR TABLE app.event")) {
      pair.publisher.execute("DELETE FROM app.event_1 WHERE id > 5");
      assertThat(pair.codes(SWAP, "app.event_1")).containsExactly("publication");
      assertThat(pair.restore(UnaryOperator.identity(), "app.event_1").status())
          .isEqualTo(Status.DONE);
      pair.awaitSame("app.event", "*", "true");
    }
  }

  @Test
  void publicationForAllTablesIsRefusedAndTheSubscriberGoesOn() {
    try (Pair pair = new Pair("FOR ALL TABLES")) {
      pair.publisher.execute(LOST);
      assertThat(pair.codes(UnaryOperator.identity(), "app.orders")).containsExactly("publication");
      assertThat(pair.codes(SWAP, "app.orders")).contains("publication");
      pair.publisher.execute("DROP TABLE app.items");
      assertThat(pair.codes(UnaryOperator.identity(), "app.items")).containsExactly("publication");
      pair.assertFollows("app.orders", "*");
    }
  }

  @Test
  void tableWithoutReplicaIdentityIsMendedOnlyWithNewRows() {
    try (Pair pair = new Pair("FOR TABLE app.log WITH (publish = 'insert')")) {
      pair.publisher.execute("DELETE FROM app.log WHERE line < 'line 3'");
      pair.publisher.execute("ALTER PUBLICATION p SET (publish = 'insert, update, delete')");
      assertThat(pair.restore(UnaryOperator.identity(), "app.log").status()).isEqualTo(Status.DONE);
      pair.publisher.execute("INSERT INTO app.log VALUES ('newer')");
      BadTargetTest.assertFails(
          () -> pair.restore(UnaryOperator.identity(), "app.log"), Kind.REFUSED);
      pair.publisher.execute("ALTER TABLE \"app\".\"log\" REPLICA IDENTITY FULL");
      assertThat(pair.restore(request -> request.with(Mode.MEND), "app.log").status())
          .isEqualTo(Status.DONE);
      assertThat(pair.publisher.queryLong("SELECT count(*) FROM app.log")).isEqualTo(10);
    }
  }

  @Test
  void subscribedTableIsMendedAndFollowed() {
    try (Pair pair = new Pair("FOR TABLE app.orders, app.items")) {
      pair.subscriber.execute(LOST);
      assertThat(pair.restoreSubscriber(UnaryOperator.identity(), "app.orders").status())
          .isEqualTo(Status.DONE);
      assertThat(pair.restoreSubscriber(UnaryOperator.identity(), "app.items").status())
          .isEqualTo(Status.DONE);
      pair.assertFollows("app.orders", "*");
      pair.assertFollows("app.items", "*");
    }
  }

  @Test
  void subscribedTableIsExchangedOrCreatedOnlyWithTheStatementThatMakesItFollow() {
    try (Pair pair = new Pair("FOR TABLE app.orders, app.items")) {
      pair.subscriber.execute(LOST);
      assertThat(pair.codesOfSubscriber(SWAP, "app.orders")).containsExactly("subscription");
      Outcome swapped =
          pair.restoreSubscriber(request -> BREAK.apply(SWAP.apply(request)), "app.orders");
      pair.subscriber.execute(refresh(swapped));
      pair.assertFollows("app.orders", "*");
      pair.subscriber.execute("DROP TABLE app.items");
      assertThat(pair.codesOfSubscriber(UnaryOperator.identity(), "app.items"))
          .containsExactly("subscription");
      Outcome created = pair.restoreSubscriber(BREAK, "app.items");
      pair.subscriber.execute(refresh(created));
      pair.assertFollows("app.items", "*");
    }
  }

  private static String refresh(Outcome outcome) {
    return outcome.notes().stream()
        .filter(note -> note.contains("ALTER SUBSCRIPTION"))
        .map(note -> note.substring(note.indexOf("ALTER SUBSCRIPTION")))
        .findFirst()
        .orElseThrow();
  }

  /// A publisher and a subscriber with the same rows, and an archive of each.
  private static final class Pair implements AutoCloseable {
    final Database publisher = Database.create(Servers.replicating());
    final Database subscriber = Database.create(Servers.replicating());
    private final Path archive;
    private final Path subscriberArchive;
    private final String slot = "slot_" + publisher.name();
    private int next = 2000;

    Pair(String published) {
      this(TABLES, published);
    }

    Pair(String tables, String published) {
      publisher.execute(tables);
      subscriber.execute(tables);
      publisher.execute("CREATE PUBLICATION p " + published);
      try {
        archive = Files.createTempFile("publisher-", ".dump");
        subscriberArchive = Files.createTempFile("subscriber-", ".dump");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      Client.dump(publisher, archive, false, List.of("-Fc"));
      publisher.execute(
          "SELECT pg_create_logical_replication_slot('%s', 'pgoutput')".formatted(slot));
      subscriber.execute(
          "CREATE SUBSCRIPTION s CONNECTION '%s' PUBLICATION p WITH (create_slot = false, slot_name = '%s', copy_data = false)"
              .formatted(publisher.uri(), slot));
      Client.dump(subscriber, subscriberArchive, false, List.of("-Fc"));
    }

    Outcome restore(UnaryOperator<Request> choices, String table) {
      return Restores.run(archive, Restores.target(publisher.uri()), Progress.NONE, choices, table);
    }

    /// After another accident.
    Outcome restoreAgain(UnaryOperator<Request> choices, String table) {
      publisher.execute("DELETE FROM app.orders WHERE id = 3");
      return restore(choices, table);
    }

    Outcome restoreSubscriber(UnaryOperator<Request> choices, String table) {
      return Restores.run(
          subscriberArchive, Restores.target(subscriber.uri()), Progress.NONE, choices, table);
    }

    Plan plan(UnaryOperator<Request> choices, String table) {
      return Restores.plan(archive, Restores.target(publisher.uri()), choices, table);
    }

    List<String> codes(UnaryOperator<Request> choices, String table) {
      return codes(archive, publisher, choices, table);
    }

    List<String> codesOfSubscriber(UnaryOperator<Request> choices, String table) {
      return codes(subscriberArchive, subscriber, choices, table);
    }

    private static List<String> codes(
        Path archive, Database database, UnaryOperator<Request> choices, String table) {
      Map<String, String> before = Fingerprint.of(database);
      List<String> codes =
          Restores.plan(archive, Restores.target(database.uri()), choices, table)
              .refusals()
              .stream()
              .map(Plan.Refusal::code)
              .distinct()
              .toList();
      Restores.assertSame(before, database);
      return codes;
    }

    /// What the publication publishes.
    List<List<String>> members() {
      return publisher
          .query(
              "SELECT schemaname, tablename, attnames::text, rowfilter FROM pg_publication_tables ORDER BY 1, 2")
          .stream()
          .map(row -> row.stream().map(String::valueOf).toList())
          .toList();
    }

    void cleanAll() {
      Restores.schemas(publisher).stream()
          .filter(schema -> schema.matches("pgmend_\\d+_\\d+_[0-9a-f]+"))
          .forEach(run -> Restores.clean(Restores.target(publisher.uri()), run));
      assertThat(Restores.schemas(publisher)).isEmpty();
    }

    /// Writes to the publisher's table, and waits until the subscriber has the same rows.
    void assertFollows(String table, String columns) {
      int id = next++;
      publisher.execute(
          table.equals("app.orders")
              ? "INSERT INTO app.orders VALUES (%d, 'open', 'after'); UPDATE app.orders SET state = 'paid' WHERE id = 1"
                  .formatted(id)
              : "INSERT INTO app.items VALUES (%d, 1); DELETE FROM app.items WHERE id = %d"
                  .formatted(id, id - 1));
      awaitSame(
          table,
          columns,
          publisher.queryColumn("SELECT rowfilter FROM pg_publication_tables").stream()
                  .noneMatch(filter -> filter != null && filter.contains("<> 7"))
              ? "true"
              : "id <> 7");
    }

    void awaitSame(String table, String columns, String where) {
      String query = "SELECT %s FROM %s WHERE %s ORDER BY 1".formatted(columns, table, where);
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (System.nanoTime() < end && !publisher.query(query).equals(subscriber.query(query))) {
        pause();
      }
      assertThat(subscriber.query(query))
          .as("what the subscriber has")
          .isEqualTo(publisher.query(query));
    }

    void awaitRow(String table, String where) {
      String query = "SELECT count(*) FROM %s WHERE %s".formatted(table, where);
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (System.nanoTime() < end && subscriber.queryLong(query) == 0) {
        pause();
      }
      assertThat(subscriber.queryLong(query)).isEqualTo(1);
    }

    private static void pause() {
      try {
        Thread.sleep(100);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void close() {
      subscriber.execute("ALTER SUBSCRIPTION s DISABLE");
      subscriber.execute("ALTER SUBSCRIPTION s SET (slot_name = NONE)");
      subscriber.execute("DROP SUBSCRIPTION s");
      publisher.execute(
          "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = '%s' AND active"
              .formatted(slot));
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (System.nanoTime() < end
          && publisher.queryLong(
                  "SELECT count(*) FROM pg_replication_slots WHERE slot_name = '%s' AND active"
                      .formatted(slot))
              > 0) {
        pause();
      }
      publisher.execute("SELECT pg_drop_replication_slot('%s')".formatted(slot));
      publisher.close();
      subscriber.close();
      try {
        Files.delete(archive);
        Files.delete(subscriberArchive);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
