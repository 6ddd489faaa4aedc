"""Property: whatever one editor does, equally many undos restore text and statuses."""

from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from episodes.bases.reviewable import RejectCode
from episodes.desk import repair as repairing
from episodes.models import Episode, Finding, Quote, Section, Takeaway
from episodes.workflow import (
    Refused,
    Summary,
    decisions,
    is_claimable,
    last_acts,
    one_act,
    transition,
    undo,
    undo_act,
)
from tests import factories
from tests.episodes.workflow.steps import reloaded, reword

WORDS = {Section: ("heading", "text"), Quote: ("text", "context", "label"), Takeaway: ("text", "heading")}
BESIDE = {"version", "accepted_by_id", "accepted_at", "changed_at", "claimed_at"}
places = st.integers(0, 5)
decide = st.tuples(
    st.just("decide"), places, st.sampled_from(["draft", "accepted", "rejected"]), st.sampled_from(RejectCode.values)
)
summary = st.tuples(
    st.just("summary"), st.sampled_from(["draft", "accepted", "rejected"]), st.sampled_from(RejectCode.values)
)
write = st.tuples(st.just("write"), places, st.integers(0, 2), st.text("ab 字\n", max_size=5))
title = st.tuples(st.just("title"), st.sampled_from(["title", "summary"]), st.text("ab 字", min_size=1, max_size=5))
settle = st.tuples(st.just("settle"), st.sampled_from(["open", "resolved", "waived"]))
make = st.tuples(st.just("make"), st.text("ab", min_size=1, max_size=5))
repair = st.tuples(st.just("repair"), places)
one = st.one_of(decide, summary, write, title, settle, make, repair)
act = st.lists(one, min_size=1, max_size=4)


def content(episode):
    """Return what an undo restores: text and statuses, without reviewers and versions."""

    def seen(model):
        # Findings of checks are derived again and not compared.
        rows = model.objects.order_by("pk").values()
        rows = rows.exclude(origin="check") if model is Finding else rows
        return [{name: value for name, value in row.items() if name not in BESIDE} for row in rows]

    own = {name: value for name, value in Episode.objects.values().get().items() if "accepted" not in name}
    return [{**own, **dict.fromkeys(BESIDE)}, *map(seen, (*WORDS, Finding))]


class Acts:
    """An editor's actions; each is one act, if it is allowed."""

    def __init__(self, episode, by):
        self.episode, self.by = episode, by

    def row(self, place):
        rows = [row for model in WORDS for row in model.objects.filter(episode=self.episode).order_by("pk")]
        row = rows[place % len(rows)]
        row.episode = reloaded(self.episode)
        return row

    def decide(self, place, to, code):
        transition(self.row(place), to, self.by, code if to == "rejected" else "")

    def summary(self, to, code):
        transition(Summary(reloaded(self.episode)), to, self.by, code if to == "rejected" else "")

    def write(self, place, field, text):
        row = self.row(place)
        names = WORDS[type(row)]
        reword(row, self.by, **{names[field % len(names)]: text})

    def title(self, name, text):
        reword(reloaded(self.episode), self.by, **{name: text})

    def settle(self, to):
        transition(Finding.objects.get(code="x"), to, self.by)

    def make(self, text):
        with one_act():
            row = Takeaway.objects.create(episode=self.episode, text=text)
            decisions.new_decision(row, "", row.status, self.by).save(force_insert=True)

    def repair(self, place):
        """Apply two repairs of the same field of one row at once."""
        row = self.row(place)
        wrong = Finding.objects.filter(target_type__model=row._meta.model_name, target_id=row.pk)
        done, _refusals = repairing.apply_in(self.episode.pk, wrong.values_list("pk", flat=True), self.by)
        if not done:
            raise Refused("There was nothing left to fix.")

    def do(self, wanted):
        """Do all of these in one act; the first act claims the episode."""
        try:
            with transaction.atomic(), one_act():
                if is_claimable(episode := reloaded(self.episode)):
                    transition(episode, "in_review", self.by)
                for name, *arguments in wanted:
                    getattr(self, name)(*arguments)
        except Refused:
            return False
        return True

    def undo(self, by_name):
        """Undo with undo() or with undo_act()."""
        if by_name:
            undo_act(last_acts(self.episode, self.by)[0], self.by)
        else:
            undo(reloaded(self.episode), self.by)


def begun():
    """Return an unclaimed draft with a row of each kind and two findings on every row."""
    episode = factories.episode(summary="In short.")
    rows = [
        Section.objects.create(episode=episode, text="Words."),
        factories.quote(episode, status="draft", speaker=factories.speaker()),
        Takeaway.objects.create(episode=episode, text="t"),
    ]
    fault = {"episode": episode, "severity": "warning", "message": "m", "origin": "import"}
    Finding.objects.create(code="x", **fault)
    for row in rows:
        for number in range(2):
            repair = {WORDS[type(row)][0]: f"repaired {number}"}
            Finding.objects.create(code="y", target=row, repair=repair, fingerprint=f"{row.pk}{number}{row}", **fault)
    return episode


class TestUndo(TestCase):
    @settings(max_examples=60)
    @given(st.lists(act, min_size=1, max_size=8), st.data())
    def test_equally_many_undos_restore_everything(self, wanted, data):
        episode, by = begun(), factories.editor()
        work, states = Acts(episode, by), [content(episode)]
        for steps in wanted:
            if work.do(steps):
                states.append(content(episode))
            # Undo an act now and then.
            if len(states) > 1 and data.draw(st.booleans()):
                work.undo(data.draw(st.booleans()))
                states.pop()
                assert content(episode) == states[-1]
        assert len(last_acts(episode, by)) == len(states) - 1
        while len(states) > 1:
            work.undo(data.draw(st.booleans()))
            states.pop()
            assert content(episode) == states[-1]
        assert last_acts(episode, by) == []
        assert reloaded(episode).status == "draft"
