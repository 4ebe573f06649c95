-- What a database is, outside of pgmend's schemas: queries for (key, value), one to a paragraph. A value is the whole catalog
-- row without what is volatile (sizes, statistics, numbers of storage) and with names in place of OIDs, so that columns of later
-- versions are covered too. PostgreSQL 14 to 18. Runs with an empty search_path, in a transaction that is rolled back.

create temp view space as
  select oid, quote_ident(nspname) as name from pg_namespace
  where nspname !~ '^(pg_|pgmend)' and nspname <> 'information_schema'

create temp view kept as select oid from pg_namespace where nspname ~ '^pgmend'

create temp view extended as select classid, objid from pg_depend where deptype = 'e'

create function pg_temp.acl(kind "char", owner oid, acl aclitem[]) returns text language sql as $$
  select string_agg(g, ' ' order by g) from (
    select format('%s=%s%s/%s', case when x.grantee = 0 then 'public' else pg_get_userbyid(x.grantee) end, x.privilege_type,
      case when x.is_grantable then '*' end, pg_get_userbyid(x.grantor)) as g
    from aclexplode(coalesce(acl, case when kind <> 'c' then acldefault(kind, owner) end)) x) y $$

create function pg_temp.position(sequence regclass) returns text language plpgsql as $$ declare found text; begin
  execute format('select last_value || '' '' || is_called from %s', sequence) into found;
  return found;
end $$

create function pg_temp.rows(relation regclass) returns text language plpgsql as $$ declare found text; begin
  execute format('select count(*) || '' rows, hash '' || coalesce(sum(hashtextextended((t.*)::text, 0)::numeric), 0) from only %s t', relation) into found;
  return found;
end $$

create function pg_temp.original(k oid) returns oid language sql stable as $$
  with recursive up(oid) as (select k union all select c.conparentid from up join pg_constraint c on c.oid = up.oid join pg_constraint p on p.oid = c.conparentid and p.conrelid = c.conrelid)
  select min(oid) from up where not exists (select from pg_constraint c join pg_constraint p on p.oid = c.conparentid and p.conrelid = c.conrelid where c.oid = up.oid) $$

create function pg_temp.name(class regclass, object oid) returns text language sql as $$
  select case when object <> 0 then (pg_identify_object(class, object, 0)).identity end $$

select 'schema ' || s.name, pg_temp.acl('n', n.nspowner, n.nspacl) || ', owner ' || pg_get_userbyid(n.nspowner)
from space s join pg_namespace n using (oid)

select 'relation ' || c.oid::regclass::text, to_jsonb(c)
    - '{oid,relname,relnamespace,reltype,reloftype,relowner,relam,relfilenode,reltablespace,relpages,reltuples,relallvisible,relallfrozen,reltoastrelid,relhasindex,relhasrules,relhastriggers,relhassubclass,relnatts,relrewrite,relfrozenxid,relminmxid,relacl,relpartbound}'::text[]
  || jsonb_build_object(
    'owner', pg_get_userbyid(c.relowner),
    'acl', pg_temp.acl(case when c.relkind = 'S' then 's'::"char" else 'r' end, c.relowner, c.relacl),
    'of type', nullif(c.reloftype, 0)::regtype,
    'row type', (select y.typname from pg_type y where y.oid = c.reltype and c.relkind <> 'S'),
    'array type', (select a.typname from pg_type y join pg_type a on a.oid = y.typarray where y.oid = c.reltype),
    'access method', (select amname from pg_am a where a.oid = c.relam),
    'tablespace', (select spcname from pg_tablespace t where t.oid = c.reltablespace),
    'toast', (select x.reloptions from pg_class x where x.oid = c.reltoastrelid),
    'bound', pg_get_expr(c.relpartbound, c.oid),
    'partition key', case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end,
    'parents', (select string_agg(i.inhparent::regclass::text || case when (to_jsonb(i) ->> 'inhdetachpending')::boolean then ' detaching' else '' end, ', ' order by i.inhseqno) from pg_inherits i where i.inhrelid = c.oid))
from space s join pg_class c on c.relnamespace = s.oid

select 'column ' || a.attrelid::regclass::text || '.' || quote_ident(a.attname), to_jsonb(a)
    - '{attrelid,attname,attnum,atttypid,attcollation,attcacheoff,attmissingval,atthasmissing,attacl,attstattarget,attisdropped}'::text[]
  || jsonb_build_object(
    'position', row_number() over (partition by a.attrelid order by a.attnum),
    'type', format_type(a.atttypid, a.atttypmod),
    'collation', nullif(a.attcollation, 0)::regcollation,
    'statistics', coalesce(a.attstattarget, -1),
    'acl', pg_temp.acl('c', c.relowner, a.attacl),
    'default', (select pg_get_expr(d.adbin, d.adrelid) from pg_attrdef d where d.adrelid = a.attrelid and d.adnum = a.attnum))
from space s join pg_class c on c.relnamespace = s.oid join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped

select 'index ' || x.indexrelid::regclass::text, to_jsonb(x)
    - '{indexrelid,indrelid,indkey,indcollation,indclass,indexprs,indpred,indcheckxmin}'::text[]
  || jsonb_build_object('definition', pg_get_indexdef(x.indexrelid))
from space s join pg_class c on c.relnamespace = s.oid join pg_index x on x.indexrelid = c.oid

-- The clones that PostgreSQL makes of a foreign key for each partition of the table it refers to have numbered names, and
-- VALIDATE CONSTRAINT does not reach them (so it is in 14 to 17): they go by the name of the original.
select 'constraint ' || quote_ident(o.conname) || case when o.oid <> k.oid then ' to ' || k.confrelid::regclass::text else '' end
    || ' on ' || coalesce(nullif(k.conrelid, 0)::regclass::text, 'domain ' || k.contypid::regtype::text),
  to_jsonb(k)
    - '{oid,conname,connamespace,conrelid,contypid,conindid,conparentid,confrelid,conkey,confkey,conpfeqop,conppeqop,conffeqop,conexclop,conbin,confdelsetcols}'::text[]
  || jsonb_build_object('convalidated', k.convalidated or o.oid <> k.oid,
    'definition', regexp_replace(pg_get_constraintdef(k.oid), case when o.oid <> k.oid then ' NOT VALID$' else '$' end, ''), 'index', nullif(k.conindid, 0)::regclass,
    'parent', (select quote_ident(p.conname) || ' on ' || p.conrelid::regclass::text from pg_constraint p where p.oid = o.conparentid))
from space s join pg_constraint k on k.connamespace = s.oid join pg_constraint o on o.oid = pg_temp.original(k.oid)

select 'trigger ' || case when t.tgconstraint <> 0 and t.tgisinternal then 'of ' || quote_ident(o.conname) || ' on ' || k.conrelid::regclass::text || coalesce(' to ' || nullif(k.confrelid, 0)::regclass::text, '') || ' calling ' || t.tgfoid::regproc::text else quote_ident(t.tgname) end
    || ' on ' || t.tgrelid::regclass::text,
  string_agg((to_jsonb(t) - '{oid,tgrelid,tgname,tgfoid,tgconstrrelid,tgconstrindid,tgconstraint,tgattr,tgqual,tgparentid}'::text[]
    || jsonb_build_object('definition', case when not t.tgisinternal then pg_get_triggerdef(t.oid) end,
      'constraint index', nullif(t.tgconstrindid, 0)::regclass, 'other table', nullif(t.tgconstrrelid, 0)::regclass,
      'parent', (select r.tgrelid::regclass from pg_trigger r where r.oid = t.tgparentid)))::text, ' ' order by t.tgtype, t.tgenabled)
from space s join pg_class c on c.relnamespace = s.oid join pg_trigger t on t.tgrelid = c.oid
  left join pg_constraint k on k.oid = t.tgconstraint left join pg_constraint o on o.oid = pg_temp.original(k.oid)
group by 1

select 'rule ' || quote_ident(r.rulename) || ' on ' || r.ev_class::regclass,
  format('enabled %s: %s', r.ev_enabled, pg_get_ruledef(r.oid))
from space s join pg_class c on c.relnamespace = s.oid join pg_rewrite r on r.ev_class = c.oid

select 'rows of ' || c.oid::regclass::text, pg_temp.rows(c.oid)
from space s join pg_class c on c.relnamespace = s.oid where c.relkind = 'r' or c.relkind = 'm' and c.relispopulated

select 'policy ' || quote_ident(p.polname) || ' on ' || p.polrelid::regclass::text, jsonb_build_object(
  'permissive', p.polpermissive, 'command', p.polcmd,
  'roles', (select string_agg(case when r = 0 then 'public' else quote_ident(pg_get_userbyid(r)) end, ', ' order by 1) from unnest(p.polroles) r),
  'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid))
from space s join pg_class c on c.relnamespace = s.oid join pg_policy p on p.polrelid = c.oid

select 'statistics ' || s.name || '.' || quote_ident(x.stxname),
  to_jsonb(x) - '{oid,stxrelid,stxname,stxnamespace,stxowner,stxkeys,stxexprs,stxstattarget}'::text[]
  || jsonb_build_object('definition', pg_get_statisticsobjdef(x.oid), 'owner', pg_get_userbyid(x.stxowner), 'target', coalesce(x.stxstattarget, -1))
from space s join pg_statistic_ext x on x.stxnamespace = s.oid

select 'function ' || p.oid::regprocedure::text,
  to_jsonb(p) - '{oid,proname,pronamespace,proowner,prolang,provariadic,prosupport,prorettype,proargtypes,proallargtypes,proargdefaults,protrftypes,prosqlbody,proacl}'::text[]
  || jsonb_build_object('owner', pg_get_userbyid(p.proowner), 'acl', pg_temp.acl('f', p.proowner, p.proacl),
    'definition', case when p.prokind <> 'a' then pg_get_functiondef(p.oid) end, 'result', pg_get_function_result(p.oid),
    'aggregate', (select to_jsonb(g) - '{aggfnoid,aggtranstype,aggmtranstype,aggsortop}'::text[]
      || jsonb_build_object('state', g.aggtranstype::regtype, 'moving state', nullif(g.aggmtranstype, 0)::regtype, 'sort', nullif(g.aggsortop, 0)::regoperator)
      from pg_aggregate g where g.aggfnoid = p.oid))
from space s join pg_proc p on p.pronamespace = s.oid
where not exists (select from extended e where e.classid = 'pg_proc'::regclass and e.objid = p.oid)

select 'type ' || t.oid::regtype::text,
  to_jsonb(t) - '{oid,typname,typnamespace,typowner,typrelid,typelem,typarray,typbasetype,typcollation,typdefaultbin,typacl,typsubscript,typinput,typoutput,typreceive,typsend,typmodin,typmodout,typanalyze}'::text[]
  || jsonb_build_object('owner', pg_get_userbyid(t.typowner), 'acl', pg_temp.acl('T', t.typowner, t.typacl),
    'base', case when t.typbasetype <> 0 then format_type(t.typbasetype, t.typtypmod) end, 'collation', nullif(t.typcollation, 0)::regcollation,
    'functions', array[t.typinput, t.typoutput, t.typreceive, t.typsend, t.typmodin, t.typmodout, t.typanalyze]::text[],
    'labels', (select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid),
    'range', (select jsonb_build_object('of', r.rngsubtype::regtype, 'multirange', r.rngmultitypid::regtype, 'collation', nullif(r.rngcollation, 0)::regcollation,
      'class', pg_temp.name('pg_opclass', r.rngsubopc), 'canonical', r.rngcanonical, 'difference', r.rngsubdiff) from pg_range r where r.rngtypid = t.oid))
from space s join pg_type t on t.typnamespace = s.oid
where t.typtype <> 'c' and t.typelem = 0 and not exists (select from extended e where e.classid = 'pg_type'::regclass and e.objid = t.oid)

select 'operator ' || o.oid::regoperator::text, jsonb_build_object('owner', pg_get_userbyid(o.oprowner), 'function', o.oprcode, 'result', o.oprresult::regtype,
  'commutator', nullif(o.oprcom, 0)::regoperator, 'negator', nullif(o.oprnegate, 0)::regoperator, 'restrict', o.oprrest, 'join', o.oprjoin, 'merges', o.oprcanmerge, 'hashes', o.oprcanhash)
from space s join pg_operator o on o.oprnamespace = s.oid
where not exists (select from extended e where e.classid = 'pg_operator'::regclass and e.objid = o.oid)

select 'cast ' || c.castsource::regtype::text || ' as ' || c.casttarget::regtype::text, format('%s %s %s', nullif(c.castfunc, 0)::regprocedure, c.castcontext, c.castmethod)
from pg_cast c where c.oid >= 16384

select 'sequence ' || q.seqrelid::regclass::text, to_jsonb(q) - '{seqrelid,seqtypid}'::text[]
  || jsonb_build_object('type', q.seqtypid::regtype,
    'position', pg_temp.position(q.seqrelid),
    'owned by', (select string_agg(d.deptype::text || ' ' || pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid), ', ') from pg_depend d
      where d.classid = 'pg_class'::regclass and d.objid = q.seqrelid and d.deptype in ('a', 'i')))
from space s join pg_class c on c.relnamespace = s.oid join pg_sequence q on q.seqrelid = c.oid

select 'publication ' || quote_ident(p.pubname), to_jsonb(p) - '{oid,pubname,pubowner}'::text[] || jsonb_build_object('owner', pg_get_userbyid(p.pubowner),
  'members', (select string_agg(r.prrelid::regclass::text, ', ' order by r.prrelid::regclass::text) from pg_publication_rel r where r.prpubid = p.oid),
  'tables', (select string_agg(to_jsonb(t)::text, ', ' order by t.schemaname, t.tablename) from pg_publication_tables t where t.pubname = p.pubname and t.schemaname !~ '^pgmend'))
from pg_publication p

select 'comment on ' || pg_describe_object(d.classoid, d.objoid, d.objsubid), d.description
from pg_description d
where (d.objoid >= 16384 or d.classoid in ('pg_largeobject'::regclass, 'pg_namespace'::regclass)) and coalesce(pg_describe_object(d.classoid, d.objoid, d.objsubid), '') !~ 'pgmend_'

select 'label of ' || l.objtype || ' ' || l.objname || ' by ' || l.provider, l.label from pg_seclabels l where l.objname !~ 'pgmend_'

select 'default privileges of ' || pg_get_userbyid(d.defaclrole) || ' in ' || coalesce(s.name, 'any schema') || ' on ' || d.defaclobjtype::text, pg_temp.acl('c', d.defaclrole, d.defaclacl)
from pg_default_acl d left join space s on s.oid = d.defaclnamespace

select 'large object ' || m.oid, format('%s %s %s', pg_get_userbyid(m.lomowner), pg_temp.acl('L', m.lomowner, m.lomacl),
  (select md5(string_agg(l.data, ''::bytea order by l.pageno)) from pg_largeobject l where l.loid = m.oid))
from pg_largeobject_metadata m

select 'owner of ' || pg_describe_object(d.classid, d.objid, 0), pg_get_userbyid(d.refobjid)
from pg_shdepend d
where d.dbid = (select oid from pg_database where datname = current_database()) and d.deptype = 'o'
  and d.classid in ('pg_collation'::regclass, 'pg_conversion'::regclass, 'pg_opclass'::regclass, 'pg_opfamily'::regclass, 'pg_ts_config'::regclass, 'pg_ts_dict'::regclass,
    'pg_language'::regclass, 'pg_foreign_data_wrapper'::regclass, 'pg_foreign_server'::regclass, 'pg_event_trigger'::regclass, 'pg_extension'::regclass)

select 'object ' || pg_describe_object(o.class, o.oid, 0), o.is from (
  select 'pg_extension'::regclass, oid, extversion || ' in ' || extnamespace::regnamespace from pg_extension
  union all select 'pg_event_trigger'::regclass, oid, format('%s %s %s %s', evtevent, evtenabled, evttags, evtfoid::regproc) from pg_event_trigger
  union all select 'pg_foreign_server'::regclass, oid, format('%s %s', pg_temp.acl('S', srvowner, srvacl), srvoptions) from pg_foreign_server
  union all select 'pg_collation'::regclass, oid, '' from pg_collation where oid >= 16384
  union all select 'pg_opclass'::regclass, oid, '' from pg_opclass where oid >= 16384
  union all select 'pg_ts_config'::regclass, oid, '' from pg_ts_config where oid >= 16384) o (class, oid, "is")

select 'options of foreign table ' || ftrelid::regclass::text, format('%s', ftoptions) from pg_foreign_table

-- Must find nothing: what is outside and depends on something inside, and what is inside and would bind something outside.
select 'LEAK ' || pg_describe_object(d.classid, d.objid, d.objsubid), 'depends on ' || pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid)
from pg_depend d
cross join lateral (select
  (select c.relnamespace from pg_class c where d.refclassid = 'pg_class'::regclass and c.oid = d.refobjid) as relation,
  (select t.typnamespace from pg_type t where d.refclassid = 'pg_type'::regclass and t.oid = d.refobjid) as type,
  (select p.pronamespace from pg_proc p where d.refclassid = 'pg_proc'::regclass and p.oid = d.refobjid) as function,
  (select k.connamespace from pg_constraint k where d.refclassid = 'pg_constraint'::regclass and k.oid = d.refobjid) as "constraint",
  case when d.refclassid = 'pg_namespace'::regclass then d.refobjid end as schema) r
cross join lateral (select coalesce(
  (select c.relnamespace from pg_class c where d.classid = 'pg_class'::regclass and c.oid = d.objid),
  (select t.typnamespace from pg_type t where d.classid = 'pg_type'::regclass and t.oid = d.objid),
  (select p.pronamespace from pg_proc p where d.classid = 'pg_proc'::regclass and p.oid = d.objid),
  (select k.connamespace from pg_constraint k where d.classid = 'pg_constraint'::regclass and k.oid = d.objid),
  (select x.stxnamespace from pg_statistic_ext x where d.classid = 'pg_statistic_ext'::regclass and x.oid = d.objid),
  (select c.relnamespace from pg_attrdef f join pg_class c on c.oid = f.adrelid where d.classid = 'pg_attrdef'::regclass and f.oid = d.objid),
  (select c.relnamespace from pg_rewrite f join pg_class c on c.oid = f.ev_class where d.classid = 'pg_rewrite'::regclass and f.oid = d.objid),
  (select c.relnamespace from pg_trigger f join pg_class c on c.oid = f.tgrelid where d.classid = 'pg_trigger'::regclass and f.oid = d.objid),
  (select c.relnamespace from pg_policy f join pg_class c on c.oid = f.polrelid where d.classid = 'pg_policy'::regclass and f.oid = d.objid)) as space) o
where exists (select from kept k where k.oid in (r.relation, r.type, r.function, r."constraint", r.schema))
  and not exists (select from kept k where k.oid = o.space)
  and (select c.relkind from pg_class c where d.classid = 'pg_class'::regclass and c.oid = d.objid) is distinct from 't'

select 'LEAK foreign key ' || quote_ident(k.conname) || ' of ' || k.conrelid::regclass::text, 'to ' || k.confrelid::regclass::text
from kept s join pg_constraint k on k.connamespace = s.oid where k.contype = 'f'

select 'LEAK parent of ' || i.inhrelid::regclass::text, i.inhparent::regclass::text
from kept s join pg_class c on c.relnamespace = s.oid join pg_inherits i on i.inhrelid = c.oid
where not exists (select from pg_class p join kept k on k.oid = p.relnamespace where p.oid = i.inhparent)
