# `make run` and `make test` are all one needs; `make help` lists the rest.

# The first Python that is recent enough; name another with `make run PYTHON=…`.
CANDIDATES = python3 python3.13 python3.12 python3.11 python3.14
IS_RECENT = import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for each in $(CANDIDATES); do $$each -c '$(IS_RECENT)' 2>/dev/null && echo $$each && break; done)

# Where it all is installed; another Python has its own: `make test VENV=.venv-3.13 PYTHON=python3.13`.
VENV = .venv
BIN = $(VENV)/bin
INSTALLED = $(VENV)/installed
PEERS = $(VENV)/peers/installed
# Where the pretrained models stand on torch, apart from Airflow.
FORECASTS = .venv-forecasts
# Its Python is 3.11, whatever Airflow's is: torch's build for CPUs is of that alone.
FORECASTS_PYTHON ?= python3.11
TEST_HOME = .gridloom-test
# Two processes of tests; `make test WORKERS=0` has one, in which a debugger can be used.
WORKERS = 2
IN_PARALLEL = --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

# Imports without compiled bytecode take three times as long, and pip must install here and nowhere else.
unexport PYTHONDONTWRITEBYTECODE PYTHONHOME PYTHONPATH PIP_USER PIP_TARGET PIP_PREFIX

# Whatever is installed was locked, and is the very file that was locked; nothing is resolved.
LOCKED_ONLY = --quiet --disable-pip-version-check --no-deps --require-hashes
COMPILED = --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header
LOCKS = requirements.txt requirements-forecasts.txt tools/relock.txt tools/audit.txt benchmarks/peers.txt

.PHONY: help run test faults peers forecasts up down status lint bench relock audit clean
.DEFAULT_GOAL := help

help: ## list what make can do here
	@grep -E '^[a-z]+:.*## ' Makefile | awk -F ':.*## ' '{ printf "make %-8s %s\n", $$1, $$2 }'

run: $(INSTALLED) ## set everything up and bring in the newest data once, through Airflow
	@$(BIN)/gridloom run neso_generation_mix --probe

test: $(INSTALLED) ## set everything up and run every test; ARGS="-k name" for some of them
	@GRIDLOOM_TEST_HOME="$(CURDIR)/$(TEST_HOME)" $(BIN)/python -m pytest $(IN_PARALLEL) $(ARGS)

faults: $(INSTALLED) ## play every fault for real (a quarter of an hour); ARGS="points disk --seed 2" for some of them
	@GRIDLOOM_TEST_HOME="$(CURDIR)/$(TEST_HOME)" $(BIN)/python -m tests.faults $(ARGS)

peers: $(PEERS) ## play the same faults on dlt and on pandas.to_sql, and print what each loses or admits
	@GRIDLOOM_TEST_HOME="$(CURDIR)/$(TEST_HOME)" $(VENV)/peers/bin/python -m benchmarks.peers.faults $(ARGS)

forecasts: $(FORECASTS)/installed ## install the pretrained forecast models and torch beside Airflow (1.3 GB, Python 3.11)

up: $(INSTALLED) ## start PostgreSQL and Airflow and keep them running; DAGs follow their schedules
	@$(BIN)/gridloom up --wait

down: ## stop what `make up` and `make run` left running
	@if test -x $(BIN)/gridloom; then $(BIN)/gridloom down; fi

status: $(INSTALLED) ## say what runs and how the last runs went
	@$(BIN)/gridloom status

lint: $(INSTALLED) ## ruff, mypy, sqlfluff, and whether every DAG imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@GRIDLOOM_WAREHOUSE_URL= GRIDLOOM_ENV_FILE=/dev/null GRIDLOOM_HOME="$(CURDIR)/$(TEST_HOME)" \
		$(BIN)/python -m include.local.dbt_environment \
		$(BIN)/sqlfluff lint --disable-progress-bar dbt_project
	@GRIDLOOM_TEST_HOME="$(CURDIR)/$(TEST_HOME)" $(BIN)/python -m pytest -q tests/dags tests/unit/test_import_rules.py

bench: $(PEERS) ## measure speed beside named peers into docs/performance.md; ARGS=--quick for a short one
	@$(VENV)/peers/bin/python -m benchmarks $(ARGS)

relock: ## compile each *.in into its lock anew, with hashes, for every platform
	@$(PYTHON) -m venv $(VENV)/relock
	@$(VENV)/relock/bin/python -m pip install $(LOCKED_ONLY) -r tools/relock.txt
	@for each in requirements tools/relock tools/audit; do \
		$(VENV)/relock/bin/uv pip compile $(COMPILED) $$each.in --output-file $$each.txt || exit 1; done
	@$(VENV)/relock/bin/uv pip compile $(COMPILED) --no-deps benchmarks/peers.in --output-file benchmarks/peers.txt
	@$(PYTHON) -m pip install --quiet --dry-run --ignore-installed --report - -r requirements-forecasts.in \
		| $(PYTHON) tools/locked.py > requirements-forecasts.txt
	@rm -rf $(VENV)/relock

audit: ## look up every locked package in the database of known flaws
	@$(PYTHON) -m venv $(VENV)/audit
	@$(VENV)/audit/bin/python -m pip install $(LOCKED_ONLY) -r tools/audit.txt
	@for each in $(LOCKS); do \
		$(VENV)/audit/bin/pip-audit --strict --no-deps --disable-pip --require-hashes --requirement $$each || exit 1; done
	@rm -rf $(VENV)/audit

clean: down ## stop everything and remove what make made; the data in .gridloom stays
	@if test -x $(BIN)/gridloom && test -d $(TEST_HOME); then \
		GRIDLOOM_HOME="$(CURDIR)/$(TEST_HOME)" $(BIN)/gridloom down --erase-data; fi
	@rm -rf .venv .venv-* .mypy_cache .ruff_cache .pytest_cache .hypothesis gridloom.egg-info dbt_project/target dbt_project/logs
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The lock is complete, so nothing is resolved: --no-deps keeps pip from tripping over an extra.
# An install that fails leaves no stamp and is taken up again.
$(INSTALLED): requirements.txt pyproject.toml
	@test -n "$(PYTHON)" && $(PYTHON) -c '$(IS_RECENT)' || { \
		echo "Gridloom needs Python 3.11 or later; install it, or name it: make run PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "installing into $(VENV): a few minutes the first time …"
	@$(PYTHON) -m venv $(VENV) || { echo "make needs Python's venv module (Debian: apt install python3-venv)" >&2; exit 1; }
	@$(BIN)/python -m pip install $(LOCKED_ONLY) -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q include dags plugins
	@touch $(INSTALLED)

# What is measured beside Gridloom stands on the lock, and never gets into it.
LOCKED = import sysconfig; print("import site; site.addsitedir(%r)" % sysconfig.get_path("purelib"))
$(PEERS): benchmarks/peers.txt $(INSTALLED)
	@$(BIN)/python -m venv $(VENV)/peers
	@$(BIN)/python -c '$(LOCKED)' > "$$($(VENV)/peers/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/locked.pth"
	@$(VENV)/peers/bin/python -m pip install $(LOCKED_ONLY) -r benchmarks/peers.txt
	@touch $(PEERS)

$(FORECASTS)/installed: requirements-forecasts.txt
	@echo "installing into $(FORECASTS): 1.3 GB, some minutes …"
	@$(FORECASTS_PYTHON) -m venv $(FORECASTS) || { \
		echo "the pretrained models need Python 3.11; name it: make forecasts FORECASTS_PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(FORECASTS)/bin/python -m pip install $(LOCKED_ONLY) -r requirements-forecasts.txt
	@touch $@
