"""Draw a share card: logo and site name, the words, speaker and episode."""

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
    fit_text,
    normalise_text,
    shorten,
)

# Raise it whenever the drawing changes: cards get new URLs.
DESIGN = 1
# All lengths are in pixels.
WIDTH, HEIGHT = 1200, 630
# The palette of greenroom/site/1-base.css.
PAPER, SHADE, INK, QUIET, LINE = "#fbfaf5", "#f3f1e8", "#23261f", "#63675b", "#e3dfd2"
GREEN, GREEN_LINE, BAD, WAIT = "#22593d", "#a6c0b1", "#983f2b", "#7a5a12"

LEFT, RIGHT, TOP = 120, 1104, 64
# Vertical range of the words, and top of the footer.
WORDS_TOP, WORDS_BOTTOM, FOOT = 136, 462, 500
# Font sizes that are tried, largest first.
SIZES = (88, 78, 70, 63, 57, 52, 47, 43, 39, 36, 33)
# Bézier curves of the logo, in the units of its SVG.
_LOGO = (
    ((2, 21), (1, 9), (7, 2), (17, 2)),
    ((17, 2), (18, 12), (12, 17), (4, 17)),
    ((2, 21), (4, 15), (7, 12), (11, 10)),
)


@dataclass(frozen=True)
class Card:
    """Contents of a card. `badge` (an outcome) is drawn at the right in `badge_colour`."""

    site: str
    words: str = ""
    by: str = ""
    source: str = ""
    badge: str = ""
    badge_colour: str = QUIET
    language: str = "zh-Hans"
    quoted: bool = False
    fonts: dict[str, Face] = field(default_factory=dict, compare=False)

    @property
    def is_english(self) -> bool:
        """Return whether the words are not Chinese."""
        return not self.language.startswith("zh")


def faces_of(card: Card, configured: str = "") -> dict[str, Face | None]:
    """Return the font for each style of type on the card; None where there is none."""
    return {style: face_for(style, card.language, configured) for style in ("words", "title", "small")}


def with_fonts(card: Card, configured: str = "") -> Card | None:
    """Return the card with its fonts, or None if no font has all of its characters."""
    faces = faces_of(card, configured)
    fonts = {style: face for style, face in faces.items() if face is not None}
    if len(fonts) < len(faces):
        return None
    words, small = fonts["words"], fonts["small"]
    card = Card(
        **{
            **vars(card),
            "words": without_missing_symbols(card.words, words),
            "by": without_missing_symbols(card.by, small),
            "source": without_missing_symbols(card.source, small),
            "fonts": fonts,
        }
    )
    complete = words.has(card.words) and fonts["title"].has(card.words + card.site)
    return card if complete and small.has(card.by + card.source + card.badge) else None


def without_missing_symbols(text: str, face: Face) -> str:
    """Remove symbols that the font lacks. Letters it lacks stay, so that the plain card is drawn instead."""
    text = normalise_text(text)
    return "".join(char for char in text if char.isalnum() or face.has(char)).strip()


def png(card: Card, configured: str = "") -> bytes:
    """Return the card as PNG, or a plain card with the site's name if no font has its characters."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 15, HEIGHT), fill=GREEN)
    ready = with_fonts(card, configured)
    if ready is None or not ready.words:
        _plain(image, draw, card.site, ready)
    else:
        _full(image, draw, ready)
    stream = BytesIO()
    # Few colours: a palette halves the file without visible loss.
    image.quantize(96, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _full(image: Image.Image, draw: ImageDraw.ImageDraw, card: Card) -> None:
    draw_logo(image, LEFT, TOP - 6, 38)
    site = shorten(card.site, 700, measure(card.fonts["title"], 30, True)).lines
    _write(draw, (LEFT + 48, TOP + 26), site[0] if site else "", card.fonts["title"].at(30), GREEN, True)
    _words(draw, card, fit_words(card))
    _foot(draw, card)


def fit_words(card: Card) -> Fitted:
    """Return the lines of the words at the largest size that fits. The card needs its fonts."""
    face = card.fonts["words" if card.quoted else "title"]
    height = WORDS_BOTTOM - WORDS_TOP
    return fit_text(
        card.words,
        RIGHT - LEFT,
        height,
        # Bold type looks larger.
        SIZES if card.quoted else SIZES[2:],
        lambda size: measure(face, size, card.is_english),
        leading(card),
    )


def leading(card: Card) -> float:
    """Return the line height as a multiple of the font size."""
    return 1.36 if card.is_english else 1.5


def _words(draw: ImageDraw.ImageDraw, card: Card, words: Fitted) -> None:
    face = card.fonts["words" if card.quoted else "title"]
    font, step = face.at(words.size), words.size * leading(card)
    used = step * (len(words.lines) - 1) + words.size
    # Optical centre, slightly above the middle.
    top = WORDS_TOP + (WORDS_BOTTOM - WORDS_TOP - used) * 0.46
    for number, line in enumerate(words.lines):
        baseline = top + words.size * 0.87 + step * number
        _write(draw, (LEFT - _hanging(line, words.size, card), baseline), line, font, INK, card.is_english)
    if card.quoted:
        _mark(draw, top, card)


def _hanging(line: str, size: int, card: Card) -> float:
    """Return the indent of a line that begins with a Chinese opening mark, whose left half is empty."""
    return size / 2 if line[:1] in "（「『【〔〈《“‘" and not card.is_english else 0


def _mark(draw: ImageDraw.ImageDraw, top: float, card: Card) -> None:
    """Draw the quotation mark in the margin, aligned by its ink rather than its font box."""
    font = card.fonts["title"].at(104)
    _left, upper, right, _lower = font.getbbox("“", anchor="ls")
    place = (LEFT - 18 - right, top + 2 - upper)
    draw.text(place, "“", font=font, fill=GREEN_LINE, anchor="ls")


def _foot(draw: ImageDraw.ImageDraw, card: Card) -> None:
    draw.line((LEFT, FOOT, RIGHT, FOOT), fill=LINE, width=2)
    small = card.fonts["small"]
    available = RIGHT - LEFT
    if card.badge:
        badge = shorten(normalise_text(card.badge), 360, measure(small, 28, card.is_english)).lines[0]
        width = measure(small, 28, card.is_english)(badge)
        _write(draw, (RIGHT - width, FOOT + 48), badge, small.at(28), card.badge_colour, card.is_english)
        available -= int(width) + 40
    rows = [(card.by, 30, INK, available), (card.source, 26, QUIET, RIGHT - LEFT if card.by else available)]
    baseline = FOOT + 48
    for text, size, colour, width in rows:
        lines = shorten(text, width, measure(small, size, card.is_english)).lines
        if lines:
            _write(draw, (LEFT, baseline), lines[0], small.at(size), colour, card.is_english)
            baseline += 44


def _write(
    draw: ImageDraw.ImageDraw,
    place: tuple[float, float],
    text: str,
    font: ImageFont.FreeTypeFont,
    colour: str,
    english: bool,
) -> None:
    """Draw one line with its baseline at `place`."""
    draw.text(place, text, font=font, fill=colour, anchor="ls", features=shaping(text, english))


def _plain(image: Image.Image, draw: ImageDraw.ImageDraw, site: str, ready: Card | None) -> None:
    """Draw the logo and, in any font that has its characters, the site's name."""
    draw_logo(image, WIDTH // 2 - 65, 170, 158)
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont
    if ready is not None:
        font = ready.fonts["title"].at(60)
    elif site.isascii():
        font = ImageFont.load_default(60)
    else:
        return
    if font.getbbox(site)[2] < WIDTH - 2 * 96:
        draw.text((WIDTH / 2, 450), site, font=font, fill=GREEN, anchor="ms")


def draw_logo(image: Image.Image, x: int, y: int, height: int) -> None:
    """Draw the logo of templates/site/includes/logo.html, supersampled four times."""
    scale = height * 4 / 23
    size = (round(19 * scale), height * 4)
    mask = Image.new("L", size, 0)
    draw = ImageDraw.Draw(mask)
    for curve in _LOGO:
        # Dots along the curve: thick lines of Pillow have notches at their joints.
        for step in range(height * 2 + 1):
            x0, y0 = _bezier(curve, step / (height * 2), scale)
            draw.ellipse((x0 - scale, y0 - scale, x0 + scale, y0 + scale), fill=255)
    small = mask.resize((size[0] // 4, height), Image.Resampling.LANCZOS)
    image.paste(GREEN, (x, y), small)


def _bezier(curve: tuple[tuple[int, int], ...], t: float, scale: float) -> tuple[float, float]:
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = curve
    a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
    return (a * x0 + b * x1 + c * x2 + d * x3) * scale, (a * y0 + b * y1 + c * y2 + d * y3) * scale
