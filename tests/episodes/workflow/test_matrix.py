"""All transitions by role: exactly those that are allowed."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from episodes.bases.reviewable import Status as ItemStatus
from episodes.models import Decision, Episode, Section
from episodes.workflow import TRANSITIONS, Refused, transition
from tests import factories
from tests.episodes.workflow.steps import ROLES, reloaded, stored

pytestmark = pytest.mark.django_db
PUBLIC_ONCE = ("published", "evergreen", "withdrawn")

# The specification: (from, to) by role. A superuser has all permissions.
EDITOR = {
    ("draft", "in_review"),
    ("changes_requested", "in_review"),
    ("in_review", "in_review"),  # unclaimed, or claimed by the user
    ("in_review", "approved"),
}
VERIFIER = {("in_review", "changes_requested"), ("published", "evergreen")}
PUBLISHER = {
    ("in_review", "changes_requested"),
    ("approved", "published"),
    ("published", "withdrawn"),
    ("evergreen", "withdrawn"),
    ("withdrawn", "draft"),
}
TABLE = {
    "editor": EDITOR,
    "verifier": VERIFIER,
    "publisher": PUBLISHER,
    "librarian": set(),
    "nobody": set(),
    "superuser": EDITOR | VERIFIER | PUBLISHER,
}
ADOPTING = {"publisher": {("draft", "published")}, "superuser": {("draft", "published")}}


def content_episode(status: str) -> Episode:
    """Return an episode in this status that meets all preconditions: everything in it is verified."""
    seen = factories.person("anna"), factories.person("viola")
    verified = {"accepted_by": seen[0], "verified_by": seen[1]}
    summary = {f"summary_{name}": value for name, value in verified.items()}
    episode = factories.episode(
        status=status,
        summary="In short.",
        summary_status="evergreen",
        published_at=timezone.now() - timedelta(hours=1) if status in PUBLIC_ONCE else None,
        approved_version=1 if status == "approved" else None,
        **summary,
    )
    Section.objects.create(episode=episode, text="Words.", status="evergreen", **verified)
    factories.quote(episode, speaker=factories.speaker(), status="evergreen", **verified)
    return episode


def details_for(adopts: bool) -> dict:
    return {
        "findings": [{"field": "title", "message": "Say who."}],
        "recheck_on": timezone.localdate() + timedelta(days=90),
        **({"adopts": True} if adopts else {}),
    }


def attempt(
    kept: tuple, before: dict, obj: Any, to: str, by: User, **details: Any
) -> tuple[Decision, list] | list[str]:
    """Return the result of a transition and the decisions it wrote, or the reasons of its refusal.

    Rolled back afterwards, so that each attempt starts from the same state.
    """
    with transaction.atomic():
        try:
            made = transition(obj, to, by, **details)
        except Refused as refused:
            assert stored(*kept) == before, (obj, to, by)
            return refused.reasons
        assert reloaded(obj).status == to
        fell = list(Decision.objects.exclude(pk=made.pk))
        transaction.set_rollback(True)
    return made, fell


def attempts(adopts: bool) -> set[tuple[str, str, str]]:
    """Return (role, from, to) of the successful ones among all combinations; each writes exactly one Decision."""
    done = set()
    users = {role: make() for role, make in ROLES.items()}
    for status in Episode.Status.values:
        episode = content_episode(status)
        before = stored()
        for (role, by), to in product(users.items(), [*Episode.Status.values, "nonsense", ""]):
            came = attempt((), before, reloaded(episode), to, by, reason="A reason.", **details_for(adopts))
            if isinstance(came, tuple):
                made, more = came
                assert (made.target, made.from_status, made.to_status, made.by, more) == (episode, status, to, by, [])
                done.add((role, status, to))
            elif (status, to) in (ADOPTING if adopts else TABLE)["superuser"]:
                assert came == [f"{by.username} does not have permission to do this."]
            else:
                names = dict(Episode.Status.choices)
                assert came == [f"An episode cannot change from “{names[status]}” to “{names.get(to, to)}”."]
    return done


@pytest.mark.parametrize(("adopts", "table"), [(False, TABLE), (True, ADOPTING)])
def test_episode_transitions_by_group(adopts, table):
    assert attempts(adopts) == {(role, *pair) for role, pairs in table.items() for pair in pairs}


def test_transitions_equal_expected_table():
    rows = {(source, move.target, move.adopts) for move in TRANSITIONS for source in move.sources}
    wanted = {(*pair, False) for pairs in TABLE.values() for pair in pairs}
    assert rows == wanted | {("draft", "published", True)}


# --- items

REVIEW = {
    ("draft", "accepted"),
    ("draft", "rejected"),
    ("accepted", "draft"),
    ("accepted", "rejected"),
    ("rejected", "accepted"),
    ("rejected", "draft"),
    ("evergreen", "accepted"),
    ("evergreen", "rejected"),
}
VERIFY = {("accepted", "evergreen"), ("evergreen", "accepted")}
OF_ITEMS = {"editor": REVIEW, "verifier": VERIFY, "superuser": REVIEW | VERIFY}
# Situations in which an item can be decided: (status, holder).
BY_HOLDER = [(status, holder) for status in Episode.Status.values for holder in ("", "who asks", "edgar")]


def may_decide(status: str, holder: str) -> bool:
    """Return whether a user may decide there at all: the holder of the claim, or any editor once it is public."""
    if status in ("published", "evergreen"):
        return True
    if status == "withdrawn" or holder == "edgar":
        return False
    # An approved episode is not claimed: a decision revokes the approval.
    return holder == "who asks" or status == "approved"


def decided_item(episode: Episode, status: str) -> Section:
    anna, viola = factories.person("anna"), factories.person("viola")
    columns = {
        "accepted": {"accepted_by": anna},
        "evergreen": {"accepted_by": anna, "verified_by": viola},
        "rejected": {"reject_code": "trivial"},
    }.get(status, {})
    return Section.objects.create(episode=episode, text="Words.", status=status, **columns)


@pytest.mark.parametrize(("status", "holder"), BY_HOLDER)
def test_item_decisions_by_group(status, holder):
    done = set()
    kept = (Episode, Section, Decision)
    for role, make in ROLES.items():
        by = make()
        held = {"": None, "who asks": by, "edgar": factories.second_editor()}[holder]
        moment = timezone.now() if status in PUBLIC_ONCE else None
        claim = {"claimed_by": held, "claimed_at": timezone.now() if held else None}
        episode = factories.episode(status=status, published_at=moment, **claim)
        for source in ItemStatus.values:
            item = decided_item(episode, source)
            before = stored(*kept)
            for to in [*ItemStatus.values, "nonsense"]:
                came = attempt(kept, before, reloaded(item), to, by, reason="trivial" if to == "rejected" else "")
                if isinstance(came, tuple):
                    made, fell = came
                    assert (made.target, made.from_status, made.to_status, made.by) == (item, source, to, by)
                    assert [decision.target for decision in fell] in ([], [episode])
                    done.add((role, source, to))
            item.delete()
    assert done == {(role, *pair) for role, pairs in OF_ITEMS.items() if may_decide(status, holder) for pair in pairs}


@pytest.mark.parametrize("make", [factories.speaker, factories.entity])
def test_speaker_and_entity_decisions_by_group(make):
    done = set()
    verified = {
        "accepted_by": factories.person("anna"),
        "verified_by": factories.person("viola"),
        "reject_code": "trivial",
    }
    named = {source: make(source, status=source, **verified) for source in ItemStatus.values}
    users = {role: make() for role, make in ROLES.items()}
    before = stored()
    for (role, by), source, to in product(users.items(), ItemStatus.values, ItemStatus.values):
        came = attempt((), before, reloaded(named[source]), to, by, reason="trivial" if to == "rejected" else "")
        if isinstance(came, tuple):
            made, fell = came
            assert (made.target, made.episode, fell) == (named[source], None, [])
            done.add((role, source, to))
    assert done == {(role, *pair) for role, pairs in OF_ITEMS.items() for pair in pairs}
