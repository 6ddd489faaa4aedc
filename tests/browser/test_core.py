"""Two real notes from file to desk to public page and back to a file."""

import difflib
import re

import pytest
from django.core.management import call_command

from episodes.models import Episode, Finding
from tests import factories
from tests.browser.steps import accept_all, leave, sign_in
from tests.shared import NOTES, require

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def imported(number):
    require(NOTES.is_dir(), f"the real notes are not at {NOTES}")
    path = next((NOTES / "seeds").glob(f"{number}_*.md"))
    call_command("loaddata", path, verbosity=0)
    return path, Episode.objects.get()


def form(episode):
    return f"/en/admin/episodes/episode/{episode.pk}/change/"


def approve_and_publish(page, episode):
    page.goto(form(episode))
    page.click("button:text-is('Approve')")
    assert "approved" in page.inner_text(".messagelist")
    sign_in(page, factories.publisher())
    page.goto(form(episode))
    page.click("button:text-is('Publish')")
    assert Episode.objects.public().get() == episode
    leave(page)


def differences(path, folder):
    call_command("export_notes", str(folder), verbosity=0)
    before, after = path.read_text().splitlines(), (folder / path.name).read_text().splitlines()
    lines = difflib.unified_diff(before, after, lineterm="", n=0)
    return [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]


def test_plain_note_round_trips_unchanged(visitor, tmp_path):
    path, episode = imported("002")
    page = visitor
    factories.second_editor()
    sign_in(page, factories.editor())
    page.goto(form(episode))
    page.click("button:text-is('Start review')")
    page.click(".desk-counts button:text-is('Accept')")
    for kind in ("section", "mention"):
        accept_all(page, kind)
    approve_and_publish(page, episode)

    page.goto(episode.get_absolute_url())
    assert page.inner_text("h1") == episode.title
    assert page.locator("section.prose > h2").all_text_contents() == [s.heading for s in episode.sections.all()]
    assert page.context.cookies() == []
    call_command("export_notes", str(tmp_path), verbosity=0)
    assert (tmp_path / path.name).read_bytes() == path.read_bytes()


def set_speaker(page, kind, name):
    """Assign all waiting items of a kind to one speaker by the list's action."""
    page.click(f".desk-counts a[href*='/{kind}/']:not(.undecided)")
    page.check("#action-toggle")
    page.select_option("select[name=action]", "set_speaker")
    page.click(".actions .select2-selection")
    with page.expect_response(lambda answer: "autocomplete" in answer.url and "term=" in answer.url):
        page.locator(".select2-container--open .select2-search__field").fill(name)
    page.wait_for_selector(".select2-results__options:not(:has(.loading-results))")
    page.locator(f".select2-results__option:text-is('{name}')").first.click()
    page.wait_for_selector(f".actions .select2-selection__rendered:has-text('{name}')")
    page.click("button[name=index]")
    page.wait_for_selector(".messagelist .success")


def test_rich_note_round_trips_with_edits_only(visitor, tmp_path):
    path, episode = imported("004")
    page = visitor
    factories.second_editor()
    sign_in(page, factories.editor())
    page.goto(form(episode))
    page.click("button:text-is('Start review')")
    page.fill("#id_source_url", "https://example.net/140")
    page.click("text=Save and continue editing")
    for key in Finding.objects.blocking().values_list("pk", flat=True):
        page.goto(f"/en/admin/episodes/finding/{key}/change/")
        page.click("button:text-is('Apply')")
    assert not Finding.objects.blocking().exists()
    for kind in ("quote", "prediction"):
        page.goto(form(episode))
        set_speaker(page, kind, "姚顺宇")
    page.goto(form(episode))
    for kind in ("chapter", "quote", "prediction", "observation", "takeaway", "mention"):
        accept_all(page, kind)
    approve_and_publish(page, episode)

    page.goto(f"/en{episode.get_absolute_url()}")
    shown = page.inner_text("main")
    assert all(quote.text in shown for quote in episode.quotes.all())
    assert "00:31:38" in shown
    assert "31:38:00" not in shown
    lines = differences(path, tmp_path)
    times = [found.group() for line in lines for found in re.finditer(r"^[+-].*?\d\d:\d\d:\d\d", line)]
    assert sorted(time[0] + time[-8:] for time in times) == [
        "+00:22:02", "+00:26:44", "+00:31:38", "-22:02:00", "-26:44:00", "-31:38:00",
    ]  # fmt: skip
    # The three times, and the source as a paragraph.
    others = [line for line in lines if not re.search(r"\d\d:\d\d:\d\d", line)]
    assert sorted(others) == ["+", "+▶ https://example.net/140"]
