"""Visibility of sections, items and mentions: by their own status and by that of their episode."""

from __future__ import annotations

from typing import Any, Self

from episodes.bases.reviewable import ReviewableQuerySet
from episodes.models.episode import in_public_episode


class ShownQuerySet(ReviewableQuerySet):
    """Query reviewed rows of an episode by visibility; subclasses define `shown()`."""

    def shown(self) -> Self:
        """Return the rows whose own status makes them visible."""
        raise NotImplementedError

    def public(self, **moment: Any) -> Self:
        """Return the visible rows of public episodes."""
        return self.shown().filter(in_public_episode(**moment))


class TextQuerySet(ShownQuerySet):
    """Sections and mentions are visible unless rejected: an adopted library has its text without a review."""

    def shown(self) -> Self:
        """Return the rows that were not rejected."""
        return self.not_rejected()


class ItemQuerySet(ShownQuerySet):
    """Items are visible once they are accepted."""

    def shown(self) -> Self:
        """Return the accepted rows."""
        return self.reviewed()
