package dev.pgmend.plan;

import java.util.Arrays;
import java.util.Optional;

/// The reasons for which a plan is not run. Their codes are stable; docs/errors.md and `pgmend help errors` are made of this list.
public enum RefusalCode {
  BLOCKED(
      "blocked",
      "swap: another session has held a lock on the table for as long as `--max-block` or longer",
      "Let it finish, or end it with `pg_terminate_backend`."),
  CHILDREN(
      "children",
      "`--rows exact`: a table that is not in the backup inherits from a restored one",
      "`ALTER TABLE … NO INHERIT …`, or leave out `--rows exact`."),
  COLUMN(
      "column",
      "create: another table has lost a column of the lost table's row type, and it cannot be added again: it was not the last one, the table has no key, or the backup not its rows",
      "The hint: both tables in one command, `--mode swap`."),
  COLUMNS(
      "columns",
      "`--map`, `--drop-columns` or `--accept-casts` for a table that is swapped or restored beside",
      "Leave them out, or `--mode mend`."),
  CYCLE(
      "cycle",
      "create: the table's own definition uses an object that can exist only after the table",
      "Restore the tables one by one."),
  DRIFT(
      "drift",
      "the live table has another owner, other foreign keys or fewer dependents than the backup says; a column of the backup is gone; an added column needs a value and has no default; with `--mode mend`: it lacks a constraint written in its CREATE TABLE",
      "`--map` if a column was renamed, `--drop-columns` to leave its values out; `--mode mend` leaves the definition as it is; `--mode swap` replaces the table; or beside."),
  EXISTS(
      "exists",
      "`--mode create`: the table is there; beside: the new name is taken",
      "Leave out `--mode`; choose another name."),
  EXTENSION(
      "extension",
      "the table belongs to an extension",
      "Let the extension's own means restore it."),
  FOREIGN(
      "foreign",
      "a partition or child of the table is a foreign table: its rows are another server's",
      "Restore the partitions that are ordinary tables, one by one."),
  GONE(
      "gone",
      "`--mode mend` or `swap`: the table is not there",
      "Leave out `--mode`, or `--mode create`."),
  INSERTS(
      "inserts",
      "the backup holds the rows as INSERT statements without column names, and the table inherits columns and has its own, so that their order is not known",
      "Use a backup made with `--column-inserts` or without `--inserts`."),
  KIND(
      "kind",
      "a view, foreign table or something else bears the name",
      "`--mode beside`; foreign tables: restore on their own server."),
  LOCKS(
      "locks",
      "the restore would need more locks in one transaction than the server has room for; swap: more than 80 % of them",
      "Raise `max_locks_per_transaction`, or restore fewer tables or partitions at a time."),
  MATVIEW(
      "matview",
      "swap: a materialized view has to be rebuilt, and has grants by others than its owner or security labels; create: its owner may not read what its query reads",
      "swap: `--mode mend`, then REFRESH; create: the GRANT in the hint, or `--skip-missing`, which brings the view back without rows."),
  MEMBERSHIP(
      "membership",
      "something belongs, or is to belong, to a role of which yours is not a member, or a member without its rights",
      "The GRANT or ALTER ROLE in the hint, or `--no-owner` where it is about new owners, `--no-acl` where it is about grants."),
  MISSING(
      "missing",
      "the target lacks a schema, role, type, function, table, tablespace or access method that is needed; or a dependent lived on a table that is gone as well",
      "The statements in the hint, or those that `pgmend inspect --sql` prints: they have the backup's owner, comment, grants and default privileges. Tables: restore the one named in the same command; `--skip-missing` leaves out dependents of tables that are gone."),
  NEED(
      "need",
      "a domain, type or function that decides the values of the table's columns or of a generated column is defined otherwise in the target than in the backup",
      "Make it what the backup says, or `--accept-needs`; rows that the target's type would store otherwise than the backup has them are refused even then."),
  NO_DATA(
      "no-data",
      "the backup has no rows of the table: made with `--schema-only` or without this table's data",
      "Use a backup that has them."),
  OLD_DUMP(
      "old-dump",
      "the archive's definitions rely on a search_path: pg_dump before the security releases of March 2018 (10.3, 9.6.8, 9.5.12, 9.4.17, 9.3.22)",
      "Restore it into an empty database with pg_restore, and dump that with a newer pg_dump."),
  PART(
      "part",
      "create: a composite type or a domain has lost an attribute, check or default that depended on the table, and it cannot be added again: it was not the last attribute, or columns are of that type",
      "`--mode beside`, and the type by hand."),
  PRIVILEGE(
      "privilege",
      "your role may not create schemas in the database or objects in a schema or tablespace, refer to a table, use a type, or execute a trigger's function; or a role that is to own something may not create objects in its schema",
      "The GRANT in the hint; `--staging-schema` where no schema can be made; `--no-owner` where it is about owners."),
  PUBLICATION(
      "publication",
      "a FOR ALL TABLES publication exists and `wal_level` is logical, or every table of `--staging-schema` is published: the run's own tables would be replicated; swap: the table, or what it is a partition of, is published; create: every table in its schema is, and it cannot be filled elsewhere first",
      "Mend instead; `--break-replication` for a swap. For ALL TABLES: let subscribers follow a publication that names the tables or schemas."),
  RENAMED(
      "renamed",
      "create: the table seems to have been renamed or moved, not dropped: another table has its indexes and sequences, or its foreign keys or views are still there",
      "Rename it back and restore; or rename what is in the way."),
  ROW_TYPE(
      "row-type",
      "swap: something cannot follow an exchange: a column or a function typed by the table's row type, a generated column, an aggregate, any object that pgmend does not know",
      "`--mode mend`."),
  ROWS(
      "rows",
      "`--columns` names a column that the backup does not have, or `--rows changed` is asked of a table without a key; or `--where`, `--columns`, `--rows missing` or `changed` of a table that gets all rows (swap, create, beside)",
      "The hint: the columns, another policy, `--mode mend`."),
  STAGING(
      "staging",
      "`--staging-schema`: swap and beside need schemas of their own; tables of several schemas are asked for",
      "`--mode mend`; one schema at a time; or the GRANT in the hint."),
  SUBSCRIPTION(
      "subscription",
      "a subscription feeds the table that a swap would replace, or may have fed the one that create would make: what arrives for a new table is passed over until the subscription is refreshed",
      "Mend instead; or `--break-replication`, and at once afterwards the ALTER SUBSCRIPTION in the hint."),
  TAKEN(
      "taken",
      "something else bears the name of an index, sequence, constraint or type of the table",
      "Rename it, or `--mode beside`."),
  UNKNOWN(
      "unknown",
      "create: an entry depends on the table, and pgmend cannot tell whether the target still has its object",
      "`--mode beside`, and merge by hand."),
  VERSION(
      "version",
      "a newer pg_dump's archive has SQL that this older server does not understand",
      "Restore into a server of the backup's version, or dump with this server's pg_dump; `--no-acl` where it is about grants."),
  WHERE(
      "where",
      "`--where` is not one SQL expression, or the server cannot ask it of the table's columns: its own words",
      "Write it as after WHERE; columns by their own names.");

  private final String code;
  private final String meaning;
  private final String remedy;

  RefusalCode(String code, String meaning, String remedy) {
    this.code = code;
    this.meaning = meaning;
    this.remedy = remedy;
  }

  /// {@return the code as a plan shows it}
  public String code() {
    return code;
  }

  /// {@return when a plan refuses for it}
  public String meaning() {
    return meaning;
  }

  /// {@return what can be done about it}
  public String remedy() {
    return remedy;
  }

  /// {@return the reason of a code}
  public static Optional<RefusalCode> of(String code) {
    return Arrays.stream(values()).filter(one -> one.code.equals(code)).findFirst();
  }
}
