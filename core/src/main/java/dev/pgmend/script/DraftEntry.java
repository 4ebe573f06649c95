package dev.pgmend.script;

import dev.pgmend.script.ScriptEntry.Rows;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An entry to which later statements may still add something.
final class DraftEntry {
  private static final Set<String> POST_DATA =
      Set.of(
          "CONSTRAINT",
          "CHECK CONSTRAINT",
          "FK CONSTRAINT",
          "INDEX",
          "INDEX ATTACH",
          "TRIGGER",
          "RULE",
          "POLICY",
          "ROW SECURITY",
          "STATISTICS",
          "MATERIALIZED VIEW DATA",
          "PUBLICATION",
          "PUBLICATION TABLE",
          "PUBLICATION TABLES IN SCHEMA",
          "SUBSCRIPTION",
          "EVENT TRIGGER",
          "DEFAULT ACL");
  private static final Set<String> DATA =
      Set.of("TABLE DATA", "SEQUENCE SET", "BLOBS", "STATISTICS DATA", "EXTENDED STATISTICS DATA");
  private static final Set<String> NONE = Set.of("COMMENT", "ACL", "SECURITY LABEL");

  final int id;
  final String desc;
  final String namespace;
  final String tag;
  final long offset;
  final SequencedSet<Integer> dependencies = new LinkedHashSet<>();
  final List<Rows> rows = new ArrayList<>();
  private final StringBuilder defn = new StringBuilder();
  String dropStmt = "";
  @Nullable String copyStmt;
  List<Integer> defaulted = List.of();
  String tablespace = "";
  String tableAccessMethod = "";
  String owner = "";
  boolean partitioned;

  /// Of a routine, how many it takes.
  int arguments = -3;

  /// The entries that attach indexes to this one.
  final List<Integer> attached = new ArrayList<>();

  /// What it is a part of and shares the owner with.
  @Nullable DraftEntry whole;

  /// The columns of a key, the schema of an extension.
  List<String> details = List.of();

  DraftEntry(int id, String desc, String namespace, String tag, long offset) {
    this.id = id;
    this.desc = desc;
    this.namespace = namespace;
    this.tag = tag;
    this.offset = offset;
  }

  DraftEntry append(String statement) {
    defn.append(statement).append(";\n");
    return this;
  }

  String defn() {
    return defn.toString();
  }

  private String owner() {
    return owner.isEmpty() && whole != null ? whole.owner() : owner;
  }

  boolean postData() {
    return POST_DATA.contains(desc);
  }

  boolean data() {
    return DATA.contains(desc);
  }

  /// @param late whether data or what follows data came before
  ScriptEntry entry(boolean late) {
    String stage =
        NONE.contains(desc)
            ? "NONE"
            : data() ? "DATA" : late || postData() ? "POST_DATA" : "PRE_DATA";
    return new ScriptEntry(
        id,
        desc,
        namespace,
        tag,
        stage,
        defn(),
        dropStmt,
        copyStmt,
        defaulted,
        tablespace,
        tableAccessMethod,
        owner(),
        List.copyOf(dependencies),
        offset,
        rows);
  }
}
