package dev.pgmend.rows;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.postgres.CopySink;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.rows.TableSource.Column;
import dev.pgmend.rows.TableSource.Part;
import dev.pgmend.sql.Lexer;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Asks a throwaway server for which rows a predicate is true.
///
/// Rows go there in pieces, and of each only the columns that the predicate names; numbers of rows come back. So what is shown is
/// the backup's own text, and neither the server's disk nor its memory has to hold the table. Because of the pieces a predicate must
/// not look at other rows than its own: it has to be one that PostgreSQL accepts as a CHECK constraint, which is the same rule.
final class ScratchFilter {
  private static final String TRANSIT = "pg_temp.\"pgmend rows\"";
  private static final String NUMBER = "\"pgmend number\"";

  private static final String HINT =
      "It is what a CHECK constraint may be: an expression over the columns of one row, without subqueries and aggregates.";

  private final Session session;
  private final QualifiedName table;
  private final Predicate predicate;
  private final List<Column> columns;
  private final ScratchNeeds needs;
  private long sent;

  /// What was sent before the rows of the part at hand.
  private long sentBefore;

  private @Nullable Part last;

  /// @param columns the columns that the predicate names
  ScratchFilter(
      Archive archive,
      Session session,
      QualifiedName table,
      Predicate predicate,
      List<Column> columns) {
    this.session = session;
    this.table = table;
    this.predicate = predicate;
    this.columns = List.copyOf(columns);
    this.needs = new ScratchNeeds(archive, session, table);
  }

  /// {@return the columns that rows must be sent with}
  List<String> columns() {
    return columns.stream().map(Column::name).toList();
  }

  /// Creates what is needed, and checks the predicate before any row is read.
  void prepare() {
    needs.create(columns, predicate);
    session.execute("CREATE TABLE %s ()".formatted(table.sql()));
    for (Column column : columns) {
      addColumn(column);
    }
    session.execute(
        "SET search_path = "
            + needs.schemas().stream().map(Sql::quote).collect(Collectors.joining(", "))
            + ", public");
    try {
      session.execute(
          "ALTER TABLE %s ADD CHECK %s".formatted(table.sql(), predicate.inParentheses()));
    } catch (SqlFailure e) {
      throw rejected("--where: " + e.serverMessage() + failures(), hint(e), e);
    }
    // Everything from here on is one transaction: in it a table that it has created is emptied in
    // place.
    session.begin();
    List<String> transit =
        new ArrayList<>(List.of(NUMBER + " bigint GENERATED ALWAYS AS IDENTITY"));
    transit.add(place(-1) + " boolean");
    for (int i = 0; i < columns.size(); i++) {
      transit.add(place(i) + " " + type(columns.get(i)));
    }
    session.execute("CREATE TEMP TABLE \"pgmend rows\" (%s)".formatted(String.join(", ", transit)));
  }

  private void addColumn(Column column) {
    if (column.type().isEmpty()) {
      throw new PgmendException(
          Kind.REFUSED,
          "--where: the backup does not tell the type of %s".formatted(Sql.quote(column.name())),
          remedy());
    }
    try {
      session.execute(
          "ALTER TABLE %s ADD COLUMN %s %s"
              .formatted(table.sql(), Sql.quote(column.name()), type(column)));
    } catch (SqlFailure e) {
      if (e.kind() != Kind.TARGET) {
        throw e;
      }
      throw new PgmendException(
          Kind.REFUSED,
          "--where: column %s cannot be had on the throwaway server: %s%s"
              .formatted(Sql.quote(column.name()), e.serverMessage(), failures()),
          remedy(),
          e);
    }
  }

  private static String remedy() {
    return "Leave the column out of the predicate, or restore the table beside (--remap-schema) on a server that has the type, and query it there.";
  }

  private String failures() {
    return needs.failures().entrySet().stream()
        .map((Map.Entry<String, String> failure) ->
            "; %s: %s".formatted(failure.getKey(), failure.getValue()))
        .collect(Collectors.joining());
  }

  /// In parentheses a semicolon ends no statement in the archive's text; here it would.
  private static String type(Column column) {
    String type =
        column.collation() == null
            ? column.type()
            : column.type() + " COLLATE " + column.collation();
    if (Lexer.tokens(type).stream().anyMatch(token -> token.is(";"))) {
      throw new PgmendException(
          Kind.SOURCE,
          "the backup's type of column %s is none".formatted(Sql.quote(column.name())));
    }
    return type;
  }

  private static String place(int column) {
    return Sql.quote("pgmend column " + (column + 1));
  }

  /// Finds the rows of a piece for which the predicate is true.
  ///
  /// @param fields for each field of a row which of [#columns] it is, -1 for none
  /// @param most how many to find at most
  /// @param found takes the rows' numbers, counted from 0, in order
  void matches(Part part, RowReader piece, int[] fields, long most, LongConsumer found) {
    if (!part.equals(last)) {
      last = part;
      sentBefore = sent;
    }
    session.execute("TRUNCATE " + TRANSIT);
    long first = sent;
    send(part, piece, fields);
    List<String> named = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      named.add("\"pgmend rows\".%s AS %s".formatted(place(i), Sql.quote(columns.get(i).name())));
    }
    String query =
        "COPY (SELECT \"pgmend rows\".%1$s FROM %2$s, LATERAL (SELECT %3$s) AS %4$s WHERE %5$s ORDER BY 1 LIMIT %6$d) TO STDOUT"
            .formatted(
                NUMBER,
                TRANSIT,
                String.join(", ", named),
                Sql.quote(table.name()),
                predicate.inParenthesesWithout(table.schema(), table.name()),
                most);
    try {
      session.copyOut(query, new Numbers(number -> found.accept(number - first - 1)));
    } catch (SqlFailure e) {
      throw rejected("--where cannot be evaluated for a row: " + e.serverMessage(), null, e);
    }
  }

  private void send(Part part, RowReader piece, int[] fields) {
    List<String> places = new ArrayList<>(List.of(place(-1)));
    for (int i = 0; i < fields.length; i++) {
      if (fields[i] >= 0) {
        places.add(place(fields[i]));
      }
    }
    String sql =
        "COPY %s (%s) FROM STDIN%s"
            .formatted(TRANSIT, String.join(", ", places), session.copyOptions());
    try (CopySink sink = session.copyIn(sql)) {
      FieldPicker picker = new FieldPicker(fields, sink);
      long rows = 0;
      while (piece.next()) {
        rows++;
        if (!picker.pick(piece.buffer(), piece.start(), piece.end())) {
          throw TableRows.odd(part, sent - sentBefore + rows);
        }
      }
      picker.flush();
      long taken = sink.finish();
      if (taken != rows) {
        throw new PgmendException(
            Kind.MISMATCH, "the throwaway server took %d of %d rows".formatted(taken, rows));
      }
      sent += rows;
    } catch (SqlFailure e) {
      if (e.kind() != Kind.TARGET) {
        throw e;
      }
      throw new PgmendException(
          Kind.SOURCE,
          "the throwaway server does not take the backup's values of %s: %s"
              .formatted(
                  columns().stream().map(Sql::quote).collect(Collectors.joining(", ")),
                  e.serverMessage()),
          remedy(),
          e);
    }
  }

  private static PgmendException rejected(String message, @Nullable String hint, SqlFailure e) {
    return e.kind() == Kind.TARGET ? new PgmendException(Kind.USAGE, message, hint, e) : e;
  }

  private static @Nullable String hint(SqlFailure e) {
    return e.getMessage() != null && e.getMessage().contains("check constraint") ? HINT : e.hint();
  }

  /// Passes on the first field of every row that is asked for, and so on, in COPY's format. The first one is always NULL: a row
  /// of no columns could not be sent.
  private static final class FieldPicker {
    private final boolean[] wanted;
    private final CopySink sink;
    private final byte[] out = new byte[64 * 1024];
    private int used;

    FieldPicker(int[] fields, CopySink sink) {
      this.sink = sink;
      this.wanted = new boolean[fields.length];
      for (int i = 0; i < fields.length; i++) {
        wanted[i] = fields[i] >= 0;
      }
    }

    /// @return false if the row has more or fewer fields than there should be
    boolean pick(byte[] row, int start, int end) {
      put((byte) '\\');
      put((byte) 'N');
      int field = 0;
      int at = start;
      while (true) {
        int fieldEnd = at;
        while (fieldEnd < end && row[fieldEnd] != '\t') {
          fieldEnd++;
        }
        if (field < wanted.length && wanted[field]) {
          put((byte) '\t');
          put(row, at, fieldEnd);
        }
        field++;
        if (fieldEnd == end) {
          break;
        }
        at = fieldEnd + 1;
      }
      put((byte) '\n');
      return field == Math.max(1, wanted.length);
    }

    private void put(byte b) {
      if (used == out.length) {
        flush();
      }
      out[used++] = b;
    }

    private void put(byte[] bytes, int from, int to) {
      if (to - from > out.length - used) {
        flush();
      }
      if (to - from > out.length) {
        sink.write(bytes, from, to - from);
      } else {
        System.arraycopy(bytes, from, out, used, to - from);
        used += to - from;
      }
    }

    void flush() {
      sink.write(out, 0, used);
      used = 0;
    }
  }

  /// Reads lines of digits.
  private static final class Numbers extends OutputStream {
    private final LongConsumer found;
    private long number;

    Numbers(LongConsumer found) {
      this.found = found;
    }

    @Override
    public void write(int b) {
      if (b == '\n') {
        found.accept(number);
        number = 0;
      } else {
        number = number * 10 + b - '0';
      }
    }
  }
}
