# Each target sets up what it needs from a bare checkout: Python 3.11 or newer with venv, and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help demo test check lint bench golden pictures clean

help:
	@echo "make demo    install, reconcile the sample statements, show where the report is"
	@echo "make test    lint, type-check and run every test that needs Python alone"
	@echo "make check   the tests that need LibreOffice and Chromium (fails without them)"
	@echo "make pictures  draw the pictures of the README (needs LibreOffice and Chromium)"
	@echo "make bench   measure accuracy and speed beside other tools"

$(VENV)/.core: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) install -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.core
	$(PIP) install -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(VENV)/.core
	@mkdir -p demo-output
	$(BIN)/reconcile sample_statements/plain sample_statements/ofx sample_statements/rakuten \
	  sample_statements/chase --orders sample_statements/orders.csv --as-of 2026-11-23 \
	  -o demo-output/refunds.xlsx --json demo-output/refunds.json

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint
	$(BIN)/pytest -m "not check" -n 2

# The rules for accessible pages; a tool for checks, no part of the program.
AXE := .cache/axe-core/axe.min.js
$(AXE):
	mkdir -p $(@D)
	cd $(@D) && npm pack --silent axe-core@4.14.1 && tar -xzf axe-core-4.14.1.tgz --strip-components=1 package/axe.min.js

check: $(VENV)/.dev $(AXE)
	$(BIN)/pytest -m check

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks.startup
	$(BIN)/python -m benchmarks.accuracy
	$(BIN)/python -m benchmarks.bench --out docs/benchmarks.md

golden: $(VENV)/.dev
	$(BIN)/pytest tests/test_samples.py --rewrite-golden

pictures: $(VENV)/.dev
	$(BIN)/python -m benchmarks.pictures

clean:
	rm -rf $(VENV) demo-output .pytest_cache .mypy_cache .ruff_cache
