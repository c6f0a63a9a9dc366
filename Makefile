# Two commands for a new user: `make run` and `make test`. Both set everything up first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check
# Where torch comes from: this index, or the ordinary one with TORCH_INDEX=default. Without an NVIDIA driver the CPU build
# is tried first, which saves gigabytes; where that index cannot be reached the ordinary one is taken.
TORCH_CPU := https://download.pytorch.org/whl/cpu
TORCH_INDEX ?= $(if $(wildcard /proc/driver/nvidia/version),default,auto)
SOURCES_OF_SETUP := pyproject.toml constraints.txt $(wildcard setup.py) $(shell find kernels -name '*.cpp' -o -name '*.h' 2>/dev/null)

# One worker more than two cores: many tests wait for another process or a socket
PYTEST_ARGS ?= -n 3 --dist worksteal -q
# What is installed beside the necessary: make setup EXTRAS=milvus,otel
EXTRAS ?=

.PHONY: help setup setup-dev run test sweep lint attack bench sanitize fuzz-models train clean
help:            ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 14

setup: $(VENV)/.ready          ## make .venv and install Konspekt into it
setup-dev: $(VENV)/.ready-dev

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Konspekt needs Python 3.11 or newer; this is " + sys.version)'
	$(PYTHON) -m venv $(VENV)

# torch first and by itself: asked for as a dependency it may come with gigabytes of CUDA
$(VENV)/.ready: $(BIN)/python $(SOURCES_OF_SETUP)
	@echo "Installing (a few minutes the first time)…"
ifeq ($(TORCH_INDEX),auto)
	@$(PIP) install --quiet --retries 0 --timeout 15 --constraint constraints.txt --index-url $(TORCH_CPU) torch 2>/dev/null \
		|| $(PIP) install --quiet --constraint constraints.txt torch
else
	$(PIP) install --quiet --constraint constraints.txt $(if $(filter-out default,$(TORCH_INDEX)),--index-url $(TORCH_INDEX)) torch
endif
	$(PIP) install --quiet --constraint constraints.txt --editable '.$(if $(EXTRAS),[$(EXTRAS)])'
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	$(PIP) install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

run: setup       ## index (the sample, or SOURCES), then the Telegram bot, or a chat here without a token
	@$(BIN)/konspekt run

test: lint       ## style, types and layers (seconds), then the whole test-suite
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(PYTEST_ARGS)

sweep: setup-dev ## what `make test` leaves out for its length: more shapes and examples, rehearsals (an hour)
	OMP_NUM_THREADS=1 KONSPEKT_SWEEP=1 $(BIN)/python -m pytest $(PYTEST_ARGS)

lint: setup-dev  ## style, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

sanitize: setup  ## the C++ kernels under the address, undefined-behaviour and thread sanitizers
	$(BIN)/python tests/kernels/sanitize/run.py
	$(BIN)/python tests/kernels/sanitize/run.py thread

fuzz-models: setup-dev ## 10,000 mutated model files with the C++ kernels under the address sanitizer
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.serving.model.fuzz

# Injections, foreign links, files outside, private addresses, forged buttons, bombs, slow bytes, hostile models
ATTACKS := tests/answering/test_links.py tests/bot/test_buttons.py tests/bot/test_deadlines.py tests/bot/test_rendering.py \
	tests/conversion/test_fetching.py tests/conversion/test_hostile_posts.py tests/conversion/test_media_files.py \
	tests/indexer/sources/test_web_fetch.py tests/serving/http/test_bounds.py tests/serving/http/test_guard.py \
	tests/serving/model/test_bad_folders.py tests/serving/test_who_may_ask.py tests/storage/test_private.py
attack: setup-dev ## what strangers send, tried on every door: the attacks alone, in a few minutes
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(PYTEST_ARGS) $(ATTACKS)

bench: setup-dev ## the benchmarks that need no extra peer; what they say: benchmarks/NOTES.md
	$(BIN)/python -m benchmarks.index.indexing speed
	$(BIN)/python -m benchmarks.index.indexing change
	$(BIN)/python -m benchmarks.index.search --size 100000
	$(BIN)/python -m benchmarks.index.retrieval
	$(BIN)/python -m benchmarks.product.bot_load
	$(BIN)/python -m benchmarks.product.memory
	$(BIN)/python -m benchmarks.product.conversion
	$(BIN)/python -m benchmarks.kernels.cpu_kernels

# Hours on two cores; started again it goes on. PUBLIC holds xquad.ru.json, xquad.en.json, mtrag-un.jsonl and squad2.json.
PUBLIC ?= ../shared/public
train: setup     ## the judging heads again, from their data (training/README.md)
	KONSPEKT_HOME=build/homes/sample MODELS_DIR=data/models $(BIN)/konspekt reindex sample
	nice -n 19 $(BIN)/python -m training --public $(PUBLIC)

clean:           ## remove what was built; data/ stays
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
