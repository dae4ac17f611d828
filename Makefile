# Each target sets up what it needs from a bare checkout: Python 3.11 or newer with venv, and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help demo test check lint bench golden pictures fuzz hostile coverage mutation lock audit \
  release-check clean

help:
	@echo "make demo    install, reconcile the sample statements, show where the report is"
	@echo "make test    lint, type-check and run every test that needs Python alone"
	@echo "make check   the tests that need LibreOffice, Chromium and Java (fails without them)"
	@echo "make pictures  draw the pictures of the README (needs LibreOffice and Chromium)"
	@echo "make fuzz    fuzz everything that reads files; make hostile tries damaged ones"
	@echo "make coverage, make mutation   how much the tests see, and notice"
	@echo "make lock    write requirements.lock anew; make audit  ask for known weaknesses in it"
	@echo "make bench   measure accuracy and speed beside other tools"

$(VENV)/.core: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) install -c constraints.txt -e .
# Where Python is told to store nothing compiled, every start would else compile the program anew.
	@$(BIN)/python -m compileall -q src
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
	$(BIN)/pytest -m "not check and not spark" -n 2

# The rules for accessible pages; a tool for checks, no part of the program.
AXE := .cache/axe-core/axe.min.js
$(AXE):
	mkdir -p $(@D)
	cd $(@D) && npm pack --silent axe-core@4.14.1 && tar -xzf axe-core-4.14.1.tgz --strip-components=1 package/axe.min.js

# Apart, so that all other tests run as most users do: without pyarrow, which changes how pandas
# holds text.
SPARK := .venv-spark
$(SPARK)/.done: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(SPARK)
	$(SPARK)/bin/pip --disable-pip-version-check --quiet install -c constraints.txt -e '.[dev,spark]'
	@touch $@

check: $(VENV)/.dev $(SPARK)/.done $(AXE)
	$(BIN)/pytest -m check
	$(SPARK)/bin/pytest -m spark

# Apart as well: splink brings pyarrow, which is not what the speed of most users is measured with;
# csv2ofx, put there last, wants an older xlrd than this program, which reads no .xls there.
PEERS := .venv-peers
$(PEERS)/.done: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/pip --disable-pip-version-check --quiet install -c constraints.txt -e '.[bench]'
	$(PEERS)/bin/pip --disable-pip-version-check --quiet install 'csv2ofx>=0.34'
	@touch $@

bench: $(VENV)/.dev $(PEERS)/.done $(SPARK)/.done
	$(PEERS)/bin/python -m benchmarks.accuracy
	$(BIN)/python -m benchmarks.causes --out docs/causes.md
	$(BIN)/python -m benchmarks.bench --peers $(PEERS)/bin/python --out docs/benchmarks.md
	$(SPARK)/bin/python -m benchmarks.scale --out docs/scale.md

golden: $(VENV)/.dev
	$(BIN)/pytest tests/test_samples.py --rewrite-golden

pictures: $(VENV)/.dev
	$(BIN)/python -m benchmarks.pictures

# How long each target is fuzzed, in seconds.
FUZZ_TIME ?= 120
fuzz: $(VENV)/.dev
	$(PIP) install atheris
	for target in statement ofx orders layout amount; do \
	  mkdir -p .cache/fuzz/$$target && cp -n sample_statements/*/*.* src/reconcile/layouts/*.toml .cache/fuzz/$$target/; \
	  $(BIN)/python -m tests.fuzz.harness $$target -max_total_time=$(FUZZ_TIME) -timeout=10 \
	    -rss_limit_mb=1024 -max_len=20000 -artifact_prefix=.cache/fuzz/ .cache/fuzz/$$target || exit 1; \
	done

hostile: $(VENV)/.dev
	@mkdir -p .cache
	$(BIN)/python -m benchmarks.hostile --results .cache/hostile.jsonl --out docs/reliability.md

coverage: $(VENV)/.dev
	$(PIP) install pytest-cov
	$(BIN)/pytest -m "not check and not spark" -n 2 --cov --cov-report=term-missing:skip-covered

mutation: $(VENV)/.dev
	$(PIP) install mutmut==3.8.1
	rm -rf mutants
	$(BIN)/mutmut run
	$(BIN)/python -m benchmarks.mutants --out docs/reliability.md

# The hashes of every package; written anew when constraints.txt changes.
lock:
	$(PYTHON) -m venv .cache/lock && .cache/lock/bin/pip --quiet install uv
	echo hatchling >.cache/build.in
	.cache/lock/bin/uv pip compile pyproject.toml .cache/build.in --extra dev -c constraints.txt \
	  --generate-hashes --no-header --no-annotate --no-emit-index-url --quiet -o requirements.lock

# Known weaknesses of the pinned packages; it asks a database on the internet, so it is no test.
audit: $(VENV)/.dev
	@$(PIP) install pip-audit && $(BIN)/pip-audit --require-hashes --disable-pip -r requirements.lock || { \
	  echo "make audit: a weakness is listed above, or the database could not be asked:" \
	    "then nothing was checked" >&2; exit 1; }

# As a release is built and used: everything by hash, then the program, away from its source.
release-check:
	$(PYTHON) -m venv .cache/release
	.cache/release/bin/pip --quiet install --require-hashes -r requirements.lock
	.cache/release/bin/pip --quiet install --no-deps --no-build-isolation .
	.cache/release/bin/python -m tools.supply licences
	cp sample_statements/ofx/usd-card-xml.qfx .cache/
	cd .cache && release/bin/reconcile usd-card-xml.qfx -q -o release.xlsx && test -s release.xlsx

clean:
	rm -rf $(VENV) $(SPARK) $(PEERS) demo-output .pytest_cache .mypy_cache .ruff_cache
