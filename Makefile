.DEFAULT_GOAL := help
SHELL := /bin/bash
export PYTHONPATH := hooks
export NO_MKDOCS_2_WARNING := 1

PYTHON ?= python3
BIN := .venv/bin
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
APT = $(SUDO) apt-get -qq -o=Dpkg::Use-Pty=0

.PHONY: help setup serve site preview status links check draw quick test soak ocr bench format lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/site.stamp ## the environment in .venv

serve: setup ## the current edition at http://127.0.0.1:8000, rebuilt as you edit; or EDITION=2023-07
	$(BIN)/mkdocs serve -a 127.0.0.1:8000 -f $(firstword $(wildcard mkdocs.$(EDITION).yml) mkdocs.yml)

site: setup ## the whole site, every edition, checked, in site/
	$(BIN)/python -m kb build

preview: site ## the whole site, served as a host would
	$(BIN)/python -m kb preview

check: .venv/test.stamp ## formatting, types and lint of the code and the workflows
	$(BIN)/ruff check hooks tools tests
	$(BIN)/ruff format --check hooks tools tests
	$(BIN)/mypy
	$(BIN)/zizmor --quiet --offline --pedantic .github

status: setup ## what is due: facts and pictures past their time, translations left behind
	$(BIN)/python -m kb status

links: site ## check every link of the built site, the web's too
	@mkdir -p .cache
	$(BIN)/python -m kb links site --cache .cache/links.sqlite

draw: .venv/test.stamp browser ## render the drawings whose text sources changed
	$(BIN)/python -m kb draw

# As many processes as there are processors, but no more browsers than fit into memory.
PYTEST = $(BIN)/pytest -n auto --maxprocesses 4

quick: .venv/test.stamp check ## what needs neither a browser nor a whole build: under a minute
	$(PYTEST) -m 'not (browser or build or soak)' --hypothesis-profile quick

test: .venv/test.stamp browser check ## every test but the long ones, those in a browser too
	$(PYTEST)

soak: .venv/test.stamp browser ## the long ones: every kill point, 8,000 random examples a law
	$(PYTEST) -m 'soak or hypothesis' --hypothesis-profile soak

ocr: .venv/ocr.stamp ## read the words in every picture for what is private; its models are large
	$(BIN)/python -m kb check --ocr
	$(BIN)/pytest tests/test_ocr.py

bench: .venv/test.stamp browser ## benchmarks, as ratios within one run
	@for bench in tests/bench_*.py; do echo "== $$bench"; PYTHONPATH=hooks:tools $(BIN)/python $$bench || exit 1; done

format: .venv/test.stamp ## put the code in its standard form
	$(BIN)/ruff check --fix hooks tools tests
	$(BIN)/ruff format hooks tools tests

lock: .venv/site.stamp ## compile the requirements files from pyproject.toml
	$(PYTHON) -m venv .venv/lock && .venv/lock/bin/pip -q install uv==0.13.9
	@for pair in site:requirements.txt test:tests/requirements.txt ocr:tests/requirements-ocr.txt; do \
	  .venv/lock/bin/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
	    --group $${pair%%:*} -o $${pair##*:} || exit 1; done

clean: ## remove what the commands above made
	rm -rf .venv site .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis

.venv/bin/pip:
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { $(APT) update && $(APT) install -y python3-venv; }
	$(PYTHON) -m venv .venv

.venv/site.stamp: requirements.txt | .venv/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/test.stamp: tests/requirements.txt .venv/site.stamp
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements.txt
	@touch $@

.venv/ocr.stamp: tests/requirements-ocr.txt .venv/test.stamp
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements-ocr.txt
	@touch $@

# The browser's driver runs on a Node.js of its own, which needs libatomic.
.PHONY: browser
browser: .venv/test.stamp
	@command -v chromium >/dev/null && fc-list :lang=zh-cn | grep -q . && \
	  $(BIN)/playwright --version >/dev/null 2>&1 || { $(APT) update && \
	  $(APT) install -y --no-install-recommends chromium fontconfig fonts-noto-cjk libatomic1; }
