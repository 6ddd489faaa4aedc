"""Saving of text: unchanged values byte for byte, changed ones by the rules of forms.py."""

import pytest
from django.core.exceptions import ValidationError

from episodes.desk import forms
from episodes.models import Chapter, Note, Observation, Quote, Section
from tests import factories
from tests.episodes.desk.form_data import errors_in, save, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return signed_in(factories.editor())


def page_note(episode):
    Note.objects.create(episode=episode, name="page.md", dialect="episode_page", text="Episode 1")


# --- unchanged


@pytest.mark.parametrize(
    "text",
    [
        "\r\nOne\r\n\r\n  two \t\r\n\r\n",
        "\n\n\nOne\n",
        "One\rtwo\r\nthree\nfour",
        "    code\n",
        " \u00a0\u3000",
        "# A heading that a parser left here\n",
        "\u2028\x0b\x0c<textarea></textarea>&amp;",
    ],
)
def test_unchanged_long_text_stays_byte_for_byte(client, text):
    episode = factories.episode(summary=text)
    section = Section.objects.create(episode=episode, text=text, heading="H")
    assert save(client, episode, title="Other").status_code == 302
    assert save(client, section, heading="Other").status_code == 302
    episode.refresh_from_db()
    section.refresh_from_db()
    assert (episode.title, episode.summary, section.heading, section.text) == ("Other", text, "Other", text)


def test_unchanged_lines_keep_their_odd_spaces(client):
    episode = factories.episode(title=" Two\nlines  here ", series="a\tb")
    chapter = Chapter.objects.create(episode=episode, title="one \n two", start=5)
    assert save(client, episode, area="x").status_code == 302
    assert save(client, chapter, start="00:00:06").status_code == 302
    episode.refresh_from_db()
    chapter.refresh_from_db()
    assert (episode.title, episode.series, episode.area) == (" Two\nlines  here ", "a\tb", "x")
    assert (chapter.title, chapter.start) == ("one \n two", 6)


def test_saving_without_a_change_writes_nothing(client):
    episode = factories.episode(summary="a\r\nb", title="x\ny")
    Section.objects.create(episode=episode, text="\r\n a\r\n")
    before = episode.version, episode.changed_at
    assert save(client, episode).status_code == 302
    episode.refresh_from_db()
    assert (episode.version, episode.changed_at) == before


# --- changed


def test_changed_text_keeps_its_line_ends(client):
    episode = factories.episode(summary="One\r\ntwo\r\n", insight="One\ntwo\n")
    assert save(client, episode, summary="One\r\nthree\r\n", insight="One\r\nthree\r\n").status_code == 302
    episode.refresh_from_db()
    assert (episode.summary, episode.insight) == ("One\r\nthree\r\n", "One\nthree\n")


@pytest.mark.parametrize(
    ("stored", "written", "kept"),
    [
        ("a\nb", "a\nc", "a\nc"),
        ("a\r\nb", "a\nc\nd", "a\r\nc\r\nd"),
        ("", "a\nb", "a\nb"),
        ("a\r\nb\nc\r\n", "a\nb\nx\nc\n", "a\r\nb\nx\nc\r\n"),
        ("a\r\nb\nc", "a\nb\nc\n", "a\r\nb\nc\n"),
    ],
)
def test_line_ends_of_the_stored_text(stored, written, kept):
    assert forms.with_line_ends_of(stored, written) == kept


def test_section_loses_only_outer_blank_lines(client):
    section = Section.objects.create(episode=factories.episode(), text="old")
    assert save(client, section, text="\r\n \r\n    code\r\n\r\nend  \r\n\t\r\n").status_code == 302
    section.refresh_from_db()
    assert section.text == "    code\n\nend  "


@pytest.mark.parametrize(
    ("text", "line", "level"),
    [
        ("# One", 1, 1),
        ("a\n\n   ### Three", 3, 3),
        ("---\nx: 1\n---\n## Two", 4, 2),
        ("```\n# code\n```\n## Two", 4, 2),
    ],
)
def test_heading_in_section_text_is_refused(text, line, level):
    with pytest.raises(ValidationError) as refused:
        forms.refuse_headings(text)
    assert refused.value.params == {"line": line, "level": level}


@pytest.mark.parametrize("text", ["#tag at the beginning", "```\n# code\n```", "a # b", "\\# no", "<!--\n# no\n-->"])
def test_lookalike_of_heading_is_accepted(text):
    forms.refuse_headings(text)


def test_form_with_heading_saves_nothing(client):
    section = Section.objects.create(episode=factories.episode(), text="old")
    assert "Line 2 is a heading" in errors_in(save(client, section, text="new\r\n## Two"))
    section.refresh_from_db()
    assert section.text == "old"


def test_single_line_fields_lose_line_breaks(client):
    episode = factories.episode()
    chapter = Chapter.objects.create(episode=episode, title="old", summary="old")
    quote = Quote.objects.create(episode=episode, text="old", context="old", label="old")
    assert save(client, chapter, title="a\r\n b", summary="a\r\nb").status_code == 302
    assert save(client, quote, text="a\r\nb", context="a\r\nb", label="a\nb").status_code == 302
    chapter.refresh_from_db()
    quote.refresh_from_db()
    # The note is not an episode page, so its long texts may have line breaks.
    assert (chapter.title, chapter.summary) == ("a b", "a\nb")
    assert (quote.text, quote.context, quote.label) == ("a\nb", "a\nb", "a b")


def test_episode_page_fields_are_single_lines(client):
    episode = factories.episode(summary="old")
    page_note(episode)
    chapter = Chapter.objects.create(episode=episode, title="t", summary="old")
    quote = Quote.objects.create(episode=episode, text="old", context="old")
    seen = Observation.objects.create(episode=episode, kind="tell", cue="old", detail="old", reading="old")
    lines = "a\r\n  b"
    assert save(client, episode, summary=lines).status_code == 302
    assert save(client, chapter, summary=lines).status_code == 302
    assert save(client, quote, text=lines, context=lines).status_code == 302
    assert save(client, seen, cue=lines, detail=lines, reading=lines).status_code == 302
    for row in (episode, chapter, quote, seen):
        row.refresh_from_db()
    assert (episode.summary, chapter.summary) == ("a\n  b", "a b")
    assert (quote.text, quote.context) == ("a\n  b", "a b")
    assert (seen.cue, seen.detail, seen.reading) == ("a b", "a b", "a b")


# --- other fields


@pytest.mark.parametrize(
    ("typed", "stored"), [("01:02:03", 3723), ("02:03", 123), ("", None), ("100:00:00", 360000), (" 00:00:01 ", 1)]
)
def test_times_are_typed_as_people_write_them(client, typed, stored):
    chapter = Chapter.objects.create(episode=factories.episode(), title="t", start=9)
    assert save(client, chapter, start=typed).status_code == 302
    chapter.refresh_from_db()
    assert chapter.start == stored


@pytest.mark.parametrize("typed", ["99:99:99", "1", "later", "-1:00:00"])
def test_other_times_are_refused(client, typed):
    chapter = Chapter.objects.create(episode=factories.episode(), title="t", start=9)
    assert "HH:MM:SS" in errors_in(save(client, chapter, start=typed))


def test_tags_keep_commas_spaces_and_quotes(client):
    episode = factories.episode()
    names = ["a b", "a,b", 'say "no"', "向量", "2024", "it's"]
    assert save(client, episode, tags=names).status_code == 302
    assert set(episode.tags.names()) == set(names)
    assert save(client, episode, title="Other").status_code == 302
    assert set(episode.tags.names()) == set(names)
    assert save(client, episode, tags=["a b", " "]).status_code == 302
    assert set(episode.tags.names()) == {"a b"}


def test_tag_longer_than_limit_is_refused(client):
    assert "at most 100" in errors_in(save(client, factories.episode(), tags=["x" * 101]))


def test_projects_are_lines_and_keep_other_values(client):
    episode = factories.episode(projects=["one, two", "three"])
    odd = factories.episode(projects=["a", {"b": 1}])
    assert save(client, episode, projects="one, two\r\nfour\r\n").status_code == 302
    assert save(client, odd, title="Other").status_code == 302
    episode.refresh_from_db()
    odd.refresh_from_db()
    assert episode.projects == ["one, two", "four"]
    assert odd.projects == ["a", {"b": 1}]
