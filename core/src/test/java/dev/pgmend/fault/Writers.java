package dev.pgmend.fault;

import dev.pgmend.testing.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/// Sessions that read and write around a table all the time, each on rows of its own, so that they owe each other no wait: any error
/// is somebody else's doing. They all go through the tables in the same order, as applications do that know no deadlocks.
final class Writers implements AutoCloseable {
  private static final int COUNT = 4;
  private static final int FIRST = 500;
  private static final int ROWS = 1000;

  private final Database database;
  private final boolean orders;
  private final boolean backwards;
  private final List<Thread> threads = new ArrayList<>();
  private final Queue<SQLException> errors = new ConcurrentLinkedQueue<>();
  private final AtomicInteger commits = new AtomicInteger();
  private volatile boolean stopped;

  /// @param orders whether there is a table of orders
  /// @param backwards whether it comes last
  Writers(Database database, boolean orders, boolean backwards) {
    this.database = database;
    this.orders = orders;
    this.backwards = backwards;
    for (int i = 0; i < COUNT; i++) {
      int number = i;
      threads.add(Thread.ofPlatform().daemon().start(() -> work(number)));
    }
  }

  /// {@return how many transactions were committed so far; each has raised one order by 1, lengthened one customer's name by 1 and added
  /// one line}
  int commits() {
    return commits.get();
  }

  /// {@return what went wrong}
  List<SQLException> errors() {
    return List.copyOf(errors);
  }

  @Override
  public void close() {
    stopped = true;
    for (Thread thread : threads) {
      try {
        thread.join(20_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError(e);
      }
      if (thread.isAlive()) {
        errors.add(new SQLException("a writer hangs"));
      }
    }
  }

  private void work(int number) {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      for (int i = 0; !stopped; i++) {
        int row = FIRST + (i * COUNT + number) % ROWS;
        List<String> work = new ArrayList<>();
        if (orders) {
          work.add("SELECT * FROM app.order_total WHERE id = " + row);
          work.add("UPDATE app.orders SET amount = amount + 1 WHERE id = " + row);
        }
        work.add("INSERT INTO app.line VALUES (%d, %d, 'new')".formatted(row, 100 + i));
        work.add(
            "UPDATE app.customer SET name = name || '.' WHERE id = "
                + (1 + i % 20 * COUNT + number));
        for (String sql : backwards ? work.reversed() : work) {
          statement.execute(sql);
        }
        connection.commit();
        commits.incrementAndGet();
      }
    } catch (SQLException e) {
      errors.add(e);
    }
  }
}
