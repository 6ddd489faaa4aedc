"""Heads of quote, prediction, episode, speaker, entity and glossary pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from episodes.models import Episode, Gloss, Prediction, Quote
from episodes.site.contexts.excerpts import excerpt
from episodes.site.contexts.head_data import (
    Head,
    Picture,
    card_picture,
    plain_head,
)
from episodes.site.contexts.json_ld.common import Site
from episodes.site.contexts.json_ld.episode import episode_graph
from episodes.site.contexts.json_ld.names import entity_graph, speaker_graph, term_set_graph
from episodes.site.contexts.json_ld.quote_and_prediction import prediction_graph, quote_graph
from episodes.site.contexts.share_texts import (
    ShareText,
    episode_share_text,
    prediction_share_text,
    quote_share_text,
)
from episodes.site.contexts.stored_texts import summary_excerpt
from people.models import Entity, Speaker


def quote_head(request: HttpRequest, quote: Quote) -> Head:
    """Return the head of a quote's page."""
    shared = quote_share_text(quote)
    return _shared_head(request, shared, quote.episode, quote_graph(Site(request), quote))


def prediction_head(request: HttpRequest, prediction: Prediction) -> Head:
    """Return the head of a prediction's page."""
    shared = prediction_share_text(prediction)
    return _shared_head(request, shared, prediction.episode, prediction_graph(Site(request), prediction))


def episode_head(request: HttpRequest, context: dict[str, Any]) -> Head:
    """Return the head of an episode's page from its context (`pages.episode.episode_context`)."""
    episode: Episode = context["episode"]
    names = context["names"]
    shared = episode_share_text(episode, [credit.name for credit in names["credit"]])
    others = [(row.detail, row.slug) for row in names["translation"]]
    return _shared_head(request, shared, episode, episode_graph(Site(request), context), others)


def _shared_head(
    request: HttpRequest,
    shared: ShareText,
    episode: Episode,
    graph: dict[str, Any],
    others: list[tuple[str, str]] | None = None,
) -> Head:
    here = request.build_absolute_uri(request.path)
    is_episode = shared.kind == "episode"
    title = shared.words if is_episode else excerpt(f"{shared.by}: {shared.words}" if shared.by else shared.words, 90)
    about = summary_excerpt(episode) if is_episode else excerpt(shared.words)
    translations = _translations(request, episode, others or [])
    return Head(
        title=title,
        description=about or shared.line,
        kind="article",
        language=shared.language,
        picture=card_picture(request, shared.card, excerpt(f"{shared.words} — {shared.line}", 300)),
        published=episode.published_at,
        modified=max(filter(None, (episode.changed_at, episode.published_at)), default=None),
        translations=translations,
        default=_default(translations),
        embed=request.build_absolute_uri(f"{reverse('oembed')}?{urlencode({'url': here, 'format': 'json'})}"),
        graph=graph,
        copy=shared.with_source(here),
        card=shared.card,
    )


def _translations(request: HttpRequest, episode: Episode, others: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return (language, URL) of each translation in the current interface language, so that the links are mutual."""
    if not others:
        return []
    slugs = {episode.language: episode.slug}
    for language, slug in others:
        slugs.setdefault(language, slug)
    if len(slugs) == 1:
        return []
    return [
        (language, request.build_absolute_uri(reverse("episode", args=[slugs[language]]))) for language in sorted(slugs)
    ]


def _default(translations: list[tuple[str, str]]) -> str:
    """Return the URL for `hreflang="x-default"`: English if there is one, else the first."""
    return next(
        (address for language, address in translations if language == "en"), translations[0][1] if translations else ""
    )


# --- speakers, entities, glossary


def speaker_head(request: HttpRequest, speaker: Speaker, links: list[tuple[str, str]]) -> Head:
    """Return the head of a speaker's page. links: (URL, label)."""
    words = (speaker.headline or excerpt(speaker.bio)) if speaker.introduced else ""
    photo = None
    if speaker.introduced and speaker.photo:
        photo = Picture(request.build_absolute_uri(reverse("speaker_photo", args=[speaker.slug])), speaker.name)
    graph = speaker_graph(Site(request), speaker, links)
    kind = "profile" if speaker.kind == Speaker.Kind.PERSON else "website"
    return _named(request, speaker.name, words, kind, graph, photo)


def entity_head(request: HttpRequest, entity: Entity, links: list[tuple[str, str]]) -> Head:
    """Return the head of an entity's page. links: (URL, label)."""
    words = excerpt(entity.summary) if entity.introduced and entity.summary else ""
    return _named(request, entity.name, words, "website", entity_graph(Site(request), entity, links))


def glossary_head(request: HttpRequest, name: str, words: str, glosses: Iterable[Gloss]) -> Head:
    """Return the head of one page of the glossary, with its terms."""
    address = request.build_absolute_uri(reverse("glossary"))
    return _named(request, name, words, "website", term_set_graph(Site(request), name, address, glosses))


def _named(
    request: HttpRequest, name: str, words: str, kind: str, graph: dict[str, Any], photo: Picture | None = None
) -> Head:
    plain = plain_head(request, name, words)
    return Head(
        title=name,
        description=words or f"{name} · {settings.SITE_NAME}",
        kind=kind,
        language=plain.language,
        picture=photo or plain.picture,
        graph=graph,
    )
