"""Turns, glosses, formulas and folds in running text."""

from __future__ import annotations

import re
import time
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from episodes.notes import prose
from episodes.notes.parsed import Annotation
from episodes.notes.prose import glosses, turns
from episodes.notes.prose.outline import outline
from tests.episodes.notes.dialect_laws import seed
from tests.episodes.notes.note_strategies import MARKS
from tests.shared import NOTES, require


def found(kind: str, text: str) -> list[Annotation]:
    return [annotation for annotation in prose.annotate(text, 0, len(text)) if annotation.kind == kind]


def spoken(text: str) -> list[tuple[str, str | None, str]]:
    return [(t.values["name"], t.values["role"], t.values["text"]) for t in found("turn", text)]


def explained(text: str) -> list[tuple[str, str | None, str | None]]:
    return [(g.values["term"], g.values["expansion"], g.values["explanation"]) for g in found("gloss", text)]


def talk(*labels: str) -> str:
    return "\n\n".join(f"{label} words {number}" for number, label in enumerate(labels))


# --- turns


@pytest.mark.parametrize(
    "spelling",
    [
        "**{}**:",
        "**{}**：",
        "**{}:**",
        "**{}：**",
        "**[{}]**:",
        "{}:",
        "{}：",
        '<span class="speaker">{}</span>',
        "**{}** :",
    ],
)
def test_turns_are_found_in_all_spellings(spelling):
    ann, bob = spelling.format("Ann Lee"), spelling.format("Bob")
    names = [name for name, _, _ in spoken(talk(ann, bob, ann, bob, ann, bob))]
    assert names == ["Ann Lee", "Bob"] * 3


@pytest.mark.parametrize(
    ("label", "name", "role"),
    [
        ("Russ (主持人)", "Russ", "主持人"),
        ("王芳（嘉宾）", "王芳", "嘉宾"),
        ("受访者 (Interviewee)", "受访者", "Interviewee"),
        ("[Speaker 1]", "Speaker 1", None),
        ("大卫 (David Moon)", "大卫 (David Moon)", None),  # a name in another script
        ("(匿名)", "(匿名)", None),
        ("Ann:", "Ann", None),
    ],
)
def test_role_is_in_brackets_after_name(label, name, role):
    assert turns.name_and_role(label) == (name, role)


def test_turn_ends_at_turn_heading_or_note():
    text = "**Ann**: one\n\ntwo\n\n**(music)**\n\n**Bob**:\nthree  \n\n\n### Part\n\n"
    text += "**Ann**: four\n\n**Bob**: five\n**Ann**: six"
    assert [text for _, _, text in spoken(text)] == ["one\n\ntwo", "three", "four", "five", "six"]
    first = found("turn", text)[0]
    assert (first.begin, first.end) == (0, text.index("\n\n**(music)**"))


def test_turn_ends_with_its_range():
    text = talk("**Ann**:", "**Bob**:", "**Ann**:", "**Bob**:")
    begin = text.index("**Bob**")
    (turn,) = (a for a in prose.annotate(text, begin, begin + 14) if a.kind == "turn")
    assert (turn.begin, turn.end, turn.values["text"]) == (begin, begin + 14, "words")


@pytest.mark.parametrize(
    "text",
    [
        "- **Term**: one\n- **Term**: two\n- **Term**: three",  # bullets are never turns
        "**(music)**\n\n**(laughter)**",
        "**Conclusion**: one",
        "\n".join(f"### Part {number}\n**Main point:** x\n**Data:** y" for number in range(5)),
        "**注意**: a\n\n**注意**: b\n\n**注意**: c",
        "**1. Place：** a\n\n**2. Time：** b",
        "**Moon：** a\n\n**Moon：** b\n\n**Moon：** c",  # one label three times, nobody answers
        "Sources: a\n\nSources: b\n\nSources: c",
        "https://a.b\n\nhttps://a.b\n\nhttps://a.b",
        "12:30 a\n\n12:30 b\n\n12:30 c",
        "He said this. Then: a\n\nHe said this. Then: b\n\nHe said this. Then: c",
        "inside **Ann**: a\n\ninside **Ann**: b\n\ninside **Ann**: c",
        "```\n**Ann**: a\n**Bob**: b\n**Ann**: c\n**Bob**: d\n```",
    ],
)
def test_labels_are_not_turns(text):
    assert spoken(text) == []


def test_turns_in_folded_original_are_ignored():
    fold = "<details>\n<summary>Original</summary>\n\n**Ann**: words\n\n</details>"
    text = "\n\n".join(f"**{name}**: 词\n\n{fold}" for name in ("Ann", "Bob", "Ann", "Bob"))
    assert prose.speakers(prose.annotate(text)) == {"Ann": 2, "Bob": 2}
    assert all(turn.values["text"].endswith("</details>") for turn in found("turn", text))


def test_single_turn_counts_among_others():
    assert [name for name, _, _ in spoken(talk("**Ann:**", "**Bob:**", "**Ann:**", "**Caller:**"))] == [
        "Ann",
        "Bob",
        "Ann",
        "Caller",
    ]


def test_labels_outside_conversation_are_not_turns():
    text = talk("**Ann:**", "**Bob:**", "**Ann:**") + "\n\n### Words explained\n\n**Tide:** water"
    assert prose.speakers(prose.annotate(text)) == {"Ann": 2, "Bob": 1}


def test_single_turn_of_listed_name_counts():
    text = "---\npeople:\n- Ann Lee\n---\n### Part\n\n**Ann**：words\n\n**Tide**：words\n"
    assert prose.speakers(prose.annotate(text)) == {"Ann": 1}


def test_plain_name_counts_if_two_recur():
    text = talk("Ann:", "Bob:", "Ann:", "Bob:", "Ann:", "Bob:") + "\n\nThis matters: yes"
    assert prose.speakers(prose.annotate(text)) == {"Ann": 3, "Bob": 3}
    assert spoken(talk("Ann:", "Bob:", "Ann:", "Bob:")) == []


def test_front_matter_keys_are_not_turns():
    assert spoken("---\n" + "Ann: a\nBob: b\n" * 3 + "---\ntext") == []


def test_speakers_are_in_order_of_appearance():
    text = talk("**Bob**:", "**Ann**:", "**Bob**:")
    assert list(prose.speakers(prose.annotate(text)).items()) == [("Bob", 2), ("Ann", 1)]


# --- glosses


@pytest.mark.parametrize(
    ("text", "term", "expansion", "explanation"),
    [
        ("**RL**（Reinforcement Learning: 强化学习）", "RL", "Reinforcement Learning", "强化学习"),
        ("**RL**（Reinforcement Learning：强化学习）", "RL", "Reinforcement Learning", "强化学习"),
        ("**RL**(Reinforcement Learning: 强化学习)", "RL", "Reinforcement Learning", "强化学习"),
        ("**旧金山**（San Francisco）", "旧金山", "San Francisco", None),
        ("**AGI**（通用人工智能）", "AGI", "通用人工智能", None),
        ("**A**（B (C): D）", "A", "B (C)", "D"),
        ("**A**（B: C: D）", "A", "B", "C: D"),
        ("**站点**（一个论坛）", "站点", None, "一个论坛"),
        ("**站点**（关于潮汐与月亮的在线读者社区）", "站点", None, "关于潮汐与月亮的在线读者社区"),
        ("**王芳**（作家、编辑）", "王芳", None, "作家、编辑"),
        ("**KOL**（Key Opinion Leader，关键意见领袖）", "KOL", "Key Opinion Leader", "关键意见领袖"),
        ("**书**（《月亮、潮汐和海的故事》）", "书", "《月亮、潮汐和海的故事》", None),
        ("**A**（B: **C** D）", "A", "B", "C D"),
        ("**“痛”**（Pain: x）", "“痛”", "Pain", "x"),
    ],
)
def test_gloss_is_read(text, term, expansion, explanation):
    assert explained(f"Before {text} after.") == [(term, expansion, explanation)]
    assert glosses.read(text) == {"term": term, "expansion": expansion, "explanation": explanation}


def test_nested_gloss_is_found():
    assert explained("**A**（一位懂**B**（Bee: 蜂）的人）") == [
        ("A", None, "一位懂B（Bee: 蜂）的人"),
        ("B", "Bee", "蜂"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "**A**（never closed: x",
        "**A**（closed\non another line: x）",
        "**A**（" + "x" * 2000 + "）",
        "**A** （apart: x）",
        "**A**（2024）",
        "**A**（12:30）",
        "**A**(https://a.b/c)",
        "**A**（）",
        "**A (B: C)**",
        "**A** words **（B: C）",
        "`**A**（B: C）`",
        "<!-- **A**（B: C） -->",
        "```\n**A**（B: C）\n```",
    ],
)
def test_other_brackets_are_no_gloss(text):
    assert explained(text) == []


def test_unclosed_gloss_does_not_affect_others():
    assert explained("**A**（B: x\n\n**C**（D: **E**（F: y） and **G**（H: z）") == [("E", "F", "y"), ("G", "H", "z")]


# --- formulas and folds


def test_formulas_have_offsets_in_whole_text():
    text = "Costs $5 or $6.\n\nGrows $4 \\times$ a year."
    (formula,) = (a for a in prose.annotate(text, 10, len(text)) if a.kind == "formula")
    assert (text[formula.begin : formula.end], formula.values) == ("$4 \\times$", {"latex": "4 \\times"})


@pytest.mark.parametrize(
    ("text", "folds"),
    [
        ("a<details>b</details>c", ["<details>b</details>"]),
        ('<details style="x">b</details >', ['<details style="x">b</details >']),
        ("<details>b</detais>c", ["<details>b</detais>"]),
        ("<details>b</detials>c", ["<details>b</detials>"]),
        ("<DETAILS>b</Details>", ["<DETAILS>b</Details>"]),
        ("<details>\n<details>\nb</details>c", ["<details>\n<details>\nb</details>"]),
        ("<details>a\n\n### H\n\nb", ["<details>a\n\n"]),
        ("<details>a\n\nb<details>c</details>", ["<details>a\n\nb", "<details>c</details>"]),
        ("<details>a", ["<details>a"]),
        ("a</details>b", []),
        ("`<details>`a\n```\n<details>\n```\n<!-- <details> -->", []),
        ("<detailed>a</detailed>", []),
        ("<details>a\n### H\n</details>\n### I", ["<details>a\n### H\n</details>"]),
    ],
)
def test_folds_are_found_with_broken_tags(text, folds):
    assert [text[begin:end] for begin, end in prose.fold_spans(text)] == folds


def test_headings_in_folds_are_ignored():
    text = "# A\n<details>\n## no\n</details>\n##  B ## \n####### no\n    # no\n   ### C\n#\n"
    assert [(h.level, text[h.at : h.stop]) for h in outline(text).headings] == [(1, "A"), (2, "B"), (3, "C")]


# --- laws


@given(st.lists(st.sampled_from(MARKS), max_size=40).map("".join), st.data())
def test_annotations_read_alone(text, data):
    begin = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(begin, len(text)))
    annotations = prose.annotate(text, begin, end)
    for annotation in annotations:
        assert begin <= annotation.begin < annotation.end <= end
        assert prose.read(annotation.kind, text[annotation.begin : annotation.end]) == annotation.values
    assert annotations == sorted(annotations, key=lambda a: (a.begin, -a.end))
    said = [a for a in annotations if a.kind == "turn"]
    assert all(one.end <= two.begin for one, two in pairwise(said))


@given(st.text())
def test_any_text_can_be_annotated(text):
    prose.annotate(text)
    for kind in ("turn", "gloss", "formula"):
        prose.read(kind, text)


@pytest.mark.parametrize(
    "mark",
    [
        "<details>",
        "</details>",
        "```a\n",
        "<!--",
        "**a**（",
        "**a**(",
        "**(",
        "# a\n",
        "`",
        "$",
        "**N**:\n",
        "N:\n",
        "**N：**\n",
        "<",
    ],
)
def test_time_grows_linearly(mark):
    def once(times: int) -> float:
        began = time.process_time()
        prose.annotate(mark * times)
        return time.process_time() - began

    def took(times: int) -> float:
        # The least of three, because the machine may be busy.
        return min(once(times) for _ in range(3))

    once(1000)
    assert took(40_000) < 40 * max(took(4_000), 0.01)


# --- seeds


def test_turns_of_interview_seed_are_read():
    text, expected = seed(1)
    wanted = expected["transcript"]["turns"]
    said = found("turn", text)
    assert [(text.count("\n", 0, turn.begin) + 1, *turn.values.values()) for turn in said] == [
        (turn["line"], turn["speaker"], turn["role"], turn["text"]) for turn in wanted
    ]
    assert Counter(f"{t.values['name']}|{t.values['role']}" for t in said) == expected["transcript"]["by_speaker"]


# Notes with 70 and 14 turns in the form of labels, and two notes with labels in the form of turns.
@pytest.mark.parametrize(
    ("name", "count"), [("Ttxwz_rQg38", 70), ("oP3lqZMNjts", 14), ("96uuIQqkZTM", 0), ("eibRMt8ECO0", 0)]
)
def test_labels_and_turns_differ_in_real_notes(name, count):
    path = NOTES / "library" / "notes" / f"{name}.md"
    require(path.is_file(), "the real notes are not here (../shared/notes)")
    text = path.read_bytes().decode()
    assert len(found("turn", text)) == count


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        ("**主持人：** **Bo Vale**: **主持人：**", "主持人 Bo_Vale 主持人"),
        ("**Ada**: **Bo Vale**: **主持人：** **Ada**:", "Ada Bo_Vale 主持人 Ada"),
        ("**Ada**: **林岚：** **Ada**: **林岚：**", "Ada 林岚 Ada 林岚"),
        ("**林岚：** **Ada**: **林岚：** **Ada**:", "林岚 Ada 林岚 Ada"),
        ("**Ada:** **Bo**: **Ada:** **林岚：** **Bo**:", "Ada Bo Ada 林岚 Bo"),
        ("**Ada**: **Bo**: 主持人： **Ada**: **Bo**:", "Ada Bo 主持人 Ada Bo"),
        ("Ada: **Bo**: Ada: **Bo**: **Ada**:", "Ada Bo Ada Bo Ada"),
        ("**[Speaker 1]**: **主持人：** **[Speaker 1]**: **[Speaker 2]**:", "Speaker_1 主持人 Speaker_1 Speaker_2"),
        ("**主持人**： **Bo Vale**:", "主持人 Bo_Vale"),
        ('<span class="speaker">Ada</span>: **主持人：** <span class="speaker">Ada</span>:', "Ada 主持人 Ada"),
        # Points within one person's speech, and lists, are no turns.
        ("**Ada**: **第一点：** **Ada**:", "Ada Ada"),
        ("**Ada**: **小结：** **Ada**:", "Ada Ada"),
        ("**Ada**: - **Term**: **Ada**:", "Ada Ada"),
        ("**Ada**: - **主持人：** **Ada**:", "Ada Ada"),
        # Participants listed before the first turn.
        ("**主持人：** **Ada**: **Bo**: **Ada**: **Bo**:", "Ada Bo Ada Bo"),
    ],
)
def test_spellings_of_labels_may_be_mixed(labels, names):
    lines = re.findall(r"(?:- )?(?:\*\*[^*]+\*\*[:：]?|<span.*?</span>:|\S+[:：])", labels)
    text = "\n\n".join(f"{line} Some words." for line in lines)
    found = [annotation.values["name"] for annotation in prose.annotate(text) if annotation.kind == "turn"]
    assert found == [name.replace("_", " ") for name in names.split()]


def test_turn_ends_at_other_spelling():
    text = "**Ada**: one\n\n**主持人：** two\n\n**Ada**: three"
    turns = [annotation.values["text"] for annotation in prose.annotate(text) if annotation.kind == "turn"]
    assert turns == ["one", "two", "three"]
