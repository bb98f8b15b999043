# Two commands: `make review` and `make test`. Everything else is what they and CI are made of.
#
#   make review                                  the review of the embedded sample, out/review.html
#   make review EVENTS='export/*.json.gz' MODEL=flow.toml [QUARTER=2014-Q4] [AS_OF=2015-02-01] [ZONE=Europe/Berlin]
#   make test                                    every test
#   make check                                   formats, lints, docs and types
#   make bench                                   measured beside rivals
#   make counts                                  instructions of each stage beside those committed (COUNTS=--write: anew)
#   make notebooks                               the notebooks' .ipynb from their .py
#
# Stamps in .venv/stamps say what is installed, so that nothing is built in vain.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
CARGO  ?= $(shell command -v cargo || echo $(HOME)/.cargo/bin/cargo)

VENV   := .venv
BIN    := $(VENV)/bin
STAMPS := $(VENV)/stamps
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

RUST_SOURCES   := Cargo.toml Cargo.lock $(shell find crates python/src -type f) $(wildcard python/Cargo.toml)
PYTHON_SOURCES := python/pyproject.toml python/README.md \
                  $(shell find python/streamgauge -type f -not -name '*.pyc' -not -name '*.so')
LINTED         := python/streamgauge tests/python notebooks/*.py
RUFF           := $(BIN)/ruff

.DEFAULT_GOAL := help
.PHONY: help review test test-rust test-python check check-rust check-python stubtest bench counts notebooks clean

help:
	@sed -n 's/^# \{0,1\}//p' Makefile | sed '/^Stamps/,$$d'

# --- what is installed -------------------------------------------------------------------------------------------------

$(STAMPS)/venv:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install 'maturin>=1.9,<2'
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/wheel: $(STAMPS)/venv $(RUST_SOURCES) $(PYTHON_SOURCES)
	rm -rf target/wheels
	PATH="$(dir $(CARGO)):$$PATH" $(BIN)/maturin build --release --locked --manifest-path python/Cargo.toml --out target/wheels
	$(PIP) install --force-reinstall --no-deps target/wheels/*.whl
	@touch $@

# The libraries that an extra asks for; they change only with pyproject.toml.
$(STAMPS)/review $(STAMPS)/dev: $(STAMPS)/%: python/pyproject.toml | $(STAMPS)/wheel
	$(PIP) install "$$(echo target/wheels/*.whl)[$*]"
	@touch $@

# --- the review --------------------------------------------------------------------------------------------------------

review: $(STAMPS)/wheel $(STAMPS)/review
	@mkdir -p out
ifdef EVENTS
	@test -n "$(MODEL)" || { echo "MODEL=flow.toml is needed; propose one with: $(BIN)/streamgauge model suggest $(EVENTS) -o flow.toml"; exit 1; }
	@$(BIN)/streamgauge review $(EVENTS) --model "$(MODEL)" -o out/review.html \
	  $(if $(QUARTER),--quarter "$(QUARTER)") $(if $(AS_OF),--as-of "$(AS_OF)") $(if $(ZONE),--zone "$(ZONE)")
else
	@$(BIN)/streamgauge sample -o out/sample > /dev/null
	@$(BIN)/streamgauge review out/sample/events.parquet --model out/sample/flow.toml -o out/review.html \
	  --quarter "$(or $(QUARTER),2024-Q4)" --as-of "$(or $(AS_OF),2025-01-01)" $(if $(ZONE),--zone "$(ZONE)")
endif

# --- tests -------------------------------------------------------------------------------------------------------------

test: test-rust test-python

test-rust:
	$(CARGO) test --locked
	$(CARGO) test --locked -p streamgauge-polars

# The installed package is tested: its doctests, then the tests, from a folder that does not hide it.
test-python: $(STAMPS)/wheel $(STAMPS)/dev
	$(BIN)/python -m pytest -c python/pyproject.toml --rootdir . --pyargs streamgauge tests/python

# --- formats, lints, docs, types ---------------------------------------------------------------------------------------

check: check-rust check-python

check-rust:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	$(CARGO) clippy --locked -p streamgauge-python -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps

check-python: $(STAMPS)/wheel $(STAMPS)/dev stubtest
	$(RUFF) check $(LINTED)
	$(RUFF) format --check $(LINTED)
	$(BIN)/mypy --config-file python/pyproject.toml python/streamgauge

# The stub says what the compiled module has, and nothing else.
stubtest: $(STAMPS)/wheel $(STAMPS)/dev
	$(BIN)/stubtest streamgauge._core --mypy-config-file python/pyproject.toml

# --- the rest ----------------------------------------------------------------------------------------------------------

bench: $(STAMPS)/wheel $(STAMPS)/dev
	$(CARGO) bench --locked -p streamgauge-benches
	$(BIN)/python benches/rivals.py
	$(BIN)/python benches/exports.py --report
	$(BIN)/python benches/working_time.py

# Times do not repeat on a shared machine; instructions do. Fails where a stage grew by more than 10 %.
counts:
	CARGO="$(CARGO)" $(PYTHON) benches/counts.py $(COUNTS)

notebooks: $(STAMPS)/dev
	$(BIN)/jupytext --to ipynb --update notebooks/*.py

clean:
	rm -rf target $(VENV) out
