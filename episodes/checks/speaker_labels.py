"""Who is credited and who said it: labels that name nobody, names nobody knows, several spellings of one."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_noop as _

from episodes.checks.registry import Fault, Subject, check
from episodes.models import Appearance
from episodes.notes.detectors import name_occurrence
from episodes.notes.roles import is_generic, role_of


@check
def speaker_unresolved(subject: Subject) -> Iterator[Fault]:
    """One finding for each label, with the number of quotes and predictions that wait for it."""
    waiting: dict[str, int] = {}
    for row in subject.said:
        if row.speaker_id is None:
            waiting[row.label] = waiting.get(row.label, 0) + 1
    for label, count in waiting.items():
        code = "speaker-generic" if is_generic(label) or not label else "speaker-unresolved"
        message = _("The speaker “%(label)s” is not identified: %(count)d quotes and predictions are affected.")
        if not label:
            message = _("The speaker is not identified: %(count)d quotes and predictions have no name.")
        said = {"label": label, "count": count}
        yield Fault(code, "warning", message, subject.episode, "label", None, label, said)


@check
def appearance_unresolved(subject: Subject) -> Iterator[Fault]:
    for row in subject.appearances:
        if row.speaker_id is None and not is_generic(row.label):
            message = _("The speaker “%(label)s” is not identified: no person, or more than one, has that name.")
            said = {"label": row.label}
            yield Fault("appearance-unresolved", "warning", message, row, "speaker", None, row.label, said)


@check
def appearance_generic(subject: Subject) -> Iterator[Fault]:
    """A label that names nobody. A 主持人 alone is how a channel speaks; where a host is named it is that host."""
    hosts = [row for row in subject.appearances if row.role == "host" and not is_generic(row.label)]
    for row in subject.appearances:
        if row.speaker_id is not None or not is_generic(row.label):
            continue
        said = {"label": row.label}
        if role_of(row.label) != "host":
            message = _("“%(label)s” is not a person's name.")
            yield Fault("appearance-generic", "info", message, row, "speaker", None, row.label, said)
        elif hosts:
            message = _("“%(label)s” is perhaps %(host)s, who is named as host.")
            said["host"] = hosts[0].label
            known = hosts[0].speaker_id if len(hosts) == 1 else None
            repair = {"speaker": known} if known is not None else None
            yield Fault("appearance-generic", "info", message, row, "speaker", repair, row.label, said)


@check
def speaker_spellings(subject: Subject) -> Iterator[Fault]:
    """Several spellings of one name: one finding for each. The repair gives what waits under it the known speaker."""
    speakers = dict(_resolved(subject))
    for first, other in _pairs(_credits_by_label(subject)):
        known = speakers.get(first)
        if known is not None and speakers.get(other) == known:
            continue
        waiting = any(row.label == other and row.speaker_id is None for row in (*subject.appearances, *subject.said))
        repair = {"speaker_of": [other, known]} if known is not None and waiting else None
        message = _("“%(label)s” is perhaps another spelling of “%(other)s”.")
        said = {"label": other, "other": first}
        yield Fault("speaker-spelling", "info", message, subject.episode, "", repair, f"{other}/{first}", said)


def _credits_by_label(subject: Subject) -> list[str]:
    """Labels that name somebody, those of credits first: they are how the note introduces them."""
    rows = [*(row for row in subject.appearances if row.role != Appearance.Role.CHANNEL), *subject.said]
    return list(dict.fromkeys(row.label for row in rows if row.label and not is_generic(row.label)))


def _pairs(labels: list[str]) -> Iterator[tuple[str, str]]:
    """(the first spelling, another one), by what is left of both without blanks, dots and brackets."""
    first_of: dict[str, str] = {}
    for label in labels:
        keys = name_occurrence.spellings(label)
        first = next((first_of[key] for key in sorted(keys) if key in first_of), None)
        for key in keys:
            first_of.setdefault(key, first or label)
        if first is not None:
            yield first, label


def _resolved(subject: Subject) -> Iterator[tuple[str, int]]:
    for row in (*subject.said, *subject.appearances):
        if row.speaker_id is not None:
            yield row.label, row.speaker_id


@check
def person_not_credited(subject: Subject) -> Iterator[Fault]:
    """Introduced by title or summary as taking part, and credited nowhere: a guest, perhaps."""
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
        said = {"name": named.name}
        yield Fault("person-not-credited", "info", message, episode, "appearances", repair, named.name, said)


def _is_credited(name: str, credited: str) -> bool:
    return name.lower() in credited or name_occurrence.has_name([name], credited)
