"""Passages: what search has indexed of an episode, for snippets and for removal from the index."""

from __future__ import annotations

from typing import Any, Self

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext_lazy as _

from episodes.bases.compressed_fields import CompressedTextField
from episodes.models.episode import Episode, in_public_episode
from episodes.models.items import Section


class PassageQuerySet(models.QuerySet):
    """Query passages by visibility."""

    def public(self, **moment: Any) -> Self:
        """Return the passages that visitors may see now."""
        return self.filter(in_public_episode(**moment), public=True)


class Passage(models.Model):
    """A piece of an episode's text as search reads it; `episodes.derived` alone writes it.

    The key holds that of the episode and the place in it, see `episodes.search.passage_ids`.
    """

    class Kind(models.TextChoices):
        """What a passage is a piece of."""

        TITLE = "title", _("title")
        NAMES = "names", _("names")
        SUMMARY = "summary", _("summary")
        INSIGHT = "insight", _("remark")
        SECTION = "section", _("section")
        CHAPTER = "chapter", _("chapter")
        QUOTE = "quote", _("quote")
        PREDICTION = "prediction", _("prediction")
        OBSERVATION = "observation", _("on-screen detail")
        TAKEAWAY = "takeaway", _("takeaway")
        MENTION = "mention", _("mention")

    id = models.BigIntegerField(primary_key=True)
    episode = models.ForeignKey(Episode, models.CASCADE, related_name="passages", verbose_name=_("episode"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    # The section, or the item by type and key; neither for title, names, summary and mentions. The keys are not
    # constrained: the index must lose the passage before the row goes.
    section = models.ForeignKey(
        Section, models.CASCADE, null=True, db_index=True, related_name="passages", verbose_name=_("section")
    )
    target_type = models.ForeignKey(ContentType, models.CASCADE, null=True, db_index=False, related_name="+")
    target_id = models.PositiveBigIntegerField(null=True)
    item = GenericForeignKey("target_type", "target_id")
    order = models.PositiveIntegerField(_("order"), default=0)
    anchor = models.CharField(_("anchor"), max_length=200, blank=True)
    text = CompressedTextField(_("text"))
    # Whether visitors see it once the episode is public, and whether they do, apart from the moment of publication.
    shown = models.BooleanField(default=False)
    public = models.BooleanField(default=False)
    tokenizer_version = models.PositiveSmallIntegerField(default=0)

    objects = PassageQuerySet.as_manager()

    class Meta:
        ordering = ["episode", "order", "pk"]
        verbose_name, verbose_name_plural = _("passage"), _("passages")
        default_permissions = ()

    def __str__(self) -> str:
        return self.text[:80]


class SearchMiss(models.Model):
    """How often words were searched in vain on one day. Nothing else of the visitor is kept."""

    words = models.CharField(_("words"), max_length=200)
    day = models.DateField(_("day"))
    count = models.PositiveIntegerField(_("count"), default=1)

    class Meta:
        ordering = ["-day", "-count", "words"]
        verbose_name, verbose_name_plural = _("search without results"), _("searches without results")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["words", "day"], name="search_miss_once_a_day")]

    def __str__(self) -> str:
        return self.words
