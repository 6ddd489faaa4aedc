"""The episode page in a browser: player, folds, glosses, reading position, selection, without script."""

from __future__ import annotations

import wave
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest

from episodes import derived
from episodes.models import Chapter, Episode, Section
from tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LOCAL = {"127.0.0.1", "localhost"}
VIDEO = "https://www.youtube-nocookie.com/**"
LONG = "一句话接着一句话，说的是同一件事，直到这一段足够长为止。" * 12
BILINGUAL = """第一段说的是机器，也说人，说得不短。

<details><summary>View/Hide Original English</summary>
<p class="english-text">The first paragraph is about machines and the people who build them.</p></details>

第二段说的是**RL**（Reinforcement Learning: 强化学习），第一次说。

第三段又说到**RL**（Reinforcement Learning: 在试错中学习），第二次说。
"""


@pytest.fixture
def recording() -> Episode:
    made = factories.full_episode(title="On engines", source_url="https://www.youtube.com/watch?v=si9iqF5uTFk")
    for start in (600, 1200):
        Chapter.objects.create(episode=made, start=start, title=f"At {start}", summary=LONG, status="accepted")
    return made


@pytest.fixture
def prose() -> Episode:
    made = factories.public_episode(title="机器与人", language="zh-Hans", summary="一篇很长的文章。")
    made.sections.all().delete()
    Section.objects.create(episode=made, heading="双语", text=BILINGUAL, order=0)
    for order in range(1, 8):
        Section.objects.create(episode=made, heading=f"第{order}节", text=f"{LONG}\n\n{LONG}{order}", order=order)
    derived.store_html(made)
    return made


def asked(page: Any) -> list[str]:
    """Record requests to other hosts and answer them with stubs."""
    found: list[str] = []
    page.on("request", lambda request: urlsplit(request.url).hostname in LOCAL or found.append(request.url))
    page.route(VIDEO, lambda route: route.fulfill(body="<p>video</p>", content_type="text/html"))
    return found


def until(page: Any, condition: str) -> None:
    """Poll until true: Playwright's wait_for_function evaluates a string, which the page policy forbids."""
    for _ in range(100):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    pytest.fail(condition)


# --- the player


def test_player_loads_only_after_click(visitor: Any, recording: Episode) -> None:
    others = asked(visitor)
    visitor.goto(recording.get_absolute_url())
    visitor.wait_for_load_state("networkidle")
    assert (others, visitor.locator("iframe").count()) == ([], 0)
    visitor.locator(".chapters > li", has_text="At 600").locator("a.time").click()
    frame = visitor.locator(".player iframe")
    assert "/embed/si9iqF5uTFk?start=600&autoplay=1" in frame.get_attribute("src")
    assert visitor.inner_text(".player .now-playing") == "At 600"
    assert visitor.locator(".chapters > li[aria-current]").all_inner_texts()[0].splitlines()[0] == "00:10:00"
    visitor.locator(".chapters > li", has_text="At 1200").locator("a.time").click()
    assert "start=1200" in visitor.locator(".player iframe").get_attribute("src")
    visitor.click(".player .close")
    assert visitor.locator("iframe").count() == 0


def test_time_parameter_scrolls_without_loading_player(visitor: Any, recording: Episode) -> None:
    others = asked(visitor)
    visitor.goto(f"{recording.get_absolute_url()}?t=700")
    assert visitor.inner_text(".play").endswith("00:11:40")
    assert visitor.locator(".chapters > li[aria-current] h3").inner_text() == "At 600"
    assert others == []
    visitor.click(".play")
    assert "start=700" in visitor.locator(".player iframe").get_attribute("src")


def test_player_on_phone_is_bottom_bar(visitor: Any, recording: Episode) -> None:
    asked(visitor)
    visitor.set_viewport_size({"width": 390, "height": 844})
    visitor.goto(recording.get_absolute_url())
    visitor.locator(".chapters a.time").last.click()
    box = visitor.locator(".player").bounding_box()
    assert (round(box["x"]), round(box["width"]), round(box["y"] + box["height"])) == (0, 390, 844)
    assert box["height"] < 110


# Stub of YouTube's player: it reports readiness and position and obeys seeks.
STUB = """<script>
addEventListener("message", event => {
    const told = JSON.parse(event.data);
    const second = told.func === "seekTo" ? told.args[0] : 0;
    if (told.func !== "playVideo")
        parent.postMessage(JSON.stringify({event: "infoDelivery", info: {currentTime: second}}), "*");
});
</script>"""


def test_youtube_player_exchanges_position_messages(visitor: Any, recording: Episode) -> None:
    asked(visitor)
    visitor.route(VIDEO, lambda route: route.fulfill(body=STUB, content_type="text/html"))
    visitor.goto(recording.get_absolute_url())
    visitor.click(".play")
    # The first position is 0, before the first chapter.
    until(visitor, "!document.querySelector('.chapters > [aria-current]')")
    address = visitor.locator(".player iframe").get_attribute("src")
    visitor.locator(".chapters > li", has_text="At 1200").locator("a.time").click()
    until(visitor, "document.querySelector('.chapters > [aria-current] h3').textContent === 'At 1200'")
    assert visitor.locator(".player iframe").get_attribute("src") == address
    assert visitor.locator(".timeline-bar a[aria-current]").get_attribute("data-start") == "1200"


def _in_ranges(route: Any, content: bytes) -> None:
    """Answer range requests like an audio server."""
    begin = int(route.request.headers.get("range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
    told = {"Accept-Ranges": "bytes", "Content-Range": f"bytes {begin}-{len(content) - 1}/{len(content)}"}
    route.fulfill(status=206, body=content[begin:], content_type="audio/wav", headers=told)


def test_audio_file_seeks_within_page(visitor: Any, recording: Episode) -> None:
    sound = BytesIO()
    with wave.open(sound, "wb") as written:
        written.setparams((1, 1, 8000, 0, "NONE", ""))
        written.writeframes(bytes([128]) * 8000 * 700)
    visitor.route("https://sound.example.net/**", lambda route: _in_ranges(route, sound.getvalue()))
    Episode.objects.filter(pk=recording.pk).update(source_url="https://sound.example.net/talk.wav")
    visitor.goto(recording.get_absolute_url())
    visitor.locator(".chapters > li", has_text="At 600").locator("a.time").click()
    until(visitor, "document.querySelector('.player audio').currentTime >= 600")
    assert visitor.inner_text(".player .now-playing") == "At 600"


# --- folds and glosses


def test_tap_opens_fold_without_scrolling(visitor: Any, prose: Episode) -> None:
    visitor.goto(prose.get_absolute_url())
    paragraph = visitor.locator(".prose p", has_text="第一段说的是机器")
    paragraph.scroll_into_view_if_needed()
    before = paragraph.bounding_box()["y"]
    original = visitor.get_by_text("The first paragraph is about machines")
    assert not original.is_visible()
    paragraph.click()
    assert original.is_visible()
    assert original.get_attribute("lang") == "en"
    assert abs(paragraph.bounding_box()["y"] - before) < 1
    paragraph.click()
    assert not original.is_visible()


def test_switch_opens_all_folds(visitor: Any, prose: Episode) -> None:
    visitor.goto(prose.get_absolute_url())
    visitor.check("#originals")
    assert visitor.get_by_text("The first paragraph is about machines").is_visible()
    visitor.uncheck("#originals")
    assert not visitor.get_by_text("The first paragraph is about machines").is_visible()


def test_repeated_gloss_opens_on_demand(visitor: Any, prose: Episode) -> None:
    visitor.goto(prose.get_absolute_url())
    assert visitor.get_by_text("强化学习").first.is_visible()
    folded = visitor.locator(".folded .explanation")
    assert folded.count() == 1
    assert not folded.is_visible()
    term = visitor.locator(".folded > .term")
    term.hover()
    assert folded.is_visible()
    visitor.mouse.move(0, 0)
    assert not folded.is_visible()
    visitor.locator("#only-read, #originals").first.focus()
    for _ in range(80):
        visitor.keyboard.press("Tab")
        if term.evaluate("each => each === document.activeElement"):
            break
    assert folded.is_visible()
    assert "在试错中学习" in folded.inner_text()
    visitor.keyboard.press("Escape")
    assert not folded.is_visible()


@pytest.mark.usefixtures("_served")
def test_gloss_on_phone_opens_at_bottom(chromium: Any, live_server: Any, prose: Episode) -> None:
    context = chromium.new_context(base_url=live_server.url, viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto(prose.get_absolute_url())
    page.locator(".folded > .term").tap()
    box = page.locator(".folded .explanation").bounding_box()
    assert round(box["y"] + box["height"]) == 844
    context.close()


# --- coming back


def test_reading_position_is_offered_again(visitor: Any, prose: Episode) -> None:
    sent: list[str] = []
    visitor.on("request", lambda request: sent.append(request.method))
    visitor.goto(prose.get_absolute_url())
    assert visitor.locator(".continue-reading").count() == 0
    visitor.evaluate("document.getElementById('s-第5节').scrollIntoView({behavior: 'instant'})")
    until(visitor, "Object.keys(localStorage).length === 1")
    visitor.goto("/")
    visitor.goto(prose.get_absolute_url())
    assert "第5节" in visitor.inner_text(".continue-reading")
    visitor.click(".continue-reading a")
    until(visitor, "document.getElementById('s-第5节').getBoundingClientRect().top < innerHeight")
    assert visitor.locator(".continue-reading").count() == 0
    assert visitor.context.cookies() == []
    assert set(sent) == {"GET"}


def test_dismissed_reading_position_is_forgotten(visitor: Any, prose: Episode) -> None:
    visitor.goto(prose.get_absolute_url())
    visitor.evaluate("document.getElementById('s-第5节').scrollIntoView({behavior: 'instant'})")
    until(visitor, "Object.keys(localStorage).length === 1")
    visitor.goto("/")
    visitor.goto(prose.get_absolute_url())
    visitor.click(".continue-reading button")
    assert visitor.evaluate("Object.keys(localStorage).length") == 0


def test_selection_can_be_linked_and_copied(visitor: Any, prose: Episode) -> None:
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.goto(prose.get_absolute_url())
    paragraph = visitor.locator("p", has_text="第二段说的是")
    paragraph.click(click_count=3)
    visitor.wait_for_selector(".selection-toolbar")
    visitor.locator(".selection-toolbar button").first.click()
    anchor = paragraph.get_attribute("id")
    assert visitor.evaluate("navigator.clipboard.readText()").endswith(f"{prose.get_absolute_url()}#{anchor}")
    visitor.locator(".selection-toolbar button").nth(1).click()
    until(visitor, "navigator.clipboard.readText().then(text => text.includes('机器与人'))")


# --- without a script, in the dark, narrow


@pytest.mark.usefixtures("_served")
def test_page_is_readable_without_script(chromium: Any, live_server: Any, recording: Episode, prose: Episode) -> None:
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(recording.get_absolute_url())
    assert (
        page.locator(".chapters a.time").first.get_attribute("href")
        == "https://www.youtube.com/watch?v=si9iqF5uTFk&t=5"
    )
    assert page.locator(".play").get_attribute("href") == "https://www.youtube.com/watch?v=si9iqF5uTFk"
    page.goto(prose.get_absolute_url())
    assert page.locator(".needs-script").evaluate_all("all => all.every(each => !each.checkVisibility())")
    page.locator(".original > summary").first.click()
    assert page.get_by_text("The first paragraph is about machines").is_visible()
    page.locator(".folded > .term").click()
    assert page.locator(".folded .explanation").is_visible()
    context.close()


def luminance(page: Any) -> int:
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")) // 3


def test_colour_scheme_follows_preference(visitor: Any, prose: Episode) -> None:
    visitor.emulate_media(color_scheme="dark")
    visitor.goto(prose.get_absolute_url())
    assert luminance(visitor) < 40
    visitor.emulate_media(color_scheme="light")
    assert luminance(visitor) > 230


@pytest.mark.parametrize("width", [320, 390, 1024, 1440, 2560])
def test_no_page_scrolls_horizontally(visitor: Any, recording: Episode, prose: Episode, width: int) -> None:
    visitor.set_viewport_size({"width": width, "height": 800})
    wide = []
    for address in (*factories.public_pages(recording).values(), prose.get_absolute_url()):
        visitor.goto(f"/en{address}")
        if visitor.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(address)
    assert wide == []


def test_language_link_keeps_the_page(visitor: Any, prose: Episode) -> None:
    visitor.goto(prose.get_absolute_url())
    visitor.click(".site-footer [hreflang=en]")
    assert visitor.evaluate("location.pathname") == f"/en{prose.get_absolute_url()}"
    assert visitor.get_attribute("html", "lang") == "en"
    assert visitor.get_attribute("h1", "lang") == "zh-Hans"
    visitor.click(".site-footer [hreflang=zh-Hans]")
    assert visitor.evaluate("location.pathname") == prose.get_absolute_url()


def test_switch_hides_unreviewed_content(visitor: Any, prose: Episode) -> None:
    prose.sections.filter(heading="第3节").update(status="accepted")
    visitor.goto(prose.get_absolute_url())
    visitor.check("#only-read")
    assert visitor.locator("section.prose:visible h2").all_inner_texts() == ["第3节"]
    visitor.uncheck("#only-read")
    assert visitor.locator("section.prose:visible h2").count() == 8


def test_withdrawn_page_shows_reason(visitor: Any, prose: Episode) -> None:
    Episode.objects.filter(pk=prose.pk).update(status="withdrawn", withdrawn_reason="The guest asked for it.")
    answer = visitor.goto(prose.get_absolute_url())
    assert answer.status == 410
    assert "The guest asked for it." in visitor.inner_text("main")
    assert "机器与人" not in visitor.content()


# --- what a visit costs


def test_first_visit_is_small_and_stable(visitor: Any, recording: Episode) -> None:
    answers: list[Any] = []
    visitor.on("response", lambda answer: answers.append(answer))
    visitor.add_init_script(
        "window.shift = 0; new PerformanceObserver(list => list.getEntries()"
        ".forEach(each => { window.shift += each.value; })).observe({type: 'layout-shift', buffered: true});"
    )
    visitor.goto(recording.get_absolute_url())
    visitor.wait_for_load_state("networkidle")
    # Page, stylesheet, icon, scripts: eight requests at most.
    assert len(answers) <= 8
    assert sum(len(answer.body()) for answer in answers) < 100_000
    timings = "performance.getEntriesByType('resource').map(each => [each.name, each.renderBlockingStatus])"
    blocking = [name for name, status in visitor.evaluate(timings) if status == "blocking"]
    assert [name.rpartition("/")[2][:6] for name in blocking] == ["style-"]
    assert visitor.evaluate("window.shift") < 0.01
