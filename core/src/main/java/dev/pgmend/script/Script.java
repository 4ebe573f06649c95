package dev.pgmend.script;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A script of pg_dump or pg_dumpall: what is in it, and where the rows are. The rows themselves are passed over.
public final class Script {
  private static final String DUMP = " PostgreSQL database dump";
  private static final String CLUSTER = " PostgreSQL database cluster dump";
  private static final String COMPLETE = " complete";
  private static final String DATA = " Data for Name: ";
  private static final Pattern SETTING =
      Pattern.compile(
          "SET\\s+(client_encoding|standard_conforming_strings)\\s*(?:=|\\sTO\\s)\\s*'?([A-Za-z0-9_-]+)'?",
          Pattern.CASE_INSENSITIVE);

  private final List<Section> sections = new ArrayList<>();
  private final List<Rows> places = new ArrayList<>();
  private boolean cluster;
  private int open;
  private boolean clusterOpen;

  private Script() {}

  /// Reads a whole script.
  /// @throws ScriptException if it is cut off or not one of pg_dump
  public static Script read(InputStream in) throws IOException {
    return read(_ -> in, _ -> null, Keeper.NONE);
  }

  /// Reads a script but for rows whose places are known.
  ///
  /// @param source opens the script at an offset
  /// @throws ScriptException if it is cut off or not one of pg_dump
  /// @throws Misled if rows do not end where they were believed to
  public static Script read(Source source, Places known, Keeper keeper) throws IOException {
    Script script = new Script();
    script.scan(source::open, known, keeper);
    return script;
  }

  /// A script that can be read from any place on.
  @FunctionalInterface
  public interface Source {
    InputStream open(long offset) throws IOException;
  }

  /// Rows of a COPY, or INSERT statements for one table that follow each other.
  ///
  /// @param offset where they begin
  /// @param length how many bytes they are
  /// @param rows how many there are, -1 for INSERT statements
  public record Rows(long offset, long length, long rows) {}

  /// What is believed to be known about rows.
  @FunctionalInterface
  public interface Places {
    /// {@return the rows that begin there, null if they are not known}
    @Nullable Rows at(long offset);
  }

  /// Copies rows that may be asked for, where going back to them takes long.
  @FunctionalInterface
  public interface Keeper {
    /// Copies nothing.
    Keeper NONE = (_, _) -> null;

    /// {@return where rows and the line that ends them are to be copied to, null for nowhere}
    ///
    /// @param statement the COPY
    /// @param offset where the rows begin
    @Nullable OutputStream keep(String statement, long offset) throws IOException;
  }

  /// Rows do not end where they were believed to.
  public static final class Misled extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Misled() {
      super("rows do not end where they were believed to");
    }
  }

  /// {@return where the rows of COPY are, in the script's order, and then where the INSERT statements are}
  public List<Rows> places() {
    List<Rows> all = new ArrayList<>(places);
    for (Section section : sections) {
      for (Part part : section.parts()) {
        if (part instanceof Part.Inserts inserts) {
          all.add(new Rows(inserts.offset(), inserts.length(), -1));
        }
      }
    }
    return all;
  }

  /// {@return the parts for each database, in the script's order; the first may belong to none}
  public List<Section> sections() {
    return List.copyOf(sections);
  }

  /// {@return whether pg_dumpall wrote it}
  public boolean cluster() {
    return cluster;
  }

  private void scan(ScriptBytes.Source source, Places known, Keeper keeper) throws IOException {
    try (ScriptScanner scanner = new ScriptScanner(source, known, keeper)) {
      scan(scanner);
    }
  }

  private void scan(ScriptScanner scanner) throws IOException {
    sections.add(new Section(null, 0));
    long end = 0;
    for (Part part = scanner.next(); part != null; part = scanner.next()) {
      end = part.offset();
      switch (part) {
        case Part.Comment comment -> comment(comment);
        case Part.Command command -> command(scanner, command);
        case Part.Sql sql -> {
          setting(scanner, sql);
          if (largeObject(sql.text())) {
            long length = sql.text().length + 1L;
            section().add(new Part.LargeObjects(sql.offset(), length));
          } else {
            section().add(sql);
          }
        }
        case Part.Copy copy -> {
          places.add(new Rows(copy.rowsOffset(), copy.length(), copy.rows()));
          section().add(part);
        }
        case Part.Inserts _, Part.LargeObjects _ -> section().add(part);
      }
    }
    if (open > 0 || clusterOpen) {
      throw new ScriptException(
          end, "ends without the comment that says it is complete, so it is cut off after this");
    }
  }

  private Section section() {
    return sections.getLast();
  }

  private void comment(Part.Comment comment) {
    if (starts(comment.text(), DATA)) {
      section().add(comment);
      return;
    }
    if (!starts(comment.text(), " ")) {
      return;
    }
    String text = new String(comment.text(), StandardCharsets.ISO_8859_1);
    switch (text) {
      case DUMP -> open++;
      case DUMP + COMPLETE -> open--;
      case CLUSTER -> cluster = clusterOpen = true;
      case CLUSTER + COMPLETE -> clusterOpen = false;
      default -> {
        rest(text, " Dumped from database version ", section()::serverVersion);
        rest(text, " Dumped by pg_dump version ", section()::dumpVersion);
        rest(text, " Started on ", section()::started);
      }
    }
  }

  private static void rest(String text, String start, java.util.function.Consumer<String> to) {
    if (text.startsWith(start)) {
      to.accept(text.substring(start.length()));
    }
  }

  /// psql's commands are never executed; of those that pg_dump writes only `\connect` means something here.
  private void command(ScriptScanner scanner, Part.Command command) {
    String text = new String(command.text(), StandardCharsets.UTF_8).strip();
    if (text.startsWith("connect ")) {
      String serverVersion = section().serverVersion();
      String dumpVersion = section().dumpVersion();
      sections.add(new Section(ConnectCommand.database(text, command.offset()), command.offset()));
      scanner.standardStrings(true);
      if (open > 0) {
        // The comments of pg_dump --create stand before it connects.
        section().serverVersion(serverVersion);
        section().dumpVersion(dumpVersion);
      }
    } else if (!text.matches("(un)?restrict [A-Za-z0-9]+")) {
      throw new ScriptException(
          command.offset(),
          "psql command \\%s is not one that pg_dump writes"
              .formatted(text.length() > 60 ? text.substring(0, 60) + "..." : text));
    }
  }

  private void setting(ScriptScanner scanner, Part.Sql sql) {
    if (!starts(sql.text(), "SET ") || sql.text().length > 200) {
      return;
    }
    Matcher matcher = SETTING.matcher(new String(sql.text(), StandardCharsets.ISO_8859_1));
    if (!matcher.matches()) {
      return;
    }
    String value = matcher.group(2);
    if (matcher.group(1).equalsIgnoreCase("client_encoding")) {
      section().encoding(value);
      scanner.trail(
          switch (value.toUpperCase(java.util.Locale.ROOT)) {
            case "SJIS" -> ScriptScanner.Trail.SJIS;
            case "BIG5", "GBK", "GB18030", "UHC", "JOHAB" -> ScriptScanner.Trail.OTHER;
            default -> ScriptScanner.Trail.NONE;
          });
    } else {
      boolean on = value.equalsIgnoreCase("on");
      section().standardStrings(on);
      scanner.standardStrings(on);
    }
  }

  /// The bytes of large objects are statements; there may be millions of them. They are read when they are asked for.
  private static boolean largeObject(byte[] text) {
    return starts(text, "SELECT pg_catalog.lo_open(")
        || starts(text, "SELECT pg_catalog.lowrite(")
        || starts(text, "SELECT pg_catalog.lo_close(");
  }

  static boolean starts(byte[] text, String start) {
    if (text.length < start.length()) {
      return false;
    }
    for (int i = 0; i < start.length(); i++) {
      if (text[i] != start.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
