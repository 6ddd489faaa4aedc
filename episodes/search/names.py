"""Names that search knows: people, topics, tags and titles, for suggestions and for joining a name with its aliases.

The names are kept in memory, of hidden rows as well; nothing leaves this module for visitors that `public()` does not
confirm at that moment.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import islice
from threading import Lock
from time import monotonic
from typing import Any

from django.db import connection

from episodes.models import Episode, Tag
from episodes.notes.visible_text import shown
from episodes.search.library import public_library
from episodes.search.tokens import normalise, tokens
from people.models import Alias, Entity, Speaker

# In the order of suggestions.
MODELS: dict[str, Any] = {"speaker": Speaker, "entity": Entity, "tag": Tag, "episode": Episode}
# Matches of a kind that are looked at, the shortest names first.
_LOOKED_AT = 20
# Names are read again after a change, but take at most this share of the time where reading takes long.
_SHARE = 1 / 20
_QUICK = 0.05
LONGEST_PREFIX = 100
# Letters below which no name is like another, and names of a kind that are compared.
_SHORTEST_LIKE = 2
_COMPARED = 150

Owner = tuple[str, int]


@dataclass(frozen=True)
class Suggestion:
    """A row that a name means. kind: speaker, entity, tag or episode."""

    kind: str
    name: str
    row: Any


@dataclass
class _Names:
    """Names of one kind: normalised in one text, one a line, the shortest first, and their keys in the same order."""

    text: str = "\n"
    keys: list[int] = field(default_factory=list)
    begins: list[int] = field(default_factory=list)


@dataclass
class Known:
    """All names. owners: by the tokens of a name; names: by owner, the owner's own first, only with aliases."""

    state: Any = None
    kinds: dict[str, _Names] = field(default_factory=dict)
    owners: dict[str, set[Owner]] = field(default_factory=dict)
    names: dict[Owner, list[str]] = field(default_factory=dict)
    read_at: float = 0
    took: float = 0


_known = Known()
_lock = Lock()


def known_names() -> Known:
    """Return all names as of the last `refresh`."""
    return _known


def refresh(public_state: Any) -> None:
    """Read the names again if they have changed; every search begins with it. public_state: of the public library.

    One small query, and one for each kind after a change.
    """
    global _known
    state = (public_state, *_last_keys())
    if _known.state == state or _is_recent(_known):
        return
    with _lock:
        if _known.state != state:
            _known = _read(state)


def _is_recent(known: Known) -> bool:
    return known.took > _QUICK and monotonic() - known.read_at < known.took / _SHARE


def _last_keys() -> tuple[Any, ...]:
    """Return the last key of each kind. A name that is deleted does no harm, since every row is read again."""
    tables = (model._meta.db_table for model in (Alias, *MODELS.values()))
    # No injection: names of tables come from the models. The ORM would take five queries.
    columns = ", ".join(f"(SELECT max(id) FROM {table})" for table in tables)  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}")
        return tuple(cursor.fetchone())


def forget() -> None:
    """Have the names read again."""
    global _known
    _known = Known()


def _read(state: Any) -> Known:
    begun = monotonic()
    rows = {
        "speaker": list(Speaker.objects.not_rejected().order_by().values_list("pk", "name")),
        "entity": list(Entity.objects.not_rejected().order_by().values_list("pk", "name")),
        "tag": list(Tag.objects.order_by().values_list("pk", "name")),
        "episode": list(Episode.objects.library().order_by().values_list("pk", "title")),
    }
    known = Known(state)
    own: dict[Owner, str] = {}
    aliases: dict[Owner, list[str]] = defaultdict(list)
    for name, speaker, entity in Alias.objects.order_by("pk").values_list("name", "speaker", "entity"):
        aliases[("speaker", speaker) if speaker else ("entity", entity)].append(name)
    for kind, pairs in rows.items():
        own |= {(kind, key): name for key, name in pairs} if kind in ("speaker", "entity") else {}
        others = [(key, name) for (of, key), names in aliases.items() if of == kind for name in names]
        known.kinds[kind] = _lines([*pairs, *others])
    for owner, names in aliases.items():
        if owner in own:
            known.names[owner] = list(dict.fromkeys([own[owner], *names]))
            for name in known.names[owner]:
                known.owners.setdefault(name_key(name), set()).add(owner)
    # A name that somebody else has as well names nobody in particular.
    for owner, name in own.items():
        if (of := known.owners.get(name_key(name))) is not None:
            of.add(owner)
    known.read_at, known.took = monotonic(), monotonic() - begun
    return known


def _lines(pairs: Iterable[tuple[int, str]]) -> _Names:
    compared = ((" ".join(normalise(shown(name)).split()), key) for key, name in pairs)
    lines = sorted(compared, key=lambda one: len(one[0]))
    names = _Names()
    at = 1
    for line, _key_of_row in lines:
        names.begins.append(at)
        at += len(line) + 1
    names.text = "\n" + "".join(f"{line}\n" for line, _ in lines)
    names.keys = [key for _, key in lines]
    return names


def name_key(name: str) -> str:
    """Return what equal names have in common: their tokens."""
    return " ".join(tokens(name))


# --- names like a text


def like(kind: str, text: str) -> Iterator[int]:
    """Yield keys of rows whose name, or alias, begins with a text, then of those that hold it. Not only public ones."""
    wanted = " ".join(normalise(text).split())
    names = known_names().kinds.get(kind)
    if not wanted or names is None:
        return
    seen: set[int] = set()
    # A Latin beginning is looked for at words only: `rag` is not in `storage`.
    inside = wanted if not wanted[0].isascii() else f" {wanted}"
    for needle, offset in ((f"\n{wanted}", 1), (inside, 0)):
        at = names.text.find(needle)
        while at >= 0:
            key = names.keys[bisect_right(names.begins, at + offset) - 1]
            if key not in seen:
                seen.add(key)
                yield key
            at = names.text.find(needle, at + 1)


def rows_of(kind: str, keys: list[int], public: bool) -> list[Any]:
    """Return the rows with these keys in this order; for visitors only the public ones."""
    if not keys:
        return []
    rows: Any = MODELS[kind].objects.public() if public else MODELS[kind].objects.all()
    found = rows.only("title" if kind == "episode" else "name", "slug").in_bulk(keys)
    return [found[key] for key in keys if key in found]


def suggestions(kind: str, keys: list[int], public: bool) -> list[Suggestion]:
    """Return the rows with these keys as suggestions, the hidden ones left out for visitors. One query."""
    return [_suggestion(kind, row) for row in rows_of(kind, keys, public)]


def _suggestion(kind: str, row: Any) -> Suggestion:
    return Suggestion(kind, " ".join(shown(str(row)).split()), row)


def named_like(kind: str, text: str, most: int, public: bool = True) -> list[Suggestion]:
    """Return the rows whose name begins with or holds a text, at most `most`. One query."""
    rows = rows_of(kind, list(islice(like(kind, text), _LOOKED_AT)), public)[:most]
    return [_suggestion(kind, row) for row in rows]


def suggest(prefix: str, public: bool = True, most: int = 8) -> list[Suggestion]:
    """Return people, topics, tags and titles that begin with or hold a text, at most `most`. Four queries or fewer."""
    if not prefix.strip() or len(prefix) > LONGEST_PREFIX:
        return []
    refresh(public_library().state)
    found = [named_like(kind, prefix, most, public) for kind in MODELS]
    # Each kind gets its share; what one does not use the others do.
    share = max(most // max(sum(map(bool, found)), 1), 1)
    rest = most - sum(min(len(rows), share) for rows in found)
    chosen: list[Suggestion] = []
    for rows in found:
        count = min(len(rows), share + max(rest, 0))
        rest -= max(count - share, 0)
        chosen += rows[:count]
    return chosen[:most]


def keys_close_to(kind: str, wanted: str, likeness: float) -> list[int]:
    """Return keys of rows with a name that differs from a normalised text by few letters, the closest first."""
    names = known_names().kinds.get(kind)
    if names is None or len(wanted) < _SHORTEST_LIKE:
        return []
    close: dict[int, float] = {}
    for needle in {f"\n{wanted[0]}", wanted[-2:], wanted[:2]}:
        at, looked_at = names.text.find(needle), 0
        while at >= 0 and looked_at < _COMPARED:
            place = bisect_right(names.begins, at + (needle[0] == "\n")) - 1
            line = names.text[names.begins[place] : names.text.find("\n", names.begins[place])]
            # Most lines differ in length too much to be compared.
            is_near = abs(len(line) - len(wanted)) <= len(wanted) // 2
            if is_near and (ratio := SequenceMatcher(None, line, wanted).ratio()) >= likeness:
                close[names.keys[place]] = ratio
            at, looked_at = names.text.find(needle, at + 1), looked_at + 1
    return sorted(close, key=lambda key: -close[key])[:_LOOKED_AT]
