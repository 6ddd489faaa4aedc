"""Refusals are read in English, and three episodes on their way."""

from collections.abc import Iterator

import pytest
from django.utils import translation

from episodes.models import Episode, Section
from episodes.workflow import Summary, transition
from tests import cast


@pytest.fixture(autouse=True)
def _english(_language: None) -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def claimed(db: None) -> Episode:
    """In review, held by edith, with a summary and a section that nobody has decided."""
    episode = cast.episode(summary="In short.")
    Section.objects.create(episode=episode, text="Words.")
    transition(episode, "in_review", cast.editor())
    return episode


@pytest.fixture
def approved(claimed: Episode) -> Episode:
    transition(Summary(claimed), "accepted", cast.editor())
    section = claimed.sections.get()
    section.episode = claimed
    transition(section, "accepted", cast.editor())
    transition(claimed, "approved", cast.editor())
    return claimed


@pytest.fixture
def published(approved: Episode) -> Episode:
    transition(approved, "published", cast.publisher())
    return approved
