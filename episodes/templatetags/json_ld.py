"""Template tag for JSON-LD."""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
# As in Django's json_script: characters that could end the script element.
_ESCAPES = {ord(char): f"\\u{ord(char):04X}" for char in "<>&\u2028\u2029"}


@register.simple_tag
def linked_data(graph: dict[str, Any] | None) -> str:
    """Return a JSON-LD script element, a data block exempt from the Content-Security-Policy; "" without a graph."""
    if not graph:
        return ""
    return format_html('<script type="application/ld+json">{}</script>', escaped(graph))


def escaped(graph: dict[str, Any]) -> SafeString:
    """Return the graph as JSON with `<`, `>` and `&` as JSON escapes: browsers decode no entities in a script."""
    return mark_safe(json.dumps(graph, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES))  # noqa: S308
