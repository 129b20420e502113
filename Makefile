# make run    the main job on the sample items, with the sandbox: no key, no network, no cost
# make test   everything the tests need, and the tests
# make check  lint, types, import contracts

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: run test check format fuzz soak test-browser check-models schedule bench scale clean

run: $(VENV)/.installed
	@# The demo's answers have faults on purpose, some are rejected: exit code 1 says so, and is let
	@# through here. Every other code is a failure of this demo. (--fresh: a second demo asks again.)
	@$(BIN)/truebatch run --sandbox --fresh || test $$? -eq 1

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n auto

check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

fuzz: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n auto -m fuzz

# Every cut, kill and refusal, some twenty minutes on two cores; then the guidelines' tables of them are
# written from what was measured, and held against the cases that exist.
soak: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n auto -m "soak or not soak" tests/crash tests/refusals --ignore tests/crash/test_tables.py
	$(BIN)/python -m pytest -n auto -m soak --ignore tests/crash --ignore tests/refusals || test $$? -eq 5
	$(BIN)/python -m tests.crash.tables
	$(BIN)/python -m pytest tests/crash/test_tables.py

# The tests drive Debian's own Chromium: no browser is downloaded.
test-browser: $(VENV)/.installed-dev
	@command -v chromium >/dev/null || { apt-get update -q && apt-get install -y --no-install-recommends chromium; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,browser]'
	TRUEBATCH_BROWSER=1 $(BIN)/python -m pytest -m browser tests/browser

schedule: $(VENV)/.installed
	$(BIN)/python benchmarks/schedule.py

# Speed and memory of each local stage beside its floor, of plans, of judging; then the peers, each in an
# environment of its own under ~/.cache/truebatch-peers. About half an hour on two cores.
bench: $(VENV)/.installed
	$(BIN)/python -m benchmarks.stages --million
	$(BIN)/python -m benchmarks.plan
	$(BIN)/python -m benchmarks.validate
	$(BIN)/python -m benchmarks.peers

# Whole runs against the sandbox, up to 1,000,000 items: some 20 minutes, some 15 GB of disk for a while.
scale: $(VENV)/.installed
	$(BIN)/python -m benchmarks.scale

check-models: $(VENV)/.installed
	@$(BIN)/truebatch models --check

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .hypothesis .import_linter_cache
