"""Bold text, glosses and English words in the HTML of one text."""

import re
import time
from html import escape

import pytest
from hypothesis import given

from episodes.rendering import _html, plain, render
from episodes.rendering.emphasis import is_name
from episodes.rendering.english_runs import looks_english, mark_english_runs
from episodes.rendering.highlight import mark
from episodes.rendering.sanitiser import sanitise
from tests.episodes.rendering.rendered import ANY_TEXT, html_of

EN = '<span lang="en">'


def gloss(term, explanation):
    return f'<span class="gloss"><b class="term">{term}</b><span class="explanation">{explanation}</span></span>'


class TestGlosses:
    def test_term_with_explanation_is_a_gloss(self):
        html = f"<p>用{gloss('RL', '（E: 强化学习）')}和{gloss('U', '（F）')}。</p>"
        assert html_of("用**RL**（E: 强化学习）和**U**（F）。") == html

    def test_inner_brackets_belong_to_the_gloss(self):
        assert (
            html_of("**算力**（Compute: 每秒（FLOPS）计）够")
            == f"<p>{gloss('算力', '（Compute: 每秒（FLOPS）计）')}够</p>"
        )

    def test_glosses_may_be_nested(self):
        inner = gloss("乙", "（B）")
        assert html_of("**甲**（A: 见**乙**（B））") == f"<p>{gloss('甲', f'（A: 见{inner}）')}</p>"

    def test_inner_markup_is_kept(self):
        assert html_of("**甲**(A: `x` 与*斜*)") == f"<p>{gloss('甲', '(A: <code>x</code> 与<em>斜</em>)')}</p>"

    def test_list_item_may_begin_with_gloss(self):
        assert html_of("- **甲**（A）：好") == f"<ul><li>{gloss('甲', '（A）')}：好</li></ul>"

    @pytest.mark.parametrize(
        "text",
        [
            "**甲**（没有结束",
            "**甲** （A）",
            "**甲**（https://a.b/）",
            "**甲**（[字](https://a.b/)）",
            "**甲**（12）",
            "**甲**（A<br>B）",
            "**甲**（A*b）c*",
            "[**甲**（A）](https://a.b/)",
            "`**甲**（A）`",
            "## **甲**（A）",
            "<details>\n<summary>**甲**（A）</summary>\n字\n</details>",
        ],
    )
    def test_other_text_is_no_gloss(self, text):
        assert "gloss" not in render(text)

    def test_crossing_brackets_do_not_cross_tags(self):
        assert html_of("**甲**（A **乙**(B ）c)") == f"<p>{gloss('甲', '（A <b>乙</b>(B ）')}c)</p>"

    def test_words_of_a_gloss_are_found(self):
        assert plain("用**RL**（强化学习）。") == "用RL（强化学习）。"
        html = mark(render("用**RL**（强化学习）。"), ["强化学习"], ["RL"])
        term, name = '<mark class="term">RL</mark>', '<mark class="name">强化学习</mark>'
        assert html == f"<p>用{gloss(term, f'（{name}）')}。</p>"


HEAVY = [
    "### 论**甲**和乙",
    "论[**甲**和](https://a.b/)",
    "<details>\n<summary>论**甲**和</summary>\n字\n</details>",
]


class TestNamesAndEmphasis:
    @pytest.mark.parametrize(
        "text",
        [
            "Ada Lovelace",
            "RL",
            "智能体",
            "上下文不足",
            "《一本很长很长很长很长的书》",
            "英伟达（Nvidia）",
            "3D打印",
            "margin",
            "F-16战斗机",
            "GPT-4o",
        ],
    )
    def test_short_words_are_names(self, text):
        assert is_name(text)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "处理复杂多文件变更的能力不足",
            "粗体。",
            "风险：",
            "（反噬）",
            "10倍",
            "9%",
            "10万美元",
            "约3亿",
            "2025年12月11日",
            "百分之三十",
            "一千五百人",
            "4.5",
            "$50",
            "问题出现了",
            "不",
            "必须",
            "not",
            "it",
            "not that I am aware of",
            "a very long title of a committee for something",
            "So, what now?",
        ],
    )
    def test_other_bold_text_is_emphasis(self, text):
        assert not is_name(text)

    def test_names_become_b_and_emphasis_strong(self):
        assert html_of("**艾达**说**不**。") == "<p><b>艾达</b>说<strong>不</strong>。</p>"

    @pytest.mark.parametrize(
        "text", ["**风险**：大", "**风险：**大", "**风险** — 大", "**风险**", "字<br>**风险**：大"]
    )
    def test_label_at_the_beginning_stays_strong(self, text):
        assert "<strong>风险" in render(f"- {text}")

    def test_colon_within_sentence_is_no_label(self):
        assert html_of("他说到**风险**：大") == "<p>他说到<b>风险</b>：大</p>"

    @pytest.mark.parametrize("text", HEAVY)
    def test_headings_links_and_summaries_are_unchanged(self, text):
        assert "<strong>甲</strong>" in render(text)


class TestEnglish:
    def test_three_english_words_are_marked(self):
        html = html_of("他说extra nines of it, don't you see，和 New York。")
        assert html == f"<p>他说{EN}extra nines of it, don't you see</span>，和 New York。</p>"

    def test_element_with_exactly_the_run_gets_attribute(self):
        html = html_of("读*On the Loom*和**Large Loom Model**。")
        assert html == '<p>读<em lang="en">On the Loom</em>和<b lang="en">Large Loom Model</b>。</p>'

    def test_english_term_and_explanation_are_marked_separately(self):
        html = html_of("**Large Loom Model**（织机）与**织机**（Loom of the world: 大）")
        first = gloss("Large Loom Model", "（织机）").replace('"term"', '"term" lang="en"')
        assert html == f"<p>{first}与{gloss('织机', f'（{EN}Loom of the world</span>: 大）')}</p>"

    def test_block_without_chinese_is_marked_whole(self):
        html = html_of("## The Loom Year", "字", "", "- Two (or three) words", "- 字")
        heading = '<h3 id="h-the-loom-year" lang="en">The Loom Year</h3>'
        assert html == f'{heading}<p>字</p><ul><li lang="en">Two (or three) words</li><li>字</li></ul>'

    def test_item_with_list_is_marked_by_runs(self):
        html = html_of("- One two three", "  - 字")
        assert html == f"<ul><li>{EN}One two three</span><ul><li>字</li></ul></li></ul>"

    @pytest.mark.parametrize(
        "text", ["字 `a b c d`", "字 $a + b \\times c$", "字 New York", "字 1 2 3 4", "字 R&D 与 AT&T"]
    )
    def test_code_formulas_and_names_are_not_marked(self, text):
        assert "lang=" not in render(text)

    @pytest.mark.parametrize(
        "text", ["字 der Zug und die Zeit", "字\n\nles amis de la maison", "字 déjà vu encore now"]
    )
    def test_other_languages_are_not_marked(self, text):
        assert "lang=" not in render(text)

    def test_speaker_name_is_not_marked(self):
        html = html_of("**Ada King Noel**: 早")
        assert html == '<p class="turn"><b class="speaker">Ada King Noel<span class="colon">:</span></b> 早</p>'

    def test_english_text_is_not_marked(self):
        assert "lang=" not in render("All of it is English. [Link](https://a.b/中文)")

    def test_character_reference_is_no_word(self):
        assert html_of("字 Warp & Weft of Looms 字") == f"<p>字 {EN}Warp &amp; Weft of Looms</span> 字</p>"

    def test_two_words_are_not_marked(self):
        assert [looks_english(text) for text in ("of it", "of it all", "le roi et la reine")] == [False, True, False]


class TestTurns:
    @pytest.mark.parametrize(
        ("text", "html"),
        [
            ("**Ann**：早", 'Ann<span class="colon">：</span></b>早'),
            ("**Ann:** 早", 'Ann<span class="colon">:</span></b> 早'),
            ("**Ann** : 早", 'Ann<span class="colon"> :</span></b> 早'),
            ("**Ann (主持人):** 早", 'Ann (主持人)<span class="colon">:</span></b> 早'),
            ("***Ann*:** 早", '<em>Ann</em><span class="colon">:</span></b> 早'),
        ],
    )
    def test_colon_of_a_turn_is_kept(self, text, html):
        assert html_of(text) == f'<p class="turn"><b class="speaker">{html}</p>'


class TestOriginals:
    @pytest.mark.parametrize("summary", ["原文", "查看原文", "Original", "English", "View the original text"])
    def test_fold_with_original_caption_is_original(self, summary):
        assert render(f"字\n<details>\n<summary>{summary}</summary>\n字\n</details>").count("<details ") == 1

    def test_english_fold_is_original(self):
        html = html_of("字", "<details>", "<summary>…</summary>", "", "That is it and so what.", "</details>")
        assert '<details class="original"><summary>…</summary><p lang="en">' in html

    def test_other_folds_have_no_class(self):
        html = html_of("字", "<details>", "<summary>更多</summary>", "字", "</details>")
        assert html == "<p>字</p><details><summary>更多</summary><p>字</p></details>"


def text_of(html):
    return re.sub("<[^>]*>", "", html)


@given(ANY_TEXT)
def test_marking_keeps_the_text(text):
    assert text_of(render(text)) == text_of(sanitise(_html(text, "h-")))


@pytest.mark.parametrize("piece", ["**a**（", "**a**（b）", "**a**(（", "a b c 字 ", "a, ", "**a", "<b>**a**（x</b>）"])
def test_time_grows_linearly(piece):
    begin = time.process_time()
    render(piece * 10_000)
    assert time.process_time() - begin < 5


@pytest.mark.parametrize("piece", ["a/", "<p>", "x-y.z&amp;", "<"])
def test_text_without_blanks_takes_linear_time(piece):
    pieces = [f"字{escape(piece) * 40_000}"]
    begin = time.process_time()
    mark_english_runs(pieces)
    assert time.process_time() - begin < 5
