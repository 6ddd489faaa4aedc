"""Notes on the desk: text, download, no editing."""

import pytest
from django.contrib.auth.models import User

from episodes.models import Note
from tests import factories
from tests.episodes.desk.form_data import (
    change_page,
    page_at,
    signed_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return signed_in(factories.editor())


def note(text="One\ntwo\n", name="n.md"):
    return Note.objects.create(episode=factories.episode(), name=name, dialect="front_matter", text=text)


def test_a_note_is_read_with_line_numbers(client):
    page = client.get(page_at("admin:episodes_note_text", note("One\r\n\r\n<b>three</b>\n").pk))
    content = page.content.decode()
    assert '<span id="L1">One</span><span id="L2"></span><span id="L3">&lt;b&gt;three&lt;/b&gt;</span>' in content
    assert 'id="L4"' not in content
    assert ("no-store" in page["Cache-Control"], page["X-Robots-Tag"]) == (True, "noindex")


@pytest.mark.parametrize("text", ["", "One", "\ufeff---\r\ntitle: x\r\n---\r\n", "一\r二\n\n\n"])
def test_a_note_is_downloaded_byte_for_byte(client, text):
    answer = client.get(page_at("admin:episodes_note_download", note(text).pk))
    assert answer.content == text.encode()
    assert answer["Content-Type"] == "text/markdown; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("note.md", 'attachment; filename="note.md"'),
        ('a "b".md', 'attachment; filename="a \\"b\\".md"'),
        ("访谈.md", "attachment; filename*=utf-8''%E8%AE%BF%E8%B0%88.md"),
        ("-a b;c.md", 'attachment; filename="-a b;c.md"'),
        ("a\r\nSet-Cookie: x.md", 'attachment; filename="a__Set-Cookie: x.md"'),
    ],
)
def test_download_has_the_files_name(client, name, header):
    answer = client.get(page_at("admin:episodes_note_download", note(name=name).pk))
    assert answer["Content-Disposition"] == header


def test_a_note_cannot_be_written(client):
    kept = note()
    page = client.get(change_page(kept))
    assert b'name="_save"' not in page.content
    root = signed_in(User.objects.create_superuser("root"))
    for who in (client, root):
        assert who.post(change_page(kept), {"name": "x", "text": "x"}).status_code == 403
        assert who.post(change_page(kept).replace("change", "delete"), {"post": "yes"}).status_code == 403


def test_missing_notes_are_not_found(client):
    for view in ("text", "download"):
        assert client.get(page_at(f"admin:episodes_note_{view}", 999)).status_code == 404
