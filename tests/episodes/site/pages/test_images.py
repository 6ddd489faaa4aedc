"""Images have no address of their own: a view hands out those of public things, as images and nothing else."""

from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from episodes.models import Episode
from people.models import Speaker
from tests import factories

pytestmark = pytest.mark.django_db


def picture() -> bytes:
    drawn = BytesIO()
    Image.new("RGB", (2, 2), "green").save(drawn, "PNG")
    return drawn.getvalue()


@pytest.fixture
def episode() -> Episode:
    made = factories.public_episode()
    made.cover.save("cover.png", ContentFile(picture()))
    return made


@pytest.fixture
def speaker(episode: Episode) -> Speaker:
    ada = factories.speaker("Ada", status="accepted")
    factories.appearance(episode, ada)
    ada.photo.save("photo.png", ContentFile(picture()))
    return ada


def cover(made: Episode) -> str:
    return reverse("episode_cover", args=[made.slug])


def photo(made: Speaker) -> str:
    return reverse("speaker_photo", args=[made.slug])


def test_cover_of_public_episode_is_served(client: Client, episode: Episode) -> None:
    answer = client.get(cover(episode))
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == picture()
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'"
    assert answer["Cache-Control"].startswith("public, max-age=0")
    assert not answer.cookies
    assert f'src="{cover(episode)}"' in client.get(episode.get_absolute_url()).content.decode()


def test_image_answers_not_modified(client: Client, episode: Episode) -> None:
    first = client.get(cover(episode))
    b"".join(first.streaming_content)
    assert client.get(cover(episode), headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert client.get(cover(episode), headers={"If-Modified-Since": first["Last-Modified"]}).status_code == 304


@pytest.mark.parametrize("status", ["draft", "approved", "withdrawn"])
def test_cover_of_a_hidden_episode_is_missing(client: Client, episode: Episode, status: str) -> None:
    Episode.objects.update(status=status)
    assert client.get(cover(episode)).status_code == 404


def test_photo_of_accepted_speaker_is_served(client: Client, speaker: Speaker) -> None:
    answer = client.get(photo(speaker))
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == picture()
    assert f'src="{photo(speaker)}"' in client.get(speaker.get_absolute_url()).content.decode()


@pytest.mark.parametrize(("status", "code"), [("draft", ""), ("rejected", "private")])
def test_photo_waits_for_acceptance(client: Client, speaker: Speaker, status: str, code: str) -> None:
    Speaker.objects.update(status=status, reject_code=code)
    assert client.get(photo(speaker)).status_code == 404
    page = client.get(speaker.get_absolute_url())
    assert photo(speaker) not in page.content.decode()


def test_photo_of_hidden_speaker_is_missing(client: Client, speaker: Speaker) -> None:
    Episode.objects.update(status="draft")
    assert client.get(photo(speaker)).status_code == 404


@pytest.mark.parametrize("name", ["", "gone.png", "page.html", "drawing.svg", "../../manage.py", "../secret.png"])
def test_invalid_image_file_is_not_served(client: Client, episode: Episode, settings, name: str) -> None:
    (Path(settings.MEDIA_ROOT) / "page.html").write_text("<script>")
    (Path(settings.MEDIA_ROOT) / "drawing.svg").write_text("<svg/>")
    (Path(settings.MEDIA_ROOT).parent / "secret.png").write_bytes(picture())
    Episode.objects.update(cover=name)
    assert client.get(cover(episode)).status_code in (400, 404)
