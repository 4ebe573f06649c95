package dev.pgmend.catalog;

import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.sql.NewName;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/// Compares what a restore needs with the backup's definitions of it: each is created in a schema of its own, described by the
/// server in the same words as the live one, and taken away again. Nothing of it is ever committed.
public final class NeedReader {
  private final Session session;
  private final List<Needs.Difference> differences = new ArrayList<>();
  private final Map<Integer, Needs.Unknown> unknown = new HashMap<>();

  private NeedReader(Session session) {
    this.session = session;
  }

  /// Compares in a transaction that is rolled back. What the target does not have is passed over.
  ///
  /// @param scratch the schema that the copies are created in, unused in the target
  public static Needs read(Session session, String scratch, List<NeedCopy> copies) {
    if (copies.isEmpty()) {
      return Needs.SAME;
    }
    NeedReader reader = new NeedReader(session);
    session.begin();
    try {
      session.execute("SET LOCAL lock_timeout = '10s'");
      String refused = reader.open(scratch);
      for (NeedCopy copy : copies) {
        reader.compare(copy, refused);
      }
      return new Needs(reader.differences, reader.unknown);
    } finally {
      session.rollback();
    }
  }

  /// {@return why no schema can be created, "" where it can}
  private String open(String scratch) {
    try {
      session.execute("SAVEPOINT pgmend; CREATE SCHEMA " + Sql.quote(scratch));
      return "";
    } catch (SqlFailure failure) {
      session.execute("ROLLBACK TO SAVEPOINT pgmend");
      return String.valueOf(failure.getMessage());
    }
  }

  private void compare(NeedCopy need, String refused) {
    Map<String, String> live = describe(need, need.name());
    if (live.isEmpty()) {
      return;
    }
    if (!refused.isEmpty() || need.sql().isEmpty()) {
      String reason = refused.isEmpty() ? "it cannot be created twice" : refused;
      unknown.put(need.entry(), new Needs.Unknown(reason, definition(need)));
      return;
    }
    session.execute("SAVEPOINT pgmend");
    try {
      session.execute(need.sql());
      Map<String, String> backup = describe(need, need.copy());
      session.execute("ROLLBACK TO SAVEPOINT pgmend");
      if (!live.equals(backup)) {
        note(need, reloaded(need, live), live, backup);
      }
    } catch (SqlFailure failure) {
      session.execute("ROLLBACK TO SAVEPOINT pgmend");
      unknown.put(
          need.entry(), new Needs.Unknown(String.valueOf(failure.getMessage()), definition(need)));
    }
  }

  /// PostgreSQL writes an expression otherwise after it has read its own text once; the backup's was read once more.
  private Map<String, String> reloaded(NeedCopy need, Map<String, String> live) {
    String definition = definition(need);
    if (definition.isEmpty()) {
      return live;
    }
    session.execute("SAVEPOINT pgmend");
    try {
      session.execute(NewName.give(definition, need.copy()));
      Map<String, String> again = describe(need, need.copy());
      return again.isEmpty() ? live : again;
    } catch (SqlFailure failure) {
      // Then the first description has to do.
      return live;
    } finally {
      session.execute("ROLLBACK TO SAVEPOINT pgmend");
    }
  }

  private void note(
      NeedCopy need,
      Map<String, String> again,
      Map<String, String> live,
      Map<String, String> backup) {
    TreeSet<String> aspects = new TreeSet<>(live.keySet());
    aspects.addAll(backup.keySet());
    for (String aspect : aspects) {
      String is = live.getOrDefault(aspect, "");
      String should = backup.getOrDefault(aspect, "");
      if (!is.equals(should) && !again.getOrDefault(aspect, "").equals(should)) {
        differences.add(new Needs.Difference(need.entry(), aspect, is, should));
      }
    }
  }

  /// {@return the live object's definition as SQL, "" where the server has none}
  private String definition(NeedCopy need) {
    return switch (need.kind()) {
      case ROUTINE -> one(ROUTINE_SQL, need, need.name());
      case DOMAIN -> one(DOMAIN_SQL, need, need.name());
      case COMPOSITE -> one(COMPOSITE_SQL, need, need.name());
      default -> "";
    };
  }

  private String one(String query, NeedCopy need, QualifiedName name) {
    return session.query(query, row -> row.text("text"), parameters(need, name)).stream()
        .findFirst()
        .orElse("");
  }

  private static Object[] parameters(NeedCopy need, QualifiedName name) {
    return need.kind() == NeedCopy.Kind.ROUTINE
        ? new Object[] {name.schema(), name.name(), need.arguments()}
        : new Object[] {name.schema(), name.name()};
  }

  private Map<String, String> describe(NeedCopy need, QualifiedName name) {
    String query =
        switch (need.kind()) {
          case DOMAIN -> DOMAIN;
          case ENUM -> ENUM;
          case COMPOSITE, ROW -> COMPOSITE;
          case RANGE -> RANGE;
          case ROUTINE -> ROUTINE;
          case COLLATION -> COLLATION;
          case SEQUENCE -> SEQUENCE;
        };
    Map<String, String> result = new TreeMap<>();
    session.query(
        query, row -> result.put(row.text("what"), row.text("how")), parameters(need, name));
    return result;
  }

  private static final String THE_TYPE =
      """
      with o as (select t.* from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
        where n.nspname = ? and t.typname = ?)
      """;

  private static final String DOMAIN =
      THE_TYPE
          + """
          select x.what, x.how from o cross join lateral (
            select 'kind' as what, o.typtype::text as how
            union all select 'base type', pg_catalog.format_type(o.typbasetype, o.typtypmod)
            union all select 'collation', o.typcollation::pg_catalog.regcollation::text
            union all select 'NOT NULL', o.typnotnull::text
            union all select 'default', coalesce(pg_catalog.pg_get_expr(o.typdefaultbin, 0), o.typdefault, '')
            union all select 'constraint ' || pg_catalog.quote_ident(k.conname), pg_catalog.pg_get_constraintdef(k.oid)
              from pg_catalog.pg_constraint k where k.contypid = o.oid and k.contype = 'c'
          ) x
          """;

  private static final String DOMAIN_SQL =
      THE_TYPE
          + """
          select pg_catalog.concat_ws(' ', 'CREATE DOMAIN x AS', pg_catalog.format_type(o.typbasetype, o.typtypmod),
            case when o.typcollation <> (select b.typcollation from pg_catalog.pg_type b where b.oid = o.typbasetype)
              then 'COLLATE ' || o.typcollation::pg_catalog.regcollation::text end,
            'DEFAULT ' || coalesce(pg_catalog.pg_get_expr(o.typdefaultbin, 0), pg_catalog.quote_literal(o.typdefault)),
            case when o.typnotnull then 'NOT NULL' end,
            (select pg_catalog.string_agg('CONSTRAINT ' || pg_catalog.quote_ident(k.conname) || ' '
              || pg_catalog.regexp_replace(pg_catalog.pg_get_constraintdef(k.oid), ' NOT VALID$', ''), ' ' order by k.conname)
              from pg_catalog.pg_constraint k where k.contypid = o.oid and k.contype = 'c')) as text
          from o where o.typtype = 'd'
          """;

  private static final String ENUM =
      THE_TYPE
          + """
          select 'kind' as what, o.typtype::text as how from o
          union all select 'labels', (select pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), ', ' order by e.enumsortorder)
            from pg_catalog.pg_enum e where e.enumtypid = o.oid) from o where o.typtype = 'e'
          """;

  private static final String COMPOSITE =
      THE_TYPE
          + """
          select 'kind' as what, o.typtype::text as how from o
          union all select 'attributes', (select pg_catalog.string_agg(pg_catalog.concat_ws(' ', pg_catalog.quote_ident(a.attname),
              pg_catalog.format_type(a.atttypid, a.atttypmod),
              case when a.attcollation <> t.typcollation then 'COLLATE ' || a.attcollation::pg_catalog.regcollation::text end),
              ', ' order by a.attnum)
            from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid
            where a.attrelid = o.typrelid and a.attnum > 0 and not a.attisdropped) from o where o.typtype = 'c'
          """;

  private static final String COMPOSITE_SQL =
      THE_TYPE
          + """
          select 'CREATE TYPE x AS (' || coalesce((select pg_catalog.string_agg(pg_catalog.concat_ws(' ', pg_catalog.quote_ident(a.attname),
              pg_catalog.format_type(a.atttypid, a.atttypmod),
              case when a.attcollation <> t.typcollation then 'COLLATE ' || a.attcollation::pg_catalog.regcollation::text end),
              ', ' order by a.attnum)
            from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid
            where a.attrelid = o.typrelid and a.attnum > 0 and not a.attisdropped), '') || ')' as text
          from o where o.typtype = 'c'
          """;

  private static final String RANGE =
      THE_TYPE
          + """
          select x.what, x.how from o left join pg_catalog.pg_range r on r.rngtypid = o.oid cross join lateral (
            select 'kind' as what, o.typtype::text as how
            union all select 'subtype', pg_catalog.format_type(r.rngsubtype, null)
            union all select 'collation', r.rngcollation::pg_catalog.regcollation::text
            union all select 'operator class', (select pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.opcname)
              from pg_catalog.pg_opclass c join pg_catalog.pg_namespace n on n.oid = c.opcnamespace where c.oid = r.rngsubopc)
            union all select 'canonical function', r.rngcanonical::text
            union all select 'subtype difference function', r.rngsubdiff::text
          ) x where x.how is not null
          """;

  private static final String THE_ROUTINE =
      """
      with o as (select p.* from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
        where n.nspname = ? and p.proname = ? and pg_catalog.replace(pg_catalog.pg_get_function_identity_arguments(p.oid), ', ', ',') = ?)
      """;

  private static final String ROUTINE =
      THE_ROUTINE
          + """
          select x.what, x.how from o cross join lateral (
            select 'kind' as what, o.prokind::text as how
            union all select 'language', (select l.lanname::text from pg_catalog.pg_language l where l.oid = o.prolang)
            union all select 'result', pg_catalog.concat_ws(' ', case when o.proretset then 'SETOF' end, pg_catalog.format_type(o.prorettype, null))
            union all select 'arguments', pg_catalog.pg_get_function_arguments(o.oid)
            union all select 'body', coalesce(pg_catalog.pg_get_function_sqlbody(o.oid), o.prosrc) || coalesce(' in ' || o.probin, '')
            union all select 'volatility', o.provolatile::text
            union all select 'called on NULL', (not o.proisstrict)::text
            union all select 'security', case when o.prosecdef then 'DEFINER' else 'INVOKER' end
            union all select 'settings', coalesce(o.proconfig::text, '')
            union all select 'planner hints', pg_catalog.concat_ws(' ', 'COST', o.procost, 'ROWS', o.prorows, 'PARALLEL', o.proparallel,
              case when o.proleakproof then 'LEAKPROOF' end, o.prosupport::text)
            union all select 'aggregate', pg_catalog.concat_ws(' ', g.aggkind, g.aggnumdirectargs, g.aggtransfn, g.aggfinalfn, g.aggcombinefn,
              g.aggserialfn, g.aggdeserialfn, g.aggmtransfn, g.aggminvtransfn, g.aggmfinalfn, g.aggfinalextra, g.aggmfinalextra,
              g.aggfinalmodify, g.aggmfinalmodify, g.aggsortop::pg_catalog.regoper, pg_catalog.format_type(g.aggtranstype, null), g.aggtransspace,
              case when g.aggmtranstype <> 0 then pg_catalog.format_type(g.aggmtranstype, null) end, g.aggmtransspace,
              pg_catalog.quote_nullable(g.agginitval), pg_catalog.quote_nullable(g.aggminitval))
              from pg_catalog.pg_aggregate g where g.aggfnoid = o.oid
          ) x
          """;

  private static final String ROUTINE_SQL =
      THE_ROUTINE
          + "select case when o.prokind <> 'a' then pg_catalog.pg_get_functiondef(o.oid) else '' end as text from o";

  /// The columns of pg_collation differ from version to version; both sides are of one server.
  private static final String COLLATION =
      """
      select j.key as what, coalesce(j.value, '') as how from pg_catalog.pg_collation c
      join pg_catalog.pg_namespace n on n.oid = c.collnamespace
      cross join lateral pg_catalog.jsonb_each_text(pg_catalog.to_jsonb(c)) j
      where n.nspname = ? and c.collname = ? and j.key not in ('oid', 'collname', 'collnamespace', 'collowner', 'collencoding', 'collversion')
      """;

  private static final String SEQUENCE =
      """
      select 'parameters' as what, pg_catalog.concat_ws(' ', pg_catalog.format_type(s.seqtypid, null), 'START', s.seqstart, 'INCREMENT', s.seqincrement,
        'MINVALUE', s.seqmin, 'MAXVALUE', s.seqmax, 'CACHE', s.seqcache, case when s.seqcycle then 'CYCLE' end) as how
      from pg_catalog.pg_sequence s join pg_catalog.pg_class c on c.oid = s.seqrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ? and c.relname = ?
      """;
}
