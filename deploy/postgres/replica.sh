#!/bin/sh
# replica.sh: copy the primary once, then follow it. A replica that fell too far behind is made anew by emptying
# its volume.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    pg_basebackup --dbname "$PRIMARY user=replicator password=$REPLICATION_PASSWORD" --pgdata "$PGDATA" \
        --checkpoint fast --wal-method stream --write-recovery-conf
    chmod 0700 "$PGDATA"
fi
# As many connections as the primary, or it will not start.
exec postgres -c max_connections=200
