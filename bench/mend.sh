#!/bin/sh
# Measures what it costs to bring back 1 % of a table: WAL and time of `pgmend restore`, beside those of a full pg_restore, on a
# PostgreSQL server of its own (loopback, a free port, default settings but for autovacuum). Needs initdb and pg_dump in PATH or
# under /usr/lib/postgresql. Exits with 1 if the mend of a range writes more than 5 % of the WAL of the full restore, or takes longer.
#
#   bench/mend.sh [ROWS]        2000000 rows, if you do not say otherwise
set -eu

rows=${1:-2000000}
. "$(dirname "$0")/server.sh"
start_server autovacuum=off max_wal_size=4GB
db=postgresql://postgres@127.0.0.1:$port/bench
sql() { psql -XqAt -v ON_ERROR_STOP=1 -d "$db" -c "$1"; }
now() { date +%s%N; }

# measure NAME COMMAND...: sets wal (bytes) and ms
measure() {
  sql CHECKPOINT
  lsn=$(sql 'SELECT pg_current_wal_lsn()')
  begun=$(now)
  "$@" >"$dir/out" 2>&1 || { cat "$dir/out"; exit 1; }
  ms=$((($(now) - begun) / 1000000))
  wal=$(sql "SELECT pg_current_wal_lsn() - '$lsn'")
}
content() { sql 'SELECT count(*), sum(hashtextextended(o::text, 0)) FROM orders AS o'; }
mend() { "$here/pgmend" restore orders --from "$dir/dump" --to "$db" --rows missing --yes; }
clean() { pg_restore --clean --if-exists --exit-on-error -d "$db" "$dir/dump"; }
refill() { sql 'TRUNCATE orders' && pg_restore --data-only --exit-on-error -d "$db" "$dir/dump"; }
lose() { sql "DELETE FROM orders WHERE $1"; }

psql -Xq -d "postgresql://postgres@127.0.0.1:$port/postgres" -c 'CREATE DATABASE bench'
sql "CREATE TABLE orders (id bigint PRIMARY KEY, customer int NOT NULL, status text, amount numeric(10,2), placed timestamptz, note text);
INSERT INTO orders SELECT g, g % 50000, (ARRAY['new','paid','sent','done'])[1 + g % 4], g % 10000 / 100.0,
  timestamptz '2024-01-01 00:00+00' + g * interval '1 minute', repeat(md5(g::text), 4) FROM generate_series(1, $rows) AS g"
sql 'VACUUM ANALYZE orders'
pg_dump -Fc -d "$db" -f "$dir/dump"
build_pgmend
want=$(content)
line() { awk -v n="$1" -v w="$2" -v t="$3" -v fw="$fullwal" -v ft="$fullms" \
  'BEGIN { printf "%-44s %9.1f %7.1f %% %8.1f %7.1f %%\n", n, w / 1e6, 100 * w / fw, t / 1e3, 100 * t / ft }'; }
same() { [ "$(content)" = "$want" ] || { echo "the table is not what it was: $1"; exit 1; }; }

range="id > $rows / 2 AND id <= $rows / 2 + $rows / 100"
look() { content; }
median() { printf '%s\n' $1 | sort -n | sed -n 2p; }
rangewals= rangemss= fullwals= fullmss=
for _ in 1 2 3; do # taking turns
  lose "$range"
  measure mend; rangewals="$rangewals $wal" rangemss="$rangemss $ms"; same 'mend of a range'
  lose "$range"
  measure clean; fullwals="$fullwals $wal" fullmss="$fullmss $ms"; same 'pg_restore --clean'
done
rangewal=$(median "$rangewals") rangems=$(median "$rangemss") fullwal=$(median "$fullwals") fullms=$(median "$fullmss")
lose "$range"
measure refill; refillwal=$wal refillms=$ms; same 'TRUNCATE and pg_restore'
lose 'id % 100 = 0'
measure look; lookwal=$wal lookms=$ms
measure clean; same 'pg_restore --clean'
lose 'id % 100 = 0'
measure mend; scatteredwal=$wal scatteredms=$ms; same 'mend of scattered rows'

echo "PostgreSQL $(sql 'SHOW server_version'), $rows rows, table and key $(sql "SELECT pg_size_pretty(pg_total_relation_size('orders'))"), 1 % lost"
printf '%-44s %9s %9s %8s %9s\n' '' 'WAL MB' '' seconds ''
line 'pg_restore --clean (median of 3)' "$fullwal" "$fullms"
line 'TRUNCATE, pg_restore --data-only' "$refillwal" "$refillms"
line 'pgmend restore, a range lost (median of 3)' "$rangewal" "$rangems"
line 'pgmend restore, every hundredth row lost' "$scatteredwal" "$scatteredms"
line 'SELECT over the table instead of that' "$lookwal" "$lookms"
[ $((rangewal * 20)) -le "$fullwal" ] || { echo 'MISSED: more than 5 % of the WAL'; exit 1; }
[ "$rangems" -le "$fullms" ] || { echo 'MISSED: longer than pg_restore'; exit 1; }
