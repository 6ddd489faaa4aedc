"""Decisions, log entries and imports that belong to an object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q, QuerySet

from episodes.models import Decision, Episode, Finding, Note, Tag
from episodes.workflow.snapshots import KINDS
from people.models import Entity, Speaker

# Models a Decision can be about.
DECIDED: tuple[type[Model], ...] = (Episode, *KINDS, Finding, Speaker, Entity)


@dataclass(frozen=True)
class Sources:
    """The parts of an object's history; the querysets are unordered."""

    decisions: QuerySet[Decision]
    logs: QuerySet[LogEntry]
    imports: QuerySet[Note]


def sources_of(obj: Any, viewable: set[type[Model]]) -> Sources:
    """Return the history of an object. `viewable`: models that the user may see, the object's own included."""
    if isinstance(obj, Episode):
        found = _of_episode(obj)
    elif isinstance(obj, Note):
        found = Sources(Decision.objects.none(), _logs(obj), _imports_of(obj.episode_id, obj.episode.revises_id))
    elif isinstance(obj, Decision):
        same_act = Q(act=obj.act) | Q(undoes=obj.act)
        found = Sources(Decision.objects.filter(same_act), _logs(obj), Note.objects.none())
    elif isinstance(obj, Tag):
        found = Sources(_naming_tag(obj.name), _logs(obj), Note.objects.none())
    else:
        found = Sources(Decision.objects.filter(about(type(obj), *_keys(obj))), _logs(obj), Note.objects.none())
    types = [ContentType.objects.get_for_model(model) for model in DECIDED if model in viewable]
    decisions = found.decisions.filter(target_type__in=types).order_by()
    return Sources(decisions, found.logs, found.imports if Note in viewable else Note.objects.none())


def about(model: type[Model], *keys: int) -> Q:
    """Return the condition for Decisions about these rows, including those made in earlier working copies."""
    kind = ContentType.objects.get_for_model(model)
    return Q(target_type=kind, target_id__in=keys) | Q(target_type=kind, original_id__in=keys)


def _keys(obj: Any) -> list[int]:
    """Return the keys of the row and, for rows of working copies, of the row it revises."""
    return [key for key in (obj.pk, getattr(obj, "revises_id", None)) if key]


def _of_episode(episode: Episode) -> Sources:
    """Return the history of an episode with that of its items, working copies and note."""
    key = episode.revises_id or episode.pk
    copies = Episode.objects.filter(revises=key).values_list("pk", flat=True)
    logs = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Episode), object_id__in=[str(each) for each in (key, *copies)]
    )
    return Sources(Decision.objects.filter(episode=key), logs, _imports_of(key, None))


def _imports_of(episode: int, revises: int | None) -> QuerySet[Note]:
    key = revises or episode
    return Note.objects.filter(Q(episode=key) | Q(episode__revises=key)).order_by()


def _logs(obj: Model) -> QuerySet[LogEntry]:
    kind = ContentType.objects.get_for_model(obj)
    return LogEntry.objects.filter(content_type=kind, object_id=str(obj.pk))


def _naming_tag(name: str) -> QuerySet[Decision]:
    """Return the Decisions that added the tag to an episode or removed it.

    Compared in Python: databases store Chinese in JSON differently.
    """
    tag_changes = Decision.objects.filter(changes__has_key="tags").order_by().values_list("pk", "changes")
    keys = [key for key, changes in tag_changes if len({name in (side or ()) for side in changes["tags"]}) == 2]
    return Decision.objects.filter(pk__in=keys)
