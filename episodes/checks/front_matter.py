"""What stands above the text: title, source, summary, who is credited, and the same recording twice."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_noop as _

from episodes.checks.registry import Fault, Subject, check
from episodes.notes import quality, sources
from episodes.notes.detectors import unclosed_markup

SHOWN = 80


@check
def missing_parts(subject: Subject) -> Iterator[Fault]:
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
    """An address that was never filled in, one that leads nowhere, and one with more in it than the recording."""
    episode = subject.episode
    address = episode.source_url
    if not address:
        return
    said = {"address": address[:SHOWN]}
    if quality.placeholder_source(address):
        message = _("The source “%(address)s” is a placeholder.")
        yield Fault("source-placeholder", "warning", message, episode, "source_url", None, address, said)
        return
    if sources.source_id(address) is None:
        message = _("The source “%(address)s” is not the address of a recording or an article.")
        yield Fault("source-malformed", "warning", message, episode, "source_url", None, address, said)
        return
    clean = sources.clean(address)
    if clean != address:
        message = _("The source “%(address)s” has extra parts; “%(clean)s” is enough.")
        said["clean"] = clean[:SHOWN]
        yield Fault("source-stray", "info", message, episode, "source_url", {"source_url": clean}, address, said)


@check
def summary_with_markdown(subject: Subject) -> Iterator[Fault]:
    """Lists, feeds and search results show a summary as plain words, stars and all."""
    episode = subject.episode
    plain = unclosed_markup.plain(episode.summary)
    if plain != episode.summary:
        message = _("The summary contains Markdown. Lists and feeds show it unformatted.")
        yield Fault("summary-markdown", "info", message, episode, "summary", {"summary": plain})


@check
def recording_twice(subject: Subject) -> Iterator[Fault]:
    """The same source in the same language is one recording; in another it may be a translation nobody has tied."""
    for other in subject.others:
        said = {"title": other.title[:SHOWN] or f"#{other.key}"}
        if not other.by_source:
            code, message = "title-twice", _("Another episode has the same title: “%(title)s”.")
        elif other.language == subject.episode.language:
            code, message = "recording-twice", _("Another episode covers the same recording: “%(title)s”.")
        else:
            code = "translation-untied"
            message = _("“%(title)s” is the same recording in another language; a translation key would link the two.")
        severity = "warning" if code == "recording-twice" else "info"
        yield Fault(code, severity, message, subject.episode, "", None, str(other.key), said)
