package dev.pgmend.script;

import dev.pgmend.script.ScriptEntry.Rows;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import dev.pgmend.sql.SqlSyntaxException;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Makes the entries of an archive out of the statements of one database. The SQL is what counts: pg_dump's comments are lossy and
/// may be missing. What pg_dump does not write is an error, for it may do anything.
public final class EntryReader {
  /// What may stand between the comment that announces rows and the rows.
  private static final Set<String> SURROUNDING = Set.of("set", "alter");

  private final Section section;
  private final Decoder decoder;
  private final Settings settings = new Settings();
  private final Drafts drafts = new Drafts();
  private final CreateReader creates = new CreateReader(drafts, settings);
  private final AlterReader alters = new AlterReader(drafts, settings);
  private final AnnotationReader annotations = new AnnotationReader(drafts, settings);
  private final DataReader data = new DataReader(drafts, settings);

  private EntryReader(Section section, Decoder decoder) {
    this.section = section;
    this.decoder = decoder;
  }

  /// Decodes the text of statements.
  @FunctionalInterface
  public interface Decoder {
    String decode(byte[] text) throws CharacterCodingException;
  }

  /// {@return the entries, in the script's order}
  /// @throws ScriptException if a statement is none of pg_dump's
  /// @throws CharacterCodingException if the text is in another encoding
  public static List<ScriptEntry> read(Section section, Decoder decoder)
      throws CharacterCodingException {
    return new EntryReader(section, decoder).read();
  }

  private List<ScriptEntry> read() throws CharacterCodingException {
    long end = 0;
    for (Part part : section.parts()) {
      String text = decoder.decode(text(part));
      try {
        part(part, text);
      } catch (Tokens.Unexpected _) {
        throw unexpected(part, text);
      } catch (SqlSyntaxException e) {
        throw new ScriptException(part.offset(), "statement cannot be read: " + e.getMessage());
      }
      end = part.offset();
    }
    data.end(end);
    List<ScriptEntry> entries = new ArrayList<>();
    boolean late = false;
    for (DraftEntry draft : drafts.all()) {
      if (!draft.desc.equals("DATABASE")) {
        entries.add(draft.entry(late));
        late |= draft.data() || draft.postData();
      }
    }
    return entries;
  }

  private static byte[] text(Part part) {
    return switch (part) {
      case Part.Sql sql -> sql.text();
      case Part.Copy copy -> copy.head();
      case Part.Inserts inserts -> inserts.head();
      case Part.Comment comment -> comment.text();
      case Part.Command command -> command.text();
      case Part.LargeObjects _ -> new byte[0];
    };
  }

  private void part(Part part, String text) {
    switch (part) {
      case Part.Sql _ -> statement(sql(text), part.offset());
      case Part.Copy copy -> data.copy(sql(text), copy);
      case Part.Inserts inserts -> data.inserts(sql(text), inserts);
      case Part.Comment _ -> data.announce(text, part.offset());
      case Part.LargeObjects objects -> largeObjects(objects);
      case Part.Command _ -> {}
    }
  }

  /// The text with standard strings and without superfluous quotes, which must be one statement for the lexer too.
  private String sql(String text) {
    String standard = section.standardStrings() ? text : Sql.standardStrings(text);
    String plain = Sql.minimallyQuoted(standard);
    List<String> statements = Sql.split(plain);
    if (statements.size() != 1) {
      throw new Tokens.Unexpected();
    }
    return statements.getFirst();
  }

  private void statement(String text, long offset) {
    Tokens tokens = new Tokens(text, settings.namespace);
    String word = tokens.all().getFirst().value();
    if (!SURROUNDING.contains(word)) {
      data.end(offset);
    }
    switch (word) {
      case "set", "reset" -> settings.set(tokens);
      case "create" -> creates.read(tokens, text, offset);
      case "alter" -> alters.read(tokens, text, offset);
      case "comment", "security" -> annotations.annotation(tokens, text, offset);
      case "grant", "revoke" -> annotations.grant(tokens, text, offset);
      case "select" -> select(tokens, text, offset);
      case "refresh" -> refresh(tokens, text, offset);
      case "drop" -> {
        // --clean drops everything before it creates anything; pg_dumpall drops databases, roles,
        // tablespaces.
        if (!drafts.isEmpty() && !tokens.at("drop", "database")) {
          throw new Tokens.Unexpected();
        }
      }
      case "begin", "commit" -> {}
      default -> throw new Tokens.Unexpected();
    }
  }

  private void refresh(Tokens tokens, String text, long offset) {
    tokens.expect("refresh", "materialized", "view");
    QualifiedName view = tokens.qualified();
    DraftEntry entry =
        drafts.add("MATERIALIZED VIEW DATA", view.schema(), view.name(), offset).append(text);
    drafts.join(entry, ObjectKey.relation(view));
  }

  private void largeObjects(Part.LargeObjects part) {
    data.end(part.offset());
    drafts
        .add("BLOBS", "", "BLOBS", part.offset())
        .rows
        .add(new Rows(part.offset(), part.length(), -1, false));
  }

  private void select(Tokens tokens, String text, long offset) {
    if (tokens.accept("select", "pg_catalog", ".", "set_config", "(")) {
      String name = tokens.string();
      tokens.expect(",");
      String value = tokens.string();
      if (!name.equals("search_path") || !value.isEmpty()) {
        throw new Tokens.Unexpected();
      }
      settings.namespace = "";
      // It tells that the names that follow have their schemas, as in an archive.
      if (drafts.isEmpty()) {
        drafts.add("SEARCHPATH", "", "SEARCHPATH", offset).append(text);
      }
    } else if (tokens.accept("select", "pg_catalog", ".", "setval", "(")) {
      String literal = tokens.string();
      QualifiedName sequence =
          settings.namespace.isEmpty()
              ? QualifiedName.parse(literal)
              : new Tokens(literal, settings.namespace).qualified();
      DraftEntry entry =
          drafts.add("SEQUENCE SET", sequence.schema(), sequence.name(), offset).append(text);
      drafts.join(entry, ObjectKey.relation(sequence));
    } else if (tokens.accept("select", "pg_catalog", ".", "lo_create", "(")) {
      String oid = tokens.next().value();
      DraftEntry object = drafts.add("BLOB", "", oid, offset).append(text);
      drafts.register(ObjectKey.global("LARGE OBJECT", oid), object);
    } else if (tokens.at("select", "pg_catalog", ".", "lo_unlink", "(")
        || tokens.at("select", "case")) {
      if (!drafts.isEmpty()) {
        throw new Tokens.Unexpected();
      }
    } else if (text.startsWith("SELECT * FROM pg_catalog.pg_restore_")
        || text.startsWith("SELECT * FROM pg_catalog.pg_clear_")) {
      // Statistics are not replayed but collected anew.
      drafts.add("STATISTICS DATA", "", "", offset).append(text);
    } else {
      throw new Tokens.Unexpected();
    }
  }

  private static ScriptException unexpected(Part part, String text) {
    String line = text.strip().lines().findFirst().orElse("");
    return new ScriptException(
        part.offset(),
        "statement is not one that pg_dump writes: "
            + (line.length() > 100 ? line.substring(0, 100) + "..." : line));
  }
}
