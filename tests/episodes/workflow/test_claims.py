"""Claims: holder, duration and release."""

from datetime import timedelta

import pytest
from django.utils import timezone

from episodes.models import Episode
from episodes.workflow import CLAIM_LAPSES_AFTER, Summary, holder, release, transition, undo, works_alone
from tests import factories
from tests.episodes.workflow.steps import refusal, refused, reloaded, reword, sharing_episode, steps_since

pytestmark = pytest.mark.django_db
DAY = timedelta(hours=24)


def age(episode: Episode, by: timedelta) -> Episode:
    """Set the time of the claim back by this much."""
    Episode.objects.filter(pk=episode.pk).update(claimed_at=timezone.now() - by)
    return reloaded(episode)


def test_claim_lapses_after_day_without_activity(claimed):
    assert CLAIM_LAPSES_AFTER == DAY
    assert holder(age(claimed, DAY - timedelta(minutes=1))) == factories.editor()
    assert holder(age(claimed, DAY)) is None


@pytest.mark.parametrize("status", ["draft", "changes_requested", "in_review"])
def test_claim_of_another_is_refused_until_lapsed(status):
    held = {"claimed_by": factories.editor(), "claimed_at": timezone.now()}
    episode = factories.episode(status=status, **held)
    assert refusal(episode, "in_review", factories.second_editor()) == ["edith is reviewing this episode."]
    transition(age(episode, DAY), "in_review", factories.second_editor())
    assert holder(reloaded(episode)) == factories.second_editor()


def test_lapsed_claim_does_not_allow_decisions(claimed):
    old = age(claimed, DAY)
    (section,) = sharing_episode(old, old.sections.all())
    assert refusal(section, "accepted", factories.editor()) == ["This episode is unassigned. Start the review first."]
    transition(old, "in_review", factories.editor())
    transition(section, "accepted", factories.editor())
    assert reloaded(section).status == "accepted"


def decide(episode):
    transition(*sharing_episode(episode, episode.sections.all()), "accepted", factories.editor())


def decide_summary(episode):
    transition(Summary(episode), "accepted", factories.editor())


def write(episode):
    reword(episode, factories.editor(), title="Another")


def settle(episode):
    episode.findings.create(code="x", severity="info", message="m", origin="check")
    transition(episode.findings.get(), "resolved", factories.editor())


@pytest.mark.parametrize("act", [decide, decide_summary, write, settle])
def test_activity_of_holder_extends_claim(claimed, act):
    old = age(claimed, timedelta(hours=23))
    before = timezone.now()
    act(old)
    assert reloaded(claimed).claimed_at >= before
    assert (holder(reloaded(claimed)), old.claimed_by) == (factories.editor(), factories.editor())


def test_activity_of_others_does_not_extend_claim(claimed):
    old = age(claimed, timedelta(hours=23))
    old.findings.create(code="x", severity="info", message="m", origin="check")
    transition(old.findings.get(), "resolved", factories.verifier())
    assert reloaded(claimed).claimed_at == old.claimed_at


def test_frequent_decisions_write_claim_once(claimed):
    at = reloaded(claimed).claimed_at
    decide(claimed)
    decide_summary(claimed)
    assert reloaded(claimed).claimed_at == at


def test_holder_releases_claim(claimed):
    assert refused(release, claimed, factories.second_editor()) == ["edith is reviewing this episode."]
    assert refused(release, claimed, factories.verifier()) == ["edith is reviewing this episode."]
    decide(claimed)
    before = len(steps_since())
    release(claimed, factories.editor())
    assert (holder(reloaded(claimed)), reloaded(claimed).status) == (None, "in_review")
    assert steps_since()[before:] == [("episode", "", "in_review", "in_review", "edith")]
    assert refused(release, claimed, factories.editor()) == ["This episode is unassigned."]
    transition(claimed, "in_review", factories.second_editor())


@pytest.mark.parametrize("status", ["draft", "changes_requested"])
def test_release_of_untouched_episode_restores_status(status):
    episode = factories.episode(status=status)
    for _ in range(2):
        transition(episode, "in_review", factories.editor())
        release(episode, factories.editor())
        assert (reloaded(episode).status, reloaded(episode).claimed_by, reloaded(episode).claimed_at) == (
            status,
            None,
            None,
        )


@pytest.mark.parametrize("act", [decide, decide_summary, write, settle])
def test_release_after_work_keeps_in_review(claimed, act):
    act(claimed)
    release(claimed, factories.editor())
    assert reloaded(claimed).status == "in_review"


@pytest.mark.parametrize("act", [decide, decide_summary, write, settle])
def test_release_after_undone_work_makes_draft(claimed, act):
    act(claimed)
    undo(reloaded(claimed), factories.editor())
    assert (reloaded(claimed).status, reloaded(claimed).claimed_by) == ("in_review", factories.editor())
    release(reloaded(claimed), factories.publisher())
    assert (reloaded(claimed).status, reloaded(claimed).claimed_by) == ("draft", None)


def test_release_after_revoked_approval_keeps_in_review(approved):
    write(approved)
    undo(reloaded(approved), factories.editor())
    release(reloaded(approved), factories.editor())
    assert reloaded(approved).status == "in_review"


def test_release_of_reclaimed_work_keeps_in_review(claimed):
    decide(claimed)
    release(claimed, factories.editor())
    transition(claimed, "in_review", factories.second_editor())
    release(claimed, factories.second_editor())
    assert reloaded(claimed).status == "in_review"


def test_publisher_releases_claim_of_another(claimed):
    release(claimed, factories.publisher(), "On holiday.")
    assert (holder(reloaded(claimed)), claimed.decisions.first().reason) == (None, "On holiday.")


def test_release_of_lapsed_claim_is_refused(claimed):
    assert refused(release, age(claimed, DAY), factories.editor()) == ["This episode is unassigned."]


def test_approval_and_change_request_end_claim(approved):
    assert holder(reloaded(approved)) is None
    episode = factories.episode(status="in_review", claimed_by=factories.editor(), claimed_at=timezone.now())
    transition(episode, "changes_requested", factories.verifier(), findings=[{"field": "title", "message": "m"}])
    assert holder(reloaded(episode)) is None


def test_works_alone_with_one_active_staff_user(django_user_model):
    factories.editor()
    assert works_alone()
    django_user_model.objects.create_user("reader")
    factories.person("gone", is_active=False)
    assert works_alone()
    factories.verifier()
    assert not works_alone()
