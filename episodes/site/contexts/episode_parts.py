"""The parts of an episode's page, each from one query, put in the order and the groups a reader meets them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import groupby
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, QuerySet, TextField, Value, When
from django.db.models.functions import Cast
from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from episodes.bases.reviewable import ReviewLevel
from episodes.derived import section_html
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
from episodes.notes.visible_text import shown
from episodes.rendering import heading_id, plain_heading
from episodes.rendering.page import STAMP, Page, unstamped
from episodes.site.contexts.page_querysets import credited
from episodes.site.contexts.reading_time import first_sentence, letters
from episodes.site.contexts.visible_rows import visible_rows
from people.models import Entity, of_kept_entity


def reviewed_items(model: Any, episode: Episode, preview: bool = False) -> Any:
    """The items of the episode that stand on its page: the accepted ones, in a preview the undecided ones too."""
    rows = visible_rows(model.objects.filter(episode=episode))
    return rows.not_rejected() if preview else rows.shown()


# --- names: who is credited, what is mentioned, the tags, the glossary, other languages


@dataclass(frozen=True)
class Name:
    """A short text with, perhaps, an address. `detail` and `more` mean what its kind says."""

    kind: str
    pk: int
    name: str
    slug: str = ""
    detail: str = ""
    more: str = ""

    @property
    def role(self) -> str:
        """Host, guest, narrator; that a speaker speaks need not be said."""
        plain_roles = (Appearance.Role.SPEAKER, Appearance.Role.CHANNEL)
        return "" if self.detail in plain_roles else str(dict(Appearance.Role.choices).get(self.detail, ""))

    @property
    def read(self) -> bool:
        """Of a mention: whether a person has."""
        return Mention(status=self.more).review_level > ReviewLevel.UNREAD

    @property
    def language(self) -> str:
        return str(dict(Episode.Language.choices).get(self.detail, self.detail))


_COLUMNS = ("n_kind", "n_pk", "n_name", "n_slug", "n_detail", "n_more")


def _names(kind: str, rows: QuerySet, name: str, slug: str = "", detail: str = "", more: str = "") -> QuerySet:
    def text(column: str) -> Any:
        return Cast(F(column) if column else Value(""), TextField())

    texts = {"n_name": text(name), "n_slug": text(slug), "n_detail": text(detail), "n_more": text(more)}
    return rows.order_by().annotate(n_kind=Value(kind, TextField()), n_pk=F("pk"), **texts).values_list(*_COLUMNS)


def names_of(episode: Episode) -> dict[str, list[Name]]:
    """Lists of short texts in one UNION, because each would be a query of its own. Keys are the kinds."""
    others = Episode.objects.public().exclude(pk=episode.pk).filter(translation_key=episode.translation_key)
    parts = [
        _names("credit", credited(Appearance.objects.filter(episode=episode)), "by_name", "by_slug", "role"),
        _names(
            "mention",
            Mention.objects.shown().filter(of_kept_entity(), episode=episode),
            "entity__name",
            "entity__slug",
            "entity__kind",
            "status",
        ),
        _names("tag", TaggedEpisode.objects.filter(content_object=episode), "tag__name", "tag__slug"),
        _names(
            "gloss",
            Gloss.objects.shown().filter(episode=episode),
            "term",
            detail="expansion",
            more="explanation",
        ),
    ]
    parts.append(_names("correction", Snapshot.objects.corrections().filter(episode=episode), "made_at"))
    if episode.translation_key:
        parts.append(_names("translation", others, "title", "slug", "language"))
    kinds = ("credit", "mention", "tag", "gloss", "correction", "translation")
    found: dict[str, list[Name]] = {kind: [] for kind in kinds}
    for row in parts[0].union(*parts[1:], all=True).order_by("n_kind", "n_pk"):
        kind, key, *texts = row
        found[kind].append(Name(kind, key, *map(shown, texts)))
    return found


# The models that the names of each kind are read from.
_MADE_OF: dict[str, set[str]] = {
    "credit": {"appearance", "speaker"},
    "mention": {"mention", "entity"},
    "tag": {"taggedepisode", "tag"},
    "gloss": {"gloss"},
}


def visible_names(names: dict[str, list[Name]], hidden: frozenset[str]) -> dict[str, list[Name]]:
    """The names without the kinds that are made of hidden models."""
    return {kind: [] if hidden & _MADE_OF.get(kind, set()) else rows for kind, rows in names.items()}


def days_of(corrections: Iterable[Name]) -> list[date]:
    """The days on which something was corrected, each once."""
    moments = (parse_datetime(row.name) for row in corrections)
    return sorted({moment.date() for moment in moments if moment})


def mentions_by_kind(mentions: Iterable[Name]) -> list[tuple[str, list[Name]]]:
    """By the kind of entity, each entity once though the note may list it twice."""
    once = {mention.slug: mention for mention in mentions}
    labels = {"person": _("People"), "organisation": _("Organisations"), "product": _("Products"), "work": _("Works")}
    labels |= {"method": _("Methods"), "other": _("Other")}
    by_kind = {kind: [m for m in once.values() if _kind(m) == kind] for kind in Entity.Kind.values}
    groups = ((labels[kind], group) for kind, group in by_kind.items())
    return [(label, sorted(group, key=lambda m: m.name.casefold())) for label, group in groups if group]


def _kind(mention: Name) -> str:
    return mention.detail if mention.detail in Entity.Kind.values else Entity.Kind.OTHER


def mentions_line(mentions: list[Name]) -> str:
    """Their review levels, where they are not all alike; the whole page's line speaks for the rest."""
    read = sum(mention.read for mention in mentions)
    if read in (0, len(mentions)):
        return ""
    return _("Reviewed: %(read)d of %(total)d.") % {"read": read, "total": len(mentions)}


def glossary(glosses: Iterable[Name]) -> list[Name]:
    """Each term once, with its longest explanation, in the order of the text."""
    best: dict[str, Name] = {}
    for gloss in glosses:
        known = best.setdefault(gloss.name.casefold(), gloss)
        if len(gloss.more) > len(known.more):
            best[gloss.name.casefold()] = gloss
    return list(best.values())


# --- sections


@dataclass(frozen=True)
class ShownSection:
    """A section as it stands on the page: its HTML under a heading h2 to h5."""

    kind: str
    review_level: ReviewLevel
    title: str
    anchor: str
    depth: int
    body: SafeString
    # Verified by the one who had accepted it.
    alone: bool = False
    row: Any = None

    # For who skims. Found when it is asked for: a report or a player's chapters do not, and a long text costs.
    @cached_property
    def opening(self) -> str:
        return first_sentence(self.body)

    @cached_property
    def letters(self) -> int:
        return letters(self.body)


def sections_of(episode: Episode) -> list[ShownSection]:
    # The text is fetched only where no HTML of this renderer is stored: half the bytes of the largest rows.
    written = Case(When(html__startswith=STAMP, then=Value("")), default=F("text"), output_field=TextField())
    rows: list[Any] = list(Section.objects.shown().filter(episode=episode).defer("text").annotate(written=written))
    top = min((row.level for row in rows if row.level), default=1)
    taken: set[str] = set()
    bodies = zip(rows, _bodies(rows), strict=True)
    return [_shown(row, body, top, taken) for row, body in bodies if row.heading or row.html or row.written]


def _shown(row: Any, body: SafeString, top: int, taken: set[str]) -> ShownSection:
    title = _title(row)
    anchor = _anchor(title, taken) if title else ""
    depth = min(max(row.level, top) - top + 2, 5)
    return ShownSection(row.kind, row.review_level, title, anchor, depth, body, row.self_verified, row)


def _bodies(rows: list[Any]) -> list[SafeString]:
    """As stored, if all of them are; a page drawn in part would explain a term twice and give an id twice."""
    if not any(row.written for row in rows):
        # Sanitised by render() when it was stored (derive.store_drawn), its only writer; no form and no fixture has it.
        return [mark_safe(unstamped(row.html) or "") for row in rows]  # noqa: S308
    page, stored = Page(), [row.pk for row in rows if unstamped(row.html) is not None]
    texts = dict(Section.objects.filter(pk__in=stored).values_list("pk", "text")) if stored else {}
    return [page.settle(section_html(row, texts.get(row.pk, row.written))) for row in rows]


def _title(row: Section) -> str:
    if row.heading:
        return plain_heading(row.heading)
    return "" if row.kind == Section.Kind.BODY else str(row.get_kind_display()).capitalize()


def _anchor(title: str, taken: set[str]) -> str:
    """`s-` keeps it apart from the page's own anchors (quotes, glossary) and from headings inside a section."""
    base = anchor = f"s-{heading_id(title)}"
    number = 1
    while anchor in taken:
        number += 1
        anchor = f"{base}-{number}"
    taken.add(anchor)
    return anchor


# --- takeaways


@dataclass
class Node:
    row: Any
    children: list[Node] = field(default_factory=list)


def takeaways_of(episode: Episode, preview: bool = False) -> list[tuple[str, list[Node]]]:
    """(heading, tree) of each group of shown takeaways.

    The hidden ones are fetched too, as a bare place and depth: without them the points under one would move under the
    point before it and say something nobody said.
    """
    is_shown = Exists(reviewed_items(Takeaway, episode, preview).filter(pk=OuterRef("pk")))
    kept_words = {
        f"shown_{name}": Case(When(is_shown, then=F(name)), default=Value(""), output_field=TextField())
        for name in ("text", "heading")
    }
    rows: Any = visible_rows(Takeaway.objects.filter(episode=episode).defer("text", "heading"))
    rows = rows.annotate(is_shown=is_shown, **kept_words)
    groups: dict[str, list[Node]] = {}
    above: list[tuple[int, Node | None]] = []
    for row in rows:
        above = [(depth, node) for depth, node in above if depth < row.depth]
        node = Node(row) if row.is_shown else None
        if node:
            parent = above[-1][1] if above else None
            same_group = parent is not None and parent.row.shown_heading == row.shown_heading
            (parent.children if parent and same_group else groups.setdefault(row.shown_heading, [])).append(node)
        above.append((row.depth, node))
    return list(groups.items())


def first_points(episodes: Iterable[Episode], most: int) -> dict[int, list[str]]:
    """{key: texts} of the first takeaways that are shown, without those under them. One query."""
    rows = Takeaway.objects.shown().filter(episode__in=[episode.pk for episode in episodes])
    points: dict[int, list[tuple[int, str]]] = {}
    for key, depth, text in rows.values_list("episode", "depth", "text"):
        points.setdefault(key, []).append((depth, shown(text)))
    tops = {key: min(depth for depth, _text in found) for key, found in points.items()}
    return {key: [text for depth, text in found if depth == tops[key]][:most] for key, found in points.items()}


# --- what was seen


def observations_of(episode: Episode, preview: bool = False) -> list[tuple[str, list[Observation]]]:
    """By kind, in the order the kinds are declared."""
    order = {kind: place for place, kind in enumerate(Observation.Kind.values)}
    rows = sorted(reviewed_items(Observation, episode, preview), key=lambda row: order.get(row.kind, len(order)))
    return [(str(group[0].get_kind_display()), group) for group in _runs(rows)]


def _runs(rows: list[Observation]) -> Iterator[list[Observation]]:
    for _kind, group in groupby(rows, key=lambda row: row.kind):
        yield list(group)


# --- contents


def contents_of(parts: dict[str, Any], sections: list[ShownSection]) -> list[tuple[str, str, int, bool]]:
    """(anchor, title, depth, whether the episode's own words) of what follows on the page, in its order."""
    # Where the chapters are all the text there is, each of them is a way in.
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
