# deskconsole: `make demo` to look at it, `make test` for all that CI runs. Needs Python 3.11+, git and make only.
# Another Python: make PYTHON=/path/to/python3.12 test.   Words for the demo: make demo ARGS="--tickets 1000000".

SHELL := /bin/sh
RUN := .venv/run
DEV := .venv/dev
ARGS ?=
PYTHON ?=

PREFIX ?= /usr/local

.PHONY: demo test install bench locale pictures lock clean again

demo: $(RUN)/ready
	@$(RUN)/bin/python -m deskconsole demo $(ARGS)

test: $(DEV)/ready
	$(DEV)/bin/ruff format --check .
	$(DEV)/bin/ruff check .
	$(DEV)/bin/mypy
	$(DEV)/bin/lint-imports
	$(DEV)/bin/python -m tools.catalogues check
	@# What failed is run once more, alone: on a loaded machine a pty test can miss its moment, a fault fails again.
	$(DEV)/bin/python -m pytest -n auto $(ARGS) || \
	$(DEV)/bin/python -m pytest --last-failed --last-failed-no-failures none $(ARGS)

# For everybody of this machine: the program stays in this folder, which they must be able to read (/opt/deskconsole).
install: $(RUN)/ready
	ln -sf "$(CURDIR)/$(RUN)/bin/deskconsole" "$(PREFIX)/bin/deskconsole"

bench: $(DEV)/ready
	$(DEV)/bin/python -m benchmarks $(ARGS)

# Take the strings out of the sources, bring ru and es up to date, compile them. Then translate what is new, and again.
locale: $(DEV)/ready
	$(DEV)/bin/python -m tools.catalogues update

pictures: $(DEV)/ready
	$(DEV)/bin/python docs/make_pictures.py

# Newest versions that pyproject.toml allows, for every Python it allows. The one target that needs uv.
lock:
	@tools/lock.sh

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An environment is made again when its lock changed, or when the Python it was made with is gone.
$(RUN)/ready: requirements.lock $(if $(wildcard $(RUN)/bin/python),,again)
$(DEV)/ready: requirements-dev.lock $(if $(wildcard $(DEV)/bin/python),,again)
$(RUN)/ready $(DEV)/ready:
	@python="$(PYTHON)"; [ -n "$$python" ] || python=$$(tools/python.sh) || exit 1; \
	"$$python" tools/environment.py $(@D) $< && touch $@
