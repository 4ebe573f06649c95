-- Makes one role the owner of the database and of everything in it that an ordinary role can own.
ALTER DATABASE :database OWNER TO :owner;
DO $$ DECLARE r record; BEGIN
  FOR r IN SELECT n.nspname AS s FROM pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' LOOP
    EXECUTE format('ALTER SCHEMA %I OWNER TO :owner', r.s);
  END LOOP;
  FOR r IN SELECT n.nspname AS s, c.relname AS t, c.relkind AS k FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass
        AND (d.deptype = 'e' OR d.deptype IN ('a', 'i') AND c.relkind = 'S')) LOOP
    EXECUTE format('ALTER TABLE %I.%I OWNER TO :owner', r.s, r.t);
  END LOOP;
  FOR r IN SELECT p.oid::regprocedure::text AS f FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype IN ('e', 'i')) LOOP
    EXECUTE format('ALTER ROUTINE %s OWNER TO :owner', r.f);
  END LOOP;
  FOR r IN SELECT t.oid::regtype::text AS f FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND t.typtype IN ('e', 'd', 'r', 'c') AND (t.typtype <> 'c' OR c.relkind = 'c')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.classid = 'pg_type'::regclass AND d.deptype = 'e') LOOP
    EXECUTE format('ALTER TYPE %s OWNER TO :owner', r.f);
  END LOOP;
END $$;
DO $$ DECLARE r record; BEGIN
  FOR r IN SELECT n.nspname AS s, x.stxname AS t FROM pg_statistic_ext x JOIN pg_namespace n ON n.oid = x.stxnamespace LOOP
    EXECUTE format('ALTER STATISTICS %I.%I OWNER TO :owner', r.s, r.t);
  END LOOP;
  FOR r IN SELECT pubname AS p FROM pg_publication WHERE NOT puballtables LOOP
    EXECUTE format('ALTER PUBLICATION %I OWNER TO :owner', r.p);
  END LOOP;
END $$;
