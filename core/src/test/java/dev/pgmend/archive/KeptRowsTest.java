package dev.pgmend.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.content.Content;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is compressed is read once, if it is known what is wanted of it.
class KeptRowsTest {
  private static final int LARGE = 3 << 20;

  private static String script() {
    return """
    -- PostgreSQL database dump

    SET client_encoding = 'UTF8';
    SET standard_conforming_strings = on;

    CREATE TABLE public.empty (
        t text
    );


    CREATE TABLE public."Two; words" (
        t text
    );


    CREATE TABLE public.large (
        t text
    );


    COPY public.empty (t) FROM stdin;
    \\.


    COPY public."Two; words" (t) FROM stdin;
    a
    b
    \\.


    COPY public.large (t) FROM stdin;
    %s\\.


    -- PostgreSQL database dump complete
    """
        .formatted("0123456789abcde\n".repeat(LARGE / 16));
  }

  @ParameterizedTest
  @ValueSource(strings = {"empty", "Two; words", "large"})
  void rowsThatWereExpectedAreNotLookedForAgain(String table) throws IOException {
    AtomicInteger opened = new AtomicInteger();
    String expected;
    try (Archive archive = open("", opened)) {
      int before = opened.get();
      expected = rows(archive, table);
      assertThat(opened.get()).isGreaterThan(before);
    }
    try (Archive archive = open(table, opened)) {
      int before = opened.get();
      assertThat(rows(archive, table)).isEqualTo(expected);
      assertThat(rows(archive, table)).as("the second time").isEqualTo(expected);
      assertThat(opened.get()).isEqualTo(before);
    }
  }

  @Test
  void rowsThatWereNotExpectedAreReadAllTheSame() throws IOException {
    AtomicInteger opened = new AtomicInteger();
    try (Archive archive = open("empty", opened)) {
      assertThat(rows(archive, "Two; words")).isEqualTo("a\nb\n");
      assertThat(rows(archive, "empty")).isEmpty();
    }
  }

  private static Archive open(String likely, AtomicInteger opened) throws IOException {
    byte[] bytes = script().getBytes(StandardCharsets.UTF_8);
    Content content =
        offset -> {
          opened.incrementAndGet();
          InputStream in = new ByteArrayInputStream(bytes);
          in.skipNBytes(offset);
          return in;
        };
    return new ArchiveOpener(
            "test",
            new Reading(
                DatabaseChoice.only(),
                false,
                table -> table.name().equals(likely) && table.schema().equals("public")))
        .file(content);
  }

  private static String rows(Archive archive, String table) throws IOException {
    Entry data =
        archive.toc().entries().stream()
            .filter(entry -> entry.desc().equals("TABLE DATA") && entry.tag().equals(table))
            .findFirst()
            .orElseThrow();
    try (InputStream rows = archive.copyText(data)) {
      return new String(rows.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
