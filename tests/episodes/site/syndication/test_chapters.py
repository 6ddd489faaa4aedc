"""Chapters as JSON and WebVTT."""

from __future__ import annotations

import json
from io import StringIO
from itertools import pairwise
from typing import Any

import pytest
import webvtt
from django.test import Client

from episodes.models import Chapter, Episode
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def episode() -> Episode:
    made = factories.public_episode(title="Title", slug="talk", series="Show", duration=3600)
    factories.appearance(made, factories.speaker("Ada"))
    return made


def add(episode: Episode, start: int | None, title: str, **fields: Any) -> Chapter:
    return Chapter.objects.create(episode=episode, start=start, title=title, **{"status": "accepted", **fields})


def chapters(client: Client) -> list[tuple[float, float | None, str]]:
    """Return (start, end, title) of the JSON, validated against the specification."""
    answer = client.get("/episodes/talk/chapters.json")
    assert answer.status_code == 200
    told = json.loads(answer.content)
    assert set(told) <= {"version", "title", "author", "podcastName", "chapters"}
    assert told["version"] == "1.2.0"
    found = []
    for chapter in told["chapters"]:
        assert {"startTime", "title", "url"} <= set(chapter) <= {"startTime", "endTime", "title", "url"}
        found.append((chapter["startTime"], chapter.get("endTime"), chapter["title"]))
    starts = [start for start, _end, _title in found]
    assert starts == sorted(set(starts))
    return found


def cues(client: Client) -> list[tuple[str, str, str]]:
    answer = client.get("/episodes/talk/chapters.vtt")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert text.startswith("WEBVTT\n\n")
    found = [(cue.start, cue.end, cue.text) for cue in webvtt.from_buffer(StringIO(text))]
    for (_start, end, _text), (following, _end, _text2) in pairwise(found):
        assert end <= following
    assert all(start < end for start, end, _text in found)
    return found


def test_chapters_end_where_the_next_begins(client: Client, episode: Episode) -> None:
    add(episode, 600, "Second")
    add(episode, 0, "First")
    assert chapters(client) == [(0, 600, "First"), (600, 3600, "Second")]
    assert cues(client) == [
        ("00:00:00.000", "00:10:00.000", "First"),
        ("00:10:00.000", "01:00:00.000", "Second"),
    ]


def test_json_has_show_and_speakers(client: Client, episode: Episode) -> None:
    chapter = add(episode, 0, "First")
    told = json.loads(client.get("/episodes/talk/chapters.json").content)
    assert (told["title"], told["author"], told["podcastName"]) == ("Title", "Ada", "Show")
    assert told["chapters"][0]["url"] == f"http://testserver/episodes/talk/#c{chapter.pk}"
    assert f'id="c{chapter.pk}"' in client.get("/episodes/talk/").content.decode()


def test_only_accepted_chapters_with_valid_time(client: Client, episode: Episode) -> None:
    add(episode, 10, "Kept")
    add(episode, 20, "Undecided", status="draft")
    add(episode, 30, "Rejected", status="rejected", reject_code="trivial")
    add(episode, None, "Without a time")
    add(episode, 3600, "At the end")
    add(episode, 113_880, "Beyond the end")
    assert chapters(client) == [(10, 3600, "Kept")]
    assert [text for _start, _end, text in cues(client)] == ["Kept"]


def test_chapters_with_same_start_are_merged(client: Client, episode: Episode) -> None:
    add(episode, 5, "One")
    add(episode, 5, "Other")
    assert chapters(client) == [(5, 3600, "One / Other")]


def test_title_cannot_begin_another_cue(client: Client, episode: Episode) -> None:
    add(episode, 0, "A & <b> -->\n\n00:00 --> 00:10\nx")
    text = client.get("/episodes/talk/chapters.vtt").content.decode()
    assert text.count("-->") == 1
    assert "A &amp; &lt;b&gt; --&gt; 00:00 --&gt; 00:10 x" in text
    assert chapters(client) == [(0, 3600, "A & <b> --> 00:00 --> 00:10 x")]


def test_unknown_duration_leaves_end_open(client: Client, episode: Episode) -> None:
    Episode.objects.update(duration=None)
    add(episode, 360_000, "Late")
    assert chapters(client) == [(360_000, None, "Late")]
    assert "100:00:00.000 --> 101:00:00.000" in client.get("/episodes/talk/chapters.vtt").content.decode()


@pytest.mark.parametrize(
    ("end", "content_type"),
    [("json", "application/json+chapters"), ("vtt", "text/vtt; charset=utf-8")],
)
def test_chapters_allow_cross_origin_requests(client: Client, episode: Episode, end: str, content_type: str) -> None:
    add(episode, 0, "First")
    address = f"/episodes/talk/chapters.{end}"
    answer = client.get(address)
    assert (answer["Content-Type"], answer["Access-Control-Allow-Origin"]) == (content_type, "*")
    assert not answer.cookies
    assert client.head(address).content == b""
    assert client.get(address, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert client.get(address, headers={"If-Modified-Since": answer["Last-Modified"]}).status_code == 304


@pytest.mark.parametrize("end", ["json", "vtt"])
def test_episode_without_chapters_is_404(client: Client, episode: Episode, end: str) -> None:
    assert client.get(f"/episodes/talk/chapters.{end}").status_code == 404
    add(episode, 0, "Undecided", status="draft")
    assert client.get(f"/episodes/talk/chapters.{end}").status_code == 404
    hidden = factories.episode(slug="draft")
    add(hidden, 0, "Of a draft")
    assert client.get(f"/episodes/draft/chapters.{end}").status_code == 404


@pytest.mark.parametrize("end", ["/chapters.json", "/chapters.vtt", ".md"])
def test_withdrawn_episode_is_410_in_all_formats(client: Client, episode: Episode, end: str) -> None:
    add(episode, 0, "Words of it")
    Episode.objects.update(status="withdrawn", withdrawn_reason="The guest asked.")
    answer = client.get(f"/episodes/talk{end}")
    assert answer.status_code == 410
    assert "The guest asked." in answer.content.decode()
    assert "Words of it" not in answer.content.decode()


def test_page_links_existing_chapters_only(client: Client, episode: Episode) -> None:
    add(episode, None, "Without a time")
    assert "chapters.json" not in client.get("/episodes/talk/").content.decode()
    add(episode, 0, "First")
    html = client.get("/episodes/talk/").content.decode()
    assert 'href="/episodes/talk/chapters.json"' in html
    assert 'href="/episodes/talk.md"' in html
