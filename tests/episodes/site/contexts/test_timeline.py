"""Quotes and predictions grouped by chapter, and the timeline bar."""

import re
from typing import Any

import pytest
from django.test import Client

from episodes.models import Chapter, Episode
from episodes.site.contexts.timeline import timeline, timeline_bar
from tests import factories

pytestmark = pytest.mark.django_db


def chapters(episode: Episode, *starts: int | None) -> list[Chapter]:
    return [
        Chapter.objects.create(episode=episode, start=start, title=f"At {start}", status="accepted") for start in starts
    ]


def told(
    episode: Episode, rows: list[Chapter], quotes: list[Any], predictions: list[Any]
) -> list[tuple[str, list[str]]]:
    found = timeline(episode, rows, quotes, predictions)
    return [(part.chapter.title, [str(item) for item in part.statements]) for part in found.parts]


def test_statement_belongs_to_chapter_by_time() -> None:
    episode = factories.episode(duration=1000)
    rows = chapters(episode, 0, 100, 200)
    quotes = [factories.quote(episode, text=f"q{start}", start=start) for start in (0, 99, 100, 999)]
    foretold = [factories.prediction(episode, words="p150", start=150)]
    assert told(episode, rows, quotes, foretold) == [
        ("At 0", ["q0", "q99"]),
        ("At 100", ["q100", "p150"]),
        ("At 200", ["q999"]),
    ]


def test_early_statement_belongs_to_first_chapter() -> None:
    episode = factories.episode()
    assert told(episode, chapters(episode, 60), [factories.quote(episode, text="early", start=5)], []) == [
        ("At 60", ["early"])
    ]


def test_statement_without_valid_time_stays_outside() -> None:
    episode = factories.episode(duration=1000)
    rows = chapters(episode, 0, 5000, None)
    untimed, beyond = factories.quote(episode, start=None), factories.quote(episode, start=1001)
    found = timeline(episode, rows, [untimed, beyond], [])
    assert [part.statements for part in found.parts] == [[], [], []]
    assert found.quotes == [untimed, beyond]


def test_without_chapters_all_statements_are_listed() -> None:
    episode = factories.episode()
    quote, prediction = factories.quote(episode), factories.prediction(episode)
    found = timeline(episode, [], [quote], [prediction])
    assert (found.parts, found.quotes, found.predictions) == ([], [quote], [prediction])


def test_bar_divides_the_recording() -> None:
    episode = factories.episode(duration=1000)
    rows = chapters(episode, 0, 250, 900)
    drawn = timeline_bar(
        episode, rows, [factories.quote(episode, start=500)], [factories.prediction(episode, start=None)]
    )
    assert drawn is not None
    assert [(x, width, chapter.start) for x, width, chapter in drawn.chapters] == [
        (0, 250, 0),
        (250, 650, 250),
        (900, 100, 900),
    ]
    assert (drawn.quotes, drawn.predictions) == ([500], [])
    assert drawn.marks == ["0:00", "0:04", "0:08", "0:12", "0:16"]


@pytest.mark.parametrize(
    ("duration", "starts"), [(None, (0, 1, 2)), (0, (0, 1, 2)), (100, (0, 50)), (100, (0, 50, 5000))]
)
def test_bar_needs_duration_and_three_chapters(duration: int | None, starts: tuple[int, ...]) -> None:
    episode = factories.episode(duration=duration)
    assert timeline_bar(episode, chapters(episode, *starts), [], []) is None


def test_each_statement_is_shown_once(client: Client) -> None:
    episode = factories.full_episode()
    quote, prediction = episode.quotes.get(), episode.predictions.get()
    episode.predictions.update(start=70)
    html = client.get(f"/en{episode.get_absolute_url()}").content.decode()
    for anchor in (f"q{quote.pk}", f"p{prediction.pk}"):
        assert html.count(f'id="{anchor}"') == 1
        assert html.count(f'href="#{anchor}"') == 1


def test_untimed_statement_is_marked_in_text(client: Client) -> None:
    episode = factories.public_episode()
    episode.sections.update(text="They met. Machines will **think** of us. They left.")
    quote = factories.quote(episode, text="Machines will think of us.", start=None)
    absent = factories.prediction(episode, words="Nobody said this here.", start=None)
    html = client.get(f"/en{episode.get_absolute_url()}").content.decode()
    assert re.findall(r'<mark class="said" id="([^"]+)">', html) == [f"at-q{quote.pk}"]
    assert f'href="#at-q{quote.pk}"' in html
    assert f"at-p{absent.pk}" not in html
