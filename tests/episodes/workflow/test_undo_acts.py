"""Undo of acts with several decisions: every target is restored, however many decisions a row had."""

import pytest
from django.utils import timezone

from episodes.desk import repair
from episodes.models import Chapter, Decision, Episode, Finding, Mention, Quote, Section, Takeaway
from episodes.workflow import Refused, Summary, last_acts, one_act, save_words, settle, transition, undo, undo_act
from tests import factories
from tests.episodes.workflow.steps import refused, reloaded, reword, sharing_episode, stored
from tests.episodes.workflow.test_undo import STALE, created, fault

pytestmark = pytest.mark.django_db
KINDS = (Quote, Section, Takeaway, Chapter, Mention)
# Columns that an undo does not restore: versions and the last author.
BESIDE = {"version", "changed_at", "claimed_at"}


def by_key(episode):
    undo(reloaded(episode), factories.editor())


def by_name(episode):
    undo_act(last_acts(episode, factories.editor())[0], factories.editor())


both = pytest.mark.parametrize("take_back", [by_key, by_name])


def rows_now():
    return {
        model: [{name: value for name, value in row.items() if name not in BESIDE} for row in rows]
        for model, rows in stored(Episode, Finding, *KINDS).items()
    }


@pytest.fixture
def quote(claimed):
    return factories.quote(claimed, status="draft", speaker=factories.speaker())


def repaired_twice(episode, quote):
    wrong = [fault(episode, target=quote, repair={"start": n}, fingerprint=str(n)) for n in (31, 32)]
    repair.apply_in(episode.pk, [finding.pk for finding in wrong], factories.editor())


def time_and_words(episode, quote):
    wrong = [
        fault(episode, target=quote, repair={"start": 31}, fingerprint="a"),
        fault(episode, target=quote, repair={"text": {"replace": ["spoken", "said"]}}, fingerprint="b"),
    ]
    repair.apply_in(episode.pk, [finding.pk for finding in wrong], factories.editor())


def accepted_with_edit(episode, quote):
    reword(quote, factories.editor(), text="Other words.")
    transition(quote, "accepted", factories.editor())


def edited_after_acceptance(episode, quote):
    transition(quote, "accepted", factories.editor())
    reword(quote, factories.editor(), text="Other words.")
    reword(quote, factories.editor(), text="Yet others.")


def rejected_and_accepted(episode, quote):
    transition(quote, "rejected", factories.editor(), "trivial")
    transition(quote, "accepted", factories.editor())


def settled_and_opened(episode, quote):
    finding = fault(episode, target=quote)
    for state in ("resolved", "open", "resolved"):
        settle(finding, state, factories.editor(), "")


def made_and_worked_on(episode, quote):
    row = created(Takeaway, episode, factories.editor(), text="New.")
    row.episode = episode
    reword(row, factories.editor(), text="Newer.")
    transition(row, "accepted", factories.editor())


def summary_twice(episode, quote):
    transition(Summary(episode), "accepted", factories.editor())
    reword(episode, factories.editor(), summary="Shorter.", title="Another")
    transition(Summary(episode), "rejected", factories.editor(), "trivial")


SEVERAL = [
    repaired_twice, time_and_words, accepted_with_edit, edited_after_acceptance, rejected_and_accepted,
    settled_and_opened, made_and_worked_on, summary_twice,
]  # fmt: skip


@both
@pytest.mark.parametrize("act", SEVERAL)
def test_several_decisions_on_one_row_are_undone(claimed, quote, act, take_back):
    fault(claimed, code="beside", fingerprint="beside")
    before = rows_now()
    (quote,) = sharing_episode(reloaded(claimed), [quote])
    with one_act():
        act(quote.episode, quote)
    # Findings from before the act are not part of it.
    kept = Finding.objects.filter(state="resolved").values_list("pk", flat=True)
    kept = list(kept)
    take_back(claimed)
    after = rows_now()
    assert {row["id"]: row["state"] for row in after[Finding] if row["id"] in kept} == dict.fromkeys(kept, "open")
    del before[Finding], after[Finding]
    assert after == before


@both
def test_combined_decisions_on_one_row_are_undone(claimed, quote, take_back):
    before = rows_now()
    (quote,) = sharing_episode(reloaded(claimed), [quote])
    with one_act():
        for act in (time_and_words, accepted_with_edit, edited_after_acceptance, made_and_worked_on):
            quote = sharing_episode(reloaded(claimed), [reloaded(quote)])[0]
            if act is edited_after_acceptance:
                transition(quote, "draft", factories.editor())
            act(quote.episode, quote)
    assert len(last_acts(claimed, factories.editor())) == 1
    take_back(claimed)
    after = rows_now()
    del before[Finding], after[Finding]
    assert after == before


@both
@pytest.mark.parametrize("left_out", range(5))
def test_every_target_of_act_is_undone(claimed, take_back, left_out):
    """Change each target in turn: an undo that skips the first, the last or one between is detected."""
    rows = [
        Section.objects.create(episode=claimed, text="w"),
        factories.quote(claimed, status="draft", speaker=factories.speaker()),
        Takeaway.objects.create(episode=claimed, text="t"),
        Chapter.objects.create(episode=claimed, title="c", start=0),
        factories.mention(claimed, factories.entity()),
    ]
    with one_act():
        for row in sharing_episode(reloaded(claimed), rows):
            transition(row, "accepted", factories.editor())
    take_back(claimed)
    assert reloaded(rows[left_out]).status == "draft"
    told = Decision.objects.exclude(undoes=None).values_list("target_type__model", "target_id")
    assert set(told) == {(row._meta.model_name, row.pk) for row in rows}


def test_every_episode_of_act_is_undone():
    by, rows = factories.editor(), []
    for _number in range(3):
        episode = factories.episode(status="in_review", claimed_by=by, claimed_at=timezone.now())
        rows += sharing_episode(episode, [factories.quote(episode, status="draft", text=str(n)) for n in range(2)])
    with one_act() as act:
        for row in rows:
            row.text = "Repaired."
            save_words(row, ["text"], by)
            row.start = 9
            save_words(row, ["start"], by)
    undo_act(act, by)
    assert [(reloaded(row).text, reloaded(row).start) for row in rows] == [("0", 65), ("1", 65)] * 3


def test_act_on_speaker_is_undone_by_name():
    """Speakers belong to no episode."""
    by, ada = factories.editor(), factories.speaker()
    with one_act() as act:
        transition(ada, "accepted", by)
        transition(ada, "rejected", by, "private")
    undo_act(act, by)
    assert reloaded(ada).status == "draft"


@both
def test_changed_row_refuses_whole_act(claimed, quote, take_back):
    (quote,) = sharing_episode(reloaded(claimed), [quote])
    with one_act():
        time_and_words(quote.episode, quote)
    Quote.objects.update(start=99)
    reasons = refused(take_back, claimed)
    assert [reason.removeprefix(f"{claimed}: ") for reason in reasons] == [STALE]


@both
def test_deleted_row_refuses_whole_act(claimed, quote, take_back):
    other = factories.quote(claimed, status="draft", speaker=factories.speaker())
    with one_act():
        for row in sharing_episode(reloaded(claimed), [quote, other]):
            transition(row, "accepted", factories.editor())
    other.delete()
    assert [reason.removeprefix(f"{claimed}: ") for reason in refused(take_back, claimed)] == [STALE]


# --- claims made by an act


def accept_on_screen(episode, row):
    """Decide like the review screen, which claims an unclaimed episode."""
    (row,) = sharing_episode(reloaded(episode), [reloaded(row)])
    with one_act():
        if row.episode.status != "in_review":
            transition(row.episode, "in_review", factories.editor())
        transition(row, "accepted", factories.editor())


@both
@pytest.mark.parametrize("status", ["draft", "changes_requested"])
def test_undo_of_first_decision_releases_claim(status, take_back):
    episode = factories.episode(status=status)
    row = factories.quote(episode, status="draft", speaker=factories.speaker())
    accept_on_screen(episode, row)
    assert (reloaded(episode).status, reloaded(episode).claimed_by) == ("in_review", factories.editor())
    take_back(episode)
    now = reloaded(episode)
    assert (now.status, now.claimed_by, now.claimed_at, reloaded(row).status) == (status, None, None, "draft")
    assert last_acts(episode, factories.editor()) == []


@both
def test_claim_is_kept_with_other_decisions(take_back):
    episode = factories.episode()
    first, second = (
        factories.quote(episode, status="draft", speaker=factories.speaker(), text=str(n)) for n in range(2)
    )
    accept_on_screen(episode, first)
    accept_on_screen(episode, second)
    take_back(episode)
    assert (reloaded(episode).status, reloaded(episode).claimed_by) == ("in_review", factories.editor())
    take_back(episode)
    assert (reloaded(episode).status, reloaded(episode).claimed_by) == ("draft", None)


def test_claim_is_kept_with_decisions_of_others():
    episode = factories.episode()
    row = factories.quote(episode, status="draft", speaker=factories.speaker())
    accept_on_screen(episode, row)
    transition(fault(reloaded(episode)), "resolved", factories.verifier())
    by_key(episode)
    assert (reloaded(episode).status, reloaded(row).status) == ("in_review", "draft")


def test_claim_in_review_is_only_released():
    episode = factories.episode(status="in_review")
    row = factories.quote(episode, status="draft", speaker=factories.speaker())
    (row,) = sharing_episode(reloaded(episode), [row])
    with one_act():
        transition(row.episode, "in_review", factories.editor())
        transition(row, "accepted", factories.editor())
    by_key(episode)
    assert (reloaded(episode).status, reloaded(episode).claimed_by) == ("in_review", None)


def test_draft_decided_and_undone_is_adopted():
    episode = factories.episode()
    accept_on_screen(episode, factories.quote(episode, status="draft", speaker=factories.speaker()))
    with pytest.raises(Refused):
        transition(
            reloaded(episode), "published", factories.publisher(), "Moved.", adopts=True, published_at=timezone.now()
        )
    by_key(episode)
    transition(
        reloaded(episode), "published", factories.publisher(), "Moved.", adopts=True, published_at=timezone.now()
    )
    assert reloaded(episode).adopted
