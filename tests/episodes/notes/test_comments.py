"""Comments in notes: recognition, look-alikes, time."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from episodes.notes.comments import comments, marked, without_comments
from episodes.notes.visible_text import shown
from episodes.rendering import plain, render

HIDDEN, SHOWN = "kwyjibo", "seen"
K, S = HIDDEN, SHOWN


@pytest.mark.parametrize(
    "text",
    [
        f"{S} %%{K}%% {S}",
        f"{S} %% {K} %%",
        f"%%\n{K}\n\n{K}\n%%\n\n{S}",
        f"{S} %%{K}\n{K}%% {S}",
        f"{S} %%{K}\n\n{K}\n\n{K}%% {S}",
        f"{S} 50%% %%{K}%% 100%% {S}",
        f"{S}，2024%%{K}%%，{S}",
        f"%% {K}\n\n{K} %%{K}%%",
        f"%%{K}",
        f"%% {K} %%\n\n{S}",
        f"> {S}\n> %% {K} %%\n> {S}",
        f"- {S}\n  %% {K} %%\n- {S}",
        f"| {S} %% {K} %% | {S} |\n|---|---|\n| {S} | <!-- {K} --> |",
        f"{S} <!-- {K} --> {S}",
        f"{S} <!--{K}--> {S}",
        f"<!--\n{K}\n\n{K}\n-->\n{S}",
        f"{S}\n<!-- {K} -->\n{S}",
        f"{S} <!-- {K} <!-- {K} --> {K} --> {S}",
        f"<!-- a <!-- {K} --> {S} <!-- {K} --> {S}",
        f"{S} <!-- {K}",
        f"{S}\n\n<!-- {K}\n\n{K}",
        f"{S} <!-- {K} --!> {S}",
        f"{S} <!-- {K} > {K} -- {K} --> {S}",
        f"- {S}\n\n  <!-- {K} -->\n\n- {S}",
        f"<details><summary>{S}</summary>\n\n<!-- {K} -->\n\n{S}\n\n</details>\n\n{S}",
        f"**{S} <!-- {K} --> {S}**",
        f"### {S} <!-- {K} -->\n\n{S}",
        f"{{% comment %}}{K}{{% endcomment %}}{S}",
        f"{{%- comment -%}}\n{K}\n\n{K}\n{{%- endcomment -%}}\n{S}",
        f"{S}{{{{/* {K} */}}}}{S}",
        f"{{{{- /* {K} */ -}}}}{S}",
        f"{{{{< comment >}}}}{K}{{{{< /comment >}}}}{S}",
        f"{S} {{/* {K} */}} {S}",
        f"{S} {{# {K} #}} {S}",
        f"{S} {{>> {K} <<}} {S}",
        f"{S}\n\n[//]: # ({K})\n\n{S}",
        f"{S}\n[//]: # ({K})\n{S}",
        f"[//]: # ({K}\n{K})\n\n{S}",
        f'[//]: # "{K} ({K}"\n\n{S}',
        f"[comment]: <> ({K} ({K}) {K})\n\n{S}",
        f"[//]: <> ({K})\n\n{S}",
        f"#+begin_comment\n{K}\n\n{K}\n#+end_comment\n\n{S}",
        f"#+BEGIN_COMMENT\n{K}",
        f"\\begin{{comment}}\n{K}\n\\end{{comment}}\n\n{S}",
        f"`{S}` <!-- `{K}` --> {S}",
        f"{S} `unclosed <!-- {K} --> {S}",
    ],
)
def test_comment_is_never_shown(text):
    for output in (render(text), plain(text), without_comments(text)):
        assert HIDDEN not in output
    assert without_comments(text).count(SHOWN) == text.count(SHOWN)


@pytest.mark.parametrize(
    "text",
    [
        "50%% 100%%",
        "50%% of it, and 70%% of that",
        "50%%的人和70%%的人",
        "100%%",
        r"\%%not one",
        "%%%%%%%%%%\nwords",
        "`%%` and `%%`, `<!--` and `-->`",
        "``` \n%% code %%\n<!-- code -->\n```",
        "> ```\n> <!-- code -->\n> ```",
        "- ~~~\n  {# code #}\n  ~~~",
        "{#id} and {# unclosed",
        "[1]: https://example.org (A title)",
        "[word]: what it means",
        "a < b -- c > d --> e",
        "{{ variable }} {% if x %}",
    ],
)
def test_text_resembling_a_comment_is_shown(text):
    assert comments(text) == ()
    assert without_comments(text) == text


def test_paragraphs_around_comment_stay_apart():
    assert render("One.\n<!-- c -->\nTwo.") == "<p>One.</p>\n<p>Two.</p>"
    assert without_comments("- one\n  %% c %%\n- two") == "- one\n- two"


def test_unclosed_comments_are_listed():
    assert marked("a <!-- b").unclosed == (2,)
    assert marked("a\n\n%% b").unclosed == (3,)
    assert marked("a <!-- b -->").unclosed == ()


MARKS = (
    *("<!--", "-->", "%%", "%", "1", " ", "a", "`", "```\n", "~~~\n", "\n", "\n\n", "\\", "> ", "- "),
    *("{%comment%}", "{%endcomment%}", "{#", "#}", "{{/*", "*/}}", "[//]: # (", ")"),
    *("#+begin_comment\n", "#+end_comment\n", "---\n", "a: b\n"),
)


@settings(deadline=None)
@given(st.lists(st.sampled_from(MARKS), max_size=30).map("".join))
def test_spans_ascend_for_any_text(text):
    found = marked(text)
    edges = [edge for span in sorted(found.comments + found.code) for edge in span]
    assert edges == sorted(edges)
    assert all(0 <= begin < end <= len(text) for begin, end in found.comments)
    assert without_comments(text) == text or found.comments
    shown(text)


@pytest.mark.parametrize(
    "unit", [mark for mark in MARKS if mark.strip()] + ["<!-- <!-- -->", "%%\n\n", "` `` ``` ", "1%% "]
)
def test_time_grows_linearly(unit):
    text = (unit * 100_000)[:100_000]
    began = time.process_time()
    shown(text)
    assert time.process_time() - began < 2
