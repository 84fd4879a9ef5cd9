# Needs python3 (3.11 or newer) with its venv module, and git; everything else lands in .venv/.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --custom-compile-command "make lock"

# The tests that run the money path in this process, without those of speed or of long searches.
COVERING := tests/statemachine tests/storage tests/contract tests/config tests/adapters/intake \
	tests/adapters/pingan tests/corpus/test_bad_pairs.py tests/daemon/halting \
	tests/daemon/planning tests/daemon/reconciliation tests/daemon/tasks $(wildcard tests/daemon/test_*.py) \
	--ignore tests/adapters/intake/test_reading_speed.py \
	--ignore tests/daemon/planning/test_envelope_properties.py \
	--ignore tests/daemon/planning/test_same_hash_everywhere.py \
	--ignore tests/statemachine/test_table_a8_arrivals.py

.DEFAULT_GOAL := help
.PHONY: deb sbom boot help setup demo test weeks coverage sim sweep planted fuzz chaos halts syscalls powercuts screenshots nightly lint types contracts lock clean

help: ## list what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

setup: $(STAMP) ## make .venv/ with the pinned packages and this project

$(STAMP): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed, found " + sys.version.split()[0])'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install -qq --require-hashes --only-binary :all: -r requirements/dev.txt
	$(BIN)/python -m pip install -qq --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP) ## rehearse a week on the bundled sample and tell its story
	$(BIN)/sage-execd demo

test: $(STAMP) ## run the tests; the slow ones are weeks
	$(BIN)/python -m pytest -n 2

weeks: $(STAMP) ## run the slow tests: whole weeks of real data
	$(BIN)/python -m pytest -n 2 -m slow

coverage: $(STAMP) ## show that tests run every branch of the money path
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -q -n 2 --timeout 600 $(COVERING)
	$(BIN)/coverage combine -q
	$(BIN)/coverage report

# How many days `make sim` plays, from which seed on; SEED plays one of them again, with its log.
SEEDS ?= 200
FIRST ?= 1
sim: $(STAMP) ## simulate SEEDS days with faults and crashes, or the one of SEED
	$(BIN)/python -m tests.simulation --seeds $(SEEDS) --first $(FIRST) $(if $(SEED),--seed $(SEED))

sweep: $(STAMP) ## crash at every await point of a reference day and of a recovery
	$(BIN)/python -m tests.simulation.sweep

planted: $(STAMP) ## plant known bugs in copies and show in how many days each is caught
	$(BIN)/python -m tests.simulation.planted

fuzz: $(STAMP) ## feed INPUTS (1000000) spoiled inputs to every reader, from SEED
	$(BIN)/python -m tests.corpus.fuzz --inputs $(or $(INPUTS),1000000) --seed $(or $(SEED),1)

halts: $(STAMP) ## halt at MOMENTS (50) moments of a session, some with the daemon dead
	$(BIN)/python -m tests.chaos.halts --moments $(or $(MOMENTS),50)

chaos: $(STAMP) ## kill the daemon at named points: POINTS=all|60|words SEEDS=5
	$(BIN)/python -m tests.chaos.kill --points "$(or $(POINTS),all)" $(if $(filter command line,$(origin SEEDS)),--seeds $(SEEDS))

syscalls: $(STAMP) ## fail every EVERYth system call of a cycle (1), or a SAMPLE of each kind
	$(BIN)/python -m tests.chaos.syscalls --every $(or $(EVERY),1) $(if $(SAMPLE),--sample $(SAMPLE))

powercuts: $(STAMP) ## cut the power CUTS (2000) times while the ledger writes
	$(BIN)/python -m tests.chaos.power_cuts --cuts $(or $(CUTS),2000)

screenshots: $(STAMP) ## take the pictures of docs/operating.md and docs/data.md with /usr/bin/chromium
	$(BIN)/python -m tests.end_to_end.console_screenshots
	$(BIN)/python -m tests.end_to_end.report_pictures

nightly: sim sweep planted fuzz chaos halts syscalls powercuts ## run every long campaign
	$(BIN)/python -m pytest -m slow tests/chaos
	$(BIN)/python -m pytest -n 2 -m nightly

lint: $(STAMP) ## check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP) ## check types
	$(BIN)/mypy

contracts: $(STAMP) ## check who may import whom
	$(BIN)/lint-imports

deb: $(STAMP) ## build the Debian package in dist/
	deploy/debian/build dist

sbom: $(STAMP) ## list what the package is made of, CycloneDX, in dist/
	@mkdir -p dist
	@$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible \
		requirements/runtime.txt -o dist/sage-execd.cdx.json 2>/dev/null

boot: $(STAMP) ## boot systemd in a container and play the package's whole life; needs root
	.ci/nspawn

lock: $(STAMP) ## renew the hashed requirement files from pyproject.toml
	$(LOCK) --upgrade --output-file requirements/runtime.txt
	$(LOCK) --upgrade --extra dev --constraint requirements/runtime.txt --output-file requirements/dev.txt

clean: ## remove the virtual environment and everything that was generated
	rm -rf $(VENV) build dist out .mypy_cache .ruff_cache .hypothesis .import_linter_cache
