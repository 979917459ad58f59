# Everything a person runs in a clone. Needs git, make and Python 3.11; `bin/bootstrap` brings the rest into .venv.
MAKEFLAGS += --no-print-directory
# Avow starts Python again and again (a command, a web process): without kept bytecode each start takes ten seconds more
unexport PYTHONDONTWRITEBYTECODE
PYTHON := .venv/bin/python
# says to the demo which process make is: it ends when make does, also by kill -9
STARTED := exec env DEMO_STARTER=$$PPID
COMPANY ?= cloudsentric
SCALE ?= 10000
SEED ?= 2026
# how many tests run at once, and which; `make test TESTS=tests/unit WORKERS=0`
WORKERS ?= 2
TESTS ?= tests

.PHONY: help demo demo-again month test test-long lint bench verdicts first-hour lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

demo: ## the example company, from nothing to proven; `make demo WHOLE=1` lets everything be tried without a terminal, too
	@bin/bootstrap
	@$(STARTED) $(PYTHON) -m avow.cli.main demo --company $(COMPANY) --scale $(SCALE) $(if $(WHOLE),--whole)

demo-again: ## opens what the last demo made, and makes nothing
	@bin/bootstrap
	@$(STARTED) $(PYTHON) -m avow.cli.main demo --company $(COMPANY) --again

month: ## a month of company life in minutes, counted by hand beside Avow; `make month SEED=7` lives another one
	@bin/bootstrap dev
	@MONTH_SEED=$(SEED) $(PYTHON) -m pytest tests/month/test_month.py -n 0 -q -s

test: lint ## every check, and the tests but those of test-long
	@$(PYTHON) -m pytest $(TESTS) -n $(WORKERS) --dist loadfile --no-loadscope-reorder -q

test-long: lint ## every test, also those that break or restore a whole company again and again (about an hour more)
	@AVOW_TEST_LONG=1 $(PYTHON) -m pytest $(TESTS) -n $(WORKERS) --dist loadfile --no-loadscope-reorder -q

lint: ## style, types and layers
	@bin/bootstrap dev
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy
	@out=$$(.venv/bin/lint-imports 2>&1) || { echo "$$out"; exit 1; }; echo "$$out" | tail -n 2

bench: ## what Avow costs: ratios to the raw query
	@bin/bootstrap dev
	@$(PYTHON) -m benchmarks

verdicts: ## the JSON of `avow check` on an example set up from nothing; nothing else on standard output
	@bin/bootstrap
	@$(STARTED) $(PYTHON) examples/demo.py --company $(COMPANY) --scale $(SCALE) --json

first-hour: ## Avow on a real product from PyPI, from nothing to a first broken and a first kept
	@bin/bootstrap
	@$(PYTHON) examples/first_hour/run.py

lock: ## write uv.lock anew
	@bin/bootstrap dev
	@.venv/bin/uv lock --no-config --upgrade

clean: ## remove what can be made again
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist
