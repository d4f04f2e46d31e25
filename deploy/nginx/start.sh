#!/bin/sh
# start.sh: fill the template from the environment and become nginx. Needs envsubst (gettext-base).
set -eu
here=$(dirname "$0")
names='$SERVER_NAME $PUBLIC_URL $HTTP_LISTEN $HTTPS_LISTEN $WEB $RESOLVER $STATIC_DIR $PROBLEM_DIR $TLS_DIR
    $TMPDIR $SITE_NAME $SITE_PHONE'
envsubst "$names" <"$here/nginx.conf.template" >"$TMPDIR/nginx.conf"
exec nginx -e stderr -c "$TMPDIR/nginx.conf"
