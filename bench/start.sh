#!/bin/sh
# Measures what an operator waits for before anything happens: `pgmend --help`, and `pgmend inspect` of an archive whose table of contents has
# 50,000 entries (5,000 tables with keys, indexes, sequences, foreign keys, comments). Medians of 5, beside `pg_restore -l`. On a PostgreSQL server
# of its own (loopback, a free port). Needs initdb, pg_dump and pg_restore in PATH or under /usr/lib/postgresql, and python3. Exits with 1 if
# --help takes longer than 0.15 s or inspect longer than 1 s.
set -eu

. "$(dirname "$0")/server.sh"
build_pgmend
start_server max_locks_per_transaction=2000
url="postgresql://postgres@127.0.0.1:$port/postgres"
python3 - >"$dir/schema.sql" <<'P'
for i in range(5000):
    if i % 500 == 0:
        print('COMMIT;' if i else '', 'BEGIN;')
    parent = f' REFERENCES t{i - 1}' if i % 500 else ''
    print(f"CREATE TABLE t{i} (id bigserial PRIMARY KEY, parent bigint{parent}, name text NOT NULL DEFAULT 'x', at timestamptz);"
          f" CREATE INDEX t{i}_at ON t{i} (at); COMMENT ON TABLE t{i} IS 'table {i}';")
print('COMMIT;')
P
psql -Xq -d "$url" -v ON_ERROR_STOP=1 -f "$dir/schema.sql"
pg_dump -Fc -d "$url" -f "$dir/dump"
stop_server
PGMEND="$here/pgmend" DUMP="$dir/dump" python3 - <<'P'
import os, statistics, subprocess, sys, time
pgmend, dump = os.environ['PGMEND'], os.environ['DUMP']

def seconds(*command):
    taken = []
    for _ in range(5):
        begun = time.monotonic()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        taken.append(time.monotonic() - begun)
    return statistics.median(taken)

listing = subprocess.run(['pg_restore', '-l', dump], stdout=subprocess.PIPE, text=True, check=True).stdout
print(f"{sum(1 for line in listing.splitlines() if not line.startswith(';'))} entries, medians of 5")
missed = False
for name, command, wanted in (('pgmend --help', (pgmend, '--help'), 0.15), ('pgmend inspect', (pgmend, 'inspect', dump), 1.0),
                              ('pgmend inspect, one table', (pgmend, 'inspect', dump, 't77'), None), ('pg_restore -l', ('pg_restore', '-l', dump), None)):
    median = seconds(*command)
    bad = wanted is not None and median > wanted
    missed |= bad
    print(f'{name:28} {median:6.2f} s' + (f'  (wanted {wanted})' if wanted else '') + ('  MISSED' if bad else ''))
sys.exit(missed)
P
