package dev.pgmend.inspect;

/// The kinds of thing that belong to a table, depend on it, or are needed by it; in the order in which people want to see them.
public enum ItemKind {
  TABLE("table"),
  FOREIGN_TABLE("foreign table"),
  VIEW("view"),
  MATERIALIZED_VIEW("materialized view"),
  FUNCTION("function"),
  PROCEDURE("procedure"),
  AGGREGATE("aggregate"),
  TYPE("type"),
  DOMAIN("domain"),
  SCHEMA("schema"),
  EXTENSION("extension"),
  PRIMARY_KEY("primary key"),
  UNIQUE_KEY("unique key"),
  EXCLUSION("exclusion constraint"),
  INDEX("index", "indexes"),
  CHECK("check"),
  NOT_NULL("not-null constraint"),
  FOREIGN_KEY("foreign key"),
  DEFAULT("default"),
  IDENTITY("identity", "identities"),
  SEQUENCE("sequence"),
  TRIGGER("trigger"),
  POLICY("policy", "policies"),
  RULE("rule"),
  STATISTICS("statistics object"),
  PUBLICATION("publication"),
  GRANT("grant"),
  COMMENT("comment"),
  SECURITY_LABEL("security label"),
  /// The rows themselves.
  DATA("data", "data"),
  /// The contents of a materialized view, which a restore computes anew.
  REFRESH("refresh", "refreshes"),
  /// The position of a sequence.
  SEQUENCE_VALUE("sequence value"),
  /// Row security being on.
  ROW_SECURITY("row security", "row security"),
  /// A table or an index being a partition of another one, or a sequence being owned by a column.
  ATTACHMENT("attachment"),
  /// What pgmend does not know; the name of such an item says what pg_dump calls it.
  OTHER("other", "others");

  private final String singular;
  private final String plural;

  ItemKind(String singular) {
    this(singular, singular + "s");
  }

  ItemKind(String singular, String plural) {
    this.singular = singular;
    this.plural = plural;
  }

  /// {@return the kind as it is called in output, also for machines}
  public String words() {
    return singular;
  }

  /// {@return `1 index`, `2 indexes`}
  public String count(int number) {
    return number + " " + (number == 1 ? singular : plural);
  }

  /// {@return whether an overview counts it; the others are the table itself in other words}
  boolean counted() {
    return switch (this) {
      case DATA, REFRESH, SEQUENCE_VALUE, ROW_SECURITY, ATTACHMENT -> false;
      default -> true;
    };
  }
}
