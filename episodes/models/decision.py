"""Decisions of editors. Append-only."""

from __future__ import annotations

import uuid

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from episodes.bases import code_labels
from episodes.bases.constraints import with_column_checks
from episodes.bases.reviewable import user_reference
from episodes.models.episode import Episode


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
        return code_labels.change_of(self)
