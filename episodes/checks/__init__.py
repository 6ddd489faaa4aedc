"""Checks: small functions that look at an episode and yield the faults they see.

registry        what a check looks at and yields, and the running of all of them
front_matter    what stands above the text: title, summary, source, the same recording twice
time_codes      seconds that cannot be, or do not ascend
speaker_labels  who is credited, and under how many spellings
listed_names    who and what is mentioned, and what the text calls it
section_text    the sections: what was repeated, left over, cut or doubted
statements      quotes, predictions and chapters

To add one: a function with `@check` in the module of its subject, a template sentence in `gettext_noop`, and a test
with a hit, a near miss and its repair. It may ask the Subject and nothing else.
"""

from __future__ import annotations

from episodes.checks import (
    front_matter,
    listed_names,
    section_text,
    speaker_labels,
    statements,
    time_codes,
)
from episodes.checks.registry import REGISTRY, Check, Fault, Subject, check, faults, replace, run

__all__ = [
    "REGISTRY",
    "Check",
    "Fault",
    "Subject",
    "check",
    "faults",
    "front_matter",
    "listed_names",
    "replace",
    "run",
    "section_text",
    "speaker_labels",
    "statements",
    "time_codes",
]
