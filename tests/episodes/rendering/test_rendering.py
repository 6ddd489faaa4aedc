"""Markdown of notes → HTML: the elements of a note, one by one."""

import re
import time

import pytest

from episodes.rendering import (
    RENDERER_VERSION,
    heading_id,
    plain,
    render,
)  # fmt: skip
from tests.episodes.rendering.rendered import Inventory, assert_safe, html_of, one_line


class TestBold:
    @pytest.mark.parametrize(
        ("text", "html"),
        [
            ("前**粗体**后", "前<b>粗体</b>后"),
            ("**“引号”**文字", "<b>“引号”</b>文字"),
            ("字**“引号”**文字", "字<b>“引号”</b>文字"),
            ("见**粗体：**文字", "见<strong>粗体：</strong>文字"),
            ("用**T**，（E: x）和**U** （F）", "用<b>T</b>，（E: x）和<b>U</b> （F）"),
            ("《**书名**》于", "《<b>书名</b>》于"),
            ("一块** tablet**，好", "一块 <b>tablet</b>，好"),
            ("字**粗 **字", "字<b>粗</b> 字"),
            ("2 ** 3 和 4 ** 5", "2 ** 3 和 4 ** 5"),
            ("**没有结束", "**没有结束"),
        ],
    )
    def test_bold_next_to_chinese(self, text, html):
        assert html_of(text) == f"<p>{html}</p>"


class TestBlocks:
    def test_heading_needs_no_blank_lines(self):
        assert html_of("上文", "## 标题", "下文") == '<p>上文</p><h3 id="h-标题">标题</h3><p>下文</p>'

    def test_list_needs_no_blank_line(self):
        assert html_of("如下：", "* 甲", "* 乙", "", "完") == "<p>如下：</p><ul><li>甲</li><li>乙</li></ul><p>完</p>"

    @pytest.mark.parametrize("indent", ["  ", "   ", "    ", "\t"])
    def test_list_nests_with_any_indentation(self, indent):
        assert html_of("- 甲", f"{indent}- 乙", "- 丙") == "<ul><li>甲<ul><li>乙</li></ul></li><li>丙</li></ul>"

    def test_paragraph_under_item_belongs_to_it(self):
        html = "<ol><li><p>甲</p><p>再说</p></li><li><p>乙</p></li></ol>"
        assert html_of("1. 甲", "", "   再说", "2. 乙") == html

    def test_bullets_after_numbers_are_another_list(self):
        assert html_of("1. 甲", "- 乙") == "<ol><li>甲</li></ol><ul><li>乙</li></ul>"

    def test_list_keeps_its_first_number(self):
        assert html_of("5) 甲", "6) 乙") == '<ol start="5"><li>甲</li><li>乙</li></ol>'

    def test_year_and_issue_number_are_text(self):
        assert html_of("2025. 那年", "", "#28058 里") == "<p>2025. 那年</p><p>#28058 里</p>"

    def test_rule_under_text_makes_no_heading(self):
        assert html_of("文字", "---", "后文") == "<p>文字</p><hr><p>后文</p>"
        assert "<h" not in html_of("文字", "===", "后文")

    def test_indentation_is_no_code(self):
        assert html_of("文字", "", "    缩进") == "<p>文字</p><p>缩进</p>"

    def test_table_needs_no_blank_line(self):
        html = html_of("表：", "|甲|乙|", "|:--|--:|", "|1|`a|b`|")
        assert html.startswith("<p>表：</p><table><thead><tr><th>甲</th><th>乙</th></tr></thead>")
        assert "<td>1</td><td><code>a|b</code></td>" in html

    def test_caption_marks_are_no_quotes(self):
        assert html_of(">> 是的", ">> 好") == "<p>&gt;&gt; 是的</p><p>&gt;&gt; 好</p>"
        assert html_of("**Ann**:", ">> 是的").startswith(
            '<p class="turn"><b class="speaker">Ann<span class="colon">:</span></b><br>'
        )
        assert html_of("> 引文") == "<blockquote><p>引文</p></blockquote>"

    def test_lines_of_chinese_join_without_a_space(self):
        assert html_of("第一句。", "第二句") == "<p>第一句。第二句</p>"
        assert render("one\ntwo") == "<p>one\ntwo</p>"

    def test_bracketed_label_is_no_link_definition(self):
        assert html_of("[Speaker 1]: 好的。") == "<p>[Speaker 1]: 好的。</p>"


class TestCode:
    def test_fence_keeps_text_and_language(self):
        html = '<pre><code class="language-python">if a &lt; b: **x** $y$ # &lt;!-- no --&gt;\n</code></pre>'
        assert html_of("```python", "if a < b: **x** $y$ # <!-- no -->", "```") == html

    def test_indented_fence_loses_its_indentation(self):
        assert html_of("- 甲", "", "  ```", "  a", "    b", "  ```").count("<code>a\n  b\n</code>") == 1

    def test_fence_without_end_hides_nothing(self):
        assert "<strong>粗。</strong>" in html_of("```", "文", "", "**粗。**")

    def test_tags_in_code_are_text(self):
        assert html_of("`<details>` 与 `<T>`") == "<p><code>&lt;details&gt;</code> 与 <code>&lt;T&gt;</code></p>"


class TestFolding:
    SUMMARY = "<summary>Original English</summary>"

    def folded(self, *inner):
        return html_of("中文。", "<details>", self.SUMMARY, "", *inner, "", "</details>", "后文")

    def test_markdown_inside_is_rendered(self):
        inner = f'{self.SUMMARY}<p lang="en">That is <strong>it</strong>.</p>'
        html = f'<p>中文。</p><details class="original">{inner}</details><p>后文</p>'
        assert self.folded("That is **it**.") == html

    def test_html_form(self):
        html = html_of(
            "中。", "<details>", self.SUMMARY, '<p class="english-text" id="x">>> So, a<br>b</p>', "</details>"
        )
        paragraph = '<p class="english-text" lang="en">&gt;&gt; So, a<br>b</p>'
        assert html == f'<p>中。</p><details class="original">{self.SUMMARY}{paragraph}</details>'

    @pytest.mark.parametrize("close", ["</detail>", "</detais>", "</tought>", "</DETAILS>"])
    def test_misspelt_end_closes_the_fold(self, close):
        html = f'<details class="original">{self.SUMMARY}<p>Yes.</p></details><p>after</p>'
        assert html_of("<details>", self.SUMMARY, "Yes.", close, "after") == html

    def test_misspelt_tags_work_within_a_line(self):
        html = html_of("<detail>", self.SUMMARY, "Yes.</detais>after")
        assert html == f'<details class="original">{self.SUMMARY}<p>Yes.</p></details><p>after</p>'

    def test_missing_end_folds_one_block(self):
        html = html_of("甲", "", "<details>", self.SUMMARY, "", "And so it is.", "", "## 标题", "乙")
        assert html.endswith('<p lang="en">And so it is.</p></details><h3 id="h-标题">标题</h3><p>乙</p>')

    def test_summary_may_contain_markup(self):
        html = html_of("<details>", "<summary>", "<b>原</b>文 <T>", "</summary>", "x", "</details>")
        assert html == '<details class="original"><summary><b>原</b>文 &lt;T&gt;</summary><p>x</p></details>'

    def test_two_opening_tags_make_one_fold(self):
        html = html_of("<details>", "<details>", self.SUMMARY, "x", "</details>", "</details>", "after")
        assert html == f'<details class="original">{self.SUMMARY}<p>x</p></details><p>after</p>'

    def test_summary_without_end_is_text(self):
        html = html_of("<details>", "<summary>Ann**: Well, yes.", "", "</details>", "after")
        turn = '<p class="turn"><b class="speaker">Ann<span class="colon">:</span></b> Well, yes.</p>'
        assert html == f"<details>{turn}</details><p>after</p>"

    def test_chinese_fold_is_not_english(self):
        html = self.folded("这是中文原文，and nothing else.")
        assert '<p>这是中文原文，<span lang="en">and nothing else</span>.</p></details>' in html
        assert html.count("lang=") == 1

    def test_name_among_chinese_is_not_english(self):
        assert 'lang="en"' not in self.folded("这是中文原文，不是译文。", "", "GPT-4 API")

    def test_other_latin_languages_are_not_english(self):
        html = html_of("中", "", "<details>", "<summary>原文</summary>", "", "Das ist gut und nicht neu.", "</details>")
        assert "lang=" not in html

    def test_english_note_gets_no_language(self):
        assert html_of("<details>", self.SUMMARY, "", "That is it.", "</details>").count("lang=") == 0

    def test_mentioned_tag_opens_nothing(self):
        assert html_of("写 <details> 标签", "", "后文") == "<p>写 &lt;details&gt; 标签</p><p>后文</p>"


class TestTags:
    @pytest.mark.parametrize(
        "text", ["<think>", "</think>", "<T>", "a < b", "a<b", "<Vec<T>>", "deploy-<service>", "<script>"]
    )
    def test_text_resembling_a_tag_is_text(self, text):
        assert plain(f"用{text}做") == f"用{text}做"
        assert Inventory(render(f"用{text}做")).tags == {"p"}

    def test_tags_of_notes_are_kept(self):
        assert html_of("H<sub>2</sub>O<sup>31</sup> <b>x</b>") == "<p>H<sub>2</sub>O<sup>31</sup> <b>x</b></p>"

    def test_tags_without_meaning_leave_their_text(self):
        html = html_of('<div class="x">', "", '<font color=#F00>红</font><span style="x">字</span>', "", "</div>")
        assert html == "<p>红字</p>"

    def test_single_tag_formats_nothing(self):
        assert html_of("a <b> c", "", "d</sup> e") == "<p>a &lt;b&gt; c</p><p>d e</p>"
        assert html_of("a <b> c", "", "d</b> e") == "<p>a &lt;b&gt; c</p><p>d&lt;/b&gt; e</p>"

    def test_comments_vanish(self):
        assert html_of("甲<!-- 忽略以上 -->乙", "", "<!-- a", "", "b -->", "丙") == "<p>甲乙</p><p>丙</p>"

    def test_unclosed_comment_hides_the_rest(self):
        assert html_of("甲 <!-- 乙\n\n丙") == "<p>甲 </p>"


class TestLinks:
    REL = 'rel="noopener nofollow ugc"'

    def test_external_links_have_rel_attributes(self):
        assert html_of("[字](https://a.b/c_(d)?e=1)") == f'<p><a href="https://a.b/c_(d)?e=1" {self.REL}>字</a></p>'

    @pytest.mark.parametrize(
        "address",
        ["javascript:alert(1)", "JaVaScRiPt:x", "data:text/html,x", "//a.b", "/admin/", "#x", "java&#10;script:x"],
    )
    def test_other_addresses_are_not_links(self, address):
        assert "<a" not in render(f"[字]({address})")
        assert "<a" not in render(f'<a href="{address}">字</a>')

    def test_image_is_a_link_with_description(self):
        assert html_of("![图](http://a.b/c.png)") == f'<p><a href="http://a.b/c.png" {self.REL}>图</a></p>'
        assert (
            html_of('<img src="http://a.b/c.png" onerror=x>')
            == f'<p><a href="http://a.b/c.png" {self.REL}>c.png</a></p>'
        )

    def test_no_link_in_a_link(self):
        html = html_of("[![图](http://a.b/c.png)](http://d.e/)")
        assert html == f'<p><a href="http://d.e/" {self.REL}><span>图</span></a></p>'


class TestFormulas:
    def test_mathml_next_to_money(self):
        html = html_of(r"($数千亿), (~$4 \times$), \$5-$10")
        mathml = r'<math alttext="4 \times" display="inline"><mrow><mn>4</mn><mo>×</mo></mrow></math>'
        assert html == f"<p>($数千亿), (~{mathml}), $5-$10</p>"

    def test_markdown_leaves_latex_alone(self):
        assert render("$x_1*y_1*z$ 与 $a_2$").count("<math") == 2

    @pytest.mark.parametrize("text", [r"$\frac$", r"$\left($", r"$x^$", r"$\begin{matrix} x$", r"$\genfrac x$"])
    def test_broken_latex_stays_text(self, text):
        assert html_of(text) == f"<p>{text}</p>"

    def test_broken_latex_keeps_its_signs(self):
        assert html_of(r"$\left(<b>x$") == r"<p>$\left(&lt;b&gt;x$</p>"

    def test_latex_cannot_inject_markup(self):
        html = render(r"$\text{<img src=x onerror=alert(1)>} + \href{javascript:x}{y}$")
        assert_safe(html)
        assert "<img" not in html

    def test_display_formula(self):
        assert 'display="block"' in render("$$x^2$$")


class TestHeadings:
    def test_levels_start_at_three_without_a_gap(self):
        html = html_of("# 甲", "#### 乙", "# 丙")
        assert html == '<h3 id="h-甲">甲</h3><h4 id="h-乙">乙</h4><h3 id="h-丙">丙</h3>'

    def test_equal_headings_have_different_ids(self):
        assert re.findall(r'id="([^"]*)"', render("# 甲\n# 甲\n# 甲 2")) == ["h-甲", "h-甲--2", "h-甲-2"]

    def test_ids_have_the_given_prefix(self):
        assert one_line(render("# 甲", id_prefix="s7-")) == '<h3 id="s7-甲">甲</h3>'

    def test_trailing_sign_is_kept(self):
        assert html_of("## 学 C#", "## 收尾 ##") == '<h3 id="h-学-c">学 C#</h3><h3 id="h-收尾">收尾</h3>'

    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("RL在语言模型中的突破", "rl在语言模型中的突破"),
            ("一、 规模化 (The Scaling Era)", "一-规模化-the-scaling-era"),
            ("**RL**突破", "rl突破"),
            ("ＡＢ１２", "ab12"),
            ("हिन्दी में", "हिन्दी-में"),
            ("…", "section"),
            ("", "section"),
        ],
    )
    def test_ids_are_readable(self, text, name):
        assert heading_id(text) == name

    def test_id_depends_on_words_not_markup(self):
        assert 'id="h-用-x-与-a-b-算"' in render("## 用 `x` 与 **A&B** 算")


class TestTurns:
    @pytest.mark.parametrize("label", ["**Ann (主持人):**", "**Ann**:", "**Ann：**", "**Ann**："])
    def test_label_on_its_own_line(self, label):
        html = html_of(label, "早。", "", label, "好。")
        assert html.count('<p class="turn"><b class="speaker">Ann') == 2
        assert html.count("<br>") == 2
        assert plain(f"{label}\n早。") == f"{label.replace('**', '')} 早。"

    def test_turns_on_consecutive_lines(self):
        html = (
            '<p class="turn"><b class="speaker">Ann<span class="colon">:</span></b> 早</p>'
            '<p class="turn"><b class="speaker">Bo<span class="colon">:</span></b> 好</p>'
        )
        assert html_of("**Ann**: 早", "**Bo**: 好") == html

    def test_recurring_name_is_speaker_among_prose(self):
        html = html_of("**Ann**: 早", "", "一", "", "二", "", "三", "", "**Ann**: 好")
        assert html.count('class="turn"') == 2

    def test_bold_lead_is_no_turn(self):
        assert 'class="turn"' not in html_of("一", "", "二", "", "**风险**：很大")
        assert 'class="turn"' in html_of("一", "", "二", "", "**主持人**：很大")

    def test_term_in_list_is_no_turn(self):
        assert html_of("- **风险**: 大", "- **风险**: 小").count("<li><strong>风险</strong>") == 2

    def test_plain_labels_keep_their_lines(self):
        assert html_of("甲: 早", "乙: 好", "甲: 哦", "甲: 嗯").count("<p>") == 3

    def test_speaker_spans_are_labels(self):
        assert (
            html_of('<span class="speaker">Ann:</span> 早')
            == '<p class="turn"><b class="speaker">Ann<span class="colon">:</span></b> 早</p>'
        )


class TestPlain:
    def test_one_line_without_markup(self):
        text = "# 题\n\n**甲**：[字](http://a.b) `x`\n\n- 一\n- 二 <!-- 三 -->"
        assert plain(text) == "题 甲：字 x 一 二"

    def test_folded_originals_are_left_out(self):
        text = '中。\n<details>\n<summary>English</summary>\n<p class="english-text">No $x^2$.</p>\n</details>\n文'
        assert plain(text) == "中。 文"

    def test_formulas_stay_readable(self):
        assert plain(r"约 $4 \times$，$x^2$") == "约 4×，x^2"

    def test_empty_text_gives_empty_result(self):
        assert plain("") == "" == render("")


@pytest.mark.parametrize(
    "piece", ["[", "[a](", "![a](", "**a ", "`", "<!--", "$x", "<b>", "<details>\n", "# a\n", "- a\n", "~~a"]
)
def test_time_grows_linearly(piece):
    """Each of these texts once took quadratic time, in Python-Markdown or in this module."""
    begin = time.process_time()
    render(piece * 20_000)
    assert time.process_time() - begin < 5


def test_renderer_version_is_a_number():
    assert isinstance(RENDERER_VERSION, int)


def test_formula_that_breaks_parser_stays_text():
    assert "skew3x" in render(r"$\skew3x$")


def test_table_of_thousand_columns_is_text():
    text = "|" * 1000 + "\n" + "|-" * 1000 + "|\n" + "|\n" * 1000
    assert len(render(text)) < 10 * len(text)
