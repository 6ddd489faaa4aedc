"""Models of credited persons and channels (Speaker), of topics and names (Entity), and of their other names (Alias)."""

from __future__ import annotations

from itertools import combinations_with_replacement
from typing import Self

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from episodes.bases.constraints import with_column_checks
from episodes.bases.fields import LongTextField
from episodes.bases.reviewable import (
    Reviewable,
    ReviewableQuerySet,
    Status,
    reviewable_constraints,
)


def _in_public_episode(model: str, field: str) -> Exists:
    """Return a condition: a public row of an episodes model references this row.

    The model is looked up by name, because episodes.models imports people.models.
    """
    return Exists(apps.get_model("episodes", model)._default_manager.public().filter(**{field: OuterRef("pk")}))


def _in_two_public_episodes(field: str, *models: str) -> Q:
    """Return a condition: public rows of these models in two different episodes reference this row."""
    managers = [apps.get_model("episodes", model)._default_manager for model in models]
    condition = Q()
    for one, other in combinations_with_replacement(managers, 2):
        elsewhere = other.public().filter(~Q(episode=OuterRef("episode")), **{field: OuterRef(field)})
        condition |= Q(Exists(one.public().filter(Exists(elsewhere), **{field: OuterRef("pk")})))
    return condition


class NamedPage(Reviewable):
    """What a speaker and an entity share: a name with a public page."""

    # Declared by each: their lengths differ.
    name: str
    slug = models.SlugField(
        _("slug"),
        max_length=80,
        unique=True,
        blank=True,
        help_text=_("Address of the page. It does not change automatically."),
    )
    links = models.JSONField(_("links"), default=list, blank=True, help_text=_("A list of web addresses."))

    class Meta:
        abstract = True
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def introduced(self) -> bool:
        """Whether its own text, links and picture are public: from accepted on."""
        return self.status in (Status.ACCEPTED, Status.EVERGREEN)


class SpeakerQuerySet(ReviewableQuerySet):
    """Queryset of speakers."""

    def public(self) -> Self:
        """Return speakers credited in a public episode and not rejected."""
        credited = _in_public_episode("Appearance", "speaker") | _in_public_episode("Quote", "speaker")
        return self.not_rejected().filter(credited | _in_public_episode("Prediction", "speaker"))

    def recurring(self) -> Self:
        """Return speakers credited in two public episodes or more, by appearance, quote or prediction."""
        return self.not_rejected().filter(_in_two_public_episodes("speaker", "Appearance", "Quote", "Prediction"))


@with_column_checks
class Speaker(NamedPage):
    """A credited person or channel."""

    class Kind(models.TextChoices):
        """Kind of speaker."""

        PERSON = "person", _("person")
        CHANNEL = "channel", _("channel")

    name = models.CharField(
        _("name"),
        max_length=200,
        db_index=True,
        help_text=_("As the person or channel writes it; names need not be unique."),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.PERSON)
    entity = models.OneToOneField(
        "Entity",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="speaker",
        verbose_name=_("index entry"),
        help_text=_("The index entry of the same person or organisation."),
    )
    headline = models.CharField(
        _("headline"), max_length=200, blank=True, help_text=_("A short description, half a line.")
    )
    bio = LongTextField(_("bio"), blank=True, help_text=_("Markdown. Public once the person is accepted."))
    photo = models.ImageField(
        _("photo"), upload_to="speakers", blank=True, help_text=_("Public once the person is accepted.")
    )

    objects = SpeakerQuerySet.as_manager()

    class Meta(NamedPage.Meta):
        verbose_name, verbose_name_plural = _("person or channel"), _("people & channels")
        constraints = reviewable_constraints("speaker")

    def get_absolute_url(self) -> str:
        """Return the path of the public page."""
        return reverse("speaker", args=[self.slug])


class EntityQuerySet(ReviewableQuerySet):
    """Queryset of entities."""

    def public(self) -> Self:
        """Return entities mentioned in a public episode and not rejected."""
        return self.not_rejected().filter(_in_public_episode("Mention", "entity"))

    def recurring(self) -> Self:
        """Return entities mentioned in two public episodes or more."""
        return self.not_rejected().filter(_in_two_public_episodes("entity", "Mention"))


@with_column_checks
class Entity(NamedPage):
    """A person, organisation, product, work, method or other thing that is talked about."""

    class Kind(models.TextChoices):
        """Kind of entity."""

        PERSON = "person", _("person")
        ORGANISATION = "organisation", _("organisation")
        PRODUCT = "product", _("product")
        WORK = "work", _("work")
        METHOD = "method", _("method")
        OTHER = "other", _("other")

    name = models.CharField(_("name"), max_length=300, db_index=True)
    kind = models.CharField(
        _("kind"),
        max_length=12,
        choices=Kind,
        default=Kind.OTHER,
        help_text=_("The main kind; a name may be listed under several kinds."),
    )
    summary = LongTextField(_("summary"), blank=True, help_text=_("Markdown. Public once the entry is accepted."))

    objects = EntityQuerySet.as_manager()

    class Meta(NamedPage.Meta):
        verbose_name, verbose_name_plural = _("index entry"), _("index")
        constraints = reviewable_constraints("entity")

    def get_absolute_url(self) -> str:
        """Return the path of the public page."""
        return reverse("entity", args=[self.slug])


class Alias(models.Model):
    """Another name of exactly one speaker or one entity."""

    name = models.CharField(_("name"), max_length=300, db_index=True)
    speaker = models.ForeignKey(
        Speaker, models.CASCADE, null=True, blank=True, related_name="aliases", verbose_name=_("speaker")
    )
    entity = models.ForeignKey(
        Entity, models.CASCADE, null=True, blank=True, related_name="aliases", verbose_name=_("index entry")
    )

    class Meta:
        ordering = ["name", "pk"]
        verbose_name, verbose_name_plural = _("alias"), _("aliases")
        constraints = [
            models.CheckConstraint(
                name="alias_of_exactly_one",
                condition=Q(speaker__isnull=False, entity__isnull=True) | Q(speaker__isnull=True, entity__isnull=False),
                violation_error_message=_("An alias belongs to one person or to one index entry."),
            ),
            models.UniqueConstraint(fields=["name", "speaker"], name="alias_once_per_speaker"),
            models.UniqueConstraint(fields=["name", "entity"], name="alias_once_per_entity"),
        ]

    def __str__(self) -> str:
        return self.name


def speaker_not_rejected() -> Exists:
    """Return a condition: the row's speaker is not rejected. A subquery per row, as in `in_public_episode`."""
    return Exists(Speaker.objects.not_rejected().filter(pk=OuterRef("speaker")))


def entity_not_rejected() -> Exists:
    """Return a condition: the row's entity is not rejected."""
    return Exists(Entity.objects.not_rejected().filter(pk=OuterRef("entity")))
