package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.catalog.Structure;
import dev.pgmend.plan.CheckStep;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/// Compares live tables with empty copies of the backup's. Leaves nothing behind: the copies never leave their transaction.
public final class StructureCheck {
  private final Session session;
  private final List<String> notes;

  /// One aspect in which a table is not what the backup says.
  ///
  /// @param what the aspect: `index "x"`, `column "y"`, `comment` …
  /// @param live how the table has it, "" if it does not
  /// @param backup how the backup has it, "" if it does not
  public record Difference(QualifiedName table, String what, String live, String backup) {
    @Override
    public String toString() {
      return live.isEmpty()
          ? "%s: %s is missing; the backup says %s".formatted(table, what, shortened(backup))
          : backup.isEmpty()
              ? "%s: %s is not in the backup: %s".formatted(table, what, shortened(live))
              : "%s: %s is %s; the backup says %s"
                  .formatted(table, what, shortened(live), shortened(backup));
    }
  }

  /// @param notes told why something could not be compared
  public StructureCheck(Session session, List<String> notes) {
    this.session = session;
    this.notes = notes;
  }

  /// {@return what differs, but for what the step knows already}
  ///
  /// @param lent relations whose owners lack rights on them
  public List<Difference> differences(CheckStep.CompareStructure step, List<QualifiedName> lent) {
    List<Difference> found = new ArrayList<>();
    session.begin();
    try {
      OwnRights rights = new OwnRights(session);
      rights.lend(lent);
      for (String schema : step.schemas().keySet()) {
        if (!schema.equals(CheckStep.CompareStructure.TEMPORARY)) {
          session.execute("CREATE SCHEMA " + Sql.quote(schema));
        }
      }
      for (String statement : step.statements()) {
        session.execute(statement);
        session.execute(
            "SET LOCAL default_tablespace = ''; SET LOCAL default_table_access_method = heap");
      }
      step.adapting().forEach(this::adapt);
      rights.takeBack();
      String backup = Sql.oneLine(step.backup());
      for (Map.Entry<QualifiedName, QualifiedName> pair : step.tables().entrySet()) {
        compare(step, pair.getKey(), pair.getValue(), backup, found);
      }
    } catch (SqlFailure failure) {
      notes.add(
          "the table's definition could not be compared with the backup's: %s"
              .formatted(failure.getMessage()));
    } finally {
      session.rollback();
    }
    return found;
  }

  /// What cannot be done to a copy shows as a difference.
  private void adapt(String statement) {
    session.execute("SAVEPOINT \"pgmend copy\"");
    try {
      session.execute(statement);
    } catch (SqlFailure failure) {
      if (failure.kind() == PgmendException.Kind.CONNECTION) {
        throw failure;
      }
      session.execute("ROLLBACK TO SAVEPOINT \"pgmend copy\"");
    }
  }

  private void compare(
      CheckStep.CompareStructure step,
      QualifiedName table,
      QualifiedName copy,
      String backup,
      List<Difference> found) {
    Map<String, String> live = Structure.read(session, table, Map.of());
    Map<String, String> wanted = Structure.read(session, copy, written(step.schemas()));
    TreeSet<String> all = new TreeSet<>(live.keySet());
    all.addAll(wanted.keySet());
    for (String what : all) {
      String is = live.getOrDefault(what, "");
      String should = wanted.getOrDefault(what, "");
      if (is.equals(should) || ignored(step, table, what, is, should)) {
        continue;
      }
      // PostgreSQL writes an expression otherwise after it has read it once: the same text as in
      // the backup is the same.
      if (!is.isEmpty() && holdsAnExpression(what) && backup.contains(Sql.oneLine(is))) {
        continue;
      }
      if (!is.isEmpty()
          && what.startsWith("policy ")
          && !should.isEmpty()
          && sameWords(is, should, backup)) {
        continue;
      }
      found.add(new Difference(table, what, is, should));
    }
  }

  /// The server calls the session's temporary schema by its number where it describes what is in it.
  private Map<String, String> written(Map<String, String> schemas) {
    String original = schemas.get(CheckStep.CompareStructure.TEMPORARY);
    if (original == null) {
      return schemas;
    }
    Map<String, String> all = new HashMap<>(schemas);
    session
        .query(
            "select nspname from pg_catalog.pg_namespace where oid = pg_catalog.pg_my_temp_schema()",
            row -> row.text("nspname"))
        .forEach(numbered -> all.put(numbered, original));
    return all;
  }

  /// {@return whether the server's text for it is one that it writes otherwise the second time; everything else is a word or two,
  /// which are somewhere in any backup}
  private static boolean holdsAnExpression(String what) {
    return what.startsWith("expression of ")
        || what.startsWith("constraint ")
        || what.startsWith("index ")
        || what.startsWith("trigger ")
        || what.startsWith("rule ")
        || what.startsWith("statistics ");
  }

  /// `state of trigger "x"` is about `"x"`.
  private static String part(String what) {
    int name = what.endsWith("\"") ? what.indexOf('"') : what.lastIndexOf(' ') + 1;
    return what.substring(Math.max(0, name));
  }

  private static boolean ignored(
      CheckStep.CompareStructure step, QualifiedName table, String what, String is, String should) {
    if (step.tolerated().contains(CheckStep.CompareStructure.part(table, what))) {
      return true;
    }
    if (is.isEmpty()
        && step.restored().contains(CheckStep.CompareStructure.part(table, part(what)))) {
      return true;
    }
    // pg_dump writes DEFAULT NULL for a child that has not its parent's default.
    if (what.startsWith("expression of column ") && is.isEmpty() && should.startsWith("NULL")) {
      return true;
    }
    if (what.startsWith("grants") && step.partial().contains("grants " + table)) {
      return true;
    }
    if (what.equals("partition bound") && step.partial().contains("partition bound " + table)) {
      return true;
    }
    return step.partial().contains("identity " + table)
        && (what.startsWith("sequence of column ")
            || is.replaceAll(" IDENTITY (ALWAYS|BY DEFAULT)", "").equals(should));
  }

  /// A policy's expressions are told from the words around them.
  private static boolean sameWords(String is, String should, String backup) {
    int using = is.indexOf(" USING ");
    int check = is.indexOf(" CHECK ", using);
    if (using < 0 || check < 0 || !should.startsWith(is.substring(0, using))) {
      return false;
    }
    return backup.contains(Sql.oneLine(is.substring(using + 7, check)))
        && backup.contains(Sql.oneLine(is.substring(check + 7)));
  }

  private static String shortened(String text) {
    String line = Sql.oneLine(text);
    return line.length() <= 160 ? line : line.substring(0, 160) + " …";
  }
}
