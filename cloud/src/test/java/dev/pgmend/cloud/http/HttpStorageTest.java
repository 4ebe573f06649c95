package dev.pgmend.cloud.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgmend.PgmendException;
import dev.pgmend.cloud.RangedSource;
import dev.pgmend.cloud.Retry;
import dev.pgmend.cloud.Stub;
import dev.pgmend.content.ByteSource;
import dev.pgmend.content.Location;
import dev.pgmend.content.Spool;
import dev.pgmend.content.Storage.Found;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpStorageTest {
  private static final Retry QUICK = new Retry(4, Duration.ofMillis(1), Duration.ofMillis(2));

  private final byte[] bytes = new byte[300_000];
  private final List<AutoCloseable> opened = new ArrayList<>();

  HttpStorageTest() {
    new Random(3).nextBytes(bytes);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable resource : opened) {
      resource.close();
    }
  }

  @Test
  void readsByRanges() throws IOException {
    try (Stub stub = new Stub(exchange -> Stub.range(exchange, bytes))) {
      ByteSource source = open(stub.address() + "/app.dump");

      assertThat(source).isInstanceOf(RangedSource.class);
      assertThat(source.open(0).readAllBytes()).isEqualTo(bytes);
    }
  }

  @Test
  void copiesWhatAServerGivesOnlyAsAWhole() throws IOException {
    Stub.Handler whole =
        exchange -> {
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes);
        };
    try (Stub stub = new Stub(whole)) {
      ByteSource source = open(stub.address() + "/app.dump");

      assertThat(source).isInstanceOf(Spool.class);
      assertThat(source.open(0).readAllBytes()).isEqualTo(bytes);
      assertThat(stub.asked).hasSize(1);
    }
  }

  @Test
  void copiesAgainWhatBrokeOff() throws IOException {
    AtomicInteger requests = new AtomicInteger();
    Stub.Handler breaking =
        exchange -> {
          exchange.sendResponseHeaders(200, bytes.length);
          exchange
              .getResponseBody()
              .write(bytes, 0, requests.getAndIncrement() < 2 ? 1000 : bytes.length);
        };
    try (Stub stub = new Stub(breaking)) {
      assertThat(open(stub.address() + "/app.dump").open(0).readAllBytes()).isEqualTo(bytes);
      assertThat(requests).hasValue(3);
    }
  }

  @Test
  void refusesToCopyWhatThereIsNoRoomFor() {
    Stub.Handler huge =
        exchange -> {
          exchange.sendResponseHeaders(200, 1L << 50);
          exchange.getResponseBody().write(1);
          exchange.getResponseBody().flush();
        };
    try (Stub stub = new Stub(huge)) {
      assertThatThrownBy(() -> open(stub.address() + "/app.dump"))
          .isInstanceOfSatisfying(
              PgmendException.class, e -> assertThat(e.hint()).contains("TMPDIR"))
          .hasMessageContaining("/app.dump: a copy takes 1,125,899,906,842,624 bytes");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ETag", "Last-Modified"})
  void refusesWhatWasChangedWhileItWasRead(String header) throws IOException {
    AtomicInteger version = new AtomicInteger(1);
    Stub.Handler versions =
        exchange -> {
          String now =
              header.equals("ETag")
                  ? "\"%d\"".formatted(version.get())
                  : "Mon, 0%d Nov 2026 08:00:00 GMT".formatted(version.get());
          exchange.getResponseHeaders().set(header, now);
          Stub.range(exchange, bytes);
        };
    try (Stub stub = new Stub(versions)) {
      ByteSource source = open(stub.address() + "/app.dump?signature=secret");
      source.head(100);
      version.set(2);

      assertThatThrownBy(() -> source.open(200_000).read())
          .isInstanceOf(PgmendException.class)
          .hasMessageContaining("/app.dump: was changed while it was read")
          .hasMessageNotContaining("secret");
    }
  }

  @Test
  void tellsUserAndPasswordToTheFirstServerOnly() throws IOException {
    String expected = "Basic " + Base64.getEncoder().encodeToString("me:p@ss".getBytes());
    Stub.Handler stranger =
        exchange -> {
          assertThat(exchange.getRequestHeaders().containsKey("Authorization")).isFalse();
          Stub.range(exchange, bytes);
        };
    try (Stub other = new Stub(stranger);
        Stub first =
            new Stub(exchange -> {
              assertThat(exchange.getRequestHeaders().getFirst("Authorization"))
                  .isEqualTo(expected);
              exchange.getResponseHeaders().set("Location", other.address() + "/there?sig=secret");
              Stub.answer(exchange, 302, "");
            })) {
      ByteSource source = open("http://me:p%40ss@127.0.0.1:" + first.port() + "/app.dump");

      assertThat(source.open(0).readAllBytes()).isEqualTo(bytes);
      assertThat(other.asked).allMatch(request -> request.equals("GET /there?sig=secret"));
    }
  }

  @Test
  void comesBackAfterThePauseThatTheServerAsksFor() throws IOException {
    AtomicInteger requests = new AtomicInteger();
    Stub.Handler busy =
        exchange -> {
          if (requests.getAndIncrement() % 2 == 0) {
            exchange.getResponseHeaders().set("Retry-After", "1");
            Stub.answer(exchange, 503, "");
          } else {
            Stub.range(exchange, bytes);
          }
        };
    Retry patient = new Retry(3, Duration.ofMillis(1), Duration.ofMillis(300));
    try (Stub stub = new Stub(busy)) {
      long start = System.nanoTime();
      new HttpStorage(Map.of(), patient)
          .open(Location.of(stub.address() + "/x").orElseThrow(), opened::add);

      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(290));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "403, access was denied: status 403",
    "401, access was denied: status 401",
    "404, there is neither an object nor a directory of that name",
    "400, the server answered with status 400"
  })
  void saysWhatTheServerRefuses(int status, String problem) {
    try (Stub stub = new Stub(exchange -> Stub.answer(exchange, status, "secret"))) {
      String name = stub.address() + "/app.dump";

      assertThatThrownBy(() -> open(name + "?X-Amz-Signature=secret"))
          .isInstanceOf(PgmendException.class)
          .hasMessage(name + ": " + problem);
    }
  }

  @Test
  void saysThatNobodyAnswers() throws IOException {
    int port;
    try (Stub stub = new Stub(exchange -> Stub.answer(exchange, 200, ""))) {
      port = stub.port();
    }
    assertThatThrownBy(() -> open("http://u:secret@127.0.0.1:" + port + "/app.dump?sig=secret"))
        .isInstanceOf(PgmendException.class)
        .hasMessageStartingWith(
            "http://127.0.0.1:%1$d/app.dump: cannot read: cannot connect to 127.0.0.1:%1$d"
                .formatted(port))
        .hasMessageNotContaining("secret");
  }

  @Test
  void aServerThatFallsSilentIsNotWaitedForForever() throws IOException {
    InputStream silent =
        new InputStream() {
          private volatile boolean closed;

          @Override
          public int read() throws IOException {
            while (!closed) {
              Thread.onSpinWait();
            }
            throw new IOException("closed");
          }

          @Override
          public void close() {
            closed = true;
          }
        };
    try (InputStream in = new GuardedInputStream(silent, Duration.ofMillis(100))) {
      assertThatThrownBy(in::read).hasMessage("the server fell silent");
    }
  }

  private ByteSource open(String location) {
    Found found =
        new HttpStorage(Map.of(), QUICK).open(Location.of(location).orElseThrow(), opened::add);
    return (ByteSource) ((Found.One) found).content();
  }
}
