"""Property: any fixture row is refused in one line, or no page of site and desk fails after it was loaded."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.apps import apps
from django.core.cache import caches
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import models, transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from episodes import derived
from episodes.models import ITEMS, MADE_BY_SITE, Episode, Finding, Note
from episodes.site.syndication.sitemaps import SECTIONS
from people.models import Alias, Entity, Speaker
from tests import factories

# loaddata warns of naive datetimes, which are read in the site's time zone.
pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:.*naive datetime:RuntimeWarning")]

# Without those that are always refused: see test_fixture_guard.
MODELS = [
    model
    for app in ("episodes", "people")
    for model in apps.get_app_config(app).get_models()
    if model not in MADE_BY_SITE
]
EXAMPLES = 10
# Pages requested after each loaded row: those that show every row, and a sample of the others.
SOME = 6
SCRIPT = "<script>alert(1)</script>"
ODD = [
    *(None, "", "x", " ", 0, -1, 1.5, True, 2**31, 2**53, 2**63, 10**30, float("nan"), [], {}, [1], [[]], {"a": 1}),
    *("bogus", "\x00", "\ud800", "a\x00b", "\u202e\u2066", "x" * 90, "x" * 2000, "%s %(x)d {{ 7 }} {% now %}"),
    *(
        SCRIPT,
        f'"><img src=x onerror=alert(1)>{SCRIPT}',
        "]]>",
        "--><!--",
        "</textarea>",
        "'; DROP TABLE x; --",
        "a\r\nb: c",
        "\\" * 50,
    ),
    *("javascript:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "https://[::1", "//x", "http://a:99999/"),
    *("../../etc/passwd", "/etc/passwd.png", "..\\x.png", "speakers/x.svg", "speakers/missing.png"),
    *("0001-01-01", "9999-12-31", "2024-02-30", "2024-05-06", "-1", "24:00"),
    *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2024-05-06T07:08:09Z", "2024-05-06T07:08:09"),
    *([None], ["javascript:x"], ["https://example.org/"], {"k": float("inf")}, {"\x00": 1}, {"add": ["x"]}),
    *({"add": ["mention", {"entity": "x"}]}, {"speaker_of": [1, []]}, {"text": {"replace": [1]}}, {"start": [1]}),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**40) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def values_of(field: Any) -> st.SearchStrategy:
    """Return a strategy of valid and invalid values of a column."""
    odd = st.sampled_from(ODD)
    if field.choices:
        return st.sampled_from([value for value, _label in field.flatchoices]) | odd
    if isinstance(field, models.JSONField):
        return JSON | odd
    if isinstance(field, models.IntegerField):
        return st.integers(0, 2**31 - 1) | st.integers(0, 50) | odd
    if isinstance(field, models.DateField):
        return st.dates().map(str) | st.datetimes().map(lambda moment: f"{moment.isoformat()}Z") | odd
    if isinstance(field, models.CharField | models.TextField):
        return st.text(max_size=40) | st.text("[]()*_`>#- \n|<&:：", max_size=30) | odd
    return odd


class Place:
    """A site with a public episode, and a draft with one row of each kind."""

    def __init__(self) -> None:
        self.open = factories.full_episode(title="Open")
        self.draft = factories.full_episode(title="Draft", status="draft", published_at=None, translation_key="k")
        for model in ITEMS:
            model._default_manager.filter(episode=self.draft).update(status="accepted")
        speaker = self.draft.appearances.order_by("pk").first().speaker
        Alias.objects.create(speaker=speaker, name="A. L.")
        Note.objects.create(episode=self.draft, name="d.md", dialect="front_matter", text="# T\n\nx\n", digest="d")
        Finding.objects.create(
            episode=self.draft, code="c", severity="info", message="m", origin="check", fingerprint="f", repair={}
        )
        user = factories.person("root", is_superuser=True)
        self.client, self.desk = Client(), Client()
        self.desk.force_login(user)

    def row(self, model: type[models.Model]) -> Any:
        """Return the row of this kind in the draft."""
        found = {
            Episode: lambda: self.draft,
            Speaker: lambda: self.draft.appearances.order_by("pk").first().speaker,
            Entity: lambda: self.draft.mentions.order_by("pk").first().entity,
        }
        if model in found:
            return found[model]()
        path = {
            "TaggedEpisode": "content_object",
            "Tag": "tagged__content_object",
            "Alias": "speaker__appearances__episode",
        }
        return model._default_manager.filter(**{path.get(model.__name__, "episode"): self.draft}).first()

    def addresses(self, row: Any) -> Iterator[str]:
        """Return every public address that could show the row."""
        episode = self.draft
        names = (
            "home episode_list speaker_list entity_list quote_list prediction_list tag_list series_list glossary about"
        )
        names += (
            " prediction_csv prediction_json llms sitemap site_rss site_atom site_json predictions_rss predictions_json"
        )
        yield from map(reverse, names.split())
        yield from (reverse("sitemap_part", args=[section]) for section in SECTIONS)
        slugs = "episode episode_markdown episode_chapters episode_chapters_vtt report episode_cover episode_card"
        yield from (reverse(name, args=[episode.slug]) for name in slugs.split())
        yield f"/en{episode.get_absolute_url()}"
        if episode.series:
            yield reverse("series", args=[episode.series])
        speaker, entity, tag = self.row(Speaker), self.row(Entity), episode.tags.first()
        for thing in (episode, speaker, entity, tag, *episode.quotes.all(), *episode.predictions.all()):
            if thing is not None:
                yield thing.get_absolute_url()
                yield f"/oembed?url={quote('http://testserver' + thing.get_absolute_url())}"
        if speaker is not None:
            yield reverse("speaker_photo", args=[speaker.slug])
            yield reverse("speaker_rss", args=[speaker.slug])
        if entity is not None:
            yield reverse("entity_json", args=[entity.slug])
        yield from (reverse("quote_card", args=[each.pk]) for each in episode.quotes.all())
        yield from (reverse("prediction_card", args=[each.pk]) for each in episode.predictions.all())

    def desk_addresses(self, row: Any) -> Iterator[str]:
        episode = Episode._meta
        for name in ("change", "review", "preview", "cover", "history"):
            yield reverse(f"admin:{episode.app_label}_{episode.model_name}_{name}", args=[self.draft.pk])
        yield reverse("admin:index")
        yield reverse("admin:episodes_episode_changelist")
        yield reverse("admin:episodes_finding_repairs") + "?code=c"
        options = row._meta
        for name in ("change", "delete", "history", "text", "download", "photo"):
            try:
                yield reverse(f"admin:{options.app_label}_{options.model_name}_{name}", args=[row.pk])
            except NoReverseMatch:
                continue
        changelist = reverse(f"admin:{options.app_label}_{options.model_name}_changelist")
        yield from (changelist, f"{changelist}?q=x")


def fixture_of(row: Any) -> dict[str, Any]:
    """Return the row as dumpdata would write it, without columns that fixtures may not or need not set."""
    fields = {}
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if field.primary_key or field.name in ("html", "revises") or value is None:
            continue
        plain = isinstance(value, str | int | bool | list | dict)
        fields[field.name] = (
            value if plain else (str(value) if isinstance(field, models.FileField) else value.isoformat())
        )
    return {"model": row._meta.label_lower, "pk": row.pk, "fields": fields}


def publish(draft: Episode) -> None:
    """Publish the draft, as users may do with loaded rows."""
    Episode.objects.filter(pk=draft.pk).update(status="published", published_at=timezone.now())
    draft.refresh_from_db()
    derived.store_html(draft)
    for cache in caches.all(initialized_only=True):
        cache.clear()


def failures(place: Place, row: Any, some: Any) -> Iterator[str]:
    public, desk = list(place.addresses(row)), list(place.desk_addresses(row))
    always = {place.draft.get_absolute_url(), reverse("llms"), reverse("site_atom"), desk[0], desk[1], *desk[-5:]}
    others = some([address for address in (*public, *desk) if address not in always])
    for address in (*always, *others):
        client = place.desk if address in desk else place.client
        response = client.get(address)
        content = b"".join(response.streaming_content) if response.streaming else response.content
        if response.status_code >= 500:
            yield f"{address}: {response.status_code}"
        if response.get("Content-Type", "").startswith("text/html") and SCRIPT.encode() in content:
            yield f"{address}: {SCRIPT}"


@pytest.fixture
def place(tmp_path) -> Place:
    return Place()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    # No shrinking: an example has one or two odd values, and each attempt costs fifty requests.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_fixture_row_is_refused_or_shown(model, place, tmp_path, data):
    row = place.row(model)
    if row is None:
        return  # Decisions and snapshots are always refused: see test_fixture_guard.
    names = [field.name for field in model._meta.concrete_fields if field.name != "html"]
    written = fixture_of(row)
    for name in data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True)):
        value = data.draw(values_of(model._meta.get_field(name)), label=name)
        if model._meta.get_field(name).primary_key:
            written["pk"] = value
        else:
            written["fields"][name] = value
    # Drawn unconditionally: Hypothesis needs the same draws each time.
    pages = random.Random(data.draw(st.integers(0, 2**32)))
    check(place, model, written, tmp_path, lambda rest: pages.sample(rest, min(SOME, len(rest))))


def refusal_of(path: Path) -> str | None:
    try:
        call_command("loaddata", path, verbosity=0)
    except CommandError as refused:
        return str(refused)
    return None


def check(place: Place, model: Any, written: dict[str, Any], folder: Path, some: Any) -> None:
    path = folder / "rows.json"
    path.write_text(json.dumps([written]))
    with transaction.atomic():
        told = refusal_of(path)
        assert told is None or len(told.splitlines()) == 1
        if told is None:
            publish(place.draft)
            assert list(failures(place, model._default_manager.order_by("pk").last(), some)) == []
        transaction.set_rollback(True)
    place.draft.refresh_from_db()
