"""The form of one thing. Every decision submits it, so that correcting costs no more than accepting."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import modelform_factory
from django.utils.translation import gettext_lazy as _

from episodes.bases.fields import SecondsField
from episodes.desk.forms import WordsForm
from episodes.models import Chapter, Episode, Observation, Prediction, Quote, Section, Takeaway
from people.models import Speaker

# {kind: fields of its form}; MAIN names the one that is shown large and comes first.
FIELDS: dict[str, tuple[str, ...]] = {
    "summary": ("summary",),
    "section": ("heading", "text"),
    "quote": ("start", "text", "context"),
    "prediction": ("start", "words", "claim", "horizon", "due_on", "criteria"),
    "chapter": ("start", "title", "summary"),
    "takeaway": ("text",),
    "observation": ("start", "cue", "detail", "reading"),
}
MAIN = {
    "summary": "summary",
    "section": "text",
    "quote": "text",
    "prediction": "words",
    "chapter": "title",
    "takeaway": "text",
    "observation": "detail",
}
_MODELS: dict[str, Any] = {
    "summary": Episode,
    "section": Section,
    "quote": Quote,
    "prediction": Prediction,
    "chapter": Chapter,
    "takeaway": Takeaway,
    "observation": Observation,
}
_ROWS = {"section": 22, "summary": 8}
SPOKEN = ("quote", "prediction")


class ThingForm(WordsForm):
    """A form that ignores fields that were not sent: a decision alone empties no field."""

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        if self.is_bound:
            for name in [name for name in self.fields if self.add_prefix(name) not in self.data]:
                del self.fields[name]

    def full_clean(self) -> None:
        """Validate the form, unless nothing in it changed: that would cost queries with every decision."""
        if not self.is_bound or self.instance.pk is None or self.has_changed():
            return super().full_clean()
        self._errors = forms.utils.ErrorDict(renderer=self.renderer)
        self.cleaned_data = dict(self.initial)
        return None


class SpokenItemForm(ThingForm):
    """A form with a speaker. The episode's speakers are offered; other keys are looked up only if new."""

    speaker = forms.IntegerField(label=_("speaker"), required=False)

    def __init__(self, data: Any = None, *, speakers: Any = (), **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.initial["speaker"] = self.instance.speaker_id
        if "speaker" in self.fields:
            self.fields["speaker"].widget = forms.Select(choices=self._choices(speakers))

    def _choices(self, speakers: Any) -> list[tuple[Any, str]]:
        known = {speaker["key"]: speaker["name"] for speaker in speakers}
        mine = self.instance.speaker if self.instance.speaker_id else None
        if mine is not None:
            known.setdefault(mine.pk, mine.name)
        return [("", "–"), *known.items()]

    def clean_speaker(self) -> int | None:
        key = self.cleaned_data.get("speaker")
        if key is not None and not Speaker.objects.filter(pk=key).exists():
            raise ValidationError(_("Person not found."), code="unknown")
        return key

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if "speaker" in self.cleaned_data:
            self.instance.speaker_id = self.cleaned_data["speaker"]


def _field(db_field: Any, **kwargs: Any) -> Any:
    if isinstance(db_field, SecondsField):
        # Django's number input would show 01:02:03 as empty.
        kwargs["widget"] = forms.TextInput
    return db_field.formfield(**kwargs)


_FORMS: dict[str, Any] = {
    kind: modelform_factory(
        model, form=SpokenItemForm if kind in SPOKEN else ThingForm, fields=FIELDS[kind], formfield_callback=_field
    )
    for kind, model in _MODELS.items()
}


def form_of(kind: str, row: Any, data: Any = None, speakers: Any = ()) -> ThingForm | None:
    """Return the form of a thing; None for kinds without one."""
    form_class = _FORMS.get(kind)
    if form_class is None:
        return None
    own: dict[str, Any] = {"speakers": speakers} if kind in SPOKEN else {}
    form = form_class(data, instance=row, auto_id=f"id_{kind}-{row.pk}-%s", **own)
    for name, field in form.fields.items():
        if isinstance(field.widget, forms.Textarea):
            # Enough rows to read the text without scrolling.
            length = len(getattr(row, name) or "")
            field.widget.attrs["rows"] = _ROWS.get(kind) if name == MAIN[kind] and kind in _ROWS else 2 + length // 60
    return form
