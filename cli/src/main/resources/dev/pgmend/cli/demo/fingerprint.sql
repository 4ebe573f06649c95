-- Every object of the database outside the system's and pgmend's schemas: what it is called, and all that can be said about it.
WITH relation AS (
  SELECT c.*, n.nspname,
         n.nspname || '.' || c.relname AS name,
         CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
                        WHEN 'S' THEN 'sequence' WHEN 'i' THEN 'index' WHEN 'I' THEN 'index' ELSE 'relation' END AS kind
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname !~ '^(pg_|pgmend_|information_schema$)' AND c.relkind <> 'c'
)
SELECT kind, name AS object,
       pg_catalog.concat_ws(E'\n', pg_catalog.pg_get_userbyid(relowner), relkind, relpersistence, reloptions, relrowsecurity,
         relforcerowsecurity, relreplident, relispopulated, pg_catalog.obj_description(oid, 'pg_class'),
         CASE WHEN relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(oid) END,
         CASE WHEN relkind IN ('i', 'I') THEN pg_catalog.pg_get_indexdef(oid) END,
         CASE WHEN relkind = 'S' THEN (SELECT pg_catalog.concat_ws(' ', s.seqtypid::regtype, s.seqincrement, s.seqmin, s.seqmax, s.seqcycle, pg_catalog.pg_sequence_last_value(relation.oid)) FROM pg_catalog.pg_sequence s WHERE s.seqrelid = relation.oid) END) AS state
FROM relation
UNION ALL
SELECT 'column', r.name || '.' || a.attname,
       pg_catalog.concat_ws(E'\n', pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, a.attstorage,
         pg_catalog.pg_get_expr(d.adbin, d.adrelid), pg_catalog.col_description(r.oid, a.attnum))
FROM relation r JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE r.relkind IN ('r', 'p', 'v', 'm')
UNION ALL
SELECT CASE k.contype WHEN 'f' THEN 'foreign key' WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique key' WHEN 'c' THEN 'check' WHEN 'n' THEN 'not null' ELSE 'constraint' END,
       k.conname || ' of ' || r.name,
       pg_catalog.concat_ws(E'\n', pg_catalog.pg_get_constraintdef(k.oid), k.convalidated, pg_catalog.obj_description(k.oid, 'pg_constraint'))
FROM relation r JOIN pg_catalog.pg_constraint k ON k.conrelid = r.oid
UNION ALL
SELECT 'trigger', t.tgname || ' of ' || r.name,
       pg_catalog.concat_ws(E'\n', pg_catalog.pg_get_triggerdef(t.oid), t.tgenabled)
FROM relation r JOIN pg_catalog.pg_trigger t ON t.tgrelid = r.oid AND NOT t.tgisinternal
UNION ALL
SELECT 'policy', p.polname || ' of ' || r.name,
       pg_catalog.concat_ws(E'\n', p.polcmd, p.polpermissive, (SELECT pg_catalog.string_agg(pg_catalog.pg_get_userbyid(o), ',' ORDER BY o) FROM pg_catalog.unnest(p.polroles) o),
         pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
FROM relation r JOIN pg_catalog.pg_policy p ON p.polrelid = r.oid
UNION ALL
SELECT 'grant', r.name || ' to ' || pg_catalog.pg_get_userbyid(a.grantee),
       pg_catalog.string_agg(a.privilege_type || a.is_grantable, ',' ORDER BY a.privilege_type)
FROM relation r, pg_catalog.aclexplode(r.relacl) a WHERE a.grantee <> r.relowner GROUP BY r.name, a.grantee
UNION ALL
SELECT 'grant', r.name || '.' || c.attname || ' to ' || pg_catalog.pg_get_userbyid(a.grantee),
       pg_catalog.string_agg(a.privilege_type || a.is_grantable, ',' ORDER BY a.privilege_type)
FROM relation r JOIN pg_catalog.pg_attribute c ON c.attrelid = r.oid, pg_catalog.aclexplode(c.attacl) a GROUP BY r.name, c.attname, a.grantee
UNION ALL
SELECT 'function', p.oid::pg_catalog.regprocedure::text, pg_catalog.pg_get_functiondef(p.oid)
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname !~ '^(pg_|pgmend_|information_schema$)' AND p.prokind IN ('f', 'p')
