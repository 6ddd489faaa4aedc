"""A published quote is corrected; the public page changes when the changes are published."""

import pytest

from episodes import derived
from episodes.models import Episode
from tests import factories
from tests.browser.steps import leave, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def public():
    episode = factories.full_episode(title="On engines", slug="on-engines", adopted=True, language="zh-Hans")
    episode.quotes.update(text="人工智能会谱写音乐。")
    derived.published_state(episode)
    return Episode.objects.get()


def desk(kind, obj, view="change"):
    return f"/en/admin/episodes/{kind}/{obj.pk}/{view}/"


def public_words(page, episode):
    """Return the page as a visitor without cookies sees it."""
    leave(page)
    page.goto(f"/en{episode.get_absolute_url()}")
    assert page.context.cookies() == []
    return page.inner_text("main")


def publish(page, copy):
    page.goto(desk("episode", copy))
    page.click("button:text-is('Approve')")
    sign_in(page, factories.publisher())
    page.goto(desk("episode", copy))
    page.click("button:text-is('Publish changes')")
    assert "The changes are published." in page.inner_text(".messagelist")


def test_revise_compare_publish_and_restore(visitor, public):
    page, quote = visitor, public.quotes.get()
    sign_in(page, factories.editor())
    page.goto(desk("episode", public))
    page.click("button:text-is('Edit')")
    copy = Episode.objects.working().get()
    page.goto(desk("quote", copy.quotes.get()))
    page.fill("#id_text", "机器智能会谱写**音乐**。")
    page.click("input[name=_continue] >> nth=0")
    page.click("text=Back to the episode")
    page.click("text=Compare with the published text")
    assert page.locator(".comparison del").all_inner_texts() == ["人工"]
    assert page.locator(".comparison ins").all_inner_texts() == ["机器", "**", "**"]
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    lines = page.locator(".comparison del, .comparison ins").evaluate_all(
        "marks => marks.map(mark => getComputedStyle(mark).textDecorationLine)"
    )
    assert lines == ["line-through", "underline", "underline", "underline"]
    page.set_viewport_size({"width": 1440, "height": 900})
    assert "人工智能会谱写音乐。" in public_words(page, public)

    sign_in(page, factories.editor())
    publish(page, copy)
    assert "机器智能会谱写" in public_words(page, public)
    quote.refresh_from_db()
    assert (quote.episode, quote.text) == (public, "机器智能会谱写**音乐**。")

    # This publication made a snapshot; the text changes once more and is restored.
    sign_in(page, factories.editor())
    page.goto(desk("episode", public))
    page.click("button:text-is('Edit')")
    page.goto(desk("quote", Episode.objects.working().get().quotes.get()))
    page.fill("#id_text", "什么也不会。")
    page.click("input[name=_continue] >> nth=0")
    publish(page, Episode.objects.working().get())
    sign_in(page, factories.editor())
    page.goto(desk("episode", public))
    page.click("text=Versions >> nth=0")
    page.goto(desk("snapshot", public.snapshots.get(number=1)))
    page.click(".object-tools >> text=Compare")
    assert "from version 1 to the published text" in page.inner_text("#content")
    assert page.locator(".comparison ins").all_inner_texts() == ["什么也不会"]
    page.goto(desk("snapshot", public.snapshots.get(number=1)))
    page.click("button:text-is('Restore')")
    restored = Episode.objects.working().get()
    assert restored.quotes.get().text == "机器智能会谱写**音乐**。"
    assert "什么也不会。" in public_words(page, public)
    sign_in(page, factories.editor())
    publish(page, restored)
    assert "机器智能会谱写" in public_words(page, public)
