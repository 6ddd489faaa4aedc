"""The preview of an episode's page for users who may view drafts."""

import pytest

from episodes.models import Chapter, Mention, Prediction, Quote, Section, Takeaway
from tests import factories
from tests.episodes.desk.form_data import page_at, signed_in

pytestmark = pytest.mark.django_db


def preview(episode, user=None):
    return signed_in(user or factories.verifier()).get(page_at("admin:episodes_episode_preview", episode.pk))


def fill_with(episode, status):
    """Create one row of each kind in this status, with text that names the status."""
    known = {"episode": episode, "status": status}
    if status == "rejected":
        known["reject_code"] = "trivial"
    word = f"{status}word"
    Section.objects.create(text=f"{word}1", **known)
    Chapter.objects.create(title=f"{word}2", **known)
    Quote.objects.create(text=f"{word}3", **known)
    Prediction.objects.create(words=f"{word}4", **known)
    Takeaway.objects.create(text=f"{word}5", **known)
    Mention.objects.create(entity=factories.entity(f"{word}6"), **known)
    return {f"{word}{number}" for number in range(1, 7)}


@pytest.mark.parametrize("status", ["draft", "in_review", "approved"])
def test_preview_shows_all_but_rejected_items(status):
    episode = factories.episode(status=status, title="Not public", summary="Its summary.")
    wanted = fill_with(episode, "draft") | fill_with(episode, "accepted")
    unwanted = fill_with(episode, "rejected")
    page = preview(episode).content.decode()
    assert "Not public" in page
    assert "Its summary." in page
    assert {word for word in wanted if word in page} == wanted
    assert {word for word in unwanted if word in page} == set()
    assert 'class="preview"' in page


def test_preview_is_not_cached_or_indexed():
    page = preview(factories.episode())
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    assert page["X-Robots-Tag"] == "noindex"


def test_unpublished_page_stays_not_found():
    episode = factories.episode()
    assert preview(episode).status_code == 200
    assert signed_in(factories.editor()).get(f"/en/episodes/{episode.slug}/").status_code == 404


def test_withdrawn_is_previewed_missing_is_not_found():
    assert preview(factories.public_episode(status="withdrawn", title="Gone")).status_code == 200
    assert signed_in(factories.verifier()).get(page_at("admin:episodes_episode_preview", 999)).status_code == 404
