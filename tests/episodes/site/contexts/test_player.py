"""The player of a recording and its Content-Security-Policy."""

import pytest
from django.test import Client

from episodes.site.contexts.content_policy import CONTENT_SECURITY_POLICY
from episodes.site.contexts.player import Player, player_of
from tests import factories

pytestmark = pytest.mark.django_db

YOUTUBE = "https://www.youtube.com/watch?v=si9iqF5uTFk"


@pytest.mark.parametrize(
    ("source", "player"),
    [
        (YOUTUBE, Player("youtube", "https://www.youtube-nocookie.com/embed/si9iqF5uTFk")),
        ("https://youtu.be/si9iqF5uTFk?t=5", Player("youtube", "https://www.youtube-nocookie.com/embed/si9iqF5uTFk")),
        (
            "https://www.bilibili.com/video/BV1xx411c7mD/?p=1",
            Player("bilibili", "https://player.bilibili.com/player.html?bvid=BV1xx411c7mD"),
        ),
        ("https://cdn.example.net/a.mp3?x=1", Player("audio", "https://cdn.example.net/a.mp3?x=1")),
        ("https://example.net/an-article", None),
        ("https://user;script-src *@evil.example.net/a.mp3", None),
        ("https://*/a.mp3", None),
        ("https://*.example.net/a.mp3", None),
        ("https://例子.example.net/a.mp3", None),
        ("http://cdn.example.net:8080/a.mp3", Player("audio", "http://cdn.example.net:8080/a.mp3")),
        ("javascript:alert(1)//a.mp3", None),
        ("", None),
    ],
)
def test_player_by_source_url(source: str, player: Player | None) -> None:
    episode = factories.episode(source_url=source)
    assert player_of(episode, [factories.quote(episode, start=5)]) == player


def test_no_player_without_times(client: Client) -> None:
    episode = factories.public_episode(source_url=YOUTUBE)
    factories.quote(episode, start=None, start_raw="later")
    answer = client.get(episode.get_absolute_url())
    assert "player.js" not in answer.content.decode()
    assert answer["Content-Security-Policy"] == CONTENT_SECURITY_POLICY


@pytest.mark.parametrize(
    ("source", "allowed"),
    [
        (YOUTUBE, "frame-src https://www.youtube-nocookie.com;"),
        ("https://www.bilibili.com/video/BV1xx411c7mD/", "frame-src https://player.bilibili.com;"),
        ("https://cdn.example.net/a.mp3", "media-src https://cdn.example.net"),
    ],
)
def test_policy_allows_only_the_player(client: Client, source: str, allowed: str) -> None:
    episode = factories.public_episode(source_url=source)
    factories.quote(episode, start=5)
    answer = client.get(episode.get_absolute_url())
    policy = answer["Content-Security-Policy"]
    assert allowed in policy
    assert policy.count("https://") == 1
    assert "unsafe" not in policy
    html = answer.content.decode()
    assert "player.js" in html
    assert not any(tag in html for tag in ("<iframe", "<audio", "<video"))
