"""Helpers shared by the tests of the workflow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import models, transaction

from episodes.models import Decision, Episode, Finding, Snapshot
from episodes.workflow import Refused, edited, one_act, save_words, snapshots
from episodes.workflow import transition as move
from people.models import Entity, Speaker
from tests import factories

KEPT = (Episode, *snapshots.KINDS, Finding, Decision, Snapshot, Speaker, Entity)
# Users of each group, by role.
ROLES: dict[str, Callable[[], User]] = {
    "editor": factories.editor,
    "verifier": factories.verifier,
    "publisher": factories.publisher,
    "librarian": factories.librarian,
    "nobody": lambda: factories.person("nora"),
    "superuser": lambda: factories.person("root", is_superuser=True),
}


def stored(*kept: type[models.Model]) -> dict[type[models.Model], list[dict[str, Any]]]:
    """Return all rows that the workflow may write, of these models or of all."""
    return {model: list(model._default_manager.order_by("pk").values()) for model in kept or KEPT}


def refused(function: Callable[..., Any], *args: Any, **details: Any) -> list[str]:
    """Return the reasons of a refusal, after which nothing may have been written."""
    before = stored()
    with pytest.raises(Refused) as caught:
        function(*args, **details)
    assert stored() == before
    return caught.value.reasons


def refusal(*args: Any, **details: Any) -> list[str]:
    return refused(move, *args, **details)


def reloaded(row: Any) -> Any:
    """Return the same row loaded again, as another request would have it."""
    return type(row)._default_manager.get(pk=row.pk)


def sharing_episode(episode: Episode, rows: Iterable[Any]) -> list[Any]:
    """Return rows that share the episode's instance."""
    found = list(rows)
    for row in found:
        row.episode = episode
    return found


def reword(row: Any, by: User, **words: Any) -> None:
    """Save new values of an episode or a row in it, as its form does."""
    episode = row if isinstance(row, Episode) else row.episode
    with transaction.atomic(), one_act():
        edited(episode, by)
        for name, value in words.items():
            setattr(row, name, value)
        save_words(row, words, by)


def steps_since(last: Decision | None = None) -> list[tuple[str, str, str, str, str]]:
    """Return (kind, field, from, to, by) of each Decision, oldest first."""
    found = Decision.objects.filter(pk__gt=last.pk if last else 0).order_by("pk")
    return [(d.target_type.model, d.field, d.from_status, d.to_status, d.by.get_username()) for d in found]
