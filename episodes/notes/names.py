"""Names to rows: who or what is meant by a name in a note.

A name means a speaker or an entity only if exactly one has it, as name or alias. One session of loading keeps all names
in memory, since asking the database for each of a note's forty names would cost more than everything else.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import models

from episodes.models import Tag
from episodes.notes.roles import is_generic
from episodes.slugs import free_slug, slug_of
from people.models import Alias, Entity, Speaker

# A channel, a show or a house rather than a person.
_CHANNEL = re.compile(
    r"(TV|FM)\b|频道|頻道|播客|电台|電台|节目|節目|会议|會議|大学|大學|学院|學院"
    r"|\b(Podcast|Channel|Radio|Media|Show|Talks?|Agency|Institute|University|Conference|Laborator(y|ies))\b",
    re.IGNORECASE,
)
_FULL_NAME = re.compile(r"\S+[ ·・.]\S+|[一-鿿]{2,4}")


class Book:
    """Names of one table: name → keys of the rows that have it; and the slugs taken."""

    def __init__(self, model: type[models.Model], using: str, alias_field: str | None = None) -> None:
        self.model, self.using = model, using
        self.limit: int | None = getattr(model._meta.get_field("name"), "max_length", None)
        self._keys: dict[str, set[int]] = defaultdict(set)
        self._slugs: set[str] = set()
        for key, name, slug in model._default_manager.using(using).values_list("pk", "name", "slug"):
            self._keys[name].add(key)
            self._slugs.add(slug)
        if alias_field:
            aliases = Alias.objects.using(using).filter(**{f"{alias_field}__isnull": False})
            for name, key in aliases.values_list("name", alias_field):
                self._keys[name].add(key)

    def keys(self, name: str) -> set[int]:
        """Keys of all rows that have this name, as far as a column holds it."""
        return self._keys.get(name[: self.limit], set())

    def find(self, name: str) -> int | None:
        """The key of the one row that has this name; None if there is none, or more than one."""
        keys = self.keys(name)
        return next(iter(keys)) if len(keys) == 1 else None

    def add(self, named: dict[str, dict[str, Any]]) -> None:
        """Create rows for those names that have none; `named` gives further columns for each."""
        rows: dict[str, models.Model] = {}
        for name, columns in named.items():
            name = name[: self.limit]
            if name in rows or self._keys.get(name):
                continue
            slug = free_slug(slug_of(name, self.model.__name__.lower()), self._slugs)
            self._slugs.add(slug)
            rows[name] = self.model(name=name, slug=slug, **columns)
        self.model._default_manager.using(self.using).bulk_create(rows.values())
        for name, row in rows.items():
            self._keys[name].add(row.pk)


class Names:
    """The names of one loading session. Throw it away after a rollback: it may know rows that are gone."""

    def __init__(self, using: str) -> None:
        self.speakers = Book(Speaker, using, "speaker_id")
        self.entities = Book(Entity, using, "entity_id")
        self.tags = Book(Tag, using)

    def entity_keys(self, wanted: Iterable[tuple[str, str]]) -> dict[str, int]:
        """Keys for (name, kind) pairs; unknown ones are created as drafts, ambiguous ones stay with their first row."""
        kinds: dict[str, str] = {}
        for name, kind in wanted:
            kinds.setdefault(name, kind)
        self.entities.add({name: {"kind": kind} for name, kind in kinds.items()})
        return {name: min(self.entities.keys(name)) for name in kinds}

    def tag_keys(self, names: Iterable[str]) -> dict[str, int]:
        names = list(dict.fromkeys(names))
        self.tags.add({name: {} for name in names})
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
