package dev.pgmend.plan;

import static dev.pgmend.plan.Plans.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.catalog.ObjectId;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.testing.Archives;
import org.junit.jupiter.api.Test;

/// What the target lacks or does not let the role do: the code that scripts see and the remedy that people need.
class NeedsRefusalTest {
  private static final QualifiedName CUSTOMERS = Archives.name("app.customers");
  private static final QualifiedName ORDERS = Archives.name("app.orders");

  @Test
  void aMissingOwnerNamesTheRoleAndNoOwner() {
    Plan plan = Plans.dropped(Archives.NASTY, t -> t.roles.remove("r_owner"), "app.customers");
    assertRefused(plan, "missing", "role \"r_owner\"", "CREATE ROLE \"r_owner\"", "--no-owner");
    Request request = Plans.request(null, true, false, false, "app.customers");
    assertThat(Plans.dropped(Archives.NASTY, request, t -> t.roles.remove("r_owner")).refusals())
        .isEmpty();
  }

  @Test
  void aMissingGranteeNamesTheRoleAndNoAcl() {
    Plan plan = Plans.dropped(Archives.NASTY, t -> t.roles.remove("Röle X"), "app.customers");
    assertRefused(plan, "missing", "role \"Röle X\"", "CREATE ROLE \"Röle X\"", "--no-acl");
    Request request = Plans.request(null, false, true, false, "app.customers");
    assertThat(Plans.dropped(Archives.NASTY, request, t -> t.roles.remove("Röle X")).refusals())
        .isEmpty();
  }

  @Test
  void aRoleOfAPolicyIsNeededEvenWithoutGrants() {
    Request request = Plans.request(null, false, true, false, "app.customers");
    Plan plan = Plans.dropped(Archives.NASTY, request, t -> t.roles.remove("r_reader"));
    assertRefused(
        plan, "missing", "policy \"p_read\" of \"app\".\"customers\"", "CREATE ROLE \"r_reader\";");
  }

  @Test
  void aMissingSchema() {
    Plan plan = Plans.dropped(Archives.NASTY, t -> t.schemas.remove("app"), "app.copytext");
    assertRefused(
        plan,
        "missing",
        "schema \"app\" does not exist",
        "pgmend inspect BACKUP --sql 'app' prints");
  }

  @Test
  void aMissingTypeDomainOrFunction() {
    assertRefused(
        without("TYPE", "app", "mood"),
        "missing",
        "type \"app\".\"mood\"",
        "CREATE TYPE app.mood AS ENUM ( 'sad', 'ok',",
        "ALTER TYPE \"app\".\"mood\" OWNER TO");
    assertRefused(
        without("TYPE", "app", "posint"),
        "missing",
        "type \"app\".\"posint\"",
        "CREATE DOMAIN app.posint");
    assertRefused(
        without("ROUTINE", "", "app.trg_touch()"),
        "missing",
        "app.trg_touch()",
        "pgmend inspect BACKUP --sql 'app.trg_touch()'");
    assertRefused(
        without("ROUTINE", "", "app.norm(text)"), "missing", "app.norm(text)", "app.norm");
  }

  private static Plan without(String kind, String schema, String name) {
    ObjectId object = ObjectId.of(ObjectId.Kind.valueOf(kind), schema, name);
    return Plans.dropped(
        Archives.NASTY, t -> assertThat(t.present.remove(object)).isTrue(), "app.customers");
  }

  @Test
  void aMissingTableThatAForeignKeyRefersTo() {
    Plan plan =
        Plans.dropped(
            Archives.NASTY,
            t -> {
              t.relations.remove(CUSTOMERS);
              t.present.remove(ObjectId.of(ObjectId.Kind.RELATION, CUSTOMERS));
            },
            "app.orders");
    assertRefused(
        plan, "missing", "\"app\".\"customers\"", "Restore \"app\".\"customers\" in the same");
  }

  @Test
  void aForeignKeyOnATableThatIsGoneTooUnlessItIsSkipped() {
    Plan plan = Plans.dropped(Archives.NASTY, t -> t.relations.remove(ORDERS), "app.customers");
    assertRefused(plan, "missing", "orders_customer_fk", "--skip-missing");
  }

  @Test
  void aPartitionWhoseParentIsGone() {
    QualifiedName parent = Archives.name("app.events");
    Plan plan = Plans.dropped(Archives.NASTY, t -> t.relations.remove(parent), "app.events_2024");
    assertRefused(
        plan, "missing", "is a partition of \"app\".\"events\"", "Restore \"app\".\"events\"");
  }

  @Test
  void aDatabaseOrSchemaInWhichTheRoleMayNotCreate() {
    Plan database =
        Plans.dropped(
            Archives.NASTY,
            t ->
                t.server =
                    new Snapshot.Server(
                        150018, "15", "db", "UTF8", "app", false, false, 6400, false),
            "app.copytext");
    assertRefused(
        database, "privilege", "create a schema", "GRANT CREATE ON DATABASE \"db\" TO \"app\";");
    Plan schema =
        Plans.dropped(
            Archives.NASTY,
            t -> t.schemas.put("app", new Snapshot.Schema("app", "r_owner", false, true)),
            "app.copytext");
    assertRefused(
        schema,
        "privilege",
        "schema \"app\"",
        "GRANT CREATE, USAGE ON SCHEMA \"app\" TO \"postgres\";");
  }

  @Test
  void aTableOfSomebodyElseThatAForeignKeyRefersTo() {
    Plan plan =
        Plans.dropped(Archives.NASTY, t -> t.change(CUSTOMERS, Changes::foreign), "app.orders");
    assertRefused(
        plan,
        "privilege",
        "refers to \"app\".\"customers\"",
        "GRANT REFERENCES ON TABLE \"app\".\"customers\" TO \"postgres\";");
  }

  @Test
  void aTableOfSomebodyElseThatLostAForeignKey() {
    Plan plan =
        Plans.dropped(Archives.NASTY, t -> t.change(ORDERS, Changes::foreign), "app.customers");
    assertRefused(
        plan,
        "membership",
        "\"app\".\"orders\" belongs to role \"somebody\"",
        "GRANT \"somebody\" TO \"postgres\";");
  }

  @Test
  void anOwnerThatTheRoleIsNoMemberOf() {
    Plan plan = Plans.dropped(Archives.NASTY, Plans::ordinary, "app.customers");
    assertRefused(
        plan,
        "membership",
        "not a member of \"r_owner\"",
        "GRANT \"r_owner\" TO \"app\"",
        "--no-owner");
  }

  @Test
  void someoneElsesPublication() {
    Plan plan =
        Plans.dropped(
            Archives.NASTY,
            t -> {
              Plans.ordinary(t);
              t.publicationOwners.put(
                  "pub_one", new Snapshot.PublicationOwner("pub_one", "postgres", false));
            },
            "app.orders");
    assertRefused(plan, "membership", "publication \"pub_one\"", "GRANT \"postgres\" TO \"app\"");
  }
}
