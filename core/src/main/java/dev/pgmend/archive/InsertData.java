package dev.pgmend.archive;

import dev.pgmend.script.InsertHead;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.SqlSyntaxException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The rows of an archive that was made with `--inserts` or `--column-inserts`: its entries of table data have no COPY statement,
/// and the rows are whole INSERT statements. Each gets the COPY statement that would load the same rows. What columns they have the
/// definition of the table tells; where that does not, the first statement, if it names them.
final class InsertData {
  private static final String ROOT = "-- load via partition root ";

  private final Toc toc;
  private final Members members;
  private final Map<QualifiedName, String> definitions = new HashMap<>();
  private final Map<Integer, InsertHead> heads = new HashMap<>();

  private InsertData(Toc toc, Members members) {
    this.toc = toc;
    this.members = members;
  }

  static InsertData of(Toc toc, Members members) {
    var inserts = new InsertData(toc, members);
    inserts.find();
    return inserts;
  }

  /// {@return the table of contents with those COPY statements}
  Toc toc() {
    if (heads.isEmpty()) {
      return toc;
    }
    List<Entry> entries = new ArrayList<>();
    for (Entry entry : toc.entries()) {
      InsertHead head = heads.get(entry.dumpId());
      entries.add(head == null ? entry : entry.withCopyStmt(head.copyStmt()));
    }
    return new Toc(entries, toc.textEncoding(), toc.standardConformingStrings());
  }

  boolean has(Entry data) {
    return heads.containsKey(data.dumpId());
  }

  /// {@return what the statements of an entry must begin with}
  InsertText.HeadReader heads(Entry data) {
    InsertHead expected = heads.get(data.dumpId());
    return text -> {
      InsertHead head = head(data, text).orElse(null);
      return head == null
              || expected == null
              || !head.table().equals(expected.table())
              || !head.columns().equals(expected.columns())
          ? null
          : new InsertText.Values(head.columns().size(), head.defaulted());
    };
  }

  private void find() {
    List<Entry> found = new ArrayList<>();
    for (Entry entry : toc.entries()) {
      if (entry.desc().equals("TABLE")) {
        definitions.put(new QualifiedName(entry.namespace(), entry.tag()), entry.defn());
      } else if (entry.desc().equals("TABLE DATA")
          && entry.copyStmt() == null
          && !(entry.data() instanceof DataMember.None)
          && !(entry.data() instanceof DataMember.InScript)) {
        found.add(entry);
      }
    }
    for (Entry entry : found) {
      InsertHead head = defined(entry);
      if (head == null) {
        head = first(entry).orElse(null);
      }
      if (head != null) {
        heads.put(entry.dumpId(), head);
      }
    }
  }

  private Optional<InsertHead> first(Entry data) {
    try {
      return head(data, InsertText.firstHead(members.open(data), toc.textEncoding()));
    } catch (ArchiveException _) {
      // Whoever asks for the rows is told what is wrong with them.
      return Optional.empty();
    }
  }

  /// As the definition says. Rows that go through a partition root have the leaf's order of columns; the root's must be the same.
  private @Nullable InsertHead defined(Entry data) {
    QualifiedName table = new QualifiedName(data.namespace(), data.tag());
    try {
      InsertHead own = InsertHead.positional(table, this::definition).orElse(null);
      if (own == null || !data.defn().startsWith(ROOT)) {
        return own;
      }
      QualifiedName root =
          QualifiedName.parse(data.defn().substring(ROOT.length()).strip().replaceFirst(";$", ""));
      InsertHead through = InsertHead.positional(root, this::definition).orElse(null);
      return through != null && through.columns().equals(own.columns()) ? through : null;
    } catch (SqlSyntaxException _) {
      return null;
    }
  }

  private Optional<InsertHead> head(Entry data, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    boolean unconverted = toc.encodingName().equals(TextEncoding.SQL_ASCII);
    var charset = unconverted ? toc.encoding() : StandardCharsets.UTF_8;
    try {
      String sql = charset.newDecoder().decode(java.nio.ByteBuffer.wrap(bytes)).toString();
      return InsertHead.of(sql, data.namespace(), this::definition);
    } catch (CharacterCodingException _) {
      return Optional.empty();
    }
  }

  private Optional<String> definition(QualifiedName table) {
    return Optional.ofNullable(definitions.get(table));
  }
}
