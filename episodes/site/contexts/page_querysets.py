"""Querysets of public rows for pages: annotated with the credited name, limited to the columns that are shown."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, CharField, F, Prefetch, QuerySet, Value, When

from episodes.models import Appearance, Episode, Mention, Prediction, Quote, Tag, TaggedEpisode
from episodes.site.contexts.visible_rows import visible_rows
from people.models import Entity, Speaker, speaker_not_rejected

# Newest recording first, as in the list of episodes, then by time within the recording.
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


def with_credited_name(queryset: QuerySet) -> QuerySet:
    """Annotate `by_name` and `by_slug`: the speaker's name and slug, or the label in the note and "".

    A rejected speaker counts as none.
    """
    kept = speaker_not_rejected()
    return queryset.annotate(
        by_name=Case(When(kept, then=F("speaker__name")), default=F("label"), output_field=CharField()),
        by_slug=Case(When(kept, then=F("speaker__slug")), default=Value(""), output_field=CharField()),
    )


# --- episodes of a speaker, an entity, a tag: for their pages and feeds


def episodes_crediting(speaker: Speaker) -> QuerySet[Episode]:
    """Return the public episodes that credit the speaker."""
    return _holding(Appearance.objects.public().filter(speaker=speaker), "episode")


def episodes_mentioning(entity: Entity) -> QuerySet[Episode]:
    """Return the public episodes that mention the entity."""
    return _holding(Mention.objects.public().filter(entity=entity), "episode")


def episodes_tagged(tag: Tag) -> QuerySet[Episode]:
    """Return the public episodes with the tag."""
    return _holding(TaggedEpisode.objects.public().filter(tag=tag), "content_object")


def _holding(rows: QuerySet, key: str) -> QuerySet[Episode]:
    return Episode.objects.public().filter(pk__in=rows.order_by().values(key))


# --- rows of lists


def for_cards(queryset: Any) -> QuerySet[Episode]:
    """Return episodes for episode cards, with their appearances in `credits`. Two queries."""
    return queryset.listed().prefetch_related(
        Prefetch("appearances", with_credited_name(Appearance.objects.all()), "credits")
    )


def quotes_for_list(*columns: str) -> QuerySet[Quote]:
    """Return public quotes. columns: further columns to load."""
    return _statements(Quote.objects.public(), "text", "context", *columns)


def predictions_for_list(*columns: str) -> QuerySet[Prediction]:
    """Return public predictions. columns: further columns to load."""
    own = ("words", "claim", "horizon", "due_on", "outcome", "resolved_on", "self_resolved", *columns)
    return _statements(Prediction.objects.public(), *own)


def _statements(queryset: Any, *columns: str) -> Any:
    own = ("status", "self_verified", "start", "start_raw", "label", *columns)
    return (
        visible_rows(with_credited_name(queryset))
        .select_related("episode")
        .only(*own, *_EPISODE_COLUMNS)
        .order_by(*_BY_EPISODE)
    )
