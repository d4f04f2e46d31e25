#!/bin/sh
# with_postgres.sh COMMAND...: run COMMAND with DATABASE_URL naming a PostgreSQL. One that is given is used;
# otherwise a server of our own is started in a temporary folder, as an unprivileged user, and ended after.
set -eu
[ -z "${DATABASE_URL:-}" ] || exec "$@"

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || bin=$(dirname "$(command -v initdb || echo /nowhere/initdb)")
[ -x "$bin/initdb" ] || {
    echo "No PostgreSQL server found: give DATABASE_URL, or install one (Debian: apt install postgresql)." >&2
    exit 1
}

# In the folder that POSTGRES_PLACE names, else in memory if the machine lends enough of it: the data
# live as long as COMMAND. In the folder that POSTGRES_KEPT names they stay, and are found by the next.
place=${POSTGRES_PLACE:-/tmp}
[ -n "${POSTGRES_PLACE:-}" ] ||
    { [ "$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1)" -gt 4194304 ] 2>/dev/null && place=/dev/shm; } || true
dir=${POSTGRES_KEPT:-$(mktemp -d "$place/portal-postgres.XXXXXX")}
mkdir -p "$dir"
if [ "$(id -u)" = 0 ]; then
    chown postgres "$dir"
    as() { runuser -u postgres -- "$@"; }
else
    as() { "$@"; }
fi
stop() {
    status=$?
    if [ -n "${POSTGRES_KEPT:-}" ]; then
        as "$bin/pg_ctl" -D "$dir/data" -m fast -t 600 -s stop || true
    else
        as "$bin/pg_ctl" -D "$dir/data" -m immediate -s stop >/dev/null 2>&1 || true
        rm -rf "$dir"
    fi
    exit "$status"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

cd_back=$PWD
cd "$dir"
[ -e "$dir/data/PG_VERSION" ] ||
    as "$bin/initdb" -D "$dir/data" -U portal --auth=trust --encoding=UTF8 --locale=C.UTF-8 >/dev/null
# For tests nothing has to survive; POSTGRES_AS_DEPLOYED leaves everything as it is delivered.
risk="-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0 \
    -c shared_buffers=256MB -c checkpoint_timeout=1h -c jit=off"
[ -z "${POSTGRES_AS_DEPLOYED:-}" ] || risk=""
as "$bin/pg_ctl" -D "$dir/data" -w -s -l "$dir/log" start \
    -o "-c listen_addresses='' -c unix_socket_directories=$dir -c max_connections=120 $risk"
as "$bin/psql" -h "$dir" -U portal -d postgres -Atqc "SELECT 1 FROM pg_database WHERE datname = 'portal'" |
    grep -q 1 || as "$bin/createdb" -h "$dir" -U portal portal
cd "$cd_back"

DATABASE_URL="postgres://portal@$(printf %s "$dir" | sed 's|/|%2F|g')/portal"
export DATABASE_URL
"$@"
