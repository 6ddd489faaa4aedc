"""Markdown of an episode's page (`<url>.md`), built from the same context."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import yaml
from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date
from django.utils.translation import gettext as _

from episodes.bases.page_dependencies import EPISODE, depends_on, page_key
from episodes.models import Episode, Quote
from episodes.rendering import render
from episodes.rendering.html_to_markdown import link, to_markdown
from episodes.site.contexts.episode_parts import Name, TakeawayNode
from episodes.site.contexts.outcomes import outcome_label
from episodes.site.contexts.safe_links import at_second
from episodes.site.contexts.site_state import site_state
from episodes.site.pages.base import public_page
from episodes.site.pages.episode import episode_context
from episodes.site.pages.error_pages import tombstone
from episodes.site.syndication.plain_text import literal, one_line, quoted
from episodes.site.syndication.review_status import Piece, review_status_of


@public_page
def episode_markdown(request: HttpRequest, slug: str) -> HttpResponse:
    """Return the episode as Markdown. At most thirteen queries."""
    episode = Episode.objects.public().defer("extra", "projects").filter(slug=slug).first()
    if episode is None:
        return tombstone(request, slug)
    depends_on(page_key(EPISODE, slug))
    page = request.build_absolute_uri(episode.get_absolute_url())
    response = HttpResponse(markdown_of(episode, page), content_type="text/markdown; charset=utf-8")
    response["Link"] = f'<{page}>; rel="canonical"'
    response["Last-Modified"] = http_date(site_state().changed.timestamp())  # type: ignore[union-attr]
    return response


def markdown_of(episode: Episode, page: str) -> str:
    """Return front matter and body. page: absolute URL of the episode's page."""
    context = episode_context(episode)
    parts = [_front_matter(episode, page, context), f"# {literal(one_line(str(episode)))}", *_body(episode, context)]
    return "\n\n".join(part for part in parts if part) + "\n"


# --- front matter


def _front_matter(episode: Episode, page: str, context: dict[str, Any]) -> str:
    names = context["names"]
    rows = [Piece(section.review_level, section.alone, section.row.verified_by_id) for section in context["sections"]]
    items = [*context["chapters"], *context["quotes"], *context["predictions"]]
    items += [row for _kind, group in context["observations"] for row in group]
    status = review_status_of(episode, rows, items)
    metadata = {
        "title": one_line(str(episode)),
        "url": page,
        "source": context["source"],
        "series": episode.series,
        "number": episode.number,
        "aired": episode.aired_on,
        "duration": episode.duration_text,
        "language": episode.language,
        "speakers": _speakers(names["credit"]),
        "area": episode.area,
        "category": episode.category,
        "tags": [tag.name for tag in names["tag"]],
        "published": episode.published_at.date() if episode.published_at else None,
        "corrected": context["corrected"],
        "review": {**status.as_dict(), "note": status.line},
    }
    filled = {name: value for name, value in metadata.items() if value not in ("", None, [])}
    front_matter = yaml.safe_dump(filled, allow_unicode=True, sort_keys=False, width=10_000)
    return f"---\n{front_matter}---"


def _speakers(credits: list[Name]) -> list[str]:
    return [f"{credit.name} ({credit.role})" if credit.role else credit.name for credit in credits if credit.name]


# --- body, in page order


def _body(episode: Episode, context: dict[str, Any]) -> Iterator[str]:
    if context["review_line"]:
        yield f"*{literal(' '.join(filter(None, [context['review_line'], context['reviewers_line']])))}*"
    if episode.shown_summary:
        yield to_markdown(render(episode.shown_summary))
    if episode.insight_public and episode.insight:
        yield from (f"## {_('Editor’s note')}", to_markdown(render(episode.insight)))
    yield from _takeaways(context["takeaways"])
    yield from _chapters(episode, context["timeline"])
    for section in context["sections"]:
        if section.title:
            yield f"{'#' * section.depth} {literal(one_line(section.title))}"
        if context["partly_reviewed"] and section.review_level:
            yield f"*{_('Reviewed by a person')}*"
        yield to_markdown(section.body)
    timeline = context["timeline"]
    yield from _listed(_("Quotes"), (_quote(episode, row) for row in timeline.quotes))
    yield from _listed(_("Predictions"), (_prediction(episode, row) for row in timeline.predictions))
    yield from _observations(episode, context["observations"])
    yield from _mentions(context["mentions"], context["mentions_line"])
    yield from _listed(_("Glossary"), ["\n".join(_gloss(gloss) for gloss in context["glossary"])])


def _listed(heading: str, blocks: Iterable[str]) -> Iterator[str]:
    blocks = [block for block in blocks if block]
    if blocks:
        yield from (f"## {heading}", *blocks)


def _takeaways(groups: list[tuple[str, list[TakeawayNode]]]) -> Iterator[str]:
    if groups:
        yield f"## {_('Takeaways')}"
    for heading, nodes in groups:
        if heading:
            yield f"### {literal(one_line(heading))}"
        yield "\n".join(line for node in nodes for line in _points(node, 0))


def _points(node: TakeawayNode, depth: int) -> Iterator[str]:
    first, *rest = to_markdown(render(node.row.shown_text)).split("\n")
    yield f"{'  ' * depth}- {first}"
    yield from (f"{'  ' * depth}  {line}".rstrip() for line in rest)
    for child in node.children:
        yield from _points(child, depth + 1)


def _time(item: Any, episode: Episode) -> str:
    """Return the time, as a link if the source supports it."""
    if not item.start_text:
        return ""
    address = at_second(episode.source_url, item.start, episode.duration)
    return link(item.start_text, address) if address else literal(item.start_text)


def _chapters(episode: Episode, timeline: Any) -> Iterator[str]:
    if timeline.parts:
        yield f"## {_('Chapters')}"
    for part in timeline.parts:
        yield f"### {' '.join(filter(None, [_time(part.chapter, episode), literal(one_line(part.chapter.title))]))}"
        yield literal(part.chapter.summary)
        for item in part.statements:
            yield _quote(episode, item) if isinstance(item, Quote) else _prediction(episode, item)


def _attribution(episode: Episode, item: Any) -> str:
    alone = _("Double-checked by the same person") if item.self_verified else ""
    parts = [literal(one_line(item.by_name)), _time(item, episode), alone]
    return f"— {', '.join(part for part in parts if part)}" if any(parts) else ""


def _quote(episode: Episode, quote: Any) -> str:
    parts = (quoted(literal(quote.text)), _attribution(episode, quote), literal(quote.context))
    return "\n\n".join(part for part in parts if part)


def _prediction(episode: Episode, prediction: Any) -> str:
    details = [": ".join([_("Prediction"), outcome_label(prediction)])]
    if prediction.resolved_on:
        details.append(f"{_('Judged')} {prediction.resolved_on.isoformat()}")
    if prediction.self_resolved:
        details.append(_("Judged by the person who wrote the criteria"))
    if prediction.horizon:
        details.append(f"{_('Timeframe: ')}{literal(one_line(prediction.horizon))}")
    if prediction.due_on:
        details.append(f"{_('Due')} {prediction.due_on.isoformat()}")
    words = quoted(literal(prediction.words)) if prediction.claim and prediction.words else ""
    claim = f"**{literal(one_line(prediction.claim or prediction.words))}**"
    return "\n\n".join(
        part for part in (claim, words, f"({'; '.join(details)})", _attribution(episode, prediction)) if part
    )


def _observations(episode: Episode, groups: list[tuple[str, list[Any]]]) -> Iterator[str]:
    if groups:
        yield f"## {_('On screen')}"
    for kind, rows in groups:
        yield f"### {kind.capitalize()}"
        for row in rows:
            parts = (_time(row, episode), literal(row.cue), literal(row.detail), literal(row.reading))
            yield "\n\n".join(part for part in parts if part)


def _mentions(groups: list[tuple[str, list[Name]]], line: str) -> Iterator[str]:
    lines = (f"- {kind}: {', '.join(literal(one_line(m.name)) for m in mentions)}" for kind, mentions in groups)
    yield from _listed(_("Mentioned"), [line and f"*{literal(line)}*", "\n".join(lines)])


def _gloss(gloss: Name) -> str:
    texts = [literal(one_line(text)) for text in (gloss.detail, gloss.more) if text]
    return f"- **{literal(one_line(gloss.name))}**: {'; '.join(texts)}" if texts else f"- **{literal(gloss.name)}**"
