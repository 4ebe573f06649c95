package dev.pgmend.postgres;

import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The current row of a small result, by column name.
public final class Row {
  private final ResultSet rows;

  Row(ResultSet rows) {
    this.rows = rows;
  }

  /// {@return the text, "" for NULL}
  public String text(String column) throws SQLException {
    String value = rows.getString(column);
    return value == null ? "" : value;
  }

  public @Nullable String textOrNull(String column) throws SQLException {
    return rows.getString(column);
  }

  public long number(String column) throws SQLException {
    return rows.getLong(column);
  }

  public boolean flag(String column) throws SQLException {
    return rows.getBoolean(column);
  }

  /// {@return the bytes of a bytea, none for NULL}
  public byte[] bytes(String column) throws SQLException {
    byte[] value = rows.getBytes(column);
    return value == null ? new byte[0] : value;
  }

  /// {@return the first character, or 0 for NULL and ""}
  public char letter(String column) throws SQLException {
    String value = rows.getString(column);
    return value == null || value.isEmpty() ? (char) 0 : value.charAt(0);
  }

  /// {@return the elements of a text array, an empty list for NULL}
  public List<String> texts(String column) throws SQLException {
    Array array = rows.getArray(column);
    if (array == null) {
      return List.of();
    }
    List<String> result = new ArrayList<>();
    for (Object element : (Object[]) array.getArray()) {
      result.add(String.valueOf(element));
    }
    return List.copyOf(result);
  }

  /// {@return the elements of a text array, of which each may be NULL; an empty list for NULL}
  public List<@Nullable String> textsOrNulls(String column) throws SQLException {
    Array array = rows.getArray(column);
    List<@Nullable String> result = new ArrayList<>();
    if (array != null) {
      for (Object element : (@Nullable Object[]) array.getArray()) {
        result.add(element == null ? null : element.toString());
      }
    }
    return result;
  }
}
