"""The queue: its things, their order, and the progress."""

import pytest

from episodes.bases.reviewable import Status
from episodes.desk.review.queue import queue_of
from episodes.models import Finding, Section
from tests import factories
from tests.episodes.desk.review.screen import held, thing

pytestmark = pytest.mark.django_db


def kinds(queue):
    return [thing.kind for thing in queue.things]


def test_things_are_in_reading_order():
    episode = held()
    queue = queue_of(episode)
    assert kinds(queue) == [
        "speakers", "summary", "section", "section", "prediction", "quote", "quote",
        "chapter", "takeaway", "observation", "names",
    ]  # fmt: skip
    assert (queue.total, queue.left) == (10, 10)


def test_plain_prose_has_no_screen_for_labels():
    episode = factories.episode()
    Section.objects.create(episode=episode, text="Words.")
    assert kinds(queue_of(episode)) == ["section"]


def test_empty_episode_has_grid_for_tags():
    assert kinds(queue_of(factories.episode())) == ["names"]


def test_errors_come_before_text():
    episode = held()
    late = episode.quotes.get(text="Late.")
    Finding.objects.create(
        episode=episode, code="c", severity="error", message="m", origin="check", target=late, fingerprint="f"
    )
    queue = queue_of(episode)
    assert [t.id for t in queue.things][:2] == ["speakers", thing(late)]
    # Also accepted ones: their errors block the approval.
    late.status = Status.ACCEPTED
    late.save()
    queue = queue_of(episode)
    assert queue.is_open(queue.find(thing(late)))


def test_warning_does_not_change_order():
    episode = held()
    Finding.objects.create(
        episode=episode, code="c", severity="warning", message="m", origin="check", target=episode.quotes.last()
    )
    assert kinds(queue_of(episode))[1] == "summary"


def test_next_open_thing_wraps_around():
    episode = held()
    queue = queue_of(episode)
    first, second = (queue.find(thing(section)) for section in episode.sections.all())
    assert queue.next_open(first) == second
    assert queue.next_open(queue.things[-1]).kind == "summary"


def test_postponed_things_come_last():
    episode = held()
    queue = queue_of(episode)
    first = queue.find(thing(episode.sections.first()))
    assert queue.next_open(queue.things[-1], later=["summary", first.id]).id == thing(episode.sections.last())
    everything = [t.id for t in queue.things]
    assert queue.next_open(queue.things[-1], later=everything).kind == "summary"


def test_no_next_when_all_decided():
    episode = factories.episode()
    Section.objects.create(episode=episode, text="Words.", status="accepted")
    assert queue_of(episode).next_open(None) is None


def test_minutes_count_prose_by_length():
    episode = factories.episode(language="zh-Hans")
    Section.objects.create(episode=episode, text="字" * 11 * 60 * 3)
    for _ in range(6):
        factories.quote(episode, status="draft")
    assert queue_of(episode).minutes_left == 4


def test_verifier_sees_items_accepted_by_others():
    by, other = factories.verifier(), factories.editor()
    episode = factories.public_episode(summary="S", summary_status="accepted", summary_accepted_by=other)
    Section.objects.all().delete()
    theirs = Section.objects.create(episode=episode, text="a", status="accepted", accepted_by=other)
    mine = Section.objects.create(episode=episode, text="b", status="accepted", accepted_by=by)
    factories.quote(episode, status="draft")
    factories.quote(episode, status="rejected", reject_code="trivial")
    queue = queue_of(episode, verifying=True, user_id=by.pk)
    assert {t.id for t in queue.things} == {"summary", thing(theirs), thing(mine)}
    assert [t.id for t in queue.things if queue.is_open(t)] == ["summary", thing(theirs)]


@pytest.mark.parametrize("rows", [1, 30])
def test_queue_costs_two_queries(rows, django_assert_num_queries):
    episode = held()
    for i in range(rows):
        factories.quote(episode, start=i)
        Section.objects.create(episode=episode, text="w", order=i)
    # Expect 2: the places of all rows in one UNION, the open findings.
    with django_assert_num_queries(2):
        queue = queue_of(episode)
        assert queue.things
        assert queue.left
