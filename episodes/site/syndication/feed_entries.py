"""Entries of feeds: episodes, predictions and outcomes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any

from django.db.models import Case, DateTimeField, F, OuterRef, Prefetch, Q, Subquery, When
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from episodes.models import Decision, TaggedEpisode
from episodes.rendering import plain
from episodes.site.contexts.episode_parts import top_takeaways
from episodes.site.contexts.outcomes import outcome_label
from episodes.site.contexts.page_querysets import for_cards, predictions_for_list
from episodes.site.contexts.safe_links import address_name, web_address
from episodes.site.syndication.feed_ids import tag_id
from episodes.site.syndication.plain_text import for_xml, one_line
from episodes.site.syndication.review_status import review_statuses

# Entries of a feed; a newly imported library must not flood feed readers.
MAX_ENTRIES = 30
# Takeaways of an entry; lengths in characters.
MAX_TAKEAWAYS, TITLE_LENGTH, SUMMARY_LENGTH = 5, 120, 600


@dataclass(frozen=True)
class Entry:
    """An entry. Texts are plain except `html`; URLs are paths except `source`; authors are (name, path)."""

    id: str
    link: str
    title: str
    moment: datetime
    language: str
    brief: str
    html: str
    authors: list[tuple[str, str]]
    review: dict[str, Any]
    source: str = ""
    categories: list[str] = field(default_factory=list)


def _line(text: str) -> str:
    return for_xml(one_line(text))


def _cut(text: str, length: int) -> str:
    return Truncator(_line(text)).chars(length)


def _author(row: Any) -> tuple[str, str]:
    return _line(row.by_name), reverse("speaker", args=[row.by_slug]) if row.by_slug else ""


def _authors(rows: Iterable[Any]) -> list[tuple[str, str]]:
    """Return each author once; a person may have several roles."""
    return list(dict.fromkeys(_author(row) for row in rows if row.by_name.strip()))


# --- episodes


def episode_entries(rows: Any) -> list[Entry]:
    """Return entries for the latest published of these public episodes. Six queries."""
    tags = TaggedEpisode.objects.select_related("tag").order_by("pk")
    newest = for_cards(rows).prefetch_related(Prefetch("tagged", tags, "feed_tags"))
    episodes: list[Any] = list(newest.order_by("-published_at", "-pk")[:MAX_ENTRIES])
    points, statuses = top_takeaways(episodes, MAX_TAKEAWAYS), review_statuses(episodes)
    return [_of_episode(episode, points.get(episode.pk, []), statuses[episode.pk]) for episode in episodes]


def _of_episode(episode: Any, points: list[str], status: Any) -> Entry:
    source = web_address(episode.source_url)
    context = {
        "episode": episode,
        "points": points,
        "review_line": status.line,
        "source": source,
        "source_name": address_name(source) if source else "",
    }
    return Entry(
        id=tag_id("episode", episode.pk),
        link=episode.get_absolute_url(),
        title=_line(str(episode)),
        moment=episode.published_at,
        language=episode.language,
        brief=_cut(plain(episode.shown_summary), SUMMARY_LENGTH) if episode.shown_summary else status.line,
        html=for_xml(render_to_string("site/syndication/episode.html", context)),
        authors=_authors(episode.credits),
        review=status.as_dict(),
        source=source,
        categories=[_line(tagged.tag.name) for tagged in episode.feed_tags],
    )


# --- predictions


def prediction_entries() -> list[Entry]:
    """Return entries for the latest predictions and outcomes, by when they became visible. Two queries."""
    shown: Any = predictions_for_list("criteria", "evidence", "accepted_at")
    # An item accepted before its episode was published became visible with it.
    with_it = Q(accepted_at__isnull=True) | Q(accepted_at__lt=F("episode__published_at"))
    appeared = Case(When(with_it, then=F("episode__published_at")), default=F("accepted_at"))
    judged = Decision.objects.filter(
        target_type__app_label="episodes", target_type__model="prediction", target_id=OuterRef("pk"), field="outcome"
    )
    judged_at = Subquery(judged.order_by("-at").values("at")[:1], output_field=DateTimeField())
    new = shown.annotate(appeared=appeared).order_by("-appeared", "-pk")[:MAX_ENTRIES]
    resolved = shown.resolved().annotate(judged_at=judged_at)
    resolved = resolved.order_by(F("judged_at").desc(nulls_last=True), "-resolved_on", "-pk")[:MAX_ENTRIES]
    entries = [_of_prediction(row, row.appeared) for row in new] + [_of_outcome(row) for row in resolved]
    return sorted(entries, key=lambda entry: (entry.moment, entry.id), reverse=True)[:MAX_ENTRIES]


def _of_outcome(row: Any) -> Entry:
    # `resolved_on` may lie far back; the entry is dated by the decision.
    resolved_at = datetime.combine(row.resolved_on, time(), UTC) if row.resolved_on else row.episode.published_at
    return _of_prediction(row, max(row.judged_at or resolved_at, row.episode.published_at), outcome=True)


def _of_prediction(row: Any, moment: datetime, outcome: bool = False) -> Entry:
    claim = row.claim or row.words
    title = _("Outcome: %(outcome)s – %(claim)s") if outcome else _("Prediction: %(claim)s")
    text = title % {"outcome": outcome_label(row), "claim": claim}
    context = {"prediction": row, "episode": row.episode, "outcome": outcome}
    return Entry(
        id=tag_id("prediction", row.pk, *(["outcome"] if outcome else [])),
        link=row.get_absolute_url(),
        title=_cut(text, TITLE_LENGTH),
        moment=moment,
        language=row.episode.language,
        brief=_cut(row.words or claim, SUMMARY_LENGTH),
        html=for_xml(render_to_string("site/syndication/prediction.html", context)),
        authors=_authors([row]),
        review={"state": "verified" if row.status == "evergreen" else "read"},
    )
