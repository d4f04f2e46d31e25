#!/bin/sh
# with_redis.sh COMMAND...: run COMMAND with BROKER_URL naming a Redis. One that is given is used; otherwise a
# server of our own is started on a free port of this machine and ended after.
set -eu
[ -z "${BROKER_URL:-}" ] || exec "$@"
command -v redis-server >/dev/null || {
    echo "No Redis server found: give BROKER_URL, or install one (Debian: apt install redis-server)." >&2
    exit 1
}
dir=$(mktemp -d /tmp/portal-redis.XXXXXX)
port=$("${PYTHON:-python3}" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
redis-server --bind 127.0.0.1 --port "$port" --dir "$dir" --save "" --appendonly no >"$dir/log" 2>&1 &
server=$!
stop() {
    status=$?
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    rm -rf "$dir"
    exit "$status"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
tries=0
until redis-cli -p "$port" ping >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ "$tries" -lt 50 ] || { cat "$dir/log" >&2; exit 1; }
    sleep 0.1
done
BROKER_URL="redis://127.0.0.1:$port/0"
export BROKER_URL
"$@"
