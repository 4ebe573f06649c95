package dev.pgmend.catalog;

import dev.pgmend.sql.QualifiedName;
import java.util.Map;
import java.util.Set;

/// What keeps the session's role, or one that is to own something, from what a restore may do, beyond the tables themselves.
///
/// @param unusable types without USAGE and routines without EXECUTE for the session's role
/// @param typeOwners who owns the types and domains that the session's role may not alter
/// @param barredTablespaces tablespaces without CREATE for the session's role; nobody needs it for the database's own
/// @param creators by schema, which roles may create objects there; a role needs that to become the owner of anything in it
public record Rights(
    Set<ObjectId> unusable,
    Map<QualifiedName, String> typeOwners,
    Set<String> barredTablespaces,
    Map<String, Set<String>> creators) {
  /// Of a superuser, and of nobody in particular.
  public static final Rights ALL = new Rights(Set.of(), Map.of(), Set.of(), Map.of());

  public Rights {
    unusable = Set.copyOf(unusable);
    typeOwners = Map.copyOf(typeOwners);
    barredTablespaces = Set.copyOf(barredTablespaces);
    creators = Map.copyOf(creators);
  }
}
