"""Drafts are unreachable at every public address.

A site is built twice: with public rows only, and with as many hidden rows, whose text fields all contain canaries:
words that no note contains. Every address is requested; no response may contain a canary, and every page of the first
site must be identical in the second, so that counts, lists and choices reveal nothing.

A new model, text field or address fails this test until it is listed here.
"""

from __future__ import annotations

import gzip
import itertools
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db import models
from django.test import Client
from django.urls import NoReverseMatch, Resolver404, URLPattern, URLResolver, get_resolver, resolve, reverse
from django.utils import timezone

from episodes import derived
from episodes.models import (
    Decision,
    Episode,
    Finding,
    Gloss,
    Mention,
    Note,
    Passage,
    Prediction,
    Quote,
    SearchMiss,
    Section,
    Snapshot,
    Tag,
    TaggedEpisode,
)
from episodes.search import search, suggest
from episodes.search.results import Near
from episodes.site.pages.report_form import token_for
from episodes.site.store import page_index
from episodes.site.syndication.sitemaps import SECTIONS
from episodes.workflow import transition
from people.models import Alias, Entity, Speaker
from tests import factories

pytestmark = pytest.mark.django_db

CANARY = "kwyjibo"
_serial = itertools.count(1)

# Models with text, and public addresses by URL name. For a new one add a line here and a value in `hide`.
MODELS = {
    "Alias", "Appearance", "Chapter", "Decision", "Entity", "Episode", "Finding", "Gloss", "Mention", "Note",
    "Observation", "Passage", "Prediction", "PublicKeys", "Quote", "SearchMiss", "Section", "SiteRevision", "Snapshot",
    "Speaker", "StoredPage", "StoredPageKey", "Tag", "Takeaway",
}  # fmt: skip
ADDRESSES = {
    "home", "episode_list", "episode", "episode_cover", "quote_list", "quote", "prediction_list", "prediction",
    "tag_list", "tag", "speaker_list", "speaker", "speaker_photo", "entity_list", "entity", "robots", "stylesheet",
    "prediction_csv", "prediction_json", "series_list", "series", "glossary", "about", "report", "report_thanks",
    "episode_markdown", "episode_chapters", "episode_chapters_vtt", "sitemap", "sitemap_part", "llms",
    "search", "search_suggest", "oembed", "site_card", "episode_card", "quote_card", "prediction_card",
    *(f"{kind}_{end}" for kind in ("site", "speaker", "entity", "tag", "predictions")
      for end in ("rss", "atom", "json")),
}  # fmt: skip
FILTERS = (
    "q", "area", "category", "tag", "speaker", "entity", "language", "year",
    "kind", "outcome", "due", "sort", "page",
)  # fmt: skip
NARROWED = ("home", "glossary", "prediction_csv", "prediction_json", "search", "search_suggest")
SEARCHES = ("/search/?q=open", "/search/?q=words&year=2", "/en/search/?q=Ada+RL", "/search/?q=nothingatall")
REVIEW = {"reject_code": ""}
EMBEDDED = re.compile(r"/(?:episodes|quotes|predictions)/[^/]+/")
STATES = ("draft", "in_review", "changes_requested", "approved", "withdrawn", "scheduled", "working copy")
# Text that visitors of a withdrawn episode may see.
TOLD = {"withdrawn_reason"}


def canary() -> str:
    # All of one length: none is the beginning of another.
    return f"{CANARY}{next(_serial):05}"


def text_fields(model: type[models.Model]) -> Iterator[models.Field]:
    for field in model._meta.concrete_fields:
        if isinstance(field, models.CharField | models.TextField | models.JSONField) and not field.choices:
            yield field


def with_canaries(model: type[models.Model], **own: Any) -> dict[str, Any]:
    """Return a canary for every text field that is not given."""
    values = {}
    for field in text_fields(model):
        word = canary()
        values[field.name] = [word] if isinstance(field, models.JSONField) else word
    return {**values, **own}


def hide_rows(episode: Episode, status: str) -> None:
    """Create one row of each kind with canaries in this status."""
    code = {"reject_code": "private"} if status == "rejected" else {"reject_code": ""}
    speaker, entity = hidden_names()
    for name in ("sections", "chapters", "quotes", "predictions", "observations", "takeaways"):
        model = getattr(episode, name).model
        who = {"speaker": speaker} if name in ("quotes", "predictions") else {}
        row = model.objects.create(episode=episode, **with_canaries(model, status=status, **code), **who)
        if isinstance(row, Section):
            Gloss.objects.create(**with_canaries(Gloss), episode=episode, section=row)
    Mention.objects.create(episode=episode, entity=entity, **with_canaries(Mention, status=status, **code))


def hidden_names() -> tuple[Speaker, Entity]:
    speaker = Speaker.objects.create(**with_canaries(Speaker, status="accepted", reject_code=""), kind="person")
    entity = Entity.objects.create(**with_canaries(Entity, status="accepted", reject_code=""), kind="person")
    speaker.photo.save("photo.png", ContentFile(PNG))
    Alias.objects.create(speaker=speaker, name=canary())
    Alias.objects.create(entity=entity, name=canary())
    return speaker, entity


def hide_episode(state: str, public: Episode) -> Episode:
    status = {"scheduled": "published", "working copy": "draft"}.get(state, state)
    now = timezone.now()
    moment = {"scheduled": now + timedelta(days=1), "withdrawn": now - timedelta(days=1)}.get(state)
    own = {"status": status, "published_at": moment, "language": "en", "insight_public": True}
    if state == "withdrawn":
        own["withdrawn_reason"] = "The guest asked for it."
    if state == "working copy":
        own["revises"] = public
    episode = Episode.objects.create(**with_canaries(Episode, **own))
    episode.cover.save("cover.png", ContentFile(PNG))
    for item_status in ("draft", "accepted"):
        hide_rows(episode, item_status)
    speaker, _entity = hidden_names()
    episode.appearances.create(speaker=speaker, label=canary())
    tag = Tag.objects.create(name=canary(), slug=canary())
    TaggedEpisode.objects.create(content_object=episode, tag=tag)
    hide_duplicates_of_public(episode, public)
    hide_records(episode)
    return episode


def hide_duplicates_of_public(episode: Episode, public: Episode) -> None:
    """Duplicate public rows in hidden episodes: no count may change by that."""
    speaker, entity, tag = public.appearances.get().speaker, public.mentions.get().entity, public.tags.get()
    Episode.objects.filter(pk=episode.pk).update(series=public.series, area=public.area)
    episode.appearances.create(speaker=speaker, label="Ada")
    episode.mentions.create(entity=entity)
    TaggedEpisode.objects.create(content_object=episode, tag=tag)
    Gloss.objects.create(episode=episode, term="RL", explanation=canary(), section=episode.sections.first())
    episode.quotes.create(speaker=speaker, status="accepted", **with_canaries(Quote, **REVIEW))
    for outcome in ("", "true", "false"):
        due_on = timezone.localdate() + timedelta(days=3)
        row = with_canaries(Prediction, **REVIEW)
        episode.predictions.create(speaker=speaker, status="accepted", outcome=outcome, due_on=due_on, **row)


def hide_records(episode: Episode) -> None:
    SearchMiss.objects.create(words=canary(), day=timezone.localdate())
    Note.objects.create(episode=episode, **with_canaries(Note, parsed={canary(): canary()}))
    Finding.objects.create(episode=episode, **with_canaries(Finding, severity="error", origin="check"))
    now = timezone.now()
    Snapshot.objects.create(
        episode=episode, number=1, published_at=now, by=factories.editor(), **with_canaries(Snapshot)
    )
    Decision.objects.create(
        **with_canaries(Decision),
        target_type=ContentType.objects.get_for_model(episode),
        target_id=episode.pk,
        by=factories.editor(),
    )


def hide_in_public(episode: Episode) -> None:
    """Create hidden rows in and around a public episode."""
    hide_records(episode)
    speaker = episode.appearances.get().speaker
    for status in ("draft", "rejected"):
        for name in ("chapters", "quotes", "predictions", "observations", "takeaways"):
            model = getattr(episode, name).model
            code = {"reject_code": "private"} if status == "rejected" else {"reject_code": ""}
            who = {"speaker": speaker} if name in ("quotes", "predictions") else {}
            model.objects.create(episode=episode, **with_canaries(model, status=status, **code), **who)
    rejected = Section.objects.create(
        episode=episode, **with_canaries(Section, status="rejected", reject_code="private")
    )
    Gloss.objects.create(**with_canaries(Gloss), episode=episode, section=rejected)
    Gloss.objects.create(term="RL", explanation=canary(), episode=episode, section=rejected)
    rejected_entity = Entity.objects.create(**with_canaries(Entity, status="rejected", reject_code="private"))
    Mention.objects.create(episode=episode, entity=rejected_entity, status="accepted")
    _speaker, entity = hidden_names()
    Mention.objects.create(episode=episode, entity=entity, status="rejected", reject_code="private")


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000100000001080600000"
    "01f15c4890000000d49444154789c6360f8cf500f0003860180c84c36c50000000049454e44ae426082"
)


@pytest.fixture
def public(settings, tmp_path) -> Episode:
    """Return a public episode with every kind of row that visitors may see."""
    settings.MEDIA_ROOT = tmp_path
    episode = factories.public_episode(
        title="Open", summary="Seen.", duration=3600, area="a", category="c", series="Talks"
    )
    # Their text is not accepted yet; only their names are public.
    speaker = factories.speaker("Ada", headline=canary(), bio=canary(), links=[canary()])
    entity = factories.entity("Engine", summary=canary(), links=[canary()])
    speaker.photo.save("photo.png", ContentFile(PNG))
    episode.insight = canary()
    episode.extra = {canary(): canary()}
    episode.save()
    episode.appearances.create(speaker=speaker, label="Ada")
    episode.mentions.create(entity=entity)
    episode.tags.add("engines")
    episode.chapters.create(title="Chapter", start=0, status="accepted")
    episode.quotes.create(text="Quoted.", start=1, speaker=speaker, status="accepted")
    episode.predictions.create(words="Foretold.", start=2, speaker=speaker, status="accepted")
    episode.observations.create(kind="tell", detail="Seen.", status="accepted")
    episode.takeaways.create(text="Taken.", status="accepted")
    episode.glosses.create(term="RL", explanation="By doing.", section=episode.sections.get())
    derived.store_html(episode)
    derived.store_passages(episode)
    return episode


def named_addresses() -> set[str]:
    def walk(patterns: list[Any]) -> Iterator[str]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                if pattern.app_name != "admin":
                    yield from walk(pattern.url_patterns)
            elif isinstance(pattern, URLPattern):
                yield pattern.name or str(pattern.pattern)

    return set(walk(get_resolver().url_patterns))


# Model whose slug or key an address takes, by prefix of its URL name.
TAKES = {"episode": Episode, "report": Episode, "speaker": Speaker, "entity": Entity, "tag": Tag}
TAKES_KEY = {"quote": Quote, "prediction": Prediction}


def arguments(name: str) -> list[Any]:
    """Return the arguments of an address: of each row of its model in any state, and of a missing one."""
    if name == "series":
        return list(Episode.objects.exclude(series="").values_list("series", flat=True))
    if name == "sitemap_part":
        return list(SECTIONS)
    for kinds, column in ((TAKES, "slug"), (TAKES_KEY, "pk")):
        for beginning, model in kinds.items():
            if name.startswith(beginning):
                return [None, *model.objects.values_list(column, flat=True)]
    return [None, CANARY]


def every_address() -> list[str]:
    """Return each address with the key or slug of each row, in both languages of the interface."""
    found = []
    for name in sorted(ADDRESSES):
        for argument in arguments(name):
            try:
                found.append(reverse(name, args=[] if argument is None else [argument]))
            except NoReverseMatch:
                continue
    hidden = str(Entity.objects.values_list("slug", flat=True).last())
    filters = [f"{path}?{key}={value}" for path in list_pages() for key in FILTERS for value in (CANARY, hidden, "2")]
    embeds = [f"/oembed?url=http://testserver{path}" for path in found if EMBEDDED.fullmatch(path)]
    return [*found, *filters, *embeds, *(f"/en{path}" for path in [*found, *filters] if is_page(f"/en{path}"))]


def is_page(address: str) -> bool:
    try:
        resolve(urlsplit(address).path)
    except Resolver404:
        return False
    return True


def list_pages() -> list[str]:
    return [reverse(name) for name in sorted(ADDRESSES) if name in NARROWED or name.endswith("_list")]


def body(response: Any) -> str:
    data = b"".join(response.streaming_content) if response.streaming else response.content
    # The form of a report contains the time of the request.
    return re.sub(r'name="token" value="[^"]+"', "", data.decode("utf-8", "replace"))


def crawl(client: Client) -> dict[str, str]:
    """Return text by address of every page linked from home, in both languages, and of the feeds."""
    waiting = ["/", "/en/", "/robots.txt", "/llms.txt", "/sitemap.xml", "/sitemap-episodes.xml", *SEARCHES]
    waiting += ["/search/suggest/?q=e", "/search/suggest/?q=open"]
    pages: dict[str, str] = {}
    while waiting:
        address = waiting.pop()
        if address in pages:
            continue
        response = client.get(address)
        pages[address] = body(response)
        for link in re.findall(r'(?:href|src|action|property="og:image" content)="([^"]+)"', pages[address]):
            parts = urlsplit(link.replace("&amp;", "&"))
            if (
                parts.netloc in ("", "testserver")
                and parts.path.startswith("/")
                and not parts.path.startswith(("/static/", "/admin/"))
            ):
                waiting.append(parts.path + (f"?{parts.query}" if parts.query else ""))
            elif link.startswith("?"):
                waiting.append(urlsplit(address).path + link.replace("&amp;", "&"))
    return pages


def test_all_models_and_addresses_are_covered():
    with_words = {
        model.__name__
        for app in ("episodes", "people")
        for model in apps.get_app_config(app).get_models()
        if any(True for _ in text_fields(model)) and not model._meta.auto_created
    }
    assert with_words - {"TaggedEpisode", "StoredTexts", "PublicCount", "CountedEpisode"} == MODELS
    assert named_addresses() == ADDRESSES


def test_hidden_text_is_on_no_page(public, client):
    before = crawl(client)
    assert "Open" in before["/"]
    machines = ("/feed/", "/en/feed/json/", "/predictions/feed/atom/", ".md", "/chapters.json", "/sitemap.xml")
    assert all(any(address.endswith(end) for address in before) for end in machines)
    assert not leaks(before)
    for state in STATES:
        hide_episode(state, public)
    hide_in_public(public)
    derived.rebuild_index()
    assert Episode.objects.public().count() == 1
    assert crawl(client) == before
    answers = {address: client.get(address) for address in every_address()}
    found = {
        address: (response.status_code, found)
        for address, response in answers.items()
        if (found := leaks({address: body(response) + repr(dict(response.headers))}))
    }
    assert found == {}


def test_hidden_text_is_in_no_stored_page(public, client, settings, tmp_path):
    settings.STORED_PAGES, settings.SITE_URL, settings.PAGE_STORE = True, "http://testserver", tmp_path / "pages"
    page_index.clear_memory()
    derived.forget_all()
    visible = crawl(client)
    for state in STATES:
        hide_episode(state, public)
    hide_in_public(public)
    derived.forget_all()
    cold = crawl(client)
    assert (leaks(cold), cold) == ([], visible)
    for address in every_address():
        client.get(address)
    bodies = [gzip.decompress(path.read_bytes()) for path in (tmp_path / "pages" / "bodies").glob("??/*")]
    assert len(bodies) > 30
    assert [body for body in bodies if CANARY.encode() in body] == []
    assert crawl(client) == cold
    transition(public, "withdrawn", factories.person("root", is_superuser=True), "The guest asked for it.")
    gone = {address: text for address, text in crawl(client).items() if "Quoted." in text or ">Open<" in text}
    assert gone == {}


def test_hidden_words_are_found_by_no_search(public, client):
    queries = ("Ada", "RL", "Open", "Quoted", "Foretold", "words", "engines", "a")
    before = {query: outcome_of(query) for query in queries}
    for state in STATES:
        hide_episode(state, public)
    hide_in_public(public)
    derived.rebuild_index()
    hidden = {
        word for text in Passage.objects.values_list("text", flat=True) for word in re.findall(rf"{CANARY}\d+", text)
    }
    assert len(hidden) > 100
    assert {word for word in sorted(hidden)[::10] if not search(word, public=False).total} == set()
    # One word in ten: what is near a word takes longer to find than the word.
    sample = [*sorted(hidden)[::10], CANARY, *Alias.objects.values_list("name", flat=True)[::10]]
    outcomes = {word: outcome_of(word) for word in sample}
    assert {repr(outcome) for outcome in outcomes.values()} == {repr(NOTHING)}
    assert {query: outcome_of(query) for query in queries} == before


NOTHING = (0, [], {}, [], [], [], [], [], [], [], [])


def outcome_of(query: str) -> tuple:
    """Return everything that a search by visitors shows: total, hits, facets, names, what is near, suggestions."""
    found = search(query)
    near = found.near or Near()
    hits = [(hit.episode.pk, hit.title, hit.passages) for hit in found.hits]
    others = (found.people, found.topics, found.quotes, found.predictions)
    return (found.total, hits, found.facets, found.aliases, *others, near.queries, near.names, suggest(query))


def leaks(pages: dict[str, str]) -> list[str]:
    """Return canaries on pages, except the one in the address itself, which a page may repeat."""
    return [
        word for address, text in pages.items() for word in re.findall(rf"{CANARY}\d*", text) if word not in address
    ]


def test_rejected_summary_is_on_no_page(public, client):
    word = canary()
    Episode.objects.update(summary=word, summary_status="rejected")
    pages = {address: body(client.get(address)) for address in every_address()}
    assert leaks(pages | crawl(client)) == []
    assert public.get_absolute_url() not in body(client.get(f"/episodes/?q={word}"))


def test_hidden_pages_are_404_withdrawn_410(public, client):
    for state in STATES:
        hide_episode(state, public)
    hide_in_public(public)
    expected = {
        episode.get_absolute_url(): 410 if episode.status == "withdrawn" else 404
        for episode in Episode.objects.exclude(pk=public.pk)
    }
    expected |= {f"{address}report/{page}": code for address, code in expected.items() for page in ("", "thanks/")}
    for name in ("quotes", "predictions"):
        model = getattr(public, name).model
        expected |= {row.get_absolute_url(): 404 for row in model.objects.exclude(text_or_words(name))}
    hidden = (
        Speaker.objects.exclude(name="Ada"),
        Entity.objects.exclude(name="Engine"),
        Tag.objects.exclude(name="engines"),
    )
    expected |= {row.get_absolute_url(): 404 for rows in hidden for row in rows}
    # Share images and embeds are refused without text, whatever the state of the episode.
    shown = (Episode.objects, public.quotes.model.objects, public.predictions.model.objects)
    for row in (row for rows in shown for row in rows.all()):
        address = row.get_absolute_url()
        status = 200 if address in open_pages(public) else 404
        expected |= {f"{address}card.png": status, f"/oembed?url=http://testserver{address}": status}
    expected |= {f"{s.get_absolute_url()}photo/": 404 for s in Speaker.objects.all()}
    expected |= {f"{e.get_absolute_url()}cover/": 404 for e in Episode.objects.all()}
    assert {address: client.get(address).status_code for address in expected} == expected


def test_hidden_targets_take_no_reports(public, client):
    for state in STATES:
        hide_episode(state, public)
    hide_in_public(public)
    before = Finding.objects.count()
    for episode in Episode.objects.exclude(pk=public.pk):
        token = token_for(episode, time.time() - 60)
        sent = urlencode({"message": "Wrong.", "token": token})
        address = f"{episode.get_absolute_url()}report/"
        client.post(address, sent, content_type="application/x-www-form-urlencoded")
    assert Finding.objects.count() == before
    plain = body(client.get(f"{public.get_absolute_url()}report/"))
    shown = {f"{letter}{row.pk}" for letter, name in NAMED.items() for row in getattr(public, name).shown()}
    every = {f"{letter}{row.pk}" for letter, name in NAMED.items() for row in getattr(public, name).model.objects.all()}
    hidden_words = Section.objects.values_list("heading", flat=True)
    hidden = (every - shown) | {f"s-{words}" for words in hidden_words if words.startswith(CANARY)}
    assert len(hidden) > 10
    for anchor in hidden:
        asked = f"?at={quote(anchor)}"
        # The link to the other language repeats the query string.
        assert body(client.get(f"{public.get_absolute_url()}report/{asked}")).replace(asked, "") == plain


NAMED = {"q": "quotes", "p": "predictions", "c": "chapters"}


def open_pages(public: Episode) -> set[str]:
    said = [row for name in ("quotes", "predictions") for row in getattr(public, name).filter(text_or_words(name))]
    return {row.get_absolute_url() for row in [public, *said]}


def text_or_words(name: str) -> models.Q:
    return models.Q(text="Quoted.") if name == "quotes" else models.Q(words="Foretold.")
