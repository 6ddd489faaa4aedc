"""The two screens with many things at once: speaker labels, and the grid of index entries and tags."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from episodes import workflow
from episodes.bases.reviewable import DECIDED_STATUSES, RejectCode
from episodes.bases.users import User
from episodes.desk.base import state
from episodes.desk.review.panel_cache import cached_of
from episodes.desk.review.queue import Queue, Thing
from episodes.models import Appearance, Episode, Mention, Note, Prediction, Quote
from episodes.notes.roles import is_generic
from people.models import Speaker

# Sample rows per label; speakers offered besides those of the episode.
SAMPLES, OFFERED = 3, 9
_PIECES = re.compile(r"[()（）\[\]/|·,，]")


# --- speaker labels


@dataclass
class Label:
    """A name as written in the note, with all rows that have it."""

    text: str
    quotes: int = 0
    predictions: int = 0
    roles: list[str] = field(default_factory=list)
    rows: list[Any] = field(default_factory=list)
    speakers: dict[int, str] = field(default_factory=dict)
    unnamed: int = 0

    @property
    def samples(self) -> list[Any]:
        return self.rows[:SAMPLES]

    @property
    def is_open(self) -> bool:
        return self.unnamed > 0

    @property
    def is_generic(self) -> bool:
        return not self.text or is_generic(self.text)


def labels_of(episode: Episode) -> list[Label]:
    """Return the labels of the episode: unidentified ones first, then by number of rows. Three queries."""
    found: dict[str, Label] = {}
    for model, name in ((Quote, "quotes"), (Prediction, "predictions")):
        rows = model._default_manager.not_rejected().filter(episode=episode).select_related("speaker")
        for row in rows.defer("speaker__bio", "speaker__links"):
            label = found.setdefault(row.label, Label(row.label))
            setattr(label, name, getattr(label, name) + 1)
            label.rows.append(row)
            _count(label, row)
    for credit in Appearance.objects.filter(episode=episode).exclude(role="channel").select_related("speaker"):
        label = found.setdefault(credit.label, Label(credit.label))
        label.roles.append(str(credit.get_role_display()))
        _count(label, credit)
    return sorted(found.values(), key=lambda label: (not label.is_open, -label.quotes - label.predictions, label.text))


def _count(label: Label, row: Any) -> None:
    if row.speaker_id is None:
        label.unnamed += 1
    else:
        label.speakers[row.speaker_id] = row.speaker.name


def candidates(episode: Episode, labels: Iterable[Label]) -> list[dict[str, Any]]:
    """Return the speakers to offer: the episode's own, then those whose name is part of a label. One query."""
    own = cached_of(episode)["speakers"]
    pieces = {piece.strip() for label in labels for piece in _PIECES.split(label.text) if len(piece.strip()) > 1}
    named = (
        Speaker.objects.not_rejected().filter(Q(name__in=pieces) | Q(aliases__name__in=pieces)).exclude(kind="channel")
    )
    keys = {speaker["key"] for speaker in own}
    more = [
        {"key": key, "name": name, "role": headline}
        for key, name, headline in named.exclude(pk__in=keys).distinct().values_list("pk", "name", "headline")[:OFFERED]
    ]
    return [*own, *more][:OFFERED]


def speakers_context(queue: Queue, thing: Thing, user: User) -> dict[str, Any]:
    """Return the context of the screen for speaker labels."""
    labels = labels_of(queue.episode)
    return {
        "thing": thing,
        "episode": queue.episode,
        "labels": labels,
        "open": sum(label.is_open for label in labels),
        "candidates": list(enumerate(candidates(queue.episode, labels), 1)),
        "can_edit": workflow.open_to_edits(queue.episode) and user.has_perm("episodes.change_quote"),
        "findings": [f for f in queue.findings_of_episode if f.code.startswith(("speaker", "appearance"))],
    }


# --- index entries and tags


@dataclass
class Cell:
    """One mention in the grid. `found`: occurrences of its name in the note outside of the list itself."""

    row: Mention
    found: int

    @property
    def exact(self) -> bool:
        return self.found > 0

    @property
    def is_open(self) -> bool:
        return self.row.status not in DECIDED_STATUSES

    @property
    def checked(self) -> bool:
        return self.exact and self.is_open

    @property
    def status(self) -> str:
        return state(self.row.status, self.row.get_status_display())


def cells_of(episode: Episode) -> list[Cell]:
    """Return the mentions with their entities, those not found in the text first. Two queries."""
    mentions = Mention.objects.filter(episode=episode).select_related("entity")
    rows = list(mentions.defer("entity__summary", "entity__links").order_by("listed_as", "pk"))
    text = _without_lists(note_text(episode), rows)
    return [Cell(row, _occurrences(row.entity.name, text)) for row in rows]


def note_text(episode: Episode) -> str:
    """Return the text of the note to which the episode's spans refer."""
    return Note.objects.for_spans_of(episode).values_list("text", flat=True).first() or ""


def _without_lists(text: str, rows: list[Mention]) -> str:
    """Return the note without its lists of names: a list is no evidence for itself."""
    spans = sorted(row.span for row in rows if row.span)
    pieces, at = [], 0
    for begin, end in spans:
        pieces.append(text[at:begin])
        at = max(at, end)
    return "\n".join([*pieces, text[at:]])


def _occurrences(name: str, text: str) -> int:
    """Return how often the name occurs word for word; titles also without their quotation marks."""
    bare = name.strip("《》“”\"'「」 ")
    if not bare:
        return 0
    if bare[:1].isascii() and bare[:1].isalnum():
        return len(re.findall(rf"(?<![A-Za-z0-9]){re.escape(bare)}(?![A-Za-z0-9])", text))
    return text.count(bare)


def names_context(queue: Queue, thing: Thing, user: User) -> dict[str, Any]:
    """Return the context of the grid of names."""
    cells = cells_of(queue.episode)
    review = user.has_perm("episodes.review_episode")
    groups = [
        (_("Word for word in the text"), [c for c in cells if c.is_open and c.exact]),
        (_("Not found in the text: check closely"), [c for c in cells if c.is_open and not c.exact]),
        (_("Done"), [c for c in cells if not c.is_open]),
    ]
    return {
        "thing": thing,
        "episode": queue.episode,
        "groups": [(title, group) for title, group in groups if group],
        "exact": sum(cell.checked for cell in cells),
        "open": sum(cell.is_open for cell in cells),
        "tags": list(queue.episode.tags.order_by("name")),
        "codes": list(enumerate(RejectCode.choices, 1)),
        "can_decide": review,
        "can_edit": workflow.open_to_edits(queue.episode) and user.has_perm("episodes.change_episode"),
        "seen": ",".join(f"{cell.row.pk}.{cell.row.status}" for cell in cells),
    }
