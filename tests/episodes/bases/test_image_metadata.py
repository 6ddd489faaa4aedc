"""Metadata of pictures never reaches visitors, in any format and by any way of upload."""

from __future__ import annotations

import io
import os
import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from PIL import Image, ImageCms, PngImagePlugin
from PIL.ExifTags import GPS, IFD, Base

from episodes.bases import uploads
from episodes.bases.image_metadata import has_no_metadata
from episodes.models import Episode
from people.models import Speaker
from tests import factories
from tests.episodes.desk.form_data import save, signed_in

SECRET = b"Kwyjibo"
GIF_WITH_COMMENT = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xfe\x07Kwyjibo\x00" + (
    b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)


def exif(orientation: int = 1) -> Image.Exif:
    data = Image.Exif()
    data[Base.Make], data[Base.Orientation] = "Kwyjibo", orientation
    data.get_ifd(IFD.Exif)[Base.UserComment] = b"Kwyjibo"
    gps = data.get_ifd(IFD.GPSInfo)
    gps[GPS.GPSLatitudeRef], gps[GPS.GPSLatitude] = "N", (48.0, 8.0, 12.0)
    gps[GPS.GPSAreaInformation] = b"Kwyjibo"
    return data


def image(size: tuple[int, int] = (40, 20), mode: str = "RGB") -> Image.Image:
    picture = Image.new(mode, size, "white")
    picture.paste("red", (0, 0, size[0] // 2, size[1] // 2))
    return picture


def written(kind: str, picture: Image.Image | None = None, **options: object) -> bytes:
    content = io.BytesIO()
    (picture or image()).save(content, kind, **options)
    return content.getvalue()


def profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def jpeg() -> bytes:
    return written("JPEG", exif=exif(6), comment=SECRET, icc_profile=profile(), xmp=b"<x:xmpmeta>Kwyjibo</x:xmpmeta>")


def iptc() -> bytes:
    """Return a JPEG with a Photoshop segment."""
    content = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00" + SECRET
    return written("JPEG")[:2] + b"\xff\xed" + struct.pack(">H", len(content) + 2) + content + written("JPEG")[2:]


def png() -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "Kwyjibo")
    info.add_itxt("XML:com.adobe.xmp", "Kwyjibo", zip=True)
    info.add_text("Comment", "Kwyjibo", zip=True)
    return written("PNG", pnginfo=info, exif=exif(), icc_profile=profile())


def webp() -> bytes:
    return written("WEBP", exif=exif(3).tobytes(), xmp=SECRET, icc_profile=profile())


def animated(kind: str) -> bytes:
    return written(kind, append_images=[image((40, 20)).rotate(180)], save_all=True, duration=100)


PICTURES: dict[str, Callable[[], bytes]] = {
    "a photograph with GPS": jpeg,
    "a press photograph": iptc,
    "a JPEG with a tail": lambda: written("JPEG") + SECRET,
    "a JPEG with another behind it": lambda: written("JPEG") + jpeg(),
    "a PNG with texts": png,
    "a PNG with a tail": lambda: written("PNG") + SECRET,
    "a PNG of 16 colours": lambda: written("PNG", image().convert("P"), transparency=0, pnginfo=None, dpi=(300, 300)),
    "a WebP with GPS": webp,
    "an animated PNG": lambda: animated("PNG"),
    "an animated WebP": lambda: animated("WEBP"),
    "a JPEG for print": lambda: written("JPEG", image().convert("CMYK"), exif=exif()),
    "a WebP with a tail": lambda: written("WEBP") + SECRET,
}
PLAIN = {".jpg": "JPEG", ".png": "PNG", ".webp": "WEBP"}


def upload(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("photo.png", content, "image/png")


def suffix_of(content: bytes) -> str:
    return uploads.extension_of(upload(content))


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


# --- re-encoded


@pytest.mark.parametrize("what", PICTURES)
def test_picture_is_reencoded_without_metadata(what):
    before = PICTURES[what]()
    assert not has_no_metadata(before, suffix_of(before))
    after, suffix = uploads.reencoded(upload(before))
    assert has_no_metadata(after, suffix)
    assert SECRET not in after
    drawn = Image.open(io.BytesIO(after))
    assert not drawn.getexif()
    assert getattr(drawn, "n_frames", 1) == 1
    assert set(drawn.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "loop", "timestamp", "background"}
    assert uploads.reencoded(upload(after))[1] == suffix


@pytest.mark.parametrize(("orientation", "corner"), [(1, (2, 2)), (3, (37, 17)), (6, (17, 2)), (8, (2, 37))])
def test_orientation_is_applied(orientation, corner):
    content, _suffix = uploads.reencoded(upload(written("JPEG", exif=exif(orientation), quality=95)))
    drawn = Image.open(io.BytesIO(content))
    assert drawn.size == ((40, 20) if orientation in (1, 3) else (20, 40))
    red, green, blue = drawn.convert("RGB").getpixel(corner)
    assert red > 200
    assert max(green, blue) < 60


def test_colours_of_other_profile_become_srgb():
    # The profile swaps red and green: its red is green on the screen.
    swapped = profile().replace(b"rXYZ", b"----", 1).replace(b"gXYZ", b"rXYZ", 1).replace(b"----", b"gXYZ", 1)
    content, _suffix = uploads.reencoded(upload(written("PNG", icc_profile=swapped)))
    drawn = Image.open(io.BytesIO(content))
    assert "icc_profile" not in drawn.info
    red, green, blue = drawn.getpixel((2, 2))
    assert green > 240
    assert max(red, blue) < 15


def test_broken_profile_is_dropped():
    content, suffix = uploads.reencoded(upload(written("PNG", icc_profile=b"no profile")))
    assert has_no_metadata(content, suffix)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_transparency_is_kept(kind):
    content, _suffix = uploads.reencoded(upload(written(kind, Image.new("RGBA", (4, 4), (0, 0, 0, 0)), exif=exif())))
    assert Image.open(io.BytesIO(content)).convert("RGBA").getpixel((1, 1))[3] == 0


def test_large_picture_shrinks_in_proportion():
    content, _suffix = uploads.reencoded(upload(written("JPEG", image((4000, 1000)))))
    assert Image.open(io.BytesIO(content)).size == (uploads.LONGEST_SIDE, 600)


def test_noise_is_halved_to_fit_limit(monkeypatch):
    monkeypatch.setattr(uploads, "MAX_BYTES", 60_000)
    noise = Image.frombytes("RGB", (128, 128), random.Random(1).randbytes(128 * 128 * 3))
    content, _suffix = uploads.reencoded(upload(written("PNG", noise)))
    assert Image.open(io.BytesIO(content)).size == (128, 128)
    monkeypatch.setattr(uploads, "MAX_BYTES", 50_000)
    assert len(uploads._save_below_limit(noise, "PNG", {})) <= 50_000


def test_plain_jpeg_keeps_its_quality():
    before = written("JPEG", quality=60)
    after, _suffix = uploads.reencoded(upload(before))
    assert Image.open(io.BytesIO(after)).quantization == Image.open(io.BytesIO(before)).quantization
    assert abs(len(after) - len(before)) < 10


# --- pictures without metadata


@pytest.mark.parametrize(("suffix", "kind"), PLAIN.items())
def test_plain_picture_passes_by_own_suffix(suffix, kind):
    content = written(kind)
    assert {other for other in PLAIN if has_no_metadata(content, other)} == {suffix}
    assert not has_no_metadata(content, ".svg")


@pytest.mark.parametrize("kind", PLAIN.values())
def test_truncated_picture_is_rejected(kind):
    content = written(kind)
    suffix = suffix_of(content)
    assert {at for at in range(len(content)) if has_no_metadata(content[:at], suffix)} == set()


def test_progressive_jpeg_has_no_metadata():
    assert has_no_metadata(written("JPEG", image((200, 200)), progressive=True), ".jpg")


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


@pytest.mark.parametrize("name", [b"tEXt", b"iTXt", b"zTXt", b"eXIf", b"iCCP", b"tIME", b"acTL", b"prVt", b"pHYs"])
def test_png_with_other_chunk_is_rejected(name):
    content = written("PNG")
    assert has_no_metadata(content, ".png")
    assert not has_no_metadata(content[:33] + chunk(name, SECRET) + content[33:], ".png")


@pytest.mark.parametrize("marker", [0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xEF, 0xFE])
def test_jpeg_with_other_segment_is_rejected(marker):
    content = written("JPEG")
    segment = b"\xff" + bytes([marker]) + struct.pack(">H", len(SECRET) + 2) + SECRET
    assert not has_no_metadata(content[:2] + segment + content[2:], ".jpg")
    thumbnail = b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x01\x01" + SECRET
    segment = b"\xff\xe0" + struct.pack(">H", len(thumbnail) + 2) + thumbnail
    assert not has_no_metadata(content[:2] + segment + content[2:], ".jpg")


# --- uploaded, stored, served


@pytest.mark.django_db
@pytest.mark.parametrize("what", PICTURES)
def test_uploaded_cover_is_served_without_metadata(client, what):
    episode = factories.episode()
    assert save(signed_in(factories.editor()), episode, cover=upload(PICTURES[what]())).status_code == 302
    episode.refresh_from_db()
    stored = Path(episode.cover.path).read_bytes()
    assert SECRET not in stored
    Episode.objects.update(status="published", published_at="2024-01-01T00:00:00Z")
    answer = client.get(f"{episode.get_absolute_url()}cover/")
    assert b"".join(answer.streaming_content) == stored


@pytest.mark.django_db
@pytest.mark.parametrize(
    "content", [GIF_WITH_COMMENT, b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"BM" + b"\0" * 60]
)
def test_other_format_is_refused_by_content(content):
    episode = factories.episode()
    assert save(signed_in(factories.editor()), episode, cover=upload(content)).status_code == 200
    assert not Episode.objects.get().cover


@pytest.mark.django_db
@pytest.mark.parametrize("what", PICTURES)
def test_stored_metadata_is_removed_by_command(client, what):
    before = PICTURES[what]()
    suffix = suffix_of(before)
    episode, ada = factories.public_episode(), factories.speaker("Ada", status="accepted")
    factories.appearance(episode, ada)
    episode.cover.save(f"cover{suffix}", ContentFile(before))
    ada.photo.save(f"photo{suffix}", ContentFile(before))
    addresses = [f"{episode.get_absolute_url()}cover/", f"{ada.get_absolute_url()}photo/"]
    assert [client.get(address).status_code for address in addresses] == [404, 404]
    names = Episode.objects.get().cover.name, Speaker.objects.get().photo.name
    call_command("reencode_pictures")
    assert (Episode.objects.get().cover.name, Speaker.objects.get().photo.name) == names
    for address in addresses:
        answer = client.get(address)
        assert SECRET not in b"".join(answer.streaming_content)


@pytest.mark.django_db
def test_second_command_run_changes_nothing(capsys):
    episode = factories.public_episode()
    episode.cover.save("cover.jpg", ContentFile(jpeg()))
    path = Path(episode.cover.path)
    os.chmod(path, 0o640)
    call_command("reencode_pictures")
    assert "1 drawn anew, 0 had no metadata." in capsys.readouterr().out
    once, mode = path.read_bytes(), path.stat().st_mode
    call_command("reencode_pictures")
    assert "0 drawn anew, 1 had no metadata." in capsys.readouterr().out
    assert (path.read_bytes(), path.stat().st_mode) == (once, mode)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.django_db
def test_command_lists_unreadable_pictures(client, capsys):
    episode = factories.public_episode()
    episode.cover.save("a.jpg", ContentFile(b"no picture"))
    good = factories.public_episode()
    good.cover.save("b.jpg", ContentFile(jpeg()))
    with pytest.raises(CommandError, match="1 could not be read"):
        call_command("reencode_pictures")
    assert "episodes/a.jpg" in capsys.readouterr().err
    assert client.get(f"{episode.get_absolute_url()}cover/").status_code == 404
    answer = client.get(f"{good.get_absolute_url()}cover/")
    assert has_no_metadata(b"".join(answer.streaming_content), ".jpg")
