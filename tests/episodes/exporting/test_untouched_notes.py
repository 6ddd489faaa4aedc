"""Any note, imported and exported without edits, is the same bytes and not reported as changed."""

import pytest
from django.core.management import call_command
from django.db import transaction
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from episodes.exporting.exporter import compose
from episodes.importing.loader import Loader, Outcome
from episodes.models import Episode
from episodes.notes.dialects.front_matter.insertion import MENTIONS, NAMES, PROJECTS, TAGS
from episodes.notes.parsed import NoteError
from tests import samples
from tests.episodes.notes import page_sample, record_sample
from tests.episodes.notes.yaml_strategies import notes_with_a_value

pytestmark = pytest.mark.django_db
database = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def exported(text: str) -> str:
    """Return the note after an import and export; the database is rolled back."""
    with transaction.atomic():
        key = Loader().load("note.md", text.encode()).episode_id
        episode = Episode.objects.get(pk=key)
        written = compose(episode, episode.notes.current().get()).text
        transaction.set_rollback(True)
    return written


@settings(database, max_examples=100)
@given(notes_with_a_value())
def test_any_yaml_value_is_unchanged(text):
    try:
        written = exported(text)
    except NoteError:
        assume(False)
    assert written == text


# Values that columns cut, count, refuse or convert.
ODD = (
    *(
        "x" * 310,
        "长" * 510,
        "a  b",
        " ",
        "\t",
        "\u3000",
        "\u2028",
        "\x85",
        "\ufeff",
        "\x07",
        "\x0c",
        "İ",
        "ﬁ",
        "e\u0301",
    ),
    *("99:99:99", "1000:00:00", "1:2", "１２:00:00", "00:00:60", "0" * 40, "9" * 40, "999999 min", "-1", "%s", "{}"),
    *(
        "# ",
        " #",
        " ##",
        "### ",
        "**",
        "- ",
        "• ",
        "· ",
        "—",
        ":",
        "：",
        ", ",
        "、",
        "(",
        "）",
        "“",
        "[x](y)",
        "$",
        "\\",
    ),
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """Return a page or record with odd characters inserted and lines duplicated, indented or removed."""
    lines = draw(st.sampled_from([samples.EPISODE_PAGE, page_sample.PAGE, record_sample.RECORD])).split("\n")
    for _ in range(draw(st.integers(1, 6))):
        number = draw(st.integers(0, len(lines) - 1))
        line, odd = lines[number], draw(st.sampled_from(ODD))
        at = draw(st.integers(0, len(line)))
        lines[number : number + 1] = draw(
            st.sampled_from(
                [[line[:at] + odd + line[at:]], [line, line], [], [" " * 4 + line], [odd], [line[:at] + odd]]
            )
        )
    return draw(st.sampled_from(["\n", "\n", "\r\n"])).join(lines)


@settings(database, max_examples=100)
@given(mutated())
def test_mutated_note_is_unchanged(text):
    assume(text.strip())
    assert exported(text) == text


TURNS = "".join(f"**{name}：** Words.\n\n" for name in ("长" * 310, "Bo Vale") * 3)
# One note for each way in which a column holds less than the note.
LESSER = {
    "a NUL in a value": '---\ntitle: "a\\0b"\n---\n',
    "a NUL in a key": '---\n"a\\0b": x\nextra: {"c\\0d": "e\\0f"}\n---\n',
    "a NUL in every list": "---\n"
    + "".join(f'{key}: ["a\\0b", "c"]\n' for key in (*MENTIONS, TAGS, PROJECTS, *NAMES))
    + "---\n",
    "a NUL where a list is one string": '---\npeople: "a\\0b"\nguest: "c\\0, d"\n---\n',
    "a long key twice": f"---\n{'k' * 80}: x\n{'k' * 80}: y\n---\n",
    "a long name twice": f"---\npeople: [{'n' * 310}, {'n' * 310}]\ntags: [{'t' * 110}, {'t' * 120}]\n---\n",
    "a long guest twice": f"---\nguest: [{'g' * 310}, {'g' * 320}]\n---\n",
    "long speakers of turns": f"---\ntitle: T\n---\n\n{TURNS}",
    "a list under its own name cut": samples.EPISODE_PAGE.replace("人物 (2)", "人" * 40),
    "a point nested beyond a small integer": record_sample.RECORD + " " * 140_000 + "- deep\n",
    "a number beyond an integer": samples.EPISODE_PAGE.replace("Episode 7", "Episode 999999").replace(
        "90 min", "999999 min"
    ),
    "numbers in keys": "---\nnumber: 9999999999\nduration: 999:59:59\n---\n",
    "a date with a time": "---\ndate: 2025-03-25T10:00:00+08:00\n---\n",
    "a title over lines": "---\ntitle: |+\n  one\n\n  two\n\n---\n",
    "white space around": "---\ntitle: \"  \\t x \\u00a0 \"\narea: ' a '\n---\n",
}


@pytest.mark.parametrize("text", LESSER.values(), ids=LESSER)
def test_value_exceeding_column_is_unchanged(text, tmp_path):
    assert Loader().load("note.md", text.encode()).outcome == Outcome.CREATED
    call_command("export_notes", str(tmp_path / "changed"), "--changed")
    call_command("export_notes", str(tmp_path / "all"))
    assert list((tmp_path / "changed").iterdir()) == []
    assert (tmp_path / "all/note.md").read_bytes() == text.encode()
    assert Loader(reparse=True).load("note.md", text.encode()).outcome == Outcome.UNCHANGED


def test_edit_of_cleaned_value_is_written():
    text = '---\ntitle: "a\\0b"\narea: "c\\0d"\n---\n'
    episode = Episode.objects.get(pk=Loader().load("note.md", text.encode()).episode_id)
    assert episode.title == "a\ufffdb"
    episode.title = "New"
    assert compose(episode, episode.notes.get()).text == text.replace('"a\\0b"', "New")


def test_one_of_two_long_names_is_removed():
    """The second has no row of its own, so both are removed with the first one's."""
    text = f"---\nguest: [Ann, {'g' * 310}, {'g' * 320}]\n---\n"
    episode = Episode.objects.get(pk=Loader().load("note.md", text.encode()).episode_id)
    episode.appearances.exclude(label="Ann").delete()
    assert compose(episode, episode.notes.get()).text == "---\nguest: [Ann]\n---\n"
