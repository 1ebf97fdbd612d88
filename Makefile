# The commands of this repository. They need git, tmux, make and python3 with venv; the network for the set-up only.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help
.ONESHELL:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CACHE := .cache
# Coverage doubles the time: `make test COV=` leaves it out.
COV ?= --cov --cov-report=term
TEST := $(BIN)/pytest -q --durations=5
# Whole hunts have deadlines, which a machine that is busy otherwise can miss: what failed is run once more, alone, and
# that is said.
AGAIN := { echo "Failed, run once more, one at a time:"; $(TEST) --last-failed --last-failed-no-failures none; }
# The set-up is done again when what is to be installed, the interpreter or the place changes.
KEY := $(shell { cat pyproject.toml; $(PYTHON) -VV; pwd; } 2>&1 | sha256sum | cut -c1-16)
STAMP := $(VENV)/made-$(KEY)

# Stale bytecode is one of the things that are tested.
unexport PYTHONDONTWRITEBYTECODE
# An agent that runs these commands has these; they would lead the tests astray.
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME
export PIP_DISABLE_PIP_VERSION_CHECK := 1
ifeq ($(CI),true)
# Kept from one run to the next, together with the checkout.
export PIP_CACHE_DIR := $(CURDIR)/$(CACHE)/pip
endif

.PHONY: help demo test fast slow lint bench bench-autofix bench-ci-logs bench-forge agents-setup editors-setup forges-setup vscode docs clean

help: ## Say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

demo: $(STAMP) ## Make a small red repository and take it to green (AGENT=claude-code: by that program and a scripted model)
	@mkdir -p $(CACHE)/demo
	cd $(CACHE)/demo
	if [ -n "$(AGENT)" ]; then
	  $(CURDIR)/tests/agents/setup.sh claude-code-2.1.330
	  exec $(CURDIR)/$(BIN)/python $(CURDIR)/tests/agents/demo.py $(AGENT)
	fi
	exec $(CURDIR)/$(BIN)/ao demo

test: $(STAMP) ## Run everything that must hold: lint, then all tests
	@$(MAKE) lint
	status=0
	$(MAKE) fast || status=$$?
	$(MAKE) slow || status=$$?
	if [ -s $(CACHE)/skips ]; then
	  echo "Could not run on this machine:"
	  sort -u $(CACHE)/skips | sed 's/^/  /'
	fi
	exit $$status

fast: $(STAMP) ## Run the tests that take seconds
	@mkdir -p $(CACHE)
	rm -f .coverage .coverage.*
	export TEST_SKIPS=$(CURDIR)/$(CACHE)/skips
	: >"$$TEST_SKIPS"
	$(TEST) -n 2 -m "not slow" $(COV) || $(AGAIN)

slow: $(STAMP) ## Run the tests that take minutes: whole hunts, real libraries and editors, every crash point
	@mkdir -p $(CACHE)
	export TEST_SKIPS=$(CURDIR)/$(CACHE)/skips
	if [ "$${CI:-}" = true ]; then $(MAKE) agents-setup editors-setup forges-setup; fi
	status=0
	$(TEST) -n 2 -m slow --ignore=tests/crash || $(AGAIN) || status=1
	# Two drivers each: they use both cores by themselves.
	$(TEST) -m slow tests/crash || $(AGAIN) || status=1
	exit $$status

lint: $(STAMP) ## Check style, types and who imports whom
	@$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	if [ "$${CI:-}" = true ]; then tests/editors/setup.sh lua stylua; fi
	tests/editors/lint_lua.sh

agents-setup: ## Install the real agent programs that tests run (2.5 GB below .cache, the network)
	@PYTHON=$(PYTHON) tests/agents/setup.sh

editors-setup: ## Install the real editors that tests run, and the linters of their plugins (below .cache, the network)
	@tests/editors/setup.sh
	tests/editors/get_code_server.sh

forges-setup: ## Install the forges' own clients that tests run (below .cache, the network)
	@tests/fakes/forges/setup.sh

vscode: ## Make the package of the VS Code extension (npm, the network)
	@PYTHON=$(PYTHON) tests/editors/make_vsix.sh

bench: $(STAMP) ## Measure what the product is held to
	@$(BIN)/python tests/bench/run.py --write

bench-autofix: $(STAMP) ## Measure how often the built-in agent is right (half an hour, needs the network)
	@$(BIN)/python tests/autofix/bench/run.py --cache $(CACHE)/autofix --out docs/autofix-benchmark.json \
	  --date "$$(date -u +%F)" --seed 2 --bugs 42

bench-ci-logs: $(STAMP) ## Measure what is found in recorded logs of CI (seconds)
	@$(BIN)/python tests/bench/ci_logs.py --write

bench-forge: $(STAMP) ## Measure what looking at 100 pull requests asks for in a simulated hour (two minutes)
	@$(BIN)/python tests/bench/forge.py --write

docs: $(STAMP) ## Write the generated files again
	@$(BIN)/python -m agent_orchestrator.config.schema --write
	$(BIN)/python -m agent_orchestrator.cli.docs --write
	$(BIN)/python -m agent_orchestrator.protocol.generate --write

clean: ## Remove what these commands made, the demo's repositories included
	rm -rf $(VENV) $(CACHE) editors/vscode/{build,bundled,dist,node_modules} .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find server tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP):
	@echo "Setting up $(VENV) (once; it is done again when pyproject.toml changes)"
	$(PYTHON) -m venv $(VENV) || { echo "make: needs python3 3.11 or newer with venv (Debian: apt-get install python3-venv)"; exit 1; }
	# Dependency groups came with pip 25.1; Debian 12 brings 23.0.
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable . --group dev
	rm -f $(VENV)/made-*
	touch $@
