"""The picture itself: paper, a leaf and the site's name, the words, who said them and where."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from episodes.site.share_images.fonts import (
    Face,
    face_for,
    measure,
    shaping,
)
from episodes.site.share_images.line_breaking import (
    Fitted,
    fitted,
    prepared,
    shortened,
)

# Raise it whenever the same words are drawn differently: pictures get new addresses.
DESIGN = 1
WIDTH, HEIGHT = 1200, 630
# The palette of greenroom/site/1-base.css.
PAPER, SHADE, INK, QUIET, LINE = "#fbfaf5", "#f3f1e8", "#23261f", "#63675b", "#e3dfd2"
GREEN, GREEN_LINE, BAD, WAIT = "#22593d", "#a6c0b1", "#983f2b", "#7a5a12"

LEFT, RIGHT, TOP = 120, 1104, 64
# The words stand between these, and the foot below.
WORDS_TOP, WORDS_BOTTOM, FOOT = 136, 462, 500
SIZES = (88, 78, 70, 63, 57, 52, 47, 43, 39, 36, 33)
_LEAF = (
    ((2, 21), (1, 9), (7, 2), (17, 2)),
    ((17, 2), (18, 12), (12, 17), (4, 17)),
    ((2, 21), (4, 15), (7, 12), (11, 10)),
)


@dataclass(frozen=True)
class Card:
    """What a picture says. tone: the colour of `sign`, which stands at the right (an outcome)."""

    site: str
    words: str = ""
    by: str = ""
    source: str = ""
    sign: str = ""
    tone: str = QUIET
    language: str = "zh-Hans"
    quoted: bool = False
    fonts: dict[str, Face] = field(default_factory=dict, compare=False)

    @property
    def english(self) -> bool:
        return not self.language.startswith("zh")


def faces_of(card: Card, configured: str = "") -> dict[str, Face | None]:
    """The font for each style of type on the card."""
    return {style: face_for(style, card.language, configured) for style in ("words", "title", "small")}


def with_fonts(card: Card, configured: str = "") -> Card | None:
    """The card with what it needs to be drawn; None where no font has all of its characters."""
    faces = faces_of(card, configured)
    found = {style: face for style, face in faces.items() if face is not None}
    if len(found) < len(faces):
        return None
    words, small = found["words"], found["small"]
    card = Card(
        **{
            **vars(card),
            "words": without_ornaments(card.words, words),
            "by": without_ornaments(card.by, small),
            "source": without_ornaments(card.source, small),
            "fonts": found,
        }
    )
    complete = words.has(card.words) and found["title"].has(card.words + card.site)
    return card if complete and small.has(card.by + card.source + card.sign) else None


def without_ornaments(text: str, face: Face) -> str:
    """Without the emoji and symbols a font lacks. A letter it lacks stays, and then there is no card."""
    text = prepared(text)
    return "".join(char for char in text if char.isalnum() or face.has(char)).strip()


def png(card: Card, configured: str = "") -> bytes:
    """The picture; without a font for its words a plain one, with the site's name where that can be written."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 15, HEIGHT), fill=GREEN)
    ready = with_fonts(card, configured)
    if ready is None or not ready.words:
        _plain(image, draw, card.site, ready)
    else:
        _full(image, draw, ready)
    stream = BytesIO()
    # A few flat colours and their blends: a palette halves the file and nobody sees it.
    image.quantize(96, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _full(image: Image.Image, draw: ImageDraw.ImageDraw, card: Card) -> None:
    leaf(image, LEFT, TOP - 6, 38)
    site = shortened(card.site, 700, measure(card.fonts["title"], 30, True)).lines
    _write(draw, (LEFT + 48, TOP + 26), site[0] if site else "", card.fonts["title"].at(30), GREEN, True)
    _words(draw, card, words_of(card))
    _foot(draw, card)


def words_of(card: Card) -> Fitted:
    """The lines of the words, for a card with fonts."""
    face = card.fonts["words" if card.quoted else "title"]
    height = WORDS_BOTTOM - WORDS_TOP
    return fitted(
        card.words,
        RIGHT - LEFT,
        height,
        # Bold type looks larger than it is.
        SIZES if card.quoted else SIZES[2:],
        lambda size: measure(face, size, card.english),
        leading(card),
    )


def leading(card: Card) -> float:
    return 1.36 if card.english else 1.5


def _words(draw: ImageDraw.ImageDraw, card: Card, words: Fitted) -> None:
    face = card.fonts["words" if card.quoted else "title"]
    font, step = face.at(words.size), words.size * leading(card)
    used = step * (len(words.lines) - 1) + words.size
    # A little above the middle, where the eye takes it for the middle.
    top = WORDS_TOP + (WORDS_BOTTOM - WORDS_TOP - used) * 0.46
    for number, line in enumerate(words.lines):
        baseline = top + words.size * 0.87 + step * number
        _write(draw, (LEFT - _hanging(line, words.size, card), baseline), line, font, INK, card.english)
    if card.quoted:
        _mark(draw, top, card)


def _hanging(line: str, size: int, card: Card) -> float:
    """An opening bracket of Chinese fills the right half of its square: the empty half hangs out of the column."""
    return size / 2 if line[:1] in "（「『【〔〈《“‘" and not card.english else 0


def _mark(draw: ImageDraw.ImageDraw, top: float, card: Card) -> None:
    """The quotation mark hangs in the margin, and its ink ends where the words begin, whatever the font's square."""
    font = card.fonts["title"].at(104)
    _left, upper, right, _lower = font.getbbox("“", anchor="ls")
    place = (LEFT - 18 - right, top + 2 - upper)
    draw.text(place, "“", font=font, fill=GREEN_LINE, anchor="ls")


def _foot(draw: ImageDraw.ImageDraw, card: Card) -> None:
    draw.line((LEFT, FOOT, RIGHT, FOOT), fill=LINE, width=2)
    small = card.fonts["small"]
    room = RIGHT - LEFT
    if card.sign:
        sign = shortened(prepared(card.sign), 360, measure(small, 28, card.english)).lines[0]
        width = measure(small, 28, card.english)(sign)
        _write(draw, (RIGHT - width, FOOT + 48), sign, small.at(28), card.tone, card.english)
        room -= int(width) + 40
    rows = [(card.by, 30, INK, room), (card.source, 26, QUIET, RIGHT - LEFT if card.by else room)]
    baseline = FOOT + 48
    for text, size, colour, width in rows:
        lines = shortened(text, width, measure(small, size, card.english)).lines
        if lines:
            _write(draw, (LEFT, baseline), lines[0], small.at(size), colour, card.english)
            baseline += 44


def _write(
    draw: ImageDraw.ImageDraw,
    place: tuple[float, float],
    text: str,
    font: ImageFont.FreeTypeFont,
    colour: str,
    english: bool,
) -> None:
    """One line, with its baseline at the place."""
    draw.text(place, text, font=font, fill=colour, anchor="ls", features=shaping(text, english))


def _plain(image: Image.Image, draw: ImageDraw.ImageDraw, site: str, ready: Card | None) -> None:
    """A leaf, and the site's name under it in whatever can write it."""
    leaf(image, WIDTH // 2 - 65, 170, 158)
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont
    if ready is not None:
        font = ready.fonts["title"].at(60)
    elif site.isascii():
        font = ImageFont.load_default(60)
    else:
        return
    if font.getbbox(site)[2] < WIDTH - 2 * 96:
        draw.text((WIDTH / 2, 450), site, font=font, fill=GREEN, anchor="ms")


def leaf(image: Image.Image, x: int, y: int, height: int) -> None:
    """The sign of the site, as in base.html, drawn four times as large and brought down for smooth edges."""
    scale = height * 4 / 23
    size = (round(19 * scale), height * 4)
    mask = Image.new("L", size, 0)
    draw = ImageDraw.Draw(mask)
    for curve in _LEAF:
        # A round pen at many places: a thick line of Pillow's has notches where its pieces meet.
        for step in range(height * 2 + 1):
            x0, y0 = _bezier(curve, step / (height * 2), scale)
            draw.ellipse((x0 - scale, y0 - scale, x0 + scale, y0 + scale), fill=255)
    small = mask.resize((size[0] // 4, height), Image.Resampling.LANCZOS)
    image.paste(GREEN, (x, y), small)


def _bezier(curve: tuple[tuple[int, int], ...], t: float, scale: float) -> tuple[float, float]:
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = curve
    a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
    return (a * x0 + b * x1 + c * x2 + d * x3) * scale, (a * y0 + b * y1 + c * y2 + d * y3) * scale
