"""State of the public site: last change, and the sections with enough entries for the menu.

One query; the page of a single object gets it with the object's own row.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import DateTimeField, IntegerField, Max, QuerySet, Subquery
from django.db.models.functions import Greatest, Lower

from episodes.models import Decision, Episode, Gloss, Mention, Prediction, Quote, TaggedEpisode
from episodes.site.cache import NO_CACHE, State, StateCache
from people.models import Speaker, entity_not_rejected

# Entries from which a section is in the menu and in the sitemap.
MIN_ENTRIES = 5


@dataclass(frozen=True)
class SiteState:
    """Last change of what visitors see, and the names of sections with at least MIN_ENTRIES entries."""

    changed: datetime | None
    listed_sections: frozenset[str]
    # Enabled by `site_state` only, which loads the state of the whole site.
    state_cache: StateCache = NO_CACHE


_SECTIONS = ("speakers", "entities", "quotes", "predictions", "tags", "series", "glossary")


class _Counted(Subquery):
    """The number of rows of a subquery."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def _count_up_to_minimum(rows: QuerySet, key: str) -> _Counted:
    """Return the number of distinct keys, at most MIN_ENTRIES, so that the database can stop early.

    No OFFSET: SQLite 3.40 ignores it together with DISTINCT in EXISTS and in scalar subqueries.
    """
    return _Counted(rows.order_by().values(key).distinct()[:MIN_ENTRIES])


def _section_counts() -> dict[str, Any]:
    """Return an annotation per section. Entities are counted by their mentions: SQLite would scan all entities."""
    return {
        "count_speakers": _count_up_to_minimum(Speaker.objects.public(), "pk"),
        "count_entities": _count_up_to_minimum(Mention.objects.public().filter(entity_not_rejected()), "entity"),
        "count_quotes": _count_up_to_minimum(Quote.objects.public(), "pk"),
        "count_predictions": _count_up_to_minimum(Prediction.objects.public(), "pk"),
        "count_tags": _count_up_to_minimum(TaggedEpisode.objects.public(), "tag"),
        "count_series": _count_up_to_minimum(Episode.objects.public().exclude(series=""), "series"),
        "count_glossary": _count_up_to_minimum(Gloss.objects.public().annotate(key=Lower("term")), "key"),
    }


def _people_decision_count() -> Subquery:
    """Return the time of the last decision on a speaker or an entity, whose names appear on many pages."""
    # Grouped rather than sorted, so that the index on the target is used.
    decided = Decision.objects.filter(target_type__app_label="people").order_by()
    return Subquery(decided.values("target_type__app_label").annotate(last=Max("at")).values("last"))


def _state_of(row: Any, *moments: datetime | None) -> SiteState:
    known = [moment for moment in (*moments, row.people_decided) if moment is not None]
    sections = frozenset(name for name in _SECTIONS if getattr(row, f"count_{name}") >= MIN_ENTRIES)
    return SiteState(max(known, default=None), sections)


def with_state(queryset: QuerySet) -> QuerySet:
    """Annotate the row of a page with what `row_state` needs, so that it takes no extra query."""
    return queryset.annotate(people_decided=_people_decision_count(), **_section_counts())


def row_state(row: Any, episode: Episode) -> SiteState:
    """Return the state for a page about one episode. A change of the menu alters its ETag, not its date."""
    return _state_of(row, episode.changed_at, episode.published_at)


def with_site_state(queryset: QuerySet) -> QuerySet:
    """Annotate the row of a page with what `site_row_state` needs."""
    moment = Subquery(_public_or_withdrawn().values("moment")[:1], output_field=DateTimeField())
    return with_state(queryset).annotate(site_changed=moment)


def site_row_state(row: Any) -> SiteState:
    """Return the state for a page about one object that also names other episodes, which may be withdrawn."""
    return _state_of(row, row.site_changed)


def site_state() -> SiteState:
    """Return the state for pages about many objects. One query."""
    row = (
        with_state(_public_or_withdrawn())
        .annotate(public_now=_public_count(), decided=_decision_count())
        .only("pk")
        .first()
    )
    if row is None:
        return SiteState(None, frozenset())
    state = _state_of(row, row.moment)
    version = State(state.changed.isoformat() if state.changed else "", row.public_now, row.decided)
    return replace(state, state_cache=StateCache(version))


def _public_or_withdrawn() -> Any:
    """Return public and withdrawn episodes with the `moment` of their last change, latest first.

    Withdrawn episodes count: without them the date would go back, and a cached page that still shows one would be
    confirmed with 304. `published_at` counts because `changed_at` does not move when a scheduled episode appears.
    """
    episodes = Episode.objects.public() | Episode.objects.tombstones()
    return episodes.annotate(moment=Greatest("changed_at", "published_at")).order_by("-moment")


def _public_count() -> _Counted:
    return _Counted(Episode.objects.public().order_by().values("pk"))


def _decision_count() -> _Counted:
    return _Counted(Decision.objects.order_by().values("pk"))
