"""Links and base classes for records: rows that the desk shows and does not edit."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from episodes.bases import stored_messages
from episodes.desk.base import (
    RecordAdmin,
    link_to,
)
from episodes.models import Decision, Finding


def target_of(record: Finding | Decision, label: str = "") -> str:
    """Return a link to the object a record is about, without loading it: a list has fifty of them."""
    model = record.target_type.model_class() if record.target_type else None
    if model is None or record.target_id is None:
        return "-"
    label = label or f"{model._meta.verbose_name} {record.target_id}"
    try:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[record.target_id])
    except NoReverseMatch:
        return label
    return format_html('<a href="{}">{}</a>', address, label)


def field_of(record: Finding | Decision) -> str:
    """Return the label of the field a record is about."""
    model = ContentType.objects.get_for_id(record.target_type_id).model_class() if record.target_type_id else None
    return stored_messages.field_label(model, record.field) if model and record.field else record.field or "-"


class OfEpisodeRecordAdmin(RecordAdmin):
    """A read-only record of an episode."""

    list_select_related: ClassVar[Any] = ("episode",)

    @admin.display(description=_("episode"), ordering="episode__title")
    def episode_link(self, obj: Any) -> str:
        return link_to(obj.episode)
