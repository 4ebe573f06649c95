package dev.pgmend.cloud.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import dev.pgmend.PgmendException;
import dev.pgmend.cloud.Environment;
import dev.pgmend.cloud.Retry;
import dev.pgmend.cloud.Stub;
import dev.pgmend.content.ByteSource;
import dev.pgmend.content.Location;
import dev.pgmend.content.Storage.Found;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What S3 says that S3Proxy does not.
class S3AnswersTest {
  private static final Retry QUICK = new Retry(4, Duration.ofMillis(1), Duration.ofMillis(2));
  private static final byte[] CONTENT = "content".getBytes(StandardCharsets.UTF_8);

  @BeforeEach
  void credentials() {
    System.setProperty("aws.accessKeyId", "key");
    System.setProperty("aws.secretAccessKey", "secret");
  }

  @AfterEach
  void clear() {
    System.clearProperty("aws.accessKeyId");
    System.clearProperty("aws.secretAccessKey");
  }

  @Test
  void asksInTheRegionThatTheBucketSaysItIsIn() throws IOException {
    Stub.Handler elsewhere =
        exchange -> {
          exchange.getResponseHeaders().set("x-amz-bucket-region", "eu-north-1");
          if (header(exchange, "Authorization").contains("/eu-north-1/s3/")) {
            object(exchange);
          } else {
            error(exchange, 301, "PermanentRedirect");
          }
        };
    try (Stub stub = new Stub(elsewhere)) {
      assertThat(source(stub).head(100)).isEqualTo(CONTENT);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "503, SlowDown",
    "500, InternalError",
    "429, TooManyRequestsException",
    "400, RequestTimeout"
  })
  void comesBackLaterWhenTheServerIsBusy(int status, String code) throws IOException {
    AtomicInteger requests = new AtomicInteger();
    Stub.Handler busy =
        exchange -> {
          if (requests.getAndIncrement() % 3 < 2) {
            error(exchange, status, code);
          } else {
            object(exchange);
          }
        };
    try (Stub stub = new Stub(busy)) {
      assertThat(source(stub).head(100)).isEqualTo(CONTENT);
      assertThat(requests).hasValueGreaterThanOrEqualTo(6);
    }
  }

  @Test
  void givesUpOnAServerThatStaysBusy() {
    try (Stub stub = new Stub(exchange -> error(exchange, 503, "SlowDown"))) {
      assertThatThrownBy(() -> source(stub))
          .isInstanceOf(PgmendException.class)
          .hasMessageStartingWith(
              "s3://bucket/key: cannot read: the server answered with status 503")
          .hasMessageEndingWith(", 4 times");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "403, AccessDenied,        access was denied: AccessDenied,                          s3:ListBucket",
    "400, ExpiredToken,        access was denied: ExpiredToken,                          aws sso login",
    "403, InvalidAccessKeyId,  access was denied: InvalidAccessKeyId,                    aws s3 ls s3://bucket/",
    "403, InvalidObjectState,  is archived in cold storage and cannot be read at once,   aws s3api restore-object"
  })
  void saysWhyItMayNotRead(int status, String code, String problem, String hint) {
    try (Stub stub = new Stub(exchange -> error(exchange, status, code))) {
      assertThatThrownBy(() -> source(stub))
          .isInstanceOfSatisfying(PgmendException.class, e -> assertThat(e.hint()).contains(hint))
          .hasMessageStartingWith("s3://bucket/key: " + problem);
    }
  }

  @Test
  void believesTheETagMoreThanTheServersIfMatch() throws IOException {
    AtomicInteger requests = new AtomicInteger();
    Stub.Handler changing =
        exchange -> {
          exchange.getResponseHeaders().set("ETag", "\"" + requests.getAndIncrement() + "\"");
          answer(exchange);
        };
    try (Stub stub = new Stub(changing)) {
      ByteSource source = source(stub);

      assertThatThrownBy(() -> source.head(100))
          .hasMessage("s3://bucket/key: was changed while it was read; nothing of it can be used");
    }
  }

  @Test
  void goesByTheTimeOfAnObjectThatHasNoETag() throws IOException {
    AtomicInteger day = new AtomicInteger(1);
    Stub.Handler dated =
        exchange -> {
          exchange
              .getResponseHeaders()
              .set("Last-Modified", "Sun, 0%d Nov 2026 08:00:00 GMT".formatted(day.get()));
          answer(exchange);
        };
    try (Stub stub = new Stub(dated)) {
      assertThat(source(stub).head(100)).isEqualTo(CONTENT);
      ByteSource source = source(stub);
      day.set(8);

      assertThatThrownBy(() -> source.head(100))
          .hasMessage("s3://bucket/key: was changed while it was read; nothing of it can be used");
    }
  }

  @Test
  void saysThatThereAreNoCredentials() {
    clear();
    Map<String, String> none = Map.of("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    System.setProperty("aws.disableEc2Metadata", "true");
    System.setProperty("aws.sharedCredentialsFile", "/nowhere");
    System.setProperty("aws.configFile", "/nowhere");
    try {
      assertThatThrownBy(() -> open(none))
          .isInstanceOfSatisfying(
              PgmendException.class, e -> assertThat(e.hint()).contains("PGMEND_S3_ANONYMOUS"))
          .hasMessage("s3://bucket: there are no credentials for S3");
    } finally {
      System.clearProperty("aws.disableEc2Metadata");
      System.clearProperty("aws.sharedCredentialsFile");
      System.clearProperty("aws.configFile");
    }
  }

  @Test
  void readsWithoutCredentialsWhatEverybodyMayRead() throws IOException {
    clear();
    Stub.Handler open =
        exchange -> {
          assertThat(exchange.getRequestHeaders().containsKey("Authorization")).isFalse();
          object(exchange);
        };
    try (Stub stub = new Stub(open)) {
      ByteSource source =
          open(Map.of("AWS_ENDPOINT_URL", stub.address(), "PGMEND_S3_ANONYMOUS", "1"));
      assertThat(source.head(100)).isEqualTo(CONTENT);
    }
  }

  private static void object(HttpExchange exchange) throws IOException {
    exchange.getResponseHeaders().set("ETag", "\"1\"");
    answer(exchange);
  }

  private static void answer(HttpExchange exchange) throws IOException {
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", String.valueOf(CONTENT.length));
      exchange.sendResponseHeaders(200, -1);
    } else {
      Stub.range(exchange, CONTENT);
    }
  }

  private static void error(HttpExchange exchange, int status, String code) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/xml");
    Stub.answer(
        exchange,
        status,
        "<Error><Code>%s</Code><Message>said so</Message></Error>".formatted(code));
  }

  private static String header(HttpExchange exchange, String name) {
    return String.valueOf(exchange.getRequestHeaders().getFirst(name));
  }

  private static ByteSource source(Stub stub) {
    return open(Map.of("AWS_ENDPOINT_URL", stub.address()));
  }

  private static ByteSource open(Map<String, String> environment) {
    var storage = new S3Storage(new Environment(environment, Path.of("/nowhere")), QUICK);
    Found found = storage.open(Location.of("s3://bucket/key").orElseThrow(), _ -> {});
    return (ByteSource) ((Found.One) found).content();
  }
}
