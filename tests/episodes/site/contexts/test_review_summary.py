"""Review status, reviewers and correction dates on pages."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from episodes.models import Episode, Section, Snapshot
from tests import factories
from tests.episodes.site.pages.test_episode import html_of

pytestmark = pytest.mark.django_db

ALONE = "Machine-made, reviewed by a person and double-checked by the same person on a later day."


def care(client: Client, episode: Episode) -> str:
    found = re.search(r'<p class="review-status">.*?<span>([^<]*)</span>\s*</p>', html_of(client, episode), re.DOTALL)
    return " ".join(found[1].split()) if found else ""


def sections(episode: Episode, *statuses: str) -> None:
    episode.sections.all().delete()
    verified = {"accepted_by": factories.editor(), "verified_by": factories.verifier()}
    for order, status in enumerate(statuses):
        Section.objects.create(
            episode=episode, text="…", order=order, status=status, **(verified if status == "evergreen" else {})
        )


@pytest.mark.parametrize(
    ("statuses", "summary", "line"),
    [
        (["draft", "draft"], "draft", "Machine-made, not reviewed by a person yet."),
        (["accepted", "draft"], "draft", "Machine-made. Reviewed by a person so far: 1 of 2 sections."),
        (
            ["accepted", "draft"],
            "accepted",
            "Machine-made. Reviewed by a person so far: the summary and 1 of 2 sections.",
        ),
        (["draft", "draft"], "accepted", "Machine-made. Reviewed by a person so far: the summary."),
        (["accepted", "evergreen"], "accepted", "Machine-made, reviewed by a person."),
        (["evergreen"], "draft", "Machine-made. Reviewed by a person so far: everything but the summary."),
        ([], "accepted", "Machine-made, reviewed by a person."),
    ],
)
def test_page_shows_review_sentence(client: Client, statuses: list[str], summary: str, line: str) -> None:
    made = factories.public_episode(summary="In short.", summary_status=summary)
    sections(made, *statuses)
    assert care(client, made) == line


def test_double_checked_page_says_so(client: Client) -> None:
    made = factories.public_episode()
    sections(made, "evergreen", "evergreen")
    assert care(client, made) == "Machine-made, reviewed by a person and double-checked by a second."


def test_self_verified_page_says_so(client: Client) -> None:
    made = factories.public_episode()
    sections(made, "evergreen", "evergreen")
    made.sections.filter(pk=made.sections.first().pk).update(self_verified=True)
    assert care(client, made) == ALONE


def test_self_verified_summary_says_so(client: Client) -> None:
    verified = {"summary_status": "evergreen", "summary_self_verified": True}
    made = factories.public_episode(summary="In short.", **verified)
    made.sections.all().delete()
    assert care(client, made) == ALONE


def test_adopted_note_ends_with_full_review(client: Client) -> None:
    made = factories.public_episode(adopted=True)
    sections(made, "draft")
    assert care(client, made) == "Machine-made, published by this site without item-by-item review."
    sections(made, "accepted")
    assert care(client, made) == "Machine-made, reviewed by a person."


def reviewers_line(client: Client, episode: Episode) -> str:
    """Return the text after the sentence: reviewers and dates."""
    return care(client, episode).partition("by a person. ")[2]


def test_reviewer_is_shown_by_full_name(client: Client) -> None:
    made = factories.public_episode()
    reader = factories.person("secret-log-in", "Editor", first_name="Ada", last_name="Lovelace")
    made.sections.update(accepted_by=reader, accepted_at=datetime(2026, 3, 5, tzinfo=UTC))
    assert reviewers_line(client, made) == "Reviewed by Ada Lovelace, March 5, 2026."


def test_username_is_never_shown(client: Client) -> None:
    made = factories.public_episode()
    made.sections.update(accepted_by=factories.person("secret-log-in"), accepted_at=datetime(2026, 3, 5, tzinfo=UTC))
    assert reviewers_line(client, made) == "Reviewed March 5, 2026."
    assert "secret-log-in" not in html_of(client, made)


def test_page_without_sections_counts_items(client: Client) -> None:
    made = factories.public_episode()
    made.sections.all().delete()
    factories.quote(made)
    assert care(client, made) == "Machine-made, reviewed by a person."


def corrections(client: Client, published: int, *made_on: int) -> list[str]:
    """Return the correction dates shown for an episode published on `day` of March with snapshots on the others."""
    first = datetime(2026, 3, published, tzinfo=UTC)
    made = factories.public_episode(published_at=first)
    for number, day in enumerate(made_on, 1):
        moment = datetime(2026, 3, day, 12, tzinfo=UTC)
        Snapshot.objects.create(
            episode=made, number=number, published_at=first, made_at=moment, by=factories.publisher()
        )
    html = html_of(client, made).partition("<main")[2].partition("Corrected:")[2].partition("</p>")[0]
    return re.findall(r'datetime="([^"]+)"', html)


def test_corrections_show_their_dates(client: Client) -> None:
    assert corrections(client, 1, 1, 5, 5, 9) == ["2026-03-05", "2026-03-09"]


def test_change_before_publication_is_no_correction(client: Client) -> None:
    assert corrections(client, 8, 1, 5) == []
    assert corrections(client, 8, 1, 5, 9) == ["2026-03-09"]


def test_republication_resets_corrections(client: Client) -> None:
    made = factories.public_episode()
    earlier = made.published_at - timedelta(days=3)
    for number, moment in ((1, earlier), (2, made.published_at)):
        Snapshot.objects.create(episode=made, number=number, published_at=moment, by=factories.publisher())
    assert "Corrected:" not in html_of(client, made)


def test_own_writing_has_no_machine_note(client: Client) -> None:
    assert care(client, factories.public_episode(form="own")) == ""


def test_reviewed_sections_are_marked_when_mixed(client: Client) -> None:
    made = factories.public_episode()
    sections(made, "accepted", "draft")
    assert html_of(client, made).count('class="status-note"') == 1
    sections(made, "accepted", "accepted")
    assert 'class="status-note"' not in html_of(client, made)
