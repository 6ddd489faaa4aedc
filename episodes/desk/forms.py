"""Forms of the desk, and the rules for saving text that came from a note.

unchanged            kept as stored, byte for byte, whatever the browser sent
one line             runs of white space become one space: in the note a line break would start something else
long text            saved with the line ends of the stored text
a section's text     without outer blank lines and without headings, which would start new sections
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from episodes.bases import text_diff
from episodes.bases.fields import LongTextFormField
from episodes.bases.text_diff import Piece
from episodes.models import Chapter, Episode, Note, Observation, Quote, Section
from episodes.notes import prose
from episodes.notes.dialects import episode_page

# Long texts that an episode page writes on one line.
_LINES_OF_A_PAGE = {Chapter: {"summary"}, Quote: {"context"}, Observation: {"cue", "detail", "reading"}}


def one_line(text: str) -> str:
    """Return the text on one line, white space collapsed like the notes' codec `line` does."""
    return " ".join(text.split())


def without_outer_blank_lines(text: str) -> str:
    """Return the text without blank lines around it.

    Spaces before the first word stay: they can belong to a code block.
    """
    lines = text.split("\n")
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    return "\n".join(lines)


def with_line_ends_of(stored: str, text: str) -> str:
    """Return `text` (lines end in LF) with the line ends of `stored`; in mixed text each line keeps its own."""
    if "\r" not in stored:
        return text
    plain = stored.replace("\r\n", "\n")
    if "\r" not in plain and plain.count("\n") == stored.count("\r\n"):
        return text.replace("\n", "\r\n")
    return _merged(stored.splitlines(keepends=True), text.splitlines(keepends=True))


def _merged(old: list[str], new: list[str]) -> str:
    """Return the new lines joined, unchanged lines with the line ends they had."""
    old_words = [line.rstrip("\r\n") for line in old]
    new_words = [line.rstrip("\n") for line in new]
    for block in SequenceMatcher(None, old_words, new_words, autojunk=False).get_matching_blocks():
        for i in range(block.size):
            words, end = old_words[block.a + i], old[block.a + i][len(old_words[block.a + i]) :]
            if end and new[block.b + i].endswith("\n"):
                new[block.b + i] = words + end
    return "".join(new)


def refuse_headings(text: str) -> None:
    """Raise ValidationError if the text contains a heading: on the next import it would start a new section."""
    # The word in front keeps a `---` in the first line from being parsed as front matter.
    before = "text\n"
    for heading in prose.outline(before + text).headings:
        line = (before + text).count("\n", 0, heading.begin)
        message = _(
            "Line %(line)d is a heading, and a heading starts a new section. Move the text from there into a "
            "section of its own with that heading and level %(level)d, or remove the #."
        )
        raise ValidationError(message, code="heading", params={"line": line, "level": heading.level})


def comes_from_a_page(episode: Episode) -> bool:
    """Return whether the episode's note has the dialect `episode_page`. One query, cached on the episode."""
    if not hasattr(episode, "_comes_from_a_page"):
        dialects = Note.objects.for_spans_of(episode).values_list("dialect", flat=True)[:1] if episode.pk else []
        episode._comes_from_a_page = episode_page.NAME in dialects  # type: ignore[attr-defined]
    return episode._comes_from_a_page  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Difference:
    """One field of a form that says something else than what is stored now."""

    label: str
    pieces: list[Piece]


class WordsForm(forms.ModelForm):
    """A model form that applies the rules above to all its text fields."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self._lines:
            # An <input> drops line breaks from its value; a space in their place keeps words apart.
            if isinstance(self.initial.get(name), str):
                self.initial[name] = one_line(self.initial[name])
        for name, field in self.fields.items():
            if hasattr(field, "stored"):
                field.stored = self.initial.get(name)

    @cached_property
    def _lines(self) -> list[str]:
        return [name for name, field in self.fields.items() if type(field) is forms.CharField]

    @cached_property
    def changed_data(self) -> list[str]:
        return [name for name in super().changed_data if not (name in self._lines and self._same_line(name))]

    def _same_line(self, name: str) -> bool:
        return one_line(str(self[name].data or "")) == str(self.initial.get(name) or "")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in list(cleaned):
            if name in self._lines or isinstance(self.fields.get(name), LongTextFormField):
                try:
                    cleaned[name] = self._words(name, cleaned[name])
                except ValidationError as error:
                    self.add_error(name, error)
        return cleaned

    def _words(self, name: str, value: str) -> str:
        # The instance still has the stored values: Django assigns the new ones after clean().
        stored = getattr(self.instance, name, "") or ""
        if self.instance.pk and name not in self.changed_data:
            return stored
        if name in self._lines or self._is_line_of_a_page(name):
            return one_line(value)
        if isinstance(self.instance, Section):
            refuse_headings(value)
            value = without_outer_blank_lines(value)
        return with_line_ends_of(stored, value)

    def differences(self) -> Iterator[Difference]:
        """Yield the stored and the submitted value of each changed field, compared word by word."""
        for name in self.changed_data:
            stored = self._readable(name, self.initial.get(name))
            # Invalid values are shown as typed.
            typed = self.cleaned_data.get(name, self[name].data) if hasattr(self, "cleaned_data") else self[name].data
            found = text_diff.diff(stored, self._readable(name, typed))
            yield Difference(str(self.fields[name].label or name), text_diff.collapse_unchanged(found))

    def _readable(self, name: str, value: Any) -> str:
        field: Any = self.fields[name]
        if hasattr(field, "queryset"):
            known = isinstance(value, models.Model) or not value
            value = value if known else field.queryset.filter(pk=value).first() or value
        elif hasattr(field, "choices"):
            value = dict(field.choices).get(value, value)
        else:
            value = field.prepare_value(value)
        if isinstance(value, bool):
            return gettext("yes") if value else gettext("no")
        if isinstance(value, list | tuple):
            return ", ".join(map(str, value))
        return "" if value is None else str(value)

    def _is_line_of_a_page(self, name: str) -> bool:
        lines = _LINES_OF_A_PAGE.get(type(self.instance), ())
        return name in lines and comes_from_a_page(self.instance.episode)


class SeenVersionField(forms.IntegerField):
    """The version the form was loaded with. Never counts as a change and is never written."""

    widget = forms.HiddenInput

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


def version_of(obj: models.Model) -> int | None:
    """Return the version used for optimistic locking: the object's own or its episode's; None for unsaved objects."""
    if not obj.pk:
        return None
    return obj.version if hasattr(obj, "version") else obj.episode.version  # type: ignore[attr-defined]


class LockedForm(WordsForm):
    """A form that refuses to overwrite what someone else saved in the meantime."""

    version = SeenVersionField(required=False)
    stale_differences: list[Difference] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = version_of(self.instance)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        now = version_of(self.instance)
        if now is not None and cleaned.get("version") != now:
            self.instance.is_stale = True
            # Compared here because Django assigns the form's values to the instance afterwards.
            self.stale_differences = list(self.differences())
            self.add_error(None, self._stale(cleaned.get("version"), now))
        return cleaned

    def _stale(self, seen: int | None, now: int) -> ValidationError:
        labels = [str(self.fields[name].label or name) for name in self.changed_data]
        if labels:
            differ = gettext("Fields that differ from what is saved now: %(fields)s.") % {"fields": ", ".join(labels)}
        else:
            differ = gettext("The fields of this form do not differ from what is saved now.")
        message = _(
            "Someone else saved revision %(now)s while you were working on revision %(seen)s. Nothing was saved. "
            "%(differ)s Open the page again to see what is saved now."
        )
        return ValidationError(message, code="stale", params={"now": now, "seen": seen or "?", "differ": differ})


class OfEpisodeForm(LockedForm):
    """A form of one row on its own page, existing or new. `episode`: where a new one belongs; set by the admin."""

    episode: Episode | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None and self.episode is not None:
            self.instance.episode = self.episode
            if "order" in self.fields:
                self.initial.setdefault("order", self._next_order())

    def _next_order(self) -> int:
        last = self._meta.model.objects.filter(episode=self.episode).aggregate(last=models.Max("order"))["last"]
        return 0 if last is None else last + 1

    def _get_validation_exclusions(self) -> set[str]:
        # Without this, what is unique within an episode would be left to the database, which answers with an error 500.
        return super()._get_validation_exclusions() - {"episode"}  # type: ignore[misc]
