# make demo    analyse a real recording and write its report (sets up .venv, without torch)
# make serve   the web application and the REST API on http://127.0.0.1:8060 (builds web/ with Node 20 or newer)
# make test    ruff, mypy, all tests, the web application's and the notebook (sets up .venv-dev, with everything)
# make bench   measure against other packages, write bench/results.md
# make figures put the figures of the models' cards into README.md
# Needs Python 3.11 or newer, make and git. Real recordings are taken from EINTHOVEN_DATA.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
RUN := .venv/bin
DEV := .venv-dev/bin
PIP_FLAGS := --quiet --disable-pip-version-check --constraint constraints.txt
WORKERS ?= 2

STATIC := src/einthoven/service/static/index.html
WEB_SOURCES := $(shell find web/src web/public -type f 2>/dev/null) $(addprefix web/,index.html package-lock.json \
	tsconfig.json vite.config.ts)

.PHONY: demo serve test lint web unit bench figures clean
.DEFAULT_GOAL := demo

demo: .venv/.installed
	$(RUN)/einthoven demo --out out/demo

serve: .venv/.serve $(STATIC)
	$(RUN)/einthoven serve --open

test: lint web unit

lint: .venv-dev/.installed
	$(DEV)/ruff check .
	$(DEV)/mypy

web: .venv-dev/.installed $(STATIC)
	cd web && ./with-node.sh ../$(DEV)/python npm run --silent test

unit: .venv-dev/.installed $(STATIC)
	tests/system_tools.sh $(DEV)/python
	OMP_NUM_THREADS=1 $(DEV)/python -m pytest -n $(WORKERS) --dist loadfile --cov --cov-report=term \
		--nbmake --nbmake-timeout=600 tests notebooks

bench: .venv-dev/.bench
	$(DEV)/python bench/run.py

figures: .venv/.installed
	$(RUN)/python bench/figures.py

clean:
	rm -rf .venv .venv-dev web/node_modules src/einthoven/service/static out htmlcov .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.installed: pyproject.toml constraints.txt
	$(call make_venv,.venv)
	$(RUN)/python -m pip install $(PIP_FLAGS) --editable '.[paper]'
	touch $@

.venv-dev/.installed: pyproject.toml constraints.txt
	$(call make_venv,.venv-dev)
	$(DEV)/python -m pip install $(PIP_FLAGS) --editable '.[dev]'
	touch $@

.venv/.serve: .venv/.installed
	$(RUN)/python -m pip install $(PIP_FLAGS) --editable '.[serve]'
	touch $@

# Not `npm ci`: it refuses where a registry lacks optional packages of platforms that are not needed here.
web/node_modules/.package-lock.json: web/package-lock.json
	test -x .venv/bin/python -o -x .venv-dev/bin/python || $(MAKE) .venv/.installed
	cd web && ./with-node.sh "$$(ls -d ../.venv*/bin/python | head -n 1)" npm install --silent --no-audit --no-fund --no-save
	touch $@

$(STATIC): web/node_modules/.package-lock.json $(WEB_SOURCES)
	cd web && ./with-node.sh "$$(ls -d ../.venv*/bin/python | head -n 1)" npm run --silent build
	touch $@

.venv-dev/.bench: .venv-dev/.installed
	$(DEV)/python -m pip install $(PIP_FLAGS) --editable '.[dev,bench]'
	touch $@

define make_venv
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found; state it: make PYTHON=/path/to/python3"; exit 1; }
	test -x $(1)/bin/python || $(PYTHON) -m venv $(1)
endef
