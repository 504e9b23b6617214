# The two commands are `make demo` and `make test`; each sets up what it needs.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON_RUN := .venv/bin/python
# Test processes; `make test WORKERS=0` runs all in one.
WORKERS ?= 2
export PYTHONDONTWRITEBYTECODE ?=

.PHONY: help setup demo serve test unit lint format bench lock egress tenancy faults chaos soak clean

help: ## show this
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

setup: ## make .venv and install browser, libraries and fonts
	@scripts/setup run

demo: setup ## render everything once, into out/
	@$(PYTHON_RUN) -m demo

serve: setup ## run the service on 127.0.0.1:8080
	@.venv/bin/platen serve

test: ## lint, types, floors, then all tests
	@scripts/setup dev
	@scripts/check
	@$(PYTHON_RUN) -m pytest -q -n $(WORKERS) --dist loadfile || \
	  { echo "What failed beside other tests is run once more, alone:"; \
	    $(PYTHON_RUN) -m pytest -q --last-failed --last-failed-no-failures none; }

unit: ## the tests that need nothing but Python
	@scripts/setup dev
	@$(PYTHON_RUN) -m pytest tests/unit -q

lint: ## formatter, linter, types, floors
	@scripts/setup dev
	@scripts/check

format: ## rewrite the code in the project's format
	@scripts/setup dev
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .

bench: ## the naive way against ours, in one run
	@scripts/setup dev
	@scripts/install-system bench
	@$(PYTHON_RUN) -m bench $(ARGS)

egress: ## the whole egress suite
	@scripts/setup dev
	@$(PYTHON_RUN) -m pytest tests/egress -m "full or not full" -q --timeout 1800

tenancy: ## the whole tenancy suite
	@scripts/setup dev
	@$(PYTHON_RUN) -m pytest tests/tenancy -m "full or not full" -q --timeout 1800

faults: ## the long tests of faults and bad input
	@scripts/setup dev
	@$(PYTHON_RUN) -m pytest tests -m full --ignore tests/egress --ignore tests/tenancy -q --timeout 1800

chaos: ## random kills, stops, flushes and full disks for ten minutes in two worlds, then the oracle
	@scripts/setup dev
	@$(PYTHON_RUN) -m tests.chaos $(ARGS)

soak: ## 20,000 mixed renders; memory, processes and files into out/soak.svg
	@scripts/setup dev
	@$(PYTHON_RUN) -m bench.soak $(ARGS)

lock: ## resolve requirements/*.lock anew
	@scripts/lock

clean: ## remove what `make` made, but for .venv
	@rm -rf out .setup .pytest_cache .ruff_cache
