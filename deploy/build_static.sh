#!/bin/sh
# build_static.sh: what nginx serves by itself: static files into STATIC_ROOT, problem pages into PROBLEM_DIR.
# Reads settings but no secret: the values below exist during these commands only.
set -eu
export PORTAL_MODE=production SECRET_KEY=unused-while-building ALLOWED_HOSTS=localhost \
    DATABASE_URL=postgres://localhost/none BROKER_URL=redis://localhost
python manage.py collectstatic --no-input --verbosity 0
python manage.py problem_pages "$PROBLEM_DIR"
