"""Checks of sections: each with a hit, a near miss and its repair."""

import pytest

from episodes.checks import section_text as checks
from tests.episodes.checks.subjects import codes, look, text

PARAGRAPH = "这一段话足够长，长到没有人会在一次谈话里把它说上十遍，除非机器坏了。"
SENTENCE = "机器把图案织了出来。"


def test_paragraph_repeated_across_sections_is_reported():
    [fault] = look(checks.paragraph_repeated, text(SENTENCE), *(text(PARAGRAPH) for _ in range(10)))
    assert (fault.code, fault.params["count"], fault.target.pk, fault.at) == ("paragraph-repeated", 10, 2, 0)
    assert codes(checks.paragraph_repeated, *(text(PARAGRAPH) for _ in range(9))) == []


def test_padding_is_reported():
    padded = f"{SENTENCE}\n\n<!-- padding to reach the length -->\n"
    assert codes(checks.generator_leftovers, text(padded)) == ["padding"]
    assert codes(checks.generator_leftovers, text("The sequences get padding on the right.")) == []


@pytest.mark.parametrize(
    "left",
    [
        "<!-- chunk 1/7 -->",
        "以下是翻译后的全文：",
        "（未完，接下一段）",
        "<|im_end|>",
        "As an AI, I cannot hear the recording.",
        "I have generated the metadata in YAML, as your instructions say.",
    ],
)
def test_leftovers_are_reported(left):
    assert codes(checks.generator_leftovers, text(f"{SENTENCE}\n\n{left}\n\n{SENTENCE}")) == ["leftover"]


@pytest.mark.parametrize(
    "said",
    [
        "<!-- a remark -->",
        "他说以下是他的看法。",
        "Put your thinking into `<thinking>` tags.",
        "As an engineer I build.",
    ],
)
def test_similar_text_is_no_leftover(said):
    assert codes(checks.generator_leftovers, text(said)) == []


def test_leftovers_of_one_kind_are_one_finding():
    rows = [text(f"<!-- chunk {number}/3 -->\n{SENTENCE}") for number in (1, 2, 3)]
    [fault] = look(checks.generator_leftovers, *rows)
    assert (fault.params["count"], fault.target.pk) == (3, 1)


@pytest.mark.parametrize(
    "end", ["然后他走到那台织布的机器的前面，伸出手来想要", "他说，", "and then the engine went to the place where we"]
)
def test_text_that_breaks_off_is_reported(end):
    assert codes(checks.text_cut, text(f"{SENTENCE}\n\n{end}")) == ["text-cut"]


@pytest.mark.parametrize(
    "end",
    [
        "他走了。",
        "谢谢大家，我们下期再见",
        "thank you all for listening to this long talk",
        "A name",
        "- 一个没有句号但是足够长的列表项目，讲的是织布机",
        "> 图一：一台没有句号但是足够长的机器的图，讲的是织布机",
        "“他走了”",
        "以下是原文：\n\n<details>Words.</details>",
        "```\nsome code that does not end in a full stop\n```",
    ],
)
def test_complete_ending_is_accepted(end):
    assert codes(checks.text_cut, text(f"{SENTENCE}\n\n{end}")) == []


def test_inner_section_breaks_off_at_comma():
    assert codes(checks.text_cut, text("他说，"), text(SENTENCE)) == ["text-cut"]
    assert codes(checks.text_cut, text("一个没有句号但是足够长的句子，讲的是织布机"), text(SENTENCE)) == []


def test_unclosed_folds_are_reported():
    assert codes(checks.folds_unbalanced, text("<details>\nWords.")) == ["fold-unbalanced"]
    assert codes(checks.folds_unbalanced, text("<details>\nWords.\n</details>")) == []
    assert codes(checks.folds_unbalanced, text("The details are </b>.")) == []


def test_misspelt_closing_tag_is_repaired():
    wrong = text("<details>\nWords.\n</detials>")
    [fault] = look(checks.folds_unbalanced, wrong)
    assert fault.repair == {"text": {"replace": ["</detials>", "</details>"]}}
    assert codes(checks.folds_unbalanced, text(wrong.text.replace("</detials>", "</details>"))) == []


def test_unpaired_bold_is_reported():
    [fault] = look(checks.bold_odd, text("One **two three.\n\nFour **five** six.\n\nSeven** eight."))
    assert (fault.code, fault.params["count"]) == ("bold-odd", 2)


@pytest.mark.parametrize("fine", ["**a** b", "**begun\nand ended** here", "`2 ** 3`", "***", "f***ing", "2**3", "x"])
def test_paired_bold_is_accepted(fine):
    assert codes(checks.bold_odd, text(fine)) == []


ENGLISH = "And this is the paragraph that the translator forgot to fold away under the Chinese one."


def test_english_outside_folds_is_reported():
    [fault] = look(checks.english_outside_folds, text(f"{SENTENCE}\n\n{ENGLISH}\n\n{ENGLISH}"))
    assert (fault.code, fault.params["count"]) == ("english-outside", 2)
    assert codes(checks.english_outside_folds, text(ENGLISH), language="en") == []


@pytest.mark.parametrize(
    "fine", ["<details>\n{}\n</details>", "```\n{}\n```", "> {}", "机器：{}", "# {}", "Short words."]
)
def test_english_in_folds_is_accepted(fine):
    assert codes(checks.english_outside_folds, text(fine.format(ENGLISH))) == []


@pytest.mark.parametrize("leak", ["他说得 конечно 对。", "机器เข้ามา了。", "阿尔茨海マー病", "自我강화的"])
def test_letters_of_other_script_are_reported(leak):
    assert codes(checks.foreign_script, text(leak)) == ["script-foreign"]


@pytest.mark.parametrize(
    "meant", ["半地下室（반지하）", "小说《ノルウェイの森》", "迈克尔・科克", "“конечно”", "优の良品", "α 与 β"]
)
def test_intended_foreign_letters_are_accepted(meant):
    assert codes(checks.foreign_script, text(meant)) == []


@pytest.mark.parametrize(
    "doubt", ["（疑为织布机）", "（此处应为 50 万）", "(inaudible)", "（可能是误听）", "（注：原文口误）"]
)
def test_doubt_of_transcriber_is_reported(doubt):
    [fault] = look(checks.transcribers_doubt, text(f"他买了机器{doubt}。"))
    assert (fault.code, fault.evidence) == ("doubt", f"他买了机器{doubt}")


@pytest.mark.parametrize(
    "sure", ["他可能是对的。", "（织布机，最早的一台，可能是最大的）", "It was unclear.", "这应为大家所知。"]
)
def test_other_brackets_are_no_doubt(sure):
    assert codes(checks.transcribers_doubt, text(sure)) == []


def test_fault_has_its_offset():
    body = text(f"{SENTENCE}\n\n机器（疑为织布机）。")
    [fault] = look(checks.transcribers_doubt, body)
    assert body.text[fault.at :].startswith("（疑为")
