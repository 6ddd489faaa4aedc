"""Glosses (shown as glossary entries): the read-only list of terms explained in the texts."""

from __future__ import annotations

from django.contrib import admin

from episodes.desk.base import (
    EpisodeFilter,
)
from episodes.desk.record_links import OfEpisodeRecordAdmin
from episodes.models import Gloss


@admin.register(Gloss)
class GlossAdmin(OfEpisodeRecordAdmin):
    """Read-only list of glosses."""

    list_display = ("term", "expansion", "explanation", "episode_link")
    list_filter = (EpisodeFilter,)
    search_fields = ("term", "expansion", "explanation", "episode__title")
    ordering = ("-pk",)
    fields = ("term", "expansion", "explanation", "episode_link", "section")
