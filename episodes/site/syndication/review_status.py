"""Review status of many episodes at once, for feeds and llms.txt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from episodes.bases.reviewable import ReviewLevel
from episodes.models import Chapter, Episode, Observation, Prediction, Quote, Section
from episodes.site.contexts.review_summary import review_of

_COLUMNS = ("episode", "status", "self_verified", "verified_by")


@dataclass(frozen=True)
class Piece:
    """Review columns of a section or an item."""

    review_level: ReviewLevel
    alone: bool
    verified_by: int | None

    @classmethod
    def of(cls, row: Any) -> Piece:
        """Return the columns of a row."""
        return cls(row.review_level, row.self_verified, row.verified_by_id)


@dataclass(frozen=True)
class ReviewStatus:
    """Review status of an episode. state: own, unread, partly, read or verified; line: sentence as on its page."""

    state: str
    line: str
    adopted: bool
    total: int
    read: int
    verified: int
    verifiers: int

    def as_dict(self) -> dict[str, Any]:
        """Return the values for JSON and YAML. Counts are of the summary and sections, or items if there are none."""
        return {
            "state": self.state,
            "adopted": self.adopted,
            "total_count": self.total,
            "read_count": self.read,
            "verified_count": self.verified,
            "verified_by_count": self.verifiers,
        }


def review_statuses(episodes: Iterable[Episode]) -> dict[int, ReviewStatus]:
    """Return {episode key: status}. One query, a second if some episodes have no sections."""
    episodes = list(episodes)
    # As in episode_parts.sections_of(): a section without heading and text is not on the page.
    written = Section.objects.shown().exclude(heading="", html="", text="")
    sections = _pieces([written], [episode.pk for episode in episodes])
    bare = [episode.pk for episode in episodes if episode.pk not in sections]
    models: tuple[Any, ...] = (Chapter, Quote, Prediction, Observation)
    items = _pieces([model.objects.shown() for model in models], bare) if bare else {}
    return {
        episode.pk: review_status_of(episode, sections.get(episode.pk, []), items.get(episode.pk, []))
        for episode in episodes
    }


def _pieces(rows: list[Any], keys: list[int]) -> dict[int, list[Piece]]:
    parts = [part.filter(episode__in=keys).order_by().values_list(*_COLUMNS) for part in rows]
    pieces: dict[int, list[Piece]] = defaultdict(list)
    for key, status, alone, verified_by in parts[0].union(*parts[1:], all=True) if parts[1:] else parts[0]:
        pieces[key].append(Piece(Section(status=status).review_level, alone, verified_by))
    return dict(pieces)


def review_status_of(episode: Episode, sections: list[Any], items: list[Any]) -> ReviewStatus:
    """Return the status from the sections and items of the page, which have the fields of Piece."""
    review = review_of(episode, sections, items)
    pieces = list(sections or items)
    if episode.shown_summary:
        summary = Section(status=episode.summary_status).review_level
        pieces.append(Piece(summary, episode.summary_self_verified, episode.summary_verified_by_id))
    verified = [piece for piece in pieces if piece.review_level == ReviewLevel.VERIFIED]
    return ReviewStatus(
        state="own" if review.own else review.state,
        line=review.line,
        adopted=episode.adopted,
        total=len(pieces),
        read=sum(piece.review_level > ReviewLevel.UNREAD for piece in pieces),
        verified=len(verified),
        verifiers=len({piece.verified_by for piece in verified if piece.verified_by}),
    )
