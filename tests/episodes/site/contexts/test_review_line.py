"""The sentence of how far a page was reviewed: exact in both languages, and never at odds with itself."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import pytest
from django.test import Client
from django.utils import timezone, translation

from episodes.bases.reviewable import ReviewLevel
from episodes.desk.transition_buttons import TransitionButtons
from episodes.models import Episode, Section
from episodes.site.contexts.review_summary import ReviewSummary
from episodes.site.syndication.review_status import review_statuses
from tests import factories
from tests.episodes.desk.form_data import change_page, signed_in

MADE = {
    "unread": ("Machine-made, not reviewed by a person yet.", "机器整理，尚未经人工审阅。"),
    "read": ("Machine-made, reviewed by a person.", "机器整理，经人工审阅。"),
    "second": (
        "Machine-made, reviewed by a person and double-checked by a second.",
        "机器整理，经人工审阅，并由另一人复核。",
    ),
    "alone": (
        "Machine-made, reviewed by a person and double-checked by the same person on a later day.",
        "机器整理，经人工审阅，并由同一人隔日复核。",
    ),
    "adopted": (
        "Machine-made, published by this site without item-by-item review.",
        "机器整理，未经逐条审阅，由本站发布。",
    ),
    "own adopted": ("Published by this site without item-by-item review.", "由本站发布，未经逐条审阅。"),
    "partly": ("Machine-made. Reviewed by a person so far: ", "机器整理。目前人工已审阅："),
    "since": (
        "Machine-made, published by this site without item-by-item review. Reviewed by a person since: ",
        "机器整理，未经逐条审阅，由本站发布。此后人工已审阅：",
    ),
    "full": ("Fully checked. ", "定稿（全部复核）。"),
    "due": (" Due to be checked again since March 5, 2026.", "自2026年3月5日起应再次复核。"),
}
# (read, verified) of two sections; what of it is said beside the summary's care.
SECTIONS = {"none": (0, 0), "one": (1, 0), "both": (2, 0), "one verified": (2, 1), "all verified": (2, 2)}
PARTS = {
    ("none", ReviewLevel.READ): ("the summary.", "摘要。"),
    ("none", ReviewLevel.VERIFIED): ("the summary.", "摘要。"),
    ("one", None): ("1 of 2 sections.", "2个段落中的1个。"),
    ("one", ReviewLevel.UNREAD): ("1 of 2 sections.", "2个段落中的1个。"),
    ("one", ReviewLevel.READ): ("the summary and 1 of 2 sections.", "摘要和2个段落中的1个。"),
    ("one", ReviewLevel.VERIFIED): ("the summary and 1 of 2 sections.", "摘要和2个段落中的1个。"),
}
PARTS |= {
    (name, ReviewLevel.UNREAD): ("everything but the summary.", "除摘要外的全部内容。")
    for name in ("both", "one verified", "all verified")
}
FACTS = list(product(SECTIONS, (None, *ReviewLevel), *[(False, True)] * 5))


def expected(
    sections: str, summary: ReviewLevel | None, own: bool, adopted: bool, evergreen: bool, alone: bool, due: bool
):
    """(English, Chinese), from a table and not from the code."""
    part = PARTS.get((sections, summary))
    unread = sections == "none" and not summary
    if own:
        return MADE["own adopted"] if adopted and (unread or part) else ("", "")
    verified = sections == "all verified" and summary in (None, ReviewLevel.VERIFIED)
    if unread:
        said = MADE["adopted" if adopted else "unread"]
    elif part:
        said = both(MADE["since" if adopted else "partly"], part)
    elif verified:
        said = MADE["alone" if alone else "second"]
        said = both(MADE["full"], said) if evergreen else said
    else:
        said = MADE["read"]
    return both(said, MADE["due"]) if evergreen and due else said


def both(one: tuple[str, str], other: tuple[str, str]) -> tuple[str, str]:
    return one[0] + other[0], one[1] + other[1]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_each_combination_has_its_sentence(language: str) -> None:
    wrong = []
    with translation.override(language):
        for sections, summary, own, adopted, evergreen, alone, due in FACTS:
            read, verified = SECTIONS[sections]
            day = date(2026, 3, 5) if due else None
            line = ReviewSummary(own, adopted, evergreen, 2, read, verified, summary, alone, day).line
            told = expected(sections, summary, own, adopted, evergreen, alone, due)[language != "en"]
            wrong += [] if line == told else [(line, told)]
    assert len(FACTS) == 5 * 4 * 32
    assert wrong == []


def test_no_sentence_is_at_odds_with_itself() -> None:
    """Without review and reviewed as a whole, unread and checked, once and twice: never two of these at once."""
    at_odds = [
        ("without item-by-item review", "reviewed by a person and"),
        ("without item-by-item review", "Machine-made, reviewed"),
        ("without item-by-item review", "Fully checked"),
        ("not reviewed", "reviewed by a person and"),
        ("not reviewed", "Reviewed by a person"),
        ("not reviewed", "Fully checked"),
        ("so far", "Fully checked"),
        ("by a second", "by the same person"),
    ]
    with translation.override("en"):
        for sections, summary, *flags, due in FACTS:
            read, verified = SECTIONS[sections]
            own, adopted, evergreen, alone = flags
            review = ReviewSummary(
                own, adopted, evergreen, 2, read, verified, summary, alone, date(2026, 3, 5) if due else None
            )
            assert [pair for pair in at_odds if all(words in review.line for words in pair)] == []
            assert ("double-checked" in review.line) <= (review.review_level == ReviewLevel.VERIFIED)
            assert ("not reviewed" in review.line) <= (review.state == "unread")
            assert ("without" in review.line) == (adopted and review.state in ("unread", "partly"))


def episode_of(statuses: list[str], **fields: object) -> Episode:
    made = factories.public_episode(**fields)
    made.sections.all().delete()
    verified = {"accepted_by": factories.editor(), "verified_by": factories.verifier()}
    for status in statuses:
        Section.objects.create(episode=made, text="…", status=status, **(verified if status == "evergreen" else {}))
    return made


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("adopted", [False, True])
@pytest.mark.parametrize("statuses", [["draft"] * 2, ["accepted", "draft"], ["accepted"] * 2, ["evergreen"] * 2])
def test_page_feed_twin_list_and_desk_say_the_same(
    client: Client, language: str, adopted: bool, statuses: list[str]
) -> None:
    status = "evergreen" if statuses[0] == "evergreen" else "published"
    made = episode_of(statuses, adopted=adopted, status=status, recheck_on=timezone.localdate() - timedelta(days=1))
    prefix = "/en" if language == "en" else ""
    with translation.override(language):
        line = review_statuses([made])[made.pk].line
    assert line
    pages = [f"{prefix}/episodes/{made.slug}/", f"{prefix}/episodes/{made.slug}.md", f"{prefix}/feed/json/"]
    # One address, in the language of the site.
    pages += [] if prefix else ["/llms.txt"]
    for page in pages:
        assert line in client.get(page).content.decode(), page
    desk = signed_in(factories.publisher()).get(change_page(made) if language == "en" else change_page(made)[3:])
    assert line in desk.content.decode()


@pytest.mark.django_db
def test_items_one_person_verified_alone_are_not_said_to_be_checked_by_a_second(client: Client) -> None:
    made = episode_of([])
    factories.quote(made, status="evergreen", self_verified=True)
    with translation.override("en"):
        assert review_statuses([made])[made.pk].line == MADE["alone"][0]
    assert MADE["alone"][0] in client.get(f"/en/episodes/{made.slug}/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"adopted": True}, "published · without item review"),
        ({}, "published"),
        ({"status": "draft", "adopted": True, "published_at": None}, "draft"),
        ({"status": "withdrawn", "adopted": True}, "withdrawn"),
        ({"status": "evergreen", "recheck_on": date(2020, 1, 1)}, "fully checked · to be checked again"),
        ({"status": "evergreen", "recheck_on": date(2999, 1, 1)}, "fully checked"),
        ({"published_at": timezone.now() + timedelta(days=900), "adopted": True}, "scheduled"),
    ],
)
def test_desk_says_beside_the_status_only_what_goes_with_it(fields: dict, told: str) -> None:
    with translation.override("en"):
        assert f">{told}</span>" in TransitionButtons.status_label(None, factories.public_episode(**fields))


@pytest.mark.django_db
def test_working_copy_of_an_adopted_episode_is_a_draft_and_nothing_else() -> None:
    from episodes import workflow

    made = factories.public_episode(adopted=True)
    copy = workflow.revise(made, factories.editor())
    with translation.override("en"):
        assert ">in review</span>" in TransitionButtons.status_label(None, copy)
    assert "On its page" not in signed_in(factories.editor()).get(change_page(copy)).content.decode()
