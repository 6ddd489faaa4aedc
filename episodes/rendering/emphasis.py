"""Meaning of bold text. Notes set nearly every name and term in bold; as <strong> that would emphasise everything."""

from __future__ import annotations

import re

from episodes.rendering.english_runs import COMMON_ENGLISH, HAN, LATIN_WORD

# Characters and words of a name; longer bold text is emphasis.
LONGEST_HAN = 10
LONGEST_LATIN_WORDS = 6
LONGEST = 60

_SENTENCE = re.compile(r"[，。！？；：!?;:…]|, |\. |(?<![A-Z])\.$|^[（(]")
# `了` and `是` make a clause of a few characters; the words of _STRESSED are emphasised alone.
_CLAUSE = re.compile(r"[了吗呢是]")
_STRESSED = re.compile(r"(?:不|没有?|必须|绝[对不]|非常|唯一|所有|全部|真正|完全|只有|从不|从来|永远|已经|尤其|最)")
_UNITS = "%％‰倍万亿千百十个元人年月日天时分秒岁次吨美欧港币米公里斤度点后前多"
_AMOUNT = re.compile(
    rf"[约近超负第]?\s*(?:(?:\$|US\$)?\d[\d.,]*\s*[{_UNITS}]*\s*)+"
    rf"|百分之.{{1,6}}|[一二三四五六七八九十百千万亿两零〇半]{{2,}}[{_UNITS}]*"
)
_TITLE = re.compile(r"[《「『][^《》「」『』]+[》」』]")


def is_name(text: str) -> bool:
    """Return whether bold words name a person, a thing or a term, and emphasise nothing.

    text: the text between the tags. A name is short, without the punctuation of a sentence, no amount (`10倍`), no
    clause (`问题出现了`) and no English function word (`not`). In doubt it is a name, as nearly all bold text of real
    notes is. The caller excludes labels that open a paragraph (`Risks:`), which look like names.
    """
    text = " ".join(text.split())
    if _TITLE.fullmatch(text):
        return True
    if not text or len(text) > LONGEST or _SENTENCE.search(text) or _AMOUNT.fullmatch(text):
        return False
    han = len(HAN.findall(text))
    words = LATIN_WORD.findall(text)
    if han:
        # A foreign name in brackets does not count: `英伟达（Nvidia）`.
        return han <= LONGEST_HAN and not _CLAUSE.search(text) and not _STRESSED.fullmatch(text)
    if len(words) > LONGEST_LATIN_WORDS:
        return False
    capitals = any(word != word.lower() and word != "I" for word in words)
    return capitals or not any(COMMON_ENGLISH.fullmatch(word) for word in words)
