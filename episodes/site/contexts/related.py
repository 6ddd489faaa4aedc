"""Related episodes: those that mention the same rarely mentioned entities."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, IntegerField, OuterRef, Subquery

from episodes.models import Episode, Mention
from episodes.notes.visible_text import shown
from people.models import Entity

# Entities compared, and the number of episodes above which an entity is too common to relate two.
_MAX_ENTITIES, _MAX_EPISODES = 16, 40
MAX_RELATED = 4


@dataclass
class Related:
    """A related episode."""

    slug: str
    title: str
    language: str
    # (name, slug) of shared entities, the rarest first.
    shared: list[tuple[str, str]] = field(default_factory=list)
    weight: float = 0


def related_to(episode: Episode, entity_slugs: Iterable[str]) -> list[Related]:
    """Return at most MAX_RELATED episodes, the closest first. Two queries, none without entities."""
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
    related: dict[int, Related] = {}
    for key, slug, title, language, entity, name, entity_slug in sorted(rows, key=lambda row: (rarity[row[4]], row[4])):
        other = related.setdefault(key, Related(slug, shown(title) or slug, language))
        other.weight += 1 / rarity[entity]
        other.shared.append((name, entity_slug))
    # A single shared entity counts only if at most three episodes mention it.
    close = [other for other in related.values() if len(other.shared) > 1 or other.weight >= 1 / 3]
    return sorted(close, key=lambda other: (-other.weight, other.slug))[:MAX_RELATED]


def _rarity(slugs: set[str]) -> dict[int, int]:
    """Return {entity key: number of public episodes} of the rarest entities with more than one episode."""
    counted = Mention.objects.public().filter(entity=OuterRef("pk")).order_by().values("entity")
    number = Subquery(counted.annotate(n=Count("episode", distinct=True)).values("n"), output_field=IntegerField())
    shared = Entity.objects.not_rejected().filter(slug__in=slugs).annotate(n=number)
    return dict(shared.filter(n__gt=1, n__lte=_MAX_EPISODES).order_by("n", "pk").values_list("pk", "n")[:_MAX_ENTITIES])
