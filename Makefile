.DEFAULT_GOAL := help
SHELL := /bin/bash
export PYTHONPATH := hooks
export NO_MKDOCS_2_WARNING := 1
# A container may forbid Python to keep what it compiles: each of many starts would compile it anew.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
BIN := .venv/bin
PIP = $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r

# Debian packages for whoever may install them; for others, what to ask for. apt is heard only when it fails.
define apt
SUDO=$$([ "$$(id -u)" = 0 ] || echo sudo); \
command -v apt-get >/dev/null && { [ -z "$$SUDO" ] || command -v sudo >/dev/null; } || { \
  echo "missing on this machine: $(1). Have them installed: apt-get install $(1)" >&2; exit 1; }; \
echo "installing $(1)" >&2; \
SAID=$$({ $$SUDO apt-get -qq update && DEBIAN_FRONTEND=noninteractive $$SUDO apt-get -qq -o=Dpkg::Use-Pty=0 \
  install -y --no-install-recommends $(1); } 2>&1) || { echo "$$SAID" >&2; exit 1; }
endef

.PHONY: nginx help setup kb serve site preview status links check draw quick test soak ocr bench format lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/site.stamp .venv/bin/kb ## the environment in .venv

serve: setup ## the current edition at http://127.0.0.1:8000, rebuilt as you edit; or EDITION=2023-07 PORT=8001
	@$(BIN)/kb serve $(if $(EDITION),--edition $(EDITION)) $(if $(PORT),--port $(PORT))

kb: setup ## a command of ours: ARGS="check", ARGS="picture add shot.png docs/2026-11/zh/faq.md"
	@$(BIN)/kb $(ARGS)

site: setup ## the whole site, every edition, checked, in site/
	@echo "building every edition and language, and checking every link and picture" >&2
	@$(BIN)/python -m kb build
	@echo "the site is in site/: any static host can serve it; \`make preview\` shows it here" >&2

preview: site ## the whole site, served as a host would
	@$(BIN)/kb preview $(if $(PORT),--port $(PORT))

check: .venv/test.stamp ## formatting, types and lint of the code and the workflows
	$(BIN)/ruff check hooks tools tests
	$(BIN)/ruff format --check hooks tools tests
	$(BIN)/mypy
	$(BIN)/zizmor --quiet --offline --pedantic .github action.yml
	$(BIN)/jactionlint --strict-exit --no-hints

status: setup ## what is due: facts and pictures past their time, translations left behind
	$(BIN)/python -m kb status

links: site ## check every link of the built site, the web's too
	@mkdir -p .cache
	$(BIN)/python -m kb links site --cache .cache/links.sqlite

draw: .venv/test.stamp browser ## render the drawings whose text sources changed
	$(BIN)/python -m kb draw

# `tests/conftest.py` says how many processes that is, and where they write.
PYTEST = $(BIN)/pytest -n auto

quick: .venv/test.stamp check ## what needs neither a browser nor a whole build: a minute
	$(PYTEST) -m 'not (browser or build or ocr or soak)' --hypothesis-profile quick

# Unpacked, not installed: that would start it.
nginx: .cache/nginx/usr/sbin/nginx ## the host of deploy/nginx, for its tests and the benchmark

.cache/nginx/usr/sbin/nginx:
	@echo "unpacking nginx into .cache/nginx" >&2
	@mkdir -p .cache/nginx && cd .cache/nginx && \
	  get() { apt-get -qq download nginx nginx-common libnginx-mod-http-brotli-static; } && \
	  { SAID=$$({ get || { $$([ "$$(id -u)" = 0 ] || echo sudo) apt-get -qq update && get; }; } 2>&1) || { echo "$$SAID" >&2; exit 1; }; } && \
	  for package in *.deb; do dpkg -x "$$package" . && rm "$$package"; done

test: .venv/test.stamp browser check ## every test but the long ones, those in a browser too
	@echo "running every test: eight to nine minutes on two processors" >&2
	@$(PYTEST)

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
	@for pair in links:requirements-links.txt site:requirements.txt test:tests/requirements.txt ocr:tests/requirements-ocr.txt; do \
	  .venv/lock/bin/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
	    --group $${pair%%:*} -o $${pair##*:} || exit 1; done

clean: ## remove what the commands above made
	rm -rf .venv site .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11, 2))' || { \
	  echo "Python 3.11.2 or later is needed: PYTHON=python3.12 make … names another one" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { $(call apt,python3-venv); }
	@$(PYTHON) -m venv .venv

# The command, for whoever types it: it finds the code wherever it is called from.
.venv/bin/kb: Makefile | .venv/bin/pip
	@printf '#!/bin/sh\nPYTHONPATH=%s exec %s -m kb "$$@"\n' '"$(CURDIR)/hooks"' '"$(CURDIR)/$(BIN)/python"' > $@
	@chmod +x $@

.venv/site.stamp: requirements.txt | .venv/bin/pip
	@echo "installing what the build needs into .venv: a minute" >&2
	@$(PIP) requirements.txt
	@touch $@

.venv/test.stamp: tests/requirements.txt .venv/site.stamp
	@echo "installing what the tests need into .venv" >&2
	@$(PIP) tests/requirements.txt
	@touch $@

.venv/ocr.stamp: tests/requirements-ocr.txt .venv/test.stamp
	@echo "installing the models that read pictures into .venv: large" >&2
	@$(PIP) tests/requirements-ocr.txt
	@touch $@

# The browser's driver runs on a Node.js of its own, which needs libatomic.
.PHONY: browser
browser: .venv/test.stamp
	@WANTED=(); command -v chromium chromium-browser google-chrome >/dev/null || WANTED+=(chromium); \
	fc-list :lang=zh-cn 2>/dev/null | grep -q . || WANTED+=(fontconfig fonts-noto-cjk); \
	$(BIN)/playwright --version >/dev/null 2>&1 || WANTED+=(libatomic1); \
	[ -z "$$WANTED" ] || ( $(call apt,$${WANTED[*]}) ) || { [ "$$WANTED" != chromium ] || \
	  echo "where apt has no chromium (Ubuntu's is a snap): google-chrome on the PATH will do" >&2; exit 1; }
