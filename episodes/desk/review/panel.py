"""One thing on the screen: row, form, findings and evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet, Subquery
from django.utils.translation import gettext as _

from episodes import workflow
from episodes.bases.reviewable import RejectCode, Status
from episodes.bases.users import User
from episodes.derived import render_section_html
from episodes.desk import repair
from episodes.desk.base import address_of, state
from episodes.desk.review import evidence
from episodes.desk.review.actions import seen_of, status_of
from episodes.desk.review.item_forms import MAIN, SPOKEN, form_of
from episodes.desk.review.panel_cache import cached_of
from episodes.desk.review.queue import (
    MODELS,
    NAMES,
    SPEAKERS,
    SUMMARY,
    Queue,
    Thing,
)
from episodes.models import Episode, Finding, Note, Section
from episodes.rendering import render
from episodes.rendering.highlight import mark

# Kinds shown as rendered Markdown; the others as plain text.
_PROSE = (SUMMARY, "section", "takeaway")


def with_note(rows: QuerySet, episode: Episode) -> QuerySet:
    """Add the text of the note to which the rows' spans refer."""
    return rows.annotate(note_text=Subquery(Note.objects.for_spans_of(episode).values("text")[:1]))


def row_of(episode: Episode, thing: Thing) -> Any:
    """Return the row of a thing with its speaker and note, in one query; None if it is gone."""
    if thing.kind == SUMMARY:
        row = with_note(Episode.objects.filter(pk=episode.pk).only("pk"), episode).first()
        episode.note_text = row.note_text if row else ""  # type: ignore[attr-defined]
        return episode
    rows = MODELS[thing.kind]._default_manager.filter(pk=thing.key, episode=episode.pk)
    if thing.kind in SPOKEN:
        rows = rows.select_related("speaker").defer("speaker__bio", "speaker__links")
    if thing.kind == "section":
        rows = rows.defer("html")
    row = with_note(rows, episode).first()
    if row is not None:
        row.episode = episode
    return row


@dataclass
class Panel:
    """The context of a panel's template."""

    queue: Queue
    thing: Thing
    user: User
    # A refused form with the submitted values.
    form: Any = None
    row: Any = None
    problems: tuple[str, ...] = ()
    # {name of the box: text} of refused reasons.
    reasons: Mapping[str, str] = field(default_factory=dict)

    def context(self) -> dict[str, Any]:
        """Return the context. At most two queries: the row with its note, and the transcript if there is one."""
        episode, thing = self.queue.episode, self.thing
        row = self.row or row_of(episode, thing)
        if row is None:
            return {"thing": thing, "gone": True, "episode": episode}
        known = cached_of(episode)
        open_to_edits = workflow.open_to_edits(episode)
        # A partly submitted form cannot be shown again.
        whole = self.form is not None and MAIN[thing.kind] in self.form.fields
        form = self.form if whole else form_of(thing.kind, row, speakers=known["speakers"])
        if not self.user.has_perm(f"episodes.change_{row._meta.model_name}"):
            # No inputs for text that could not be saved.
            form = None
        elif form is not None and not open_to_edits:
            for each in form.fields.values():
                each.disabled = True
        main = form[MAIN[thing.kind]] if form is not None else None
        return {
            "thing": thing,
            "episode": episode,
            "row": row,
            "kind": _("summary") if thing.kind == SUMMARY else row._meta.verbose_name,
            "status": state(status_of(row), _status_label(row)),
            "is_draft": status_of(row) == Status.DRAFT,
            "seen": seen_of(row),
            "form": form,
            "main": main,
            "others": [each for each in form if each.name != MAIN[thing.kind]] if form is not None else [],
            "can_edit": open_to_edits,
            "html": self._html(row, known),
            "words": getattr(row, MAIN[thing.kind], ""),
            "beside": _beside(thing.kind, row),
            "findings": _by_severity(
                {**_finding(finding, self.user), "reason": self.reasons.get(f"reason-{finding.pk}", "")}
                for finding in self.queue.findings_of(thing)
            ),
            "reason": self.reasons.get("reason-request", ""),
            "as_error": self.queue.has_error(thing),
            "moves": transitions_of(row, self.queue, self.user),
            "codes": list(enumerate(RejectCode.choices, 1)),
            "reject_code": _reject_label(row),
            "can_request": can_request(episode, self.user),
            "problems": self.problems,
            "whole_form": address_of(row) if thing.kind != SUMMARY else "",
            "history": address_of(row, "history") + ("?kind=summary" if thing.kind == SUMMARY else ""),
            **self._evidence(row, known),
        }

    def _html(self, row: Any, known: dict[str, Any]) -> str:
        if self.thing.kind not in _PROSE:
            return ""
        if isinstance(row, Section):
            return mark(render_section_html(row, row.text), known["names"], known["terms"])
        return mark(render(getattr(row, MAIN[self.thing.kind])), known["names"])

    def _evidence(self, row: Any, known: dict[str, Any]) -> dict[str, Any]:
        text = evidence.note_text_of(row)
        span = _summary_span(row, text) if self.thing.kind == SUMMARY else row.span
        start = getattr(row, "start", None)
        found: list[str] = []
        if known["has_transcript"] and self.thing.kind not in (SUMMARY, "section"):
            transcript = Section.objects.filter(episode=row.episode, kind=Section.Kind.TRANSCRIPT)
            texts = transcript.values_list("text", flat=True)
            found = evidence.transcript_around(texts, start, str(getattr(row, MAIN[self.thing.kind], "")))
        return {
            # A section's lines repeat the text shown; they are offered as raw text.
            "lines": evidence.lines_of(text, span, 0 if self.thing.kind == "section" else evidence.AROUND),
            "recording": evidence.recording_of(self.queue.episode, start),
            "start": start,
            "transcript": found,
        }


def _summary_span(episode: Episode, text: str) -> tuple[int, int] | None:
    """Return where the summary is in the note, found by its text, since it has no span; None if it was edited."""
    at = text.find(episode.summary[:60]) if episode.summary else -1
    return (at, at + len(episode.summary)) if at >= 0 else None


def _status_label(row: Any) -> Any:
    return row.get_summary_status_display() if isinstance(row, Episode) else row.get_status_display()


def _reject_label(row: Any) -> str:
    code = row.summary_reject_code if isinstance(row, Episode) else row.reject_code
    return str(dict(RejectCode.choices).get(code, "")) if status_of(row) == Status.REJECTED else ""


def _beside(kind: str, row: Any) -> list[tuple[str, str]]:
    """Return [(label, text)] of the fields that explain the thing."""
    names = {
        "quote": ("context",),
        "prediction": ("claim", "horizon", "due_on", "criteria"),
        "chapter": ("summary",),
        "observation": ("kind", "cue", "reading"),
        "takeaway": ("heading",),
    }.get(kind, ())
    shown = []
    for name in names:
        value = row.get_kind_display() if name == "kind" else getattr(row, name)
        if value:
            shown.append((str(row._meta.get_field(name).verbose_name), str(value)))
    return shown


def _by_severity(findings: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the findings by severity; the key for fixes applies the first one that has a fix."""
    found = sorted(findings, key=lambda each: each["finding"].rank)
    for each in [each for each in found if each["repair"]][:1]:
        each["has_key"] = True
    return found


def _finding(finding: Finding, user: User) -> dict[str, Any]:
    """Return a finding with the actions available here."""
    repairs = bool(finding.repair) and repair.is_well_formed(finding.repair) and repair.may_apply(finding, user)
    error = finding.severity == Finding.Severity.ERROR
    return {
        "finding": finding,
        "severity": state(finding.severity, finding.get_severity_display()),
        "repair": repair.proposal(finding) if repairs else "",
        "can_settle": user.has_perm("episodes.change_finding"),
        "can_waive": user.has_perm("episodes.waive_finding") if error else user.has_perm("episodes.change_finding"),
        "address": address_of(finding),
    }


def transitions_of(row: Any, queue: Queue, user: User) -> list[str]:
    """Return the names of the decisions to offer: accept, verify, reject, draft. The workflow decides."""
    status, review = status_of(row), user.has_perm("episodes.review_episode")
    moves = []
    if review and status in (Status.DRAFT, Status.REJECTED):
        moves.append("accept")
    if queue.verifying and status == Status.ACCEPTED:
        moves.append("verify")
    if review and status != Status.REJECTED:
        moves.append("reject")
    if review and status in (Status.ACCEPTED, Status.REJECTED):
        moves.append("draft")
    return moves


def can_request(episode: Episode, user: User) -> bool:
    """Return whether the user may send the episode back with a reason about this thing."""
    may = user.has_perm("episodes.verify_episode") or user.has_perm("episodes.publish_episode")
    return may and episode.status in (Episode.Status.IN_REVIEW, Episode.Status.CHANGES_REQUESTED)


def template_of(thing: Thing) -> str:
    """Return the name of the thing's template."""
    screens = {SPEAKERS: "speaker_labels", NAMES: "name_grid"}
    return f"desk/review/{screens.get(thing.kind, 'panel')}.html"
