"""The lists: what they hold, how they are narrowed, what they cost."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from episodes.models import Episode, Section
from episodes.site.lists import MAX_OPTIONS
from episodes.site.pages.base import PAGE_SIZE
from tests import factories

pytestmark = pytest.mark.django_db

EPISODES = "/episodes/"


def titles(client: Client, query: str = "", address: str = EPISODES) -> list[str]:
    return [episode.title for episode in client.get(f"{address}?{query}").context["page_obj"]]


def choices(client: Client, name: str, query: str = "") -> list[tuple[str, str]]:
    form = client.get(f"{EPISODES}?{query}").context["filterset"].form
    return [(value, str(label)) for value, label in form.fields[name].widget.choices][1:]


# --- cost

# Expect 6 queries at home: the site state, the episodes, their credits, quotes, predictions, tags.
# Lists of names, choices and counts ask each time whether the stored counts are current, which is one query more.
# Expect 7 for episodes: the site state, the choices (one UNION), the count, the page's rows and their credits.
# Expect 5 for speakers and tags: whether five recur, the site state, the count, the rows. 6 for entities: also kinds.
# Expect 4 for series and 3 for the glossary: of the one whether five recur and the count, of the other its terms, all
# counted at once, and their explanations; no rows are fetched for a count of zero.
# Expect 7 for quotes: the site state, the choices, the count, the newest episodes with quotes, the rows. 9 for
# predictions: the quick links too.
COSTS = {
    "episode_list": 7,
    "speaker_list": 5,
    "entity_list": 6,
    "tag_list": 5,
    "series_list": 4,
    "glossary": 3,
    "quote_list": 7,
    "prediction_list": 9,
}


@pytest.mark.parametrize("name", COSTS)
@pytest.mark.parametrize("number", [1, 8])
def test_list_queries_ignore_length(client: Client, django_assert_num_queries: Any, name: str, number: int) -> None:
    for n in range(number):
        factories.tag(factories.full_episode(category=f"category {n}"), f"tag-{n}")
    with django_assert_num_queries(COSTS[name]):
        client.get(reverse(name))


# Expect 10 queries: site state, newest episodes and their credits, evergreen episodes, number of quotes, quote of
# the day, predictions that are due, tags, and twice whether the stored counts are current. On a small site unlisted
# sections make no queries.
@pytest.mark.parametrize(("number", "queries"), [(1, 6), (8, 10), (12, 10)])
def test_home_queries_ignore_library_size(
    client: Client, django_assert_num_queries: Any, number: int, queries: int
) -> None:
    for n in range(number):
        made = factories.full_episode(category=f"category {n}")
        for shared in range(5):
            factories.tag(made, f"tag-{shared}")
    with django_assert_num_queries(queries):
        client.get(reverse("home"))


# Expect 13 queries: speaker, aliases, site state, whether counts are stored, count, rows, their credits,
# quotes, predictions, outcomes,
# statistics, co-occurring people, mentions by others.
def test_speaker_queries_ignore_number_of_episodes(client: Client, django_assert_num_queries: Any) -> None:
    ada = factories.speaker("Ada", entity=factories.entity("Ada"))
    for _number in range(4):
        made = factories.full_episode()
        factories.appearance(made, ada, label="A. L.")
        factories.quote(made, speaker=ada)
        factories.prediction(made, speaker=ada)
        factories.mention(factories.full_episode(), ada.entity)
    with django_assert_num_queries(13):
        client.get(ada.get_absolute_url())


# Expect 11 queries: the speaker, the aliases, the site state, the choices, the count (two), the rows, their credits,
# predictions, the outcomes, the episodes and years in numbers.
def test_channel_queries_ignore_number_of_episodes(client: Client, django_assert_num_queries: Any) -> None:
    channel = factories.speaker("Channel", kind="channel")
    for _number in range(4):
        factories.appearance(factories.full_episode(), channel, role="channel")
    with django_assert_num_queries(11):
        client.get(channel.get_absolute_url())


# Expect 10 queries: entity, aliases, site state, whether counts are stored, count, rows, their credits,
# speaker of that name,
# who mentions it, and entities mentioned with it.
def test_entity_queries_ignore_number_of_mentions(client: Client, django_assert_num_queries: Any) -> None:
    engine = factories.entity("Engine")
    for _number in range(4):
        factories.mention(factories.full_episode(), engine, listed_as="x")
    with django_assert_num_queries(10):
        client.get(engine.get_absolute_url())


# Expect 6 queries: the tag, the site state, whether counts are stored, the count, the rows, their credits.
def test_tag_queries_ignore_number_of_episodes(client: Client, django_assert_num_queries: Any) -> None:
    for _number in range(4):
        tag = factories.tag(factories.full_episode(), "often")
    with django_assert_num_queries(6):
        client.get(tag.get_absolute_url())


@pytest.mark.parametrize("name", COSTS)
def test_list_reads_no_section(client: Client, django_assert_max_num_queries: Any, name: str) -> None:
    factories.full_episode()
    with django_assert_max_num_queries(9) as queries:
        client.get(reverse(name))
    sql = " ".join(query["sql"] for query in queries.captured_queries)
    for column in ('"episodes_section"."text"', '"episodes_section"."html"', '"extra"', '"bio"', "episodes_note"):
        assert column not in sql


# --- what they hold


def test_episodes_are_sorted_newest_first(client: Client) -> None:
    for title, aired_on in [("old", "1957-11-14"), ("undated", None), ("new", "1986-03-07")]:
        factories.public_episode(title=title, aired_on=aired_on)
    assert titles(client) == ["new", "old", "undated"]
    assert [episode.title for episode in client.get("/").context["episodes"]] == ["new", "old", "undated"]


def test_quote_of_day_rotates_through_episodes(client: Client, monkeypatch: Any) -> None:
    made = [factories.public_episode() for _number in range(3)]
    firsts = [factories.quote(episode, text=f"first of {episode}") for episode in made]
    for episode in made:
        factories.quote(episode, text="another")
    told = set()
    for day in (1, 2, 3):
        monkeypatch.setattr("django.utils.timezone.localdate", lambda day=day: date(2026, 1, day))
        told.add(client.get("/").context["quote"])
    assert told == set(firsts)


def test_home_shows_evergreen_and_due(client: Client) -> None:
    today = timezone.localdate()
    grown = factories.public_episode(title="grown", status="evergreen")
    for days, outcome in [(-5, ""), (5, ""), (50, ""), (-6, "true"), (None, "")]:
        due = None if days is None else today + timedelta(days=days)
        factories.prediction(grown, words=str(days), due_on=due, outcome=outcome)
    context = client.get("/").context
    assert [episode.title for episode in context["fully_checked"]] == ["grown"]
    assert [prediction.words for prediction in context["predictions"]] == ["5", "-5"]


def test_home_section_needs_five_entries(client: Client) -> None:
    made = factories.public_episode()
    for number in range(4):
        factories.quote(made, text=f"quote {number}")
    assert client.get("/").context["quote"] is None
    factories.quote(made, text="the fifth")
    assert client.get("/").context["quote"] is not None


# --- narrowing


@pytest.fixture
def shelf() -> dict[str, Episode]:
    ada, bob = factories.speaker("Ada"), factories.speaker("Bob")
    ada.slug, bob.slug = "ada", "bob"
    ada.save()
    bob.save()
    engine = factories.entity("Engine")
    engine.slug = "engine"
    engine.save()
    one = factories.public_episode(title="one", area="a", category="x", aired_on="1957-11-14", language="en")
    two = factories.public_episode(title="two", area="a", category="y", aired_on="1986-03-07", language="zh-Hans")
    three = factories.public_episode(
        title="three", area="b", category="x", summary="Only here: 向量数据库", language="en"
    )
    factories.appearance(one, ada)
    factories.appearance(two, ada)
    factories.appearance(two, bob)
    factories.mention(three, engine)
    factories.tag(one, "logic")
    factories.tag(three, "logic")
    Section.objects.create(episode=two, heading="An uncommon heading", text="A peculiar sentence.")
    return {"one": one, "two": two, "three": three}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("area=a", {"one", "two"}),
        ("category=x", {"one", "three"}),
        ("tag=logic", {"one", "three"}),
        ("speaker=ada", {"one", "two"}),
        ("entity=engine", {"three"}),
        ("language=en", {"one", "three"}),
        ("year=1957", {"one"}),
        ("q=TWO", {"two"}),
        ("q=数据库", {"three"}),
        ("q=peculiar", {"two"}),
        ("q=uncommon", {"two"}),
        ("q=peculiar+uncommon+two", {"two"}),
        ("q=peculiar+logic", set()),
        ("area=a&speaker=ada&year=1986", {"two"}),
        ("area=a&category=x&tag=logic&speaker=ada&language=en&year=1957&q=one", {"one"}),
        ("area=a&entity=engine", set()),
        ("area=&q=&year=", {"one", "two", "three"}),
        ("unknown=1", {"one", "two", "three"}),
    ],
)
def test_filters_combine(client: Client, shelf: dict[str, Episode], query: str, found: set[str]) -> None:
    assert set(titles(client, query)) == found


def test_choices_are_values_that_occur(client: Client, shelf: dict[str, Episode]) -> None:
    assert choices(client, "area") == [("a", "a (2)"), ("b", "b (1)")]
    assert choices(client, "category") == [("x", "x (2)"), ("y", "y (1)")]
    assert choices(client, "year") == [("1986", "1986 (1)"), ("1957", "1957 (1)")]
    assert choices(client, "tag") == [("logic", "logic (2)")]
    assert choices(client, "speaker") == [("ada", "Ada (2)"), ("bob", "Bob (1)")]
    assert choices(client, "entity") == [("engine", "Engine (1)")]
    assert {value for value, _label in choices(client, "language")} == {"en", "zh-Hans"}


def test_choices_are_most_frequent_plus_chosen(client: Client, shelf: dict[str, Episode]) -> None:
    for number in range(MAX_OPTIONS):
        for title in ("one", "two"):
            factories.tag(shelf[title], f"often-{number}")
    factories.tag(shelf["three"], "once")
    assert "once" not in dict(choices(client, "tag"))
    assert len(choices(client, "tag")) == MAX_OPTIONS
    assert "once" in dict(choices(client, "tag", "tag=once"))
    assert titles(client, "tag=once") == ["three"]


def test_choices_are_counted_given_the_other_filters(client: Client, shelf: dict[str, Episode]) -> None:
    assert choices(client, "area", "speaker=ada") == [("a", "a (2)")]
    assert choices(client, "speaker", "speaker=bob") == [("ada", "Ada (2)"), ("bob", "Bob (1)")]
    assert choices(client, "year", "area=a&category=y") == [("1986", "1986 (1)")]
    assert choices(client, "category", "q=peculiar") == [("y", "y (1)")]


def test_chosen_value_stays_without_results(client: Client, shelf: dict[str, Episode]) -> None:
    assert choices(client, "entity", "entity=engine&area=a") == [("engine", "Engine (0)")]
    assert choices(client, "area", "entity=engine&area=a") == [("a", "a (0)"), ("b", "b (1)")]
    assert choices(client, "area", "area=nowhere") == [("a", "a (2)"), ("b", "b (1)")]


def test_active_filter_has_no_count(client: Client, shelf: dict[str, Episode]) -> None:
    active = client.get(f"{EPISODES}?entity=engine&area=a").context["filterset"].active
    assert [(name, value) for name, _label, value in active] == [("entity", "Engine"), ("area", "a")]


def test_search_beyond_key_limit_is_complete(client, shelf, monkeypatch) -> None:
    def found() -> tuple:
        return titles(client, "q=e&area=a"), choices(client, "category", "q=e&area=a"), choices(client, "area", "q=e")

    before = found()
    monkeypatch.setattr("episodes.site.lists.episodes.MAX_KEYS", 1)
    assert found() == before


def test_active_filters_can_be_removed(client: Client, shelf: dict[str, Episode]) -> None:
    html = client.get(f"{EPISODES}?q=one&area=a&tag=logic&year=").content.decode()
    assert 'value="one"' in html
    assert '<option value="a" selected>' in html
    chips = re.search(r'<ul class="chips".*?</ul>', html, re.DOTALL)[0]
    assert re.findall(r'href="([^"]+)"', chips) == [
        f"{EPISODES}?area=a&amp;tag=logic",
        f"{EPISODES}?q=one&amp;tag=logic",
        f"{EPISODES}?q=one&amp;area=a",
    ]


def test_filtered_list_is_noindex(client: Client, shelf: dict[str, Episode]) -> None:
    html = client.get(f"{EPISODES}?area=a").content.decode()
    assert '<meta name="robots" content="noindex, follow">' in html
    assert '<link rel="canonical" href="http://testserver/episodes/">' in html
    assert "noindex" not in client.get(EPISODES).content.decode()


def test_empty_result_offers_to_clear_filters(client: Client, shelf: dict[str, Episode]) -> None:
    html = client.get(f"{EPISODES}?area=b&year=1957").content.decode()
    nothing = html[html.index('class="empty-state"') :]
    hrefs = re.findall(r'href="([^"]+)"', nothing)[:3]
    assert hrefs == [f"{EPISODES}?year=1957", f"{EPISODES}?area=b", EPISODES]


HOSTILE = [
    "q=%00",
    "q=%ED%A0%80",
    "q=" + "x" * 5000,
    "q=" + "x+" * 99,
    "q=%25_%5C'%22",
    "area=%00",
    "tag=%00",
    "speaker=%00",
    "entity=" + "x" * 5000,
    "year=0000",
    "year=99999",
    "year=-1",
    "year=%D9%A1%D9%A9%D9%A5%D9%A7",
    "year=1e3",
    "language=%00",
    "category=%3Cscript%3E",
]


@pytest.mark.parametrize("query", HOSTILE)
def test_hostile_filter_values_match_nothing(client: Client, shelf: dict[str, Episode], query: str) -> None:
    answer = client.get(f"{EPISODES}?{query}")
    assert answer.status_code == 200
    assert list(answer.context["page_obj"]) == []
    assert 'class="empty-state"' in answer.content.decode()


@pytest.mark.parametrize("name", ["speaker_list", "entity_list", "quote_list", "prediction_list", "tag_list"])
@pytest.mark.parametrize("query", ["q=%00", "speaker=%00", "kind=%00", "outcome=%00", "kind=nonsense", "outcome=x"])
def test_hostile_values_break_no_other_list(client: Client, name: str, query: str) -> None:
    factories.full_episode()
    assert client.get(f"{reverse(name)}?{query}").status_code == 200


# --- pages


@pytest.fixture
def many() -> None:
    for number in range(PAGE_SIZE + 1):
        factories.public_episode(title=f"{number}", area="a", aired_on="2000-01-01")


def test_list_has_pages_and_keeps_its_filters(client: Client, many: None) -> None:
    html = client.get(f"{EPISODES}?area=a").content.decode()
    assert len(titles(client, "area=a")) == PAGE_SIZE
    assert 'href="?area=a&amp;page=2"' in html
    assert len(titles(client, "area=a&page=2")) == 1
    second = client.get(f"{EPISODES}?area=a&page=2").content.decode()
    assert 'href="?area=a&amp;page=1"' in second


def test_later_page_is_its_own_canonical(client: Client, many: None) -> None:
    html = client.get(f"{EPISODES}?page=2").content.decode()
    assert '<link rel="canonical" href="http://testserver/episodes/?page=2">' in html


@pytest.mark.parametrize("page", ["0", "-1", "3", "9" * 30, "x", "%00", "1.5", "%D9%A2x"])
def test_page_beyond_last_is_404(client: Client, many: None, page: str) -> None:
    assert client.get(f"{EPISODES}?page={page}").status_code == 404


# --- tags


def test_tags_are_sorted_by_frequency(client: Client) -> None:
    one, two = factories.public_episode(), factories.public_episode()
    for made, name in [(one, "rare"), (one, "often"), (two, "often"), (factories.episode(), "hidden")]:
        factories.tag(made, name)
    for name in ("rare", "rare"):
        factories.tag(factories.episode(), name)
    assert [(tag.name, tag.episode_count) for tag in client.get("/tags/").context["page_obj"]] == [
        ("often", 2),
        ("rare", 1),
    ]


def test_tag_page_holds_its_public_episodes(client: Client) -> None:
    shown, hidden = factories.public_episode(title="shown"), factories.episode()
    factories.public_episode()
    factories.tag(hidden, "logic")
    tag = factories.tag(shown, "logic")
    assert [made.title for made in client.get(tag.get_absolute_url()).context["page_obj"]] == ["shown"]


def test_foreign_title_has_lang_attribute(client: Client) -> None:
    factories.public_episode(title="Talk", language="en")
    assert re.search(r'<h2\s+lang="en">', client.get(EPISODES).content.decode())
