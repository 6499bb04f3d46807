# maildriver: `make test` on a machine with nothing but Python 3.11 or newer and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Two workers: the tests start real servers, and CI has two cores.
WORKERS ?= 2

.PHONY: test check unit demo seeds bench torture fuzz readme clean

test: $(STAMP) check
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not alone"
	$(BIN)/python -m pytest -m alone

# What needs no server: layout, types, style.
check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(STAMP)
	$(BIN)/python -m pytest -n $(WORKERS) tests/unit

# A class that lives two weeks before your eyes; see demo/index.html afterwards.
demo: $(STAMP)
	$(BIN)/maildriver demo

# Twenty classes of two weeks each: nothing lost, nothing twice, nothing foreign.
seeds: $(STAMP)
	MAILDRIVER_SEEDS=20 $(BIN)/python -m pytest -n $(WORKERS) tests/acceptance/demo/test_demo.py -k two_weeks

# What is sent in a second, beside what others send, in the same minutes; what it costs to find
# who is due; and the memory that it takes. Tables, and ratios.
bench: $(STAMP)
	PYTHONPATH=tests $(BIN)/python -m bench
	PYTHONPATH=tests $(BIN)/python -m bench.due
	PYTHONPATH=tests $(BIN)/python -m bench.memory
	PYTHONPATH=tests $(BIN)/python -m bench.ingest

# The long faults, of which the tests run a share: kills at random moments and at named points,
# on both databases, full disks, students who leave in mid-flight, any course of events at the
# outbox and at the inbox. MAILDRIVER_SEED=7 is another course of them.
torture: $(STAMP)
	MAILDRIVER_TORTURE=whole $(BIN)/python -m pytest -s tests/torture tests/acceptance/classes/test_simulated_class.py

# A million small inputs and 200,000 broken mails: MAILDRIVER_SEED=7 makes others.
fuzz: $(STAMP)
	PYTHONPATH=tests $(BIN)/python -m fuzz

# What README.md shows: the tables of settings, and pictures of a demo.
readme: $(STAMP)
	PYTHONPATH=tests $(BIN)/python -m support.settings_table
	PYTHONPATH=tests $(BIN)/python -m support.readme_pictures

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "maildriver needs Python 3.11 or newer; $(PYTHON) is not. Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
	  || { echo "$(PYTHON) lacks the venv module; on Debian and Ubuntu, install the package python3-venv." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache dist
