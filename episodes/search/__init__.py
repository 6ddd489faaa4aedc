"""Search over the passages of episodes, the same on SQLite and PostgreSQL.

    results = search("可解释性 -agent speaker:川普", public=True, page=1)
    results.total, results.hits[0].episode, results.facets["year"]

tokens        the one tokenizer of texts and queries
plain_text    Markdown as plain passages
passage_ids   keys of passages, which hold the episode and the part of it
engines       the index in the database: FTS5 or tsvector
query         what somebody typed
aliases       other names of the people and topics in a query
matching      episodes that fulfil a query, and their order
library       what is public, in memory
names         people, topics, tags and titles; suggestions
snippets      pieces of text with the words marked; with landing, their place on the page
near          what is offered instead of nothing
searching     all of it together

Passages are made by `episodes.derived.passages`, which changes the index in the same transaction.
"""

from __future__ import annotations

from episodes.search.names import Suggestion, suggest
from episodes.search.results import Results
from episodes.search.searching import PAGE_SIZE, search

__all__ = ["PAGE_SIZE", "Results", "Suggestion", "search", "suggest"]
