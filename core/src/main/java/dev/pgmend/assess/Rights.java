package dev.pgmend.assess;

import dev.pgmend.archive.Entry;
import dev.pgmend.archive.Toc;
import dev.pgmend.assess.Assessment.Kind;
import dev.pgmend.assess.Assessment.Loss;
import dev.pgmend.catalog.Access;
import dev.pgmend.catalog.Access.Grant;
import dev.pgmend.catalog.ObjectId;
import dev.pgmend.closure.Entries;
import dev.pgmend.closure.Ownership;
import dev.pgmend.closure.Wording;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Compares owners and grants: what somebody may do today that the backup does not know is no loss.
final class Rights {
  private static final Map<ObjectId.Kind, String> OPEN =
      Map.of(
          ObjectId.Kind.ROUTINE,
          "EXECUTE",
          ObjectId.Kind.TYPE,
          "USAGE",
          ObjectId.Kind.LANGUAGE,
          "USAGE");

  private final Toc toc;
  private final Ownership ownership;
  private final Access access;
  private final List<Loss> losses;
  private final List<String> unknown;

  Rights(Toc toc, Ownership ownership, Access access, List<Loss> losses, List<String> unknown) {
    this.toc = toc;
    this.ownership = ownership;
    this.access = access;
    this.losses = losses;
    this.unknown = unknown;
  }

  void compare(Set<Integer> gone) {
    boolean grants = toc.entries().stream().anyMatch(entry -> entry.desc().equals("ACL"));
    if (!grants) {
      unknown.add("grants: the backup has none (made with --no-acl?)");
    }
    boolean owners = toc.entries().stream().anyMatch(entry -> !entry.owner().isEmpty());
    if (!owners) {
      unknown.add("owners: the backup names none");
    }
    for (Entry entry : toc.entries()) {
      Optional<ObjectId> object = Entries.object(entry);
      if (gone.contains(entry.dumpId())
          || object.isEmpty()
          || !access.owners().containsKey(object.get())) {
        continue;
      }
      String owner = Objects.requireNonNull(access.owners().get(object.get()));
      boolean sameOwner = !owners || entry.owner().isEmpty() || owner.equals(entry.owner());
      if (!sameOwner) {
        losses.add(
            new Loss(
                Kind.RIGHTS,
                Wording.of(entry),
                "its owner is %s; the backup says %s"
                    .formatted(Sql.quote(owner), Sql.quote(entry.owner())),
                Optional.empty()));
      }
      if (grants) {
        grants(entry, object.get(), entry.owner().isEmpty() ? owner : entry.owner(), sameOwner);
      }
    }
  }

  private void grants(Entry entry, ObjectId object, String owner, boolean sameOwner) {
    String kind =
        object.kind() != ObjectId.Kind.RELATION
            ? object.kind().name()
            : entry.desc().equals("SEQUENCE") ? "S" : "r";
    Grants wanted =
        new Grants(
            owner, access.all().getOrDefault(kind, Set.of()), OPEN.getOrDefault(object.kind(), ""));
    for (Entry acl : ownership.belongings(entry)) {
      if (acl.desc().equals("ACL") && ownership.owner(acl).filter(entry::equals).isPresent()) {
        wanted.apply(acl.defn());
      }
    }
    // Older servers have fewer privileges than a newer one's backup may name.
    Set<Grant> live = access.grants().getOrDefault(object, Set.of());
    Set<String> lost = new TreeSet<>();
    for (Grant grant : wanted.all()) {
      boolean owners = grant.grantee().equals(owner);
      if (owners && !sameOwner
          || !access.all().getOrDefault(kind, Set.of()).contains(grant.privilege())
              && grant.column().isEmpty()) {
        continue;
      }
      boolean has =
          live.stream()
              .anyMatch(now ->
                  now.grantee().equals(grant.grantee())
                      && now.privilege().equals(grant.privilege())
                      && (now.column().equals(grant.column()) || now.column().isEmpty())
                      && (now.grantable() || !grant.grantable() || owners));
      if (!has) {
        lost.add(words(grant));
      }
    }
    if (!lost.isEmpty()) {
      losses.add(
          new Loss(
              Kind.RIGHTS,
              Wording.of(entry),
              "no longer granted: " + String.join(", ", merged(lost)),
              Optional.empty()));
    }
  }

  private static String words(Grant grant) {
    return "%s%s to %s%s"
        .formatted(
            grant.privilege(),
            grant.column().isEmpty() ? "" : " (" + Sql.quote(grant.column()) + ")",
            grant.grantee().isEmpty() ? "PUBLIC" : Sql.quote(grant.grantee()),
            grant.grantable() ? " with grant option" : "");
  }

  private static List<String> merged(Set<String> lost) {
    List<String> shown = new ArrayList<>(new HashSet<>(lost));
    shown.sort(null);
    return shown.size() <= 8 ? shown : shown.subList(0, 8);
  }
}
