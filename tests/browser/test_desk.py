"""An episode from draft to public page, with the desk's own forms and buttons."""

import pytest

from episodes.models import Chapter, Episode, Section
from tests import factories
from tests.browser.steps import accept_all, leave, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def episode():
    made = factories.episode(title="Compilers", slug="compilers", summary="A **short** summary.", duration=7200)
    Section.objects.create(episode=made, heading="One", text="Words of the section.", order=0)
    Chapter.objects.create(episode=made, title="Start", start=60, summary="What it is about.")
    Chapter.objects.create(episode=made, title="Later", start=120)
    factories.speaker("Grace Hopper")
    # A single editor sees no claims.
    factories.second_editor()
    return made


def test_from_draft_to_public_page(visitor, episode):
    page = visitor
    sign_in(page, factories.editor())
    page.goto("/en/admin/episodes/episode/")
    page.click("text=Compilers")

    # Times are shown and typed as HH:MM:SS; unchanged values are sent back as they were.
    page.click(".desk-counts a[href*='/chapter/']")
    page.click("#result_list a:has-text('Start')")
    assert page.input_value("#id_start") == "00:01:00"
    page.fill("#id_start", "01:02:03")
    page.click("text=Save and continue editing")
    assert sorted(Chapter.objects.values_list("title", "start")) == [("Later", 120), ("Start", 3723)]
    episode.refresh_from_db()
    assert (episode.duration, episode.version) == (7200, 2)
    page.click("text=Back to the episode")

    # Rendered Markdown opens in a tab of its own, also before it is saved.
    page.fill("#id_summary", "A **bold** word.")
    with page.context.expect_page() as opened:
        page.click(".field-summary button[name=preview]")
    assert opened.value.inner_text("article b") == "bold"
    opened.value.close()
    page.click("text=Save and continue editing")

    page.click("button:text-is('Start review')")
    page.click(".desk-counts button:text-is('Accept')")
    accept_all(page, "section")
    accept_all(page, "chapter")
    page.click("button:text-is('Approve')")
    assert "approved" in page.inner_text(".messagelist")
    assert page.locator("button:text-is('Publish')").count() == 0

    sign_in(page, factories.publisher())
    page.goto(f"/en/admin/episodes/episode/{episode.pk}/change/")
    assert page.locator("textarea").count() == 0
    page.click("button:text-is('Publish')")
    assert Episode.objects.public().get() == episode

    leave(page)
    page.goto("/en/episodes/compilers/")
    assert page.inner_text("h1") == "Compilers"
    shown = page.inner_text("main")
    assert all(words in shown for words in ("A bold word.", "Words of the section.", "01:02:03", "What it is about."))
    assert page.context.cookies() == []


def test_names_and_tags_are_chosen_while_typing(visitor, episode):
    page = visitor
    factories.episode().tags.add("编译器")
    sign_in(page, factories.editor())
    page.goto(f"/en/admin/episodes/episode/{episode.pk}/change/")

    tags = page.locator(".field-tags .select2-search__field")
    tags.fill("bian")
    page.click(".select2-results__option:has-text('编译器')")
    tags.fill('a, "b"')
    page.wait_for_selector(".select2-results__option--highlighted:has-text('a, \"b\"')")
    tags.press("Enter")

    page.click("input[name=_continue]")
    page.click(".desk-counts a.add-row[href*='/appearance/']")
    page.fill("#id_label", "Grace")
    page.click(".field-speaker .select2-selection")
    page.locator(".select2-container--open .select2-search__field").fill("grace-ho")
    page.click(".select2-results__option:has-text('Grace Hopper')")
    page.click("input[name=_continue]")

    assert set(episode.tags.names()) == {"编译器", 'a, "b"'}
    assert [row.speaker.name for row in episode.appearances.all()] == ["Grace Hopper"]


def test_leaving_with_unsaved_text_asks_first(visitor, episode):
    page = visitor
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    sign_in(page, factories.editor())
    page.goto(f"/en/admin/episodes/episode/{episode.pk}/change/")
    page.click("#id_title")
    page.keyboard.type("More ")
    page.click("button:text-is('Start review')", no_wait_after=True)
    page.wait_for_timeout(300)
    episode.refresh_from_db()
    assert (asked, episode.status) == (["beforeunload"], "draft")
    page.click("input[name=_continue]")
    page.click("button:text-is('Start review')")
    episode.refresh_from_db()
    assert (asked, episode.status, "More" in episode.title) == (["beforeunload"], "in_review", True)
