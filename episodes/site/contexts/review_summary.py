"""Review status of an episode in one sentence, shared by pages, feeds, llms.txt, Markdown and the desk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth import get_user_model
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from episodes.bases.page_dependencies import today
from episodes.bases.reviewable import ReviewLevel
from episodes.models import Episode, Section
from episodes.site.contexts.episode_parts import ShownSection


@dataclass(frozen=True)
class ReviewSummary:
    """Review status of what an episode's page shows, and the sentence for it.

    total, read, verified   number of sections, or of items in an episode without sections
    summary     review level of the summary; None without one
    alone       whether something was double-checked by the person who had accepted it
    evergreen   whether the episode has that status
    due         day since which it should be checked again; None before it
    """

    own: bool = False
    adopted: bool = False
    evergreen: bool = False
    total: int = 0
    read: int = 0
    verified: int = 0
    summary: ReviewLevel | None = None
    alone: bool = False
    due: date | None = None

    @property
    def state(self) -> str:
        """Return unread, partly, read or verified."""
        summaries = [self.summary] if self.summary is not None else []
        if not self.read and not any(summaries):
            return "unread"
        if self.read < self.total or ReviewLevel.UNREAD in summaries:
            return "partly"
        return "read" if self.verified < self.total or ReviewLevel.READ in summaries else "verified"

    @property
    def review_level(self) -> ReviewLevel:
        """Return the level of the status icon beside the sentence."""
        return {"read": ReviewLevel.READ, "verified": ReviewLevel.VERIFIED}.get(self.state, ReviewLevel.UNREAD)

    @property
    def line(self) -> str:
        """Return the sentence.

        Own writing has one only while it is published without review. "Without item-by-item review" is dropped once
        everything is reviewed.
        """
        if self.own:
            unreviewed = self.adopted and self.state in ("unread", "partly")
            return _("Published by this site without item-by-item review.") if unreviewed else ""
        if self.state in ("unread", "partly"):
            parts = [self._unreviewed, *([_partly(self)] if self.state == "partly" else [])]
        else:
            parts = [_("Fully checked."), _reviewed(self)] if self._is_fully_checked else [_reviewed(self)]
        if self.evergreen and self.due is not None:
            parts.append(_("Due to be checked again since %(date)s.") % {"date": date_format(self.due, "DATE_FORMAT")})
        # Chinese sentences are not separated by a space.
        return ("" if (get_language() or "").startswith("zh") else " ").join(parts)

    @property
    def _unreviewed(self) -> str:
        if self.adopted:
            return _("Machine-made, published by this site without item-by-item review.")
        return _("Machine-made.") if self.state == "partly" else _("Machine-made, not reviewed by a person yet.")

    @property
    def _is_fully_checked(self) -> bool:
        return self.evergreen and self.state == "verified"


def _partly(review: ReviewSummary) -> str:
    params = {"what": _reviewed_parts(review)}
    if review.adopted:
        return _("Reviewed by a person since: %(what)s.") % params
    return _("Reviewed by a person so far: %(what)s.") % params


def _reviewed_parts(review: ReviewSummary) -> str:
    """Return the reviewed parts of a page that is reviewed in part."""
    if not review.read:
        return _("the summary")
    if review.read == review.total:
        return _("everything but the summary")
    counts = {"read": review.read, "total": review.total}
    if review.summary:
        text = ngettext(
            "the summary and %(read)d of %(total)d section",
            "the summary and %(read)d of %(total)d sections",
            review.total,
        )
    else:
        text = ngettext("%(read)d of %(total)d section", "%(read)d of %(total)d sections", review.total)
    return text % counts


def _reviewed(review: ReviewSummary) -> str:
    if review.state == "read":
        return _("Machine-made, reviewed by a person.")
    if review.alone:
        return _("Machine-made, reviewed by a person and double-checked by the same person on a later day.")
    return _("Machine-made, reviewed by a person and double-checked by a second.")


def review_of(episode: Episode, sections: Iterable[Any], items: Iterable[Any]) -> ReviewSummary:
    """Return the review status of an episode. No query.

    sections, items: those on its page, each with `review_level` and `alone` or `self_verified`.
    """
    sections = list(sections)
    pieces = sections or list(items)
    summary = Section(status=episode.summary_status).review_level if episode.shown_summary else None
    # ShownSection has `alone`, model rows have `self_verified`.
    alone = any(getattr(piece, "alone", getattr(piece, "self_verified", False)) for piece in pieces)
    return ReviewSummary(
        own=episode.form == Episode.Form.OWN,
        adopted=episode.adopted,
        evergreen=episode.status == Episode.Status.EVERGREEN,
        total=len(pieces),
        read=sum(piece.review_level > ReviewLevel.UNREAD for piece in pieces),
        verified=sum(piece.review_level == ReviewLevel.VERIFIED for piece in pieces),
        summary=summary,
        alone=alone or (summary is not None and episode.summary_self_verified),
        due=episode.recheck_on if episode.recheck_on is not None and episode.recheck_on <= today() else None,
    )


def review_line(episode: Episode, sections: Iterable[Any], items: Iterable[Any]) -> str:
    """Return the sentence of an episode's page."""
    return review_of(episode, sections, items).line


def partly_reviewed(sections: list[ShownSection]) -> bool:
    """Return whether some sections are reviewed and others are not."""
    return len({section.review_level > ReviewLevel.UNREAD for section in sections}) > 1


# --- names of reviewers


def reviewers_line(rows: Iterable[Any]) -> str:
    """Return who reviewed and who double-checked these rows, and the last date; "" if nobody did.

    Only full names appear, never usernames. One query, none without reviewers.
    """
    rows = list(rows)
    accepted, verified = _last(rows, "accepted"), _last(rows, "verified")
    keys = accepted[0] | verified[0]
    if not keys:
        return ""
    users = get_user_model().objects.filter(pk__in=keys).only("first_name", "last_name")
    names = {user.pk: user.get_full_name() for user in users}
    parts = [
        _reviewers(accepted, names, _("Reviewed by %(names)s, %(date)s."), _("Reviewed %(date)s.")),
        _reviewers(verified, names, _("Double-checked by %(names)s, %(date)s."), _("Double-checked %(date)s.")),
    ]
    return " ".join(part for part in parts if part)


def _last(rows: list[Any], act: str) -> tuple[set[int], Any]:
    """Return (user keys, time of the last one) of the rows' `accepted` or `verified` columns."""
    done = [(getattr(row, f"{act}_by_id"), getattr(row, f"{act}_at")) for row in rows]
    return {key for key, _at in done if key}, max((at for key, at in done if key and at), default=None)


def _reviewers(who: tuple[set[int], Any], names: dict[int, str], named: str, unnamed: str) -> str:
    keys, at = who
    if not keys or at is None:
        return ""
    known = sorted({names[key] for key in keys if names.get(key)})
    date = date_format(timezone.localtime(at), "DATE_FORMAT")
    return named % {"names": _(", ").join(known), "date": date} if known else unnamed % {"date": date}
