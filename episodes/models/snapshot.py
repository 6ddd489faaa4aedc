"""Published episodes as they were at each publication."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from episodes.bases.compressed_fields import CompressedJSONField
from episodes.bases.constraints import with_column_checks
from episodes.bases.reviewable import user_reference
from episodes.models.episode import Episode


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
    """A complete published version of an episode. Immutable: no code changes or deletes one.

    Only a version that adoption took has no content at first: it gets it before its episode changes."""

    episode = models.ForeignKey(Episode, models.CASCADE, related_name="snapshots", verbose_name=_("episode"))
    number = models.PositiveIntegerField(_("version number"))
    published_at = models.DateTimeField(_("published at"))
    by = user_reference(_("by"), null=False, blank=False)
    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    # None: as the episode is now, adopted and not changed since. `snapshots.content_at` reads it.
    content = CompressedJSONField(_("content"), default=dict, null=True, level=9)

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        verbose_name, verbose_name_plural = _("version"), _("versions")
        constraints = [models.UniqueConstraint(fields=["episode", "number"], name="snapshot_number_once")]

    def __str__(self) -> str:
        return f"#{self.number}"
