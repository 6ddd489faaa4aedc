"""Filters of quotes, and links around a quote."""

import pytest
from django.test import Client

from episodes.models import Chapter, Quote
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def quotes() -> dict[str, Quote]:
    ada, bob = factories.speaker("Ada"), factories.speaker("Bob")
    one = factories.public_episode(language="en", aired_on="1957-11-14")
    two = factories.public_episode(language="zh-Hans", aired_on="1986-03-07")
    factories.mention(one, factories.entity("Engine"))
    factories.tag(two, "logic")
    hidden = factories.episode(language="zh-Hant", aired_on="1999-01-01")
    factories.tag(hidden, "logic")
    for of, status in ((hidden, "accepted"), (one, "draft")):
        factories.quote(of, text="A hidden loom.", speaker=ada, status=status)
    return {
        "hers": factories.quote(one, text="The Engine weaves like a loom.", speaker=ada, start=5),
        "his": factories.quote(one, text="A machine.", speaker=bob, start=70),
        "later": factories.quote(two, text="向量数据库 and a LOOM", speaker=ada),
    }


def found(client: Client, quotes: dict[str, Quote], query: str) -> set[str]:
    rows = set(client.get(f"/quotes/?{query}").context["page_obj"])
    assert rows <= set(quotes.values())
    return {name for name, row in quotes.items() if row in rows}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"hers", "his", "later"}),
        ("q=loom", {"hers", "later"}),
        ("q=loom+engine", {"hers"}),
        ("q=数据库", {"later"}),
        ("q=hidden", set()),
        ("tag=logic", {"later"}),
        ("language=en", {"hers", "his"}),
        ("language=zh-Hant", set()),
        ("year=1957", {"hers", "his"}),
        ("year=1957&q=loom", {"hers"}),
        ("tag=logic&year=1957", set()),
    ],
)
def test_filters_combine(client: Client, quotes: dict[str, Quote], query: str, expected: set[str]) -> None:
    assert found(client, quotes, query) == expected


def test_choices_are_counted_given_the_other_filters(client: Client, quotes: dict[str, Quote]) -> None:
    def offered(name: str, query: str = "") -> list[str]:
        form = client.get(f"/en/quotes/?{query}").context["filterset"].form
        return [str(label) for value, label in form.fields[name].widget.choices if value]

    assert offered("speaker") == ["Ada (2)", "Bob (1)"]
    assert offered("speaker", "q=loom") == ["Ada (2)"]
    assert offered("entity") == ["Engine (2)"]
    assert offered("tag") == ["logic (1)"]
    assert offered("year", "language=en") == ["1957 (2)"]
    assert offered("language", "tag=logic") == ["Chinese (Simplified) (1)"]
    assert offered("tag", "year=1957&tag=logic") == ["logic (0)"]


def test_quotes_filter_by_mentioned_entity(client: Client, quotes: dict[str, Quote]) -> None:
    engine = quotes["hers"].episode.mentions.get()
    assert found(client, quotes, f"entity={engine.entity.slug}") == {"hers", "his"}
    engine.status, engine.reject_code = "rejected", "trivial"
    engine.save()
    assert found(client, quotes, f"entity={engine.entity.slug}") == set()


def test_page_links_neighbours_and_context(client: Client, quotes: dict[str, Quote]) -> None:
    made = quotes["hers"].episode
    Chapter.objects.create(episode=made, start=0, title="Weaving", status="accepted")
    Chapter.objects.create(episode=made, start=60, title="Machines", status="accepted")
    Chapter.objects.create(episode=made, start=65, title="A draft", status="draft")
    first, second = (client.get(quotes[name].get_absolute_url()) for name in ("hers", "his"))
    assert (first.context["before"], first.context["after"]) == (None, quotes["his"])
    assert (second.context["before"], second.context["after"]) == (quotes["hers"], None)
    assert [page.context["chapter"].title for page in (first, second)] == ["Weaving", "Machines"]
    assert f'href="{made.get_absolute_url()}#q{quotes["hers"].pk}"' in first.content.decode()
    alone = client.get(quotes["later"].get_absolute_url())
    assert (alone.context["before"], alone.context["after"], alone.context["chapter"]) == (None, None, None)
    assert 'class="previous-next"' not in alone.content.decode()
