"""The registry, what checks look at, and what they yield.

A run replaces only open findings of origin check, by fingerprint; what a person resolved or waived stays so.
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
from episodes.notes.detectors.frame import Frame
from people.models import Entity

# A text may have ten thousand words in bold; those asked for are the first.
MOST_NAMES = 2_000
MOST_OTHERS = 5


class Named(NamedTuple):
    """A mention with the name it stands for and the others of that entity."""

    row: Mention
    name: str
    kind: str
    aliases: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)


class Known(NamedTuple):
    """An entity of the library that somebody else's note has named."""

    key: int
    kind: str


class Other(NamedTuple):
    """Another episode of the library that may be the same recording. by_source: else it only has the same title."""

    key: int
    title: str
    language: str
    by_source: bool


@dataclass
class Subject:
    """What checks look at: the episode, its rows, loaded or just made, and what the library knows beside it.

    No check asks the database. known: entities of the library by name, as far as the texts have them in bold;
    credited: the names of the speakers behind the labels.
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
        """Eleven queries at most: eight kinds of rows, aliases of what is mentioned, known names, other episodes."""
        names = ("chapters", "quotes", "predictions", "observations", "takeaways")
        rows = {name: list(getattr(episode, name).not_rejected()) for name in names}
        appearances = list(episode.appearances.select_related("speaker").defer("speaker__bio", "speaker__links"))
        subject = cls(
            episode,
            appearances=appearances,
            sections=list(episode.sections.not_rejected().defer("html")),
            mentions=_mentions(episode),
            credited={row.speaker.pk: row.speaker.name for row in appearances if row.speaker is not None},
            **rows,  # type: ignore[arg-type]  # each by its own name
        )
        subject.known, subject.others = known_entities(subject.bold), same_recording(episode)
        return subject

    @property
    def timed(self) -> list[Any]:
        return [*self.chapters, *self.quotes, *self.predictions, *self.observations]

    @property
    def said(self) -> list[Quote | Prediction]:
        return [*self.quotes, *self.predictions]

    @cached_property
    def frames(self) -> list[tuple[Section, Frame]]:
        """The sections with their texts taken apart, in their order."""
        return [(section, Frame(section.text)) for section in self.sections]

    @cached_property
    def bold(self) -> dict[str, str]:
        """What stands in bold in the sections, with what the brackets after it say."""
        found: dict[str, str] = {}
        for section in self.sections:
            for name, gloss in name_occurrence.bold(section.text).items():
                if name in found or len(found) < MOST_NAMES:
                    found[name] = found.get(name) or gloss
        return found

    @cached_property
    def words(self) -> str:
        """Every word of the episode, in lower case: for whether something is named at all."""
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
        """Every name under which somebody is credited: labels, and the speakers behind them."""
        return {row.label for row in self.appearances} | set(self.credited.values())


def _mentions(episode: Episode) -> list[Named]:
    rows = episode.mentions.not_rejected().select_related("entity").prefetch_related("entity__aliases")
    rows = rows.defer("entity__summary", "entity__links")
    return [
        Named(row, row.entity.name, row.entity.kind, tuple(alias.name for alias in row.entity.aliases.all()))
        for row in rows
    ]


def known_entities(names: Iterable[str]) -> dict[str, Known]:
    """Those of the names that entities of the library have. One query; a name of two entities is nobody's."""
    found: dict[str, Known | None] = {}
    for name, key, kind in Entity.objects.not_rejected().filter(name__in=list(names)).values_list("name", "pk", "kind"):
        found[name] = None if name in found else Known(key, kind)
    return {name: known for name, known in found.items() if known is not None}


def same_recording(episode: Episode) -> tuple[Other, ...]:
    """Other episodes of the library with the same source or title. One query."""
    identities = identities_of(episode)
    alike = Q(source_id__in=identities)
    if episode.title:
        alike |= Q(title=episode.title, language=episode.language)
    rows = Episode.objects.library().filter(alike).exclude(pk__in=[episode.pk, episode.revises_id or 0])
    if episode.translation_key:
        rows = rows.exclude(translation_key=episode.translation_key)
    found = rows.order_by("pk").values_list("pk", "title", "language", "source_id")[:MOST_OTHERS]
    return tuple(Other(key, title, language, identity in identities) for key, title, language, identity in found)


def identities_of(episode: Episode) -> set[str]:
    """Which recording it is, by how it was imported and by the address it has now."""
    found = {episode.source_id, sources.source_id(episode.source_url) or ""}
    return {identity for identity in found if identity and not identity.startswith("note:")}


@dataclass(frozen=True)
class Fault:
    """One thing found wrong, before it is a row. `evidence` is what the fingerprint holds on to.

    message: a sentence, or with `params` the template of one (`gettext_noop`), so that it can be said in another
    language; a parameter that is a word of the interface comes from `stored_messages`. at: where in the target's field,
    for whoever wants the line.
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
        return stored_messages.english(self.message, self.params) if self.params else self.message

    def fingerprint(self) -> str:
        target = f"{self.target._meta.label}:{self.target.pk}" if self.target is not None else ""
        parts = (self.code, target, self.field, self.evidence or reworded_messages.earliest(self.message))
        return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

    def as_finding(self, episode: Episode, origin: str) -> Finding:
        target_type = ContentType.objects.get_for_model(self.target) if self.target is not None else None
        return Finding(
            episode=episode,
            code=self.code,
            severity=self.severity,
            message=self.sentence,
            template=self.message if self.params else "",
            params=self.params,
            target_type=target_type,
            target_id=self.target.pk if self.target is not None else None,
            field=self.field,
            origin=origin,
            fingerprint=self.fingerprint(),
            repair=self.repair,
        )


Check = Callable[[Subject], Iterator[Fault]]
REGISTRY: list[Check] = []


def check(function: Check) -> Check:
    """Register a check. Order of definition is the order of findings."""
    REGISTRY.append(function)
    return function


def faults(subject: Subject) -> Iterator[Fault]:
    for function in REGISTRY:
        yield from function(subject)


def run(episode: Episode) -> None:
    """Check an episode that is stored, and replace its open findings of origin check."""
    replace(episode, faults(Subject.loaded(episode)), Finding.Origin.CHECK)


def replace(episode: Episode, found: Iterable[Fault], origin: str, but: Iterable[str] = ()) -> list[Finding]:
    """Open findings of this origin that are no longer found go, new ones come; codes in `but` are left alone.

    One that is found again keeps its row and says what is true now. Returns the new ones.
    """
    wanted = {fault.fingerprint(): fault for fault in found}
    findings = episode.findings.only(*_SAYS, "fingerprint", "state", "origin", "episode")
    stored = {finding.fingerprint: finding for finding in findings}
    gone = episode.findings.open().filter(origin=origin).exclude(code__in=but)
    gone.exclude(fingerprint__in=wanted).delete()
    new, changed = [], []
    for key, fault in wanted.items():
        now, before = fault.as_finding(episode, origin), stored.get(key)
        if before is None:
            new.append(now)
        elif before.state == Finding.State.OPEN and before.origin == origin and _says_anew(before, now):
            changed.append(before)
    Finding.objects.bulk_update(changed, _SAYS)
    return Finding.objects.bulk_create(new)


# What of a finding may change while it stays the same finding.
_SAYS = ("severity", "message", "template", "params", "repair")


def _says_anew(before: Finding, now: Finding) -> bool:
    """Write into a stored finding what its check says now; True if that is anything new."""
    differing = [name for name in _SAYS if getattr(before, name) != getattr(now, name)]
    for name in differing:
        setattr(before, name, getattr(now, name))
    if before.repair is None:
        # A plain None would be written as JSON's null, which is a repair to the database.
        before.repair = models.Value(None)  # type: ignore[assignment]
    return bool(differing)
