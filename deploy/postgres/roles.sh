#!/bin/sh
# roles.sh: once, in a new cluster: the portal's role, which owns its database and nothing else, and the role
# that a replica follows with. The passwords come from the environment.
set -eu
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\getenv portal DATABASE_PASSWORD
\getenv replicator REPLICATION_PASSWORD
CREATE ROLE portal LOGIN PASSWORD :'portal';
CREATE DATABASE portal OWNER portal;
CREATE ROLE replicator LOGIN REPLICATION PASSWORD :'replicator';
SQL
echo "host replication replicator all scram-sha-256" >>"$PGDATA/pg_hba.conf"
