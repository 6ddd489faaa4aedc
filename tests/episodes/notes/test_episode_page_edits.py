"""Editing of episode pages: new values, removed items, added items."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from episodes.notes.dialects import episode_page
from tests.episodes.notes import dialect_laws as laws
from tests.episodes.notes.page_sample import ENGLISH, PAGE


def kinds(note, kind):
    return [values for found, values in laws.rows(note) if found == kind]


# --- the laws

WORDS = st.text("abc 灯塔d", min_size=1, max_size=12).map(lambda s: " ".join(s.split())).filter(bool)
VALUES = {
    "start": st.integers(0, 500_000),
    "number": st.integers(0, 999_999),
    "duration": st.integers(1, 9_999).map(lambda minutes: minutes * 60),
    "count": st.integers(0, 999),
}
LINES = {"title", "label", "horizon", "name", "heading", "watch", "language"}
LABELS = {"heading", "language", "watch"}


def new_value(record, field):
    if field in VALUES:
        return VALUES[field]
    if record.given.get("kind") == "prop":
        return WORDS.map(lambda words: words + ".")
    if field in LINES or record.kind == "mention":
        return WORDS
    if field in ("summary", "context", "reading"):
        return st.lists(WORDS, min_size=0, max_size=3).map("\n".join) | st.lists(WORDS, min_size=1, max_size=3).map(
            "\n\n".join
        )
    return st.lists(WORDS, min_size=1, max_size=3).map("\n".join)


PAGES = st.sampled_from([PAGE, ENGLISH, PAGE.replace("  ", "\t").replace("•", "-")])


@given(st.data())
@settings(max_examples=300)
def test_new_value_changes_nothing_else(data):
    note = episode_page.parse(data.draw(PAGES))
    editable = [segment for segment in note.segments if segment.record >= 0 and segment.field not in LABELS]
    segment = data.draw(st.sampled_from(editable))
    value = data.draw(new_value(note.records[segment.record], segment.field))
    laws.assert_writable(episode_page, note, segment.record, segment.field, value)


ITEMS = ("chapter", "quote", "prediction", "observation", "mention", "takeaway")


@pytest.mark.parametrize("page", [PAGE, ENGLISH, PAGE.replace("\n", "\r\n"), PAGE.rstrip()])
def test_every_item_can_be_cut_out(page):
    note = episode_page.parse(page)
    for index, _ in note.of_kind(*ITEMS):
        laws.assert_cut(episode_page, note, index)


def test_items_do_not_overlap():
    note = episode_page.parse(PAGE)
    spans = sorted((record.begin, record.end) for _, record in note.of_kind(*ITEMS))
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))


# --- added records

NEW = {
    "chapter": {"start": 300, "title": "The oil", "summary": "Whale,\nthen colza."},
    "quote": {"start": 700, "label": "Bo Chen", "text": "One.\n\nTwo.", "context": "Counting."},
    "prediction": {"start": 5, "horizon": "soon", "label": "Bo Chen", "words": "Rain: a lot."},
    "takeaway": {"text": "Buy oil."},
}
NEW_OBSERVATIONS = [
    {"kind": "energy_up", "start": 1000, "cue": "The oil.", "detail": "She smiles."},
    {"kind": "energy_down", "start": 0, "cue": "The rain."},
    {"kind": "gesture", "start": 250, "cue": "So.", "detail": "Points.", "reading": "There."},
    {"kind": "gesture", "cue": "No time."},
    {"kind": "tell", "start": 400, "detail": "Sighs.", "cue": "At night.", "reading": "Tired."},
    {"kind": "texture", "detail": "Rain on glass."},
    {"kind": "setting", "detail": "Another room."},
    {"kind": "prop", "detail": "A rope, coiled."},
]


@pytest.mark.parametrize("page", [PAGE, PAGE.replace("\n", "\r\n"), PAGE.rstrip(), PAGE.replace("  • ", "- ")])
@pytest.mark.parametrize("kind", NEW)
def test_added_item_is_read(page, kind):
    laws.inserted(episode_page, episode_page.parse(page), kind, "", NEW[kind])


@pytest.mark.parametrize("page", [PAGE, PAGE.replace("\n", "\r\n")])
@pytest.mark.parametrize("values", NEW_OBSERVATIONS, ids=lambda values: values["kind"])
def test_added_observation_is_read(page, values):
    laws.inserted(episode_page, episode_page.parse(page), "observation", "", values)


def test_added_item_follows_time_and_layout():
    note = episode_page.parse(PAGE)
    offset, text = episode_page.insert(
        note, "quote", "金句", {"start": 147, "label": "Bo", "text": "Yes.", "context": "Short."}
    )
    assert text == "  • 00:02:27 — Bo:\n\n    Yes.\n\n    • Short.\n"
    assert note.text[offset:].startswith("  • 00:12:00 — guest:")


def test_added_item_without_time_is_last():
    again = laws.inserted(episode_page, episode_page.parse(PAGE), "quote", "", {"label": "Bo", "text": "Yes."})
    assert [values.get("label") for values in kinds(again, "quote")] == ["Ada Lind", "guest", "Ada Lind (艾达)", "Bo"]


def test_earliest_added_item_is_first():
    again = laws.inserted(
        episode_page, episode_page.parse(PAGE), "quote", "", {"start": 1, "label": "Bo", "text": "Yes."}
    )
    assert kinds(again, "quote")[0]["label"] == "Bo"


def test_first_item_of_empty_part():
    values = {"kind": "energy_up", "start": 1, "cue": "A ship."}
    laws.inserted(episode_page, episode_page.parse(ENGLISH), "observation", "energy_up", values)


def test_added_mention_is_last_of_list():
    again = laws.inserted(episode_page, episode_page.parse(PAGE), "mention", "人物", {"name": "Ida Lewis"})
    names = [values["name"] for values in kinds(again, "mention")]
    assert names == ["Grace Darling", "Sostratus (of Knidos, Greece)", "Ida Lewis", "Trinity House"]
    laws.inserted(episode_page, episode_page.parse(PAGE), "mention", "论文/方法/数据集", {"name": "Fresnel lens"})


def test_added_mention_begins_missing_list():
    laws.inserted(episode_page, episode_page.parse(ENGLISH), "mention", "Products", {"name": "Lamp"})


@pytest.mark.parametrize(
    ("kind", "group", "values"),
    [
        ("prediction", "", {"words": "No such part."}),
        ("mention", "Ships", {"name": "No such list"}),
        ("mention", "People", {"name": "One, Two"}),
        ("tag", "tags", {"name": "fog"}),
        ("section", "", {"text": "fog"}),
        ("observation", "", {"kind": "prop", "detail": "names, not a sentence"}),
    ],
)
def test_record_without_place_is_refused(kind, group, values):
    assert episode_page.insert(episode_page.parse(ENGLISH), kind, group, values) is None


@pytest.mark.parametrize(
    ("removed", "field", "value"),
    [
        ("A talk about lighthouses, and what they are for\n\n", "title", "Lamps"),
        (" · 时长: 95 min", "duration", 3600),
        ("", "source_url", "https://youtu.be/abc"),
        ("Episode 7 — Ada Lind\n\n", "number", 8),
    ],
)
def test_missing_field_is_added(removed, field, value):
    note = episode_page.parse(PAGE.replace(removed, "", 1) if removed else PAGE)
    assert field not in note.episode.values
    offset, text = episode_page.set_missing(note, field, value)
    again = episode_page.parse(note.text[:offset] + text + note.text[offset:])
    assert again.episode.values == {**note.episode.values, field: value}
    assert laws.rows(again)[1:] == laws.rows(note)[1:]


@pytest.mark.parametrize(("field", "value"), [("title", "there is one"), ("insight", "no place"), ("series", "none")])
def test_field_without_place_is_refused(field, value):
    assert episode_page.set_missing(episode_page.parse(PAGE), field, value) is None


# --- pages of random items

EDGE = st.sampled_from("abcd灯塔")
MIDDLE = st.text("abc 灯d(),’“”-—·3", max_size=12).map(lambda s: " ".join(s.split()))
PLAIN = st.tuples(EDGE, MIDDLE, EDGE).map("".join)
SENTENCE = PLAIN.map(lambda s: s + ".")
NAME = st.text("abcd灯塔", min_size=1, max_size=8)
LONG = st.lists(PLAIN, min_size=1, max_size=3).map("\n".join) | st.lists(PLAIN, min_size=1, max_size=2).map("\n\n".join)
START = st.none() | st.integers(0, 400_000)
MAYBE_LONG = st.just("") | LONG
UNDOTTED = LONG.filter(lambda s: "·" not in s)


def items(**fields):
    return st.fixed_dictionaries(fields)


ANY_ITEM = st.one_of(
    st.tuples(st.just("chapter"), items(start=START, title=PLAIN, summary=MAYBE_LONG)),
    st.tuples(st.just("quote"), items(start=START, label=NAME, text=LONG, context=MAYBE_LONG)),
    st.tuples(
        st.just("prediction"),
        items(start=START, horizon=st.just("") | NAME, label=st.just("") | NAME, words=LONG),
    ),
    st.tuples(st.just("takeaway"), items(text=LONG)),
    st.tuples(
        st.just("observation"),
        st.one_of(
            items(
                kind=st.sampled_from(["energy_up", "energy_down"]), start=START, cue=PLAIN, detail=st.just("") | LONG
            ),
            items(kind=st.just("gesture"), start=START, cue=NAME, detail=UNDOTTED, reading=st.just("") | LONG),
            items(
                kind=st.just("tell"), start=START, detail=SENTENCE, cue=st.just("") | PLAIN, reading=st.just("") | LONG
            ),
            items(kind=st.just("texture"), detail=LONG),
            items(kind=st.just("prop"), detail=SENTENCE),
            items(kind=st.sampled_from(["setting", "production"]), detail=NAME),
        ),
    ),
    st.tuples(st.just("mention"), items(listed_as=st.sampled_from(["人物", "公司/机构", "People"]), name=NAME)),
)
HEADINGS = "章节|金句 (3)|Predictions|视觉信号(看不到的)|能量变化 (0)|强调动作|真实性 tell|Texture|提及实体|Takeaways"


@given(st.permutations(HEADINGS.split("|")), st.lists(ANY_ITEM, max_size=12), st.data())
@settings(max_examples=200)
def test_random_items_can_be_added_and_cut(headings, new, data):
    note = episode_page.parse("Episode 1 — Ada\n\nA title\n\n" + "\n\n".join(headings) + "\n")
    for kind, values in new:
        note = laws.inserted(episode_page, note, kind, values.get("listed_as", ""), values)
    laws.assert_read_completely(note)
    assert len(laws.rows(note)) == 2 + len(new)
    found = [index for index, _ in note.of_kind(*ITEMS)]
    if found:
        laws.assert_cut(episode_page, note, data.draw(st.sampled_from(found)))


def test_real_items_can_be_edited():
    note = episode_page.parse(laws.seed(4)[0])
    for index, _ in list(note.of_kind(*ITEMS))[::7]:
        laws.assert_cut(episode_page, note, index)
    for index, record in list(note.of_kind("chapter", "quote", "prediction"))[::9]:
        laws.assert_writable(episode_page, note, index, "start", record.values["start"] + 1)
    for kind, values in NEW.items():
        laws.inserted(episode_page, note, kind, "", values)
    for values in NEW_OBSERVATIONS:
        laws.inserted(episode_page, note, "observation", "", values)
