package dev.pgmend.script;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The part of a script that is about one database. Immutable once the script is read.
public final class Section {
  private final @Nullable String database;
  private final long offset;
  private final List<Part> parts = new ArrayList<>();
  private String encoding = "SQL_ASCII";
  private boolean standardStrings = true;
  private boolean closed;
  private String serverVersion = "";
  private String dumpVersion = "";
  private String started = "";

  Section(@Nullable String database, long offset) {
    this.database = database;
    this.offset = offset;
  }

  /// {@return the database that the script connects to, null before it does}
  public @Nullable String database() {
    return database;
  }

  /// {@return where it begins}
  public long offset() {
    return offset;
  }

  /// {@return PostgreSQL's name of the encoding that the script says it is in}
  public String encoding() {
    return encoding;
  }

  /// {@return the version of the dumped server, "" if no comment tells}
  public String serverVersion() {
    return serverVersion;
  }

  /// {@return the version of pg_dump, "" if no comment tells}
  public String dumpVersion() {
    return dumpVersion;
  }

  /// {@return when pg_dump started, as it says itself when told to be verbose, else ""}
  public String started() {
    return started;
  }

  /// {@return whether there is anything of a table or another object in it}
  public boolean hasObjects() {
    return parts.stream()
        .anyMatch(
            part -> part instanceof Part.Copy || part instanceof Part.Inserts || creates(part));
  }

  private static boolean creates(Part part) {
    return part instanceof Part.Sql(_, byte[] text)
        && Script.starts(text, "CREATE ")
        && !Script.starts(text, "CREATE DATABASE ")
        && !Script.starts(text, "CREATE ROLE ")
        && !Script.starts(text, "CREATE TABLESPACE ");
  }

  List<Part> parts() {
    return parts;
  }

  /// {@return whether backslashes in its plain string literals stand for themselves}
  public boolean standardStrings() {
    return standardStrings;
  }

  void add(Part part) {
    if (closed && (part instanceof Part.Copy || part instanceof Part.Inserts || creates(part))) {
      throw new ScriptException(
          part.offset(), "encoding or standard_conforming_strings changed in the middle");
    }
    if (part instanceof Part.Inserts more
        && !parts.isEmpty()
        && parts.getLast() instanceof Part.Inserts before
        && before.defaultValues() == more.defaultValues()
        && java.util.Arrays.equals(before.head(), more.head())) {
      long length = more.offset() + more.length() - before.offset();
      parts.set(
          parts.size() - 1,
          new Part.Inserts(before.offset(), before.head(), length, before.defaultValues()));
    } else if (part instanceof Part.LargeObjects more
        && !parts.isEmpty()
        && parts.getLast() instanceof Part.LargeObjects before) {
      long length = more.offset() + more.length() - before.offset();
      parts.set(parts.size() - 1, new Part.LargeObjects(before.offset(), length));
    } else {
      parts.add(part);
    }
  }

  /// In a script of pg_dumpall the settings for the next database come before it connects there.
  void encoding(String name) {
    closed |= !name.equals(encoding) && hasObjects();
    encoding = closed ? encoding : name;
  }

  void standardStrings(boolean standard) {
    closed |= standard != standardStrings && hasObjects();
    standardStrings = closed ? standardStrings : standard;
  }

  void serverVersion(String version) {
    this.serverVersion = version;
  }

  void dumpVersion(String version) {
    this.dumpVersion = version;
  }

  void started(String time) {
    this.started = time;
  }
}
