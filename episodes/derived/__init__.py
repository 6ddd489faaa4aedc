"""Derived data of episodes. Every writer (loader, admin, workflow, commands) calls these functions after its write.

Not in `Model.save()`, which `loaddata`, `bulk_create` and `update()` skip.

glossary        glosses, from the text of the sections
section_html    stored HTML of the sections of public episodes
stored_texts    stored HTML of their short texts
public_counts   numbers of public rows for the choices of filters and for lists of names
changed_at      the date of the last change
public_changes  the stored pages that a change alters
passages        passages and the index of search; search_index makes all of it again
findings        of origin check, from the registry in `episodes.checks`
"""

from __future__ import annotations

from django.db.models import QuerySet

from episodes import checks
from episodes.derived import changed_at
from episodes.derived.changed_at import episodes_naming, public_change, touch
from episodes.derived.glossary import gloss_row, glosses, glosses_of
from episodes.derived.passages import forget_passages, store_names, store_passages, store_passages_of, store_publicity
from episodes.derived.public_changes import RARE, begin_revisions, forget, forget_all, shown_keys
from episodes.derived.public_counts import count_again, count_all, counted_episodes
from episodes.derived.search_index import rebuild_index
from episodes.derived.section_html import episode_texts, render_section_html, store_html, store_rendered
from episodes.derived.stored_texts import LINE_LENGTH, VERSION, digest_of, store_texts, summary_line
from episodes.models import Episode, StoredTexts

__all__ = [
    "LINE_LENGTH",
    "RARE",
    "VERSION",
    "begin_revisions",
    "count_again",
    "count_all",
    "counted_episodes",
    "digest_of",
    "episode_texts",
    "episodes_naming",
    "forget",
    "forget_all",
    "forget_passages",
    "gloss_row",
    "glosses",
    "glosses_of",
    "public_change",
    "published_state",
    "rebuild_index",
    "refresh",
    "render_section_html",
    "shown_keys",
    "store_html",
    "store_names",
    "store_passages",
    "store_passages_of",
    "store_publicity",
    "store_rendered",
    "store_texts",
    "summary_line",
    "touch",
    "touch_public",
]


def refresh(episode: Episode) -> None:
    """Update glosses, findings of checks, search and `changed_at` of an episode whose content has changed."""
    glosses(episode)
    checks.run(episode)
    store_passages(episode)
    touch(episode)
    if episode.status in Episode.SETTLED_STATUSES:
        count_again()


def touch_public(episodes: QuerySet[Episode]) -> None:
    """Set `changed_at` of the public ones among these episodes: a name or a tag that they show has changed."""
    changed_at.touch_public(episodes)
    count_again()


def published_state(episode: Episode, *, was_public: bool = True) -> None:
    """Store or clear what is derived of a public episode, after a change of status.

    was_public: whether the status before was public; then pages may show the episode.
    """
    if episode.status in Episode.PUBLIC_STATUSES:
        store_html(episode)
        store_texts([episode])
    else:
        episode.sections.exclude(html="").update(html="")
        StoredTexts.objects.filter(episode=episode).delete()
    store_publicity([episode.pk])
    changed_at.set_changed(episode)
    if was_public or episode.status in Episode.PUBLIC_STATUSES:
        forget([episode.pk], relations=True)
    if episode.status in Episode.SETTLED_STATUSES:
        count_again()
