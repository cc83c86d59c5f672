# Every recipe is one call. `make help` lists them; all take STACK=<name> (default: dev).
STACK ?= dev
PYTHON ?= python3
UV_VERSION := 0.13.8

# For the tests: the engine's Python host runs the first `python` on PATH.
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/.modelport/bin:$(PATH)
unexport VIRTUAL_ENV

# Scripts in .venv/bin name the folder they were made in: a clone that was moved gets a new environment.
PLACE := .venv/made-in-$(firstword $(shell printf %s '$(subst ','\'',$(CURDIR))' | cksum))
LISTS := uv.lock pyproject.toml components/pyproject.toml scoring/pyproject.toml policies/pyproject.toml

.PHONY: help install tools services up preview down refresh outputs keys test check format contract-peer bench clean

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

install: .venv/installed ## Make .venv with what a stack on this machine needs

tools: ## Provide the Pulumi engine: PATH, else a release, else built once (minutes)
	@$(PYTHON) tools/engine.py

services: ## Provide Docker, a registry and a base image for the tests: Debian, as root
	@$(PYTHON) tools/services.py

up: install tools ## Create or update the stack; prints URLs and curl lines
	@.venv/bin/modelport up --stack '$(STACK)'

preview: install tools ## Show what `up` would do
	@.venv/bin/modelport preview --stack '$(STACK)'

down: install tools ## Take the services away; registered models stay
	@.venv/bin/modelport down --stack '$(STACK)'

refresh: install tools ## Hold the state against what runs
	@.venv/bin/modelport refresh --stack '$(STACK)'

outputs: install tools ## Print the endpoints as JSON
	@.venv/bin/modelport outputs --stack '$(STACK)'

keys: install tools ## Print the keys as JSON
	@.venv/bin/modelport keys --stack '$(STACK)'

test: .venv/installed-all tools ## Install everything, run every test
	@$(PYTHON) tools/services.py || [ -z "$$CI" ]   # elsewhere tests say what they miss, and are skipped
	@.venv/bin/python -m pytest --cov -m 'not alone' -n 3 --dist loadfile && .venv/bin/python -m pytest --cov --cov-append -m alone

check: .venv/installed-all ## Format, lint, types, contracts and the fast tests; under a minute
	@ruff format --check . && ruff check . && mypy && mypy policies/__main__.py && lint-imports && python -m pytest -n 2 -m 'not slow and not engine'

format: .venv/installed-all ## Format, and mend what the linter can
	@ruff format . && ruff check --fix .

contract-peer: .venv/installed-all ## Ask Azure ML's own server, in its own environment, what the contract's tests ask ours
	@test -x .modelport/peer/bin/azmlinfsrv || { .venv/bin/uv venv -q --clear .modelport/peer && .venv/bin/uv pip install -q --python .modelport/peer -r tests/scoring/contract/peer.txt; }
	@CONTRACT_PEER='$(CURDIR)/.modelport/peer/bin/python' .venv/bin/python -m pytest -q tests/scoring/contract

bench: .venv/installed-all tools ## Measure what the README states
	@.venv/bin/python -m benchmarks

clean: ## Remove what tests and tools leave; keeps .venv, models and state
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage build dist

# pip, here and inside venv, runs any `rustc` on PATH to describe itself, and rustup's then writes to the home folder.
$(PLACE): QUIETLY = interpreter=$$($(PYTHON) -c 'import sys; print(sys.executable)') && export PATH=.venv/bin
$(PLACE):
	@$(QUIETLY) && "$$interpreter" -m venv --clear .venv && python -m pip install -qq uv==$(UV_VERSION) && : > $@

.venv/installed: $(PLACE) $(LISTS)
	@uv sync --quiet --locked --inexact && touch $@

.venv/installed-all: $(PLACE) $(LISTS)
	@uv sync --quiet --locked --inexact --all-extras --all-groups && touch $@ .venv/installed
