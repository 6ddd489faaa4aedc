"""Reading of episode pages: header, parts with counts, items, lists on one line."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from episodes.notes.dialects import episode_page
from tests.episodes.notes import dialect_laws as laws
from tests.episodes.notes.page_sample import ENGLISH, PAGE


def kinds(note, kind):
    return [values for found, values in laws.rows(note) if found == kind]


def observations(note, *wanted):
    return [values for values in kinds(note, "observation") if values["kind"] in wanted]


# --- reading


def test_header_is_read():
    note = episode_page.parse(PAGE)
    assert note.episode.values == {
        "number": 7,
        "duration": 95 * 60,
        "title": "A talk about lighthouses, and what they are for",
    }
    assert kinds(note, "appearance") == [{"role": "guest", "label": "Ada Lind"}, {"role": "host", "label": "Bo Chen"}]
    assert note.extra == {"language_switch": "en"}
    assert [r.values["watch"] for _, r in note.of_kind("label") if "watch" in r.values] == ["在 YouTube 观看"]


def test_chapters_are_read():
    assert kinds(episode_page.parse(PAGE), "chapter") == [
        {"start": 0, "title": "The lamp", "summary": "How the lamp was made."},
        {"start": 605, "title": "The keeper: a life", "summary": "Who kept it lit,\nand for how long."},
    ]


def test_quotes_are_read():
    assert kinds(episode_page.parse(PAGE), "quote") == [
        {"start": 147, "label": "Ada Lind", "text": "Light is patient.", "context": "About waiting."},
        {"start": 720, "label": "guest", "text": "Nobody thanks a lamp.\n\nNor should they."},
        {"label": "Ada Lind (艾达)", "text": "It went out once.", "context": "The only time."},
    ]


def test_predictions_are_read():
    words = "Every lamp will be gone: all of them."
    expected = [{"start": 1200, "horizon": "2030", "label": "Ada Lind", "words": words}]
    assert kinds(episode_page.parse(PAGE), "prediction") == expected


def test_visual_signals_are_read():
    assert observations(episode_page.parse(PAGE), "setting", "production", "energy_up", "energy_down") == [
        {"kind": "setting", "detail": "A small room, with a stove."},
        {"kind": "production", "detail": "One camera, no cuts."},
        {"kind": "energy_up", "start": 180, "cue": "Asked about the storm.", "detail": "She leans forward."},
        {"kind": "energy_down", "start": 1800, "cue": "The last night.", "detail": "She looks away."},
    ]


def test_props_are_sentences_if_one_is():
    found = [values["detail"] for values in observations(episode_page.parse(PAGE), "prop")]
    assert found == ["A brass lamp, polished.", "A map of the coast.", "A dog’s bed"]


def test_props_are_names_without_a_sentence():
    names = PAGE.replace("A brass lamp, polished., A map of the coast., A dog’s bed", "lamp, map (old, torn), bed")
    found = [values["detail"] for values in observations(episode_page.parse(names), "prop")]
    assert found == ["lamp", "map (old, torn)", "bed"]


def test_gestures_tells_and_texture_are_read():
    assert observations(episode_page.parse(PAGE), "gesture", "tell", "texture") == [
        {
            "kind": "gesture",
            "start": 240,
            "cue": "It is this tall.",
            "detail": "She raises a hand.",
            "reading": "Makes the size felt.",
        },
        {
            "kind": "gesture",
            "start": 113880,
            "cue": "Nobody came for a very long ti",
            "detail": "She counts on her fingers.",
            "reading": "Shows how long.",
        },
        {
            "kind": "tell",
            "start": 300,
            "detail": "Laughs (for the first time).",
            "cue": "When asked whether she sleeps.",
            "reading": "It is not rehearsed.",
        },
        {"kind": "texture", "detail": "The wind is heard all the time."},
        {"kind": "texture", "detail": "The host whispers."},
    ]


def test_mentions_are_read_by_list():
    assert kinds(episode_page.parse(PAGE), "mention") == [
        {"name": "Grace Darling", "listed_as": "人物", "entity_kind": "person"},
        {"name": "Sostratus (of Knidos, Greece)", "listed_as": "人物", "entity_kind": "person"},
        {"name": "Trinity House", "listed_as": "公司/机构", "entity_kind": "organisation"},
    ]


def test_takeaways_are_read():
    assert kinds(episode_page.parse(PAGE), "takeaway") == [
        {"text": "A lamp needs a keeper.", "depth": 0},
        {"text": "Keepers need sleep.", "depth": 0},
    ]
    orders = [record.given["order"] for _, record in episode_page.parse(PAGE).of_kind("takeaway")]
    assert orders == [0, 1]


def test_sample_is_recognised_completely():
    assert kinds(episode_page.parse(PAGE), "section") == []


def test_english_page_in_other_order_is_read():
    note = episode_page.parse(ENGLISH)
    assert note.remarks == []
    assert laws.rows(note)[1:] == [
        ("appearance", {"role": "guest", "label": "Bo Chen"}),
        ("appearance", {"role": "host", "label": "Ada Lind"}),
        ("takeaway", {"text": "Wait.", "depth": 0}),
        (
            "observation",
            {
                "kind": "gesture",
                "start": 60,
                "cue": "So thick",
                "detail": "He holds out a palm.",
                "reading": "Shows a wall.",
            },
        ),
        ("quote", {"start": 10, "label": "Bo Chen", "text": "You hear it first.", "context": "On sound."}),
        ("observation", {"kind": "setting", "detail": "A pier."}),
        ("observation", {"kind": "production", "detail": "Handheld."}),
        (
            "observation",
            {"kind": "tell", "start": 120, "detail": "Coughs.", "cue": "At the word harbour.", "reading": "Unplanned."},
        ),
        ("observation", {"kind": "texture", "detail": "Foghorns."}),
        ("chapter", {"start": 0, "title": "Start"}),
        ("mention", {"name": "Ada Lind", "listed_as": "People", "entity_kind": "person"}),
        (
            "mention",
            {"name": "Trinity House", "listed_as": "Companies / Organisations", "entity_kind": "organisation"},
        ),
        ("mention", {"name": "Fresnel", "listed_as": "Lamps", "entity_kind": "other"}),
        ("mention", {"name": "Argand", "listed_as": "Lamps", "entity_kind": "other"}),
    ]


def test_windows_line_ends_give_same_records():
    windows = episode_page.parse(PAGE.replace("\n", "\r\n"))
    laws.assert_read_completely(windows)
    unix = [
        (kind, {name: v.replace("\r\n", "\n") if isinstance(v, str) else v for name, v in values.items()})
        for kind, values in laws.rows(windows)
    ]
    assert unix == laws.rows(episode_page.parse(PAGE))


@pytest.mark.parametrize(
    ("header", "url"),
    [
        ("▶ 在 YouTube 观看 https://youtu.be/abc", "https://youtu.be/abc"),
        ("▶ [在 YouTube 观看](https://youtu.be/abc)", "https://youtu.be/abc"),
        ("https://youtu.be/abc", "https://youtu.be/abc"),
        ("▶ 在 YouTube 观看", None),
    ],
)
def test_url_in_header_is_the_source(header, url):
    note = episode_page.parse(PAGE.replace("▶ 在 YouTube 观看", header))
    assert note.episode.get("source_url") == url
    assert note.episode.values["title"] == "A talk about lighthouses, and what they are for"


# --- unreadable parts


def test_wrong_count_is_a_warning():
    note = episode_page.parse(PAGE.replace("章节 (2)", "章节 (3)").replace("人物 (2)", "人物 (20)"))
    found = [
        (remark.code, remark.severity, remark.field, note.records[remark.record].get("heading"))
        for remark in note.remarks
    ]
    assert found == [
        ("count-differs", "warning", "count", "章节"),
        ("time-unreadable", "warning", "start", None),
        ("count-differs", "warning", "count", "人物"),
    ]
    assert note.remarks[0].message == "章节: the note declares 3, 2 were found"


def test_unreadable_time_is_kept_with_remark():
    note = episode_page.parse(PAGE)
    (remark,) = note.remarks
    assert (remark.code, remark.severity, remark.field) == ("time-unreadable", "warning", "start")
    assert "99:99:99" in remark.message
    record = note.records[remark.record]
    assert (record.kind, record.values["start"]) == ("quote", None)


def test_unreadable_duration_is_kept_with_remark():
    note = episode_page.parse(PAGE.replace("95 min", "about 2 hours"))
    assert note.episode.values["duration"] is None
    assert [remark.code for remark in note.remarks] == ["duration-unreadable", "time-unreadable"]


def test_unknown_text_becomes_body_text():
    strange = PAGE.replace("  • 📉 00:30:00 — The last night.\n", "  • 00:30:00 — The last night.\n")
    strange = strange.replace("Takeaways\n", "A line that nobody expected.\n\nTakeaways\n")
    note = episode_page.parse(strange)
    laws.assert_read_completely(note)
    assert kinds(note, "section") == [
        {"kind": "body", "level": 0, "text": "  • 00:30:00 — The last night.\n    • She looks away."},
        {"kind": "body", "level": 0, "text": "A line that nobody expected."},
    ]


def test_unknown_part_becomes_a_section():
    note = episode_page.parse(PAGE + "\nLinks (2)\n\n  • one\n  • two\n")
    assert kinds(note, "section") == [{"kind": "body", "level": 2, "heading": "Links (2)", "text": "  • one\n  • two"}]
    assert len(kinds(note, "takeaway")) == 2


def test_missing_inner_bullets_omit_fields():
    bare = PAGE.replace("    • How the lamp was made.\n", "").replace("    • She leans forward.\n", "")
    note = episode_page.parse(bare)
    assert kinds(note, "chapter")[0] == {"start": 0, "title": "The lamp"}
    assert observations(note, "energy_up") == [{"kind": "energy_up", "start": 180, "cue": "Asked about the storm."}]


@given(st.text())
@settings(max_examples=200)
def test_any_text_can_be_read(text):
    laws.assert_read_completely(episode_page.parse(text))


PIECES = st.sampled_from(
    [*PAGE.splitlines(keepends=True), "  • ", "\n", "章节 (9)", " · ", "\r\n", "(", "，", "📈", "“", "x"]
)


@given(st.lists(PIECES, max_size=40).map("".join))
@settings(max_examples=200)
def test_random_page_is_read_and_cut(text):
    note = episode_page.parse(text)
    laws.assert_read_completely(note)


# --- detection


def test_pages_are_detected():
    assert episode_page.detect(PAGE)
    assert episode_page.detect(ENGLISH)
    assert episode_page.detect("\ufeff" + PAGE.replace("\n", "\r\n"))
    assert episode_page.detect(PAGE[PAGE.index("章节") :])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Episode 7 — Ada Lind\n\nA text about an episode.\n",
        "# Chapters\n\nSome words.\n\n# Quotes\n\n> Words.\n",
        "---\ntitle: x\n---\n\n" + PAGE,
        "## Takeaways\n\n- 00:00:00 one\n",
    ],
)
def test_other_texts_are_not_detected(text):
    assert not episode_page.detect(text)


# --- the real page


@pytest.fixture(scope="module")
def real():
    text, expected = laws.seed(4)
    return episode_page.parse(text), expected


def values_of(note, kind):
    return [record for _, record in note.of_kind(kind)]


def seconds(entry):
    return entry["seconds"]


def test_real_page_is_detected_and_read_completely(real):
    note, _ = real
    assert episode_page.detect(note.text)
    laws.assert_read_completely(note)
    assert note.remarks == []
    assert values_of(note, "section") == []


def test_real_header(real):
    note, expected = real
    episode = expected["episode"]
    assert note.episode.values == {
        "number": episode["number"],
        "duration": episode["duration_seconds"],
        "title": episode["title"],
    }
    credits = [{"role": "guest", "label": episode["guest"]}, {"role": "host", "label": episode["host"]}]
    assert kinds(note, "appearance") == credits
    assert f"Switch language → {note.extra['language_switch']}" == episode["language_switch"]
    assert [r.get("watch") for r in values_of(note, "label") if r.get("watch")] == [episode["watch_label"]]


def test_real_items(real):
    note, expected = real
    chapters = [(c["line"], seconds(c), c["title"], c["body"]) for c in expected["chapters"]]
    found = [
        (note.line_of(r.begin), r.get("start"), r.get("title"), r.get("summary")) for r in values_of(note, "chapter")
    ]
    assert found == chapters
    quotes = [(q["line"], seconds(q), q["speaker"], q["text"], q["comment"]) for q in expected["quotes"]]
    names = ("start", "label", "text", "context")
    assert [(note.line_of(r.begin), *map(r.get, names)) for r in values_of(note, "quote")] == quotes
    predictions = [(p["line"], seconds(p), p["horizon"], p["speaker"], p["text"]) for p in expected["predictions"]]
    names = ("start", "horizon", "label", "words")
    assert [(note.line_of(r.begin), *map(r.get, names)) for r in values_of(note, "prediction")] == predictions
    takeaways = [(number, t["line"], t["text"]) for number, t in enumerate(expected["takeaways"])]
    assert [(r.get("order"), note.line_of(r.begin), r.get("text")) for r in values_of(note, "takeaway")] == takeaways


def test_real_observations(real):
    note, expected = real
    found = [
        (r.get("kind"), note.line_of(r.begin), r.get("start"), r.get("cue"), r.get("detail"), r.get("reading"))
        for r in values_of(note, "observation")
    ]
    wanted = [
        (f"energy_{e['direction']}", e["line"], seconds(e), e["trigger"], e["description"], None)
        for e in expected["energy_shifts"]
    ]
    wanted += [
        ("gesture", g["line"], seconds(g), g["statement"], g["gesture"], g["meaning"]) for g in expected["gestures"]
    ]
    wanted += [
        ("tell", t["line"], seconds(t), t["context"], t["behaviour"], t["interpretation"])
        for t in expected["authenticity_tells"]
    ]
    wanted += [("texture", t["line"], None, None, t["text"], None) for t in expected["texture"]]
    visual = expected["visual"]
    seen = [("setting", visual["setting"]), ("production", visual["production"])]
    seen += [("prop", prop) for prop in visual["props"]]
    assert [(entry[0], entry[4]) for entry in found[: len(seen)]] == seen
    assert found[len(seen) :] == wanted


def test_real_mentions_and_counts(real):
    note, expected = real
    found = {}
    for record in values_of(note, "mention"):
        found.setdefault(record.get("listed_as"), []).append(record.get("name"))
    assert found == {name: listed["items"] for name, listed in expected["entities"].items()}
    kinds_of = {r.get("listed_as"): r.get("entity_kind") for r in values_of(note, "mention")}
    assert kinds_of == {"人物": "person", "公司/机构": "organisation", "论文/方法/数据集": "method"}
    declared = {r.get("heading"): r.get("count") for r in values_of(note, "label") if r.get("count") is not None}
    assert declared == {name: c["declared"] for name, c in expected["counts"].items() if c["declared"] is not None}
