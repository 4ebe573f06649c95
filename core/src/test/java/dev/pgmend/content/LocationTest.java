package dev.pgmend.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgmend.PgmendException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LocationTest {
  @ParameterizedTest
  @CsvSource({
    "s3://backups/2026/app.dump,                                s3://backups/2026/app.dump",
    "S3://backups/what?.dump,                                   s3://backups/what?.dump",
    "https://u:secret@host/app.dump,                            https://host/app.dump",
    "https://host/app.dump?X-Amz-Signature=secret&a=b,          https://host/app.dump",
    "az://backups/app.dump?sv=2024&sig=secret,                  az://backups/app.dump",
    "https://host/a?b=c/d?e=secret#f,                           https://host/a"
  })
  void itsNameHasNoSecrets(String text, String name) {
    Location location = Location.of(text).orElseThrow();

    assertThat(location.name()).isEqualTo(name);
    assertThat(location).hasToString(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"app.dump", "/backups/app.dump", "C://app.dump", "-", "s3:/a/b", "://x"})
  void pathsAreNoLocations(String text) {
    assertThat(Location.of(text)).isEmpty();
  }

  @Test
  void refusesSchemesThatNobodyReads() {
    Location location = Location.of("ftp://me:secret@host/app.dump").orElseThrow();

    assertThatThrownBy(() -> Storage.of(location))
        .isInstanceOf(PgmendException.class)
        .hasMessage("ftp://host/app.dump: backups are not read from ftp://");
  }
}
