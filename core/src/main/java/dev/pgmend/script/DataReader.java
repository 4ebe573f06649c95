package dev.pgmend.script;

import dev.pgmend.script.ScriptEntry.Rows;
import dev.pgmend.sql.QualifiedName;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Makes entries of rows. The comment that pg_dump writes before them, where there is one, tells which partition's rows they are
/// when they are loaded through the root, and that a table has no rows when they are INSERTs.
final class DataReader {
  private static final String DATA = " Data for Name: ";
  private static final String OWNER = "; Owner: ";

  private final Drafts drafts;
  private final Settings settings;
  private final Map<String, DraftEntry> byComment = new HashMap<>();
  private final Map<QualifiedName, DraftEntry> data = new HashMap<>();
  private int tablesSeen;
  private @Nullable DraftEntry announced;
  private boolean found;

  DataReader(Drafts drafts, Settings settings) {
    this.drafts = drafts;
    this.settings = settings;
  }

  /// A comment that announces the rows of a table.
  void announce(String comment, long offset) {
    end(offset);
    for (; tablesSeen < drafts.all().size(); tablesSeen++) {
      DraftEntry draft = drafts.all().get(tablesSeen);
      if (draft.desc.equals("TABLE")) {
        String text =
            oneLine(draft.tag) + "; Type: TABLE DATA; Schema: " + oneLine(draft.namespace);
        if (byComment.putIfAbsent(text, draft) != null) {
          // Two names that differ by a line break only: the comment says nothing then.
          byComment.remove(text);
        }
      }
    }
    String text = comment.substring(DATA.length());
    announced = null;
    found = false;
    for (int at = text.indexOf(OWNER);
        at >= 0 && announced == null;
        at = text.indexOf(OWNER, at + 1)) {
      announced = byComment.get(text.substring(0, at));
    }
  }

  /// What was announced and did not come is a table without rows.
  void end(long offset) {
    DraftEntry table = announced;
    announced = null;
    if (table == null || found) {
      return;
    }
    QualifiedName name = new QualifiedName(table.namespace, table.tag);
    DraftEntry empty = entry(name, offset);
    InsertHead.positional(name, this::definition)
        .ifPresent(head -> empty.copyStmt = head.copyStmt());
  }

  void copy(String head, Part.Copy part) {
    Tokens tokens = new Tokens(head, settings.namespace);
    tokens.expect("copy");
    QualifiedName into = tokens.qualified();
    if (tokens.at("(")) {
      tokens.skip();
    }
    tokens.expect("from", "stdin");
    if (!tokens.atEnd()) {
      throw new Tokens.Unexpected();
    }
    add(
        into,
        head + ";\n",
        new Rows(part.rowsOffset(), part.length(), part.rows(), false),
        part.offset());
  }

  void inserts(String head, Part.Inserts part) {
    InsertHead insert =
        InsertHead.read(head, settings.namespace, part.defaultValues(), this::definition)
            .orElse(null);
    Tokens tokens = new Tokens(head, settings.namespace);
    tokens.expect("insert", "into");
    QualifiedName into = tokens.qualified();
    DraftEntry entry =
        add(
            into,
            insert == null ? null : insert.copyStmt(),
            new Rows(part.offset(), part.length(), -1, true),
            part.offset());
    entry.defaulted = insert == null ? entry.defaulted : insert.defaulted();
  }

  private DraftEntry add(QualifiedName into, @Nullable String copyStmt, Rows rows, long offset) {
    QualifiedName table = into;
    if (announced != null) {
      QualifiedName name = new QualifiedName(announced.namespace, announced.tag);
      boolean throughRoot = drafts.relation(into).filter(root -> root.partitioned).isPresent();
      if (name.equals(into) || throughRoot) {
        table = name;
        found = true;
      }
    }
    DraftEntry entry = data.get(table);
    if (entry == null) {
      entry = entry(table, offset);
      entry.copyStmt = copyStmt;
    } else if (!java.util.Objects.equals(entry.copyStmt, copyStmt)) {
      throw new ScriptException(
          offset, "rows of %s for other columns than before".formatted(table.sql()));
    }
    entry.rows.add(rows);
    return entry;
  }

  private DraftEntry entry(QualifiedName table, long offset) {
    DraftEntry entry = drafts.add("TABLE DATA", table.schema(), table.name(), offset);
    drafts
        .relation(table)
        .ifPresent(owner -> {
          entry.dependencies.add(owner.id);
          entry.owner = owner.owner;
        });
    data.put(table, entry);
    return entry;
  }

  private Optional<String> definition(QualifiedName table) {
    return drafts.relation(table).filter(draft -> draft.desc.equals("TABLE")).map(DraftEntry::defn);
  }

  /// As pg_dump writes names in comments.
  private static String oneLine(String name) {
    return name.replace('\n', ' ').replace('\r', ' ');
  }
}
