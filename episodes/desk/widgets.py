"""Widgets and form fields of the desk that Django's admin does not have."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.admin.widgets import (
    AdminFileWidget,
    AdminTextareaWidget,
    AutocompleteSelectMultiple,
)
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class MarkdownTextarea(AdminTextareaWidget):
    """A text area with a preview button that posts the form to a new tab, without script."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        return format_html(
            '<div class="markdown">{}<button type="submit" class="quiet-button" name="preview" value="{}"'
            ' formaction="{}" formmethod="post" formtarget="_blank" formnovalidate>{}</button></div>',
            super().render(name, value, attrs, renderer),
            name,
            reverse("admin:episodes_episode_preview_markdown"),
            _("Preview"),
        )


class PictureInput(AdminFileWidget):
    """A file input that shows the stored picture. `address`: a view of the desk, since uploads have no URL."""

    address = ""

    def is_initial(self, value: Any) -> bool:
        return False  # Django's template would link to a URL that does not exist.

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        field = super().render(name, value, attrs, renderer)
        if not (value and self.address):
            return field
        clear = self.clear_checkbox_name(name)
        return format_html(
            '<div class="picture"><img src="{}" alt="{}"><label><input type="checkbox" name="{}"> {}</label>{}</div>',
            self.address,
            _("Current picture"),
            clear,
            _("Remove"),
            field,
        )


class TagNamesWidget(AutocompleteSelectMultiple):
    """Tags by name: known ones are offered while typing, new ones are taken as typed."""

    def get_url(self) -> str:
        return reverse("admin:episodes_tag_names")

    def build_attrs(self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None) -> dict[str, Any]:
        return {**super().build_attrs(base_attrs, extra_attrs), "data-tags": "true"}

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> list[Any]:
        return [(None, [self.create_option(name, tag, tag, True, i) for i, tag in enumerate(value)], 0)]


class TagNamesField(forms.Field):
    """A list of tag names."""

    LONGEST = 100

    def prepare_value(self, value: Any) -> list[str]:
        return [getattr(tag, "name", tag) for tag in value or ()]

    def to_python(self, value: Any) -> list[str]:
        names = [name for name in dict.fromkeys(value or ()) if name.strip()]
        if any(len(name) > self.LONGEST or "\x00" in name for name in names):
            message = gettext_lazy("A tag has at most %(limit)d characters.")
            raise ValidationError(message, code="too_long", params={"limit": self.LONGEST})
        return names

    def has_changed(self, initial: Any, data: Any) -> bool:
        return set(self.prepare_value(initial)) != {name for name in data or () if name.strip()}


class LinesField(forms.CharField):
    """A JSON list of texts, one per line. A list with other values is shown and parsed as JSON."""

    # Set by the form: an unchanged stored value came from a note and is not validated.
    stored: Any = None

    def __init__(self, **kwargs: Any) -> None:
        for json_only in ("encoder", "decoder"):
            kwargs.pop(json_only, None)
        super().__init__(**{**kwargs, "widget": AdminTextareaWidget(attrs={"rows": 3})})

    def prepare_value(self, value: Any) -> Any:
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, list) and all(_is_line(item) for item in value):
            return "\n".join(value)
        return json.dumps(value, ensure_ascii=False)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        if self.stored and text.split() == self.prepare_value(self.stored).split():
            return self.stored
        if text.startswith(("[", "{")):
            try:
                return self.checked(json.loads(text))
            except ValueError:
                pass
        return self.checked([line.strip() for line in text.split("\n") if line.strip()])

    def checked(self, value: Any) -> Any:
        return value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return (initial or []) != self.to_python(data)
        except ValidationError:
            return True


def _is_line(item: Any) -> bool:
    return isinstance(item, str) and item == item.strip() != "" and "\n" not in item and item[0] not in "[{"


class LinksField(LinesField):
    """Web addresses, one per line."""

    is_address = URLValidator(schemes=["http", "https"])

    def checked(self, value: Any) -> Any:
        for link in value if isinstance(value, list) else [value]:
            try:
                self.is_address(link)
            except ValidationError as error:
                message = gettext_lazy("Not an address that begins with http:// or https://: %(link)s")
                raise ValidationError(message, code="invalid", params={"link": str(link)[:200]}) from error
        return value
