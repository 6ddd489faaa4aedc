"""Rendered HTML is on the allow-list and complete, for random text and for real notes."""

import re
import time
from collections import Counter

import nh3
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from episodes.rendering import heading_id, plain, render
from episodes.rendering.sanitiser import sanitise
from tests.episodes.rendering.rendered import ALLOWED, ANY_TEXT, assert_safe
from tests.shared import NOTES, require


class TestSanitiser:
    """Markdown already lets nothing through; the sanitiser is the second barrier."""

    @pytest.mark.parametrize(
        ("html", "clean"),
        [
            ("<script>x</script><style>y</style>字", "字"),
            ('<p onclick=x style="color:red" id="top" class="evil turn">字</p>', '<p class="turn">字</p>'),
            ('<span class="gloss colon" popover>字</span>', '<span class="colon">字</span>'),
            ('<b class="term speaker">字</b>', '<b class="speaker">字</b>'),
            ('<button class="term" popovertarget="x">字</button>', "字"),
            ('<details class="original x" open>字</details>', '<details class="original">字</details>'),
            ('<h3 id="h-字" class="turn">字</h3><h1 id="h-x">x</h1>', '<h3 id="h-字">字</h3>x'),
            ('<code class="language-c++ x" id="a">x</code>', '<code class="language-c++">x</code>'),
            ("<img src=http://a.b/c.png><iframe src=http://a.b></iframe>", ""),
            ('<a href="javascript:x">字</a>', '<a rel="noopener nofollow ugc">字</a>'),
            ('<a href="//a.b" target="_blank">字</a>', '<a rel="noopener nofollow ugc">字</a>'),
            ("<math><mtext><style><!--</style><img title=x onerror=y>--></style></mtext></math>", None),
            ("<svg><p><style><a title='</style><img src onerror=x>'>", None),
        ],
    )
    def test_refuses(self, html, clean):
        assert_safe(sanitise(html))
        assert clean is None or sanitise(html) == clean


class TestProperties:
    @given(ANY_TEXT)
    @example("\x02wzxhzdk:0\x03`<script>`")
    @example("<p>|a|\n|-|-|")
    @example("[x](<javascript:alert(1)>)")
    @example("- " * 5000 + "x")
    @example(">" * 5000 + "x")
    @example("**" * 5000 + "x")
    def test_output_is_on_the_allow_list(self, text):
        html = render(text)
        assert_safe(html)
        assert "\x02" not in html

    @given(st.text(alphabet="*_ab 甲“”，\n", max_size=40))
    @example("*a**b*cd")
    def test_emphasis_loses_no_letter(self, text):
        assert [c for c in plain(text) if c.isalpha()] == [c for c in text if c.isalpha()]

    @given(ANY_TEXT)
    def test_sanitising_twice_changes_nothing(self, text):
        html = render(text)
        assert sanitise(html) == html

    @given(ANY_TEXT)
    def test_plain_text_is_part_of_the_page(self, text):
        words = plain(text)
        assert words == " ".join(words.split())
        page = nh3.clean(render(text), tags=set())
        assert {c for c in words if c.isalpha()} <= {c for c in page if c.isalpha()} | set(text)

    @given(st.text(alphabet="ab<>/!-b ", max_size=60))
    def test_plain_text_contains_no_markup_tag(self, text):
        kept = re.findall(r"</?(?:a|b)>", plain(f"{text} <sup>x</sup> <br>"))
        assert "<sup>" not in kept
        assert plain(f"<b>{text.replace('<', '')}</b>").count("<b>") == 0

    @given(st.text())
    def test_heading_ids_are_valid(self, text):
        assert re.fullmatch(r"\S+", heading_id(text))
        assert heading_id(heading_id(text)) == heading_id(text)


@pytest.fixture(scope="module")
def real_notes():
    """Return {path: (body, html)} of every real note, without front matter."""
    require(NOTES.is_dir(), f"real notes are missing: {NOTES}")
    paths = [*NOTES.glob("seeds/*.md"), *NOTES.glob("library/**/*.md")]
    bodies = {path: re.sub(r"\A-{3,}\n.*?\n-{3,}\n", "", path.read_text(), flags=re.S) for path in paths}
    return {path: (body, render(body)) for path, body in bodies.items()}


class TestRealNotes:
    def test_all_are_safe(self, real_notes):
        for path, (_, html) in real_notes.items():
            assert set(re.findall(r"<([a-z0-9]+)", html)) <= ALLOWED, path
            if path.parent.name == "seeds":
                assert_safe(html)

    def test_no_chinese_character_is_lost_or_added(self, real_notes):
        for path, (text, html) in real_notes.items():
            latex_for_mathml = re.sub(r'<math alttext="([^"]*)".*?</math>', r"\1", html)
            shown = Counter(re.sub("<[^>]*>", "", latex_for_mathml))
            written = Counter(re.sub(r"<!--.*?-->", "", text, flags=re.S))
            assert {c: n for c, n in shown.items() if "一" <= c <= "鿿"} == {
                c: n for c, n in written.items() if "一" <= c <= "鿿"
            }, path

    def test_no_markdown_mark_is_left(self, real_notes):
        for path, (_, html) in real_notes.items():
            prose = re.sub(r"<(pre|code)\b.*?</\1>", "", html, flags=re.S)
            assert not re.search(r"[\x02\x03]|&lt;/?(details|summary|p|font|span)\b|&lt;!--|^#+ ", prose, re.M), path

    def test_seed_has_ten_formulas_and_code(self, real_notes):
        html = next(html for path, (_, html) in real_notes.items() if path.name.startswith("001"))
        assert html.count("<math") == 10
        assert html.count("<pre>") == 1

    def test_largest_note_takes_under_five_seconds(self, real_notes):
        largest = max((text for text, _ in real_notes.values()), key=len)
        begin = time.process_time()
        render(largest)
        assert time.process_time() - begin < 5
