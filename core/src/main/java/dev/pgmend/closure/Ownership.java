package dev.pgmend.closure;

import dev.pgmend.archive.Entry;
import dev.pgmend.archive.Toc;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.QualifiedName;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which entry belongs to which: an index to its table, a comment to whatever it describes, an ACL to its object.
///
/// Tags are never split, for `a b fk` may be the foreign key `fk` of table `a b` or `b fk` of table `a`. What an entry is about
/// is read from its SQL, which pg_dump always qualifies; where the SQL has no table (comments, ACLs, sequence values) from its
/// dependencies. Source: pg_dump.c, `ARCHIVE_OPTS(.deps = …)` of each object kind.
public final class Ownership {
  private static final Set<String> RELATIONS =
      Set.of("TABLE", "VIEW", "MATERIALIZED VIEW", "FOREIGN TABLE", "SEQUENCE", "INDEX");
  private static final Set<String> BY_DEPENDENCY =
      Set.of(
          "COMMENT",
          "SECURITY LABEL",
          "ACL",
          "SEQUENCE SET",
          "STATISTICS DATA",
          "EXTENDED STATISTICS DATA",
          "BLOB COMMENTS");

  /// They belong to nothing, and their definitions may be long.
  private static final Set<String> WHOLES =
      Set.of("TABLE", "FOREIGN TABLE", "VIEW", "MATERIALIZED VIEW", "FUNCTION", "PROCEDURE");

  private static final Set<String> BY_OID =
      Set.of("TABLE DATA", "ROW SECURITY", "MATERIALIZED VIEW DATA");

  private final Toc toc;

  /// Of those entries whose owner their SQL names: reading it is most of the work.
  private final Map<Integer, Head> heads = new HashMap<>();

  private final Map<QualifiedName, Entry> relations = new HashMap<>();
  private final Map<Long, Entry> relationsByOid = new HashMap<>();
  private final Map<Integer, Entry> owners = new HashMap<>();
  private final Map<Integer, List<Entry>> owned = new LinkedHashMap<>();

  /// Resolves every entry of the table of contents.
  public Ownership(Toc toc) {
    this.toc = toc;
    for (Entry entry : toc.entries()) {
      if (namesOwner(entry)) {
        Entries.head(entry).ifPresent(head -> heads.put(entry.dumpId(), head));
      }
    }
    for (Entry entry : toc.entries()) {
      if (RELATIONS.contains(entry.desc())) {
        relations.putIfAbsent(new QualifiedName(entry.namespace(), entry.tag()), entry);
        if (entry.oid() != 0) {
          relationsByOid.putIfAbsent(entry.oid(), entry);
        }
      } else if (entry.desc().equals("CONSTRAINT")) {
        // The index behind a key bears the key's name; INDEX ATTACH names it.
        if (heads.get(entry.dumpId()) instanceof Head.Part part) {
          relations.putIfAbsent(new QualifiedName(part.relation().schema(), part.name()), entry);
        }
      }
    }
    for (Entry entry : toc.entries()) {
      Entry owner = resolve(entry);
      if (owner != null && owner.dumpId() != entry.dumpId()) {
        owners.put(entry.dumpId(), owner);
        owned.computeIfAbsent(owner.dumpId(), _ -> new ArrayList<>()).add(entry);
      }
    }
  }

  private static boolean namesOwner(Entry entry) {
    String desc = entry.desc();
    return !BY_DEPENDENCY.contains(desc) && !BY_OID.contains(desc) && !WHOLES.contains(desc);
  }

  private @Nullable Entry resolve(Entry entry) {
    String desc = entry.desc();
    if (BY_DEPENDENCY.contains(desc)) {
      return firstDependency(entry);
    }
    if (BY_OID.contains(desc)) {
      Entry byOid = relationsByOid.get(entry.oid());
      return byOid == null ? firstDependency(entry) : byOid;
    }
    if (WHOLES.contains(desc)) {
      return null;
    }
    return switch (heads.get(entry.dumpId())) {
      case Head.Part part -> relations.get(part.relation());
      case Head.CreateIndex index -> relations.get(index.table());
      case Head.Identity identity -> relations.get(identity.table());
      case Head.OwnedBy ownedBy -> relations.get(ownedBy.sequence());
      case Head.CreateStatistics statistics -> relations.get(statistics.table());
      case Head.TableAttach attach -> relations.get(attach.partition());
      case Head.IndexAttach attach -> relations.get(attach.partition());
      case Head.Named named when Entries.returnRule(entry) -> relations.get(named.name());
      case null, default -> serialTable(entry);
    };
  }

  /// A serial's sequence belongs to the table that its SEQUENCE OWNED BY entry names; that entry comes after it.
  private @Nullable Entry serialTable(Entry entry) {
    if (!entry.desc().equals("SEQUENCE")) {
      return null;
    }
    if (ownedByEntries == null) {
      ownedByEntries = new HashMap<>();
      for (Entry other : toc.entries()) {
        if (other.desc().equals("SEQUENCE OWNED BY")
            && heads.get(other.dumpId()) instanceof Head.OwnedBy head) {
          ownedByEntries.put(head.sequence(), head.table());
        }
      }
    }
    QualifiedName table = ownedByEntries.get(new QualifiedName(entry.namespace(), entry.tag()));
    return table == null ? null : relations.get(table);
  }

  private @Nullable Map<QualifiedName, QualifiedName> ownedByEntries;

  private @Nullable Entry firstDependency(Entry entry) {
    for (int id : entry.dependencies()) {
      Entry dependency = toc.find(id).orElse(null);
      if (dependency != null && !dependency.desc().equals("ACL")) {
        return dependency;
      }
    }
    return null;
  }

  /// {@return the entry of a table, view, matview, foreign table, sequence or index}
  public Optional<Entry> relation(QualifiedName name) {
    return Optional.ofNullable(relations.get(name));
  }

  /// {@return the entry that this one belongs to}
  public Optional<Entry> owner(Entry entry) {
    return Optional.ofNullable(owners.get(entry.dumpId()));
  }

  /// {@return the relation that an entry finally belongs to, itself if it is one and belongs to nothing}
  public Entry root(Entry entry) {
    Entry current = entry;
    for (Entry next = owners.get(current.dumpId());
        next != null;
        next = owners.get(current.dumpId())) {
      current = next;
    }
    return current;
  }

  /// {@return everything that belongs to the entry, directly or through another one, in archive order}
  public List<Entry> belongings(Entry entry) {
    List<Entry> all = new ArrayList<>();
    List<Entry> wave = owned.getOrDefault(entry.dumpId(), List.of());
    for (int i = 0; ; i++) {
      if (i == 0) {
        all.addAll(wave);
      }
      if (i >= all.size()) {
        break;
      }
      all.addAll(owned.getOrDefault(all.get(i).dumpId(), List.of()));
    }
    return Collections.unmodifiableList(all);
  }
}
