"""The stored HTML of the sections of public episodes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from operator import itemgetter

from django.db.models import QuerySet
from django.utils.safestring import SafeString

from episodes.bases.bulk_statements import update_each
from episodes.bases.compressed_fields import Packed
from episodes.models import Episode, Section
from episodes.rendering import sections


def render_section_html(section: Section, text: str) -> SafeString:
    """Return the HTML of one section. Ids of headings contain its key, since two sections may have equal headings."""
    return sections.render_section(section.kind, section.pk, text)


def store_html(episode: Episode) -> None:
    """Render and store the HTML of the episode's shown sections."""
    store_rendered(episode.sections.not_rejected(), {})


def episode_texts(rows: QuerySet[Section]) -> dict[int, sections.EpisodeTexts]:
    """Return what is rendered of sections, by key of the episode. One query."""
    found = rows.order_by("episode", "order", "pk").values_list("episode", "kind", "pk", "text")
    return {
        episode: tuple((kind, key, text) for _episode, kind, key, text in group)
        for episode, group in groupby(found, key=itemgetter(0))
    }


def store_rendered(rows: QuerySet[Section], rendered: Mapping[sections.EpisodeTexts, list[Packed]]) -> None:
    """Store the HTML of sections; `rows` must hold all shown sections of each of their episodes. Two queries.

    rendered: HTML rendered beforehand, by the sections of an episode; that of other episodes is rendered here.
    """
    changes: list[tuple[int, Packed]] = []
    for texts in episode_texts(rows).values():
        html = rendered.get(texts) or sections.render_episode(texts)
        changes += zip((key for _kind, key, _text in texts), html, strict=True)
    update_each(Section, "html", changes, rows.db)
