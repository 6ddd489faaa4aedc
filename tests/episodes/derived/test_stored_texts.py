"""Stored HTML of short texts: used for the text it was made from, and never otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from episodes import derived
from episodes.models import Episode, StoredTexts, Takeaway
from episodes.site.contexts.stored_texts import summary_excerpt
from episodes.workflow import transition
from tests import factories

pytestmark = pytest.mark.django_db


def stored(**fields: object) -> Episode:
    made = factories.public_episode(summary="A *gist*.", **fields)
    Takeaway.objects.create(episode=made, text="One *point*.", status="accepted")
    derived.store_texts([made])
    return made


def test_page_uses_what_is_stored(client: Client) -> None:
    made = stored()
    texts = StoredTexts.objects.get()
    texts.texts = {key: value.replace("gist", "stored") for key, value in texts.texts.items()}
    texts.save()
    html = client.get(made.get_absolute_url()).content.decode()
    assert "A <em>stored</em>." in html
    assert "One <em>point</em>." in html
    assert '<meta name="description" content="A gist.">' in html


def test_changed_summary_is_rendered_anew(client: Client) -> None:
    made = stored()
    Episode.objects.filter(pk=made.pk).update(summary="*Other* words.")
    for address in (made.get_absolute_url(), "/en/episodes/"):
        html = client.get(address).content.decode()
        assert "A gist" not in html
        assert "Other words." in html


def test_rejected_summary_is_not_shown(client: Client) -> None:
    made = stored()
    Episode.objects.filter(pk=made.pk).update(summary_status="rejected", summary_reject_code="private")
    for address in (made.get_absolute_url(), "/en/episodes/"):
        html = client.get(address).content.decode()
        assert "gist" not in html


def test_withdrawal_deletes_what_is_stored() -> None:
    made = stored()
    transition(made, "withdrawn", factories.publisher(), "A reason for visitors.")
    assert list(StoredTexts.objects.all()) == []


def test_render_again_stores_what_is_missing() -> None:
    made = stored()
    StoredTexts.objects.update(digest="0-older")
    factories.episode(summary="A draft")
    call_command("render_again", verbosity=0)
    row = StoredTexts.objects.get()
    assert (row.episode, row.line) == (made, "A gist.")
    assert row.digest == derived.digest_of("A *gist*.")


@pytest.mark.parametrize("text", ["短" * 700, "word " * 60, "e\u0301" * 300, "가" * 200 + "\u1100\u1161" * 90, "short"])
@pytest.mark.parametrize("length", [20, 160, 220])
def test_excerpts_equal_those_made_anew(text: str, length: int) -> None:
    episode: Any = Episode(summary=text)
    anew = summary_excerpt(episode, length)
    episode.stored_line, episode.line_digest = derived.summary_line(text), derived.digest_of(text)
    assert summary_excerpt(episode, length) == anew
