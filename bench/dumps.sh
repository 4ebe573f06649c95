#!/bin/sh
# Measures how long it takes to get one small table out of a large dump: `pgmend rows`, beside what people use for that (sed, gzip -dc,
# zstd -dc, lz4 -dc, pg_restore), taking turns, medians. The dumps are made by a PostgreSQL server of its own (loopback, a free port); the small
# table is the last one in them. Needs initdb and pg_dump in PATH or under /usr/lib/postgresql, python3, gzip, zstd, lz4, and about four times
# the room of the dump in TMPDIR. Everything is read from the page cache if memory allows. Exits with 1 if a ratio that is wanted is missed.
#
#   bench/dumps.sh [MEGABYTES [RUNS]]        a plain dump of more than 2 GB, 5 runs, if you do not say otherwise
set -eu

megabytes=${1:-2500}
runs=${2:-5}
. "$(dirname "$0")/server.sh"
start_server autovacuum=off fsync=off max_wal_size=4GB
db=postgresql://postgres@127.0.0.1:$port/postgres
# 1 MB of COPY text is about 4,900 rows.
rows=$((megabytes * 4900 / 6))
for n in 1 2 3 4 5 6; do
  psql -Xq -d "$db" -c "CREATE UNLOGGED TABLE large_$n (id bigint, customer int, status text, amount numeric(10,2), placed timestamptz, note text)" \
    -c "INSERT INTO large_$n SELECT g, g % 50000, (ARRAY['new','paid','sent','done'])[1 + g % 4], g % 10000 / 100.0,
      timestamptz '2024-01-01 00:00+00' + g * interval '1 minute', repeat(md5(g::text), 4) FROM generate_series(1, $rows) AS g"
done
psql -Xq -d "$db" -c "CREATE TABLE small (id int PRIMARY KEY, note text); INSERT INTO small SELECT g, 'row ' || g FROM generate_series(1, 1000) AS g"
pg_dump -d "$db" -f plain.sql
pg_dump -Fc -Z0 -d "$db" -f offsets.dump
pg_dump -Fc -Z0 -d "$db" | cat >pipe.dump
stop_server
rm -rf data
gzip -c plain.sql >plain.sql.gz
zstd -q -c plain.sql >plain.sql.zst
lz4 -q -BD -c plain.sql >plain.sql.lz4
build_pgmend
"$here/pgmend" rows plain.sql small --csv >want
rm -rf cache

cat >measure.py <<'PY'
import os, resource, statistics, subprocess, sys, time
runs, size, pgmend = int(sys.argv[1]), os.path.getsize('plain.sql'), sys.argv[2]
missed = []
def run(command, forget=True):
    if forget: subprocess.run('rm -rf cache', shell=True)
    begun = time.monotonic()
    process = subprocess.Popen(command, shell=True, stdout=subprocess.PIPE)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status: sys.exit(f'failed: {command}')
    return time.monotonic() - begun, usage.ru_maxrss // 1024, out
def compare(what, ours, rival, wanted, indexed=False, rate=None, most=None):
    mine, theirs, memory = [], [], 0
    if indexed: run(ours)
    for _ in range(runs):
        if rival: theirs.append(run(rival)[0] if not indexed else run(rival, False)[0])
        seconds, used, out = run(ours, not indexed)
        mine.append(seconds); memory = max(memory, used)
        if out != open('want', 'rb').read(): sys.exit(f'other rows: {ours}')
    m = statistics.median(mine)
    t = statistics.median(theirs) if theirs else None
    ratio = f'{m / t:6.2f} (wanted {wanted})' if t else f'       (wanted under {most} s)'
    print(f'{what:46} {m:7.2f} s {size / m / 1e9:6.2f} GB/s {f"{t:7.2f} s" if t else "         "} {ratio} {memory:4} MB', flush=True)
    if t and m / t > wanted or rate and size / m < rate or most and m > most or memory > 300: missed.append(what)
rows = f'{pgmend} rows {{}} small --csv 2>/dev/null'
print(f'{size / 1e9:.1f} GB of plain dump, {runs} runs each, medians; GB/s are of plain dump')
print(f'{"small table, late in":46} {"pgmend":>9} {"":11} {"rival":>9}  ratio                memory')
compare('plain dump / sed', rows.format('plain.sql'), r"sed -n '/^COPY public.small /,/^\\\.$/p' plain.sql", 0.3, rate=1e9)
compare('the same, second time', rows.format('plain.sql'), None, None, indexed=True, most=1)
compare('plain.sql.gz / gzip -dc', rows.format('plain.sql.gz'), 'gzip -dc plain.sql.gz >/dev/null', 1.15)
compare('plain.sql.zst / zstd -dc', rows.format('plain.sql.zst'), 'zstd -qdc plain.sql.zst >/dev/null', 1.1)
compare('plain.sql.lz4, linked blocks / lz4 -dc', rows.format('plain.sql.lz4'), 'lz4 -qdc plain.sql.lz4 >/dev/null', 9, rate=1e9)
compare('custom without offsets / pg_restore', rows.format('pipe.dump'), 'pg_restore -a -t small -f /dev/null pipe.dump', 0.5)
compare('the same, second time', rows.format('pipe.dump'), None, None, indexed=True, most=1)
compare('custom with offsets / pg_restore', rows.format('offsets.dump'), 'pg_restore -a -t small -f /dev/null offsets.dump', 99, most=1)
if missed: sys.exit('MISSED: ' + '; '.join(missed))
PY
python3 measure.py "$runs" "$here/pgmend"
