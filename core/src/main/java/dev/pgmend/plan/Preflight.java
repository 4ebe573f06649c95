package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.ObjectId;
import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.closure.Entries;
import dev.pgmend.closure.Wording;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// Finds out before anything starts what an entry's SQL would fail on: missing schemas, types, functions, roles, tablespaces
/// and privileges.
final class Preflight {
  private final Draft draft;
  private final Snapshot target;
  private final EntrySql sql;
  private final Definitions definitions;

  Preflight(Draft draft, EntrySql sql, Definitions definitions) {
    this.draft = draft;
    this.target = draft.target;
    this.sql = sql;
    this.definitions = definitions;
  }

  /// Checks the run as a whole.
  void run() {
    Snapshot.Server server = target.server();
    draft.request.stagingSchema().ifPresent(this::stagingSchema);
    if (draft.home.isOwn() && !server.mayCreateSchema() && !server.superuser()) {
      draft.refuse(
          "privilege",
          "role %s may not create a schema in database %s"
              .formatted(Sql.quote(server.role()), Sql.quote(server.database())),
          createOnDatabase()
              + " or: --staging-schema SCHEMA, one that is there and where it may create tables.");
    }
    if (server.publishesAllTables()) {
      draft.refuse(
          "publication",
          "a publication FOR ALL TABLES exists: pgmend's staging and journal would be replicated",
          "Restore on a server without logical replication of all tables, or drop the publication meanwhile.");
    }
  }

  private String createOnDatabase() {
    Snapshot.Server server = target.server();
    return "GRANT CREATE ON DATABASE %s TO %s;"
        .formatted(Sql.quote(server.database()), Sql.quote(server.role()));
  }

  private void stagingSchema(String schema) {
    String role = target.server().role();
    Snapshot.Schema found = target.schemas().get(schema);
    if (found == null) {
      draft.refuse(
          "missing",
          "schema %s, which the run is to keep its tables in, does not exist"
              .formatted(Sql.quote(schema)),
          "CREATE SCHEMA %s AUTHORIZATION %s;".formatted(Sql.quote(schema), Sql.quote(role)));
    } else if (!found.mayCreate() || !found.mayUse()) {
      draft.refuse(
          "privilege",
          "role %s may not create tables in schema %s"
              .formatted(Sql.quote(role), Sql.quote(schema)),
          Grants.create(schema, role));
    }
    if (target.replication().publishedSchemas().contains(schema)) {
      draft.refuse(
          "publication",
          "every table in schema %s is published: the run's journal would be replicated"
              .formatted(Sql.quote(schema)),
          "Name another schema with --staging-schema.");
    }
    if (draft.closure.tableNames().stream().map(QualifiedName::schema).distinct().count() > 1) {
      draft.refuse(
          "staging",
          "tables of several schemas cannot be compared with the backup's definitions in one schema",
          "Restore them one schema at a time; or leave out --staging-schema, for which: "
              + createOnDatabase());
    }
  }

  /// Refuses what a single schema that is there has no room for.
  void needsSchemas(String what) {
    if (!draft.home.isOwn()) {
      draft.refuse(
          "staging",
          what + " needs schemas of its own and cannot do with --staging-schema",
          "Use --mode mend; or leave out --staging-schema, for which: " + createOnDatabase());
    }
  }

  /// Checks entries that will be executed, all of them together.
  ///
  /// @param present what other steps of the same plan create before
  void entries(Collection<Entry> executed, Map<Integer, Entry> all, Set<Integer> present) {
    Set<Integer> inside =
        executed.stream().map(Entry::dumpId).collect(Collectors.toCollection(HashSet::new));
    inside.addAll(present);
    inside.addAll(draft.created);
    for (Entry entry : executed) {
      schema(entry);
      owner(entry);
      roles(entry);
      storage(entry);
      privileges(entry);
      for (int id : entry.dependencies()) {
        Entry need = all.get(id);
        if (need != null && !inside.contains(id)) {
          need(entry, need, inside);
        }
      }
    }
  }

  private void need(Entry entry, Entry need, Set<Integer> inside) {
    ObjectId object = Entries.object(need).orElse(null);
    if (object == null || target.has(object)) {
      if (object != null) {
        usable(entry, object);
      }
      return;
    }
    Entry owner = draft.closure.ownership().root(need);
    if (inside.contains(owner.dumpId()) && owner.dumpId() != need.dumpId()) {
      return;
    }
    draft.refuse(
        "missing",
        "%s needs %s, which the target does not have".formatted(Wording.of(entry), object),
        need.desc().equals("TABLE")
            ? "Restore %s in the same command, or first.".formatted(object.relation().sql())
            : definitions.object(need, object, draft.request));
  }

  /// A column needs USAGE on its type, and a trigger EXECUTE on its function; what else uses a function does so later.
  private void usable(Entry entry, ObjectId object) {
    boolean used =
        switch (object.kind()) {
          case TYPE -> true;
          case ROUTINE -> entry.desc().equals("TRIGGER");
          default -> false;
        };
    if (used && target.rights().unusable().contains(object)) {
      draft.refuse(
          "privilege",
          "role %s may not use %s, which %s needs"
              .formatted(Sql.quote(target.server().role()), object, Wording.of(entry)),
          object.kind() == ObjectId.Kind.TYPE
              ? "GRANT USAGE ON TYPE %s TO %s;"
                  .formatted(object.relation().sql(), Sql.quote(target.server().role()))
              : "GRANT EXECUTE ON FUNCTION %s TO %s;"
                  .formatted(object.relation().name(), Sql.quote(target.server().role())));
    }
  }

  private void schema(Entry entry) {
    if (entry.namespace().isEmpty() || entry.desc().equals("SCHEMA")) {
      return;
    }
    String schema = draft.request.remapSchemas().getOrDefault(entry.namespace(), entry.namespace());
    Snapshot.Schema found = target.schemas().get(schema);
    if (found == null) {
      draft.refuse(
          "missing",
          "schema %s does not exist in the target".formatted(Sql.quote(schema)),
          schema.equals(entry.namespace())
              ? definitions.schema(schema, draft.request)
              : "CREATE SCHEMA %s;".formatted(Sql.quote(schema)));
    } else if (!found.mayCreate()) {
      draft.refuse(
          "privilege",
          "role %s may not create objects in schema %s"
              .formatted(Sql.quote(target.server().role()), Sql.quote(schema)),
          Grants.create(schema, target.server().role()));
    }
  }

  private void owner(Entry entry) {
    if (draft.request.noOwner() || !Owners.carriesOwner(entry)) {
      return;
    }
    membership(
        entry.owner(),
        "own " + Wording.of(entry),
        "--no-owner leaves it to role " + Sql.quote(target.server().role()));
    settle(entry);
  }

  /// PostgreSQL gives a role nothing in a schema where it could not have created it.
  private void settle(Entry entry) {
    String schema = draft.request.remapSchemas().getOrDefault(entry.namespace(), entry.namespace());
    Set<String> creators = target.rights().creators().get(schema);
    if (creators != null
        && target.roles().containsKey(entry.owner())
        && !entry.owner().equals(target.server().role())
        && !creators.contains(entry.owner())) {
      draft.refuse(
          "privilege",
          "role %s, which is to own %s, may not create objects in schema %s"
              .formatted(Sql.quote(entry.owner()), Wording.of(entry), Sql.quote(schema)),
          "%s it can be revoked after the restore; or: --no-owner leaves it to role %s."
              .formatted(Grants.create(schema, entry.owner()), Sql.quote(target.server().role())));
    }
  }

  private void membership(String role, String purpose, String alternative) {
    Snapshot.Role found = target.roles().get(role);
    if (found == null) {
      draft.refuse(
          "missing",
          "role %s, which is to %s, does not exist".formatted(Sql.quote(role), purpose),
          "CREATE ROLE %s; or: %s.".formatted(Sql.quote(role), alternative));
    } else if (!found.member() && !target.server().superuser()) {
      draft.refuse(
          "membership",
          "role %s is not a member of %s, which is to %s"
              .formatted(Sql.quote(target.server().role()), Sql.quote(role), purpose),
          "%s or: %s.".formatted(Grants.membership(target, role), alternative));
    }
  }

  private void roles(Entry entry) {
    boolean acl = entry.desc().equals("ACL");
    if (!(acl && !draft.request.noAcl()) && !entry.desc().equals("POLICY")) {
      return;
    }
    for (String role : EntrySql.roles(sql.definition(entry))) {
      if (!target.roles().containsKey(role)) {
        draft.refuse(
            "missing",
            "role %s, named by %s, does not exist".formatted(Sql.quote(role), Wording.of(entry)),
            "CREATE ROLE %s;%s"
                .formatted(Sql.quote(role), acl ? " or: --no-acl leaves out all grants." : ""));
      }
    }
    if (acl) {
      maintain(entry);
      for (String statement : EntrySql.grants(sql.definition(entry))) {
        if (statement.startsWith("SET LOCAL ROLE ")) {
          String role = dev.pgmend.sql.Lexer.tokens(statement).getLast().value();
          membership(
              role,
              "grant privileges of its own on " + entry.tag(),
              "--no-acl leaves out all grants");
        }
      }
    }
  }

  private void maintain(Entry entry) {
    boolean named =
        EntrySql.grants(sql.definition(entry)).stream()
            .flatMap(statement -> dev.pgmend.sql.Lexer.tokens(statement).stream())
            .anyMatch(token -> token.isWord("maintain"));
    if (named && target.server().major() < 17) {
      draft.refuse(
          "version",
          "%s grants MAINTAIN, which PostgreSQL %s does not know"
              .formatted(Wording.of(entry), target.server().versionText()),
          "--no-acl leaves out all grants.");
    }
  }

  /// What the entry's statement does to objects that are there already and may belong to others.
  private void privileges(Entry entry) {
    switch (Entries.head(entry).orElse(null)) {
      case Head.TableAttach attach -> mine(attach.parent(), "attach a partition to it");
      case Head.PublicationTable member -> {
        Snapshot.PublicationOwner publication =
            target.publicationOwners().get(member.publication());
        if (publication != null && !publication.mine()) {
          membership(
              publication.owner(),
              "add a table to its publication " + Sql.quote(publication.name()),
              "let its owner add the table, and restore as a role that owns it");
        }
      }
      case Head.Part part -> {
        mine(part.relation(), "restore " + Wording.of(entry) + " on it");
        if (entry.desc().equals("FK CONSTRAINT")) {
          referable(sql.foreignKey(entry).references());
        }
      }
      case Head.CreateIndex index -> mine(index.table(), "restore " + Wording.of(entry) + " on it");
      case null, default -> {
        if (entry.desc().equals("TABLE")) {
          sql.table(entry)
              .inherits()
              .forEach(parent -> mine(parent, "make a table inherit from it"));
        }
      }
    }
  }

  void mine(QualifiedName name, String purpose) {
    Relation live = target.relation(name).orElse(null);
    if (live != null && !live.mine()) {
      draft.refuse(
          "membership",
          "%s belongs to role %s, of which %s is not a member; the restore has to %s"
              .formatted(name, Sql.quote(live.owner()), Sql.quote(target.server().role()), purpose),
          Grants.membership(target, live.owner()));
    }
  }

  /// What belongs to a type can only be changed by its owner.
  void myType(QualifiedName name, String purpose) {
    String owner = target.rights().typeOwners().get(name);
    if (owner != null) {
      draft.refuse(
          "membership",
          "type %s belongs to role %s, of which %s is not a member; the restore has to %s"
              .formatted(name, Sql.quote(owner), Sql.quote(target.server().role()), purpose),
          Grants.membership(target, owner));
    }
  }

  void referable(QualifiedName name) {
    Relation live = target.relation(name).orElse(null);
    // An owner who lacks the right is lent it.
    if (live != null && !live.referable() && !live.mine()) {
      draft.refuse(
          "privilege",
          "role %s may not create a foreign key that refers to %s"
              .formatted(Sql.quote(target.server().role()), name),
          "GRANT REFERENCES ON TABLE %s TO %s;"
              .formatted(name.sql(), Sql.quote(target.server().role())));
    }
  }

  private void storage(Entry entry) {
    if (!entry.tablespace().isEmpty() && !target.tablespaces().contains(entry.tablespace())) {
      draft.refuse(
          "missing",
          "tablespace %s of %s does not exist"
              .formatted(Sql.quote(entry.tablespace()), Wording.of(entry)),
          "CREATE TABLESPACE %s LOCATION '…';".formatted(Sql.quote(entry.tablespace())));
    }
    roomIn(entry.tablespace(), Wording.of(entry));
    if (!entry.tableAccessMethod().isEmpty()
        && !target.accessMethods().contains(entry.tableAccessMethod())) {
      draft.refuse(
          "missing",
          "table access method %s of %s does not exist"
              .formatted(Sql.quote(entry.tableAccessMethod()), Wording.of(entry)),
          "Install the extension that provides it.");
    }
  }

  /// Refuses what is to be stored in a tablespace where the session's role may create nothing.
  void roomIn(String tablespace, String what) {
    if (target.rights().barredTablespaces().contains(tablespace)) {
      String role = Sql.quote(target.server().role());
      draft.refuse(
          "privilege",
          "role %s may not create anything in tablespace %s, where %s is"
              .formatted(role, Sql.quote(tablespace), what),
          "GRANT CREATE ON TABLESPACE %s TO %s;".formatted(Sql.quote(tablespace), role));
    }
  }
}
