"""JSON-LD of a quote (Quotation) and of a prediction (Claim, and ClaimReview once judged)."""

from __future__ import annotations

from typing import Any

from episodes.models import Prediction, Quote
from episodes.site.contexts.excerpts import excerpt, language_of
from episodes.site.contexts.json_ld.common import (
    Node,
    Site,
    aired_date,
    reference,
    without_empty,
)
from episodes.site.contexts.outcomes import outcome_label
from episodes.site.contexts.player import player_of
from episodes.site.contexts.timeline import is_within

# schema.org ratings, 1 (false) to 5 (true). Outcomes that cannot be judged have a name and no number.
_RATINGS: dict[str, int] = {Prediction.Outcome.TRUE: 5, Prediction.Outcome.PARTLY: 3, Prediction.Outcome.FALSE: 1}


def quote_graph(site: Site, quote: Quote) -> Node:
    """Return the graph of a quote's page."""
    address = site.address("quote", quote.pk)
    return site.graph(_page(site, quote, quote.text), _quotation(site, quote, quote.text, f"{address}#quote", address))


def prediction_graph(site: Site, prediction: Prediction) -> Node:
    """Return the graph of a prediction's page."""
    address = site.address("prediction", prediction.pk)
    nodes = [_claim(site, prediction, address)]
    if prediction.outcome:
        nodes.append(_review(site, prediction, address))
    if prediction.claim and prediction.words:
        nodes.append(_quotation(site, prediction, prediction.words, f"{address}#words", address))
    return site.graph(_page(site, prediction, prediction.claim or prediction.words), *nodes)


def _page(site: Site, item: Any, words: str) -> Node:
    # A public item is accepted, and therefore reviewed.
    reviewed = max(filter(None, (item.accepted_at, item.verified_at)), default=None)
    return {"name": excerpt(words, 100), **site.reviewed(reviewed)}


def _quotation(site: Site, item: Any, text: str, identity: str, address: str) -> Node:
    speaker = site.speaker(item.by_name, item.by_slug)
    return {
        "@type": "Quotation",
        "@id": identity,
        "url": address,
        "text": text,
        "inLanguage": language_of(text, item.episode.language),
        "creator": speaker,
        "spokenByCharacter": speaker if speaker is None or "@id" not in speaker else reference(speaker["@id"]),
        "isPartOf": _place(site, item, f"{address}#clip"),
        "datePublished": aired_date(item.episode),
    }


def _place(site: Site, item: Any, identity: str) -> Node:
    """Return a clip of the recording at the item's time, or the episode if the time is unknown."""
    episode = site.episode(item.episode)
    if episode["@type"] != "PodcastEpisode" or not is_within(item, item.episode):
        return episode
    played = player_of(item.episode, [item])
    return without_empty(
        {
            "@type": "Clip",
            "@id": identity,
            "startOffset": item.start,
            "partOfEpisode": episode,
            "url": site.address("episode", item.episode.slug, query=f"t={item.start}") if played else None,
        }
    )


def _claim(site: Site, prediction: Prediction, address: str) -> Node:
    row: Any = prediction
    spoken, due = aired_date(prediction.episode), prediction.due_on
    return {
        "@type": "Claim",
        "@id": f"{address}#claim",
        "url": address,
        "name": excerpt(prediction.claim or prediction.words, 100),
        "text": prediction.claim or prediction.words,
        "inLanguage": language_of(prediction.claim or prediction.words, prediction.episode.language),
        "author": site.speaker(row.by_name, row.by_slug),
        "datePublished": spoken,
        "appearance": site.episode(prediction.episode),
        # With the original words on the page, the claim is this site's reading of them.
        "claimInterpreter": reference(site.organisation) if prediction.claim and prediction.words else None,
        "temporalCoverage": f"{spoken or '..'}/{due.isoformat()}" if due else None,
    }


def _review(site: Site, prediction: Prediction, address: str) -> Node:
    rating: Node = {"@type": "Rating", "alternateName": outcome_label(prediction)}
    if prediction.outcome in _RATINGS:
        rating |= {"ratingValue": _RATINGS[prediction.outcome], "bestRating": 5, "worstRating": 1}
    return {
        "@type": "ClaimReview",
        "@id": f"{address}#review",
        "url": address,
        "claimReviewed": prediction.claim or prediction.words,
        "itemReviewed": reference(f"{address}#claim"),
        "author": reference(site.organisation),
        "datePublished": prediction.resolved_on.isoformat() if prediction.resolved_on else None,
        "reviewRating": rating,
        "reviewBody": excerpt(prediction.evidence, 500) if prediction.evidence else None,
    }
