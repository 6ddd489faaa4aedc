"""Who may move what, and what stands in the way."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone, translation

from episodes import workflow
from episodes.models import Decision, Episode, Finding, Prediction, Quote, Section
from episodes.workflow import Refused, Summary, transition
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def claimed() -> Episode:
    episode = cast.episode(summary="In short.")
    Section.objects.create(episode=episode, text="Words.")
    transition(episode, "in_review", cast.editor())
    return episode


@pytest.fixture
def approved(claimed: Episode) -> Episode:
    transition(Summary(claimed), "accepted", cast.editor())
    transition(claimed.sections.get(), "accepted", cast.editor())
    transition(claimed, "approved", cast.editor())
    return claimed


def refusal(*args, **kwargs) -> list[str]:
    with pytest.raises(Refused) as caught:
        transition(*args, **kwargs)
    return caught.value.reasons


def test_an_episode_goes_from_draft_to_published_with_a_decision_each(approved):
    transition(approved, "published", cast.publisher())
    assert set(Episode.objects.public()) == {approved}
    steps = Decision.objects.filter(target_type__model="episode").order_by("pk")
    assert list(steps.values_list("field", "from_status", "to_status", "by__username")) == [
        ("", "draft", "in_review", "edith"),
        ("summary", "draft", "accepted", "edith"),
        ("", "in_review", "approved", "edith"),
        ("", "approved", "published", "paul"),
    ]


def test_html_is_stored_when_published_and_gone_when_withdrawn(approved):
    transition(approved, "published", cast.publisher())
    assert approved.sections.get().html == "<p>Words.</p>"
    transition(approved, "withdrawn", cast.publisher(), "The guest asked for it.")
    assert approved.sections.get().html == ""


def test_a_withdrawn_episode_is_a_tombstone_with_its_reason(approved):
    transition(approved, "published", cast.publisher())
    transition(approved, "withdrawn", cast.publisher(), "The guest asked for it.")
    assert set(Episode.objects.public()) == set()
    assert Episode.objects.tombstones().get().withdrawn_reason == "The guest asked for it."
    transition(approved, "draft", cast.publisher(), "Try again.")
    assert set(Episode.objects.tombstones()) == set()
    assert approved.published_at is None


def test_a_publication_in_the_future_is_public_only_then(approved):
    moment = timezone.now() + timedelta(days=1)
    transition(approved, "published", cast.publisher(), published_at=moment)
    assert set(Episode.objects.public()) == set()
    assert set(Episode.objects.public(at=moment)) == {approved}


def test_a_publication_is_never_dated_back(approved):
    long_ago = timezone.now() - timedelta(days=400)
    assert refusal(approved, "published", cast.publisher(), published_at=long_ago) == [
        "The moment of publication lies in the past. Leave it empty for now, or choose a later one."
    ]
    assert Episode.objects.get().status == "approved"


def test_a_form_that_took_a_minute_still_means_now(approved):
    before = timezone.now()
    transition(approved, "published", cast.publisher(), published_at=before - timedelta(minutes=1))
    assert approved.published_at >= before


@pytest.mark.parametrize("who", ["verifier", "publisher", "librarian"])
def test_only_an_editor_claims(who):
    episode = cast.episode()
    assert refusal(episode, "in_review", getattr(cast, who)()) == [f"{getattr(cast, who)().username} may not do this."]
    assert not Decision.objects.exists()


@pytest.mark.parametrize("who", ["editor", "verifier", "librarian"])
def test_only_a_publisher_publishes(approved, who):
    assert refusal(approved, "published", getattr(cast, who)()) == [f"{getattr(cast, who)().username} may not do this."]
    assert Episode.objects.get().status == "approved"


def test_what_another_holds_cannot_be_claimed_until_the_claim_lapses():
    episode = cast.episode()
    transition(episode, "in_review", cast.editor())
    Episode.objects.update(status="changes_requested")
    episode.refresh_from_db()
    assert refusal(episode, "in_review", cast.second_editor()) == ["edith holds this episode."]
    Episode.objects.update(claimed_at=timezone.now() - timedelta(hours=25))
    episode.refresh_from_db()
    transition(episode, "in_review", cast.second_editor())
    assert episode.claimed_by == cast.second_editor()


def test_an_approval_is_refused_with_everything_that_is_missing():
    episode = cast.episode(title="", source_url="", summary="In short.")
    Section.objects.create(episode=episode, text="Words.")
    Quote.objects.create(episode=episode, text="Said.", status="accepted")
    Prediction.objects.create(episode=episode, words="Will be.", status="draft")
    Finding.objects.create(episode=episode, code="x", severity="error", message="A fault.", origin="check")
    Finding.objects.create(
        episode=episode, code="y", severity="error", message="Gone.", origin="check", state="waived", fingerprint="y"
    )
    transition(episode, "in_review", cast.editor())
    assert refusal(episode, "approved", cast.editor()) == [
        "The title is missing.",
        "The source is missing.",
        "The summary is not decided.",
        "Not decided: 1 × section.",
        "Not decided: 1 × prediction.",
        "Accepted without a known speaker: 1 × quote.",
        "Open: A fault.",
    ]


@pytest.mark.parametrize(
    ("status", "to"),
    [("draft", "approved"), ("draft", "published"), ("in_review", "published"), ("draft", "withdrawn"),
     ("published", "draft"), ("published", "in_review"), ("draft", "evergreen"), ("draft", "nonsense")],
)  # fmt: skip
def test_what_the_table_does_not_have_is_refused(status, to):
    episode = cast.episode(status=status, published_at=timezone.now())
    user = cast.person("root", is_superuser=True)
    assert refusal(episode, to, user, "why") == [f"An episode that is {status} cannot become {to}."]


def test_a_withdrawal_needs_a_reason():
    episode = cast.public_episode()
    assert refusal(episode, "withdrawn", cast.publisher(), "  ") == ["A reason is needed."]


def test_an_edit_takes_the_approval_back(approved):
    workflow.edited(approved, cast.editor())
    assert (approved.status, approved.approved_version, approved.version) == ("in_review", None, 2)


def test_a_decision_on_an_item_takes_the_approval_back(approved):
    section = approved.sections.get()
    section.episode = approved
    transition(section, "rejected", cast.editor(), "trivial")
    assert approved.status == "in_review"


def test_a_public_episode_is_not_edited_in_place():
    with pytest.raises(Refused) as caught:
        workflow.edited(cast.public_episode(), cast.editor())
    assert caught.value.reasons == ["A published episode is not edited in place."]


def test_what_was_approved_is_published_and_nothing_newer(approved):
    Episode.objects.update(version=7)
    approved.refresh_from_db()
    assert refusal(approved, "published", cast.publisher()) == ["It was changed after its approval."]


def test_the_slower_of_two_is_refused(claimed):
    section = claimed.sections.get()
    stale = Section.objects.get()
    transition(section, "accepted", cast.editor())
    assert refusal(stale, "rejected", cast.editor(), "trivial") == [
        "Somebody else has changed this meanwhile. Nothing was saved."
    ]
    assert Section.objects.get().status == "accepted"
    assert Decision.objects.filter(target_type__model="section").count() == 1


def test_a_rejection_needs_a_known_code(claimed):
    section = claimed.sections.get()
    assert refusal(section, "rejected", cast.editor(), "I do not like it")[0].startswith("A rejection needs one of")
    transition(section, "rejected", cast.editor(), "trivial")
    assert (section.status, section.reject_code) == ("rejected", "trivial")


def test_a_decision_can_be_undone_and_both_are_kept(claimed):
    section = claimed.sections.get()
    transition(section, "accepted", cast.editor())
    transition(section, "draft", cast.editor())
    assert (section.status, section.accepted_by) == ("draft", None)
    assert Decision.objects.filter(target_type__model="section").count() == 2


def test_items_are_decided_by_the_holder_of_the_claim(claimed):
    section = claimed.sections.get()
    assert refusal(section, "accepted", cast.second_editor()) == ["edith holds this episode."]
