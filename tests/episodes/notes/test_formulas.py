"""Recognition of formulas: a dollar sign is money unless proven mathematics; code and comments contain none."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from episodes.notes.prose.code_and_comments import regions
from episodes.notes.prose.formulas import formulas
from tests.shared import NOTES, require

SEED = NOTES / "seeds" / "001_63e39eedb4781341.md"
EXPECTED = NOTES / "expected" / "seed001_expected.json"


def latex(text):
    return [found for _, _, found in formulas(text)]


@pytest.mark.parametrize(
    "text",
    [
        r"$4 \times$", r"$100 \times$", "$x^2$", "$E=mc^2$", r"$O(n \log n)$", r"$\theta / 128$", "$P_{K+R}$",
        "$t-1$", "$N$", "$20$", "$2^n$", "$p < 0.05$", r"$\frac{a}{b}$", r"$\text{学习率} = 3$",
        r"$3 \times 10^{-6}$", "$f(x)$",
    ],
)  # fmt: skip
def test_mathematics_is_a_formula(text):
    assert latex(text) == [text.strip("$")]


@pytest.mark.parametrize(
    "text",
    [
        "$5-$10", "$1,000", "$数千亿", "$1,000$", "$100 million, $100", "from $50 to $147 a barrel", "$5M/$10M",
        "$50 $60,000", "US$5 and A$6", "$TSLA, $NVDA", "$AAPL$", "$CAD$ 5", "$HOME/bin:$PATH", "$a and $b",
        "$50%$", r"\$85,000 (\$77)", "$$", "$", "$3 a seat or $4", "$19 or I pay $3,000", "$100K$",
        "$16.99, $23.99", "$ x $", "$x\n\ny$", "US$20$ 的", "$a = profit and loss$",
        "$x-$y", "$0.0039$", "$10^{15}$",
    ],
)  # fmt: skip
def test_money_and_names_are_no_formula(text):
    assert latex(text) == []


def test_sign_that_closes_nothing_opens_next():
    text = r"投入 ($数千亿), 年增 (~$4 \times$), 代际 (~$100 \times$)"
    assert latex(text) == [r"4 \times", r"100 \times"]


def test_spans_include_dollar_signs():
    text = "约 $20$ W，$$x^2$$"
    assert [text[begin:end] for begin, end, _ in formulas(text)] == ["$20$", "$$x^2$$"]


@pytest.mark.parametrize(
    "text", ["`$x$`", "```\n$x$\n```", "~~~\n$x$\n~~~", "<!-- $x$ -->", "``$x$ ` ``", "  ```\n  $x$\n  ```"]
)
def test_code_and_comments_contain_no_formula(text):
    assert latex(text) == []
    assert latex(f"{text}\n\n$y$") == ["y"]


@pytest.mark.parametrize("text", ["```\n$x$", "`$x$", "<!-- $x$", "`a\n\n$x$`"])
def test_unclosed_code_hides_nothing(text):
    assert latex(text) == ["x"]


def test_backtick_in_comment_hides_nothing():
    assert [region.kind for region in regions("<!-- it`s --> $x$ <!-- it`s -->")] == ["comment", "comment"]


@pytest.mark.parametrize(
    "text", ["$" + r"\sqrt{" * 9 + "x" + "}" * 9 + "$", r"$\sqrt{x$", r"$\sqrt x}{$", "$" + "x+" * 200 + "x$"]
)
def test_deep_unpaired_or_long_latex_is_refused(text):
    assert latex(text) == []


def test_seed_has_exactly_the_listed_formulas():
    require(SEED.is_file() and EXPECTED.is_file(), f"real notes are missing: {SEED}")
    lines = SEED.read_text().split("\n")
    found = [{"line": n, "text": line[b:e]} for n, line in enumerate(lines, 1) for b, e, _ in formulas(line)]
    assert found == json.loads(EXPECTED.read_text())["latex_inline"]


def test_fenced_outline_of_seed_has_no_formulas():
    require(SEED.is_file(), f"real notes are missing: {SEED}")
    assert len(formulas(SEED.read_text())) == 10


@given(st.text(alphabet="$x2^{}\\ `~<!->\n数", max_size=60))
def test_spans_are_ordered_and_delimited(text):
    position = 0
    for begin, end, found in formulas(text):
        assert position <= begin < end <= len(text)
        assert text[begin] == text[end - 1] == "$"
        assert text[begin:end].strip("$").strip() == found
        position = end


@pytest.mark.parametrize("mark", ["`", "~", "\n```", "<!--"])
def test_unclosed_marks_take_linear_time(mark):
    text = "".join(mark + mark[-1] * (i % 400) + "x " for i in range(4000))
    begin = time.process_time()
    list(regions(text))
    assert time.process_time() - begin < 2


@given(st.text(alphabet="`~<!->\n x\\", max_size=60))
def test_regions_never_overlap(text):
    position = 0
    for region in regions(text):
        assert position <= region.begin < region.end <= len(text)
        position = region.end
