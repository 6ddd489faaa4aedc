"""Sections, items and the summary are accepted, rejected and verified one by one."""

import pytest

from episodes.bases.reviewable import RejectCode
from episodes.models import (
    REVIEWED,
    Chapter,
    Decision,
    Episode,
    Mention,
    Observation,
    Prediction,
    Quote,
    Section,
    Takeaway,
)
from episodes.rendering.page import stamped
from episodes.workflow import Summary, transition
from tests import factories
from tests.episodes.workflow.steps import again, refusal, steps_since, within

pytestmark = pytest.mark.django_db
CODES = (
    "A rejection needs one of these reasons: not said, wrong speaker, wrong time, duplicate, out of context, trivial, "
    "wrong type, private."
)
WORDS = {
    Section: {"text": "w"},
    Chapter: {"title": "w"},
    Quote: {"text": "w"},
    Prediction: {"words": "w"},
    Observation: {"kind": "tell", "detail": "w"},
    Takeaway: {"text": "w"},
    Mention: {},
}


def make(model, episode, **fields):
    more = {"entity": factories.entity()} if model is Mention else {}
    return model.objects.create(episode=episode, **WORDS[model], **more, **fields)


def columns(row, prefix=""):
    names = ("status", "accepted_by", "verified_by", "self_verified", "reject_code")
    return tuple(getattr(row, prefix + name) for name in names)


def test_these_are_decided_one_by_one():
    assert set(REVIEWED) == set(WORDS)


@pytest.mark.parametrize("model", REVIEWED)
def test_every_kind_is_decided_with_who_and_why(claimed, model):
    item, edith = make(model, claimed), factories.editor()
    transition(item, "accepted", edith)
    assert (columns(again(item)), again(item).accepted_at is not None) == (("accepted", edith, None, False, ""), True)
    transition(item, "rejected", edith, "not_said")
    assert (columns(again(item)), again(item).accepted_at) == (("rejected", None, None, False, "not_said"), None)
    transition(item, "draft", edith)
    assert columns(again(item)) == ("draft", None, None, False, "")
    told = Decision.objects.filter(target_type__model=model._meta.model_name).order_by("pk")
    assert list(told.values_list("from_status", "to_status", "reason", "version", "episode")) == [
        ("draft", "accepted", "", 1, claimed.pk),
        ("accepted", "rejected", "not_said", 1, claimed.pk),
        ("rejected", "draft", "", 1, claimed.pk),
    ]


def test_the_summary_is_decided_like_a_section(claimed):
    edith = factories.editor()
    transition(Summary(claimed), "accepted", edith)
    assert columns(again(claimed), "summary_") == ("accepted", edith, None, False, "")
    transition(Summary(claimed), "rejected", edith, "trivial")
    assert columns(again(claimed), "summary_") == ("rejected", None, None, False, "trivial")
    assert (again(claimed).shown_summary, again(claimed).status) == ("", "in_review")
    assert refusal(Summary(claimed), "evergreen", factories.verifier()) == [
        "The status cannot change from “rejected” to “double-checked”."
    ]


@pytest.mark.parametrize("code", ["", "I do not like it", "Trivial"])
def test_a_rejection_needs_a_known_code(claimed, code):
    (section,) = within(claimed, claimed.sections.all())
    assert refusal(section, "rejected", factories.editor(), code) == [CODES]
    assert refusal(Summary(claimed), "rejected", factories.editor(), code) == [CODES]


@pytest.mark.parametrize("code", RejectCode.values)
def test_every_code_rejects(claimed, code):
    (section,) = within(claimed, claimed.sections.all())
    transition(section, "rejected", factories.editor(), code)
    assert again(section).reject_code == code


def test_who_may_not_decide_is_told_so(claimed):
    (section,) = within(claimed, claimed.sections.all())
    for by in (factories.verifier(), factories.publisher(), factories.librarian()):
        assert refusal(section, "accepted", by) == [f"{by.username} does not have permission to do this."]
        assert refusal(Summary(claimed), "accepted", by) == [f"{by.username} does not have permission to do this."]


def test_what_the_table_does_not_have_is_refused(claimed):
    (section,) = within(claimed, claimed.sections.all())
    assert refusal(section, "evergreen", factories.verifier()) == [
        "The status cannot change from “draft” to “double-checked”."
    ]
    assert refusal(section, "nonsense", factories.editor()) == ["The status cannot change from “draft” to “nonsense”."]


def test_items_are_decided_by_the_holder_of_the_claim(claimed):
    (section,) = within(claimed, claimed.sections.all())
    assert refusal(section, "accepted", factories.second_editor()) == ["edith is reviewing this episode."]
    assert refusal(Summary(claimed), "accepted", factories.second_editor()) == ["edith is reviewing this episode."]


@pytest.mark.parametrize("status", ["draft", "changes_requested", "in_review"])
def test_what_nobody_holds_is_claimed_first(status):
    item = make(Quote, factories.episode(status=status))
    assert refusal(item, "accepted", factories.editor()) == ["This episode is unassigned. Start the review first."]


def test_what_is_withdrawn_is_not_decided_upon(published):
    transition(published, "withdrawn", factories.publisher(), "Wrong.")
    (section,) = within(published, published.sections.all())
    assert refusal(section, "rejected", factories.editor(), "private") == [
        "The episode is withdrawn. Send it back to draft first."
    ]


# --- in a public episode


def test_any_editor_decides_in_a_public_episode_and_visitors_see_it_at_once(published):
    quote = make(Quote, published, speaker=factories.speaker())
    before = again(published).changed_at
    transition(quote, "accepted", factories.second_editor())
    assert set(Quote.objects.public()) == {quote}
    assert (again(published).status, again(published).changed_at > before) == ("published", True)
    transition(quote, "rejected", factories.editor(), "private")
    assert set(Quote.objects.public()) == set()


def test_html_follows_a_decision_on_a_section(published):
    (section,) = within(published, published.sections.all())
    transition(section, "rejected", factories.editor(), "private")
    Section.objects.update(html="")
    section.refresh_from_db(fields=["html"])
    transition(section, "accepted", factories.editor())
    assert again(section).html == stamped("<p>Words.</p>")


@pytest.mark.parametrize("model", [Quote, Prediction])
def test_in_a_public_episode_it_is_known_first_who_says_it(published, model):
    item = make(model, published)
    assert refusal(item, "accepted", factories.editor()) == [
        "The speaker is unknown. In a published episode, set the speaker first."
    ]
    transition(item, "rejected", factories.editor(), "wrong_speaker")


def test_before_publication_it_may_be_accepted_without_a_speaker(claimed):
    transition(make(Quote, claimed), "accepted", factories.editor())


# --- verified


def test_it_is_verified_by_somebody_other_than_who_accepted_it(published):
    both = factories.person("berta", "Editor", "Verifier")
    item = make(Takeaway, published)
    transition(item, "accepted", both)
    assert refusal(item, "evergreen", both) == [
        "It must be double-checked by someone other than the person who accepted it."
    ]
    transition(item, "evergreen", factories.verifier())
    assert columns(again(item)) == ("evergreen", both, factories.verifier(), False, "")


def test_what_nobody_in_particular_accepted_may_be_verified_by_all():
    item = make(Takeaway, factories.public_episode(), status="accepted")
    transition(item, "evergreen", factories.verifier())
    assert columns(again(item)) == ("evergreen", None, factories.verifier(), False, "")


def test_a_verification_is_taken_back_to_what_was_accepted_before(published):
    item = make(Takeaway, published)
    transition(item, "accepted", factories.editor())
    transition(item, "evergreen", factories.verifier())
    transition(item, "accepted", factories.second_editor())
    assert columns(again(item)) == ("accepted", factories.editor(), None, False, "")
    assert again(item).verified_at is None


def test_speakers_and_entities_are_decided_by_any_editor_and_their_pages_are_new():
    episode = factories.public_episode()
    speaker = factories.speaker()
    factories.appearance(episode, speaker)
    transition(speaker, "accepted", factories.editor())
    assert Episode.objects.get().changed_at > episode.changed_at
    assert steps_since() == [("speaker", "", "draft", "accepted", "edith")]
    assert refusal(speaker, "rejected", factories.librarian(), "private") == [
        "libby does not have permission to do this."
    ]
