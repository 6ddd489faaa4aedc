"""Contents of an episode: sections, credits, and the items that editors accept or reject."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from episodes.bases.compressed_fields import CompressedTextField
from episodes.bases.constraints import with_column_checks
from episodes.bases.fields import LongTextField, SecondsField
from episodes.bases.prepared import today
from episodes.bases.reviewable import Reviewable, reviewable_constraints, user_reference
from episodes.models.episode import Episode, OfEpisodeQuerySet
from episodes.models.item_querysets import ItemQuerySet, TextQuerySet
from episodes.notes import timecodes
from people.models import Entity, Speaker

# By time in the recording, rows without a time last.
IN_TIME = (F("start").asc(nulls_last=True), F("id").asc())


class PredictionQuerySet(ItemQuerySet):
    """Query predictions by due date and outcome."""

    def open(self) -> Self:
        """Return predictions without outcome, neither rejected nor in a working copy."""
        return self.not_rejected().filter(outcome="", episode__revises__isnull=True)

    def due(self) -> Self:
        """Return accepted, unresolved predictions whose due date has come."""
        return self.open().reviewed().filter(due_on__lte=today())

    def due_soon(self) -> Self:
        """Return accepted, unresolved predictions due within the next thirty days."""
        begin = today()
        return self.open().reviewed().filter(due_on__gt=begin, due_on__lte=begin + timedelta(days=30))

    def without_criteria(self) -> Self:
        """Return open predictions that have a due date and no criteria."""
        return self.open().filter(criteria="", due_on__isnull=False)

    def without_due_date(self) -> Self:
        """Return open predictions that have no due date."""
        return self.open().filter(due_on__isnull=True)

    def resolved(self) -> Self:
        """Return predictions with an outcome."""
        return self.filter(outcome__in=Prediction.Outcome.values)


def belongs_to_episode(related_name: str) -> models.ForeignKey:
    """Return the foreign key of a row to its episode."""
    return models.ForeignKey(Episode, models.CASCADE, related_name=related_name, verbose_name=_("episode"))


class Timestamped(models.Model):
    """A row with a time in the recording (seconds). `start_raw` holds the note's text if it is no readable time."""

    start = SecondsField(_("time"), null=True, blank=True, help_text=_("HH:MM:SS in the recording."))
    start_raw = models.CharField(_("time as written in the note"), max_length=100, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def start_text(self) -> str:
        """The time as HH:MM:SS, else the note's own text."""
        return timecodes.format(self.start) if self.start is not None else self.start_raw


class Revisable(models.Model):
    """A row with copies in working copies. `revises` of a copy is the row that it replaces when it is published."""

    revises = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, editable=False, related_name="+", verbose_name=_("revises")
    )

    class Meta:
        abstract = True


@with_column_checks
class Section(Revisable, Reviewable):
    """A part of the episode's text with its heading."""

    class Kind(models.TextChoices):
        """Role of a section in the episode."""

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
    # Derived from `text` by episodes.derived when the episode becomes public; never edited, never loaded from a
    # fixture.
    html = CompressedTextField(blank=True, editable=False)

    objects = TextQuerySet.as_manager()

    class Meta:
        ordering = ["order", "pk"]
        verbose_name, verbose_name_plural = _("section"), _("sections")
        constraints = reviewable_constraints("section")

    def __str__(self) -> str:
        return self.heading or self.get_kind_display()


@with_column_checks
class Appearance(Revisable):
    """One credited name of an episode."""

    class Role(models.TextChoices):
        """Role of a credited person or channel."""

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


@with_column_checks
class Chapter(Revisable, Timestamped, Reviewable):
    """A chapter mark with an optional summary."""

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
    """A statement with its time, its speaker, and the speaker's name as the note spells it."""

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


@with_column_checks
class Quote(SpokenItem):
    """A verbatim statement."""

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
        """Return the path of the public page."""
        return reverse("quote", args=[self.pk])


@with_column_checks
class Prediction(SpokenItem):
    """A statement about the future and its resolution."""

    class Outcome(models.TextChoices):
        """Result of judging a prediction; empty in the column while it is pending."""

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
        indexes = [models.Index(fields=["due_on"], name="prediction_due")]
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
        """Return the path of the public page."""
        return reverse("prediction", args=[self.pk])


@with_column_checks
class Observation(Revisable, Timestamped, Reviewable):
    """Something visible in the recording that no transcript holds."""

    class Kind(models.TextChoices):
        """Kind of an observation."""

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


@with_column_checks
class Takeaway(Revisable, Reviewable):
    """A key point of the episode."""

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


@with_column_checks
class Mention(Revisable, Reviewable):
    """An entity that the note lists."""

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
    """Query explained terms by visibility."""

    def shown(self) -> Self:
        """Return glosses whose section was not rejected, or that have none."""
        of_shown_section = Exists(Section.objects.shown().filter(pk=OuterRef("section")))
        return self.filter(of_shown_section | Q(section__isnull=True))

    def public(self, **moment: Any) -> Self:
        """Return the visible glosses of public episodes."""
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
        # The glossary groups terms case-insensitively.
        indexes = [models.Index(Lower("term"), "episode", name="gloss_by_key")]

    def __str__(self) -> str:
        return self.term
