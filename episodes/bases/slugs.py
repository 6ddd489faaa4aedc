"""Slugs for titles and names: pinyin for Chinese, at most 80 characters, never empty."""

from __future__ import annotations

from collections.abc import Callable, Container

from django.db import models
from slugify import slugify

from episodes.notes.visible_text import shown

# Characters: the `max_length` of the slug columns.
LENGTH = 80


def slug_of(text: str, fallback: str = "untitled") -> str:
    """Return the slug of a text: `AI时代下的职业发展` → `ai-shi-dai-xia-de-zhi-ye-fa-zhan`.

    fallback: the slug of a text without letters and digits.
    """
    # Cut first: transliterating a title of ten thousand characters is slow, and all but 80 are dropped.
    text = shown(text[: LENGTH * 20])[: LENGTH * 2]
    if not text.isascii():
        # Imported here: loading its dictionary takes 200 ms, which every command would pay.
        from pypinyin import Style, lazy_pinyin

        text = " ".join(lazy_pinyin(text, style=Style.NORMAL, errors=lambda run: f" {run} "))
    return slugify(text, max_length=LENGTH, word_boundary=True) or fallback


def free_slug(base: str, taken: Container[str] | Callable[[str], bool]) -> str:
    """Return `base`, or the first of `base-2`, `base-3` … that is not taken.

    taken: a container of slugs or a function that tells whether one is taken.
    """
    is_taken = taken if callable(taken) else taken.__contains__
    slug, number = base, 1
    while is_taken(slug):
        number += 1
        suffix = f"-{number}"
        slug = base[: LENGTH - len(suffix)].rstrip("-") + suffix
    return slug


def free_slug_for(model: type[models.Model], text: str, fallback: str = "untitled") -> str:
    """Return a slug for a text that no row of the model has. One query."""
    base = slug_of(text, fallback)
    taken = set(model._default_manager.filter(slug__startswith=base[: LENGTH - 8]).values_list("slug", flat=True))
    return free_slug(base, taken)
