"""Stored HTML of the summary, the remark, the takeaways and the headings of public episodes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from hashlib import blake2s

from episodes.models import Episode, Section, StoredTexts, Takeaway
from episodes.notes.visible_text import shown
from episodes.rendering import RENDERER_VERSION, plain, plain_heading, render

# Characters of `line`, and of the Markdown it is made from.
LINE_LENGTH, LINE_SOURCE = 600, 2_560
# Version of the renderer, as the beginning of each digest.
VERSION = f"{RENDERER_VERSION}-"


def digest_of(text: str, kind: str = "") -> str:
    """Return the key of a stored text. kind: the prefix of heading ids, or "heading"."""
    data = f"{kind}\n{text}".encode("utf-8", "surrogatepass")
    return VERSION + blake2s(data, digest_size=12).hexdigest()


def store_texts(episodes: Iterable[Episode]) -> None:
    """Render and store the short texts of these episodes. Four queries for all."""
    rows = {episode.pk: episode for episode in episodes}
    texts: dict[int, dict[str, str]] = defaultdict(dict)
    for key, text in Takeaway.objects.not_rejected().filter(episode__in=rows).values_list("episode", "text"):
        texts[key][digest_of(shown(text), "h")] = str(render(shown(text)))
    headings = Section.objects.not_rejected().filter(episode__in=rows).exclude(heading="").order_by()
    for key, heading in headings.values_list("episode", "heading"):
        texts[key][digest_of(heading, "heading")] = plain_heading(heading)
    for key, episode in rows.items():
        for text, prefix in ((episode.summary, "h"), (episode.insight if episode.insight_public else "", "remark")):
            if text:
                texts[key][digest_of(text, prefix)] = str(render(text, id_prefix=f"{prefix}-"))
    StoredTexts.objects.bulk_create(
        (
            StoredTexts(episode=row, digest=digest_of(row.summary), line=summary_line(row.summary), texts=texts[key])
            for key, row in rows.items()
        ),
        batch_size=100,
        update_conflicts=True,
        unique_fields=["episode"],
        update_fields=["digest", "line", "texts"],
    )


def summary_line(text: str) -> str:
    """Return the beginning of a summary in one line without markup."""
    return plain(shown(text)[:LINE_SOURCE])[:LINE_LENGTH]
