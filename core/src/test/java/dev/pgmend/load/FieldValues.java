package dev.pgmend.load;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Values of the types that have a [BinaryField], the odd ones first, then random ones.
final class FieldValues {
  static final List<String> KINDS =
      List.of(
          "int2",
          "int4",
          "int8",
          "oid",
          "bool",
          "text",
          "varchar",
          "bpchar",
          "enum",
          "numeric",
          "date",
          "time",
          "timestamp",
          "timestamptz",
          "uuid",
          "json",
          "jsonb",
          "bytea");

  /// What `CREATE TYPE` needs to know of the enum.
  static final List<String> LABELS =
      List.of("a", "", " b ", "C", "tab\there", "it's", "back\\slash", "\"quoted\"", "größe", "😀");

  private static final long SECOND = 1_000_000;
  private static final long DAY = 86_400 * SECOND;
  private static final long FIRST = -211_813_488_000_000_000L;
  private static final long END = 9_223_371_331_200_000_000L;
  private static final int FIRST_DATE = -2_451_545;
  private static final int END_DATE = 2_147_483_494 - 2_451_545;
  private static final LocalDate EPOCH = LocalDate.of(2000, 1, 1);

  private final Random random;
  private final int count;

  /// @param count how many random ones there are
  FieldValues(long seed, int count) {
    this.random = new Random(seed);
    this.count = count;
  }

  /// {@return the type of a column of that kind}
  static String type(String kind) {
    return switch (kind) {
      case "enum" -> "odd_enum";
      case "bpchar" -> "char(40)";
      case "varchar" -> "varchar(100)";
      default -> kind;
    };
  }

  /// {@return whether values are given as binary COPY has them; else as the server may read them}
  static boolean areBinary(String kind) {
    return kind.equals("date") || kind.startsWith("time");
  }

  List<byte[]> of(String kind) {
    return switch (kind) {
      case "int2" -> integers(16, Short.MIN_VALUE, Short.MAX_VALUE);
      case "int4" -> integers(32, Integer.MIN_VALUE, Integer.MAX_VALUE);
      case "int8" -> integers(64, Long.MIN_VALUE, Long.MAX_VALUE);
      case "oid" -> oids();
      case "bool" -> random(Stream.of("t", "f"), () -> random.nextBoolean() ? "t" : "f");
      case "text", "varchar", "bpchar" ->
          random(Stream.of("", " ", "\\N", "\\.", "NULL", "a ", "x".repeat(40)), this::string);
      case "enum" -> random(LABELS.stream(), () -> LABELS.get(random.nextInt(LABELS.size())));
      case "numeric" -> random(oddNumerics(), this::numeric);
      case "date" -> dates();
      case "time" -> times();
      case "timestamp", "timestamptz" -> timestamps();
      case "uuid" -> random(Stream.of("0".repeat(32), "f".repeat(32)), () -> hex(16));
      case "json", "jsonb" ->
          random(Stream.of("null", "\"\"", "{}", "[]", "1e5", " true "), () -> json(3));
      case "bytea" ->
          random(Stream.of("\\x", "\\x00", "\\xFF"), () -> "\\x" + hex(random.nextInt(60)));
      default -> throw new IllegalArgumentException(kind);
    };
  }

  private List<byte[]> random(Stream<String> odd, Supplier<String> value) {
    return Stream.concat(odd, Stream.generate(value).limit(count))
        .map(text -> text.getBytes(StandardCharsets.UTF_8))
        .toList();
  }

  private List<byte[]> integers(int bits, long least, long most) {
    Stream<Long> odd =
        Stream.of(
            least, least + 1, most, most - 1, 0L, 1L, -1L, 9L, 10L, -9L, -10L, 99L, 100L, -100L);
    return random(
        odd.map(Object::toString),
        () -> Long.toString(random.nextLong() >> (64 - bits + random.nextInt(bits))));
  }

  private List<byte[]> oids() {
    return random(
        Stream.of("0", "1", "2147483647", "2147483648", "4294967295"),
        () -> Long.toString(random.nextLong() >>> (32 + random.nextInt(32))));
  }

  private String string() {
    String letters = "aZ09 \t\n\r\b\f\u000b\\'\"{},:.€öß😀\u0001\u007f";
    int[] points = letters.codePoints().toArray();
    return IntStream.range(0, random.nextInt(40))
        .mapToObj(_ -> Character.toString(points[random.nextInt(points.length)]))
        .collect(Collectors.joining());
  }

  private String hex(int bytes) {
    return IntStream.range(0, bytes * 2)
        .mapToObj(_ -> Integer.toHexString(random.nextInt(16)))
        .collect(Collectors.joining());
  }

  private String json(int depth) {
    int size = random.nextInt(4);
    return switch (random.nextInt(depth > 0 ? 7 : 5)) {
      case 0 -> "null";
      case 1 -> random.nextBoolean() ? "true" : " false";
      case 2 -> Integer.toString(random.nextInt());
      case 3 -> random.nextInt(1000) + ".50e" + random.nextInt(9);
      case 4 -> "\"" + string().replaceAll("[\"\\\\\\p{Cntrl}]", "\\\\n") + "\"";
      case 5 ->
          IntStream.range(0, size)
              .mapToObj(_ -> json(depth - 1))
              .collect(Collectors.joining(", ", "[", "]"));
      default ->
          IntStream.range(0, size)
              .mapToObj(_ -> "\"k%d\":%s".formatted(random.nextInt(9), json(depth - 1)))
              .collect(Collectors.joining(",", "{", "}"));
    };
  }

  private Stream<String> oddNumerics() {
    Stream<String> powers =
        IntStream.rangeClosed(-45, 45)
            .boxed()
            .flatMap(n -> Stream.of("1e" + n, "-1e" + n, "9999e" + n, "12345e" + n, "10001e" + n));
    Stream<String> zeros =
        IntStream.rangeClosed(0, 20)
            .boxed()
            .flatMap(n -> Stream.of("0." + "0".repeat(n), "1." + "0".repeat(n), "-100e" + n));
    Stream<String> long_ =
        Stream.of(
            "NaN",
            "-0.0",
            "1e131071",
            "9".repeat(131_072) + "." + "9".repeat(16_383),
            "1e-16383",
            "-5e-16383",
            "0e-16383",
            "1" + "0".repeat(131_071) + ".5",
            "0." + "0".repeat(16_000) + "7");
    return Stream.of(powers, zeros, long_).flatMap(s -> s);
  }

  private String numeric() {
    int longest = random.nextInt(1000) == 0 ? 3000 : random.nextInt(20) == 0 ? 200 : 14;
    String whole = digits(random.nextInt(longest));
    String decimals = digits(random.nextInt(longest));
    String sign = random.nextInt(3) == 0 ? "-" : "";
    return sign + (whole.isEmpty() ? "0" : whole) + (decimals.isEmpty() ? "" : "." + decimals);
  }

  /// Runs of zeros and of nines are as likely as any digits.
  private String digits(int length) {
    var digits = new StringBuilder(length);
    while (digits.length() < length) {
      int run = Math.min(length - digits.length(), 1 + random.nextInt(9));
      switch (random.nextInt(3)) {
        case 0 -> digits.repeat('0', run);
        case 1 -> digits.repeat('9', run);
        default -> {
          for (int i = 0; i < run; i++) {
            digits.append(random.nextInt(10));
          }
        }
      }
    }
    return digits.toString();
  }

  private List<byte[]> dates() {
    List<byte[]> dates = new ArrayList<>();
    for (int day :
        new int[] {
          FIRST_DATE, FIRST_DATE + 1, END_DATE - 1, 0, Integer.MAX_VALUE, Integer.MIN_VALUE
        }) {
      dates.add(int32(day));
    }
    for (int i = 0; i < count; i++) {
      dates.add(
          int32(
              random.nextBoolean()
                  ? (int) turningPoint()
                  : (int) random.nextLong(FIRST_DATE, END_DATE)));
    }
    return dates;
  }

  private List<byte[]> times() {
    List<byte[]> times = new ArrayList<>();
    for (long time : new long[] {0, 1, DAY - 1, DAY, DAY - SECOND, SECOND - 1}) {
      times.add(int64(time));
    }
    for (int i = 0; i < count; i++) {
      times.add(int64(rounded(random.nextLong(DAY))));
    }
    return times;
  }

  private List<byte[]> timestamps() {
    List<byte[]> timestamps = new ArrayList<>();
    for (long timestamp :
        new long[] {
          FIRST,
          FIRST + 1,
          FIRST + DAY,
          END - 1,
          END - DAY,
          0,
          -1,
          1,
          Long.MAX_VALUE,
          Long.MIN_VALUE
        }) {
      timestamps.add(int64(timestamp));
    }
    for (int i = 0; i < count; i++) {
      timestamps.add(int64(rounded(timestamp())));
    }
    return timestamps;
  }

  private long timestamp() {
    return switch (random.nextInt(5)) {
      case 0 -> random.nextLong(FIRST, END);
      case 1 -> random.nextLong(FIRST, FIRST + 5000 * 366 * DAY);
      case 2 -> random.nextLong(-200 * 366 * DAY, 100 * 366 * DAY);
      // Where a zone's offset or a round of a second makes another day or year of it.
      case 3 -> turningPoint() * DAY + random.nextLong(-20 * SECOND, 20 * SECOND);
      default -> turningPoint() * DAY + random.nextLong(-DAY, DAY);
    };
  }

  /// Days around the ends of Februaries and years, mostly of our time, as days since 2000-01-01.
  private long turningPoint() {
    int year =
        switch (random.nextInt(4)) {
          case 0 -> random.nextInt(-4712, 10_100);
          case 1 -> random.nextInt(-20, 20) * 100;
          case 2 -> random.nextBoolean() ? 1970 : 2000;
          default -> random.nextInt(1850, 2100);
        };
    LocalDate day =
        random.nextBoolean() ? LocalDate.of(year, 1, 1) : LocalDate.of(Math.max(year, -4711), 3, 1);
    return day.toEpochDay() - EPOCH.toEpochDay() + random.nextInt(-2, 2);
  }

  /// {@return the time with any number of digits of its fraction}
  private long rounded(long micros) {
    long unit = (long) Math.pow(10, random.nextInt(7));
    return micros - Math.floorMod(micros, unit);
  }

  static byte[] int32(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  static byte[] int64(long value) {
    return ByteBuffer.allocate(8).putLong(value).array();
  }
}
