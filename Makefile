# Everything runs in .venv, which the first target that needs it makes. Nothing is installed elsewhere.
#
#   make demo PYTHON=python3.12                                    another Python (3.11 or newer)
#   make demo TORCH_INDEX=https://download.pytorch.org/whl/cpu     torch without the CUDA packages
#   make test ARGS="tests/data -k encoding"                        some of the tests

PYTHON ?= python3
VENV ?= .venv
TORCH_INDEX ?=
ARGS ?=

BIN := $(VENV)/bin
TORCH := $(shell sed -n '/^torch==/p' constraints.txt)
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install -qq -c constraints.txt
SAMPLE := $(VENV)/.installed-sample
DEV := $(VENV)/.installed-dev

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo test coverage check bench real soak docs

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(SAMPLE) ## set up, train the sample model on the sample tickets, write a report (minutes, no network after set-up)
	@$(BIN)/tunewright demo

test: $(DEV) ## set up and run every test, a file on each core
	@$(BIN)/python -m pytest -n auto $(ARGS)

coverage: $(DEV) ## run every test and ask for 95% of the lines of floors 0 to 3
	@$(BIN)/python -m pytest -n auto --cov --cov-report=term:skip-covered $(ARGS)

check: $(DEV) ## lint, format, types, and the floors that imports may not cross
	@failed=; for command in "ruff check ." "ruff format --check ." mypy "lint-imports"; do \
	  echo "== $$command"; $(BIN)/$$command || failed="$$failed '$$command'"; done; \
	  [ -z "$$failed" ] || { echo "Failed:$$failed"; exit 1; }

bench: $(DEV) ## measure speed beside the peer, for hours (ARGS=--quick: smaller); results are added to benchmarks/results/
	@$(BIN)/python -m benchmarks.short_rows
	@$(BIN)/python -m benchmarks.overhead
	@$(BIN)/python -m benchmarks.start
	@$(BIN)/python -m benchmarks.growth
	@$(BIN)/python -m benchmarks.speed --peer b $(ARGS)
	@$(BIN)/python -m benchmarks.speed --peer a --work imdb --work tickets --method full --quick $(ARGS)

real: $(DEV) ## train the recipes of examples/ on public data (TUNEWRIGHT_DATA), a long job; results are added to benchmarks/results/
	@$(BIN)/python -m benchmarks.examples $(ARGS)

soak: $(DEV) ## kill trainings a hundred times beside the Trainer, and watch memory over thousands of steps
	@$(BIN)/python -m benchmarks.kills $(ARGS)
	@$(BIN)/python -m benchmarks.soak

docs: $(DEV) ## write docs/reference anew from the recipe's own field descriptions
	@$(BIN)/python -m tools.reference

# A stamp is written last: an interrupted set-up is simply done again, and what pip has already installed is kept.
# A .venv without a working pip is what an interrupt inside `venv` leaves; it is made afresh.
define set_up
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "tunewright needs Python 3.11 or newer, and '$(PYTHON)' is: $$($(PYTHON) --version 2>&1 | head -n 1)"; \
	  echo "  Name another one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV) || { \
	  echo "No virtual environment could be made. On Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	@echo "Installing $(TORCH) into $(VENV) (the largest package; the first time takes a while) ..."
	@$(PIP) $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) '$(TORCH)'
	@echo "Installing tunewright$(1) ..."
	@$(PIP) -e '.$(1)'
endef

$(SAMPLE): pyproject.toml constraints.txt
	$(call set_up,[sample])
	@touch $@

$(DEV): pyproject.toml constraints.txt
	$(call set_up,[dev])
	@touch $@ $(SAMPLE)
