package dev.pgmend.load;

import dev.pgmend.archive.BinaryRows;
import dev.pgmend.testing.Database;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyManager;

/// A temporary table with one column, filled and read in both formats of COPY. It gives the values back in their order.
final class OneColumn implements AutoCloseable {
  private final Connection connection;

  OneColumn(Database database, String type) {
    this.connection = database.connect();
    set("CREATE TEMPORARY TABLE t (v %s, i serial)".formatted(type));
  }

  /// Runs a statement in the session.
  void set(String sql) {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new AssertionError(sql, e);
    }
  }

  /// Puts in these values only, given as what the type's input function reads.
  OneColumn fillText(List<byte[]> values) {
    var rows = new ByteArrayOutputStream();
    for (byte[] value : values) {
      for (byte b : value) {
        switch (b) {
          case '\\' -> rows.writeBytes(new byte[] {'\\', '\\'});
          case '\t' -> rows.writeBytes(new byte[] {'\\', 't'});
          case '\n' -> rows.writeBytes(new byte[] {'\\', 'n'});
          case '\r' -> rows.writeBytes(new byte[] {'\\', 'r'});
          default -> rows.write(b);
        }
      }
      rows.write('\n');
    }
    return fill("COPY t (v) FROM STDIN", rows.toByteArray());
  }

  /// Puts in these values only, given as what the type's receive function reads.
  OneColumn fillBinary(List<byte[]> values) {
    var rows = new ByteArrayOutputStream();
    rows.writeBytes(BinaryRows.header());
    for (byte[] value : values) {
      rows.writeBytes(
          ByteBuffer.allocate(6 + value.length)
              .putShort((short) 1)
              .putInt(value.length)
              .put(value)
              .array());
    }
    rows.writeBytes(new byte[] {-1, -1});
    return fill("COPY t (v) FROM STDIN (FORMAT binary)", rows.toByteArray());
  }

  private OneColumn fill(String sql, byte[] rows) {
    set("TRUNCATE t RESTART IDENTITY");
    try {
      CopyIn in = copies().copyIn(sql);
      in.writeToCopy(rows, 0, rows.length);
      in.endCopy();
      return this;
    } catch (SQLException e) {
      throw new AssertionError(sql, e);
    }
  }

  List<byte[]> text() {
    return text("v");
  }

  /// {@return the values of an expression as text, without COPY's escapes}
  List<byte[]> text(String expression) {
    byte[] rows = copy("COPY (SELECT %s FROM t ORDER BY i) TO STDOUT".formatted(expression));
    List<byte[]> values = new ArrayList<>();
    var value = new ByteArrayOutputStream();
    for (int i = 0; i < rows.length; i++) {
      if (rows[i] == '\n') {
        values.add(value.toByteArray());
        value.reset();
      } else if (rows[i] == '\\') {
        i++;
        int letter = "bfnrtv".indexOf(rows[i]);
        value.write(letter < 0 ? rows[i] : "\b\f\n\r\t\u000b".charAt(letter));
      } else {
        value.write(rows[i]);
      }
    }
    return values;
  }

  /// {@return the values as what the type's send function writes}
  List<byte[]> binary() {
    ByteBuffer rows =
        ByteBuffer.wrap(copy("COPY (SELECT v FROM t ORDER BY i) TO STDOUT (FORMAT binary)"));
    rows.position(BinaryRows.header().length);
    List<byte[]> values = new ArrayList<>();
    while (rows.getShort() == 1) {
      byte[] value = new byte[rows.getInt()];
      rows.get(value);
      values.add(value);
    }
    return values;
  }

  private byte[] copy(String sql) {
    var bytes = new ByteArrayOutputStream();
    try (OutputStream out = bytes) {
      copies().copyOut(sql, out);
      return bytes.toByteArray();
    } catch (SQLException e) {
      throw new AssertionError(sql, e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private CopyManager copies() throws SQLException {
    return connection.unwrap(PGConnection.class).getCopyAPI();
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }
}
