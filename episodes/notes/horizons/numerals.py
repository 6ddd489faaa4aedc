"""Numbers written as words, Chinese or English, converted to digits."""

from __future__ import annotations

import re

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_TENS = {"十": 10, "百": 100, "千": 1000}
_RUN = re.compile(f"[{''.join(_DIGITS)}{''.join(_TENS)}]+")
# 二三十: twenty or thirty.
_TWO_TENS = re.compile(f"([{''.join(_DIGITS)}])([{''.join(_DIGITS)}])十")

_SMALL = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
_ONES = {word: i for i, word in enumerate(f"{_SMALL} eighteen nineteen".split(), 1)}
_BIG = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_WORDS = re.compile(rf"\b(?:({'|'.join(_BIG)})(?:[- ]({'|'.join(list(_ONES)[:9])}))?|({'|'.join(_ONES)}))\b")
_HUNDRED = re.compile(r"\b(?:a|1) hundred\b")


def as_digits(text: str) -> str:
    """Return a lower-case text with numbers as digits.

    `十二个月` → `12个月`, `三五年` → `3-5年`, `twenty-five years` → `25 years`. A run of numerals that is no number is
    left unchanged.
    """
    return _HUNDRED.sub("100", _WORDS.sub(_english, _RUN.sub(_chinese, text)))


def _chinese(match: re.Match[str]) -> str:
    run = match[0]
    tens = _TWO_TENS.fullmatch(run)
    if tens:
        return _either(_DIGITS[tens[1]], _DIGITS[tens[2]], "0") or run
    if any(numeral in _TENS for numeral in run):
        return str(_value(run))
    digits = [_DIGITS[numeral] for numeral in run]
    if len(digits) == 2:
        return _either(digits[0], digits[1]) or run
    # 二〇三〇: in horizons, only years are written digit by digit.
    return "".join(map(str, digits)) if len(digits) in (1, 4) else run


def _either(low: int, high: int, end: str = "") -> str:
    """Return a range of two digits: 两三年 is two or three, 三五年 three to five; empty for others, such as 二八年."""
    return f"{low}{end}-{high}{end}" if high == low + 1 or (low, high) == (3, 5) else ""


def _value(run: str) -> int:
    total, digit = 0, 0
    for numeral in run:
        if numeral in _TENS:
            total, digit = total + (digit or 1) * _TENS[numeral], 0
        else:
            digit = _DIGITS[numeral]
    return total + digit


def _english(match: re.Match[str]) -> str:
    tens, unit, small = match.groups()
    return str(_ONES[small] if small else _BIG[tens] + _ONES.get(unit or "", 0))
