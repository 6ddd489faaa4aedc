"""Suggested fixes of findings: shown readably, and applied as if an editor had typed them.

A fix (`Finding.repair`) has one of four forms:

{"start": 1898}                                  values of fields of the finding's target
{"text": {"replace": ["heard", "meant"]}}        a replacement in a text; refused if the old text is gone
{"add": ["appearance", {"label": "Ada"}]}        a new row of the episode, an appearance or a mention
{"speaker_of": ["Ada L.", 12]}                   the speaker of all rows of the episode with this label
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, TypeGuard

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models, transaction
from django.utils.html import format_html, format_html_join
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from episodes import derived, workflow
from episodes.bases import code_labels, stored_messages
from episodes.bases.fields import SecondsField
from episodes.bases.users import User
from episodes.models import Appearance, Episode, Finding, Mention, Prediction, Quote
from episodes.notes import timecodes
from episodes.workflow import Refused

SHOWN = 300
AROUND = 30
# Models of which a fix may add a row.
ADDED: dict[str, type[models.Model]] = {"appearance": Appearance, "mention": Mention}
LABELLED: tuple[type[models.Model], ...] = (Appearance, Quote, Prediction)


def is_well_formed(repair: Any) -> TypeGuard[dict[str, Any]]:
    """Return whether it has one of the forms above: a JSON column can hold anything."""
    return isinstance(repair, dict) and all(_fits(name, value) for name, value in repair.items())


def _fits(name: str, value: Any) -> bool:
    if name in ("add", "speaker_of"):
        if not isinstance(value, list) or len(value) != 2 or not isinstance(value[0], str):
            return False
        first, second = value
        if name == "speaker_of":
            return _is_key(second)
        return first in ADDED and isinstance(second, dict) and all(map(_is_plain, second.values()))
    if _replaces(value):
        words = value["replace"]
        return isinstance(words, list) and len(words) == 2 and all(isinstance(word, str) for word in words)
    return _is_plain(value)


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(each, str) for each in value)
    return value is None or isinstance(value, str | bool) or (isinstance(value, int) and abs(value) < 2**53)


def _is_key(value: Any) -> bool:
    return isinstance(value, int) and 0 < value < 2**53


def _field(model: type[models.Model], name: str) -> models.Field | None:
    """Return the editable field of the model; None for fields that only the workflow or an import writes."""
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return field if isinstance(field, models.Field) and field.concrete and field.editable else None


def _read(field: models.Field | None, value: Any) -> str:
    if isinstance(field, SecondsField) and isinstance(value, int):
        return timecodes.format(value)
    if field is not None and field.flatchoices and isinstance(value, str):
        value = dict(field.flatchoices).get(value, value)
    return Truncator("–" if value in (None, "") else str(value)).chars(SHOWN)


def proposal(finding: Finding) -> str:
    """Return the fix as HTML, a line such as `time: 00:31:00` per field."""
    model = finding.target_type.model_class() if finding.target_type else None
    if model is None or not is_well_formed(finding.repair):
        return "-"
    lines = ((what, after) for what, _before, after in _lines(model, finding.repair, None))
    return format_html("{}", format_html_join("", "<div>{}: {}</div>", lines))


class Line(NamedTuple):
    """One change made by a fix, for display."""

    what: str
    before: str
    after: str


def preview(finding: Finding, target: models.Model | None) -> list[Line]:
    """Return the changes that the fix would make to the target as stored now; nothing if the target is gone."""
    if target is None or not is_well_formed(finding.repair):
        return []
    return list(_lines(type(target), finding.repair, target))


def _lines(model: type[models.Model], repair: dict[str, Any], target: models.Model | None) -> Iterator[Line]:
    for name, value in repair.items():
        if name == "add":
            kind, values = value
            label = ", ".join(_words(ADDED[kind], field, given) for field, given in values.items())
            yield Line(_("new %(kind)s") % {"kind": ADDED[kind]._meta.verbose_name}, "–", label)
        elif name == "speaker_of":
            yield Line(_("speaker named “%(label)s”") % {"label": value[0]}, "–", _words(Quote, "speaker", value[1]))
        elif _replaces(value):
            old, new = value["replace"]
            yield Line(str(_name(model, name)), *_replaced(getattr(target, name, "") or old, old, new))
        else:
            field = _field(model, name)
            before = "" if target is None or field is None else _words(model, name, getattr(target, field.attname))
            yield Line(str(_name(model, name)), before, _words(model, name, value))


def _name(model: type[models.Model], name: str) -> Any:
    field = _field(model, name)
    return field.verbose_name if field else name


def _words(model: type[models.Model], name: str, value: Any) -> str:
    """Return a value as text; a foreign key as the name of its row."""
    field = _field(model, name)
    if isinstance(field, models.ForeignKey) and _is_key(value):
        return str(field.related_model._default_manager.filter(pk=value).first() or value)  # type: ignore[union-attr]
    return _read(field, value)


def _replaced(text: str, old: str, new: str) -> tuple[str, str]:
    """Return the first occurrence of the old text and its replacement, both with the text around them."""
    at = text.find(old)
    before, after = text[max(0, at - AROUND) : max(0, at)], text[at + len(old) : at + len(old) + AROUND]
    return f"{before}{old}{after}".strip(), f"{before}{new}{after}".strip()


def may_apply(finding: Finding, by: User) -> bool:
    """Return whether the user may change what the finding is about."""
    kind = finding.target_type
    return kind is not None and by.has_perm(f"{kind.app_label}.change_{kind.model}")


# Editable fields that a fix must not change: identity, ownership, and what only a person may decide.
FIXED = {"id", "slug", "episode", "cover", "insight_public", "outcome", "resolved_on", "evidence"}


def _set(target: models.Model, repair: dict[str, Any]) -> set[str]:
    """Assign the values to the target as its form would; returns the names of the fields. Saves nothing."""
    names = set()
    for name, value in repair.items():
        field = _field(type(target), name)
        if field is None or field.name in FIXED:
            label = stored_messages.field_label(type(target), name)
            raise Refused(_("“%(name)s” cannot be changed here.") % {"name": label})
        if _replaces(value):
            value = _with_words_replaced(getattr(target, name), *value["replace"])
        try:
            setattr(target, field.attname, field.clean(value, target))
        except ValidationError as error:
            raise Refused(*error.messages) from error
        names.add(field.name)
    try:
        target.validate_constraints()
    except ValidationError as error:
        raise Refused(*error.messages) from error
    return names


def _replaces(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"replace"}


def _with_words_replaced(text: Any, old: str, new: str) -> str:
    if not isinstance(text, str) or not old or old not in text:
        raise Refused(_("The text has changed: it no longer contains “%(words)s”.") % {"words": old})
    return text.replace(old, new)


def apply(key: int, by: User) -> None:
    """Apply a finding's fix to its target and resolve the finding.

    Raises Refused if the workflow refuses it, and Finding.DoesNotExist if the finding is gone; nothing is written then.
    """
    finding = Finding.objects.only("episode").get(pk=key)
    _done, refusals = apply_in(finding.episode_id, [key], by)
    for _finding, refused in refusals:
        raise refused
    if not _done and not Finding.objects.filter(pk=key).exists():
        raise Finding.DoesNotExist


def apply_in(episode_key: int, keys: Iterable[int], by: User) -> tuple[int, list[tuple[Finding, Refused]]]:
    """Apply several findings of one episode, with one refresh of derived data.

    Returns the number applied and the refused ones with their reasons; findings deleted in the meantime are in neither.
    """
    done, refusals = 0, []
    with transaction.atomic(), workflow.one_act():
        episode = Episode.objects.get(pk=episode_key)
        for finding in Finding.objects.filter(pk__in=list(keys), episode=episode).select_related("target_type"):
            finding.episode = episode
            try:
                with transaction.atomic():
                    _apply(finding, episode, by)
                done += 1
            except Refused as refused:
                refusals.append((finding, refused))
                episode.refresh_from_db()
        if done:
            derived.refresh(episode)
    return done, refusals


def _apply(finding: Finding, episode: Episode, by: User) -> None:
    if not may_apply(finding, by):
        raise Refused(_("%(name)s does not have permission to do this.") % {"name": by.get_username()})
    target: Any = finding.target
    proposed = finding.repair
    is_ours = target == episode or getattr(target, "episode_id", None) == episode.pk
    if not is_ours or not proposed or not is_well_formed(proposed) or finding.state != Finding.State.OPEN:
        raise Refused(_("There is no fix to apply."))
    if target == episode and set(proposed) == {"add"}:
        kind, values = proposed["add"]
        _add(episode, kind, values, by)
    elif target == episode and set(proposed) == {"speaker_of"}:
        label, speaker = proposed["speaker_of"]
        _credit(episode, label, speaker, by)
    else:
        _write(episode if target == episode else target, episode, proposed, by)
    workflow.transition(finding, Finding.State.RESOLVED, by, code_labels.REPAIRED)


def _write(target: Any, episode: Episode, proposed: dict[str, Any], by: User) -> None:
    if target is not episode:
        target.episode = episode
    names = _set(target, proposed)
    workflow.edited(episode, by)
    workflow.save_words(target, names, by)


def _add(episode: Episode, kind: str, values: dict[str, Any], by: User) -> None:
    """Add an appearance or a mention to the episode."""
    model = ADDED.get(kind)
    if model is None or not by.has_perm(f"episodes.add_{kind}"):
        raise Refused(_("%(name)s does not have permission to do this.") % {"name": by.get_username()})
    row: Any = model(episode=episode)
    _set(row, values)
    workflow.edited(episode, by)
    row.save(force_insert=True)
    workflow.record_created(row, by)


def _credit(episode: Episode, label: str, speaker: int, by: User) -> None:
    """Set the speaker of all rows of the episode that have this label and no speaker."""
    waiting: list[Any] = [
        row for model in LABELLED for row in model._default_manager.filter(episode=episode, label=label, speaker=None)
    ]
    if not waiting:
        raise Refused(_("There is no fix to apply."))
    for row in waiting:
        if not by.has_perm(f"episodes.change_{row._meta.model_name}"):
            raise Refused(_("%(name)s does not have permission to do this.") % {"name": by.get_username()})
    workflow.edited(episode, by)
    for row in waiting:
        row.episode = episode
        workflow.save_words(row, _set(row, {"speaker": speaker}), by)
