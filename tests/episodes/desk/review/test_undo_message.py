"""The description of an undo and the thing shown after it."""

import pytest
from django.utils import translation

from episodes.models import Episode, Finding, Quote, Section
from episodes.workflow import release, transition
from tests import factories
from tests.episodes.desk.form_data import signed_in
from tests.episodes.desk.review.screen import (
    address,
    held,
    post,
    press,
    seen,
    thing,
)
from tests.episodes.workflow.steps import reloaded

pytestmark = pytest.mark.django_db


@pytest.fixture
def episode():
    return held()


@pytest.fixture
def quote(episode):
    return episode.quotes.get(text="Early.")


def undo(episode, at="summary"):
    answer = post(factories.editor(), episode, "undo", at)
    return " ".join(answer["messages"]), answer["next"]["id"]


def fault(row, **fields):
    fields = {"code": "x", "severity": "warning", "message": "Wrong.", "origin": "person", **fields}
    return Finding.objects.create(episode=row.episode, target=row, fingerprint=f"f{Finding.objects.count()}", **fields)


def test_decision(episode, quote):
    post(factories.editor(), episode, "accept", thing(quote))
    assert undo(episode) == ("Undone: quote “Early.”: draft again.", thing(quote))


def test_words_with_their_decision(episode, quote):
    post(factories.editor(), episode, "accept", thing(quote), seen=seen(quote), text="Other.", start="00:01:07")
    assert undo(episode) == ("Undone: quote “Early.”: time, text restored, draft again.", thing(quote))


def test_repair_with_its_finding(episode, quote):
    found = fault(quote, repair={"start": 61})
    post(factories.editor(), episode, f"repair:{found.pk}", thing(quote), seen=seen(quote))
    assert undo(episode) == ("Undone: quote “Early.”: time restored.", thing(quote))


def test_settled_finding_shows_its_thing(episode, quote):
    found = fault(quote)
    post(factories.editor(), episode, f"resolve:{found.pk}", thing(quote))
    assert undo(episode) == ("Undone: flag “Wrong.”: open again.", thing(quote))


def test_summary_and_tags(episode):
    post(factories.editor(), episode, "accept", "summary")
    post(factories.editor(), episode, "tag", "names", tag="mine")
    said, shown = undo(episode)
    assert ("tags restored" in said, shown) == (True, "names")
    assert undo(episode, "names") == ("Undone: episode “summary”: draft again.", "summary")


def test_undone_addition_stays_at_its_section(episode):
    section = episode.sections.first()
    made = {"make": "quote", "words": "The Engine waits.", "speaker": episode.quotes.first().speaker_id}
    post(factories.editor(), episode, "select", thing(section), seen=seen(section), **made)
    assert Quote.objects.count() == 3
    assert undo(episode, thing(section)) == ("Undone: quote removed again.", thing(section))


def test_many_things_are_named_and_counted(episode):
    with translation.override("en"):
        keys = list(episode.mentions.values_list("pk", flat=True))
        keys += [factories.mention(episode, factories.entity(name)).pk for name in ("A", "B", "C", "D")]
        post(factories.editor(), episode, "accept-names", "names", mention=keys)
    said, shown = undo(episode)
    assert said.count("draft again") == 3
    assert said.endswith("2 more items.")
    assert shown == "names"


def test_label_shows_the_labels(episode):
    for number in range(2):
        factories.quote(episode, label="guest", text=str(number), status="draft")
    post(factories.editor(), episode, "label", "speakers", label="guest", speaker=episode.quotes.first().speaker_id)
    said, shown = undo(episode)
    assert (said.count("speaker restored"), shown) == (2, "speakers")


def test_undoing_first_decision_releases_claim():
    episode = held(status="draft", claimed_by=None, claimed_at=None)
    quote = episode.quotes.get(text="Early.")
    post(factories.editor(), episode, "accept", thing(quote))
    assert reloaded(episode).status == "in_review"
    said, shown = undo(episode)
    assert said.endswith("No item is reviewed any more: the episode is a draft again and unassigned.")
    assert (shown, reloaded(episode).status, reloaded(episode).claimed_by) == (thing(quote), "draft", None)


def test_release_is_offered_once_nothing_is_decided():
    episode = held(status="draft", claimed_by=None, claimed_at=None)
    transition(episode, "in_review", factories.editor())
    page = signed_in(factories.editor())

    def offered():
        html = page.get(address(episode)).content.decode()
        return "hidden" not in html[html.index('id="review-release"') :].split(">")[0]

    assert offered()
    section = episode.sections.first()
    assert post(factories.editor(), episode, "accept", thing(section))["release"] is False
    assert not offered()
    assert post(factories.editor(), episode, "undo", "summary")["release"] is True
    assert offered()
    release(reloaded(episode), factories.editor())
    assert Episode.objects.get().status == "draft"
    assert b"review-release" not in page.get(address(episode)).content


def test_without_script_the_thing_is_shown_too(episode):
    section = Section.objects.last()
    post(factories.editor(), episode, "accept", thing(section))
    page = press(factories.editor(), episode, "undo", "summary")
    assert f'data-id="{thing(section)}"' in page.content.decode()
    assert "Undone: section “Two”: draft again." in page.content.decode()
