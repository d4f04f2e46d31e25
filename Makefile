# The commands of this project. Needs make and Python 3.11 or later; nothing else, and no root.

PYTHON ?= python3
PORT   ?= 8000
BIND   ?= 127.0.0.1
ARGS   ?=

VENV   := .venv
PY     := $(VENV)/bin/python
BIN    := $(VENV)/bin
CORES  := -n auto --maxprocesses 4 --dist worksteal
export PYTHON

.PHONY: help run demo-reset test test-postgres test-celery test-browser test-documents test-stack test-faults test-machine test-workbooks test-api quality check format migrations locks bench

help:           ## this list
	@grep -hE '^[a-z-]+: .*##|^[a-z-]+:  +##' Makefile | sed -E 's/:.*## /\t/' | expand -t 16

# --- environments: rebuilt only when their lock has changed ------------------------------------

$(VENV)/.runtime: requirements.txt deploy/make_venv.sh
	@sh deploy/make_venv.sh requirements.txt runtime

$(VENV)/.test: requirements-test.txt deploy/make_venv.sh
	@sh deploy/make_venv.sh requirements-test.txt test

$(VENV)/.dev: requirements-dev.txt deploy/make_venv.sh
	@sh deploy/make_venv.sh requirements-dev.txt dev

# --- the two commands of the README ------------------------------------------------------------

run: $(VENV)/.runtime          ## the portal with its demo world, on PORT (8000)
	@exec $(PY) deploy/run_demo.py --bind $(BIND) --port $(PORT)

test: $(VENV)/.test            ## the default suite, on SQLite
	@env -u DATABASE_URL -u BROKER_URL $(PY) -m pytest $(CORES) $(ARGS)

# --- further lanes -----------------------------------------------------------------------------

test-postgres: $(VENV)/.test   ## the same suite and the races, on PostgreSQL (DATABASE_URL, or Debian's server)
	@sh deploy/with_postgres.sh $(PY) -m pytest $(CORES) -m "not browser and not celery and not stack and not faults and not machine and not documents and not workbooks and not api" $(ARGS)

test-celery: $(VENV)/.test     ## a real worker over a real Redis
	@sh deploy/with_redis.sh $(PY) -m pytest -m celery tests/config $(ARGS)

test-machine: $(VENV)/.test    ## runs of thirty acts chosen at random, everything held after each
	@env -u DATABASE_URL -u BROKER_URL $(PY) -m pytest $(CORES) -m machine tests/machine $(ARGS)

test-workbooks: $(VENV)/.test  ## thousands of generated lists, each fault in its cell
	@env -u DATABASE_URL -u BROKER_URL $(PY) -m pytest $(CORES) -m workbooks tests/workbooks $(ARGS)

test-api: $(VENV)/.dev         ## the API asked at random as every role: no fault, no undeclared answer
	@env -u DATABASE_URL -u BROKER_URL $(PY) -m pytest $(CORES) -m api tests/api $(ARGS)

test-documents: $(VENV)/.test  ## documents through LibreOffice and poppler and back
	@env -u DATABASE_URL -u BROKER_URL $(PY) -m pytest -m documents tests/documents $(ARGS)

test-browser: $(VENV)/.dev     ## the journeys in Chromium (CHROMIUM=/usr/bin/chromium)
	@env -u DATABASE_URL -u BROKER_URL $(PY) -m pytest $(CORES) -m browser tests/browser $(ARGS)

test-stack: $(VENV)/.dev       ## docker-compose.yml without an engine: every service, HTTPS in front
	@env -u DATABASE_URL -u BROKER_URL $(PY) -m pytest -m stack tests/stack $(ARGS)

test-faults: $(VENV)/.dev      ## the same services killed and stopped under work: nothing lost, nothing twice
	@env -u DATABASE_URL -u BROKER_URL $(PY) -m pytest -m faults tests/faults $(ARGS)

quality: $(VENV)/.dev          ## faults counted and public pages measured, into docs/quality.md (ARGS="pages": these alone)
	@env -u DATABASE_URL -u BROKER_URL $(PY) -m tests.quality $(ARGS)

check: $(VENV)/.dev            ## lint, format, types, templates, import law, Django's own checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	PORTAL_MODE=test $(BIN)/mypy
	find templates -name '*.html' | xargs $(BIN)/djade --target-version 5.2 --check
	$(BIN)/lint-imports
	PORTAL_MODE=test $(PY) manage.py check
	PORTAL_MODE=test $(PY) manage.py makemigrations --check --dry-run

format: $(VENV)/.dev           ## bring code and templates into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	find templates -name '*.html' | xargs $(BIN)/djade --target-version 5.2

migrations: $(VENV)/.dev       ## write migrations for changed models
	PORTAL_MODE=demo $(PY) manage.py makemigrations

bench: $(VENV)/.test           ## a nation on PostgreSQL, each time beside the floor it cannot beat (ARGS="--scale 0.1")
	@PORTAL_MODE=test $(PY) -m bench $(ARGS)

demo-reset:                    ## throw the demo world away; the next run makes it anew
	cd "$${VAR_DIR:-var}" 2>/dev/null && rm -rf db.sqlite3* media broker beat-schedule* log || true

locks: $(VENV)/.dev            ## renew the three locks from pyproject.toml (UPGRADE=--upgrade for newer versions)
	UV_CUSTOM_COMPILE_COMMAND="make locks" $(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate \
	  $(UPGRADE) pyproject.toml -o requirements.txt
	UV_CUSTOM_COMPILE_COMMAND="make locks" $(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate \
	  $(UPGRADE) -c requirements.txt pyproject.toml --group test -o requirements-test.txt
	UV_CUSTOM_COMPILE_COMMAND="make locks" $(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate \
	  $(UPGRADE) -c requirements-test.txt pyproject.toml --group dev -o requirements-dev.txt
