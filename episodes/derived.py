"""Derived data, made in one place that every writer calls: loader, admin, workflow, commands. Never in save().

glosses   from the sections' text
findings  of origin check, from the registry in episodes.checks
html      of the sections, once the episode is public
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.safestring import SafeString

from episodes import checks
from episodes.models import Episode, Gloss, Section
from episodes.notes import prose
from episodes.notes.visible_text import shown
from episodes.rendering import sections
from episodes.rendering.page import Page, stamped
from people.models import Entity, Speaker


def refresh(episode: Episode) -> None:
    """Everything derived of one episode, after its words changed."""
    glosses(episode)
    checks.run(episode)
    touch(episode)


def glosses(episode: Episode) -> None:
    """Replace the episode's glosses by those its sections hold now."""
    episode.glosses.all().delete()
    Gloss.objects.bulk_create(gloss for section in episode.sections.not_rejected() for gloss in glosses_of(section))


def glosses_of(section: Section) -> list[Gloss]:
    """The glosses of one section as unsaved rows."""
    found = prose.annotate(section.text, 0, len(section.text))
    return [gloss_row(section, a.values) for a in found if a.kind == "gloss"]


def gloss_row(section: Section, values: dict) -> Gloss:
    return Gloss(
        episode_id=section.episode_id,
        section=section,
        term=shown(values["term"])[:500],
        expansion=shown(values.get("expansion") or "")[:1000],
        explanation=shown(values.get("explanation") or ""),
    )


def published_state(episode: Episode) -> None:
    """After a change of status: HTML is kept for what visitors read, and for nothing else."""
    if episode.status in Episode.PUBLIC_STATUSES:
        store_html(episode)
    else:
        episode.sections.exclude(html="").update(html="")
    touch(episode)


def section_html(section: Section, text: str) -> SafeString:
    """One section by itself. Its headings get ids of their own: two sections may hold the same words."""
    return sections.render_section(section.kind, section.pk, text)


def store_html(episode: Episode) -> None:
    store_drawn(episode.sections.not_rejected(), {})


def store_drawn(rows: QuerySet[Section], drawn: Mapping[tuple[str, int, str], str]) -> None:
    """Keep the HTML of these sections, which are all that their episodes show.

    drawn: what is made already, by what it was made of.
    """
    changed = list(rows.only("kind", "text", "episode").order_by("episode", "order", "pk"))
    for _episode, together in groupby(changed, key=lambda section: section.episode_id):
        page = Page()
        for section in together:
            html = drawn.get((section.kind, section.pk, section.text)) or section_html(section, section.text)
            # Without text there is nothing to keep, and nothing for a later version to draw again.
            section.html = stamped(page.add_section(html)) if section.text else ""
    Section.objects.bulk_update(changed, ["html"], batch_size=100)


def touch(episode: Episode) -> None:
    """Visitors may see something else from now on: moves Last-Modified."""
    episode.changed_at = timezone.now()
    Episode.objects.filter(pk=episode.pk).update(changed_at=episode.changed_at)


def touch_public(episodes: QuerySet[Episode]) -> None:
    """Moves Last-Modified of those that are public: what they show from elsewhere (a name, a tag) has changed."""
    Episode.objects.public().filter(pk__in=episodes.order_by().values("pk")).update(changed_at=timezone.now())


def naming(named: Speaker | Entity) -> QuerySet[Episode]:
    """The episodes that credit, quote or mention somebody or something."""
    if isinstance(named, Entity):
        return Episode.objects.filter(mentions__entity=named)
    credited = Q(appearances__speaker=named) | Q(quotes__speaker=named) | Q(predictions__speaker=named)
    return Episode.objects.filter(credited)
