"""Actions on text selected in a section."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from episodes.desk.review.text_selection import find, replaced
from episodes.models import Decision, Mention, Prediction, Quote, Section
from episodes.workflow import Refused
from people.models import Alias, Entity, Speaker
from tests import factories
from tests.episodes.desk.review.screen import held, post, thing

TEXT = "The **Analytical Engine**（分析机: a machine）weaves. The Engine\nwaits; the `engine` too."


@pytest.mark.parametrize(
    ("words", "nth", "stands"),
    [
        ("Engine", 0, "Engine"),
        ("Engine", 1, "Engine"),
        ("The Engine waits", 0, "The Engine\nwaits"),
        ("The Analytical Engine（分析机", 0, "The **Analytical Engine**（分析机"),
        ("engine too", 0, "engine` too"),
    ],
)
def test_selection_is_found_in_markdown(words, nth, stands):
    begin, end = find(TEXT, words, nth)
    assert TEXT[begin:end] == stands


@pytest.mark.parametrize(("words", "nth"), [("Loom", 0), ("Engine", 2), ("", 0), ("**", 0), ("  ", 0)])
def test_missing_text_is_not_found(words, nth):
    assert find(TEXT, words, nth) is None


@given(st.text(max_size=60), st.text(max_size=20), st.integers(0, 3))
def test_found_place_is_within_text(text, words, nth):
    place = find(text, words, nth)
    assert place is None or 0 <= place[0] < place[1] <= len(text)


@given(st.text(alphabet="ab 字*`", max_size=30), st.text(alphabet="ab 字", min_size=1, max_size=6))
def test_fix_changes_only_that_place(text, words):
    place = find(text, words)
    if place is None:
        return
    try:
        after = replaced(text, words, "NEW")
    except Refused:
        return
    assert after == text[: place[0]] + "NEW" + text[place[1] :]


def test_pair_of_marks_is_not_split():
    with pytest.raises(Refused):
        replaced("The **Engine** weaves", "Engine weaves", "Loom")
    assert replaced("The **Engine** weaves", "Engine", "Loom") == "The **Loom** weaves"


@pytest.fixture
def episode(db):
    return held()


def select(episode, make, words, user=None, **data):
    section = episode.sections.first()
    data = {"make": make, "words": words, **data}
    return post(user or factories.editor(), episode, "select", thing(section), **data)


@pytest.mark.django_db
class TestMaking:
    def test_one_place_is_put_right(self, episode):
        assert select(episode, "fix", "Engine", to="Loom", nth="1")["messages"] == ["Fixed."]
        assert episode.sections.first().text == "The **Engine** weaves. The Loom waits."

    def test_fixing_a_name_everywhere_is_one_act(self, episode):
        episode.sections.filter(order=1).update(text="Engineer, Engine.", heading="Engine")
        assert select(episode, "fix", "Engine", to="Loom", everywhere="1")["messages"] == ["Fixed in 4 places."]
        assert list(episode.sections.values_list("heading", "text")) == [
            ("One", "The **Loom** weaves. The Loom waits."),
            ("Loom", "Engineer, Loom."),
        ]
        post(factories.editor(), episode, "undo", "summary")
        assert episode.sections.last().text == "Engineer, Engine."
        assert episode.sections.first().text == "The **Engine** weaves. The Engine waits."

    @pytest.mark.parametrize("data", [{}, {"to": " "}, {"to": "Engine"}, {"to": "Loom", "nth": "9"}])
    def test_nothing_to_put_right_is_refused(self, episode, data):
        assert select(episode, "fix", "Engine", **data)["code"] == 422
        assert not Decision.objects.exists()

    def test_selected_sentence_becomes_accepted_quote_of_speaker(self, episode):
        ada = Speaker.objects.get(name="Ada")
        select(episode, "quote", "The Engine waits.", speaker=ada.pk, start="00:10:00")
        made = Quote.objects.get(text="The Engine waits.")
        assert (made.status, made.speaker, made.start, made.accepted_by) == ("accepted", ada, 600, factories.editor())
        post(factories.editor(), episode, "undo", "summary")
        assert not Quote.objects.filter(text="The Engine waits.").exists()

    def test_quote_without_speaker_stays_draft(self, episode):
        answer = select(episode, "prediction", "The Engine waits.")
        assert answer["messages"] == ["Prediction added. The speaker is not identified yet."]
        assert Prediction.objects.get(words="The Engine waits.").status == "draft"

    @pytest.mark.parametrize("start", ["soon", "99:99:99"])
    def test_invalid_time_makes_no_quote(self, episode, start):
        assert select(episode, "quote", "The Engine waits.", start=start)["code"] == 422
        assert Quote.objects.count() == 2

    @pytest.mark.parametrize("make", ["quote", "prediction", "entity", "alias", "", "delete"])
    def test_text_not_in_the_section_is_refused(self, episode, make):
        before = Quote.objects.count(), Entity.objects.count()
        of = f"speaker-{Speaker.objects.get(name='Ada').pk}"
        assert select(episode, make, "Words of mine", of=of)["code"] == 422
        assert (Quote.objects.count(), Entity.objects.count(), Alias.objects.count()) == (*before, 0)

    def test_selected_name_becomes_known_or_new_mention(self, episode):
        known = factories.entity("waits")
        select(episode, "entity", "waits")
        select(episode, "entity", "weaves", kind="method")
        made = Entity.objects.get(name="weaves")
        assert (made.kind, made.status) == ("method", "draft")
        listed = Mention.objects.filter(episode=episode, entity__in=[known, made])
        assert set(listed.values_list("status", flat=True)) == {"accepted"}
        assert select(episode, "entity", "waits")["messages"] == ["“waits” is already in the list."]

    def test_a_name_becomes_another_name(self, episode):
        ada = Speaker.objects.get(name="Ada")
        select(episode, "alias", "The Engine", of=f"speaker-{ada.pk}")
        assert set(Alias.objects.values_list("name", "speaker", "entity")) == {("The Engine", ada.pk, None)}
        assert select(episode, "alias", "The Engine", of="speaker-999999")["code"] == 422
        assert select(episode, "alias", "The Engine", of="user-1")["code"] == 422

    def test_who_may_not_edit_makes_nothing(self, episode):
        for make in ("fix", "quote", "entity", "alias"):
            assert select(episode, make, "Engine", factories.publisher(), to="Loom")["code"] == 422
        assert not Decision.objects.exists()

    def test_words_are_selected_in_sections_only(self, episode):
        data = {"make": "entity", "words": "Early"}
        assert post(factories.editor(), episode, "select", thing(episode.quotes.first()), **data)["code"] == 422

    def test_in_a_public_episode_nothing_is_made(self):
        episode = held(status="published", published_at="2024-01-01T00:00Z", claimed_by=None)
        assert select(episode, "fix", "Engine", to="Loom")["messages"] == [
            "A published episode cannot be edited directly."
        ]
        assert select(episode, "quote", "The Engine waits.")["code"] == 422


@pytest.mark.django_db
def test_addresses_are_not_searched():
    episode = held()
    row = Section.objects.first()
    text = "See [Cloud](https://x.org/Cloud), https://x.org/a/Cloud or Cloud."
    Section.objects.filter(pk=row.pk).update(text=text)
    post(factories.editor(), episode, "select", thing(row), make="fix", words="Cloud", to="Claw", everywhere="1")
    row.refresh_from_db()
    assert row.text == "See [Claw](https://x.org/Cloud), https://x.org/a/Cloud or Claw."
    # The third displayed place: the one inside the link does not count.
    Section.objects.filter(pk=row.pk).update(text=text)
    post(factories.editor(), episode, "select", thing(row), make="fix", words="Cloud", to="Claw", nth="2")
    row.refresh_from_db()
    assert row.text == "See [Cloud](https://x.org/Cloud), https://x.org/a/Cloud or Claw."
