"""The stored HTML of the sections of public episodes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from django.db.models import QuerySet
from django.utils.safestring import SafeString

from episodes.models import Episode, Section
from episodes.rendering import sections
from episodes.rendering.page import Page, stamped


def render_section_html(section: Section, text: str) -> SafeString:
    """Return the HTML of one section. Ids of headings contain its key, since two sections may have equal headings."""
    return sections.render_section(section.kind, section.pk, text)


def store_html(episode: Episode) -> None:
    """Render and store the HTML of the episode's shown sections."""
    store_rendered(episode.sections.not_rejected(), {})


def store_rendered(rows: QuerySet[Section], rendered: Mapping[tuple[str, int, str], str]) -> None:
    """Store the HTML of sections; `rows` must hold all shown sections of each of their episodes.

    rendered: HTML rendered beforehand, by (kind, key, text); the others are rendered here.
    """
    stored = list(rows.only("kind", "text", "episode").order_by("episode", "order", "pk"))
    for _episode, of_episode in groupby(stored, key=lambda section: section.episode_id):
        page = Page()
        for section in of_episode:
            html = rendered.get((section.kind, section.pk, section.text)) or render_section_html(section, section.text)
            section.html = stamped(page.add_section(html)) if section.text else ""
    Section.objects.bulk_update(stored, ["html"], batch_size=100)
