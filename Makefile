# make demo: what a user gets. make test: every test. make lint: ruff, mypy, import-linter.
# make golden: new golden predictions. make bench: the foundation beside what one would pick instead.
#
# Any Python from 3.11 on will do: make demo PYTHON=python3.12

newest = $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PYTHON ?= $(or $(newest),python3)
BIN = .venv/bin

.PHONY: demo test lint golden bench

demo: .venv/.base
	$(BIN)/muso identify examples
	@mkdir -p build
	$(BIN)/muso compose --mood happy --seed 7 -o build/happy.mid

test: .venv/.dev
	$(BIN)/python -m pytest -n auto --dist loadfile

lint: .venv/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

golden: .venv/.dev
	$(BIN)/python .ci/golden.py --make

bench: .venv/.dev
	$(BIN)/python -m benchmarks.foundation

# What is installed is remembered by files in .venv, so that deleting it starts afresh.

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit("muso needs Python 3.11 or newer; name one: make PYTHON=..." \
		if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	touch $@

.venv/.base: .venv/.made pyproject.toml
	$(BIN)/python -m pip install --quiet -e .
	touch $@

# The exact version first: where pip knows of a build of it for processors alone (2.13.0+cpu), it
# takes that, and leaves out gigabytes of GPU packages.
.venv/.dev: .venv/.made pyproject.toml
	$(BIN)/python -m pip install --quiet torch==2.13.0
	$(BIN)/python -m pip install --quiet -e '.[dev]'
	touch .venv/.base $@
