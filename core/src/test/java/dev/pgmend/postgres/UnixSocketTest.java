package dev.pgmend.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.embedded.EmbeddedServer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/// Connections through a Unix socket and under TLS, to a real server.
@TestInstance(Lifecycle.PER_CLASS)
class UnixSocketTest {
  private Path directory = Path.of("");
  private EmbeddedServer server;

  @BeforeAll
  void start() throws Exception {
    // Not below the temporary directory of a test: the path of a socket is at most 107 bytes long.
    directory = Files.createTempDirectory("pgs");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
    Path debian = Path.of("/usr/lib/postgresql/15/bin");
    assumeTrue(Files.isDirectory(debian), "Debian's server has TLS");
    server = EmbeddedServer.startFrom(debian, Map.of());
    try (Session session = Session.open(ConnectionTarget.parse(server.uri("postgres"), Map.of()))) {
      session.execute("ALTER SYSTEM SET unix_socket_directories = '%s'".formatted(directory));
      String rules = session.queryText("SHOW hba_file", row -> row.text("hba_file")).getFirst();
      Files.writeString(Path.of(rules), "local all all trust\n", StandardOpenOption.APPEND);
    }
    server.restart();
  }

  @AfterAll
  void stop() {
    if (server != null) {
      server.close();
    }
  }

  private Session open(String more) {
    return Session.open(
        ConnectionTarget.parse(
            "host=%s port=%d user=postgres dbname=postgres %s"
                .formatted(directory, server.port(), more),
            Map.of()));
  }

  @Test
  void copiesInBothDirections() {
    try (Session session = open("sslmode=verify-full")) {
      assertThat(session.queryText("SELECT inet_server_addr() IS NULL AS l", row -> row.flag("l")))
          .containsExactly(true);
      session.execute("CREATE TABLE public.t (a text)");
      byte[] row = ("x".repeat(10_000) + "\n").getBytes(StandardCharsets.UTF_8);
      CopySink sink = session.copyIn("COPY public.t FROM STDIN");
      for (int i = 0; i < 3_000; i++) {
        sink.write(row, 0, row.length);
      }
      assertThat(sink.finish()).isEqualTo(3_000);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      assertThat(session.copyOut("COPY public.t TO STDOUT", out)).isEqualTo(3_000);
      assertThat(out.size()).isEqualTo(3_000 * row.length);
    }
  }

  @Test
  void aStatementCanBeInterrupted() throws Exception {
    try (Session session = open("")) {
      CompletableFuture<Void> later =
          CompletableFuture.runAsync(() -> {
            try {
              Thread.sleep(300);
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            session.interrupt();
          });
      assertThatThrownBy(() -> session.execute("SELECT pg_sleep(60)"))
          .isInstanceOfSatisfying(
              PgmendException.class, e -> assertThat(e.kind()).isEqualTo(Kind.INTERRUPTED));
      later.get();
      session.execute("SELECT 1");
    }
  }

  @Test
  void aServerThatGoesAwayIsNoticed() {
    try (Session session = open("");
        Session other = open("")) {
      other.execute("SELECT pg_terminate_backend(%d)".formatted(session.backendPid()));
      assertThatThrownBy(() -> session.execute("SELECT pg_sleep(5)"))
          .isInstanceOfSatisfying(
              PgmendException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CONNECTION));
    }
  }

  @Test
  void aSocketThatIsNotThereIsNamed() {
    assertThatThrownBy(
            () -> Session.open(ConnectionTarget.parse("host=/nowhere user=bob", Map.of())))
        .isInstanceOfSatisfying(
            PgmendException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CONNECTION))
        .hasMessageContaining("bob@/nowhere:5432/bob");
  }

  @Test
  void certificatesAreVerifiedAsAsked() throws Exception {
    assumeTrue(Files.exists(Path.of("/usr/bin/openssl")), "openssl makes the certificate");
    Path key = directory.resolve("server.key");
    Path certificate = directory.resolve("server.crt");
    Process openssl =
        new ProcessBuilder(
                "openssl",
                "req",
                "-new",
                "-x509",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=DNS:localhost",
                "-keyout",
                key.toString(),
                "-out",
                certificate.toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(openssl.waitFor()).isZero();
    try (Session session = open("")) {
      String data =
          session.queryText("SHOW data_directory", row -> row.text("data_directory")).getFirst();
      Files.setOwner(key, Files.getOwner(Path.of(data)));
    }
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    try (Session session = open("")) {
      session.execute("ALTER SYSTEM SET ssl_key_file = '%s'".formatted(key));
      session.execute("ALTER SYSTEM SET ssl_cert_file = '%s'".formatted(certificate));
      session.execute("ALTER SYSTEM SET ssl = on");
      session.execute("SELECT pg_reload_conf()");
      while (!session.queryText("SHOW ssl", row -> row.text("ssl")).getFirst().equals("on")) {
        Thread.sleep(50);
      }
    }
    String full = "sslmode=verify-full sslrootcert=" + certificate;
    assertThat(encrypted("localhost", "sslmode=require")).isTrue();
    assertThat(encrypted("localhost", full)).isTrue();
    assertThat(encrypted("127.0.0.1", "sslmode=verify-ca sslrootcert=" + certificate)).isTrue();
    assertThat(encrypted("127.0.0.1", "sslmode=disable")).isFalse();
    assertThatThrownBy(() -> encrypted("127.0.0.1", full))
        .as("the certificate is localhost's")
        .isInstanceOf(PgmendException.class);
    assertThatThrownBy(() -> encrypted("localhost", "sslrootcert=system"))
        .as("nobody that the system trusts has signed it")
        .isInstanceOf(PgmendException.class);
  }

  private boolean encrypted(String host, String more) {
    try (Session session =
        Session.open(
            ConnectionTarget.parse(
                "host=%s port=%d user=postgres dbname=postgres %s"
                    .formatted(host, server.port(), more),
                Map.of()))) {
      return session
          .queryText(
              "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", row -> row.flag("ssl"))
          .getFirst();
    }
  }
}
