package dev.pgmend.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionTargetTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\1',
      textBlock =
          """
          postgresql://bob@db.example/shop                   | bob@db.example:5432/shop
          postgres://bob@db.example:6432/shop                | bob@db.example:6432/shop
          postgresql://bob:pw@db.example                     | bob@db.example:5432/bob
          postgresql://bob@/shop?port=1                      | bob@localhost:1/shop
          postgresql://bob@%2Ftmp%2Fa/shop                   | bob@/tmp/a:5432/shop
          postgresql:///shop?host=/tmp/a&user=bob            | bob@/tmp/a:5432/shop
          host=/tmp/a dbname=shop user=bob port=6432         | bob@/tmp/a:6432/shop
          postgresql://bob@db.example/a%20b%2Fc              | bob@db.example:5432/a b/c
          postgresql://b%6Fb%40corp@db/shop                  | bob@corp@db:5432/shop
          postgresql:///shop?host=db&port=6432&user=bob      | bob@db:6432/shop
          postgresql://bob@db/shop?sslmode=require           | bob@db:5432/shop
          postgresql://bob@db?sslmode=require                | bob@db:5432/bob
          postgresql://bob@[::1]/shop                        | bob@[::1]:5432/shop
          postgresql://bob@[fe80::1]:6432/shop               | bob@[fe80::1]:6432/shop
          host=db user=bob dbname=shop                       | bob@db:5432/shop
          host = db  user= bob dbname ='my shop' port=6432   | bob@db:6432/my shop
          host=db user='b\\'o\\\\b' dbname=s\\ p             | b'o\\b@db:5432/s p
          user=bob dbname='' host=db                         | bob@db:5432/bob
          """)
  void readsWhatLibpqReads(String text, String expected) {
    assertThat(parse(text)).hasToString(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgresql://bob:p%40s%3As%2F%3F%25@db/shop",
        "postgresql://bob@db/shop?password=p%40s%3As%2F%3F%25",
        "host=db user=bob password='p@s:s/?%' dbname=shop",
        "host=db user=bob password=p@s:s/?% dbname=shop",
        "postgresql://bob:p%40s:s%2F?%25@db/shop",
        "postgresql://bob:p@s:s/?%25@db/shop",
        "postgresql://bob@db/shop?password=p@s:s/?%25&sslmode=disable"
      })
  void passwordsMayHoldAnyCharacterAndAreNeverShown(String text) {
    ConnectionTarget target = parse(text);
    assertThat(target.properties()).containsEntry("password", "p@s:s/?%");
    assertThat(target).hasToString("bob@db:5432/shop");
    assertThat(target.jdbcUrl()).isEqualTo("jdbc:postgresql://db:5432/");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgresql://bob:S3c/ret#@db/shop",
        "postgresql://bob:S3c?ret=1@db/shop",
        "postgresql://bob:S3c@re/t@db/shop",
        "postgresql://bob:S3c@re?t=@db/shop",
        "postgresql://bob:S3c/ret@db/shop?application_name=a@b"
      })
  void aPasswordThatIsNotEncodedIsTakenAsItStands(String text) {
    assertThat(parse(text)).hasToString("bob@db:5432/shop");
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgresql://bob:S3c/ret", "postgresql://bob:S3cret@a@db:x/?S3c=1"})
  void whatCannotBeUnderstoodIsNotRepeated(String text) {
    assertThatThrownBy(() -> parse(text))
        .isInstanceOf(PgmendException.class)
        .hasMessageNotContaining("S3c");
  }

  @Test
  void aPlusIsAPlus() {
    assertThat(parse("postgresql://bob:a+b@db/x+y").properties())
        .containsEntry("password", "a+b")
        .containsEntry("PGDBNAME", "x+y");
  }

  @ParameterizedTest
  @CsvSource({
    "postgresql://bob@[::1]:6432/shop, jdbc:postgresql://[::1]:6432/",
    "postgresql://bob@[::1]/shop, jdbc:postgresql://[::1]:5432/",
    "host=::1 dbname=shop, jdbc:postgresql://[::1]:5432/",
    "port=1 dbname=shop, jdbc:postgresql://localhost:1/"
  })
  void theAddressGoesToTheDriver(String text, String url) {
    assertThat(parse(text).jdbcUrl()).isEqualTo(url);
  }

  @Test
  void environmentVariablesFillInWhatTheTextLeavesOut() {
    Map<String, String> environment =
        Map.of(
            "PGHOST",
            "env",
            "PGPORT",
            "1",
            "PGUSER",
            "eve",
            "PGDATABASE",
            "envdb",
            "PGPASSWORD",
            "geheim",
            "PGSSLMODE",
            "require",
            "PGCONNECT_TIMEOUT",
            "7",
            "PGOPTIONS",
            "-c x=y",
            "HOME",
            "/root");
    assertThat(ConnectionTarget.parse("", environment)).hasToString("eve@env:1/envdb");
    assertThat(ConnectionTarget.parse("shop", environment)).hasToString("eve@env:1/shop");
    ConnectionTarget target = ConnectionTarget.parse("postgresql://bob@db/shop", environment);
    assertThat(target).hasToString("bob@db:1/shop");
    assertThat(target.properties())
        .containsEntry("password", "geheim")
        .containsEntry("sslmode", "require")
        .containsEntry("connectTimeout", "7");
    assertThat(ConnectionTarget.parse("host=db sslmode=disable", environment).properties())
        .containsEntry("sslmode", "disable");
  }

  @Test
  void emptyVariablesAreUnset() {
    assertThat(ConnectionTarget.parse("", Map.of("PGHOST", "", "PGUSER", "eve", "PGPORT", "1")))
        .hasToString("eve@localhost:1/eve");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\1',
      textBlock =
          """
          host=db service=prod                             | no service "prod"
          host=db target_session_attrs=any                 | target_session_attrs
          host=db hostaddr=::1                             | hostaddr
          host=db sslcrl=x                                 | sslcrl
          postgresql://a,b/shop                            | several hosts
          host=a,b dbname=shop                             | several hosts
          postgresql://bob@db/%zz                          | percent-encoding
          postgresql://bob@db/shop?sslmode                 | lacks a value
          host=db shop                                     | missing "="
          host=db dbname='shop                             | unterminated
          """)
  void whatIsNotSupportedIsRefusedByName(String text, String message) {
    assertThatThrownBy(() -> parse(text))
        .isInstanceOfSatisfying(
            PgmendException.class, e -> assertThat(e.kind()).isEqualTo(Kind.USAGE))
        .hasMessageContaining(message);
  }

  @Test
  void variablesThatCannotBeHeededAreRefused() {
    assertThatThrownBy(() -> ConnectionTarget.parse("host=db", Map.of("PGSSLCRL", "x")))
        .hasMessageContaining("PGSSLCRL");
  }

  @Test
  void aServiceStandsBehindTheTextAndBeforeTheVariables(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("services");
    Files.writeString(
        file,
        """
        # ours
        [other]
        host=elsewhere
        [prod]
        host=db
        port=6432
        user=bob
        password=geheim
        """);
    Map<String, String> environment =
        Map.of("PGSERVICEFILE", file.toString(), "PGSERVICE", "prod", "PGUSER", "eve");
    ConnectionTarget target = ConnectionTarget.parse("dbname=shop port=1", environment);
    assertThat(target).hasToString("bob@db:1/shop");
    assertThat(target.properties()).containsEntry("password", "geheim");
    assertThat(ConnectionTarget.parse("service=other dbname=shop", environment))
        .hasToString("eve@elsewhere:5432/shop");
    Files.writeString(file, "[prod]\nhosst=db\n");
    assertThatThrownBy(() -> ConnectionTarget.parse("", environment))
        .hasMessageContaining("services:2:")
        .hasMessageContaining("hosst");
  }

  @Test
  void thePasswordFileIsThatOfLibpq(@TempDir Path home) throws Exception {
    Path file = home.resolve(".pgpass");
    Files.writeString(
        file,
        """
        # comment
        db:6432:shop:bob:other port
        db:*:sh\\:op:bob:with \\: and \\\\
        localhost:*:*:*:socket
        *:*:*:eve:eve's
        """);
    Map<String, String> environment = Map.of("HOME", home.toString());
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    assertThat(password("host=db user=bob dbname=sh:op", environment)).isEqualTo("with : and \\");
    assertThat(password("host=db user=bob dbname=shop", environment)).isEmpty();
    assertThat(password("host=/tmp user=bob dbname=shop", environment)).isEqualTo("socket");
    assertThat(password("host=/srv user=bob dbname=shop", environment)).isEmpty();
    assertThat(password("host=db user=eve password=mine", environment)).isEqualTo("mine");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    ConnectionTarget target = ConnectionTarget.parse("host=localhost port=1 user=eve", environment);
    assertThat(target.properties()).containsEntry("password", "");
    assertThatThrownBy(() -> Session.open(target))
        .isInstanceOfSatisfying(
            PgmendException.class, e -> assertThat(e.hint()).contains("chmod 600 " + file));
  }

  private static String password(String text, Map<String, String> environment) {
    return ConnectionTarget.parse(text, environment).properties().getProperty("password");
  }

  @Test
  void programsGetTheSameServer() {
    ConnectionTarget target =
        ConnectionTarget.parse("postgresql://b%3Aob:gehe:im@db/shop?sslmode=require", Map.of());
    assertThat(target.environment())
        .containsEntry("PGHOST", "db")
        .containsEntry("PGSSLMODE", "require")
        .containsEntry("PGDATABASE", "shop");
    assertThat(target.passwordFileLines()).contains("db:5432:shop:b\\:ob:gehe\\:im\n");
    assertThat(target.uri()).isEqualTo("postgresql://b%3Aob@db:5432/shop?sslmode=require");
    assertThat(ConnectionTarget.parse(target.uri(), Map.of())).hasToString(target.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgresql://bob:geheim@db/shop?x=y",
        "postgresql://bob:geheim@db/%zz",
        "postgresql://bob:geheim%zz@db/shop",
        "postgresql://bob:geheim@a,b/shop",
        "postgresql://bob:a?geheim@db/shop",
        "postgresql://bob:a?geheim=1@db/shop",
        "host=db password=geheim x=y",
        "password=geheim host=/tmp",
        "password=geheim host",
        "bob:geheim@db/shop"
      })
  void refusalsNeverShowThePassword(String text) {
    try {
      assertThat(parse(text).toString()).doesNotContain("geheim");
    } catch (PgmendException e) {
      assertThat(e.getMessage() + e.hint()).doesNotContain("geheim");
    }
  }

  @Test
  void failuresToConnectNeverShowThePassword() {
    ConnectionTarget target = parse("postgresql://bob:geheim@localhost:1/shop?connect_timeout=2");
    assertThatThrownBy(() -> Session.open(target))
        .isInstanceOfSatisfying(
            PgmendException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(Kind.CONNECTION);
              assertThat(e.getMessage() + e.hint())
                  .doesNotContain("geheim")
                  .contains("bob@localhost:1/shop");
              for (Throwable t = e; t != null; t = t.getCause()) {
                assertThat(String.valueOf(t.getMessage())).doesNotContain("geheim");
              }
            });
  }

  private static ConnectionTarget parse(String text) {
    return ConnectionTarget.parse(text, Map.of());
  }
}
