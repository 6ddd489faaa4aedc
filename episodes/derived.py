"""Derived data of episodes. Every writer (loader, admin, workflow, commands) calls these functions after its write.

Not in `Model.save()`, which `loaddata`, `bulk_create` and `update()` skip.

glosses   from the text of the sections
findings  with origin check, from the registry in episodes.checks
html      of the sections of public episodes
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
    """Update glosses, findings of checks and `changed_at` of an episode whose content has changed."""
    glosses(episode)
    checks.run(episode)
    touch(episode)


def glosses(episode: Episode) -> None:
    """Replace the stored glosses of an episode by those in its sections."""
    episode.glosses.all().delete()
    Gloss.objects.bulk_create(gloss for section in episode.sections.not_rejected() for gloss in glosses_of(section))


def glosses_of(section: Section) -> list[Gloss]:
    """Return the glosses in the text of a section as unsaved rows."""
    annotations = prose.annotate(section.text, 0, len(section.text))
    return [gloss_row(section, a.values) for a in annotations if a.kind == "gloss"]


def gloss_row(section: Section, values: dict) -> Gloss:
    """Return an unsaved gloss from the values of an annotation: term, expansion, explanation. Long values are cut."""
    return Gloss(
        episode_id=section.episode_id,
        section=section,
        term=shown(values["term"])[:500],
        expansion=shown(values.get("expansion") or "")[:1000],
        explanation=shown(values.get("explanation") or ""),
    )


def published_state(episode: Episode) -> None:
    """Store or clear the sections' HTML after a change of status; only public episodes have any."""
    if episode.status in Episode.PUBLIC_STATUSES:
        store_html(episode)
    else:
        episode.sections.exclude(html="").update(html="")
    touch(episode)


def section_html(section: Section, text: str) -> SafeString:
    """Return the HTML of one section. Ids of headings contain its key, since two sections may have equal headings."""
    return sections.render_section(section.kind, section.pk, text)


def store_html(episode: Episode) -> None:
    """Render and store the HTML of the episode's shown sections."""
    store_drawn(episode.sections.not_rejected(), {})


def store_drawn(rows: QuerySet[Section], drawn: Mapping[tuple[str, int, str], str]) -> None:
    """Store the HTML of sections; `rows` must hold all shown sections of each of their episodes.

    drawn: HTML rendered beforehand, by (kind, key, text); the others are rendered here.
    """
    stored = list(rows.only("kind", "text", "episode").order_by("episode", "order", "pk"))
    for _episode, of_episode in groupby(stored, key=lambda section: section.episode_id):
        page = Page()
        for section in of_episode:
            html = drawn.get((section.kind, section.pk, section.text)) or section_html(section, section.text)
            section.html = stamped(page.add_section(html)) if section.text else ""
    Section.objects.bulk_update(stored, ["html"], batch_size=100)


def touch(episode: Episode) -> None:
    """Set `changed_at` to now, from which the page's Last-Modified is taken."""
    episode.changed_at = timezone.now()
    Episode.objects.filter(pk=episode.pk).update(changed_at=episode.changed_at)


def touch_public(episodes: QuerySet[Episode]) -> None:
    """Set `changed_at` of the public ones among these episodes: a name or a tag that they show has changed."""
    Episode.objects.public().filter(pk__in=episodes.order_by().values("pk")).update(changed_at=timezone.now())


def episodes_naming(named: Speaker | Entity) -> QuerySet[Episode]:
    """Return the episodes that credit or quote a speaker, or mention an entity."""
    if isinstance(named, Entity):
        return Episode.objects.filter(mentions__entity=named)
    credited = Q(appearances__speaker=named) | Q(quotes__speaker=named) | Q(predictions__speaker=named)
    return Episode.objects.filter(credited)
