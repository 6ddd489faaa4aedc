"""Checks: small functions that look at an episode and yield its problems as Faults.

registry                the input and output of checks, and running all of them
front_matter            title, summary, source, duplicates of a recording
timecodes               times that are impossible or not ascending
speaker_labels          credits and the spellings of speakers' names
listed_names            mentioned people and things, and their names in the text
section_text            repeated, left over, cut or doubtful text
quotes_and_predictions  quotes, predictions and chapters

To add one, write a function with `@check` in the module of its subject, a template sentence in `gettext_noop`, and a
test with a hit, a near miss and its repair. A check uses the Subject alone.
"""

from __future__ import annotations

from episodes.checks import (
    front_matter,
    listed_names,
    quotes_and_predictions,
    section_text,
    speaker_labels,
    timecodes,
)
from episodes.checks.registry import REGISTRY, Check, Fault, Subject, check, columns_of, faults, replace, run

__all__ = [
    "REGISTRY",
    "Check",
    "Fault",
    "Subject",
    "check",
    "columns_of",
    "faults",
    "front_matter",
    "listed_names",
    "quotes_and_predictions",
    "replace",
    "run",
    "section_text",
    "speaker_labels",
    "timecodes",
]
