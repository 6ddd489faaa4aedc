"""The things to review in one episode, in reading order, in two queries.

speakers      speaker labels, all on one screen
errors        things with an open finding of severity error
text          the summary and the sections
said          quotes and predictions by time, so that the recording is listened to once
chapters, takeaways, observations
names         index entries and tags, all in one grid
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, F, IntegerField, TextField, Value, When
from django.db.models.functions import Coalesce, Length
from django.utils.functional import cached_property

from episodes.bases.reviewable import DECIDED_STATUSES, Status
from episodes.models import (
    Chapter,
    Episode,
    Finding,
    Mention,
    Observation,
    Prediction,
    Quote,
    Section,
    Takeaway,
)

SPEAKERS, NAMES, SUMMARY = "speakers", "names", "summary"
# {kind: (group, sort key within the group)}.
GROUPS = ("speakers", "errors", "text", "said", "chapters", "takeaways", "observations", "names")
_GROUP_OF = {
    "summary": "text",
    "section": "text",
    "quote": "said",
    "prediction": "said",
    "chapter": "chapters",
    "takeaway": "takeaways",
    "observation": "observations",
    "mention": "names",
}
MODELS: dict[str, Any] = {
    "section": Section,
    "quote": Quote,
    "prediction": Prediction,
    "chapter": Chapter,
    "takeaway": Takeaway,
    "observation": Observation,
    "mention": Mention,
}
# Kinds that must be double-checked before an episode can be marked as fully checked.
VERIFIED_KINDS = ("summary", "section", "quote", "prediction")
# Seconds per item; seconds per name in the grid; characters of prose read per second.
ITEM_SECONDS, NAME_SECONDS = 10, 2
READ_PER_SECOND = {"zh": 11, "en": 20}
_LATE = 10**9


@dataclass(frozen=True)
class Thing:
    """One thing to review. `key`: of its row, or of the episode for the summary; `place`: order in its group."""

    kind: str
    key: int
    status: str
    place: int
    size: int = 0
    # Key of the user who accepted it; whether its speaker is missing.
    accepted_by: int | None = None
    unnamed: int = 0

    @property
    def id(self) -> str:
        return self.kind if self.kind in (SUMMARY, SPEAKERS, NAMES) else f"{self.kind}-{self.key}"

    @property
    def group(self) -> str:
        return self.kind if self.kind in (SPEAKERS, NAMES) else _GROUP_OF[self.kind]


@dataclass
class Queue:
    """The things of an episode. `verifying`: a second person checks what a first one accepted."""

    episode: Episode
    rows: list[Thing]
    findings: list[Finding]
    verifying: bool = False
    user_id: int = 0
    _by_target: dict[tuple[str, int], list[Finding]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for finding in self.findings:
            if finding.target_type is not None and finding.target_id:
                self._by_target[finding.target_type.model, finding.target_id].append(finding)

    def findings_of(self, thing: Thing) -> list[Finding]:
        """Return the findings about this thing; for the summary those about that field."""
        if thing.kind == SUMMARY:
            return [f for f in self._by_target["episode", self.episode.pk] if f.field == "summary"]
        return self._by_target[thing.kind, thing.key]

    @property
    def findings_of_episode(self) -> list[Finding]:
        """Return the findings about the episode itself or without a target."""
        about = ("episode", "appearance")
        return [
            f for f in self.findings if f.field != "summary" and (f.target_type is None or f.target_type.model in about)
        ]

    def has_error(self, thing: Thing) -> bool:
        return thing.status != Status.REJECTED and any(f.severity == "error" for f in self.findings_of(thing))

    # --- order

    @cached_property
    def things(self) -> list[Thing]:
        """Return the things gone through one by one, and the two group screens."""
        singles = [row for row in self.rows if row.kind != "mention"]
        if self.verifying:
            kinds = [row for row in singles if row.kind in VERIFIED_KINDS and row.status in _SHOWN]
            return sorted(kinds, key=self._order)
        screens = [Thing(SPEAKERS, 0, "", 0)] if self._has_labels else []
        screens += [Thing(NAMES, 0, "", _LATE)] if len(singles) < len(self.rows) or not singles else []
        return sorted([*singles, *screens], key=self._order)

    @property
    def _has_labels(self) -> bool:
        return any(row.kind in ("quote", "prediction") for row in self.rows) or any(
            finding.code.startswith(("speaker-", "appearance-")) for finding in self.findings
        )

    def group_of(self, thing: Thing) -> str:
        return "errors" if not self.verifying and self.has_error(thing) else thing.group

    def _order(self, thing: Thing, as_error: bool = False) -> tuple:
        group = "errors" if as_error else self.group_of(thing)
        kinds = list(_GROUP_OF)
        kind = kinds.index(thing.kind) if thing.kind in kinds and thing.group != "said" else 0
        return GROUPS.index(group), GROUPS.index(thing.group), kind, thing.place, thing.key

    def is_open(self, thing: Thing) -> bool:
        """Return whether the thing still needs a decision of this user."""
        if self.verifying:
            return thing.status == Status.ACCEPTED and thing.accepted_by != self.user_id
        if thing.kind == SPEAKERS:
            return any(row.unnamed and row.status != Status.REJECTED for row in self.rows)
        if thing.kind == NAMES:
            return any(row.kind == "mention" and row.status not in DECIDED_STATUSES for row in self.rows)
        return thing.status not in DECIDED_STATUSES or self.has_error(thing)

    def find(self, id: str) -> Thing | None:
        return next((thing for thing in self.things if thing.id == id), None)

    def next_open(self, after: Thing | None, *, later: Iterable[str] = (), as_error: bool = False) -> Thing | None:
        """Return the next open thing after `after`, wrapping around; postponed ones come last.

        `as_error`: `after` was shown in the group of errors before it was fixed, so the search continues from there.
        """
        put_off = set(later)
        open_ones = [thing for thing in self.things if self.is_open(thing) and (after is None or thing.id != after.id)]
        first = [thing for thing in open_ones if thing.id not in put_off] or open_ones
        if after is None:
            return first[0] if first else None
        here = self._order(after, as_error)
        return next((thing for thing in first if self._order(thing) > here), first[0] if first else None)

    def neighbour(self, of: Thing, step: int) -> Thing | None:
        """Return the thing `step` places away, decided or not."""
        at = next((i for i, thing in enumerate(self.things) if thing.id == of.id), None)
        if at is None or not 0 <= at + step < len(self.things):
            return None
        return self.things[at + step]

    # --- progress

    @property
    def counted(self) -> list[Thing]:
        """Return the things that progress counts: every row, each name of the grid included."""
        if self.verifying:
            return [thing for thing in self.things if thing.accepted_by != self.user_id]
        return self.rows

    def _is_left(self, thing: Thing) -> bool:
        if self.verifying:
            return thing.status == Status.ACCEPTED
        return thing.status not in DECIDED_STATUSES

    @property
    def total(self) -> int:
        return len(self.counted)

    @property
    def left(self) -> int:
        return sum(self._is_left(thing) for thing in self.counted)

    @property
    def done(self) -> int:
        return self.total - self.left

    @property
    def minutes_left(self) -> int:
        """Return the estimated minutes left: prose by length, ten seconds per item, two per name."""
        seconds = sum(self._seconds(thing) for thing in self.counted if self._is_left(thing))
        return max(1, round(seconds / 60)) if seconds else 0

    def _seconds(self, thing: Thing) -> float:
        if thing.kind == "mention":
            return NAME_SECONDS
        if thing.group != "text":
            return ITEM_SECONDS
        return max(ITEM_SECONDS, thing.size / READ_PER_SECOND["zh" if self.episode.language[:2] == "zh" else "en"])


_SHOWN = (Status.ACCEPTED, Status.EVERGREEN)


def queue_of(episode: Episode, verifying: bool = False, user_id: int = 0) -> Queue:
    """Return the queue. Two queries: one UNION over all reviewed models, and the open findings."""
    rows = [_summary(episode)] if episode.summary else []
    rows += [Thing(*row) for row in _rows(episode)]
    findings = list(episode.findings.open().select_related("target_type").order_by("pk"))
    return Queue(episode, rows, findings, verifying, user_id)


def _summary(episode: Episode) -> Thing:
    accepted_by = episode.summary_accepted_by_id
    return Thing(SUMMARY, episode.pk, episode.summary_status, -1, len(episode.summary), accepted_by)


def _rows(episode: Episode) -> Any:
    late = Coalesce(F("start"), Value(_LATE))
    unnamed = Case(When(speaker__isnull=True, then=Value(1)), default=Value(0), output_field=IntegerField())
    nothing = Value(0, output_field=IntegerField())
    parts = [
        _part(Section, episode, "section", F("order"), Length("text"), nothing),
        _part(Quote, episode, "quote", late, nothing, unnamed),
        _part(Prediction, episode, "prediction", late, nothing, unnamed),
        _part(Chapter, episode, "chapter", late, nothing, nothing),
        _part(Takeaway, episode, "takeaway", F("order"), nothing, nothing),
        _part(Observation, episode, "observation", late, nothing, nothing),
        _part(Mention, episode, "mention", F("pk"), nothing, nothing),
    ]
    return parts[0].union(*parts[1:], all=True)


def _part(model: Any, episode: Episode, kind: str, place: Any, size: Any, unnamed: Any) -> Any:
    columns = {"q_kind": Value(kind, TextField()), "q_place": place, "q_size": size, "q_unnamed": unnamed}
    rows = model._default_manager.filter(episode=episode).order_by().annotate(**columns)
    return rows.values_list("q_kind", "pk", "status", "q_place", "q_size", "accepted_by", "q_unnamed")
