"""Querysets as pages need them: with the names of who is credited, without the columns nobody sees."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, CharField, F, Prefetch, QuerySet, Value, When

from episodes.models import Appearance, Episode, Mention, Prediction, Quote, Tag, TaggedEpisode
from episodes.site.contexts.visible_rows import visible_rows
from people.models import Entity, Speaker, speaker_not_rejected

# Newest recording first, as in the list of episodes; within one by its clock.
_BY_EPISODE = (F("episode__aired_on").desc(nulls_last=True), "-episode", F("start").asc(nulls_last=True), "pk")
BY_DUE_DATE = (F("due_on").asc(nulls_last=True), *_BY_EPISODE)
_EPISODE_COLUMNS = [
    f"episode__{name}"
    for name in (
        "title",
        "slug",
        "language",
        "source_url",
        "duration",
        "aired_on",
        "changed_at",
        "published_at",
        "form",
    )
]


def credited(queryset: QuerySet) -> QuerySet:
    """Adds `by_name` and `by_slug`: the speaker's name and address, or the label as the note spells it and none.

    A rejected speaker has no page, and its name is not shown either.
    """
    kept = speaker_not_rejected()
    return queryset.annotate(
        by_name=Case(When(kept, then=F("speaker__name")), default=F("label"), output_field=CharField()),
        by_slug=Case(When(kept, then=F("speaker__slug")), default=Value(""), output_field=CharField()),
    )


# --- the episodes of one thing: those its page lists, and its feed


def crediting(speaker: Speaker) -> QuerySet[Episode]:
    return _holding(Appearance.objects.public().filter(speaker=speaker), "episode")


def mentioning(entity: Entity) -> QuerySet[Episode]:
    return _holding(Mention.objects.public().filter(entity=entity), "episode")


def tagged(tag: Tag) -> QuerySet[Episode]:
    return _holding(TaggedEpisode.objects.public().filter(tag=tag), "content_object")


def _holding(rows: QuerySet, key: str) -> QuerySet[Episode]:
    return Episode.objects.public().filter(pk__in=rows.order_by().values(key))


# --- rows of lists


def for_cards(queryset: Any) -> QuerySet[Episode]:
    """Episodes for a list: two queries, whatever their number. `credits` holds who is credited."""
    return queryset.listed().prefetch_related(Prefetch("appearances", credited(Appearance.objects.all()), "credits"))


def quotes_for_list(*columns: str) -> QuerySet[Quote]:
    """`columns` adds what only the quote's own page needs."""
    return _said(Quote.objects.public(), "text", "context", *columns)


def predictions_for_list(*columns: str) -> QuerySet[Prediction]:
    """`columns` adds what only the ledger and the prediction's own page show."""
    shown = ("words", "claim", "horizon", "due_on", "outcome", "resolved_on", "self_resolved", *columns)
    return _said(Prediction.objects.public(), *shown)


def _said(queryset: Any, *columns: str) -> Any:
    own = ("status", "self_verified", "start", "start_raw", "label", *columns)
    return (
        visible_rows(credited(queryset)).select_related("episode").only(*own, *_EPISODE_COLUMNS).order_by(*_BY_EPISODE)
    )
