package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.archive.Archive;
import dev.pgmend.closure.Ownership;
import dev.pgmend.plan.ColumnPolicy;
import dev.pgmend.plan.Definitions;
import dev.pgmend.plan.EntrySql;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Plan.Refusal;
import dev.pgmend.run.Outcome.Status;
import dev.pgmend.testing.Servers;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What a refusal says to type can be typed.
class HintsTest {
  private static final String TABLE =
      """
      CREATE TABLE t (id int PRIMARY KEY, a text, b text); INSERT INTO t VALUES (1, 'a', 'b'), (2, 'a', 'b');
      CREATE FUNCTION f(t) RETURNS text LANGUAGE sql AS 'SELECT $1.a';
      CREATE PUBLICATION hints FOR TABLE t\
      """;

  @BeforeAll
  static void needsPgDump() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
  }

  @Test
  void aTableThatCannotBeExchangedIsMendedWithTheColumnsOfToday() {
    try (Small db = new Small(TABLE).since("ALTER TABLE t DROP b; DELETE FROM t WHERE id = 1")) {
      assertThat(db.plan(request -> request.with(Mode.SWAP), "t").refusals())
          .extracting(Refusal::code)
          .contains("row-type", "publication");
      assertThat(db.plan(request -> request.with(Mode.SWAP), "t").refusals())
          .filteredOn(refusal -> List.of("row-type", "publication").contains(refusal.code()))
          .allSatisfy(
              refusal -> assertThat(refusal.remedy()).contains("--mode mend --drop-columns"));
      assertThat(
              db.restore(
                      request ->
                          request
                              .change()
                              .mode(Mode.MEND)
                              .columns(new ColumnPolicy(List.of(), true, false))
                              .build(),
                      "t")
                  .status())
          .isEqualTo(Status.DONE);
    }
  }

  @Test
  void aTableThatCannotBeMendedEitherIsRestoredBeside() {
    try (Small db =
        new Small(TABLE)
            .since(
                "ALTER TABLE t DROP b; ALTER TABLE t ADD b text GENERATED ALWAYS AS (a) STORED")) {
      Map<String, String> before = db.fingerprint();
      assertThat(db.plan(request -> request.with(Mode.SWAP), "t").refusals())
          .filteredOn(refusal -> List.of("row-type", "publication").contains(refusal.code()))
          .isNotEmpty()
          .allSatisfy(refusal ->
              assertThat(refusal.remedy())
                  .contains("--remap-table '\"public\".\"t\"=t_backup'")
                  .contains("generated in the live table")
                  .doesNotContain("--mode mend"));
      assertThat(db.difference(before)).isEmpty();
    }
  }

  /// Who runs `CREATE SCHEMA` alone has lost its owner, its grants and the default privileges in it.
  @Test
  void aLostSchemaComesBackAsItWas() {
    try (Scratch db =
        new Scratch(
            """
            CREATE ROLE hints_owner; CREATE ROLE hints_reader; CREATE SCHEMA "Ten ant" AUTHORIZATION hints_owner;
            COMMENT ON SCHEMA "Ten ant" IS 'it''s mine'; GRANT USAGE ON SCHEMA "Ten ant" TO hints_reader WITH GRANT OPTION;
            ALTER DEFAULT PRIVILEGES FOR ROLE hints_owner IN SCHEMA "Ten ant" GRANT SELECT ON TABLES TO hints_reader;
            CREATE TYPE "Ten ant".mood AS ENUM ('sad', 'ok'); COMMENT ON TYPE "Ten ant".mood IS 'type';
            ALTER TYPE "Ten ant".mood OWNER TO hints_owner; REVOKE USAGE ON TYPE "Ten ant".mood FROM PUBLIC;
            CREATE SEQUENCE "Ten ant".numbers START 7;
            CREATE TABLE "Ten ant".t (id int DEFAULT nextval('"Ten ant".numbers') PRIMARY KEY, m "Ten ant".mood); INSERT INTO "Ten ant".t VALUES (1, 'ok')
            """,
            "DROP SCHEMA \"Ten ant\" CASCADE")) {
      try {
        List<String> defaults = defaultPrivileges(db);
        assertThat(defaults).isEmpty();
        List<Refusal> refusals = db.plan(UnaryOperator.identity(), "\"Ten ant\".t").refusals();
        assertThat(refusals).extracting(Refusal::code).containsOnly("missing");
        List<String> remedies = refusals.stream().map(Refusal::remedy).distinct().toList();
        assertThat(remedies).hasSize(3);
        // Each as it is pasted, in the order in which they are printed.
        remedies.forEach(db.database::execute);
        assertThat(defaultPrivileges(db))
            .containsExactly("hints_owner {hints_reader=r/hints_owner}");
        db.restore("\"Ten ant\".t");
        db.assertPristine();
        assertThat(
                db.database.queryValue(
                    "SELECT nspowner::regrole || ' ' || nspacl::text || ' ' || obj_description(oid) FROM pg_namespace WHERE nspname = 'Ten ant'"))
            .isEqualTo(
                "hints_owner {hints_owner=UC/hints_owner,hints_reader=U*/hints_owner} it's mine");
      } finally {
        db.database.execute(
            "DROP OWNED BY hints_owner CASCADE; DROP OWNED BY hints_reader; DROP ROLE hints_owner, hints_reader");
      }
    }
  }

  private static List<String> defaultPrivileges(Scratch db) {
    return db
        .database
        .queryColumn("SELECT defaclrole::regrole || ' ' || defaclacl::text FROM pg_default_acl")
        .stream()
        .map(String::valueOf)
        .toList();
  }

  @Test
  void aLostTriggerFunctionIsPrintedByInspect() {
    try (Scratch db =
        new Scratch(
            """
            CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1);
            CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN -- a comment\nRETURN NEW;\nEND';
            COMMENT ON FUNCTION touch() IS 'two\nlines'; REVOKE ALL ON FUNCTION touch() FROM PUBLIC;
            CREATE TRIGGER touch BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch();
            CREATE FUNCTION ok(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'; ALTER TABLE t ADD CHECK (ok(id))
            """,
            "DROP TABLE t; DROP FUNCTION touch(); DROP FUNCTION ok(int)")) {
      List<String> hints =
          db.plan(UnaryOperator.identity(), "t").refusals().stream().map(Refusal::remedy).toList();
      assertThat(hints)
          .hasSize(2)
          .anyMatch(hint -> hint.contains("pgmend inspect BACKUP --sql 'public.touch()'"));
      db.database.execute(
          hints.stream()
              .filter(hint -> hint.startsWith("CREATE FUNCTION"))
              .findFirst()
              .orElseThrow());
      try (Archive archive = Archive.open(db.archive())) {
        Definitions definitions =
            new Definitions(
                new EntrySql(true), archive.toc().entries(), new Ownership(archive.toc()));
        definitions
            .named("public.touch()")
            .forEach(entry ->
                db.database.execute(String.join("\n", definitions.of(entry, false, false))));
      }
      assertThat(db.restore("t").status()).isEqualTo(Status.DONE);
      db.assertPristine();
    }
  }

  /// A column that fell with another table's row type: every way into it ends in the same command line.
  @Test
  void aLostRowTypeIsOneCommand() {
    try (Scratch db =
        new Scratch(
            """
            CREATE TABLE typed_src (id int PRIMARY KEY, n text); INSERT INTO typed_src VALUES (1, 'x');
            CREATE TABLE uses_row (r typed_src, id int); INSERT INTO uses_row VALUES ('(1,x)', 1), (NULL, 2)
            """,
            "DROP TABLE typed_src CASCADE")) {
      for (String[] asked :
          List.of(
              new String[] {"typed_src"},
              new String[] {"uses_row"},
              new String[] {"typed_src", "uses_row"})) {
        List<Refusal> refusals = db.plan(UnaryOperator.identity(), asked).refusals();
        assertThat(refusals)
            .as("%s", List.of(asked))
            .isNotEmpty()
            .allSatisfy(refusal ->
                assertThat(refusal.remedy())
                    .contains(
                        "pgmend restore '",
                        "'\"public\".\"typed_src\"'",
                        "'\"public\".\"uses_row\"'")
                    .endsWith(" --mode swap --from … --to …"));
      }
      assertThat(db.restore(request -> request.with(Mode.SWAP), "typed_src", "uses_row").status())
          .isEqualTo(Status.DONE);
      db.assertPristine();
    }
  }
}
