package dev.pgmend.checks;

import dev.pgmend.PgmendException;
import dev.pgmend.postgres.CopySource;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.Sql;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/// What a query has answered: how many rows, a digest of all of them in their order, and the first ones, as COPY writes them.
public record Answer(long rows, String digest, List<String> first) {
  private static final int SHOWN = 20;
  private static final int LONGEST = 1_000;
  private static final int LONGEST_VALUE = 100_000;

  public Answer {
    first = List.copyOf(first);
  }

  /// Asks a query with a savepoint of the transaction that the session is in, read-only and with the role's own search_path, and leaves
  /// nothing behind.
  ///
  /// @throws PgmendException if the server fails it, or it takes longer than it may
  static Answer of(Session session, String sql, Duration timeout) {
    session.execute("SAVEPOINT pgmend_check");
    try {
      session.execute(
          "SET LOCAL transaction_read_only = on; SET LOCAL statement_timeout = %d; SELECT pg_catalog.set_config('search_path', %s, true)"
              .formatted(
                  Math.max(1, timeout.toMillis()), Sql.literal(session.defaultSearchPath())));
      return read(session, sql);
    } finally {
      session.execute("ROLLBACK TO SAVEPOINT pgmend_check; RELEASE SAVEPOINT pgmend_check");
    }
  }

  private static Answer read(Session session, String sql) {
    MessageDigest digest = sha256();
    List<String> first = new ArrayList<>();
    long rows = 0;
    // A comment at the query's end must not swallow the parenthesis.
    String query = "COPY (%s\n) TO STDOUT".formatted(sql.strip().replaceFirst(";+$", ""));
    try (CopySource source = session.copyOut(query)) {
      byte[] row;
      while ((row = source.next()) != null) {
        digest.update(row);
        rows++;
        if (rows <= SHOWN) {
          String text = new String(row, StandardCharsets.UTF_8).replaceFirst("\n$", "");
          int longest = rows == 1 ? LONGEST_VALUE : LONGEST;
          first.add(text.length() > longest ? text.substring(0, longest) + "…" : text);
        }
      }
    }
    return new Answer(rows, HexFormat.of().formatHex(digest.digest()), first);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /// {@return in what the answers differ, in words}
  String difference(Answer expected, String whose) {
    for (int i = 0; i < Math.min(first.size(), expected.first.size()); i++) {
      if (!first.get(i).equals(expected.first.get(i))) {
        return "row %d is %s, %s %s"
            .formatted(i + 1, shown(first.get(i)), whose, shown(expected.first.get(i)));
      }
    }
    return rows == expected.rows
        ? "a row after the first %d is not %s".formatted(SHOWN, whose)
        : "%d rows, %s %d".formatted(rows, whose, expected.rows);
  }

  /// {@return the value of the first row, which has one column; empty for NULL}
  Optional<String> value() {
    String field = first.getFirst();
    if (field.equals("\\N")) {
      return Optional.empty();
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < field.length(); i++) {
      char c = field.charAt(i);
      if (c == '\\' && i + 1 < field.length()) {
        c = field.charAt(++i);
        int known = "bfnrtv".indexOf(c);
        text.append(known < 0 ? c : "\b\f\n\r\t\u000b".charAt(known));
      } else {
        text.append(c);
      }
    }
    return Optional.of(text.toString());
  }

  /// {@return a row for people}
  static String shown(String row) {
    return "(%s)".formatted(row.replace("\t", " | "));
  }
}
