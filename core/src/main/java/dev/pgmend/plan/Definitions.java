package dev.pgmend.plan;

import dev.pgmend.PgmendException;
import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.ObjectId;
import dev.pgmend.catalog.ObjectId.Kind;
import dev.pgmend.closure.Entries;
import dev.pgmend.closure.Ownership;
import dev.pgmend.sql.Lexer;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import dev.pgmend.sql.Token;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// What the backup says of objects that a restore needs and does not bring, in full: with their owners, comments and grants and, of a
/// schema, the default privileges in it. Whoever is told to create one would lose these silently.
public final class Definitions {
  /// More is not read in a hint.
  private static final int SHORT = 2000;

  private final EntrySql sql;
  private final Collection<Entry> all;
  private final Ownership ownership;

  /// @param all the entries of the archive, in its order
  public Definitions(EntrySql sql, Collection<Entry> all, Ownership ownership) {
    this.sql = sql;
    this.all = all;
    this.ownership = ownership;
  }

  /// {@return the entries of what bears the name, as [#name] gives it; not of tables, which are more than their definition}
  public List<Entry> named(String name) {
    return all.stream()
        .filter(entry -> !entry.desc().equals("TABLE"))
        .filter(entry ->
            Entries.object(entry)
                .filter(object -> object.name().isEmpty() && object.kind() != Kind.ATTACHMENT)
                .filter(object -> name(object).equals(name))
                .isPresent())
        .toList();
  }

  /// {@return the name of an object as it is typed to ask for its definition: `app.orders`, `app.f(integer)`, or `app` for a schema}
  public static String name(ObjectId object) {
    QualifiedName name = object.relation();
    return name.schema().isEmpty() ? name.name() : name.schema() + "." + name.name();
  }

  /// {@return the statements that make the object as it was, in order, each with its semicolon}
  ///
  /// @throws PgmendException if the backup has other statements there than pg_dump writes
  public List<String> of(Entry entry, boolean noOwner, boolean noAcl) {
    List<String> statements = new ArrayList<>();
    if (entry.desc().equals("SCHEMA")) {
      statements.add("CREATE SCHEMA %s;".formatted(Sql.quote(entry.tag())));
    } else {
      add(entry, statements);
    }
    if (!noOwner && !entry.owner().isEmpty()) {
      Owners.object(entry)
          .ifPresent(object ->
              statements.add("ALTER %s OWNER TO %s;".formatted(object, Sql.quote(entry.owner()))));
    }
    List<Entry> belongings = ownership.belongings(entry);
    belongings.stream()
        .filter(one -> !one.desc().equals("ACL") && !one.desc().endsWith("STATISTICS DATA"))
        .forEach(one -> add(one, statements));
    if (!noAcl) {
      belongings.stream()
          .filter(one -> one.desc().equals("ACL"))
          .forEach(one -> add(one, statements));
      if (entry.desc().equals("SCHEMA")) {
        all.stream()
            .filter(one -> one.desc().equals("DEFAULT ACL") && one.namespace().equals(entry.tag()))
            .forEach(one -> add(one, statements));
      }
    }
    return statements;
  }

  private void add(Entry entry, List<String> statements) {
    Sql.split(sql.definition(entry)).forEach(statement -> statements.add(statement.strip() + ";"));
  }

  /// {@return what to do to have the schema as it was, as a hint}
  String schema(String schema, Request request) {
    String simple = "CREATE SCHEMA %s;".formatted(Sql.quote(schema));
    return all.stream()
        .filter(entry -> entry.desc().equals("SCHEMA") && entry.tag().equals(schema))
        .findFirst()
        .map(entry -> hint(entry, schema, simple, request))
        .orElse(simple);
  }

  /// {@return what to do to have an object as it was, as a hint}
  String object(Entry entry, ObjectId object, Request request) {
    return hint(entry, name(object), "Create %s first.".formatted(object), request);
  }

  private String hint(Entry entry, String name, String otherwise, Request request) {
    List<String> statements;
    try {
      statements = of(entry, request.noOwner(), request.noAcl());
    } catch (PgmendException unusable) {
      return otherwise;
    }
    String line = String.join(" ", statements.stream().map(Definitions::line).toList());
    return line.length() <= SHORT && line.lines().count() == 1
        ? line
        : "Create it first, as the backup has it: %s prints its definition, its owner and its grants."
            .formatted(Commands.definition(name));
  }

  /// {@return the statement in one line, but for literals that have several}
  private static String line(String statement) {
    StringBuilder line = new StringBuilder();
    int end = 0;
    for (Token token : Lexer.tokens(statement)) {
      if (token.start() > end && end > 0) {
        line.append(' ');
      }
      line.append(statement, token.start(), token.end());
      end = token.end();
    }
    return line.toString();
  }
}
