"""The documents say what is so: names in them exist, and what a reader needs to know is in them."""

from __future__ import annotations

import ast
import importlib
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands, load_command_class
from django.urls import Resolver404, get_resolver, resolve
from django.utils.translation import override

from config.health import ADDRESSES
from episodes.bases.code_labels import FINDING_CODES
from episodes.importing.adoption_exclusions import Reason
from episodes.notes import dialects, visibility_words
from episodes.notes.dialects import episode_page, interview_record
from episodes.notes.dialects.front_matter.insertion import KNOWN, NUMBERS
from episodes.workflow.groups import GROUPS
from tests.documents import DOCUMENTS, Document, codes, document, documented_settings, rows
from tests.shared import ROOT

EVERY = pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: page.name)
PICTURES = ROOT / "docs" / "pictures"
# Documents in which every path is one of the project; the others have paths of notes and of servers as examples.
FOR_DEVELOPERS = ("CONTRIBUTING.md", "docs/architecture.md", "docs/extending.md", "docs/performance.md")


def python_files() -> Iterator[Path]:
    for folder in ("config", "episodes", "people", "tests"):
        yield from (ROOT / folder).rglob("*.py")


@lru_cache(maxsize=1)
def words_of_code() -> frozenset[str]:
    """Every word in the sources but this file."""
    files = (*python_files(), ROOT / "gunicorn.conf.py", ROOT / ".ci" / "run", ROOT / "Makefile")
    return frozenset(
        word for path in files if path.name != Path(__file__).name for word in re.findall(r"\w+", path.read_text())
    )


# --- README, links, pictures


def test_readme_has_at_most_120_lines() -> None:
    assert len(document("README.md").text.splitlines()) <= 120


def test_readme_says_that_no_licence_is_chosen() -> None:
    assert len(re.findall("licence", document("README.md").text)) == 1


@EVERY
def test_relative_links_and_anchors_resolve(page: Document) -> None:
    assert [link for link in page.links if not re.match(r"https?:", link) and not is_alive(page, link)] == []


def is_alive(page: Document, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.path.parent / path).resolve() if path else page.path
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not anchor or (target.suffix == ".md" and anchor in Document(target).anchors)


def test_index_names_every_document() -> None:
    index = document("docs/README.md")
    linked = {(index.path.parent / link).resolve() for link in index.links}
    assert linked == {page.path for page in DOCUMENTS} - {index.path}


def test_pictures_are_few_and_small() -> None:
    sizes = [path.stat().st_size for path in PICTURES.iterdir()]
    assert 2 <= len(sizes) <= 20
    assert sum(sizes) < 1_500_000


def test_readme_shows_two_pictures() -> None:
    shown = [link for link in document("README.md").links if link.startswith("docs/pictures/")]
    assert len(shown) == 2


# --- paths, modules, names


def top_level() -> set[str]:
    return {path.name for path in ROOT.iterdir()}


def paths_in(page: Document) -> list[str]:
    """Inline codes that name something below the project's folder."""
    return [span for span in page.spans if re.fullmatch(r"\.?\w[\w.-]*(?:/[\w.-]+)*/?", span) and is_path(span)]


def is_path(span: str) -> bool:
    named = "/" in span or span in top_level() or re.search(r"\.(?:py|toml|yaml|lock|html)$", span)
    return bool(named) and span.split("/")[0] in top_level()


@EVERY
def test_paths_exist(page: Document) -> None:
    assert [path for path in paths_in(page) if not (ROOT / path).exists() and path != ".venv"] == []


@pytest.mark.parametrize("name", FOR_DEVELOPERS)
def test_paths_for_developers_begin_at_the_top(name: str) -> None:
    spans = document(name).spans
    paths = [span for span in spans if re.fullmatch(r"[\w.-]+/[\w./-]*|[\w-]+\.py", span)]
    assert [path for path in paths if path.split("/")[0] not in top_level()] == []


@EVERY
def test_dotted_names_exist(page: Document) -> None:
    dotted = re.compile(r"(?:config|episodes|people|tests)(?:\.\w+)+")
    names = {span.partition("(")[0] for span in page.code if dotted.match(span)}
    names = {name for name in names if dotted.fullmatch(name) and not name.endswith(".py")}
    assert [name for name in sorted(names) if not is_importable(name)] == []


def is_importable(name: str) -> bool:
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return name == "episodes.episode"  # as dumpdata calls a model


@pytest.mark.parametrize("name", FOR_DEVELOPERS)
def test_names_for_developers_occur_in_the_code(name: str) -> None:
    spans = [span for span in document(name).spans if not re.search(r"[/ .=<{\"-]", span.partition("(")[0])]
    named = {word for span in spans for word in re.findall(r"[A-Za-z_]\w{2,}", span.partition("(")[0])}
    assert sorted(named - words_of_code() - {"chromium"}) == []


def test_layers_are_those_of_the_contract() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    drawn = re.findall(r"\b(?:episodes|people)\.\w+(?:\.\w+)?", document("docs/architecture.md").section("Layers"))
    assert drawn == [name for layer in layers for name in re.split(r" [|:] ", layer)]


# --- settings


def settings_tree() -> ast.Module:
    return ast.parse((ROOT / "config" / "settings.py").read_text())


def settings_read() -> dict[str, str | None]:
    """Names of environment variables that the settings read, with their default where it is a plain value."""
    found: dict[str, str | None] = {}
    for node in ast.walk(settings_tree()):
        if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
            continue
        if getattr(node.func, "attr", "") == "setdefault":
            continue
        name = node.args[0].value
        if isinstance(name, str) and re.fullmatch(r"[A-Z][A-Z_]+", name):
            given = [*node.args[1:2], *(word.value for word in node.keywords if word.arg == "default")]
            found[name] = plain_value(given[0]) if given else None
    return found


def plain_value(node: ast.expr) -> str | None:
    """Return a default as one writes it into the environment; None where it is computed from something else."""
    try:
        value = eval(compile(ast.Expression(node), "settings", "eval"), {"__builtins__": {}})
    except (NameError, TypeError):
        return None
    return ",".join(value) if isinstance(value, list) else str(value)


def test_every_environment_variable_is_documented() -> None:
    assert documented_settings().keys() == settings_read().keys()


def test_documented_defaults_are_those_of_the_code() -> None:
    documented = {name: "".join(codes(cells[1])[:1]) for name, cells in documented_settings().items()}
    wrong = {name: value for name, value in settings_read().items() if value is not None and documented[name] != value}
    assert wrong == {}


def test_every_setting_has_values_and_a_meaning() -> None:
    assert [name for name, cells in documented_settings().items() if not (cells[1] and cells[2] and cells[4])] == []


def test_every_fixed_setting_is_documented() -> None:
    named: set[str] = set()
    for node in ast.walk(settings_tree()):
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            named |= {target.id for target in targets if isinstance(target, ast.Name) and target.id.isupper()}
    named = {name for name in named if not name.startswith("_")}
    fixed = document("docs/settings.md").section("Fixed values")
    documented = {name for cells in rows(fixed) for name in codes(cells[0])}
    assert documented == named - documented_settings().keys()


@EVERY
def test_variables_that_are_given_exist(page: Document) -> None:
    """`NAME=value` in code: a setting, or a variable of make, of the tests or of the processes."""
    given = {name for line in page.code for name in re.findall(r"(?<![\w-])([A-Z][A-Z_]{2,})=", line)}
    assert sorted(given - words_of_code()) == []


# --- commands and targets of make

COMMANDS = {name: load_command_class(app, name) for name, app in get_commands().items()}
OWN = {name: command for name, command in COMMANDS.items() if type(command).__module__.startswith("episodes.")}


def options_of(name: str) -> set[str]:
    parser = COMMANDS[name].create_parser("manage.py", name)
    return {option for action in parser._actions for option in action.option_strings}


def own_options(name: str) -> set[str]:
    """Options that the command adds itself, not those that Django gives to all."""
    if "add_arguments" not in type(OWN[name]).__dict__:
        return set()
    common = {"-h", "--help", "--version", "-v", "--verbosity", "--settings", "--pythonpath", "--traceback"}
    return options_of(name) - common - {"--no-color", "--force-color", "--skip-checks"}


def calls_in(page: Document) -> Iterator[tuple[str, list[str]]]:
    """Yield (command, options) of every call of manage.py in code."""
    for line in page.code:
        for call in re.split(r"manage\.py ", line.partition("  #")[0])[1:]:
            words = re.split(r"&&|[;|>]", call)[0].split()
            if words and re.fullmatch(r"[a-z_]+", words[0]):
                yield words[0], [word.partition("=")[0] for word in words[1:] if re.match(r"-{1,2}[a-z]", word)]


@EVERY
def test_commands_and_their_options_exist(page: Document) -> None:
    wrong = []
    for name, options in calls_in(page):
        known = options_of(name) if name in COMMANDS else set()
        # `-v0` is -v with a value.
        wrong += [(name, option) for option in options if not {option, option[:2]} & known]
        wrong += [] if name in COMMANDS else [(name, "")]
    assert wrong == []


@EVERY
def test_options_in_text_exist(page: Document) -> None:
    known = {option for name in COMMANDS for option in options_of(name)}
    named = {option for span in page.spans for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", span)}
    assert sorted(named - known) == []


@pytest.mark.parametrize("name", sorted(OWN))
def test_command_is_documented_with_its_options(name: str) -> None:
    pages = [page for page in DOCUMENTS if page.name not in ("README.md", "CHANGELOG.md")]
    described = {
        page.name: {option for line in page.code for option in re.findall(r"--[a-z][a-z-]+", line)}
        for page in pages
        if any(re.search(rf"\b{name}\b", line) for line in page.code)
    }
    # All of them on one page.
    assert any(own_options(name) <= options for options in described.values())


def makefile() -> str:
    return (ROOT / "Makefile").read_text()


def targets() -> set[str]:
    phony = re.search(r"^\.PHONY: (.*)$", makefile(), re.MULTILINE)
    assert phony
    return set(phony[1].split())


@EVERY
def test_make_targets_exist(page: Document) -> None:
    called = {name for line in page.code for name in re.findall(r"(?:^|&& |  )make ([a-z-]+)", line)}
    assert sorted(called - targets()) == []


def test_every_make_target_is_described() -> None:
    described = {codes(cells[0])[0] for cells in rows(document("CONTRIBUTING.md").section("Make targets"))}
    assert described == {f"make {name}" for name in targets()}


def test_every_make_variable_is_described() -> None:
    variables = set(re.findall(r"^([A-Z]+) \?=", makefile(), re.MULTILINE))
    section = document("CONTRIBUTING.md").section("Make targets")
    assert sorted(name for name in variables if f"{name}=" not in section) == []


def test_hooks_call_tools_of_the_environment() -> None:
    configuration = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    assert [repo["repo"] for repo in configuration["repos"]] == ["local"]
    tools = [hook["entry"].split()[0] for repo in configuration["repos"] for hook in repo["hooks"]]
    assert {tool.rpartition("/")[0] for tool in tools} == {".venv/bin"}
    assert [tool for tool in tools if not (Path(sys.executable).parent / Path(tool).name).exists()] == []


# --- addresses


def addresses_in(page: Document) -> set[str]:
    """Paths of this site: inline codes that begin with a slash, and links to the demo."""
    found = {span for span in page.spans if re.match(r"/(?!srv\b|usr\b|video/|episode/|64\b)", span)}
    found |= set(re.findall(r"http://127\.0\.0\.1:8000(/[\w/.-]*)", page.text))
    return {address.partition("?")[0] for address in found}


@EVERY
def test_addresses_exist(page: Document) -> None:
    assert sorted(address for address in addresses_in(page) if not answers(address)) == []


def answers(address: str) -> bool:
    path = address.replace("<slug>", "x").replace("<id>", "1").replace("<part>", "episodes")
    # An address has the prefix of the language that is active.
    with override("en" if path.startswith("/en/") else "zh-hans"):
        try:
            resolve(path)
        except Resolver404:
            return path in ADDRESSES
    return True


def test_machine_formats_are_documented() -> None:
    documented = addresses_in(document("docs/feeds-and-formats.md"))
    routes = {f"/{route}" for route in routes_of(get_resolver().url_patterns)}
    formats = re.compile(r".*(?:\.(?:xml|txt|json|vtt|csv|md|png)|/feed/|/oembed)")
    assert sorted(route for route in routes if formats.fullmatch(route) and route not in documented) == []


def routes_of(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    """Yield the routes of the public site, with `<slug>`, `<id>` and `<part>`."""
    for pattern in patterns:
        route = f"{prefix}{pattern.pattern}"
        if getattr(pattern, "app_name", "") == "admin":
            continue
        if hasattr(pattern, "url_patterns"):
            yield from routes_of(pattern.url_patterns, "" if "LocalePrefix" in repr(pattern.pattern) else route)
        else:
            route = re.sub(r"<slug:slug>", "<slug>", route)
            yield re.sub(r"<slug:section>", "<part>", re.sub(r"<int:pk>", "<id>", route))


# --- what people look up


def test_every_code_of_a_flag_is_documented() -> None:
    tables = (
        document("docs/editors.md").section("Flags"),
        document("docs/note-formats.md").section("Flags of an import"),
    )
    documented = {code for table in tables for cells in rows(table) for code in codes(cells[0])}
    assert documented == set(FINDING_CODES)


def test_every_reason_of_adopt_is_documented() -> None:
    table = rows(document("docs/moving-in.md").section("What is left out"))
    assert [codes(cells[0]) for cells in table] != []
    assert {code for cells in table for code in codes(cells[0])} == set(map(str, Reason))


def test_every_word_for_not_public_is_documented() -> None:
    documented = set(document("docs/not-public.md").spans)
    for name, words in vars(visibility_words).items():
        if name.isupper() and isinstance(words, dict | frozenset):
            assert sorted(set(words) - documented) == [], name


def test_every_key_of_front_matter_is_documented() -> None:
    table = rows(document("docs/note-formats.md").section("Keys"))
    assert {key for cells in table for key in codes(cells[0])} == {*KNOWN, *NUMBERS}


@pytest.mark.parametrize(
    ("heading", "dialect"),
    [("Front matter", "front_matter"), ("Interview record", "interview_record"), ("Episode page", "episode_page")],
)
def test_example_is_read_without_a_remark(heading: str, dialect: str) -> None:
    found = re.search(r"^```\n(.*?)^```$", document("docs/note-formats.md").section(heading), re.MULTILINE | re.DOTALL)
    assert found
    note = dialects.parse(found[1])
    assert (note.dialect, note.remarks) == (dialect, [])
    assert note.episode.get("title")
    assert len({record.kind for record in note.records}) > 4


def test_documented_headings_of_records_are_read() -> None:
    table = rows(document("docs/note-formats.md").section("Interview record").partition("Links and people")[0])
    headings = [name for cells in table for name in codes(cells[0])]
    assert len(headings) > 20
    assert [name for name in headings if not interview_record.vocabulary.part_of(name)] == []


def test_documented_headings_of_pages_are_read() -> None:
    section = document("docs/note-formats.md").section("Episode page")
    parts, lists = section.partition("| Part |")[2].split("| In the part |")
    headings = [name for cells in rows(f"| Part |{parts}") for name in codes(cells[0])]
    assert len(headings) > 30
    assert [name for name in headings if not episode_page.vocabulary.part_of(name)] == []
    kinds = {cells[0]: codes(cells[1]) for cells in rows(f"| In the part |{lists}")}
    for label, kind in (("persons", "person"), ("organisations", "organisation"), ("products", "product")):
        assert {episode_page.vocabulary.entity_kind(name) for name in kinds[label]} == {kind}
    for label, kind in (("works", "work"), ("methods", "method")):
        assert {episode_page.vocabulary.entity_kind(name) for name in kinds[label]} == {kind}


def test_every_group_is_documented() -> None:
    table = rows(document("docs/editors.md").section("Groups"))
    assert {cells[0] for cells in table} == set(GROUPS)
