"""First sentence and reading time of a section."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from episodes.site.contexts.reading_time import (
    MAX_SENTENCE_LENGTH,
    first_sentence,
    letter_count,
    minutes_to_read,
)


@pytest.mark.parametrize(
    ("html", "first"),
    [
        ("<p>First. Then more.</p>", "First."),
        ("<p>第一句。第二句。</p>", "第一句。"),
        ("<p>他说：“好。”然后走了。</p>", "他说：“好。”"),
        ("<p>Version 2.5 came. Then more.</p>", "Version 2.5 came."),
        ("<h3>A heading</h3><p>The text.</p>", "The text."),
        ("<p><b>Name</b>在这里。</p>", "Name在这里。"),
        ('<p class="turn"><b class="speaker">Ann<span class="colon">: </span></b>Yes. No.</p>', "Yes."),
        ("<p>A &amp; B.</p>", "A & B."),
        ('<p><b class="term">RL</b><span class="explanation">（long）</span>来了。后来。</p>', "RL来了。"),
        ('<details class="original"><summary>English</summary><p>No.</p></details><p>是。</p>', "是。"),
        ("<ul><li>No full stop</li></ul>", "No full stop"),
        ("", ""),
    ],
)
def test_first_sentence_has_no_markup(html: str, first: str) -> None:
    assert first_sentence(html) == first


def test_long_sentence_is_shortened() -> None:
    told = first_sentence(f"<p>{'长' * 500}</p>")
    assert told == "长" * MAX_SENTENCE_LENGTH + "…"


@given(st.text(alphabet="<>p/ab.。\"'& dtails", max_size=300))
def test_any_markup_gives_one_line(html: str) -> None:
    told = first_sentence(html)
    assert "\n" not in told
    assert len(told) <= MAX_SENTENCE_LENGTH + 1


def test_folded_text_is_not_counted() -> None:
    assert letter_count("<p>四个汉字</p><details><summary>English</summary><p>Words</p></details>") == 4


@pytest.mark.parametrize(
    ("count", "language", "told"), [(0, "en", 0), (1, "en", 1), (13_500, "en", 10), (4200, "zh-Hans", 10)]
)
def test_minutes_depend_on_script(count: int, language: str, told: int) -> None:
    assert minutes_to_read(count, language) == told
