"""Share cards: drawing, caching, visibility."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache, caches
from django.test import Client
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from PIL import Image

from episodes.models import Episode, Prediction, Quote
from episodes.site.pages.base import CACHE_CONTROL
from episodes.site.share_images import drawing, fonts
from episodes.site.share_images.line_breaking import NOT_FIRST, NOT_LAST
from episodes.workflow import transition
from tests import factories
from tests.shared import require

LATIN_ONLY = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"


def picture(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def ink(image: Image.Image, box: tuple[int, int, int, int]) -> int:
    """Return the number of pixels in a region that differ from the background."""
    part = image.convert("RGB").crop(box)
    return sum(
        count
        for count, colour in part.getcolors(1 << 20)
        if max(abs(a - b) for a, b in zip(colour, PAPER, strict=True)) > 40
    )


PAPER = (0xFB, 0xFA, 0xF5)
WORDS = (drawing.LEFT, drawing.WORDS_TOP, drawing.RIGHT, drawing.WORDS_BOTTOM)
FOOT = (drawing.LEFT, drawing.FOOT + 8, drawing.RIGHT, drawing.HEIGHT)


def with_chinese() -> None:
    require(fonts.face_for("words"), "no font with Chinese: apt-get install fonts-noto-cjk")


# --- drawing


def test_card_is_png_of_stated_size() -> None:
    with_chinese()
    image = picture(drawing.png(drawing.Card("Greenroom", "模型不会自己知道。", "林知远", "第一期", quoted=True)))
    assert (image.format, image.size) == ("PNG", (1200, 630))
    assert ink(image, WORDS) > 3000
    assert ink(image, FOOT) > 500


@pytest.mark.parametrize(
    "words", ["字" * 5000, "word " * 2000, "a" * 3000, "。" * 900, "（" * 900, "🎉" * 50, "\x00\u202e"]
)
def test_any_text_fits_the_card(words: str) -> None:
    with_chinese()
    image = picture(drawing.png(drawing.Card("Greenroom", words, words, words, quoted=True)))
    assert image.size == (1200, 630)
    for margin in ((drawing.RIGHT + 2, 0, 1200, 630), (16, 470, drawing.LEFT - 2, 630), (16, 606, 1200, 630)):
        assert ink(image, margin) == 0


@given(
    st.text(
        st.sampled_from("的一是不了人我在有他，。！？；：、）」』”（「『“…— abcXYZ019-.,'"), min_size=1, max_size=200
    )
)
@effort(max_examples=25)
def test_lines_in_real_font_never_overflow(words: str) -> None:
    with_chinese()
    card = drawing.with_fonts(drawing.Card("Greenroom", words, quoted=True))
    assert card
    laid = drawing.fit_words(card)
    font = card.fonts["words"].at(laid.size)
    for line in laid.lines:
        assert font.getlength(line, features=fonts.shaping(line, card.is_english)) <= drawing.RIGHT - drawing.LEFT + 1
    assert not [line for line in laid.lines[1:] if line[0] in NOT_FIRST]
    assert not [line for line in laid.lines[:-1] if line[-1] in NOT_LAST]


def test_card_without_font_is_plain() -> None:
    require(Path(LATIN_ONLY).exists(), f"{LATIN_ONLY} is missing: apt-get install fonts-dejavu-core")
    bare = drawing.png(drawing.Card("Greenroom"), LATIN_ONLY)
    assert drawing.png(drawing.Card("Greenroom", "模型不会自己知道。", "林知远", "第一期"), LATIN_ONLY) == bare
    assert ink(picture(bare), FOOT) == 0
    assert ink(picture(bare), WORDS) > 2000
    # The site name is left out too, instead of boxes.
    assert ink(picture(drawing.png(drawing.Card("绿房间"), LATIN_ONLY)), (100, 380, 1100, 480)) == 0


def test_missing_letter_makes_card_plain() -> None:
    with_chinese()
    card = drawing.Card("Greenroom", "好")
    assert drawing.with_fonts(drawing.Card("Greenroom", "好\U00012000")) is None
    assert drawing.with_fonts(drawing.Card("Greenroom", "好🎉")).words == "好"
    assert drawing.png(drawing.Card("Greenroom", "好🎉")) == drawing.png(card)


def test_font_is_found_without_fontconfig(monkeypatch: pytest.MonkeyPatch) -> None:
    with_chinese()
    found = fonts.face_for("words")
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr(fonts, "_NOTO_FOLDERS", (str(Path(found.path).parent),))
    monkeypatch.setattr(fonts, "_NOTO_FILES", {"words": Path(found.path).name})
    fonts.face_for.cache_clear()
    try:
        assert fonts.face_for("words") == found
    finally:
        fonts.face_for.cache_clear()


# --- addresses


@pytest.fixture
def episode(db: Any) -> Episode:
    return factories.full_episode(title="第一期", language="zh-Hans")


def cards_of(episode: Episode) -> list[str]:
    things = (episode, episode.quotes.get(), episode.predictions.get())
    return [*(f"{thing.get_absolute_url()}card.png" for thing in things), "/card.png"]


def test_cards_are_revalidated(client: Client, episode: Episode) -> None:
    client.force_login(factories.editor())
    for address in cards_of(episode):
        answer = client.get(address)
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
        assert answer["Cache-Control"] == CACHE_CONTROL
        assert answer["Content-Security-Policy"] == "default-src 'none'"
        assert not answer.cookies
        assert not answer.wsgi_request.session.accessed
        assert picture(answer.content).size == (1200, 630)
        assert client.post(address).status_code == 405
        assert (client.head(address).status_code, client.head(address).content) == (200, b"")


def test_not_modified_card_is_not_drawn(client: Client, episode: Episode, monkeypatch: pytest.MonkeyPatch) -> None:
    address = cards_of(episode)[1]
    etag = client.get(address)["ETag"]
    caches["cards"].clear()
    monkeypatch.setattr(drawing, "png", None)
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 304


def test_cards_have_their_own_cache(client: Client, episode: Episode, monkeypatch: pytest.MonkeyPatch) -> None:
    address = cards_of(episode)[1]
    first = client.get(address).content
    cache.clear()
    monkeypatch.setattr(drawing, "png", None)
    assert client.get(address).content == first


def test_other_font_changes_etag(client: Client, episode: Episode, settings: Any) -> None:
    with_chinese()
    address = cards_of(episode)[1]
    first = client.get(address)
    settings.CARD_FONT = fonts.face_for("small").path
    second = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert (second.status_code, second["ETag"] == first["ETag"], second.content == first.content) == (200, False, False)


def test_card_is_drawn_once(client: Client, episode: Episode, monkeypatch: pytest.MonkeyPatch) -> None:
    address = cards_of(episode)[1]
    first = client.get(address).content
    monkeypatch.setattr(drawing, "png", None)
    assert client.get(f"{address}?v=anything").content == first


# Expect 1 query: visibility is checked even for a cached card.
def test_card_costs_one_query(client: Client, episode: Episode, django_assert_num_queries: Any) -> None:
    address = cards_of(episode)[1]
    for _time in range(2):
        with django_assert_num_queries(1):
            client.get(address)


def head_of(client: Client, thing: Any) -> Any:
    return client.get(thing.get_absolute_url()).context["head"]


@pytest.mark.parametrize("change", [{"text": "Others."}, {"label": "Bob", "speaker": None}])
def test_changed_text_changes_card_url(client: Client, episode: Episode, change: dict) -> None:
    quote = episode.quotes.get()
    before, etag = head_of(client, quote).card, client.get(f"{quote.get_absolute_url()}card.png")["ETag"]
    Quote.objects.update(**change)
    assert head_of(client, quote).card != before
    assert client.get(f"{quote.get_absolute_url()}card.png")["ETag"] != etag
    assert client.get(head_of(client, quote).card).status_code == 200


def test_outcome_changes_card(client: Client, episode: Episode) -> None:
    prediction = episode.predictions.get()
    seen = set()
    for outcome in ("", *Prediction.Outcome.values):
        Prediction.objects.update(outcome=outcome)
        seen.add(head_of(client, prediction).card)
    assert len(seen) == 6


def test_hidden_object_has_no_card(client: Client, episode: Episode) -> None:
    quote, address = episode.quotes.get(), cards_of(episode)[1]
    etag = client.get(address)["ETag"]
    transition(quote, "rejected", factories.editor(), "private")
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 404
    transition(episode, "withdrawn", factories.publisher(), "Asked to.")
    for gone in cards_of(episode)[:3]:
        assert client.get(gone).status_code == 404


@pytest.mark.parametrize("address", ["/quotes/0/card.png", f"/quotes/{'9' * 30}/card.png", "/episodes/none/card.png"])
@pytest.mark.django_db
def test_unknown_object_has_no_card(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404
