"""Languages of the desk: no page shows a code or a word of the other language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse
from django.utils import translation

from episodes.desk.review.queue import queue_of
from episodes.models import Decision, Episode, Finding, Prediction, Quote, Tag
from episodes.site import cache as site_cache
from episodes.workflow import reports
from people.models import Entity, Speaker
from tests.episodes.desk import rich_library
from tests.episodes.desk.form_data import signed_in

pytestmark = pytest.mark.django_db

HAN = re.compile(r"[\u3400-\u9fff]")
WORD = re.compile(r"[A-Za-z][A-Za-z_-]+")
# Text that is the same in both languages: program name, file types, keys, formats of times and addresses.
ALIKE = {
    "Greenroom", "Markdown", "HH", "MM", "SS", "md", "episode", "SHA", "ID", "JSON", "Enter", "Ctrl", "Escape", "UTC",
    "http", "https", "www", "youtube", "com", "watch", "Asia", "Shanghai", "SHA-", "Esc", "GREENROOM_SELF_VERIFY",
    "True",
}  # fmt: skip


class Visible(HTMLParser):
    """Parser that collects the visible text of a page, and attributes read by screen readers."""

    UNSEEN = {"script", "style", "template", "head"}
    # Without alt: Django's templates have English "Search", "True" and "False" there.
    READ_OUT = {"placeholder", "aria-label", "title"}

    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.texts = 0, []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.hidden += tag in self.UNSEEN
        self.texts += [value for name, value in attrs if name in self.READ_OUT and value and not self.hidden]
        of = dict(attrs)
        if tag == "input" and of.get("type") == "submit":
            self.texts.append(of.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in self.UNSEEN

    def handle_data(self, data: str) -> None:
        if not self.hidden and data.strip():
            self.texts.append(" ".join(data.split()))


def visible(html: str) -> list[str]:
    page = Visible()
    page.feed(html)
    return page.texts


def desk_pages(episode: Episode) -> Iterator[str]:
    """Yield every list, one form and one history of each kind, the review screen, and all other pages."""
    yield reverse("admin:index")
    for label in ("episodes", "people"):
        for model in (model for model in apps.get_app_config(label).get_models() if admin.site.is_registered(model)):
            name = f"{label}_{model._meta.model_name}"
            yield reverse(f"admin:{name}_changelist")
            for row in model._default_manager.order_by("pk")[:3]:
                yield reverse(f"admin:{name}_change", args=[row.pk])
                yield reverse(f"admin:{name}_history", args=[row.pk])
    yield from of_episode(episode)
    copy = Episode.objects.get(revises=episode)
    yield from of_episode(copy)
    yield reverse("admin:episodes_episode_compare", args=[copy.pk])
    yield reverse("admin:episodes_snapshot_compare", args=[episode.snapshots.first().pk])
    yield reverse("admin:episodes_finding_repairs")
    for code in Finding.objects.filter(repair__isnull=False, state="open").values_list("code", flat=True):
        yield f"{reverse('admin:episodes_finding_repairs')}?code={code}"
    for row in Prediction.objects.order_by("pk"):
        yield reverse("admin:episodes_prediction_change", args=[row.pk])
    for row in Finding.objects.order_by("pk"):
        yield reverse("admin:episodes_finding_change", args=[row.pk])
    for row in Decision.objects.order_by("pk"):
        yield reverse("admin:episodes_decision_change", args=[row.pk])


def of_episode(episode: Episode) -> Iterator[str]:
    yield reverse("admin:episodes_episode_change", args=[episode.pk])
    history = reverse("admin:episodes_episode_history", args=[episode.pk])
    yield from (f"{history}?p={number}" for number in (1, 2, 3))
    review = reverse("admin:episodes_episode_review", args=[episode.pk])
    yield from (f"{review}?mode=decide&at={thing.id}" for thing in queue_of(episode).things)


def read_in(language: str, episode: Episode) -> dict[str, list[str]]:
    with translation.override(language):
        client = signed_in(rich_library.root())
        pages = {page: client.get(page) for page in desk_pages(episode)}
    assert {page: answer.status_code for page, answer in pages.items() if answer.status_code != 200} == {}
    return {page: visible(answer.content.decode()) for page, answer in pages.items()}


def test_chinese_desk_has_no_english_or_codes() -> None:
    episode = rich_library.library("zh")
    slugs = {slug for model in (Episode, Tag, Speaker, Entity) for slug in model.objects.values_list("slug", flat=True)}
    found = {
        (word, text): page
        for page, texts in read_in("zh-hans", episode).items()
        for text in texts
        if text not in slugs
        for word in WORD.findall(re.sub(r"\S+[@/]\S+|\b[\w-]+\.(?:md|html?)\b|%\w+|/[\w/-]+", " ", text))
        if word not in ALIKE
    }
    assert found == {}


def test_english_desk_has_no_chinese_or_codes() -> None:
    episode = rich_library.library("en")
    raw = {
        value
        for model in apps.get_app_config("episodes").get_models()
        for field in model._meta.concrete_fields
        for value, _label in field.flatchoices
        if "_" in str(value)
    }
    from episodes.bases import code_labels

    raw |= {*code_labels.FINDING_CODES, *code_labels.DIALECTS} - {"padding", "leftover", "doubt", "reported"}
    code = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, sorted(raw)))})(?![\w-])")
    found = {
        text: page
        for page, texts in read_in("en", episode).items()
        for text in texts
        # Languages are named in themselves.
        if (HAN.search(text) and text != "简体中文") or code.search(text)
    }
    assert found == {}


@pytest.mark.parametrize("first", ["zh-hans", "en"])
def test_cached_data_is_language_neutral(first: str, monkeypatch: Any, settings: Any) -> None:
    """Each page, rendered after the other language, equals the page rendered with an empty cache."""
    from django.core.cache import cache

    monkeypatch.setattr(site_cache, "LARGE_SITE", 0)
    episode = rich_library.library("en")
    second = {"zh-hans": "en", "en": "zh-hans"}[first]
    cache.clear()
    alone = read_in(second, episode) | public_in(second, episode)
    cache.clear()
    read_in(first, episode)
    public_in(first, episode)
    assert read_in(second, episode) | public_in(second, episode) == alone


def public_in(language: str, episode: Episode) -> dict[str, list[str]]:
    with translation.override(language):
        client = signed_in(rich_library.root())
        names = ("home", "episode_list", "speaker_list", "entity_list", "quote_list", "prediction_list", "tag_list")
        pages = [reverse(name) for name in (*names, "glossary", "about")]
        pages += [episode.get_absolute_url(), reverse("episode_markdown", args=[episode.slug])]
        pages += [row.get_absolute_url() for row in Quote.objects.public()[:2]]
        return {page: visible(client.get(page).content.decode()) for page in pages}


def test_report_is_shown_in_the_readers_language() -> None:
    episode = rich_library.library("en")
    for language, words in {"zh-hans": "说话人不对：", "en": "wrong speaker: "}.items():
        with translation.override(language):
            texts = [found.text for found in episode.findings.filter(code=reports.CODE)]
            assert sum(text.startswith(words) for text in texts) == 1
