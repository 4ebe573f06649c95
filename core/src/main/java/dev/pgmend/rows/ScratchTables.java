package dev.pgmend.rows;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Entry;
import dev.pgmend.closure.ClosureBuilder;
import dev.pgmend.closure.Entries;
import dev.pgmend.closure.Ownership;
import dev.pgmend.load.Loader;
import dev.pgmend.plan.EntrySql;
import dev.pgmend.plan.LoadStep;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.rows.TableSource.Column;
import dev.pgmend.rows.TableSource.Part;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import dev.pgmend.sql.SqlSyntaxException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// Tables of a backup on a throwaway server, for comparing them with those of another backup: all of their rows and their keys,
/// and nothing else. A partitioned table is one ordinary table there.
public final class ScratchTables {
  private final Archive archive;
  private final Session session;
  private final Ownership ownership;
  private final EntrySql sql;

  public ScratchTables(Archive archive, Session session) {
    this.archive = archive;
    this.session = session;
    this.ownership = new Ownership(archive.toc());
    this.sql = new EntrySql(archive.toc().standardConformingStrings());
  }

  /// Creates those of the tables that the backup has, with their partitions and children, and loads their rows.
  ///
  /// @param progress told the name of each table before it is loaded
  /// @throws PgmendException of kind REFUSED if the server cannot have a column's type, of kind SOURCE if rows cannot be read
  public void load(Collection<QualifiedName> tables, Consumer<QualifiedName> progress) {
    archive.checkWhole();
    List<QualifiedName> found =
        tables.stream()
            .filter(table ->
                ownership.relation(table).filter(e -> e.desc().equals("TABLE")).isPresent())
            .toList();
    List<Entry> all = new ClosureBuilder(archive.toc(), ownership).of(found).tables();
    Set<QualifiedName> partitions = partitions(all);
    for (Entry table : all) {
      QualifiedName name = Entries.name(table);
      if (!partitions.contains(name)) {
        progress.accept(name);
        load(name);
      }
    }
  }

  /// Those whose rows come with the table that they are partitions of.
  private Set<QualifiedName> partitions(List<Entry> tables) {
    Set<QualifiedName> names = tables.stream().map(Entries::name).collect(Collectors.toSet());
    Set<QualifiedName> partitions = new HashSet<>();
    for (Entry table : tables) {
      for (Entry belonging : ownership.belongings(table)) {
        if (belonging.desc().equals("TABLE ATTACH")
            && Entries.head(belonging).orElse(null) instanceof Head.TableAttach attach
            && names.contains(attach.parent())) {
          partitions.add(attach.partition());
        }
      }
    }
    return partitions;
  }

  private void load(QualifiedName name) {
    TableSource source = new TableSource(archive.toc(), name);
    ScratchNeeds needs = new ScratchNeeds(archive, session, name);
    needs.create(source.columns().values(), Set.of());
    session.execute("CREATE TABLE %s ()".formatted(name.sql()));
    for (Column column : source.columns().values()) {
      addColumn(name, column, needs.failures());
    }
    boolean partitioned = sql.table(source.table()).partitionBy() != null;
    Loader loader = new Loader(session, archive);
    session.begin();
    try {
      for (Part part : source.parts()) {
        if (partitioned || part.table().dumpId() == source.table().dumpId()) {
          if (part.data().copyStmt() == null) {
            archive.copyText(part.data());
          }
          loader.load(
              new LoadStep.Load(name, name, part.fields(), List.of(part.data().dumpId())), _ -> {});
        }
      }
      session.commit();
    } catch (RuntimeException failure) {
      session.rollback();
      throw failure;
    }
    keys(source.table());
  }

  private void addColumn(QualifiedName table, Column column, Map<String, String> failures) {
    List<String> words = new ArrayList<>(List.of(Sql.quote(column.name()), column.type()));
    if (column.collation() != null) {
      words.add("COLLATE " + column.collation());
    }
    try {
      String added =
          Sql.split("ALTER TABLE %s ADD COLUMN %s".formatted(table.sql(), String.join(" ", words)))
              .getFirst();
      session.execute(added);
    } catch (SqlFailure e) {
      if (e.kind() != Kind.TARGET) {
        throw e;
      }
      throw new PgmendException(
          Kind.REFUSED,
          "column %s of %s cannot be had on the throwaway server: %s%s"
              .formatted(
                  Sql.quote(column.name()),
                  table,
                  e.serverMessage(),
                  failures.entrySet().stream()
                      .map(failure -> "; %s: %s".formatted(failure.getKey(), failure.getValue()))
                      .collect(Collectors.joining())),
          "Restore the tables of the one backup beside, on a server that has the type, and compare with that: diff --from … --to ….",
          e);
    }
  }

  /// A key that cannot be had there is one less to tell rows apart by, and the comparison says by what it tells them apart.
  private void keys(Entry table) {
    for (Entry entry : ownership.belongings(table)) {
      String definition = entry.defn().toUpperCase(java.util.Locale.ROOT);
      boolean key =
          entry.desc().equals("CONSTRAINT")
              && (definition.contains("PRIMARY KEY") || definition.contains("UNIQUE"));
      if (!key) {
        continue;
      }
      try {
        session.execute(sql.definition(entry));
      } catch (SqlFailure e) {
        if (e.kind() != Kind.TARGET) {
          throw e;
        }
      } catch (SqlSyntaxException _) {
        // Not what a constraint looks like, so it is none to rely on.
      }
    }
  }
}
