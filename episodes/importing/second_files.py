"""Settle second files of a recording: as a new version of the episode, as an episode of its own, or discarded.

The Note is kept in each case.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from episodes import workflow
from episodes.bases import code_labels
from episodes.bases.users import User
from episodes.importing.incoming_file import Incoming, read
from episodes.importing.loader import Loader, Outcome, Result
from episodes.importing.note_index import SET_ASIDE_STATES
from episodes.models import Episode, Finding, Note
from episodes.notes.parsed import NoteError
from episodes.workflow import Refused

CODE = "second-file"


class Answer(StrEnum):
    """An editor's choice for a second file."""

    NEW_VERSION = "new-version"
    OWN_EPISODE = "own-episode"
    DISCARD = "discard"


def settle(note: Note, answer: Answer, by: User) -> Result:
    """Carry out an editor's choice for a note that was set aside, in one transaction, and resolve its finding.

    NEW_VERSION is merged like any changed file (see `Loader.update`); OWN_EPISODE creates a draft. Returns the result.
    Raises Refused without permission, if it was settled already or if the loader refuses the note; nothing is written
    then.
    """
    if not may_settle(by):
        raise Refused(_("%(name)s does not have permission to do this.") % {"name": by.get_username()})
    with transaction.atomic(), workflow.one_act():
        # PostgreSQL: without the lock two concurrent answers would import the note twice.
        note = Note.objects.select_for_update().select_related("episode").get(pk=note.pk)
        if note.state not in SET_ASIDE_STATES:
            raise Refused(_("This file has already been dealt with."))
        result = _carry_out(note, answer)
        _resolve(note, answer, by)
    return result


def may_settle(user: User) -> bool:
    """Return whether the user may settle second files."""
    return user.has_perm("episodes.change_finding") and user.has_perm("episodes.review_episode")


def _carry_out(note: Note, answer: Answer) -> Result:
    if answer == Answer.DISCARD:
        Note.objects.filter(pk=note.pk).update(state=Note.State.DISCARDED)
        return Result(note.name, Outcome.UNCHANGED, note.episode_id)
    incoming, loader = _incoming(note), Loader()
    # Before the import: the index would take the file for the note that was set aside.
    Note.objects.filter(pk=note.pk).update(state=Note.State.SUPERSEDED)
    try:
        if answer == Answer.OWN_EPISODE:
            return loader.create(incoming)
        return loader.update(incoming, Episode.objects.select_for_update().get(pk=note.episode_id))
    except NoteError as error:
        raise Refused(error.sentence(note.name)) from None


def _incoming(note: Note) -> Incoming:
    try:
        return read(note.name, note.text.encode())
    except NoteError as error:
        raise Refused(error.sentence(note.name)) from None


def _resolve(note: Note, answer: Answer, by: User) -> None:
    reasons = {
        Answer.NEW_VERSION: code_labels.NEW_VERSION,
        Answer.OWN_EPISODE: code_labels.OWN_EPISODE,
        Answer.DISCARD: code_labels.FILE_DISCARDED,
    }
    for finding in findings_of(note):
        if finding.state == Finding.State.OPEN:
            workflow.transition(finding, Finding.State.RESOLVED, by, reasons[answer])


def findings_of(note: Note) -> Any:
    """Return the findings about this file; all of the episode if none names it, as older ones have no params."""
    findings = Finding.objects.filter(episode=note.episode_id, code=CODE)
    named = findings.filter(params__file=note.name)
    return named if named.exists() else findings


def note_of(finding: Finding) -> Note | None:
    """Return the note that a second-file finding is about, as long as it is not settled; else None."""
    waiting = Note.objects.filter(episode=finding.episode_id, state=Note.State.SECOND).without_text().order_by("pk")
    named = waiting.filter(name=finding.params.get("file", ""))
    return named.last() or waiting.last()
