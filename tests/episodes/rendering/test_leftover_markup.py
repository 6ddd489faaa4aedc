"""No markup is left visible on the page, also where notes were written for other renderers."""

import html
import re
from collections import Counter

import pytest

from episodes.notes.dialects import parse
from episodes.rendering import plain, plain_heading, render
from episodes.rendering.sections import render_section
from episodes.rendering.soft_breaks import unwrapped
from tests.shared import NOTES, SHARED, require

PRE = '<pre><code class="language-python">'
QUOTE = "<blockquote>"
LINK = '<a href="https://a.test/b" rel="noopener nofollow ugc">'


def one_line(text):
    return re.sub(r">\n+<", "><", render(text)).strip()


class TestSoftBreaks:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("大家好\n欢迎来到节目", "<p>大家好欢迎来到节目</p>"),
            ("大家好，  \n欢迎", "<p>大家好，<br>\n欢迎</p>"),
            ("说 English\nwords", "<p>说 English\nwords</p>"),
            ("折到\nEnglish", "<p>折到\nEnglish</p>"),
            ("English\n折到", "<p>English\n折到</p>"),
            ("到**粗\n体**\n**后**面", "<p>到<b>粗体</b><b>后</b>面</p>"),
            ("说：\n“好。”\n然后", "<p>说：“好。”然后</p>"),
            ("ひらがな\nカタカナ", "<p>ひらがなカタカナ</p>"),
            ("한국어\n문장", "<p>한국어\n문장</p>"),
            ("> 引文\n> 续行", "<blockquote><p>引文续行</p></blockquote>"),
            ("- 项目\n  续行\n- 乙", "<ul><li>项目续行</li><li>乙</li></ul>"),
            ("**小标题**\n正文", "<p><strong>小标题</strong><br>\n正文</p>"),
            ("见[一个\n链接](https://a.test/b)\n之后", f"<p>见{LINK}一个链接</a>之后</p>"),
        ],
    )
    def test_break_between_chinese_is_removed(self, text, shown):
        assert one_line(text) == shown

    def test_code_keeps_its_lines(self):
        assert "一\n二" in render("```\n一\n二\n```")

    def test_summaries_originals_and_glosses_are_joined(self):
        text = "**词**（E: 很长的\n解释）\n\n<details><summary>英文\n原文</summary>\n\n原文一\n原文二\n\n</details>"
        shown = render(text)
        assert "很长的解释" in shown
        assert "<summary>英文原文</summary>" in shown
        assert "原文一原文二" in shown

    def test_plain_text_is_joined(self):
        assert plain("大家好\n欢迎 *来*\n到 a\nb") == "大家好欢迎 来到 a b"
        assert unwrapped("大家好\r\n欢迎\n\nEnglish\n中文") == "大家好欢迎\n\nEnglish\n中文"


class TestTags:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ('见 <a\nhref="https://a.test/b">链接</a> 后', f"<p>见 {LINK}链接</a> 后</p>"),
            ('见 <a href="https://a.test/b"\n   title="x > y">链接</a\n> 后', f"<p>见 {LINK}链接</a> 后</p>"),
            ("一<br\n/>二", "<p>一<br>二</p>"),
            ('<p\nclass="english-text">Hello</p>', '<p class="english-text">Hello</p>'),
            ('一<span\nclass="x">二</span\n>', "<p>一二</p>"),
            ("a <b\nand c> d", "<p>a &lt;b\nand c&gt; d</p>"),
            ("a <a\n\nhref=x> d", "<p>a &lt;a</p><p>href=x&gt; d</p>"),
        ],
    )
    def test_tag_may_span_two_lines(self, text, shown):
        assert one_line(text) == shown

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("{fold}", "{shown}"),
            ("文字。{fold} 后文", "<p>文字。</p>{shown}<p>后文</p>"),
            ("文字。{fold}{fold}", "<p>文字。</p>{shown}{shown}"),
            ("- 项目{fold}", "<ul><li>项目</li></ul>{shown}"),
        ],
    )
    def test_details_on_one_line_are_folded(self, text, shown):
        fold = '<details><summary>English</summary> <p class="english-text">Hello</p></details>'
        folded = '<details class="original"><summary>English</summary><p class="english-text">Hello</p></details>'
        made = one_line(text.replace("{fold}", fold)).replace(' lang="en"', "")
        assert made == shown.replace("{shown}", folded)

    def test_mentioned_details_tag_stays_text(self):
        assert one_line("the <details> element") == "<p>the &lt;details&gt; element</p>"


class TestCode:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("> ```python\n> a\n>\n> b > c\n> ```", f"<blockquote>{PRE}a\n\nb &gt; c\n</code></pre></blockquote>"),
            (">```python\n>  a\n>```\n> 后", f"<blockquote>{PRE} a\n</code></pre><p>后</p></blockquote>"),
            ("> 前\n> ~~~python\n> # a\n> ~~~", f"<blockquote><p>前</p>{PRE}# a\n</code></pre></blockquote>"),
            ("> > ```python\n> > > a\n> > ```", f"{QUOTE}{QUOTE}{PRE}&gt; a\n</code></pre></blockquote></blockquote>"),
            ("> ```python\n> **a**\n\n后", f"<blockquote>{PRE}**a**</code></pre></blockquote><p>后</p>"),
            ("- ```python\n  a\n  ```\n- b", f"<ul><li>{PRE}a\n</code></pre></li><li><p>b</p></li></ul>"),
        ],
    )  # fmt: skip
    def test_fence_in_quotation_or_item_is_code(self, text, shown):
        assert one_line(text) == shown

    def test_fence_at_the_end_is_complete(self):
        assert "<code>last</code>" in render("> ```\n> last")


class TestLists:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("5. 五\n6. 六\n\n1) 一\n2) 二", [(5, 2), (1, 2)]),
            ("1. a\n2. b\n\n1. c\n2. d", [(1, 2), (1, 2)]),
            ("1. a\n2. b\n4. d", [(1, 2), (4, 1)]),
            ("1. a\n1. b\n1. c", [(1, 3)]),
            ("1. a\n\n2. b\n\n3. c", [(1, 3)]),
            ("3) a\n4. b", [(3, 1), (4, 1)]),
            ("- x\n  1. a\n  2. b\n  1) c", [(1, 2), (1, 1)]),
        ],
    )
    def test_list_numbers_are_those_of_note(self, text, shown):
        lists = re.findall(r"<ol(?: start=\"(\d+)\")?>(.*?)</ol>", render(text), re.DOTALL)
        assert [(int(start or 1), inner.count("<li>")) for start, inner in lists] == shown

    @pytest.mark.parametrize(
        "signs", ["1、 2、 3、", "一、 二、 三、", "（1） （2） （3）", "① ② ③", "• • •", "1） 2） 3）"]
    )
    def test_lines_with_chinese_numbers_stay_lines(self, signs):
        lines = [f"{sign}事情" for sign in signs.split()]
        assert one_line("\n".join(lines)) == "<p>" + "<br>\n".join(lines) + "</p>"
        quoted = "\n".join(f"> {line}" for line in lines)
        assert one_line(quoted) == "<blockquote><p>" + "<br>\n".join(lines) + "</p></blockquote>"

    def test_line_starting_with_number_continues_paragraph(self):
        assert one_line("我们谈了\n3、4 个小时，\n然后") == "<p>我们谈了\n3、4 个小时，然后</p>"

    def test_task_shows_its_box(self):
        assert one_line("- [ ] a\n- [x] b\n- [c] d") == "<ul><li>☐ a</li><li>☑ b</li><li>[c] d</li></ul>"


@pytest.mark.parametrize(
    "heading",
    ["1. Title", "1) Title", "12. 标题", "- Title", "# 5 Title", "> Title", "2024. Title", "C#", "1、标题", "---"],
)
def test_heading_keeps_every_character(heading):
    assert plain_heading(heading) == heading


def test_heading_loses_its_marks():
    assert plain_heading("**1. Ti\\*tle** `x`") == "1. Ti*tle x"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("一行\\\n二行", "<p>一行<br>\n二行</p>"),
        ("到此为止\\", "<p>到此为止\\</p>"),
        ("这是==重点==，x==y 且 z==w", "<p>这是<mark>重点</mark>，x==y 且 z==w</p>"),
        ("见[[某页|这页]]和[[Other page]]", "<p>见这页和Other page</p>"),
        ("[[1, 2], [3, 4]]", "<p>[[1, 2], [3, 4]]</p>"),
        ("说[^1]过\n\n[^1]: 出处", "<p>说<sup>1</sup>过</p><p><sup>1</sup> 出处</p>"),
        ("[^a-z] 是正则", "<p>[^a-z] 是正则</p>"),
    ],
)
def test_marks_of_other_renderers_are_rendered(text, shown):
    assert one_line(text) == shown


def test_plain_text_includes_list_numbers():
    assert plain("要点：\n\n5. 五\n6. 六\n   - 甲\n7. 七") == "要点： 5. 五 6. 六 甲 7. 七"


# --- real notes

LEFT = {
    "**": r"\*\*",
    "```": r"```|~~~",
    "](": r"\]\(",
    "tag": r"</?(?:details|summary|a|p|br|span|div|b|i|sup|sub|img|em|strong|u|font)\b[^<>]{0,200}>?",
    "&lt;": r"&(?:lt|gt|amp|quot|nbsp|#\d+);",
    "|--": r"\|\s*:?-{2,}",
    "~~": r"~~",
    "==": r"(?<![=<>!])==(?![=>])",
    "[^1]": r"\[\^\d+\]",
    "<!--": r"<!--|-->",
    "soft": r"(?<=[\u3400-\u9fff，。！？；：、])\n(?=[\u3400-\u9fff，。！？；：、])",
}
# Measured: bold across two paragraphs, one note within a note, a lone <em>. More is a regression.
FEWEST = {"**": 9, "```": 2, "tag": 12}


def test_real_notes_show_little_markup():
    require(NOTES.exists(), f"the real notes are not in {NOTES}")
    left: Counter[str] = Counter()
    # Every fifth: all of them take a minute.
    for path in sorted(NOTES.glob("library/**/*.md"))[::5]:
        for _index, section in parse(path.read_text("utf-8")).of_kind("section"):
            for block in _blocks(render_section(section.get("kind") or "", 1, section.get("text") or "")):
                left.update({name: len(re.findall(pattern, block)) for name, pattern in LEFT.items()})
    assert {name: count for name, count in left.items() if count > FEWEST.get(name, 0)} == {}


def _blocks(shown):
    shown = re.sub(r"<pre>.*?</pre>|<code[^>]*>.*?</code>|<math.*?</math>", "", shown, flags=re.DOTALL)
    blocks = re.split(r"</?(?:p|li|details|summary|blockquote|ul|ol|h\d|td|th|tr)\b[^>]*>|<br>", shown)
    return (html.unescape(re.sub(r"<[^>]*>", "", block)) for block in blocks)


@pytest.mark.parametrize(
    ("case", "shown"),
    [
        ("h2_chinese_soft_wrap.md", "<p>大家好欢迎来到节目今天的话题是怎么读一本旧书</p>"),
        ("h3_fence_in_quote.md", f"{PRE}print('a')\n\nprint('b &gt; c')\n</code></pre>"),
        ("h4_list_numbers.md", "1、顿号编号一<br>\n2、顿号编号二<br>\n3、顿号编号三"),
    ],
)
def test_cases_are_rendered_as_intended(case, shown):
    path = SHARED / "cases" / case
    require(path.exists(), f"there is no {path}")
    sections = [section.get("text") for _index, section in parse(path.read_text("utf-8")).of_kind("section")]
    assert shown in "".join(render(text or "") for text in sections)
