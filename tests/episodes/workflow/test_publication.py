"""Preconditions of publication, withdrawal and reopening, and what visitors see."""

from datetime import timedelta

import pytest
from django.utils import timezone

from episodes.models import Decision, Episode, Finding, Snapshot
from episodes.rendering.page import stamped
from episodes.workflow import transition
from tests import factories
from tests.episodes.workflow.steps import refusal, reloaded, reword, steps_since, stored

pytestmark = pytest.mark.django_db
CHANGED = "The text was changed after its approval."
WORKING_COPY = "A draft of changes is not published as an episode: publish its changes."
PAST = "The publication time is in the past. Leave it empty to publish now, or choose a later time."


def test_each_transition_writes_decision(published):
    assert set(Episode.objects.public()) == {published}
    assert steps_since() == [
        ("episode", "", "draft", "in_review", "edith"),
        ("episode", "summary", "draft", "accepted", "edith"),
        ("section", "", "draft", "accepted", "edith"),
        ("episode", "", "in_review", "approved", "edith"),
        ("episode", "", "approved", "published", "paul"),
    ]


def test_publication_of_changed_approval_is_refused(approved):
    Episode.objects.update(version=7)
    assert refusal(reloaded(approved), "published", factories.publisher()) == [CHANGED]


def test_publication_of_working_copy_is_refused(approved):
    Episode.objects.filter(pk=approved.pk).update(revises=factories.public_episode())
    assert refusal(reloaded(approved), "published", factories.publisher()) == [WORKING_COPY]


def test_adoption_of_working_copy_is_refused():
    copy = factories.episode(revises=factories.public_episode())
    assert refusal(copy, "published", factories.publisher(), "Mine.", adopts=True) == [
        "A draft of changes cannot be published directly."
    ]


def test_publication_in_past_is_refused(approved):
    long_ago = timezone.now() - timedelta(days=400)
    assert refusal(approved, "published", factories.publisher(), published_at=long_ago) == [PAST]
    assert refusal(
        approved, "published", factories.publisher(), published_at=timezone.now() - timedelta(minutes=3)
    ) == [PAST]


def test_publication_with_open_error_is_refused(approved):
    Finding.objects.create(episode=approved, code="x", severity="error", message="A fault.", origin="import")
    assert refusal(approved, "published", factories.publisher()) == ["Open error: A fault."]


def test_publication_lists_all_unmet_preconditions(approved):
    Finding.objects.create(episode=approved, code="x", severity="error", message="A fault.", origin="import")
    Episode.objects.filter(pk=approved.pk).update(version=7, revises=factories.public_episode())
    yesterday = timezone.now() - timedelta(days=1)
    assert refusal(reloaded(approved), "published", factories.publisher(), published_at=yesterday) == [
        CHANGED, WORKING_COPY, PAST, "Open error: A fault.",
    ]  # fmt: skip


def test_publication_minute_ago_means_now(approved):
    before = timezone.now()
    transition(approved, "published", factories.publisher(), published_at=before - timedelta(minutes=1))
    assert before <= reloaded(approved).published_at <= timezone.now()


def test_scheduled_publication_is_public_later(approved):
    moment = timezone.now() + timedelta(days=1)
    transition(approved, "published", factories.publisher(), published_at=moment)
    assert set(Episode.objects.public()) == set()
    assert set(Episode.objects.public(at=moment)) == {approved}


def test_html_is_stored_while_public(published):
    assert published.sections.get().html == stamped("<p>Words.</p>")
    transition(published, "withdrawn", factories.publisher(), "The guest asked for it.")
    assert published.sections.get().html == ""


def test_every_publication_takes_snapshot(published):
    transition(published, "withdrawn", factories.publisher(), "The guest asked for it.")
    transition(published, "draft", factories.publisher(), "Try again.")
    transition(published, "in_review", factories.editor())
    reword(published, factories.editor(), title="Another")
    transition(published, "approved", factories.editor())
    transition(published, "published", factories.publisher())
    kept = [
        (row.number, row.by.username, row.content["episode"]["title"]) for row in Snapshot.objects.order_by("number")
    ]
    assert kept == [(1, "paul", kept[0][2]), (2, "paul", "Another")]
    assert kept[0][2] != "Another"


# --- withdrawal and reopening


@pytest.mark.parametrize("status", ["published", "evergreen"])
def test_withdrawal_without_reason_is_refused(status):
    episode = factories.public_episode(status=status)
    assert refusal(episode, "withdrawn", factories.publisher(), "  ") == ["Enter a reason."]
    transition(episode, "withdrawn", factories.publisher(), " The guest asked. ")
    assert (reloaded(episode).withdrawn_reason, reloaded(episode).recheck_on) == ("The guest asked.", None)


def test_return_to_draft_without_reason_is_refused(published):
    transition(published, "withdrawn", factories.publisher(), "The guest asked.")
    assert refusal(published, "draft", factories.publisher(), "\n") == ["Enter a reason."]


def test_withdrawn_episode_is_tombstone_with_reason(published):
    transition(published, "withdrawn", factories.publisher(), "The guest asked for it.")
    assert set(Episode.objects.public()) == set()
    assert Episode.objects.tombstones().get().withdrawn_reason == "The guest asked for it."
    transition(published, "draft", factories.publisher(), "Try again.")
    assert set(Episode.objects.tombstones()) == set()
    reopened = reloaded(published)
    assert (reopened.published_at, reopened.approved_version, reopened.withdrawn_reason, reopened.claimed_by) == (
        None, None, "", None,
    )  # fmt: skip


def test_withdrawal_before_publication_leaves_no_tombstone(approved):
    transition(approved, "published", factories.publisher(), published_at=timezone.now() + timedelta(days=1))
    transition(approved, "withdrawn", factories.publisher(), "Not yet.")
    assert set(Episode.objects.tombstones()) == set()
    Episode.objects.get(status="withdrawn", published_at=None)


# --- adoption


def test_adoption_needs_reason_and_past_date():
    episode, tomorrow = factories.episode(), timezone.now() + timedelta(days=1)
    assert refusal(episode, "published", factories.publisher(), adopts=True, published_at=tomorrow) == [
        "Enter a reason.",
        "An episode published directly was public before: its publication time cannot be in the future.",
    ]


def test_adoption_keeps_given_date():
    episode, long_ago = factories.episode(summary="Undecided."), timezone.now() - timedelta(days=400)
    transition(episode, "published", factories.publisher(), "Moved in.", adopts=True, published_at=long_ago)
    assert set(Episode.objects.public().filter(adopted=True, published_at=long_ago)) == {episode}


def test_publication_of_draft_needs_adopts_flag():
    assert refusal(factories.episode(), "published", factories.publisher(), "Moved in.") == [
        "An episode cannot change from “draft” to “published”."
    ]


def test_withdrawal_and_reopening_clear_adopted():
    episode = factories.public_episode(adopted=True)
    transition(episode, "withdrawn", factories.publisher(), "Wrong.")
    transition(episode, "draft", factories.publisher(), "To be reviewed.")
    assert not reloaded(episode).adopted


def test_failed_publication_is_rolled_back(approved, monkeypatch):
    before = stored()

    def breaks(*args, **options):
        raise RuntimeError

    monkeypatch.setattr("episodes.workflow.snapshots.take_snapshot", breaks)
    with pytest.raises(RuntimeError):
        transition(approved, "published", factories.publisher())
    assert stored() == before
    assert Decision.objects.filter(to_status="published").count() == 0
