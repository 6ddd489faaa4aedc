"""Every finding code has a label, every message a translation, and no untranslated message is shown."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation
from django.utils.translation.template import templatize

from episodes.bases import code_labels
from episodes.bases.stored_messages import (
    field_ref,
    message_ref,
    model_ref,
    status_ref,
)
from episodes.checks import Fault
from episodes.models import Finding, Quote
from tests import factories
from tests.shared import ROOT

CODE = [path for app in ("episodes", "people") for path in sorted((ROOT / app).rglob("*.py"))]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
HAN = re.compile(r"[\u3400-\u9fff]")
MARKERS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
# Latin words that a Chinese message may contain: formats, settings and keys, and the template's own slots.
ENGLISH = re.compile(r"\b[a-z]{3,}(?: [a-z]{2,}){2,}")


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            yield name, node


def strings(node: ast.AST | None) -> Iterator[str]:
    """Return every literal text that an expression may evaluate to."""
    match node:
        case ast.Constant(value=str() as text):
            yield text
        case ast.IfExp():
            yield from (*strings(node.body), *strings(node.orelse))


def assigned(path: Path, name: str) -> Iterator[str]:
    """Return every text assigned to a variable of this name, also in tuples."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            if isinstance(target, ast.Name) and target.id == name:
                yield from strings(node.value)
            elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = zip(target.elts, node.value.elts, strict=True)
                yield from (text for one, value in pairs if getattr(one, "id", "") == name for text in strings(value))


def finding_codes() -> set[str]:
    """Return the codes that checks, parsers, imports and the workflow give findings."""
    codes: set[str] = set()
    for path in CODE:
        created = [(name, node) for name, node in calls(path) if name in ("Fault", "remark", "Remark", "_of")]
        for name, node in created:
            place = 1 if name == "_of" else 0
            codes |= set(strings(node.args[place])) if len(node.args) > place else set()
        if any(name == "Fault" for name, _node in created):
            codes |= {*assigned(path, "code"), *assigned(path, "CODE")}
    return codes


def test_each_finding_code_has_a_label() -> None:
    assert finding_codes() == set(code_labels.FINDING_CODES)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_labels_of_codes_are_translated(language: str) -> None:
    with translation.override(language):
        names = [str(name) for name in (*code_labels.FINDING_CODES.values(), *code_labels.DIALECTS.values())]
    assert [name for name in names if bool(HAN.search(name)) != (language == "zh-hans")] == []
    assert len(set(names)) == len(names)


def messages_of_code() -> Iterator[str]:
    for path in CODE:
        for name, node in calls(path):
            if name in MARKERS:
                place = 1 if name.startswith("pgettext") else 0
                yield from (text for text in strings(node.args[place] if len(node.args) > place else None))


def messages_of_templates() -> Iterator[str]:
    literal = r"u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
    # A context comes first, and is no text of the interface.
    call = re.compile(rf"(?:pgettext\(\s*{literal}\s*,|(?<!p)gettext\((?:[^()'\"]*,)?|_\()\s*({literal})", re.DOTALL)
    for path in TEMPLATES:
        for match in call.finditer(templatize(path.read_text())):
            yield ast.literal_eval(match[1])


def catalogue() -> dict[str, str]:
    with (ROOT / "config/locale/zh_Hans/LC_MESSAGES/django.mo").open("rb") as file:
        stored = gettext.GNUTranslations(file)._catalog
    translations = {}
    for key, text in stored.items():
        words = key[0] if isinstance(key, tuple) else key
        translations[words.partition("\x04")[2] or words] = text
    return translations


def test_each_message_has_a_chinese_translation() -> None:
    known = catalogue()
    messages = {*messages_of_code(), *messages_of_templates()}
    assert len(messages) > 900
    letters = {text for text in messages if re.search(r"[A-Za-z]{2,}", re.sub(r"%\(\w+\)[sd]", "", text))}
    assert {text for text in letters if text not in known} == set()
    # Names are equal in both languages.
    alike = {text for text in letters if not HAN.search(known[text])}
    assert alike <= {"HH:MM:SS", "Markdown.", "%(hours)d h", "Atom", "JSON", "RSS"}
    slots = re.compile(r"%\(\w+\)[sd]|`[^`]+`|<[^>]*>")
    assert {text for text in letters if ENGLISH.search(slots.sub(" ", known[text]))} == set()


def test_no_message_is_shown_untranslated() -> None:
    raw = []
    for path in CODE:
        for name, node in calls(path):
            if (
                name in ("Refused", "Conflict", "success", "info", "warning", "error")
                and "management" not in path.parts
                # Log lines of the server are for operators.
                and not ast.unparse(node.func).startswith(("log.", "logger."))
            ):
                raw += [(path.name, text) for arg in node.args for text in strings(arg)]
            if name == "Fault":
                message = node.args[2] if len(node.args) > 2 else None
                raw += [(path.name, ast.unparse(message))] if isinstance(message, ast.JoinedStr | ast.Constant) else []
    assert raw == []


@pytest.mark.django_db
def test_parameters_of_messages_are_translated() -> None:
    episode = factories.episode(status="in_review")
    params = {
        "field": field_ref(Quote, "text"),
        "kind": model_ref(Quote),
        "status": status_ref(episode),
        "rule": message_ref("The title is missing."),
        "count": 3,
    }
    fault = Fault("c", "info", "%(field)s/%(kind)s/%(status)s/%(rule)s/%(count)d", episode, params=params)
    finding = fault.as_finding(episode, Finding.Origin.IMPORT)
    assert finding.message == "text/quote/in review/The title is missing./3"
    with translation.override("zh-hans"):
        assert finding.text == "文字/引语/审阅中/缺少标题。/3"
    with translation.override("en"):
        assert finding.text == finding.message
