# `make` alone says what there is. Everything lives in this folder: .venv, .servers; nothing is installed on the system.
PYTHON ?= python3
ARGS ?=
# Workers of `make test` on two cores: many tests wait for processes, not for the processor.
JOBS ?= 3
NAMES ?=

python := .venv/bin/python
stamp := .venv/.made-from-lock
export PIP_DISABLE_PIP_VERSION_CHECK := 1
unexport PYTHONDONTWRITEBYTECODE # the tests start hundreds of processes, and each would compile all that it imports

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup servers demo up up-demo down test check bench torture lock clean

help: ## what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile

setup: $(stamp) ## .venv with exactly the packages of requirements.lock (PYTHON=python3.12 chooses another Python)

$(stamp): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "setup: Python 3.11 or newer is needed: make setup PYTHON=python3.11" >&2; exit 1; }
	@test -x $(python) || $(PYTHON) -m venv .venv || \
		{ rm -rf .venv; echo "setup: no virtualenv: install python3-venv, then run make setup again" >&2; exit 1; }
	$(python) -m pip install --quiet --require-hashes -r requirements.lock
	$(python) -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

servers: setup ## the servers that the tests talk to, into .servers (Debian's packages, unpacked here only)
	tests/servers/install --strict

demo: setup ## a province in a box: see it work
	.venv/bin/mangrove demo $(ARGS)

up: setup ## broker, InfluxDB, Grafana, collector and agent in Docker; NAMES="host address" are names of this host
	@docker compose version >/dev/null 2>&1 || { echo "up: Docker with its Compose plugin is needed, and does not answer" \
		"(docker compose version): install Docker Engine with the Compose plugin 2.20 or newer" >&2; exit 1; }
	.venv/bin/mangrove secrets .deploy $(foreach name,$(NAMES),--name $(name))
	@test -e .env || ln -s .deploy/env .env
	docker compose $(ARGS) up --detach --build --wait
	@.venv/bin/mangrove addresses .deploy

up-demo: ## the same with a simulated cluster of Cà Mau
	MANGROVE_PROVINCE=./config/compose/demo $(MAKE) up ARGS="--profile demo $(ARGS)"

down: ## stop what `up` has started; data and passwords stay in .deploy
	docker compose --profile demo $(ARGS) down

test: setup ## all tests; those of a server that is missing are skipped
	tests/servers/install
	$(python) -m pytest --numprocesses $(JOBS) --dist worksteal $(ARGS)

check: setup ## style, types, the rules of the house
	$(python) -m ruff check
	$(python) -m ruff format --check
	$(python) -m mypy .
	$(python) -m pytest tests/test_house.py -q

bench: setup ## the figures of benchmarks/
	tests/servers/install --bench
	$(python) -m benchmarks $(ARGS)

torture: setup ## the long tests: kill everything, lose nothing
	tests/servers/install --strict
	$(python) -m pytest -m torture --timeout 7200 --numprocesses 2 --dist worksteal $(ARGS)

lock: ## requirements.lock anew from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --quiet --extra dev --universal --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-header --python-version 3.11 -o requirements.lock

clean: ## away with everything that make has made, but not .deploy
	rm -rf .venv .servers .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
