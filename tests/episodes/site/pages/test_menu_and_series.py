"""A room opens with its fifth entry; what occurs once has a page and is found by search. Series and the glossary."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from episodes.models import Appearance, Episode, Gloss, Mention, Section, Tag, TaggedEpisode
from episodes.site.pages.glossary import explained
from people.models import Entity, Speaker
from tests import factories

pytestmark = pytest.mark.django_db


def gloss(of: Episode, term: str, explanation: str = "", **fields: Any) -> Gloss:
    return Gloss.objects.create(
        episode=of, term=term, explanation=explanation, **{"section": of.sections.first(), **fields}
    )


def in_series(of: Episode, name: str) -> None:
    Episode.objects.filter(pk=of.pk).update(series=name)


MAKERS: dict[str, Callable[[Episode, str], Any]] = {
    "speakers": lambda of, name: factories.appearance(of, factories.speaker(name)),
    "entities": lambda of, name: factories.mention(of, factories.entity(name)),
    "quotes": lambda of, name: factories.quote(of, text=name),
    "predictions": lambda of, name: factories.prediction(of, words=name),
    "tags": factories.tag,
    "glossary": gloss,
}


def listed_sections(client: Client) -> frozenset[str]:
    return client.get("/").context["site_state"].listed_sections


@pytest.mark.parametrize("room", MAKERS)
def test_menu_lists_section_from_five_entries(client: Client, room: str) -> None:
    made, hidden = factories.public_episode(), factories.episode()
    for number in range(4):
        MAKERS[room](made, f"public-{number}")
        MAKERS[room](hidden, f"hidden-{number}")
    assert listed_sections(client) == frozenset()
    MAKERS[room](made, "fifth")
    assert listed_sections(client) == {room}


def test_menu_lists_series_from_five(client: Client) -> None:
    for number in range(4):
        in_series(factories.public_episode(), f"s{number}")
        in_series(factories.public_episode(), f"s{number}")
        in_series(factories.episode(), f"hidden-{number}")
    assert listed_sections(client) == frozenset()
    in_series(factories.public_episode(), "fifth")
    assert listed_sections(client) == {"series"}


def test_repeated_name_counts_once_for_menu(client: Client) -> None:
    ada, engine = factories.speaker("Ada"), factories.entity("Engine")
    for _number in range(5):
        made = factories.public_episode()
        factories.appearance(made, ada)
        factories.mention(made, engine)
        factories.tag(made, "logic")
        gloss(made, "RL")
        gloss(made, "rl")
    assert listed_sections(client) == frozenset()


# --- what occurs once

LISTS = ["speaker_list", "entity_list", "tag_list", "series_list", "glossary"]


def name_of(row: Any) -> str:
    return (row.get("series") or row["key"]) if isinstance(row, dict) else row.name


@pytest.fixture
def shelf() -> None:
    """Of each kind five that recur, one that occurs once, and one that recurs only where visitors do not see it."""
    public, hidden = [factories.public_episode() for _number in range(2)], factories.episode()
    for number in range(5):
        both = factories.speaker(f"often-{number}"), factories.entity(f"often-{number}")
        for made in public:
            name_all(made, f"often-{number}", *both)
            in_series(factories.public_episode(), f"often-{number}")
    for name in ("once", "half-hidden"):
        both = factories.speaker(name), factories.entity(name)
        name_all(public[0], name, *both)
        in_series(factories.public_episode(), name)
        if name == "half-hidden":
            name_all(hidden, name, *both)
            in_series(factories.episode(), name)


def name_all(made: Episode, name: str, speaker: Any, entity: Any) -> None:
    factories.appearance(made, speaker)
    factories.appearance(made, speaker, role="host")
    factories.mention(made, entity)
    factories.mention(made, entity, listed_as="again")
    factories.tag(made, name)
    gloss(made, name)


OFTEN = {f"often-{number}" for number in range(5)}


@pytest.mark.parametrize("name", LISTS)
def test_single_names_are_found_by_search_only(client: Client, shelf: None, name: str) -> None:
    address = f"/en{reverse(name)}"
    listed = client.get(address)
    assert {name_of(row) for row in listed.context["page_obj"]} == OFTEN
    assert listed.context["single_count"] == 2
    assert "2 more appear in one episode only; use the search to find them." in listed.content.decode()
    found = client.get(f"{address}?q=h")
    assert {name_of(row) for row in found.context["page_obj"]} == {"half-hidden"}
    assert 'class="list-note"' not in found.content.decode()
    assert {name_of(row) for row in client.get(f"{address}?q=+").context["page_obj"]} == OFTEN


@pytest.mark.parametrize("name", LISTS)
def test_small_site_lists_single_names(client: Client, shelf: None, name: str) -> None:
    Episode.objects.filter(series="often-4").delete()
    Appearance.objects.filter(speaker__name="often-4").delete()
    Mention.objects.filter(entity__name="often-4").delete()
    TaggedEpisode.objects.filter(tag__name="often-4").delete()
    Gloss.objects.filter(term="often-4").delete()
    listed = client.get(reverse(name))
    assert {name_of(row) for row in listed.context["page_obj"]} == OFTEN - {"often-4"} | {"once", "half-hidden"}
    assert 'class="list-note"' not in listed.content.decode()


def test_kind_counts_match_list(client: Client, shelf: None) -> None:
    form = client.get("/en/entities/").context["filterset"].form
    assert form.fields["kind"].widget.choices[1:] == [("other", "other (5)")]


def test_quotes_count_as_further_episodes() -> None:
    one, two = factories.public_episode(), factories.public_episode()
    ada, bob, eve = (factories.speaker(name) for name in ("Ada", "Bob", "Eve"))
    factories.appearance(one, ada)
    factories.quote(two, speaker=ada)
    factories.appearance(one, bob)
    factories.quote(one, speaker=bob)
    factories.prediction(one, speaker=bob)
    factories.quote(one, speaker=eve)
    factories.quote(two, speaker=eve, status="draft")
    assert set(Speaker.objects.recurring()) == {ada}


NOINDEX = '<meta name="robots" content="noindex">'


def test_page_with_one_episode_is_noindex(client: Client, shelf: None) -> None:
    for name in (*OFTEN, "once", "half-hidden"):
        things = [model.objects.get(name=name) for model in (Speaker, Entity, Tag)]
        for address in [*(thing.get_absolute_url() for thing in things), reverse("series", args=[name])]:
            answer = client.get(address)
            assert answer.status_code == 200
            assert (NOINDEX in answer.content.decode()) is (name not in OFTEN), address


# --- series

NAMES = ["Talks worth rereading", "经典演讲重读", "a/b", "50% off?", "a#b", "x&y='1'", "..", "a\nb", "A:B; +"]


@pytest.mark.parametrize("name", NAMES)
def test_any_series_name_has_url(client: Client, name: str) -> None:
    in_series(factories.public_episode(title="shown"), name)
    factories.public_episode(series="another")
    in_series(factories.episode(), name)
    address = reverse("series", args=[name])
    assert f'href="{escape(address)}"' in client.get("/series/").content.decode()
    if name != "..":  # clients resolve it as the parent folder
        answer = client.get(address)
        assert [row.title for row in answer.context["page_obj"]] == ["shown"]


@pytest.mark.parametrize("name", ["nothing", "Hidden", "%00", "talks", "x" * 3000])
def test_series_without_a_public_episode_is_missing(client: Client, name: str) -> None:
    in_series(factories.episode(), "Hidden")
    in_series(factories.public_episode(), "Talks")
    assert client.get(f"/series/{name}/").status_code == 404


# --- the glossary


def terms(client: Client, query: str = "") -> list[tuple[str, str, int]]:
    rows = client.get(f"/glossary/?{query}").context["terms"]
    return [(row.gloss.term, row.gloss.explanation, row.episode_count) for row in rows]


def test_term_is_listed_once_with_longest_explanation(client: Client) -> None:
    old = factories.public_episode(title="old", aired_on="1957-11-14")
    new = factories.public_episode(title="new", aired_on="1986-03-07")
    gloss(new, "RL", "learning by doing, and by being told how well")
    gloss(old, "rl", "learning")
    gloss(old, "RL", "short")
    gloss(new, "向量", "a list of numbers")
    gloss(new, "Agent", "acts")
    assert terms(client) == [
        ("Agent", "acts", 1),
        ("RL", "learning by doing, and by being told how well", 2),
        ("向量", "a list of numbers", 1),
    ]
    assert [episode.title for episode in client.get("/glossary/").context["terms"][1].episodes] == ["old", "new"]


def test_only_shown_sections_explain(client: Client) -> None:
    made = factories.public_episode()
    rejected = Section.objects.create(episode=made, text="x", status="rejected", reject_code="private")
    gloss(made, "RL", "shown")
    gloss(made, "RL", "rejected, and much longer", section=rejected)
    gloss(made, "Secret", "rejected", section=rejected)
    gloss(factories.episode(), "RL", "hidden, and longer still than that")
    gloss(factories.episode(), "Hidden", "hidden")
    assert terms(client) == [("RL", "shown", 1)]
    assert terms(client, "q=secret") == []


def test_terms_are_found_by_expansion(client: Client) -> None:
    one, two = factories.public_episode(), factories.public_episode()
    gloss(one, "RL", "doing", expansion="Reinforcement Learning")
    gloss(two, "RL", "doing it")
    gloss(one, "Agent", "acts")
    assert terms(client, "q=reinforcement") == [("RL", "doing it", 2)]
    assert terms(client, "q=nothing") == []
    assert client.get("/glossary/?q=%00").status_code == 200


def test_letter_links_to_its_page(client: Client) -> None:
    made = factories.public_episode()
    for number in range(100):
        gloss(made, f"a{number:03}")
    gloss(made, "beta")
    gloss(made, "3D")
    page = client.get("/glossary/?q=")
    assert page.context["letters"] == [("A", "letter-a", 1), ("B", "letter-b", 2), ("#", "letter-other", 2)]
    assert len(page.context["terms"]) == 100
    assert 'id="letter-a"' in page.content.decode()
    second = client.get("/glossary/?page=2").content.decode()
    assert second.count('id="letter-') == 2
    assert client.get("/glossary/?page=3").status_code == 404


def test_concurrently_removed_term_is_left_out() -> None:
    Gloss.objects.create(episode=factories.public_episode(), term="RL", explanation="By doing.")
    rows = [{"key": key, "letter": letter, "episode_count": 1} for key, letter in (("gone", 7), ("rl", 18))]
    assert [term.gloss.term for term in explained(rows)] == ["RL"]
