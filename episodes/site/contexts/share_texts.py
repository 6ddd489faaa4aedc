"""Text of a quote, a prediction or an episode for share cards, oEmbed and the clipboard."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import override

from episodes.models import Episode, Prediction, Quote
from episodes.notes.roles import is_generic
from episodes.site.contexts.excerpts import language_of
from episodes.site.contexts.outcomes import outcome_label
from episodes.site.contexts.page_querysets import for_cards, predictions_for_list, quotes_for_list
from episodes.site.share_images import drawing

_BADGE_COLOURS: dict[str, Any] = {
    Prediction.Outcome.TRUE: drawing.GREEN,
    Prediction.Outcome.FALSE: drawing.BAD,
}


@dataclass(frozen=True)
class ShareText:
    """Text to share.

    kind    quote, prediction or episode: also the URL name
    key     argument of the URL: primary key or slug
    badge   outcome of a prediction, drawn in `badge_colour`
    """

    kind: str
    key: int | str
    words: str
    by: str
    source: str
    language: str
    badge: str = ""
    badge_colour: str = drawing.QUIET

    @property
    def address(self) -> str:
        """Return the path of the page."""
        return reverse(self.kind, args=[self.key])

    @property
    def version(self) -> str:
        """Return a digest of everything the card shows, so that a changed text gets a new URL."""
        shown = (drawing.DESIGN, settings.SITE_NAME, self.words, self.by, self.source, self.language, self.badge)
        return sha256(repr((self.kind, *shown)).encode()).hexdigest()[:12]

    @property
    def card(self) -> str:
        """Return the path of the share card."""
        return f"{reverse(f'{self.kind}_card', args=[self.key])}?v={self.version}"

    @property
    def line(self) -> str:
        """Return speaker and episode in one line."""
        return " · ".join(part for part in (self.by, self.source) if part)

    def with_source(self, address: str) -> str:
        """Return plain text for the clipboard: the words, speaker and episode, and the URL."""
        words = self.words if self.kind == "episode" else f"“{self.words}”"
        return "\n".join(part for part in (words, f"— {self.line}" if self.line else "", address) if part)


def quote_share_text(quote: Quote) -> ShareText:
    """Return the text of a quote."""
    return ShareText("quote", quote.pk, quote.text, *_speaker_and_episode(quote), language=_language(quote, quote.text))


def prediction_share_text(prediction: Prediction) -> ShareText:
    """Return the text of a prediction, with its outcome in the language of the text."""
    words = prediction.claim or prediction.words
    language = _language(prediction, words)
    with override("en" if language == "en" else "zh-hans"):
        badge = outcome_label(prediction)
    colour = _BADGE_COLOURS.get(prediction.outcome, drawing.WAIT) if prediction.outcome else drawing.QUIET
    return ShareText(
        "prediction",
        prediction.pk,
        words,
        *_speaker_and_episode(prediction),
        language=language,
        badge=badge,
        badge_colour=colour,
    )


def episode_share_text(episode: Episode, names: list[str]) -> ShareText:
    """Return the text of an episode. names: the credited names."""
    credits = " · ".join(dict.fromkeys(name for name in names if name and not is_generic(name)))
    day = episode.aired_on.isoformat() if episode.aired_on else ""
    facts = " · ".join(part for part in (episode.series, day, episode.duration_text) if part)
    return ShareText("episode", episode.slug, str(episode), credits, facts, episode.language)


def _speaker_and_episode(item: Any) -> tuple[str, str]:
    return item.by_name or "", str(item.episode)


def _language(item: Any, words: str) -> str:
    return language_of(words, item.episode.language)


def share_text_or_404(kind: str, key: Any) -> ShareText:
    """Return the text of a public object. Raises Http404 if there is none. One query, for an episode two."""
    if kind == "quote":
        return quote_share_text(get_object_or_404(quotes_for_list(), pk=key))
    if kind == "prediction":
        return prediction_share_text(get_object_or_404(predictions_for_list(), pk=key))
    if kind == "episode":
        episode: Any = get_object_or_404(for_cards(Episode.objects.public()), slug=key)
        return episode_share_text(episode, [credit.by_name for credit in episode.credits])
    raise Http404
