"""Filters of public lists, as query parameters.

Each choice shows how many rows it leaves, given the other filters. Only values of public rows are offered, at most
MAX_OPTIONS per filter, the most frequent ones; any other public value works in the URL.
"""

from episodes.site.lists.base import MAX_OPTIONS
from episodes.site.lists.episodes import ChannelFilter, EpisodeFilter, EpisodeListFilter
from episodes.site.lists.names import (
    EntityFilter,
    GlossFilter,
    SeriesFilter,
    SpeakerFilter,
    TagFilter,
)
from episodes.site.lists.quotes_and_predictions import PredictionFilter, PredictionListFilter, QuoteListFilter

__all__ = [
    "MAX_OPTIONS",
    "ChannelFilter",
    "EntityFilter",
    "EpisodeFilter",
    "EpisodeListFilter",
    "GlossFilter",
    "PredictionFilter",
    "PredictionListFilter",
    "QuoteListFilter",
    "SeriesFilter",
    "SpeakerFilter",
    "TagFilter",
]
