"""Whatever a note holds, imported and exported untouched it is the same bytes and does not count as changed."""

import pytest
from django.core.management import call_command
from django.db import transaction
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from episodes.models import Episode
from episodes.notes.composer import compose
from episodes.notes.loader import Loader
from episodes.notes.parsed import NoteError
from tests import samples
from tests.episodes.notes import page_sample, record_sample
from tests.episodes.notes.yaml_strategies import notes_with_a_value

pytestmark = pytest.mark.django_db
database = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def exported(text: str) -> str:
    """The note after a way through the database, which is left as it was."""
    with transaction.atomic():
        key = Loader().load("note.md", text.encode()).episode_id
        episode = Episode.objects.get(pk=key)
        written = compose(episode, episode.notes.current().get()).text
        transaction.set_rollback(True)
    return written


@settings(database, max_examples=400)
@given(notes_with_a_value())
def test_any_yaml_value_comes_back_untouched(text):
    try:
        written = exported(text)
    except NoteError:
        assume(False)
    assert written == text


# What columns cut, count, refuse or read as something else.
ODD = (
    *("x" * 310, "长" * 510, "a  b", " ", "\t", "\u3000", "\u2028", "\x85", "\ufeff", "\x07", "\x0c", "İ", "ﬁ", "e\u0301"),
    *("99:99:99", "1000:00:00", "1:2", "１２:00:00", "00:00:60", "0" * 40, "9" * 40, "999999 min", "-1", "%s", "{}"),
    *("# ", " #", " ##", "### ", "**", "- ", "• ", "· ", "—", ":", "：", ", ", "、", "(", "）", "“", "[x](y)", "$", "\\"),
)


@st.composite
def bent(draw: st.DrawFn) -> str:
    """A page or a record into which odd characters were put, lines doubled, moved in, or taken away."""
    lines = draw(st.sampled_from([samples.EPISODE_PAGE, page_sample.PAGE, record_sample.RECORD])).split("\n")
    for _ in range(draw(st.integers(1, 6))):
        number = draw(st.integers(0, len(lines) - 1))
        line, odd = lines[number], draw(st.sampled_from(ODD))
        at = draw(st.integers(0, len(line)))
        lines[number : number + 1] = draw(
            st.sampled_from([[line[:at] + odd + line[at:]], [line, line], [], [" " * 4 + line], [odd], [line[:at] + odd]])
        )
    return draw(st.sampled_from(["\n", "\n", "\r\n"])).join(lines)


@settings(database, max_examples=400)
@given(bent())
def test_bent_page_or_record_comes_back_untouched(text):
    assume(text.strip())
    assert exported(text) == text
