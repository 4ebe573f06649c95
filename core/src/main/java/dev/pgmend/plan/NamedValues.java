package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.closure.Entries;
import dev.pgmend.sql.ColumnDefinition;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import dev.pgmend.sql.TableDefinition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Restored rows with values of type regclass or regtype: what they name may be lost while they are loaded, or be replaced together
/// with them. They are loaded by their names, and name in the end what has these names then.
final class NamedValues {
  private static final String CATALOG = "pg_catalog";
  private static final Pattern DOMAIN =
      Pattern.compile(" AS (\"?pg_catalog\"?\\.)?\"?(regclass|regtype)\\b");

  private final Draft draft;
  private final EntrySql sql;
  private final Map<QualifiedName, Entry> definitions = new HashMap<>();

  /// The two types, and the backup's domains over them.
  private final Set<QualifiedName> types =
      new HashSet<>(
          Set.of(new QualifiedName(CATALOG, "regclass"), new QualifiedName(CATALOG, "regtype")));

  /// @param all the entries of the archive
  NamedValues(Draft draft, EntrySql sql, Collection<Entry> all) {
    this.draft = draft;
    this.sql = sql;
    for (Entry entry : all) {
      if (entry.desc().equals("TABLE")) {
        definitions.put(Entries.name(entry), entry);
      } else if (entry.desc().equals("DOMAIN") && DOMAIN.matcher(entry.defn()).find()) {
        types.add(Entries.name(entry));
      }
    }
  }

  /// Plans it for the tables that are created or exchanged; the steps go last, when every name is there.
  void plan() {
    List<LoadStep.Load> loads =
        Stream.concat(draft.load.stream(), draft.cutover.stream())
            .filter(LoadStep.Load.class::isInstance)
            .map(LoadStep.Load.class::cast)
            .toList();
    for (LoadStep.Load load : loads) {
      Mode mode = draft.modes.get(load.table());
      if (mode != Mode.CREATE && mode != Mode.SWAP) {
        continue;
      }
      Map<String, String> columns = new LinkedHashMap<>();
      define(load.table(), columns, new HashSet<>());
      columns.keySet().retainAll(load.columns());
      List<String> named = new ArrayList<>();
      columns.forEach((column, type) -> {
        if (isNamed(type)) {
          named.add(column);
        } else if (isNamed(type.replaceFirst("(\\[\\d*])+$", ""))) {
          draft.notices.add(
              "column %s of %s is an array (%s): values in it that name what is replaced go on naming the old one"
                  .formatted(Sql.quote(column), load.table(), type));
        }
      });
      if (!named.isEmpty()) {
        draft.cut(new FillStep.Rename(load.table(), named));
      }
    }
  }

  private boolean isNamed(String type) {
    return QualifiedName.find(type, CATALOG).filter(types::contains).isPresent();
  }

  /// The columns of a table with those that it inherits.
  private void define(QualifiedName table, Map<String, String> columns, Set<QualifiedName> seen) {
    Entry entry = definitions.get(table);
    if (entry == null || !seen.add(table)) {
      return;
    }
    TableDefinition definition = sql.table(entry);
    definition.inherits().forEach(parent -> define(parent, columns, seen));
    for (ColumnDefinition column : definition.columns()) {
      columns.put(column.name(), column.type());
    }
  }
}
