"""Find fonts with Chinese: the configured file, else by fontconfig, else in the usual folders.

`Face.has` tells which characters are missing: a plain card is better than one with boxes.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from PIL import ImageFont, features

from episodes.site.share_images.line_breaking import Measure

logger = logging.getLogger(__name__)

# Characters that every font for cards must have.
_PROBE = "的一国，。“A1"
_MISSING = "\U0010fffd"
_FAMILIES = {
    "words": "Noto Serif CJK {0},Source Han Serif {0},Noto Serif {0},Songti {0},serif",
    "title": "Noto Serif CJK {0},Source Han Serif {0},Noto Serif {0},Songti {0},serif",
    "small": "Noto Sans CJK {0},Source Han Sans {0},Noto Sans {0},PingFang {0},Microsoft YaHei,sans",
}
_NOTO_FOLDERS = (
    "/usr/share/fonts/opentype/noto",
    "/usr/share/fonts/noto-cjk",
    "/usr/share/fonts/google-noto-cjk",
    "/usr/share/fonts/google-noto-serif-cjk-vf-fonts",
    "/usr/local/share/fonts/noto",
    "/opt/homebrew/share/fonts",
)
_NOTO_FILES = {
    "words": "NotoSerifCJK-Regular.ttc",
    "title": "NotoSerifCJK-Bold.ttc",
    "small": "NotoSansCJK-Regular.ttc",
}
_ELSEWHERE = (
    "/System/Library/Fonts/PingFang.ttc",
    "/System/Library/Fonts/Supplemental/Songti.ttc",
    "/System/Library/Fonts/STHeiti Light.ttc",
    "C:/Windows/Fonts/msyh.ttc",
    "C:/Windows/Fonts/simsun.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
)


@dataclass(frozen=True)
class Face:
    """A font file and the index of the font in it."""

    path: str
    index: int = 0

    def at(self, size: int) -> ImageFont.FreeTypeFont:
        """Return the font at a size in pixels."""
        return _loaded(self.path, self.index, size)

    def has(self, text: str) -> bool:
        """Return whether the font has every character of the text."""
        return all(_has(self.path, self.index, char) for char in set(text))


@lru_cache(maxsize=64)
def _loaded(path: str, index: int, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size, index=index)


@lru_cache(maxsize=20_000)
def _has(path: str, index: int, char: str) -> bool:
    if char.isspace():
        return True
    # Pillow does not list the characters of a font; it draws the same box for each missing one.
    drawn, box = (_loaded(path, index, 24).getmask(each) for each in (char, _MISSING))
    return drawn.getbbox() is not None and (drawn.size != box.size or bytes(drawn) != bytes(box))


# Marks whose square is half empty: closing ones at the right, opening ones at the left.
_CLOSING, _OPENING = frozenset("，。、；：）」』】〕〉》”’"), frozenset("（「『【〔〈《“‘")


def shaping(text: str, english: bool) -> list[str] | None:
    """Return OpenType features for the text, or None without libraqm.

    `pwid` gives narrow quotation marks to English in a Chinese font; `halt` lets adjacent Chinese marks share a square.
    """
    if not features.check("raqm"):
        return None
    return ["pwid"] if english else [f"halt[{place}:{place + 1}]" for place in _squeezed(text)] or None


def _squeezed(text: str) -> Iterator[int]:
    for place, (mark, after) in enumerate(pairwise(text)):
        if mark in _CLOSING and after in _CLOSING | _OPENING:
            yield place
        elif mark in _OPENING and after in _OPENING:
            yield place + 1


@lru_cache(maxsize=256)
def measure(face: Face, size: int, english: bool = False) -> Measure:
    """Return a function that measures the width of a text in pixels, with a cache."""
    font = face.at(size)

    @lru_cache(maxsize=4_000)
    def width(text: str) -> float:
        return font.getlength(text, features=shaping(text, english))

    return width


# --- search


@lru_cache(maxsize=64)
def face_for(style: str, language: str = "zh-Hans", configured: str = "") -> Face | None:
    """Return the font for a style (words, title, small) and a language, or None if none has Chinese.

    configured: path of the font file from the setting CARD_FONT.
    """
    region = "TC" if language == "zh-Hant" else "SC"
    candidates = _in_file(configured, region) if configured else _candidates(style, region)
    found = next((face for face in candidates if _usable(face)), None)
    if found is None:
        logger.warning("No font with Chinese for cards: install Noto Serif CJK and Noto Sans CJK, or set CARD_FONT.")
    return found


def _usable(face: Face) -> bool:
    try:
        return face.has(_PROBE)
    except (OSError, ValueError):
        return False


def _candidates(style: str, region: str) -> Iterator[Face]:
    if face := _from_fontconfig(style, region):
        yield face
    for folder in _NOTO_FOLDERS:
        yield from _in_file(f"{folder}/{_NOTO_FILES[style]}", region)
    for path in _ELSEWHERE:
        yield from _in_file(path, region)


def _from_fontconfig(style: str, region: str) -> Face | None:
    program = shutil.which("fc-match")
    if program is None:
        return None
    language = "zh-tw" if region == "TC" else "zh-cn"
    weight = "bold" if style == "title" else "regular"
    pattern = f"{_FAMILIES[style].format(region)}:lang={language}:{weight}"
    command = [program, "--format", "%{file}|%{index}", pattern]
    try:
        output = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    path, _bar, index = output.partition("|")
    # The upper 16 bits are the named instance of a variable font.
    return Face(path, int(index) & 0xFFFF if index.isdigit() else 0)


def _in_file(path: str, region: str) -> Iterator[Face]:
    """Yield the fonts of a file or collection, those for the region (SC, TC) first."""
    if not Path(path).is_file():
        return
    named: list[tuple[bool, int]] = []
    for index in range(32):
        try:
            family = ImageFont.truetype(path, 12, index=index).getname()[0] or ""
        except (OSError, ValueError):
            break
        named.append((f" {region}" not in family, index))
    yield from (Face(path, index) for _other, index in sorted(named))
