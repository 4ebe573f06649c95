package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.closure.Entries;
import dev.pgmend.sql.ForeignKeyDefinition;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/// Foreign keys in a cutover: their orphans are counted before, they are added as NOT VALID where that can be, and validated after.
final class ForeignKeys {
  private final Draft draft;
  private final EntrySql sql;

  ForeignKeys(Draft draft, EntrySql sql) {
    this.draft = draft;
    this.sql = sql;
  }

  /// {@return whether the table is partitioned, in the backup or else in the target}
  boolean isPartitioned(QualifiedName table) {
    return draft
        .closure
        .ownership()
        .relation(table)
        .filter(entry -> entry.desc().equals("TABLE"))
        .map(entry -> sql.table(entry).partitionBy() != null)
        .orElseGet(() -> draft.target.relation(table).map(Relation::isPartitioned).orElse(false));
  }

  /// Adds a foreign key without looking at the rows, which have been counted before and are validated after the cutover.
  void add(
      ForeignKeyDefinition key,
      boolean partitioned,
      boolean validated,
      Function<QualifiedName, Optional<QualifiedName>> staged,
      int entry) {
    boolean tolerated = draft.request.orphans() == Request.Orphans.NOT_VALID;
    boolean atOnce = key.notEnforced() || (partitioned && draft.target.server().version() < 180000);
    String add =
        "ALTER TABLE %s%s ADD CONSTRAINT %s %s"
            .formatted(
                partitioned ? "" : "ONLY ", key.table().sql(), Sql.quote(key.name()), key.body());
    String locks = "SHARE ROW EXCLUSIVE on %s and %s".formatted(key.table(), key.references());
    draft.foreignKey(
        new Step.Statement(
            "add foreign key %s of %s".formatted(Sql.quote(key.name()), key.table()),
            atOnce ? add : add + " NOT VALID",
            atOnce && !key.notEnforced() ? locks + ", held while it is validated" : locks,
            entry));
    if (!validated) {
      return;
    }
    draft.verify.add(count(key, tolerated && !atOnce, staged));
    if (!atOnce) {
      draft.settle.add(
          new Step.Validate(key.table(), key.name(), forced(key.table(), key.references())));
    }
  }

  /// {@return those of the tables whose FORCE ROW LEVEL SECURITY stands in the way of this role}
  List<QualifiedName> forced(QualifiedName... tables) {
    if (draft.target.server().superuser()) {
      return List.of();
    }
    return Stream.of(tables).distinct().filter(this::isForced).toList();
  }

  private boolean isForced(QualifiedName table) {
    boolean live =
        draft
            .target
            .relation(table)
            .map(found -> found.rowSecurity() && found.forceRowSecurity())
            .orElse(false);
    boolean restored =
        draft.modes.containsKey(table)
            && draft
                .closure
                .ownership()
                .relation(table)
                .map(entry -> entry.defn().contains("FORCE ROW LEVEL SECURITY"))
                .orElse(false);
    return live || restored;
  }

  private CheckStep.CountOrphans count(
      ForeignKeyDefinition key,
      boolean tolerated,
      Function<QualifiedName, Optional<QualifiedName>> staged) {
    QualifiedName child = staged.apply(key.table()).orElse(key.table());
    QualifiedName parent = staged.apply(key.references()).orElse(key.references());
    boolean countable =
        !key.period() && readable(key.table(), child) && readable(key.references(), parent);
    String present =
        both(key.columns(), column -> "c." + Sql.quote(column) + " IS NOT NULL", " AND ");
    if (key.matchType().equals("full")) {
      present =
          "("
              + both(key.columns(), column -> "c." + Sql.quote(column) + " IS NOT NULL", " OR ")
              + ")";
    }
    List<String> referenced = referenced(key);
    countable &= referenced.size() == key.columns().size();
    String join = join(key, referenced);
    StringBuilder from =
        new StringBuilder(
            "FROM %s AS c WHERE %s AND NOT EXISTS (SELECT 1 FROM %s AS p WHERE %s)"
                .formatted(
                    only(key.table()) + child.sql(),
                    present,
                    only(key.references()) + parent.sql(),
                    join));
    // Partitions that come back to a live parent are still apart from it.
    for (QualifiedName partition : partitions(key.references())) {
      staged
          .apply(partition)
          .ifPresent(there ->
              from.append(
                  " AND NOT EXISTS (SELECT 1 FROM %s AS p WHERE %s)".formatted(there.sql(), join)));
    }
    return new CheckStep.CountOrphans(
        key.name(),
        key.table(),
        countable,
        tolerated,
        "SELECT count(*) " + from,
        "SELECT DISTINCT ROW(%s)::pg_catalog.text AS k %s LIMIT 5"
            .formatted(both(key.columns(), column -> "c." + Sql.quote(column), ", "), from),
        remedy(key));
  }

  /// What is restored here is whole: rows of other tables are what is left to change.
  private String remedy(ForeignKeyDefinition key) {
    boolean later = !(isPartitioned(key.table()) && draft.target.server().version() < 180000);
    List<String> ways = new ArrayList<>();
    QualifiedName other = draft.modes.containsKey(key.table()) ? key.references() : key.table();
    if (!draft.modes.containsKey(other) && draft.closure.ownership().relation(other).isPresent()) {
      ways.add("Restore %s in the same command".formatted(other.sql()));
    }
    if (later && draft.request.orphans() != Request.Orphans.NOT_VALID) {
      ways.add("--orphans not-valid leaves the foreign key NOT VALID");
    }
    ways.add("or change those rows first");
    return String.join("; ", ways) + ".";
  }

  /// A foreign key looks at the rows of a table itself and not at its inheritance children's; a partitioned table has no others.
  private String only(QualifiedName table) {
    return isPartitioned(table) ? "" : "ONLY ";
  }

  /// The partitions of a table that this restore brings, at any depth, if the table itself is not part of it.
  private List<QualifiedName> partitions(QualifiedName parent) {
    List<QualifiedName> found = new ArrayList<>(List.of(parent));
    for (int i = 0; i < found.size(); i++) {
      for (Snapshot.Inheritance link : draft.target.children(found.get(i))) {
        if (link.isPartition() && !found.contains(link.child())) {
          found.add(link.child());
        }
      }
      for (Entry entry : draft.closure.belongings()) {
        if (entry.desc().equals("TABLE ATTACH")
            && Entries.head(entry).orElse(null) instanceof Head.TableAttach attach
            && attach.parent().equals(found.get(i))
            && !found.contains(attach.partition())) {
          found.add(attach.partition());
        }
      }
    }
    return found.subList(1, found.size());
  }

  /// PostgreSQL's own types are compared by its own operators, which know pairs like integer and bigint; others as records,
  /// through their operator class, for an `=` that is looked up by name may be another one under an empty search_path.
  private String join(ForeignKeyDefinition key, List<String> referenced) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < Math.min(key.columns().size(), referenced.size()); i++) {
      String child = "c." + Sql.quote(key.columns().get(i));
      String parent = "p." + Sql.quote(referenced.get(i));
      String type = columnType(key.references(), referenced.get(i));
      boolean own = type.isEmpty() || type.contains(".");
      String cast = type.isEmpty() ? child : child + "::" + type;
      parts.add(
          own
              ? "ROW(%s)::pg_catalog.record OPERATOR(pg_catalog.=) ROW(%s)::pg_catalog.record"
                  .formatted(parent, cast)
              : "%s OPERATOR(pg_catalog.=) %s".formatted(parent, child));
    }
    return String.join(" AND ", parts);
  }

  private String columnType(QualifiedName table, String column) {
    return draft
        .closure
        .ownership()
        .relation(table)
        .filter(entry -> entry.desc().equals("TABLE"))
        .map(entry -> sql.table(entry))
        .flatMap(definition ->
            definition.columns().stream()
                .filter(found -> found.name().equals(column))
                .map(found -> found.type())
                .findFirst())
        .or(() ->
            draft
                .target
                .relation(table)
                .flatMap(found -> found.column(column))
                .map(Relation.Column::type))
        .orElse("");
  }

  private List<String> referenced(ForeignKeyDefinition key) {
    if (!key.referencedColumns().isEmpty()) {
      return key.referencedColumns();
    }
    return draft.target.keys().stream()
        .filter(found -> found.primary() && found.table().equals(key.references()))
        .map(Snapshot.Key::columns)
        .findFirst()
        .orElse(List.of());
  }

  private boolean readable(QualifiedName name, QualifiedName where) {
    return !where.equals(name)
        || draft.target.relation(name).map(live -> live.readable() || live.mine()).orElse(true);
  }

  private static String both(
      List<String> columns, Function<String, String> text, String separator) {
    return String.join(separator, columns.stream().map(text).toList());
  }
}
