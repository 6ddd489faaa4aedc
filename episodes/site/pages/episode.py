"""The page of an episode. The desk renders the same context as a preview."""

from __future__ import annotations

import re
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from episodes.bases.page_dependencies import EPISODE, depends_on, page_key
from episodes.bases.prepared import Prepared
from episodes.models import Chapter, Episode, Prediction, Quote
from episodes.site.contexts import (
    episode_parts,
    reading_time,
    review_summary,
    timeline,
)
from episodes.site.contexts.alternates import episode_alternates
from episodes.site.contexts.head_data import Head
from episodes.site.contexts.page_heads import episode_head
from episodes.site.contexts.player import player_of
from episodes.site.contexts.related import related_to
from episodes.site.contexts.safe_links import address_name, web_address
from episodes.site.contexts.stored_texts import with_stored_texts
from episodes.site.pages.base import ObjectPage
from episodes.site.pages.error_pages import tombstone


def episode_context(episode: Episode, preview: bool = False, hidden: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return the context of the template. Ten queries, fewer without mentions or reviewers.

    preview: include undecided items as if they were accepted; only for users who may see drafts.
    hidden: lower-case names of models that the user may not view.
    """
    names = episode_parts.visible_names(episode_parts.names_of(episode), hidden)
    sections = [] if "section" in hidden else episode_parts.sections_of(episode)
    source = web_address(episode.source_url)

    def statements(model: Any) -> list[Any]:
        if hidden & {model._meta.model_name, "speaker"}:
            return []
        return episode_parts.items_of(model, episode, preview)

    chapters = [] if "chapter" in hidden else episode_parts.items_of(Chapter, episode, preview)
    quotes, predictions = statements(Quote), statements(Prediction)
    observations = [] if "observation" in hidden else episode_parts.observations_of(episode, preview)
    observation_rows = [row for _kind, group in observations for row in group]
    parts = {
        "mentions": episode_parts.mentions_by_kind(names["mention"]),
        "glossary": episode_parts.glossary(names["gloss"]),
        "chapters": chapters,
        "quotes": quotes,
        "predictions": predictions,
        "observations": observations,
    }
    takeaways = [] if "takeaway" in hidden else episode_parts.takeaways_of(episode, preview)
    items = [*chapters, *quotes, *predictions, *observation_rows]
    grouped = timeline.timeline(episode, chapters, quotes, predictions)
    sections = timeline.mark_in_sections(sections, [*grouped.quotes, *grouped.predictions])
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
        "overview": [section for section in sections if section.title],
        "minutes": reading_time.minutes_to_read(_letters(episode, sections, items), episode.language),
        "timeline": grouped,
        "timeline_bar": timeline.timeline_bar(episode, chapters, quotes, predictions),
        "player": player_of(episode, chapters, quotes, predictions, observation_rows),
        "mentions_line": episode_parts.mentions_line(names["mention"]),
        "review_line": review.line,
        "reviewers_line": review_summary.reviewers_line([section.row for section in sections] or items),
        "least_review_level": review.review_level,
        "partly_reviewed": review_summary.partly_reviewed(sections),
        "has_folds": any(_FOLD in section.body for section in sections),
        "has_english_folds": any(_ENGLISH_FOLD.search(section.body) for section in sections),
        "corrected": episode_parts.correction_days(names["correction"]),
        "source": source,
        "source_name": address_name(source) if source else "",
    }


_FOLD = 'class="original"'
_ENGLISH_FOLD = re.compile(rf"{_FOLD}>(?:(?!</details>).)*?(?:lang=\"en\"|english-text)", re.DOTALL)
# Number of takeaways above which long groups are folded.
MANY_TAKEAWAYS = 9


def _letters(episode: Episode, sections: list[episode_parts.ShownSection], items: list[Any]) -> int:
    words = ("text", "context", "words", "claim", "summary", "detail", "cue", "reading")
    of_items = sum(len(getattr(item, name, None) or "") for item in items for name in words)
    return len(episode.shown_summary) + sum(section.letters for section in sections) + of_items


def _public_episode(slug: str) -> QuerySet[Episode]:
    # `extra` and `projects` come from the file and are never shown.
    return with_stored_texts(Episode.objects.public().filter(slug=slug).defer("extra", "projects"))


_EPISODE = Prepared(_public_episode, slug=str)


class EpisodePage(ObjectPage):
    """The page of an episode. Eleven queries: the episode with the site state, and the context."""

    template_name = "site/pages/episode.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().get(request, *args, **kwargs)
        except Http404:
            return tombstone(request, kwargs["slug"])

    def get_object(self, queryset: QuerySet[Episode] | None = None) -> Any:
        episode = _EPISODE.first(slug=self.kwargs["slug"])
        if episode is None:
            raise Http404
        return episode

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = episode_context(self.object)
        timed = any(timeline.begins_within(chapter, self.object) for chapter in context["chapters"])
        related = related_to(self.object) if context["names"]["mention"] else []
        others = [row.slug for row in (*related, *context["names"]["translation"])]
        depends_on(*(page_key(EPISODE, slug) for slug in (self.object.slug, *others)))
        return super().get_context_data(
            **context, related=related, feeds=episode_alternates(self.object.slug, timed), **kwargs
        )

    def page_head(self, context: dict[str, Any]) -> Head:
        return episode_head(self.request, context)

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        response = super().render_to_response(context, **kwargs)
        if context["player"]:
            response["Content-Security-Policy"] = context["player"].policy
        return response
