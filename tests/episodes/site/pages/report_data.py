"""Send an error report as a browser does."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from episodes.models import Episode
from episodes.site.pages.report_form import token_for

TYPE = "application/x-www-form-urlencoded"


def address(episode: Episode, **query: Any) -> str:
    path = reverse("report", args=[episode.slug])
    return f"{path}?{urlencode(query)}" if query else path


def send(client: Client, episode: Episode, age: float = 60, headers: Any = None, **data: Any) -> HttpResponse:
    """Post a report, each time from another network address unless `headers` or the client set one."""
    sent = {"message": "The name is wrong.", "token": token_for(episode, time.time() - age), **data}
    return client.post(address(episode), urlencode(sent), content_type=TYPE, **(headers or {}))
