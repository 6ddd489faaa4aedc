"""What a search finds, on the database of the run: the same tests hold for SQLite and PostgreSQL."""

from __future__ import annotations

import pytest

from episodes import derived
from episodes.models import Section
from episodes.search import search
from people.models import Alias
from tests import factories
from tests.episodes.search.library import draft, found, indexed, words

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("我们谈可解释性的问题", "可解释性"),
        ("我们谈可解释性的问题", "可解釋性"),
        ("關於後來的模型", "后来"),
        ("区块链", "链"),
        ("块链接", "链"),
        ("About GPT-4o today", "gpt-4o"),
        ("About GPT-4o today", "ＧＰＴ-4o"),
        ("读《三体》之后", "《三体》"),
        ("读三体之后", "《三体》"),
        ("large language models", '"large language"'),
        ("language is large", "large language"),
        ("谈AI安全", "AI安全"),
        ("可**解释**性", "可解释性"),
        ("这是一个问题，这个问题", "这个问题"),
    ],
)
def test_text_is_found(text, query):
    made = indexed(text)
    indexed("something else 完全不同")
    assert found(query) == [made]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("storage", "rag"),
        ("可解释。性", "可解释性"),
        ("language is large", '"large language"'),
        ("人工。智能", "人工智能"),
        ("一个问题在这个地方", "这个问题"),
        ("one", "one -one"),
        ("one", "one two"),
        ("word", "-word"),
        ("word", ""),
        ("word", "。"),
        ("人工智", "人工智能"),
    ],
)
def test_text_is_not_found(text, query):
    indexed(text)
    assert found(query) == []


def test_words_in_different_passages_are_joined():
    made = indexed("first " + "词" * 5_000 + "\n\n# Next\n\nsecond", summary="third")
    assert found("first second third") == [made]
    assert found("first -second") == []


def test_title_comes_before_summary_and_text():
    text = indexed("engine " * 50, title="One")
    summary = indexed(summary="An engine.", title="Two")
    title = indexed(title="The engine")
    assert found("engine") == [title, summary, text]


def test_more_passages_come_first():
    once = indexed("engine " + "other " * 3_000)
    often = indexed("\n\n".join(["engine " + "other " * 600] * 4))
    assert found("engine") == [often, once]


def test_excluded_word_excludes():
    kept = indexed("engine")
    indexed("engine steam")
    assert found("engine -steam") == [kept]


def test_filters_narrow():
    ada = factories.speaker("Ada")
    made = factories.public_episode(aired_on="2024-05-01")
    factories.appearance(made, ada)
    factories.tag(made, "engines")
    derived.store_passages(made)
    indexed(aired_on="2023-05-01")
    for query in ("words year:2024", "words speaker:ada", "words tag:engines", "year:2024", "标签:engines 年份:2024"):
        assert found(query) == [made]
    assert found("words", year=2024, tag="engines", speaker=ada.slug) == [made]
    assert found("words year:2024 tag:none") == []


def test_aliases_find_each_other():
    entity = factories.entity("特朗普")
    for name in ("川普", "Donald Trump"):
        Alias.objects.create(entity=entity, name=name)
    made = [indexed(f"谈到{name}。") for name in ("特朗普", "川普", "Donald Trump")]
    factories.mention(made[0], entity)
    for query in ("川普", "特朗普", "Donald Trump", "donald trump"):
        assert set(found(query)) == set(made)
    assert found("川普", exact=True) == [made[1]]
    assert found('"川普"') == [made[1]]
    joined = search("川普").aliases
    assert [(one.typed, one.names, one.row) for one in joined] == [("川普", ("特朗普", "Donald Trump"), entity)]


def test_alias_of_hidden_entity_joins_nothing():
    entity = factories.entity("特朗普")
    Alias.objects.create(entity=entity, name="川普")
    indexed("特朗普")
    assert (found("川普"), search("川普").aliases) == ([], [])


def test_ambiguous_name_joins_nothing():
    made = indexed("Alexander")
    for name in ("Alexander", "Alexandra"):
        entity = factories.entity(name)
        Alias.objects.create(entity=entity, name="Alex")
        factories.mention(made, entity)
    assert search("Alex").aliases == []


def test_hit_shows_its_passages():
    section = "Before that.\n\nWe talk of <b>可解释性</b> here & now."
    made = indexed(section)
    (hit,) = search("可解释性").hits
    assert hit.episode == made
    assert [(one.kind, one.anchor, words(one.parts)) for one in hit.passages] == [
        ("section", "s-part", "Part Before that. We talk of [可解释性] here & now.")
    ]


def test_passage_lands_at_its_paragraph():
    made = indexed("First paragraph of some length.\n\n**Ada:** The second paragraph speaks of engines.")
    derived.published_state(made)
    (passage,) = search("engines").hits[0].passages
    assert passage.anchor.startswith("p-")
    assert f'id="{passage.anchor}"' in Section.objects.get(heading="Part").html


def test_title_is_marked():
    indexed(title="Ｅngines & 后来")
    assert words(search("engines").hits[0].title) == "[Ｅngines] & 后来"
    assert words(search("後來").hits[0].title) == "Ｅngines & [后来]"


def test_facets_count_episodes():
    ada = factories.speaker("Ada")
    for year, tag in ((2024, "x"), (2024, "y"), (2023, "x")):
        made = factories.public_episode(aired_on=f"{year}-01-01")
        factories.appearance(made, ada)
        factories.tag(made, tag)
        derived.store_passages(made)
    facets = search("words").facets
    assert {name: [(one.label, one.count) for one in rows] for name, rows in facets.items()} == {
        "year": [("2024", 2), ("2023", 1)],
        "speaker": [("Ada", 3)],
        "tag": [("x", 2), ("y", 1)],
    }


def test_pages_divide_hits():
    made = {indexed("engine") for _ in range(5)}
    pages = [search("engine", page=page, size=2) for page in (1, 2, 3, 4)]
    assert [len(page.hits) for page in pages] == [2, 2, 1, 0]
    assert {hit.episode for page in pages for hit in page.hits} == made
    assert {(page.total, page.pages) for page in pages} == {(5, 3)}


def test_one_episode_is_searched():
    made = indexed("engine")
    indexed("engine")
    assert found("engine", episode=made) == [made]


def test_nothing_found_offers_what_is_near():
    ada = factories.speaker("Ada Lovelace")
    made = indexed("可解释的 engine")
    factories.appearance(made, ada)
    derived.store_passages(made)
    near = search("engine nonsense").near
    assert near.queries == ["engine"]
    assert search("可解释姓").near.queries == ["可解释", "可解"]
    assert [one.name for one in search("Ada Lovelase").near.names] == ["Ada Lovelace"]


def test_other_kinds_are_found():
    made = factories.full_episode()
    derived.store_passages(made)
    results = search("Ada")
    assert [row.name for row in results.people] == ["Ada"]
    assert [row.name for row in search("Engine").topics] == ["Engine"]
    assert search("spoken").quotes == list(made.quotes.all())
    assert search("rain").predictions == list(made.predictions.all())


def test_desk_finds_everything():
    hidden = draft("engine")
    public = indexed("engine")
    assert set(found("engine", public=False)) == {hidden, public}
    assert found("engine") == [public]
