package dev.pgmend.restore;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Toc;
import dev.pgmend.sql.QualifiedName;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.function.Predicate;

/// Which tables of an archive the user means. What names nothing is an error, whatever else is named.
///
/// @param names names or patterns of tables
/// @param schemas names or patterns of schemas, all tables of which are meant
/// @param excluded names or patterns of tables that are not meant after all
/// @param withParents whether the tables that they refer to by foreign keys are meant as well, recursively
/// @param withChildren whether the tables that refer to them are meant as well, recursively; parents are looked for after children
public record TableSelection(
    List<String> names,
    List<String> schemas,
    List<String> excluded,
    boolean withParents,
    boolean withChildren) {
  public TableSelection {
    names = List.copyOf(names);
    schemas = List.copyOf(schemas);
    excluded = List.copyOf(excluded);
  }

  /// {@return whether an archive has what is named, be it several tables of one name} The excluded ones need not be there.
  public boolean isIn(Toc toc) {
    TableNames all = new TableNames(toc);
    return names.stream().allMatch(all::has) && schemas.stream().allMatch(all::hasSchema);
  }

  /// {@return whether a table seems to be meant, before it is known what else there is}
  public boolean mayMean(QualifiedName table) {
    return names.stream().anyMatch(name -> mayMean(name, table))
        || schemas.stream().anyMatch(schema -> mayMean(schema, table.schema()));
  }

  private static boolean mayMean(String name, QualifiedName table) {
    return name.equals(table.name())
        || name.equals(table.toString())
        || name.equals(table.schema() + "." + table.name())
        || matches(name, pattern -> pattern.matches(table));
  }

  private static boolean mayMean(String name, String schema) {
    return name.equals(schema) || matches(name, pattern -> pattern.matchesSchema(schema));
  }

  private static boolean matches(String name, Predicate<NamePattern> test) {
    try {
      return test.test(NamePattern.parse(name));
    } catch (PgmendException e) {
      return false; // it is said where the name is looked for
    }
  }

  /// {@return the tables, in the order they were asked for}
  /// @throws PgmendException of kind USAGE if a name or pattern means nothing, or nothing is left
  public SequencedSet<QualifiedName> of(Toc toc) {
    if (names.isEmpty() && schemas.isEmpty()) {
      throw new PgmendException(
          Kind.USAGE,
          "no table is named",
          "Name tables, or use --schema; pgmend inspect lists the tables of the backup.");
    }
    TableNames all = new TableNames(toc);
    SequencedSet<QualifiedName> tables = new LinkedHashSet<>();
    names.forEach(name -> tables.addAll(all.findAll(name)));
    schemas.forEach(schema -> tables.addAll(all.inSchema(schema)));
    if (withParents || withChildren) {
      ForeignKeyGraph graph = new ForeignKeyGraph(toc);
      if (withChildren) {
        tables.addAll(graph.withChildren(tables));
      }
      if (withParents) {
        tables.addAll(graph.withParents(tables));
      }
    }
    excluded.forEach(name -> all.findAll(name).forEach(tables::remove));
    if (tables.isEmpty()) {
      throw new PgmendException(Kind.USAGE, "every table that was named is excluded");
    }
    return tables;
  }
}
