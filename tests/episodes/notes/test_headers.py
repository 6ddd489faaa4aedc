"""Headers of every format in any text: the segments join to the note, and no section contains part of a header."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from episodes.notes import dialects, header
from episodes.notes.parsed import NoteError
from tests.episodes.notes.dialect_laws import assert_read_completely, assert_writable
from tests.episodes.notes.note_strategies import marks

ANY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
KEYS = ("title", "date", "source", "tags", "guest", "people", "exclude", "private_contact", "project", "speaker")
HIDDEN = "kwyjibo"

words = st.from_regex(r"[a-z中文'\"\\é]{1,8}( [a-z,]{1,8}){0,2}", fullmatch=True).map(lambda text: f"{HIDDEN} {text}")
values = words | st.lists(words, max_size=3)
headers = st.dictionaries(st.sampled_from(KEYS), values, min_size=1, max_size=6)
before = st.sampled_from(["", "\n", " \n\n", "<!-- c -->\n", "%% c %%\n\n", "\ufeff", "\ufeff\ufeff\n", "\u200b"])
bodies = st.sampled_from(
    ["", "\nWords.\n", "\n### One\n\nWords.\n\n### Two\n\nMore.\n", "Words.", "# Heading\n\nWords.\n"]
)
ends = st.sampled_from(["\n", "\r\n", "\r"])


def written(keys: dict, kind: str) -> str:
    if kind == "json":
        return json.dumps(keys, ensure_ascii=False, indent=2) + "\n"
    sign, colon = ("+++", " = ") if kind == "toml" else ("---", ": ")
    lines = [f"{key}{colon}{json.dumps(value, ensure_ascii=False)}" for key, value in keys.items()]
    return "\n".join([sign, *lines, sign, ""])


@ANY
@given(headers, st.sampled_from(["yaml", "toml", "json"]), before, bodies, ends)
def test_header_is_read_after_anything(keys, kind, first, body, end):
    text = (first + written(keys, kind) + body).replace("\n", end)
    note = dialects.parse(text)
    assert note.text == text
    assert header.read(text).fences.format == kind
    assert {entry.key for entry in header.read(text).entries} == set(keys)
    assert_read_completely(note)
    assert not any(HIDDEN in str(record.get("text")) for _, record in note.of_kind("section"))
    title = "# Heading" if "title" not in keys else ""
    said = [f"{record.get('heading')} {record.get('text')}" for _, record in note.of_kind("section")]
    assert "".join("".join(said).split()) == "".join(body.replace(title or "#", "").replace("#", "").split())
    assert [remark for remark in note.remarks if remark.code == "header-not-read"] == []


@ANY
@given(headers, st.sampled_from(["toml", "json"]), bodies, st.data())
def test_new_value_changes_nothing_else(keys, kind, body, data):
    text = written(keys, kind) + body
    note = dialects.parse(text)
    assert_read_completely(note)
    segments = [segment for segment in note.segments if segment.codec == kind]
    if segments:
        segment = data.draw(st.sampled_from(segments))
        assert_writable(dialects.by_name(note.dialect), note, segment.record, segment.field, data.draw(words))


PIECES = (
    *("---\n", "+++\n", "{", "}\n", '"title": ', "title: x\n", 'title = "x"\n', "exclude: true\n", "[", "]", "..."),
    *("\r", "\n", "\n\n", "<!--", "-->\n", "%%", "```yaml\n", "```\n", ";;;\n", "# T\n", "### H\n", "\ufeff"),
    *("\u2028", "a:: b\n", "'''", '"""', ",", "\\", "words ", "[t]\n", "a.b = 1\n"),
)


@ANY
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join) | st.builds("+++\n{}\n+++\n{}".format, marks, marks))
def test_any_text_is_accounted_or_refused(text):
    try:
        note = dialects.parse(text)
    except NoteError:
        return
    assert note.text == text
    assert_read_completely(note)


OF_TOML = """+++
title = 'a' # c

# c
tags = [ 'x', # y
  "z",
]
date = 2024-03-05 10:00:00
a.b = 1
"c" = { d = [1.0] }
f = true
[e]
g = '''h'''
+++
"""
OF_JSON = '{"title": "a", "n": 1.50, "t": true, "z": null, "d": {"e": [1]}, "date": "2024-03-05 10:00:00"}\n'
SAID = {"title": "a", "aired_on": "2024-03-05 10:00:00"}


@pytest.mark.parametrize(
    ("text", "tags", "extra"),
    [
        (OF_TOML, ["x", "z"], {"a": {"b": "1"}, "c": {"d": ["1.0"]}, "f": "true", "e": {"g": "h"}}),
        (OF_JSON, [], {"n": "1.50", "t": "true", "z": None, "d": {"e": ["1"]}}),
    ],
)
def test_values_are_read_as_text(text, tags, extra):
    note = dialects.parse(text)
    assert_read_completely(note)
    assert (note.episode.values, note.extra) == (SAID, extra)
    assert [record.get("name") for _, record in note.of_kind("tag")] == tags
