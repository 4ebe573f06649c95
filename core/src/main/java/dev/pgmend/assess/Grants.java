package dev.pgmend.assess;

import dev.pgmend.catalog.Access.Grant;
import dev.pgmend.sql.Lexer;
import dev.pgmend.sql.Sql;
import dev.pgmend.sql.Token;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The privileges on an object that the statements of its ACL entries end up with, beginning with PostgreSQL's defaults. Pure.
/// Source: pg_dump's dumputils.c, `buildACLCommands`.
final class Grants {
  private final Set<String> every;
  private final Set<Grant> grants = new HashSet<>();

  /// @param owner the backup's
  /// @param every the privileges that there are on such an object
  /// @param open the one that PUBLIC has by default, "" for none
  Grants(String owner, Set<String> every, String open) {
    this.every = Set.copyOf(every);
    every.forEach(privilege -> grants.add(new Grant("", owner, privilege, false)));
    if (!open.isEmpty()) {
      grants.add(new Grant("", "", open, false));
    }
  }

  /// {@return the privileges}
  Set<Grant> all() {
    return grants;
  }

  /// Applies GRANT and REVOKE statements; others, as SET SESSION AUTHORIZATION, change nothing here.
  Grants apply(String acl) {
    for (String statement : Sql.split(acl)) {
      List<Token> tokens = Lexer.tokens(statement);
      if (!tokens.isEmpty()
          && (tokens.getFirst().isWord("grant") || tokens.getFirst().isWord("revoke"))) {
        one(tokens);
      }
    }
    return this;
  }

  private record Privilege(String column, String name) {}

  private void one(List<Token> tokens) {
    boolean grant = tokens.getFirst().isWord("grant");
    List<Privilege> privileges = new ArrayList<>();
    int at = 1;
    if (tokens.get(at).isWord("grant")) {
      // REVOKE GRANT OPTION FOR: pg_dump does not write it for what an object ends up with.
      return;
    }
    while (!tokens.get(at).isWord("on")) {
      String name = tokens.get(at++).value().toUpperCase(Locale.ROOT);
      if (tokens.get(at).isWord("privileges")) {
        at++;
      }
      if (tokens.get(at).is("(")) {
        for (at++; !tokens.get(at).is(")"); at++) {
          if (tokens.get(at).isName()) {
            privileges.add(new Privilege(tokens.get(at).value(), name));
          }
        }
        at++;
      } else {
        privileges.add(new Privilege("", name));
      }
      if (tokens.get(at).is(",")) {
        at++;
      }
    }
    int depth = 0;
    String before = grant ? "to" : "from";
    for (; depth > 0 || !tokens.get(at).isWord(before); at++) {
      depth += tokens.get(at).is("(") ? 1 : tokens.get(at).is(")") ? -1 : 0;
    }
    List<String> grantees = new ArrayList<>();
    for (at++; at < tokens.size() && tokens.get(at).isName(); at += 2) {
      grantees.add(tokens.get(at).isWord("public") ? "" : tokens.get(at).value());
      if (at + 1 >= tokens.size() || !tokens.get(at + 1).is(",")) {
        at++;
        break;
      }
    }
    boolean grantable = at < tokens.size() && tokens.get(at).isWord("with");
    for (String grantee : grantees) {
      for (Privilege privilege : privileges) {
        change(grant, grantee, privilege, grantable);
      }
    }
  }

  private void change(boolean grant, String grantee, Privilege privilege, boolean grantable) {
    Set<String> names =
        privilege.name().equals("ALL")
            ? privilege.column().isEmpty()
                ? every
                : Set.of("SELECT", "INSERT", "UPDATE", "REFERENCES")
            : Set.of(privilege.name());
    for (String name : names) {
      grants.removeIf(old ->
          old.grantee().equals(grantee)
              && old.privilege().equals(name)
              && (old.column().equals(privilege.column())
                  || !grant && privilege.column().isEmpty()));
      if (grant) {
        grants.add(new Grant(privilege.column(), grantee, name, grantable));
      }
    }
  }
}
