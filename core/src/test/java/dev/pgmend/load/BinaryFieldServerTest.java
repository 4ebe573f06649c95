package dev.pgmend.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is made of a server's text is what the server itself writes in binary, and nothing is taken but what a server writes.
class BinaryFieldServerTest {
  /// Zones with offsets in minutes and seconds in their past, on both sides of UTC, and the farthest ones.
  private static final List<String> ZONES =
      List.of(
          "UTC",
          "Europe/Berlin",
          "Europe/Amsterdam",
          "Asia/Kathmandu",
          "America/St_Johns",
          "Africa/Monrovia",
          "Pacific/Kiritimati",
          "Asia/Manila",
          "America/Juneau",
          "<x>-15:59",
          "<x>+15:59");

  @AutoClose private final Database database = Database.create();

  static final List<Integer> majors = Servers.MAJORS;

  @ParameterizedTest
  @FieldSource("majors")
  void everyServerWritesWhatIsMadeOfItsText(int major) {
    try (Database one = Database.create(Servers.major(major))) {
      for (String kind : FieldValues.KINDS) {
        compare(one, kind, new FieldValues(major, 3000));
      }
    }
  }

  @Test
  void manyMoreValuesAreTheSame() {
    for (String kind : FieldValues.KINDS) {
      compare(database, kind, new FieldValues(99, 25_000));
    }
  }

  private static void compare(Database database, String kind, FieldValues values) {
    try (OneColumn column = column(database, kind)) {
      fill(column, kind, values.of(kind));
      List<byte[]> binary = column.binary();
      List<byte[]> text = column.text();
      for (String zone : kind.equals("timestamptz") ? ZONES : List.of("UTC")) {
        column.set("SET TimeZone = '%s'".formatted(zone));
        text = column.text();
        assertThat(text).hasSameSizeAs(binary);
        assertEncoded(kind, text, binary);
      }
      assertSame(kind, text, column.fillBinary(binary).text(), text);
    }
  }

  private static void assertEncoded(String kind, List<byte[]> text, List<byte[]> binary) {
    BinaryField field = BinaryField.of(kind).orElseThrow();
    List<byte[]> encoded = text.stream().map(value -> FieldTexts.encode(field, value)).toList();
    assertSame(kind, text, encoded, binary);
  }

  private static void assertSame(
      String kind, List<byte[]> text, List<byte[]> actual, List<byte[]> expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      if (!Arrays.equals(actual.get(i), expected.get(i))) {
        assertThat(actual.get(i))
            .as("%s %s", kind, new String(text.get(i), StandardCharsets.UTF_8))
            .isEqualTo(expected.get(i));
      }
    }
  }

  @Test
  void whatOtherSettingsAndNewerServersWriteIsRejected() {
    for (String style : List.of("SQL", "Postgres", "German")) {
      for (String kind : List.of("date", "timestamp", "timestamptz")) {
        try (OneColumn column = column(database, kind)) {
          fill(column, kind, new FieldValues(5, 2000).of(kind));
          column.set("DELETE FROM t WHERE NOT isfinite(v)");
          // The driver does not let the session have another.
          column.set(
              "CREATE FUNCTION pg_temp.written(v %s) RETURNS text LANGUAGE plpgsql SET DateStyle = '%s' AS 'BEGIN RETURN v; END'"
                  .formatted(kind, style));
          assertRejected(kind, column.text("pg_temp.written(v)"));
        }
      }
    }
    try (OneColumn column = column(database, "bytea")) {
      column.set("SET bytea_output = escape");
      column.set("INSERT INTO t VALUES (''), ('\\x5c7834313432'), ('\\x00ff'), ('ab'), ('\\x5c')");
      assertRejected("bytea", column.text());
    }
    try (OneColumn column = column(database, "numeric")) {
      column.set("INSERT INTO t VALUES ('Infinity'), ('-Infinity')");
      assertRejected("numeric", column.text());
    }
    try (OneColumn column = column(database, "timestamptz")) {
      column.set("SET TimeZone = '<far>-16'");
      column.set("INSERT INTO t VALUES ('2000-01-01 00:00:00+00')");
      assertThat(column.text())
          .containsExactly("2000-01-01 16:00:00+16".getBytes(StandardCharsets.US_ASCII));
      assertRejected("timestamptz", column.text());
    }
  }

  private static void assertRejected(String kind, List<byte[]> texts) {
    BinaryField field = BinaryField.of(kind).orElseThrow();
    assertThat(texts).isNotEmpty();
    assertThat(texts.stream().filter(text -> FieldTexts.encode(field, text) != null))
        .map(text -> new String(text, StandardCharsets.UTF_8))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "int2",
        "int4",
        "int8",
        "oid",
        "bool",
        "numeric",
        "date",
        "time",
        "timestamp",
        "timestamptz",
        "uuid",
        "bytea"
      })
  void whatIsTakenIsWhatTheServerWrites(String kind) {
    Map<String, byte[]> taken = new LinkedHashMap<>();
    try (OneColumn column = column(database, kind)) {
      BinaryField field = BinaryField.of(kind).orElseThrow();
      for (byte[] text : mutants(column, kind)) {
        byte[] encoded = FieldTexts.encode(field, text);
        if (encoded != null) {
          taken.put(new String(text, StandardCharsets.ISO_8859_1), encoded);
        }
      }
      assertThat(taken).as("enough to tell").hasSizeGreaterThan(kind.equals("bool") ? 1 : 5000);
      List<byte[]> texts =
          taken.keySet().stream().map(t -> t.getBytes(StandardCharsets.ISO_8859_1)).toList();
      column.fillText(texts);
      assertSame(kind, texts, List.copyOf(taken.values()), column.binary());
      if (kind.equals("timestamptz")) {
        assertWrittenInSomeZone(column, texts);
      } else {
        assertSame(kind, texts, column.text(), texts);
      }
    }
  }

  /// A zone of a fixed offset is one of POSIX, whose sign is the other way round. None has seconds in our time; what a server writes before
  /// such an offset is what it writes without one.
  private static void assertWrittenInSomeZone(OneColumn column, List<byte[]> texts) {
    column.set(
        """
        CREATE FUNCTION pg_temp.written(v timestamptz, zone text) RETURNS text LANGUAGE plpgsql AS $$
        BEGIN
          IF length(zone) = 9 THEN
            RETURN regexp_replace((v AT TIME ZONE zone::interval)::text, '( BC)?$', zone || '\\1');
          END IF;
          IF zone <> '' THEN
            PERFORM set_config('TimeZone', '<x>' || translate(left(zone, 1), '+-', '-+') || substr(zone, 2), true);
          END IF;
          RETURN v::text;
        END $$\
        """);
    column.set("CREATE TEMPORARY TABLE zones (i serial PRIMARY KEY, zone text)");
    column.set(
        "INSERT INTO zones (zone) VALUES "
            + texts.stream()
                .map(t -> "('%s')".formatted(zone(t)))
                .collect(Collectors.joining(",")));
    assertSame(
        "timestamptz",
        texts,
        column.text("pg_temp.written(v, (SELECT zone FROM zones WHERE zones.i = t.i))"),
        texts);
  }

  private static String zone(byte[] timestamp) {
    String text = new String(timestamp, StandardCharsets.US_ASCII);
    return text.contains("infinity")
        ? ""
        : text.replaceFirst(" BC$", "").replaceFirst("^.* [^-+]*", "");
  }

  /// {@return what servers write, with a few changes each, and all short texts of what numbers consist of}
  private static List<byte[]> mutants(OneColumn column, String kind) {
    fill(column, kind, new FieldValues(7, 20_000).of(kind));
    column.set("DELETE FROM t WHERE length(v::text) > 300");
    List<byte[]> mutants = new ArrayList<>();
    Random random = new Random(kind.hashCode());
    for (String zone : kind.equals("timestamptz") ? ZONES : List.of("UTC")) {
      column.set("SET TimeZone = '%s'".formatted(zone));
      for (byte[] text : column.text()) {
        for (int i = 0; i < (kind.equals("timestamptz") ? 1 : 5); i++) {
          mutants.add(FieldTexts.mutate(text, random));
        }
      }
    }
    column.set("SET TimeZone = 'UTC'");
    FieldTexts.addAll(mutants, "", 5);
    return mutants;
  }

  private static OneColumn column(Database database, String kind) {
    if (kind.equals("enum")) {
      database.execute(
          "CREATE TYPE odd_enum AS ENUM (%s)"
              .formatted(
                  FieldValues.LABELS.stream()
                      .map(label -> "'" + label.replace("'", "''") + "'")
                      .collect(Collectors.joining(", "))));
    }
    return new OneColumn(database, FieldValues.type(kind));
  }

  private static void fill(OneColumn column, String kind, List<byte[]> values) {
    if (FieldValues.areBinary(kind)) {
      column.fillBinary(values);
    } else {
      column.fillText(values);
    }
  }
}
