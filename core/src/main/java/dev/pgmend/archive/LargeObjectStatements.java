package dev.pgmend.archive;

import dev.pgmend.script.ScriptEntry.Rows;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Large objects in a script: `lo_open`, one `lowrite` for each 16 kB, `lo_close`, each on a line of its own, as pg_dump writes them
/// (`StartRestoreLO`, `dump_lo_buf` and `EndRestoreLO` in `pg_backup_archiver.c`). Holds one line at a time.
final class LargeObjectStatements implements AutoCloseable {
  /// pg_dump writes 32 kB of hexadecimal digits a line.
  private static final int LINE_MAX = 1 << 20;

  private static final Pattern OPEN =
      Pattern.compile("SELECT pg_catalog\\.lo_open\\('([0-9]{1,10})', 131072\\);");
  private static final byte[] WRITE =
      "SELECT pg_catalog.lowrite(0, '".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] END = "');".getBytes(StandardCharsets.US_ASCII);
  private static final String CLOSE = "SELECT pg_catalog.lo_close(0);";

  /// What stands between objects.
  private static final Set<String> BETWEEN = Set.of("", "BEGIN;", "COMMIT;");

  private final String path;
  private final Entry entry;
  private final InputStream in;
  private final long end;
  private byte[] line = new byte[1 << 16];
  private int length;
  private long position;
  private long lineStart;

  /// @param script at the first of the statements; closed together with this
  LargeObjectStatements(String path, Entry entry, Rows place, InputStream script) {
    this.path = path;
    this.entry = entry;
    this.in = new BufferedInputStream(script, 1 << 16);
    this.position = place.offset();
    this.end = place.offset() + place.length();
  }

  /// Hands out those that are wanted.
  void read(LargeObjectReader reader) throws IOException {
    while (position < end) {
      nextLine();
      String text = text();
      Matcher open = OPEN.matcher(text);
      if (open.matches()) {
        long oid = Long.parseLong(open.group(1));
        try (var content = new Content()) {
          if (reader.wants(oid)) {
            reader.read(oid, content);
          }
          content.transferTo(OutputStream.nullOutputStream());
        }
      } else if (!BETWEEN.contains(text) && !text.startsWith("--")) {
        throw unexpected();
      }
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  private void nextLine() throws IOException {
    lineStart = position;
    length = 0;
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        if (position < end) {
          throw new EOFException("the script ends within them");
        }
        return;
      }
      if (length == LINE_MAX) {
        throw unexpected();
      }
      if (length == line.length) {
        line = java.util.Arrays.copyOf(line, 2 * length);
      }
      line[length++] = (byte) c;
      position++;
    }
    position++;
  }

  /// The line if it is a short one, else its beginning: enough to tell what it is.
  private String text() {
    return new String(line, 0, Math.min(length, 100), StandardCharsets.ISO_8859_1);
  }

  private ArchiveException unexpected() {
    return ArchiveException.at(
        path, entry, lineStart, "statement is not one that pg_dump writes for large objects");
  }

  /// The bytes of one object, up to the statement that closes it.
  private final class Content extends RefilledInputStream {
    private boolean closed;

    Content() {
      super(InputStream.nullInputStream());
    }

    @Override
    protected boolean refill() throws IOException {
      if (closed) {
        return false;
      }
      nextLine();
      closed = text().equals(CLOSE);
      if (!closed) {
        ready = decoded();
      }
      return true;
    }

    private ByteBuffer decoded() {
      int from = WRITE.length;
      int to = length - END.length;
      // Two where the script has no standard strings.
      int slashes = 0;
      while (slashes < 2 && from + slashes < to && line[from + slashes] == '\\') {
        slashes++;
      }
      from += slashes + 1;
      if (!starts(WRITE, 0)
          || to < from
          || !starts(END, to)
          || slashes == 0
          || line[from - 1] != 'x') {
        throw unexpected();
      }
      if ((to - from) % 2 != 0) {
        throw unexpected();
      }
      ByteBuffer bytes = ByteBuffer.allocate((to - from) / 2);
      for (int i = from; i < to; i += 2) {
        int high = Character.digit(line[i], 16);
        int low = Character.digit(line[i + 1], 16);
        if (high < 0 || low < 0) {
          throw unexpected();
        }
        bytes.put((byte) (high << 4 | low));
      }
      return bytes.flip();
    }

    private boolean starts(byte[] expected, int at) {
      return at >= 0
          && at + expected.length <= length
          && java.util.Arrays.equals(line, at, at + expected.length, expected, 0, expected.length);
    }
  }
}
