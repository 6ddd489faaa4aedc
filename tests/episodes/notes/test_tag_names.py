"""Spellings of one tag, and several tags in one string."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from episodes.exporting.exporter import compose
from episodes.importing.loader import Loader, Outcome
from episodes.models import Episode, Finding, Tag
from episodes.notes.tag_names import tag_key, tag_name, tags_in

HEAD = "---\ntitle: T\nsource: https://podcast.lantern.test/{}\ntags: {}\n---\n\nWords.\n"


def load(tags: str, name: str = "x.md"):
    return Loader().load(name, HEAD.format(name, tags).encode())


def stored() -> dict[str, set[str]]:
    return {episode.title + str(episode.pk): set(episode.tags.names()) for episode in Episode.objects.all()}


@pytest.mark.parametrize("spelling", ["AI", "ai", "Ai", "ＡＩ", "#AI", "＃ＡＩ", " AI ", "# ai"])
def test_spellings_of_one_tag_share_a_key(spelling):
    assert tag_key(spelling) == "ai"


@pytest.mark.parametrize(
    ("spelling", "name"),
    [("#投资", "投资"), ("ＡＩ", "AI"), ("C#", "C#"), ("#", "#"), ("你好，世界", "你好，世界"), ("a\n b", "a b")],
)
def test_tag_name_has_no_hash(spelling, name):
    assert tag_name(spelling) == name


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("投资, 芯片, AI", ["投资", "芯片", "AI"]),
        ("投资，芯片、AI", ["投资", "芯片", "AI"]),
        ("a; b；c | d", ["a", "b", "c", "d"]),
        ("#a #b c", ["#a", "#b c"]),
        ("machine learning", ["machine learning"]),
        (" , ,", []),
        ("", []),
    ],
)
def test_string_is_split_at_separators(text, tags):
    assert tags_in(text) == tags


@settings(deadline=None)
@given(st.text())
def test_tag_name_is_stable(text):
    assert tag_name(tag_name(text)) == tag_name(text) or tag_name(text).startswith(("#", "＃"))
    assert tag_key(tag_name(text)) == tag_key(text)


@pytest.mark.django_db
def test_spellings_in_one_note_are_one_tag():
    load('["#投资", 投资, AI, ai, Ai, ＡＩ]')
    assert set(Tag.objects.values_list("name", flat=True)) == {"投资", "AI"}
    assert set(Episode.objects.get().tags.names()) == {"投资", "AI"}


@pytest.mark.django_db
def test_spellings_in_two_notes_are_one_tag():
    load("[AI, 投资]", "a.md")
    load("[ａｉ, '#投资']", "b.md")
    assert Tag.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    "tags",
    ['["#投资", 投资, AI, ai, Ai, ＡＩ]', "投资, 芯片, AI", "'#a #b'", "\n- ＡＩ\n- '#x'", "a；b", ">\n  a, b,\n  c"],
)
def test_unchanged_note_is_exported_unchanged(tags):
    load(tags)
    episode = Episode.objects.get()
    note = episode.notes.get()
    assert compose(episode, note).text == note.text
    assert load(tags).outcome == Outcome.UNCHANGED


@pytest.mark.django_db
@pytest.mark.parametrize("tags", ["投资, 芯片, AI", "'投资, 芯片, AI'", '"投资，芯片，AI"', ">\n  投资, 芯片,\n  AI"])
def test_string_of_tags_is_split_with_finding(tags):
    load(tags)
    assert set(Episode.objects.get().tags.names()) == {"投资", "芯片", "AI"}
    finding = Finding.objects.get(code="list-is-string")
    assert "3" in finding.message


@pytest.mark.django_db
def test_tags_in_string_can_be_changed():
    load("投资, 芯片, AI")
    episode = Episode.objects.get()
    episode.tags.remove("芯片")
    written = compose(Episode.objects.get(), episode.notes.get()).text
    assert "\ntags: '投资, AI'\n" in written
    episode.tags.add("新的")
    written = compose(Episode.objects.get(), episode.notes.get()).text
    assert all(name in written for name in ("投资", "AI", "新的"))
    assert "芯片" not in written


@pytest.mark.django_db
def test_respelled_tag_is_no_change():
    load("[AI, 投资]")
    assert load("[ai, '#投资']").outcome in (Outcome.UNCHANGED, Outcome.UPDATED)
    assert set(Episode.objects.get().tags.names()) == {"AI", "投资"}


@pytest.mark.django_db
def test_tag_from_desk_joins_other_spelling():
    load("[AI]")
    Episode.objects.get().tags.add("ai")
    assert Tag.objects.count() == 1
