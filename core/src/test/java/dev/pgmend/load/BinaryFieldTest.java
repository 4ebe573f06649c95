package dev.pgmend.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BinaryFieldTest {
  private static final int FIRST_DATE = -2_451_545;

  @Test
  void onlyTypesWithAnEncoderHaveOne() {
    assertThat(FieldValues.KINDS)
        .allSatisfy(kind -> assertThat(BinaryField.of(kind)).as(kind).isPresent());
    for (String kind : new String[] {"float8", "timetz", "interval", "_int4", "name", "INT4", ""}) {
      assertThat(BinaryField.of(kind)).as(kind).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      ignoreLeadingAndTrailingWhitespace = false,
      textBlock =
          """
          int2| ,-,+1,01,-0,00,1 , 1,1.0,1e2,0x1,1_0,32768,-32769,a,/,:,NaN,--1,1-
          int4|2147483648,-2147483649,4294967295,99999999999,-01,+0
          int8|9223372036854775808,-9223372036854775809,9999999999999999999,18446744073709551616,18446744073709551617,10000000000000000000,100000000000000000000
          oid|-1,4294967296,01,-0
          bool|true,false,T,F,1,0,yes,on,tt, t
          numeric|-,.,+1,01,00,-0,-0.0,-0.00000,.5,-.5,5.,1e5,1E5,0x10,1_000, 1,1 ,1.2.3,1-2,--1,1.-2,1..2,1.a,nan,NAN,-NaN,NaN ,Infinity,-Infinity,inf,1:2,1/2
          date|2000-1-1,2000-01-1,00-01-01,999-01-01,02000-01-01,000-01-01,0000-01-01,0000-01-01 BC,2000-00-01,2000-13-01,2000-01-00,2000-01-32,2001-02-29,1900-02-29,2000-04-31,2000/01/01,20000101,01-02-2000,2000-01-01 AD,2000-01-01BC,2000-01-01 bc,2000-01-01  BC,-2000-01-01,4714-11-23 BC,4715-01-01 BC,5874898-01-01,9999999-01-01,12345678-01-01,epoch,today,Infinity,INFINITY,+infinity,-Infinity,infinity BC,infinit,infinityy,2000-01-01 , 2000-01-01,2000-01-01T,2000-01-01 00:00:00
          time|0:00:00,00:00,000000,24:00:01,24:00:00.000001,25:00:00,99:00:00,12:60:00,12:00:60,23:59:60,12:00:00.,12:00:00.0,12:00:00.10,12:00:00.1234567,12:00:00 AM,12:00:00+00,12.00.00,12:00:00.-1,12:-1:00,-1:00:00,infinity,allballs, 12:00:00,12:00:00 ,12:00:00Z,12:00:00:5
          timestamp|2000-01-01,2000-01-01 24:00:00,2000-01-01 00:00,2000-01-01T00:00:00,2000-01-01 00:00:00Z,2000-01-01 00:00:00+00,2000-01-01 00:00:00.0,2000-01-01 00:00:00.50,2000-01-01 00:00:00 AD,2000-01-01 00:00:60,2000-01-01  00:00:00,2001-02-29 00:00:00,294277-01-01 00:00:00,4714-11-23 23:59:59.999999 BC,5874897-12-31 00:00:00,0000-01-01 00:00:00,epoch,now,Infinity,infinity BC,2000-01-01 BC 00:00:00,2000-01-01 00:00:00 , 00:00:00, BC
          timestamptz|2000-01-01,2000-01-01 00:00:00,2000-01-01 00:00:00Z,2000-01-01 00:00:00 UTC,2000-01-01 00:00:00-00,2000-01-01 00:00:00+00:00,2000-01-01 00:00:00-00:00,2000-01-01 00:00:00+02:00,2000-01-01 00:00:00+02:30:00,2000-01-01 00:00:00+0230,2000-01-01 00:00:00+2,2000-01-01 00:00:00+16,2000-01-01 00:00:00-16:30,2000-01-01 00:00:00+02:60,2000-01-01 00:00:00+02:30:60,2000-01-01 00:00:00+,2000-01-01 00:00:00 +02,2000-01-01 00:00:00++2,2000-01-01 00:00:00+02+03,2000-01-01 00:00:00 BC+00,294276-12-31 23:59:59-00:00:01,4714-11-24 00:00:00+00:00:01 BC,2000-01-01 24:00:00+00,2000-01-01+02
          uuid|A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11,{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11},a0eebc999c0b4ef8bb6d6bb9bd380a11,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111,a0eebc999-c0b-4ef8-bb6d-6bb9bd380a11,g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1g,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1-
          bytea|\\,x,\\x0,\\x000,\\xAB,\\X00,\\\\x00,abc,\\000,\\x0g,\\xg0,\\x 00,\\x00 ,\\x00 00,00
          """)
  void textThatNoServerWritesIsRejected(String kind, String texts) {
    BinaryField field = BinaryField.of(kind).orElseThrow();
    assertThat(encode(field, "")).as(kind).isNull();
    for (String text : texts.split(",", -1)) {
      assertThat(encode(field, text)).as("%s '%s'", kind, text).isNull();
    }
  }

  @Test
  void everyDayOfTwelveThousandYearsIsThatOfJava() {
    BinaryField field = new DateField();
    LocalDate epoch = LocalDate.of(2000, 1, 1);
    var out = new BinaryBuffer();
    for (int day = FIRST_DATE; day < 3_000_000; day++) {
      LocalDate date = epoch.plusDays(day);
      byte[] text = text(date);
      out.length = 0;
      if (!field.encode(text, 0, text.length, out) || int32(out) != day) {
        assertThat(encode(field, new String(text, StandardCharsets.US_ASCII)))
            .as(date.toString())
            .isEqualTo(FieldValues.int32(day));
      }
    }
  }

  @Test
  void everyCombinationOfDigitsIsADayOrRejected() {
    BinaryField field = new DateField();
    for (int year : new int[] {1, 4, 100, 400, 1900, 1999, 2000, 2004, 2100, 9999}) {
      int taken = 0;
      for (int monthAndDay = 0; monthAndDay < 10_000; monthAndDay++) {
        String text = "%04d-%02d-%02d".formatted(year, monthAndDay / 100, monthAndDay % 100);
        taken += encode(field, text) == null ? 0 : 1;
      }
      assertThat(taken).as("days of " + year).isEqualTo(LocalDate.of(year, 1, 1).lengthOfYear());
    }
  }

  @Test
  void everySecondOfADayIsThat() {
    BinaryField field = new TimeField();
    for (int second = 0; second <= 86_400; second++) {
      String text = "%02d:%02d:%02d".formatted(second / 3600, second / 60 % 60, second % 60);
      assertThat(encode(field, text)).isEqualTo(FieldValues.int64(second * 1_000_000L));
    }
  }

  private static int int32(BinaryBuffer out) {
    return ByteBuffer.wrap(out.bytes).getInt(0);
  }

  private static byte[] text(LocalDate date) {
    int year = date.getYear();
    var text = new StringBuilder();
    String digits = Integer.toString(year > 0 ? year : 1 - year);
    text.repeat('0', Math.max(0, 4 - digits.length())).append(digits);
    text.append(date.getMonthValue() < 10 ? "-0" : "-").append(date.getMonthValue());
    text.append(date.getDayOfMonth() < 10 ? "-0" : "-").append(date.getDayOfMonth());
    return text.append(year > 0 ? "" : " BC").toString().getBytes(StandardCharsets.US_ASCII);
  }

  private static byte @Nullable [] encode(BinaryField field, String text) {
    return FieldTexts.encode(field, text.getBytes(StandardCharsets.UTF_8));
  }
}
