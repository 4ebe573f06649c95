package dev.pgmend.fault;

import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Request;
import dev.pgmend.sql.QualifiedName;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// An accident in the database of `fault/shop.sql`, and the restore that answers it.
enum Scene {
  CREATE("DROP TABLE app.orders CASCADE", Optional.empty(), "orders"),
  CREATE_TWO("DROP TABLE app.orders, app.line CASCADE", Optional.empty(), "orders", "line"),
  CREATE_IN_PLACE("DROP TABLE app.audit", Optional.empty(), "audit"),
  SWAP("DELETE FROM app.orders WHERE id > 1500", Optional.of(Mode.SWAP), "orders"),
  MEND(
      """
      DELETE FROM app.orders WHERE id > 2000; UPDATE app.orders SET amount = 1 WHERE id < 500;
      INSERT INTO app.orders (id, customer_id, placed, amount) VALUES (9001, 1, now(), 1)\
      """,
      Optional.empty(),
      "orders"),
  MEND_TWO("DELETE FROM app.orders WHERE id > 700", Optional.empty(), "orders", "line"),
  BESIDE("DELETE FROM app.line", Optional.of(Mode.BESIDE), "orders");

  private final String accident;
  private final Optional<Mode> mode;
  private final List<String> tables;

  Scene(String accident, Optional<Mode> mode, String... tables) {
    this.accident = accident;
    this.mode = mode;
    this.tables = List.of(tables);
  }

  /// {@return what happens to the database}
  String accident() {
    return accident;
  }

  /// {@return what the user asks for then}
  Request request() {
    return request(Duration.ofSeconds(10));
  }

  /// {@return what the user asks for then, waiting no longer than that for locks}
  Request request(Duration maxBlock) {
    var names = new LinkedHashSet<QualifiedName>();
    tables.forEach(table -> names.add(new QualifiedName("app", table)));
    Request.Builder request = Request.of(names).change().maxBlock(maxBlock);
    mode.ifPresent(request::mode);
    if (this == BESIDE) {
      request.remapTables(
          Map.of(
              new QualifiedName("app", "orders"),
              new QualifiedName("app", "orders of the backup")));
    }
    return request.build();
  }

  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
  }
}
