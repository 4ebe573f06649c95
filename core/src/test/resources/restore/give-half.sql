-- Hands every second object to another role, with what an administrator would let each of the two see and refer to.
DO $$ DECLARE r record; i int := 0; BEGIN
  FOR r IN SELECT n.nspname AS s FROM pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1 LOOP
    i := i + 1;
    EXECUTE format('GRANT USAGE%s ON SCHEMA %I TO :other', CASE WHEN i % 2 = 0 THEN ', CREATE' ELSE '' END, r.s);
  END LOOP;
  FOR r IN SELECT n.nspname AS s, c.relname AS t FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'v', 'm') LOOP
    EXECUTE format('GRANT SELECT, REFERENCES ON %I.%I TO :other', r.s, r.t);
  END LOOP;
  -- A view's owner has to be able to read what is in it; every other table of another role is not for his eyes.
  FOR r IN SELECT n.nspname AS s, c.relname AS t,
      EXISTS (SELECT FROM pg_depend d JOIN pg_rewrite w ON w.oid = d.objid AND w.ev_class <> c.oid
        WHERE d.classid = 'pg_rewrite'::regclass AND d.refobjid = c.oid) AS viewed
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'v', 'm')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')
    ORDER BY c.relkind, n.nspname COLLATE "C", c.relname COLLATE "C" LOOP
    i := i + 1;
    IF i % 2 = 0 THEN
      EXECUTE format('ALTER TABLE %I.%I OWNER TO :other', r.s, r.t);
      EXECUTE format('GRANT REFERENCES%s ON %I.%I TO :owner', CASE WHEN r.viewed OR i % 4 = 0 THEN ', SELECT' ELSE '' END, r.s, r.t);
    END IF;
  END LOOP;
  FOR r IN SELECT p.oid::regprocedure::text AS f, p.prokind FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype IN ('e', 'i')) ORDER BY 1 LOOP
    i := i + 1;
    IF i % 2 = 0 THEN
      EXECUTE format('ALTER ROUTINE %s OWNER TO :other', r.f);
    END IF;
    IF i % 4 = 0 AND r.prokind = 'f' THEN
      EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER', r.f);
    END IF;
  END LOOP;
  FOR r IN SELECT t.oid::regtype::text AS f FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND t.typtype IN ('e', 'd', 'r', 'c') AND (t.typtype <> 'c' OR c.relkind = 'c')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.classid = 'pg_type'::regclass AND d.deptype = 'e') ORDER BY 1 LOOP
    i := i + 1;
    IF i % 2 = 0 THEN
      EXECUTE format('ALTER TYPE %s OWNER TO :other', r.f);
    END IF;
  END LOOP;
  FOR r IN SELECT pubname AS p FROM pg_publication WHERE NOT puballtables ORDER BY 1 LOOP
    i := i + 1;
    IF i % 2 = 0 THEN
      EXECUTE format('ALTER PUBLICATION %I OWNER TO :other', r.p);
    END IF;
  END LOOP;
END $$;
