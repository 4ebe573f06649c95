package dev.pgmend.archive;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One entry of the table of contents: an object with its SQL and its dependencies, perhaps with
/// data. Everything in it comes from outside and may be hostile. What the archive leaves out is
/// `""`, 0 or false.
///
/// @param dumpId positive and unique in the archive; the only key an entry has
/// @param hadDumper whether pg_dump wrote data for it
/// @param catalogOid OID of the system catalog that the object is in, 0 for synthetic entries
/// @param oid OID of the object, of the table for `TABLE DATA` and `ROW SECURITY`, or 0
/// @param tag unquoted name or names, not to be split
/// @param desc kind of object; unknown kinds occur
/// @param defn SQL that creates it, several statements perhaps
/// @param copyStmt the COPY statement of table data, null for INSERTs and all other entries
/// @param namespace unquoted schema
/// @param relkind as in pg_class, `(char) 0` where the archive does not tell (before 1.16)
/// @param dependencies dump ids, in the archive's order, repeated and dangling ones included
/// @param tocOffset where the entry starts in the table of contents, for messages
public record Entry(
    int dumpId,
    boolean hadDumper,
    long catalogOid,
    long oid,
    String tag,
    String desc,
    Section section,
    String defn,
    String dropStmt,
    @Nullable String copyStmt,
    String namespace,
    String tablespace,
    String tableAccessMethod,
    char relkind,
    String owner,
    boolean withOids,
    List<Integer> dependencies,
    long tocOffset,
    DataMember data) {

  public Entry {
    Objects.requireNonNull(section, "section is null");
    Objects.requireNonNull(data, "data is null");
    dependencies = List.copyOf(dependencies);
  }

  Entry withCopyStmt(String statement) {
    return with(defn, statement, tocOffset, data);
  }

  Entry withData(DataMember member) {
    return with(defn, copyStmt, tocOffset, member);
  }

  /// {@return whether they are the same but for their definitions, their data, and where they are}
  boolean resembles(Entry other) {
    return with("", copyStmt, 0, data).equals(other.with("", other.copyStmt, 0, data));
  }

  private Entry with(
      String definition, @Nullable String statement, long offset, DataMember member) {
    return new Entry(
        dumpId,
        hadDumper,
        catalogOid,
        oid,
        tag,
        desc,
        section,
        definition,
        dropStmt,
        statement,
        namespace,
        tablespace,
        tableAccessMethod,
        relkind,
        owner,
        withOids,
        dependencies,
        offset,
        member);
  }
}
