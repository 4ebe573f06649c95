package dev.pgmend.catalog;

import dev.pgmend.PgmendException;
import dev.pgmend.catalog.Snapshot.Blocker;
import dev.pgmend.catalog.Snapshot.DefaultPrivilege;
import dev.pgmend.catalog.Snapshot.ForeignKey;
import dev.pgmend.catalog.Snapshot.Inheritance;
import dev.pgmend.catalog.Snapshot.Membership;
import dev.pgmend.catalog.Snapshot.NamedObject;
import dev.pgmend.catalog.Snapshot.OwnedSequence;
import dev.pgmend.catalog.Snapshot.Role;
import dev.pgmend.catalog.Snapshot.Rule;
import dev.pgmend.catalog.Snapshot.Schema;
import dev.pgmend.catalog.Snapshot.Server;
import dev.pgmend.catalog.Snapshot.Trigger;
import dev.pgmend.postgres.Row;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Reads a [Snapshot] with a fixed number of queries, whatever the number of tables. Takes only ACCESS SHARE locks on system
/// catalogs; needs no privilege beyond CONNECT. Only where a table is gone and columns of type regclass or regtype are there and may be
/// read are they read, too.
public final class SnapshotReader {
  private final Session session;
  private final Map<Long, QualifiedName> names = new HashMap<>();

  private SnapshotReader(Session session) {
    this.session = session;
  }

  /// Reads the target around `tables`.
  ///
  /// @param tables the tables of the closure, present or not
  /// @param mentioned every other relation that the backup's dependents live on or refer to
  /// @param wanted the names that the restore may have to give
  public static Snapshot read(
      Session session,
      Collection<QualifiedName> tables,
      Collection<QualifiedName> mentioned,
      Collection<QualifiedName> wanted) {
    session.begin();
    try {
      session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
      // Describing a definition takes a lock; someone who holds ACCESS EXCLUSIVE must not make us
      // wait for ever.
      session.execute("SET LOCAL lock_timeout = '10s'");
      return new SnapshotReader(session).snapshot(tables, mentioned, wanted);
    } finally {
      session.rollback();
    }
  }

  /// Reads which objects exist, with those of the named relations, as the current transaction sees them.
  public static Set<ObjectId> present(Session session, Collection<QualifiedName> relations) {
    return PresenceReader.read(session, new SnapshotReader(session).oids(relations));
  }

  /// Reads who holds locks now on these tables, or on the partners of their foreign keys and on the views that use them, for naming
  /// whom a restore waits for.
  public static List<Blocker> blockers(Session session, Collection<QualifiedName> tables) {
    SnapshotReader reader = new SnapshotReader(session);
    Long[] oids = reader.oids(tables);
    return reader.blockers(reader.partners(oids), 0);
  }

  private Long[] partners(Long[] tables) {
    return session
        .query(
            """
            with recursive t(oid) as (select pg_catalog.unnest(?::bigint[])::oid),
            v(oid) as (
              select oid from t
              union select r.ev_class from v join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = v.oid
                and d.classid = 'pg_catalog.pg_rewrite'::regclass join pg_catalog.pg_rewrite r on r.oid = d.objid)
            select oid::bigint as oid from v
            union select k.confrelid::bigint from t join pg_catalog.pg_constraint k on k.conrelid = t.oid and k.contype = 'f'
            union select k.conrelid::bigint from t join pg_catalog.pg_constraint k on k.confrelid = t.oid and k.contype = 'f'
            """,
            row -> row.number("oid"),
            (Object) tables)
        .toArray(Long[]::new);
  }

  private Snapshot snapshot(
      Collection<QualifiedName> tables,
      Collection<QualifiedName> mentioned,
      Collection<QualifiedName> wanted) {
    Server server = server();
    Long[] asked = oids(tables);
    Long[] hierarchy = hierarchy(asked);
    List<DependentReader.Found> found = DependentReader.find(session, hierarchy);
    List<Snapshot.RegclassColumn> holders =
        regclassColumns(asked.length < Set.copyOf(tables).size());
    Set<QualifiedName> around = new HashSet<>(mentioned);
    holders.forEach(column -> around.add(column.table()));
    Long[] interest = interest(hierarchy, oids(around), found);
    Map<QualifiedName, Relation> relations = relations(interest);
    return new Snapshot(
        server,
        schemas(),
        roles(server),
        Set.copyOf(
            session.query(
                "select spcname from pg_catalog.pg_tablespace", row -> row.text("spcname"))),
        Set.copyOf(session.query("select amname from pg_catalog.pg_am", row -> row.text("amname"))),
        relations,
        PresenceReader.read(session, interest),
        inheritance(interest),
        foreignKeys(interest),
        inheritedKeys(interest),
        triggers(interest),
        rules(interest),
        keys(interest),
        UniqueIndex.read(session, names, interest),
        PartitionedIndex.read(session, names, interest),
        belongings(hierarchy),
        sequences(interest),
        memberships(interest, server),
        publicationOwners(),
        found.stream().map(DependentReader.Found::dependent).toList(),
        MatviewReader.read(
            session, found.stream().map(DependentReader.Found::relationOid).toArray(Long[]::new)),
        defaultPrivileges(),
        blockers(hierarchy, 2),
        taken(wanted),
        holders,
        server.superuser()
            ? Rights.ALL
            : RightsReader.read(
                session,
                Stream.of(tables, mentioned, wanted)
                    .flatMap(Collection::stream)
                    .map(QualifiedName::schema)
                    .toList()),
        Replication.read(session, interest, server.major()),
        Needs.SAME);
  }

  private Server server() {
    return session
        .query(
            """
            select current_setting('server_version_num')::int as version, current_setting('server_version') as text,
              current_database() as database, pg_catalog.getdatabaseencoding() as encoding, current_user as role,
              (select rolsuper from pg_catalog.pg_roles where rolname = current_user) as superuser,
              pg_catalog.has_database_privilege(current_database(), 'CREATE') as may_create,
              current_setting('max_locks_per_transaction')::bigint
                * (current_setting('max_connections')::bigint + current_setting('max_prepared_transactions')::bigint) as slots,
              current_setting('wal_level') = 'logical'
                and exists (select 1 from pg_catalog.pg_publication where puballtables) as publishes
            """,
            row ->
                new Server(
                    (int) row.number("version"),
                    row.text("text"),
                    row.text("database"),
                    row.text("encoding"),
                    row.text("role"),
                    row.flag("superuser"),
                    row.flag("may_create"),
                    row.number("slots"),
                    row.flag("publishes")))
        .getFirst();
  }

  private Long[] oids(Collection<QualifiedName> wanted) {
    if (wanted.isEmpty()) {
      return new Long[0];
    }
    String[] schemas = wanted.stream().map(QualifiedName::schema).toArray(String[]::new);
    String[] relations = wanted.stream().map(QualifiedName::name).toArray(String[]::new);
    return session
        .query(
            """
            select c.oid::bigint as oid from unnest(?::text[], ?::text[]) as w(schema, name)
            join pg_catalog.pg_namespace n on n.nspname = w.schema
            join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = w.name
            """,
            row -> row.number("oid"),
            schemas,
            relations)
        .toArray(Long[]::new);
  }

  private Long[] hierarchy(Long[] roots) {
    return session
        .query(
            """
            with recursive h(oid) as (
              select pg_catalog.unnest(?::bigint[])::oid
              union select i.inhrelid from pg_catalog.pg_inherits i join h on i.inhparent = h.oid)
            select h.oid::bigint as oid from h join pg_catalog.pg_class c on c.oid = h.oid
            where c.relkind in ('r', 'p', 'f') order by h.oid
            """,
            row -> row.number("oid"),
            (Object) roots)
        .toArray(Long[]::new);
  }

  private Long[] interest(Long[] hierarchy, Long[] mentioned, List<DependentReader.Found> found) {
    Set<Long> all = new HashSet<>(List.of(hierarchy));
    all.addAll(List.of(mentioned));
    found.forEach(dependent -> all.add(dependent.relationOid()));
    all.addAll(
        session.query(
            """
            with recursive up(oid) as (
              select pg_catalog.unnest(?::bigint[])::oid
              union select i.inhparent from pg_catalog.pg_inherits i join up on i.inhrelid = up.oid)
            select up.oid::bigint as oid from up
            union select k.conrelid::bigint from pg_catalog.pg_constraint k join up on k.confrelid = up.oid where k.contype = 'f'
            union select k.confrelid::bigint from pg_catalog.pg_constraint k join up on k.conrelid = up.oid where k.contype = 'f'
            """,
            row -> row.number("oid"),
            (Object) hierarchy));
    return all.toArray(Long[]::new);
  }

  private Map<String, Schema> schemas() {
    Map<String, Schema> result = new LinkedHashMap<>();
    session
        .query(
            """
            select n.nspname as name, pg_catalog.pg_get_userbyid(n.nspowner) as owner,
              pg_catalog.has_schema_privilege(n.oid, 'CREATE') as may_create,
              pg_catalog.has_schema_privilege(n.oid, 'USAGE') as may_use
            from pg_catalog.pg_namespace n
            """,
            row ->
                new Schema(
                    row.text("name"),
                    row.text("owner"),
                    row.flag("may_create"),
                    row.flag("may_use")))
        .forEach(schema -> result.put(schema.name(), schema));
    return result;
  }

  private Map<String, Role> roles(Server server) {
    Map<String, Role> result = new LinkedHashMap<>();
    session
        .query(
            "select rolname, pg_catalog.pg_has_role(current_user, oid, ?) as member, rolsuper as superuser from pg_catalog.pg_roles",
            row -> new Role(row.text("rolname"), row.flag("member"), row.flag("superuser")),
            // From 16 on a membership may be one that does not let the member act as the role.
            server.major() >= 16 ? "SET" : "MEMBER")
        .forEach(role -> result.put(role.name(), role));
    return result;
  }

  private Map<QualifiedName, Relation> relations(Long[] oids) {
    Map<Long, List<Relation.Column>> columns = new HashMap<>();
    session.query(
        """
        select a.attrelid::bigint as oid, a.attname as name, pg_catalog.format_type(a.atttypid, a.atttypmod) as type,
          a.attnotnull as not_null, a.attgenerated as generated, a.attidentity as identity,
          pg_catalog.pg_get_expr(d.adbin, d.adrelid) as expression
        from pg_catalog.pg_attribute a left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where a.attrelid = any (?::bigint[]::oid[]) and a.attnum > 0 and not a.attisdropped
        order by a.attrelid, a.attnum
        """,
        row ->
            columns
                .computeIfAbsent(row.number("oid"), _ -> new java.util.ArrayList<>())
                .add(
                    new Relation.Column(
                        row.text("name"),
                        row.text("type"),
                        row.flag("not_null"),
                        row.letter("generated"),
                        row.letter("identity"),
                        row.text("expression"))),
        (Object) oids);
    Map<QualifiedName, Relation> result = new LinkedHashMap<>();
    session
        .query(
            """
            select c.oid::bigint as oid, n.nspname as schema, c.relname as name, c.relkind as kind,
              pg_catalog.pg_get_userbyid(c.relowner) as owner, c.relpersistence as persistence,
              c.relispartition as partition, c.relrowsecurity as rls,
              c.relforcerowsecurity and not (select r.rolsuper or r.rolbypassrls from pg_catalog.pg_roles r where r.rolname = current_user) as force_rls,
              c.reloftype <> 0 as typed, coalesce(e.extname, '') as extension,
              pg_catalog.pg_has_role(current_user, c.relowner, 'USAGE') as mine,
              case when c.relkind in ('r', 'p', 'v', 'm', 'f') then
                pg_catalog.has_table_privilege(c.oid, 'SELECT') and pg_catalog.has_schema_privilege(n.oid, 'USAGE') else false end as readable,
              case when c.relkind in ('r', 'p') then pg_catalog.has_table_privilege(c.oid, 'REFERENCES') else false end as referable,
              c.relkind in ('r', 'p', 'S') and c.relacl is not null and exists (
                select 1 from pg_catalog.unnest(case when c.relkind = 'S' then array['SELECT', 'UPDATE']
                  else array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'REFERENCES', 'TRIGGER'] end) p
                where not pg_catalog.has_table_privilege(c.relowner, c.oid, p)) as curtailed,
              case when c.relkind in ('r', 'm') then pg_catalog.pg_total_relation_size(c.oid) else 0 end as bytes,
              c.reltuples::bigint as rows
            from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            left join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid
              and d.objsubid = 0 and d.deptype = 'e'
            left join pg_catalog.pg_extension e on e.oid = d.refobjid
            where c.oid = any (?::bigint[]::oid[])
            """,
            row ->
                new Relation(
                    row.number("oid"),
                    new QualifiedName(row.text("schema"), row.text("name")),
                    row.letter("kind"),
                    row.text("owner"),
                    row.letter("persistence"),
                    row.flag("partition"),
                    row.flag("rls"),
                    row.flag("force_rls"),
                    row.flag("typed"),
                    row.text("extension"),
                    row.flag("mine"),
                    row.flag("readable"),
                    row.flag("referable"),
                    row.flag("curtailed"),
                    row.number("bytes"),
                    row.number("rows"),
                    columns.getOrDefault(row.number("oid"), List.of())),
            (Object) oids)
        .forEach(relation -> {
          names.put(relation.oid(), relation.name());
          result.put(relation.name(), relation);
        });
    return result;
  }

  private QualifiedName name(Row row, String column) throws SQLException {
    QualifiedName name = names.get(row.number(column));
    if (name == null) {
      throw new IllegalStateException(
          "relation %d is not part of the snapshot".formatted(row.number(column)));
    }
    return name;
  }

  private List<Inheritance> inheritance(Long[] oids) {
    return session.query(
        """
        select i.inhrelid::bigint as child, i.inhparent::bigint as parent, i.inhseqno as position,
          coalesce(pg_catalog.pg_get_expr(c.relpartbound, c.oid), '') as bound
        from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
        where i.inhrelid = any (?::bigint[]::oid[]) and i.inhparent = any (?::bigint[]::oid[])
        order by i.inhparent, i.inhrelid
        """,
        row ->
            new Inheritance(
                name(row, "child"),
                name(row, "parent"),
                (int) row.number("position"),
                row.text("bound")),
        oids,
        oids);
  }

  private List<ForeignKey> foreignKeys(Long[] oids) {
    return session.query(
        """
        select k.conrelid::bigint as child, k.confrelid::bigint as parent, k.conname as name,
          pg_catalog.pg_get_constraintdef(k.oid) as definition, k.convalidated as validated, c.relkind = 'p' as partitioned,
          k.confdeltype as action, k.confupdtype as update_action, coalesce(pg_catalog.obj_description(k.oid, 'pg_constraint'), '') as comment,
          array(select a.attname::text from pg_catalog.unnest(k.conkey) with ordinality u(n, o)
            join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.n order by u.o) as columns,
          array(select a.attname::text from pg_catalog.unnest(k.confkey) with ordinality u(n, o)
            join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.n order by u.o) as referenced
        from pg_catalog.pg_constraint k join pg_catalog.pg_class c on c.oid = k.conrelid
        where k.contype = 'f' and k.conparentid = 0
          and k.conrelid = any (?::bigint[]::oid[]) and k.confrelid = any (?::bigint[]::oid[])
        order by k.conrelid, k.conname
        """,
        row ->
            new ForeignKey(
                name(row, "child"),
                name(row, "parent"),
                row.text("name"),
                row.text("definition"),
                row.flag("validated"),
                row.flag("partitioned"),
                row.letter("action"),
                row.letter("update_action"),
                row.texts("columns"),
                row.texts("referenced"),
                row.text("comment")),
        oids,
        oids);
  }

  private List<Snapshot.InheritedKey> inheritedKeys(Long[] oids) {
    return session.query(
        """
        select distinct k.conrelid::bigint as relation, k.conname as name from pg_catalog.pg_constraint k
        join pg_catalog.pg_constraint p on p.oid = k.conparentid and p.conrelid <> k.conrelid
        where k.contype = 'f' and k.conrelid = any (?::bigint[]::oid[])
        """,
        row -> new Snapshot.InheritedKey(name(row, "relation"), row.text("name")),
        (Object) oids);
  }

  private List<Trigger> triggers(Long[] oids) {
    return session.query(
        """
        select t.tgrelid::bigint as relation, t.tgname as name, t.tgenabled as enabled, t.tgparentid <> 0 as cloned,
          pg_catalog.pg_get_triggerdef(t.oid) as definition,
          concat(case when t.tgtype & 4 <> 0 then 'i' end, case when t.tgtype & 8 <> 0 then 'd' end,
            case when t.tgtype & 16 <> 0 then 'u' end, case when t.tgtype & 32 <> 0 then 't' end) as events
        from pg_catalog.pg_trigger t
        where t.tgrelid = any (?::bigint[]::oid[]) and not t.tgisinternal order by t.tgrelid, t.tgname
        """,
        row ->
            new Trigger(
                name(row, "relation"),
                row.text("name"),
                row.letter("enabled"),
                row.flag("cloned"),
                row.text("definition"),
                row.text("events")),
        (Object) oids);
  }

  private List<Rule> rules(Long[] oids) {
    return session.query(
        """
        select r.ev_class::bigint as relation, r.rulename as name, r.ev_type as event, r.ev_enabled as enabled,
          pg_catalog.pg_get_ruledef(r.oid) as definition
        from pg_catalog.pg_rewrite r join pg_catalog.pg_class c on c.oid = r.ev_class
        where r.ev_class = any (?::bigint[]::oid[]) and r.rulename <> '_RETURN' order by r.ev_class, r.rulename
        """,
        row ->
            new Rule(
                name(row, "relation"),
                row.text("name"),
                row.letter("event"),
                row.letter("enabled"),
                row.text("definition")),
        (Object) oids);
  }

  private List<Snapshot.Key> keys(Long[] oids) {
    return session.query(
        """
        select i.indrelid::bigint as relation, c.relname as name, i.indisprimary as is_primary,
          array(select a.attname::text from pg_catalog.generate_series(0, i.indnkeyatts - 1) g
            join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[g] order by g) as columns,
          array(select 'OPERATOR(' || pg_catalog.quote_ident(n.nspname) || '.' || o.oprname || ')' from pg_catalog.generate_series(0, i.indnkeyatts - 1) g
            join pg_catalog.pg_opclass oc on oc.oid = i.indclass[g]
            join pg_catalog.pg_amop ao on ao.amopfamily = oc.opcfamily and ao.amoplefttype = oc.opcintype
              and ao.amoprighttype = oc.opcintype and ao.amopstrategy = 3
            join pg_catalog.pg_operator o on o.oid = ao.amopopr join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
            order by g) as operators,
          not exists (select 1 from pg_catalog.generate_series(0, i.indnkeyatts - 1) g
            join pg_catalog.pg_opclass oc on oc.oid = i.indclass[g]
            where not exists (select 1 from pg_catalog.pg_amproc p join pg_catalog.pg_proc f on f.oid = p.amproc
              where p.amprocfamily = oc.opcfamily and p.amproclefttype = oc.opcintype and p.amprocrighttype = oc.opcintype
                and p.amprocnum = 4 and (f.proname <> 'btvarstrequalimage'
                  or exists (select 1 from pg_catalog.pg_collation l where l.oid = i.indcollation[g] and l.collisdeterministic)))) as by_image
        from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
        where i.indrelid = any (?::bigint[]::oid[]) and i.indisunique and i.indisvalid and i.indimmediate
          and i.indpred is null and i.indexprs is null and not exists (
            select 1 from pg_catalog.generate_series(0, i.indnkeyatts - 1) g
            left join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[g]
            where a.attnotnull is not true)
        order by i.indrelid, i.indisprimary desc, i.indnkeyatts, c.relname
        """,
        row ->
            new Snapshot.Key(
                name(row, "relation"),
                row.text("name"),
                row.flag("is_primary"),
                row.texts("columns"),
                row.texts("operators"),
                row.flag("by_image")),
        (Object) oids);
  }

  private List<NamedObject> belongings(Long[] oids) {
    return session.query(
        """
        select 'CONSTRAINT' as kind, k.conrelid::bigint as relation, '' as schema, k.conname::text as name,
          pg_catalog.pg_get_constraintdef(k.oid) as definition, k.convalidated as validated,
          coalesce(pg_catalog.obj_description(k.oid, 'pg_constraint'), '') as comment
        from pg_catalog.pg_constraint k where k.conrelid = any (?::bigint[]::oid[]) and k.conparentid = 0 and k.contype <> 't'
          and (k.contype <> 'n' or not k.convalidated)
        union all
        select 'RELATION', i.indrelid::bigint, n.nspname, c.relname, pg_catalog.pg_get_indexdef(i.indexrelid), true, ''
        from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where i.indrelid = any (?::bigint[]::oid[]) and not c.relispartition
          and not exists (select 1 from pg_catalog.pg_constraint k where k.conindid = i.indexrelid and k.conrelid = i.indrelid
            and k.contype in ('p', 'u', 'x'))
        union all
        select 'TRIGGER', t.tgrelid::bigint, '', t.tgname, pg_catalog.pg_get_triggerdef(t.oid), true, ''
        from pg_catalog.pg_trigger t where t.tgrelid = any (?::bigint[]::oid[]) and not t.tgisinternal and t.tgparentid = 0
        union all
        select 'RULE', r.ev_class::bigint, '', r.rulename, pg_catalog.pg_get_ruledef(r.oid), true, ''
        from pg_catalog.pg_rewrite r where r.ev_class = any (?::bigint[]::oid[])
        union all
        select 'POLICY', p.polrelid::bigint, '', p.polname, '', true, ''
        from pg_catalog.pg_policy p where p.polrelid = any (?::bigint[]::oid[])
        union all
        select 'STATISTICS', s.stxrelid::bigint, n.nspname, s.stxname, '', true, ''
        from pg_catalog.pg_statistic_ext s join pg_catalog.pg_namespace n on n.oid = s.stxnamespace
        where s.stxrelid = any (?::bigint[]::oid[])
        """,
        row -> {
          QualifiedName table = name(row, "relation");
          ObjectId.Kind kind = ObjectId.Kind.valueOf(row.text("kind"));
          boolean own = !row.text("schema").isEmpty();
          ObjectId id =
              own
                  ? ObjectId.of(kind, row.text("schema"), row.text("name"))
                  : new ObjectId(kind, table, row.text("name"));
          return new NamedObject(
              id, table, row.text("definition"), row.flag("validated"), row.text("comment"));
        },
        oids,
        oids,
        oids,
        oids,
        oids,
        oids);
  }

  private List<OwnedSequence> sequences(Long[] oids) {
    return session.query(
        """
        select n.nspname as schema, c.relname as name, d.refobjid::bigint as relation, a.attname as column,
          d.deptype = 'i' as identity, s.seqincrement as increment,
          pg_catalog.format('CREATE %sSEQUENCE s AS %s START WITH %s INCREMENT BY %s MINVALUE %s MAXVALUE %s CACHE %s%s',
            case when c.relpersistence = 'u' then 'UNLOGGED ' end, pg_catalog.format_type(s.seqtypid, null), s.seqstart, s.seqincrement,
            s.seqmin, s.seqmax, s.seqcache, case when s.seqcycle then ' CYCLE' end) as definition
        from pg_catalog.pg_depend d join pg_catalog.pg_class c on c.oid = d.objid and c.relkind = 'S'
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace join pg_catalog.pg_sequence s on s.seqrelid = c.oid
        join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
        where d.classid = 'pg_catalog.pg_class'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
          and d.deptype in ('a', 'i') and d.refobjid = any (?::bigint[]::oid[])
        order by 1, 2
        """,
        row ->
            new OwnedSequence(
                new QualifiedName(row.text("schema"), row.text("name")),
                name(row, "relation"),
                row.text("column"),
                row.flag("identity"),
                row.number("increment"),
                row.text("definition")),
        (Object) oids);
  }

  private List<Membership> memberships(Long[] oids, Server server) {
    @Nullable Object[] parameters =
        server.major() < 15 ? new Object[] {oids} : new Object[] {oids, oids};
    return session.query(
        """
        select p.pubname as publication, r.prrelid::bigint as relation, pg_catalog.pg_get_userbyid(p.pubowner) as owner,
          pg_catalog.pg_has_role(current_user, p.pubowner, 'USAGE') as mine, true as named, %s as clause
        from pg_catalog.pg_publication_rel r join pg_catalog.pg_publication p on p.oid = r.prpubid
        where r.prrelid = any (?::bigint[]::oid[])
        %s
        order by 1, 2
        """
            .formatted(
                server.major() < 15
                    ? "''"
                    : """
                    coalesce(' (' || (select pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' order by a.attnum)
                        from pg_catalog.pg_attribute a where a.attrelid = r.prrelid and a.attnum = any (r.prattrs::int2[])) || ')', '')
                      || coalesce(' WHERE (' || pg_catalog.pg_get_expr(r.prqual, r.prrelid) || ')', '')\
                    """,
                server.major() < 15
                    ? ""
                    : """
                    union select p.pubname, c.oid::bigint, pg_catalog.pg_get_userbyid(p.pubowner),
                      pg_catalog.pg_has_role(current_user, p.pubowner, 'USAGE'), false, ''
                    from pg_catalog.pg_publication_namespace s join pg_catalog.pg_publication p on p.oid = s.pnpubid
                    join pg_catalog.pg_class c on c.relnamespace = s.pnnspid and c.relkind in ('r', 'p')
                    where c.oid = any (?::bigint[]::oid[])
                    """),
        row ->
            new Membership(
                row.text("publication"),
                name(row, "relation"),
                row.text("owner"),
                row.flag("mine"),
                row.flag("named"),
                row.text("clause")),
        parameters);
  }

  private Map<String, Snapshot.PublicationOwner> publicationOwners() {
    Map<String, Snapshot.PublicationOwner> result = new LinkedHashMap<>();
    session
        .query(
            """
            select pubname, pg_catalog.pg_get_userbyid(pubowner) as owner,
              pg_catalog.pg_has_role(current_user, pubowner, 'USAGE') as mine from pg_catalog.pg_publication
            """,
            row ->
                new Snapshot.PublicationOwner(
                    row.text("pubname"), row.text("owner"), row.flag("mine")))
        .forEach(publication -> result.put(publication.name(), publication));
    return result;
  }

  private List<DefaultPrivilege> defaultPrivileges() {
    return session.query(
        """
        select coalesce(n.nspname, '') as schema, d.defaclobjtype as type,
          array(select distinct case when x.grantee = 0 then 'PUBLIC' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) end
            from pg_catalog.aclexplode(d.defaclacl) x) as grantees
        from pg_catalog.pg_default_acl d left join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace
        join pg_catalog.pg_roles r on r.oid = d.defaclrole where r.rolname = current_user
        """,
        row -> new DefaultPrivilege(row.text("schema"), row.letter("type"), row.texts("grantees")));
  }

  private List<Blocker> blockers(Long[] oids, int seconds) {
    return session.query(
        """
        select a.pid, coalesce(a.usename, '') as usename, coalesce(a.state, '') as state,
          coalesce(extract(epoch from pg_catalog.clock_timestamp() - a.xact_start), 0)::bigint as seconds,
          coalesce(pg_catalog.left(a.query, 200), '') as query, n.nspname as schema, c.relname as name
        from pg_catalog.pg_locks l join pg_catalog.pg_stat_activity a on a.pid = l.pid
        join pg_catalog.pg_class c on c.oid = l.relation join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where l.locktype = 'relation' and l.granted and l.pid <> pg_catalog.pg_backend_pid()
          and l.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
          and l.relation = any (?::bigint[]::oid[])
          and coalesce(a.xact_start <= pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => ?), true)
        order by seconds desc
        """,
        row ->
            new Blocker(
                (int) row.number("pid"),
                row.text("usename"),
                row.text("state"),
                row.number("seconds"),
                row.text("query"),
                new QualifiedName(row.text("schema"), row.text("name"))),
        oids,
        seconds);
  }

  /// @param counted whether to look for values that name nothing
  private List<Snapshot.RegclassColumn> regclassColumns(boolean counted) {
    record Found(QualifiedName table, String column, boolean types, boolean readable) {}
    List<Found> found =
        session.query(
            """
            select n.nspname as schema, c.relname as name, a.attname as column, b.type = 'pg_catalog.regtype'::pg_catalog.regtype as types,
              pg_catalog.has_schema_privilege(n.oid, 'USAGE') and pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')
                and not pg_catalog.row_security_active(c.oid) as readable
            from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
            join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            join pg_catalog.pg_type t on t.oid = a.atttypid
            cross join lateral (select case t.typtype when 'd' then t.typbasetype else t.oid end as type) b
            where b.type in ('pg_catalog.regclass'::pg_catalog.regtype, 'pg_catalog.regtype'::pg_catalog.regtype)
              and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
              and c.relkind = 'r' and n.nspname !~ '^(pg_|pgmend)' and n.nspname <> 'information_schema'
              and c.relname !~ '^pgmend_[0-9]{8}_'
            order by 1, 2, 3
            """,
            row ->
                new Found(
                    new QualifiedName(row.text("schema"), row.text("name")),
                    row.text("column"),
                    row.flag("types"),
                    row.flag("readable")));
    List<Snapshot.RegclassColumn> columns = new ArrayList<>();
    for (Found one : found) {
      columns.add(
          new Snapshot.RegclassColumn(
              one.table(),
              one.column(),
              one.types(),
              counted && one.readable()
                  ? dangling(one.table(), one.column(), one.types())
                  : Map.of()));
    }
    return columns;
  }

  /// {@return by the OID how many values name nothing; none where the table is locked: the run counts them again}
  private Map<Long, Long> dangling(QualifiedName table, String column, boolean types) {
    Map<Long, Long> dangling = new HashMap<>();
    session.execute("SAVEPOINT \"pgmend names\"; SET LOCAL lock_timeout = '2s'");
    try {
      session.queryText(
          "SELECT h.%2$s::pg_catalog.oid::bigint AS oid, count(*) AS n FROM ONLY %1$s AS h WHERE h.%2$s::pg_catalog.oid <> 0 AND NOT EXISTS (SELECT 1 FROM pg_catalog.%3$s AS c WHERE c.oid = h.%2$s::pg_catalog.oid) GROUP BY 1"
              .formatted(table.sql(), Sql.quote(column), types ? "pg_type" : "pg_class"),
          row -> dangling.put(row.number("oid"), row.number("n")));
    } catch (SqlFailure failure) {
      if (failure.kind() == PgmendException.Kind.CONNECTION) {
        throw failure;
      }
    }
    session.execute("ROLLBACK TO SAVEPOINT \"pgmend names\"; RELEASE SAVEPOINT \"pgmend names\"");
    return dangling;
  }

  private List<Snapshot.Taken> taken(Collection<QualifiedName> wanted) {
    return session.query(
        """
        with w as (select n.oid as namespace, w.schema, w.name from unnest(?::text[], ?::text[]) as w(schema, name)
          join pg_catalog.pg_namespace n on n.nspname = w.schema),
        found as (
          select w.schema, w.name, case c.relkind when 'r' then 'table' when 'p' then 'table' when 'i' then 'index' when 'I' then 'index'
              when 'S' then 'sequence' when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table'
              else 'type' end as kind,
            case when c.relkind in ('r', 'p') then c.oid else coalesce(i.indrelid, (select d.refobjid from pg_catalog.pg_depend d
              where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i')
              and d.refclassid = 'pg_catalog.pg_class'::regclass and c.relkind = 'S' limit 1)) end as owner
          from w join pg_catalog.pg_class c on c.relnamespace = w.namespace and c.relname = w.name
          left join pg_catalog.pg_index i on i.indexrelid = c.oid
          union all
          select w.schema, w.name, 'type', null from w join pg_catalog.pg_type t on t.typnamespace = w.namespace and t.typname = w.name
          where t.typrelid = 0 and t.typelem = 0)
        select f.schema, f.name, f.kind, n.nspname as table_schema, c.relname as table_name
        from found f left join pg_catalog.pg_class c on c.oid = f.owner left join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        order by 1, 2, 3
        """,
        row -> {
          String table = row.textOrNull("table_name");
          return new Snapshot.Taken(
              new QualifiedName(row.text("schema"), row.text("name")),
              row.text("kind"),
              table == null
                  ? Optional.empty()
                  : Optional.of(new QualifiedName(row.text("table_schema"), table)));
        },
        wanted.stream().map(QualifiedName::schema).toArray(String[]::new),
        wanted.stream().map(QualifiedName::name).toArray(String[]::new));
  }
}
