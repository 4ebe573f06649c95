package dev.pgmend.cli;

import static dev.pgmend.cli.Program.pgmend;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.pgmend.cli.Program.Run;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Backups that lie elsewhere, as the packaged program finds what reads them.
class RemoteIT {
  private static final Pattern RANGE = Pattern.compile("bytes=([0-9]+)-([0-9]+)");
  private static final Path DUMP = Path.of("src/main/resources/dev/pgmend/cli/demo/shop-demo.dump");

  private static HttpServer server;

  @BeforeAll
  static void serve() throws IOException {
    byte[] dump = Files.readAllBytes(DUMP);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/shop.dump", exchange -> answer(exchange, dump));
    server.start();
  }

  @AfterAll
  static void stop() {
    server.stop(0);
  }

  @Test
  void readsWhatIsAtAnAddressAndKeepsItsSecrets() throws Exception {
    String address = "127.0.0.1:" + server.getAddress().getPort() + "/shop.dump";

    Run inspect = pgmend("inspect", "http://me:secret@" + address + "?signature=secret");

    assertThat(inspect.output()).contains("http://" + address).doesNotContain("secret");
    assertThat(inspect.exitCode()).isZero();
    Run rows = pgmend("rows", "http://" + address, "shop.orders", "--limit", "3");
    assertThat(rows.output()).contains("id").doesNotContain("SLF4J").doesNotContain("WARN");
    assertThat(rows.exitCode()).isZero();
  }

  @Test
  void saysWhatIsNotThere() throws Exception {
    String port = ":" + server.getAddress().getPort();

    Run missing = pgmend("inspect", "http://127.0.0.1" + port + "/none?signature=secret");

    assertThat(missing.output())
        .contains("/none: there is neither an object nor a directory of that name")
        .contains("HINT: ")
        .doesNotContain("secret");
    assertThat(missing.exitCode()).isEqualTo(3);
    Run unknown = pgmend("inspect", "ftp://me:secret@host/app.dump");
    assertThat(unknown.output())
        .contains("backups are not read from ftp://")
        .doesNotContain("secret");
    assertThat(unknown.exitCode()).isEqualTo(2);
  }

  private static void answer(HttpExchange exchange, byte[] dump) throws IOException {
    try (exchange) {
      Matcher range = RANGE.matcher(exchange.getRequestHeaders().getFirst("Range"));
      if (range.matches()) {
        int from = Integer.parseInt(range.group(1));
        int to = Math.min(Integer.parseInt(range.group(2)) + 1, dump.length);
        exchange
            .getResponseHeaders()
            .set("Content-Range", "bytes %d-%d/%d".formatted(from, to - 1, dump.length));
        exchange.sendResponseHeaders(206, to - from);
        exchange.getResponseBody().write(dump, from, to - from);
      }
    }
  }
}
