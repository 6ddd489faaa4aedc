"""Preconditions of the transitions of an episode. Each guard yields one translated sentence per unmet precondition.

Guards share one signature, (episode, by, reason, details); see `transition()` for `reason` and `details`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from episodes.bases.reviewable import DECIDED_STATUSES, Status
from episodes.bases.users import User
from episodes.checks.timecodes import out_of_order
from episodes.models import REVIEWED, Episode, Finding, Prediction, Quote, Section
from episodes.workflow import claims

# How far in the past a time of publication may lie: a form filled in with the current minute takes a while to be sent.
CLOCK_TOLERANCE = timedelta(minutes=2)


def claim(episode: Episode, by: User, reason: str, details: dict) -> Iterator[str]:
    """Yield one reason per unmet precondition of a claim."""
    yield from claims.held_by_another(episode, by)


def reason_given(episode: Episode, by: User, reason: str, details: dict) -> Iterator[str]:
    """Yield one reason per unmet precondition of a withdrawal or a return to draft: a reason."""
    if not reason:
        yield _("Enter a reason.")


def change_request(episode: Episode, by: User, reason: str, details: dict) -> Iterator[str]:
    """Yield one reason per unmet precondition of a request for changes, each of which names a field or an item."""
    wanted = details.get("findings") or []
    if not wanted:
        yield _("Enter what to change: at least one reason, for a field or an item.")
    for finding in wanted:
        target = finding.get("target")
        if not (finding.get("message") or "").strip() or not _is_tied(finding, target or episode, episode):
            yield _("Each reason needs a sentence and the field or item it refers to.")
            return
        if target not in (None, episode) and getattr(target, "episode_id", None) != episode.pk:
            yield _("“%(what)s” does not belong to this episode.") % {"what": target}


def _is_tied(finding: dict, target: models.Model, episode: Episode) -> bool:
    """Return whether a requested change names an item or an existing field; the episode as a whole is neither."""
    name = finding.get("field") or ""
    return any(field.name == name for field in target._meta.concrete_fields) if name else target != episode


def approval(episode: Episode, by: User, reason: str, details: dict) -> Iterator[str]:
    """Yield one reason per unmet precondition of an approval."""
    yield from claims.held_by_another(episode, by)
    if not episode.title:
        yield _("The title is missing.")
    if not episode.source_url:
        yield _("The source is missing.")
    # An adopted episode is public with undecided items; approving a correction must not require deciding all of them.
    if not episode.adopted:
        yield from undecided(episode)
    for name in ("quotes", "predictions"):
        if count := getattr(episode, name).reviewed().filter(speaker__isnull=True).count():
            yield _("Accepted without a known speaker: %(count)d × %(kind)s.") % {
                "count": count,
                "kind": getattr(episode, name).model._meta.verbose_name,
            }
    for before, after in out_of_order(episode.chapters.reviewed()):
        yield _("Chapters are not in order: “%(after)s” (%(time)s) comes after “%(before)s”.") % {
            "after": after,
            "before": before,
            "time": after.start_text,
        }
    yield from blocking_findings(episode)


def undecided(episode: Episode) -> Iterator[str]:
    """Yield one reason per kind of item with undecided rows, and one for an undecided summary."""
    if episode.summary and episode.summary_status not in DECIDED_STATUSES:
        yield _("The summary is not reviewed yet.")
    for model in REVIEWED:
        if count := model._default_manager.filter(episode=episode).undecided().count():
            yield _("Not reviewed yet: %(count)d × %(kind)s.") % {"count": count, "kind": model._meta.verbose_name}


def blocking_findings(episode: Episode) -> Iterator[str]:
    """Yield one reason per open finding of severity error."""
    for finding in episode.findings.blocking():
        yield _("Open error: %(message)s") % {"message": finding.text}


def publication(episode: Episode, by: User, reason: str, details: dict) -> Iterator[str]:
    """Yield one reason per unmet precondition of a publication."""
    if episode.approved_version != episode.version:
        yield _("The text was changed after its approval.")
    if episode.revises_id:
        yield _("A draft of changes is not published as an episode: publish its changes.")
    moment: datetime | None = details.get("published_at")
    if moment is not None and moment < timezone.now() - CLOCK_TOLERANCE:
        yield _("The publication time is in the past. Leave it empty to publish now, or choose a later time.")
    yield from blocking_findings(episode)


def adoption(episode: Episode, by: User, reason: str, details: dict) -> Iterator[str]:
    """Yield one reason per unmet precondition of an adoption."""
    if not reason:
        yield _("Enter a reason.")
    if episode.revises_id:
        yield _("A draft of changes cannot be published directly.")
    if details.get("published_at") is not None and details["published_at"] > timezone.now():
        yield _("An episode published directly was public before: its publication time cannot be in the future.")


def evergreen(episode: Episode, by: User, reason: str, details: dict) -> Iterator[str]:
    """Yield one reason per unmet precondition of evergreen: all shown text verified, and a date for the next check."""
    yield from unverified(episode)
    recheck: date | None = details.get("recheck_on")
    today = timezone.localdate()
    if recheck is None or not today < recheck <= one_year_after(today):
        yield _("Enter when to check it again: within twelve months.")
    yield from blocking_findings(episode)


def one_year_after(day: date) -> date:
    """Return the same day of the next year; 28 February for 29 February."""
    return day.replace(year=day.year + 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def unverified(episode: Episode) -> Iterator[str]:
    """Yield one reason per kind with shown but unverified rows, and one for an unverified summary."""
    if episode.shown_summary and episode.summary_status != Status.EVERGREEN:
        yield _("The summary is not double-checked yet.")
    for model in (Section, Quote, Prediction):
        shown = model._default_manager.filter(episode=episode).shown()
        if count := shown.exclude(status=Status.EVERGREEN).count():
            yield _("Not double-checked yet: %(count)d × %(kind)s.") % {
                "count": count,
                "kind": model._meta.verbose_name,
            }


def as_findings(episode: Episode, wanted: list[dict], by: User) -> list[Finding]:
    """Return requested changes as unsaved findings, which block an approval until they are settled.

    wanted: a list of {"target": row or None, "field": name or "", "message": sentence}; duplicates are dropped.
    """
    from episodes.checks import Fault

    now = timezone.now().isoformat()
    findings = {}
    for each in wanted:
        target: models.Model = each.get("target") or episode
        fault = Fault(
            "changes-requested",
            Finding.Severity.ERROR,
            each["message"].strip(),
            target,
            each.get("field") or "",
            evidence=f"{now} {each['message']}",
        )
        findings[fault.fingerprint()] = fault.as_finding(episode, Finding.Origin.PERSON)
    return list(findings.values())
