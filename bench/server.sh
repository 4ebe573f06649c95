# A PostgreSQL server for a measurement, to be sourced by the scripts here, not run: in a directory of its own under TMPDIR, on a free port
# of the loopback interface, stopped and removed when the script ends. Needs initdb in PATH or under /usr/lib/postgresql, and python3.
#
# Sets dir (empty but for the server; also the current directory), port, here (the source tree), and PATH to the newest PostgreSQL.
#   start_server [SETTING=VALUE …]   settings beside those that keep it to itself
#   stop_server                      for scripts that need it no longer
#   build_pgmend                     so that no measurement has to wait for it

here=$(cd "$(dirname "$0")/.." && pwd)
newest=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5n | tail -1)
PATH=${newest:+$newest:}$PATH
dir=$(mktemp -d "${TMPDIR:-/tmp}/pgmend-bench-XXXXXX")
server=
if [ "$(id -u)" = 0 ]; then # initdb refuses to run as root
  chown nobody "$dir"
  server="setpriv --reuid=nobody --regid=$(id -g nobody) --clear-groups"
fi
cleanup() {
  (cd "$dir" && $server pg_ctl -D "$dir/data" -m immediate stop >/dev/null 2>&1) || true
  rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
cd "$dir"
unset PGDATABASE PGUSER PGPASSWORD PGSERVICE PGOPTIONS
# What was found in other files is not ours to use, and nothing of ours is to stay.
export XDG_CACHE_HOME="$dir/cache"

start_server() {
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  $server initdb -D "$dir/data" -U postgres -A trust --no-locale -E UTF8 >/dev/null
  options="-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories="
  for setting in "$@"; do options="$options -c $setting"; done
  $server pg_ctl -D "$dir/data" -l "$dir/log" -w -o "$options" start >/dev/null
}

build_pgmend() {
  "$here/pgmend" --version >/dev/null
  # A command that talks to servers, for the cache of those; there is nothing at that port.
  "$here/pgmend" status --to postgresql://127.0.0.1:1/none >/dev/null 2>&1 || true
}

stop_server() {
  $server pg_ctl -D "$dir/data" -m fast stop >/dev/null
}
