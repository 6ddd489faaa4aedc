"""Tags with slugs for any script: taggit's own slugs are empty for Chinese."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import Count, Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from taggit.models import ItemBase, NaturalKeyManager, TagBase

from episodes.bases.constraints import with_column_checks
from episodes.bases.slugs import slug_of
from episodes.models.episode import in_public_episode


class TagQuerySet(models.QuerySet):
    """Query tags by use in public episodes."""

    def public(self) -> Self:
        """Return the tags of at least one public episode."""
        return self.filter(Exists(TaggedEpisode.objects.public().filter(tag=OuterRef("pk"))))

    def recurring(self) -> Self:
        """Return the tags of two or more public episodes."""
        often = TaggedEpisode.objects.public().order_by().values("tag").annotate(n=Count("pk")).filter(n__gte=2)
        return self.filter(pk__in=often.values("tag"))


class Tag(TagBase):
    """A tag of episodes."""

    # taggit's manager finds a tag by its natural key, which dumps with natural keys need.
    objects = NaturalKeyManager.from_queryset(TagQuerySet)()

    class Meta:
        ordering = ["name"]
        verbose_name, verbose_name_plural = _("tag"), _("tags")

    def slugify(self, tag: str, i: int | None = None) -> str:
        """Return the slug for a tag. taggit calls this, with a number when the slug is taken."""
        return slug_of(tag, "tag") + (f"-{i}" if i is not None else "")

    def get_absolute_url(self) -> str:
        """Return the path of the public page."""
        return reverse("tag", args=[self.slug])


class TaggedEpisodeQuerySet(models.QuerySet):
    """Query the assignment of tags."""

    def public(self, **moment: Any) -> Self:
        """Return the assignments to public episodes."""
        return self.filter(in_public_episode("content_object", **moment))


@with_column_checks
class TaggedEpisode(ItemBase):
    """One tag of one episode."""

    # taggit requires this field name; elsewhere it is `episode`.
    content_object = models.ForeignKey("Episode", models.CASCADE, related_name="tagged", db_column="episode_id")
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="tagged", verbose_name=_("tag"))
    span_begin = models.PositiveIntegerField(null=True, blank=True, editable=False)
    span_end = models.PositiveIntegerField(null=True, blank=True, editable=False)

    # Dumps with natural keys omit the primary key: this pair identifies the row.
    natural_key_fields = ["content_object_id", "tag_id"]

    objects = NaturalKeyManager.from_queryset(TaggedEpisodeQuerySet)()

    class Meta:
        verbose_name, verbose_name_plural = _("tag of an episode"), _("tags of episodes")
        constraints = [models.UniqueConstraint(fields=["content_object", "tag"], name="tag_once_per_episode")]
