"""Imported note files as they came."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from episodes.bases.compressed_fields import CompressedJSONField, CompressedTextField
from episodes.bases.constraints import with_column_checks
from episodes.models.episode import Episode
from episodes.notes.paths import same_tail


class NoteQuerySet(models.QuerySet):
    """Query imported notes by state."""

    def current(self) -> Self:
        """Return the notes in use."""
        return self.filter(state=Note.State.CURRENT)

    def for_spans_of(self, episode: Episode) -> Self:
        """Return the note that the spans of an episode refer to.

        A working copy without a note of its own uses that of the episode it revises.
        """
        return self.current().filter(episode__in=filter(None, (episode.pk, episode.revises_id))).order_by("-episode_id")

    def without_text(self) -> Self:
        """Defer the text and the stored parse."""
        return self.defer("text", "parsed")

    def supersede(self, by: str) -> None:
        """Replace these notes by one with the path `by`.

        A note of the same path becomes superseded. One of another path becomes discarded: its file may still exist, and
        the next import would ask about it again.
        """
        same = {key: same_tail(name, by) for key, name in self.values_list("pk", "name")}
        for state, below in ((Note.State.SUPERSEDED, True), (Note.State.DISCARDED, False)):
            keys = [key for key, is_below in same.items() if is_below == below]
            Note.objects.using(self.db).filter(pk__in=keys).update(state=state)


@with_column_checks
class Note(models.Model):
    """An imported file, character by character, and its stored parse."""

    class State(models.TextChoices):
        """State of an imported file."""

        CURRENT = "current", _("current")
        SUPERSEDED = "superseded", _("superseded")
        WAITING = "waiting", _("waiting")
        SECOND = "second", _("second file of the same recording")
        DISCARDED = "discarded", _("discarded")

    episode = models.ForeignKey(Episode, models.CASCADE, related_name="notes", verbose_name=_("episode"))
    name = models.CharField(
        _("name"), max_length=500, db_index=True, help_text=_("The file's path below the imported folder.")
    )
    source_id = models.CharField(
        _("source id"), max_length=300, blank=True, help_text=_("The recording this text names, if it names one.")
    )
    dialect = models.CharField(_("dialect"), max_length=30)
    text = CompressedTextField(_("text"), help_text=_("The full text of the file."))
    digest = models.CharField(_("digest"), max_length=64, db_index=True, help_text=_("SHA-256 of the file."))
    parser_version = models.PositiveIntegerField(_("parser version"), default=1)
    parsed = CompressedJSONField(
        _("parsed"), default=dict, help_text=_("Parsed values and their positions, in code points.")
    )
    imported_at = models.DateTimeField(_("imported at"), default=timezone.now, db_index=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.CURRENT)

    objects = NoteQuerySet.as_manager()

    class Meta:
        ordering = ["-imported_at", "-pk"]
        verbose_name, verbose_name_plural = _("note"), _("notes")
        constraints = [
            models.UniqueConstraint(fields=["episode"], condition=Q(state="current"), name="note_one_current"),
        ]

    def __str__(self) -> str:
        return self.name
