"""Linked data in a page."""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
# As in Django's json_script: nothing that could end the element or begin another one.
_ESCAPES = {ord(char): f"\\u{ord(char):04X}" for char in "<>&\u2028\u2029"}


@register.simple_tag
def linked_data(graph: dict[str, Any] | None) -> str:
    """A data block, which no Content-Security-Policy takes for a script; nothing without a graph."""
    if not graph:
        return ""
    return format_html('<script type="application/ld+json">{}</script>', escaped(graph))


def escaped(graph: dict[str, Any]) -> SafeString:
    # Within <script> the browser decodes no entities, so JSON's own escapes stand for the three characters of HTML.
    return mark_safe(json.dumps(graph, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES))  # noqa: S308
