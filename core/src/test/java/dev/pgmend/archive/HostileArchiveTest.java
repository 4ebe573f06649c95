package dev.pgmend.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostileArchiveTest {
  @TempDir Path directory;

  @Test
  void aGoodSyntheticArchiveIsRead() {
    var synthetic = new SyntheticArchive().entry(1, "TABLE", "t", 77).rows(2, "a\nb\n\\.\n\n\n");
    try (Archive archive = open(synthetic)) {
      assertThat(Corpus.rows(archive)).containsEntry(".t", "a\nb\n");
      assertThat(archive.toc().find(1).orElseThrow().dependencies()).containsExactly(77);
    }
  }

  @Test
  void refusesDuplicateDumpIds() {
    var synthetic = new SyntheticArchive().entry(5, "TABLE", "a").entry(5, "TABLE", "b");
    assertRefused(synthetic, "dump id is taken already", "entry 5 TABLE \"b\", offset ");
  }

  @Test
  void refusesCyclicDependencies() {
    var synthetic =
        new SyntheticArchive()
            .entry(1, "TABLE", "a", 2)
            .entry(2, "TABLE", "b", 3)
            .entry(3, "TABLE", "c", 99, 1);
    assertRefused(synthetic, "dependencies form a cycle through entry 1", "entry 3 TABLE \"c\"");
    assertRefused(new SyntheticArchive().entry(1, "TABLE", "a", 1), "form a cycle");
  }

  @Test
  void walksLongChainsAndDiamondsOfDependencies() {
    var synthetic = new SyntheticArchive();
    int count = 30_000;
    IntStream.range(1, count)
        .forEach(i -> synthetic.entry(1000 + i, "TABLE", "t", 1001 + i, 1002 + i, 1001 + i));
    try (Archive archive = open(synthetic)) {
      assertThat(archive.toc().entries()).hasSize(count);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../z.dat", "/etc/passwd", "1.dat\n", "1.dat/../x", "toc.dat", "1.dat.gz", "x"})
  void refusesFileNamesThatPgDumpDoesNotGive(String name) throws IOException {
    Files.writeString(directory.resolve("z.dat"), "a\n\\.\n\n\n");
    Path archive = Files.createDirectory(directory.resolve("archive"));
    new SyntheticArchive().directory().file(2, name).write(archive.resolve("toc.dat"));
    assertRefused(archive, "is not one that pg_dump gives", "toc.dat", "offset ");
  }

  @Test
  void refusesSymbolicLinks() throws IOException {
    Path target = Files.writeString(directory.resolve("z.dat"), "a\n\\.\n\n\n");
    Path path = Files.createDirectory(directory.resolve("archive"));
    new SyntheticArchive().directory().file(2, "2.dat").write(path.resolve("toc.dat"));
    try (Archive archive = Archive.open(path)) {
      Entry entry = archive.toc().find(2).orElseThrow();
      assertThatThrownBy(() -> archive.copyText(entry))
          .isInstanceOf(ArchiveException.class)
          .hasMessageContaining("data file 2.dat is missing");
      Files.createSymbolicLink(path.resolve("2.dat"), target);
      assertThatThrownBy(() -> archive.copyText(entry))
          .isInstanceOf(ArchiveException.class)
          .hasMessageContaining("2.dat: is not a regular file");
    }
  }

  @Test
  void anEmptyMemberLacksItsTrailer() throws IOException {
    Path path = Files.createDirectory(directory.resolve("archive"));
    new SyntheticArchive().directory().file(2, "2.dat").write(path.resolve("toc.dat"));
    for (String suffix : new String[] {"", ".gz", ".lz4", ".zst"}) {
      Path member = Files.createFile(path.resolve("2.dat" + suffix));
      try (Archive archive = Archive.open(path)) {
        Entry entry = archive.toc().find(2).orElseThrow();
        assertThat(Corpus.bytes(archive.openData(entry))).isEmpty();
        assertThatThrownBy(() -> Corpus.rows(archive))
            .hasMessageContaining("data ends without its trailer")
            .hasMessageContaining("entry 2 TABLE DATA \"t\", offset 0");
      }
      Files.delete(member);
    }
  }

  @Test
  void controlCharactersOfTheArchiveDoNotReachTheMessage() {
    var synthetic =
        new SyntheticArchive()
            .entry(5, "TABLE\n\\! echo pwned", "a\u001b[2Jb\u202ec")
            .entry(5, "TABLE\n\\! echo pwned", "a\u001b[2Jb\u202ec");
    assertRefused(synthetic, "TABLE\\n\\! echo pwned", "a\\u001b[2Jb\\u202ec");
  }

  @Test
  void refusesDataThatAServerMightReadOtherwise() {
    assertRowsRefused("\\.\n\n\n\n", "before the end of the data, row 1 ");
    assertRowsRefused("\\.\n\n", "without its trailer");
    assertRowsRefused("\\.\n", "without its trailer");
    assertRowsRefused("a\n\\.\nb\n\\.\n\n\n", "before the end of the data, row 2 ");
    assertRowsRefused("a\n\\.\n\n\nb\n\\.\n\n\n", "before the end of the data, row 2 ");
    assertRowsRefused("a\\.\nb\n\\.\n\n\n", "inside a row, row 1 ");
    assertRowsRefused("a\tb\\.c\n\\.\n\n\n", "inside a row, row 1 ");
    assertRowsRefused("\\.x\n\\.\n\n\n", "before the end of the data, row 1 ");
    assertRowsRefused("\\.\r\n\r\n\r\n", "before the end of the data, row 1 ");
    assertRowsRefused("a\\\nb\n\\.\n\n\n", "row ends in a backslash, row 1 ");
    assertRowsRefused("a\n\\", "without its trailer \\., row 2 ");
    assertRowsRefused("a\nb", "without its trailer \\., row 2 ");
    assertRowsRefused("a\nb\\.\n\n\n", "inside a row, row 2 ");
  }

  private void assertRowsRefused(String data, String problem) {
    assertRefused(
        new SyntheticArchive().rows(2, data), problem, "(entry 2 TABLE DATA \"t\", offset ");
  }

  @Test
  void namesTheRowAndOffsetOfMalformedText() {
    byte[] text = "one\ntwo\nthr??\n\\.\n\n\n".getBytes();
    text[11] = (byte) 0xed;
    text[12] = (byte) 0xa0;
    assertRefused(
        new SyntheticArchive().rows(2, text), "text is not valid UTF8, row 3 of", "offset 11)");
    var eucJp = new SyntheticArchive().encoding("EUC_JP").rows(2, text);
    assertRefused(eucJp, "text is not valid EUC_JP, row 3 of", "offset 11)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"MULE_INTERNAL", "EUC_JIS_2004", "KLINGON", ""})
  void refusesEncodingsThatNoCharsetReads(String name) {
    assertRefused(new SyntheticArchive().encoding(name), "client encoding \"" + name + "\"");
  }

  @Test
  void refusesLengthsBeyondTheFile() {
    byte[] good = new SyntheticArchive().rows(2, "a\n\\.\n\n\n").bytes();
    int chunk = good.length - 5 - 7 - 5;
    assertRefused(patched(good, chunk, 0, 0x7fffffff), "chunk of 2147483647 bytes goes beyond");
    assertRefused(patched(good, chunk, 0, 3_000_000_000L), "number 3000000000 is out of range");
    assertRefused(patched(good, chunk, 1, 7), "chunk length -7 is negative");
    int database = 5 + 7 + 7 * 5;
    assertRefused(patched(good, database, 0, 0x7fffffff), "text of 2147483647 bytes goes beyond");
    assertRefused(patched(good, database, 0, 3_000_000_000L), "3000000000 is out of range");
    assertRefused(new SyntheticArchive().entryCount(0x7fffffff), "unexpected end of file");
    int count = database + 5 + 2 + 2 * (5 + 4);
    assertRefused(patched(good, count, 1, 3), "table of contents has -3 entries");
  }

  @Test
  void refusesStrangeHeaders() {
    byte[] good = new SyntheticArchive().bytes();
    assertRefused(patched(good, 6, 17), "archive version 1.17 is not supported", "offset 5");
    assertRefused(patched(good, 6, 11), "archive version 1.11 is not supported");
    assertRefused(patched(good, 5, 2), "archive version 2.16 is not supported");
    assertRefused(patched(good, 8, 32), "numbers of 32 bytes are not supported");
    assertRefused(patched(good, 8, 0), "numbers of 0 bytes are not supported");
    assertRefused(patched(good, 9, 9), "offsets of 9 bytes are not supported");
    assertRefused(patched(good, 10, 3), "is only the table of contents of a directory archive");
    assertRefused(patched(good, 10, 4), "archive format 4");
    assertRefused(patched(good, 11, 4), "compression algorithm 4 is unknown");
    assertRefused(patched(good, 0, 'Q'), "is not a pg_dump archive");
  }

  @Test
  void refusesBlocksThatAreNotWhereTheyShouldBe() throws IOException {
    Path source = Corpus.path("pg15/nasty-Fc-Z0.dump");
    byte[] bytes = Files.readAllBytes(source);
    try (Archive archive = Archive.open(source)) {
      Entry entry = Corpus.tableData(archive, "app", "copytext");
      long offset = ((DataMember.AtOffset) entry.data()).offset();
      byte[] stored =
          ByteBuffer.allocate(9)
              .order(ByteOrder.LITTLE_ENDIAN)
              .put((byte) 2)
              .putLong(offset)
              .array();
      int at = indexOf(bytes, stored);
      assertRefused(patched(bytes, at, 9), "data state 9 is not one of 1, 2, 3");
      assertRefused(patched(bytes, at + 1, 0, 0, 0), "inside the table of contents", "copytext");
      assertRefused(patched(bytes, at + 4, 1), "unexpected end of file", "copytext");
      assertRefused(patched(bytes, at + 8, 0x80), "number is out of range");
      assertRefused(patched(bytes, (int) offset, 2), "block of this entry is not where");
      assertRefused(patched(bytes, (int) offset + 2, 0), "block of this entry is not where");
    }
  }

  @Test
  void refusesBlocksOfUnknownEntriesAndTypes() {
    var synthetic = new SyntheticArchive().entry(2, "TABLE DATA", "t");
    assertRefused(synthetic, "archive ends before its data", "entry 2");
    assertRefused(synthetic.raw(1, 0, 7, 0, 0, 0), "block of entry 7, which has no data");
    var type = new SyntheticArchive().entry(2, "TABLE DATA", "t").raw(4, 0, 2, 0, 0, 0);
    assertRefused(type, "block type 4 is unknown");
  }

  @Test
  void readsWhatComesBeforeTheDamageOfAPipedArchive() throws IOException {
    Path source = Corpus.path("pg17/nasty-Fc-zstd-piped-nooffset.dump");
    byte[] bytes = Files.readAllBytes(source);
    Path cut = Files.write(directory.resolve("cut"), Arrays.copyOf(bytes, bytes.length - 3000));
    try (Archive whole = Archive.open(source);
        Archive archive = Archive.open(cut)) {
      Entry early = Corpus.tableData(archive, "Sch. ema", "orders");
      assertThat(Corpus.text(archive, early)).isEqualTo(Corpus.text(whole, early));
      assertThatThrownBy(() -> Corpus.rows(archive)).isInstanceOf(ArchiveException.class);
    }
  }

  private Archive open(SyntheticArchive synthetic) {
    return Archive.open(synthetic.write(directory.resolve("synthetic")));
  }

  private void assertRefused(SyntheticArchive synthetic, String... parts) {
    assertRefused(synthetic.bytes(), parts);
  }

  private void assertRefused(byte[] bytes, String... parts) {
    try {
      assertRefused(Files.write(directory.resolve("hostile.dump"), bytes), parts);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void assertRefused(Path path, String... parts) {
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () ->
            assertThatThrownBy(
                    () -> {
                      try (Archive archive = Archive.open(path)) {
                        Corpus.rows(archive);
                      }
                    })
                .isInstanceOf(ArchiveException.class)
                .message()
                .contains(parts)
                .startsWith(path.toString())
                .doesNotContainPattern("\\p{Cntrl}"));
  }

  private static byte[] patched(byte[] bytes, int at, int... values) {
    byte[] copy = bytes.clone();
    for (int i = 0; i < values.length; i++) {
      copy[at + i] = (byte) values[i];
    }
    return copy;
  }

  private static byte[] patched(byte[] bytes, int at, int sign, long magnitude) {
    return patched(
        bytes,
        at,
        new int[] {
          sign,
          (int) magnitude,
          (int) (magnitude >> 8),
          (int) (magnitude >> 16),
          (int) (magnitude >> 24)
        });
  }

  private static int indexOf(byte[] bytes, byte[] part) {
    return IntStream.range(0, bytes.length - part.length)
        .filter(i -> Arrays.equals(bytes, i, i + part.length, part, 0, part.length))
        .findFirst()
        .orElseThrow();
  }
}
