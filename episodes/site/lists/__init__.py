"""What visitors narrow lists by. Everything lives in the address and works without a script.

Each choice says how many rows it leaves, given the other filters. Offered is only what occurs in public, of long lists
only what occurs most; any other public value works from a link.
"""

from episodes.site.lists.base import OFFERED
from episodes.site.lists.episodes import EpisodeFilter
from episodes.site.lists.names import (
    EntityFilter,
    GlossFilter,
    SeriesFilter,
    SpeakerFilter,
    TagFilter,
)
from episodes.site.lists.quotes_and_predictions import PredictionFilter, QuoteFilter

__all__ = [
    "OFFERED",
    "EntityFilter",
    "EpisodeFilter",
    "GlossFilter",
    "PredictionFilter",
    "QuoteFilter",
    "SeriesFilter",
    "SpeakerFilter",
    "TagFilter",
]
