"""Teams of one: self-verification where the site allows it, and approve_and_publish()."""

from datetime import timedelta

import pytest
from django.utils import timezone

from episodes import workflow
from episodes.models import Episode, Prediction, Section, Takeaway
from episodes.workflow import Summary, approve_and_publish, transition
from tests import factories
from tests.episodes.workflow.steps import refusal, refused, reloaded, reword, sharing_episode, steps_since

pytestmark = pytest.mark.django_db
NOT_ALONE = "It must be double-checked by someone other than the person who accepted it."
TOO_SOON = "You accepted this less than 24 hours ago. Double-check it tomorrow."
NOT_ITS_AUTHOR = "A prediction must be judged by someone other than the author of its criteria."
RESOLVED_TOO_SOON = "You wrote the criteria less than 24 hours ago. Judge the prediction tomorrow."
HOURS_23, DAY = timedelta(hours=23, minutes=59), timedelta(hours=24)


def solo():
    return factories.person("solo", "Editor", "Verifier", "Publisher")


def takeaway(ago: timedelta) -> Takeaway:
    accepted = {"status": "accepted", "accepted_by": solo(), "accepted_at": timezone.now() - ago}
    return Takeaway.objects.create(episode=factories.public_episode(), text="t", **accepted)


def summary(ago: timedelta) -> Summary:
    accepted = {"status": "accepted", "accepted_by": solo(), "accepted_at": timezone.now() - ago}
    fields = {f"summary_{name}": value for name, value in accepted.items()}
    return Summary(factories.public_episode(summary="s", **fields))


@pytest.mark.parametrize("make", [takeaway, summary])
def test_self_verification_needs_setting(settings, make):
    assert settings.GREENROOM_SELF_VERIFY is False
    assert refusal(make(10 * DAY), "evergreen", solo()) == [NOT_ALONE]


@pytest.mark.parametrize("make", [takeaway, summary])
def test_self_verification_is_allowed_after_day(settings, make):
    settings.GREENROOM_SELF_VERIFY = True
    assert refusal(make(HOURS_23), "evergreen", solo()) == [TOO_SOON]
    transition(make(DAY), "evergreen", solo())


def test_self_verified_cleared_by_second_user(settings):
    settings.GREENROOM_SELF_VERIFY = True
    item, words = takeaway(DAY), summary(DAY)
    transition(item, "evergreen", solo())
    transition(words, "evergreen", solo())
    assert (reloaded(item).self_verified, reloaded(words.episode).summary_self_verified) == (True, True)
    transition(item, "accepted", solo())
    assert reloaded(item).self_verified is False
    transition(item, "evergreen", factories.verifier())
    assert (reloaded(item).self_verified, reloaded(item).verified_by) == (False, factories.verifier())


def test_new_acceptance_restarts_delay(settings):
    settings.GREENROOM_SELF_VERIFY = True
    item = takeaway(DAY)
    transition(item, "draft", solo())
    transition(item, "accepted", solo())
    assert refusal(item, "evergreen", solo()) == [TOO_SOON]


def test_self_verified_episode_becomes_evergreen(settings):
    settings.GREENROOM_SELF_VERIFY = True
    episode = factories.public_episode()
    old = {"accepted_by": solo(), "accepted_at": timezone.now() - DAY}
    Section.objects.update(**old)
    transition(*sharing_episode(episode, episode.sections.all()), "evergreen", solo())
    transition(episode, "evergreen", solo(), recheck_on=timezone.localdate() + DAY)
    assert reloaded(episode).status == "evergreen"


# --- predictions


def prediction(ago: timedelta) -> Prediction:
    written = {"criteria": "c", "criteria_by": solo(), "criteria_at": timezone.now() - ago, "due_on": "2020-01-01"}
    return reloaded(factories.prediction(factories.episode(), **written))


def resolve(row: Prediction, by) -> None:
    workflow.resolve(row, "true", by, evidence="e")


def test_self_resolution_needs_setting():
    assert refused(resolve, prediction(10 * DAY), solo()) == [NOT_ITS_AUTHOR]
    row = prediction(10 * DAY)
    resolve(row, factories.editor())
    assert (reloaded(row).outcome, reloaded(row).resolved_by, reloaded(row).self_resolved) == (
        "true",
        factories.editor(),
        False,
    )


def test_outcome_cannot_be_edited():
    row = factories.prediction(factories.episode())
    assert refused(lambda: reword(row, solo(), criteria="c", outcome="true")) == [
        "The outcome of a prediction is not edited as text: judge the prediction."
    ]


@pytest.mark.parametrize("alone", [False, True])
def test_criteria_are_locked_once_resolved(settings, alone):
    settings.GREENROOM_SELF_VERIFY = alone
    row = prediction(10 * DAY)
    resolve(row, factories.editor())
    for who in (factories.editor(), factories.second_editor(), solo()):
        assert refused(lambda who=who: reword(reloaded(row), who, criteria="Easier.")) == [
            "The prediction was judged by these criteria. Take back the outcome before you change them."
        ]


def test_self_resolution_is_allowed_after_day(settings):
    settings.GREENROOM_SELF_VERIFY = True
    assert refused(resolve, prediction(HOURS_23), solo()) == [RESOLVED_TOO_SOON]
    row = prediction(DAY)
    resolve(row, solo())
    assert (reloaded(row).resolved_by, reloaded(row).self_resolved) == (solo(), True)
    workflow.unresolve(row, solo())
    assert (reloaded(row).resolved_by, reloaded(row).self_resolved) == (None, False)


# --- approve_and_publish()


def test_approve_and_publish_is_one_act():
    episode = factories.episode()
    made = approve_and_publish(episode, solo())
    assert steps_since() == [
        ("episode", "", "draft", "in_review", "solo"),
        ("episode", "", "in_review", "approved", "solo"),
        ("episode", "", "approved", "published", "solo"),
    ]
    assert len({decision.act for decision in made}) == 1
    assert set(Episode.objects.public()) == {episode}


def test_own_claim_is_not_repeated(claimed):
    Episode.objects.update(summary="")
    claimed.sections.all().delete()
    held = reloaded(claimed)
    Episode.objects.update(claimed_by=solo())
    held.refresh_from_db()
    assert len(approve_and_publish(held, solo())) == 2


def test_publication_date_can_be_given():
    moment = timezone.now() + DAY
    approve_and_publish(factories.episode(), solo(), published_at=moment)
    assert Episode.objects.get().published_at == moment


def test_unmet_precondition_restores_instance():
    episode = factories.episode(title="", summary="s")
    assert refused(approve_and_publish, episode, solo()) == [
        "The title is missing.",
        "The summary is not reviewed yet.",
    ]
    assert (episode.status, episode.claimed_by, episode.claimed_at) == ("draft", None, None)
    episode = factories.episode()
    yesterday = timezone.now() - DAY
    assert len(refused(approve_and_publish, episode, solo(), published_at=yesterday)) == 1
    assert (episode.status, episode.approved_version) == ("draft", None)


@pytest.mark.parametrize(
    ("groups", "told"),
    [
        (["Editor"], "them does not have permission to do this."),
        (["Publisher"], "them does not have permission to do this."),
        ([], "them does not have permission to do this."),
    ],
)
def test_missing_permission_refuses_all_steps(groups, told):
    assert refused(approve_and_publish, factories.episode(), factories.person("them", *groups)) == [told]


def test_claim_of_another_is_refused(claimed):
    assert refused(approve_and_publish, claimed, solo()) == ["edith is reviewing this episode."]


@pytest.mark.parametrize("status", ["approved", "published", "evergreen", "withdrawn"])
def test_later_statuses_are_refused(status):
    episode = factories.episode(status=status, approved_version=1, published_at=timezone.now())
    label = episode.get_status_display()
    assert refused(approve_and_publish, episode, solo()) == [f"An episode cannot change from “{label}” to “in review”."]
