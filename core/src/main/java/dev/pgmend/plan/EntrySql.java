package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.sql.ForeignKeyDefinition;
import dev.pgmend.sql.Lexer;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Relocation;
import dev.pgmend.sql.Sql;
import dev.pgmend.sql.StatementCheck;
import dev.pgmend.sql.TableDefinition;
import dev.pgmend.sql.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The SQL of archive entries, checked to be no more than its desc allows before any of it is used.
public final class EntrySql {
  private final boolean standardStrings;

  public EntrySql(boolean standardStrings) {
    this.standardStrings = standardStrings;
  }

  /// {@return the entry's definition, as it reads with standard_conforming_strings on}
  public String definition(Entry entry) {
    String text = standardStrings ? entry.defn() : Sql.standardStrings(entry.defn());
    StatementCheck.check(entry.desc(), text);
    return text.strip();
  }

  /// {@return the definition under other names}
  String relocated(Entry entry, Map<QualifiedName, QualifiedName> names) {
    return Relocation.relocate(definition(entry), names, namespace(entry));
  }

  /// {@return the definition under other names, with another first statement}
  String relocated(Entry entry, String first, Map<QualifiedName, QualifiedName> names) {
    List<String> statements = new ArrayList<>(Sql.split(definition(entry)));
    statements.set(0, first);
    return Relocation.relocate(String.join(";\n", statements), names, namespace(entry));
  }

  /// {@return a statement of pgmend's own, with qualified names, under other names}
  static String relocated(String statement, Map<QualifiedName, QualifiedName> names) {
    return Relocation.relocate(statement, names);
  }

  /// {@return which of the relations the definition names anywhere but in its head}
  Set<QualifiedName> mentions(Entry entry, Set<QualifiedName> names) {
    return Relocation.mentions(definition(entry), names, null);
  }

  /// {@return the foreign key that an FK CONSTRAINT entry defines}
  public ForeignKeyDefinition foreignKey(Entry entry) {
    return ForeignKeyDefinition.parse(
        definition(entry).replaceFirst(";\\s*$", ""), namespace(entry));
  }

  /// {@return the table that a TABLE entry defines}
  public TableDefinition table(Entry entry) {
    return TableDefinition.parse(definition(entry), namespace(entry));
  }

  /// {@return the statement that drops the object, "" where the archive has none}
  static String drop(Entry entry) {
    String text = entry.dropStmt().strip();
    return text.startsWith("--") ? "" : text.replaceFirst(";$", "");
  }

  private static @Nullable String namespace(Entry entry) {
    return entry.namespace().isEmpty() ? null : entry.namespace();
  }

  /// The COPY statement of a data entry, of which only the names are used.
  public record CopyTarget(QualifiedName table, List<String> columns) {}

  /// Reads `COPY s.t (a, b) FROM stdin;`.
  public static CopyTarget copyTarget(Entry data) {
    String text = String.valueOf(data.copyStmt());
    List<Token> tokens = Lexer.tokens(text);
    int at = 1;
    boolean qualified = tokens.size() > 3 && tokens.get(2).is(".");
    QualifiedName table =
        qualified
            ? new QualifiedName(tokens.get(1).value(), tokens.get(3).value())
            : new QualifiedName(data.namespace(), tokens.get(1).value());
    at += qualified ? 3 : 1;
    List<String> columns = new ArrayList<>();
    if (at < tokens.size() && tokens.get(at).is("(")) {
      for (at++; at < tokens.size() && !tokens.get(at).is(")"); at++) {
        if (tokens.get(at).isName()) {
          columns.add(tokens.get(at).value());
        }
      }
    }
    return new CopyTarget(table, List.copyOf(columns));
  }

  /// {@return the roles that an ACL grants to or revokes from, or that a policy is for}
  static List<String> roles(String sql) {
    List<String> roles = new ArrayList<>();
    for (String statement : Sql.split(sql)) {
      List<Token> tokens = Lexer.tokens(statement);
      if (tokens.isEmpty()) {
        continue;
      }
      boolean privilege = tokens.getFirst().isWord("grant") || tokens.getFirst().isWord("revoke");
      boolean policy = tokens.getFirst().isWord("create");
      int depth = 0;
      boolean list = false;
      boolean expectName = false;
      for (Token token : tokens) {
        depth += token.is("(") ? 1 : token.is(")") ? -1 : 0;
        if (depth > 0) {
          continue;
        }
        if (!list && (token.isWord("to") || (privilege && token.isWord("from")))) {
          list = privilege || policy;
          expectName = list;
        } else if (list && token.is(",")) {
          expectName = true;
        } else if (expectName && token.isName()) {
          if (!(token.kind() == Token.Kind.IDENTIFIER && PSEUDO_ROLES.contains(token.value()))) {
            roles.add(token.value());
          }
          expectName = false;
        } else if (list && !expectName) {
          break;
        }
      }
      if (tokens.getFirst().isWord("set") && tokens.size() > 3) {
        roles.add(tokens.get(3).value());
      }
    }
    return roles;
  }

  private static final Set<String> PSEUDO_ROLES =
      Set.of("public", "current_user", "session_user", "current_role");

  /// Grants of someone with GRANT OPTION come wrapped in SET SESSION AUTHORIZATION, which only a superuser may; SET ROLE does
  /// the same for a member.
  public static List<String> grants(String acl) {
    List<String> result = new ArrayList<>();
    for (String statement : Sql.split(acl)) {
      List<Token> tokens = Lexer.tokens(statement);
      if (tokens.getFirst().isWord("set")) {
        result.add("SET LOCAL ROLE " + Sql.quote(tokens.get(3).value()));
      } else if (tokens.getFirst().isWord("reset")) {
        result.add("RESET ROLE");
      } else {
        result.add(statement);
      }
    }
    return result;
  }
}
