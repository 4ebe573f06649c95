package dev.pgmend.plan;

import dev.pgmend.catalog.Snapshot;
import dev.pgmend.sql.Sql;

/// The statements that someone else has to run for a restore. Each is complete: who runs it has not to think about it.
final class Grants {
  private Grants() {}

  /// {@return what makes the session's role able to do what only a role may do itself; if that is a superuser, what to do instead}
  static String membership(Snapshot target, String role) {
    String me = Sql.quote(target.server().role());
    Snapshot.Role known = target.roles().get(role);
    if (known != null && known.superuser()) {
      return "Run it as %s, or as another superuser; nobody should be made a member of one."
          .formatted(Sql.quote(role));
    }
    if (target.server().major() >= 16) {
      // A membership has options of its own there, and one that is granted already may lack them.
      return "GRANT %s TO %s WITH INHERIT TRUE, SET TRUE;".formatted(Sql.quote(role), me);
    }
    return known != null && known.member()
        ? "ALTER ROLE %s INHERIT;".formatted(me)
        : "GRANT %s TO %s;".formatted(Sql.quote(role), me);
  }

  /// {@return what lets a role create objects in a schema}
  static String create(String schema, String role) {
    return "GRANT CREATE, USAGE ON SCHEMA %s TO %s;".formatted(Sql.quote(schema), Sql.quote(role));
  }
}
