"""State of the public site: last change, and the sections with enough entries for the menu.

With stored pages one small row tells it (`SiteRevision`); its computed columns are filled in by the first request after
a public change. Without them it is computed from the public rows. One query either way.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import Error
from django.db.models import DateTimeField, IntegerField, Max, QuerySet, Subquery
from django.db.models.functions import Greatest, Lower
from django.utils import timezone

from episodes import derived
from episodes.bases.lock_wait import without_waiting
from episodes.models import Decision, Episode, Gloss, Mention, Prediction, Quote, SiteRevision, TaggedEpisode
from episodes.site.cache import NO_CACHE, State, StateCache
from people.models import Speaker, entity_not_rejected

# Entries from which a section is in the menu and in the sitemap.
MIN_ENTRIES = 5


@dataclass(frozen=True)
class SiteState:
    """Last change of what visitors see, and the names of sections with at least MIN_ENTRIES entries.

    revision   of the site when this was read; None if pages are not stored
    scheduled  moments of future publications in seconds since 1970, each with the keys of what they alter
    """

    changed: datetime | None
    listed_sections: frozenset[str]
    # Enabled by `site_state` only, which loads the state of the whole site.
    state_cache: StateCache = NO_CACHE
    revision: int | None = None
    scheduled: tuple[tuple[float, frozenset[str]], ...] = ()

    @property
    def menu(self) -> str:
        """The sections as `SiteRevision.sections` has them."""
        return menu_of(self.listed_sections)


_SECTIONS = ("speakers", "entities", "quotes", "predictions", "tags", "series", "glossary")


def menu_of(sections: frozenset[str]) -> str:
    """Return the names of sections in the order of the menu, separated by spaces."""
    return " ".join(name for name in _SECTIONS if name in sections)


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


def site_state() -> SiteState:
    """Return the state of the site. One query, and two more in the first request after a public change."""
    if not settings.STORED_PAGES:
        return _computed()
    stored = SiteRevision.objects.filter(pk=SiteRevision.KEY).first() or _first_revision()
    if stored.details is None or _has_passed(stored.details):
        _fill(stored)
    details: dict[str, Any] = stored.details or {}
    changed = max(stored.changed_at, datetime.fromisoformat(details["appeared"]))
    scheduled = tuple((moment, frozenset(keys)) for moment, keys in details["scheduled"])
    version = State(changed.isoformat(), details["episodes"], stored.revision)
    return SiteState(
        changed, frozenset((stored.sections or "").split()), StateCache(version), stored.revision, scheduled
    )


def _first_revision() -> SiteRevision:
    """Create the row on a site where nothing was ever published."""
    fresh = SiteRevision(pk=SiteRevision.KEY, changed_at=timezone.now())
    with suppress(Error), without_waiting():
        SiteRevision.objects.bulk_create([fresh], ignore_conflicts=True)
    return SiteRevision.objects.filter(pk=SiteRevision.KEY).first() or fresh


def _has_passed(details: dict[str, Any]) -> bool:
    """Return whether a scheduled publication has come since these details were computed."""
    return any(moment <= timezone.now().timestamp() for moment, _keys in details["scheduled"])


def _fill(stored: SiteRevision) -> None:
    """Compute the columns of this revision, and store them unless the site has changed meanwhile or is being written.

    Read after the revision: what another transaction commits in between has raised it.
    """
    computed = _computed()
    scheduled = Episode.objects.filter(
        status__in=Episode.PUBLIC_STATUSES, published_at__gt=timezone.now(), revises__isnull=True
    )
    moments: dict[int, Any] = dict(scheduled.order_by().values_list("pk", "published_at"))
    keys = derived.shown_keys(moments) if moments else {}
    appeared = Episode.objects.public().order_by().aggregate(last=Max("published_at"))["last"]
    stored.sections = computed.menu
    stored.details = {
        "episodes": computed.state_cache.state.episodes,
        "appeared": (appeared or stored.changed_at).isoformat(),
        "scheduled": [[moment.timestamp(), sorted(keys[key])] for key, moment in moments.items()],
    }
    # Refused while another process writes; the next request computes it again then.
    with suppress(Error), without_waiting():
        rows = SiteRevision.objects.filter(pk=SiteRevision.KEY, revision=stored.revision)
        rows.update(sections=stored.sections, details=stored.details)


def _computed() -> SiteState:
    """Return the state from the public rows. One query."""
    row = _public_or_withdrawn().annotate(**_columns()).only("pk").first()
    if row is None:
        return SiteState(None, frozenset())
    known = [moment for moment in (row.moment, row.people_decided) if moment is not None]
    changed = max(known, default=None)
    sections = frozenset(name for name in _SECTIONS if getattr(row, f"count_{name}") >= MIN_ENTRIES)
    version = State(changed.isoformat() if changed else "", row.public_now, row.decided)
    return SiteState(changed, sections, StateCache(version))


def _columns() -> dict[str, Any]:
    return {
        "people_decided": _people_decision_count(),
        "public_now": _Counted(Episode.objects.public().order_by().values("pk")),
        "decided": _Counted(Decision.objects.order_by().values("pk")),
        **_section_counts(),
    }


def _public_or_withdrawn() -> Any:
    """Return public and withdrawn episodes with the `moment` of their last change, latest first.

    Withdrawn episodes count: without them the date would go back, and a cached page that still shows one would be
    confirmed with 304. `published_at` counts because `changed_at` does not move when a scheduled episode appears.
    """
    episodes = Episode.objects.public() | Episode.objects.tombstones()
    return episodes.annotate(moment=Greatest("changed_at", "published_at", output_field=DateTimeField())).order_by(
        "-moment"
    )
