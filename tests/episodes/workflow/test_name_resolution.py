"""Resolution of a label to a speaker in all rows that have it."""

import pytest

from episodes.importing.loader import Loader
from episodes.models import Finding, Prediction, Quote
from episodes.workflow.name_resolution import resolve_label
from tests import factories, samples

pytestmark = pytest.mark.django_db


def test_label_is_resolved_in_all_open_episodes():
    Loader().load("note.md", samples.EPISODE_PAGE.encode())
    ada = Quote.objects.get(start=600).speaker
    assert resolve_label("guest", ada, factories.editor()) == 1
    quote = Quote.objects.get(label="guest")
    assert (quote.speaker, quote.version, quote.episode.version) == (ada, 2, 2)
    assert not Finding.objects.filter(code="speaker-generic").exists()


def test_settled_and_resolved_rows_are_unchanged():
    ada, eve = factories.speaker("Ada"), factories.speaker("Eve")
    public = Quote.objects.create(episode=factories.public_episode(), text="Said.", label="A.")
    resolved = Prediction.objects.create(episode=factories.episode(), words="Will be.", label="A.", speaker=eve)
    assert resolve_label("A.", ada, factories.editor()) == 0
    public.refresh_from_db()
    resolved.refresh_from_db()
    assert (public.speaker, resolved.speaker) == (None, eve)
