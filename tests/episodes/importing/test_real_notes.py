"""Real notes, imported and exported: five seeds against the results of an independent parser, and the library."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from episodes.derived import render_section_html
from episodes.exporting.exporter import compose
from episodes.models import Episode, Finding, Note
from episodes.notes import timecodes
from episodes.rendering import render
from people.models import Speaker
from tests.shared import NOTES, require

pytestmark = pytest.mark.django_db
FRONT_MATTER = ("000", "002", "003")
LISTS = {
    "people": "person",
    "companies_orgs": "organisation",
    "products_models": "product",
    "media_books": "work",
}


@pytest.fixture
def seeds() -> dict[str, Path]:
    require(NOTES.is_dir(), f"the real notes are not at {NOTES}")
    return {path.name[:3]: path for path in sorted((NOTES / "seeds").glob("*.md"))}


def loaded(path: Path) -> Episode:
    call_command("loaddata", path, verbosity=0)
    return Note.objects.get(name=path.name).episode


def expected(number: str) -> dict[str, Any]:
    return json.loads((NOTES / "expected" / f"seed{number}_expected.json").read_text())


def test_seed_notes_survive_roundtrip(seeds, tmp_path, capsys):
    call_command("loaddata", *seeds.values())
    assert capsys.readouterr().out.strip() == "Installed 5 object(s) from 5 fixture(s)"
    call_command("export_notes", str(tmp_path))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: path.read_bytes() for path in seeds.values()
    }
    assert set(Episode.objects.public()) == set()


@pytest.mark.parametrize("number", FRONT_MATTER)
def test_front_matter_seeds_have_expected_rows(seeds, number):
    episode, facts = loaded(seeds[number]), expected(number)
    front = facts["front_matter"]
    fields = {"title": "title", "summary": "summary", "area": "area", "category": "category", "source": "source_url"}
    assert {key: getattr(episode, name) for key, name in fields.items()} == {key: front[key] for key in fields}
    assert (str(episode.aired_on), episode.projects, episode.language) == (front["date"], front["project"], "zh-Hans")
    assert {tag.name for tag in episode.tags.all()} == set(front["tags"])
    assert {(m.entity.name, m.listed_as) for m in episode.mentions.all()} == {
        (name, key) for key in LISTS for name in front[key]
    }
    assert [(a.role, a.label, a.speaker.name) for a in episode.appearances.all()] == [
        ("speaker", front["speaker"], front["speaker"])
    ]
    used = {*fields, *LISTS, "date", "project", "tags", "speaker", "series", "insight"}
    further = {key: value for key, value in front.items() if key not in used}
    assert {key: str(episode.extra.get(key, "")).lower() for key in further} == {
        key: str(value).lower() for key, value in further.items()
    }
    assert [section.heading for section in episode.sections.exclude(heading="")] == [
        h["text"] for h in facts["headings"]
    ]


@pytest.mark.parametrize(("number", "count"), [("000", 17), ("002", 90), ("003", 116)])
def test_front_matter_seeds_have_expected_glosses(seeds, number, count):
    # The expected file also lists one gloss inside another's explanation.
    facts = Counter((g["term"], g["counterpart"] or "", g["explanation"] or "") for g in expected(number)["glosses"])
    episode = loaded(seeds[number])
    rows = Counter(episode.glosses.values_list("term", "expansion", "explanation"))
    assert rows == facts
    assert rows.total() >= count


def test_interview_record_has_expected_rows(seeds):
    episode, facts = loaded(seeds["001"]), expected("001")
    assert episode.source_id == "youtube:l8PLdeCO850"
    assert episode.title == facts["transcript"]["title"]
    assert episode.summary == facts["briefing"]["lead"]
    kinds = Counter(episode.sections.values_list("kind", flat=True))
    assert kinds == {"brief": 1, "intro": 1, "outline": 1, "transcript": 7}
    assert [s.heading for s in episode.sections.filter(kind="transcript")] == [
        s["text"] for s in facts["transcript"]["sections"]
    ]
    bullets = [
        (section["section"], bullet["depth"], bullet["text"])
        for section in facts["takeaways"]["sections"]
        for bullet in section["bullets"]
    ]
    assert list(episode.takeaways.values_list("heading", "depth", "text")) == bullets
    assert len(bullets) == 77
    channel = episode.appearances.get(role="channel")
    assert (channel.speaker.name, channel.speaker.kind) == ("EconTalk", Speaker.Kind.CHANNEL)
    credited = {(a.role, a.label, a.speaker and a.speaker.name) for a in episode.appearances.exclude(role="channel")}
    assert credited == {
        ("guest", "Dwarkesh Patel", "Dwarkesh Patel"),
        ("host", "Russ Roberts", "Russ Roberts"),
        ("guest", "Dwarkesh", "Dwarkesh Patel"),
        ("host", "Russ", "Russ Roberts"),
    }


def test_interview_record_has_expected_formulas(seeds):
    episode = loaded(seeds["001"])
    texts = [render_section_html(section, section.text) for section in episode.sections.all()]
    texts += [render(takeaway.text) for takeaway in episode.takeaways.all()]
    formulas = [formula for text in texts for formula in re.findall(r"<math.*?</math>", text, re.DOTALL)]
    numbers = Counter(re.sub(r"<[^>]+>", "", formula) for formula in formulas)
    assert numbers == {"4×": 5, "100×": 4, "20": 4}


def test_episode_page_has_expected_rows(seeds):
    episode, facts = loaded(seeds["004"]), expected("004")
    head = facts["episode"]
    assert (episode.number, episode.duration, episode.title) == (
        head["number"],
        head["duration_seconds"],
        head["title"],
    )
    assert {(a.role, a.label) for a in episode.appearances.all()} == {("guest", head["guest"]), ("host", head["host"])}
    assert list(episode.chapters.values_list("start", "title", "summary")) == [
        (c["seconds"], c["title"], c["body"]) for c in facts["chapters"]
    ]
    assert list(episode.quotes.values_list("start", "label", "text", "context")) == [
        (q["seconds"], q["speaker"], q["text"], q["comment"]) for q in facts["quotes"]
    ]
    assert list(episode.predictions.values_list("start", "horizon", "label", "words")) == [
        (p["seconds"], p["horizon"], p["speaker"], p["text"]) for p in facts["predictions"]
    ]
    assert list(episode.takeaways.values_list("text", flat=True)) == [t["text"] for t in facts["takeaways"]]
    assert {(m.entity.name, m.listed_as) for m in episode.mentions.all()} == {
        (name, listed_as) for listed_as, group in facts["entities"].items() for name in group["items"]
    }
    assert episode.mentions.count() == 89


def test_observations_have_expected_rows(seeds):
    episode, facts = loaded(seeds["004"]), expected("004")
    rows = {
        kind: list(episode.observations.filter(kind=kind).values_list("start", "cue", "detail", "reading"))
        for kind in episode.observations.values_list("kind", flat=True)
    }
    energy = {
        f"energy_{way}": [
            (e["seconds"], e["trigger"], e["description"], "") for e in facts["energy_shifts"] if e["direction"] == way
        ]
        for way in ("up", "down")
    }
    assert rows == energy | {
        "setting": [(None, "", facts["visual"]["setting"], "")],
        "production": [(None, "", facts["visual"]["production"], "")],
        "prop": [(None, "", prop, "") for prop in facts["visual"]["props"]],
        "gesture": [(g["seconds"], g["statement"], g["gesture"], g["meaning"]) for g in facts["gestures"]],
        "tell": [
            (t["seconds"], t["context"], t["behaviour"], t["interpretation"]) for t in facts["authenticity_tells"]
        ],
        "texture": [(None, "", t["text"], "") for t in facts["texture"]],
    }


def test_impossible_times_have_repairs(seeds):
    episode, facts = loaded(seeds["004"]), expected("004")
    findings = Finding.objects.filter(episode=episode, code="time-beyond-duration")
    assert {(timecodes.format(f.target.start), timecodes.format(f.repair["start"])) for f in findings} == {
        (fault["time"], fault["repair_as_mmss"]) for fault in facts["checks"]["beyond_duration"]
    }


def test_unresolved_labels_have_one_finding(seeds):
    episode = loaded(seeds["004"])
    findings = Finding.objects.filter(episode=episode, code__startswith="speaker-")
    assert {(f.code, f.message) for f in findings} == {
        (
            "speaker-unresolved",
            "The speaker “姚顺宇 (Shunyu Yao)” is not identified: 25 quotes and predictions are affected.",
        ),
        ("speaker-generic", "The speaker “guest” is not identified: 14 quotes and predictions are affected."),
        ("speaker-spelling", "“姚顺宇 (Shunyu Yao)” is perhaps another spelling of “姚顺宇”."),
    }


def test_whole_library_survives_roundtrip(tmp_path, capsys):
    require(NOTES.is_dir(), f"the real notes are not at {NOTES}")
    library = NOTES / "library"
    paths = {path.relative_to(library).as_posix(): path for path in library.rglob("*.md")}
    call_command("import_notes", str(library))
    seconds = Finding.objects.filter(code="second-file").count()
    assert Episode.objects.count() == 400 - seconds
    assert {note.name for note in Note.objects.all()} == set(paths)
    call_command("import_notes", str(library))
    assert capsys.readouterr().out.splitlines()[-1] == "400 notes: 400 unchanged."
    for episode in Episode.objects.all():
        note = episode.notes.current().get()
        assert compose(episode, note).text.encode() == paths[note.name].read_bytes(), note.name
    assert set(Episode.objects.public()) == set()
