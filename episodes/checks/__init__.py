"""Checks: small functions that look at an episode and yield the faults they see.

registry  what a check looks at and yields, and the running of all of them
header    what stands above the text: title, summary, source, the same recording twice
times     seconds that cannot be, or do not ascend
speakers  who is credited, and under how many spellings
names     who and what is mentioned, and what the text calls it
text      the sections: what was repeated, left over, cut or doubted
items     quotes, predictions and chapters

To add one: a function with `@check` in the module of its subject, a template sentence in `gettext_noop`, and a test
with a hit, a near miss and its repair. It may ask the Subject and nothing else.
"""

from __future__ import annotations

from episodes.checks import header, items, names, speakers, text, times
from episodes.checks.registry import REGISTRY, Check, Fault, Subject, check, faults, replace, run

__all__ = [
    "REGISTRY",
    "Check",
    "Fault",
    "Subject",
    "check",
    "faults",
    "header",
    "items",
    "names",
    "replace",
    "run",
    "speakers",
    "text",
    "times",
]
