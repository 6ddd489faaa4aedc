"""Preconditions of an approval, alone and together, and its revocation."""

import pytest

from episodes import workflow
from episodes.models import (
    Chapter,
    Episode,
    Finding,
    Mention,
    Observation,
    Prediction,
    Quote,
    Section,
    Takeaway,
)
from episodes.workflow import Summary, transition
from tests import factories
from tests.episodes.workflow.steps import refusal, reloaded, reword, sharing_episode, steps_since

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready(claimed: Episode) -> Episode:
    """Return an episode that meets every precondition of an approval."""
    transition(Summary(claimed), "accepted", factories.editor())
    transition(*sharing_episode(claimed, claimed.sections.all()), "accepted", factories.editor())
    return claimed


def fault(episode: Episode, **fields) -> Finding:
    fields = {"code": "x", "severity": "error", "message": "A fault.", "origin": "check", **fields}
    return Finding.objects.create(episode=episode, fingerprint=fields["message"], **fields)


def undecided_entity(episode: Episode) -> None:
    Mention.objects.create(episode=episode, entity=factories.entity())


def chapters(*starts: int | None, noted: bool = True, status: str = "accepted"):
    def make(episode: Episode) -> None:
        for place, start in enumerate(starts):
            span = {"span_begin": place * 10, "span_end": place * 10 + 9} if noted else {}
            Chapter.objects.create(episode=episode, start=start, title=f"C{place}", status=status, **span)

    return make


def put(**columns):
    return lambda episode: Episode.objects.filter(pk=episode.pk).update(**columns)


def of(model, **fields):
    return lambda episode: model.objects.create(episode=episode, **fields)


MISSING = {
    "title": (put(title=""), "The title is missing."),
    "source": (put(source_url=""), "The source is missing."),
    "summary": (put(summary_status="draft"), "The summary is not reviewed yet."),
    "section": (of(Section), "Not reviewed yet: 1 × section."),
    "chapter": (of(Chapter, title="t"), "Not reviewed yet: 1 × chapter."),
    "quote": (of(Quote, text="q"), "Not reviewed yet: 1 × quote."),
    "prediction": (of(Prediction, words="w"), "Not reviewed yet: 1 × prediction."),
    "observation": (of(Observation, kind="tell", detail="d"), "Not reviewed yet: 1 × on-screen detail."),
    "takeaway": (of(Takeaway, text="t"), "Not reviewed yet: 1 × takeaway."),
    "mention": (undecided_entity, "Not reviewed yet: 1 × mention."),
    "speaker of a quote": (of(Quote, text="q", status="accepted"), "Accepted without a known speaker: 1 × quote."),
    "speaker of a prediction": (
        of(Prediction, words="w", status="accepted"),
        "Accepted without a known speaker: 1 × prediction.",
    ),
    "order of the note": (
        chapters(60, 30),
        "Chapters are not in order: “C1” (00:00:30) comes after “C0”.",
    ),
    "two at one time": (
        chapters(30, 30, noted=False),
        "Chapters are not in order: “C1” (00:00:30) comes after “C0”.",
    ),
    "a fault": (fault, "Open error: A fault."),
}


def test_complete_episode_is_approved(ready):
    transition(ready, "approved", factories.editor())
    assert (ready.status, ready.approved_version, ready.claimed_by) == ("approved", 1, None)


@pytest.mark.parametrize("name", MISSING)
def test_approval_refused_for_each_unmet_precondition(ready, name):
    make, sentence = MISSING[name]
    make(ready)
    assert refusal(reloaded(ready), "approved", factories.editor()) == [sentence]


def test_approval_lists_all_unmet_preconditions(ready):
    for name, (make, _sentence) in MISSING.items():
        if name != "two at one time":
            make(ready)
    wanted = [sentence for name, (_make, sentence) in MISSING.items() if name != "two at one time"]
    assert refusal(reloaded(ready), "approved", factories.editor()) == wanted


@pytest.mark.parametrize(
    "make",
    [
        put(summary="", summary_status="draft"),
        put(summary_status="rejected", summary_reject_code="trivial"),
        of(Section, status="rejected", reject_code="trivial"),
        of(Quote, text="q", status="rejected", reject_code="trivial"),
        chapters(30, 60, None, 90),
        chapters(60, 30, noted=False),
        chapters(60, 30, status="draft"),
        lambda episode: fault(episode, severity="warning"),
        lambda episode: fault(episode, state="waived"),
        lambda episode: fault(episode, state="resolved"),
    ],
    ids=["no summary", "summary rejected", "section rejected", "quote rejected", "ascending", "added in any order",
         "chapters not accepted", "a warning", "a waiver", "resolved"],
)  # fmt: skip
def test_optional_parts_do_not_prevent_approval(ready, make):
    make(ready)
    Chapter.objects.filter(status="draft").update(status="rejected", reject_code="wrong_time")
    transition(reloaded(ready), "approved", factories.editor())
    assert reloaded(ready).status == "approved"


def test_approval_by_other_editor_needs_free_claim(ready):
    assert refusal(ready, "approved", factories.second_editor()) == ["edith is reviewing this episode."]
    workflow.release(ready, factories.editor())
    transition(ready, "approved", factories.second_editor())
    assert ready.status == "approved"


# --- revocation


def test_edit_revokes_approval_and_claims_for_editor(approved):
    last = steps_since()
    reword(approved, factories.second_editor(), title="Another")
    assert (approved.status, approved.approved_version, approved.version) == ("in_review", None, 2)
    assert (reloaded(approved).claimed_by, reloaded(approved).title) == (factories.second_editor(), "Another")
    assert steps_since()[len(last) :] == [
        ("episode", "", "approved", "in_review", "edgar"),
        ("episode", "", "in_review", "in_review", "edgar"),
    ]


@pytest.mark.parametrize(("to", "reason"), [("rejected", "trivial"), ("draft", "")])
def test_item_decision_revokes_approval(approved, to, reason):
    before = len(steps_since())
    transition(*sharing_episode(approved, approved.sections.all()), to, factories.editor(), reason)
    assert (approved.status, reloaded(approved).claimed_by) == ("in_review", factories.editor())
    assert steps_since()[before:] == [
        ("section", "", "accepted", to, "edith"),
        ("episode", "", "approved", "in_review", "edith"),
    ]


def test_summary_decision_revokes_approval(approved):
    transition(Summary(approved), "rejected", factories.editor(), "trivial")
    assert (reloaded(approved).status, reloaded(approved).approved_version) == ("in_review", None)


def test_verification_keeps_approval(approved):
    transition(*sharing_episode(approved, approved.sections.all()), "evergreen", factories.verifier())
    transition(Summary(approved), "evergreen", factories.verifier())
    assert (reloaded(approved).status, reloaded(approved).approved_version) == ("approved", 1)
    transition(reloaded(approved), "published", factories.publisher())


def test_edited_episode_needs_new_approval(approved):
    reword(approved, factories.editor(), title="Another")
    assert refusal(approved, "published", factories.publisher()) == [
        "An episode cannot change from “in review” to “published”."
    ]
    transition(approved, "approved", factories.editor())
    assert approved.approved_version == 2


def test_quote_without_speaker_accepted_before_publication(approved):
    quote = factories.quote(approved, status="rejected", reject_code="trivial")
    transition(quote, "accepted", factories.editor())
    assert refusal(approved, "approved", factories.editor()) == ["Accepted without a known speaker: 1 × quote."]
