"""The preview of Markdown fields."""

import pytest

from episodes.desk.preview import LONGEST_PREVIEW
from tests import factories
from tests.episodes.desk.form_data import (
    page_at,
    signed_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return signed_in(factories.editor())


def test_markdown_preview_is_sanitised_and_uncached(client):
    address = page_at("admin:episodes_episode_preview_markdown")
    text = "**RL**（强化学习）\n\n<script>x</script>\n\n### Part"
    page = client.post(address, {"preview": "sections-0-text", "sections-0-text": text, "summary": "other"})
    content = page.content.decode()
    assert '<b class="term">RL</b><span class="explanation">（强化学习）</span>' in content
    assert "<script>x" not in content
    assert "other" not in content
    assert ("no-store" in page["Cache-Control"], page["X-Robots-Tag"]) == (True, "noindex")
    assert client.post(address).status_code == 200


def test_preview_of_too_long_text_is_refused(client):
    address = page_at("admin:episodes_episode_preview_markdown")
    longest = client.post(address, {"preview": "summary", "summary": "字" * LONGEST_PREVIEW})
    longer = client.post(address, {"preview": "summary", "summary": "字" * (LONGEST_PREVIEW + 1)})
    assert (longest.status_code, longer.status_code) == (200, 413)
    assert "字字" not in longer.content.decode()
    assert str(LONGEST_PREVIEW + 1) in longer.content.decode()
