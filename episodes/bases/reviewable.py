"""Abstract base of everything that editors review: status, reviewers and the place in the note."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Status(models.TextChoices):
    """Review status of a section or an item."""

    DRAFT = "draft", pgettext_lazy("item", "draft")
    ACCEPTED = "accepted", _("accepted")
    EVERGREEN = "evergreen", _("double-checked")
    REJECTED = "rejected", _("rejected")


class RejectCode(models.TextChoices):
    """Reason code of a rejection."""

    NOT_SAID = "not_said", _("not said")
    WRONG_SPEAKER = "wrong_speaker", _("wrong speaker")
    WRONG_TIME = "wrong_time", _("wrong time")
    DUPLICATE = "duplicate", _("duplicate")
    OUT_OF_CONTEXT = "out_of_context", _("out of context")
    TRIVIAL = "trivial", _("trivial")
    WRONG_TYPE = "wrong_type", _("wrong type")
    PRIVATE = "private", _("private")


class ReviewLevel(models.IntegerChoices):
    """Thoroughness of a person's review, in ascending order."""

    UNREAD = 0, _("not reviewed")
    READ = 1, _("reviewed")
    VERIFIED = 2, _("double-checked")


# Each rule lists the statuses it admits instead of excluding some, so that an unknown value in a row is never decided,
# never kept and never public.
ACCEPTED_STATUSES = (Status.ACCEPTED, Status.EVERGREEN)
KEPT_STATUSES = (Status.DRAFT, *ACCEPTED_STATUSES)
DECIDED_STATUSES = (*ACCEPTED_STATUSES, Status.REJECTED)


_LEVEL_BY_STATUS: dict[str, ReviewLevel] = {Status.ACCEPTED: ReviewLevel.READ, Status.EVERGREEN: ReviewLevel.VERIFIED}


class ReviewableQuerySet(models.QuerySet):
    """Query by review status."""

    def undecided(self) -> Self:
        """Return the rows that were neither accepted nor rejected."""
        return self.exclude(status__in=DECIDED_STATUSES)

    def not_rejected(self) -> Self:
        """Return the rows that were not rejected."""
        return self.filter(status__in=KEPT_STATUSES)

    def reviewed(self) -> Self:
        """Return the rows that were accepted by at least one person."""
        return self.filter(status__in=ACCEPTED_STATUSES)


def user_reference(label: Any, **kwargs: Any) -> models.ForeignKey:
    """Return a foreign key to the user who did something.

    PROTECT, because the history needs the user's name: users are deactivated, never deleted.
    """
    options = {"null": True, "blank": True, "editable": False, "related_name": "+", "verbose_name": label, **kwargs}
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, **options)


class Reviewable(models.Model):
    """A row with a review status, its reviewers and its place in the note."""

    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    accepted_by = user_reference(_("accepted by"))
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True, editable=False)
    verified_by = user_reference(_("double-checked by"))
    verified_at = models.DateTimeField(_("double-checked at"), null=True, blank=True, editable=False)
    self_verified = models.BooleanField(_("double-checked alone"), default=False, editable=False)
    reject_code = models.CharField(
        _("reason for rejection"), max_length=20, choices=RejectCode, blank=True, editable=False
    )
    version = models.PositiveIntegerField(_("revision"), default=1, editable=False)
    # Place in the text of the episode's current note, in code points; null for a row that an editor added.
    span_begin = models.PositiveIntegerField(null=True, blank=True, editable=False)
    span_end = models.PositiveIntegerField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def span(self) -> tuple[int, int] | None:
        """(begin, end) in the current note's text, half open, or None."""
        if self.span_begin is None or self.span_end is None:
            return None
        return self.span_begin, self.span_end

    @property
    def review_level(self) -> ReviewLevel:
        """The level that follows from the status."""
        return _LEVEL_BY_STATUS.get(self.status, ReviewLevel.UNREAD)


def evergreen_is_verified(name: str, prefix: str = "") -> models.CheckConstraint:
    """Return the constraint that an evergreen row was verified by somebody else than its accepter, or alone where
    allowed.

    prefix: of the column names, such as `summary_`.
    """
    verified, accepted = f"{prefix}verified_by", f"{prefix}accepted_by"
    another = Q(**{f"{accepted}__isnull": True}) | ~Q(**{verified: F(accepted)})
    by_another = Q(**{f"{verified}__isnull": False}) & another
    alone = Q(**{f"{prefix}self_verified": True})
    return models.CheckConstraint(
        name=f"{name}_evergreen_verified",
        condition=~Q(**{f"{prefix}status": Status.EVERGREEN}) | alone | by_another,
        violation_error_message=_("An item must be double-checked by someone other than the person who accepted it."),
    )


def reviewable_constraints(name: str) -> list[models.BaseConstraint]:
    """Return the constraints of a reviewable table; `name` is the prefix of their names."""
    return [
        evergreen_is_verified(name),
        models.CheckConstraint(
            name=f"{name}_rejected_with_code",
            condition=~Q(status=Status.REJECTED) | ~Q(reject_code=""),
            violation_error_message=_("A rejection needs a reason."),
        ),
    ]
