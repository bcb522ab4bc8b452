# Khuê: everything a person needs is here; `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
KHUE := $(VENV)/bin/khue
PYTEST := $(VENV)/bin/pytest
LOCKS := requirements-build.txt pyproject.toml tools/setup.sh
export PORT ?= 8000
# Where the surroundings forbid compiled files, each of the many processes of a run would compile the house anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test crawl test-slow soak check bench demo module lock clean

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | awk -F'|' '{printf "  make %-10s %s\n", $$1, $$2}'

run: $(VENV)/.ready ## start Khuê with the small demo province; PORT=8000, Ctrl-C stops it
	@KHUE_DEMO=1 exec $(KHUE) run

test: $(VENV)/.ready-dev ## the quick tests, browser journeys included (under 10 minutes on 2 cores)
	@tools/ensure_chromium.sh || true
	@tools/ensure_signing_tools.sh || true
	$(PYTEST) -m "not slow and not soak and not crawl" -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

crawl: $(VENV)/.ready-dev ## open every page in Chromium and have axe look at it (2 minutes; CI does it too)
	@tools/ensure_chromium.sh || true
	$(PYTEST) -m crawl $(ARGS)

test-slow: $(VENV)/.ready-dev ## the long tests: crashes, canaries, random trees, every page (under 60 minutes)
	@tools/ensure_chromium.sh || true
	@tools/ensure_signing_tools.sh || true
	@tools/ensure_cluster.sh || true
	$(PYTEST) -m "slow or crawl" $(ARGS)

soak: $(VENV)/.ready-dev ## the endurance tests, before a release
	$(PYTEST) -m soak $(ARGS)

check: $(VENV)/.ready-dev ## format, lint, types, import contracts, templates, migrations, secrets, translations
	@$(VENV)/bin/python tools/check.py $(ARGS)

bench: $(VENV)/.ready ## measure; group=foundation for one group only
	@$(KHUE) bench $(group)

demo: $(VENV)/.ready ## make a demo province afresh; size=small or size=province
	@KHUE_DEMO=1 $(KHUE) demo --size $(or $(size),small) --fresh

module: $(VENV)/.ready-dev ## make a new module of the house's shape; name=wing/name
	@$(KHUE) module $(name)

lock: $(VENV)/.ready-dev ## pin and hash the dependencies of pyproject.toml again; UPGRADE=1 takes newer ones
	@tools/lock.sh $(VENV)/bin/python

clean: ## remove caches and built files; the data in var/ stays
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .grimp_cache var/static *.egg-info
	@find khue tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.ready: requirements.txt $(LOCKS)
	@tools/setup.sh requirements.txt $@

$(VENV)/.ready-dev: requirements.txt requirements-dev.txt $(LOCKS)
	@tools/setup.sh requirements-dev.txt $@ $(VENV)/.ready
