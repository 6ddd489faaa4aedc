"""Passages of episodes and the index of search: `store_passages` makes both again and writes only what differs."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models import QuerySet
from django.db.models.signals import pre_delete

from episodes.bases.reviewable import ACCEPTED_STATUSES, KEPT_STATUSES
from episodes.models import (
    Appearance,
    Chapter,
    Episode,
    Mention,
    Observation,
    Passage,
    Prediction,
    Quote,
    Section,
    TaggedEpisode,
    Takeaway,
)
from episodes.notes.visible_text import shown
from episodes.rendering.section_anchors import section_anchor
from episodes.search import passage_ids, plain_text
from episodes.search.engines import TABLE_PREFIX, Entry, engine
from episodes.search.passage_ids import Part
from episodes.search.tokens import TOKENIZER_VERSION, tokens

Kind = Passage.Kind
# The kinds that show names, which change without the episode.
NAMED = (Kind.NAMES, Kind.MENTION)
_PARTS = {Kind.TITLE: Part.HEAD, Kind.NAMES: Part.HEAD, Kind.SUMMARY: Part.HEAD} | {
    Kind.QUOTE: Part.SPOKEN,
    Kind.PREDICTION: Part.SPOKEN,
}
_FIXED = {Kind.TITLE: passage_ids.TITLE, Kind.NAMES: passage_ids.NAMES}
# Rows fetched or written at once.
_BATCH = 500


@dataclass(frozen=True)
class _Piece:
    """A passage as it should be, apart from its key."""

    episode: int
    kind: str
    text: str
    shown: bool
    anchor: str = ""
    section: int | None = None
    item: tuple[int, int] | None = None

    @property
    def identity(self) -> tuple[Any, ...]:
        """What a stored passage must have in common with it to stay as it is."""
        return (self.kind, self.section, self.item, self.shown, TOKENIZER_VERSION, self.text)


def store_passages(episode: Episode, kinds: Iterable[str] | None = None) -> None:
    """Make the passages of an episode again. kinds: only these, if nothing else has changed."""
    store_passages_of([episode.pk], kinds)


def store_passages_of(episodes: Iterable[int], kinds: Iterable[str] | None = None) -> None:
    """Make the passages of many episodes again, in the caller's transaction. A query for each kind and batch."""
    keys = list(episodes)
    for start in range(0, len(keys), _BATCH):
        _store(keys[start : start + _BATCH], frozenset(kinds or Kind.values))


def store_names(episodes: QuerySet[Episode]) -> None:
    """Make the passages with names again: of a tag, a speaker or an entity that has changed."""
    store_passages_of(list(episodes.order_by().values_list("pk", flat=True).distinct()), NAMED)


def store_publicity(episodes: Iterable[int]) -> None:
    """Store which passages are public, after a change of the status of episodes. Makes passages where none are."""
    keys = list(episodes)
    stored = set(Passage.objects.filter(episode__in=keys).order_by().values_list("episode", flat=True).distinct())
    store_passages_of([key for key in keys if key not in stored])
    out = Episode.objects.filter(pk__in=stored, status__in=Episode.PUBLIC_STATUSES, revises=None)
    public = set(out.values_list("pk", flat=True))
    rows = Passage.objects.filter(shown=True)
    rows.filter(episode__in=public, public=False).update(public=True)
    rows.filter(episode__in=stored - public, public=True).update(public=False)


def forget_passages(episode: Episode) -> None:
    """Delete the passages of an episode that is about to be deleted: at once, not one by one with its rows."""
    _write([], [], list(Passage.objects.filter(episode=episode)))


def _store(keys: list[int], kinds: frozenset[str]) -> None:
    episodes = {episode.pk: episode for episode in Episode.objects.filter(pk__in=keys).only(*_COLUMNS)}
    known: dict[int, dict[tuple[Any, ...], list[Passage]]] = defaultdict(lambda: defaultdict(list))
    taken: dict[int, set[int]] = defaultdict(set)
    for row in Passage.objects.filter(episode__in=episodes):
        taken[row.episode_id].add(row.pk)
        if row.kind in kinds:
            known[row.episode_id][_identity(row)].append(row)
    pieces = _pieces(episodes, kinds)
    added, changed, removed = [], [], []
    for key, episode in episodes.items():
        new, moved, old = _difference(episode, pieces.get(key, []), known[key], taken[key])
        added += new
        changed += moved
        removed += old
    _write(added, changed, removed)


def _identity(row: Passage) -> tuple[Any, ...]:
    item = (row.target_type_id, row.target_id) if row.target_id is not None else None
    return (row.kind, row.section_id, item, row.shown, row.tokenizer_version, row.text)


def _difference(
    episode: Episode, pieces: list[_Piece], known: dict[tuple[Any, ...], list[Passage]], taken: set[int]
) -> tuple[list[Passage], list[Passage], list[Passage]]:
    """Return the passages to add, to update beside the index, and to remove."""
    out = episode.status in Episode.PUBLIC_STATUSES and episode.revises_id is None
    fresh, changed = [], []
    orders = {kind: itertools.count(place << 16) for place, kind in enumerate(_READERS)}
    for piece in pieces:
        order, public = next(orders[piece.kind]), out and piece.shown
        if not (same := known.get(piece.identity)):
            fresh.append((order, piece, public))
            continue
        row = same.pop(0)
        if (row.order, row.anchor, row.public) != (order, piece.anchor, public):
            row.order, row.anchor, row.public = order, piece.anchor, public
            changed.append(row)
    removed = [row for rows in known.values() for row in rows]
    taken = taken - {row.pk for row in removed}
    free = {part: passage_ids.free_keys(episode.pk, part, taken) for part in Part}
    added = []
    for order, piece, public in fresh:
        key = _key(piece, free)
        # More than 32,000 pieces of one kind: the last ones of a note that no person has written are not searched.
        if key is not None:
            added.append(_row(key, piece, order, public))
    return added, changed, removed


def _key(piece: _Piece, free: dict[Part, Iterator[int]]) -> int | None:
    if piece.kind in _FIXED:
        return piece.episode << passage_ids.BITS | _FIXED[piece.kind]  # type: ignore[index]
    return next(free[_PARTS.get(piece.kind, Part.TEXT)], None)  # type: ignore[call-overload]


def _row(key: int, piece: _Piece, order: int, public: bool) -> Passage:
    kind, item = piece.item or (None, None)
    return Passage(
        id=key,
        episode_id=piece.episode,
        kind=piece.kind,
        section_id=piece.section,
        target_type_id=kind,
        target_id=item,
        order=order,
        anchor=piece.anchor,
        text=piece.text,
        shown=piece.shown,
        public=public,
        tokenizer_version=TOKENIZER_VERSION,
    )


def _write(added: list[Passage], changed: list[Passage], removed: list[Passage]) -> None:
    index = engine()
    if removed:
        index.remove(entries(removed))
        keys = [row.pk for row in removed]
        for start in range(0, len(keys), _BATCH):
            # Raw: the signal below would remove them from the index again.
            rows: Any = Passage.objects.filter(pk__in=keys[start : start + _BATCH])
            rows._raw_delete(rows.db)
    _insert(added)
    index.add(entries(added))
    Passage.objects.bulk_update(changed, ["order", "anchor", "public"], batch_size=100)


def _insert(rows: list[Passage]) -> None:
    """Insert rows with one compiled statement: `bulk_create` takes as long to compile as the rows to write."""
    if not rows:
        return
    connection = connections[DEFAULT_DB_ALIAS]
    columns = Passage._meta.concrete_fields
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in columns)
    places = ", ".join(["%s"] * len(columns))
    values = [[field.get_db_prep_save(getattr(row, field.attname), connection) for field in columns] for row in rows]
    with connection.cursor() as cursor:
        # No injection: names come from the model, values are parameters.
        cursor.executemany(f"INSERT INTO {Passage._meta.db_table} ({names}) VALUES ({places})", values)  # noqa: S608


def entries(rows: Iterable[Passage]) -> list[Entry]:
    """Return passages for the index. Those of an older tokenizer are left out: a rebuild is due, and forgets them."""
    current = (row for row in rows if row.tokenizer_version == TOKENIZER_VERSION)
    return [Entry(row.pk, tokens(row.text), row.shown) for row in current]


def forget(sender: type[models.Model], instance: Passage, **kwargs: Any) -> None:
    """Remove a passage from the index before its row is deleted together with its episode or section."""
    engine().remove(entries([instance]))


def forget_all_of_none(using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:
    """Clear the index if there are no passages: `flush` empties the tables of models only, and then sends this."""
    tables = connections[using].introspection.table_names()
    has_index = Passage._meta.db_table in tables and any(name.startswith(TABLE_PREFIX) for name in tables)
    if has_index and not Passage.objects.using(using).exists():
        engine(using).clear()


def connect() -> None:
    """Connect `forget`; called once the apps are loaded."""
    pre_delete.connect(forget, sender=Passage, dispatch_uid="passage_forgotten")


# --- what an episode consists of


_COLUMNS = (
    "title", "series", "summary", "summary_status", "insight", "insight_public", "status", "revises",
)  # fmt: skip
_Pieces = Iterator[_Piece]


def _pieces(episodes: dict[int, Episode], kinds: frozenset[str]) -> dict[int, list[_Piece]]:
    """Return the pieces of each episode, in the order of the page."""
    found: dict[int, list[_Piece]] = defaultdict(list)
    for kind, read in _READERS.items():
        if kind in kinds:
            for piece in read(episodes):
                found[piece.episode].append(piece)
    return found


def _titles(episodes: dict[int, Episode]) -> _Pieces:
    for key, episode in episodes.items():
        if title := plain_text.plain(episode.title):
            yield _Piece(key, Kind.TITLE, title, True)


def _names(episodes: dict[int, Episode]) -> _Pieces:
    names: dict[int, list[str]] = defaultdict(list)
    for key, episode in episodes.items():
        names[key].append(episode.series)
    tagged = TaggedEpisode.objects.filter(content_object__in=episodes).order_by("tag__name")
    for key, name in tagged.values_list("content_object", "tag__name"):
        names[key].append(name)
    credits = Appearance.objects.filter(episode__in=episodes).order_by("pk")
    for key, label, name, status in credits.values_list("episode", "label", "speaker__name", "speaker__status"):
        names[key].append(name if status in KEPT_STATUSES else label)
    for key, found in names.items():
        if text := _lines(found):
            yield _Piece(key, Kind.NAMES, text, True)


def _summaries(episodes: dict[int, Episode]) -> _Pieces:
    for key, episode in episodes.items():
        for text in plain_text.passages(episode.summary):
            yield _Piece(key, Kind.SUMMARY, text, episode.summary_status in KEPT_STATUSES)


def _insights(episodes: dict[int, Episode]) -> _Pieces:
    for key, episode in episodes.items():
        for text in plain_text.passages(episode.insight):
            yield _Piece(key, Kind.INSIGHT, text, episode.insight_public)


def _sections(episodes: dict[int, Episode]) -> _Pieces:
    anchors: dict[int, set[str]] = defaultdict(set)
    rows = Section.objects.filter(episode__in=episodes).order_by("episode", "order", "pk")
    for row in rows.only("episode", "kind", "heading", "text", "status").iterator(chunk_size=100):
        is_shown = row.status in KEPT_STATUSES
        # A section without heading has no anchor, or one in the language of the page.
        anchor = section_anchor(shown(row.heading), anchors[row.episode_id]) if row.heading and is_shown else ""
        heading = plain_text.plain(row.heading)
        texts = list(plain_text.passages(row.text)) or ([""] if heading else [])
        for place, text in enumerate(texts):
            words = f"{heading}\n\n{text}".strip() if heading and not place else text
            yield _Piece(row.episode_id, Kind.SECTION, words, is_shown, anchor, row.pk)


def _items(model: Any, kind: str, anchor: str, *columns: str) -> Callable[[dict[int, Episode]], _Pieces]:
    """Return the reader of one kind of item. anchor: with the key in it where each item has its own."""

    def read(episodes: dict[int, Episode]) -> _Pieces:
        type_key = ContentType.objects.get_for_model(model).pk
        rows = model.objects.filter(episode__in=episodes).order_by("episode", "pk")
        for episode, key, status, *texts in rows.values_list("episode", "pk", "status", *columns):
            item = (type_key, key)
            for text in plain_text.passages("\n\n".join(text for text in texts if text)):
                yield _Piece(episode, kind, text, status in ACCEPTED_STATUSES, anchor.format(key), item=item)

    return read


def _mentions(episodes: dict[int, Episode]) -> _Pieces:
    names: dict[int, list[str]] = defaultdict(list)
    rows = Mention.objects.shown().filter(episode__in=episodes, entity__status__in=KEPT_STATUSES).order_by("pk")
    for key, name in rows.values_list("episode", "entity__name"):
        names[key].append(name)
    for key, found in names.items():
        if text := _lines(found):
            yield _Piece(key, Kind.MENTION, text, True, "mentions")


def _lines(names: Iterable[str]) -> str:
    return "\n".join(filter(None, dict.fromkeys(" ".join(shown(name).split()) for name in names)))


_READERS: dict[str, Callable[[dict[int, Episode]], _Pieces]] = {
    Kind.TITLE: _titles,
    Kind.NAMES: _names,
    Kind.SUMMARY: _summaries,
    Kind.INSIGHT: _insights,
    Kind.TAKEAWAY: _items(Takeaway, Kind.TAKEAWAY, "takeaways", "text"),
    Kind.CHAPTER: _items(Chapter, Kind.CHAPTER, "c{}", "title", "summary"),
    Kind.SECTION: _sections,
    Kind.QUOTE: _items(Quote, Kind.QUOTE, "q{}", "text", "context", "label"),
    Kind.PREDICTION: _items(Prediction, Kind.PREDICTION, "p{}", "words", "claim", "label"),
    Kind.OBSERVATION: _items(Observation, Kind.OBSERVATION, "observations", "cue", "detail", "reading"),
    Kind.MENTION: _mentions,
}
