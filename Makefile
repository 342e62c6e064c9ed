# Attune. `make run` starts everything; `make test` runs every test. Both install what they need.
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export OPENBLAS_NUM_THREADS := 1

.PHONY: run test soak bench bench-delivery bench-first-load words lock check demo clean

run: .venv/runs ## install, migrate, load the demo into an empty database, serve on 127.0.0.1:$PORT (8000)
	@deploy/run

test: .venv/tests ## install what the tests need, and run all of them
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

soak: .venv/tests ## the long harnesses, at full length
	ATTUNE_SOAK=1 $(BIN)/python -m pytest -m soak --override-ini addopts="--import-mode=importlib" $(ARGS)

bench: .venv/tests ## measure the psychometric engine beside its peers and baselines; writes benchmarks/RESULTS.md
	$(BIN)/python -m pip install -q --require-hashes --no-deps -r benchmarks/requirements.txt
	$(BIN)/python -m benchmarks.engine

bench-delivery: .venv/tests ## measure how fast answers are saved beside Django and a bare page; writes benchmarks/DELIVERY.md
	$(BIN)/python -m pip install -q --require-hashes --no-deps -r benchmarks/requirements.txt
	$(BIN)/python -m benchmarks.delivery

bench-first-load: .venv/tests ## measure what a phone fetches and waits the first time it opens a page; writes benchmarks/FIRST_LOAD.md
	$(BIN)/python -m benchmarks.first_load

check: .venv/tests ## style, types, import contracts
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

lock: .venv/tests ## resolve requirements.in and requirements-dev.in again
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip compile -q --upgrade --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make lock" requirements.in -o requirements.txt
	$(BIN)/uv pip compile -q --upgrade --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make lock" requirements-dev.in -o requirements-dev.txt

.venv/bin/python:
	@deploy/make-venv "$(PYTHON)"

.venv/runs: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install -q --require-hashes -r requirements.txt
	@touch $@

.venv/tests: requirements-dev.txt .venv/runs
	$(BIN)/python -m pip install -q --require-hashes -r requirements-dev.txt
	@deploy/install-chromium
	@touch $@

words: .venv/tests ## take the words of the applicant's pages into the catalogues, where the new ones wait for their translation
	$(BIN)/pybabel -q extract -F babel.cfg -k Words --sort-output --add-location=file --no-wrap --project=Attune --copyright-holder=Attune -o .venv/messages.pot .
	$(BIN)/pybabel -q update -N --no-wrap --ignore-obsolete --ignore-pot-creation-date -i .venv/messages.pot -d assessment/web/translations
	$(BIN)/pybabel -q compile -d assessment/web/translations
