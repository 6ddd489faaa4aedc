"""Annotations in running text: turns, glosses, formulas. Their values follow from their own text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from episodes.notes.line_ends import with_line_feeds
from episodes.notes.parsed import Annotation
from episodes.notes.prose import glosses, turns
from episodes.notes.prose.formulas import formulas
from episodes.notes.prose.outline import fold_spans as fold_spans
from episodes.notes.prose.outline import outline as outline
from episodes.notes.prose.outline import within

KINDS = ("turn", "gloss", "formula")


def annotate(text: str, begin: int = 0, end: int | None = None) -> list[Annotation]:
    """Return the annotations of text[begin:end] by their beginning, the longer one first.

    Pass the whole note as `text`: only all of it shows whether `N:` is a speaker.
    """
    end = len(text) if end is None else end
    annotations = turns.find(text, begin, end)
    opaque = outline(text).opaque
    annotations += [gloss for gloss in glosses.find(text, begin, end) if not within(opaque, gloss.begin)]
    if text.find("$", begin, end) >= 0:
        annotations += [
            Annotation("formula", begin + start, begin + stop, {"latex": latex})
            for start, stop, latex in formulas(text[begin:end])
        ]
    return sorted(annotations, key=lambda annotation: (annotation.begin, -annotation.end))


def read(kind: str, raw: str) -> dict[str, Any] | None:
    """Return the values of an annotation from its own text; None if the text is no such annotation."""
    raw = with_line_feeds(raw)
    if kind == "turn":
        return turns.read(raw)
    if kind == "gloss":
        return glosses.read(raw)
    matches = formulas(raw)
    return {"latex": matches[0][2]} if matches and matches[0][:2] == (0, len(raw)) else None


def speakers(annotations: Iterable[Annotation]) -> dict[str, int]:
    """Return the number of turns by name, in the order of first appearance."""
    count: dict[str, int] = {}
    for annotation in annotations:
        if annotation.kind == "turn":
            name = annotation.values["name"]
            count[name] = count.get(name, 0) + 1
    return count
