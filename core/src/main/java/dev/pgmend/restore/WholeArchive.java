package dev.pgmend.restore;

import dev.pgmend.archive.Archive;
import dev.pgmend.archive.DataMember;
import dev.pgmend.archive.Entry;
import dev.pgmend.closure.Entries;
import dev.pgmend.load.Loader;
import dev.pgmend.plan.EntrySql;
import dev.pgmend.plan.EntrySql.CopyTarget;
import dev.pgmend.plan.LoadStep;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// An archive restored as a whole into an empty database, as pg_restore would: every entry in restore order, in one transaction.
/// The roles that it names must exist. Large objects, event triggers and subscriptions are left out and counted.
///
/// As everywhere, no SQL of the archive runs that was not checked to be what its kind of entry allows.
public final class WholeArchive {
  /// What other sessions and other means set: the header in other words, and the database itself.
  private static final Set<String> SETTINGS =
      Set.of("ENCODING", "STDSTRINGS", "SEARCHPATH", "DATABASE", "DATABASE PROPERTIES");

  private static final Set<String> LEFT_OUT =
      Set.of(
          "BLOB",
          "BLOBS",
          "BLOB METADATA",
          "BLOB COMMENTS",
          "EVENT TRIGGER",
          "SUBSCRIPTION",
          "SUBSCRIPTION TABLE",
          "STATISTICS DATA",
          "EXTENDED STATISTICS DATA");

  private final Archive archive;
  private final Session session;
  private final EntrySql sql;
  private final Map<Integer, Entry> leftOut = new HashMap<>();

  public WholeArchive(Archive archive, Session session) {
    this.archive = archive;
    this.session = session;
    this.sql = new EntrySql(archive.toc().standardConformingStrings());
  }

  /// What was restored.
  ///
  /// @param leftOut how many entries of which kinds were not
  public record Restored(int tables, long rows, SortedMap<String, Integer> leftOut) {}

  /// Restores everything, or nothing if it fails.
  public Restored restore() {
    session.begin();
    try {
      int tables = 0;
      long rows = 0;
      Loader loader = new Loader(session, archive);
      for (Entry entry : inOrder()) {
        if (SETTINGS.contains(entry.desc())) {
          continue;
        }
        if (isLeftOut(entry)) {
          leftOut.put(entry.dumpId(), entry);
        } else if (entry.desc().equals("TABLE DATA")) {
          rows += load(loader, entry);
        } else {
          create(entry);
          tables += entry.desc().equals("TABLE") ? 1 : 0;
        }
      }
      session.commit();
      return new Restored(tables, rows, countLeftOut());
    } catch (RuntimeException failure) {
      session.rollback();
      throw failure;
    }
  }

  private List<Entry> inOrder() {
    Map<Integer, Integer> position = new HashMap<>();
    List<Entry> entries = new ArrayList<>(archive.toc().entries());
    entries.forEach(entry -> position.put(entry.dumpId(), position.size()));
    entries.sort(Entries.restoreOrder(position));
    return entries;
  }

  /// A comment on a large object is left out with it.
  private boolean isLeftOut(Entry entry) {
    boolean annotation =
        entry.desc().equals("COMMENT")
            || entry.desc().equals("ACL")
            || entry.desc().equals("SECURITY LABEL");
    return LEFT_OUT.contains(entry.desc())
        || (annotation && entry.dependencies().stream().anyMatch(leftOut::containsKey));
  }

  private long load(Loader loader, Entry data) {
    if (data.data() instanceof DataMember.None) {
      return 0;
    }
    CopyTarget target = EntrySql.copyTarget(data);
    return loader
        .load(
            new LoadStep.Load(
                target.table(), target.table(), target.columns(), List.of(data.dumpId())),
            _ -> {})
        .count();
  }

  private void create(Entry entry) {
    if (!entry.tablespace().isEmpty()) {
      session.execute("SET LOCAL default_tablespace = " + Sql.quote(entry.tablespace()));
    }
    if (!entry.tableAccessMethod().isEmpty()) {
      session.execute(
          "SET LOCAL default_table_access_method = " + Sql.quote(entry.tableAccessMethod()));
    }
    String definition = sql.definition(entry);
    if (entry.desc().equals("ACL")) {
      EntrySql.grants(definition).forEach(session::execute);
    } else if (!definition.isEmpty() && !exists(entry)) {
      session.execute(definition);
    }
    if (!entry.owner().isEmpty()) {
      OwnerChange.of(entry).ifPresent(session::execute);
    }
    if (!entry.tablespace().isEmpty()) {
      session.execute("SET LOCAL default_tablespace = ''");
    }
  }

  /// Every new database has a schema public.
  private static boolean exists(Entry entry) {
    return entry.desc().equals("SCHEMA") && entry.tag().equals("public");
  }

  private SortedMap<String, Integer> countLeftOut() {
    SortedMap<String, Integer> counts = new TreeMap<>();
    leftOut.values().forEach(entry -> counts.merge(entry.desc(), 1, Integer::sum));
    return counts;
  }
}
