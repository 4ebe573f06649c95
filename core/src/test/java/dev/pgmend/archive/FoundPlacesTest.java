package dev.pgmend.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgmend.content.ByteSource;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Where rows are in a large script is found once.
class FoundPlacesTest {
  private static final int ROWS = 1_200_000;

  @TempDir private Path directory;
  private Path script;

  @BeforeEach
  void writeScript() throws IOException {
    script = directory.resolve("large.sql");
    write("x");
  }

  private void write(String first) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(script)) {
      out.write(
          "-- PostgreSQL database dump\n\nSET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\n\n");
      out.write("CREATE TABLE public.large (\n    t text\n);\n\n\n");
      out.write("CREATE TABLE public.small (\n    t text\n);\n\n\n");
      out.write("COPY public.large (t) FROM stdin;\n");
      out.write(first + "\n");
      String row = "y".repeat(59) + "\n";
      for (int i = 0; i < ROWS; i++) {
        out.write(row);
      }
      out.write("\\.\n\n\nCOPY public.small (t) FROM stdin;\na\nb\n\\.\n\n\n");
      out.write(
          "ALTER TABLE ONLY public.small\n    ADD CONSTRAINT u UNIQUE (t);\n\n\n-- PostgreSQL database dump complete\n");
    }
  }

  @Test
  void theSecondTimeRowsAreNotReadToFindOthers() throws IOException {
    AtomicLong read = new AtomicLong();
    assertThat(rows(read)).isEqualTo("a\nb\n");
    assertThat(read.get()).isGreaterThan(ROWS * 60L);
    read.set(0);
    assertThat(rows(read)).isEqualTo("a\nb\n");
    assertThat(read.get()).isLessThan(8 << 20);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(index())))
        .isEqualTo("rw-------");
    assertThat(Files.readString(index(), StandardCharsets.ISO_8859_1))
        .doesNotContain("small")
        .doesNotContain("yyy");
  }

  @Test
  void theSecondTimeInsertStatementsAreNotReadEither() throws IOException {
    writeInserts();
    AtomicLong read = new AtomicLong();
    assertThat(rows(read)).isEqualTo("a\nb\n");
    assertThat(read.get()).isGreaterThan(ROWS * 80L);
    read.set(0);
    assertThat(rows(read)).isEqualTo("a\nb\n");
    assertThat(read.get()).isLessThan(8 << 20);
    FileTime time = Files.getLastModifiedTime(script);
    try (FileChannel file =
        FileChannel.open(script, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      // The last of the first table's statements is another table's now, and none ends where it
      // did.
      long end = Files.readString(script).indexOf("\n\n\nINSERT INTO public.small");
      file.write(ByteBuffer.wrap(new byte[] {' ', '\n', ';'}), end - 1);
    }
    Files.setLastModifiedTime(script, time);
    assertThat(rows(new AtomicLong())).isEqualTo("a\nb\n");
  }

  private void writeInserts() throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(script)) {
      out.write(
          "-- PostgreSQL database dump\n\nSET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\n\n");
      out.write("CREATE TABLE public.large (\n    t text\n);\n\n\n");
      out.write("CREATE TABLE public.small (\n    t text\n);\n\n\n");
      String row = "INSERT INTO public.large VALUES ('" + "y".repeat(50) + "');\n";
      for (int i = 0; i < ROWS; i++) {
        out.write(row);
      }
      out.write(
          "\n\nINSERT INTO public.small VALUES ('a');\nINSERT INTO public.small VALUES ('b');\n\n\n");
      out.write("-- PostgreSQL database dump complete\n");
    }
  }

  @Test
  void theSecondTimeTheArchiveIsTheSame() throws IOException {
    try (Opened first = open(new AtomicLong());
        Opened second = open(new AtomicLong())) {
      assertThat(second.archive.toc().entries()).isEqualTo(first.archive.toc().entries());
    }
  }

  @Test
  void whatWasChangedBehindTheSameTimeAndSizeIsFoundAgain() throws IOException {
    rows(new AtomicLong());
    FileTime time = Files.getLastModifiedTime(script);
    byte[] bytes = Files.readAllBytes(script);
    // The rows end five bytes earlier, in the middle of the file.
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    int end = text.indexOf("\\.\n");
    byte[] changed = text.getBytes(StandardCharsets.ISO_8859_1);
    byte[] earlier = "\\.\n--y\n".getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(earlier, 0, changed, end - 60, earlier.length);
    for (int i = end - 60 + earlier.length; i < end + 3; i++) {
      changed[i] = '\n';
    }
    Files.write(script, changed);
    Files.setLastModifiedTime(script, time);
    // Where first and last bytes are the same, too, only looking tells.
    assertThat(rows(new AtomicLong())).isEqualTo("a\nb\n");
    try (Opened opened = open(new AtomicLong())) {
      Entry large =
          opened.archive.toc().entries().stream()
              .filter(entry -> entry.desc().equals("TABLE DATA") && entry.tag().equals("large"))
              .findFirst()
              .orElseThrow();
      try (InputStream rows = opened.archive.copyText(large)) {
        assertThat(rows.readAllBytes()).hasSize(2 + (ROWS - 1) * 60);
      }
    }
  }

  @Test
  void anIndexThatIsDamagedIsNotBelieved() throws IOException {
    rows(new AtomicLong());
    byte[] bytes = Files.readAllBytes(index());
    bytes[20] ^= 1;
    Files.write(index(), bytes);
    AtomicLong read = new AtomicLong();
    assertThat(rows(read)).isEqualTo("a\nb\n");
    assertThat(read.get()).isGreaterThan(ROWS * 60L);
    Files.write(index(), new byte[3]);
    assertThat(rows(new AtomicLong())).isEqualTo("a\nb\n");
  }

  @Test
  void anIndexOfAnotherFileIsNotBelieved() throws IOException {
    rows(new AtomicLong());
    byte[] index = Files.readAllBytes(index());
    Files.delete(index());
    write("xx"); // everything is one byte further on
    rows(new AtomicLong());
    Files.write(index(), index);
    AtomicLong read = new AtomicLong();
    assertThat(rows(read)).isEqualTo("a\nb\n");
    assertThat(read.get()).isGreaterThan(ROWS * 60L);
  }

  @Test
  void aFolderThatCannotBeWrittenIsNoError() throws IOException {
    Files.writeString(directory.resolve("cache"), "not a folder");
    assertThat(rows(new AtomicLong())).isEqualTo("a\nb\n");
  }

  @Test
  void aScriptThatIsCutOffIsRefusedWithAnIndexToo() throws IOException {
    rows(new AtomicLong());
    byte[] index = Files.readAllBytes(index());
    Files.delete(index());
    byte[] bytes = Files.readAllBytes(script);
    Files.write(script, java.util.Arrays.copyOf(bytes, bytes.length - 200));
    try (FileChannel channel = FileChannel.open(script)) {
      FoundPlaces found = places(ByteSource.of(channel));
      found.remember(List.of(new FoundPlaces.Place(1, 2, 3)));
      Files.write(index(), index);
    }
    assertThatThrownBy(() -> rows(new AtomicLong()))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("cut off");
  }

  private Path index() throws IOException {
    try (var files = Files.list(directory.resolve("cache/pgmend"))) {
      return files.findFirst().orElseThrow();
    }
  }

  private FoundPlaces places(ByteSource source) {
    return FoundPlaces.of(script, source, directory.resolve("cache").toString());
  }

  private record Opened(FileChannel channel, Archive archive) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      archive.close();
      channel.close();
    }
  }

  private Opened open(AtomicLong read) throws IOException {
    FileChannel channel = FileChannel.open(script);
    ByteSource source = new Counted(ByteSource.of(channel), read);
    return new Opened(
        channel, new ArchiveOpener(script.toString(), Reading.USUAL).file(source, places(source)));
  }

  private String rows(AtomicLong read) throws IOException {
    try (Opened opened = open(read)) {
      Entry small =
          opened.archive.toc().entries().stream()
              .filter(entry -> entry.desc().equals("TABLE DATA") && entry.tag().equals("small"))
              .findFirst()
              .orElseThrow();
      try (InputStream rows = opened.archive.copyText(small)) {
        return new String(rows.readAllBytes(), StandardCharsets.UTF_8);
      }
    }
  }

  private record Counted(ByteSource source, AtomicLong read) implements ByteSource {
    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      int count = source.read(target, position);
      read.addAndGet(Math.max(0, count));
      return count;
    }

    @Override
    public long size() {
      return source.size();
    }
  }
}
