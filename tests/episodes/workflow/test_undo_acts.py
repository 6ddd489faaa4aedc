"""An act of several decisions is undone as one: every target of it, however many decisions a row had."""

import pytest
from django.utils import timezone

from episodes.desk import repair
from episodes.models import Chapter, Decision, Episode, Finding, Mention, Quote, Section, Takeaway
from episodes.workflow import Refused, Summary, last_acts, one_act, save_words, settle, transition, undo, undo_act
from tests import cast
from tests.episodes.workflow.steps import again, refused, reword, stored, within
from tests.episodes.workflow.test_undo import STALE, fault, made

pytestmark = pytest.mark.django_db
KINDS = (Quote, Section, Takeaway, Chapter, Mention)
# What an undo leaves behind: versions grow, and who wrote last is known.
BESIDE = {"version", "changed_at", "claimed_at"}


def by_key(episode):
    undo(again(episode), cast.editor())


def by_name(episode):
    undo_act(last_acts(episode, cast.editor())[0], cast.editor())


both = pytest.mark.parametrize("take_back", [by_key, by_name])


def rows_now():
    return {
        model: [{name: value for name, value in row.items() if name not in BESIDE} for row in rows]
        for model, rows in stored(Episode, Finding, *KINDS).items()
    }


@pytest.fixture
def quote(claimed):
    return cast.quote(claimed, status="draft", speaker=cast.speaker())


def repaired_twice(episode, quote):
    wrong = [fault(episode, target=quote, repair={"start": n}, fingerprint=str(n)) for n in (31, 32)]
    repair.apply_in(episode.pk, [finding.pk for finding in wrong], cast.editor())


def time_and_words(episode, quote):
    wrong = [
        fault(episode, target=quote, repair={"start": 31}, fingerprint="a"),
        fault(episode, target=quote, repair={"text": {"replace": ["spoken", "said"]}}, fingerprint="b"),
    ]
    repair.apply_in(episode.pk, [finding.pk for finding in wrong], cast.editor())


def accepted_with_edit(episode, quote):
    reword(quote, cast.editor(), text="Other words.")
    transition(quote, "accepted", cast.editor())


def edited_after_acceptance(episode, quote):
    transition(quote, "accepted", cast.editor())
    reword(quote, cast.editor(), text="Other words.")
    reword(quote, cast.editor(), text="Yet others.")


def rejected_and_accepted(episode, quote):
    transition(quote, "rejected", cast.editor(), "trivial")
    transition(quote, "accepted", cast.editor())


def settled_and_opened(episode, quote):
    finding = fault(episode, target=quote)
    for state in ("resolved", "open", "resolved"):
        settle(finding, state, cast.editor(), "")


def made_and_worked_on(episode, quote):
    row = made(Takeaway, episode, cast.editor(), text="New.")
    row.episode = episode
    reword(row, cast.editor(), text="Newer.")
    transition(row, "accepted", cast.editor())


def summary_twice(episode, quote):
    transition(Summary(episode), "accepted", cast.editor())
    reword(episode, cast.editor(), summary="Shorter.", title="Another")
    transition(Summary(episode), "rejected", cast.editor(), "trivial")


SEVERAL = [
    repaired_twice, time_and_words, accepted_with_edit, edited_after_acceptance, rejected_and_accepted,
    settled_and_opened, made_and_worked_on, summary_twice,
]  # fmt: skip


@both
@pytest.mark.parametrize("act", SEVERAL)
def test_several_decisions_on_one_row_are_undone(claimed, quote, act, take_back):
    fault(claimed, code="beside", fingerprint="beside")
    before = rows_now()
    (quote,) = within(again(claimed), [quote])
    with one_act():
        act(quote.episode, quote)
    # What the act found wrong to begin with is no part of it.
    kept = Finding.objects.filter(state="resolved").values_list("pk", flat=True)
    kept = list(kept)
    take_back(claimed)
    after = rows_now()
    assert {row["id"]: row["state"] for row in after[Finding] if row["id"] in kept} == dict.fromkeys(kept, "open")
    del before[Finding], after[Finding]
    assert after == before


@both
def test_all_these_on_one_row_are_undone(claimed, quote, take_back):
    before = rows_now()
    (quote,) = within(again(claimed), [quote])
    with one_act():
        for act in (time_and_words, accepted_with_edit, edited_after_acceptance, made_and_worked_on):
            quote = within(again(claimed), [again(quote)])[0]
            if act is edited_after_acceptance:
                transition(quote, "draft", cast.editor())
            act(quote.episode, quote)
    assert len(last_acts(claimed, cast.editor())) == 1
    take_back(claimed)
    after = rows_now()
    del before[Finding], after[Finding]
    assert after == before


@both
@pytest.mark.parametrize("left_out", range(5))
def test_every_target_of_an_act_is_undone(claimed, take_back, left_out):
    """Each place of the act in turn is looked at: an undo that drops the first, the last or one between is caught."""
    rows = [
        Section.objects.create(episode=claimed, text="w"),
        cast.quote(claimed, status="draft", speaker=cast.speaker()),
        Takeaway.objects.create(episode=claimed, text="t"),
        Chapter.objects.create(episode=claimed, title="c", start=0),
        cast.mention(claimed, cast.entity()),
    ]
    with one_act():
        for row in within(again(claimed), rows):
            transition(row, "accepted", cast.editor())
    take_back(claimed)
    assert again(rows[left_out]).status == "draft"
    told = Decision.objects.exclude(undoes=None).values_list("target_type__model", "target_id")
    assert set(told) == {(row._meta.model_name, row.pk) for row in rows}


def test_every_episode_of_an_act_is_undone():
    by, rows = cast.editor(), []
    for _number in range(3):
        episode = cast.episode(status="in_review", claimed_by=by, claimed_at=timezone.now())
        rows += within(episode, [cast.quote(episode, status="draft", text=str(n)) for n in range(2)])
    with one_act() as act:
        for row in rows:
            row.text = "Repaired."
            save_words(row, ["text"], by)
            row.start = 9
            save_words(row, ["start"], by)
    undo_act(act, by)
    assert [(again(row).text, again(row).start) for row in rows] == [("0", 65), ("1", 65)] * 3


def test_act_on_a_speaker_is_undone_by_name():
    """People belong to no episode."""
    by, ada = cast.editor(), cast.speaker()
    with one_act() as act:
        transition(ada, "accepted", by)
        transition(ada, "rejected", by, "private")
    undo_act(act, by)
    assert again(ada).status == "draft"


@both
def test_a_row_overtaken_since_refuses_the_whole_act(claimed, quote, take_back):
    (quote,) = within(again(claimed), [quote])
    with one_act():
        time_and_words(quote.episode, quote)
    Quote.objects.update(start=99)
    reasons = refused(take_back, claimed)
    assert [reason.removeprefix(f"{claimed}: ") for reason in reasons] == [STALE]


@both
def test_a_row_deleted_since_refuses_the_whole_act(claimed, quote, take_back):
    other = cast.quote(claimed, status="draft", speaker=cast.speaker())
    with one_act():
        for row in within(again(claimed), [quote, other]):
            transition(row, "accepted", cast.editor())
    other.delete()
    assert [reason.removeprefix(f"{claimed}: ") for reason in refused(take_back, claimed)] == [STALE]


# --- the claim that an act made


def press_a(episode, row):
    """As the review screen does: who begins holds the episode."""
    (row,) = within(again(episode), [again(row)])
    with one_act():
        if row.episode.status != "in_review":
            transition(row.episode, "in_review", cast.editor())
        transition(row, "accepted", cast.editor())


@both
@pytest.mark.parametrize("status", ["draft", "changes_requested"])
def test_undone_first_decision_gives_the_claim_back(status, take_back):
    episode = cast.episode(status=status)
    row = cast.quote(episode, status="draft", speaker=cast.speaker())
    press_a(episode, row)
    assert (again(episode).status, again(episode).claimed_by) == ("in_review", cast.editor())
    take_back(episode)
    now = again(episode)
    assert (now.status, now.claimed_by, now.claimed_at, again(row).status) == (status, None, None, "draft")
    assert last_acts(episode, cast.editor()) == []


@both
def test_claim_stays_while_another_decision_stands(take_back):
    episode = cast.episode()
    first, second = (cast.quote(episode, status="draft", speaker=cast.speaker(), text=str(n)) for n in range(2))
    press_a(episode, first)
    press_a(episode, second)
    take_back(episode)
    assert (again(episode).status, again(episode).claimed_by) == ("in_review", cast.editor())
    take_back(episode)
    assert (again(episode).status, again(episode).claimed_by) == ("draft", None)


def test_claim_stays_while_somebody_else_has_settled_something():
    episode = cast.episode()
    row = cast.quote(episode, status="draft", speaker=cast.speaker())
    press_a(episode, row)
    transition(fault(again(episode)), "resolved", cast.verifier())
    by_key(episode)
    assert (again(episode).status, again(row).status) == ("in_review", "draft")


def test_a_claim_in_review_is_only_given_back():
    episode = cast.episode(status="in_review")
    row = cast.quote(episode, status="draft", speaker=cast.speaker())
    (row,) = within(again(episode), [row])
    with one_act():
        transition(row.episode, "in_review", cast.editor())
        transition(row, "accepted", cast.editor())
    by_key(episode)
    assert (again(episode).status, again(episode).claimed_by) == ("in_review", None)


def test_a_draft_decided_and_undone_is_adopted():
    episode = cast.episode()
    press_a(episode, cast.quote(episode, status="draft", speaker=cast.speaker()))
    with pytest.raises(Refused):
        transition(again(episode), "published", cast.publisher(), "Moved.", adopts=True, published_at=timezone.now())
    by_key(episode)
    transition(again(episode), "published", cast.publisher(), "Moved.", adopts=True, published_at=timezone.now())
    assert again(episode).adopted
