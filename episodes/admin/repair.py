"""What a finding proposes: shown as people read it, and written as if they had typed it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models, transaction
from django.utils.html import format_html, format_html_join
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from episodes import derive, workflow
from episodes.fields import SecondsField
from episodes.models import Finding
from episodes.notes import timecodes
from episodes.workflow import Refused

SHOWN = 300


def _field(model: type[models.Model], name: str) -> models.Field | None:
    """A column of the model that people edit; None for what only the workflow or an import writes."""
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return field if isinstance(field, models.Field) and field.concrete and field.editable else None


def _read(field: models.Field | None, value: Any) -> str:
    if isinstance(field, SecondsField) and isinstance(value, int):
        return timecodes.format(value)
    if field is not None and field.flatchoices:
        value = dict(field.flatchoices).get(value, value)
    return Truncator("–" if value in (None, "") else str(value)).chars(SHOWN)


def proposal(finding: Finding) -> str:
    """`time: 00:31:00`, a line for each field."""
    model = finding.target_type.model_class() if finding.target_type else None
    proposed = finding.repair
    if not isinstance(proposed, dict) or model is None:
        return "-"

    def lines() -> Iterator[tuple[Any, str]]:
        for name, value in proposed.items():
            field = _field(model, name)
            yield (field.verbose_name if field else name), _read(field, value)

    return format_html("{}", format_html_join("", "<div>{}: {}</div>", lines()))


def may_apply(finding: Finding, by: Any) -> bool:
    """Whoever may change what the finding is about."""
    kind = finding.target_type
    return kind is not None and by.has_perm(f"{kind.app_label}.change_{kind.model}")


# Editable, and yet no words: what something is known by or belongs to, and what only a person decides.
FIXED = {"id", "slug", "episode", "cover", "insight_public", "outcome", "resolved_on", "evidence"}


def _set(target: models.Model, repair: dict[str, Any]) -> set[str]:
    """Put the values into the target as the form would take them; returns the names of its fields. Writes nothing."""
    names = set()
    for name, value in repair.items():
        field = _field(type(target), name)
        if field is None or field.name in FIXED:
            raise Refused(_("“%(name)s” is not written from here.") % {"name": name})
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


def apply(key: int, by: Any) -> None:
    """Write what a finding proposes into what it is about, and settle it. Raises Refused; nothing is written then."""
    with transaction.atomic(), workflow.one_act():
        finding = Finding.objects.select_related("episode", "target_type").get(pk=key)
        if not may_apply(finding, by):
            raise Refused(_("%(name)s may not do this.") % {"name": by.get_username()})
        target: Any = finding.target
        episode, proposed = finding.episode, finding.repair
        is_ours = target == episode or getattr(target, "episode_id", None) == episode.pk
        if not is_ours or not proposed or not isinstance(proposed, dict) or finding.state != Finding.State.OPEN:
            raise Refused(_("There is nothing to apply."))
        if target == episode:
            target = episode
        else:
            target.episode = episode
        names = _set(target, proposed)
        workflow.edited(episode, by)
        workflow.save_words(target, names, by)
        workflow.transition(finding, Finding.State.RESOLVED, by, _("repaired"))
        derive.refresh(episode)
