"""Checks of credits and speakers: labels that name nobody, unknown names, several spellings of one name."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_noop as _

from episodes.checks.registry import Fault, Subject, check
from episodes.models import Appearance
from episodes.notes.detectors import name_occurrence
from episodes.notes.roles import is_generic, role_of


@check
def speaker_unresolved(subject: Subject) -> Iterator[Fault]:
    """Report each label without speaker, with its number of quotes and predictions."""
    waiting: dict[str, int] = {}
    for row in subject.statements:
        if row.speaker_id is None:
            waiting[row.label] = waiting.get(row.label, 0) + 1
    for label, count in waiting.items():
        code = "speaker-generic" if is_generic(label) or not label else "speaker-unresolved"
        message = _("The speaker “%(label)s” is not identified: %(count)d quotes and predictions are affected.")
        if not label:
            message = _("The speaker is not identified: %(count)d quotes and predictions have no name.")
        params = {"label": label, "count": count}
        yield Fault(code, "warning", message, subject.episode, "label", None, label, params)


@check
def appearance_unresolved(subject: Subject) -> Iterator[Fault]:
    """Report a credit whose name no single speaker has."""
    for row in subject.appearances:
        if row.speaker_id is None and not is_generic(row.label):
            message = _("The speaker “%(label)s” is not identified: no person, or more than one, has that name.")
            params = {"label": row.label}
            yield Fault("appearance-unresolved", "warning", message, row, "speaker", None, row.label, params)


@check
def appearance_generic(subject: Subject) -> Iterator[Fault]:
    """Report a credit that names nobody.

    A 主持人 alone stands for the channel; if a host is named, it is that host.
    """
    hosts = [row for row in subject.appearances if row.role == "host" and not is_generic(row.label)]
    for row in subject.appearances:
        if row.speaker_id is not None or not is_generic(row.label):
            continue
        params = {"label": row.label}
        if role_of(row.label) != "host":
            message = _("“%(label)s” is not a person's name.")
            yield Fault("appearance-generic", "info", message, row, "speaker", None, row.label, params)
        elif hosts:
            message = _("“%(label)s” is perhaps %(host)s, who is named as host.")
            params["host"] = hosts[0].label
            known = hosts[0].speaker_id if len(hosts) == 1 else None
            repair = {"speaker": known} if known is not None else None
            yield Fault("appearance-generic", "info", message, row, "speaker", repair, row.label, params)


@check
def speaker_spellings(subject: Subject) -> Iterator[Fault]:
    """Report several spellings of one name, one finding for each.

    The repair assigns the known speaker to the rows of the other spelling.
    """
    speakers = dict(_resolved(subject))
    for first, other in _pairs(_credits_by_label(subject)):
        known = speakers.get(first)
        if known is not None and speakers.get(other) == known:
            continue
        waiting = any(
            row.label == other and row.speaker_id is None for row in (*subject.appearances, *subject.statements)
        )
        repair = {"speaker_of": [other, known]} if known is not None and waiting else None
        message = _("“%(label)s” is perhaps another spelling of “%(other)s”.")
        params = {"label": other, "other": first}
        yield Fault("speaker-spelling", "info", message, subject.episode, "", repair, f"{other}/{first}", params)


def _credits_by_label(subject: Subject) -> list[str]:
    """Return the labels that name somebody, credits first: they are how the note introduces people."""
    rows = [*(row for row in subject.appearances if row.role != Appearance.Role.CHANNEL), *subject.statements]
    return list(dict.fromkeys(row.label for row in rows if row.label and not is_generic(row.label)))


def _pairs(labels: list[str]) -> Iterator[tuple[str, str]]:
    """Yield (first spelling, another one), compared without blanks, dots and brackets."""
    first_of: dict[str, str] = {}
    for label in labels:
        keys = name_occurrence.spellings(label)
        first = next((first_of[key] for key in sorted(keys) if key in first_of), None)
        for key in keys:
            first_of.setdefault(key, first or label)
        if first is not None:
            yield first, label


def _resolved(subject: Subject) -> Iterator[tuple[str, int]]:
    for row in (*subject.statements, *subject.appearances):
        if row.speaker_id is not None:
            yield row.label, row.speaker_id


@check
def person_not_credited(subject: Subject) -> Iterator[Fault]:
    """Report people whom title or summary introduce as participants and who are not credited."""
    episode = subject.episode
    credited = " ".join(subject.credits).lower()
    for named in subject.mentions:
        if named.kind != "person" or any(_is_credited(name, credited) for name in named.names):
            continue
        in_title = any(name_occurrence.takes_part(name, episode.title) for name in named.names)
        if not in_title and not any(name_occurrence.is_introduced(name, episode.summary) for name in named.names):
            continue
        message = _("The title introduces %(name)s, who is not credited.")
        if not in_title:
            message = _("The summary introduces %(name)s, who is not credited.")
        repair = {"add": ["appearance", {"role": "guest", "label": named.name}]}
        params = {"name": named.name}
        yield Fault("person-not-credited", "info", message, episode, "appearances", repair, named.name, params)


def _is_credited(name: str, credited: str) -> bool:
    return name.lower() in credited or name_occurrence.has_name([name], credited)
