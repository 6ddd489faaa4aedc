"""Flags and errors, found by checks and imports or reported by people."""

from __future__ import annotations

from typing import Self

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from episodes.bases import code_labels, stored_messages
from episodes.bases.constraints import with_column_checks
from episodes.models.episode import Episode


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
        return str(code_labels.finding_code(self.code))
