"""The list of predictions: filters, order, tally, CSV and JSON."""

import csv
import io
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from episodes.models import Episode, Prediction
from episodes.site.pages.predictions import COLUMNS, escape_formula, tally_of
from tests import factories

pytestmark = pytest.mark.django_db

LIST = "/predictions/"


@pytest.fixture
def predictions() -> dict[str, Prediction]:
    """Create five visible predictions and hidden ones of the same speakers."""
    today = timezone.localdate()
    ada, bob = factories.speaker("Ada"), factories.speaker("Bob")
    engine = factories.entity("Engine")
    old = factories.public_episode(title="old", aired_on="1957-11-14", area="a")
    new = factories.public_episode(title="new", aired_on="1986-03-07", area="b")
    factories.mention(new, engine)
    rows = {
        "came": factories.prediction(old, words="came", speaker=ada, outcome="true", due_on="1960-01-01", start=5),
        "failed": factories.prediction(old, words="failed", speaker=bob, outcome="false", start=9),
        "soon": factories.prediction(new, words="soon", speaker=ada, due_on=today + timedelta(days=3), start=1),
        "past": factories.prediction(new, words="past", speaker=bob, due_on=today - timedelta(days=3), start=2),
        "far": factories.prediction(new, words="far", speaker=ada, due_on=today + timedelta(days=90), start=3),
    }
    for of in (
        factories.episode(aired_on="1999-01-01"),
        factories.public_episode(status="withdrawn", withdrawn_reason="x"),
    ):
        for outcome in ("", "true", "partly"):
            factories.prediction(of, speaker=ada, outcome=outcome, due_on=today + timedelta(days=3))
    factories.prediction(new, speaker=ada, status="draft", due_on=today + timedelta(days=3))
    factories.prediction(new, speaker=ada, status="rejected", reject_code="trivial", outcome="ambiguous")
    return rows


def page(client: Client, query: str = "") -> Any:
    return client.get(f"{LIST}?{query}")


def said(client: Client, query: str = "") -> list[str]:
    return [row.words for row in page(client, query).context["page_obj"]]


def offered(client: Client, name: str, query: str = "") -> dict[str, str]:
    form = client.get(f"/en{LIST}?{query}").context["filterset"].form
    return {value: str(label) for value, label in form.fields[name].widget.choices if value}


# --- narrowing


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"came", "failed", "soon", "past", "far"}),
        ("outcome=open", {"soon", "past", "far"}),
        ("outcome=true", {"came"}),
        ("outcome=partly", set()),
        ("due=soon", {"soon"}),
        ("due=past", {"past"}),
        ("due=never", set()),
        ("year=1957", {"came", "failed"}),
        ("year=0000", set()),
        ("area=b", {"soon", "past", "far"}),
        ("area=a&outcome=false", {"failed"}),
        ("year=1986&due=soon&outcome=open", {"soon"}),
        ("year=1957&due=soon", set()),
    ],
)
def test_filters_combine(client: Client, predictions: dict[str, Prediction], query: str, found: set[str]) -> None:
    assert set(said(client, query)) == found


def test_predictions_filter_by_speaker_and_entity(client: Client, predictions: dict[str, Prediction]) -> None:
    ada, engine = predictions["came"].speaker, predictions["soon"].episode.mentions.get().entity
    assert set(said(client, f"speaker={ada.slug}")) == {"came", "soon", "far"}
    assert set(said(client, f"speaker={ada.slug}&entity={engine.slug}")) == {"soon", "far"}
    assert said(client, "entity=nothing") == []


def test_choices_are_counted_given_the_other_filters(client: Client, predictions: dict[str, Prediction]) -> None:
    ada, bob = predictions["came"].speaker, predictions["failed"].speaker
    assert offered(client, "outcome") == {
        "open": "Pending (3)",
        "true": "Came true (1)",
        "false": "Did not come true (1)",
    }
    assert offered(client, "due") == {"soon": "Due soon (1)", "past": "Due, not yet judged (1)"}
    assert offered(client, "speaker") == {ada.slug: "Ada (3)", bob.slug: "Bob (2)"}
    assert offered(client, "year") == {"1986": "1986 (3)", "1957": "1957 (2)"}
    chosen = f"speaker={ada.slug}&outcome=false"
    assert offered(client, "outcome", chosen) == {
        "open": "Pending (2)",
        "true": "Came true (1)",
        "false": "Did not come true (0)",
    }
    assert offered(client, "speaker", chosen) == {ada.slug: "Ada (0)", bob.slug: "Bob (1)"}
    assert offered(client, "due", "outcome=true") == {}


def test_quick_link_counts_are_correct(client: Client, predictions: dict[str, Prediction]) -> None:
    ways = page(client).context["quick_links"]
    assert [(query, n) for query, _name, n in ways] == [("due=soon", 1), ("outcome=true", 1), ("outcome=false", 1)]
    for query, _name, n in ways:
        assert len(said(client, query)) == n
        assert f'href="{LIST}?{query}"' in page(client).content.decode()


def test_quick_link_to_nothing_is_left_out(client: Client, predictions: dict[str, Prediction]) -> None:
    predictions["came"].delete()
    assert [query for query, _name, _n in page(client).context["quick_links"]] == ["due=soon", "outcome=false"]


def test_predictions_sort_by_recording_or_due_date(client: Client, predictions: dict[str, Prediction]) -> None:
    assert said(client) == ["soon", "past", "far", "came", "failed"]
    assert said(client, "sort=due") == ["came", "past", "soon", "far", "failed"]
    assert said(client, "sort=nonsense") == said(client)
    assert f'href="{LIST}"' in page(client, "sort=due").content.decode()
    html = page(client, "sort=due&outcome=open").content.decode()
    assert '<input type="hidden" name="sort" value="due">' in html


# --- what a row and a page tell


def test_row_shows_words_and_claim(client: Client) -> None:
    made = factories.public_episode(title="Rain", aired_on="1957-11-14")
    row = factories.prediction(
        made, words="It will rain.", claim="It rains.", horizon="soon", start=65, due_on="1958-01-02",
        criteria="Somebody gets **wet**.", outcome="true", resolved_on="1957-12-01",
        evidence="\n\nIt *rained*.\n\nMore.",
    )  # fmt: skip
    html = client.get(f"/en{LIST}").content.decode()
    spoken, judged = html.index('class="spoken"'), html.index('class="judged"')
    assert spoken < html.index("It will rain.") < judged < html.index("It rains.")
    for words in ("Somebody gets wet.", "It rained.", "00:01:05", "Nov. 14, 1957", "soon", "Came true", "Dec. 1, 1957"):
        assert words in html
    assert "More." not in html
    assert f'href="/en/predictions/{row.pk}/"' in html


def test_page_links_previous_and_next_by_time(client: Client) -> None:
    made = factories.public_episode()
    first, second, third = (factories.prediction(made, words=f"at {start}", start=start) for start in (5, 70, 600))
    factories.prediction(made, start=60, status="draft")
    factories.prediction(factories.public_episode(), start=65)
    beside = {row: client.get(row.get_absolute_url()).context for row in (first, second, third)}
    assert [(c["before"], c["after"]) for c in beside.values()] == [(None, second), (first, third), (second, None)]


@pytest.mark.parametrize("make", [factories.quote, factories.prediction])
def test_page_shows_review_level(client: Client, make: Any) -> None:
    row = make(factories.public_episode())
    address = f"/en{row.get_absolute_url()}"
    assert '<p class="review-status">Reviewed</p>' in client.get(address).content.decode()
    type(row).objects.update(status="evergreen", verified_by=factories.verifier())
    assert '<p class="review-status">Double-checked</p>' in client.get(address).content.decode()


# --- how somebody's turned out


def outcomes_of(*outcomes: str) -> Any:
    made, ada = factories.public_episode(), factories.speaker("Ada")
    for outcome in outcomes:
        factories.prediction(made, speaker=ada, outcome=outcome)
    return ada


def test_tally_counts_filtered_speaker(client: Client, predictions: dict[str, Prediction]) -> None:
    ada = predictions["came"].speaker
    context = page(client, f"speaker={ada.slug}&outcome=true").context
    assert [(code, n) for code, _name, n in context["tally"].lines] == [("open", 2), ("true", 1)]
    assert 'class="tally"' not in page(client).content.decode()
    assert 'class="tally"' not in page(client, "speaker=nobody").content.decode()
    assert 'class="tally"' in client.get(ada.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("outcomes", "share"),
    [
        (["true"] * 9, None),
        (["true"] * 9 + [""] * 5, None),
        (["true"] * 9 + ["ambiguous", "unresolvable"], None),
        (["true"] * 6 + ["false"] * 3 + ["partly"], 60),
        (["true"] * 2 + ["false"] * 8 + ["ambiguous"] * 5, 20),
    ],
)
def test_percentage_needs_ten_judged_predictions(client: Client, outcomes: list[str], share: int | None) -> None:
    ada = outcomes_of(*outcomes)
    assert tally_of(ada).share == share
    for address in (f"/en{ada.get_absolute_url()}", f"/en{LIST}?speaker={ada.slug}"):
        html = client.get(address).content.decode()
        assert re.findall(r"came true \((\d+)%\)", html) == ([str(share)] if share else [])


# --- files


def rows_of(client: Client, query: str = "") -> tuple[list[dict[str, str]], list[dict[str, Any]]]:
    table = client.get(f"/predictions.csv?{query}")
    objects = client.get(f"/predictions.json?{query}")
    assert table["Content-Type"] == "text/csv; charset=utf-8"
    assert objects["Content-Type"] == "application/json; charset=utf-8"
    text = table.content.decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))), json.loads(objects.content)


@pytest.mark.parametrize(
    "query", ["", "outcome=open", "due=soon", "sort=due", "year=1957", "speaker=nobody", "area=%00"]
)
def test_files_hold_the_filtered_list(client: Client, predictions: dict[str, Prediction], query: str) -> None:
    table, objects = rows_of(client, query)
    assert [row["words"] for row in table] == [row["words"] for row in objects] == said(client, query)


def test_files_have_the_columns_and_plain_values(client: Client, predictions: dict[str, Prediction]) -> None:
    table, objects = rows_of(client, "outcome=true")
    row = predictions["came"]
    assert tuple(table[0]) == tuple(objects[0]) == COLUMNS
    assert objects == [
        {
            "id": row.pk,
            "url": f"http://testserver/predictions/{row.pk}/",
            "speaker": "Ada",
            "words": "came",
            "claim": "",
            "said_on": "1957-11-14",
            "second": 5,
            "horizon": "",
            "due_on": "1960-01-01",
            "criteria": "",
            "outcome": "true",
            "resolved_on": None,
            "evidence": "",
            "episode": "old",
            "episode_url": f"http://testserver{row.episode.get_absolute_url()}",
        }
    ]
    assert {key: str(value or "") for key, value in objects[0].items()} == table[0]


@pytest.mark.parametrize("words", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＠SUM(A1)"])
def test_csv_escapes_formulas(client: Client, words: str) -> None:
    factories.prediction(factories.public_episode(title=words), words=words, claim=words, label=words)
    table, objects = rows_of(client)
    assert {table[0][name] for name in ("words", "claim", "speaker", "episode")} == {f"'{words}"}
    assert objects[0]["words"] == words
    assert escape_formula("a = b") == "a = b"
    assert escape_formula(-1) == -1


def test_files_are_public_pages(client: Client, predictions: dict[str, Prediction]) -> None:
    client.force_login(factories.editor())
    for name in ("csv", "json"):
        answer = client.get(f"/predictions.{name}")
        assert not answer.cookies
        assert answer["Cache-Control"] == "public, max-age=0, must-revalidate"
        assert client.get(f"/predictions.{name}", headers={"If-None-Match": answer["ETag"]}).status_code == 304
        assert client.post(f"/predictions.{name}").status_code == 405


# Expect 2 queries: the rows with their speakers and episodes, and the site state.
def test_file_queries_ignore_length(client, predictions, django_assert_num_queries) -> None:
    with django_assert_num_queries(2):
        client.get("/predictions.csv")


def test_files_are_limited(client: Client, predictions: dict[str, Prediction], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("episodes.site.pages.predictions.MAX_EXPORTED", 2)
    assert [len(rows) for rows in rows_of(client)] == [2, 2]


def test_list_links_files_with_filters(client: Client, predictions: dict[str, Prediction]) -> None:
    html = page(client, "outcome=open&year=&page=1").content.decode()
    for name in ("csv", "json"):
        links = re.findall(rf'<(link|a)[^>]*href="/predictions\.{name}\?outcome=open"[^>]*', html)
        assert links == ["link", "a"]


def test_withdrawn_episode_hides_predictions(client: Client, predictions: dict[str, Prediction]) -> None:
    now = timezone.now()
    Episode.objects.filter(title="new").update(status="withdrawn", withdrawn_reason="x", published_at=now)
    assert said(client) == ["came", "failed"]
    assert [len(rows) for rows in rows_of(client)] == [2, 2]
    assert offered(client, "due") == {}
