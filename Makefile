# `make` or `make help` lists what can be done. PYTHON names another Python than python3.
PYTHON ?= python3
# Processes that share the tests, a module at a time. They mostly wait, so there may be more of them than cores.
JOBS ?= 4
BIN := .venv/bin
# Only npm and the tests need Node: the one in .venv where it was installed there.
WITH_NODE = PATH="$(CURDIR)/$(BIN):$$PATH"

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory
STEP = @printf '==> %s\n'
PIP_INSTALL = $(BIN)/python -m pip install -qq --disable-pip-version-check

.PHONY: help
help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: .venv/.app node_modules/.app ## Set up what is missing and serve Standin on http://127.0.0.1:3000 (WORKERS=4: by four processes)
	$(STEP) 'Starting Standin (Ctrl-C stops it)'
	@exec $(BIN)/gunicorn

.PHONY: run-split
run-split: .venv/.app node_modules/.app ## The same as two processes: accounts on port 4000, chat on port 3000
	$(STEP) 'Starting Standin as two processes (Ctrl-C stops them)'
	@exec $(BIN)/python bin/run_split.py

.PHONY: test
test: .venv/.dev node_modules/.dev ## Run every test (ARGS='-k name' chooses, JOBS=0: in one process, for --pdb and -s)
	$(STEP) 'Testing'
	@$(PYTEST) --numprocesses=$(JOBS) --dist=loadscope --no-loadscope-reorder $(ARGS) || $(ALONE)

PYTEST = PYTHONDONTWRITEBYTECODE= $(WITH_NODE) $(BIN)/python -m pytest
# A machine that is too busy is no fault of the app's: what failed beside other tests has to pass by itself. The first
# report stays in sight, so that nobody takes a test that needs this for a sound one.
ALONE = { [ $$? -eq 1 ] && echo '==> Trying what failed alone' && $(PYTEST) --numprocesses=0 --last-failed $(ARGS); }

# The tests that have a long form, in that form. It takes hours; FIGURES names the file that gets what was counted.
FIGURES ?= torture.txt
CROWD ?= 200
BLOWS ?= 50
RUSH ?= 1000
SOAK ?= 3600
.PHONY: torture
torture: .venv/.dev node_modules/.dev ## Attack and break it for hours, and write down what happened (FIGURES=file)
	$(STEP) 'Torturing (figures go to $(FIGURES))'
	@STANDIN_CROWD=$(CROWD) STANDIN_BLOWS=$(BLOWS) STANDIN_RUSH=$(RUSH) STANDIN_SOAK=$(SOAK) STANDIN_MUTANTS=10000 STANDIN_REQUESTS=200 STANDIN_STORIES=200 STANDIN_KNOCKS=200 \
	  STANDIN_REPORT=$(FIGURES) $(WITH_NODE) $(BIN)/python -m pytest -m torture $(ARGS)

.PHONY: eval
eval: .venv/.dev ## Ask a real model the evaluation set (needs OPENAI_API_KEY; ARGS=word chooses cases)
	$(STEP) 'Asking'
	@PYTHONPATH=. $(BIN)/python bin/eval.py $(ARGS)

.PHONY: bench
bench: .venv/.bench bench/node_modules/.bench bench/build/load bench/build/limit ## Measure it against others (ARGS=--quick is short)
	$(STEP) 'Measuring'
	@$(WITH_NODE) $(BIN)/python -m bench.run $(ARGS)

.PHONY: check
check: .venv/.dev ## Lint, types, layers, packages, Dockerfile and compose file
	$(STEP) 'Linting'
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check .
	@$(BIN)/bandit --quiet --recursive --configfile pyproject.toml app bin config.py wsgi.py gunicorn.conf.py
	$(STEP) 'Checking types'
	@$(BIN)/mypy
	$(STEP) 'Checking layers'
	@$(BIN)/lint-imports
	$(STEP) 'Checking packages'
	@$(BIN)/python -m pip check
	$(STEP) 'Checking containers'
	@$(BIN)/hadolint Dockerfile
	@$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml

.PHONY: fix
fix: .venv/.dev ## Put right what the linter can
	@$(BIN)/ruff check --quiet --fix --exit-zero .
	@$(BIN)/ruff format --quiet .

.PHONY: screenshots
screenshots: .venv/.dev node_modules/.dev ## Draw docs/screenshots anew (needs Chromium)
	$(STEP) 'Drawing docs/screenshots'
	@$(WITH_NODE) PYTHONPATH=. $(BIN)/python bin/screenshots.py

# What an installation consists of, in CycloneDX's format; made by tools of their own, in an environment of their own.
.PHONY: sbom
sbom: .venv/.node ## Write down what Standin is made of: sbom/python.json and sbom/javascript.json
	$(STEP) 'Writing sbom/'
	@mkdir -p sbom
	@$(PYTHON) -m venv .venv-sbom
	@.venv-sbom/bin/python -m pip install -qq --disable-pip-version-check -r bin/requirements-sbom.txt
	@.venv-sbom/bin/cyclonedx-py requirements --output-reproducible --output-file sbom/python.json requirements.txt
	@$(WITH_NODE) npm sbom --omit=dev --package-lock-only --sbom-format=cyclonedx > sbom/javascript.json

.PHONY: clean
clean: ## Remove what was installed or generated (instance/, your data, stays)
	rm -rf .venv .venv-sbom sbom node_modules bench/node_modules bench/build app/static/vendor app/minified .hypothesis .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -path ./instance -prune -o -name __pycache__ -prune -exec rm -rf {} +

# Python packages. The marker files are newer than what they were installed from, so a second run skips all this.
.venv/pyvenv.cfg:
	$(STEP) 'Creating .venv'
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Standin needs Python 3.11 or newer, and '$(PYTHON)' is not. Try: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(PYTHON)' cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv

.venv/.app: requirements.txt .venv/pyvenv.cfg
	$(STEP) 'Installing Python packages'
	@$(PIP_INSTALL) -r requirements.txt
	@touch $@

.venv/.dev: requirements-dev.txt .venv/.app
	$(STEP) 'Installing tools for tests and checks'
	@$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

# Front-end libraries. Node is only needed to fetch them, and in tests; it is installed into .venv where it is missing.
.venv/.node: requirements-node.txt .venv/pyvenv.cfg
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null && npm --version >/dev/null 2>&1 || { \
	  echo '==> Installing Node.js (into .venv)' && $(PIP_INSTALL) -r requirements-node.txt; }
	@touch $@

node_modules/.app: package-lock.json .npmrc bin/vendor bin/minify.mjs .venv/.node
	$(STEP) 'Installing front-end libraries'
	@$(WITH_NODE) npm ci --loglevel=error $(if $(wildcard node_modules/.dev),,--omit=dev) >/dev/null
	@bin/vendor
	@$(WITH_NODE) node bin/minify.mjs
	@touch $@

node_modules/.dev: package-lock.json .npmrc bin/vendor bin/minify.mjs .venv/.node
	$(STEP) 'Installing front-end libraries and test tools'
	@$(WITH_NODE) npm ci --loglevel=error >/dev/null
	@bin/vendor
	@$(WITH_NODE) node bin/minify.mjs
	@touch node_modules/.app $@

# The benchmark: peers from PyPI and npm, and the load client and the limit servers in C.
.venv/.bench: bench/requirements.txt .venv/.app
	$(STEP) 'Installing what the benchmark needs'
	@$(PIP_INSTALL) -r bench/requirements.txt
	@touch $@

bench/node_modules/.bench: bench/package-lock.json bench/.npmrc .venv/.node
	$(STEP) 'Installing the Node servers to measure against'
	@cd bench && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --loglevel=error >/dev/null
	@touch $@

BENCH_CC = mkdir -p $(@D) && $(CC) -O2 -Wall -Wextra -Wno-missing-field-initializers -o $@

bench/build/load: $(wildcard bench/load/*.c bench/load/*.h)
	@$(BENCH_CC) $(filter %.c,$^)

bench/build/limit: bench/peers/limit.c bench/load/frames.c bench/load/frames.h
	@$(BENCH_CC) $(filter %.c,$^)
