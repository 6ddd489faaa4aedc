"""What of a quote, a prediction or an episode goes out into the world: on a card, in an embed, as copied text."""

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

_TONES: dict[str, Any] = {
    Prediction.Outcome.TRUE: drawing.GREEN,
    Prediction.Outcome.FALSE: drawing.BAD,
}


@dataclass(frozen=True)
class Shared:
    """kind: quote, prediction or episode, which name the addresses too. sign: a word at the side, in a colour."""

    kind: str
    key: int | str
    words: str
    by: str
    source: str
    language: str
    sign: str = ""
    tone: str = drawing.QUIET

    @property
    def address(self) -> str:
        return reverse(self.kind, args=[self.key])

    @property
    def version(self) -> str:
        """Changes with everything the picture shows: a changed quote has a new picture at a new address."""
        said = (drawing.DESIGN, settings.SITE_NAME, self.words, self.by, self.source, self.language, self.sign)
        return sha256(repr((self.kind, *said)).encode()).hexdigest()[:12]

    @property
    def card(self) -> str:
        """The address of the picture."""
        return f"{reverse(f'{self.kind}_card', args=[self.key])}?v={self.version}"

    @property
    def line(self) -> str:
        """Who and where, in a line."""
        return " · ".join(part for part in (self.by, self.source) if part)

    def with_source(self, address: str) -> str:
        """As plain text to paste: the words, who said them and where, and the address."""
        words = self.words if self.kind == "episode" else f"“{self.words}”"
        return "\n".join(part for part in (words, f"— {self.line}" if self.line else "", address) if part)


def of_quote(quote: Quote) -> Shared:
    return Shared("quote", quote.pk, quote.text, *_said(quote), language=_language(quote, quote.text))


def of_prediction(prediction: Prediction) -> Shared:
    words = prediction.claim or prediction.words
    language = _language(prediction, words)
    with override("en" if language == "en" else "zh-hans"):
        sign = outcome_label(prediction)
    tone = _TONES.get(prediction.outcome, drawing.WAIT) if prediction.outcome else drawing.QUIET
    return Shared("prediction", prediction.pk, words, *_said(prediction), language=language, sign=sign, tone=tone)


def of_episode(episode: Episode, names: list[str]) -> Shared:
    """names: who is credited, as their labels or pages have it."""
    credits = " · ".join(dict.fromkeys(name for name in names if name and not is_generic(name)))
    day = episode.aired_on.isoformat() if episode.aired_on else ""
    facts = " · ".join(part for part in (episode.series, day, episode.duration_text) if part)
    return Shared("episode", episode.slug, str(episode), credits, facts, episode.language)


def _said(item: Any) -> tuple[str, str]:
    return item.by_name or "", str(item.episode)


def _language(item: Any, words: str) -> str:
    return language_of(words, item.episode.language)


def shared_or_404(kind: str, key: Any) -> Shared:
    """The public thing of that kind; Http404 for every other. One query, for an episode two."""
    if kind == "quote":
        return of_quote(get_object_or_404(quotes_for_list(), pk=key))
    if kind == "prediction":
        return of_prediction(get_object_or_404(predictions_for_list(), pk=key))
    if kind == "episode":
        episode: Any = get_object_or_404(for_cards(Episode.objects.public()), slug=key)
        return of_episode(episode, [credit.by_name for credit in episode.credits])
    raise Http404
