"""The parts of an episode's page in page order: names, sections, takeaways, observations, contents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from itertools import groupby
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, QuerySet, TextField, Value, When
from django.db.models.functions import Cast
from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from episodes.bases.prepared import Prepared
from episodes.bases.reviewable import ReviewLevel
from episodes.derived import render_section_html
from episodes.models import (
    Appearance,
    Episode,
    Gloss,
    Mention,
    Observation,
    Section,
    Snapshot,
    TaggedEpisode,
    Takeaway,
)
from episodes.models.items import SpokenItem
from episodes.notes.visible_text import shown
from episodes.rendering.page import STAMP, Page, unstamped
from episodes.rendering.section_anchors import section_anchor
from episodes.site.contexts.page_querysets import with_credited_name
from episodes.site.contexts.reading_time import first_sentence, letter_count
from episodes.site.contexts.stored_texts import heading_of, html_of
from episodes.site.contexts.visible_rows import visible_rows
from people.models import Entity, entity_not_rejected


def reviewed_items(model: Any, episode: Episode | int, preview: bool = False) -> Any:
    """Return the items shown on the episode's page: accepted ones and, in a preview, undecided ones."""
    rows = visible_rows(model.objects.filter(episode=episode))
    return rows.not_rejected() if preview else rows.shown()


@cache
def _prepared_items(model: Any, preview: bool) -> Prepared:
    is_spoken = issubclass(model, SpokenItem)

    def build(episode: int) -> Any:
        rows = reviewed_items(model, episode, preview)
        return with_credited_name(rows) if is_spoken else rows

    return Prepared(build, episode=int)


def items_of(model: Any, episode: Episode, preview: bool = False) -> list[Any]:
    """Return `reviewed_items` as a list, quotes and predictions with the credited name. One query."""
    return _prepared_items(model, preview).rows(episode=episode.pk)


# --- names: credits, mentions, tags, glossary, corrections, translations


@dataclass(frozen=True)
class Name:
    """A row of `names_of`. The meaning of `detail` and `more` depends on the kind.

    credit: role; mention: kind of entity, status; gloss: expansion, explanation; translation: language
    """

    kind: str
    pk: int
    name: str
    slug: str = ""
    detail: str = ""
    more: str = ""

    @property
    def role(self) -> str:
        """Return the role of a credit, or "" for plain speakers and channels."""
        plain_roles = (Appearance.Role.SPEAKER, Appearance.Role.CHANNEL)
        return "" if self.detail in plain_roles else str(dict(Appearance.Role.choices).get(self.detail, ""))

    @property
    def is_reviewed(self) -> bool:
        """Return whether a mention was reviewed."""
        return Mention(status=self.more).review_level > ReviewLevel.UNREAD

    @property
    def language(self) -> str:
        """Return the name of a translation's language."""
        return str(dict(Episode.Language.choices).get(self.detail, self.detail))


_COLUMNS = ("n_kind", "n_pk", "n_name", "n_slug", "n_detail", "n_more")


def _names(kind: str, rows: QuerySet, name: str, slug: str = "", detail: str = "", more: str = "") -> QuerySet:
    def text(column: str) -> Any:
        return Cast(F(column) if column else Value(""), TextField())

    texts = {"n_name": text(name), "n_slug": text(slug), "n_detail": text(detail), "n_more": text(more)}
    return rows.order_by().annotate(n_kind=Value(kind, TextField()), n_pk=F("pk"), **texts).values_list(*_COLUMNS)


def _named_rows(episode: int, key: str = "") -> Any:
    """Return the rows of `names_of`. key: the translation key; a key of "" connects nothing."""
    parts = [
        _names("credit", with_credited_name(Appearance.objects.filter(episode=episode)), "by_name", "by_slug", "role"),
        _names(
            "mention",
            Mention.objects.shown().filter(entity_not_rejected(), episode=episode),
            "entity__name",
            "entity__slug",
            "entity__kind",
            "status",
        ),
        _names("tag", TaggedEpisode.objects.filter(content_object=episode), "tag__name", "tag__slug"),
        _names("gloss", Gloss.objects.shown().filter(episode=episode), "term", detail="expansion", more="explanation"),
        _names("correction", Snapshot.objects.corrections().filter(episode=episode), "made_at"),
    ]
    if key:
        others = Episode.objects.public().exclude(pk=episode).filter(translation_key=key)
        parts.append(_names("translation", others, "title", "slug", "language"))
    return parts[0].union(*parts[1:], all=True).order_by("n_kind", "n_pk")


_NAMED_ROWS = Prepared(_named_rows, episode=int)
_NAMED_ROWS_OF_TRANSLATED = Prepared(_named_rows, episode=int, key=str)


def names_of(episode: Episode) -> dict[str, list[Name]]:
    """Return {kind: rows} of all names on the episode's page. One UNION instead of six queries."""
    kinds = ("credit", "mention", "tag", "gloss", "correction", "translation")
    found: dict[str, list[Name]] = {kind: [] for kind in kinds}
    if episode.translation_key:
        rows = _NAMED_ROWS_OF_TRANSLATED.rows(episode=episode.pk, key=episode.translation_key)
    else:
        rows = _NAMED_ROWS.rows(episode=episode.pk)
    for kind, key, *texts in rows:
        found[kind].append(Name(kind, key, *map(shown, texts)))
    return found


# The models that each kind of name is read from.
_SOURCE_MODELS: dict[str, set[str]] = {
    "credit": {"appearance", "speaker"},
    "mention": {"mention", "entity"},
    "tag": {"taggedepisode", "tag"},
    "gloss": {"gloss"},
}


def visible_names(names: dict[str, list[Name]], hidden: frozenset[str]) -> dict[str, list[Name]]:
    """Return the names without the kinds that are read from hidden models."""
    return {kind: [] if hidden & _SOURCE_MODELS.get(kind, set()) else rows for kind, rows in names.items()}


def correction_days(corrections: Iterable[Name]) -> list[date]:
    """Return the distinct days of corrections in order."""
    moments = (parse_datetime(row.name) for row in corrections)
    return sorted({moment.date() for moment in moments if moment})


def mentions_by_kind(mentions: Iterable[Name]) -> list[tuple[str, list[Name]]]:
    """Return (label, mentions) per kind of entity. An entity that the note lists twice appears once."""
    once = {mention.slug: mention for mention in mentions}
    labels = {"person": _("People"), "organisation": _("Organisations"), "product": _("Products"), "work": _("Works")}
    labels |= {"method": _("Methods"), "other": _("Other")}
    by_kind = {kind: [m for m in once.values() if _kind(m) == kind] for kind in Entity.Kind.values}
    groups = ((labels[kind], group) for kind, group in by_kind.items())
    return [(label, sorted(group, key=lambda m: m.name.casefold())) for label, group in groups if group]


def _kind(mention: Name) -> str:
    return mention.detail if mention.detail in Entity.Kind.values else Entity.Kind.OTHER


def mentions_line(mentions: list[Name]) -> str:
    """Return how many mentions are reviewed, or "" if all or none are: the review line of the page covers those."""
    reviewed = sum(mention.is_reviewed for mention in mentions)
    if reviewed in (0, len(mentions)):
        return ""
    return _("Reviewed: %(read)d of %(total)d.") % {"read": reviewed, "total": len(mentions)}


def glossary(glosses: Iterable[Name]) -> list[Name]:
    """Return each term once with its longest explanation, in the order of the text."""
    best: dict[str, Name] = {}
    for gloss in glosses:
        known = best.setdefault(gloss.name.casefold(), gloss)
        if len(gloss.more) > len(known.more):
            best[gloss.name.casefold()] = gloss
    return list(best.values())


# --- sections


@dataclass(frozen=True)
class ShownSection:
    """A section of the page: its HTML under a heading h2 to h5."""

    kind: str
    review_level: ReviewLevel
    title: str
    anchor: str
    depth: int
    body: SafeString
    # Double-checked by the person who had accepted it.
    alone: bool = False
    row: Any = None

    # The two are computed on demand: reports and chapter files do not need them, and they read the whole text.
    @cached_property
    def opening(self) -> str:
        """Return the first sentence, for the overview."""
        return first_sentence(self.body)

    @cached_property
    def letters(self) -> int:
        """Return the number of characters to read."""
        return letter_count(self.body)


def _shown_sections(episode: int) -> Any:
    # The text is fetched only where no HTML of this renderer version is stored: half the bytes of the largest rows.
    written = Case(When(html__startswith=STAMP, then=Value("")), default=F("text"), output_field=TextField())
    return Section.objects.shown().filter(episode=episode).defer("text").annotate(written=written)


_SECTIONS = Prepared(_shown_sections, episode=int)


def sections_of(episode: Episode) -> list[ShownSection]:
    """Return the visible sections with their HTML. One query, a second where some HTML is not stored."""
    rows: list[Any] = _SECTIONS.rows(episode=episode.pk)
    top = min((row.level for row in rows if row.level), default=1)
    taken: set[str] = set()
    bodies = zip(rows, _bodies(rows), strict=True)
    return [
        _shown(row, _title(row, episode), body, top, taken)
        for row, body in bodies
        if row.heading or row.html or row.written
    ]


def _shown(row: Any, title: str, body: SafeString, top: int, taken: set[str]) -> ShownSection:
    anchor = section_anchor(title, taken) if title else ""
    depth = min(max(row.level, top) - top + 2, 5)
    return ShownSection(row.kind, row.review_level, title, anchor, depth, body, row.self_verified, row)


def _bodies(rows: list[Any]) -> list[SafeString]:
    """Return the stored HTML if all sections have it, else render all.

    Rendering only some would explain a term twice and repeat ids.
    """
    if not any(row.written for row in rows):
        # Safe: render() sanitised it, and episodes.derived is its only writer; no form and no fixture has the field.
        return [mark_safe(unstamped(row.html) or "") for row in rows]  # noqa: S308
    page, stored = Page(), [row.pk for row in rows if unstamped(row.html) is not None]
    texts = dict(Section.objects.filter(pk__in=stored).values_list("pk", "text")) if stored else {}
    return [page.add_section(render_section_html(row, texts.get(row.pk, row.written))) for row in rows]


def _title(row: Section, episode: Episode) -> str:
    if row.heading:
        return heading_of(episode, row.heading)
    return "" if row.kind == Section.Kind.BODY else str(row.get_kind_display()).capitalize()


# --- takeaways


@dataclass
class TakeawayNode:
    """A takeaway and the takeaways below it."""

    row: Any
    episode: Episode
    children: list[TakeawayNode] = field(default_factory=list)

    @property
    def html(self) -> SafeString:
        """Return the text as HTML."""
        return html_of(self.episode, self.row.shown_text)


@cache
def _prepared_takeaways(preview: bool) -> Prepared:
    def build(episode: int) -> Any:
        is_shown = Exists(reviewed_items(Takeaway, episode, preview).filter(pk=OuterRef("pk")))
        kept_words = {
            f"shown_{name}": Case(When(is_shown, then=F(name)), default=Value(""), output_field=TextField())
            for name in ("text", "heading")
        }
        rows: Any = visible_rows(Takeaway.objects.filter(episode=episode).defer("text", "heading"))
        return rows.annotate(is_shown=is_shown, **kept_words)

    return Prepared(build, episode=int)


def takeaways_of(episode: Episode, preview: bool = False) -> list[tuple[str, list[TakeawayNode]]]:
    """Return (heading, trees) for each group of visible takeaways.

    Hidden rows are fetched too, without their text: otherwise the children of a hidden row would move under the row
    before it, which changes their meaning.
    """
    rows = _prepared_takeaways(preview).rows(episode=episode.pk)
    groups: dict[str, list[TakeawayNode]] = {}
    above: list[tuple[int, TakeawayNode | None]] = []
    for row in rows:
        above = [(depth, node) for depth, node in above if depth < row.depth]
        node = TakeawayNode(row, episode) if row.is_shown else None
        if node:
            parent = above[-1][1] if above else None
            same_group = parent is not None and parent.row.shown_heading == row.shown_heading
            (parent.children if parent and same_group else groups.setdefault(row.shown_heading, [])).append(node)
        above.append((row.depth, node))
    return list(groups.items())


def top_takeaways(episodes: Iterable[Episode], most: int) -> dict[int, list[str]]:
    """Return {episode key: texts} of the first `most` visible top-level takeaways. One query."""
    rows = Takeaway.objects.shown().filter(episode__in=[episode.pk for episode in episodes])
    points: dict[int, list[tuple[int, str]]] = {}
    for key, depth, text in rows.values_list("episode", "depth", "text"):
        points.setdefault(key, []).append((depth, shown(text)))
    tops = {key: min(depth for depth, _text in found) for key, found in points.items()}
    return {key: [text for depth, text in found if depth == tops[key]][:most] for key, found in points.items()}


# --- observations


def observations_of(episode: Episode, preview: bool = False) -> list[tuple[str, list[Observation]]]:
    """Return (label, rows) per kind of observation, in the order of the choices."""
    order = {kind: place for place, kind in enumerate(Observation.Kind.values)}
    rows = sorted(items_of(Observation, episode, preview), key=lambda row: order.get(row.kind, len(order)))
    return [(str(group[0].get_kind_display()), group) for group in _runs(rows)]


def _runs(rows: list[Observation]) -> Iterator[list[Observation]]:
    for _kind, group in groupby(rows, key=lambda row: row.kind):
        yield list(group)


# --- contents


def contents_of(parts: dict[str, Any], sections: list[ShownSection]) -> list[tuple[str, str, int, bool]]:
    """Return (anchor, title, depth, whether the title is in the episode's language) in page order."""
    # Without sections the contents list every chapter.
    entries = parts["chapters"] if not sections else []
    after = {
        "quotes": _("Quotes"),
        "predictions": _("Predictions"),
        "observations": _("On screen"),
        "mentions": _("Mentioned"),
        "glossary": _("Glossary"),
    }
    return [
        *([("chapters", _("Chapters"), 2, False)] if parts["chapters"] else []),
        *((f"c{chapter.pk}", chapter.title, 3, True) for chapter in entries),
        *((section.anchor, section.title, section.depth, True) for section in sections if section.title),
        *((anchor, title, 2, False) for anchor, title in after.items() if parts[anchor]),
    ]
