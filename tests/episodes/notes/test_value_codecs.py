"""The two laws of codecs, for every codec and any value; time codes."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from episodes.notes import timecodes, value_codecs, yaml_text

readable = st.text(st.characters(codec="utf-8")).filter(lambda text: not yaml_text.UNREADABLE.search(text))
lines = readable.map(lambda text: text.replace("\r", " ").replace("\n", " ").strip())
names = st.from_regex(r"\w[\w .·・&()（）/+’-]{0,20}", fullmatch=True).map(lambda text: " ".join(text.split()))
# Lone carriage returns are read as line feeds, and written again if the note's lines end with them.
texts = readable.filter(lambda text: "\r" not in text)


def nested(leaf):
    return st.recursive(leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(readable, inner, max_size=3))


anything = nested(readable | st.none())
members = st.lists(readable.filter(str.strip), max_size=4)
raws = readable | st.sampled_from(
    ["", "null", "'a'", '"a"', "[a, b]", "\n- a\n- b", "|\n  a\n", "00:01:02", "约 12 分钟", "a, b", "---"]
)
# In headers of other formats than YAML every value is readable: the format is parsed as a whole first.
RAWS = {
    "json": st.sampled_from(
        ["null", '"a"', '"a, b"', '["a", "b"]', '[ "a",\n  "b" ]', '{"a": [1]}', "true", "12", '""']
    ),
    "toml": st.sampled_from(
        [
            *('"a"', "'a, b'", '["a", "b"]', "[ 'a', # c\n 'b',\n]", '{ a = "b" }', "true", "12", "2024-03-05"),
            *("'''a\n'''", '"""\na"b\n"""', '""', "2024-03-05T10:00:00Z", "1_000"),
        ]
    ),
}

VALUES = {
    "text": texts,
    "line": lines,
    "indented": st.lists(lines.filter(bool), min_size=1).map("\n".join),
    "time": st.integers(0, timecodes.LONGEST - 1),
    "integer": st.integers(0, 10**6),
    "minutes": st.integers(0, 10**4).map(lambda minutes: minutes * 60) | st.integers(0, timecodes.LONGEST - 1),
    "yaml": readable | st.none(),
    "yaml_list": members,
    "yaml_names": members,
    "yaml_label": readable.filter(lambda text: text.strip() not in ("", "[]")),
    "name": names,
    "yaml_any": anything,
    "json": texts | st.none(),
    "json_any": nested(texts | st.none()),
    "json_list": members,
    "json_names": members,
    "json_label": texts.filter(lambda text: text.strip() not in ("", "[]")),
    # TOML has no null: a removed value is empty.
    "toml": texts,
    "toml_any": nested(texts),
    "toml_list": members,
    "toml_names": members,
    "toml_label": texts.filter(lambda text: text.strip() not in ("", "[]")),
}


def test_all_codecs_are_tested():
    assert set(VALUES) == set(value_codecs.CODECS)


@pytest.mark.parametrize("codec", sorted(VALUES))
@given(data=st.data())
def test_written_value_is_read_back(codec, data):
    raw, value = data.draw(raws_of(codec)), data.draw(VALUES[codec])
    assume(is_readable(codec, raw))
    assert value_codecs.read(codec, value_codecs.write(codec, raw, value)) == value


@pytest.mark.parametrize("codec", sorted(VALUES))
@given(data=st.data())
def test_unchanged_value_keeps_its_text(codec, data):
    raw = data.draw(raws_of(codec))
    assume(is_readable(codec, raw))
    assert value_codecs.write(codec, raw, value_codecs.read(codec, raw)) == raw


def raws_of(codec: str) -> st.SearchStrategy[str]:
    return RAWS.get(codec.partition("_")[0], raws)


def is_readable(codec: str, raw: str) -> bool:
    try:
        value_codecs.read(codec, raw)
    except (yaml_text.yaml.YAMLError, ValueError):
        return False
    return True


@pytest.mark.parametrize(
    ("codec", "raw", "value", "written"),
    [
        ("yaml", "'x'", "y: z", "'y: z'"),
        ("yaml", "x", None, "null"),
        ("yaml_names", "''", ["Ann", "李四"], "'Ann, 李四'"),
        ("yaml_names", "Ann", ["Ann", "Lee, Bob"], "[Ann, 'Lee, Bob']"),
        ("yaml_names", "Ann", ["Ann", "O'Neil"], "[Ann, O'Neil]"),
        ("yaml_names", "[Ann]", ["Ann", "Bob"], "[Ann, Bob]"),
        ("yaml_label", "Ann", "Lee, Bob", "['Lee, Bob']"),
        ("line", "a", "b\nc", "b c"),
        ("minutes", "约 12 分钟", 1800, "约 30 分钟"),
        ("minutes", "约 12 分钟", 1801, "00:30:01"),
        ("minutes", "00:30:01", 1800, "00:30:00"),
        ("line", "a", " b  c ", "b  c"),
        ("yaml", "7", 8, "8"),
        ("time", "1:02", 63, "00:01:03"),
    ],
)
def test_new_value_has_style_of_old(codec, raw, value, written):
    assert value_codecs.write(codec, raw, value) == written


@pytest.mark.parametrize("name", ["a, b", "a，b", "a、b", "it's", 'a"b', "a: b", "#a", "- a", "[a]", "", "*a"])
def test_name_with_comma_is_refused(name):
    with pytest.raises(ValueError, match="yaml_names"):
        value_codecs.write("name", "x", name)


@given(st.integers(0, timecodes.LONGEST - 1))
def test_written_time_is_read_back(seconds):
    assert timecodes.parse(timecodes.format(seconds)) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("00:00:00", 0), ("1:02:03", 3723), ("02:03", 123), (" 00:10 ", 10), ("31:38:00", 113880), ("999:59:59", 3599999)],
)
def test_times_are_read_in_all_spellings(text, seconds):
    assert timecodes.parse(text) == seconds


@pytest.mark.parametrize(
    "text", ["99:99:99", "00:60:00", "00:00:60", "12", "", "1:2", "a", "-1:00", "１:02:03", "00:00:00:00"]
)
def test_unreadable_time_is_none(text):
    assert timecodes.parse(text) is None


@pytest.mark.parametrize(("seconds", "meant"), [(113880, 1898), (60, 1), (61, None), (0, 0)])
def test_minutes_written_as_hours_are_shifted(seconds, meant):
    assert timecodes.shifted(seconds) == meant


@given(st.text())
def test_any_text_is_accepted_as_time(text):
    seconds = timecodes.parse(text)
    assert seconds is None or 0 <= seconds < timecodes.LONGEST
