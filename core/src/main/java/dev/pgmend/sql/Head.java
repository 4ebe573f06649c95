package dev.pgmend.sql;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What one statement of a definition or of a drop statement is about: the object it creates, alters or drops, and the
/// relation that object belongs to. Only the head is read; expressions, queries and bodies are not.
public sealed interface Head {

  /// What the statement does to the object. Adding a constraint or a default creates it.
  enum Verb {
    CREATE,
    ALTER,
    DROP
  }

  /// The kinds of object that live in a schema and have a name of their own.
  enum ObjectKind {
    TABLE,
    FOREIGN_TABLE,
    VIEW,
    MATERIALIZED_VIEW,
    SEQUENCE,
    INDEX,
    STATISTICS,
    TYPE,
    DOMAIN;

    String words() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  /// The kinds of object that have a name only together with their relation.
  enum PartKind {
    CONSTRAINT,
    /// The relation of the part is a domain.
    DOMAIN_CONSTRAINT,
    DEFAULT,
    /// Something else about a column: its statistics target, storage, compression, options.
    COLUMN,
    TRIGGER,
    POLICY,
    RULE
  }

  /// `{CREATE|ALTER|DROP} {TABLE|VIEW|SEQUENCE|…} s.n …`, as far as no other record says more.
  record Named(Verb verb, ObjectKind kind, QualifiedName name) implements Head {}

  /// A constraint, default, trigger, policy, rule or column of a relation.
  record Part(Verb verb, PartKind kind, QualifiedName relation, String name) implements Head {}

  /// `CREATE [UNIQUE] INDEX n ON [ONLY] s.t …`; the index lives in its table's schema.
  record CreateIndex(String name, QualifiedName table, boolean only, boolean unique)
      implements Head {
    /// {@return the index's name with its schema}
    public QualifiedName qualifiedName() {
      return new QualifiedName(table.schema(), name);
    }
  }

  /// `CREATE STATISTICS s.n … FROM s.t`
  record CreateStatistics(QualifiedName name, QualifiedName table) implements Head {}

  /// `ALTER TABLE s.t ALTER COLUMN c ADD GENERATED … AS IDENTITY ( SEQUENCE NAME s.q … )`
  record Identity(QualifiedName table, String column, boolean always, QualifiedName sequence)
      implements Head {}

  /// `ALTER SEQUENCE s.q OWNED BY s.t.c`
  record OwnedBy(QualifiedName sequence, QualifiedName table, String column) implements Head {}

  /// `SELECT pg_catalog.setval('s.q', last, called)`
  record SequenceSet(QualifiedName sequence, long last, boolean called) implements Head {}

  /// `ALTER TABLE ONLY p ATTACH PARTITION c bounds`; the bounds are `FOR VALUES …` or `DEFAULT`.
  record TableAttach(QualifiedName parent, QualifiedName partition, String bounds)
      implements Head {}

  /// `ALTER INDEX p ATTACH PARTITION c`
  record IndexAttach(QualifiedName parent, QualifiedName partition) implements Head {}

  /// `ALTER PUBLICATION p ADD TABLE [ONLY] s.t …`
  record PublicationTable(String publication, QualifiedName table) implements Head {}

  /// `ALTER TABLE s.t …` or `ALTER FOREIGN TABLE s.t …` with an action on the relation as a whole, given as written.
  record TableAction(QualifiedName relation, String action) implements Head {}

  /// `{CREATE|ALTER|DROP} {FUNCTION|PROCEDURE|AGGREGATE} s.f(args)`; the arguments as written, without the parentheses.
  record Routine(Verb verb, String kind, QualifiedName name, String arguments) implements Head {}

  /// `COMMENT ON`, `SECURITY LABEL … ON`, `GRANT … ON`, `REVOKE … ON` a relation or a part of one: a column, constraint,
  /// trigger, policy or rule. The kind is upper case, as written there; of a grant without one it is TABLE.
  record Annotation(String command, String kind, QualifiedName relation, @Nullable String part)
      implements Head {}

  /// Every other statement; the command in upper case, for example `CREATE SCHEMA`.
  record Other(String command) implements Head {}

  /// {@return the head of the first statement of a text, empty if there is none}
  ///
  /// @param namespace as in [#of(String, String)], empty where names have their schemas
  /// @throws SqlSyntaxException if a relation is named without its schema, or the text is malformed
  static Optional<Head> ofFirst(String text, String namespace) {
    List<Statement> statements = Statement.list(text, namespace.isEmpty() ? null : namespace);
    return statements.stream().findFirst().map(first -> HeadParser.parse(first).head());
  }

  /// {@return the head of the statement}
  /// @throws SqlSyntaxException if the text is not one statement, or names a relation without its schema
  static Head of(String statement) {
    return HeadParser.parse(Statement.single(statement, null)).head();
  }

  /// As [#of(String)], for text whose unqualified names belong to a schema: before 2018 pg_dump wrote the name of a relation
  /// without its schema, which was set in search_path.
  static Head of(String statement, String namespace) {
    return HeadParser.parse(Statement.single(statement, namespace)).head();
  }
}
