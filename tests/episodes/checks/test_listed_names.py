"""Checks of mentions: each with a hit, a near miss and its repair."""

import pytest

from episodes.checks import listed_names
from episodes.checks.registry import Known
from episodes.models import Appearance
from episodes.notes.detectors import name_occurrence
from tests.episodes.checks.subjects import (
    codes,
    look,
    named,
    text,
)

FOLDED = (
    "我用 **Claude Code** 写。\n\n<details>\n<summary>Original</summary>\n\nI write with {} every day.\n\n</details>\n"
)


def test_listed_person_never_named_is_reported():
    body = text("今天讲的是李雷。")
    assert codes(listed_names.person_not_in_text, body, mentions=[named("韩梅梅")]) == ["person-not-in-text"]
    assert codes(listed_names.person_not_in_text, body, mentions=[named("李雷"), named("OpenAI", "organisation")]) == []


@pytest.mark.parametrize(
    "person",
    [named("Ada Lovelace"), named("Countess Lovelace"), named("洛夫莱斯", "person", "Lovelace"), named("李雷教授")],
)
def test_alias_or_part_of_name_is_enough(person):
    assert codes(listed_names.person_not_in_text, text("Lovelace 和李雷写了程序。"), mentions=[person]) == []


def test_part_of_other_word_is_no_name():
    english = {"language": "en", "title": "x", "summary": "x"}
    body = text("An Italian engine.")
    assert codes(listed_names.person_not_in_text, body, mentions=[named("Ian Watt")], **english) == [
        "person-not-in-text"
    ]


def test_transliterated_names_are_not_reported():
    """If the text writes all names in Chinese, none is missing."""
    people = [named("Ada Lovelace"), named("Alan Turing"), named("韩梅梅")]
    found = look(listed_names.person_not_in_text, text("洛夫莱斯和图灵。"), mentions=people)
    assert [fault.params["name"] for fault in found] == ["韩梅梅"]
    # With the English original, it must contain the names.
    folded = text("洛夫莱斯。\n<details><summary>Original</summary>\nLovelace wrote a long program then.\n</details>")
    found = look(listed_names.person_not_in_text, folded, mentions=people[:2], title="x", summary="x")
    assert [fault.params["name"] for fault in found] == ["Alan Turing"]


def test_known_bold_person_not_listed_is_reported():
    known = {"韩梅梅": Known(7, "person"), "CPI": Known(8, "other"), "Ada": Known(9, "person")}
    body = text("**韩梅梅** 说 **CPI** 高。**Ada**: 是的。**沃兹**（Wozniak）。")
    known["沃兹"] = Known(10, "person")
    [fault] = look(listed_names.name_not_listed, body, known=known, mentions=[named("Wozniak")])
    assert (fault.params["name"], fault.repair) == ("韩梅梅", {"add": ["mention", {"entity": 7}]})
    assert codes(listed_names.name_not_listed, body, known=known, mentions=[named("韩梅梅"), named("Wozniak")]) == []
    credited = Appearance(label="韩梅梅")
    assert codes(listed_names.name_not_listed, body, credited, known=known, mentions=[named("Wozniak")]) == []


@pytest.mark.parametrize("heard", ["cloud code", "Clawed Code", "clod code"])
def test_misheard_name_is_reported(heard):
    body = text(FOLDED.format(heard))
    [fault] = look(listed_names.name_misheard, body, mentions=[named("Claude Code", "product")])
    assert fault.repair == {"text": {"replace": [heard, "Claude Code"]}}
    assert body.text[fault.at :].startswith(heard)
    put_right = text(body.text.replace(heard, "Claude Code"))
    assert codes(listed_names.name_misheard, put_right, mentions=[named("Claude Code", "product")]) == []


@pytest.mark.parametrize("said", ["claude-code", "Claude", "the code", "clean coats", "ClaudeCode", "could we code"])
def test_similar_words_are_not_misheard(said):
    assert (
        codes(listed_names.name_misheard, text(FOLDED.format(said)), mentions=[named("Claude Code", "product")]) == []
    )


def test_repair_spares_words_used_elsewhere():
    body = text(FOLDED.format("cloud code") + "\n云。\n\n<details>A cloud code of weather.</details>")
    [fault] = look(listed_names.name_misheard, body, mentions=[named("Claude Code", "product")])
    assert fault.repair is None


@pytest.mark.parametrize(
    ("name", "proposed"),
    [("ada-lovelace", "Ada Lovelace"), ("best_of_ai_tv", "Best of AI TV"), ("engine-weekly", "Engine Weekly")],
)
def test_name_like_an_address_is_reported(name, proposed):
    [fault] = look(listed_names.name_like_an_address, mentions=[named(name)])
    assert (fault.params["proposed"], fault.repair) == (proposed, None)
    assert codes(listed_names.name_like_an_address, mentions=[named(proposed)]) == []


@pytest.mark.parametrize("name", ["gpt-4o", "x-ray", "Jean-Luc", "a16z", "t-shirt", "word", "-a-", "a--b"])
def test_hyphen_of_a_name_is_accepted(name):
    assert name_occurrence.from_slug(name) is None
