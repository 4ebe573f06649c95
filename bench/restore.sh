#!/bin/sh
# Measures a whole restore of one lost table, beside pg_restore and beside the physical limit (the server's own COPY of the same rows
# and the same index builds), taking turns, medians and ratios; then for how long readers and writers of a table are blocked while it is
# swapped, how much memory pgmend needs, and the same table from a live source (pgcopydb is a rival there if it is installed). On a PostgreSQL server of its own (loopback, a free port; settings are printed). Needs initdb, pg_dump
# and pg_restore in PATH or under /usr/lib/postgresql, python3, Linux, and 3 GB in TMPDIR (7 GB with the table of 1 GB). Exits with 1
# if a ratio that is wanted is missed.
#
#   bench/restore.sh [--turns N] [--rows N] [--jobs N] [PART ...]
#       5 turns and 4000000 rows (0.5 GB), if you do not say otherwise; parts: tuned, default, live, blocked, memory; all of them
set -eu

. "$(dirname "$0")/server.sh"
build_pgmend
export PATH server here dir
python3 "$here/bench/restore.py" "$@"
