package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.closure.Entries;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Owners and privileges of what a restore creates: the owner that the backup names, and no privilege that only default
/// privileges would add. Source: pg_backup_archiver.c, `_getObjectDescription`; PostgreSQL documentation, ALTER DEFAULT PRIVILEGES.
final class Owners {
  private static final Set<String> OWNED =
      Set.of(
          "TABLE",
          "VIEW",
          "MATERIALIZED VIEW",
          "FOREIGN TABLE",
          "FUNCTION",
          "PROCEDURE",
          "AGGREGATE",
          "TYPE",
          "DOMAIN",
          "STATISTICS",
          "SEQUENCE",
          "OPERATOR");

  private Owners() {}

  /// {@return whether the entry is an object with an owner of its own; identity sequences follow their table}
  static boolean carriesOwner(Entry entry) {
    return OWNED.contains(entry.desc()) && !entry.owner().isEmpty() && !Entries.isIdentity(entry);
  }

  /// {@return the statements that give the object its owner, none where it has it already}
  static List<String> owner(Entry entry, QualifiedName name, Snapshot target, boolean noOwner) {
    if (noOwner || !carriesOwner(entry) || entry.owner().equals(target.server().role())) {
      return List.of();
    }
    return List.of("ALTER %s OWNER TO %s".formatted(object(entry, name), Sql.quote(entry.owner())));
  }

  /// {@return the statements that take away what default privileges have just added}
  static List<String> undoDefaultPrivileges(
      Entry entry, QualifiedName name, String createdIn, Snapshot target) {
    char type =
        switch (entry.desc()) {
          case "TABLE", "VIEW", "MATERIALIZED VIEW", "FOREIGN TABLE" -> 'r';
          case "SEQUENCE" -> 'S';
          case "FUNCTION", "PROCEDURE", "AGGREGATE" -> 'f';
          case "TYPE", "DOMAIN" -> 'T';
          default -> 0;
        };
    return undoDefaultPrivileges(type, grantObject(entry, name), createdIn, target);
  }

  /// As above, for an object that no entry stands for.
  static List<String> undoDefaultPrivileges(
      char type, String object, String createdIn, Snapshot target) {
    Set<String> grantees = new TreeSet<>();
    boolean any = false;
    for (Snapshot.DefaultPrivilege privilege : target.defaultPrivileges()) {
      if (privilege.objectType() == type
          && (privilege.schema().isEmpty() || privilege.schema().equals(createdIn))) {
        any = true;
        grantees.addAll(privilege.grantees());
      }
    }
    if (!any) {
      return List.of();
    }
    List<String> statements = new ArrayList<>();
    grantees.add("PUBLIC");
    statements.add("REVOKE ALL ON %s FROM %s".formatted(object, String.join(", ", grantees)));
    statements.add("GRANT ALL ON %s TO %s".formatted(object, Sql.quote(target.server().role())));
    if (type == 'f') {
      statements.add("GRANT EXECUTE ON %s TO PUBLIC".formatted(object));
    } else if (type == 'T') {
      statements.add("GRANT USAGE ON %s TO PUBLIC".formatted(object));
    }
    return statements;
  }

  /// {@return whether the entry takes rights on a table away from its own owner}
  static boolean curtails(Entry entry) {
    return entry.desc().equals("ACL")
        && EntrySql.grants(entry.defn()).stream()
            .anyMatch(statement ->
                statement.stripLeading().startsWith("REVOKE")
                    && EntrySql.roles(statement).contains(entry.owner()));
  }

  /// {@return what ALTER … OWNER TO names, empty for what has no owner of its own}
  static Optional<String> object(Entry entry) {
    return switch (entry.desc()) {
      case "SCHEMA" -> Optional.of("SCHEMA " + Sql.quote(entry.tag()));
      case "COLLATION" -> Optional.of("COLLATION " + Entries.name(entry).sql());
      default ->
          carriesOwner(entry) ? Optional.of(object(entry, Entries.name(entry))) : Optional.empty();
    };
  }

  private static String object(Entry entry, QualifiedName name) {
    return switch (entry.desc()) {
      case "FUNCTION", "PROCEDURE", "AGGREGATE", "OPERATOR" -> dropped(entry);
      default -> entry.desc() + " " + name.sql();
    };
  }

  private static String grantObject(Entry entry, QualifiedName name) {
    return switch (entry.desc()) {
      case "FUNCTION", "PROCEDURE", "AGGREGATE" ->
          dropped(entry).replaceFirst("^AGGREGATE", "FUNCTION");
      case "SEQUENCE" -> "SEQUENCE " + name.sql();
      case "TYPE", "DOMAIN" -> "TYPE " + name.sql();
      default -> "TABLE " + name.sql();
    };
  }

  /// The drop statement names a routine with its argument types: `DROP FUNCTION app.f(integer)`.
  private static String dropped(Entry entry) {
    return EntrySql.drop(entry).replaceFirst("^DROP ", "");
  }
}
