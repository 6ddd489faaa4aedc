"""State shared by the sections of a page (anchors, glosses, voices), and HTML stored for pages."""

import re
import unicodedata
from html import escape
from html.parser import HTMLParser

import pytest
from django.core.management import call_command
from django.test import Client
from hypothesis import example, given
from hypothesis import strategies as st

from episodes import derived
from episodes.models import Section
from episodes.rendering import render
from episodes.rendering.page import Page, anchor_of, letters_of, stamped, unstamped
from episodes.rendering.sanitiser import ATTRIBUTES, MATHML_TAGS, TEXT_TAGS, sanitise
from episodes.site.contexts.episode_parts import sections_of
from episodes.workflow import transition
from tests import factories
from tests.episodes.rendering.rendered import ANY_TEXT, one_line

LONG = "This paragraph has words enough"


def settled(*texts):
    page = Page()
    return [one_line(page.add_section(render(text, id_prefix=f"s{n}-"))) for n, text in enumerate(texts)]


def ids(html):
    return re.findall(r'<(?:p|li) id="([^"]*)"', html)


def anchors(*texts):
    return [name for html in settled(*texts) for name in ids(html)]


class TestAnchors:
    def test_anchor_depends_on_words(self):
        (html,) = settled(f"{LONG}.")
        assert html == f'<p id="{anchor_of("thisparagraphhaswordsenough")}">{LONG}.</p>'
        assert re.fullmatch(r"p-[a-z2-7]{8}", anchor_of("x"))

    @pytest.mark.parametrize(
        "text",
        [f"**{LONG}**", f"THIS {LONG[5:]}", "*This* paragraph，has [words](https://a.b/) e`nough`", "Ｔ" + LONG[1:]],
    )
    def test_markup_case_and_width_keep_anchor(self, text):
        assert anchors(text) == anchors(LONG)

    def test_text_after_forty_letters_keeps_anchor(self):
        assert anchors(f"{LONG} {LONG} and ends") == anchors(f"{LONG} {LONG} and goes on")
        assert anchors(f"{LONG} one") != anchors(f"{LONG} two")

    def test_place_of_paragraph_keeps_anchor(self):
        assert anchors(f"# Other\n\n- One\n\n{LONG}") == anchors(LONG)

    def test_equal_paragraphs_are_numbered_across_sections(self):
        name = anchor_of("thisparagraphhaswordsenough")
        assert anchors(f"{LONG}\n\n{LONG}", LONG) == [name, f"{name}-2", f"{name}-3"]

    def test_short_paragraph_has_anchor_only_as_turn(self):
        html = settled("Twelve lett\n\n**Ann**: Yes.\n\n**Ann**: No.")[0]
        assert ids(html) == [anchor_of("yes"), anchor_of("no")]

    def test_speaker_name_is_not_part_of_anchor(self):
        assert anchors(f"**Ann**: {LONG}\n\n**Ann**: x")[0] == anchors(f"**Ann Lee：**{LONG}\n\n**Ann Lee：**x")[0]

    def test_folds_and_tables_get_no_anchors(self):
        fold = f"<details>\n<summary>{LONG}</summary>\n\n{LONG}\n\n- {LONG}\n\n</details>"
        (html,) = settled(f"- {LONG} 1\n  - {LONG} 2\n\n> {LONG} 3\n\n{fold}\n\n|{LONG}|\n|-|\n|{LONG}|")
        assert ids(html) == [anchor_of(f"thisparagraphhaswordsenough{n}") for n in (1, 2, 3)]
        assert html.startswith('<ul><li id="p-')

    def test_paragraphs_of_an_item_have_own_anchors(self):
        (html,) = settled(f"- {LONG} 1\n\n  {LONG} 2")
        assert re.sub("p-[a-z2-7]{8}", "…", html) == f'<ul><li><p id="…">{LONG} 1</p><p id="…">{LONG} 2</p></li></ul>'

    @given(st.text(st.characters(max_codepoint=0x10FF, exclude_categories=["M", "Cs"]), max_size=300))
    @example("ﷺ" * 200)
    @example("&" * 31 + "a<b>" * 5 + "e\u0301" * 90)
    def test_letters_of_long_text_are_complete(self, text):
        whole = unicodedata.normalize("NFKC", f"{text}{'x' * 400}").casefold()
        assert letters_of(escape(f"{text}{'x' * 400}", quote=False)) == "".join(filter(str.isalnum, whole))[:40]


def full(term, explanation):
    return f'<span class="gloss"><b class="term">{term}</b><span class="explanation">{explanation}</span></span>'


def folded(term, explanation, number):
    button = f'<button type="button" class="term" popovertarget="g-{number}">{term}</button>'
    words = f'<span popover id="g-{number}" class="explanation">{explanation}</span>'
    return f'<span class="gloss folded">{button}{words}</span>'


class TestGlosses:
    def test_repeated_gloss_is_folded(self):
        first, second = settled("**RL**（强化学习）与**rl**（另）", "又**RL**（再说）")
        assert first == f"<p>{full('RL', '（强化学习）')}与{folded('rl', '（另）', 1)}</p>"
        assert second == f"<p>又{folded('RL', '（再说）', 2)}</p>"

    def test_nested_gloss_is_folded_inside(self):
        (html,) = settled("**乙**（B）**甲**（A **乙**（C））")
        assert html == f"<p>{full('乙', '（B）')}{full('甲', '（A ' + folded('乙', '（C）', 1) + '）')}</p>"

    def test_english_term_keeps_its_language(self):
        (html,) = settled("**Large Loom Model**（织）**Large Loom Model**（机）")
        assert '<button type="button" class="term" popovertarget="g-1" lang="en">Large Loom Model</button>' in html

    def test_gloss_in_fold_counts_as_unread(self):
        (html,) = settled(
            "<details>\n<summary>原文</summary>\n\n**甲**（A）\n\n</details>\n\n**甲**（B）\n\n**甲**（C）"
        )
        assert full("甲", "（A）") in html
        assert full("甲", "（B）") in html
        assert folded("甲", "（C）", 1) in html


def turns(html):
    return re.findall(r'<p (?:id="[^"]*" )?class="([^"]*)"', html)


class TestVoices:
    def test_voices_follow_order_of_the_page(self):
        first, second = settled(
            "**Ann**: 一\n\n**Bo**: 二\n\n**Ann**: 三", "**Bo (host)**: 四\n\n**Cy**: 五\n\n**Cy**: 六"
        )
        assert turns(first) == ["turn voice-1", "turn voice-2", "turn voice-1"]
        assert turns(second) == ["turn voice-2", "turn voice-3", "turn again voice-3"]

    def test_seventh_speaker_has_no_voice(self):
        (html,) = settled("\n\n".join(f"**{name}**: 字" for name in "ABCDEFGG"))
        assert turns(html) == [*(f"turn voice-{n}" for n in range(1, 7)), "turn", "turn again"]

    @pytest.mark.parametrize(
        ("between", "again"),
        [
            ("<details>\n<summary>原文</summary>\n\nThat is it.\n\n</details>", True),
            ("<details>\n<summary>更多</summary>\n\n字\n\n</details>", False),
            ("### 题", False),
            ("字", False),
            ("- 字", False),
            ("---", False),
        ],
    )
    def test_only_originals_continue_a_run(self, between, again):
        (html,) = settled(f"**Ann**: 一\n\n{between}\n\n**Ann**: 二")
        assert turns(html) == ["turn voice-1", "turn again voice-1" if again else "turn voice-1"]

    def test_section_begins_a_new_run(self):
        assert turns(settled("**Ann**: 一", "**Ann**: 二")[1]) == ["turn voice-1"]

    def test_english_turn_has_classes_and_language(self):
        html = settled("字\n\n**Ann**: Yes, that is so.\n\n**Ann**: 好")[0]
        name = anchor_of("yesthatisso")
        assert f'<p id="{name}" class="turn voice-1" lang="en"><b class="speaker">Ann' in html


# --- properties


class Inventory(HTMLParser):
    """Tags, attributes and text of a page, as a browser would parse them."""

    def __init__(self, html):
        super().__init__()
        self.found, self.ids, self.open = [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found += [(tag, name, value) for name, value in attrs] or [(tag, "", "")]
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in ("br", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


ADDED = {
    ("button", "type", "button"),
    ("button", "class", "term"),
    ("span", "popover", None),
    ("span", "class", "gloss folded"),
    ("p", "class", "turn again"),
}
ADDED_PATTERN = re.compile(
    r"(?:p|li) id p-[a-z2-7]{8}(?:-\d+)?|span id g-\d+|button popovertarget g-\d+|button lang en"
    r"|p class (?:english-text )?turn(?: again)?(?: voice-[1-6])?"
)


def text_of(html):
    return re.sub("<[^>]*>", "", html)


# Texts with repetitions, which random text rarely has.
NOTED = ["**甲**（A）", "**Ann**: 好\n\n", "**Bo：**", f"{LONG}\n\n", "- ", "> ", "<details>\n", "</details>\n"]
SAID = st.lists(st.sampled_from([*NOTED, "### 题\n\n", "字", "\n\n", "(", "）"]), max_size=30).map("".join)


class TestProperties:
    @given(st.lists(ANY_TEXT | SAID, max_size=4))
    def test_text_stays_and_ids_are_unique(self, texts):
        page = Page()
        drawn = [render(text, id_prefix=f"s{n}-") for n, text in enumerate(texts)]
        pages = [page.add_section(html) for html in drawn]
        assert [text_of(html) for html in pages] == [text_of(html) for html in drawn]
        found = Inventory("".join(pages))
        assert found.open == []
        assert len(found.ids) == len(set(found.ids))
        for tag, name, value in found.found:
            allowed = ATTRIBUTES.get(tag, set()) | ATTRIBUTES["*"] | ({"rel"} if tag == "a" else set()) | {""}
            known = tag in TEXT_TAGS | MATHML_TAGS and name in allowed
            assert known or (tag, name, value) in ADDED or ADDED_PATTERN.fullmatch(f"{tag} {name} {value}")

    @given(ANY_TEXT)
    def test_any_sanitised_html_can_be_settled(self, html):
        clean = sanitise(html.encode("utf-8", "replace").decode())
        assert text_of(Page().add_section(clean)) == text_of(clean)


# --- storage


TEXTS = ["**甲**（A）\n\n**Ann**: 好\n\n**Ann**: 是", f"{LONG}\n\n**甲**（B）", f"{LONG}\n\n**Ann**: 啊\n\n**甲**（C）"]


@pytest.fixture
def episode():
    made = factories.public_episode()
    made.sections.all().delete()
    for order, text in enumerate(TEXTS):
        Section.objects.create(episode=made, text=text, heading=f"Part {order}", order=order)
    return made


def bodies(episode):
    return [shown.body for shown in sections_of(episode)]


@pytest.mark.django_db
class TestStored:
    def test_stored_html_equals_rendered_html(self, episode):
        drawn = bodies(episode)
        derived.store_html(episode)
        assert [unstamped(html) for html in episode.sections.values_list("html", flat=True)] == drawn
        assert bodies(episode) == drawn
        assert 'popovertarget="g-2"' in drawn[2]

    def test_several_episodes_are_separate_pages(self, episode):
        other = factories.public_episode()
        other.sections.update(text=TEXTS[0])
        alone = bodies(episode), bodies(other)
        derived.store_rendered(Section.objects.not_rejected(), {})
        assert (bodies(episode), bodies(other)) == alone

    def test_html_of_other_version_is_rendered_again(self, episode, django_assert_num_queries):
        drawn = bodies(episode)
        for old in ("<p>Old.</p>", "<!--1--><p>Old.</p>"):
            episode.sections.update(html=old)
            with django_assert_num_queries(1):
                assert bodies(episode) == drawn

    def test_page_stored_in_part_is_rendered_whole(self, episode):
        drawn = bodies(episode)
        derived.store_html(episode)
        episode.sections.filter(order=1).update(html="")
        assert bodies(episode) == drawn

    def test_section_without_text_has_no_html(self, episode):
        episode.sections.filter(order=1).update(text="")
        derived.store_html(episode)
        assert episode.sections.get(order=1).html == ""
        assert bodies(episode)[1] == ""

    def test_comment_is_stored_as_nothing(self, episode):
        episode.sections.update(text="<!-- x -->")
        derived.store_html(episode)
        assert set(episode.sections.values_list("html", flat=True)) == {stamped("")}
        assert bodies(episode) == ["", "", ""]

    def test_rejected_section_gives_up_anchors_and_glosses(self, episode):
        derived.store_html(episode)
        first = episode.sections.get(order=0)
        transition(first, "rejected", factories.editor(), "private")
        kept = bodies(episode)
        episode.sections.update(html="")
        assert kept == bodies(episode)
        assert full("甲", "（B）") in kept[0]
        transition(first, "accepted", factories.editor())
        assert folded("甲", "（B）", 1) in bodies(episode)[1]

    def test_visitors_see_no_stamp(self, client: Client, episode):
        derived.store_html(episode)
        assert "<!--" not in client.get(episode.get_absolute_url()).content.decode()


@pytest.mark.django_db
class TestRenderAgain:
    def test_command_renders_older_versions_again(self, episode, capsys, django_assert_num_queries):
        draft = factories.episode()
        Section.objects.create(episode=draft, text="Words.")
        episode.sections.update(html="<!--1--><p>Old.</p>")
        drawn, before = bodies(episode), episode.changed_at
        call_command("render_again")
        assert [unstamped(html) for html in episode.sections.values_list("html", flat=True)] == drawn
        assert draft.sections.get().html == ""
        episode.refresh_from_db()
        assert episode.changed_at == before
        # Old episodes; the savepoint, state and changes of the counts; whether they are current.
        with django_assert_num_queries(7):
            call_command("render_again")
        assert capsys.readouterr().out == "1 episodes rendered again.\n0 episodes rendered again.\n"
