"""The desk's lists at the size of a real library, in a scratch database; part of make bench.

10,000 episodes, 25,000 entities, 84,000 mentions, 46,000 tag links, and sections, quotes, findings and decisions beside
them. Each figure is the median of nine requests in one process; the first, which warms up, is not counted.
"""

from __future__ import annotations

import statistics
import time
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from episodes.models import Decision, Episode, Finding, Mention, Quote, Section, Tag, TaggedEpisode
from people.models import Entity, Speaker

EPISODES, ENTITIES, MENTIONS, TAGS, LINKS = 10_000, 25_000, 84_000, 15_000, 46_000
BATCH = 2_000


def main() -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    start = time.perf_counter()
    with transaction.atomic():
        _fill()
    print(f"  filled in {time.perf_counter() - start:.0f} s")
    user = User.objects.create_user("bench", is_staff=True)
    user.groups.set(Group.objects.filter(name="Editor"))
    client = Client()
    client.force_login(user)
    for label, path in _addresses():
        _time(client, label, path)


def _many(model: Any, rows: Any) -> None:
    model._default_manager.bulk_create(rows, batch_size=BATCH)


def _fill() -> None:
    now = timezone.now()
    _many(Speaker, (Speaker(name=f"Speaker {i}", slug=f"speaker-{i}") for i in range(500)))
    _many(Entity, (Entity(name=f"Entity {i} 实体", slug=f"entity-{i}") for i in range(ENTITIES)))
    _many(Tag, (Tag(name=f"tag {i}", slug=f"tag-{i}") for i in range(TAGS)))
    _many(
        Episode,
        (
            Episode(
                title=f"Episode {i} 访谈",
                slug=f"episode-{i}",
                area=f"area {i % 9}",
                category=f"category {i % 40}",
                aired_on=f"{2010 + i % 16}-0{1 + i % 9}-11",
                summary="摘要" * 100,
                status="published" if i % 3 == 0 else "draft",
                published_at=now if i % 3 == 0 else None,
            )
            for i in range(EPISODES)
        ),
    )
    keys = list(Episode.objects.values_list("pk", flat=True))
    people, entities, tags = (list(m.objects.values_list("pk", flat=True)) for m in (Speaker, Entity, Tag))
    _many(
        Section,
        (Section(episode_id=key, heading=f"Part {n}", text="字" * 400, order=n) for key in keys for n in range(8)),
    )
    _many(
        Quote,
        (
            Quote(episode_id=keys[i % EPISODES], text=f"Quote {i}", speaker_id=people[i % 500], start=i)
            for i in range(30_000)
        ),
    )
    mentions = ((keys[i % EPISODES], entities[i % ENTITIES], f"list {i // 50_000}") for i in range(MENTIONS))
    _many(Mention, (Mention(episode_id=e, entity_id=what, listed_as=name) for e, what, name in mentions))
    pairs = {(keys[i % EPISODES], tags[(i * 7) % TAGS]) for i in range(LINKS)}
    _many(TaggedEpisode, (TaggedEpisode(content_object_id=e, tag_id=t) for e, t in pairs))
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


def _addresses() -> list[tuple[str, str]]:
    desk = "/en/admin"
    first = Episode.objects.order_by("pk").values_list("pk", flat=True)[1]
    lists = [
        (name, f"{desk}/episodes/{name}/") for name in ("episode", "finding", "section", "quote", "mention", "decision")
    ]
    return [
        ("first page", f"{desk}/"),
        *lists,
        ("entity", f"{desk}/people/entity/"),
        ("tag", f"{desk}/episodes/tag/"),
        ("episodes, errors", f"{desk}/episodes/episode/?next=errors"),
        ("episodes, last page", f"{desk}/episodes/episode/?p=200"),
        ("episodes, search", f"{desk}/episodes/episode/?q=访谈"),
        ("entities, search", f"{desk}/people/entity/?q=实体"),
        ("entity box", f"{desk}/autocomplete/?app_label=episodes&model_name=mention&field_name=entity&term=entity"),
        ("review screen", f"{desk}/episodes/episode/{first}/review/"),
        ("episode's form", f"{desk}/episodes/episode/{first}/change/"),
    ]


def _time(client: Client, label: str, path: str) -> None:
    client.get(path)
    times = []
    for _ in range(9):
        start = time.perf_counter()
        answer = client.get(path)
        times.append(time.perf_counter() - start)
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    slowest = max((float(query["time"]) for query in queries), default=0)
    print(
        f"  {label:20} {answer.status_code} {statistics.median(times) * 1000:7.0f} ms  {len(queries):3} queries, "
        f"the slowest {slowest * 1000:.0f} ms"
    )


if __name__ == "__main__":
    main()
