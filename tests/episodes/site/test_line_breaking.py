"""Lines of a card: never wider than they may be, never begun or ended with a mark that must not stand there."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from episodes.site.share_images.line_breaking import (
    LONGEST,
    NOT_FIRST,
    NOT_LAST,
    THIN,
    balanced,
    broken,
    fitted,
    pieces,
    prepared,
    room,
    shortened,
)

CHINESE = "的一是不了人我在有他这中大来上国说们为子和你地出道也时年得就那要下以生会自着去之过家学对可"
MARKS = "，。！？；：、）」』”（「『“…—《》"
LATIN = "abcXYZ019 -.,!?()%'\"/"
texts = st.text(st.sampled_from(CHINESE + MARKS + LATIN), min_size=1, max_size=260)
anything = st.text(max_size=120)
SIZES = (80, 60, 44, 32)


def squares(text: str) -> float:
    """A square for what is wide, about half of one for the rest."""
    return sum(1.0 if char in CHINESE + MARKS or ord(char) > 0x2E80 else 0.55 for char in text)


def at(size: int):
    return lambda text: squares(text) * size


def lay(text: str, width: int = 984, height: int = 326):
    return fitted(text, width, height, SIZES, at, 1.5)


@given(texts, st.integers(200, 1000), st.integers(40, 400))
@example("，" * 300, 200, 40)
@example("（" * 300, 200, 40)
@example("啊" + "。" * 300, 200, 40)
@example("https://example.org/" + "x" * 500, 200, 40)
@settings(max_examples=150)
def test_text_never_overflows_and_keeps_the_rules_of_line_ends(text: str, width: int, height: int) -> None:
    found = lay(text, width, height)
    assert len(found.lines) <= room(height, found.size, 1.5)
    assert all(squares(line) * found.size <= width + 0.01 for line in found.lines)
    # Only a text that itself begins with dots or a dash may begin a line with them.
    assert not [line for line in found.lines[1:] if line[0] in NOT_FIRST]
    assert not [line for line in found.lines[:-1] if line[-1] in NOT_LAST]
    assert not [line for line in found.lines if line != line.strip(f" {THIN}")]


@given(anything)
@settings(max_examples=150)
def test_any_text_at_all_is_laid_out(text: str) -> None:
    found = lay(text)
    assert all(squares(line) * found.size <= 984.01 for line in found.lines)


@given(texts)
@settings(max_examples=100)
def test_nothing_is_lost_where_nothing_is_cut(text: str) -> None:
    found = lay(text)
    if not found.cut:
        assert "".join("".join(found.lines).split()) == "".join(prepared(text).split())


@pytest.mark.parametrize("mark", "，。！？；：、）」』”")
def test_a_closing_mark_stays_with_what_it_closes(mark: str) -> None:
    assert broken(f"一二三四{mark}五", 4, len) == ["一二三", f"四{mark}五"]


@pytest.mark.parametrize("mark", "（「『“")
def test_an_opening_mark_goes_with_what_it_opens(mark: str) -> None:
    assert broken(f"一二三{mark}四五", 4, len) == ["一二三", f"{mark}四五"]


def test_marks_in_a_row_stay_together() -> None:
    assert pieces("他说：“（好）。”然后") == ["他", "说：", "“（好）。”", "然", "后"]


def test_words_between_chinese_are_not_torn() -> None:
    assert pieces("用GPT-5写don't的code") == ["用", "GPT-5", "写", "don't", "的", "code"]
    assert broken("一二三 state-of-the-art 四", 16, len) == ["一二三", "state-of-the-art", "四"]


def test_a_word_wider_than_a_line_is_torn_only_if_it_may() -> None:
    assert broken("abcdefgh", 3, len) is None
    assert broken("abcdefgh", 3, len, tear=True) == ["abc", "def", "gh"]
    assert broken("。。。。。。", 3, len, tear=True) is None


def test_chinese_and_latin_stand_apart_by_a_thin_space() -> None:
    assert prepared("用GPT写3个test") == f"用{THIN}GPT{THIN}写{THIN}3{THIN}个{THIN}test"


def test_marks_of_a_latin_keyboard_become_squares_between_chinese() -> None:
    assert prepared("好,但是: 不") == "好，但是：不"
    assert prepared("在 3,000 and more, yes") == "在 3,000 and more, yes"


def test_what_nobody_sees_is_left_out() -> None:
    assert prepared("a\u202eb\u200b\n\n c\ufe0f\x00") == "ab c"
    assert prepared("，一二（") == "一二"
    assert prepared("don’t") == "don't"


def test_the_largest_size_that_fits_is_taken() -> None:
    assert [lay("字" * count).size for count in (3, 30, 40, 60, 150, 500)] == [80, 80, 60, 44, 32, 32]


def test_a_long_text_is_cut_with_an_ellipsis() -> None:
    found = lay("我觉得，" * 200)
    assert found.cut
    assert found.lines[-1].endswith("…")
    assert found.lines[-1][-2] in "我觉得"
    assert not lay("字" * 30).cut
    assert shortened("一二三四五", 4, len).lines == ("一二三…",)


def test_no_length_of_text_costs_more_than_the_longest() -> None:
    asked = []

    def counted(size: int):
        return lambda text: asked.append(text) or at(size)(text)

    fitted("字" * 100_000, 984, 326, SIZES, counted, 1.5)
    assert len(asked) < LONGEST * 40


def test_lines_are_of_about_the_same_length() -> None:
    text = "一二三四五六七八九十一"
    lines = broken(text, 10, len)
    assert [len(line) for line in lines] == [10, 1]
    assert [len(line) for line in balanced(text, lines, 10, len)] == [6, 5]
