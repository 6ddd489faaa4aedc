"""Pictures: checked by content, stored under a random name, served by the desk to users who may see them."""

import io
import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from episodes.bases import uploads
from episodes.models import Episode
from tests import factories
from tests.episodes.desk.form_data import (
    change_page,
    errors_in,
    page_at,
    save,
    signed_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def client():
    return signed_in(factories.editor())


def picture(kind="PNG", size=(3, 2)):
    content = io.BytesIO()
    Image.new("RGB", size).save(content, kind)
    return content.getvalue()


def upload(content, name="cover.png", content_type="image/png"):
    return SimpleUploadedFile(name, content, content_type)


@pytest.mark.parametrize(("kind", "extension"), [("PNG", ".png"), ("JPEG", ".jpg"), ("WEBP", ".webp")])
def test_picture_gets_a_random_name(client, kind, extension):
    episode = factories.episode()
    answer = save(client, episode, cover=upload(picture(kind), "../../me & you.exe"))
    assert answer.status_code == 302
    episode.refresh_from_db()
    folder, name = episode.cover.name.split("/")
    assert (folder, len(name), name[32:]) == ("episodes", 32 + len(extension), extension)
    shown = client.get(page_at("admin:episodes_episode_cover", episode.pk))
    assert b"".join(shown.streaming_content) == picture(kind)
    assert shown["Content-Type"] == uploads.CONTENT_TYPES[extension]
    assert "no-store" in shown["Cache-Control"]
    assert page_at("admin:episodes_episode_cover", episode.pk) in client.get(change_page(episode)).content.decode()


def test_picture_is_kept_or_removed(client):
    episode = factories.episode()
    save(client, episode, cover=upload(picture()))
    save(client, episode, title="Other")
    episode.refresh_from_db()
    assert episode.cover
    save(client, episode, **{"cover-clear": "on"})
    episode.refresh_from_db()
    assert not episode.cover
    assert client.get(page_at("admin:episodes_episode_cover", episode.pk)).status_code == 404


def bomb():
    """Return a PNG that declares 20,000 × 20,000 pixels without containing them."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


REFUSED = {
    "no picture": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "JPEG, PNG or WebP"),
    "a page with the head of a picture": (b"\x89PNG\r\n\x1a\n<script>alert(1)</script>", "JPEG, PNG or WebP"),
    "another format": (picture("GIF"), "JPEG, PNG or WebP"),
    "cut off": (picture("JPEG")[:40], "JPEG, PNG or WebP"),
    "a bomb": (bomb(), "40 megapixels"),
    "a moderate bomb": (picture("PNG", (8_000, 6_000)), "40 megapixels"),
    "too large": (picture() + b"\0" * uploads.MAX_BYTES, "5 MB"),
    "empty": (b"", "JPEG, PNG or WebP"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_other_files_are_refused_with_error(client, what):
    episode = factories.episode()
    content, complaint = REFUSED[what]
    assert complaint in errors_in(save(client, episode, cover=upload(content)))
    assert not Episode.objects.get().cover


def test_read_only_form_links_to_no_file(client):
    episode = factories.public_episode(cover="episodes/x.png")
    page = client.get(change_page(episode)).content.decode()
    assert 'href="/episodes/x.png"' not in page
    assert page_at("admin:episodes_episode_cover", episode.pk) in page
