"""Registry of checks, their input and their output.

A run replaces only open findings of origin check, by fingerprint; resolved and waived ones stay.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as filled
from functools import cached_property
from typing import Any, NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q

from episodes.bases import reworded_messages, stored_messages
from episodes.models import (
    Appearance,
    Chapter,
    Episode,
    Finding,
    Mention,
    Observation,
    Prediction,
    Quote,
    Section,
    Takeaway,
)
from episodes.notes import sources
from episodes.notes.detectors import name_occurrence
from episodes.notes.detectors.text_parts import Frame
from people.models import Entity

# Bold names of an episode that are looked up: a text may have ten thousand bold words.
MAX_NAMES = 2_000
# Possible duplicates that are reported.
MAX_OTHERS = 5


class Named(NamedTuple):
    """A mention with its entity's name, kind and aliases."""

    row: Mention
    name: str
    kind: str
    aliases: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The name and all aliases."""
        return (self.name, *self.aliases)


class Known(NamedTuple):
    """An entity of the library."""

    key: int
    kind: str


class Other(NamedTuple):
    """Another episode that may be the same recording. by_source: it has the same source, else only the same title."""

    key: int
    title: str
    language: str
    by_source: bool


@dataclass
class Subject:
    """Input of the checks: an episode and its rows, stored or just parsed, and related facts of the library.

    No check queries the database.

    credited: names of speakers by key. known: entities of the library by name, for the bold names of the text. others:
    possible duplicates.
    """

    episode: Episode
    appearances: list[Appearance] = filled(default_factory=list)
    chapters: list[Chapter] = filled(default_factory=list)
    quotes: list[Quote] = filled(default_factory=list)
    predictions: list[Prediction] = filled(default_factory=list)
    observations: list[Observation] = filled(default_factory=list)
    sections: list[Section] = filled(default_factory=list)
    takeaways: list[Takeaway] = filled(default_factory=list)
    mentions: list[Named] = filled(default_factory=list)
    credited: Mapping[int, str] = filled(default_factory=dict)
    known: Mapping[str, Known] = filled(default_factory=dict)
    others: tuple[Other, ...] = ()

    @classmethod
    def loaded(cls, episode: Episode) -> Subject:
        """Return the subject of a stored episode.

        At most eleven queries: eight kinds of rows, aliases of mentioned entities, known names, other episodes.
        """
        names = ("chapters", "quotes", "predictions", "observations", "takeaways")
        rows = {name: list(getattr(episode, name).not_rejected()) for name in names}
        appearances = list(episode.appearances.select_related("speaker").defer("speaker__bio", "speaker__links"))
        subject = cls(
            episode,
            appearances=appearances,
            sections=list(episode.sections.not_rejected().defer("html")),
            mentions=_mentions(episode),
            credited={row.speaker.pk: row.speaker.name for row in appearances if row.speaker is not None},
            **rows,  # type: ignore[arg-type]  # each list has its own field
        )
        subject.known, subject.others = known_entities(subject.bold), same_recording(episode)
        return subject

    @property
    def timed(self) -> list[Any]:
        """All rows with a time."""
        return [*self.chapters, *self.quotes, *self.predictions, *self.observations]

    @property
    def statements(self) -> list[Quote | Prediction]:
        """All statements: quotes and predictions."""
        return [*self.quotes, *self.predictions]

    @cached_property
    def frames(self) -> list[tuple[Section, Frame]]:
        """The sections with their split texts, in order."""
        return [(section, Frame(section.text)) for section in self.sections]

    @cached_property
    def bold(self) -> dict[str, str]:
        """Bold names of the sections, with the text in brackets after each."""
        names: dict[str, str] = {}
        for section in self.sections:
            for name, gloss in name_occurrence.bold(section.text).items():
                if name in names or len(names) < MAX_NAMES:
                    names[name] = names.get(name) or gloss
        return names

    @cached_property
    def words(self) -> str:
        """All text of the episode in lower case, to look for names."""
        items = [(row.text, row.context) for row in self.quotes]
        items += [(row.words, row.claim) for row in self.predictions]
        items += [(row.title, row.summary) for row in self.chapters]
        items += [(row.detail, f"{row.cue}\n{row.reading}") for row in self.observations]
        items += [(row.heading, row.text) for row in self.sections]
        items += [(row.heading, row.text) for row in self.takeaways]
        pieces = [self.episode.title, self.episode.summary, *(word for pair in items for word in pair)]
        return "\n".join(pieces).lower()

    @cached_property
    def credits(self) -> set[str]:
        """All names of credited people: labels, and names of their speakers."""
        return {row.label for row in self.appearances} | set(self.credited.values())


def _mentions(episode: Episode) -> list[Named]:
    rows = episode.mentions.not_rejected().select_related("entity").prefetch_related("entity__aliases")
    rows = rows.defer("entity__summary", "entity__links")
    return [
        Named(row, row.entity.name, row.entity.kind, tuple(alias.name for alias in row.entity.aliases.all()))
        for row in rows
    ]


def known_entities(names: Iterable[str]) -> dict[str, Known]:
    """Return the entities with these names. One query. A name of two entities is left out as ambiguous."""
    by_name: dict[str, Known | None] = {}
    for name, key, kind in Entity.objects.not_rejected().filter(name__in=list(names)).values_list("name", "pk", "kind"):
        by_name[name] = None if name in by_name else Known(key, kind)
    return {name: known for name, known in by_name.items() if known is not None}


def same_recording(episode: Episode) -> tuple[Other, ...]:
    """Return other episodes of the library with the same source or title. One query."""
    identities = identities_of(episode)
    alike = Q(source_id__in=identities)
    if episode.title:
        alike |= Q(title=episode.title, language=episode.language)
    rows = Episode.objects.library().filter(alike).exclude(pk__in=[episode.pk, episode.revises_id or 0])
    if episode.translation_key:
        rows = rows.exclude(translation_key=episode.translation_key)
    rows_found = rows.order_by("pk").values_list("pk", "title", "language", "source_id")[:MAX_OTHERS]
    return tuple(Other(key, title, language, identity in identities) for key, title, language, identity in rows_found)


def identities_of(episode: Episode) -> set[str]:
    """Return the identities of the recording: as imported, and by its present address."""
    identities = {episode.source_id, sources.source_id(episode.source_url) or ""}
    return {identity for identity in identities if identity and not identity.startswith("note:")}


@dataclass(frozen=True)
class Fault:
    """A problem found, before it becomes a Finding.

    message: a sentence, or with `params` a translatable template (`gettext_noop`); a parameter that is a label of the
    interface comes from `stored_messages`.

    evidence: identifies the problem in the fingerprint. at: offset in the target's field, for the line number.
    """

    code: str
    severity: str
    message: str
    target: models.Model | None = None
    field: str = ""
    repair: dict[str, Any] | None = None
    evidence: str = ""
    params: dict[str, Any] = filled(default_factory=dict)
    at: int | None = None

    @property
    def sentence(self) -> str:
        """The message in English."""
        return stored_messages.english(self.message, self.params) if self.params else self.message

    def fingerprint(self) -> str:
        """Return the SHA-256 that identifies the problem from run to run."""
        target = f"{self.target._meta.label}:{self.target.pk}" if self.target is not None else ""
        parts = (self.code, target, self.field, self.evidence or reworded_messages.earliest(self.message))
        return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

    def as_finding(self, episode: Episode, origin: str) -> Finding:
        """Return the unsaved Finding of this problem."""
        return self.columns().as_finding(episode, origin)

    def columns(self) -> FindingColumns:
        """Return the columns of its Finding."""
        values = {
            "code": self.code,
            "severity": self.severity,
            "message": self.sentence,
            "template": self.message if self.params else "",
            "params": self.params,
            "target_id": self.target.pk if self.target is not None else None,
            "field": self.field,
            "fingerprint": self.fingerprint(),
            "repair": self.repair,
        }
        return FindingColumns(type(self.target) if self.target is not None else None, values)


class FindingColumns(NamedTuple):
    """The columns of a Finding without its episode, origin and target's type. target: model of the target."""

    target: type[models.Model] | None
    values: dict[str, Any]

    def as_finding(self, episode: Episode, origin: str) -> Finding:
        """Return the unsaved Finding."""
        target_type = ContentType.objects.get_for_model(self.target) if self.target is not None else None
        return Finding(episode=episode, origin=origin, target_type=target_type, **self.values)


Check = Callable[[Subject], Iterator[Fault]]
REGISTRY: list[Check] = []


def check(function: Check) -> Check:
    """Register a check (decorator). The order of definition is the order of findings."""
    REGISTRY.append(function)
    return function


def faults(subject: Subject) -> Iterator[Fault]:
    """Yield the faults of all checks."""
    for function in REGISTRY:
        yield from function(subject)


def columns_of(subject: Subject) -> list[FindingColumns]:
    """Return the columns of the findings of all checks: what another process can return."""
    return [fault.columns() for fault in faults(subject)]


def run(episode: Episode) -> None:
    """Check a stored episode, and replace its open findings of origin check."""
    replace(episode, faults(Subject.loaded(episode)), Finding.Origin.CHECK)


def replace(episode: Episode, faults: Iterable[Fault], origin: str, but: Iterable[str] = ()) -> list[Finding]:
    """Replace the open findings of an origin; return the new ones.

    A finding that is found again keeps its row, with its message updated. but: codes that are left unchanged.
    """
    wanted = {fault.fingerprint(): fault for fault in faults}
    findings = episode.findings.only(*_UPDATED_FIELDS, "fingerprint", "state", "origin", "episode")
    stored = {finding.fingerprint: finding for finding in findings}
    obsolete = episode.findings.open().filter(origin=origin).exclude(code__in=but)
    obsolete.exclude(fingerprint__in=wanted).delete()
    new, changed = [], []
    for key, fault in wanted.items():
        now, before = fault.as_finding(episode, origin), stored.get(key)
        if before is None:
            new.append(now)
        elif before.state == Finding.State.OPEN and before.origin == origin and _update(before, now):
            changed.append(before)
    Finding.objects.bulk_update(changed, _UPDATED_FIELDS)
    return Finding.objects.bulk_create(new)


# Fields that may change while it remains the same finding.
_UPDATED_FIELDS = ("severity", "message", "template", "params", "repair")


def _update(before: Finding, now: Finding) -> bool:
    """Copy the message and repair of a new finding to a stored one; return whether anything changed."""
    differing = [name for name in _UPDATED_FIELDS if getattr(before, name) != getattr(now, name)]
    for name in differing:
        setattr(before, name, getattr(now, name))
    if before.repair is None:
        # A plain None would be stored as JSON null, which counts as a repair in queries.
        before.repair = models.Value(None)  # type: ignore[assignment]
    return bool(differing)
