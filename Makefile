# ReelFarm's chores; `make` alone lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help venv assets players demo test quick mutants fuzz faults soak check bench bdrate pictures image clean

BIN := .venv/bin
VENV := .venv/ready
PLAYERS := build/browser/ready
ASSETS := qc/report/vendor/ready
PAGES := api/static/vendor/ready
READY := $(VENV) $(ASSETS) $(PAGES)
PYTHONS := python3 python3.14 python3.13 python3.12 python3.11
PACKAGES := api bench cli farm ladders media migrations planning qc services storage tests workers
# Side by side, a file's tests on one process; not more, since each process has servers of its own.
# How many "auto" are, tests/conftest.py says.
SIDE_BY_SIDE := -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
CHROMIUMS := chromium chromium-browser google-chrome-stable google-chrome

help: ## list these targets
	@sed -nE 's/^([a-z]+):.*## (.*)/make \1\t\2/p' Makefile | expand -t 16

venv: $(READY) ## make .venv, or bring it up to date

$(VENV): pyproject.toml constraints.txt
	@for name in $(PYTHONS); do \
	  if $$name -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	  then python=$$name; break; fi; \
	done; \
	if [ -z "$${python:-}" ]; then \
	  echo 'ReelFarm needs Python 3.11 or newer with venv (on Debian and Ubuntu: python3-venv)' >&2; \
	  exit 1; \
	fi; \
	set -x; $$python -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

assets: $(ASSETS) $(PAGES) ## fetch the scripts of the QC report and of the pages, with npm

$(ASSETS): deploy/assets.txt deploy/assets.py | $(VENV)
	$(BIN)/python deploy/assets.py $< $(@D)
	@touch $@

$(PAGES): deploy/pages.txt deploy/assets.py | $(VENV)
	$(BIN)/python deploy/assets.py $< $(@D)
	@touch $@

players: $(PLAYERS) ## fetch the JavaScript players of the browser tests, with npm

$(PLAYERS): tests/browser/players.txt deploy/assets.py | $(VENV)
	$(BIN)/python deploy/assets.py $< $(@D)
	@touch $@

demo: $(READY) ## publish a real clip; ends with the URLs of HLS, DASH and the report
	@$(BIN)/python -m bench.demo

# Without the players the browser tests skip, saying why; where CI is set, they fail.
test: $(READY) ## run the tests; ARGS='...' goes to pytest
	@if command -v $(CHROMIUMS) >/dev/null; \
	then $(MAKE) --no-print-directory players || echo 'The players could not be fetched.' >&2; fi
	@$(BIN)/python -m compileall -q $(PACKAGES)  # once, not in each of the tests' many processes
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) $(ARGS)

quick: $(READY) ## the tests without media and servers, in seconds; ARGS='...' goes to pytest
	$(BIN)/python -m pytest tests/unit $(SIDE_BY_SIDE) $(ARGS)

mutants: $(READY) ## turn rules round and see whether a test notices; ARGS='--sample 100 --seed 1'
	@$(BIN)/python -c 'import cosmic_ray' 2>/dev/null || \
	  $(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev,mutants]'
	@$(BIN)/python -m tests.mutants $(ARGS)

fuzz: $(READY) ## damaged and lying files through the first steps; ARGS='--files 2000 --seed 1'
	@$(BIN)/python -m tests.fuzz $(ARGS)

faults: $(READY) ## run every test that breaks something; ARGS='...' goes to pytest
	$(BIN)/python -m pytest tests/faults tests/media/test_inventory.py -m '' $(ARGS)

soak: $(READY) ## break things at random under load; ARGS='--minutes 10 --seed 1'
	$(BIN)/python -m tests.faults.soak $(ARGS)

check: $(READY) ## formatting, lint, types and the import contract
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy -p bench -p tests
	$(BIN)/lint-imports

bench: $(READY) ## BENCH=overhead|orchestration|scale|seams|publish|objects|backlog|sizes|api|forecast|bdrate|peer|qc|lint|decoding, ARGS='...'
	@$(BIN)/python -m bench.$(or $(BENCH),overhead) $(ARGS)

bdrate: $(READY) ## bits of each ladder policy and codec at equal VMAF; ARGS='--quick'
	@$(BIN)/python -m bench.bdrate $(ARGS)

pictures: $(READY) ## photograph every page of a farm with twenty titles; needs Chromium
	@$(BIN)/python -m bench.pictures $(ARGS)

image: ## build the image without a registry, as root, and publish a clip in it; needs buildah
	@python3 deploy/image.py

clean: ## remove what was built and fetched, keeping .venv
	rm -rf build qc/report/vendor api/static/vendor .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
