package dev.pgmend.archive;

import dev.pgmend.content.ByteSource;
import dev.pgmend.content.Content;
import dev.pgmend.content.Spool;
import dev.pgmend.sql.Lexer;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.SqlSyntaxException;
import dev.pgmend.sql.Token;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Rows of a compressed script that were put aside in a private temporary file while it was looked through, so that it need not be
/// decompressed again. At most 1 GB; what is larger is read the long way.
final class KeptRows implements AutoCloseable {
  private static final long MOST = 1 << 30;

  private final Predicate<QualifiedName> likely;
  private final Map<Long, Kept> kept = new TreeMap<>();
  private @Nullable FileChannel file;
  private long end;

  /// @param likely tables whose rows are put aside
  KeptRows(Predicate<QualifiedName> likely) {
    this.likely = likely;
  }

  /// Rows in the temporary file; of rows that have become too many, only some.
  private static final class Kept {
    private final long start;
    private long length;
    private boolean whole = true;

    Kept(long start) {
      this.start = start;
    }
  }

  /// {@return where rows are to be put aside, null if they are not}
  @Nullable OutputStream keep(String statement, long offset) throws IOException {
    QualifiedName table = table(statement);
    if (table == null || !likely.test(table) || end >= MOST) {
      return null;
    }
    if (file == null) {
      file = Spool.file();
    }
    FileChannel channel = file;
    Kept place = new Kept(end);
    kept.put(offset, place);
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int start, int length) throws IOException {
        if (!place.whole || length > MOST - end) {
          place.whole = false;
          end = place.start;
          return;
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes, start, length);
        while (buffer.hasRemaining()) {
          end += channel.write(buffer, end);
        }
        place.length += length;
      }
    };
  }

  private static @Nullable QualifiedName table(String statement) {
    try {
      List<Token> tokens = Lexer.tokens(statement);
      return tokens.size() < 4
          ? null
          : tokens.get(2).is(".")
              ? new QualifiedName(tokens.get(1).value(), tokens.get(3).value())
              : new QualifiedName("", tokens.get(1).value());
    } catch (SqlSyntaxException e) {
      return null; // whoever reads the statement will say so
    }
  }

  /// {@return the script, of which the rows that were put aside are read from there}
  Content or(Content script) {
    return kept.isEmpty() ? script : new Shortcut(script, this);
  }

  private @Nullable InputStream find(long offset) throws IOException {
    Kept place = kept.get(offset);
    return place == null || !place.whole || file == null
        ? null
        : ByteSource.of(file).slice(place.start, place.length).open(0);
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
    }
  }

  private record Shortcut(Content script, KeptRows kept) implements Content {
    @Override
    public boolean near() {
      return script.near();
    }

    @Override
    public InputStream open(long offset) throws IOException {
      InputStream rows = kept.find(offset);
      return rows == null ? script.open(offset) : rows;
    }
  }
}
