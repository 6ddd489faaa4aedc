"""The page of an episode: parts, order, query counts."""

import re
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from episodes.models import Chapter, Episode, Gloss, Observation, Section, Takeaway
from episodes.rendering.page import stamped
from episodes.site.pages.episode import episode_context
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def episode() -> Episode:
    return factories.full_episode(title="On engines")


def html_of(client: Client, episode: Episode) -> str:
    # Restored afterwards: the language of a request stays active in the thread.
    with translation.override("zh-hans"):
        return client.get(f"/en{episode.get_absolute_url()}").content.decode()


def words_of(html: str) -> str:
    return " ".join(re.sub(r"<script.*?</script>|<[^>]+>", " ", html, flags=re.DOTALL).split())


# Expect 10 queries: the site state, the episode, names (credits, mentions, tags, glosses, corrections and
# translations in one UNION), sections, chapters, quotes, predictions, observations, takeaways, and the rarity of the
# mentioned entities.
def test_page_query_count(client: Client, episode: Episode, django_assert_num_queries: Any) -> None:
    Episode.objects.update(translation_key="pair")
    with django_assert_num_queries(10):
        client.get(episode.get_absolute_url())


# Expect 2 more: reviewers and related episodes.
def test_reviewers_and_related_episodes_add_queries(
    client: Client, episode: Episode, django_assert_num_queries: Any
) -> None:
    episode.sections.update(accepted_by=factories.editor(), accepted_at=timezone.now())
    other = factories.public_episode()
    for mention in episode.mentions.all():
        factories.mention(other, mention.entity)
    with django_assert_num_queries(12):
        client.get(episode.get_absolute_url())


# Expect the same 10 for a page of hundreds of rows.
def test_rich_page_needs_no_more_queries(client: Client, episode: Episode, django_assert_num_queries: Any) -> None:
    for number in range(20):
        factories.appearance(episode, factories.speaker(f"Speaker {number}"))
        factories.mention(episode, factories.entity(f"Entity {number}"))
        factories.quote(episode, speaker=factories.speaker(f"Said {number}"))
        factories.prediction(episode, speaker=factories.speaker(f"Foretold {number}"))
        factories.tag(episode, f"tag-{number}")
        Section.objects.create(episode=episode, heading=f"Section {number}", text="**Words**", order=number)
        Takeaway.objects.create(episode=episode, text=f"Point {number}", depth=number % 3, status="accepted")
    with django_assert_num_queries(10):
        client.get(episode.get_absolute_url())


def test_page_never_reads_the_note(client: Client, episode: Episode, django_assert_max_num_queries: Any) -> None:
    episode.notes.create(name="a.md", dialect="front_matter", text="raw", digest="0")
    with django_assert_max_num_queries(10) as queries:
        client.get(episode.get_absolute_url())
    sql = " ".join(query["sql"] for query in queries.captured_queries)
    assert "episodes_note" not in sql
    assert '"episodes_episode"."extra"' not in sql


def test_stored_html_avoids_loading_text(client: Client, episode: Episode) -> None:
    episode.sections.update(html=stamped("<p>Stored.</p>"), text="Written.")
    html = html_of(client, episode)
    assert "<p>Stored.</p>" in html
    assert "Written." not in html


def test_missing_html_is_rendered_and_sanitised(client: Client, episode: Episode) -> None:
    episode.sections.update(html="", text="A **Bold** <script>alert(1)</script>")
    html = html_of(client, episode)
    assert "<b>Bold</b>" in html
    assert "<script>" not in html


def test_parts_are_in_page_order(client: Client, episode: Episode) -> None:
    html = html_of(client, episode)
    landmarks = [
        "<h1",
        "Ada",
        "01:00:00",
        "Source: YouTube",
        "Reviewed by a person",
        "In short.",
        'id="takeaways"',
        'id="chapters"',
        'id="s-section"',
        'id="quotes"',
        'id="predictions"',
        'id="observations"',
        'id="mentions"',
        'id="tags"',
        'id="glossary"',
    ]
    places = [html.index(landmark, html.index("<article")) for landmark in landmarks]
    assert places == sorted(places)


def test_empty_parts_are_left_out(client: Client) -> None:
    html = html_of(client, factories.public_episode())
    for part in ("takeaways", "chapters", "quotes", "predictions", "observations", "mentions", "glossary"):
        assert f'id="{part}"' not in html


def test_contents_link_to_existing_anchors(client: Client, episode: Episode) -> None:
    Section.objects.create(episode=episode, heading="Section", text="Again.", order=9)
    Section.objects.create(episode=episode, heading="**RL**在语言模型中的突破", text="…", order=10)
    html = html_of(client, episode)
    anchors = re.findall(r'<a href="#([^"]+)"', html[html.index('class="contents"') :].partition("</ol>")[0])
    assert anchors == [
        "chapters",
        "s-section",
        "s-section-2",
        "s-rl在语言模型中的突破",
        "quotes",
        "predictions",
        "observations",
        "mentions",
        "glossary",
    ]
    assert len(set(re.findall(r' id="([^"]+)"', html))) == len(re.findall(r' id="([^"]+)"', html))
    for anchor in anchors:
        assert f'id="{anchor}"' in html


def test_section_headings_follow_level(client: Client) -> None:
    made = factories.public_episode()
    made.sections.all().delete()
    for level in (2, 3, 6):
        Section.objects.create(episode=made, heading=f"Level {level}", text="…", level=level, order=level)
    html = html_of(client, made)
    assert re.findall(r'<(h\d) id="s-', html) == ["h2", "h3", "h5"]


def test_outline_is_nested_list_with_formulas(client: Client, episode: Episode) -> None:
    tree = " Root <b>\n ├── Grew $4 \\times$\n │   └── Cost $1,000\n └── Two"
    Section.objects.create(episode=episode, kind="outline", heading="Outline", text=f"```\n{tree}\n```\n", order=5)
    html = re.sub(r"\s*\n\s*", "", html_of(client, episode))
    assert "<ul><li>Root &lt;b&gt;<ul><li>Grew <math" in html
    assert "</math><ul><li>Cost $1,000</li></ul></li><li>Two</li></ul>" in html


def test_outline_without_fence_is_recognised(client: Client, episode: Episode) -> None:
    Section.objects.create(episode=episode, kind="outline", text="A\n  B", order=5)
    html = re.sub(r"\s*\n\s*", "", html_of(client, episode))
    assert "<ul><li>A<ul><li>B</li></ul></li></ul>" in html


# --- who and where


def test_credits_link_to_existing_pages_only(client: Client) -> None:
    made = factories.public_episode()
    ada = factories.speaker("Ada Lovelace")
    factories.appearance(made, ada, label="Ada", role="guest")
    factories.appearance(made, None, label="Speaker 1")
    html = html_of(client, made)
    credits = html[html.index("credits") : html.index("metadata")]
    assert re.findall(r'href="([^"]+)"', credits) == [f"/en/speakers/{ada.slug}/"]
    assert "Ada Lovelace" in credits
    assert "Speaker 1" in credits
    assert "guest" in words_of(credits)


def test_times_link_to_the_second(client: Client, episode: Episode) -> None:
    Episode.objects.update(source_url="https://www.youtube.com/watch?v=abc&t=3")
    html = html_of(client, episode)
    assert 'href="https://www.youtube.com/watch?v=abc&amp;t=65" rel="noopener" data-t="65">00:01:05</a>' in html


def test_time_beyond_end_has_no_link(client: Client, episode: Episode) -> None:
    Chapter.objects.create(episode=episode, start=31 * 3600, title="Impossible", status="accepted")
    assert '<span class="time">31:00:00</span>' in html_of(client, episode)


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "http:// x", "no address"]
)
def test_unsafe_source_is_no_link(client: Client, episode: Episode, address: str) -> None:
    Episode.objects.update(source_url=address)
    html = html_of(client, episode)
    assert address not in html
    assert "Source" not in words_of(html)


def test_translations_are_labelled_by_language(client: Client, episode: Episode) -> None:
    Episode.objects.update(translation_key="pair")
    other = factories.public_episode(language="zh-Hans", translation_key="pair")
    factories.episode(language="zh-Hant", translation_key="pair")
    facts = re.search(r'<ul class="metadata">.*?</ul>', html_of(client, episode), re.DOTALL)[0]
    assert re.findall(r'hreflang="([^"]+)"', facts) == ["zh-Hans"]
    assert f'href="/en{other.get_absolute_url()}"' in facts


def test_foreign_content_has_lang_attribute(client: Client, episode: Episode) -> None:
    assert re.search(r'<h1\s+lang="en">', client.get(episode.get_absolute_url()).content.decode())
    assert re.search(r"<h1\s*>", html_of(client, episode))


# --- takeaways, observations, mentions, glossary


def takeaway(episode: Episode, text: str, depth: int = 0, **fields: Any) -> None:
    order = episode.takeaways.count()
    Takeaway.objects.create(episode=episode, text=text, depth=depth, order=order, **{"status": "accepted", **fields})


def outline(nodes: list) -> list:
    return [(node.row.shown_text, outline(node.children)) for node in nodes]


def test_takeaways_nest_under_their_headings(client: Client) -> None:
    made = factories.public_episode()
    for text, depth, heading in [("a", 0, "I"), ("b", 1, "I"), ("c", 2, "I"), ("d", 1, "I"), ("e", 0, "II")]:
        takeaway(made, text, depth, heading=heading)
    groups = client.get(made.get_absolute_url()).context["takeaways"]
    assert [(heading, outline(nodes)) for heading, nodes in groups] == [
        ("I", [("a", [("b", [("c", [])]), ("d", [])])]),
        ("II", [("e", [])]),
    ]


def test_child_of_hidden_takeaway_keeps_level(client: Client) -> None:
    made = factories.public_episode()
    takeaway(made, "shown")
    takeaway(made, "hidden", status="draft")
    takeaway(made, "of the hidden one", 1)
    groups = client.get(made.get_absolute_url()).context["takeaways"]
    assert [outline(nodes) for _heading, nodes in groups] == [[("shown", []), ("of the hidden one", [])]]


def test_observations_are_grouped_by_kind(client: Client) -> None:
    made = factories.public_episode()
    for kind in ("texture", "gesture", "setting", "gesture"):
        Observation.objects.create(episode=made, kind=kind, detail=kind, status="accepted")
    groups = client.get(f"/en{made.get_absolute_url()}").context["observations"]
    assert [(kind, len(rows)) for kind, rows in groups] == [("setting", 1), ("gesture", 2), ("texture", 1)]


def test_mentions_are_grouped_without_duplicates(client: Client) -> None:
    made = factories.public_episode()
    ada, engine = factories.entity("Ada", kind="person"), factories.entity("Engine", kind="product")
    factories.mention(made, engine)
    factories.mention(made, ada, listed_as="people")
    factories.mention(made, ada, listed_as="人物")
    groups = client.get(f"/en{made.get_absolute_url()}").context["mentions"]
    assert [(kind, [name.name for name in names]) for kind, names in groups] == [
        ("People", ["Ada"]),
        ("Products", ["Engine"]),
    ]


def test_glossary_explains_each_term_once(client: Client) -> None:
    made = factories.public_episode()
    section = made.sections.get()
    for explanation in ("short", "the longer explanation", ""):
        Gloss.objects.create(episode=made, section=section, term="RL", expansion="Learning", explanation=explanation)
    html = html_of(client, made)
    assert words_of(html[html.index('id="glossary"') :]).count("RL") == 1
    assert "the longer explanation" in html


def test_hostile_text_is_escaped(client: Client) -> None:
    bad = "<img src=x onerror=alert(1)>\"'"
    made = factories.full_episode(title=bad, summary=bad, series=bad, area=bad, category=bad, withdrawn_reason=bad)
    made.sections.update(heading=bad, text=bad)
    made.quotes.update(text=bad, context=bad, label=bad)
    made.predictions.update(words=bad, claim=bad, horizon=bad)
    made.chapters.update(title=bad, summary=bad, start=None, start_raw=bad)
    made.glosses.update(term=bad, expansion=bad, explanation=bad)
    made.observations.update(cue=bad, detail=bad, reading=bad)
    assert "<img" not in html_of(client, made)


def test_untitled_episode_shows_slug(client: Client) -> None:
    made = factories.public_episode(title="", slug="nameless")
    assert re.search(r"<h1[^>]*>nameless</h1>", html_of(client, made))


def test_description_is_one_short_line(client: Client) -> None:
    made = factories.public_episode(summary="**Bold** words.\n\n" + "And more. " * 60)
    found = re.search(r'<meta name="description" content="([^"]*)">', html_of(client, made))
    assert found[1].startswith("Bold words. And more.")
    assert len(found[1]) <= 160


def test_page_queries_ignore_library_size(client: Client, episode: Episode, db: None) -> None:
    from django.db import connection

    with CaptureQueriesContext(connection) as before:
        client.get(episode.get_absolute_url())
    for _number in range(5):
        factories.full_episode()
    with CaptureQueriesContext(connection) as after:
        client.get(episode.get_absolute_url())
    assert len(before) == len(after) == 10


# --- the same page for the desk


def test_preview_shows_undecided_but_no_rejected() -> None:
    made = factories.episode()
    for status, code in [("draft", ""), ("accepted", ""), ("rejected", "trivial")]:
        review = {"status": status, "reject_code": code}
        factories.quote(made, text=status, **review)
        Chapter.objects.create(episode=made, title=status, **review)
        takeaway(made, status, **review)
    context = episode_context(made, preview=True)
    assert [row.text for row in context["quotes"]] == ["draft", "accepted"]
    assert [row.title for row in context["chapters"]] == ["draft", "accepted"]
    assert outline(context["takeaways"][0][1]) == [("draft", []), ("accepted", [])]
    assert [row.text for row in episode_context(made)["quotes"]] == ["accepted"]


def test_preview_is_labelled(rf: Any) -> None:
    made = factories.full_episode(cover="episodes/cover.png")
    html = render_to_string("site/pages/episode.html", episode_context(made, preview=True), rf.get("/admin/"))
    assert 'class="preview"' in html
    assert "canonical" not in html
    assert f'src="{reverse("admin:episodes_episode_cover", args=[made.pk])}"' in html
