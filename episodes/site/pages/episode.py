"""The page of one episode. The desk shows the same page of one that is not public yet."""

from __future__ import annotations

import re
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from episodes.models import Chapter, Episode, Prediction, Quote
from episodes.site.contexts import (
    episode_parts,
    reading_time,
    review_summary,
    timeline,
)
from episodes.site.contexts.alternates import twins_of
from episodes.site.contexts.head_data import Head
from episodes.site.contexts.page_heads import episode_head
from episodes.site.contexts.page_querysets import credited
from episodes.site.contexts.player import player_of
from episodes.site.contexts.related import related_to
from episodes.site.contexts.safe_links import address_name, web_address
from episodes.site.contexts.site_state import SiteState, site_row_state, with_site_state
from episodes.site.pages.base import ObjectPage
from episodes.site.pages.error_pages import tombstone


def episode_context(episode: Episode, preview: bool = False, hidden: frozenset[str] = frozenset()) -> dict[str, Any]:
    """What the template needs: ten queries, three fewer where nothing is mentioned and nobody has read anything.

    preview: as the page would be if everything undecided were accepted. Only for who may see drafts.
    hidden: models, by their names in lower case, of which nothing is shown: to who may see drafts, but not these.
    """
    names = episode_parts.visible_names(episode_parts.names_of(episode), hidden)
    sections = [] if "section" in hidden else episode_parts.sections_of(episode)
    source = web_address(episode.source_url)

    def said(model: Any) -> list[Any]:
        if hidden & {model._meta.model_name, "speaker"}:
            return []
        return list(credited(episode_parts.reviewed_items(model, episode, preview)))

    chapters = [] if "chapter" in hidden else list(episode_parts.reviewed_items(Chapter, episode, preview))
    quotes, predictions = said(Quote), said(Prediction)
    observations = [] if "observation" in hidden else episode_parts.observations_of(episode, preview)
    seen = [row for _kind, group in observations for row in group]
    parts = {
        "mentions": episode_parts.mentions_by_kind(names["mention"]),
        "glossary": episode_parts.glossary(names["gloss"]),
        "chapters": chapters,
        "quotes": quotes,
        "predictions": predictions,
        "observations": observations,
    }
    takeaways = [] if "takeaway" in hidden else episode_parts.takeaways_of(episode, preview)
    items = [*chapters, *quotes, *predictions, *seen]
    told = timeline.timeline(episode, chapters, quotes, predictions)
    sections = timeline.in_the_text(sections, [*told.quotes, *told.predictions])
    review = review_summary.review_of(episode, sections, items)
    return {
        **parts,
        "episode": episode,
        "preview": preview,
        "names": names,
        "sections": sections,
        "takeaways": takeaways,
        "many_takeaways": sum(len(nodes) for _heading, nodes in takeaways) > MANY_TAKEAWAYS,
        "contents": episode_parts.contents_of(parts, sections),
        "skim": [section for section in sections if section.title],
        "minutes": reading_time.minutes_to_read(_letters(episode, sections, items), episode.language),
        "chronicle": told,
        "strip": timeline.timeline_bar(episode, chapters, quotes, predictions),
        "player": player_of(episode, chapters, quotes, predictions, seen),
        "mentions_line": episode_parts.mentions_line(names["mention"]),
        "review_line": review.line,
        "reviewers_line": review_summary.people_line([section.row for section in sections] or items),
        "least_review_level": review.review_level,
        "partly_reviewed": review_summary.partly_reviewed(sections),
        "has_folds": any(_FOLD in section.body for section in sections),
        "has_english_folds": any(_ENGLISH_FOLD.search(section.body) for section in sections),
        "corrected": episode_parts.days_of(names["correction"]),
        "source": source,
        "source_name": address_name(source) if source else "",
    }


_FOLD = 'class="original"'
_ENGLISH_FOLD = re.compile(rf"{_FOLD}>(?:(?!</details>).)*?(?:lang=\"en\"|english-text)", re.DOTALL)
# More than these are folded after the first few.
MANY_TAKEAWAYS = 9


def _letters(episode: Episode, sections: list[episode_parts.ShownSection], items: list[Any]) -> int:
    words = ("text", "context", "words", "claim", "summary", "detail", "cue", "reading")
    of_items = sum(len(getattr(item, name, None) or "") for item in items for name in words)
    return len(episode.shown_summary) + sum(section.letters for section in sections) + of_items


class EpisodePage(ObjectPage):
    """Eleven queries: the episode with the facts of the page, and the ten of its context."""

    template_name = "site/pages/episode.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().get(request, *args, **kwargs)
        except Http404:
            return tombstone(request, kwargs["slug"])

    def get_queryset(self) -> QuerySet[Episode]:
        # `extra` and `projects` are facts about the file and never shown.
        return with_site_state(Episode.objects.public().defer("extra", "projects"))

    def facts(self) -> SiteState:
        # Related episodes and translations are named on it, and leave it as they are withdrawn.
        return site_row_state(self.object)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = episode_context(self.object)
        timed = any(timeline.begins_within(chapter, self.object) for chapter in context["chapters"])
        related = related_to(self.object, [mention.slug for mention in context["names"]["mention"]])
        return super().get_context_data(**context, related=related, feeds=twins_of(self.object.slug, timed), **kwargs)

    def page_head(self, context: dict[str, Any]) -> Head:
        return episode_head(self.request, context)

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        response = super().render_to_response(context, **kwargs)
        if context["player"]:
            response["Content-Security-Policy"] = context["player"].policy
        return response
