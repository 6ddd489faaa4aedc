"""Forms of the desk, and the one place where it is written how words that came from a note are saved.

unchanged            stays as it is stored, byte for byte, whatever a browser made of it
one line             runs of white space become one space: a line break would start something else in the note
long text            written with the line ends the stored text had
a section's text     without blank lines around it, and without headings: those begin sections of their own
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
from django.utils.translation import gettext, ngettext
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
    """As the notes' codec `line` writes it."""
    return " ".join(text.split())


def without_outer_blank_lines(text: str) -> str:
    """Spaces before the first word stay: they may be a code block's."""
    lines = text.split("\n")
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    return "\n".join(lines)


def with_line_ends_of(stored: str, text: str) -> str:
    """`text`, whose lines end in a line feed, with the line ends of `stored`; in a mixture every line keeps its own."""
    if "\r" not in stored:
        return text
    plain = stored.replace("\r\n", "\n")
    if "\r" not in plain and plain.count("\n") == stored.count("\r\n"):
        return text.replace("\n", "\r\n")
    return _merged(stored.splitlines(keepends=True), text.splitlines(keepends=True))


def _merged(old: list[str], new: list[str]) -> str:
    old_words = [line.rstrip("\r\n") for line in old]
    new_words = [line.rstrip("\n") for line in new]
    for block in SequenceMatcher(None, old_words, new_words, autojunk=False).get_matching_blocks():
        for i in range(block.size):
            words, end = old_words[block.a + i], old[block.a + i][len(old_words[block.a + i]) :]
            if end and new[block.b + i].endswith("\n"):
                new[block.b + i] = words + end
    return "".join(new)


def refuse_headings(text: str) -> None:
    """A heading in a section's text would be another section as soon as the note is read again."""
    # The word in front keeps `---` in the first line from being read as a front matter.
    before = "text\n"
    for heading in prose.outline(before + text).headings:
        line = (before + text).count("\n", 0, heading.begin)
        message = _(
            "Line %(line)d is a heading. A heading begins a new section: put the text from there into a section of its "
            "own with that heading and level %(level)d, or take the # away."
        )
        raise ValidationError(message, code="heading", params={"line": line, "level": heading.level})


def comes_from_a_page(episode: Episode) -> bool:
    """Whether the episode's note is an episode page. One query, remembered on the episode."""
    if not hasattr(episode, "_comes_from_a_page"):
        dialects = Note.objects.for_spans_of(episode).values_list("dialect", flat=True)[:1] if episode.pk else []
        episode._comes_from_a_page = episode_page.NAME in dialects  # type: ignore[attr-defined]
    return episode._comes_from_a_page  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Difference:
    """One field of a form that says something else than what is stored now. row: which row, if it is one's."""

    label: str
    pieces: list[Piece]
    row: str = ""


class WordsForm(forms.ModelForm):
    """A model form that follows the rules above for every text it has."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self._lines:
            # An input takes line breaks out of its value without a trace; a space in their place keeps words apart.
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
        # The instance still holds what is stored: Django writes into it after clean().
        stored = getattr(self.instance, name, "") or ""
        if self.instance.pk and name not in self.changed_data:
            return stored
        if name in self._lines or self._is_line_of_a_page(name):
            return one_line(value)
        if isinstance(self.instance, Section):
            refuse_headings(value)
            value = without_outer_blank_lines(value)
        return with_line_ends_of(stored, value)

    def differences(self, row: str = "") -> Iterator[Difference]:
        """What is stored now beside what the form says, word by word, for each field that differs."""
        for name in self.changed_data:
            stored = self._readable(name, self.initial.get(name))
            # What could not be read as a value is shown as it was typed.
            typed = self.cleaned_data.get(name, self[name].data) if hasattr(self, "cleaned_data") else self[name].data
            found = text_diff.diff(stored, self._readable(name, typed))
            yield Difference(str(self.fields[name].label or name), text_diff.collapse_unchanged(found), row)

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
    """The version a form was made from. It is no edit and is never written."""

    widget = forms.HiddenInput

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


def version_of(obj: models.Model) -> int | None:
    """The version that guards an object: its own, or its episode's."""
    if not obj.pk:
        return None
    return obj.version if hasattr(obj, "version") else obj.episode.version  # type: ignore[attr-defined]


class LockedForm(WordsForm):
    """Refuses to save over what somebody else saved meanwhile."""

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
            # Now: afterwards Django puts the form's words into the instance.
            self.stale_differences = list(self.differences())
            self.add_error(None, self._stale(cleaned.get("version"), now))
        return cleaned

    def _stale(self, seen: int | None, now: int) -> ValidationError:
        labels = [str(self.fields[name].label or name) for name in self.changed_data]
        if labels:
            differ = gettext("This form differs from what is stored now in: %(fields)s.") % {
                "fields": ", ".join(labels)
            }
        else:
            differ = gettext("Its own fields do not differ from what is stored now.")
        message = _(
            "Somebody else saved version %(now)s while you were working on version %(seen)s. Nothing was saved. "
            "%(differ)s Open the page anew to see what is stored now."
        )
        return ValidationError(message, code="stale", params={"now": now, "seen": seen or "?", "differ": differ})


class RowForm(WordsForm):
    """A row under its episode. One that nobody touched is not validated: that would cost queries for each of 300."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            # Inside the wrapper that the admin puts around it for its add and change links.
            widget: Any = getattr(field.widget, "widget", field.widget)
            if hasattr(widget, "known"):
                widget.known = self.instance._state.fields_cache.get(name)

    def full_clean(self) -> None:
        if not self.is_bound or self.instance.pk is None or self.has_changed():
            return super().full_clean()
        self._errors = forms.utils.ErrorDict(renderer=self.renderer)
        # The stored values: other rows are compared with them for what must be unique.
        self.cleaned_data = {**self.initial, "episode": self.instance.episode_id}
        return None


class RowFormSet(forms.BaseInlineFormSet):
    """The rows of one kind under an episode."""

    stale_differences: list[Difference] = []

    def _construct_form(self, i: int, **kwargs: Any) -> forms.BaseForm:
        form = super()._construct_form(i, **kwargs)  # type: ignore[misc]
        form.instance.episode = self.instance
        return form

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if "order" in form.fields and form.instance._state.adding:
            # What is added comes last until somebody says otherwise.
            form.initial["order"] = form.fields["order"].initial = self._next_order

    @cached_property
    def _next_order(self) -> int:
        return max((row.order for row in self.get_queryset()), default=-1) + 1

    def clean(self) -> None:
        super().clean()
        changed = sum(form.has_changed() for form in self.forms)
        if changed and getattr(self.instance, "is_stale", False):
            self.stale_differences = [each for form in self.forms for each in self._differences(form)]
            message = ngettext(
                "%(count)d row here differs from what is stored now.",
                "%(count)d rows here differ from what is stored now.",
                changed,
            )
            raise ValidationError(message % {"count": changed}, code="stale")

    def _differences(self, form: Any) -> Iterator[Difference]:
        # Not within the f-string: what collects the messages does not look into one.
        key = form.instance.pk or gettext("(new)")
        row = f"{form.instance._meta.verbose_name} {key}"
        if form in self.deleted_forms:
            yield Difference(gettext("taken away"), [], row)
        elif form.has_changed():
            yield from form.differences(row)
