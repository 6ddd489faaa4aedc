"""Error reports: what the form shows and writes."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from episodes import derived
from episodes.models import Chapter, Decision, Episode, Finding, Section
from episodes.rendering.page import stamped
from episodes.site.contexts.anchors import target_of, text_at
from episodes.workflow.reports import Kind
from tests import factories
from tests.episodes.site.pages.report_data import address, send
from tests.episodes.workflow.steps import stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def episode() -> Episode:
    return factories.full_episode(title="On engines", slug="on-engines")


def english(client: Client, episode: Episode, **query: Any) -> str:
    with translation.override("zh-hans"):
        return client.get(f"/en{address(episode, **query)}").content.decode()


def quoted(html: str) -> list[str]:
    found = re.findall(r"<blockquote[^>]*>(.*?)</blockquote>", html, re.DOTALL)
    return [unescape(" ".join(re.sub(r"<[^>]+>", " ", each).split())) for each in found]


def told() -> list[tuple[str, Any]]:
    return [(finding.message, finding.target) for finding in Finding.objects.all()]


# --- the form


def test_form_has_message_and_kind_only(client: Client, episode: Episode) -> None:
    html = english(client, episode)
    names = set(re.findall(r'name="(\w+)"', html[html.index("<main") :]))
    assert names == {"token", "message", "kind", "website"}
    # No inline script, and none that sends what is written here: they store the text in the browser. The first one
    # belongs to the search box of every page.
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", html, re.DOTALL)
    assert [text for _attributes, text in scripts if text.strip()] == []
    loaded = [re.search(r'src="[^"]*/([^"/]+)" defer', attributes)[1] for attributes, _text in scripts]
    assert loaded == ["search.js", "form-storage.js", "report-form.js"]
    assert '<meta name="robots" content="noindex">' in html
    assert quoted(html) == []


# Expect 3: the site state, the episode, and the passage.
def test_form_costs_three_queries(client: Client, episode: Episode, django_assert_num_queries: Any) -> None:
    for anchor in (f"q{episode.quotes.get().pk}", "s-section"):
        with django_assert_num_queries(3):
            client.get(address(episode, at=anchor))
    with django_assert_num_queries(2):
        client.get(address(episode))


def test_report_sets_no_cookie(episode: Episode) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(factories.editor())
    before = dict(client.cookies.items())
    sent = send(client, episode)
    for answer in (client.get(address(episode)), sent, client.get(sent["Location"]), send(client, episode, message="")):
        assert not answer.cookies
        assert "cookie" not in answer.get("Vary", "").lower()
        assert not answer.wsgi_request.session.accessed
        assert answer.wsgi_request.META.get("CSRF_COOKIE") is None
    assert dict(client.cookies.items()) == before
    assert Finding.objects.count() == 1


def test_report_pages_have_public_headers(client: Client, episode: Episode) -> None:
    for answer in (client.get(address(episode)), client.get(f"{address(episode)}thanks/")):
        assert answer["Cache-Control"] == "public, max-age=0, must-revalidate"
    refused = send(client, episode, message="")
    assert refused["Cache-Control"] == "no-store"
    for answer in (client.get(address(episode)), client.get(f"{address(episode)}thanks/"), refused):
        assert answer["Content-Security-Policy"].startswith("default-src 'self';")
        assert not re.search(r"<style|\sstyle=|\son\w+=", answer.content.decode())
        assert '<meta name="robots" content="noindex">' in answer.content.decode()


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_report_page_allows_get_and_post(client: Client, episode: Episode, method: str) -> None:
    assert getattr(client, method)(address(episode)).status_code == 405
    assert client.post(f"{address(episode)}thanks/").status_code == 405
    assert client.head(address(episode)).status_code == 200


# --- what is meant


def anchored(episode: Episode) -> dict[str, tuple[Any, str]]:
    """Return (anchor, row, text) for each kind of anchor of the page."""
    section = episode.sections.get()
    section.html = stamped(
        '<p id="p-1a2b3c4d">First &amp; <b>bold</b><br>line.</p><ul><li id="p-1a2b3c4d-2">Second <em>one</em></li></ul>'
        f'<h3 id="s{section.pk}-part">Part</h3>'
    )
    section.save()
    quote, prediction = episode.quotes.get(), episode.predictions.get()
    chapter = episode.chapters.get()
    return {
        f"q{quote.pk}": (quote, "Words as spoken."),
        f"p{prediction.pk}": (prediction, "It will rain."),
        f"c{chapter.pk}": (chapter, "A chapter"),
        "s-section": (section, "Section"),
        "p-1a2b3c4d": (section, "First & bold line."),
        "p-1a2b3c4d-2": (section, "Second one"),
        f"s{section.pk}-part": (section, "Part"),
    }


def test_anchor_resolves_to_row_and_text(client: Client, episode: Episode) -> None:
    for number, (anchor, (row, words)) in enumerate(anchored(episode).items()):
        shown = quoted(english(client, episode, at=anchor))
        assert [each.replace("bold line", "boldline") for each in shown] == [words.replace("bold line", "boldline")]
        sent = send(client, episode, at=anchor, message=f"Wrong {number}.", headers={"REMOTE_ADDR": f"10.0.0.{number}"})
        assert sent["Location"] == f"{address(episode)}thanks/?at={anchor}"
        finding = Finding.objects.get(message__startswith=f"Wrong {number}.")
        assert finding.target == row
        assert ("“" in finding.message) == isinstance(row, Section), "a section says which part of it is meant"
        thanks = client.get(sent["Location"]).content.decode()
        assert f'href="{episode.get_absolute_url()}#{anchor}"' in thanks


def test_all_page_anchors_resolve(client: Client, episode: Episode) -> None:
    derived.store_html(episode)
    html = client.get(episode.get_absolute_url()).content.decode()
    text = html[html.index('class="text"') :]
    found = [a for a in re.findall(r' id="([^"]+)"', text) if re.match(r"[qpc]\d|s-|s\d|p-", a)]
    assert {"s-section", f"q{episode.quotes.get().pk}"} <= set(found)
    assert all(target_of(episode, anchor).row for anchor in found)


HOSTILE = [
    "", "q", "q0", "q01", "q-1", "q1.0", "q99999999999999999999", "q١", "q1 or 1=1", "x1", "p-", "p-short",
    "p-" + "a" * 9, "s-", "s-nothing", "s-%", "s0-x", "s1-", "s99999999999999999999-x", "\x00", "q\x00", "<script>",
    "../../etc/passwd", "takeaways", "s-" + "長" * 6_000, "𝟙", "p-aaaaaaaa--1",
]  # fmt: skip


@pytest.mark.parametrize("anchor", HOSTILE, ids=range(len(HOSTILE)))
def test_unknown_anchor_gives_episode(client: Client, episode: Episode, anchor: str) -> None:
    html = english(client, episode, at=anchor)
    assert quoted(html) == []
    assert 'name="at"' not in html
    assert send(client, episode, at=anchor)["Location"] == f"{address(episode)}thanks/"
    assert told() == [("The name is wrong.", episode)]


def test_hidden_anchor_gives_episode(client: Client, episode: Episode) -> None:
    other = factories.full_episode()
    draft = factories.quote(episode, status="draft", text="Hidden.")
    hidden = Section.objects.create(
        episode=episode, heading="Hidden", html='<p id="p-hiddenxx">x</p>', status="rejected", reject_code="private"
    )
    anchors = [f"q{other.quotes.get().pk}", f"q{draft.pk}", "s-hidden", "p-hiddenxx", f"s{hidden.pk}-x"]
    assert [target_of(episode, anchor).row for anchor in anchors] == [None] * 5


def test_element_text_ends_with_element() -> None:
    html = '<p id="p-aaaaaaaa">One<img src="x"> &lt;two&gt;<br/> <span>three</span></p><p>After.</p>'
    assert text_at(html, "p-aaaaaaaa") == "One <two> three"
    assert text_at(html, "p-bbbbbbbb") is None
    assert text_at('<p id="p-aaaaaaaa">No end', "p-aaaaaaaa") == "No end"


def test_selected_text_is_escaped_and_reported(client: Client, episode: Episode) -> None:
    evil = '<script>alert(1)</script>" onload="x'
    html = english(client, episode, at="nowhere", words=evil)
    assert quoted(html) == [evil]
    assert "<script>alert" not in html
    send(client, episode, words=evil, message="<b>Wrong</b>")
    assert told() == [(f"<b>Wrong</b>\n“{evil}”", episode)]


def test_selected_text_within_passage_is_shown_once(client: Client, episode: Episode) -> None:
    anchor = f"q{episode.quotes.get().pk}"
    assert quoted(english(client, episode, at=anchor, words="as spoken")) == ["Words as spoken."]
    assert quoted(english(client, episode, at=anchor, words="elsewhere")) == ["Words as spoken.", "elsewhere"]


def test_long_selected_text_is_shortened(client: Client, episode: Episode) -> None:
    send(client, episode, words="长" * 6_000)
    assert told() == [(f"The name is wrong.\n“{'长' * 500}”", episode)]


# --- what is written


def test_report_writes_one_finding_only(client: Client, episode: Episode) -> None:
    quote = episode.quotes.get()
    page = client.get(episode.get_absolute_url())
    before = stored()
    answer = send(client, episode, at=f"q{quote.pk}", kind="speaker", words="as spoken", message=" It was\r\nBob. ")
    assert (answer.status_code, answer["Location"]) == (302, f"{address(episode)}thanks/?at=q{quote.pk}")
    finding = Finding.objects.get()
    for language in ("en", "zh-hans"):
        with translation.override(language):
            assert finding.text == f"{Kind.SPEAKER.label}{': ' if language == 'en' else '：'}It was\nBob.\n“as spoken”"
    assert finding.message == "wrong speaker: It was\nBob.\n“as spoken”"
    assert (finding.code, finding.severity, finding.origin, finding.state) == ("reported", "warning", "person", "open")
    assert (finding.episode, finding.target, finding.field, finding.repair) == (episode, quote, "", None)
    after = stored()
    assert {model for model in before if before[model] != after[model]} == {Finding}
    assert not Decision.objects.exists()
    again = client.get(episode.get_absolute_url())
    assert (again["Last-Modified"], again["ETag"]) == (page["Last-Modified"], page["ETag"])
    assert b"Bob" not in again.content


def test_repeated_report_is_one_finding(client: Client, episode: Episode) -> None:
    first, second = send(client, episode), send(client, episode)
    assert first["Location"] == second["Location"]
    assert told() == [("The name is wrong.", episode)]


def test_text_in_any_script_is_kept(client: Client, episode: Episode) -> None:
    said = "是“具身”，不是“巨身”。\n\t𝔘𝔫𝔦 👩‍🚀 עברית"
    send(client, episode, message=said)
    assert told() == [(said, episode)]


def test_control_characters_are_removed(client: Client, episode: Episode) -> None:
    send(client, episode, message="a\x00b\x1b[31mc\u202ed\x85e", words="x\x00y\u2066z")
    assert told() == [("ab[31mcde\n“xyz”", episode)]


def test_longest_message_with_line_ends_is_accepted(client: Client, episode: Episode) -> None:
    said = "ab\n" * 666 + "cd"
    assert len(said) == 2_000
    assert send(client, episode, message=said.replace("\n", "\r\n")).status_code == 302
    assert told() == [(said, episode)]


# --- the ways to it


def test_every_item_links_to_report(client: Client, episode: Episode) -> None:
    quote, prediction = episode.quotes.get(), episode.predictions.get()
    said = {f"{address(episode)}?at=q{quote.pk}", f"{address(episode)}?at=p{prediction.pk}"}
    speaker = episode.appearances.get().speaker
    pages = {
        episode.get_absolute_url(): said | {address(episode)},
        speaker.get_absolute_url(): said,
        reverse("quote_list"): {f"{address(episode)}?at=q{quote.pk}"},
        reverse("prediction_list"): {f"{address(episode)}?at=p{prediction.pk}"},
        quote.get_absolute_url(): {f"{address(episode)}?at=q{quote.pk}"},
        prediction.get_absolute_url(): {f"{address(episode)}?at=p{prediction.pk}"},
    }
    for page, expected in pages.items():
        links = re.findall(r"<a\s[^>]*report/[^>]*>", client.get(page).content.decode())
        assert {re.search(r'href="([^"]+)"', link)[1] for link in links} == expected, page
        assert all('rel="nofollow"' in link for link in links)


def test_preview_has_no_report_url(client: Client, episode: Episode) -> None:
    assert f'data-report="{address(episode)}"' in client.get(episode.get_absolute_url()).content.decode()
    client.force_login(factories.publisher())
    preview = client.get(reverse("admin:episodes_episode_preview", args=[episode.pk])).content.decode()
    assert "Words as spoken." in preview
    assert "report" not in preview.replace("report-uri", "")


def test_report_form_is_noindex(client: Client) -> None:
    lines = client.get("/robots.txt").content.decode().splitlines()
    assert {"Disallow: /episodes/*/report/", "Disallow: /en/episodes/*/report/"} <= set(lines)


def test_untimed_chapter_can_be_reported(client: Client, episode: Episode) -> None:
    chapter = Chapter.objects.create(episode=episode, title="Untimed", status="accepted", accepted_at=timezone.now())
    assert target_of(episode, f"c{chapter.pk}").text == "Untimed"
