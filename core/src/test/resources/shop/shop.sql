-- shop.sql : a web shop that uses a little of everything a PostgreSQL table can have.
-- Load:  createdb -T template0 -E UTF8 shop && psql -X -v ON_ERROR_STOP=1 -d shop -f shop.sql
-- PostgreSQL 14+ syntax; every row is deterministic (no random(), no now()).
-- Cluster roles shop_owner, shop_app and shop_reporting are created when missing.
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SET client_min_messages = warning;
SET timezone = 'UTC';
SET search_path = pg_catalog;
DO $$ DECLARE r text; BEGIN
  FOREACH r IN ARRAY ARRAY['shop_owner','shop_app','shop_reporting'] LOOP
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = r) THEN EXECUTE format('CREATE ROLE %I', r); END IF;
  END LOOP; END $$;

CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;

CREATE SCHEMA catalog;
CREATE SCHEMA crm;
CREATE SCHEMA shop;
CREATE SCHEMA stock;
CREATE SCHEMA billing;
CREATE SCHEMA audit;
CREATE SCHEMA archive;
CREATE SCHEMA reporting;
CREATE SCHEMA "Odd Corner";
COMMENT ON SCHEMA catalog IS 'what is sold';
COMMENT ON SCHEMA crm IS 'who buys';
COMMENT ON SCHEMA shop IS 'carts, orders, shipments';
COMMENT ON SCHEMA stock IS 'where the goods are';
COMMENT ON SCHEMA billing IS 'money; it''s "exact"
on two lines';
COMMENT ON SCHEMA audit IS 'who did what';
COMMENT ON SCHEMA "Odd Corner" IS 'names nobody should use and somebody did';

-- ================================================================ types
CREATE TYPE catalog.product_status AS ENUM ('draft', 'active', 'sold out', 'retired');
CREATE TYPE shop.order_state AS ENUM ('new', 'paid', 'packed', 'shipped', 'delivered', 'cancelled');
CREATE TYPE shop.channel AS ENUM ('web', 'phone', 'store');
CREATE TYPE billing.payment_kind AS ENUM ('card', 'transfer', 'invoice', 'gift ☃');
CREATE TYPE crm.ticket_state AS ENUM ('open', 'waiting', 'closed');
CREATE DOMAIN catalog.sku AS text CONSTRAINT sku_form CHECK (VALUE ~ '^[A-Z]{2}-[0-9]{4,}$');
CREATE DOMAIN billing.amount AS numeric(12,2) DEFAULT 0 CONSTRAINT amount_not_negative CHECK (VALUE >= 0);
CREATE DOMAIN billing.percentage AS numeric(5,2) CONSTRAINT percentage_range CHECK (VALUE BETWEEN 0 AND 100);
CREATE DOMAIN crm.email AS public.citext CONSTRAINT email_has_at CHECK (VALUE::text LIKE '%_@_%');
CREATE DOMAIN crm.country AS char(2) COLLATE "C" NOT NULL CHECK (VALUE ~ '^[A-Z]{2}$');
CREATE TYPE crm.postal_address AS (street text, zip varchar(10), city text, "Country Code" char(2));
CREATE TYPE catalog.dimension AS (width numeric, height numeric, depth numeric);
CREATE TYPE catalog.price_range AS RANGE (subtype = numeric);
CREATE COLLATION catalog.bytewise FROM "C";
COMMENT ON TYPE catalog.product_status IS 'life of a product';
COMMENT ON TYPE crm.postal_address IS 'as printed on a parcel';
COMMENT ON TYPE catalog.price_range IS 'range over numeric';
COMMENT ON DOMAIN billing.amount IS 'never negative';
COMMENT ON CONSTRAINT amount_not_negative ON DOMAIN billing.amount IS 'credit notes are separate rows';
COMMENT ON COLLATION catalog.bytewise IS 'by bytes';

-- ================================================================ functions that need no table
CREATE FUNCTION catalog.slugify(t text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $$ SELECT pg_catalog.btrim(pg_catalog.regexp_replace(pg_catalog.lower(t), '[^a-z0-9]+', '-', 'g'), '-') $$;
CREATE FUNCTION shop.is_valid_code(code text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE
  AS $$ BEGIN RETURN code ~ '^[A-Z0-9]{4,12}$'; END $$;
CREATE SEQUENCE shop.reference_seq START 7000 INCREMENT 7;
CREATE FUNCTION shop.next_reference(prefix text) RETURNS text LANGUAGE sql VOLATILE
  AS $$ SELECT prefix || '-' || pg_catalog.lpad(pg_catalog.nextval('shop.reference_seq')::text, 6, '0') $$;
CREATE FUNCTION catalog.volume(d catalog.dimension) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT
  AS $$ SELECT (d).width * (d).height * (d).depth $$;
CREATE FUNCTION catalog.smaller(a catalog.dimension, b catalog.dimension) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT
  AS $$ SELECT catalog.volume(a) < catalog.volume(b) $$;
CREATE FUNCTION catalog.larger(a catalog.dimension, b catalog.dimension) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT
  AS $$ SELECT catalog.volume(a) > catalog.volume(b) $$;
CREATE OPERATOR catalog.<# (LEFTARG = catalog.dimension, RIGHTARG = catalog.dimension, FUNCTION = catalog.smaller, COMMUTATOR = OPERATOR(catalog.>#));
CREATE OPERATOR catalog.># (LEFTARG = catalog.dimension, RIGHTARG = catalog.dimension, FUNCTION = catalog.larger, COMMUTATOR = OPERATOR(catalog.<#));
CREATE CAST (catalog.dimension AS numeric) WITH FUNCTION catalog.volume(catalog.dimension);
CREATE AGGREGATE billing.product(numeric) (SFUNC = numeric_mul, STYPE = numeric, INITCOND = '1');
COMMENT ON FUNCTION catalog.slugify(text) IS 'used in an index';
COMMENT ON FUNCTION shop.is_valid_code(text) IS 'used in a CHECK';
COMMENT ON FUNCTION shop.next_reference(text) IS 'used in a DEFAULT';
COMMENT ON OPERATOR catalog.<# (catalog.dimension, catalog.dimension) IS 'takes less room';
COMMENT ON CAST (catalog.dimension AS numeric) IS 'its volume';
COMMENT ON AGGREGATE billing.product(numeric) IS 'compound rates';

-- ================================================================ catalog
CREATE TABLE catalog.tax_class (
  id int PRIMARY KEY, name text NOT NULL UNIQUE, rate billing.percentage NOT NULL
);
CREATE TABLE catalog.brand (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name public.citext NOT NULL CONSTRAINT brand_name_key UNIQUE,
  home crm.country,
  founded smallint,
  gone int
);
ALTER TABLE catalog.brand DROP COLUMN gone;
ALTER TABLE catalog.brand ADD COLUMN website text DEFAULT 'https://example.org/it''s';
CREATE TABLE catalog.category (
  id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  parent_id int CONSTRAINT category_parent_fk REFERENCES catalog.category ON DELETE RESTRICT,
  name text NOT NULL,
  sort_order int NOT NULL DEFAULT 0,
  CONSTRAINT category_name_in_parent UNIQUE (parent_id, name),
  CONSTRAINT category_not_own_parent CHECK (parent_id <> id)
);
CREATE TABLE catalog.product (
  id bigint GENERATED BY DEFAULT AS IDENTITY (START 100 INCREMENT 1 CACHE 5) CONSTRAINT product_pkey PRIMARY KEY,
  sku catalog.sku NOT NULL CONSTRAINT product_sku_key UNIQUE,
  name text NOT NULL,
  brand_id int REFERENCES catalog.brand ON DELETE SET NULL,
  tax_class_id int NOT NULL DEFAULT 1 REFERENCES catalog.tax_class ON UPDATE CASCADE ON DELETE SET DEFAULT,
  status catalog.product_status NOT NULL DEFAULT 'draft',
  price billing.amount NOT NULL,
  discount billing.percentage DEFAULT 0,
  net_price numeric GENERATED ALWAYS AS (round(price * (100 - discount) / 100, 2)) STORED,
  size catalog.dimension,
  attributes jsonb NOT NULL DEFAULT '{}',
  tags text[] NOT NULL DEFAULT ARRAY['new','it''s']::text[],
  search tsvector GENERATED ALWAYS AS (to_tsvector('simple', name)) STORED,
  usual_price catalog.price_range,
  main_image_id int,
  launched date,
  CONSTRAINT product_price_not_silly CHECK (price < 100000),
  CONSTRAINT product_active_has_price CHECK (status <> 'active' OR price > 0)
) WITH (fillfactor = 85);
CREATE TABLE catalog.product_image (
  id serial PRIMARY KEY,
  product_id bigint NOT NULL,
  position smallint NOT NULL,
  path text NOT NULL,
  alt_text text,
  CONSTRAINT product_image_product_fk FOREIGN KEY (product_id) REFERENCES catalog.product ON DELETE CASCADE DEFERRABLE,
  CONSTRAINT product_image_position_key UNIQUE (product_id, position) DEFERRABLE INITIALLY DEFERRED
);
ALTER TABLE catalog.product ADD CONSTRAINT product_main_image_fk FOREIGN KEY (main_image_id)
  REFERENCES catalog.product_image ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED;
CREATE TABLE catalog.product_category (
  product_id bigint REFERENCES catalog.product ON DELETE CASCADE,
  category_id int REFERENCES catalog.category ON DELETE RESTRICT,
  PRIMARY KEY (product_id, category_id)
);
CREATE TABLE catalog.product_variant (
  product_id bigint REFERENCES catalog.product ON DELETE CASCADE,
  variant_no smallint,
  label text COLLATE catalog.bytewise NOT NULL,
  ean varchar(13),
  extra_price numeric(8,2) NOT NULL DEFAULT 0,
  CONSTRAINT product_variant_pkey PRIMARY KEY (product_id, variant_no) INCLUDE (label)
);
CREATE TABLE catalog.variant_price (
  product_id bigint NOT NULL, variant_no smallint NOT NULL,
  valid daterange NOT NULL,
  price billing.amount,
  CONSTRAINT variant_price_variant_fk FOREIGN KEY (product_id, variant_no) REFERENCES catalog.product_variant ON UPDATE CASCADE ON DELETE CASCADE,
  CONSTRAINT variant_price_no_overlap EXCLUDE USING gist (product_id WITH =, variant_no WITH =, valid WITH &&)
);
CREATE TABLE catalog.attribute (
  code text PRIMARY KEY CHECK (code = lower(code)), label text NOT NULL, unit text
);
CREATE TABLE catalog.attribute_option (
  attribute_code text REFERENCES catalog.attribute ON UPDATE CASCADE,
  option_no int, label text,
  PRIMARY KEY (attribute_code, option_no)
);
CREATE TABLE catalog.product_attribute (
  product_id bigint NOT NULL REFERENCES catalog.product ON DELETE CASCADE,
  attribute_code text NOT NULL,
  option_no int NOT NULL,
  CONSTRAINT product_attribute_option_fk FOREIGN KEY (attribute_code, option_no) REFERENCES catalog.attribute_option MATCH FULL ON UPDATE CASCADE,
  PRIMARY KEY (product_id, attribute_code)
);
CREATE TABLE catalog.product_translation (
  product_id bigint REFERENCES catalog.product ON DELETE CASCADE,
  lang char(2), name text COLLATE "C", description text,
  PRIMARY KEY (product_id, lang)
);
CREATE TABLE catalog.related_product (
  product_id bigint NOT NULL REFERENCES catalog.product, related_id bigint NOT NULL REFERENCES catalog.product,
  weight real DEFAULT 0.5,
  CONSTRAINT related_product_not_itself CHECK (product_id <> related_id)
);
CREATE UNIQUE INDEX related_product_pair ON catalog.related_product (least(product_id, related_id), greatest(product_id, related_id));
CREATE TABLE catalog.review (
  id serial PRIMARY KEY,
  product_id bigint NOT NULL REFERENCES catalog.product ON DELETE CASCADE,
  author public.citext NOT NULL, stars smallint NOT NULL CHECK (stars BETWEEN 1 AND 5),
  body text, written timestamp NOT NULL
);
CREATE TABLE catalog.price_list (
  id int PRIMARY KEY, name text NOT NULL, starts date NOT NULL, ends date, factor numeric(6,4) NOT NULL DEFAULT 1
);
-- the function takes the table's own row type, the CHECK calls the function
CREATE FUNCTION catalog.price_list_ok(l catalog.price_list) RETURNS boolean LANGUAGE sql IMMUTABLE
  AS $$ SELECT (l).ends IS NULL OR (l).ends > (l).starts $$;
ALTER TABLE catalog.price_list ADD CONSTRAINT price_list_dates CHECK (catalog.price_list_ok(price_list));
CREATE TABLE catalog.price_list_item (
  price_list_id int REFERENCES catalog.price_list ON DELETE CASCADE,
  product_id bigint REFERENCES catalog.product ON DELETE CASCADE,
  price billing.amount NOT NULL,
  PRIMARY KEY (price_list_id, product_id)
);

CREATE INDEX product_slug_idx ON catalog.product (catalog.slugify(name));
CREATE INDEX product_name_trgm_idx ON catalog.product USING gin (name public.gin_trgm_ops);
CREATE INDEX product_search_idx ON catalog.product USING gin (search);
CREATE INDEX product_attributes_idx ON catalog.product USING gin (attributes jsonb_path_ops);
CREATE INDEX product_active_price_idx ON catalog.product (price DESC NULLS LAST, id) INCLUDE (name) WHERE status = 'active';
CREATE INDEX product_name_pattern_idx ON catalog.product (name text_pattern_ops);
CREATE INDEX product_name_c_idx ON catalog.product (name COLLATE "C") WITH (fillfactor = 60);
CREATE INDEX product_usual_price_idx ON catalog.product USING gist (usual_price);
CREATE INDEX review_written_brin ON catalog.review USING brin (written) WITH (pages_per_range = 16);
CREATE INDEX review_author_hash ON catalog.review USING hash (author);
CREATE STATISTICS catalog.product_brand_stx (ndistinct, dependencies, mcv) ON brand_id, status FROM catalog.product;
CREATE STATISTICS catalog.product_expr_stx ON lower(name), (price * 2) FROM catalog.product;
ALTER STATISTICS catalog.product_brand_stx SET STATISTICS 50;
ALTER TABLE catalog.product ALTER COLUMN name SET STATISTICS 400;
ALTER TABLE catalog.product ALTER COLUMN attributes SET STORAGE EXTERNAL;
ALTER TABLE catalog.product ALTER COLUMN name SET COMPRESSION pglz;
ALTER TABLE catalog.product ALTER COLUMN brand_id SET (n_distinct = -0.1);
ALTER TABLE catalog.product SET (toast.autovacuum_enabled = false, autovacuum_vacuum_scale_factor = 0.05);
ALTER INDEX catalog.product_slug_idx ALTER COLUMN 1 SET STATISTICS 77;

-- ================================================================ shop: small tables first
CREATE TABLE shop.store (
  id int PRIMARY KEY, name text NOT NULL, channel shop.channel NOT NULL DEFAULT 'web', opened date
);
CREATE TABLE shop.store_hours (
  store_id int REFERENCES shop.store ON DELETE CASCADE, day smallint, open_at int4range NOT NULL,
  EXCLUDE USING gist (store_id WITH =, day WITH =, open_at WITH &&)
);
CREATE TABLE shop.setting (
  key text NOT NULL, store_id int NOT NULL REFERENCES shop.store, value jsonb, note text
);
CREATE UNIQUE INDEX setting_key_store ON shop.setting (key, store_id);
ALTER TABLE shop.setting REPLICA IDENTITY USING INDEX setting_key_store;

-- ================================================================ crm
CREATE TABLE crm.customer (
  id int GENERATED ALWAYS AS IDENTITY (START 1000 INCREMENT 5) CONSTRAINT customer_pkey PRIMARY KEY,
  email crm.email NOT NULL,
  full_name text NOT NULL,
  store_id int NOT NULL DEFAULT 1 REFERENCES shop.store ON DELETE SET DEFAULT,
  reference text NOT NULL DEFAULT shop.next_reference('C') UNIQUE,
  address crm.postal_address,
  older_addresses crm.postal_address[],
  blocked boolean NOT NULL DEFAULT false,
  credit numeric,
  born date,
  touched timestamptz,
  CONSTRAINT customer_email_key UNIQUE (email) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT customer_credit_range CHECK (credit > -10000) NO INHERIT
);
CREATE TABLE crm.customer_group (
  id smallint PRIMARY KEY, name text NOT NULL, leader_id int, discount billing.percentage DEFAULT 0
);
CREATE TABLE crm.customer_group_member (
  group_id smallint REFERENCES crm.customer_group ON DELETE CASCADE,
  customer_id int REFERENCES crm.customer ON DELETE CASCADE,
  since date,
  PRIMARY KEY (group_id, customer_id)
);
-- cycle: a group's leader must be a member of that group
ALTER TABLE crm.customer_group ADD CONSTRAINT customer_group_leader_fk FOREIGN KEY (id, leader_id)
  REFERENCES crm.customer_group_member (group_id, customer_id) DEFERRABLE INITIALLY DEFERRED;
CREATE TABLE crm.customer_address (
  id bigserial PRIMARY KEY,
  customer_id int NOT NULL REFERENCES crm.customer ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('home', 'work', 'other')),
  street text, zip varchar(10), city text, is_default boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX customer_address_one_default ON crm.customer_address (customer_id) WHERE is_default;
CREATE INDEX customer_address_city_idx ON crm.customer_address (lower(city) text_pattern_ops, zip DESC);
CREATE TABLE crm.newsletter (
  email public.citext PRIMARY KEY, topic text[] NOT NULL DEFAULT '{}', confirmed boolean, opted_in timestamptz
);
-- inheritance: two children, one of them with a child that has two parents
CREATE TABLE crm.auditable (changed_by text DEFAULT 'nobody', changed_at timestamp, CONSTRAINT auditable_who CHECK (changed_by <> ''));
CREATE TABLE crm.contact (
  id int PRIMARY KEY, name text NOT NULL, phone text DEFAULT '+00', remark text,
  CONSTRAINT contact_name_not_empty CHECK (name <> ''),
  CONSTRAINT contact_only_here CHECK (remark IS NULL OR remark <> 'moved') NO INHERIT
);
CREATE TABLE crm.contact_person (birthday date, PRIMARY KEY (id)) INHERITS (crm.contact);
CREATE TABLE crm.contact_company (vat_id text, PRIMARY KEY (id)) INHERITS (crm.contact);
CREATE TABLE crm.contact_partner (share numeric(5,2), phone text DEFAULT '+99', PRIMARY KEY (id)) INHERITS (crm.contact_company, crm.auditable);
ALTER TABLE ONLY crm.contact_person ALTER COLUMN remark SET DEFAULT 'a person';
CREATE TABLE crm.ticket (
  id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  parent_id int REFERENCES crm.ticket ON DELETE CASCADE,
  customer_id int REFERENCES crm.customer ON DELETE SET NULL,
  subject text NOT NULL, state crm.ticket_state NOT NULL DEFAULT 'open', opened timestamptz NOT NULL
);
CREATE TABLE crm.ticket_message (
  ticket_id int REFERENCES crm.ticket ON DELETE CASCADE, message_no int, body text NOT NULL, sender text,
  PRIMARY KEY (ticket_id, message_no)
);
CREATE TABLE crm.consent (
  customer_id int NOT NULL REFERENCES crm.customer ON DELETE RESTRICT, purpose text NOT NULL, given tstzrange NOT NULL,
  CONSTRAINT consent_once EXCLUDE USING gist (customer_id WITH =, purpose WITH =, given WITH &&) WHERE (purpose <> 'test')
);

-- ================================================================ shop: carts and orders
CREATE TABLE shop.cart (
  id uuid PRIMARY KEY, customer_id int REFERENCES crm.customer ON DELETE CASCADE, started timestamptz, closed boolean DEFAULT false
);
CREATE TABLE shop.cart_item (
  cart_id uuid REFERENCES shop.cart ON DELETE CASCADE, line smallint, product_id bigint NOT NULL, variant_no smallint,
  quantity int NOT NULL DEFAULT 1 CHECK (quantity > 0),
  PRIMARY KEY (cart_id, line),
  CONSTRAINT cart_item_variant_fk FOREIGN KEY (product_id, variant_no) REFERENCES catalog.product_variant MATCH SIMPLE
);
-- range by day, 2024 again by list; 2022 lives in another schema
CREATE TABLE shop.orders (
  id bigint GENERATED ALWAYS AS IDENTITY,
  placed date NOT NULL,
  channel shop.channel NOT NULL DEFAULT 'web',
  customer_id int NOT NULL,
  state shop.order_state NOT NULL DEFAULT 'new',
  total billing.amount,
  ship_to crm.postal_address,
  note text,
  CONSTRAINT orders_pkey PRIMARY KEY (id, placed, channel),
  CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES crm.customer ON DELETE CASCADE,
  CONSTRAINT orders_sane_day CHECK (placed > '2000-01-01')
) PARTITION BY RANGE (placed);
CREATE TABLE archive.orders_2022 PARTITION OF shop.orders FOR VALUES FROM (MINVALUE) TO ('2023-01-01');
CREATE TABLE shop.orders_2023 PARTITION OF shop.orders FOR VALUES FROM ('2023-01-01') TO ('2024-01-01') WITH (fillfactor = 70);
CREATE TABLE shop.orders_2024 PARTITION OF shop.orders FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY LIST (channel);
CREATE TABLE shop.orders_2024_web PARTITION OF shop.orders_2024 FOR VALUES IN ('web');
CREATE TABLE shop.orders_2024_rest PARTITION OF shop.orders_2024 DEFAULT;
CREATE TABLE shop.orders_default PARTITION OF shop.orders DEFAULT;
ALTER TABLE shop.orders_2023 ADD CONSTRAINT orders_2023_note_short CHECK (length(note) < 500);
ALTER TABLE ONLY shop.orders_2023 ALTER COLUMN note SET DEFAULT 'from 2023';
CREATE INDEX orders_customer_idx ON shop.orders (customer_id, placed DESC);
CREATE INDEX orders_2023_state_idx ON shop.orders_2023 (state);
CREATE TABLE shop.order_item (
  order_id bigint NOT NULL, placed date NOT NULL, channel shop.channel NOT NULL, line smallint NOT NULL,
  product_id bigint NOT NULL, variant_no smallint NOT NULL,
  quantity int NOT NULL CHECK (quantity > 0), price billing.amount NOT NULL,
  line_total numeric GENERATED ALWAYS AS (quantity * price) STORED,
  PRIMARY KEY (order_id, line),
  CONSTRAINT order_item_order_fk FOREIGN KEY (order_id, placed, channel) REFERENCES shop.orders ON UPDATE CASCADE ON DELETE CASCADE,
  CONSTRAINT order_item_variant_fk FOREIGN KEY (product_id, variant_no) REFERENCES catalog.product_variant ON DELETE RESTRICT
);
CREATE TABLE shop.order_history (
  order_id bigint NOT NULL, placed date NOT NULL, channel shop.channel NOT NULL, changed timestamptz NOT NULL,
  old_state shop.order_state, new_state shop.order_state NOT NULL,
  FOREIGN KEY (order_id, placed, channel) REFERENCES shop.orders MATCH FULL ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
CREATE TABLE shop.carrier (id smallserial PRIMARY KEY, name text UNIQUE, tracking_url text);
CREATE TABLE shop.shipment (
  id serial PRIMARY KEY, carrier_id smallint NOT NULL REFERENCES shop.carrier ON DELETE RESTRICT,
  order_id bigint, placed date, channel shop.channel,
  sent timestamptz, weight double precision, box macaddr8,
  CONSTRAINT shipment_order_fk FOREIGN KEY (order_id, placed, channel) REFERENCES shop.orders MATCH FULL
);
CREATE TABLE shop.shipment_item (
  shipment_id int REFERENCES shop.shipment ON DELETE CASCADE, order_id bigint, line smallint, quantity int NOT NULL,
  FOREIGN KEY (order_id, line) REFERENCES shop.order_item ON DELETE CASCADE,
  PRIMARY KEY (shipment_id, order_id, line)
);
CREATE TABLE shop.return_request (
  id int DEFAULT nextval('shop.shipment_id_seq') PRIMARY KEY,   -- borrows the shipment's sequence
  shipment_id int NOT NULL, order_id bigint NOT NULL, line smallint NOT NULL, reason text,
  FOREIGN KEY (shipment_id, order_id, line) REFERENCES shop.shipment_item ON DELETE CASCADE
);
CREATE TABLE shop.coupon (
  code text PRIMARY KEY CONSTRAINT coupon_code_form CHECK (shop.is_valid_code(code)),
  percent_off billing.percentage NOT NULL, valid daterange, category_id int REFERENCES catalog.category ON DELETE SET NULL
);
CREATE TABLE shop.coupon_use (
  code text NOT NULL REFERENCES shop.coupon ON UPDATE CASCADE, customer_id int NOT NULL REFERENCES crm.customer ON DELETE CASCADE,
  used date NOT NULL, UNIQUE (code, customer_id)
);
CREATE TABLE shop.wishlist (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES crm.customer ON DELETE CASCADE, title text DEFAULT 'My wishes');
CREATE TABLE shop.wishlist_item (
  wishlist_id int REFERENCES shop.wishlist ON DELETE CASCADE, product_id bigint REFERENCES catalog.product ON DELETE CASCADE,
  PRIMARY KEY (wishlist_id, product_id)
);
CREATE UNLOGGED TABLE shop.session (id text PRIMARY KEY, data jsonb, seen timestamptz);
CREATE TABLE shop.legacy_order (id int, customer_id int, amount numeric, remark text);   -- imported once, no key
-- hash partitions
CREATE TABLE shop.click (visitor text NOT NULL, seen timestamp NOT NULL, url text, product_id bigint REFERENCES catalog.product) PARTITION BY HASH (visitor);
CREATE TABLE shop.click_0 PARTITION OF shop.click FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE shop.click_1 PARTITION OF shop.click FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE shop.click_2 PARTITION OF shop.click FOR VALUES WITH (MODULUS 3, REMAINDER 2);
CREATE INDEX click_seen_idx ON shop.click (seen);

-- ================================================================ stock
CREATE SEQUENCE stock.document_no START 50000;
CREATE TABLE stock.warehouse (id int PRIMARY KEY, name text NOT NULL, place point, area polygon, capacity int);
CREATE TABLE stock.bin (
  warehouse_id int REFERENCES stock.warehouse ON DELETE CASCADE, code text, capacity int,
  PRIMARY KEY (warehouse_id, code)
);
CREATE FUNCTION stock.bin_fits(w int, c int) RETURNS boolean LANGUAGE plpgsql STABLE
  AS $$ BEGIN RETURN c <= coalesce((SELECT capacity FROM stock.warehouse WHERE id = w), c); END $$;
ALTER TABLE stock.bin ADD CONSTRAINT bin_fits_warehouse CHECK (stock.bin_fits(warehouse_id, capacity));
CREATE TABLE stock.stock_level (
  warehouse_id int, bin_code text, product_id bigint, variant_no smallint,
  on_hand int NOT NULL DEFAULT 0, reserved int NOT NULL DEFAULT 0,
  available int GENERATED ALWAYS AS (on_hand - reserved) STORED,
  CONSTRAINT stock_level_pkey PRIMARY KEY (warehouse_id, bin_code, product_id, variant_no),
  FOREIGN KEY (warehouse_id, bin_code) REFERENCES stock.bin,
  FOREIGN KEY (product_id, variant_no) REFERENCES catalog.product_variant ON UPDATE CASCADE ON DELETE RESTRICT
);
ALTER TABLE stock.stock_level CLUSTER ON stock_level_pkey;
-- list partitions, one key per kind, text with a quote in a bound
CREATE TABLE stock.movement (
  id bigint NOT NULL DEFAULT nextval('stock.document_no'), kind text NOT NULL, day date NOT NULL, product_id bigint NOT NULL, quantity int NOT NULL,
  PRIMARY KEY (id, kind)
) PARTITION BY LIST (kind);
CREATE TABLE stock.movement_in PARTITION OF stock.movement FOR VALUES IN ('in', 'return');
CREATE TABLE stock.movement_out PARTITION OF stock.movement FOR VALUES IN ('out', 'customer''s');
CREATE TABLE stock."movement other" PARTITION OF stock.movement DEFAULT;
CREATE TABLE stock.supplier (
  id serial PRIMARY KEY, name text NOT NULL, contact_id int REFERENCES crm.contact_company ON DELETE SET NULL, rating numeric(3,1)
);
CREATE TABLE stock.purchase_order (   -- shares document_no with goods_receipt
  id bigint PRIMARY KEY DEFAULT nextval('stock.document_no'), supplier_id int NOT NULL REFERENCES stock.supplier, ordered date
);
CREATE TABLE stock.purchase_order_item (
  purchase_order_id bigint REFERENCES stock.purchase_order ON DELETE CASCADE, line int, product_id bigint, variant_no smallint, quantity int,
  CONSTRAINT purchase_order_item_variant_fk FOREIGN KEY (product_id, variant_no) REFERENCES catalog.product_variant MATCH FULL,
  PRIMARY KEY (purchase_order_id, line)
);
CREATE TABLE stock.goods_receipt (
  id bigint PRIMARY KEY DEFAULT nextval('stock.document_no'), purchase_order_id bigint REFERENCES stock.purchase_order, received timestamptz
);

-- ================================================================ billing
CREATE TABLE billing.account (
  number text PRIMARY KEY, name text NOT NULL, opening_entry_id int, balance numeric NOT NULL DEFAULT 0
);
CREATE TABLE billing.journal_entry (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account text NOT NULL REFERENCES billing.account ON UPDATE CASCADE DEFERRABLE,
  booked date NOT NULL, amount numeric(14,4) NOT NULL, reverses_id int REFERENCES billing.journal_entry ON DELETE SET NULL,
  CONSTRAINT journal_entry_small CHECK (abs(amount) < 1000000)
);
ALTER TABLE billing.account ADD CONSTRAINT account_opening_fk FOREIGN KEY (opening_entry_id) REFERENCES billing.journal_entry DEFERRABLE;
CREATE TABLE billing.invoice (
  id serial PRIMARY KEY,
  number text NOT NULL,
  order_id bigint NOT NULL, placed date NOT NULL, channel shop.channel NOT NULL,
  customer_id int NOT NULL REFERENCES crm.customer ON DELETE RESTRICT,
  amount billing.amount NOT NULL, due date, pdf bytea,
  CONSTRAINT invoice_number_key UNIQUE (number),
  FOREIGN KEY (order_id, placed, channel) REFERENCES shop.orders
);
CREATE TABLE billing.invoice_line (
  invoice_id int REFERENCES billing.invoice ON DELETE CASCADE, line smallint, text text, amount numeric(12,2), tax_class_id int REFERENCES catalog.tax_class,
  PRIMARY KEY (invoice_id, line)
);
CREATE TABLE billing.payment (
  id bigserial PRIMARY KEY, invoice_id int REFERENCES billing.invoice ON DELETE SET NULL, kind billing.payment_kind NOT NULL,
  amount money NOT NULL, paid timestamptz, reference varchar(40)
);
CREATE TABLE billing.refund (
  payment_id bigint PRIMARY KEY REFERENCES billing.payment ON DELETE CASCADE, amount numeric(12,2) NOT NULL, waited interval
);
CREATE TABLE billing.dunning_level (level smallint PRIMARY KEY, fee billing.amount, grace interval day to second);
CREATE TABLE billing.dunning (
  invoice_id int REFERENCES billing.invoice ON DELETE CASCADE, level smallint DEFAULT 1 REFERENCES billing.dunning_level ON DELETE SET DEFAULT, sent date,
  PRIMARY KEY (invoice_id, level)
);
CREATE TABLE billing.exchange_rate (   -- numeric scale is kept: 1.0 is not 1.00
  currency char(3), day date, rate numeric, PRIMARY KEY (currency, day)
);

-- ================================================================ audit
CREATE TABLE audit.change_log (
  id bigserial PRIMARY KEY, at timestamptz, table_name regclass, operation char(1), old_row jsonb, new_row jsonb, who name
);
ALTER SEQUENCE audit.change_log_id_seq INCREMENT BY 10 CACHE 3;
CREATE TABLE audit.login_attempt (login text, at timestamptz, ip inet, net cidr, ok boolean);
ALTER TABLE audit.login_attempt REPLICA IDENTITY FULL;
CREATE TABLE audit.brand_snapshot (   -- a column typed by another table's row type
  id int PRIMARY KEY, taken date NOT NULL, brand catalog.brand, brands catalog.brand[]
);
CREATE TABLE audit.review_inbox (review_id int, product_id bigint, seen boolean DEFAULT false);
CREATE TABLE audit.price_change (product_id bigint, old_price numeric, new_price numeric);
CREATE TABLE audit.duplicate_row (a int, b text, c numeric);
CREATE TABLE audit.nothing ();
CREATE TABLE audit.big_text (id int PRIMARY KEY, body text, raw bytea, doc jsonb);
ALTER TABLE audit.big_text ALTER COLUMN raw SET STORAGE EXTERNAL;
CREATE TABLE audit.value_zoo (
  id int PRIMARY KEY, n numeric, n2 numeric(10,2), f8 double precision, f4 real, ci public.citext, t text, c char(5), j json, jb jsonb,
  ia int[], ta text[][], d date, ts timestamp, tz timestamptz, ti time, tt timetz, iv interval, u uuid, b bytea, bi bit(3), vb varbit,
  ip inet, m macaddr, ir int4range, mr int4multirange, pt point, x xml, q tsquery, o oid, ch "char"
);

-- ================================================================ odd names
CREATE TABLE "Odd Corner"."Table With Spaces" ("Id" int PRIMARY KEY, "Select" text, "a.b" text DEFAULT 'x.y', "q""q" text, "tab	tab" text);
CREATE TABLE "Odd Corner"."quo""te'd" ("it's" int CONSTRAINT "quo""te'd pk" PRIMARY KEY REFERENCES "Odd Corner"."Table With Spaces" ON DELETE CASCADE);
CREATE TABLE "Odd Corner"."größe_Ω_😀" ("ключ" int PRIMARY KEY, "値" text);
CREATE TABLE "Odd Corner"."select" ("from" int, "where" text, "table" boolean, CONSTRAINT "check" CHECK ("from" > 0));
CREATE TABLE "Odd Corner"."dot.ted" (a int);
CREATE TABLE "Odd Corner"."UPPER" ("A" int, a int, CONSTRAINT "UPPER_key" UNIQUE ("A"));
CREATE TABLE "Odd Corner".customer_loyalty_points_balance_history_by_calendar_quarter_v1x (id int, note text);
CREATE TABLE "Odd Corner"."öööööööööööööööööööööööööööööö1" (id int);   -- 61 bytes in 31 characters
CREATE INDEX "idx with spaces" ON "Odd Corner"."Table With Spaces" ("a.b", "q""q" DESC);

-- ================================================================ data
INSERT INTO catalog.tax_class VALUES (1, 'standard', 19), (2, 'reduced', 7), (3, 'none', 0);
INSERT INTO catalog.brand (name, home, founded)
  SELECT (ARRAY['Alder','Birch','Cedar','Douglas','ELM','Fir','ginkgo','Hazel','Ilex','Juniper','Kauri','Larch'])[g], (ARRAY['DE','FR','US','JP'])[1 + g % 4], 1900 + 7 * g
  FROM generate_series(1, 12) g;
INSERT INTO catalog.category (id, parent_id, name, sort_order)
  SELECT g, CASE WHEN g > 4 THEN g / 5 END, (ARRAY['Books','Tools','Garden','Kitchen','Toys'])[1 + g % 5] || ' ' || g, g * 10 FROM generate_series(1, 24) g;
SELECT setval(pg_get_serial_sequence('catalog.category', 'id'), 24);
INSERT INTO catalog.product (id, sku, name, brand_id, tax_class_id, status, price, discount, size, attributes, tags, usual_price, launched)
  SELECT 100 + g, 'PR-' || (1000 + g), (ARRAY['Small','Large','Red','Blue','Folding'])[1 + g % 5] || ' ' || (ARRAY['Spoon','Lamp','Ladder','Puzzle','Chair','Atlas','Kettle'])[1 + g % 7] || ' ' || g,
         CASE WHEN g % 11 > 0 THEN 1 + g % 12 END, 1 + g % 3, (ARRAY['draft','active','active','sold out','retired']::catalog.product_status[])[1 + g % 5],
         5 + (g * 37 % 400) + (g % 100) / 100.0, g % 4 * 5, ROW(g % 9 + 1, g % 7 + 0.5, 2)::catalog.dimension,
         jsonb_build_object('colour', (ARRAY['red','green','blué'])[1 + g % 3], 'weight', g * 10, 'dims', jsonb_build_array(g % 9, g % 7)),
         ARRAY['t' || g % 6, 'a "b" \c'], catalog.price_range(g, g + 50), date '2021-01-01' + g * 5
  FROM generate_series(1, 120) g;
SELECT setval(pg_get_serial_sequence('catalog.product', 'id'), 220);
INSERT INTO catalog.product_image (product_id, position, path, alt_text)
  SELECT 100 + (g + 1) / 2, g % 2, '/img/' || g || '.jpg', CASE WHEN g % 3 = 0 THEN 'picture ' || g END FROM generate_series(1, 240) g;
UPDATE catalog.product p SET main_image_id = (SELECT min(i.id) FROM catalog.product_image i WHERE i.product_id = p.id) WHERE p.id % 3 = 0;
INSERT INTO catalog.product_category SELECT 100 + g, 1 + g % 24 FROM generate_series(1, 120) g UNION SELECT 100 + g, 1 + g * 5 % 24 FROM generate_series(1, 60) g;
INSERT INTO catalog.product_variant SELECT 100 + g, v, (ARRAY['plain','Deluxe'])[v], lpad((4000000 + g * 10 + v)::text, 13, '0'), (v - 1) * 2.5 FROM generate_series(1, 120) g, generate_series(1, 2) v;
INSERT INTO catalog.variant_price SELECT 100 + g, 1, daterange(date '2024-01-01' + 90 * k, date '2024-01-01' + 90 * (k + 1)), 10 + g + k FROM generate_series(1, 60) g, generate_series(0, 2) k;
INSERT INTO catalog.attribute VALUES ('colour', 'Colour', NULL), ('length', 'Length', 'cm'), ('material', 'Material', NULL);
INSERT INTO catalog.attribute_option SELECT c, n, c || ' ' || n FROM unnest(ARRAY['colour','length','material']) c, generate_series(1, 5) n;
INSERT INTO catalog.product_attribute SELECT 100 + g, (ARRAY['colour','length','material'])[1 + g % 3], 1 + g % 5 FROM generate_series(1, 120) g;
INSERT INTO catalog.product_translation SELECT 100 + g, l, 'Produkt ' || g || ' ' || l, CASE WHEN g % 2 = 0 THEN E'Zeile 1\nZeile 2 \\ ' || l END FROM generate_series(1, 40) g, unnest(ARRAY['de','fr']) l;
INSERT INTO catalog.related_product SELECT 100 + g, 100 + g + 1 + g % 3, (g % 10) / 10.0 FROM generate_series(1, 100) g;
INSERT INTO catalog.review (product_id, author, stars, body, written)
  SELECT 101 + g % 60, (ARRAY['Ann','BOB','bob','Çelik'])[1 + g % 4], 1 + g % 5, 'Review number ' || g, timestamp '2024-01-01 08:00' + g * interval '7 hours' FROM generate_series(1, 150) g;
INSERT INTO catalog.price_list VALUES (1, 'retail', '2024-01-01', NULL, 1), (2, 'summer', '2024-06-01', '2024-09-01', 0.9), (3, 'staff', '2020-01-01', '2030-01-01', 0.7500);
INSERT INTO catalog.price_list_item SELECT l, 100 + g, 4 + g * l FROM generate_series(1, 40) g, generate_series(1, 3) l;

INSERT INTO shop.store VALUES (1, 'Web shop', 'web', '2015-03-01'), (2, 'Hotline', 'phone', NULL), (3, 'Zürich', 'store', '2018-08-08');
INSERT INTO shop.store_hours SELECT 3, d, int4range(9, 12) FROM generate_series(1, 6) d UNION ALL SELECT 3, d, int4range(13, 18) FROM generate_series(1, 5) d;
INSERT INTO shop.setting SELECT k, s, to_jsonb(k || s), CASE WHEN s = 2 THEN E'tab\there' END FROM unnest(ARRAY['currency','theme','maintenance']) k, generate_series(1, 3) s;
INSERT INTO crm.customer (email, full_name, store_id, address, older_addresses, blocked, credit, born, touched)
  SELECT CASE WHEN g % 2 = 0 THEN 'User' ELSE 'user' END || g || '@Example.org', (ARRAY['Ada','Björn','Chloé','Đặng'])[1 + g % 4] || ' ' || (ARRAY['Müller','O''Neil','Smith "Jr"'])[1 + g % 3] || ' ' || g,
         1 + g % 3, ROW('Street ' || g || ', "back"', lpad(g::text, 5, '0'), 'Town ' || g % 9, 'DE')::crm.postal_address,
         CASE WHEN g % 10 = 0 THEN ARRAY[ROW('Old ' || g, NULL, 'Elsewhere', 'FR')::crm.postal_address] END,
         g % 17 = 0, CASE WHEN g % 4 > 0 THEN g * 1.5 END, date '1950-01-01' + g * 97, timestamptz '2024-01-01 00:00+00' + g * interval '1 hour'
  FROM generate_series(1, 150) g;
BEGIN;
INSERT INTO crm.customer_group VALUES (1, 'gold', 1000, 10), (2, 'silver', 1005, 5), (3, 'empty', NULL, 0);
INSERT INTO crm.customer_group_member SELECT 1 + g % 2, 1000 + 5 * g, date '2023-01-01' + g FROM generate_series(0, 59) g;
COMMIT;
INSERT INTO crm.customer_address (customer_id, kind, street, zip, city, is_default)
  SELECT 1000 + 5 * (g % 100), (ARRAY['home','work','other'])[1 + g / 100], 'Lane ' || g, lpad((g * 7 % 1000)::text, 5, '0'), 'City ' || g % 12, g < 100 FROM generate_series(0, 199) g;
INSERT INTO crm.newsletter SELECT CASE WHEN g % 2 = 0 THEN 'READER' ELSE 'reader' END || g || '@example.org', ARRAY['news','t' || g % 3], g % 3 > 0, timestamptz '2024-05-05 05:05+00' + g * interval '1 day' FROM generate_series(1, 40) g;
INSERT INTO crm.contact SELECT g, 'Contact ' || g FROM generate_series(1, 5) g;
INSERT INTO crm.contact_person SELECT g, 'Person ' || g, '+49 ' || g, DEFAULT_REMARK, date '1980-01-01' + g FROM generate_series(11, 20) g, (SELECT 'a person' AS DEFAULT_REMARK) d;
INSERT INTO crm.contact_company SELECT g, 'Company ' || g, NULL, NULL, 'DE' || g FROM generate_series(21, 28) g;
INSERT INTO crm.contact_partner (id, name, vat_id, changed_by, share) SELECT g, 'Partner ' || g, 'FR' || g, 'import', g / 4.0 FROM generate_series(31, 34) g;
INSERT INTO crm.ticket (id, parent_id, customer_id, subject, state, opened)
  SELECT g, CASE WHEN g > 20 THEN g - 20 END, 1000 + 5 * (g % 150), 'Where is parcel ' || g, (ARRAY['open','waiting','closed']::crm.ticket_state[])[1 + g % 3], timestamptz '2024-03-01 09:00+00' + g * interval '3 hours' FROM generate_series(1, 50) g;
SELECT setval(pg_get_serial_sequence('crm.ticket', 'id'), 50);
INSERT INTO crm.ticket_message SELECT t, m, 'Message ' || m || E' of\tticket ' || t, CASE WHEN m = 1 THEN 'customer' END FROM generate_series(1, 50) t, generate_series(1, 2) m;
INSERT INTO crm.consent SELECT 1000 + 5 * g, p, tstzrange(timestamptz '2023-01-01 00:00+00' + g * interval '1 day', NULL) FROM generate_series(0, 39) g, unnest(ARRAY['mail','test']) p;
INSERT INTO shop.cart SELECT md5('cart' || g)::uuid, CASE WHEN g % 3 > 0 THEN 1000 + 5 * g END, timestamptz '2024-08-01 10:00+00' + g * interval '1 minute', g % 2 = 0 FROM generate_series(1, 50) g;
INSERT INTO shop.cart_item SELECT md5('cart' || g)::uuid, l, 100 + 1 + (g * 3 + l) % 120, CASE WHEN g % 5 > 0 THEN 1 + l % 2 END, 1 + l FROM generate_series(1, 50) g, generate_series(1, 2) l;
INSERT INTO shop.orders (placed, channel, customer_id, state, total, ship_to, note)
  SELECT date '2022-07-01' + g * 4, (ARRAY['web','web','phone','store']::shop.channel[])[1 + g % 4], 1000 + 5 * (g * 7 % 150), (ARRAY['new','paid','packed','shipped','delivered','cancelled']::shop.order_state[])[1 + g % 6],
         20 + g % 90, CASE WHEN g % 5 = 0 THEN ROW('Elsewhere ' || g, '00000', 'Town', 'AT')::crm.postal_address END, CASE WHEN g % 8 = 0 THEN 'leave at "door" ' || g END
  FROM generate_series(1, 270) g;
INSERT INTO shop.order_item (order_id, placed, channel, line, product_id, variant_no, quantity, price)
  SELECT o.id, o.placed, o.channel, l, 101 + (o.id * 5 + l * 11) % 120, 1 + (o.id + l) % 2, 1 + l % 3, 3 + (o.id * l) % 50 FROM shop.orders o, generate_series(1, 2) l ORDER BY o.id, l;
INSERT INTO shop.order_history SELECT id, placed, channel, placed::timestamp AT TIME ZONE 'UTC', NULL, 'new' FROM shop.orders WHERE id <= 120 ORDER BY id;
INSERT INTO shop.carrier (name, tracking_url) VALUES ('Snail', 'https://snail.example/%s'), ('Pigeon', NULL), ('Bike & Co', 'x?a=1&b=2');
INSERT INTO shop.shipment (carrier_id, order_id, placed, channel, sent, weight, box)
  SELECT 1 + id % 3, id, placed, channel, timestamptz '2024-01-01 00:00+00' + id * interval '5 hours', id / 7.0, '08:00:2b:01:02:03:04:05' FROM shop.orders WHERE state IN ('shipped', 'delivered') ORDER BY id;
INSERT INTO shop.shipment (carrier_id) VALUES (2);
INSERT INTO shop.shipment_item SELECT s.id, i.order_id, i.line, i.quantity FROM shop.shipment s JOIN shop.order_item i USING (order_id) ORDER BY 1, 3;
INSERT INTO shop.return_request (shipment_id, order_id, line, reason) SELECT shipment_id, order_id, line, 'broken ' || order_id FROM shop.shipment_item WHERE order_id % 9 = 0 AND line = 1 ORDER BY order_id;
INSERT INTO shop.coupon VALUES ('WELCOME', 10, NULL, NULL), ('SUMMER24', 15, '[2024-06-01,2024-09-01)', 3), ('TOYS', 5.5, 'empty', 5);
INSERT INTO shop.coupon_use SELECT (ARRAY['WELCOME','SUMMER24'])[1 + g % 2], 1000 + 5 * g, date '2024-06-15' + g FROM generate_series(1, 30) g;
INSERT INTO shop.wishlist (id, customer_id) SELECT g, 1000 + 5 * g FROM generate_series(1, 20) g;
INSERT INTO shop.wishlist_item SELECT g, 100 + 1 + (g * k) % 120 FROM generate_series(1, 20) g, generate_series(1, 3) k ON CONFLICT DO NOTHING;
INSERT INTO shop.session SELECT md5('s' || g), jsonb_build_object('n', g), timestamptz '2024-09-09 09:09+00' FROM generate_series(1, 10) g;
INSERT INTO shop.legacy_order SELECT g, CASE WHEN g % 10 = 0 THEN 9 ELSE 1000 + 5 * g END, g * 1.10, CASE WHEN g = 7 THEN repeat('x', 300) END FROM generate_series(1, 40) g;
INSERT INTO shop.click SELECT 'v' || g % 23, timestamp '2024-10-01 00:00' + g * interval '13 minutes', '/p/' || g, 101 + g % 120 FROM generate_series(1, 120) g;
ALTER TABLE shop.legacy_order ADD CONSTRAINT legacy_order_customer_fk FOREIGN KEY (customer_id) REFERENCES crm.customer NOT VALID;
ALTER TABLE shop.legacy_order ADD CONSTRAINT legacy_order_short_remark CHECK (length(remark) < 100) NOT VALID;

INSERT INTO stock.warehouse VALUES (1, 'North', '(1.5,-2)', '((0,0),(4,0),(4,3))', 10000), (2, 'South', '(0,0)', NULL, 500), (3, 'Empty', NULL, NULL, NULL);
INSERT INTO stock.bin SELECT w, (ARRAY['A','B','C'])[n] || '-' || w, 100 * n FROM generate_series(1, 2) w, generate_series(1, 3) n;
INSERT INTO stock.stock_level SELECT 1 + g % 2, (ARRAY['A','B','C'])[1 + g % 3] || '-' || (1 + g % 2), 101 + g % 120, 1 + g / 120, g % 50, g % 7 FROM generate_series(0, 199) g;
INSERT INTO stock.movement (kind, day, product_id, quantity) SELECT (ARRAY['in','out','return','customer''s','lost','found'])[1 + g % 6], date '2024-02-01' + g, 101 + g % 120, g % 13 - 3 FROM generate_series(1, 120) g;
INSERT INTO stock.supplier (name, contact_id, rating) SELECT 'Supplier ' || g, 20 + g, g / 2.0 FROM generate_series(1, 8) g;
INSERT INTO stock.purchase_order (supplier_id, ordered) SELECT 1 + g % 8, date '2024-01-10' + g FROM generate_series(1, 15) g;
INSERT INTO stock.purchase_order_item SELECT p.id, l, CASE WHEN l = 1 THEN 101 + p.id % 120 END, CASE WHEN l = 1 THEN 1 END, 10 * l FROM stock.purchase_order p, generate_series(1, 2) l ORDER BY 1, 2;
INSERT INTO stock.goods_receipt (purchase_order_id, received) SELECT id, timestamptz '2024-02-01 06:00+00' + (id % 100) * interval '1 day' FROM stock.purchase_order WHERE id % 2 = 0 ORDER BY id;

BEGIN; SET CONSTRAINTS ALL DEFERRED;
INSERT INTO billing.account (number, name) SELECT (1000 + g * 100)::text, 'Account ' || g FROM generate_series(1, 6) g;
INSERT INTO billing.journal_entry (account, booked, amount) SELECT (1100 + g % 6 * 100)::text, date '2024-01-01' + g, g * 10.5 - 200 FROM generate_series(0, 59) g;
UPDATE billing.journal_entry SET reverses_id = id - 30 WHERE id > 50;
UPDATE billing.account a SET opening_entry_id = (SELECT min(e.id) FROM billing.journal_entry e WHERE e.account = a.number), balance = (SELECT sum(e.amount) FROM billing.journal_entry e WHERE e.account = a.number);
COMMIT;
INSERT INTO billing.invoice (number, order_id, placed, channel, customer_id, amount, due, pdf)
  SELECT 'I-' || lpad(id::text, 6, '0'), id, placed, channel, customer_id, total, placed + 14, decode(md5(id::text), 'hex') FROM shop.orders WHERE state <> 'new' AND id <= 132 ORDER BY id;
INSERT INTO billing.invoice_line SELECT id, l, 'Position ' || l, amount / 2, 1 + l % 3 FROM billing.invoice, generate_series(1, 2) l ORDER BY 1, 2;
INSERT INTO billing.payment (invoice_id, kind, amount, paid, reference)
  SELECT CASE WHEN id % 20 > 0 THEN id END, (ARRAY['card','transfer','invoice','gift ☃']::billing.payment_kind[])[1 + id % 4], amount::numeric::money, timestamptz '2024-04-01 12:00+00' + id * interval '90 minutes', 'ref ' || id FROM billing.invoice WHERE id <= 100 ORDER BY id;
INSERT INTO billing.refund SELECT id, 1.50, make_interval(days => id::int % 30, hours => 3) FROM billing.payment WHERE id % 10 = 0;
INSERT INTO billing.dunning_level VALUES (1, 0, '7 days'), (2, 5, '14 days'), (3, 15.5, '3 days 12:00:00');
INSERT INTO billing.dunning SELECT id, 1 + id % 3, due + 10 FROM billing.invoice WHERE id % 12 = 0;
INSERT INTO billing.exchange_rate VALUES ('USD', '2024-01-01', 1.0), ('USD', '2024-01-02', 1.00), ('USD', '2024-01-03', 1), ('JPY', '2024-01-01', 157.10), ('JPY', '2024-01-02', 157.1), ('XXX', '2024-01-01', 'NaN'), ('XXX', '2024-01-02', 0.00000000000000000000012300), ('XXX', '2024-01-03', 12345678901234567890123456789.10);

INSERT INTO audit.change_log (at, table_name, operation, new_row, who) SELECT timestamptz '2024-01-01 00:00+00' + g * interval '1 second', 'catalog.brand'::regclass, 'I', jsonb_build_object('id', g), 'import' FROM generate_series(1, 12) g;
INSERT INTO audit.login_attempt SELECT (ARRAY['ann','bob'])[1 + g % 2], timestamptz '2024-07-01 00:00+00' + g / 2 * interval '1 minute', ('10.0.0.' || g)::inet, '192.168.0.0/16', g % 3 = 0 FROM generate_series(1, 30) g;
INSERT INTO audit.brand_snapshot SELECT b.id, date '2024-01-01' + b.id, b, CASE WHEN b.id = 1 THEN (SELECT array_agg(x ORDER BY x.id) FROM catalog.brand x WHERE x.id < 4) END FROM catalog.brand b WHERE b.id <= 5 ORDER BY b.id;
INSERT INTO audit.duplicate_row VALUES (1, 'same', 1.0), (1, 'same', 1.0), (1, 'same', 1.00), (2, NULL, NULL), (2, NULL, NULL), (NULL, NULL, NULL), (NULL, NULL, NULL);
INSERT INTO audit.nothing DEFAULT VALUES; INSERT INTO audit.nothing DEFAULT VALUES; INSERT INTO audit.nothing DEFAULT VALUES;
INSERT INTO audit.big_text SELECT g, string_agg(md5(g || '/' || i), CASE WHEN i % 50 = 0 THEN E'\n' ELSE '' END ORDER BY i), decode(string_agg(md5(i || ':' || g), '' ORDER BY i), 'hex'), NULL FROM generate_series(1, 3) g, generate_series(1, 100) i GROUP BY g ORDER BY g;
INSERT INTO audit.big_text VALUES (5, repeat('lorem ipsum ', 2000), decode(repeat('00ff', 3000), 'hex'), jsonb_build_object('k', repeat('y', 9000))), (6, '', '', 'null');
INSERT INTO audit.value_zoo (id, n, n2, f8, f4, ci, t, c, j, jb) VALUES
  (1, 1.0, 1.0, '-0', '-0', 'Straße', E'tab\tnl\ncr\r back\\slash', 'a', '{"b":1, "a" : 2}', '{"b":1,"a":2}'),
  (2, 1.00, 1, 'NaN', 'NaN', 'STRASSE', '\N', 'a  ', '[]', '[1.0, 1.00, 1]'),
  (3, 'NaN', NULL, 'Infinity', '-Infinity', 'abc', '\.', '', 'null', 'null'),
  (4, 'Infinity', 'NaN', '-Infinity', 'Infinity', 'ABC', '', NULL, NULL, NULL),
  (5, '-Infinity', -0.00, 1.7976931348623157e308, 3.4028235e38, NULL, E'\u2028 \u00a0 \u200b', 'ö', '"\u0041"', '"\u0041\n"'),
  (6, 1e-100, 99999999.99, 5e-324, 1e-45, 'aBc', E'\b\f\v\u0001\u007f', '12345', '1e3', '1e3'),
  (7, 0.000, 0, 0, 0, '', '-- ; DROP TABLE x', E'\\.', '{"a":{"a":1},"a":2}', '{"x": "\\u0000"}');
INSERT INTO audit.value_zoo (id, ia, ta, d, ts, tz, ti, tt, iv, u, b, bi, vb, ip, m, ir, mr, pt, x, q, o, ch) VALUES
  (11, '{1,NULL,-3}', '{{a,"b c"},{"NULL",NULL}}', 'infinity', '-infinity', 'infinity', '24:00', '12:00:00.5+05:30', '1 year -2 mons 3 days -04:05:06.789', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '\x00ff5c2e0a0d09', B'101', B'', '::1/128', '08:00:2b:01:02:03', '[1,5)', '{[1,3),[7,9)}', '(-0,NaN)', '<a b="c">&amp;</a>', '''a'' & !''b''', 4294967295, 'z'),
  (12, '{}', '{}', '0044-03-15 BC', '0001-01-01 00:00:00 BC', '294276-12-31 23:59:59+00', '00:00', '00:00+00', '0', NULL, '', B'000', B'1111111111', '10.0.0.0/8', NULL, 'empty', '{}', '(1e300,-1e-300)', NULL, '', 0, ''),
  (13, '[0:1]={7,8}', '[2:2][3:4]={{x,y}}', '5874897-12-31', '2024-02-29 23:59:59.999999', '1883-11-18 12:03:58+00', NULL, NULL, '178000000 years', NULL, '\x5c5c5c', NULL, NULL, NULL, NULL, '(,)', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "Odd Corner"."Table With Spaces" VALUES (1, 'x', 'y', 'z', 'w'), (2, NULL, '', '\N', '\.'), (3, '"', '''', '$$', E'\t');
INSERT INTO "Odd Corner"."quo""te'd" VALUES (1), (3);
INSERT INTO "Odd Corner"."größe_Ω_😀" VALUES (1, '한국어 😀🏴 e' || U&'\0301'), (2, U&'\+01F600 \200B\FEFF');
INSERT INTO "Odd Corner"."select" VALUES (1, 'w', true), (2, 'w', NULL);
INSERT INTO "Odd Corner"."dot.ted" VALUES (1); INSERT INTO "Odd Corner"."UPPER" VALUES (1, 2);
INSERT INTO "Odd Corner".customer_loyalty_points_balance_history_by_calendar_quarter_v1x VALUES (1, 'sixty-three bytes');
INSERT INTO "Odd Corner"."öööööööööööööööööööööööööööööö1" VALUES (1);

-- ================================================================ functions over tables
CREATE FUNCTION catalog.products_of_brand(b int) RETURNS SETOF catalog.product LANGUAGE sql STABLE
  AS $$ SELECT p.* FROM catalog.product p WHERE p.brand_id = b ORDER BY p.id $$;
CREATE FUNCTION catalog.display_name(p catalog.product) RETURNS text LANGUAGE sql STABLE
  AS $$ SELECT (p).name || ' (' || (p).sku::text || ')' $$;
CREATE FUNCTION shop.order_sum(o bigint) RETURNS numeric LANGUAGE sql STABLE
  BEGIN ATOMIC
    SELECT coalesce(sum(i.quantity * i.price), 0) FROM shop.order_item i WHERE i.order_id = o;
  END;
CREATE FUNCTION crm.open_tickets(c int) RETURNS TABLE (ticket int, subject text) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY SELECT t.id, t.subject FROM crm.ticket t WHERE t.customer_id = c AND t.state <> 'closed';
END $$;
CREATE FUNCTION crm.find_customer(mail text) RETURNS crm.customer LANGUAGE plpgsql STABLE AS $$
DECLARE r crm.customer%ROWTYPE; id_only crm.customer.id%TYPE;
BEGIN
  SELECT * INTO r FROM crm.customer c WHERE c.email::text = mail; RETURN r;
END $$;
CREATE PROCEDURE shop.close_carts() LANGUAGE sql AS $$ UPDATE shop.cart SET closed = true WHERE started < timestamptz '2020-01-01 00:00+00' $$;
COMMENT ON FUNCTION shop.order_sum(bigint) IS 'BEGIN ATOMIC: bound to the table';
COMMENT ON PROCEDURE shop.close_carts() IS 'nightly';

CREATE FUNCTION audit.log_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $fn$
BEGIN
  -- body with $$ and \. and ; -- and 'quotes'
  INSERT INTO audit.change_log (at, table_name, operation, old_row, new_row, who)
    VALUES (now(), TG_RELID, left(TG_OP, 1), CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END, CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, session_user);
  RETURN NULL;
END $fn$;
CREATE FUNCTION crm.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.touched := now(); RETURN NEW; END $$;
CREATE FUNCTION shop.pass() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF TG_LEVEL = 'ROW' AND TG_OP <> 'DELETE' THEN RETURN NEW; END IF; RETURN NULL; END $$;
CREATE FUNCTION audit.log_prices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO audit.price_change SELECT n.product_id, o.price, n.price FROM before_rows o JOIN after_rows n USING (price_list_id, product_id) WHERE o.price IS DISTINCT FROM n.price;
  RETURN NULL;
END $$;
CREATE FUNCTION billing.check_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.amount < 0::money THEN RAISE EXCEPTION 'payment % is negative', NEW.id; END IF; RETURN NULL;
END $$;
CREATE FUNCTION crm.write_active_customer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE crm.customer SET full_name = NEW.full_name WHERE id = OLD.id; RETURN NEW;
END $$;

-- ================================================================ triggers
CREATE TRIGGER product_log AFTER INSERT OR UPDATE OR DELETE ON catalog.product FOR EACH ROW EXECUTE FUNCTION audit.log_change();
CREATE TRIGGER product_price_log AFTER UPDATE OF price, discount ON catalog.product FOR EACH ROW WHEN (OLD.price IS DISTINCT FROM NEW.price) EXECUTE FUNCTION audit.log_change();
CREATE TRIGGER product_never BEFORE TRUNCATE ON catalog.product FOR EACH STATEMENT EXECUTE FUNCTION shop.pass('no', 'it''s', E'back\\slash');
CREATE TRIGGER price_list_item_log AFTER UPDATE ON catalog.price_list_item REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.log_prices();
CREATE TRIGGER customer_touch BEFORE UPDATE ON crm.customer FOR EACH ROW EXECUTE FUNCTION crm.touch();
CREATE TRIGGER customer_off BEFORE INSERT ON crm.customer FOR EACH ROW EXECUTE FUNCTION shop.pass();
CREATE TRIGGER customer_always AFTER UPDATE ON crm.customer FOR EACH STATEMENT EXECUTE FUNCTION shop.pass();
CREATE TRIGGER customer_replica AFTER DELETE ON crm.customer FOR EACH ROW WHEN (OLD.blocked) EXECUTE FUNCTION shop.pass();
ALTER TABLE crm.customer DISABLE TRIGGER customer_off;
ALTER TABLE crm.customer ENABLE ALWAYS TRIGGER customer_always;
ALTER TABLE crm.customer ENABLE REPLICA TRIGGER customer_replica;
CREATE CONSTRAINT TRIGGER payment_check AFTER INSERT OR UPDATE OF amount ON billing.payment DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing.check_payment();
CREATE TRIGGER orders_pass AFTER INSERT OR UPDATE ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.pass();
CREATE TRIGGER orders_always AFTER UPDATE ON shop.orders FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION shop.pass();
ALTER TABLE shop.orders ENABLE ALWAYS TRIGGER orders_always;
ALTER TABLE shop.orders_2023 DISABLE TRIGGER orders_pass;               -- one partition differs from its parent
CREATE TRIGGER "orders 2024 only" BEFORE INSERT ON shop.orders_2024_web FOR EACH ROW EXECUTE FUNCTION shop.pass();
CREATE TRIGGER click_statement AFTER INSERT ON shop.click FOR EACH STATEMENT EXECUTE FUNCTION shop.pass();
COMMENT ON TRIGGER product_log ON catalog.product IS 'every change';
COMMENT ON TRIGGER payment_check ON billing.payment IS 'at commit';

-- ================================================================ views
CREATE VIEW crm.v_active_customer WITH (security_barrier) AS
  SELECT id, email, full_name, store_id, blocked, credit FROM crm.customer WHERE NOT blocked;
CREATE VIEW crm.v_web_customer AS SELECT id, email, full_name, store_id, credit FROM crm.v_active_customer WHERE store_id = 1 WITH LOCAL CHECK OPTION;
CREATE VIEW crm.v_good_web_customer WITH (security_barrier = true) AS SELECT * FROM crm.v_web_customer WHERE credit > 100 WITH CASCADED CHECK OPTION;
CREATE TRIGGER v_active_customer_write INSTEAD OF UPDATE ON crm.v_active_customer FOR EACH ROW EXECUTE FUNCTION crm.write_active_customer();
CREATE VIEW crm.v_customer_orders AS   -- GROUP BY primary key: needs the constraint
  SELECT c.id, c.full_name, c.email, count(o.id) AS orders, max(o.placed) AS last_order FROM crm.customer c LEFT JOIN shop.orders o ON o.customer_id = c.id GROUP BY c.id;
CREATE VIEW crm.v_best_customer AS SELECT v.id, v.full_name, v.orders, rank() OVER (ORDER BY v.orders DESC, v.id) AS place FROM crm.v_customer_orders v WHERE v.orders > 1;
CREATE VIEW crm.v_everybody AS SELECT c.*, c.tableoid::regclass AS kind FROM crm.contact c;
CREATE VIEW shop.v_order AS SELECT o.id, o.placed, o.channel, o.state, c.full_name, shop.order_sum(o.id) AS item_sum FROM shop.orders o JOIN crm.customer c ON c.id = o.customer_id;
CREATE VIEW shop.v_open_order AS SELECT * FROM shop.v_order WHERE state NOT IN ('delivered', 'cancelled');
CREATE VIEW shop.v_urgent_order (order_no, customer) AS SELECT id, full_name FROM shop.v_open_order WHERE placed < date '2024-01-01';
CREATE VIEW shop.v_open_cart AS SELECT id, customer_id, started FROM shop.cart WHERE NOT closed;
CREATE RULE v_open_cart_close AS ON DELETE TO shop.v_open_cart DO INSTEAD UPDATE shop.cart SET closed = true WHERE id = OLD.id;
CREATE RULE v_open_cart_no_insert AS ON INSERT TO shop.v_open_cart DO INSTEAD NOTHING;
CREATE VIEW catalog.v_product_label AS SELECT p.id, catalog.display_name(p) AS label FROM catalog.product p;
CREATE VIEW catalog.v_product_row AS SELECT p AS product, p.size OPERATOR(catalog.<#) ROW(5, 5, 2)::catalog.dimension AS fits FROM catalog.product p;
CREATE VIEW catalog.v_category_path AS
  WITH RECURSIVE t(id, path) AS (SELECT id, name FROM catalog.category WHERE parent_id IS NULL UNION ALL SELECT c.id, t.path || ' > ' || c.name FROM catalog.category c JOIN t ON c.parent_id = t.id)
  SELECT id, path FROM t;
CREATE VIEW catalog.v_product_in_brand AS SELECT b.name AS brand, f.id, f.name FROM catalog.brand b, LATERAL catalog.products_of_brand(b.id) f;
CREATE VIEW reporting.v_brand AS SELECT id, name, home FROM catalog.brand;
CREATE VIEW "Odd Corner"."view ""of"" spaces" AS SELECT "Id", "a.b" || '.' AS "a.b." FROM "Odd Corner"."Table With Spaces";
ALTER VIEW shop.v_open_cart ALTER COLUMN customer_id SET DEFAULT 1000;
CREATE RULE review_to_inbox AS ON INSERT TO catalog.review DO ALSO INSERT INTO audit.review_inbox (review_id, product_id) VALUES (NEW.id, NEW.product_id);
CREATE RULE no_delete AS ON DELETE TO billing.exchange_rate WHERE OLD.currency = 'XXX' DO INSTEAD NOTHING;
COMMENT ON VIEW crm.v_active_customer IS 'not blocked';
COMMENT ON COLUMN crm.v_active_customer.credit IS 'may be null';
COMMENT ON RULE review_to_inbox ON catalog.review IS 'moderation';

CREATE MATERIALIZED VIEW catalog.mv_product_sales AS
  SELECT p.id, p.name, count(i.order_id) AS sold, sum(i.line_total) AS turnover FROM catalog.product p LEFT JOIN shop.order_item i ON i.product_id = p.id GROUP BY p.id, p.name;
CREATE UNIQUE INDEX mv_product_sales_id ON catalog.mv_product_sales (id);
CREATE INDEX mv_product_sales_sold ON catalog.mv_product_sales (sold DESC) WHERE sold > 0;
CREATE MATERIALIZED VIEW catalog.mv_best_seller WITH (fillfactor = 90) AS SELECT id, name, sold FROM catalog.mv_product_sales WHERE sold > 5;
CREATE UNIQUE INDEX mv_best_seller_id ON catalog.mv_best_seller (id);
CREATE VIEW catalog.v_best_seller AS SELECT s.name, b.sold FROM catalog.mv_best_seller b JOIN catalog.mv_product_sales s USING (id);
CREATE MATERIALIZED VIEW crm.mv_customer_value AS SELECT v.id, v.full_name, v.orders FROM crm.v_customer_orders v WITH NO DATA;
CREATE UNIQUE INDEX mv_customer_value_id ON crm.mv_customer_value (id);
ALTER TABLE catalog.mv_product_sales ALTER COLUMN name SET STATISTICS 200;
COMMENT ON MATERIALIZED VIEW catalog.mv_product_sales IS 'refreshed nightly';
COMMENT ON INDEX catalog.mv_product_sales_id IS 'for REFRESH CONCURRENTLY';

-- ================================================================ row level security
ALTER TABLE crm.customer ENABLE ROW LEVEL SECURITY;
CREATE POLICY customer_app ON crm.customer FOR SELECT TO shop_app USING (store_id = coalesce(current_setting('shop.store', true)::int, store_id));
CREATE POLICY customer_not_blocked ON crm.customer AS RESTRICTIVE TO shop_app, shop_reporting USING (NOT blocked);
CREATE POLICY "customer report" ON crm.customer FOR SELECT TO shop_reporting USING (true);
ALTER TABLE billing.invoice ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing.invoice FORCE ROW LEVEL SECURITY;
CREATE POLICY invoice_of_visible_customer ON billing.invoice FOR SELECT USING (EXISTS (SELECT 1 FROM crm.customer c WHERE c.id = invoice.customer_id AND NOT c.blocked));
CREATE POLICY invoice_write ON billing.invoice FOR ALL TO shop_owner USING (true) WITH CHECK (amount > 0::numeric);
ALTER TABLE crm.ticket ENABLE ROW LEVEL SECURITY;
CREATE POLICY ticket_read ON crm.ticket FOR SELECT USING (true);
CREATE POLICY ticket_delete_leaf ON crm.ticket FOR DELETE TO shop_app USING (NOT EXISTS (SELECT 1 FROM crm.ticket child WHERE child.parent_id = ticket.id));
ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY orders_all ON shop.orders TO PUBLIC USING (placed > date '1900-01-01');
COMMENT ON POLICY customer_not_blocked ON crm.customer IS 'always applies';

-- ================================================================ comments
COMMENT ON TABLE crm.customer IS 'people who buy;
\! echo pwned
it''s "personal"';
COMMENT ON COLUMN crm.customer.email IS 'e-mail, any case';
COMMENT ON CONSTRAINT customer_credit_range ON crm.customer IS 'NO INHERIT';
COMMENT ON TABLE catalog.product IS 'the goods';
COMMENT ON COLUMN catalog.product.net_price IS 'generated';
COMMENT ON CONSTRAINT product_sku_key ON catalog.product IS 'one product, one sku';
COMMENT ON INDEX catalog.product_slug_idx IS 'expression';
COMMENT ON STATISTICS catalog.product_brand_stx IS 'correlated';
COMMENT ON SEQUENCE stock.document_no IS 'shared by three tables';
COMMENT ON CONSTRAINT legacy_order_customer_fk ON shop.legacy_order IS 'never validated';
COMMENT ON COLUMN "Odd Corner"."Table With Spaces"."a.b" IS 'dotted';
DO $$ DECLARE r record; BEGIN   -- and something on every other table
  FOR r IN SELECT c.oid::regclass::text AS t, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname IN ('catalog', 'crm', 'shop', 'stock', 'billing', 'audit', 'archive', 'Odd Corner') AND obj_description(c.oid, 'pg_class') IS NULL ORDER BY 1 LOOP
    EXECUTE format('COMMENT ON TABLE %s IS %L', r.t, 'table ' || r.relname);
  END LOOP; END $$;

-- ================================================================ owners and privileges
DO $$ DECLARE r record; BEGIN
  FOR r IN SELECT format('ALTER SCHEMA %I OWNER TO shop_owner', nspname) AS s FROM pg_namespace WHERE nspname IN ('catalog', 'crm', 'shop', 'stock', 'billing', 'audit', 'archive', 'reporting', 'Odd Corner')
    UNION ALL SELECT format('ALTER %s %I.%I OWNER TO shop_owner', CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, n.nspname, c.relname)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('catalog', 'crm', 'shop', 'stock', 'billing', 'audit', 'archive', 'reporting', 'Odd Corner')
      AND (c.relkind IN ('r', 'p', 'v', 'm') OR c.relkind = 'S' AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')))
    UNION ALL SELECT format('ALTER ROUTINE %s OWNER TO shop_owner', p.oid::regprocedure) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE n.nspname IN ('catalog', 'crm', 'shop', 'stock', 'billing', 'audit') AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')
    UNION ALL SELECT format('ALTER %s %I.%I OWNER TO shop_owner', CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, n.nspname, t.typname) FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
      WHERE n.nspname IN ('catalog', 'crm', 'shop', 'stock', 'billing', 'audit') AND (t.typtype IN ('d', 'e', 'r') OR t.typtype = 'c' AND c.relkind = 'c')
    UNION ALL SELECT format('ALTER STATISTICS %I.%I OWNER TO shop_owner', n.nspname, s.stxname) FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
  LOOP EXECUTE r.s; END LOOP; END $$;
GRANT USAGE, CREATE ON SCHEMA reporting TO shop_reporting;
ALTER VIEW reporting.v_brand OWNER TO shop_reporting;   -- a dependent that belongs to somebody else

GRANT USAGE ON SCHEMA catalog, crm, shop, billing TO shop_app, shop_reporting;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA shop TO shop_app;
GRANT SELECT ON ALL TABLES IN SCHEMA catalog TO shop_app, shop_reporting;
GRANT SELECT ON catalog.brand TO shop_reporting WITH GRANT OPTION;
GRANT SELECT, UPDATE (full_name, address), REFERENCES (id) ON crm.customer TO shop_app;
GRANT SELECT (id, full_name, store_id) ON crm.customer TO shop_reporting WITH GRANT OPTION;
GRANT SELECT ON crm.v_active_customer, crm.v_customer_orders, catalog.mv_product_sales TO shop_reporting;
GRANT ALL ON SEQUENCE stock.document_no TO shop_app;
GRANT USAGE ON SEQUENCE shop.shipment_id_seq TO shop_reporting;
GRANT TRIGGER, TRUNCATE ON audit.change_log TO shop_app;
REVOKE ALL ON billing.payment FROM shop_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON billing.payment TO shop_owner;
REVOKE EXECUTE ON FUNCTION audit.log_change() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION catalog.products_of_brand(int) TO shop_app;
GRANT USAGE ON TYPE crm.postal_address TO shop_app WITH GRANT OPTION;
REVOKE USAGE ON TYPE billing.payment_kind FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner IN SCHEMA shop GRANT SELECT ON TABLES TO shop_reporting;
ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner IN SCHEMA catalog GRANT SELECT, UPDATE ON SEQUENCES TO shop_app;
ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner GRANT INSERT ON TABLES TO shop_app;

-- ================================================================ publications
SET client_min_messages = error;   -- wal_level may be replica
CREATE PUBLICATION shop_brands FOR TABLE catalog.brand, shop.setting WITH (publish = 'insert, update');
CREATE PUBLICATION shop_orders FOR TABLE shop.orders WITH (publish_via_partition_root = true);
DO $$ BEGIN   -- column lists and row filters came with 15
  IF current_setting('server_version_num')::int >= 150000 THEN
    EXECUTE 'CREATE PUBLICATION shop_partial FOR TABLE catalog.product (id, sku, name, price) WHERE (id > 110), audit.login_attempt WHERE (ok)';
  END IF; END $$;
COMMENT ON PUBLICATION shop_orders IS 'to the warehouse';
DO $$ DECLARE p text; BEGIN
  FOR p IN SELECT pubname FROM pg_publication WHERE pubname LIKE 'shop\_%' LOOP EXECUTE format('ALTER PUBLICATION %I OWNER TO shop_owner', p); END LOOP; END $$;
ANALYZE;
