"""The order of models on the desk's index page: by workflow, not alphabetical."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

ORDER = [
    "Episode",
    "Finding",
    "Quote",
    "Prediction",
    "Section",
    "Chapter",
    "Observation",
    "Takeaway",
    "Mention",
    "Appearance",
    "Tag",
    "Note",
    "Decision",
    "Snapshot",
    "Gloss",
    "TaggedEpisode",
    "Speaker",
    "Entity",
    "Alias",
]
APPS = ["episodes", "people"]


def _place(order: list[str], name: str) -> int:
    return order.index(name) if name in order else len(order)


def keep_order(site: admin.AdminSite) -> None:
    """Sort the site's apps and models by APPS and ORDER; models not named there come last, alphabetically."""
    by_alphabet = site.get_app_list

    def get_app_list(request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps: list[Any] = list(by_alphabet(request, app_label))
        for app in apps:
            app["models"].sort(key=lambda model: _place(ORDER, model["object_name"]))
        return sorted(apps, key=lambda app: _place(APPS, app["app_label"]))

    site.get_app_list = get_app_list  # type: ignore[method-assign]
