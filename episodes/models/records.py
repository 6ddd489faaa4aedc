"""Records of an episode: imported notes, findings, decisions, snapshots."""

from __future__ import annotations

import uuid
from typing import Self

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from episodes.bases import labels, stored_messages
from episodes.bases.constraints import with_column_checks
from episodes.bases.fields import OrderedJSONField
from episodes.bases.reviewable import user_reference
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
    text = models.TextField(_("text"), help_text=_("The full text of the file."))
    digest = models.CharField(_("digest"), max_length=64, db_index=True, help_text=_("SHA-256 of the file."))
    parser_version = models.PositiveIntegerField(_("parser version"), default=1)
    parsed = models.JSONField(
        _("parsed"), default=dict, help_text=_("Parsed values and their positions, in code points.")
    )
    imported_at = models.DateTimeField(_("imported at"), default=timezone.now)
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


class FindingQuerySet(models.QuerySet):
    """Query findings by state and severity."""

    def open(self) -> Self:
        """Return findings that are neither resolved nor waived."""
        return self.exclude(state__in=(Finding.State.RESOLVED, Finding.State.WAIVED))

    def blocking(self) -> Self:
        """Return open findings that block an approval: severity error, or an unknown one."""
        return self.open().exclude(severity__in=(Finding.Severity.WARNING, Finding.Severity.INFO))


@with_column_checks
class Finding(models.Model):
    """A problem found by a check, an import or a person."""

    class Severity(models.TextChoices):
        """Severity of a finding, most severe first; errors block an approval."""

        ERROR = "error", _("error")
        WARNING = "warning", _("warning")
        INFO = "info", _("info")

    class Origin(models.TextChoices):
        """Source of a finding."""

        CHECK = "check", _("check")
        IMPORT = "import", _("import")
        PERSON = "person", pgettext_lazy("finding", "person")

    class State(models.TextChoices):
        """State of a finding."""

        OPEN = "open", _("open")
        RESOLVED = "resolved", _("resolved")
        WAIVED = "waived", _("waived")

    episode = models.ForeignKey(Episode, models.CASCADE, related_name="findings", verbose_name=_("episode"))
    code = models.CharField(_("code"), max_length=50, db_index=True)
    severity = models.CharField(_("severity"), max_length=10, choices=Severity)
    message = models.TextField(_("message"))
    # The message before its parameters are filled in, so that it can be translated when it is shown.
    template = models.TextField(blank=True, editable=False)
    params = models.JSONField(default=dict, blank=True, editable=False)
    target_type = models.ForeignKey(ContentType, models.CASCADE, null=True, blank=True, related_name="+")
    target_id = models.PositiveBigIntegerField(null=True, blank=True)
    target = GenericForeignKey("target_type", "target_id")
    field = models.CharField(_("field"), max_length=50, blank=True)
    origin = models.CharField(_("origin"), max_length=10, choices=Origin)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    # SHA-256 of code, target and evidence: the same problem found again keeps its row.
    fingerprint = models.CharField(max_length=64, editable=False)
    repair = models.JSONField(_("suggested fix"), null=True, blank=True, help_text=_("Field values that would fix it."))
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        permissions = [("waive_finding", _("Can waive findings of severity error"))]
        verbose_name, verbose_name_plural = _("flag"), _("flags")
        indexes = [models.Index(fields=["target_type", "target_id"])]
        constraints = [models.UniqueConstraint(fields=["episode", "fingerprint"], name="finding_once")]

    def __str__(self) -> str:
        return self.text

    @property
    def rank(self) -> int:
        """Position of the severity, 0 for errors. An unknown severity counts as an error."""
        order = self.Severity.values
        return order.index(self.severity) if self.severity in order else 0

    @property
    def text(self) -> str:
        """The message in the active language.

        `message` holds the English one; the text of a person is never translated.
        """
        if not self.template and self.origin == self.Origin.PERSON:
            return self.message
        try:
            return stored_messages.text_of(self.template or self.message, self.params if self.template else {})
        except (AttributeError, LookupError, TypeError, ValueError):
            return self.message

    @property
    def kind(self) -> str:
        """The label of the code."""
        return str(labels.finding_code(self.code))


@with_column_checks
class Decision(models.Model):
    """One editorial decision. Append-only: no code changes or deletes one."""

    target_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+", verbose_name=_("about"))
    target_id = models.PositiveBigIntegerField()
    target = GenericForeignKey("target_type", "target_id")
    # Of a decision in a working copy: the key of the public row. The copy's own rows are deleted when its changes are
    # published, and the history of the public row would lose them.
    original_id = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    field = models.CharField(_("field"), max_length=50, blank=True, help_text=_("`summary` for an episode's summary."))
    from_status = models.CharField(_("previous status"), max_length=20)
    to_status = models.CharField(_("new status"), max_length=20)
    by = user_reference(_("by"), null=False, blank=False)
    at = models.DateTimeField(_("at"), default=timezone.now, db_index=True)
    reason = models.TextField(_("reason"), blank=True)
    version = models.PositiveIntegerField(
        _("revision"), default=1, help_text=_("The revision of the target at that time.")
    )
    # The episode; for a decision in a working copy the public one. Null for people and entities.
    episode = models.ForeignKey(
        Episode, models.SET_NULL, null=True, blank=True, related_name="decisions", verbose_name=_("episode")
    )
    changes = models.JSONField(
        _("changes"), default=dict, blank=True, help_text=_("Changed text fields, each as [before, after].")
    )
    # Groups the decisions of one action of the user, which are undone together.
    act = models.UUIDField(_("action"), default=uuid.uuid4, editable=False, db_index=True)
    undoes = models.UUIDField(_("undone action"), null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name, verbose_name_plural = _("decision"), _("decisions")
        indexes = [
            models.Index(fields=["target_type", "target_id"]),
            models.Index(fields=["target_type", "original_id"]),
            models.Index(fields=["episode", "by", "-id"]),
        ]

    def __str__(self) -> str:
        return labels.change_of(self)


class SnapshotQuerySet(models.QuerySet):
    """Query published versions."""

    def corrections(self) -> Self:
        """Return the versions that changed something visible.

        Neither the first version of a publication, nor one made before the publication's time had come.
        """
        before = Snapshot.objects.filter(
            episode=OuterRef("episode"), published_at=OuterRef("published_at"), number__lt=OuterRef("number")
        )
        return self.filter(Exists(before), made_at__gte=F("published_at"))


@with_column_checks
class Snapshot(models.Model):
    """A complete published version of an episode. Immutable: no code changes or deletes one."""

    episode = models.ForeignKey(Episode, models.CASCADE, related_name="snapshots", verbose_name=_("episode"))
    number = models.PositiveIntegerField(_("version number"))
    published_at = models.DateTimeField(_("published at"))
    by = user_reference(_("by"), null=False, blank=False)
    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    content = OrderedJSONField(_("content"), default=dict)

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        verbose_name, verbose_name_plural = _("version"), _("versions")
        constraints = [models.UniqueConstraint(fields=["episode", "number"], name="snapshot_number_once")]

    def __str__(self) -> str:
        return f"#{self.number}"
