"""Decisions on sections, items and the summary."""

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
from tests.episodes.workflow.steps import refusal, reloaded, sharing_episode, steps_since

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


def test_reviewable_models_are_complete():
    assert set(REVIEWED) == set(WORDS)


@pytest.mark.parametrize("model", REVIEWED)
def test_every_kind_records_user_and_reason(claimed, model):
    item, edith = make(model, claimed), factories.editor()
    transition(item, "accepted", edith)
    assert (columns(reloaded(item)), reloaded(item).accepted_at is not None) == (
        ("accepted", edith, None, False, ""),
        True,
    )
    transition(item, "rejected", edith, "not_said")
    assert (columns(reloaded(item)), reloaded(item).accepted_at) == (("rejected", None, None, False, "not_said"), None)
    transition(item, "draft", edith)
    assert columns(reloaded(item)) == ("draft", None, None, False, "")
    told = Decision.objects.filter(target_type__model=model._meta.model_name).order_by("pk")
    assert list(told.values_list("from_status", "to_status", "reason", "version", "episode")) == [
        ("draft", "accepted", "", 1, claimed.pk),
        ("accepted", "rejected", "not_said", 1, claimed.pk),
        ("rejected", "draft", "", 1, claimed.pk),
    ]


def test_summary_is_decided_like_section(claimed):
    edith = factories.editor()
    transition(Summary(claimed), "accepted", edith)
    assert columns(reloaded(claimed), "summary_") == ("accepted", edith, None, False, "")
    transition(Summary(claimed), "rejected", edith, "trivial")
    assert columns(reloaded(claimed), "summary_") == ("rejected", None, None, False, "trivial")
    assert (reloaded(claimed).shown_summary, reloaded(claimed).status) == ("", "in_review")
    assert refusal(Summary(claimed), "evergreen", factories.verifier()) == [
        "The status cannot change from “rejected” to “double-checked”."
    ]


@pytest.mark.parametrize("code", ["", "I do not like it", "Trivial"])
def test_rejection_needs_known_code(claimed, code):
    (section,) = sharing_episode(claimed, claimed.sections.all())
    assert refusal(section, "rejected", factories.editor(), code) == [CODES]
    assert refusal(Summary(claimed), "rejected", factories.editor(), code) == [CODES]


@pytest.mark.parametrize("code", RejectCode.values)
def test_every_code_rejects(claimed, code):
    (section,) = sharing_episode(claimed, claimed.sections.all())
    transition(section, "rejected", factories.editor(), code)
    assert reloaded(section).reject_code == code


def test_decision_without_permission_is_refused(claimed):
    (section,) = sharing_episode(claimed, claimed.sections.all())
    for by in (factories.verifier(), factories.publisher(), factories.librarian()):
        assert refusal(section, "accepted", by) == [f"{by.username} does not have permission to do this."]
        assert refusal(Summary(claimed), "accepted", by) == [f"{by.username} does not have permission to do this."]


def test_unknown_status_change_is_refused(claimed):
    (section,) = sharing_episode(claimed, claimed.sections.all())
    assert refusal(section, "evergreen", factories.verifier()) == [
        "The status cannot change from “draft” to “double-checked”."
    ]
    assert refusal(section, "nonsense", factories.editor()) == ["The status cannot change from “draft” to “nonsense”."]


def test_decision_without_claim_is_refused(claimed):
    (section,) = sharing_episode(claimed, claimed.sections.all())
    assert refusal(section, "accepted", factories.second_editor()) == ["edith is reviewing this episode."]
    assert refusal(Summary(claimed), "accepted", factories.second_editor()) == ["edith is reviewing this episode."]


@pytest.mark.parametrize("status", ["draft", "changes_requested", "in_review"])
def test_decision_without_any_claim_is_refused(status):
    item = make(Quote, factories.episode(status=status))
    assert refusal(item, "accepted", factories.editor()) == ["This episode is unassigned. Start the review first."]


def test_decision_in_withdrawn_episode_is_refused(published):
    transition(published, "withdrawn", factories.publisher(), "Wrong.")
    (section,) = sharing_episode(published, published.sections.all())
    assert refusal(section, "rejected", factories.editor(), "private") == [
        "The episode is withdrawn. Send it back to draft first."
    ]


# --- in a public episode


def test_public_episode_is_decided_without_claim(published):
    quote = make(Quote, published, speaker=factories.speaker())
    before = reloaded(published).changed_at
    transition(quote, "accepted", factories.second_editor())
    assert set(Quote.objects.public()) == {quote}
    assert (reloaded(published).status, reloaded(published).changed_at > before) == ("published", True)
    transition(quote, "rejected", factories.editor(), "private")
    assert set(Quote.objects.public()) == set()


def test_section_decision_updates_html(published):
    (section,) = sharing_episode(published, published.sections.all())
    transition(section, "rejected", factories.editor(), "private")
    Section.objects.update(html="")
    section.refresh_from_db(fields=["html"])
    transition(section, "accepted", factories.editor())
    assert reloaded(section).html == stamped("<p>Words.</p>")


@pytest.mark.parametrize("model", [Quote, Prediction])
def test_acceptance_in_public_episode_needs_speaker(published, model):
    item = make(model, published)
    assert refusal(item, "accepted", factories.editor()) == [
        "The speaker is unknown. In a published episode, set the speaker first."
    ]
    transition(item, "rejected", factories.editor(), "wrong_speaker")


def test_acceptance_in_draft_needs_no_speaker(claimed):
    transition(make(Quote, claimed), "accepted", factories.editor())


# --- verification


def test_verification_by_accepter_is_refused(published):
    both = factories.person("berta", "Editor", "Verifier")
    item = make(Takeaway, published)
    transition(item, "accepted", both)
    assert refusal(item, "evergreen", both) == [
        "It must be double-checked by someone other than the person who accepted it."
    ]
    transition(item, "evergreen", factories.verifier())
    assert columns(reloaded(item)) == ("evergreen", both, factories.verifier(), False, "")


def test_verification_without_accepter_is_allowed():
    item = make(Takeaway, factories.public_episode(), status="accepted")
    transition(item, "evergreen", factories.verifier())
    assert columns(reloaded(item)) == ("evergreen", None, factories.verifier(), False, "")


def test_revoked_verification_restores_acceptance(published):
    item = make(Takeaway, published)
    transition(item, "accepted", factories.editor())
    transition(item, "evergreen", factories.verifier())
    transition(item, "accepted", factories.second_editor())
    assert columns(reloaded(item)) == ("accepted", factories.editor(), None, False, "")
    assert reloaded(item).verified_at is None


def test_speaker_and_entity_decisions_touch_pages():
    episode = factories.public_episode()
    speaker = factories.speaker()
    factories.appearance(episode, speaker)
    transition(speaker, "accepted", factories.editor())
    assert Episode.objects.get().changed_at > episode.changed_at
    assert steps_since() == [("speaker", "", "draft", "accepted", "edith")]
    assert refusal(speaker, "rejected", factories.librarian(), "private") == [
        "libby does not have permission to do this."
    ]
