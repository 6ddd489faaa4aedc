"""Every kind of public page: queries, time and size, on the current database; part of make bench.

Time is that of a request in one process, without a server: `anew` with an empty cache, `again` with a warm one. Queries
are counted with a warm cache. Size is the response's body, plain and with gzip at level 6.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Length
from django.test import Client
from django.urls import reverse
from django.utils import translation

from episodes import derived
from episodes.models import Appearance, Chapter, Episode, Mention, Prediction, Quote, Section, TaggedEpisode
from episodes.site.pages.stylesheet import stylesheet_address
from tests.bench.large import measure, publish

# Letters of a very long note, made by repeating the longest one.
ENORMOUS = 1_100_000


def main(everything: bool = False, enormous: bool = False) -> None:
    """Print the table. everything: render drafts too. enormous: add a note of 1.1 million letters."""
    settings.ALLOWED_HOSTS = ["testserver"]
    translation.activate(settings.LANGUAGE_CODE)
    if everything:
        publish()
    # Rows that are not accepted have no page.
    for model in (Quote, Prediction, Chapter):
        model.objects.filter(status="draft").update(status="accepted")
    print(f"  {'':24} {'anew':>9} {'again':>9} {'queries':>8} {'body':>11} {'gzip':>10}")
    for name, path in _addresses():
        _report(name, path)
    if enormous:
        _report("episode, 1.1 MB", enormous_note().get_absolute_url())
    for path in (reverse("home"), _median().get_absolute_url()):
        _first_visit(path)


def _first_visit(path: str) -> None:
    """Return the bytes, gzipped, that a browser without a cache requests to show the page."""
    page = Client().get(path).content
    named = re.findall(rb'<link rel="(?:stylesheet|icon)"[^>]*href="([^"]+)|<script[^>]*src="([^"]+)', page)
    parts = [page]
    for address in {style or script for style, script in named}:
        answer: Any = Client().get(address.decode())
        parts.append(b"".join(answer.streaming_content) if answer.streaming else answer.content)
    size = sum(len(gzip.compress(part, 6)) for part in parts)
    print(f"  a first visit to {path[:40]:40} {len(parts):2} requests {size / 1000:7.1f} kB gzip")


def _report(name: str, path: str) -> None:
    took = measure(Client(), path)
    answer: Any = took.answer
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    status = "" if answer.status_code == 200 else f"  answered {answer.status_code}"
    times = f"{took.anew * 1000:6.0f} ms {took.again * 1000:6.0f} ms"
    print(
        f"  {name:24} {times} {took.queries:8} {len(body) / 1000:8.1f} kB {len(gzip.compress(body, 6)) / 1000:7.1f} kB"
        f"{status}",
        flush=True,
    )


def enormous_note() -> Episode:
    """Create a public note of 1.1 million letters from the sections of the longest one."""
    longest = _by_length()[-1]
    rows = list(Section.objects.filter(episode=longest).order_by("order", "pk"))
    times = ENORMOUS // sum(len(row.text) for row in rows) + 1
    made = Episode(slug="enormous", title="Enormous", status="published", published_at=longest.published_at)
    made.save()
    columns = {"kind", "heading", "level", "text"}
    Section.objects.bulk_create(
        Section(episode=made, order=n, **{name: getattr(row, name) for name in columns})
        for n, row in enumerate(rows * times)
    )
    derived.store_html(made)
    return made


def _by_length() -> list[Episode]:
    sized = Episode.objects.public().exclude(slug="enormous").annotate(size=Sum(Length("sections__text")))
    return list(sized.filter(size__gt=0).order_by("size", "pk"))


def _median() -> Episode:
    episodes = _by_length()
    return episodes[len(episodes) // 2]


def _most(rows: QuerySet, column: str) -> Any:
    """Return the most frequent value of these rows."""
    counted = rows.exclude(**{column: None}).order_by().values_list(column).annotate(n=Count("pk"))
    found = counted.order_by("-n", column).first()
    return found[0] if found else ""


def _addresses() -> Iterator[tuple[str, str]]:
    """Return (label, address) of each kind that the database has."""
    yield from _lists()
    by_length = _by_length()
    rich = Episode.objects.filter(pk=_most(Mention.objects.public(), "episode")).first()
    for label, episode in (("median", _median()), ("longest", by_length[-1]), ("rich", rich)):
        if episode:
            yield f"episode, {label}", episode.get_absolute_url()
    for name, row in (("quote", Quote.objects.public().first()), ("prediction", Prediction.objects.public().first())):
        if row:
            yield name, row.get_absolute_url()
            yield f"{name}, card", reverse(f"{name}_card", args=[row.pk])
    yield from _names()
    yield from _for_machines(_median())


def _lists() -> Iterator[tuple[str, str]]:
    yield "home", reverse("home")
    episodes = reverse("episode_list")
    area = _most(Episode.objects.public().exclude(area=""), "area")
    title = str(Episode.objects.public().first())
    word = next((word for word in title.split() if len(word) > 1), title)[:8]
    for label, asked in (("episodes", {}), ("episodes, filtered", {"area": area}), ("episodes, a word", {"q": word})):
        yield label, f"{episodes}?{urlencode(asked)}" if asked else episodes
    yield "episodes, two words", f"{episodes}?{urlencode({'q': f'{word} 访谈'})}"
    for name in ("quote_list", "prediction_list", "speaker_list", "entity_list", "tag_list", "series_list"):
        yield name.replace("_", " "), reverse(name)
    yield "glossary", reverse("glossary")
    yield "about", reverse("about")


def _names() -> Iterator[tuple[str, str]]:
    """Return the pages of the most frequent speakers, entities and tags, which collect the most rows."""
    credits = Appearance.objects.public()
    found = [
        ("speaker", _most(credits.filter(speaker__kind="person"), "speaker__slug")),
        ("channel", _most(credits.filter(speaker__kind="channel"), "speaker__slug")),
        ("entity", _most(Mention.objects.public(), "entity__slug")),
        ("tag", _most(TaggedEpisode.objects.public(), "tag__slug")),
        ("series", _most(Episode.objects.public().exclude(series=""), "series")),
    ]
    for label, key in found:
        if key:
            yield label, reverse("speaker" if label == "channel" else label, args=[key])


def _for_machines(episode: Episode) -> Iterator[tuple[str, str]]:
    yield "feed, RSS", reverse("site_rss")
    yield "feed, JSON", reverse("site_json")
    yield "sitemap", reverse("sitemap")
    for part in ("episodes", "entities"):
        yield f"sitemap, {part}", reverse("sitemap_part", args=[part])
    yield "Markdown", reverse("episode_markdown", args=[episode.slug])
    timed_one = Chapter.objects.public().filter(start=0).values_list("episode__slug", flat=True).first()
    if timed_one:
        yield "chapters", reverse("episode_chapters", args=[timed_one])
    yield "episode, card", reverse("episode_card", args=[episode.slug])
    page = urlencode({"url": f"http://testserver{episode.get_absolute_url()}"})
    yield "oEmbed", f"{reverse('oembed')}?{page}"
    yield "stylesheet", stylesheet_address()
    yield "llms.txt", reverse("llms")
