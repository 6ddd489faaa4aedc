"""Feeds in RSS, Atom and JSON Feed, with permanent ids."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import feedparser
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from config.environment import tag_authority
from episodes.models import Decision, Episode, Prediction
from episodes.site.syndication.feed_entries import MAX_ENTRIES
from episodes.workflow import transition
from tests import factories

pytestmark = pytest.mark.django_db

FORMATS = ("rss", "atom", "json")
TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json",
}
ENDS = {"rss": "", "atom": "atom/", "json": "json/"}


def addresses(episode: Episode) -> dict[str, str]:
    """Return {kind: path} of each feed without format."""
    speaker, entity = episode.appearances.get().speaker, episode.mentions.get().entity
    assert speaker
    return {
        "site": "/feed/",
        "speaker": f"/speakers/{speaker.slug}/feed/",
        "entity": f"/entities/{entity.slug}/feed/",
        "tag": f"/tags/{episode.tags.get().slug}/feed/",
        "predictions": "/predictions/feed/",
    }


def parsed(client: Client, address: str) -> Any:
    feed = feedparser.parse(client.get(address).content)
    assert not feed.bozo, feed.bozo_exception
    return feed


def as_json(client: Client, address: str) -> dict[str, Any]:
    feed = json.loads(client.get(address).content)
    check_json_feed(feed)
    return feed


def check_json_feed(feed: dict[str, Any]) -> None:
    """Validate a JSON Feed 1.1."""
    known = {"version", "title", "home_page_url", "feed_url", "description", "language", "items"}
    assert set(feed) == known
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    for item in feed["items"]:
        assert {"id", "url", "title", "content_html", "date_published", "language", "_review"} <= set(item)
        assert set(item) <= {
            *("id", "url", "external_url", "title", "summary", "content_html", "date_published"),
            *("authors", "tags", "language", "_review"),
        }
        assert isinstance(item["id"], str)
        assert item["url"].startswith("http://testserver/")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", item["date_published"])
        for author in item.get("authors", []):
            assert author["name"]
            assert set(author) <= {"name", "url"}
        assert all(isinstance(tag, str) and tag for tag in item.get("tags", []))


@pytest.fixture
def episode() -> Episode:
    return factories.full_episode(title="Of <think> & more")


# --- formats


@pytest.mark.parametrize("kind", ["site", "speaker", "entity", "tag", "predictions"])
@pytest.mark.parametrize("format_name", FORMATS)
def test_feed_answers_in_its_format(client: Client, episode: Episode, kind: str, format_name: str) -> None:
    answer = client.get(addresses(episode)[kind] + ENDS[format_name])
    assert (answer.status_code, answer["Content-Type"]) == (200, TYPES[format_name])
    assert not answer.cookies
    assert b"<enclosure" not in answer.content
    assert b"podcast:guid" not in answer.content
    if format_name != "json":
        feed = feedparser.parse(answer.content)
        assert (feed.bozo, feed.version) == (False, {"rss": "rss20", "atom": "atom10"}[format_name])
        assert len(feed.entries) == 1
        own = [link.href for link in feed.feed.links if link.rel == "self"]
        assert own == [f"http://testserver{addresses(episode)[kind]}{ENDS[format_name]}"]
    else:
        check_json_feed(json.loads(answer.content))


def test_episode_entry_has_all_fields(client: Client, episode: Episode) -> None:
    entry = parsed(client, "/feed/").entries[0]
    assert entry.title == "Of <think> & more"
    assert entry.id == f"tag:localhost,2026:episode/{episode.pk}"
    assert entry.guidislink is False
    assert entry.link == f"http://testserver{episode.get_absolute_url()}"
    assert [author.name for author in entry.authors] == ["Ada"]
    assert [tag.term for tag in entry.tags] == ["engines"]
    assert "<dc:language>en</dc:language>" in client.get("/feed/").content.decode()
    [content] = [content.value for content in entry.content if "One thing." in content.value]
    assert "In short." in content
    assert "Some words." not in content


def test_entry_shows_review_status(client: Client, episode: Episode) -> None:
    sentence = "Machine-made. Reviewed by a person so far: everything but the summary."
    [item] = as_json(client, "/en/feed/json/")["items"]
    assert sentence in item["content_html"]
    assert item["_review"] == {
        "state": "partly",
        "adopted": False,
        "total_count": 2,
        "read_count": 1,
        "verified_count": 0,
        "verified_by_count": 0,
    }
    assert sentence in client.get(f"/en/episodes/{episode.slug}/").content.decode()


@pytest.mark.parametrize(
    ("section", "summary", "own", "state"),
    [
        ("draft", "draft", {}, "unread"),
        ("accepted", "accepted", {}, "read"),
        ("accepted", "rejected", {}, "read"),
        ("draft", "draft", {"form": "own"}, "own"),
    ],
)
def test_review_state_counts_shown_parts(
    client: Client, episode: Episode, section: str, summary: str, own: dict, state: str
) -> None:
    episode.sections.update(status=section)
    Episode.objects.update(summary_status=summary, **own)
    assert as_json(client, "/feed/json/")["items"][0]["_review"]["state"] == state


def test_verifiers_are_counted_once(client: Client, episode: Episode) -> None:
    by = {"status": "evergreen", "accepted_by": factories.editor(), "verified_by": factories.verifier()}
    episode.sections.update(**by)
    Episode.objects.update(**{f"summary_{name}": value for name, value in by.items()})
    review = as_json(client, "/feed/json/")["items"][0]["_review"]
    assert (review["state"], review["verified_count"], review["verified_by_count"]) == ("verified", 2, 1)


def test_atom_entry_has_language(client: Client) -> None:
    factories.public_episode(language="zh-Hans", title="节目")
    factories.public_episode(language="en", title="Notes")
    for prefix, interface in (("", "zh-Hans"), ("/en", "en")):
        text = client.get(f"{prefix}/feed/atom/").content.decode()
        assert f'<feed xml:lang="{interface}"' in text
        assert sorted(re.findall(r'<entry xml:lang="([^"]+)"', text)) == ["en", "zh-Hans"]


def test_invalid_xml_characters_are_removed(client: Client) -> None:
    episode = factories.public_episode(title="A\x01B", summary="x\x02y ]]> <b>z</b>")
    engine = factories.entity("Engine")
    type(engine).objects.update(name="E\x03ngine")
    factories.mention(episode, engine)
    for address in ("/feed/", "/feed/atom/", f"/entities/{engine.slug}/feed/", f"/entities/{engine.slug}/feed/atom/"):
        assert [entry.title for entry in parsed(client, address).entries] == ["AB"]
    assert as_json(client, "/feed/json/")["items"][0]["title"] == "AB"


# --- ids and dates


def test_id_survives_another_title_slug_and_host(client: Client, episode: Episode) -> None:
    before = parsed(client, "/feed/").entries[0].id
    Episode.objects.update(title="Renamed", slug="renamed", published_at=timezone.now() - timedelta(days=800))
    with override_settings(ALLOWED_HOSTS=["moved.example"]):
        answer = client.get("/en/feed/", headers={"host": "moved.example"})
        [entry] = feedparser.parse(answer.content).entries
    assert (entry.id, entry.link) == (before, "http://moved.example/en/episodes/renamed/")


@pytest.mark.parametrize(
    ("value", "hosts", "authority"),
    [
        ("", ["127.0.0.1", "localhost", "[::1]"], "localhost,2026"),
        ("", ["*", "10.0.0.1"], "localhost,2026"),
        ("", [".example.org", "www.example.org"], "example.org,2026"),
        ("old.example,2020-05", ["new.example"], "old.example,2020-05"),
    ],
)
def test_authority_is_a_name_and_a_year(monkeypatch, value: str, hosts: list[str], authority: str) -> None:
    monkeypatch.setenv("TAG_AUTHORITY", value)
    assert tag_authority("TAG_AUTHORITY", hosts) == authority


@pytest.mark.parametrize("value", ["example.org", "example.org,26", "a b,2026", "x:y,2026"])
def test_invalid_authority_is_refused(monkeypatch, value: str) -> None:
    monkeypatch.setenv("TAG_AUTHORITY", value)
    with pytest.raises(ImproperlyConfigured, match="TAG_AUTHORITY"):
        tag_authority("TAG_AUTHORITY", [])


def test_entries_are_latest_publications(client: Client) -> None:
    now = timezone.now()
    for day in range(MAX_ENTRIES + 5):
        factories.episode(
            title=f"{day} old", status="published", published_at=now - timedelta(days=day + 1), adopted=True
        )
    feed = parsed(client, "/feed/atom/")
    assert [entry.title for entry in feed.entries] == [f"{day} old" for day in range(MAX_ENTRIES)]
    assert all(entry.updated == entry.published for entry in feed.entries)


# Expect 7 queries: the episodes, their credits, their tags, takeaways, sections, the items of those without sections,
# the site state.
def test_feed_queries_ignore_length(client: Client, django_assert_num_queries: Any) -> None:
    for _number in range(3):
        factories.full_episode()
    factories.episode(status="published", published_at=timezone.now() - timedelta(days=1))
    with django_assert_num_queries(7):
        client.get("/feed/")


# --- predictions


def test_outcome_has_its_own_entry(client: Client, episode: Episode) -> None:
    row = episode.predictions.get()
    row.outcome, row.resolved_on, row.evidence = "true", timezone.localdate() - timedelta(days=90), "It did *rain*."
    row.save()
    Decision.objects.create(
        target=row,
        field="outcome",
        from_status="accepted",
        to_status="accepted",
        by=factories.editor(),
        episode=episode,
    )
    first, second = parsed(client, "/en/predictions/feed/").entries
    assert [entry.id.partition(":prediction/")[2] for entry in (first, second)] == [f"{row.pk}/outcome", str(row.pk)]
    assert first.title == "Outcome: Came true – It will rain."
    assert second.title == "Prediction: It will rain."
    assert "did <em>rain</em>" in first.content[0].value
    assert "rain</em>" not in second.content[0].value
    assert first.published_parsed > second.published_parsed


def test_prediction_entry_is_dated_by_visibility(client: Client, episode: Episode) -> None:
    later = timezone.now() - timedelta(minutes=5)
    factories.prediction(episode, words="Later.", accepted_at=later)
    factories.prediction(episode, words="Earlier.", accepted_at=later - timedelta(days=5))
    items = as_json(client, "/en/predictions/feed/json/")["items"]
    assert [item["title"] for item in items[:2]] == ["Prediction: Later.", "Prediction: Earlier."]
    assert episode.published_at
    seconds = [item["date_published"][:19] for item in items]
    assert seconds == [later.isoformat()[:19], *[episode.published_at.isoformat()[:19]] * 2]


# --- answers


@pytest.mark.parametrize("format_name", FORMATS)
def test_feed_answers_not_modified_and_head(client: Client, episode: Episode, format_name: str) -> None:
    address = f"/feed/{ENDS[format_name]}"
    first = client.get(address)
    for header, name in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")):
        assert client.get(address, headers={header: first[name]}).status_code == 304
    head = client.head(address)
    assert (head.status_code, head.content) == (200, b"")
    assert client.post(address).status_code == 405
    # No 304 after a withdrawal.
    transition(episode, "withdrawn", factories.publisher(), "A wish.")
    answer = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert answer.status_code == 200
    assert b"In short." not in answer.content


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("address", ["/feed/", "/predictions/feed/"])
def test_empty_feed_is_constant(client: Client, address: str, format_name: str) -> None:
    factories.episode()
    first, second = (client.get(address + ENDS[format_name]) for _time in range(2))
    assert (first.status_code, first.content) == (200, second.content)
    if format_name == "json":
        assert as_json(client, address + "json/")["items"] == []
    else:
        assert parsed(client, address + ENDS[format_name]).entries == []


def test_feed_of_hidden_object_is_404(client: Client, episode: Episode) -> None:
    kept = addresses(episode)
    episode.appearances.get().speaker.__class__.objects.update(status="rejected", reject_code="private")
    episode.mentions.get().entity.__class__.objects.update(status="rejected", reject_code="private")
    episode.tags.clear()
    assert {kind: client.get(kept[kind]).status_code for kind in ("speaker", "entity", "tag")} == dict.fromkeys(
        ("speaker", "entity", "tag"), 404
    )
    assert client.get("/speakers/nobody/feed/").status_code == 404


# --- what is advertised


def advertised(client: Client, address: str) -> list[str]:
    html = client.get(address).content.decode()
    found = re.findall(r'<link rel="alternate"\s+type="([^"]+)"\s+href="([^"]+)"\s+title="([^"]+)"', html)
    return [href for _type, href, _title in found]


def test_pages_link_their_feeds(client: Client, episode: Episode) -> None:
    pages = {
        "site": "/",
        "speaker": episode.appearances.get().speaker.get_absolute_url(),  # type: ignore[union-attr]
        "entity": episode.mentions.get().entity.get_absolute_url(),
        "tag": episode.tags.get().get_absolute_url(),
        "predictions": "/predictions/",
    }
    feeds = addresses(episode)
    for kind, page in pages.items():
        assert advertised(client, page) == [feeds[kind] + ENDS[name] for name in FORMATS]
    assert advertised(client, "/episodes/") == advertised(client, "/")
    assert advertised(client, "/en/") == [f"/en/feed/{ENDS[name]}" for name in FORMATS]


def test_empty_feeds_are_not_linked(client: Client) -> None:
    factories.episode()
    assert [advertised(client, page) for page in ("/", "/episodes/", "/predictions/")] == [[], [], []]
    only_quoted = factories.speaker("Quoted")
    factories.quote(factories.public_episode(), speaker=only_quoted)
    assert advertised(client, only_quoted.get_absolute_url()) == []


def test_hidden_predictions_are_in_no_feed(client: Client, episode: Episode) -> None:
    Prediction.objects.all().delete()
    factories.prediction(episode, words="Undecided.", status="draft", outcome="true")
    factories.prediction(episode, words="Rejected.", status="rejected", reject_code="private", outcome="true")
    factories.prediction(factories.episode(), words="Of a draft.")
    assert as_json(client, "/predictions/feed/json/")["items"] == []
    assert reverse("predictions_rss") == "/predictions/feed/"
