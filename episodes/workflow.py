"""The only code that changes a status. Admin, commands and tests all call `transition()`.

Each transition checks who asks, what the rules want, and that nobody was quicker (the UPDATE names the status and the
version that were read); then it writes a Decision and refreshes what is derived.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from episodes import derive
from episodes.models import REVIEWED, Decision, Episode, Section
from episodes.models.items import Said
from episodes.reviewable import RejectCode, Reviewable, Status
from people.models import Entity, Speaker

CLAIM_LAPSES_AFTER = timedelta(hours=24)


class Refused(Exception):
    """A transition that may not happen. `reasons` are sentences for the person who asked."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = list(reasons)


@dataclass(frozen=True)
class Summary:
    """An episode's summary as something to decide upon, like a section."""

    episode: Episode


Target = Episode | Reviewable | Summary


def transition(obj: Target, to: str, by: Any, reason: str = "", **details: Any) -> Decision:
    """Move an episode, an item, a speaker, an entity or `Summary(episode)` to the status `to`.

    by: the user who decides. reason: for visitors on withdrawal, a RejectCode on rejection, else free.
    details: `published_at` (datetime) for a publication.
    Returns the Decision. Raises Refused; nothing is changed then.
    """
    with transaction.atomic():
        if isinstance(obj, Episode):
            return _move_episode(obj, to, by, reason.strip(), details)
        if isinstance(obj, Summary):
            return _decide_summary(obj.episode, to, by, reason.strip())
        return _decide_item(obj, to, by, reason.strip())


# --- episodes


@dataclass(frozen=True)
class Move:
    """One row of the table of transitions."""

    sources: tuple[str, ...]
    permission: str
    guard: Callable[[Episode, Any, str, dict], Iterator[str]]
    changes: Callable[[Episode, Any, str, dict], dict[str, Any]]


def holder(episode: Episode) -> Any:
    """Who holds the claim now, or None: a claim lapses after 24 hours."""
    if episode.claimed_by_id and episode.claimed_at and timezone.now() - episode.claimed_at < CLAIM_LAPSES_AFTER:
        return episode.claimed_by
    return None


def _guard_claim(episode: Episode, by: Any, reason: str, details: dict) -> Iterator[str]:
    held = holder(episode)
    if held is not None and held != by:
        yield _("%(name)s holds this episode.") % {"name": held.get_username()}


def _guard_approval(episode: Episode, by: Any, reason: str, details: dict) -> Iterator[str]:
    yield from _guard_claim(episode, by, reason, details)
    if not episode.title:
        yield _("The title is missing.")
    if not episode.source_url:
        yield _("The source is missing.")
    if episode.summary and episode.summary_status == Status.DRAFT:
        yield _("The summary is not decided.")
    for model in REVIEWED:
        if count := model.objects.filter(episode=episode).undecided().count():
            yield _("Not decided: %(count)d × %(kind)s.") % {"count": count, "kind": model._meta.verbose_name}
    for name in ("quotes", "predictions"):
        if count := getattr(episode, name).stood_behind().filter(speaker__isnull=True).count():
            yield _("Accepted without a known speaker: %(count)d × %(kind)s.") % {
                "count": count,
                "kind": getattr(episode, name).model._meta.verbose_name,
            }
    for finding in episode.findings.blocking():
        yield _("Open: %(message)s") % {"message": finding.message}


def _guard_publication(episode: Episode, by: Any, reason: str, details: dict) -> Iterator[str]:
    if episode.approved_version != episode.version:
        yield _("It was changed after its approval.")
    if episode.revises_id:
        yield _("A working copy is not published itself.")
    for finding in episode.findings.blocking():
        yield _("Open: %(message)s") % {"message": finding.message}


def _guard_reason(episode: Episode, by: Any, reason: str, details: dict) -> Iterator[str]:
    if not reason:
        yield _("A reason is needed.")


def _free(episode: Episode, by: Any, reason: str, details: dict) -> Iterator[str]:
    yield from ()


def _publication_moment(published_at: datetime | None) -> datetime:
    """Now, or a moment to come: the past would make an old date of a new publication."""
    now = timezone.now()
    return max(published_at, now) if published_at else now


S = Episode.Status
MOVES: dict[str, Move] = {
    S.IN_REVIEW: Move(
        # Also in review already: its claim may have lapsed, or its approval fallen.
        (S.DRAFT, S.CHANGES_REQUESTED, S.IN_REVIEW),
        "episodes.review_episode",
        _guard_claim,
        lambda e, by, reason, details: {"claimed_by": by, "claimed_at": timezone.now()},
    ),
    S.APPROVED: Move(
        (S.IN_REVIEW,),
        "episodes.review_episode",
        _guard_approval,
        lambda e, by, reason, details: {"approved_version": e.version, "claimed_by": None, "claimed_at": None},
    ),
    S.PUBLISHED: Move(
        (S.APPROVED,),
        "episodes.publish_episode",
        _guard_publication,
        lambda e, by, reason, details: {
            "published_at": _publication_moment(details.get("published_at")),
            "withdrawn_reason": "",
        },
    ),
    S.WITHDRAWN: Move(
        (S.PUBLISHED, S.EVERGREEN),
        "episodes.publish_episode",
        _guard_reason,
        lambda e, by, reason, details: {
            "withdrawn_reason": reason[:500],
            # Nobody saw what was withdrawn before its hour: it leaves no tombstone.
            "published_at": e.published_at if e.is_public else None,
        },
    ),
    S.DRAFT: Move(
        (S.WITHDRAWN,),
        "episodes.publish_episode",
        _guard_reason,
        lambda e, by, reason, details: {"published_at": None, "approved_version": None, "withdrawn_reason": ""},
    ),
}
del S


def _move_episode(episode: Episode, to: str, by: Any, reason: str, details: dict) -> Decision:
    move = MOVES.get(to)
    if move is None or episode.status not in move.sources:
        raise Refused(
            _("An episode that is %(source)s cannot become %(target)s.") % {"source": episode.status, "target": to}
        )
    if not by.has_perm(move.permission):
        raise Refused(_("%(name)s may not do this.") % {"name": by.get_username()})
    if reasons := list(move.guard(episode, by, reason, details)):
        raise Refused(*reasons)
    decision = _write(episode, "status", to, by, reason, move.changes(episode, by, reason, details))
    derive.published_state(episode)
    return decision


def open_to_edits(episode: Episode) -> bool:
    """Whether its words may change in place: those of public and withdrawn episodes may not."""
    return not episode.is_settled or episode.status == Episode.Status.APPROVED


def edited(episode: Episode, by: Any) -> None:
    """Words of the episode or of something in it were changed: the version grows, an approval falls.

    Raises Refused for a public or withdrawn episode: those change through a working copy.
    """
    if not open_to_edits(episode):
        raise Refused(_("A published episode is not edited in place."))
    with transaction.atomic():
        _take_approval_back(episode, by)
        updated = Episode.objects.filter(pk=episode.pk, version=episode.version, status=episode.status).update(
            version=episode.version + 1, changed_at=timezone.now()
        )
        if not updated:
            raise Refused(_("Somebody else has changed this meanwhile. Nothing was saved."))
    episode.version += 1


# --- what is decided one by one

_ITEM_MOVES: dict[str, tuple[str, ...]] = {
    Status.ACCEPTED: (Status.DRAFT, Status.REJECTED),
    Status.REJECTED: (Status.DRAFT, Status.ACCEPTED),
    Status.DRAFT: (Status.ACCEPTED, Status.REJECTED),
}


def _check_item_move(source: str, to: str, by: Any, reason: str, episode: Episode | None) -> None:
    if source not in _ITEM_MOVES.get(to, ()):
        raise Refused(_("What is %(source)s cannot become %(target)s.") % {"source": source, "target": to})
    if not by.has_perm("episodes.review_episode"):
        raise Refused(_("%(name)s may not do this.") % {"name": by.get_username()})
    if to == Status.REJECTED and reason not in RejectCode.values:
        raise Refused(_("A rejection needs one of these reasons: %(codes)s.") % {"codes": ", ".join(RejectCode.values)})
    held = holder(episode) if episode else None
    if held is not None and held != by:
        raise Refused(_("%(name)s holds this episode.") % {"name": held.get_username()})


def _accepted(to: str, by: Any) -> dict[str, Any]:
    accepted = to == Status.ACCEPTED
    return {"accepted_by": by if accepted else None, "accepted_at": timezone.now() if accepted else None}


def _decide_item(item: Reviewable, to: str, by: Any, reason: str) -> Decision:
    episode = getattr(item, "episode", None)
    _check_item_move(item.status, to, by, reason, episode)
    if to == Status.ACCEPTED and isinstance(item, Said) and item.speaker_id is None and episode and episode.is_settled:
        raise Refused(_("It is not known who says this. In a published episode that comes first."))
    changes = {**_accepted(to, by), "reject_code": reason if to == Status.REJECTED else ""}
    decision = _write(item, "status", to, by, reason, changes)
    _after_decision(episode, by)
    if isinstance(item, Section) and episode and episode.is_public:
        derive.store_html(episode)
    if isinstance(item, Speaker | Entity):
        derive.touch_public(derive.naming(item))
    return decision


def _decide_summary(episode: Episode, to: str, by: Any, reason: str) -> Decision:
    _check_item_move(episode.summary_status, to, by, reason, episode)
    changes = {f"summary_{name}": value for name, value in _accepted(to, by).items()}
    decision = _write(episode, "summary_status", to, by, reason, changes)
    _after_decision(episode, by)
    return decision


def words_changed(item: Reviewable | Summary, by: Any) -> None:
    """Call before other words are written into an item: its version grows, and what a second person verified is only
    accepted from now on, since those were other words. Raises Refused when somebody was quicker.
    """
    if isinstance(item, Summary):
        if item.episode.summary_status == Status.EVERGREEN:
            _write(item.episode, "summary_status", Status.ACCEPTED, by, "", {})
        return
    changes: dict[str, Any] = {"version": item.version + 1}
    if item.status == Status.EVERGREEN:
        unverified = {"verified_by": None, "verified_at": None, "self_verified": False}
        _write(item, "status", Status.ACCEPTED, by, "", {**changes, **unverified})
        return
    seen = {"status": item.status, "version": item.version}
    if not type(item)._default_manager.filter(pk=item.pk, **seen).update(**changes):
        raise Refused(_("Somebody else has changed this meanwhile. Nothing was saved."))
    item.version += 1


def _after_decision(episode: Episode | None, by: Any) -> None:
    """A decision on an approved episode takes the approval back; on a public one visitors see it at once."""
    if episode is None:
        return
    _take_approval_back(episode, by)
    derive.touch(episode)


def _take_approval_back(episode: Episode, by: Any) -> None:
    """What was approved is no longer what is there."""
    if episode.status == Episode.Status.APPROVED:
        _write(episode, "status", Episode.Status.IN_REVIEW, by, "", {"approved_version": None})


# --- the one write


def _write(obj: Episode | Reviewable, field: str, to: str, by: Any, reason: str, changes: dict[str, Any]) -> Decision:
    source = getattr(obj, field)
    changes = {field: to, **changes}
    # Whoever reads an old row loses: SQLite has no row locks, so the UPDATE itself names what was read.
    seen = {field: source, "version": obj.version}
    if not type(obj)._default_manager.filter(pk=obj.pk, **seen).update(**changes):
        raise Refused(_("Somebody else has changed this meanwhile. Nothing was saved."))
    for name, value in changes.items():
        setattr(obj, name, value)
    return Decision.objects.create(
        target_type=ContentType.objects.get_for_model(obj),
        target_id=obj.pk,
        field="summary" if field == "summary_status" else "",
        from_status=source,
        to_status=to,
        by=by,
        reason=reason,
        version=obj.version,
    )
