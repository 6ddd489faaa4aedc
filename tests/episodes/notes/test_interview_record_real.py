"""Reading of the real interview record, compared with its expected values."""

from __future__ import annotations

import pytest

from episodes.notes.dialects import interview_record
from tests.episodes.notes import dialect_laws as laws
from tests.episodes.notes.record_sample import (
    annotations,
    kinds,
    labels,
)


@pytest.fixture(scope="module")
def real():
    text, expected = laws.seed(1)
    return interview_record.parse(text), expected


def sections_of(note, kind):
    return [record for _, record in note.of_kind("section") if record.given["kind"] == kind]


def test_real_record_is_detected_and_read_completely(real):
    note, _ = real
    assert interview_record.detect(note.text)
    laws.assert_read_completely(note)
    assert note.remarks == []
    assert sections_of(note, "body") == []


def test_real_head(real):
    note, expected = real
    video, channel = expected["links"]
    assert note.episode.values == {
        "title": expected["transcript"]["title"],
        "summary": expected["briefing"]["lead"],
        "source_url": video["url"],
    }
    assert ("link", {"label": video["label"]}) in labels(note)
    credits = kinds(note, "appearance")
    assert credits[0] == {"role": "channel", "label": channel["label"], "url": channel["url"]}
    roles = {"受访者": "guest", "采访者": "host"}
    people = [(roles[p["role"]], p["name"]) for p in expected["participants"]]
    assert [(c["role"], f"{c['label']} ({c['note']})") for c in credits[1:]] == people


def test_real_prose(real):
    note, expected = real
    (brief,) = sections_of(note, "brief")
    assert brief.get("heading") == expected["briefing"]["title"]
    paragraphs = brief.get("text").split("\n\n")
    bold = [f"**{subhead}**" for subhead in expected["briefing"]["subheads"]]
    assert [p for p in paragraphs if p in bold] == bold
    assert [p for p in paragraphs if p not in bold] == expected["briefing"]["paragraphs"]
    (intro,) = sections_of(note, "intro")
    assert intro.get("text").split("\n\n") == expected["introduction"]


def test_real_headings(real):
    note, expected = real
    found = [
        (note.line_of(record.begin), record.get("level"), record.get("heading"))
        for _, record in note.of_kind("section")
    ]
    found += [
        (note.line_of(r.begin), 1, r.get("heading"))
        for _, r in note.of_kind("label")
        if r.given["part"] in ("record", "review")
    ]
    title = expected["transcript"]["title"]
    wanted = [(h["line"], h["level"], h["text"]) for h in expected["headings"] if h["text"] != title]
    assert sorted(found) == sorted(wanted)


def test_real_outline(real):
    note, expected = real
    (outline,) = sections_of(note, "outline")
    nodes = interview_record.outline_nodes(outline.get("text"))
    assert nodes == [(node["depth"], node["text"]) for node in expected["outline"]["nodes"]]


def test_real_turns(real):
    note, expected = real
    spans = [(r.get("heading"), r.begin, r.end) for r in sections_of(note, "transcript")]
    wanted = expected["transcript"]
    assert [heading for heading, *_ in spans] == [section["text"] for section in wanted["sections"]]

    def place(annotation):
        heading = next(heading for heading, begin, end in spans if begin <= annotation.begin < end)
        return heading, note.line_of(annotation.begin)

    turns = [(*place(a), a.values["name"], a.values["role"], a.values["text"]) for a in annotations(note, "turn")]
    assert turns == [(t["section"], t["line"], t["speaker"], t["role"], t["text"]) for t in wanted["turns"]]
    notes = [(*place(a), a.values["text"]) for a in annotations(note, "editor_note")]
    assert notes == [(n["section"], n["line"], n["text"]) for n in wanted["editor_notes"]]


def test_real_key_points_and_formulas(real):
    note, expected = real
    found = [
        (record.get("heading"), note.line_of(record.begin), record.get("depth"), record.get("text"))
        for _, record in note.of_kind("takeaway")
    ]
    wanted = [
        (section["section"], bullet["line"], bullet["depth"], bullet["text"])
        for section in expected["takeaways"]["sections"]
        for bullet in section["bullets"]
    ]
    assert found == wanted
    formulas = [(note.line_of(a.begin), note.text[a.begin : a.end]) for a in annotations(note, "formula")]
    assert formulas == [(formula["line"], formula["text"]) for formula in expected["latex_inline"]]
