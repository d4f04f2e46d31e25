#!/bin/sh
# make_env.sh NAME: print a .env for the portal under this name, with new secrets.
set -eu
name=${1:?usage: make_env.sh NAME > .env}
cd "$(dirname "$0")/.."
while IFS= read -r line; do
    case $line in
        PORTAL_HOST=) echo "PORTAL_HOST=$name" ;;
        SECRET_KEY= | *_PASSWORD=) echo "$line$(LC_ALL=C tr -dc A-Za-z0-9 </dev/urandom | head -c 50)" ;;
        *) printf '%s\n' "$line" ;;
    esac
done <.env.example
