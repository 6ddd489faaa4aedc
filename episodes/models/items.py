"""What an episode holds: its text in sections, who is credited, and the items a person accepts or rejects."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from episodes.bases.constraints import checked
from episodes.bases.fields import LongTextField, SecondsField
from episodes.bases.reviewable import (
    Reviewable,
    ReviewableQuerySet,
    reviewable_constraints,
    user_reference,
)
from episodes.models.episode import Episode, OfEpisodeQuerySet, in_public_episode
from episodes.notes import timecodes
from people.models import Entity, Speaker

# By the recording's clock, what has no time last.
IN_TIME = (F("start").asc(nulls_last=True), F("id").asc())


class ShownQuerySet(ReviewableQuerySet):
    """For rows of an episode that are decided upon: what is shown, and what of that is public."""

    def shown(self) -> Self:
        raise NotImplementedError

    def public(self, **moment: Any) -> Self:
        return self.shown().filter(in_public_episode(**moment))


class TextQuerySet(ShownQuerySet):
    """Sections and mentions: shown unless rejected, which is how an adopted library keeps its text."""

    def shown(self) -> Self:
        return self.not_rejected()


class ItemQuerySet(ShownQuerySet):
    """Items: shown from accepted on."""

    def shown(self) -> Self:
        return self.reviewed()


class PredictionQuerySet(ItemQuerySet):
    """What is open is neither resolved nor rejected, and no copy of a prediction that is judged elsewhere."""

    def open(self) -> Self:
        return self.not_rejected().filter(outcome="", episode__revises__isnull=True)

    def due(self) -> Self:
        """Accepted, unresolved and past their due date."""
        return self.open().reviewed().filter(due_on__lte=timezone.localdate())

    def due_soon(self) -> Self:
        """Accepted, and due within the next thirty days."""
        today = timezone.localdate()
        return self.open().reviewed().filter(due_on__gt=today, due_on__lte=today + timedelta(days=30))

    def without_criteria(self) -> Self:
        """Nobody has written yet how to tell whether they came true."""
        return self.open().filter(criteria="", due_on__isnull=False)

    def without_due_date(self) -> Self:
        return self.open().filter(due_on__isnull=True)

    def resolved(self) -> Self:
        return self.filter(outcome__in=Prediction.Outcome.values)


def belongs_to_episode(related_name: str) -> models.ForeignKey:
    return models.ForeignKey(Episode, models.CASCADE, related_name=related_name, verbose_name=_("episode"))


class Timestamped(models.Model):
    """A second of the recording. What the note wrote and could not be read as a time stays beside it."""

    start = SecondsField(_("time"), null=True, blank=True, help_text=_("HH:MM:SS in the recording."))
    start_raw = models.CharField(_("time as written in the note"), max_length=100, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def start_text(self) -> str:
        return timecodes.format(self.start) if self.start is not None else self.start_raw


class Revisable(models.Model):
    """A row that a working copy has a copy of: `revises` is the row whose place the copy takes when it is published."""

    revises = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, editable=False, related_name="+", verbose_name=_("revises")
    )

    class Meta:
        abstract = True


@checked
class Section(Revisable, Reviewable):
    class Kind(models.TextChoices):
        BODY = "body", _("body")
        BRIEF = "brief", _("brief")
        INTRO = "intro", _("intro")
        OUTLINE = "outline", _("outline")
        TRANSCRIPT = "transcript", _("transcript")

    episode = belongs_to_episode("sections")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.BODY)
    heading = models.CharField(_("heading"), max_length=500, blank=True)
    level = models.PositiveSmallIntegerField(_("level"), default=3, help_text=_("Depth of the heading; 0 for none."))
    text = LongTextField(_("text"), blank=True, help_text=_("Markdown."))
    order = models.PositiveIntegerField(_("order"), default=0)
    # Made from text by episodes.derived when the episode becomes public; never edited, never taken from a fixture.
    html = models.TextField(blank=True, editable=False)

    objects = TextQuerySet.as_manager()

    class Meta:
        ordering = ["order", "pk"]
        verbose_name, verbose_name_plural = _("section"), _("sections")
        constraints = reviewable_constraints("section")

    def __str__(self) -> str:
        return self.heading or self.get_kind_display()


@checked
class Appearance(Revisable):
    """One credited name in one episode."""

    class Role(models.TextChoices):
        HOST = "host", _("host")
        GUEST = "guest", _("guest")
        SPEAKER = "speaker", pgettext_lazy("role", "speaker")
        NARRATOR = "narrator", _("narrator")
        CHANNEL = "channel", pgettext_lazy("role", "channel")

    episode = belongs_to_episode("appearances")
    speaker = models.ForeignKey(
        Speaker,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="appearances",
        verbose_name=_("speaker"),
        help_text=_("Empty until the person is identified."),
    )
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.SPEAKER)
    label = models.CharField(_("name as written"), max_length=300, help_text=_("The name as written in the note."))
    span_begin = models.PositiveIntegerField(null=True, blank=True, editable=False)
    span_end = models.PositiveIntegerField(null=True, blank=True, editable=False)

    objects = OfEpisodeQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name, verbose_name_plural = _("appearance"), _("appearances")
        constraints = [models.UniqueConstraint(fields=["episode", "role", "label"], name="appearance_once")]

    def __str__(self) -> str:
        return self.label


@checked
class Chapter(Revisable, Timestamped, Reviewable):
    episode = belongs_to_episode("chapters")
    title = models.CharField(_("title"), max_length=500)
    summary = LongTextField(_("summary"), blank=True)

    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = IN_TIME
        verbose_name, verbose_name_plural = _("chapter"), _("chapters")
        constraints = reviewable_constraints("chapter")

    def __str__(self) -> str:
        return self.title


class SpokenItem(Revisable, Timestamped, Reviewable):
    """What somebody said at a second: by whom, and how the note spells that name."""

    speaker = models.ForeignKey(
        Speaker,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="%(class)ss",
        verbose_name=_("speaker"),
        help_text=_("Empty until the person is identified."),
    )
    label = models.CharField(
        _("name as written"), max_length=300, blank=True, help_text=_("The name as written in the note.")
    )

    class Meta:
        abstract = True


@checked
class Quote(SpokenItem):
    episode = belongs_to_episode("quotes")
    text = LongTextField(_("text"), help_text=_("Word for word, as spoken."))
    context = LongTextField(_("context"), blank=True)

    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = IN_TIME
        verbose_name, verbose_name_plural = _("quote"), _("quotes")
        constraints = reviewable_constraints("quote")

    def __str__(self) -> str:
        return self.text[:80]

    def get_absolute_url(self) -> str:
        return reverse("quote", args=[self.pk])


@checked
class Prediction(SpokenItem):
    class Outcome(models.TextChoices):
        TRUE = "true", _("came true")
        FALSE = "false", _("did not come true")
        PARTLY = "partly", _("partly")
        AMBIGUOUS = "ambiguous", _("cannot be judged: ambiguous")
        UNRESOLVABLE = "unresolvable", _("cannot be judged: no evidence")

    episode = belongs_to_episode("predictions")
    words = LongTextField(_("exact words"), help_text=_("Word for word, as spoken."))
    claim = LongTextField(
        pgettext_lazy("prediction", "claim"),
        blank=True,
        help_text=_("The statement to be judged, in one clear sentence."),
    )
    horizon = models.CharField(
        _("horizon"), max_length=200, blank=True, help_text=_("By when, in the speaker's words.")
    )
    due_on = models.DateField(_("due date"), null=True, blank=True)
    criteria = LongTextField(_("criteria"), blank=True, help_text=_("How to judge whether it came true."))
    criteria_by = user_reference(_("criteria by"))
    criteria_at = models.DateTimeField(_("criteria written at"), null=True, blank=True, editable=False)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome, blank=True)
    resolved_on = models.DateField(_("judged on"), null=True, blank=True)
    resolved_by = user_reference(_("judged by"))
    self_resolved = models.BooleanField(_("judged alone"), default=False, editable=False)
    evidence = LongTextField(_("evidence"), blank=True, help_text=_("Proof of the outcome, with a link."))

    objects = PredictionQuerySet.as_manager()

    class Meta:
        ordering = IN_TIME
        verbose_name, verbose_name_plural = _("prediction"), _("predictions")
        constraints = [
            *reviewable_constraints("prediction"),
            models.CheckConstraint(
                name="prediction_resolved_by_another",
                condition=Q(resolved_by__isnull=True)
                | Q(criteria_by__isnull=True)
                | ~Q(resolved_by=F("criteria_by"))
                | Q(self_resolved=True),
                violation_error_message=_(
                    "A prediction must be judged by someone other than the author of its criteria."
                ),
            ),
        ]

    def __str__(self) -> str:
        return (self.claim or self.words)[:80]

    def get_absolute_url(self) -> str:
        return reverse("prediction", args=[self.pk])


@checked
class Observation(Revisable, Timestamped, Reviewable):
    """What only the eye saw."""

    class Kind(models.TextChoices):
        SETTING = "setting", _("setting")
        PRODUCTION = "production", _("production")
        PROP = "prop", _("prop")
        ENERGY_UP = "energy_up", _("energy up")
        ENERGY_DOWN = "energy_down", _("energy down")
        GESTURE = "gesture", _("gesture")
        TELL = "tell", _("tell")
        TEXTURE = "texture", _("texture")

    episode = belongs_to_episode("observations")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    cue = LongTextField(_("cue"), blank=True, help_text=_("What was being said or asked."))
    detail = LongTextField(_("detail"), help_text=_("What was seen."))
    reading = LongTextField(_("reading"), blank=True, help_text=_("The interpretation given in the note."))

    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = IN_TIME
        verbose_name, verbose_name_plural = _("on-screen detail"), _("on-screen details")
        constraints = reviewable_constraints("observation")

    def __str__(self) -> str:
        return self.detail[:80]


@checked
class Takeaway(Revisable, Reviewable):
    episode = belongs_to_episode("takeaways")
    text = LongTextField(_("text"), help_text=_("Markdown."))
    order = models.PositiveIntegerField(_("order"), default=0)
    depth = models.PositiveSmallIntegerField(_("depth"), default=0, help_text=_("How deep it is nested in its list."))
    heading = models.CharField(_("heading"), max_length=500, blank=True, help_text=_("The group it belongs to."))

    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = ["order", "pk"]
        verbose_name, verbose_name_plural = _("takeaway"), _("takeaways")
        constraints = reviewable_constraints("takeaway")

    def __str__(self) -> str:
        return self.text[:80]


@checked
class Mention(Revisable, Reviewable):
    episode = belongs_to_episode("mentions")
    entity = models.ForeignKey(Entity, models.PROTECT, related_name="mentions", verbose_name=_("index entry"))
    listed_as = models.CharField(_("listed as"), max_length=100, blank=True, help_text=_("The note's own list name."))

    objects = TextQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name, verbose_name_plural = _("mention"), _("mentions")
        constraints = [
            *reviewable_constraints("mention"),
            models.UniqueConstraint(fields=["episode", "entity", "listed_as"], name="mention_once_per_list"),
        ]

    def __str__(self) -> str:
        return str(self.entity)


class GlossQuerySet(OfEpisodeQuerySet):
    def shown(self) -> Self:
        """A gloss is derived from a section; one that was rejected since takes its glosses with it."""
        kept = Exists(Section.objects.shown().filter(pk=OuterRef("section")))
        return self.filter(kept | Q(section__isnull=True))

    def public(self, **moment: Any) -> Self:
        return super().public(**moment).shown()


class Gloss(models.Model):
    """A term explained in the text: `**term**（expansion: explanation）`. Derived from the sections."""

    episode = belongs_to_episode("glosses")
    section = models.ForeignKey(Section, models.CASCADE, null=True, related_name="glosses", verbose_name=_("section"))
    term = models.CharField(_("term"), max_length=500)
    expansion = models.CharField(_("expansion"), max_length=1000, blank=True)
    explanation = models.TextField(_("explanation"), blank=True)

    objects = GlossQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name, verbose_name_plural = _("glossary entry"), _("glossary entries")
        # The glossary gathers terms whatever their case.
        indexes = [models.Index(Lower("term"), "episode", name="gloss_by_key")]

    def __str__(self) -> str:
        return self.term
