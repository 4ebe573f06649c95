package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.ObjectId;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.closure.Closure;
import dev.pgmend.closure.Entries;
import dev.pgmend.closure.Wording;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Finds, before anything is staged, that names which the restored tables need are taken, and that a table is not gone but bears
/// another name.
public final class NameCheck {
  private static final Pattern KEY =
      Pattern.compile("(?s).* ADD CONSTRAINT .* (PRIMARY KEY|UNIQUE|EXCLUDE) .*");

  /// What cannot exist without the table that it depends on: where it does, it depends on something else.
  private static final Set<String> BOUND =
      Set.of("FK CONSTRAINT", "VIEW", "MATERIALIZED VIEW", "RULE", "POLICY", "TRIGGER");

  private final Draft draft;

  NameCheck(Draft draft) {
    this.draft = draft;
  }

  /// {@return the names of relations that the closure's tables and what belongs to them bear}
  public static Set<QualifiedName> wanted(Closure closure) {
    Set<QualifiedName> names = new LinkedHashSet<>();
    closure.tables().forEach(table -> names.add(Entries.name(table)));
    closure.belongings().forEach(entry -> name(entry).ifPresent(names::add));
    return names;
  }

  private static Optional<QualifiedName> name(Entry entry) {
    return switch (Entries.head(entry).orElse(null)) {
      case Head.CreateIndex index -> Optional.of(index.qualifiedName());
      case Head.Identity identity -> Optional.of(identity.sequence());
      case Head.Named named when entry.desc().equals("SEQUENCE") -> Optional.of(named.name());
      case Head.Part part
          when entry.desc().equals("CONSTRAINT") && KEY.matcher(entry.defn()).matches() ->
          Optional.of(new QualifiedName(part.relation().schema(), part.name()));
      case null, default -> Optional.empty();
    };
  }

  /// Refuses what cannot be created under its name.
  ///
  /// @param absent the tables that the target does not have
  /// @param present those that it has, and that may be exchanged
  void run(List<Entry> absent, List<Entry> present) {
    for (Entry table : absent) {
      if (!renamed(table)) {
        taken(table);
      }
    }
    Set<QualifiedName> own = new HashSet<>();
    present.forEach(table -> own.add(Entries.name(table)));
    for (Entry table : present) {
      for (Entry entry : draft.closure.belongings(table)) {
        name(entry)
            .flatMap(this::found)
            .ifPresent(found -> {
              boolean elsewhere =
                  !found.kind().equals("sequence") && found.table().filter(own::contains).isEmpty();
              if (elsewhere) {
                refuse(found, Entries.name(table));
              }
            });
      }
    }
  }

  private Optional<Snapshot.Taken> found(QualifiedName name) {
    return draft.target.taken().stream()
        .filter(taken -> taken.name().equals(name) && !taken.kind().equals("type"))
        .findFirst();
  }

  private void taken(Entry table) {
    QualifiedName name = Entries.name(table);
    draft.target.taken().stream()
        .filter(taken -> taken.name().equals(name))
        .findFirst()
        .ifPresent(taken -> refuse(taken, name));
    for (Entry entry : draft.closure.belongings(table)) {
      name(entry).flatMap(this::found).ifPresent(taken -> refuse(taken, name));
    }
  }

  private void refuse(Snapshot.Taken taken, QualifiedName table) {
    draft.refuse(
        "taken",
        "%s %s has the name of something that belongs to %s in the backup%s"
            .formatted(
                taken.kind(),
                taken.name(),
                table,
                taken
                    .table()
                    .filter(owner -> !owner.equals(taken.name()))
                    .map(owner -> "; it belongs to " + owner)
                    .orElse("")),
        "ALTER %s %s RENAME TO …; or use --mode beside."
            .formatted(taken.kind().toUpperCase(java.util.Locale.ROOT), taken.name().sql()));
  }

  /// A table that was dropped took its indexes and sequences with it, and whatever depended on it.
  private boolean renamed(Entry table) {
    QualifiedName name = Entries.name(table);
    Set<QualifiedName> asked = new HashSet<>();
    draft.closure.tables().forEach(entry -> asked.add(Entries.name(entry)));
    Set<Optional<QualifiedName>> holders = new HashSet<>();
    for (Entry entry : draft.closure.belongings(table)) {
      name(entry).ifPresent(wanted -> holders.add(found(wanted).flatMap(Snapshot.Taken::table)));
    }
    // All of it is there, and on one other table.
    if (holders.size() == 1 && holders.iterator().next().isPresent()) {
      QualifiedName other = holders.iterator().next().get();
      if (!asked.contains(other)) {
        draft.refuse(
            "renamed",
            "table %s may not be gone: %s has its indexes and sequences".formatted(name, other),
            "If it was renamed: ALTER TABLE %s RENAME TO %s; and restore again. Else rename what is in the way, or use --mode beside."
                .formatted(other.sql(), Sql.quote(name.name())));
        return true;
      }
    }
    List<String> left = new ArrayList<>();
    for (Entry entry : draft.closure.dependents()) {
      ObjectId object = Entries.object(entry).orElse(null);
      if (BOUND.contains(entry.desc())
          && entry.dependencies().contains(table.dumpId())
          && object != null
          && draft.target.has(object)
          && !Entries.returnRule(entry)) {
        left.add(Wording.of(entry));
      }
    }
    if (!left.isEmpty()) {
      draft.refuse(
          "renamed",
          "table %s may not be gone: %s is there, which could not be without it"
              .formatted(name, String.join(", ", left)),
          "If the table was renamed or moved to another schema, rename or move it back and restore again; else drop %s first."
              .formatted(left.size() == 1 ? "that" : "those"));
    }
    return !left.isEmpty();
  }
}
