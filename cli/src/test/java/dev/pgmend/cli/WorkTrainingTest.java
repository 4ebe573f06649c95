package dev.pgmend.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkTrainingTest {
  @TempDir private static Path directory = Path.of("");

  /// `./pgmend` asks for no more than the cache; so this is where one would notice that it has learnt only how commands fail.
  @Test
  void everyCommandSucceeds() throws Exception {
    PrintStream out = System.out;
    PrintStream err = System.err;
    try {
      System.setOut(new PrintStream(OutputStream.nullOutputStream()));
      System.setErr(new PrintStream(OutputStream.nullOutputStream()));
      assertThat(WorkTraining.train(directory)).isEmpty();
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }
}
