"""Line breaking of share cards: width and kinsoku rules."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from episodes.site.share_images.line_breaking import (
    MAX_LENGTH,
    NOT_FIRST,
    NOT_LAST,
    THIN,
    balance_lines,
    break_lines,
    fit_text,
    max_lines,
    normalise_text,
    pieces,
    shorten,
)

CHINESE = "的一是不了人我在有他这中大来上国说们为子和你地出道也时年得就那要下以生会自着去之过家学对可"
MARKS = "，。！？；：、）」』”（「『“…—《》"
LATIN = "abcXYZ019 -.,!?()%'\"/"
texts = st.text(st.sampled_from(CHINESE + MARKS + LATIN), min_size=1, max_size=260)
anything = st.text(max_size=120)
SIZES = (80, 60, 44, 32)


def squares(text: str) -> float:
    """Return the width: 1 for wide characters, about 0.5 for others."""
    return sum(1.0 if char in CHINESE + MARKS or ord(char) > 0x2E80 else 0.55 for char in text)


def at(size: int):
    return lambda text: squares(text) * size


def lay(text: str, width: int = 984, height: int = 326):
    return fit_text(text, width, height, SIZES, at, 1.5)


@given(texts, st.integers(200, 1000), st.integers(40, 400))
@example("，" * 300, 200, 40)
@example("（" * 300, 200, 40)
@example("啊" + "。" * 300, 200, 40)
@example("https://example.org/" + "x" * 500, 200, 40)
@settings(max_examples=150)
def test_lines_never_overflow_and_follow_kinsoku(text: str, width: int, height: int) -> None:
    found = lay(text, width, height)
    assert len(found.lines) <= max_lines(height, found.size, 1.5)
    assert all(squares(line) * found.size <= width + 0.01 for line in found.lines)
    # Only a text that begins with dots or a dash may have a line that does.
    assert not [line for line in found.lines[1:] if line[0] in NOT_FIRST]
    assert not [line for line in found.lines[:-1] if line[-1] in NOT_LAST]
    assert not [line for line in found.lines if line != line.strip(f" {THIN}")]


@given(anything)
@settings(max_examples=150)
def test_any_text_is_laid_out(text: str) -> None:
    found = lay(text)
    assert all(squares(line) * found.size <= 984.01 for line in found.lines)


@given(texts)
@settings(max_examples=100)
def test_uncut_text_is_complete(text: str) -> None:
    found = lay(text)
    if not found.cut:
        assert "".join("".join(found.lines).split()) == "".join(normalise_text(text).split())


@pytest.mark.parametrize("mark", "，。！？；：、）」』”")
def test_closing_mark_never_begins_line(mark: str) -> None:
    assert break_lines(f"一二三四{mark}五", 4, len) == ["一二三", f"四{mark}五"]


@pytest.mark.parametrize("mark", "（「『“")
def test_opening_mark_never_ends_line(mark: str) -> None:
    assert break_lines(f"一二三{mark}四五", 4, len) == ["一二三", f"{mark}四五"]


def test_marks_in_a_row_stay_together() -> None:
    assert pieces("他说：“（好）。”然后") == ["他", "说：", "“（好）。”", "然", "后"]


def test_latin_words_are_not_split() -> None:
    assert pieces("用GPT-5写don't的code") == ["用", "GPT-5", "写", "don't", "的", "code"]
    assert break_lines("一二三 state-of-the-art 四", 16, len) == ["一二三", "state-of-the-art", "四"]


def test_wide_word_is_split_on_request_only() -> None:
    assert break_lines("abcdefgh", 3, len) is None
    assert break_lines("abcdefgh", 3, len, split_words=True) == ["abc", "def", "gh"]
    assert break_lines("。。。。。。", 3, len, split_words=True) is None


def test_thin_space_between_chinese_and_latin() -> None:
    assert normalise_text("用GPT写3个test") == f"用{THIN}GPT{THIN}写{THIN}3{THIN}个{THIN}test"


def test_ascii_marks_become_full_width() -> None:
    assert normalise_text("好,但是: 不") == "好，但是：不"
    assert normalise_text("在 3,000 and more, yes") == "在 3,000 and more, yes"


def test_invisible_characters_are_removed() -> None:
    assert normalise_text("a\u202eb\u200b\n\n c\ufe0f\x00") == "ab c"
    assert normalise_text("，一二（") == "一二"
    assert normalise_text("don’t") == "don't"


def test_largest_fitting_size_is_used() -> None:
    assert [lay("字" * count).size for count in (3, 30, 40, 60, 150, 500)] == [80, 80, 60, 44, 32, 32]


def test_long_text_ends_with_ellipsis() -> None:
    found = lay("我觉得，" * 200)
    assert found.cut
    assert found.lines[-1].endswith("…")
    assert found.lines[-1][-2] in "我觉得"
    assert not lay("字" * 30).cut
    assert shorten("一二三四五", 4, len).lines == ("一二三…",)


def test_cost_is_bounded_for_long_text() -> None:
    asked = []

    def counted(size: int):
        return lambda text: asked.append(text) or at(size)(text)

    fit_text("字" * 100_000, 984, 326, SIZES, counted, 1.5)
    assert len(asked) < MAX_LENGTH * 40


def test_lines_are_balanced() -> None:
    text = "一二三四五六七八九十一"
    lines = break_lines(text, 10, len)
    assert [len(line) for line in lines] == [10, 1]
    assert [len(line) for line in balance_lines(text, lines, 10, len)] == [6, 5]
