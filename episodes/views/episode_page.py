"""The page of one episode. The desk shows the same page of one that is not public yet."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from episodes.models import Chapter, Episode, Prediction, Quote
from episodes.views import reading
from episodes.views.addresses import address_name, web_address
from episodes.views.facts import Facts, row_facts, with_facts
from episodes.views.public import ObjectPage, gone
from episodes.views.rows import credited


def episode_context(episode: Episode, preview: bool = False) -> dict[str, Any]:
    """What the template needs: seven queries.

    preview: as the page would be if everything undecided were accepted. Only for who may see drafts.
    """
    names, sections = reading.names_of(episode), reading.sections_of(episode)
    source = web_address(episode.source_url)

    def said(model: Any) -> list[Any]:
        return list(credited(reading.decided(model, episode, preview)))

    parts = {
        "mentions": reading.mentions_by_kind(names["mention"]),
        "glossary": reading.glossary(names["gloss"]),
        "chapters": list(reading.decided(Chapter, episode, preview)),
        "quotes": said(Quote),
        "predictions": said(Prediction),
        "observations": reading.observations_of(episode, preview),
    }
    return {
        **parts,
        "episode": episode,
        "preview": preview,
        "names": names,
        "sections": sections,
        "takeaways": reading.takeaways_of(episode, preview),
        "contents": reading.contents_of(parts, sections),
        "mentions_line": reading.mentions_line(names["mention"]),
        "care": reading.care_line(episode, sections),
        "partly_read": reading.partly_read(sections),
        "source": source,
        "source_name": address_name(source) if source else "",
    }


class EpisodePage(ObjectPage):
    """Eight queries: the episode with the facts of the page, and the seven of its context."""

    template_name = "episodes/episode.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().get(request, *args, **kwargs)
        except Http404:
            reason = Episode.objects.tombstones().filter(slug=kwargs["slug"]).values_list("withdrawn_reason", flat=True)
            if reason:
                return gone(request, reason[0])
            raise

    def get_queryset(self) -> QuerySet[Episode]:
        # `extra` and `projects` are facts about the file and never shown.
        return with_facts(Episode.objects.public().defer("extra", "projects"))

    def facts(self) -> Facts:
        return row_facts(self.object, self.object)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**episode_context(self.object), **kwargs)
