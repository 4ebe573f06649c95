package dev.pgmend.script;

import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.SqlSyntaxException;
import dev.pgmend.sql.Token;
import dev.pgmend.sql.Token.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The entries so far, by what they are about, and the dependencies among them.
///
/// What pg_dump takes from pg_depend is derived from names: since pg_dump sets an empty search_path, every name outside pg_catalog
/// is qualified in what the server deparses. A column of an alias that looks like a qualified name makes a dependency too many,
/// which errs on the safe side. pg_dump writes objects after what they depend on, so that only what came before counts and there
/// are no cycles.
final class Drafts {
  private static final Set<String> OBJECT_TYPES =
      Set.of(
          "regclass",
          "regtype",
          "regproc",
          "regprocedure",
          "regoper",
          "regoperator",
          "regconfig",
          "regdictionary",
          "regcollation");
  private static final int NO_CALL = -1;
  private static final int ANY_CALL = -2;
  private static final Set<String> ROUTINES = Set.of("FUNCTION", "PROCEDURE", "AGGREGATE");

  private final List<DraftEntry> all = new ArrayList<>();
  private final Map<ObjectKey, DraftEntry> objects = new HashMap<>();
  private final Map<QualifiedName, List<DraftEntry>> named = new HashMap<>();
  private final Map<QualifiedName, List<DraftEntry>> keys = new HashMap<>();
  private final List<DraftEntry> extensions = new ArrayList<>();

  /// {@return all entries, in the script's order}
  List<DraftEntry> all() {
    return all;
  }

  /// {@return whether the script has created anything yet}
  boolean isEmpty() {
    return all.stream()
        .allMatch(draft -> draft.desc.equals("DATABASE") || draft.desc.equals("SEARCHPATH"));
  }

  DraftEntry add(String desc, String namespace, String tag, long offset) {
    DraftEntry draft = new DraftEntry(all.size() + 1, desc, namespace, tag, offset);
    all.add(draft);
    return draft;
  }

  void register(ObjectKey key, DraftEntry draft) {
    objects.put(key, draft);
    boolean nameOfItsOwn =
        key.part().isEmpty() || key.kind().equals("ROUTINE") || key.kind().startsWith("OPERATOR");
    if (!key.schema().isEmpty() && nameOfItsOwn && !key.kind().equals("ROW SECURITY")) {
      named.computeIfAbsent(key.qualifiedName(), _ -> new ArrayList<>()).add(draft);
    }
    if (draft.desc.equals("EXTENSION")) {
      extensions.add(draft);
    }
  }

  /// A primary or unique key or index, which foreign keys may refer to.
  void registerKey(QualifiedName table, DraftEntry draft) {
    keys.computeIfAbsent(table, _ -> new ArrayList<>()).add(draft);
  }

  Optional<DraftEntry> find(ObjectKey key) {
    DraftEntry found = objects.get(key);
    // Columns, and most constraints, are in the definition of what they are part of.
    if (found == null && key.kind().matches("COLUMN|CONSTRAINT")) {
      found = objects.get(ObjectKey.relation(key.qualifiedName()));
    }
    if (found == null && key.kind().matches("COLUMN|DOMAIN CONSTRAINT")) {
      found = objects.get(ObjectKey.type(key.qualifiedName()));
    }
    return Optional.ofNullable(found);
  }

  Optional<DraftEntry> relation(QualifiedName name) {
    return find(ObjectKey.relation(name));
  }

  /// Makes an entry part of a relation or type that came before.
  void join(DraftEntry part, ObjectKey whole) {
    find(whole)
        .filter(found -> found.id < part.id)
        .ifPresent(found -> {
          part.whole = found;
          // In an archive, too, this is the first one.
          part.dependencies.remove(found.id);
          part.dependencies.addFirst(found.id);
        });
  }

  void depend(DraftEntry draft, ObjectKey on) {
    find(on)
        .filter(found -> found.id < draft.id)
        .ifPresent(found -> draft.dependencies.add(found.id));
  }

  /// Adds what the statement refers to by name.
  void depend(DraftEntry draft, Tokens statement) {
    if (!draft.namespace.isEmpty()) {
      depend(draft, ObjectKey.global("SCHEMA", draft.namespace));
    }
    List<Token> tokens = statement.all();
    int first = ROUTINES.contains(draft.desc) ? afterName(tokens) : 0;
    for (int i = first; i < tokens.size(); i++) {
      Token token = tokens.get(i);
      if (token.kind() == Kind.STRING) {
        literal(draft, tokens, i);
      } else if (token.isName() && !(i > 0 && tokens.get(i - 1).is("."))) {
        name(draft, statement, tokens, i);
      }
    }
  }

  /// The name of a routine is not a reference to others of that name.
  private static int afterName(List<Token> tokens) {
    int at = 0;
    while (at < tokens.size() && !tokens.get(at).is("(")) {
      at++;
    }
    return at;
  }

  private void name(DraftEntry draft, Tokens statement, List<Token> tokens, int i) {
    Token token = tokens.get(i);
    Token second = i + 2 < tokens.size() && tokens.get(i + 1).is(".") ? tokens.get(i + 2) : null;
    if (second != null && (second.isName() || second.kind() == Kind.OPERATOR)) {
      boolean table = i > 0 && tokens.get(i - 1).isWord("references");
      int arguments = table ? NO_CALL : arguments(tokens, i + 3);
      refer(draft, new QualifiedName(token.value(), second.value()), arguments);
    } else if (token.isWord("language") && i + 1 < tokens.size()) {
      depend(draft, ObjectKey.global("LANGUAGE", tokens.get(i + 1).value()));
    } else if (token.isWord("wrapper") && i + 1 < tokens.size()) {
      depend(draft, ObjectKey.global("FOREIGN DATA WRAPPER", tokens.get(i + 1).value()));
    } else if (token.isWord("server") && i + 1 < tokens.size()) {
      depend(draft, ObjectKey.global("SERVER", tokens.get(i + 1).value()));
    } else if (token.isWord("using") && i + 1 < tokens.size()) {
      depend(draft, ObjectKey.global("ACCESS METHOD", tokens.get(i + 1).value()));
    } else if (statement.hasNamespace()) {
      refer(draft, statement.relativeTo(token.value()), arguments(tokens, i + 1));
    }
  }

  /// `'app.orders_id_seq'::regclass`
  private void literal(DraftEntry draft, List<Token> tokens, int i) {
    boolean object =
        i + 2 < tokens.size()
            && tokens.get(i + 1).is("::")
            && OBJECT_TYPES.contains(tokens.get(i + 2).value());
    boolean setval = i > 1 && tokens.get(i - 2).isWord("setval");
    if (object || setval) {
      String text = tokens.get(i).value();
      int parenthesis = text.indexOf('(');
      try {
        QualifiedName name =
            QualifiedName.parse(parenthesis < 0 ? text : text.substring(0, parenthesis));
        refer(draft, name, parenthesis >= 0 ? ANY_CALL : NO_CALL);
      } catch (SqlSyntaxException _) {
        // An unqualified name is one of pg_catalog.
        return;
      }
    }
  }

  /// {@return how many arguments stand in the parentheses there}
  private static int arguments(List<Token> tokens, int open) {
    if (open >= tokens.size() || !tokens.get(open).is("(")) {
      return NO_CALL;
    }
    int depth = 0;
    int commas = 0;
    int at = open;
    do {
      Token token = tokens.get(at++);
      depth += token.is("(") || token.is("[") ? 1 : token.is(")") || token.is("]") ? -1 : 0;
      commas += depth == 1 && token.is(",") ? 1 : 0;
    } while (depth > 0 && at < tokens.size());
    return at == open + 2 ? 0 : commas + 1;
  }

  private void refer(DraftEntry draft, QualifiedName name, int arguments) {
    List<DraftEntry> found = named.get(name);
    if (found == null) {
      extension(name).ifPresent(extension -> draft.dependencies.add(extension.id));
      return;
    }
    boolean call = arguments != NO_CALL;
    List<DraftEntry> likely =
        found.stream().filter(other -> ROUTINES.contains(other.desc) == call).toList();
    // Of several routines with a name, those with as many arguments; with defaults or VARIADIC,
    // all.
    List<DraftEntry> fitting =
        likely.stream().filter(other -> other.arguments == arguments).toList();
    for (DraftEntry other : !fitting.isEmpty() ? fitting : likely.isEmpty() ? found : likely) {
      if (other.id != draft.id) {
        draft.dependencies.add(other.id);
      }
    }
  }

  /// The members of extensions are not in a dump. A name that nothing in the dump has is one of the extension of that name in the
  /// schema, or of the only one there.
  private Optional<DraftEntry> extension(QualifiedName name) {
    List<DraftEntry> there =
        extensions.stream().filter(draft -> draft.details.contains(name.schema())).toList();
    @Nullable DraftEntry same =
        there.stream().filter(draft -> draft.tag.equals(name.name())).findFirst().orElse(null);
    return same != null
        ? Optional.of(same)
        : there.size() == 1 ? Optional.of(there.getFirst()) : Optional.empty();
  }

  /// A foreign key depends on the key that it refers to: a constraint if there is one, else an index.
  void dependOnKey(DraftEntry foreignKey, QualifiedName table, List<String> columns) {
    List<DraftEntry> found =
        keys.getOrDefault(table, List.of()).stream()
            .filter(key -> key.id < foreignKey.id)
            .filter(key -> Set.copyOf(key.details).equals(Set.copyOf(columns)))
            .toList();
    boolean constraint = found.stream().anyMatch(key -> key.desc.equals("CONSTRAINT"));
    for (DraftEntry key : found) {
      if (!constraint || key.desc.equals("CONSTRAINT")) {
        foreignKey.dependencies.add(key.id);
        attachments(foreignKey, key);
      }
    }
  }

  /// A key of a partitioned table is whole only with those of its partitions attached.
  private void attachments(DraftEntry foreignKey, DraftEntry key) {
    for (int id : key.attached) {
      foreignKey.dependencies.add(id);
      DraftEntry part = all.get(id - 1).whole;
      if (part != null && part.id != key.id) {
        attachments(foreignKey, part);
      }
    }
  }

  /// A query may be grouped by no more than a table's primary key, which it then depends on.
  void dependOnKeys(DraftEntry view) {
    for (int id : List.copyOf(view.dependencies)) {
      DraftEntry table = all.get(id - 1);
      for (DraftEntry key : keys.getOrDefault(name(table), List.of())) {
        if (key.defn().contains("PRIMARY KEY")) {
          view.dependencies.add(key.id);
        }
      }
    }
  }

  private static QualifiedName name(DraftEntry draft) {
    return new QualifiedName(draft.namespace, draft.tag);
  }
}
