package dev.pgmend.sql;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The statements that pg_dump 9.2 to 19 writes for each kind of entry: what comes first, and what may follow it.
///
/// Left out on purpose, for none of it is part of a table and each does more than define an object: event triggers, databases,
/// subscriptions, large objects, session settings, statistics data.
final class StatementShapes {
  /// @param first the forms of the first statement; none where the entry has no statement
  record Kinds(List<Shape> first, List<Shape> following, boolean mayBeEmpty) {}

  private static final String TABLE = "ALTER [FOREIGN] TABLE [ONLY] @t ";
  private static final String FIRING = "{ENABLE|DISABLE} [REPLICA|ALWAYS] ";
  private static final String PRIVILEGE =
      "[TABLE|SEQUENCE|SCHEMA|FUNCTION|PROCEDURE|ROUTINE|TYPE|DOMAIN|LANGUAGE"
          + "|FOREIGN DATA WRAPPER|FOREIGN SERVER] @o [()]";

  private static final List<String> TABLE_FOLLOWING =
      List.of(
          TABLE + "ALTER [COLUMN] @_ SET {STATISTICS [-] #|STORAGE @_|COMPRESSION @_|NOT NULL|()}",
          TABLE + "ALTER [COLUMN] @_ OPTIONS ()",
          TABLE + "ADD [CONSTRAINT @_] NOT NULL @_ [NO INHERIT] [NOT VALID]",
          TABLE + "REPLICA IDENTITY {FULL|NOTHING|DEFAULT}",
          TABLE + "FORCE ROW LEVEL SECURITY");

  private static final List<String> INDEX_FOLLOWING =
      List.of(
          TABLE + "CLUSTER ON @c",
          TABLE + "REPLICA IDENTITY USING INDEX @c",
          "ALTER INDEX @c ALTER COLUMN # SET STATISTICS [-] #",
          "ALTER INDEX @c DEPENDS ON EXTENSION @_");

  private static final Map<String, Kinds> KINDS = new HashMap<>();

  static {
    relations();
    partsOfRelations();
    annotations();
    routinesAndTypes();
    others();
  }

  private StatementShapes() {}

  static Map<String, Kinds> byDesc() {
    return KINDS;
  }

  private static void relations() {
    put(
        "TABLE",
        List.of(
            "CREATE [UNLOGGED] TABLE @t () ...",
            "CREATE [UNLOGGED] TABLE @t {OF|PARTITION OF} @_ ..."),
        TABLE_FOLLOWING);
    put("FOREIGN TABLE", List.of("CREATE FOREIGN TABLE @t () ..."), TABLE_FOLLOWING);
    put("VIEW", "CREATE [OR REPLACE] VIEW @t [()] [WITH ()] AS ***");
    put(
        "MATERIALIZED VIEW",
        List.of("CREATE MATERIALIZED VIEW @t [USING @_] [WITH ()] AS *** WITH NO DATA"),
        List.of(
            "ALTER {MATERIALIZED VIEW|TABLE [ONLY]} @t ALTER [COLUMN] @_ SET"
                + " {STATISTICS [-] #|STORAGE @_|COMPRESSION @_|()}",
            "ALTER MATERIALIZED VIEW @t DEPENDS ON EXTENSION @_"));
    put("MATERIALIZED VIEW DATA", "REFRESH MATERIALIZED VIEW @t");
    put(
        "SEQUENCE",
        List.of(
            "CREATE [UNLOGGED] SEQUENCE @s [AS @_] ...",
            TABLE
                + "ALTER [COLUMN] @_ ADD GENERATED {ALWAYS|BY DEFAULT} AS IDENTITY"
                + " ( SEQUENCE NAME @s *** )"),
        List.of("ALTER SEQUENCE @s SET {LOGGED|UNLOGGED}"));
    put("SEQUENCE OWNED BY", "ALTER SEQUENCE @s OWNED BY @_");
    put("SEQUENCE SET", "SELECT PG_CATALOG . SETVAL ( '' , [-] # , {TRUE|FALSE} )");
    putEmpty("TABLE DATA", List.of());
    put("TABLE ATTACH", TABLE + "ATTACH PARTITION @_ {DEFAULT|FOR VALUES ...}");
  }

  private static void partsOfRelations() {
    put("DEFAULT", "ALTER {[FOREIGN] TABLE [ONLY]|VIEW} @t ALTER [COLUMN] @_ SET DEFAULT ...");
    put(
        "CONSTRAINT",
        List.of(
            TABLE + "ADD CONSTRAINT @c {PRIMARY KEY|UNIQUE|EXCLUDE|NOT NULL} ...",
            "ALTER DOMAIN @t ADD CONSTRAINT @c {NOT NULL|CHECK ()} ..."),
        INDEX_FOLLOWING);
    put(
        "CHECK CONSTRAINT",
        "ALTER {[FOREIGN] TABLE [ONLY]|DOMAIN} @t ADD CONSTRAINT @c CHECK () ...");
    put("FK CONSTRAINT", TABLE + "ADD CONSTRAINT @c FOREIGN KEY () REFERENCES ...");
    put("INDEX", List.of("CREATE [UNIQUE] INDEX @c ON [ONLY] @t USING @_ () ..."), INDEX_FOLLOWING);
    put("INDEX ATTACH", "ALTER INDEX @_ ATTACH PARTITION @_");
    put(
        "STATISTICS",
        List.of("CREATE STATISTICS @s [()] ON ~FROM FROM @_"),
        List.of("ALTER STATISTICS @s SET STATISTICS [-] #"));
    put(
        "TRIGGER",
        List.of(
            "CREATE [CONSTRAINT] TRIGGER @c {BEFORE|AFTER|INSTEAD OF} ~ON ON @t ***",
            TABLE + FIRING + "TRIGGER @c"),
        List.of(TABLE + FIRING + "TRIGGER @c", "ALTER TRIGGER @c ON @t DEPENDS ON EXTENSION @_"));
    put(
        "RULE",
        List.of(
            "CREATE RULE @c AS ON {SELECT|INSERT|UPDATE|DELETE} TO @t ***",
            "CREATE OR REPLACE VIEW @t [()] [WITH ()] AS ***"),
        List.of(TABLE + FIRING + "RULE @c"));
    put("POLICY", "CREATE POLICY @c ON @t ***");
    put("ROW SECURITY", TABLE + "{ENABLE|FORCE} ROW LEVEL SECURITY");
    put("PUBLICATION", "CREATE PUBLICATION @_ ***");
    put("PUBLICATION TABLE", "ALTER PUBLICATION @_ ADD TABLE [ONLY] @_ [()] [WHERE ()]");
    put("PUBLICATION TABLES IN SCHEMA", "ALTER PUBLICATION @_ ADD TABLES IN SCHEMA @_");
  }

  private static void annotations() {
    put("COMMENT", "COMMENT ON ~IS IS {''|NULL}");
    List<String> labels = List.of("SECURITY LABEL [FOR {@_|''}] ON ~IS IS {''|NULL}");
    put("SECURITY LABEL", labels, labels);
    List<String> grants =
        List.of(
            "GRANT ~ON ON " + PRIVILEGE + " TO ***",
            "REVOKE ~ON ON " + PRIVILEGE + " FROM ***",
            "GRANT ~ON ON LARGE OBJECT # TO ***",
            "REVOKE ~ON ON LARGE OBJECT # FROM ***",
            "SET SESSION AUTHORIZATION {@_|''}",
            "RESET SESSION AUTHORIZATION");
    put("ACL", grants, grants);
    List<String> defaults =
        List.of("ALTER DEFAULT PRIVILEGES [FOR {ROLE|USER} @_] [IN SCHEMA @_] {GRANT|REVOKE} ***");
    put("DEFAULT ACL", defaults, defaults);
  }

  private static void routinesAndTypes() {
    List<String> extension = List.of("ALTER {FUNCTION|PROCEDURE} @f () DEPENDS ON EXTENSION @_");
    put("FUNCTION", List.of("CREATE [OR REPLACE] FUNCTION @f () ***"), extension);
    put("PROCEDURE", List.of("CREATE [OR REPLACE] PROCEDURE @f () ***"), extension);
    put("AGGREGATE", "CREATE AGGREGATE @_ () ()");
    put("TYPE", "CREATE TYPE @_ [AS [ENUM|RANGE] ()|()]");
    put("SHELL TYPE", "CREATE TYPE @_");
    put("DOMAIN", "CREATE DOMAIN @_ AS ...");
    put("CAST", "CREATE CAST () {WITH|WITHOUT} ***");
    put("TRANSFORM", "CREATE TRANSFORM FOR ~LANGUAGE LANGUAGE @_ ()");
    put("OPERATOR", "CREATE OPERATOR @_ ()");
    put("OPERATOR CLASS", "CREATE OPERATOR CLASS @_ [DEFAULT] FOR TYPE ***");
    put(
        "OPERATOR FAMILY",
        List.of("CREATE OPERATOR FAMILY @o USING @_"),
        List.of("ALTER OPERATOR FAMILY @o USING @_ ADD ***"));
    put("COLLATION", "CREATE COLLATION @_ {()|FROM @_}");
    put("CONVERSION", "CREATE [DEFAULT] CONVERSION @_ FOR '' TO '' FROM @_");
    put("PROCEDURAL LANGUAGE", "CREATE [OR REPLACE] [TRUSTED] [PROCEDURAL] LANGUAGE @_ ...");
  }

  private static void others() {
    putEmpty("SCHEMA", List.of("CREATE SCHEMA [IF NOT EXISTS] @_ [AUTHORIZATION @_]"));
    put("EXTENSION", "CREATE EXTENSION [IF NOT EXISTS] @_ [[WITH] SCHEMA @_]");
    for (String kind : List.of("PARSER", "DICTIONARY", "TEMPLATE", "CONFIGURATION")) {
      put(
          "TEXT SEARCH " + kind,
          List.of("CREATE TEXT SEARCH " + kind + " @c ()"),
          List.of("ALTER TEXT SEARCH CONFIGURATION @c ADD MAPPING FOR @_ WITH ***"));
    }
    put("ACCESS METHOD", "CREATE ACCESS METHOD @_ TYPE {INDEX|TABLE} HANDLER @_");
    put("FOREIGN DATA WRAPPER", "CREATE FOREIGN DATA WRAPPER @_ ***");
    put("SERVER", "CREATE SERVER @_ ***");
    put("USER MAPPING", "CREATE USER MAPPING FOR @_ SERVER @_ [OPTIONS ()]");
  }

  private static void put(String desc, String only) {
    put(desc, List.of(only), List.of());
  }

  private static void put(String desc, List<String> first, List<String> following) {
    KINDS.put(desc, new Kinds(shapes(first), shapes(following), false));
  }

  private static void putEmpty(String desc, List<String> first) {
    KINDS.put(desc, new Kinds(shapes(first), List.of(), true));
  }

  private static List<Shape> shapes(List<String> patterns) {
    return Arrays.stream(patterns.toArray(String[]::new)).map(Shape::new).toList();
  }
}
