"""A registry of checks: small functions that look at an episode and yield the faults they see.

A run replaces only open findings of origin check, by fingerprint; what a person resolved or waived stays so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models

from episodes.models import Appearance, Chapter, Episode, Finding, Observation, Prediction, Quote
from episodes.notes import timecodes
from episodes.notes.roles import is_generic


@dataclass
class Subject:
    """What checks look at: the episode and its rows, loaded or just made. No check asks the database."""

    episode: Episode
    appearances: list[Appearance] = field(default_factory=list)
    chapters: list[Chapter] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    predictions: list[Prediction] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)

    @classmethod
    def loaded(cls, episode: Episode) -> Subject:
        """Five queries: the rows of the five kinds."""
        names = ("appearances", "chapters", "quotes", "predictions", "observations")
        rows = {name: list(getattr(episode, name).all()) for name in names}
        for name in names[1:]:
            rows[name] = [row for row in rows[name] if row.status != "rejected"]
        return cls(episode, **rows)

    @property
    def timed(self) -> list[Any]:
        return [*self.chapters, *self.quotes, *self.predictions, *self.observations]


@dataclass(frozen=True)
class Fault:
    """One thing found wrong, before it is a row. `evidence` is what the fingerprint holds on to."""

    code: str
    severity: str
    message: str
    target: models.Model | None = None
    field: str = ""
    repair: dict[str, Any] | None = None
    evidence: str = ""

    def fingerprint(self) -> str:
        target = f"{self.target._meta.label}:{self.target.pk}" if self.target is not None else ""
        parts = (self.code, target, self.field, self.evidence or self.message)
        return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

    def as_finding(self, episode: Episode, origin: str) -> Finding:
        target_type = ContentType.objects.get_for_model(self.target) if self.target is not None else None
        return Finding(
            episode=episode,
            code=self.code,
            severity=self.severity,
            message=self.message,
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


@check
def missing_parts(subject: Subject) -> Iterator[Fault]:
    episode = subject.episode
    if not episode.title:
        yield Fault("no-title", "error", "The title is missing.", episode, "title")
    if not episode.source_url:
        yield Fault("no-source", "warning", "The source is missing.", episode, "source_url")
    if not episode.summary:
        yield Fault("no-summary", "warning", "The summary is missing.", episode, "summary")
    if not subject.appearances:
        yield Fault("no-speaker", "warning", "Nobody is credited.", episode)


@check
def time_beyond_duration(subject: Subject) -> Iterator[Fault]:
    """31:38:00 in an episode of 230 minutes: most often MM:SS that was written as HH:MM:00."""
    duration = subject.episode.duration
    if duration is None:
        return
    for row in subject.timed:
        if row.start is None or row.start <= duration:
            continue
        said, length = timecodes.format(row.start), timecodes.format(duration)
        message, repair = f"{said} lies beyond the duration {length}.", None
        meant = timecodes.shifted(row.start)
        if meant is not None and meant <= duration:
            message += f" Perhaps {timecodes.format(meant)} was meant."
            repair = {"start": meant}
        yield Fault("time-beyond-duration", "error", message, row, "start", repair, f"{said}/{length}")


@check
def speaker_unresolved(subject: Subject) -> Iterator[Fault]:
    """One finding for each label, with the number of quotes and predictions that wait for it."""
    waiting: dict[str, int] = {}
    for row in (*subject.quotes, *subject.predictions):
        if row.speaker_id is None:
            waiting[row.label] = waiting.get(row.label, 0) + 1
    for label, count in waiting.items():
        code = "speaker-generic" if is_generic(label) or not label else "speaker-unresolved"
        name = f"“{label}”" if label else "without a name"
        message = f"It is open who {name} is: {count} quotes and predictions wait for it."
        yield Fault(code, "warning", message, subject.episode, "label", evidence=label)


@check
def appearance_unresolved(subject: Subject) -> Iterator[Fault]:
    for row in subject.appearances:
        if row.speaker_id is None and not is_generic(row.label):
            message = f"It is open who “{row.label}” is: no speaker, or more than one, has that name."
            yield Fault("appearance-unresolved", "warning", message, row, "speaker", evidence=row.label)


def faults(subject: Subject) -> Iterator[Fault]:
    for function in REGISTRY:
        yield from function(subject)


def run(episode: Episode) -> None:
    """Check an episode that is stored, and replace its open findings of origin check."""
    replace(episode, faults(Subject.loaded(episode)), Finding.Origin.CHECK)


def replace(episode: Episode, found: Iterable[Fault], origin: str, but: Iterable[str] = ()) -> list[Finding]:
    """Open findings of this origin that are no longer found go, new ones come; codes in `but` are left alone.

    Returns the new ones.
    """
    wanted = {fault.fingerprint(): fault for fault in found}
    stored = dict(episode.findings.values_list("fingerprint", "state"))
    gone = episode.findings.open().filter(origin=origin).exclude(code__in=but)
    gone.exclude(fingerprint__in=wanted).delete()
    new = [fault.as_finding(episode, origin) for key, fault in wanted.items() if key not in stored]
    return Finding.objects.bulk_create(new)
