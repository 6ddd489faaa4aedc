"""Second files of a recording: shown beside the first, and settled in one of three ways."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from episodes import workflow
from episodes.bases import code_labels
from episodes.importing import second_files
from episodes.importing.loader import Loader, Outcome
from episodes.importing.second_files import Answer
from episodes.models import Decision, Episode, Finding, Note
from episodes.workflow import Refused
from tests import factories, samples

pytestmark = pytest.mark.django_db

FIRST = samples.FRONT_MATTER
SECOND = FIRST.replace("On engines", "On the engine").replace("pretensions", "claims")


@pytest.fixture
def second() -> Note:
    load(FIRST, "a/x.md")
    load(SECOND, "b/x.md")
    return Note.objects.get(state="second")


def load(text: str, name: str):
    return Loader(present=["a/x.md", "b/x.md"]).load(name, text.encode())


def states() -> set[tuple[str, str]]:
    return set(Note.objects.exclude(state="superseded").values_list("name", "state"))


def both_unchanged() -> bool:
    outcomes = {load(FIRST, "a/x.md").outcome, load(SECOND, "b/x.md").outcome}
    return outcomes == {Outcome.UNCHANGED}


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_new_version_is_merged_into_draft(second):
    result = second_files.settle(second, Answer.NEW_VERSION, factories.editor())
    episode = Episode.objects.get()
    assert (result.outcome, episode.title) == (Outcome.UPDATED, "On the engine")
    assert states() == {("b/x.md", "current"), ("a/x.md", "discarded")}
    assert both_unchanged()
    assert not Finding.objects.open().filter(code="second-file").exists()
    assert Decision.objects.get().reason == code_labels.NEW_VERSION


def test_new_version_of_public_enters_copy(second):
    episode = Episode.objects.get()
    workflow.adopt_all([episode], factories.publisher(), "Public before", {episode.pk: timezone.now()})
    result = second_files.settle(second, Answer.NEW_VERSION, factories.editor())
    assert result.outcome == Outcome.WAITING
    assert Episode.objects.public().get().title == "On engines"
    assert Episode.objects.working().get().title == "On the engine"
    assert both_unchanged()
    copy = Episode.objects.working().get()
    workflow.transition(copy, "in_review", factories.editor())
    workflow.transition(copy, "approved", factories.editor())
    workflow.publish_changes(copy, factories.publisher())
    assert Episode.objects.get().title == "On the engine"
    assert states() == {("b/x.md", "current"), ("a/x.md", "discarded")}
    assert both_unchanged()


def test_own_episode_is_draft(second):
    first = Episode.objects.get()
    result = second_files.settle(second, Answer.OWN_EPISODE, factories.editor())
    own = Episode.objects.exclude(pk=first.pk).get()
    assert (result.outcome, own.title, own.status) == (Outcome.CREATED, "On the engine", "draft")
    assert states() == {("a/x.md", "current"), ("b/x.md", "current")}
    assert both_unchanged()
    assert load(SECOND + "\nMore.\n", "b/x.md").episode_id == own.pk


def test_discarded_file_is_not_reported_again(second):
    second_files.settle(second, Answer.DISCARD, factories.editor())
    assert states() == {("a/x.md", "current"), ("b/x.md", "discarded")}
    assert both_unchanged()
    assert not Finding.objects.open().filter(code="second-file").exists()
    assert load(SECOND + "\nMore.\n", "b/x.md").outcome == Outcome.WAITING
    assert Finding.objects.open().filter(code="second-file").count() == 1


def test_discarded_file_can_become_version(second):
    second_files.settle(second, Answer.DISCARD, factories.editor())
    second.refresh_from_db()
    second_files.settle(second, Answer.NEW_VERSION, factories.editor())
    assert Episode.objects.get().title == "On the engine"


@pytest.mark.parametrize("name", ["verifier", "publisher", "librarian"])
def test_settling_needs_editor(second, name):
    with pytest.raises(Refused):
        second_files.settle(second, Answer.DISCARD, getattr(factories, name)())
    assert Note.objects.get(pk=second.pk).state == "second"


def test_file_is_settled_only_once(second):
    second_files.settle(second, Answer.NEW_VERSION, factories.editor())
    with pytest.raises(Refused):
        second_files.settle(second, Answer.OWN_EPISODE, factories.editor())
    assert Episode.objects.count() == 1


def test_taken_slug_leaves_file_unsettled():
    text = FIRST.replace("title:", "slug: engines\ntitle:")
    load(text, "a/x.md")
    load(text.replace("pretensions", "claims"), "b/x.md")
    note = Note.objects.get(state="second")
    with pytest.raises(Refused, match="engines"):
        second_files.settle(note, Answer.OWN_EPISODE, factories.editor())
    assert states() == {("a/x.md", "current"), ("b/x.md", "second")}
    assert Episode.objects.count() == 1


# --- desk


def test_screen_shows_files_and_answers(second):
    page = signed_in(factories.editor()).get(reverse("admin:episodes_note_second", args=[second.pk]))
    body = page.content.decode()
    assert page["Cache-Control"] == "private, no-store" or "no-store" in page["Cache-Control"]
    assert "<del>pretensions</del>" in body
    assert "<ins>claims</ins>" in body
    assert [answer for answer in ("new-version", "own-episode", "discard") if f'value="{answer}"' in body] == [
        "new-version",
        "own-episode",
        "discard",
    ]


def test_finding_links_to_screen(second):
    finding = Finding.objects.get(code="second-file")
    page = signed_in(factories.editor()).get(reverse("admin:episodes_finding_change", args=[finding.pk]))
    assert reverse("admin:episodes_note_second", args=[second.pk]) in page.content.decode()


@pytest.mark.parametrize("answer", list(Answer))
def test_each_answer_has_its_effect(second, answer):
    address = reverse("admin:episodes_note_second", args=[second.pk])
    page = signed_in(factories.editor()).post(address, {"answer": answer}, follow=True)
    assert page.status_code == 200
    assert not Note.objects.filter(state="second").exists()


def test_user_without_permission_sees_no_buttons(second):
    client, address = signed_in(factories.publisher()), reverse("admin:episodes_note_second", args=[second.pk])
    assert 'name="answer"' not in client.get(address).content.decode()
    assert client.post(address, {"answer": "discard"}).status_code == 403


def test_unknown_answer_changes_nothing(second):
    address = reverse("admin:episodes_note_second", args=[second.pk])
    assert signed_in(factories.editor()).post(address, {"answer": "burn"}).status_code == 302
    assert Note.objects.get(pk=second.pk).state == "second"
