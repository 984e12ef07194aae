# Motcua from a fresh clone: needs python3 (3.11 or newer), make, and the internet for the first run.
#
#   MOTCUA_DATA   the folder that keeps everything (default: data)
#   MOTCUA_PORT   the port of the pages
#   PYTHON        the Python that makes .venv (default: python3)
#   WORKERS       how many files of tests run at a time (0: one after the other, for a debugger)

PYTHON ?= python3
PY := .venv/bin/python
EMPTY ?=
WORKERS ?= 3
PYTEST := $(PY) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help run test long faults check lint format setup setup-test python-is-new bench screenshots

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: setup ## set up, then run the demo branch; EMPTY=1 runs an empty branch of your own
ifeq ($(EMPTY),)
	@exec $(PY) -m server demo
else
	@exec $(PY) -m server run --branch-file deploy/branches/empty.toml
endif

test: setup-test ## set up, then run every test, browser tests included
	@$(PYTEST) $(ARGS)

long: setup-test ## every test at its whole size: a hundred kills each, a morning of a hundred visits
	@LONG=1 $(PYTEST) --timeout 0 $(ARGS)

faults: setup-test ## only the tests that kill processes with -9 under load, each a hundred times
	@LONG=1 $(PYTEST) --timeout 0 -m faults tests/faults $(ARGS)

check: lint ## format, lint, types, imports, then every test
	@$(PYTEST) $(ARGS)

lint: setup-test ## format, lint, types and imports, without the tests
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports
	@if [ -f tsconfig.json ]; then PATH="$(CURDIR)/.venv/bin:$$PATH" node_modules/.bin/tsc -p .; fi

format: setup-test ## rewrite the Python files in the project's format
	@$(PY) -m ruff format .

bench: setup-test ## measure; the numbers are printed and nothing fails
	@$(PY) -m tests.bench

screenshots: setup-test ## take the pictures of every screen
	@$(PY) -m tests.screenshots

setup: python-is-new
	@$(PYTHON) deploy/setup.py run

setup-test: python-is-new
	@$(PYTHON) deploy/setup.py test

# Asked before anything else is read: an older Python would only show a syntax error.
python-is-new:
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
	  echo "setup: python3 was not found. Motcua needs Python 3.11 or newer." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "setup: Motcua needs Python 3.11 or newer; this is $$($(PYTHON) --version 2>&1)." \
	  "Name a newer one: make run PYTHON=python3.12" >&2; exit 1; }
