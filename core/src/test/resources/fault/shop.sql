-- A small database in which every mode of restoring has something to do. Every table has rows enough that loading them takes
-- more than one message.
CREATE SCHEMA app;
CREATE TABLE app.customer (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE app.orders (
  id serial PRIMARY KEY,
  customer_id int NOT NULL REFERENCES app.customer,
  follows int REFERENCES app.orders,
  placed timestamptz NOT NULL,
  amount numeric(12, 2) NOT NULL CHECK (amount >= 0),
  note text);
CREATE INDEX orders_placed ON app.orders (placed);
CREATE STATISTICS app.orders_stat ON customer_id, placed FROM app.orders;
CREATE TABLE app.line (
  order_id int NOT NULL REFERENCES app.orders ON DELETE CASCADE,
  n int NOT NULL,
  item text NOT NULL,
  PRIMARY KEY (order_id, n));
CREATE VIEW app.order_total WITH (security_barrier) AS
  SELECT o.id, o.customer_id, count(l.n) AS lines FROM app.orders o LEFT JOIN app.line l ON l.order_id = o.id GROUP BY o.id;
CREATE VIEW app.big_order AS SELECT * FROM app.order_total WHERE lines > 2;
CREATE MATERIALIZED VIEW app.monthly AS
  SELECT date_trunc('month', placed) AS month, sum(amount) AS amount FROM app.orders GROUP BY 1;
CREATE UNIQUE INDEX monthly_month ON app.monthly (month);
CREATE FUNCTION app.stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.note := coalesce(NEW.note, 'stamped'); RETURN NEW; END $$;
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON app.orders FOR EACH ROW EXECUTE FUNCTION app.stamp();
ALTER TABLE app.orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY cheap ON app.orders FOR SELECT USING (amount < 1000);
COMMENT ON TABLE app.orders IS 'what was ordered';
GRANT SELECT ON app.orders TO pg_monitor;

-- A table that cannot be built in staging, for its constraint reads it by name.
CREATE FUNCTION app.audited(wanted int) RETURNS boolean LANGUAGE plpgsql STABLE AS
  $$ BEGIN RETURN NOT EXISTS (SELECT FROM app.audit a WHERE a.id = wanted AND a.entry = ''); END $$;
CREATE TABLE app.audit (id int PRIMARY KEY CHECK (app.audited(id)), entry text NOT NULL);

INSERT INTO app.customer SELECT i, 'customer ' || i FROM generate_series(1, 200) i;
INSERT INTO app.orders (customer_id, follows, placed, amount, note)
  SELECT 1 + i % 200, nullif(i / 2, 0), timestamptz '2024-01-01 00:00+00' + i * interval '3 hours', i % 977 + 0.50, md5(i::text) || md5('x' || i)
  FROM generate_series(1, 3000) i;
INSERT INTO app.line SELECT o, n, 'item ' || md5(o::text) FROM generate_series(1, 3000) o, generate_series(1, 1 + o % 3) n;
INSERT INTO app.audit SELECT i, md5(i::text) || ' did it' FROM generate_series(1, 2000) i;
REFRESH MATERIALIZED VIEW app.monthly;
