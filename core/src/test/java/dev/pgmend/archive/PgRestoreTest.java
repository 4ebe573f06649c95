package dev.pgmend.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Compares with pg_restore where there is one that reads the archive.
class PgRestoreTest {
  /// What pg_restore does not list.
  private static final Set<String> SPECIAL =
      Set.of("ENCODING", "STDSTRINGS", "SEARCHPATH", "DATABASE", "DATABASE PROPERTIES");

  @ParameterizedTest
  @MethodSource("dev.pgmend.archive.Corpus#all")
  void listsWhatPgRestoreLists(String name) throws IOException, InterruptedException {
    List<String> expected = pgRestoreList(name);
    try (Archive archive = Archive.open(Corpus.path(name))) {
      var actual = new ArrayList<String>();
      for (Entry e : archive.toc().entries()) {
        if (!SPECIAL.contains(e.desc())) {
          actual.add(line(e, archive));
        }
      }
      assertThat(actual).isEqualTo(expected);
    }
  }

  private static String line(Entry e, Archive archive) {
    String line =
        "%d; %d %d %s %s %s %s"
            .formatted(
                e.dumpId(),
                e.catalogOid(),
                e.oid(),
                e.desc(),
                e.namespace().isEmpty() ? "-" : oneLine(e.namespace()),
                oneLine(e.tag()),
                oneLine(e.owner()));
    return new String(line.getBytes(archive.toc().encoding()), StandardCharsets.ISO_8859_1);
  }

  private static String oneLine(String text) {
    return text.replace('\n', ' ').replace('\r', ' ');
  }

  private static List<String> pgRestoreList(String name) throws IOException, InterruptedException {
    Process process;
    try {
      process =
          new ProcessBuilder("pg_restore", "-l", Corpus.path(name).toString())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException _) {
      assumeTrue(false, "no pg_restore");
      throw new AssertionError();
    }
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    assumeTrue(process.waitFor() == 0, "pg_restore does not read " + name);
    return output.lines().filter(line -> !line.startsWith(";")).toList();
  }
}
