"""Resolve names in notes to speakers, entities and tags.

A name resolves only if exactly one row has it as name or alias. All names are kept in memory during an import: a note
has about forty, and a query for each would take longer than everything else.
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
from episodes.models import Appearance, Tag
from episodes.notes.roles import is_generic
from episodes.notes.tag_names import tag_key, tag_name
from people.models import Alias, Entity, Speaker

# Words in labels of channels, shows and institutions.
_CHANNEL = re.compile(
    r"(TV|FM)\b|频道|頻道|播客|电台|電台|节目|節目|会议|會議|大学|大學|学院|學院"
    r"|\b(Podcast|Channel|Radio|Media|Show|Talks?|Agency|Institute|University|Conference|Laborator(y|ies))\b",
    re.IGNORECASE,
)
_FULL_NAME = re.compile(r"\S+[ ·・.]\S+|[一-鿿]{2,4}")


# A function that gives new rows of one model their keys, by storing them or without.
Insert = Callable[[type[models.Model], list[Any]], None]


def insert_into(using: str) -> Insert:
    """Return an Insert that stores new rows in this database."""

    def insert(model: type[models.Model], rows: list[Any]) -> None:
        model._default_manager.using(using).bulk_create(rows)

    return insert


def assign_temporary_keys() -> Insert:
    """Return an Insert that only numbers new rows, from -1 down, for checks of notes that are not imported."""
    numbers = count(-1, -1)

    def insert(model: type[models.Model], rows: list[Any]) -> None:
        for row in rows:
            row.pk = next(numbers)

    return insert


class NameBook:
    """The names of one table in memory: name → keys of the rows that have it, and all slugs.

    name_of, kind_of (without rejected rows) and aliases_of are by key. same: maps all spellings of a name to one.
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
        self.model, self.using, self.insert = model, using, insert or insert_into(using)
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
        """Return the key of the only row with this name, aliases not considered; else None."""
        return self._called.get(name)

    def keys(self, name: str) -> set[int]:
        """Return the keys of all rows with this name or alias; the name is cut to the column's length."""
        return self._keys.get(self.same(name[: self.limit]), set())

    def find(self, name: str) -> int | None:
        """Return the key of the only row with this name or alias; None if there is none or more than one."""
        keys = self.keys(name)
        return next(iter(keys)) if len(keys) == 1 else None

    def add(self, named: dict[str, dict[str, Any]]) -> None:
        """Create rows for names that have none. named: further columns by name. One INSERT."""
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
    """Names of speakers, entities and tags. Discard it after a rollback: it may hold rows that were not stored."""

    def __init__(self, using: str, insert: Insert | None = None) -> None:
        self.speakers = NameBook(Speaker, using, "speaker_id", insert)
        self.entities = NameBook(Entity, using, "entity_id", insert)
        self.tags = NameBook(Tag, using, insert=insert, same=tag_key)

    def entity_keys(self, wanted: Iterable[tuple[str, str]]) -> dict[str, int]:
        """Return entity keys by name for (name, kind) pairs. Unknown ones are created as drafts.

        An ambiguous name resolves to its oldest row.
        """
        kinds: dict[str, str] = {}
        for name, kind in wanted:
            kinds.setdefault(name, kind)
        self.entities.add({name: {"kind": kind} for name, kind in kinds.items()})
        return {name: min(self.entities.keys(name)) for name in kinds}

    def tag_keys(self, names: Iterable[str]) -> dict[str, int]:
        """Return tag keys by the spellings in a note. Unknown tags are created."""
        names = list(dict.fromkeys(names))
        self.tags.add({tag_name(name): {} for name in names})
        return {name: min(self.tags.keys(name)) for name in names}

    def credit(self, label: str, role: str, proposed: bool) -> int | None:
        """Return the key of the speaker that a label resolves to, or None; generic labels ("guest") never resolve.

        proposed: create a draft speaker if no row has the name.
        """
        if is_generic(label):
            return None
        if proposed:
            channel = role == Appearance.Role.CHANNEL or _CHANNEL.search(label)
            self.speakers.add({label: {"kind": Speaker.Kind.CHANNEL if channel else Speaker.Kind.PERSON}})
        return self.speakers.find(label)


def is_full_name(label: str) -> bool:
    """Return whether a label is more than a given name: `Russ Roberts`, not `Russ`."""
    return _FULL_NAME.fullmatch(label) is not None


def longer_name(label: str, others: Iterable[str]) -> str | None:
    """Return the only other label of a note that contains this one as a word: `Russ` → `Russ Roberts`; else None."""
    word = re.compile(rf"(?<!\w){re.escape(label)}(?!\w)")
    candidates = [other for other in others if other != label and word.search(other)]
    return candidates[0] if len(candidates) == 1 else None
