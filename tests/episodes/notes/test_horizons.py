"""Due dates of horizons in Chinese and English, and horizons without one."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from episodes.notes import horizons
from episodes.notes.horizons import due
from episodes.notes.horizons.numerals import as_digits

SAID = date(2026, 5, 11)

# (horizon, due date), all stated on 11 May 2026, a Monday.
NAMED = [
    ("今年", "2026-12-31"),
    ("今年内", "2026-12-31"),
    ("今年年底", "2026-12-31"),
    ("年底前", "2026-12-31"),
    ("年内", "2026-12-31"),
    ("今年（2026年）", "2026-12-31"),
    ("明年", "2027-12-31"),
    ("明年底", "2027-12-31"),
    ("後年", "2028-12-31"),
    ("大后年", "2029-12-31"),
    ("今年下半年", "2026-12-31"),
    ("上半年", "2026-06-30"),
    ("2030年", "2030-12-31"),
    ("2030 年内", "2030-12-31"),
    ("二〇三〇年", "2030-12-31"),
    ("两千零三十年", "2030-12-31"),
    ("到2030年底", "2030-12-31"),
    ("2027年底前", "2027-12-31"),
    ("2027年上半年", "2027-06-30"),
    ("2027年中", "2027-06-30"),
    ("2027年第三季度", "2027-09-30"),
    ("2027Q3", "2027-09-30"),
    ("2027年2月", "2027-02-28"),
    ("2028年二月底", "2028-02-29"),
    ("2027年3月1日", "2027-03-01"),
    ("8月底前", "2026-08-31"),
    ("本月底", "2026-05-31"),
    ("下个月", "2026-06-30"),
    ("下个季度", "2026-09-30"),
    ("本周内", "2026-05-17"),
    ("下周", "2026-05-24"),
    ("2030年代", "2039-12-31"),
    ("本世纪末", "2100-12-31"),
    ("21世纪", "2100-12-31"),
    ("最晚2030年", "2030-12-31"),
    ("this year", "2026-12-31"),
    ("by the end of the year", "2026-12-31"),
    ("by the end of 2027", "2027-12-31"),
    ("end of the year 2027", "2027-12-31"),
    ("year-end", "2026-12-31"),
    ("late 2027", "2027-12-31"),
    ("next year", "2027-12-31"),
    ("the year after next", "2028-12-31"),
    ("in 2030", "2030-12-31"),
    ("sometime in 2027", "2027-12-31"),
    ("no later than 2030", "2030-12-31"),
    ("the second half of next year", "2027-12-31"),
    ("Q3 2027", "2027-09-30"),
    ("first quarter of 2027", "2027-03-31"),
    ("by mid-2027", "2027-06-30"),
    ("March 2027", "2027-03-31"),
    ("by the end of February 2028", "2028-02-29"),
    ("March 1, 2027", "2027-03-01"),
    ("1st March 2027", "2027-03-01"),
    ("2027-03-01", "2027-03-01"),
    ("2027-03", "2027-03-31"),
    ("next month", "2026-06-30"),
    ("this quarter", "2026-06-30"),
    ("next week", "2026-05-24"),
    ("this decade", "2029-12-31"),
    ("next decade", "2039-12-31"),
    ("the 2030s", "2039-12-31"),
    ("by the end of the century", "2100-12-31"),
]
# By and before end when the span begins; by a day includes the day.
BEFORE = [
    ("2030年前", "2029-12-31"),
    ("2030 年之前", "2029-12-31"),
    ("到2030年", "2029-12-31"),
    ("by 2030", "2029-12-31"),
    ("before 2030", "2029-12-31"),
    ("by next year", "2026-12-31"),
    ("by March 2027", "2027-02-28"),
    ("by Q1 2027", "2026-12-31"),
    ("by 2030 or 2035", "2034-12-31"),
    ("by 1 March 2027", "2027-03-01"),
    ("before 1 March 2027", "2027-02-28"),
    ("2027年3月1日前", "2027-02-28"),
]
COUNTED = [
    ("一年内", "2027-05-11"),
    ("5年之内", "2031-05-11"),
    ("十年后", "2036-05-11"),
    ("再过二十五年", "2051-05-11"),
    ("未来五年", "2031-05-11"),
    ("未来四个月", "2026-09-11"),
    ("接下来的两年", "2028-05-11"),
    ("半年內", "2026-11-11"),
    ("一年半", "2027-11-11"),
    ("百年内", "2126-05-11"),
    ("三个季度内", "2027-02-11"),
    ("两周内", "2026-05-25"),
    ("within five years", "2031-05-11"),
    ("over the next 18 months", "2027-11-11"),
    ("in 10 years", "2036-05-11"),
    ("in five years' time", "2031-05-11"),
    ("ten years from now", "2036-05-11"),
    ("within a decade", "2036-05-11"),
    ("in the next year", "2027-05-11"),
    ("the coming month", "2026-06-11"),
    ("a year and a half", "2027-11-11"),
    ("half a year", "2026-11-11"),
    ("in a hundred years", "2126-05-11"),
    ("twenty-five years", "2051-05-11"),
    ("in two weeks", "2026-05-25"),
]
RANGES = [
    ("未来的6到12个月", "2027-05-11"),
    ("六到十二个月", "2027-05-11"),
    ("未来 3～5 年", "2031-05-11"),
    ("三五年内", "2031-05-11"),
    ("两三年", "2029-05-11"),
    ("二三十年", "2056-05-11"),
    ("6个月到1年", "2027-05-11"),
    ("今年或明年", "2027-12-31"),
    ("2027-2028年", "2028-12-31"),
    ("从2027年到2028年", "2028-12-31"),
    ("in the next 6 to 12 months", "2027-05-11"),
    ("two or three years", "2029-05-11"),
    ("6 months to a year", "2027-05-11"),
    ("between 2027 and 2028", "2028-12-31"),
    ("2027–2030", "2030-12-31"),
    ("this year or next year", "2027-12-31"),
]
NEVER = """
未来 未来几年 几年内 数年内 多年以后 十几年 几十年后 短期 中期 长期 近期 Unspecified 在技术实现之后 下一代
随时 五年以上 至少五年
大约五年 2030年左右 2030年后 2030年以后 2030年初 从2027年 五年前 五年中
一万年后 九千九百九十九年后 2月30日 2027年2月30日 五个月半 三日内
next_few_years in_the_coming_years soon eventually long_term about_5_years at_least_five_years more_than_10_years
over_5_years 5+_years 5_years_or_more five_years_ago after_2030 from_2030 around_2030 early_2027 in_our_lifetime
a_few_months in_2027-28 indeed_2030 2030,_if_the_law_passes mid the
"""
PASSED = ["2025年", "by 2026", "2026年前", "3月", "last year", "2010s", "by May 2026"]


@pytest.mark.parametrize(("horizon", "day"), [*NAMED, *BEFORE, *COUNTED, *RANGES])
def test_horizon_ends_on_the_day(horizon, day):
    found = due(horizon, SAID)
    assert found is not None
    assert found.on.isoformat() == day


JOINED = [
    "count",
    "fill count later",
    "next count",
    "count range count",
    "count by count",
    "count fill range next count",
    "count range count by count",
    "from count range count",
    "from count by count",
]
NOT_JOINED = [
    "from count",
    "count by",
    "by count",
    "range count",
    "count range",
    "count count",
    "count from count",
    "count span count",
    "span",
    "from range count",
    "count range span",
    "count range by count",
    "from from count",
]


@pytest.mark.parametrize(("kinds", "joined"), [*((k, True) for k in JOINED), *((k, False) for k in NOT_JOINED)])
def test_counts_need_a_conjunction_between(kinds, joined):
    assert horizons._are_joined_counts(kinds.split()) is joined


@pytest.mark.parametrize(
    "horizon", ["两年前", "从两年", "两年到", "from two years", "two years to", "two years by", "by two years"]
)
def test_count_with_loose_conjunction_has_no_day(horizon):
    assert due(horizon, SAID) is None


@pytest.mark.parametrize(
    ("horizon", "rule"),
    [
        ("两年", horizons.COUNTED),
        ("两到三年", horizons.COUNTED_LATER),
        ("从两年到三年", horizons.COUNTED_LATER),
        ("from two years to three years", horizons.COUNTED_LATER),
    ],
)
def test_count_has_rule_of_later_end(horizon, rule):
    found = due(horizon, SAID)
    assert found is not None
    assert (found.rule, found.params["horizon"], found.params["span"]) == (rule, horizon, "")


@pytest.mark.parametrize("horizon", ["", *NEVER.split()])
def test_horizon_without_end_has_no_day(horizon):
    assert due(horizon.replace("_", " "), SAID) is None


@pytest.mark.parametrize("horizon", PASSED)
def test_past_horizon_has_no_day(horizon):
    assert due(horizon, SAID) is None


@pytest.mark.parametrize(
    ("horizon", "told"),
    [
        ("今年", "“今年”, said on 2026-05-11, ends with that year."),
        ("by the end of this year", "“by the end of this year”, said on 2026-05-11, ends with that year."),
        ("2027年三月", "“2027年三月”, said on 2026-05-11, ends with 2027-03."),
        ("in 2026", "“in 2026”, said on 2026-05-11, ends with 2026."),
        ("by 2030", "“by 2030”, said on 2026-05-11, ends before 2030 begins."),
        ("2027-2028", "“2027-2028”, said on 2026-05-11, ends with 2028, its later end."),
        ("5 years", "“5 years” is counted from the day on which it was said, 2026-05-11."),
        ("3-5年", "“3-5年” is counted to its later end, from the day on which it was said, 2026-05-11."),
    ],
)
def test_rule_is_given(horizon, told):
    found = due(f" {horizon} ", SAID)
    assert found is not None
    assert found.rule % found.params == told


@pytest.mark.parametrize(
    ("horizon", "said", "day"),
    [
        ("一个月内", date(2026, 1, 31), date(2026, 2, 28)),
        ("one year", date(2024, 2, 29), date(2025, 2, 28)),
        ("this quarter", date(2026, 12, 31), date(2026, 12, 31)),
        ("next month", date(2026, 12, 31), date(2027, 1, 31)),
        ("this week", date(2026, 12, 31), date(2027, 1, 3)),
        ("by the end of the century", date(2000, 6, 1), date(2000, 12, 31)),
        ("this century", date(2001, 1, 1), date(2100, 12, 31)),
    ],
)
def test_edges_of_the_calendar(horizon, said, day):
    found = due(horizon, said)
    assert found is not None
    assert found.on == day


def test_sentence_is_no_horizon():
    assert due("今年" * 60, SAID) is None


@pytest.mark.parametrize(
    ("words", "digits"),
    [
        ("十二个月", "12个月"),
        ("一百二十年", "120年"),
        ("三五年", "3-5年"),
        ("二八年", "二八年"),
        ("二〇三〇年", "2030年"),
        ("twenty-five years", "25 years"),
        ("a hundred years", "100 years"),
        ("seventeen", "17"),
        ("stone", "stone"),
    ],
)
def test_numbers_in_words_become_digits(words, digits):
    assert as_digits(words) == digits


# Words of horizons and other words, in any order.
PIECES = """
今年 明年 年 底 内 前 后 之后 未来 接下来 的 到 或 - 半年 个月 三 十 十二 百 千 2030 2027年 9999 0 世纪 下个
上半年 第 季度 月 日
by before the end of next this year years month quarter decade century in within to and a half 6 12 q3 mid- march after
few 's , . ( )
"""
pieces = st.lists(st.sampled_from(PIECES.split()))
days = st.dates(min_value=date(1000, 1, 1))


@given(st.one_of(st.text(), pieces.map(" ".join), pieces.map("".join)), days)
def test_any_words_give_future_day_or_none(horizon, said):
    found = due(horizon, said)
    assert found == due(horizon, said)
    if found is not None:
        assert found.on >= said
        assert "%(" not in found.rule % found.params
        assert found.rule in (getattr(horizons, name) for name in dir(horizons) if name.isupper())
