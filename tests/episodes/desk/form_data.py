"""Form data as a browser sends it when a form of the desk is opened, changed and saved."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import translation

from episodes.models import Appearance, Chapter, Episode, Mention, Observation, Prediction, Quote, Section, Takeaway
from tests import factories


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


class _Form(HTMLParser):
    """The fields of one form with their values, as a browser submits them."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id, self.inside = form_id, False
        self.data: dict[str, Any] = {}
        self.select = self.area = None
        self.multiple, self.words = False, ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = dict(attrs)
        if tag == "form":
            self.inside = of.get("id") == self.form_id
        if not self.inside:
            return
        if tag == "input":
            self._input(of)
        elif tag == "textarea":
            self.area, self.words = of["name"], ""
        elif tag == "select":
            self.select, self.multiple = of["name"], "multiple" in of
            self.data[self.select] = [] if self.multiple else ""
        elif tag == "option" and "selected" in of and self.select:
            if self.multiple:
                self.data[self.select].append(of.get("value") or "")
            else:
                self.data[self.select] = of.get("value") or ""

    def _input(self, of: dict[str, str | None]) -> None:
        kind, name = of.get("type"), of.get("name")
        if not name or kind in ("submit", "file") or (kind == "checkbox" and "checked" not in of):
            return
        # Browsers remove line breaks from the value of an <input>.
        value = (of.get("value") or ("on" if kind == "checkbox" else "")).replace("\r", "").replace("\n", "")
        # Browsers drop other values of number inputs: 00:01:02 would be sent as empty.
        self.data[name] = "" if kind == "number" and not value.lstrip("-").isdecimal() else value

    def handle_data(self, data: str) -> None:
        if self.area:
            self.words += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self.area:
            text = self.words.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\n")
            # Browsers send line ends as CRLF.
            self.data[self.area] = text.replace("\n", "\r\n")
            self.area = None
        elif tag == "select":
            self.select = None
        elif tag == "form":
            self.inside = False


def form_in(response: HttpResponse, form_id: str = "episode_form") -> dict[str, Any]:
    form = _Form(form_id)
    form.feed(response.content.decode())
    return {name: value for name, value in form.data.items() if "__prefix__" not in name}


def page_at(name: str, *args: Any) -> str:
    """Return the address of a desk page, in English."""
    with translation.override("en"):
        return reverse(name, args=args)


def change_page(obj: Any) -> str:
    return f"/en/admin/{obj._meta.app_label}/{obj._meta.model_name}/{obj.pk}/change/"


def change_list(model: Any) -> str:
    return f"/en/admin/{model._meta.app_label}/{model._meta.model_name}/"


def save(client: Client, obj: Any, **changes: Any) -> HttpResponse:
    """Open the form, change these fields and save."""
    page = client.get(change_page(obj))
    assert page.status_code == 200
    return client.post(change_page(obj), {**form_in(page, f"{obj._meta.model_name}_form"), **changes})


def errors_in(response: HttpResponse) -> str:
    """Return all errors of a form as one text."""
    assert response.status_code == 200, "the form was saved"
    context = response.context
    found = [str(context["adminform"].form.errors)]
    for formset in context["inline_admin_formsets"]:
        found += [str(formset.formset.errors), str(formset.formset.non_form_errors())]
    return " ".join(found)


def messages_of(response: HttpResponse) -> list[str]:
    """Return the messages; a refusal with several reasons as one line per reason."""
    found = (str(message) for message in response.context["messages"])
    return [unescape(line) for text in found for line in re.findall(r"<li>(.*?)</li>", text) or [text]]


def fill(episode: Episode, rows: int) -> None:
    """Add this many rows of every kind to the episode."""
    for i in range(rows):
        who = factories.speaker(f"Speaker {i}")
        what = factories.entity(f"Entity {i}")
        Section.objects.create(episode=episode, heading=f"Part {i}", text="Words.", order=i)
        Appearance.objects.create(episode=episode, speaker=who, label=f"Speaker {i}", role="guest")
        Chapter.objects.create(episode=episode, start=i, title=f"Chapter {i}")
        Quote.objects.create(episode=episode, start=i, text=f"Quote {i}", speaker=who)
        Prediction.objects.create(episode=episode, start=i, words=f"Prediction {i}", speaker=who)
        Observation.objects.create(episode=episode, start=i, kind="gesture", detail=f"Seen {i}")
        Takeaway.objects.create(episode=episode, order=i, text=f"Taken {i}")
        Mention.objects.create(episode=episode, entity=what, listed_as="people")
        episode.tags.add(f"tag {i}")
        episode.findings.create(
            code="c", severity="error", message=f"Wrong {i}", origin="person", fingerprint=str(i), target=what
        )
