"""What becomes of a second file of a recording: a new version of the episode, an episode of its own, or nothing.

The file itself is kept whatever is answered.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from episodes import workflow
from episodes.bases import labels
from episodes.bases.users import User
from episodes.importing.incoming import Incoming, read
from episodes.importing.loader import Loader, Outcome, Result
from episodes.importing.note_index import ASIDE
from episodes.models import Episode, Finding, Note
from episodes.notes.parsed import NoteError
from episodes.workflow import Refused

CODE = "second-file"


class Answer(StrEnum):
    NEW_VERSION = "new-version"
    OWN_EPISODE = "own-episode"
    DISCARD = "discard"


def settle(note: Note, answer: Answer, by: User) -> Result:
    """Carry out what a person says of a note that was put aside, in one transaction, and resolve its finding.

    NEW_VERSION goes the way of any changed file: into a draft at once, into a working copy of what is public, and it
    waits where an episode is approved. OWN_EPISODE makes a draft. Raises Refused; nothing is changed then.
    """
    if not may_settle(by):
        raise Refused(_("%(name)s may not do this.") % {"name": by.get_username()})
    with transaction.atomic(), workflow.one_act():
        # Locked where the database can: two answers at once would take it in twice.
        note = Note.objects.select_for_update().select_related("episode").get(pk=note.pk)
        if note.state not in ASIDE:
            raise Refused(_("Somebody has said already what this file is."))
        result = _carry_out(note, answer)
        _resolve(note, answer, by)
    return result


def may_settle(user: User) -> bool:
    return user.has_perm("episodes.change_finding") and user.has_perm("episodes.review_episode")


def _carry_out(note: Note, answer: Answer) -> Result:
    if answer == Answer.DISCARD:
        Note.objects.filter(pk=note.pk).update(state=Note.State.DISCARDED)
        return Result(note.name, Outcome.UNCHANGED, note.episode_id)
    incoming, loader = _incoming(note), Loader()
    # Out of the way first: the index would know the file as the one that was put aside.
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
        Answer.NEW_VERSION: labels.NEW_VERSION,
        Answer.OWN_EPISODE: labels.OWN_EPISODE,
        Answer.DISCARD: labels.FILE_DISCARDED,
    }
    for finding in findings_of(note):
        if finding.state == Finding.State.OPEN:
            workflow.transition(finding, Finding.State.RESOLVED, by, reasons[answer])


def findings_of(note: Note) -> Any:
    """Return the findings that tell of this file. Older ones name it in no column of its own but their fingerprint."""
    found = Finding.objects.filter(episode=note.episode_id, code=CODE)
    named = found.filter(params__file=note.name)
    return named if named.exists() else found


def note_of(finding: Finding) -> Note | None:
    """Return the note that a finding of this code tells of, while it waits for an answer."""
    waiting = Note.objects.filter(episode=finding.episode_id, state=Note.State.SECOND).without_text().order_by("pk")
    named = waiting.filter(name=finding.params.get("file", ""))
    return named.last() or waiting.last()
