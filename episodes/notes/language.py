"""Detection of a text's language: zh-Hans, zh-Hant or en. Pure Python.

Notes carry no language key. Chinese and English differ by the share of Han characters outside folded originals,
Traditional and Simplified by characters that only one of them uses.
"""

from __future__ import annotations

import re

_HAN = re.compile(r"[一-鿿]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_FOLD = re.compile(r"<details.*?</details>", re.DOTALL | re.IGNORECASE)
# Frequent characters with different forms, in pairs.
_SIMPLIFIED = "这个们来说时对会国学发过还没为开问题经现实际动点样让业种应该么东长关见书认识读写语话谁谢"
_TRADITIONAL = "這個們來說時對會國學發過還沒為開問題經現實際動點樣讓業種應該麼東長關見書認識讀寫語話誰謝"
_ONLY_SIMPLIFIED = re.compile("[" + "".join(set(_SIMPLIFIED) - set(_TRADITIONAL)) + "]")
_ONLY_TRADITIONAL = re.compile("[" + "".join(set(_TRADITIONAL) - set(_SIMPLIFIED)) + "]")
# Characters that are examined: more do not change the result.
_SAMPLE = 8_000


def detect(text: str) -> str:
    """Return the language code of a text: `zh-Hans`, `zh-Hant` or `en`."""
    sample = _FOLD.sub("", text[: _SAMPLE * 4])[:_SAMPLE]
    # Chinese notes contain many English names; English notes hardly any Chinese.
    if len(_HAN.findall(sample)) < len(_LATIN_WORD.findall(sample)):
        return "en"
    traditional = len(_ONLY_TRADITIONAL.findall(sample))
    return "zh-Hant" if traditional > len(_ONLY_SIMPLIFIED.findall(sample)) else "zh-Hans"
