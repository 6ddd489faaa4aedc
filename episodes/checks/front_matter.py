"""Checks of the header: title, source, summary, credits, duplicates of a recording."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_noop as _

from episodes.checks.registry import Fault, Subject, check
from episodes.notes import quality, sources
from episodes.notes.detectors import unclosed_markup

# Characters of a value in a message.
SHOWN = 80


@check
def missing_parts(subject: Subject) -> Iterator[Fault]:
    """Report a missing title, source, summary or credit."""
    episode = subject.episode
    if not episode.title:
        yield Fault("no-title", "error", _("The title is missing."), episode, "title")
    if not episode.source_url:
        yield Fault("no-source", "warning", _("The source is missing."), episode, "source_url")
    if not episode.summary:
        yield Fault("no-summary", "warning", _("The summary is missing."), episode, "summary")
    if not subject.appearances:
        yield Fault("no-speaker", "warning", _("No speaker is credited."), episode)


@check
def source_odd(subject: Subject) -> Iterator[Fault]:
    """Report an address that was never filled in, leads nowhere, or has parts beyond the recording."""
    episode = subject.episode
    address = episode.source_url
    if not address:
        return
    params = {"address": address[:SHOWN]}
    if quality.placeholder_source(address):
        message = _("The source “%(address)s” is a placeholder.")
        yield Fault("source-placeholder", "warning", message, episode, "source_url", None, address, params)
        return
    if sources.source_id(address) is None:
        message = _("The source “%(address)s” is not the address of a recording or an article.")
        yield Fault("source-malformed", "warning", message, episode, "source_url", None, address, params)
        return
    clean = sources.clean(address)
    if clean != address:
        message = _("The source “%(address)s” has extra parts; “%(clean)s” is enough.")
        params["clean"] = clean[:SHOWN]
        yield Fault("source-stray", "info", message, episode, "source_url", {"source_url": clean}, address, params)


@check
def summary_with_markdown(subject: Subject) -> Iterator[Fault]:
    """Report Markdown in a summary: lists, feeds and search results show summaries as plain text."""
    episode = subject.episode
    plain = unclosed_markup.plain(episode.summary)
    if plain != episode.summary:
        message = _("The summary contains Markdown. Lists and feeds show it unformatted.")
        yield Fault("summary-markdown", "info", message, episode, "summary", {"summary": plain})


@check
def recording_twice(subject: Subject) -> Iterator[Fault]:
    """Report episodes with the same source or title.

    The same source in the same language is one recording; in another language it may be a translation to link.
    """
    for other in subject.others:
        params = {"title": other.title[:SHOWN] or f"#{other.key}"}
        if not other.by_source:
            code, message = "title-twice", _("Another episode has the same title: “%(title)s”.")
        elif other.language == subject.episode.language:
            code, message = "recording-twice", _("Another episode covers the same recording: “%(title)s”.")
        else:
            code = "translation-untied"
            message = _("“%(title)s” is the same recording in another language; a translation key would link the two.")
        severity = "warning" if code == "recording-twice" else "info"
        yield Fault(code, severity, message, subject.episode, "", None, str(other.key), params)
