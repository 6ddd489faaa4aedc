"""Derived data of episodes. Every writer (loader, admin, workflow, commands) calls these functions after its write.

Not in `Model.save()`, which `loaddata`, `bulk_create` and `update()` skip.

glossary      glosses, from the text of the sections
section_html  stored HTML of the sections of public episodes
stored_texts  stored HTML of their short texts
public_counts numbers of public rows for the choices of filters and for lists of names
changed_at    the date of the last change
findings      of origin check, from the registry in `episodes.checks`
"""

from __future__ import annotations

from django.db.models import QuerySet

from episodes import checks
from episodes.derived import changed_at
from episodes.derived.changed_at import episodes_naming, touch
from episodes.derived.glossary import gloss_row, glosses, glosses_of
from episodes.derived.public_counts import count_again, count_all, counted_episodes
from episodes.derived.section_html import render_section_html, store_html, store_rendered
from episodes.derived.stored_texts import LINE_LENGTH, VERSION, digest_of, store_texts, summary_line
from episodes.models import Episode, StoredTexts

__all__ = [
    "LINE_LENGTH",
    "VERSION",
    "count_again",
    "count_all",
    "counted_episodes",
    "digest_of",
    "episodes_naming",
    "gloss_row",
    "glosses",
    "glosses_of",
    "published_state",
    "refresh",
    "render_section_html",
    "store_html",
    "store_rendered",
    "store_texts",
    "summary_line",
    "touch",
    "touch_public",
]


def refresh(episode: Episode) -> None:
    """Update glosses, findings of checks and `changed_at` of an episode whose content has changed."""
    glosses(episode)
    checks.run(episode)
    touch(episode)
    if episode.status in Episode.SETTLED_STATUSES:
        count_again()


def touch_public(episodes: QuerySet[Episode]) -> None:
    """Set `changed_at` of the public ones among these episodes: a name or a tag that they show has changed."""
    changed_at.touch_public(episodes)
    count_again()


def published_state(episode: Episode) -> None:
    """Store or clear the episode's HTML after a change of status; only public episodes have any."""
    if episode.status in Episode.PUBLIC_STATUSES:
        store_html(episode)
        store_texts([episode])
    else:
        episode.sections.exclude(html="").update(html="")
        StoredTexts.objects.filter(episode=episode).delete()
    touch(episode)
    if episode.status in Episode.SETTLED_STATUSES:
        count_again()
