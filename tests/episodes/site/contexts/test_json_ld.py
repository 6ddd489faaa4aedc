"""JSON-LD: one graph per page, with nothing that the page does not show."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client, RequestFactory

from episodes.models import Chapter, Episode, Gloss, Prediction, Section, Snapshot
from episodes.site.contexts.json_ld.common import MACHINE_MADE, Site, iso_duration
from episodes.site.contexts.json_ld.names import term_set_graph
from episodes.templatetags.json_ld import linked_data
from episodes.workflow import transition
from people.models import Alias, Entity, Speaker
from tests import factories

pytestmark = pytest.mark.django_db
HERE = "http://testserver"
PUBLISHED = datetime(2026, 3, 2, 9, tzinfo=UTC)
ORGANISATION = {"@id": f"{HERE}/#organization"}


@pytest.fixture
def episode() -> Episode:
    made = factories.full_episode(title="On looms", aired_on="2026-03-01", number=12, series="Machines", slug="looms")
    Episode.objects.update(published_at=PUBLISHED, changed_at=PUBLISHED)
    made.refresh_from_db()
    return made


def graph_of(client: Client, address: str) -> list[dict[str, Any]]:
    """Return the nodes of the page's single JSON-LD block, which must not contain markup characters."""
    html = client.get(address).content.decode()
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    assert len(blocks) == 1
    assert not set("<>&") & set(blocks[0])
    graph = json.loads(blocks[0])
    assert set(graph) == {"@context", "@graph"}
    assert graph["@context"] == "https://schema.org"
    identities = [node["@id"] for node in graph["@graph"]]
    assert len(set(identities)) == len(identities)
    assert all(identity.startswith(f"{HERE}/") for identity in identities)
    assert not [node for node in graph["@graph"] if None in node.values() or "" in node.values()]
    return graph["@graph"]


def node(graph: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    found = [node for node in graph if node["@type"] == kind]
    assert len(found) == 1, f"{kind} {[node['@type'] for node in graph]}"
    return found[0]


def types(graph: list[dict[str, Any]]) -> list[str]:
    return [node["@type"] for node in graph]


# --- an episode


def test_recording_is_podcast_episode_with_article(client: Client, episode: Episode) -> None:
    graph = graph_of(client, "/episodes/looms/")
    ada, engine, chapter = episode.appearances.get().speaker, episode.mentions.get().entity, episode.chapters.get()
    page = f"{HERE}/episodes/looms/"
    assert types(graph) == ["WebPage", "Article", "PodcastEpisode", "Clip", "WebSite", "Organization"]
    assert node(graph, "Article") == {
        "@type": "Article",
        "@id": f"{page}#note",
        "url": page,
        "headline": "On looms",
        "description": "In short.",
        "inLanguage": "en",
        "datePublished": "2026-03-02T09:00:00+00:00",
        "dateModified": "2026-03-02T09:00:00+00:00",
        "author": ORGANISATION,
        "publisher": ORGANISATION,
        "isBasedOn": {"@id": f"{page}#recording"},
        "keywords": ["engines"],
        "mentions": [{"@type": "Thing", "@id": f"{HERE}{engine.get_absolute_url()}#entity", "name": "Engine"}],
        "digitalSourceType": MACHINE_MADE,
    }
    assert node(graph, "PodcastEpisode") == {
        "@type": "PodcastEpisode",
        "@id": f"{page}#recording",
        "name": "On looms",
        "url": episode.source_url,
        "datePublished": "2026-03-01",
        "duration": "PT1H",
        "episodeNumber": 12,
        "partOfSeries": {"@type": "PodcastSeries", "name": "Machines"},
        "actor": [
            {
                "@type": "Person",
                "name": "Ada",
                "@id": f"{HERE}{ada.get_absolute_url()}#speaker",
                "url": f"{HERE}{ada.get_absolute_url()}",
            }
        ],
        "hasPart": [{"@id": f"{page}#c{chapter.pk}"}],
    }
    assert node(graph, "Clip") == {
        "@type": "Clip",
        "@id": f"{page}#c{chapter.pk}",
        "name": "A chapter",
        "startOffset": 5,
        "endOffset": 3600,
        "url": f"{page}?t=5",
    }
    assert node(graph, "WebPage") == {
        "@type": "WebPage",
        "@id": page,
        "url": page,
        "inLanguage": "zh-Hans",
        "isPartOf": {"@id": f"{HERE}/#site"},
        "mainEntity": {"@id": f"{page}#note"},
        "name": "On looms",
    }


def test_ids_do_not_depend_on_interface_language(client: Client, episode: Episode) -> None:
    def things(address: str) -> set[str]:
        return {node["@id"] for node in graph_of(client, address) if not node["@type"].endswith("Page")}

    pages = factories.public_pages(episode)
    for name in ("episode", "quote", "prediction", "speaker", "entity"):
        assert things(pages[name]) == things(f"/en{pages[name]}")
    assert node(graph_of(client, "/en/episodes/looms/"), "WebPage")["@id"] == f"{HERE}/en/episodes/looms/"


@pytest.mark.parametrize(("form", "source"), [("article", "Article"), ("book", "Book"), ("own", None)])
def test_article_and_book_are_no_podcast(client: Client, episode: Episode, form: str, source: str | None) -> None:
    Episode.objects.update(form=form)
    graph = graph_of(client, "/episodes/looms/")
    assert types(graph) == ["WebPage", "Article", "WebSite", "Organization"]
    note = node(graph, "Article")
    assert note.get("isBasedOn", {}).get("@type") == source
    assert ("digitalSourceType" in note) == (form != "own")
    if source:
        assert note["isBasedOn"]["url"] == episode.source_url
    quote = node(graph_of(client, episode.quotes.get().get_absolute_url()), "Quotation")
    assert quote["isPartOf"]["@id"] == f"{HERE}/episodes/looms/#note"


def test_video_needs_all_required_properties(client: Client, episode: Episode) -> None:
    page = f"{HERE}/episodes/looms/"
    Episode.objects.update(cover="episodes/cover.png")
    graph = graph_of(client, "/episodes/looms/")
    assert node(graph, "VideoObject") == {
        "@type": "VideoObject",
        "@id": f"{page}#video",
        "name": "On looms",
        "description": "In short.",
        "thumbnailUrl": f"{page}cover/",
        "uploadDate": "2026-03-01",
        "duration": "PT1H",
        "embedUrl": f"https://www.youtube-nocookie.com/embed/{episode.source_id.partition(':')[2]}",
        "hasPart": [{"@id": f"{page}#c{episode.chapters.get().pk}"}],
    }
    assert node(graph, "PodcastEpisode")["associatedMedia"] == {"@id": f"{page}#video"}
    Episode.objects.update(aired_on=None)
    assert "VideoObject" not in types(graph_of(client, "/episodes/looms/"))


def test_clips_need_player_and_valid_time(client: Client, episode: Episode) -> None:
    for title, start, status in [
        ("Same second", 5, "accepted"),
        ("Later", 60, "accepted"),
        ("Beyond", 9999, "accepted"),
        ("Draft", 70, "draft"),
        ("Rejected", 80, "rejected"),
        ("Without", None, "accepted"),
    ]:
        code = "private" if status == "rejected" else ""
        Chapter.objects.create(episode=episode, title=title, start=start, status=status, reject_code=code)
    clips = [node for node in graph_of(client, "/episodes/looms/") if node["@type"] == "Clip"]
    assert [(clip["name"], clip["startOffset"], clip["endOffset"]) for clip in clips] == [
        ("A chapter", 5, 60),
        ("Later", 60, 3600),
    ]
    Episode.objects.update(source_url="https://example.org/looms")
    assert "Clip" not in types(graph_of(client, "/episodes/looms/"))


def test_sound_file_is_an_audio_object(client: Client, episode: Episode) -> None:
    Episode.objects.update(source_url="https://example.org/looms.mp3")
    audio = node(graph_of(client, "/episodes/looms/"), "AudioObject")
    assert audio["contentUrl"] == "https://example.org/looms.mp3"


def test_series_falls_back_to_channel(client: Client, episode: Episode) -> None:
    factories.appearance(episode, label="Radio Loom", role="channel")
    podcast = node(graph_of(client, "/episodes/looms/"), "PodcastEpisode")
    channel = {"@type": "Organization", "name": "Radio Loom"}
    assert podcast["partOfSeries"] == {"@type": "PodcastSeries", "name": "Machines", "author": channel}
    Episode.objects.update(series="")
    podcast = node(graph_of(client, "/episodes/looms/"), "PodcastEpisode")
    assert podcast["partOfSeries"] == {"@type": "PodcastSeries", "name": "Radio Loom", "author": channel}
    assert [actor["name"] for actor in podcast["actor"]] == ["Ada"]


def test_generic_label_is_no_person(client: Client, episode: Episode) -> None:
    factories.appearance(episode, label="guest")
    factories.appearance(episode, label="Bob")
    actors = node(graph_of(client, "/episodes/looms/"), "PodcastEpisode")["actor"]
    assert [actor["name"] for actor in actors] == ["Ada", "Bob"]
    assert "creator" not in node(
        graph_of(client, factories.quote(episode, label="嘉宾").get_absolute_url()), "Quotation"
    )


def test_last_reviewed_needs_full_review(client: Client, episode: Episode) -> None:
    def reviewed() -> str | None:
        return node(graph_of(client, "/episodes/looms/"), "WebPage").get("lastReviewed")

    read = datetime(2026, 4, 5, tzinfo=UTC)
    rows = ("sections", "chapters", "quotes", "predictions", "observations")
    for name in rows:
        getattr(episode, name).update(accepted_at=read)
    assert reviewed() is None, "the summary is not read"
    Episode.objects.update(summary_status="accepted", summary_accepted_at=read)
    assert reviewed() == "2026-04-05"
    later = datetime(2026, 4, 9, tzinfo=UTC)
    episode.quotes.update(verified_at=later)
    assert reviewed() == "2026-04-09"
    Section.objects.create(episode=episode, heading="New", text="Unread.")
    assert reviewed() is None


def test_corrections_have_dates(client: Client, episode: Episode) -> None:
    first = datetime(2026, 3, 1, tzinfo=UTC)
    for number, day in ((1, 1), (2, 5)):
        moment = datetime(2026, 3, day, tzinfo=UTC)
        Snapshot.objects.create(
            episode=episode, number=number, published_at=first, made_at=moment, by=factories.publisher()
        )
    corrections = node(graph_of(client, "/en/episodes/looms/"), "Article")["correction"]
    assert corrections == [
        {"@type": "CorrectionComment", "text": "Corrected: March 5, 2026", "datePublished": "2026-03-05"}
    ]


# Expect the query counts of test_episode and test_quote_and_prediction: the graph makes none.
@pytest.mark.parametrize(("name", "number"), [("quotes", 4), ("predictions", 3)])
def test_graph_makes_no_queries(
    client: Client, episode: Episode, name: str, number: int, django_assert_num_queries
) -> None:
    Prediction.objects.update(outcome="true", due_on="2026-05-01", claim="Claimed.", evidence="Seen.")
    address = getattr(episode, name).get().get_absolute_url()
    with django_assert_num_queries(number):
        client.get(address)


# --- what was said


def test_quote_is_quotation_in_clip(client: Client, episode: Episode) -> None:
    quote = episode.quotes.get()
    quote.accepted_at = datetime(2026, 4, 5, tzinfo=UTC)
    quote.save()
    page, ada = f"{HERE}{quote.get_absolute_url()}", f"{HERE}{quote.speaker.get_absolute_url()}"
    graph = graph_of(client, quote.get_absolute_url())
    assert types(graph) == ["WebPage", "Quotation", "WebSite", "Organization"]
    assert node(graph, "Quotation") == {
        "@type": "Quotation",
        "@id": f"{page}#quote",
        "url": page,
        "text": "Words as spoken.",
        "inLanguage": "en",
        "creator": {"@type": "Person", "name": "Ada", "@id": f"{ada}#speaker", "url": ada},
        "spokenByCharacter": {"@id": f"{ada}#speaker"},
        "isPartOf": {
            "@type": "Clip",
            "@id": f"{page}#clip",
            "startOffset": 65,
            "partOfEpisode": {
                "@type": "PodcastEpisode",
                "@id": f"{HERE}/episodes/looms/#recording",
                "name": "On looms",
            },
            "url": f"{HERE}/episodes/looms/?t=65",
        },
        "datePublished": "2026-03-01",
    }
    assert node(graph, "WebPage")["lastReviewed"] == "2026-04-05"
    assert node(graph, "WebPage")["reviewedBy"] == ORGANISATION


def test_quote_without_valid_time_has_no_clip(client: Client, episode: Episode) -> None:
    for start in (None, 9999):
        quote = factories.quote(episode, start=start)
        place = node(graph_of(client, quote.get_absolute_url()), "Quotation")["isPartOf"]
        assert place["@type"] == "PodcastEpisode"


def test_markup_in_text_is_escaped(client: Client, episode: Episode) -> None:
    text = "</script><script>alert(1)</script> & <!- \u2028"
    quote = factories.quote(episode, text=text)
    assert node(graph_of(client, quote.get_absolute_url()), "Quotation")["text"] == text


def test_judged_prediction_has_claim_review(client: Client, episode: Episode) -> None:
    prediction = episode.predictions.get()
    address = prediction.get_absolute_url()
    page, ada = f"{HERE}{address}", f"{HERE}{prediction.speaker.get_absolute_url()}"
    assert types(graph_of(client, address)) == ["WebPage", "Claim", "WebSite", "Organization"]
    Prediction.objects.update(
        claim="It rains by May.",
        due_on="2026-05-01",
        outcome="true",
        resolved_on="2026-04-30",
        evidence="See **this**.",
    )
    graph = graph_of(client, f"/en{address}")
    assert types(graph) == ["WebPage", "Claim", "ClaimReview", "Quotation", "WebSite", "Organization"]
    assert node(graph, "Claim") == {
        "@type": "Claim",
        "@id": f"{page}#claim",
        "url": page,
        "name": "It rains by May.",
        "text": "It rains by May.",
        "inLanguage": "en",
        "author": {"@type": "Person", "name": "Ada", "@id": f"{ada}#speaker", "url": ada},
        "datePublished": "2026-03-01",
        "appearance": {
            "@type": "PodcastEpisode",
            "@id": f"{HERE}/episodes/looms/#recording",
            "name": "On looms",
        },
        "claimInterpreter": ORGANISATION,
        "temporalCoverage": "2026-03-01/2026-05-01",
    }
    assert node(graph, "ClaimReview") == {
        "@type": "ClaimReview",
        "@id": f"{page}#review",
        "url": page,
        "claimReviewed": "It rains by May.",
        "itemReviewed": {"@id": f"{page}#claim"},
        "author": ORGANISATION,
        "datePublished": "2026-04-30",
        "reviewRating": {
            "@type": "Rating",
            "alternateName": "Came true",
            "ratingValue": 5,
            "bestRating": 5,
            "worstRating": 1,
        },
        "reviewBody": "See this.",
    }
    assert node(graph, "Quotation")["text"] == "It will rain."


@pytest.mark.parametrize(
    ("outcome", "value", "name"),
    [
        ("true", 5, "Came true"),
        ("partly", 3, "Partly"),
        ("false", 1, "Did not come true"),
        ("ambiguous", None, "Cannot be judged (ambiguous)"),
        ("unresolvable", None, "Cannot be judged (no evidence)"),
    ],
)
def test_outcomes_are_rated(client: Client, episode: Episode, outcome: str, value: int | None, name: str) -> None:
    Prediction.objects.update(outcome=outcome)
    rating = node(graph_of(client, f"/en{episode.predictions.get().get_absolute_url()}"), "ClaimReview")["reviewRating"]
    assert (rating.get("ratingValue"), rating["alternateName"]) == (value, name)


# --- names


def test_accepted_speaker_has_description(client: Client, episode: Episode) -> None:
    ada = episode.appearances.get().speaker
    links = ["https://ada.example/", "https://www.wikidata.org/wiki/Q7259", "javascript:alert(1)"]
    Speaker.objects.update(headline="Mathematician", bio="Wrote **notes**.", links=links)
    Alias.objects.create(speaker=ada, name="A. L.")
    address = ada.get_absolute_url()
    bare = {
        "@type": "Person",
        "@id": f"{HERE}{address}#speaker",
        "url": f"{HERE}{address}",
        "name": "Ada",
        "alternateName": ["A. L."],
    }
    graph = graph_of(client, address)
    assert types(graph) == ["ProfilePage", "Person", "WebSite", "Organization"]
    assert node(graph, "Person") == bare
    transition(ada, "accepted", factories.editor())
    assert node(graph_of(client, address), "Person") == bare | {
        "disambiguatingDescription": "Mathematician",
        "description": "Wrote notes.",
        "sameAs": ["https://www.wikidata.org/wiki/Q7259", "https://ada.example/"],
    }
    Speaker.objects.update(kind="channel")
    assert "Person" not in types(graph_of(client, address))


@pytest.mark.parametrize(
    ("kind", "expected"), [("person", "Person"), ("work", "CreativeWork"), ("product", "Thing"), ("method", "Thing")]
)
def test_entity_type_follows_kind(client: Client, episode: Episode, kind: str, expected: str) -> None:
    Entity.objects.update(kind=kind, summary="Hidden.", links=["https://hidden.example/"])
    address = episode.mentions.get().entity.get_absolute_url()
    graph = graph_of(client, address)
    assert node(graph, expected) == {
        "@type": expected,
        "@id": f"{HERE}{address}#entity",
        "url": f"{HERE}{address}",
        "name": "Engine",
    }


def test_terms_form_defined_term_set() -> None:
    site = Site(RequestFactory().get("/glossary/"))
    terms = [
        SimpleNamespace(term="RL", expansion="Reinforcement Learning", explanation="by doing", anchor="rl"),
        SimpleNamespace(term="MoE", expansion="", explanation=""),
    ]
    graph = term_set_graph(site, "Glossary", f"{HERE}/glossary/", terms)["@graph"]
    whole = node(graph, "DefinedTermSet")
    assert whole["hasDefinedTerm"] == [
        {
            "@type": "DefinedTerm",
            "@id": f"{HERE}/glossary/#rl",
            "name": "RL",
            "alternateName": "Reinforcement Learning",
            "description": "by doing",
            "inDefinedTermSet": {"@id": f"{HERE}/glossary/#terms"},
        },
        {"@type": "DefinedTerm", "name": "MoE", "inDefinedTermSet": {"@id": f"{HERE}/glossary/#terms"}},
    ]
    assert node(graph, "WebPage")["mainEntity"] == {"@id": f"{HERE}/glossary/#terms"}


def test_glossary_graph_holds_terms_of_page(client: Client) -> None:
    made = factories.public_episode()
    hidden = Section.objects.create(episode=made, text="Hidden.", status="rejected", reject_code="private")
    for term, section in (("RL", made.sections.get(text="Some words.")), ("Hidden", hidden)):
        Gloss.objects.create(episode=made, section=section, term=term, expansion="Learning")
    whole = node(graph_of(client, "/en/glossary/"), "DefinedTermSet")
    assert [term["name"] for term in whole["hasDefinedTerm"]] == ["RL"]


def test_lists_have_no_graph(client: Client, episode: Episode) -> None:
    for address in ("/", "/episodes/", "/quotes/", "/predictions/", "/speakers/", "/entities/", "/tags/"):
        assert b"ld+json" not in client.get(address).content
    assert linked_data(None) == ""


@pytest.mark.parametrize(("seconds", "expected"), [(None, None), (0, None), (59, "PT59S"), (13812, "PT3H50M12S")])
def test_duration_is_iso_8601(seconds: int | None, expected: str | None) -> None:
    assert iso_duration(seconds) == expected
