"""Querysets: the exact rows that each method returns, over rows in every state."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from episodes.models import (
    ITEMS,
    Appearance,
    Episode,
    Finding,
    Gloss,
    Mention,
    Note,
    Prediction,
    Section,
    Snapshot,
    Tag,
    TaggedEpisode,
)
from people.models import Entity, Speaker, entity_not_rejected, speaker_not_rejected
from tests import factories

pytestmark = pytest.mark.django_db

STATUSES = ("draft", "in_review", "changes_requested", "approved", "published", "evergreen", "withdrawn")
DECIDED = {"draft": {}, "accepted": {}, "evergreen": {"self_verified": True}, "rejected": {"reject_code": "private"}}


def episodes() -> dict[str, Episode]:
    """Create one episode in each status, scheduled ones, one without a time of publication, and a working copy."""
    now = timezone.now()
    past, future = now - timedelta(hours=1), now + timedelta(hours=1)
    rows = {status: factories.episode(status=status, published_at=past) for status in STATUSES}
    rows |= {f"{status} later": factories.episode(status=status, published_at=future) for status in STATUSES[4:]}
    rows["withdrawn never"] = factories.episode(status="withdrawn", published_at=None)
    rows["copy"] = factories.episode(status="approved", published_at=past, revises=rows["published"])
    return rows


def names_in(rows: dict[str, Any], queryset: Any) -> set[str]:
    keys = {row.pk for row in queryset}
    return {name for name, row in rows.items() if row.pk in keys}


def test_public_episodes_are_published_by_now():
    rows = episodes()
    assert names_in(rows, Episode.objects.public()) == {"published", "evergreen"}
    later = timezone.now() + timedelta(hours=2)
    assert names_in(rows, Episode.objects.public(at=later)) == {
        "published", "evergreen", "published later", "evergreen later",
    }  # fmt: skip
    assert names_in(rows, Episode.objects.public(at=timezone.now() - timedelta(hours=2))) == set()
    assert {name for name, row in rows.items() if row.is_public} == {"published", "evergreen"}


def test_episode_is_public_from_its_time_on():
    at = timezone.now() + timedelta(hours=3)
    episode = factories.episode(status="published", published_at=at)
    assert list(Episode.objects.public(at=at)) == [episode]
    assert list(Episode.objects.public(at=at - timedelta(microseconds=1))) == []


def test_tombstones_were_public_before_withdrawal():
    assert names_in(rows := episodes(), Episode.objects.tombstones()) == {"withdrawn"}
    assert names_in(rows, Episode.objects.working()) == {"copy"}
    assert names_in(rows, Episode.objects.library()) == set(rows) - {"copy"}


def test_statuses_are_settled_or_open():
    assert {*Episode.OPEN_STATUSES, *Episode.SETTLED_STATUSES} == set(Episode.Status)
    assert not {*Episode.OPEN_STATUSES} & {*Episode.SETTLED_STATUSES}
    assert {status for status in STATUSES if Episode(status=status).is_settled} == {
        "approved", "published", "evergreen", "withdrawn",
    }  # fmt: skip


def test_due_episodes_are_evergreen_past_recheck_date():
    today = timezone.localdate()
    fields = {"published_at": timezone.now()}
    rows = {
        "today": factories.episode(status="evergreen", recheck_on=today, **fields),
        "before": factories.episode(status="evergreen", recheck_on=today - timedelta(days=1), **fields),
        "tomorrow": factories.episode(status="evergreen", recheck_on=today + timedelta(days=1), **fields),
        "no day": factories.episode(status="evergreen", **fields),
        "published": factories.episode(status="published", recheck_on=today, **fields),
    }
    assert names_in(rows, Episode.objects.due()) == {"today", "before"}


@pytest.mark.parametrize("model", [Section, *ITEMS])
def test_public_items_are_visible_in_public_episodes(model):
    rows = {}
    for place, episode in episodes().items():
        for status, more in DECIDED.items():
            own = {"entity": factories.entity()} if model is Mention else {}
            rows[place, status] = model.objects.create(episode=episode, status=status, **more, **own)
    shown = {"draft", "accepted", "evergreen"} if model in (Section, Mention) else {"accepted", "evergreen"}
    assert names_in(rows, model.objects.shown()) == {(place, status) for place, status in rows if status in shown}
    assert names_in(rows, model.objects.public()) == {
        (place, status) for place, status in rows if status in shown and place in ("published", "evergreen")
    }


def test_public_credits_and_tags_follow_their_episode():
    credits, tags = {}, {}
    for place, episode in episodes().items():
        credits[place] = factories.appearance(episode)
        tag = Tag.objects.create(name=place, slug=f"t-{episode.pk}")
        tags[place] = TaggedEpisode.objects.create(content_object=episode, tag=tag)
    assert names_in(credits, Appearance.objects.public()) == {"published", "evergreen"}
    assert names_in(tags, TaggedEpisode.objects.public()) == {"published", "evergreen"}
    assert {tag.name for tag in Tag.objects.public()} == {"published", "evergreen"}


def test_gloss_is_hidden_with_its_section():
    episode = factories.public_episode()
    rows = {None: episode.glosses.create(term="none")}
    for status, more in DECIDED.items():
        section = episode.sections.create(text="x", status=status, **more)
        rows[status] = episode.glosses.create(term=status, section=section)
    assert names_in(rows, Gloss.objects.shown()) == {None, "draft", "accepted", "evergreen"}
    hidden = factories.episode().glosses.create(term="hidden")
    assert names_in({**rows, "hidden": hidden}, Gloss.objects.public()) == {None, "draft", "accepted", "evergreen"}


@pytest.mark.parametrize("model", [Appearance, factories.quote, factories.prediction])
def test_public_speakers_are_credited_in_public_episodes(model):
    def credit(episode: Episode, speaker: Speaker, **fields: Any) -> None:
        if model is Appearance:
            factories.appearance(episode, speaker)
        else:
            model(episode, speaker=speaker, **fields)

    rows = {status: factories.speaker(status, status=status, **more) for status, more in DECIDED.items()}
    rows["hidden"], rows["nowhere"] = factories.speaker("hidden"), factories.speaker("nowhere")
    for status in DECIDED:
        credit(factories.public_episode(), rows[status])
    credit(factories.episode(), rows["hidden"])
    if model is not Appearance:
        rows["unread"] = factories.speaker("unread")
        credit(factories.public_episode(), rows["unread"], status="draft")
    assert names_in(rows, Speaker.objects.public()) == {"draft", "accepted", "evergreen"}
    assert {name for name, row in rows.items() if row.introduced} == {"accepted", "evergreen"}


def test_public_entities_are_mentioned_in_public_episodes():
    rows = {status: factories.entity(status, status=status, **more) for status, more in DECIDED.items()}
    rows["hidden"], rows["left out"] = factories.entity("hidden"), factories.entity("left out")
    episode = factories.public_episode()
    for status in DECIDED:
        factories.mention(episode, rows[status])
    factories.mention(factories.episode(), rows["hidden"])
    factories.mention(episode, rows["left out"], status="rejected", reject_code="private")
    assert names_in(rows, Entity.objects.public()) == {"draft", "accepted", "evergreen"}
    assert {name for name, row in rows.items() if row.introduced} == {"accepted", "evergreen"}


def test_recurring_names_occur_in_two_public_episodes():
    first, second, hidden = factories.public_episode(), factories.public_episode(), factories.episode()
    speakers = {name: factories.speaker(name) for name in ("twice", "two ways", "once twice", "once and hidden")}
    speakers["rejected"] = factories.speaker("rejected", status="rejected", reject_code="private")
    for name in ("twice", "rejected"):
        factories.appearance(first, speakers[name])
        factories.appearance(second, speakers[name])
    factories.quote(first, speaker=speakers["two ways"])
    factories.prediction(second, speaker=speakers["two ways"])
    factories.appearance(first, speakers["once twice"])
    factories.quote(first, speaker=speakers["once twice"])
    factories.appearance(first, speakers["once and hidden"])
    factories.appearance(hidden, speakers["once and hidden"])
    assert names_in(speakers, Speaker.objects.recurring()) == {"twice", "two ways"}
    entities = {name: factories.entity(name) for name in ("twice", "once twice", "once and hidden")}
    entities["rejected"] = factories.entity("rejected", status="rejected", reject_code="private")
    for name in ("twice", "rejected"):
        factories.mention(first, entities[name])
        factories.mention(second, entities[name])
    factories.mention(first, entities["once twice"], listed_as="a")
    factories.mention(first, entities["once twice"], listed_as="b")
    factories.mention(first, entities["once and hidden"])
    factories.mention(hidden, entities["once and hidden"])
    assert names_in(entities, Entity.objects.recurring()) == {"twice"}
    for episode, names in ((first, "ab"), (second, "a"), (hidden, "b")):
        for name in names:
            factories.tag(episode, name)
    assert {tag.name for tag in Tag.objects.recurring()} == {"a"}


def test_rejected_names_are_left_out_of_rows():
    rows, episode = {}, factories.episode()
    for status, more in DECIDED.items():
        speaker, entity = (
            factories.speaker(status, status=status, **more),
            factories.entity(status, status=status, **more),
        )
        rows[status] = (factories.appearance(episode, speaker), factories.mention(episode, entity))
    kept = {"draft", "accepted", "evergreen"}
    credits, mentions = ({name: pair[i] for name, pair in rows.items()} for i in (0, 1))
    assert names_in(credits, Appearance.objects.filter(speaker_not_rejected())) == kept
    assert names_in(mentions, Mention.objects.filter(entity_not_rejected())) == kept


def predictions() -> dict[str, Prediction]:
    episode, today = factories.public_episode(), timezone.localdate()
    copy = factories.episode(revises=episode)
    days = {"today": 0, "tomorrow": 1, "in 30 days": 30, "in 31 days": 31, "yesterday": -1}
    rows = {name: factories.prediction(episode, due_on=today + timedelta(days=n)) for name, n in days.items()}
    rows["never"] = factories.prediction(episode)
    rows["judged by"] = factories.prediction(episode, due_on=today, criteria="c")
    rows["true"] = factories.prediction(episode, due_on=today, outcome="true")
    rows["draft"] = factories.prediction(episode, due_on=today, status="draft")
    rows["rejected"] = factories.prediction(episode, due_on=today, status="rejected", reject_code="private")
    rows["copied"] = factories.prediction(copy, due_on=today)
    tomorrow = {"due_on": today + timedelta(days=1)}
    rows["true soon"] = factories.prediction(episode, outcome="true", **tomorrow)
    rows["copied soon"] = factories.prediction(copy, **tomorrow)
    rows["rejected soon"] = factories.prediction(episode, status="rejected", reject_code="private", **tomorrow)
    return rows


def test_predictions_are_open_due_and_resolved():
    rows = predictions()
    days = {"today", "tomorrow", "in 30 days", "in 31 days", "yesterday"}
    assert names_in(rows, Prediction.objects.open()) == {*days, "never", "judged by", "draft"}
    assert names_in(rows, Prediction.objects.due()) == {"today", "yesterday", "judged by"}
    assert names_in(rows, Prediction.objects.due_soon()) == {"tomorrow", "in 30 days"}
    assert names_in(rows, Prediction.objects.without_criteria()) == {*days, "draft"}
    assert names_in(rows, Prediction.objects.without_due_date()) == {"never"}
    assert names_in(rows, Prediction.objects.resolved()) == {"true", "true soon"}


def test_findings_are_open_and_block():
    episode, rows = factories.episode(), {}
    for state in Finding.State.values:
        for severity in Finding.Severity.values:
            fields = {"code": "c", "message": "m", "origin": "check", "fingerprint": f"{state}{severity}"}
            rows[state, severity] = Finding.objects.create(episode=episode, state=state, severity=severity, **fields)
    assert names_in(rows, Finding.objects.open()) == {("open", severity) for severity in Finding.Severity.values}
    assert names_in(rows, Finding.objects.blocking()) == {("open", "error")}
    assert [Finding(severity=severity).rank for severity in ("error", "warning", "info", "bogus")] == [0, 1, 2, 0]


def test_note_of_working_copy_defaults_to_original():
    episode = factories.public_episode()
    copy = factories.episode(revises=episode)
    fields = {"dialect": "front_matter", "text": "x", "digest": "d"}
    old = Note.objects.create(episode=episode, name="old", state="superseded", **fields)
    current = Note.objects.create(episode=episode, name="current", **fields)
    assert set(Note.objects.current()) == {current}
    assert list(Note.objects.for_spans_of(copy)) == list(Note.objects.for_spans_of(episode)) == [current]
    own = Note.objects.create(episode=copy, name="own", **fields)
    assert list(Note.objects.for_spans_of(copy)) == [own, current]
    assert old not in Note.objects.for_spans_of(episode)


def test_corrections_are_later_snapshots_of_publication():
    episode, user, now = factories.public_episode(), factories.editor(), timezone.now()
    hour = timedelta(hours=1)
    moments = [("first", now - 3 * hour, now - 3 * hour), ("corrected", now - 3 * hour, now - 2 * hour)]
    moments += [("again", now - hour, now - hour), ("early", now + hour, now), ("early again", now + hour, now)]
    rows = {
        name: Snapshot.objects.create(episode=episode, number=i, published_at=published, made_at=at, by=user)
        for i, (name, published, at) in enumerate(moments, 1)
    }
    assert names_in(rows, Snapshot.objects.corrections()) == {"corrected"}


def test_time_text_falls_back_to_raw():
    assert factories.quote(factories.episode(), start=3661).start_text == "01:01:01"
    assert factories.quote(factories.episode(), start=0, start_raw="x").start_text == "00:00:00"
    assert factories.quote(factories.episode(), start=None, start_raw="half past").start_text == "half past"
    assert Episode(duration=0).duration_text == "00:00:00"
    assert Episode().duration_text == ""
    assert (str(Episode(title="T", slug="s", pk=1)), str(Episode(slug="s", pk=1)), str(Episode(pk=1))) == (
        "T", "s", "#1",
    )  # fmt: skip
