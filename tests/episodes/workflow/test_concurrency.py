"""Concurrent writes: whoever has read an old row is refused, and nothing of theirs is written."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from functools import partial
from threading import Barrier, Thread
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.utils import timezone

from episodes.models import Decision, Episode, Section
from episodes.workflow import Summary, edited, holder, release, report, transition
from tests import factories
from tests.episodes.workflow.steps import refusal, refused, reloaded, sharing_episode

pytestmark = pytest.mark.django_db
STALE = "Someone else changed this in the meantime. Nothing was saved."


# --- two instances of one row


def test_second_concurrent_item_decision_is_refused(claimed):
    section, other = claimed.sections.get(), claimed.sections.get()
    transition(section, "accepted", factories.editor())
    assert refusal(other, "rejected", factories.editor(), "trivial") == [STALE]
    assert (other.status, reloaded(section).status) == ("draft", "accepted")


def test_second_concurrent_summary_decision_is_refused(claimed):
    other = reloaded(claimed)
    transition(Summary(claimed), "accepted", factories.editor())
    assert refusal(Summary(other), "rejected", factories.editor(), "trivial") == [STALE]
    assert other.summary_status == "draft"


def test_second_concurrent_claim_is_refused():
    episode = factories.episode()
    one, two = reloaded(episode), reloaded(episode)
    transition(one, "in_review", factories.editor())
    assert refusal(two, "in_review", factories.second_editor()) == [STALE]
    assert (two.status, two.claimed_by, holder(reloaded(episode))) == ("draft", None, factories.editor())


def test_second_concurrent_claim_in_review_is_refused():
    episode = factories.episode(status="in_review")
    one, two = reloaded(episode), reloaded(episode)
    transition(one, "in_review", factories.editor())
    assert refusal(two, "in_review", factories.second_editor()) == [STALE]


def test_resumed_lapsed_claim_is_not_taken(claimed):
    Episode.objects.update(claimed_at=timezone.now() - timedelta(hours=25))
    mine, other = reloaded(claimed), reloaded(claimed)
    edited(mine, factories.editor())
    Episode.objects.update(version=other.version)
    assert refusal(other, "in_review", factories.second_editor()) == [STALE]
    assert holder(reloaded(claimed)) == factories.editor()


@pytest.mark.parametrize(
    ("status", "to", "who"),
    [("in_review", "approved", "editor"), ("approved", "published", "publisher"),
     ("published", "withdrawn", "publisher"), ("withdrawn", "draft", "publisher")],
)  # fmt: skip
def test_second_concurrent_transition_is_refused(status, to, who):
    episode = factories.episode(status=status, approved_version=1, published_at=timezone.now())
    one, two = reloaded(episode), reloaded(episode)
    transition(one, to, getattr(factories, who)(), "Why.")
    assert refusal(two, to, getattr(factories, who)(), "Why.") == [STALE]
    assert two.status == status


def test_concurrent_edit_prevents_approval_and_publication(approved):
    old = reloaded(approved)
    edited(reloaded(approved), factories.editor())
    assert refusal(old, "published", factories.publisher()) == [STALE]
    current = reloaded(approved)
    old = reloaded(approved)
    edited(current, factories.editor())
    assert refusal(old, "approved", factories.editor()) == [STALE]


def test_item_decision_after_concurrent_approval_is_refused(claimed):
    """Otherwise an episode would be approved with an undecided item, or with another one than was seen."""
    (old,) = sharing_episode(reloaded(claimed), claimed.sections.all())
    transition(Summary(claimed), "accepted", factories.editor())
    transition(*sharing_episode(claimed, claimed.sections.all()), "accepted", factories.editor())
    Section.objects.update(status="draft", accepted_by=None)
    Section.objects.update(status="rejected", reject_code="trivial")
    old.refresh_from_db(fields=["status", "reject_code"])
    transition(claimed, "approved", factories.editor())
    assert refusal(old, "draft", factories.editor()) == [STALE]
    assert (reloaded(claimed).status, old.status) == ("approved", "rejected")


def test_item_decision_after_concurrent_claim_is_refused(claimed):
    (old,) = sharing_episode(reloaded(claimed), claimed.sections.all())
    release(claimed, factories.publisher())
    transition(claimed, "in_review", factories.second_editor())
    assert refusal(old, "accepted", factories.editor()) == [STALE]
    assert old.status == "draft"


def test_item_decision_after_concurrent_withdrawal_is_refused(published):
    (old,) = sharing_episode(reloaded(published), published.sections.all())
    transition(published, "withdrawn", factories.publisher(), "Wrong.")
    assert refusal(old, "rejected", factories.editor(), "private") == [STALE]


def test_second_concurrent_release_is_refused(claimed):
    old = reloaded(claimed)
    release(claimed, factories.editor())
    transition(claimed, "in_review", factories.second_editor())
    assert refused(release, old, factories.editor()) == [STALE]


def test_items_sharing_episode_instance_are_decided(approved):
    """The first decision revokes the approval; the others see it on the shared instance."""
    Section.objects.create(episode=approved, text="More.", status="accepted")
    for section in sharing_episode(approved, approved.sections.all()):
        transition(section, "draft", factories.editor())
    assert set(approved.sections.values_list("status", flat=True)) == {"draft"}


def test_refusal_restores_instances(published):
    """The desk must not show what was rolled back: the item was written before the refusal."""
    evergreen = reloaded(published)
    Episode.objects.update(status="evergreen", version=7)
    evergreen.status = "evergreen"
    (section,) = sharing_episode(evergreen, evergreen.sections.all())
    assert refusal(section, "rejected", factories.editor(), "private") == [STALE]
    assert (section.status, section.reject_code, section.accepted_by) == ("accepted", "", factories.editor())


# --- two connections


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run functions at the same time in threads with own connections. Returns each result or refusal."""
    ready, came = Barrier(len(acts), timeout=20), [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            ready.wait()
            came[place] = act()
        except Exception as error:
            came[place] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return came


def kinds(came: list[Any]) -> list[str]:
    return sorted(type(each).__name__ for each in came)


@pytest.fixture
def two_connections(transactional_db, tmp_path):
    """Use a database file: in-memory SQLite locks single tables, not transactions as a site's file does."""
    ContentType.objects.clear_cache()
    if connection.vendor != "sqlite" or not connection.is_in_memory_db():
        yield
        return
    memory, name = connection.connection, connection.settings_dict["NAME"]
    with closing(sqlite3.connect(tmp_path / "db.sqlite3")) as file:
        memory.backup(file)
    connection.connection, connection.settings_dict["NAME"] = None, str(tmp_path / "db.sqlite3")
    yield
    connection.close()
    connection.connection, connection.settings_dict["NAME"] = memory, name


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("two_connections")
class TestTwoConnections:
    def test_parallel_claims_succeed_once(self):
        users = factories.editor(), factories.second_editor()
        for _round in range(5):
            episode = factories.episode()
            came = at_once(*(partial(transition, reloaded(episode), "in_review", by) for by in users))
            assert kinds(came) == ["Decision", "Stale"], came
            (made,) = episode.decisions.all()
            assert made in came
            assert holder(reloaded(episode)) == made.by

    def test_parallel_decisions_succeed_once(self):
        by = factories.editor()
        episode = factories.episode(status="in_review", claimed_by=by, claimed_at=timezone.now())
        for _round in range(5):
            section = Section.objects.create(episode=episode, text="t")
            came = at_once(
                partial(transition, reloaded(section), "accepted", by),
                partial(transition, reloaded(section), "rejected", by, "trivial"),
            )
            assert kinds(came) == ["Decision", "Stale"], came
            (made,) = Decision.objects.filter(target_id=section.pk)
            assert (made in came, reloaded(section).status) == (True, made.to_status)

    def test_parallel_approval_and_decision_are_serialized(self):
        by = factories.editor()
        for _round in range(5):
            episode = factories.episode(status="in_review", claimed_by=by, claimed_at=timezone.now())
            section = Section.objects.create(episode=episode, text="t", status="accepted", accepted_by=by)
            # Loads the episode now: loaded later, it could be approved already, and the approval would be revoked.
            (seen,) = sharing_episode(reloaded(episode), [reloaded(section)])
            came = at_once(
                partial(transition, reloaded(episode), "approved", by),
                partial(transition, seen, "draft", by),
            )
            assert kinds(came) in (["Decision", "Stale"], ["Decision", "Refused"]), came
            # An approved episode with an undecided item must not exist.
            assert (reloaded(episode).status, reloaded(section).status) in {
                ("approved", "accepted"),
                ("in_review", "draft"),
            }

    def test_parallel_edit_and_publication_are_serialized(self):
        editor, publisher = factories.editor(), factories.publisher()
        for _round in range(5):
            episode = factories.episode(status="approved", approved_version=1)
            came = at_once(
                partial(transition, reloaded(episode), "published", publisher),
                partial(edited, reloaded(episode), editor),
            )
            assert kinds(came) in (["Decision", "Stale"], ["NoneType", "Stale"]), came
            now = reloaded(episode)
            assert (now.status, now.version) in {("published", 1), ("in_review", 2)}

    def test_parallel_equal_reports_are_one_finding(self):
        for number in range(5):
            episode = factories.public_episode()
            came = at_once(*(partial(report, reloaded(episode), None, f"Wrong {number}.") for _ in range(2)))
            assert came == [None, None]
            assert [finding.message for finding in episode.findings.all()] == [f"Wrong {number}."]

    def test_parallel_report_and_withdrawal_are_serialized(self):
        by = factories.publisher()
        for _round in range(5):
            episode = factories.public_episode()
            withdraw = partial(transition, reloaded(episode), "withdrawn", by, "Asked to.")
            came = at_once(withdraw, partial(report, reloaded(episode), None, "Wrong."))
            assert kinds(came) in (["Decision", "NoneType"], ["Decision", "Refused"]), came
            assert episode.findings.count() == (came[1] is None)
            assert reloaded(episode).status == "withdrawn"
