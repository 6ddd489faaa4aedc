"""Requests and answers of the review screen, with script and without."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from episodes.models import Chapter, Episode, Observation, Section, Takeaway
from tests import factories
from tests.episodes.desk.form_data import page_at, signed_in


def address(episode: Episode) -> str:
    return page_at("admin:episodes_episode_review", episode.pk)


def held(by: Any = None, **fields: Any) -> Episode:
    """Return an episode claimed by `by`, with rows of every kind."""
    by = by or factories.editor()
    factories.second_editor()
    fields = {"status": "in_review", "claimed_by": by, "claimed_at": timezone.now(), "summary": "In short.", **fields}
    made = factories.episode(**{"duration": 3600, **fields})
    ada = factories.speaker("Ada")
    factories.appearance(made, ada, role="guest")
    Section.objects.create(episode=made, heading="One", text="The **Engine** weaves. The Engine waits.", order=0)
    Section.objects.create(episode=made, heading="Two", text="More words.", order=1)
    factories.quote(made, text="Early.", start=60, speaker=ada, label="Ada", status="draft")
    factories.prediction(made, words="It will.", start=30, speaker=ada, label="Ada", status="draft")
    factories.quote(made, text="Late.", start=600, speaker=ada, label="Ada", status="draft")
    Chapter.objects.create(episode=made, title="Start", start=0)
    Takeaway.objects.create(episode=made, text="One thing.")
    Observation.objects.create(episode=made, kind="gesture", detail="She nods.", start=9)
    factories.mention(made, factories.entity("Engine"), listed_as="products")
    return made


def thing(row: Any) -> str:
    return f"{row._meta.model_name}-{row.pk}"


def seen(row: Any) -> str:
    return f"{row.status}.{row.version}"


def post(user: Any, episode: Episode, act: str, on: str, **data: Any) -> dict:
    """Send a request as the script does; returns JSON."""
    client = user if isinstance(user, Client) else signed_in(user)
    answer = client.post(address(episode), {"act": act, "thing": on, **data}, headers={"accept": "application/json"})
    return {"code": answer.status_code, **answer.json()}


def press(user: Any, episode: Episode, act: str, on: str, **data: Any) -> HttpResponse:
    """Send a form without script; returns a page."""
    return signed_in(user).post(address(episode), {"act": act, "thing": on, **data}, follow=True)
