"""Slugs: pinyin for Chinese, at most 80 characters, never empty."""

from __future__ import annotations

from collections.abc import Callable, Container

from django.db import models
from slugify import slugify

from episodes.notes.visible_text import shown

LENGTH = 80


def slug_of(text: str, fallback: str = "untitled") -> str:
    """`AI时代下的职业发展` → `ai-shi-dai-xia-de-zhi-ye-fa-zhan`."""
    # A title of ten thousand characters would spend its time on what is cut off again.
    text = shown(text[: LENGTH * 20])[: LENGTH * 2]
    if not text.isascii():
        # Its dictionary takes 200 ms to load, which every command would pay.
        from pypinyin import Style, lazy_pinyin

        text = " ".join(lazy_pinyin(text, style=Style.NORMAL, errors=lambda run: f" {run} "))
    return slugify(text, max_length=LENGTH, word_boundary=True) or fallback


def free_slug(base: str, taken: Container[str] | Callable[[str], bool]) -> str:
    """`base`, or `base-2`, `base-3` … until it is not taken."""
    is_taken = taken if callable(taken) else taken.__contains__
    slug, number = base, 1
    while is_taken(slug):
        number += 1
        suffix = f"-{number}"
        slug = base[: LENGTH - len(suffix)].rstrip("-") + suffix
    return slug


def free_slug_for(model: type[models.Model], text: str, fallback: str = "untitled") -> str:
    """A slug that no row of the model has yet."""
    base = slug_of(text, fallback)
    taken = set(model._default_manager.filter(slug__startswith=base[: LENGTH - 8]).values_list("slug", flat=True))
    return free_slug(base, taken)
