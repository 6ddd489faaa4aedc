"""Querysets of public rows for pages: annotated with the credited name, limited to the columns that are shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db.models import Case, CharField, F, QuerySet, Value, When
from django.db.models.query import ModelIterable

from episodes.bases.prepared import Prepared
from episodes.derived import counted_episodes
from episodes.models import Appearance, Episode, Mention, Prediction, Quote, Tag, TaggedEpisode
from episodes.site.contexts.prepared_rows import PreparedRows, StatementRows
from episodes.site.contexts.stored_texts import with_summary_line
from episodes.site.contexts.visible_rows import visible_rows
from episodes.site.lists import stored_counts
from people.models import Alias, Entity, Speaker, speaker_not_rejected

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


def episodes_crediting(speaker: Speaker | int) -> QuerySet[Episode]:
    """Return the public episodes that credit the speaker."""
    return _holding(Appearance.objects.filter(speaker=speaker), "episode")


def episodes_mentioning(entity: Entity | int) -> QuerySet[Episode]:
    """Return the public episodes that mention the entity."""
    return _holding(Mention.objects.shown().filter(entity=entity), "episode")


def episodes_tagged(tag: Tag | int) -> QuerySet[Episode]:
    """Return the public episodes with the tag."""
    return _holding(TaggedEpisode.objects.filter(tag=tag), "content_object")


def _holding(rows: QuerySet, key: str) -> QuerySet[Episode]:
    return Episode.objects.public_checked().filter(pk__in=rows.order_by().values(key))


# --- rows of lists


def _credits(episodes: list[int]) -> Any:
    credited = with_credited_name(Appearance.objects.filter(episode__in=episodes))
    return credited.values_list("episode", "role", "by_name", "by_slug")


# As many as the largest number of cards on a page, and in a feed or llms.txt.
_CREDITS = {most: Prepared(_credits, episodes=most) for most in (8, 32, 128)}


class Credit(NamedTuple):
    """A credited name of an episode."""

    role: str
    by_name: str
    by_slug: str


class _CardIterable(ModelIterable):
    """Rows with their appearances in `credits`. Two queries."""

    def __iter__(self) -> Iterator[Any]:
        rows = list(super().__iter__())
        largest = max(_CREDITS)
        for begin in range(0, len(rows), largest):
            yield from _with_credits(rows[begin : begin + largest])


def _with_credits(rows: list[Any]) -> list[Any]:
    most = min(most for most in _CREDITS if most >= len(rows))
    credits: dict[int, list[Credit]] = defaultdict(list)
    for episode, *credit in _CREDITS[most].rows(episodes=[row.pk for row in rows]):
        credits[episode].append(Credit(*credit))
    for row in rows:
        row.credits = credits[row.pk]
    return rows


def for_cards(queryset: Any) -> QuerySet[Episode]:
    """Return episodes for episode cards, with their appearances in `credits`. Two queries."""
    rows = with_summary_line(queryset.listed())
    rows._iterable_class = _CardIterable
    return rows


CARDS = PreparedRows(lambda: for_cards(Episode.objects.public_checked()), total=counted_episodes)
CARDS_OF_SPEAKER = PreparedRows(
    lambda speaker: for_cards(episodes_crediting(speaker)),
    lambda speaker: stored_counts.episodes_with("speaker", speaker),
    speaker=int,
)
CARDS_OF_ENTITY = PreparedRows(
    lambda entity: for_cards(episodes_mentioning(entity)),
    lambda entity: stored_counts.episodes_with("entity", entity),
    entity=int,
)
CARDS_OF_TAG = PreparedRows(
    lambda tag: for_cards(episodes_tagged(tag)), lambda tag: stored_counts.episodes_with("tag", tag), tag=int
)
CARDS_OF_SERIES = PreparedRows(
    lambda name: for_cards(Episode.objects.public_checked().filter(series=name)),
    lambda name: stored_counts.episodes_with("series", name),
    name=str,
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


QUOTES = StatementRows(Quote, quotes_for_list, total=stored_counts.quotes)
PREDICTIONS = StatementRows(
    Prediction, lambda: predictions_for_list("criteria", "evidence"), total=stored_counts.predictions
)


# --- other names


def _aliases(**of: int) -> QuerySet:
    return Alias.objects.filter(**of).values_list("name", flat=True)


_ALIASES = {Speaker: Prepared(_aliases, speaker=int), Entity: Prepared(_aliases, entity=int)}


def other_names(named: Speaker | Entity) -> list[str]:
    """Return the aliases of a speaker or an entity. One query."""
    return _ALIASES[type(named)].rows(**{str(named._meta.model_name): named.pk})
