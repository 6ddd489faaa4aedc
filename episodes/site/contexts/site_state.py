"""When the site last changed, and which rooms are open. One query, and none of its own for the page of one thing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import DateTimeField, IntegerField, Max, QuerySet, Subquery
from django.db.models.functions import Greatest, Lower

from episodes.models import Decision, Episode, Gloss, Mention, Prediction, Quote, TaggedEpisode
from episodes.site.cache import NO_CACHE, State, StateCache
from people.models import Speaker, entity_not_rejected

# Fewer entries than these make no room of their own.
FEWEST = 5


@dataclass(frozen=True)
class SiteState:
    """Last change of what visitors see, and the parts of the menu that hold enough to be worth a visit."""

    changed: datetime | None
    rooms: frozenset[str]
    # Only `site_state` knows the state of the whole site; elsewhere nothing is remembered.
    state_cache: StateCache = NO_CACHE


_ROOMS = ("speakers", "entities", "quotes", "predictions", "tags", "series", "glossary")


class _Counted(Subquery):
    """How many rows a subquery has."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def _upto_five(rows: QuerySet, key: str) -> _Counted:
    """How many different keys there are; the database stops at the fifth.

    Not asked for by an OFFSET: in EXISTS, and where one value is wanted, SQLite 3.40 forgets it beside DISTINCT.
    """
    return _Counted(rows.order_by().values(key).distinct()[:FEWEST])


def _open_rooms() -> dict[str, Any]:
    """An annotation for each room, asked of the rows that open it: SQLite would walk all the entities."""
    return {
        "room_speakers": _upto_five(Speaker.objects.public(), "pk"),
        "room_entities": _upto_five(Mention.objects.public().filter(entity_not_rejected()), "entity"),
        "room_quotes": _upto_five(Quote.objects.public(), "pk"),
        "room_predictions": _upto_five(Prediction.objects.public(), "pk"),
        "room_tags": _upto_five(TaggedEpisode.objects.public(), "tag"),
        "room_series": _upto_five(Episode.objects.public().exclude(series=""), "series"),
        "room_glossary": _upto_five(Gloss.objects.public().annotate(key=Lower("term")), "key"),
    }


def _people_decided() -> Subquery:
    """When a speaker or an entity was last decided upon: their words appear on pages of many episodes."""
    # Grouped rather than sorted: the index on the target finds the few decisions about people among all.
    decided = Decision.objects.filter(target_type__app_label="people").order_by()
    return Subquery(decided.values("target_type__app_label").annotate(last=Max("at")).values("last"))


def _state_of(row: Any, *moments: datetime | None) -> SiteState:
    known = [moment for moment in (*moments, row.people_decided) if moment is not None]
    rooms = frozenset(name for name in _ROOMS if getattr(row, f"room_{name}") >= FEWEST)
    return SiteState(max(known, default=None), rooms)


def with_state(queryset: QuerySet) -> QuerySet:
    """The row of a page with what `row_state` needs, so that it costs no query of its own."""
    return queryset.annotate(people_decided=_people_decided(), **_open_rooms())


def row_state(row: Any, episode: Episode) -> SiteState:
    """For a page that shows one episode. The menu is furniture: a room that opens changes the ETag, not the date."""
    return _state_of(row, episode.changed_at, episode.published_at)


def with_site_state(queryset: QuerySet) -> QuerySet:
    """The same for `site_row_state`."""
    moment = Subquery(_seen().values("moment")[:1], output_field=DateTimeField())
    return with_state(queryset).annotate(site_changed=moment)


def site_row_state(row: Any) -> SiteState:
    """For a page of one thing that names others beside it, which may be withdrawn."""
    return _state_of(row, row.site_changed)


def site_state() -> SiteState:
    """For pages that show many. One query."""
    row = with_state(_seen()).annotate(public_now=_public_now(), decided=_decided()).only("pk").first()
    if row is None:
        return SiteState(None, frozenset())
    found = _state_of(row, row.moment)
    version = State(found.changed.isoformat() if found.changed else "", row.public_now, row.decided)
    return replace(found, state_cache=StateCache(version))


def _seen() -> Any:
    """What visitors see or once saw, with the `moment` of its last change, the latest first.

    Withdrawn episodes count: without them the date would go back as one leaves, and a page that still shows it would be
    confirmed with 304. Both moments count: `changed_at` does not move as a scheduled episode's hour comes.
    """
    seen = Episode.objects.public() | Episode.objects.tombstones()
    return seen.annotate(moment=Greatest("changed_at", "published_at")).order_by("-moment")


def _public_now() -> _Counted:
    return _Counted(Episode.objects.public().order_by().values("pk"))


def _decided() -> _Counted:
    return _Counted(Decision.objects.order_by().values("pk"))
