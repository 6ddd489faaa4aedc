"""What visitors narrow lists by. Everything lives in the address and works without a script.

Each choice says how many rows it leaves, given the other filters. Offered is only what occurs in public, of long lists
only what occurs most; any other public value works from a link.
"""

from episodes.filters.base import OFFERED
from episodes.filters.episodes import EpisodeFilter
from episodes.filters.names import EntityFilter, GlossFilter, SeriesFilter, SpeakerFilter, TagFilter
from episodes.filters.said import PredictionFilter, QuoteFilter

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
