"""The demo: sample notes loaded, some published through the workflow, and idempotent."""

from collections import Counter

import pytest
from django.core.management import call_command

from episodes.management.commands.demo import EVERGREEN, PUBLISHED
from episodes.models import Decision, Episode, Note, Prediction
from tests.shared import ROOT

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(settings, capsys) -> str:
    settings.DEBUG = True
    call_command("demo")
    return capsys.readouterr().out


def test_demo_publishes_some_samples(demo):
    assert set(Note.objects.filter(episode__in=Episode.objects.public()).values_list("name", flat=True)) == set(
        PUBLISHED
    )
    published = Decision.objects.filter(to_status="published")
    assert set(published.values_list("by__username", flat=True)) == {"demo-publisher"}
    assert published.count() == len(PUBLISHED)
    assert "demo-editor" in demo
    assert "http://127.0.0.1:8000/" in demo


def test_second_run_changes_nothing(demo):
    before = list(Episode.objects.order_by("pk").values()), Decision.objects.count()
    call_command("demo")
    assert (list(Episode.objects.order_by("pk").values()), Decision.objects.count()) == before


def test_samples_cover_dialects_and_languages(demo):
    assert set(Note.objects.values_list("dialect", flat=True)) == {"front_matter", "interview_record", "episode_page"}
    assert Counter(Episode.objects.values_list("language", flat=True)) == {"zh-Hans": 7, "en": 4}
    assert {note.name: note.text for note in Note.objects.all()} == {
        path.name: path.read_text() for path in (ROOT / "fixtures" / "notes").glob("*.md")
    }


def test_some_samples_have_findings(demo):
    codes = set(Episode.objects.filter(status="draft").values_list("findings__code", flat=True))
    assert {"time-beyond-duration", "speaker-generic", "speaker-unresolved", "no-source"} <= codes


def test_demo_shows_evergreen_and_resolved_prediction(demo):
    grown = Episode.objects.public().filter(status="evergreen")
    assert set(grown.values_list("notes__name", flat=True)) == set(EVERGREEN)
    judged = Prediction.objects.public().resolved().get()
    assert (judged.outcome, judged.status, str(judged.due_on)) == ("true", "evergreen", "1975-12-31")
    assert (judged.criteria_by.username, judged.resolved_by.username) == ("demo-editor", "demo-verifier")
