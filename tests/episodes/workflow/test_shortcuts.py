"""A team of one: verifying alone where the site allows it, and one button instead of three."""

from datetime import timedelta

import pytest
from django.utils import timezone

from episodes import workflow
from episodes.models import Episode, Prediction, Section, Takeaway
from episodes.workflow import Summary, approve_and_publish, transition
from tests import factories
from tests.episodes.workflow.steps import again, refusal, refused, reword, steps_since, within

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
def test_nobody_verifies_alone_unless_the_site_allows_it(settings, make):
    assert settings.GREENROOM_SELF_VERIFY is False
    assert refusal(make(10 * DAY), "evergreen", solo()) == [NOT_ALONE]


@pytest.mark.parametrize("make", [takeaway, summary])
def test_alone_it_is_verified_after_a_day(settings, make):
    settings.GREENROOM_SELF_VERIFY = True
    assert refusal(make(HOURS_23), "evergreen", solo()) == [TOO_SOON]
    transition(make(DAY), "evergreen", solo())


def test_what_was_verified_alone_says_so_until_somebody_else_verifies_it(settings):
    settings.GREENROOM_SELF_VERIFY = True
    item, words = takeaway(DAY), summary(DAY)
    transition(item, "evergreen", solo())
    transition(words, "evergreen", solo())
    assert (again(item).self_verified, again(words.episode).summary_self_verified) == (True, True)
    transition(item, "accepted", solo())
    assert again(item).self_verified is False
    transition(item, "evergreen", factories.verifier())
    assert (again(item).self_verified, again(item).verified_by) == (False, factories.verifier())


def test_who_accepts_it_again_waits_again(settings):
    settings.GREENROOM_SELF_VERIFY = True
    item = takeaway(DAY)
    transition(item, "draft", solo())
    transition(item, "accepted", solo())
    assert refusal(item, "evergreen", solo()) == [TOO_SOON]


def test_an_episode_grows_evergreen_with_what_was_verified_alone(settings):
    settings.GREENROOM_SELF_VERIFY = True
    episode = factories.public_episode()
    old = {"accepted_by": solo(), "accepted_at": timezone.now() - DAY}
    Section.objects.update(**old)
    transition(*within(episode, episode.sections.all()), "evergreen", solo())
    transition(episode, "evergreen", solo(), recheck_on=timezone.localdate() + DAY)
    assert again(episode).status == "evergreen"


# --- predictions


def prediction(ago: timedelta) -> Prediction:
    written = {"criteria": "c", "criteria_by": solo(), "criteria_at": timezone.now() - ago, "due_on": "2020-01-01"}
    return again(factories.prediction(factories.episode(), **written))


def resolve(row: Prediction, by) -> None:
    workflow.resolve(row, "true", by, evidence="e")


def test_who_resolves_a_prediction_is_not_who_wrote_its_criteria():
    assert refused(resolve, prediction(10 * DAY), solo()) == [NOT_ITS_AUTHOR]
    row = prediction(10 * DAY)
    resolve(row, factories.editor())
    assert (again(row).outcome, again(row).resolved_by, again(row).self_resolved) == ("true", factories.editor(), False)


def test_an_outcome_is_not_written_as_words():
    row = factories.prediction(factories.episode())
    assert refused(lambda: reword(row, solo(), criteria="c", outcome="true")) == [
        "The outcome of a prediction is not edited as text: judge the prediction."
    ]


@pytest.mark.parametrize("alone", [False, True])
def test_nobody_writes_other_criteria_once_it_is_resolved(settings, alone):
    settings.GREENROOM_SELF_VERIFY = alone
    row = prediction(10 * DAY)
    resolve(row, factories.editor())
    for who in (factories.editor(), factories.second_editor(), solo()):
        assert refused(lambda who=who: reword(again(row), who, criteria="Easier.")) == [
            "The prediction was judged by these criteria. Take back the outcome before you change them."
        ]


def test_alone_it_is_resolved_after_a_day(settings):
    settings.GREENROOM_SELF_VERIFY = True
    assert refused(resolve, prediction(HOURS_23), solo()) == [RESOLVED_TOO_SOON]
    row = prediction(DAY)
    resolve(row, solo())
    assert (again(row).resolved_by, again(row).self_resolved) == (solo(), True)
    workflow.unresolve(row, solo())
    assert (again(row).resolved_by, again(row).self_resolved) == (None, False)


# --- one button


def test_one_button_writes_three_decisions_in_one_act():
    episode = factories.episode()
    made = approve_and_publish(episode, solo())
    assert steps_since() == [
        ("episode", "", "draft", "in_review", "solo"),
        ("episode", "", "in_review", "approved", "solo"),
        ("episode", "", "approved", "published", "solo"),
    ]
    assert len({decision.act for decision in made}) == 1
    assert set(Episode.objects.public()) == {episode}


def test_what_one_holds_already_is_not_claimed_again(claimed):
    Episode.objects.update(summary="")
    claimed.sections.all().delete()
    held = again(claimed)
    Episode.objects.update(claimed_by=solo())
    held.refresh_from_db()
    assert len(approve_and_publish(held, solo())) == 2


def test_the_moment_can_be_chosen():
    moment = timezone.now() + DAY
    approve_and_publish(factories.episode(), solo(), published_at=moment)
    assert Episode.objects.get().published_at == moment


def test_all_rules_hold_and_the_object_says_what_is_stored():
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
def test_who_may_not_all_of_it_may_nothing(groups, told):
    assert refused(approve_and_publish, factories.episode(), factories.person("them", *groups)) == [told]


def test_what_somebody_else_holds_is_not_published_over_them(claimed):
    assert refused(approve_and_publish, claimed, solo()) == ["edith is reviewing this episode."]


@pytest.mark.parametrize("status", ["approved", "published", "evergreen", "withdrawn"])
def test_what_is_further_on_is_not_claimed_for_it(status):
    episode = factories.episode(status=status, approved_version=1, published_at=timezone.now())
    label = episode.get_status_display()
    assert refused(approve_and_publish, episode, solo()) == [f"An episode cannot change from “{label}” to “in review”."]
