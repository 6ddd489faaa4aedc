"""The group screens: speaker labels, and the grid of index entries and tags."""

import re

import pytest

from episodes.models import Appearance, Decision, Mention, Note, Prediction, Quote
from people.models import Alias, Entity, Speaker
from tests import factories
from tests.episodes.desk.form_data import messages_of, signed_in
from tests.episodes.desk.review.screen import (
    address,
    held,
    post,
    press,
    thing,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def episode():
    made = held()
    factories.quote(made, text="Open.", start=5, label="guest", status="draft")
    factories.quote(made, text="Open too.", start=6, label="guest", status="draft")
    factories.prediction(made, words="Perhaps.", label="A. Lovelace (Ada)", status="draft")
    factories.appearance(made, label="guest", role="guest")
    return made


def screen(user, episode, at):
    return signed_in(user).get(address(episode), {"at": at}).content.decode()


# --- labels


def test_each_label_is_listed_once_with_rows(episode):
    page = screen(factories.editor(), episode, "speakers")
    assert page.index("<strong lang") < page.index("A. Lovelace (Ada)")
    assert page.count('name="label" value="guest"') == 1
    assert "2 quotes" in page


def test_choice_sets_speaker_of_all_rows(episode):
    ada = Speaker.objects.get(name="Ada")
    answer = post(factories.editor(), episode, "label", "speakers", label="guest", speaker=ada.pk)
    assert answer["messages"] == ["“guest” set to Ada in 3 places."]
    # One label is still unidentified, so the screen stays.
    assert answer["next"]["id"] == "speakers"
    for model in (Quote, Appearance):
        assert not model.objects.filter(label="guest", speaker=None).exists()
    answer = post(factories.editor(), episode, "label", "speakers", label="A. Lovelace (Ada)", speaker=ada.pk)
    assert answer["next"]["id"] == "summary"
    assert not Prediction.objects.filter(speaker=None).exists()


def test_choice_is_one_undoable_act(episode):
    ada = Speaker.objects.get(name="Ada")
    post(factories.editor(), episode, "label", "speakers", label="guest", speaker=ada.pk)
    assert len(set(Decision.objects.values_list("act", flat=True))) == 1
    assert post(factories.editor(), episode, "undo", "summary")["next"]["id"] == "speakers"
    assert Quote.objects.filter(label="guest", speaker=None).count() == 2
    assert Appearance.objects.filter(label="guest", speaker=None).count() == 1


def test_alias_is_saved_only_on_request(episode):
    ada = Speaker.objects.get(name="Ada")
    post(factories.editor(), episode, "label", "speakers", label="guest", speaker=ada.pk)
    assert not Alias.objects.exists()
    post(factories.editor(), episode, "label", "speakers", label="A. Lovelace (Ada)", speaker=ada.pk, remember="1")
    assert set(Alias.objects.values_list("name", "speaker")) == {("A. Lovelace (Ada)", ada.pk)}
    page = screen(factories.editor(), episode, "speakers")
    assert page.count('name="remember"') == 2  # Ada's own label and the one with the two names, not `guest`.


def test_typed_name_creates_or_reuses_speaker(episode):
    post(factories.editor(), episode, "label", "speakers", label="guest", new="  Mary   Somerville ")
    made = Speaker.objects.get(name="Mary Somerville")
    assert (made.status, Quote.objects.filter(speaker=made).count()) == ("draft", 2)
    post(factories.editor(), episode, "label", "speakers", label="A. Lovelace (Ada)", new="Mary Somerville")
    assert Speaker.objects.filter(name="Mary Somerville").count() == 1


def test_ambiguous_name_is_refused(episode):
    factories.speaker("Mary"), factories.speaker("Mary")
    answer = post(factories.editor(), episode, "label", "speakers", label="guest", new="Mary")
    assert answer["code"] == 422
    assert answer["messages"][0].startswith("Several people are called Mary.")


@pytest.mark.parametrize("data", [{}, {"speaker": "999999"}, {"speaker": "x"}, {"new": "   "}])
def test_invalid_choice_changes_nothing(episode, data):
    assert post(factories.editor(), episode, "label", "speakers", label="guest", **data)["code"] == 422
    assert not Decision.objects.exists()


def test_speaker_named_in_label_is_offered():
    episode = held()
    known = factories.speaker("Lovelace")
    other = factories.speaker("Countess")
    Alias.objects.create(name="A. King", speaker=other)
    factories.speaker("Unrelated")
    factories.prediction(episode, label="Lovelace (A. King)")
    offered = screen(factories.editor(), episode, "speakers")
    assert f'value="{known.pk}"' in offered
    assert f'value="{other.pk}"' in offered
    assert "Unrelated" not in offered


# --- the grid


@pytest.fixture
def grid(episode):
    Note.objects.create(
        episode=episode,
        name="n.md",
        dialect="d",
        text="people: Engine, Pascal\n\nThe Engine weaves. Pascaline is none.",
    )
    Mention.objects.filter(entity__name="Engine").update(span_begin=8, span_end=16)
    factories.mention(episode, factories.entity("Pascal"), listed_as="people", span_begin=16, span_end=22)
    return episode


def test_names_found_in_text_are_preselected(grid):
    page = screen(factories.editor(), grid, "names")
    engine, pascal = (Mention.objects.get(entity__name=name) for name in ("Engine", "Pascal"))
    assert page.index("Word for word") < page.index(f'value="{engine.pk}"') < page.index("check closely")
    assert page.index("check closely") < page.index(f'value="{pascal.pk}"')
    chosen = re.findall(r'name="mention"\s+value="(\d+)"\s+checked', page)
    assert chosen == [str(engine.pk)]


def test_selected_names_are_accepted_as_one_act(grid):
    keys = list(Mention.objects.values_list("pk", flat=True))
    answer = post(factories.editor(), grid, "accept-names", "names", mention=keys)
    assert answer["messages"] == ["2 names updated."]
    assert set(Mention.objects.values_list("status", flat=True)) == {"accepted"}
    post(factories.editor(), grid, "undo", "names")
    assert set(Mention.objects.values_list("status", flat=True)) == {"draft"}


def test_names_are_rejected_with_code_grid_stays(grid):
    pascal = Mention.objects.get(entity__name="Pascal")
    answer = post(factories.editor(), grid, "reject-names:not_said", "names", mention=pascal.pk)
    assert answer["next"]["id"] == "names"
    pascal.refresh_from_db()
    assert (pascal.status, pascal.reject_code) == ("rejected", "not_said")


@pytest.mark.parametrize("act", ["accept-names", "reject-names:not_said"])
def test_empty_selection_decides_nothing(grid, act):
    assert post(factories.editor(), grid, act, "names")["messages"] == ["Nothing is selected."]


def test_names_of_another_episode_are_refused(grid):
    other = factories.mention(factories.episode(), factories.entity("Loom"))
    assert post(factories.editor(), grid, "accept-names", "names", mention=other.pk)["code"] == 422
    other.refresh_from_db()
    assert other.status == "draft"


def test_conflicting_name_decisions_are_kept(grid):
    pascal = Mention.objects.get(entity__name="Pascal")
    was = f"{pascal.pk}.draft"
    post(factories.editor(), grid, "reject-names:not_said", "names", mention=pascal.pk)
    answer = post(factories.editor(), grid, "accept-names", "names", mention=pascal.pk, seen=was)
    assert answer["code"] == 409
    assert answer["messages"][0].startswith("Pascal: edith set the status at ")
    pascal.refresh_from_db()
    assert pascal.status == "rejected"


def test_tag_changes_are_undone(grid):
    post(factories.editor(), grid, "tag", "names", tag=" looms ")
    assert set(grid.tags.names()) == {"looms"}
    post(factories.editor(), grid, "untag", "names", tag="looms")
    assert set(grid.tags.names()) == set()
    post(factories.editor(), grid, "undo", "names")
    assert set(grid.tags.names()) == {"looms"}


@pytest.mark.parametrize("rows", [2, 60])
def test_grid_queries_do_not_grow(rows, django_assert_max_num_queries):
    episode = held()
    for i in range(rows):
        factories.mention(episode, factories.entity(f"Entity {i}"))
    client = signed_in(factories.editor())
    client.get(address(episode))
    # Expect at most 12: session, user, permissions, the episode; whether one works alone; the queue in two; the
    # mentions and the note, the tags; one is to spare, and one for the thing ahead.
    with django_assert_max_num_queries(12):
        assert client.get(address(episode), {"at": "names"}).status_code == 200


def test_grid_works_without_script(grid):
    pascal = Mention.objects.get(entity__name="Pascal")
    page = press(factories.editor(), grid, "accept-names", "names", mention=pascal.pk)
    assert messages_of(page) == ["1 name updated."]
    assert Entity.objects.filter(mentions__status="accepted").get().name == "Pascal"
    assert thing(pascal) not in page.content.decode()


def test_user_without_edit_permission_gets_no_inputs():
    episode = held()
    quote = episode.quotes.first()
    boxes = {
        user: 'name="text"' in signed_in(user).get(address(episode), {"at": thing(quote)}).content.decode()
        for user in (factories.editor(), factories.verifier())
    }
    assert list(boxes.values()) == [True, False]


def test_unticked_row_keeps_its_speaker(episode):
    rows = [factories.quote(episode, label="somebody", text=str(n), status="draft") for n in range(3)]
    page = screen(factories.editor(), episode, "speakers")
    ids = [thing(row) for row in rows]
    assert all(f'name="take" value="{id}" checked' in " ".join(page.split()) for id in ids)
    ada = factories.speaker("Grace")
    shown = {"shown": ids, "take": ids[:2]}
    post(factories.editor(), episode, "label", "speakers", label="somebody", speaker=ada.pk, **shown)
    assert [Quote.objects.get(pk=row.pk).speaker for row in rows] == [ada, ada, None]
    post(factories.editor(), episode, "undo", "speakers")
    assert [Quote.objects.get(pk=row.pk).speaker for row in rows] == [None, None, None]


def test_a_label_with_nothing_ticked_is_refused(episode):
    row = factories.quote(episode, label="somebody", status="draft")
    data = {"label": "somebody", "speaker": factories.speaker("Grace").pk, "shown": thing(row)}
    assert post(factories.editor(), episode, "label", "speakers", **data)["messages"] == ["Nothing is selected."]
    assert Quote.objects.get(pk=row.pk).speaker is None
