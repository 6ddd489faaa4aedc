"""Related episodes: those that mention the same rarely mentioned entities."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import IntegerField, OuterRef, Subquery

from episodes import derived
from episodes.bases.prepared import Prepared
from episodes.models import Episode, Mention
from episodes.notes.visible_text import shown
from people.models import Entity

# Entities compared, and the number of episodes above which an entity is too common to relate two.
_MAX_ENTITIES, _MAX_EPISODES = 16, derived.RARE
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


class _Counted(Subquery):
    """The number of rows of a subquery."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def _rare_entities(episode: int) -> Any:
    """Return (key, number of public episodes) of the rarest entities of the episode with more than one episode."""
    # No more are counted than matter: some entities are in thousands of episodes.
    counted = Mention.objects.public().filter(entity=OuterRef("pk")).order_by().values("episode").distinct()
    rows = Entity.objects.not_rejected().filter(pk__in=Mention.objects.shown().filter(episode=episode).values("entity"))
    shared = rows.annotate(n=_Counted(counted[: _MAX_EPISODES + 1])).filter(n__gt=1, n__lte=_MAX_EPISODES)
    return shared.order_by("n", "pk").values_list("pk", "n")[:_MAX_ENTITIES]


def _also_mentioning(episode: int, entities: list[int]) -> Any:
    rows = Mention.objects.public().filter(entity__in=entities).exclude(episode=episode).order_by()
    columns = ("episode__slug", "episode__title", "episode__language", "entity", "entity__name", "entity__slug")
    return rows.values_list("episode", *columns).distinct()


_RARE_ENTITIES = Prepared(_rare_entities, episode=int)
_ALSO_MENTIONING = Prepared(_also_mentioning, episode=int, entities=_MAX_ENTITIES)


def related_to(episode: Episode) -> list[Related]:
    """Return at most MAX_RELATED episodes, the closest first. Two queries, one without shared entities."""
    rarity: dict[int, int] = dict(_RARE_ENTITIES.rows(episode=episode.pk))
    rows = _ALSO_MENTIONING.rows(episode=episode.pk, entities=list(rarity))
    related: dict[int, Related] = {}
    for key, slug, title, language, entity, name, entity_slug in sorted(rows, key=lambda row: (rarity[row[4]], row[4])):
        other = related.setdefault(key, Related(slug, shown(title) or slug, language))
        other.weight += 1 / rarity[entity]
        other.shared.append((name, entity_slug))
    # A single shared entity counts only if at most three episodes mention it.
    close = [other for other in related.values() if len(other.shared) > 1 or other.weight >= 1 / 3]
    return sorted(close, key=lambda other: (-other.weight, other.slug))[:MAX_RELATED]
