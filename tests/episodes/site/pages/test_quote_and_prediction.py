"""Lists and pages of quotes and predictions."""

from typing import Any

import pytest
from django.http import Http404
from django.test import Client
from django.urls import reverse

from episodes.models import Episode
from episodes.site.contexts.excerpts import language_of
from episodes.site.pages.quote_and_prediction import PredictionPage, QuotePage
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def episode() -> Episode:
    return factories.public_episode(title="On engines", aired_on="1957-11-14")


def texts(client: Client, query: str = "") -> list[str]:
    return [quote.text for quote in client.get(f"{reverse('quote_list')}?{query}").context["page_obj"]]


def said(client: Client, query: str = "") -> list[str]:
    return [row.words for row in client.get(f"{reverse('prediction_list')}?{query}").context["page_obj"]]


# Expect 3 queries: the site state; the item with speaker and episode; its neighbours.
# One more for a quote: its chapter.
@pytest.mark.parametrize(("make", "queries"), [(factories.quote, 4), (factories.prediction, 3)])
def test_item_page_query_count(client, episode, make, queries, django_assert_num_queries) -> None:
    item = make(episode, speaker=factories.speaker())
    with django_assert_num_queries(queries):
        client.get(item.get_absolute_url())


def test_quote_page_shows_source(client: Client, episode: Episode) -> None:
    ada = factories.speaker("Ada")
    quote = factories.quote(episode, text="The Engine <weaves>.", context="Asked about looms.", speaker=ada, start=65)
    html = client.get(quote.get_absolute_url()).content.decode()
    assert "The Engine &lt;weaves&gt;." in html
    assert "Asked about looms." in html
    assert f'href="{ada.get_absolute_url()}"' in html
    assert f'href="{episode.get_absolute_url()}"' in html
    assert "&amp;t=65" in html
    assert "<title>" in html
    assert "Ada" in html[html.index("<title>") : html.index("</title>")]


def test_quote_without_speaker_keeps_its_label(client: Client, episode: Episode) -> None:
    html = client.get(factories.quote(episode, label="guest").get_absolute_url()).content.decode()
    assert "<span>guest</span>" in html


def test_quotes_are_sorted_by_episode_and_time(client: Client, episode: Episode) -> None:
    newer = factories.public_episode(aired_on="1986-03-07")
    for made, text, start in [(episode, "d", None), (episode, "c", 9), (newer, "b", 70), (newer, "a", 5)]:
        factories.quote(made, text=text, start=start)
    assert texts(client) == ["a", "b", "c", "d"]


def test_quotes_filter_by_speaker(client: Client, episode: Episode) -> None:
    ada, bob = factories.speaker("Ada"), factories.speaker("Bob")
    factories.quote(episode, text="hers", speaker=ada)
    factories.quote(episode, text="his", speaker=bob)
    factories.quote(episode, text="a draft", speaker=bob, status="draft")
    assert texts(client, f"speaker={ada.slug}") == ["hers"]
    assert texts(client, f"speaker={bob.slug}") == ["his"]
    assert texts(client, "speaker=nobody") == []


def test_speaker_choices_are_quoted_speakers(client: Client, episode: Episode) -> None:
    ada = factories.speaker("Ada")
    factories.quote(episode, speaker=ada)
    factories.quote(episode, speaker=factories.speaker("Draft"), status="draft")
    factories.quote(factories.episode(), speaker=factories.speaker("Hidden"))
    factories.appearance(episode, factories.speaker("Silent"))
    form = client.get(reverse("quote_list")).context["filterset"].form
    assert form.fields["speaker"].widget.choices[1:] == [(ada.slug, "Ada (1)")]


def test_prediction_page_shows_outcome(client: Client, episode: Episode) -> None:
    row = factories.prediction(
        episode,
        words="It will rain.",
        claim="It rains within a year.",
        horizon="soon",
        due_on="1958-11-14",
        outcome="true",
        resolved_on="1957-12-01",
        criteria="Somebody gets **wet**.",
        evidence="See [the record](https://example.org/).",
    )
    html = client.get(f"/en{row.get_absolute_url()}").content.decode()
    for words in ("It rains within a year.", "It will rain.", "soon", "Came true", "1958", "1957"):
        assert words in html
    assert "<b>wet</b>" in html
    assert 'href="https://example.org/"' in html


def test_predictions_filter_by_outcome(client: Client, episode: Episode) -> None:
    ada = factories.speaker("Ada")
    factories.prediction(episode, words="came", outcome="true", speaker=ada)
    factories.prediction(episode, words="failed", outcome="false")
    factories.prediction(episode, words="waits", speaker=ada)
    assert said(client, "outcome=true") == ["came"]
    assert said(client, "outcome=open") == ["waits"]
    assert said(client, f"speaker={ada.slug}") == ["came", "waits"]
    assert said(client, f"speaker={ada.slug}&outcome=open") == ["waits"]
    assert said(client, "outcome=nonsense") == []


@pytest.mark.parametrize("make", [factories.quote, factories.prediction])
def test_self_verified_item_is_marked(client: Client, episode: Episode, make) -> None:
    row = make(episode, status="evergreen", self_verified=True)
    kind = row._meta.model_name
    for address in (f"/{kind}s/{row.pk}/", f"/{kind}s/", f"/episodes/{episode.slug}/"):
        assert "Double-checked by the same person" in client.get(f"/en{address}").content.decode()
    type(row).objects.update(self_verified=False, verified_by=factories.verifier())
    assert "Double-checked by the same person" not in client.get(f"/en/{kind}s/{row.pk}/").content.decode()


@pytest.mark.parametrize("name", ["quote", "prediction"])
@pytest.mark.parametrize("pk", ["0", "999999", "9" * 30])
def test_unknown_item_is_missing(client: Client, name: str, pk: str) -> None:
    assert client.get(f"/{name}s/{pk}/").status_code == 404


@pytest.mark.parametrize(("page", "make"), [(QuotePage, factories.quote), (PredictionPage, factories.prediction)])
def test_concurrently_rejected_item_is_404(page: Any, make: Any) -> None:
    view = page()
    view.object = make(factories.public_episode())
    type(view.object).objects.update(status="rejected", reject_code="private")
    with pytest.raises(Http404):
        view._neighbours()


@pytest.mark.parametrize(
    ("text", "language", "told"),
    [
        ("Words.", "zh-Hans", "en"),
        ("一句 words", "zh-Hans", "zh-Hans"),
        ("一句中文。", "en", "zh-Hans"),
        ("It is called 机器 there.", "en", "en"),
        ("", "en", "en"),
        ("", "zh-Hant", "zh-Hant"),
    ],
)
def test_item_has_language_of_its_text(text: str, language: str, told: str) -> None:
    assert language_of(text, language) == told
