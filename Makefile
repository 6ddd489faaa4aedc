# make demo: everything, and a site on http://127.0.0.1:8000/     make test: the whole suite
# Needs git, make and Python 3.11 or newer; the rest is installed into .venv.

PYTHON ?= python3
PORT ?= 8000
NOTES ?=
TEST ?=
PY := .venv/bin/python
MANAGE := $(PY) manage.py

.PHONY: install install-dev demo test test-fast lint format bench pictures lock messages clean

# What a site runs on, with the clients of PostgreSQL and Redis, and nothing that only tests need.
install: .venv/installed

install-dev: .venv/installed-dev

.venv/installed: requirements.lock
	$(make-venv)
	$(PY) -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	@touch $@

.venv/installed-dev: requirements-dev.lock requirements.lock
	$(make-venv)
	$(PY) -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.lock
	@touch $@ .venv/installed

define make-venv
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Greenroom needs Python 3.11 or newer: make PYTHON=/path/to/python3 …"; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv .venv || \
		{ echo "Python cannot make a virtual environment; on Debian: apt-get install python3-venv"; exit 1; }
endef

demo: export DEBUG = True
demo: install
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) demo --port $(PORT) $(if $(NOTES),--notes "$(NOTES)")
	@exec $(MANAGE) runserver --noreload 127.0.0.1:$(PORT)

test: install-dev
	$(PY) -m pytest -n auto $(TEST)

# Without a browser and a database: under a minute.
test-fast: install-dev
	$(PY) -m pytest -n auto -m "not browser and not database and not processes"

lint: install-dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/djlint --lint templates
	.venv/bin/djlint --check templates
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(MANAGE) makemigrations --check --dry-run
	HTTPS=True SECRET_KEY=$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(60))') \
		$(MANAGE) check --deploy --tag security --fail-level WARNING
	$(MANAGE) check

format: install-dev
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .
	.venv/bin/djlint --quiet --reformat templates

bench: install-dev
	N=$(N) PEER=$(PEER) $(PY) -m tests.bench $(NOTES)

pictures: install-dev
	$(PY) -m tests.browser.pictures

# After a version in pyproject.toml has changed: both files, each from an environment of its own.
lock: requirement = $(PYTHON) -c 'import sys, tomllib; p = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
	extra = p["optional-dependencies"]; groups = [p["dependencies"], *(extra[name] for name in sys.argv[1:])]; \
	print(*(line.replace(" ", "") for group in groups for line in group))'
lock:
	rm -rf .venv && $(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check $$($(requirement) services)
	$(PY) -m pip freeze --exclude-editable > requirements.lock
	$(PY) -m pip install --quiet --disable-pip-version-check --constraint requirements.lock $$($(requirement) services dev)
	$(PY) -m pip freeze --exclude-editable > requirements-dev.lock

# After a text of the interface has changed; needs gettext.
messages: install
	$(MANAGE) makemessages --locale zh_Hans --ignore .venv --ignore var --no-location --no-obsolete
	$(MANAGE) compilemessages --locale zh_Hans

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
