"""The tables, one module per room: the episode and its tags, what it holds, what is kept for the record."""

from episodes.models.episode import Episode
from episodes.models.items import (
    Appearance,
    Chapter,
    Gloss,
    Mention,
    Observation,
    Prediction,
    Quote,
    Section,
    Takeaway,
)
from episodes.models.records import Decision, Finding, Note, Snapshot
from episodes.models.request_count import RequestCount
from episodes.models.tags import Tag, TaggedEpisode

# What an editor decides upon one by one, in the order of the desk.
ITEMS = (Chapter, Quote, Prediction, Observation, Takeaway, Mention)
REVIEWED = (Section, *ITEMS)

__all__ = [
    "ITEMS",
    "REVIEWED",
    "Appearance",
    "Chapter",
    "Decision",
    "Episode",
    "Finding",
    "Gloss",
    "Mention",
    "Note",
    "Observation",
    "Prediction",
    "Quote",
    "RequestCount",
    "Section",
    "Snapshot",
    "Tag",
    "TaggedEpisode",
    "Takeaway",
]
