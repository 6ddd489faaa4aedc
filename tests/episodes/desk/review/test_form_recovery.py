"""Typed text is never lost: it is shown again after a refusal and saved by other actions."""

import pytest

from episodes.models import Finding, Quote
from tests import factories
from tests.episodes.desk.review.screen import (
    held,
    post,
    press,
    seen,
    thing,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def row():
    held()
    return Quote.objects.get(text="Early.")


def test_conflict_keeps_typed_text_beside_changes(row):
    before = seen(row)
    sent = {"text": "Early.", "start": "00:01:00", "context": "", "speaker": row.speaker_id}
    post(factories.editor(), row.episode, "save", thing(row), seen=before, **sent | {"start": "00:01:07"})
    answer = post(factories.editor(), row.episode, "accept", thing(row), seen=before, **sent | {"text": "Quite early."})
    assert answer["code"] == 409
    html = answer["next"]["html"]
    assert "Quite early." in html
    assert '<details class="edit" open>' in html
    # The time was only sent along, so the other user's value stays.
    assert 'value="00:01:07"' in html
    row.refresh_from_db()
    again = post(factories.editor(), row.episode, "accept", thing(row), seen=seen(row), text="Quite early.")
    assert again["code"] == 200


def test_conflict_without_typing_shows_stored_text(row):
    before = seen(row)
    post(factories.editor(), row.episode, "save", thing(row), seen=before, text="Other words.")
    html = post(factories.editor(), row.episode, "accept", thing(row), seen=before, text="Early.")["next"]["html"]
    assert "data-typed" not in html
    assert "Other words." in html


def test_claim_refusal_keeps_typed_text(row):
    answer = post(factories.second_editor(), row.episode, "accept", thing(row), seen=seen(row), text="Mine.")
    assert answer["code"] == 422
    assert "Mine." in answer["next"]["html"]


@pytest.mark.parametrize(("code", "sent"), [(422, {"start": "soon"}), (409, {"seen": "draft.99"})])
def test_refusal_without_script_keeps_typed_text(row, code, sent):
    answer = press(
        factories.editor(), row.episode, "accept", thing(row), **{"seen": seen(row), "text": "Mine.", **sent}
    )
    assert answer.status_code == code
    assert "Mine." in answer.content.decode()
    row.refresh_from_db()
    assert row.text == "Early."


def test_postponing_saves_typed_text(row):
    answer = post(factories.editor(), row.episode, "later", thing(row), seen=seen(row), text="Mine.")
    assert answer["messages"] == ["Saved.", "Moved to later."]
    row.refresh_from_db()
    assert (row.text, row.status) == ("Mine.", "draft")


def test_finding_actions_save_typed_text(row):
    fault = {"episode": row.episode, "code": "x", "severity": "warning", "message": "m", "origin": "person"}
    repaired = Finding.objects.create(**fault, target=row, repair={"start": 61}, fingerprint="1")
    settled = Finding.objects.create(**fault, target=row, fingerprint="2")
    post(factories.editor(), row.episode, f"repair:{repaired.pk}", thing(row), seen=seen(row), text="Mine.")
    row.refresh_from_db()
    assert (row.text, row.start) == ("Mine.", 61)
    post(factories.editor(), row.episode, f"resolve:{settled.pk}", thing(row), seen=seen(row), text="Mine again.")
    row.refresh_from_db()
    assert row.text == "Mine again."
    settled.refresh_from_db()
    assert settled.state == "resolved"


@pytest.mark.parametrize("send", [post, press])
def test_refused_waiver_keeps_its_reason(row, send):
    fault = {"episode": row.episode, "code": "x", "severity": "error", "message": "m", "origin": "person"}
    found = Finding.objects.create(**fault, target=row, fingerprint="1")
    by = factories.person("both", "Editor", "Publisher")
    answer = send(
        by, row.episode, f"waive:{found.pk}", thing(row), seen=seen(row), **{f"reason-{found.pk}": "She said."}
    )
    html = answer["next"]["html"] if isinstance(answer, dict) else answer.content.decode()
    assert 'value="She said."' in html
    assert '<details class="settle" open>' in html
