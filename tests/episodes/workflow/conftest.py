"""Fixtures of the workflow's tests: English messages, and episodes in three states."""

from collections.abc import Iterator

import pytest
from django.utils import translation

from episodes.models import Episode, Section
from episodes.workflow import Summary, transition
from tests import factories


@pytest.fixture(autouse=True)
def _english(_language: None) -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def claimed(db: None) -> Episode:
    """Return an episode in review, held by edith, with an undecided summary and section."""
    episode = factories.episode(summary="In short.")
    Section.objects.create(episode=episode, text="Words.")
    transition(episode, "in_review", factories.editor())
    return episode


@pytest.fixture
def approved(claimed: Episode) -> Episode:
    transition(Summary(claimed), "accepted", factories.editor())
    section = claimed.sections.get()
    section.episode = claimed
    transition(section, "accepted", factories.editor())
    transition(claimed, "approved", factories.editor())
    return claimed


@pytest.fixture
def published(approved: Episode) -> Episode:
    transition(approved, "published", factories.publisher())
    return approved
