"""What each move of an episode wants: guards that yield a sentence for each thing that stands in the way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from episodes.bases.reviewable import DECIDED_STATUSES, Status
from episodes.bases.users import User
from episodes.checks.time_codes import out_of_order
from episodes.models import REVIEWED, Episode, Finding, Prediction, Quote, Section
from episodes.workflow import claims

# A form filled in a minute ago still means now.
CLOCK_TOLERANCE = timedelta(minutes=2)


def no_condition(episode: Episode, by: User, reason: str, details: dict) -> Iterator[str]:
    yield from ()


def claim(episode: Episode, by: User, reason: str, details: dict) -> Iterator[str]:
    yield from claims.held_by_another(episode, by)


def reason_given(episode: Episode, by: User, reason: str, details: dict) -> Iterator[str]:
    if not reason:
        yield _("A reason is needed.")


def change_request(episode: Episode, by: User, reason: str, details: dict) -> Iterator[str]:
    """Changes are requested of something: a field, or an item."""
    wanted = details.get("findings") or []
    if not wanted:
        yield _("Say what is to be changed: at least one reason, at a field or an item.")
    for finding in wanted:
        target = finding.get("target")
        if not (finding.get("message") or "").strip() or not _is_tied(finding, target or episode, episode):
            yield _("Each reason needs its sentence, and the field or the item it is about.")
            return
        if target not in (None, episode) and getattr(target, "episode_id", None) != episode.pk:
            yield _("“%(what)s” is not of this episode.") % {"what": target}


def _is_tied(finding: dict, target: models.Model, episode: Episode) -> bool:
    """To an item, or to a field that there is; the episode as a whole is neither."""
    name = finding.get("field") or ""
    return any(field.name == name for field in target._meta.concrete_fields) if name else target != episode


def approval(episode: Episode, by: User, reason: str, details: dict) -> Iterator[str]:
    yield from claims.held_by_another(episode, by)
    if not episode.title:
        yield _("The title is missing.")
    if not episode.source_url:
        yield _("The source is missing.")
    # What was adopted was published with things undecided; a corrected word does not ask for all of them.
    if not episode.adopted:
        yield from undecided(episode)
    for name in ("quotes", "predictions"):
        if count := getattr(episode, name).reviewed().filter(speaker__isnull=True).count():
            yield _("Accepted without a known speaker: %(count)d × %(kind)s.") % {
                "count": count,
                "kind": getattr(episode, name).model._meta.verbose_name,
            }
    for before, after in out_of_order(episode.chapters.reviewed()):
        yield _("Chapters do not ascend: “%(after)s” (%(time)s) comes after “%(before)s”.") % {
            "after": after,
            "before": before,
            "time": after.start_text,
        }
    yield from blocking_findings(episode)


def undecided(episode: Episode) -> Iterator[str]:
    if episode.summary and episode.summary_status not in DECIDED_STATUSES:
        yield _("The summary is not decided.")
    for model in REVIEWED:
        if count := model._default_manager.filter(episode=episode).undecided().count():
            yield _("Not decided: %(count)d × %(kind)s.") % {"count": count, "kind": model._meta.verbose_name}


def blocking_findings(episode: Episode) -> Iterator[str]:
    for finding in episode.findings.blocking():
        yield _("Open: %(message)s") % {"message": finding.text}


def publication(episode: Episode, by: User, reason: str, details: dict) -> Iterator[str]:
    if episode.approved_version != episode.version:
        yield _("It was changed after its approval.")
    if episode.revises_id:
        yield _("A working copy is not published itself: publish its changes.")
    moment: datetime | None = details.get("published_at")
    if moment is not None and moment < timezone.now() - CLOCK_TOLERANCE:
        yield _("The moment of publication lies in the past. Leave it empty for now, or choose a later one.")
    yield from blocking_findings(episode)


def adoption(episode: Episode, by: User, reason: str, details: dict) -> Iterator[str]:
    if not reason:
        yield _("A reason is needed.")
    if episode.revises_id:
        yield _("A working copy is not adopted.")
    if details.get("published_at") is not None and details["published_at"] > timezone.now():
        yield _("What is adopted was published before. Its moment cannot lie in the future.")


def evergreen(episode: Episode, by: User, reason: str, details: dict) -> Iterator[str]:
    """Evergreen: every shown word verified, by somebody other than who accepted it, and a day to look again."""
    yield from unverified(episode)
    recheck: date | None = details.get("recheck_on")
    today = timezone.localdate()
    if recheck is None or not today < recheck <= one_year_after(today):
        yield _("Say when it is to be checked again: within twelve months.")
    yield from blocking_findings(episode)


def one_year_after(day: date) -> date:
    """The same day of the next year; the last of February where that has no 29th."""
    return day.replace(year=day.year + 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def unverified(episode: Episode) -> Iterator[str]:
    if episode.shown_summary and episode.summary_status != Status.EVERGREEN:
        yield _("The summary is not verified.")
    for model in (Section, Quote, Prediction):
        shown = model._default_manager.filter(episode=episode).shown()
        if count := shown.exclude(status=Status.EVERGREEN).count():
            yield _("Not verified: %(count)d × %(kind)s.") % {"count": count, "kind": model._meta.verbose_name}


def as_findings(episode: Episode, wanted: list[dict], by: User) -> list[Finding]:
    """What a verifier or publisher wants changed, as findings that block an approval until they are settled."""
    from episodes.checks import Fault

    now = timezone.now().isoformat()
    found = {}
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
        # The same said twice is said once.
        found[fault.fingerprint()] = fault.as_finding(episode, Finding.Origin.PERSON)
    return list(found.values())
