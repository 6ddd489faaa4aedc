"""Names to rows: who or what is meant by a name in a note.

A name means a speaker or an entity only if exactly one has it, as name or alias. One session of loading keeps all names
in memory, since asking the database for each of a note's forty names would cost more than everything else.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

from django.db import models

from episodes.bases.reviewable import Status
from episodes.bases.slugs import free_slug, slug_of
from episodes.models import Tag
from episodes.notes.roles import is_generic
from episodes.notes.tag_names import tag_key, tag_name
from people.models import Alias, Entity, Speaker

# A channel, a show or a house rather than a person.
_CHANNEL = re.compile(
    r"(TV|FM)\b|频道|頻道|播客|电台|電台|节目|節目|会议|會議|大学|大學|学院|學院"
    r"|\b(Podcast|Channel|Radio|Media|Show|Talks?|Agency|Institute|University|Conference|Laborator(y|ies))\b",
    re.IGNORECASE,
)
_FULL_NAME = re.compile(r"\S+[ ·・.]\S+|[一-鿿]{2,4}")


# What becomes of new rows, all of one model: they are stored, or only get a key.
Insert = Callable[[type[models.Model], list[Any]], None]


def stored_in(using: str) -> Insert:
    """New rows go into this database."""

    def insert(model: type[models.Model], rows: list[Any]) -> None:
        model._default_manager.using(using).bulk_create(rows)

    return insert


def kept_in_memory() -> Insert:
    """New rows are only numbered, below zero, where no stored row is: for looking at notes that nobody imports."""
    numbers = count(-1, -1)

    def insert(model: type[models.Model], rows: list[Any]) -> None:
        for row in rows:
            row.pk = next(numbers)

    return insert


class NameBook:
    """Names of one table: name → keys of the rows that have it; and the slugs taken.

    By key: name_of, kind_of without what is rejected, aliases_of. `same` gives what spellings of one name share.
    """

    def __init__(
        self,
        model: type[models.Model],
        using: str,
        alias_field: str | None = None,
        insert: Insert | None = None,
        same: Callable[[str], str] = str,
    ) -> None:
        self.same = same
        self.model, self.using, self.insert = model, using, insert or stored_in(using)
        self.limit: int | None = getattr(model._meta.get_field("name"), "max_length", None)
        self._keys: dict[str, set[int]] = defaultdict(set)
        self._slugs: set[str] = set()
        self.name_of: dict[int, str] = {}
        self.kind_of: dict[int, str] = {}
        self.aliases_of: dict[int, list[str]] = {}
        self._called: dict[str, int | None] = {}
        for key, name, slug in model._default_manager.using(using).values_list("pk", "name", "slug"):
            self._write(key, name)
            self._slugs.add(slug)
        if alias_field:
            rows = model._default_manager.using(using).exclude(status=Status.REJECTED)
            self.kind_of = dict(rows.values_list("pk", "kind"))
            aliases = Alias.objects.using(using).filter(**{f"{alias_field}__isnull": False})
            for name, key in aliases.values_list("name", alias_field):
                self._keys[self.same(name)].add(key)
                self.aliases_of.setdefault(key, []).append(name)

    def _write(self, key: int, name: str) -> None:
        self._keys[self.same(name)].add(key)
        self.name_of[key] = name
        self._called[name] = None if name in self._called else key

    def called(self, name: str) -> int | None:
        """The key of the one row whose own name this is; aliases do not count."""
        return self._called.get(name)

    def keys(self, name: str) -> set[int]:
        """Keys of all rows that have this name, as far as a column holds it."""
        return self._keys.get(self.same(name[: self.limit]), set())

    def find(self, name: str) -> int | None:
        """The key of the one row that has this name; None if there is none, or more than one."""
        keys = self.keys(name)
        return next(iter(keys)) if len(keys) == 1 else None

    def add(self, named: dict[str, dict[str, Any]]) -> None:
        """Create rows for those names that have none; `named` gives further columns for each."""
        rows: dict[str, models.Model] = {}
        for name, columns in named.items():
            name = name[: self.limit]
            key = self.same(name)
            if key in rows or self._keys.get(key):
                continue
            slug = free_slug(slug_of(name, self.model.__name__.lower()), self._slugs)
            self._slugs.add(slug)
            rows[key] = self.model(name=name, slug=slug, **columns)
        self.insert(self.model, list(rows.values()))
        for row in rows.values():
            self._write(row.pk, row.name)  # type: ignore[attr-defined]
            if hasattr(row, "kind"):
                self.kind_of[row.pk] = row.kind


class NameIndex:
    """The names of one loading session. Throw it away after a rollback: it may know rows that are gone."""

    def __init__(self, using: str, insert: Insert | None = None) -> None:
        self.speakers = NameBook(Speaker, using, "speaker_id", insert)
        self.entities = NameBook(Entity, using, "entity_id", insert)
        self.tags = NameBook(Tag, using, insert=insert, same=tag_key)

    def entity_keys(self, wanted: Iterable[tuple[str, str]]) -> dict[str, int]:
        """Keys for (name, kind) pairs; unknown ones are created as drafts, ambiguous ones stay with their first row."""
        kinds: dict[str, str] = {}
        for name, kind in wanted:
            kinds.setdefault(name, kind)
        self.entities.add({name: {"kind": kind} for name, kind in kinds.items()})
        return {name: min(self.entities.keys(name)) for name in kinds}

    def tag_keys(self, names: Iterable[str]) -> dict[str, int]:
        """Keys for the spellings of tags in a note; those without a row get one."""
        names = list(dict.fromkeys(names))
        self.tags.add({tag_name(name): {} for name in names})
        return {name: min(self.tags.keys(name)) for name in names}

    def credit(self, label: str, role: str, proposed: bool) -> int | None:
        """The speaker a credited label means. `proposed` makes a draft speaker for a full name nobody has yet."""
        if is_generic(label):
            return None
        if proposed:
            channel = role == "channel" or _CHANNEL.search(label)
            self.speakers.add({label: {"kind": Speaker.Kind.CHANNEL if channel else Speaker.Kind.PERSON}})
        return self.speakers.find(label)


def is_full_name(label: str) -> bool:
    """Whether a label is more than a given name: `Russ` may be anybody, `Russ Roberts` is somebody."""
    return _FULL_NAME.fullmatch(label) is not None


def same_person(label: str, others: Iterable[str]) -> str | None:
    """The one other label in the same note that holds this short one as a word: `Russ` → `Russ Roberts`."""
    word = re.compile(rf"(?<!\w){re.escape(label)}(?!\w)")
    longer = [other for other in others if other != label and word.search(other)]
    return longer[0] if len(longer) == 1 else None
