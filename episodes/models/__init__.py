"""Tables: the episode and its tags, its contents, and the records of its import and its review."""

from episodes.models.decision import Decision
from episodes.models.episode import Episode
from episodes.models.finding import Finding
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
from episodes.models.note import Note
from episodes.models.passage import Passage, SearchMiss
from episodes.models.public_counts import CountedEpisode, CountState, PublicCount
from episodes.models.request_count import RequestCount
from episodes.models.snapshot import Snapshot
from episodes.models.stored_page import PublicKeys, SiteRevision, StoredPage, StoredPageKey
from episodes.models.stored_texts import StoredTexts
from episodes.models.tags import Tag, TaggedEpisode

# Models that are reviewed row by row, in the order of the desk.
ITEMS = (Chapter, Quote, Prediction, Observation, Takeaway, Mention)
REVIEWED = (Section, *ITEMS)

# Models whose rows the site counts or makes from other rows: not on the desk, in no fixture and in no backup.
MADE_BY_SITE = (
    *(CountState, CountedEpisode, PublicCount, StoredTexts, Passage),
    *(PublicKeys, SiteRevision, StoredPage, StoredPageKey),
    *(RequestCount, SearchMiss),
)

__all__ = [
    "ITEMS",
    "MADE_BY_SITE",
    "REVIEWED",
    "Appearance",
    "Chapter",
    "CountState",
    "CountedEpisode",
    "Decision",
    "Episode",
    "Finding",
    "Gloss",
    "Mention",
    "Note",
    "Observation",
    "Passage",
    "Prediction",
    "PublicCount",
    "PublicKeys",
    "Quote",
    "RequestCount",
    "SearchMiss",
    "Section",
    "SiteRevision",
    "Snapshot",
    "StoredPage",
    "StoredPageKey",
    "StoredTexts",
    "Tag",
    "TaggedEpisode",
    "Takeaway",
]
