"""A site of ten thousand episodes in a scratch database, and the timing of requests to it; part of make bench.

10,000 episodes, 25,000 entities, 84,000 mentions, 46,000 tag links, and sections, quotes, predictions, terms, findings
and decisions beside them. A few speakers, entities and tags are in every tenth episode, as in a real library.
"""

from __future__ import annotations

import statistics
import time
from datetime import timedelta
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection, transaction
from django.http.response import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from episodes.models import (
    Appearance,
    Decision,
    Episode,
    Finding,
    Gloss,
    Mention,
    Prediction,
    Quote,
    Section,
    Tag,
    TaggedEpisode,
)
from episodes.rendering.page import stamped
from people.models import Entity, Speaker

EPISODES, ENTITIES, MENTIONS, TAGS, LINKS = 10_000, 25_000, 84_000, 15_000, 46_000
SPEAKERS, CHANNELS = 500, 5
BATCH = 2_000


def _many(model: Any, rows: Any) -> None:
    model._default_manager.bulk_create(rows, batch_size=BATCH)


def fill() -> None:
    start = time.perf_counter()
    with transaction.atomic():
        _names()
        _episodes()
        keys = list(Episode.objects.values_list("pk", flat=True))
        _words(keys)
        _named(keys)
        _records(keys)
    print(f"  filled in {time.perf_counter() - start:.0f} s")


def publish() -> None:
    """Make everything public that `fill` created."""
    now = timezone.now()
    Episode.objects.update(status="published", published_at=now, changed_at=now)


def _names() -> None:
    kinds = Entity.Kind.values
    _many(
        Speaker,
        (
            Speaker(name=f"Speaker {i}", slug=f"speaker-{i}", kind="channel" if i < CHANNELS else "person")
            for i in range(SPEAKERS)
        ),
    )
    _many(
        Entity,
        (Entity(name=f"Entity {i} 实体", slug=f"entity-{i}", kind=kinds[i % len(kinds)]) for i in range(ENTITIES)),
    )
    _many(Tag, (Tag(name=f"tag {i}", slug=f"tag-{i}") for i in range(TAGS)))


def _episodes() -> None:
    now = timezone.now()
    _many(
        Episode,
        (
            Episode(
                title=f"Episode {i} 访谈",
                slug=f"episode-{i}",
                area=f"area {i % 9}",
                category=f"category {i % 40}",
                series=f"series {i % 200}" if i % 5 == 0 else "",
                aired_on=f"{2010 + i % 16}-0{1 + i % 9}-11",
                summary="摘要" * 100,
                status="published" if i % 3 == 0 else "draft",
                published_at=now if i % 3 == 0 else None,
            )
            for i in range(EPISODES)
        ),
    )


def _words(keys: list[int]) -> None:
    html = stamped(f"<p>{'字' * 400}</p>")
    _many(
        Section,
        (
            Section(episode_id=key, heading=f"Part {n}", text="字" * 400, html=html, order=n)
            for key in keys
            for n in range(8)
        ),
    )
    first = dict(Section.objects.filter(order=0).values_list("episode", "pk"))
    _many(
        Gloss,
        (
            Gloss(
                episode_id=keys[i % EPISODES],
                section_id=first[keys[i % EPISODES]],
                term=f"{'abcdefghijklmnopqrstuvwxyz字'[i % 27]} term {i % 27_000}",
                explanation=f"what it means {i}",
            )
            for i in range(40_000)
        ),
    )


def _named(keys: list[int]) -> None:
    people, entities, tags = (list(m.objects.values_list("pk", flat=True)) for m in (Speaker, Entity, Tag))
    today = timezone.localdate()
    said = [(keys[i % EPISODES], people[i % SPEAKERS], i) for i in range(30_000)]
    _many(Quote, (Quote(episode_id=e, text=f"Quote {i}", speaker_id=who, start=i) for e, who, i in said))
    _many(
        Prediction,
        (
            Prediction(
                episode_id=e,
                words=f"Prediction {i}",
                speaker_id=who,
                start=i,
                due_on=today + timedelta(days=i % 2_000 - 500),
            )
            for e, who, i in said[:12_000]
        ),
    )
    credited = [(key, people[i % CHANNELS], "channel") for i, key in enumerate(keys)]
    guests = people[CHANNELS:]
    for k in (1, 3):
        credited += [(key, guests[i * k % len(guests)], f"guest {k}") for i, key in enumerate(keys)]
    _many(Appearance, (Appearance(episode_id=e, speaker_id=who, label=label) for e, who, label in credited))
    mentions = (
        (keys[i % EPISODES], entities[i // 10 % 3 if i % 10 == 0 else i % ENTITIES], i // EPISODES)
        for i in range(MENTIONS)
    )
    _many(Mention, (Mention(episode_id=e, entity_id=what, listed_as=f"list {n}") for e, what, n in mentions))
    pairs = {(keys[i % EPISODES], tags[i // 10 % 3 if i % 10 == 0 else (i * 7) % TAGS]) for i in range(LINKS)}
    _many(TaggedEpisode, (TaggedEpisode(content_object_id=e, tag_id=t) for e, t in pairs))


def _records(keys: list[int]) -> None:
    _many(
        Finding,
        (
            Finding(
                episode_id=keys[i % EPISODES],
                code=f"code-{i % 25}",
                severity=("info", "warning", "error")[i % 3],
                message=f"Finding {i}",
                origin="check",
                fingerprint=str(i),
            )
            for i in range(40_000)
        ),
    )
    by = User.objects.create_user("many", is_staff=True)
    kind = ContentType.objects.get_for_model(Episode)
    _many(
        Decision,
        (
            Decision(target_type=kind, target_id=keys[i % EPISODES], from_status="draft", to_status="in_review", by=by)
            for i in range(50_000)
        ),
    )


# --- timing


class Timing(NamedTuple):
    """Seconds: `anew` with empty caches, `again` with warm ones, and the slowest query."""

    answer: HttpResponseBase
    anew: float
    again: float
    queries: int
    slowest_query: float


def measure(client: Client, path: str, **kwargs: Any) -> Timing:
    """Return medians of five and nine requests in one process; the first, which warms up, is not counted."""
    answer = client.get(path, **kwargs)
    anew = [_once(client, path, kwargs, forget=True) for _ in range(5)]
    again = [_once(client, path, kwargs) for _ in range(9)]
    with CaptureQueriesContext(connection) as queries:
        client.get(path, **kwargs)
    slowest = max((float(query["time"]) for query in queries), default=0)
    return Timing(answer, statistics.median(anew), statistics.median(again), len(queries), slowest)


def _once(client: Client, path: str, kwargs: dict[str, Any], forget: bool = False) -> float:
    if forget:
        cache.clear()
    start = time.perf_counter()
    client.get(path, **kwargs)
    return time.perf_counter() - start
