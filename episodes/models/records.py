"""What is kept for the record: the note as it came, what was found wrong, who decided what."""

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
from episodes.bases.constraints import checked
from episodes.bases.fields import OrderedJSONField
from episodes.bases.reviewable import user_reference
from episodes.models.episode import Episode
from episodes.notes.paths import same_tail


class NoteQuerySet(models.QuerySet):
    def current(self) -> Self:
        return self.filter(state=Note.State.CURRENT)

    def behind(self, episode: Episode) -> Self:
        """The note an episode's spans are places in. A working copy whose note is not a new one stands on that of the
        episode it revises.
        """
        return self.current().filter(episode__in=filter(None, (episode.pk, episode.revises_id))).order_by("-episode_id")

    def without_text(self) -> Self:
        return self.defer("text", "parsed")

    def supersede(self, by: str) -> None:
        """Replace these notes by one of the path `by`. One from another path is put aside: its file may still lie
        there, and would be asked about again with the next import.
        """
        same = {key: same_tail(name, by) for key, name in self.values_list("pk", "name")}
        for state, below in ((Note.State.SUPERSEDED, True), (Note.State.DISCARDED, False)):
            keys = [key for key, is_below in same.items() if is_below == below]
            Note.objects.using(self.db).filter(pk__in=keys).update(state=state)


@checked
class Note(models.Model):
    """An imported file, character by character, and what the parser read out of it."""

    class State(models.TextChoices):
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
    def open(self) -> Self:
        return self.exclude(state__in=(Finding.State.RESOLVED, Finding.State.WAIVED))

    def blocking(self) -> Self:
        """Open findings of severity error: they stand in the way of an approval."""
        return self.open().exclude(severity__in=(Finding.Severity.WARNING, Finding.Severity.INFO))


@checked
class Finding(models.Model):
    """One thing found wrong or left open."""

    class Severity(models.TextChoices):
        ERROR = "error", _("error")
        WARNING = "warning", _("warning")
        INFO = "info", _("info")

    class Origin(models.TextChoices):
        CHECK = "check", _("check")
        IMPORT = "import", _("import")
        PERSON = "person", pgettext_lazy("finding", "person")

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("finding", "open")
        RESOLVED = "resolved", pgettext_lazy("finding", "resolved")
        WAIVED = "waived", _("waived")

    episode = models.ForeignKey(Episode, models.CASCADE, related_name="findings", verbose_name=_("episode"))
    code = models.CharField(_("code"), max_length=50, db_index=True)
    severity = models.CharField(_("severity"), max_length=10, choices=Severity)
    message = models.TextField(_("message"))
    # The same sentence before its names and numbers were put in, so that it can be said in another language.
    template = models.TextField(blank=True, editable=False)
    params = models.JSONField(default=dict, blank=True, editable=False)
    target_type = models.ForeignKey(ContentType, models.CASCADE, null=True, blank=True, related_name="+")
    target_id = models.PositiveBigIntegerField(null=True, blank=True)
    target = GenericForeignKey("target_type", "target_id")
    field = models.CharField(_("field"), max_length=50, blank=True)
    origin = models.CharField(_("origin"), max_length=10, choices=Origin)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    # The same fault found again is the same finding: a hash of code, target and evidence.
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
        """Errors first; what is of no known severity blocks like one."""
        order = self.Severity.values
        return order.index(self.severity) if self.severity in order else 0

    @property
    def text(self) -> str:
        """The sentence in the language in use; `message` is the English one, and what a person wrote stays as it is."""
        if not self.template and self.origin == self.Origin.PERSON:
            return self.message
        try:
            return stored_messages.text_of(self.template or self.message, self.params if self.template else {})
        except (AttributeError, LookupError, TypeError, ValueError):
            return self.message

    @property
    def kind(self) -> str:
        """The name of its code, for people."""
        return str(labels.finding_code(self.code))


@checked
class Decision(models.Model):
    """One editorial act. Append-only: there is no code that changes or deletes one."""

    target_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+", verbose_name=_("about"))
    target_id = models.PositiveBigIntegerField()
    target = GenericForeignKey("target_type", "target_id")
    # Of what is decided in a working copy: the key of the public row it stands for. The copy's own rows go when its
    # changes are published, and the history of the public row would lose who changed its words.
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
    # The episode it belongs to; for what is decided in a working copy the public one. Null for people and entities.
    episode = models.ForeignKey(
        Episode, models.SET_NULL, null=True, blank=True, related_name="decisions", verbose_name=_("episode")
    )
    changes = models.JSONField(
        _("changes"), default=dict, blank=True, help_text=_("Changed text fields, each as [before, after].")
    )
    # What was done with one key or one button is one act, and is undone as one.
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
    def corrections(self) -> Self:
        """Those of changes that visitors could see: neither the first of a publication nor what was published again
        while its hour was still to come.
        """
        before = Snapshot.objects.filter(
            episode=OuterRef("episode"), published_at=OuterRef("published_at"), number__lt=OuterRef("number")
        )
        return self.filter(Exists(before), made_at__gte=F("published_at"))


@checked
class Snapshot(models.Model):
    """A published episode as it was, whole. Immutable: there is no code that changes or deletes one."""

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
