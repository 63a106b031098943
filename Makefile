# `make sync` and `make test` set up what they need, once; `make help` lists the rest.

PYTHON ?= python3
POETRY_VERSION := 2.5.1
POETRY_EXPORT_VERSION := 1.10.1
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
IMAGE ?= airbyte/source-gleap:dev

BIN := .venv/bin
# worksteal: a worker that waits in a slow test leaves its other tests to those that do not.
PYTEST := $(BIN)/python -m pytest -n auto --dist worksteal
POETRY := .cache/poetry/bin/poetry
# What the connector is compared with may need other versions than the connector, or other packages under the same name.
PEERS := .cache/environments/dlt/.installed .cache/environments/singer/.installed
# Poetry only reads poetry.lock here: it needs, and leaves, nothing outside this folder.
export POETRY_CONFIG_DIR := $(CURDIR)/.cache/poetry-config
export POETRY_CACHE_DIR := $(CURDIR)/.cache/poetry-cache
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help sync test test-all unit-test test-image lint bench bench-small format docs lock image clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s%s\n", $$1, $$2 }' Makefile
	@echo 'BASE_IMAGE=... names the image to build upon, IMAGE=... the image that is built ($(IMAGE)).'
	@echo 'PYTHON=... names the Python (3.10 to 3.13) to set up with; `make clean` first to change it.'

sync: .venv/.sync ## Read the project of secrets/config.json into gleap.duckdb, or without one an emulated project into gleap-demo.duckdb
	@$(BIN)/python -m integration_tests.tools.quickstart

test: lint ## Run lint, types and all tests but the slow ones (4 minutes)
	@$(PYTEST)

test-all: lint .venv/.sync ## Run lint, types and all tests, with 50 times the random cases (half an hour)
	@$(PYTEST) --hypothesis-profile=whole -m "not image and not image_tests"

unit-test: .venv/.dev ## Run the unit tests (a minute)
	@$(PYTEST) unit_tests

test-image: .venv/.dev ## Build the container image and test it
	@BASE_IMAGE='$(BASE_IMAGE)' $(BIN)/python -m pytest -m image integration_tests/image

lint: .venv/.dev ## Check formatting, lint and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/python -m mypy

bench: .venv/.bench $(PEERS) ## Measure the connector beside other tools, and write docs/benchmarks.md (half an hour)
	@$(BIN)/python -m integration_tests.tools.benchmark

bench-small: .venv/.bench $(PEERS) ## Check that the benchmark works: a minute, and nothing is written
	@$(BIN)/python -m integration_tests.tools.benchmark --small

format: .venv/.dev ## Format the code and fix what lint can fix
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

docs: .venv/.dev ## Bring those parts of the documents up to date that are made from the connector
	@$(BIN)/python -m integration_tests.tools.docs

lock: .cache/poetry/.installed ## Bring poetry.lock up to date with pyproject.toml
	@$(POETRY) lock

# On the network of this machine, pip reaches an index or a proxy that only this machine does. If pip is set up with an
# index here, hand it on: make image PIP_INDEX_URL="$(pip config get global.index-url)".
image: ## Build the container image
	@docker build --network host $(if $(BASE_IMAGE),--build-arg BASE_IMAGE='$(BASE_IMAGE)') \
		--build-arg VERSION=$(VERSION) \
		--build-arg POETRY_VERSION=$(POETRY_VERSION) --build-arg POETRY_EXPORT_VERSION=$(POETRY_EXPORT_VERSION) \
		--build-arg PIP_INDEX_URL --build-arg PIP_EXTRA_INDEX_URL --build-arg PIP_TRUSTED_HOST \
		-t $(IMAGE) .

clean: ## Remove everything that the other targets made, but gleap.duckdb
	@rm -rf .venv .cache .tmp build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage* htmlcov
	@rm -rf gleap-demo.duckdb* *.egg-info
	@find source_gleap integration_tests unit_tests -type d -name __pycache__ -prune -exec rm -rf {} +

# What is installed is what poetry.lock names, by its hashes. pip installs it, since Poetry does not know the package
# index and the proxy that a machine is set up with for pip.

define check_python
@command -v $(PYTHON) > /dev/null || { \
	echo 'make: $(PYTHON) is missing: install Python 3.10 to 3.13, or name one with PYTHON=...' >&2; exit 1; }
@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 10) <= v <= (3, 13) else \
	"make: $(PYTHON) is Python %d.%d: name one from 3.10 to 3.13 with PYTHON=..." % v)'
@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || { \
	echo 'make: $(PYTHON) lacks venv: install it (Debian and Ubuntu: apt install python3-venv)' >&2; exit 1; }
endef

.cache/poetry/.installed:
	$(check_python)
	@echo 'Installing Poetry into .cache (10 s) ...'
	@$(PYTHON) -m venv --clear .cache/poetry
	@.cache/poetry/bin/pip install -q poetry==$(POETRY_VERSION) poetry-plugin-export==$(POETRY_EXPORT_VERSION)
	@touch $@

.venv/.created:
	$(check_python)
	@$(PYTHON) -m venv --clear .venv
	@touch $@

.cache/dev.txt .cache/bench.txt: .cache/%.txt: pyproject.toml poetry.lock .cache/poetry/.installed
	@$(POETRY) export -q --with dev,$* -o $@

.cache/dlt.txt .cache/singer.txt: .cache/%.txt: pyproject.toml poetry.lock .cache/poetry/.installed
	@$(POETRY) export -q --only $* -o $@

# PyAirbyte says that it refuses Python 3.13, and so its dependencies are locked for the versions below; but it works
# there, and all that is locked has packages for 3.13. So 3.13 takes what 3.12 takes, and pip does not ask.
.cache/sync.txt: pyproject.toml poetry.lock .cache/poetry/.installed
	@$(POETRY) export -q --with dev,sync -o $@.all
	@sed 's/python_version < "3.13"/python_version < "3.14"/' $@.all > $@
	@rm $@.all

# --no-deps: the list is complete. --no-build-isolation: poetry-core is on it, so that no index is asked for it.
.venv/.dev .venv/.sync .venv/.bench: .venv/.%: .cache/%.txt .venv/.created
	@echo 'Installing what make $(if $(findstring dev,$@),test,$*) needs into .venv (a minute) ...'
	@$(BIN)/python -m pip install -q --no-deps --ignore-requires-python --require-hashes -r $<
	@$(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .
	@touch $@

$(PEERS): .cache/environments/%/.installed: .cache/%.txt
	$(check_python)
	@echo 'Installing what make bench compares the connector with into $(@D) (a minute) ...'
	@$(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install -q --no-deps --require-hashes -r $<
	@touch $@
