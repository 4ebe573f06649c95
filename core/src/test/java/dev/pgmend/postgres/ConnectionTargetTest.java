package dev.pgmend.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import java.util.Map;
import org.junit.jupiter.api.Test;
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
          postgresql://bob@/shop                             | bob@localhost:5432/shop
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
    "shop, jdbc:postgresql://localhost:5432/"
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
    assertThat(ConnectionTarget.parse("", Map.of("PGHOST", "", "PGUSER", "eve")))
        .hasToString("eve@localhost:5432/eve");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\1',
      textBlock =
          """
          postgresql://bob@db/shop?channel_binding=require | channel_binding
          postgresql://bob@db/shop?passfile=x              | passfile
          host=db service=prod                             | service
          host=db target_session_attrs=any                 | target_session_attrs
          host=/var/run/postgresql dbname=shop             | Unix socket
          postgresql://%2Fvar%2Frun/shop                   | Unix socket
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
