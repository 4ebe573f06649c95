package dev.pgmend.catalog;

import dev.pgmend.sql.QualifiedName;

/// The identity of one object of a database, the same whether it is read from an archive's entry or from the catalog.
///
/// @param relation the object itself if it has a qualified name of its own, else the relation (or publication, function) it
///     belongs to
/// @param name the name within the relation, "" for objects with a qualified name of their own
public record ObjectId(Kind kind, QualifiedName relation, String name) {
  /// The kinds of object that an entry can be matched with.
  public enum Kind {
    SCHEMA,
    EXTENSION,
    RELATION,
    TYPE,
    ROUTINE,
    COLLATION,
    OPERATOR,
    CAST,
    PUBLICATION,
    PUBLICATION_TABLE,
    STATISTICS,
    DEFAULT,
    IDENTITY,
    CONSTRAINT,
    TRIGGER,
    RULE,
    POLICY,
    ATTACHMENT,
    LANGUAGE
  }

  public static ObjectId of(Kind kind, String schema, String name) {
    return new ObjectId(kind, new QualifiedName(schema, name), "");
  }

  public static ObjectId of(Kind kind, QualifiedName name) {
    return new ObjectId(kind, name, "");
  }

  /// {@return the object as a person would name it}
  @Override
  public String toString() {
    String kindText = kind.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
    String place =
        relation.schema().isEmpty() ? dev.pgmend.sql.Sql.quote(relation.name()) : relation.sql();
    return switch (kind) {
      case SCHEMA,
          EXTENSION,
          RELATION,
          TYPE,
          ROUTINE,
          COLLATION,
          OPERATOR,
          CAST,
          PUBLICATION,
          STATISTICS,
          LANGUAGE ->
          kindText + " " + place;
      case PUBLICATION_TABLE ->
          "membership of " + place + " in publication " + dev.pgmend.sql.Sql.quote(name);
      case ATTACHMENT -> "attachment of " + place;
      case DEFAULT, IDENTITY, CONSTRAINT, TRIGGER, RULE, POLICY ->
          kindText + " " + dev.pgmend.sql.Sql.quote(name) + " of " + place;
    };
  }
}
