"""Small steps that the tests of the workflow share."""

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
# Everybody who could ask, by the word for them.
ROLES: dict[str, Callable[[], User]] = {
    "editor": factories.editor,
    "verifier": factories.verifier,
    "publisher": factories.publisher,
    "librarian": factories.librarian,
    "nobody": lambda: factories.person("nora"),
    "superuser": lambda: factories.person("root", is_superuser=True),
}


def stored(*kept: type[models.Model]) -> dict[type[models.Model], list[dict[str, Any]]]:
    """Every row that the workflow may write, whole; or those of some kinds."""
    return {model: list(model._default_manager.order_by("pk").values()) for model in kept or KEPT}


def refused(function: Callable[..., Any], *args: Any, **details: Any) -> list[str]:
    """The reasons of a refusal. Nothing was written then."""
    before = stored()
    with pytest.raises(Refused) as caught:
        function(*args, **details)
    assert stored() == before
    return caught.value.reasons


def refusal(*args: Any, **details: Any) -> list[str]:
    return refused(move, *args, **details)


def again(row: Any) -> Any:
    """The same row, loaded once more: an object of its own, as another request has it."""
    return type(row)._default_manager.get(pk=row.pk)


def within(episode: Episode, rows: Iterable[Any]) -> list[Any]:
    """Rows that share the episode's object."""
    found = list(rows)
    for row in found:
        row.episode = episode
    return found


def reword(row: Any, by: User, **words: Any) -> None:
    """Save other words of an episode or of something in it, as its form does."""
    episode = row if isinstance(row, Episode) else row.episode
    with transaction.atomic(), one_act():
        edited(episode, by)
        for name, value in words.items():
            setattr(row, name, value)
        save_words(row, words, by)


def steps_since(last: Decision | None = None) -> list[tuple[str, str, str, str, str]]:
    """(kind, field, from, to, by) of each Decision, oldest first."""
    found = Decision.objects.filter(pk__gt=last.pk if last else 0).order_by("pk")
    return [(d.target_type.model, d.field, d.from_status, d.to_status, d.by.get_username()) for d in found]
