# Each target is one plain command inside; `make help` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WEB := web/node_modules/.ready
PYODIDE := _build/pyodide/pyodide-lock.json
export PYTHONPATH := $(CURDIR)/tests
TOPICS := $(notdir $(wildcard solutions/*))

.DEFAULT_GOAL := help

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; found $$($(PYTHON) --version). Try: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "Python's venv module is missing. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Setting up $(VENV) (about two minutes, once)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(WEB): web/package.json web/package-lock.json
	$(call debian,npm,nodejs npm,Node.js with npm (it brings what the pages are made with))
	cd web && npm ci --silent --no-audit --no-fund
	@touch $@

$(PYODIDE): web/pyodide-packages.txt web/package-lock.json | $(READY) $(WEB)
	@echo "Bringing Python for the pages (80 MB, once)"
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
	  --dest _build/downloads -r web/pyodide-packages.txt
	$(BIN)/python -m coursesite.assemble _build/pyodide _build/downloads
	@touch $@

setup: $(READY)  ## the environment in .venv, and nothing else

book: $(READY) $(WEB) $(PYODIDE)  ## build the website and say where it is
	rm -rf _build/html _build/jupyter_execute
	$(BIN)/jupyter-book build . --quiet --all -n -W --keep-going
	$(BIN)/python -m coursesite.check _build/html
	@echo "The book: make serve shows it (file://$(CURDIR)/_build/html/index.html can be read, but runs nothing)"

serve: $(READY)  ## show the built website on http://localhost:8000
	@test -d _build/html || $(MAKE) book
	$(BIN)/python -m http.server --directory _build/html --bind 127.0.0.1 8000

exercises: $(READY)  ## regenerate the released notebooks from solutions/
	$(BIN)/python -m coursework release

grade: $(READY) sandbox  ## grade the sample class; with NOTEBOOK=path, that one notebook
	$(BIN)/python -m coursework $(if $(NOTEBOOK),grade "$(NOTEBOOK)",grade-sample)

# What pip cannot bring: $(call debian,program or file to look for,packages,what it is for)
define debian
@command -v $(1) >/dev/null 2>&1 || test -x "$$(ls -d $(1) 2>/dev/null | tail -n 1)" \
  || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 \
       && apt-get update -qq && apt-get install -y -qq $(2) >/dev/null; } \
  || { echo "$(3) is missing. On Debian or Ubuntu: sudo apt-get install $(2)"; exit 1; }
endef

compiler:
	$(call debian,gcc,gcc libc6-dev,A C compiler)

sandbox:  ## bubblewrap, which confines the students' code
	$(call debian,bwrap,bubblewrap,bubblewrap (the sandbox that students' code is run in))

postgres:
	$(call debian,/usr/lib/postgresql/*/bin/initdb,postgresql,A PostgreSQL server (for the tests))

chromium:
	$(call debian,chromium,chromium,Chromium (for the tests of the website))

firefox:
	$(call debian,firefox-esr /usr/bin/firefox,firefox-esr,Firefox (for the tests of the website))

bench: $(READY) compiler sandbox chromium  ## the benchmarks: this machine beside C, a million points, grading, pages
	@test -d _build/html || $(MAKE) book
	$(BIN)/python benchmarks/bench_broadcast.py
	$(BIN)/python benchmarks/bench_transformers.py
	$(BIN)/python benchmarks/bench_machine.py
	$(BIN)/python benchmarks/bench_grading.py
	$(BIN)/python benchmarks/bench_page.py

check: $(READY) $(WEB) compiler sandbox postgres  ## the fast tests, style and types: about three minutes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -m "not slow and not browser and not torch"

test: $(READY) $(WEB) compiler sandbox postgres chromium firefox  ## every test there is
	$(MAKE) torch || echo "No CPU build of PyTorch where pip looks: tests that compare with it are skipped"
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -m "not browser"
	$(MAKE) book
	$(MAKE) nbval
	$(MAKE) browse

nbval: $(READY)  ## re-run every notebook and compare with the built site
	$(BIN)/python -m coursesite.nbval _build/html/_sources solutions

browse: $(READY) $(WEB) sandbox chromium firefox  ## test the built website in browsers, and that it builds the same again
	$(BIN)/pytest -m browser tests/browser

links: $(READY)  ## ask the hosts of the built website's outside links; needs the network
	@test -d _build/html || $(MAKE) book
	$(BIN)/python -m coursesite.links _build/html

torch: $(READY)  ## PyTorch for CPUs, which tests compare with; without it they are skipped
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-torch.txt

lock: $(READY)  ## requirements.txt anew from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --quiet --all-extras --universal --python-version 3.11 \
	  --generate-hashes --strip-extras --no-header --no-emit-index-url --no-emit-find-links \
	  --no-annotate --upgrade --output-file requirements.txt

clean:  ## remove what was built, but neither .venv nor hand-ins and grades
	rm -rf _build

.PHONY: help setup book serve exercises grade compiler sandbox postgres chromium firefox bench \
  check test nbval browse links torch lock clean
