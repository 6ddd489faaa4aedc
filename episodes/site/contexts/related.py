"""Other episodes that talk of the same rare things: what two share, and few others do, is the reason to go on there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, IntegerField, OuterRef, Subquery

from episodes.models import Episode, Mention
from episodes.notes.visible_text import shown
from people.models import Entity

# What everybody talks of says nothing; what nobody else does leads nowhere.
_RAREST, _MOST_EPISODES = 16, 40
SHOWN = 4


@dataclass
class Related:
    slug: str
    title: str
    language: str
    # (name, slug) of what both talk of, the rarest first.
    shared: list[tuple[str, str]] = field(default_factory=list)
    weight: float = 0


def related_to(episode: Episode, entity_slugs: Iterable[str]) -> list[Related]:
    """At most four, the closest first. Two queries; none where nothing is mentioned."""
    slugs = set(entity_slugs)
    rarity = _rarity(slugs) if slugs else {}
    if not rarity:
        return []
    rows = (
        Mention.objects.public()
        .filter(entity__in=rarity)
        .exclude(episode=episode.pk)
        .order_by()
        .values_list(
            "episode", "episode__slug", "episode__title", "episode__language", "entity", "entity__name", "entity__slug"
        )
        .distinct()
    )
    found: dict[int, Related] = {}
    for key, slug, title, language, entity, name, entity_slug in sorted(rows, key=lambda row: (rarity[row[4]], row[4])):
        other = found.setdefault(key, Related(slug, shown(title) or slug, language))
        other.weight += 1 / rarity[entity]
        other.shared.append((name, entity_slug))
    # One thing in common is chance, unless hardly anybody else speaks of it.
    close = [other for other in found.values() if len(other.shared) > 1 or other.weight >= 1 / 3]
    return sorted(close, key=lambda other: (-other.weight, other.slug))[:SHOWN]


def _rarity(slugs: set[str]) -> dict[int, int]:
    """{entity: number of public episodes that mention it} of the rarest that more than one mentions."""
    counted = Mention.objects.public().filter(entity=OuterRef("pk")).order_by().values("entity")
    number = Subquery(counted.annotate(n=Count("episode", distinct=True)).values("n"), output_field=IntegerField())
    shared = Entity.objects.not_rejected().filter(slug__in=slugs).annotate(n=number)
    return dict(shared.filter(n__gt=1, n__lte=_MOST_EPISODES).order_by("n", "pk").values_list("pk", "n")[:_RAREST])
