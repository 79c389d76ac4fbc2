# Each target sets up what it needs. Another Python: `make test PYTHON=python3.12`.

PYTHON ?= python3
VENV ?= .venv
WORKERS ?= 2
BIN := $(VENV)/bin
export UV_PYTHON_DOWNLOADS := never

# The environment is of the Python asked for. Make looks at a stamp before any recipe runs, so one of another
# Python, or of a folder that was moved, is taken away here.
VERSION := import sys; print(*sys.version_info[:2], sep=".")
ASKED := $(shell $(PYTHON) -c '$(VERSION)' 2>/dev/null)
MADE := $(shell $(BIN)/python -c '$(VERSION)' 2>/dev/null)
ifneq ($(ASKED),$(MADE))
$(shell rm -f $(VENV)/.ready $(VENV)/.ready-dev)
endif

.DEFAULT_GOAL := help
.PHONY: help demo test check bench stress mutants migration weights constraints clean python

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1|/' \
		| awk -F'|' '{ printf "  make %-12s %s\n", $$1, $$2 }'

demo: $(VENV)/.ready ## a small clinic in the browser: client, therapist and admin side by side
	@$(BIN)/gentlehours demo

test: $(VENV)/.ready-dev ## every test, on SQLite and on PostgreSQL
	$(BIN)/pytest -n $(WORKERS) --dist worksteal $(ARGS)

check: $(VENV)/.ready-dev ## style, types, floors, policy and catalogues
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/gentlehours check

bench: $(VENV)/.ready-dev ## the tests that measure
	$(BIN)/pytest -m benchmark $(ARGS)

stress: $(VENV)/.ready-dev ## the tests that take long: races, kills, many clients
	$(BIN)/pytest -m stress $(ARGS)

mutants: $(VENV)/.ready-dev ## break the safety rules on purpose, for the tests to notice
	@WORKERS=$(WORKERS) $(BIN)/python tests/mutants.py $(MODULES)

migration: $(VENV)/.ready-dev ## a new migration from the tables: make migration m="why"
	@$(BIN)/python tests/migration.py "$(m)"

weights: $(VENV)/.ready-dev ## learn again what each word weighs, after the lexicon or its messages changed
	@$(BIN)/python tests/screening/weigh_words.py

constraints: $(VENV)/.ready-dev ## take in newer versions of what we stand on
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --no-header --no-annotate \
		--python-version 3.11 --upgrade -q -o constraints.txt

clean: ## take away what the other targets made
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .mutants

python:
	@$(PYTHON) -c '' >/dev/null 2>&1 || { \
		echo "There is no $(PYTHON) that runs here. Install Python 3.11 or later, or name one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) is too old: Gentle Hours needs Python 3.11 or later. Name one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) has no venv module. Install it (Debian: apt-get install python3-venv)."; exit 1; }
	@test "$(MADE)" = "$(ASKED)" || $(PYTHON) -m venv --clear $(VENV)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt uv

define install
	@$(BIN)/uv pip install -q --python $(BIN)/python -c constraints.txt -e $(1) \
		|| $(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e $(1)
	@touch $@
endef

$(VENV)/.ready: pyproject.toml constraints.txt | python
	$(call install,'.')

$(VENV)/.ready-dev: pyproject.toml constraints.txt | python
	$(call install,'.[dev]')
	@touch $(VENV)/.ready
