"""Template tags and filters of public pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.conf import settings
from django.forms.boundfield import BoundField
from django.http import HttpRequest
from django.urls import reverse, translate_url
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from episodes import rendering
from episodes.bases.reviewable import ReviewLevel
from episodes.models import Episode
from episodes.notes.visible_text import shown
from episodes.rendering.soft_breaks import unwrapped
from episodes.site.contexts.anchors import anchor_of
from episodes.site.contexts.episode_parts import ShownSection
from episodes.site.contexts.excerpts import excerpt, language_of
from episodes.site.contexts.interface_language import interface_language
from episodes.site.contexts.outcomes import outcome_label
from episodes.site.contexts.reading_time import minutes_to_read
from episodes.site.contexts.safe_links import at_second
from episodes.site.contexts.stored_texts import html_of, summary_excerpt
from episodes.site.pages.stylesheet import stylesheet_address

register = template.Library()
SELECTED = mark_safe(" selected")
register.simple_tag(interface_language)
register.filter(excerpt)
register.filter(summary_excerpt)
register.simple_tag(html_of, name="stored_html")
register.filter(unwrapped)
register.filter(outcome_label)


@register.simple_tag
def site_name() -> str:
    """Return the setting SITE_NAME."""
    return settings.SITE_NAME


@register.simple_tag
def style_address() -> str:
    """Return the path of the stylesheet."""
    return stylesheet_address()


@register.filter
def markdown(text: str, part: str = "h") -> SafeString:
    """Render Markdown. part: prefix of heading ids, unique per text on a page."""
    return rendering.render(text, id_prefix=f"{part}-")


@register.filter
def with_marks(parts: Iterable[tuple[str, bool]]) -> SafeString:
    """Return the parts of a snippet with what was searched in `mark`."""
    return format_html_join("", "{}", ((format_html("<mark>{}</mark>", text) if hit else text,) for text, hit in parts))


@register.filter
def first_line(text: str) -> str:
    """Return the first non-empty line without markup."""
    return excerpt(next((line for line in shown(text).splitlines() if line.strip()), ""))


@register.simple_tag
def lang_of(language: str, text: str = "") -> str:
    """Return a `lang` attribute for content in another language than the interface, else "".

    text: that of an item, which may be in another language than its note.
    """
    language = language_of(text, language)
    if not language or language.lower() == (get_language() or "").lower():
        return ""
    return format_html(' lang="{}"', language)


@register.simple_tag
def foreign_language(language: str) -> str:
    """Return the name of a language that differs from that of the interface, else ""."""
    if language.lower() == (get_language() or "").lower():
        return ""
    return str(dict(Episode.Language.choices).get(language, language))


@register.simple_tag
def time_link(item: Any, episode: Episode) -> str:
    """Return the time of an item, as a link to that second if the source supports it."""
    if not item.start_text:
        return ""
    address = at_second(episode.source_url, item.start, episode.duration)
    if not address:
        return format_html('<span class="time">{}</span>', item.start_text)
    return format_html(
        '<a class="time" href="{}" rel="noopener" data-t="{}">{}</a>', address, item.start, item.start_text
    )


@register.filter
def how_long(seconds: int | None) -> str:
    """Return a duration such as `3 h 50 min`."""
    if not seconds:
        return ""
    hours, rest = divmod(max(round(seconds / 60), 1), 60)
    parts = {"hours": hours, "minutes": rest}
    if not hours:
        return _("%(minutes)d min") % parts
    return _("%(hours)d h %(minutes)d min") % parts if rest else _("%(hours)d h") % parts


@register.simple_tag
def reading_minutes(letters: int, language: str) -> int:
    """Return the minutes needed to read that many characters."""
    return minutes_to_read(letters, language)


@register.simple_tag
def select_field(field: BoundField) -> SafeString:
    """Return the select element of a filter; Django's widget renders a template for each option."""
    value = str(field.value() or "")
    widget: Any = field.field.widget
    options = ((choice, SELECTED if choice == value else "", label) for choice, label in widget.choices)
    return format_html(
        '<select name="{}" maxlength="{}" id="{}">{}</select>',
        field.html_name,
        widget.attrs["maxlength"],
        field.id_for_label,
        format_html_join("\n", '<option value="{}"{}>{}</option>', options),
    )


@register.inclusion_tag("site/includes/status_icon.html")
def status_icon(level: int) -> dict[str, Any]:
    """Show the icon of a review level, with its label for screen readers."""
    level = ReviewLevel(level)
    return {
        "css_class": {ReviewLevel.READ: "reviewed", ReviewLevel.VERIFIED: "double-checked"}.get(level, "not-reviewed"),
        "label": level.label,
    }


@register.simple_tag
def canonical(request: HttpRequest, page: Any = None) -> str:
    """Return the canonical URL: without parameters other than the page number."""
    number = page.number if page else 1
    return request.build_absolute_uri(request.path + (f"?page={number}" if number > 1 else ""))


@register.simple_tag
def in_language(request: HttpRequest, language: str) -> str:
    """Return the URL of this page in another interface language."""
    return translate_url(request.get_full_path(), language)


@register.simple_tag
def without(request: HttpRequest, name: str) -> str:
    """Return the URL of this list without one filter, from page 1, without empty parameters."""
    query = request.GET.copy()
    for key in [key for key in query if key in (name, "page") or not query[key]]:
        del query[key]
    return f"{request.path}?{query.urlencode()}" if query else request.path


@register.simple_tag
def with_query(request: HttpRequest, name: str) -> str:
    """Return another URL with the filters of this list, without the page number."""
    query = request.GET.copy()
    for key in [key for key in query if key == "page" or not query[key]]:
        del query[key]
    return f"{reverse(name)}?{query.urlencode()}" if query else reverse(name)


@register.simple_tag
def report_address(episode: Episode, item: Any = None) -> str:
    """Return the URL of the report form for an episode or one of its items."""
    address = reverse("report", args=[episode.slug])
    return f"{address}?at={anchor_of(item)}" if item is not None else address


@register.simple_tag
def section_heading(section: ShownSection) -> str:
    """Return the heading element of a section."""
    if not section.title:
        return ""
    return format_html('<h{0} id="{1}">{2}</h{0}>', section.depth, section.anchor, section.title)
