"""Numbers of public episodes, quotes and predictions by name, area, year and so on, for the choices of filters."""

from __future__ import annotations

from django.db import models
from django.db.models import F

from episodes.models.episode import Episode
from episodes.models.tags import Tag
from people.models import Entity, Speaker


class PublicCount(models.Model):
    """How many rows of a public list have a value. Derived: `episodes.derived` alone writes it.

    list   episode, quote or prediction
    field  name of the filter, or another name that `episodes.derived.public_counts` explains
    value  the value, or the primary key of the speaker, the entity or the tag
    """

    list = models.CharField(max_length=10)
    field = models.CharField(max_length=10)
    value = models.CharField(max_length=300)
    speaker = models.ForeignKey(Speaker, models.CASCADE, null=True, related_name="public_counts")
    entity = models.ForeignKey(Entity, models.CASCADE, null=True, related_name="public_counts")
    tag = models.ForeignKey(Tag, models.CASCADE, null=True, related_name="public_counts")
    count = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["list", "field", "value"], name="public_count_once")]
        indexes = [models.Index(F("list"), F("field"), F("count").desc(), F("value"), name="public_count_most")]

    def __str__(self) -> str:
        return f"{self.list} {self.field} {self.value}: {self.count}"


class CountedEpisode(models.Model):
    """What an episode adds to the counts, and the date of its last change when it was counted."""

    episode = models.OneToOneField(Episode, models.CASCADE, primary_key=True, related_name="counted")
    changed_at = models.DateTimeField()
    # [[list, field, value, number], …]
    counts = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.episode_id}: {self.changed_at}"


class CountState(models.Model):
    """One row, once everything is counted: all changes before `since` are in the counts."""

    since = models.DateTimeField()
    episodes = models.IntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.episodes}, changes before {self.since}"
