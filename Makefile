# make demo: everything, and a site on http://127.0.0.1:8000/     make test: the whole suite
# Needs git, make and Python 3.11 or newer; the rest is installed into .venv.

PYTHON ?= python3
PORT ?= 8000
NOTES ?=
TEST ?=
PY := .venv/bin/python
MANAGE := $(PY) manage.py

.PHONY: install demo test lint format bench pictures lock messages clean

install: .venv/installed

.venv/installed: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Greenroom needs Python 3.11 or newer: make PYTHON=/path/to/python3 …"; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv .venv || \
		{ echo "Python cannot make a virtual environment; on Debian: apt-get install python3-venv"; exit 1; }
	$(PY) -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	@touch $@

demo: export DEBUG = True
demo: install
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) demo --port $(PORT) $(if $(NOTES),--notes "$(NOTES)")
	@exec $(MANAGE) runserver --noreload 127.0.0.1:$(PORT)

test: install
	$(PY) -m pytest -n auto $(TEST)

lint: install
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/djlint --quiet --lint templates
	.venv/bin/djlint --quiet --check templates
	.venv/bin/mypy
	$(MANAGE) makemigrations --check --dry-run
	HTTPS=True SECRET_KEY=$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(60))') \
		$(MANAGE) check --deploy --fail-level WARNING

format: install
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .
	.venv/bin/djlint --quiet --reformat templates

bench: install
	$(PY) -m tests.bench $(NOTES)

pictures: install
	$(PY) -m tests.browser.pictures

# After a version in pyproject.toml has changed.
lock:
	rm -rf .venv && $(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check \
		$$($(PYTHON) -c 'import tomllib; p = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
		print(*(s.replace(" ", "") for g in [p["dependencies"], *p["optional-dependencies"].values()] for s in g))')
	$(PY) -m pip freeze --exclude-editable > requirements.lock

# After a text of the interface has changed; needs gettext.
messages: install
	$(MANAGE) makemessages --locale zh_Hans --ignore .venv --ignore var --no-location --no-obsolete
	$(MANAGE) compilemessages --locale zh_Hans

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
