"""Helpers of the adoption tests: drafts to adopt, and the command."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from episodes.models import Episode, Note, Section
from tests import factories, samples

WHY = "It has been public for years."
DAY = date(2024, 5, 1)


def draft(text: str = "Some words.", place: str = "", **fields) -> Episode:
    """Create a draft. place: name of its file."""
    made = factories.episode(**{"aired_on": DAY, **fields})
    if text:
        Section.objects.create(episode=made, heading="Section", text=text)
    if place:
        Note.objects.create(episode=made, name=place, dialect="front_matter", text="", digest="0" * 64, parsed={})
    return made


def run(*args, by: str = "paul", reason: str = WHY, **options) -> None:
    factories.publisher()
    call_command("adopt", *map(str, args), "--as", by, "--reason", reason, **options)


def refusal(*args) -> str:
    factories.publisher()
    with pytest.raises(CommandError) as caught:
        call_command("adopt", *map(str, args))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def rows_of(tmp_path, *args) -> list[dict]:
    report = tmp_path / "report.json"
    run(*args, "--report", report, verbosity=0)
    return json.loads(report.read_text())


def public() -> set[Episode]:
    return set(Episode.objects.public())


def note(folder, letter: str) -> None:
    """Return the text of a note about a recording of its own."""
    folder.mkdir(exist_ok=True)
    (folder / f"{letter}.md").write_text(samples.FRONT_MATTER.replace("yJDv-zdhzMY", letter * 11))
