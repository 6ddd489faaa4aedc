"""Checks of mentions: listed but not named, named but not listed, misheard, written like an address."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_noop as _

from episodes.checks.registry import Fault, Named, Subject, check
from episodes.notes.detectors import foreign_scripts, misheard_names, name_occurrence


@check
def person_not_in_text(subject: Subject) -> Iterator[Fault]:
    """Report listed people whom the text never names.

    Generators list people they know. In a text that writes foreign names in Chinese, Latin names prove nothing.
    """
    people = [named for named in subject.mentions if named.kind == "person"]
    missing = [named for named in people if not name_occurrence.has_name(named.names, subject.words)]
    if missing and not _writes_latin(subject, people, missing):
        missing = [named for named in missing if not name_occurrence.is_latin(named.name)]
    for named in missing:
        message = _("%(name)s is listed but never named in the text.")
        params = {"name": named.name}
        yield Fault("person-not-in-text", "info", message, named.row, "entity", None, named.name, params)


def _writes_latin(subject: Subject, people: list[Named], missing: list[Named]) -> bool:
    """Return whether the text has foreign names in Latin letters: as English, or for most of those listed."""
    if subject.episode.language == "en" or foreign_scripts.is_english(
        "".join(frame.folded for _row, frame in subject.frames)
    ):
        return True
    foreign = [named for named in people if name_occurrence.is_latin(named.name)]
    return sum(name_occurrence.is_latin(named.name) for named in missing) * 2 < len(foreign)


@check
def name_not_listed(subject: Subject) -> Iterator[Fault]:
    """Report a bold person whom other notes list and this one does not. Bold things are usually mere terms."""
    listed = {name.casefold() for named in subject.mentions for name in named.names}
    listed |= {label.casefold() for label in subject.credits}
    for name, gloss in subject.bold.items():
        known = subject.known.get(name)
        if known is None or known.kind != "person" or name.casefold() in listed or _is_listed(gloss, listed):
            continue
        message = _("“%(name)s” is in bold but in none of the note's lists.")
        repair = {"add": ["mention", {"entity": known.key}]}
        params = {"name": name}
        yield Fault("name-not-listed", "info", message, subject.episode, "mentions", repair, name, params)


def _is_listed(gloss: str, listed: set[str]) -> bool:
    """Return whether the brackets after a name contain a listed one: 沃兹（Steve Wozniak）."""
    folded = gloss.casefold()
    return bool(folded) and any(len(name) > 3 and name in folded for name in listed)


@check
def name_misheard(subject: Subject) -> Iterator[Fault]:
    """Report words in the folded original that sound like a name in the translation next to it."""
    names = [named.name for named in subject.mentions]
    for section, frame in subject.frames:
        for misheard in misheard_names.misheard(frame, names):
            params = {"name": misheard.name, "heard": misheard.heard, "count": misheard.times}
            message = _("The original has “%(heard)s” where the translation says %(name)s, %(count)d times.")
            # Elsewhere in the text the same words may be correct.
            repair = {"text": {"replace": [misheard.heard, misheard.name]}} if misheard.everywhere else None
            evidence = f"{misheard.heard}/{misheard.name}"
            yield Fault("name-misheard", "info", message, section, "text", repair, evidence, params, misheard.begin)


@check
def name_like_an_address(subject: Subject) -> Iterator[Fault]:
    """Report names like `ada-lovelace`. No repair: the name belongs to the whole library, so a librarian changes it."""
    for named in subject.mentions:
        proposed = name_occurrence.from_slug(named.name)
        if proposed is not None:
            message = _("“%(name)s” is written like an address. Perhaps %(proposed)s is meant.")
            params = {"name": named.name, "proposed": proposed}
            yield Fault("name-like-an-address", "info", message, named.row, "entity", None, named.name, params)
