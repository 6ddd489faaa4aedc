"""Adoption: drafts that are adopted, drafts that are excluded, and what visitors see."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from episodes import workflow
from episodes.bases.reviewable import ReviewLevel
from episodes.importing.adoption_exclusions import Reason
from episodes.models import Decision, Episode, Mention, Prediction, Quote, Section, Snapshot
from episodes.rendering.page import stamped
from tests import factories
from tests.episodes.importing.adoptions import (
    WHY,
    draft,
    public,
    rows_of,
    run,
)

pytestmark = pytest.mark.django_db


# --- effects


def test_draft_is_adopted_with_its_date(capsys):
    made = draft()
    run("--all")
    made.refresh_from_db()
    assert public() == {made}
    assert (made.status, made.adopted, made.published_at) == ("published", True, datetime(2024, 5, 1, tzinfo=UTC))
    assert capsys.readouterr().out.strip() == "1 notes: 1 adopted."


def test_adoption_writes_decision_snapshot_and_html():
    made = draft("Some *words*.")
    run("--all")
    told = Decision.objects.values_list("episode", "from_status", "to_status", "by__username", "reason", "version")
    assert list(told) == [(made.pk, "draft", "published", "paul", WHY, 1)]
    assert list(Snapshot.objects.values_list("episode", "number", "by__username")) == [(made.pk, 1, "paul")]
    assert made.sections.get().html == stamped("<p>Some <em>words</em>.</p>")


def test_adopted_page_hides_undecided_items(client: Client):
    made = draft("Words of the section.", summary="In short.")
    factories.mention(made, factories.entity("Engine"))
    factories.quote(made, status="draft", text="A quote nobody checked.")
    factories.prediction(made, status="draft", words="A prediction nobody checked.")
    run("--all")
    assert set(Section.objects.public()) == set(Section.objects.all())
    assert set(Mention.objects.public()) == set(Mention.objects.all())
    assert (set(Quote.objects.public()), set(Prediction.objects.public())) == (set(), set())
    assert {row.review_level for row in (*Section.objects.all(), *Mention.objects.all())} == {ReviewLevel.UNREAD}
    page = client.get(reverse("episode", args=[made.slug])).content.decode()
    assert "Words of the section." in page
    assert ">Engine</a>" in page
    assert "nobody checked" not in page
    for name, row in (("quote", made.quotes.get()), ("prediction", made.predictions.get())):
        assert client.get(reverse(name, args=[row.pk])).status_code == 404


def test_quote_is_shown_once_accepted():
    made = draft()
    quote = factories.quote(made, status="draft", speaker=factories.speaker())
    run("--all")
    workflow.transition(Quote.objects.get(), "accepted", factories.editor())
    assert set(Quote.objects.public()) == {quote}


def test_page_notes_adoption_once(client: Client):
    made = draft()
    run("--all")
    page = client.get(f"/en/episodes/{made.slug}/").content.decode()
    assert page.count("without item-by-item review") == 1
    assert "<span>Machine-made, published by this site without item-by-item review.</span>" in page


def test_page_notes_later_reviews(client: Client):
    made = draft()
    Section.objects.create(episode=made, heading="Second", text="More words.", status="accepted")
    run("--all")
    page = client.get(f"/en/episodes/{made.slug}/").content.decode()
    line = "Machine-made, published by this site without item-by-item review."
    assert f"<span>{line} Reviewed by a person since: 1 of 2 sections.</span>" in page


def test_adopted_episodes_are_listed_by_date(client: Client):
    newest = factories.public_episode(title="Yesterday's", aired_on=timezone.localdate() - timedelta(days=1))
    old = draft(title="Of old")
    run("--all")
    for name in ("home", "episode_list"):
        page = client.get(reverse(name)).content.decode()
        assert page.index(newest.title.replace("'", "&#x27;")) < page.index(old.title)


def test_given_date_applies_to_all():
    dated, undated = draft(), draft(aired_on=None)
    run("--all", "--published-at", "2020-02-03T04:05")
    assert set(Episode.objects.values_list("pk", "published_at")) == {
        (episode.pk, datetime(2020, 2, 3, 4, 5, tzinfo=UTC)) for episode in (dated, undated)
    }


def test_day_begins_in_site_time_zone(settings):
    settings.TIME_ZONE = "Asia/Shanghai"
    draft()
    run("--all", "--published-at", "2020-02-03")
    assert Episode.objects.get().published_at == datetime(2020, 2, 2, 16, tzinfo=UTC)


def test_note_dated_today_is_public_immediately():
    made = draft(aired_on=timezone.localdate())
    run("--all")
    assert public() == {made}


# --- exclusions

UNFIT = {
    Reason.HEADER_NOT_READ: {"text": "Words.\n\n---\ntitle: x\nexclude: true\n---\n\nWords."},
    Reason.EXCLUDE: {"extra": {"exclude": "true"}},
    Reason.PRIVATE: {"extra": {"params": {"Is-Private": "on"}}},
    Reason.UNPUBLISHED: {"extra": {"dg-publish": "false"}},
    Reason.HIDDEN: {"extra": {"build": {"list": "never"}}},
    Reason.PROTECTED: {"extra": {"password": "open sesame"}},
    Reason.PRIVATE_PLACE: {"place": "_drafts/note.md"},
    Reason.EXPIRES: {"extra": {"expiryDate": "2020-01-01"}},
    Reason.NOINDEX: {"extra": {"robots": ["noindex"]}},
    Reason.INBOX: {"extra": {"status": "inbox"}},
    Reason.ARCHIVED: {"extra": {"Status": "'Archived'"}},
    Reason.NO_DATE: {"aired_on": None, "aired_on_raw": "long ago"},
    Reason.FUTURE_DATE: {"aired_on": date(2999, 1, 1)},
    Reason.PLACEHOLDER_SOURCE: {"source_url": "https://www.youtube.com/watch?v=YOUR_VIDEO_ID"},
    Reason.EMPTY_BODY: {"text": "<!-- chunk 1/2 -->"},
    Reason.REPEATED_PARAGRAPH: {"text": "The loom weaves flowers as the engine weaves its patterns.\n\n" * 10},
    Reason.GENERATOR_PADDING: {"text": "Words.\n\n<!-- padding up to the length asked for -->"},
    Reason.GENERATOR_TALK: {"text": "Words.\n\nThe task is complete. The metadata is above."},
}


def test_every_reason_is_tested():
    assert set(UNFIT) == set(Reason)


@pytest.mark.parametrize("reason", Reason)
def test_each_reason_excludes_unless_included(reason, capsys, tmp_path):
    fit, unfit = draft(), draft(**UNFIT[reason])
    (row,) = [row for row in rows_of(tmp_path, "--all") if row["outcome"] != "adopted"]
    assert (row["path"], row["episode"], row["outcome"], row["reason"]) == (unfit.slug, unfit.pk, "left-out", reason)
    assert public() == {fit}
    run("--all")
    assert f"{unfit.slug}: left-out ({reason}). {row['message']}" in capsys.readouterr().out
    others = [part for other in Reason if other != reason for part in ("--include", other)]
    run("--all", *others)
    assert public() == {fit}
    run("--all", "--include", reason)
    assert public() == {fit, unfit}


def test_including_one_of_two_reasons_excludes():
    made = draft(text="", extra={"exclude": "true"})
    run("--all", "--include", "exclude")
    assert public() == set()
    run("--all", "--include", "all")
    assert public() == {made}


@pytest.mark.parametrize(
    "fields",
    [
        {"extra": {"draft": "true", "status": "evergreen"}},
        {"extra": {"status": "draft", "exclude": "false"}},
        {"extra": {"exclude": None, "status": ["evergreen"], "private_contact": "door 12"}},
        {"extra": {"published": "2020-01-01", "publish": "yes", "visibility": "public", "cover": {"hidden": "true"}}},
        {"place": "posts/_4tinRAsR4M.md"},
        {"source_url": ""},
        {"text": "A fold <details> that never ends, and **bold without end.\n\n[BODY_END]"},
        {"title": "", "summary": ""},
    ],
)
def test_markup_errors_do_not_exclude(fields):
    made = draft(**fields)
    run("--all")
    assert public() == {made}


def test_body_of_items_is_not_empty():
    made = draft(text="")
    factories.quote(made, status="draft")
    run("--all")
    assert public() == {made}


def test_rejected_section_does_not_count():
    made = draft(text="")
    Section.objects.create(episode=made, text="Words.", status="rejected", reject_code="trivial")
    run("--all")
    assert public() == set()


@pytest.mark.parametrize("status", [s for s in Episode.Status.values if s != "draft"])
def test_only_drafts_are_adopted(status, tmp_path):
    moment = timezone.now() - timedelta(days=1) if status in ("published", "evergreen", "withdrawn") else None
    made = draft(status=status, published_at=moment)
    (row,) = rows_of(tmp_path, "--all")
    assert (row["outcome"], row["path"]) == ("left-alone", made.slug)
    assert list(Episode.objects.values_list("status", "adopted")) == [(status, False)]
    assert not Decision.objects.exists()


def test_withdrawn_adopted_episode_is_left_alone(tmp_path):
    made = draft()
    run("--all", verbosity=0)
    made.refresh_from_db()
    workflow.transition(made, "withdrawn", factories.publisher(), "The guest asked for it.")
    assert [row["outcome"] for row in rows_of(tmp_path, "--all")] == ["left-alone"]
    assert public() == set()


def test_working_copies_are_ignored(tmp_path):
    public_one = factories.public_episode()
    copy = draft(revises=public_one)
    assert [row["episode"] for row in rows_of(tmp_path, "--all")] == [public_one.pk]
    copy.refresh_from_db()
    assert copy.status == "draft"
