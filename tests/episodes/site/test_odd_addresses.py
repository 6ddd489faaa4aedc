"""Unusual URLs and parameter values never give a 500."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.exceptions import SuspiciousOperation
from django.db import models
from django.test import Client, RequestFactory
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from episodes.models import Episode
from tests import factories
from tests.episodes.desk.form_data import signed_in

pytestmark = pytest.mark.django_db

HUGE = "9" * 23
VALUES = ["", "0", "-1", HUGE, f"-{HUGE}", "9223372036854775808", "\x00", "\ud800", "٣", "9" * 5_000, "None", "[]",
          "1,,x", "9999", "9999-12-31 23:59:59", "0000-00-00", "1e999", "nan", "'", "%", "_"]  # fmt: skip
GENERAL = (
    "q",
    "o",
    "p",
    "all",
    "e",
    "_to_field",
    "_popup",
    "_facets",
    "_changelist_filters",
    "nothing",
    "pk",
    "id__in",
)
DATES = ("year", "date", "gte")
# One of each kind of refusal.
WORST = ["0", HUGE, "9999", "\x00", "x"]
LISTS = sorted(admin.site._registry, key=lambda model: model._meta.label)


def encoded(value: str) -> str:
    return quote(value.encode("utf-8", "surrogatepass"))


def parameters(model: type[models.Model]) -> list[str]:
    """Return every parameter of a list, and lookups of every column."""
    found = set(GENERAL)
    for field in model._meta.concrete_fields:
        found |= {field.name, f"{field.name}__in", f"{field.name}__isnull"}
        if isinstance(field, models.DateField):
            found |= {f"{field.name}__{part}" for part in DATES}
        elif field.is_relation:
            found.add(f"{field.name}__id__exact")
    for named in admin.site._registry[model].list_filter:
        found.add(getattr(named, "parameter_name", None) or (named if isinstance(named, str) else str(named[0])))
    return sorted(found)


def listed(model: type[models.Model], query: str, user: Any) -> None:
    """Evaluate a changelist for a query string without rendering it."""
    desk = admin.site._registry[model]
    request = RequestFactory().get(f"/admin/?{query}")
    request.user = user
    request._messages = CookieStorage(request)  # type: ignore[attr-defined]
    try:
        shown = desk.get_changelist_instance(request)
    except (IncorrectLookupParameters, SuspiciousOperation):
        return
    list(shown.result_list)
    for spec in shown.filter_specs:
        list(spec.choices(shown))


@pytest.fixture
def root() -> Any:
    factories.full_episode()
    return factories.person("root", is_superuser=True)


# Not within one transaction: on PostgreSQL an error would end it.
@pytest.mark.django_db(transaction=True)
@pytest.mark.filterwarnings("ignore:.*received a naive datetime:RuntimeWarning")
@pytest.mark.parametrize("model", LISTS, ids=lambda model: model._meta.model_name)
def test_list_answers_any_lookup(model: type[models.Model], root: Any) -> None:
    for name in parameters(model):
        for value in WORST:
            listed(model, f"{name}={encoded(value)}", root)


@pytest.mark.django_db(transaction=True)
@pytest.mark.filterwarnings("ignore:.*received a naive datetime:RuntimeWarning")
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_list_answers_any_pair_of_lookups(data: Any, root: Any) -> None:
    model = data.draw(st.sampled_from(LISTS))
    names = data.draw(st.lists(st.sampled_from(parameters(model)), min_size=1, max_size=3))
    words = st.one_of(st.sampled_from(VALUES), st.integers().map(str), st.text(max_size=20))
    listed(model, "&".join(f"{name}={encoded(data.draw(words))}" for name in names), root)


def pages() -> Iterator[str]:
    """Return rendered pages of the desk."""
    for model in LISTS:
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        if field := admin.site._registry[model].date_hierarchy:
            yield from (f"{path}?{field}__{query}" for query in ("year=0", f"year={HUGE}", "year=9999", "month=13"))
            yield f"{path}?{field}__year=2020&{field}__month=2&{field}__day=30"
        yield f"{path}?p={HUGE}&o={HUGE}.-0&all=x&e=1"
        yield from (f"{path}{encoded(key)}/change/" for key in (HUGE, "\x00"))
    yield from (f"/admin/episodes/{model}/?episode={HUGE}" for model in ("finding", "quote", "section", "note"))
    yield from ("/accounts/profile/", "/admin/x", "/admin/episodes/", f"/admin/r/{HUGE}/{HUGE}/", "/admin/jsi18n/")


ODD_QUERIES = {
    "admin:autocomplete": ("app_label", "model_name", "field_name", "term", "page"),
    "admin:episodes_tag_names": ("term", "page"),
    "admin:episodes_finding_repairs": ("act", "code", "severity", "episode", "last"),
}
ODD_EPISODE_QUERIES = {
    "admin:episodes_episode_review": ("at", "go", "later", "mode"),
    "admin:episodes_episode_compare": ("with", "at"),
}
ASKED = {"app_label": "episodes", "model_name": "quote", "field_name": "speaker", "term": "a"}


def test_desk_page_answers_any_address(root: Any) -> None:
    client = signed_in(root)
    broken = {path: status for path in pages() if (status := client.get(path).status_code) >= 500}
    assert broken == {}


def test_desk_view_answers_any_query(root: Any) -> None:
    client, key = signed_in(root), Episode.objects.get().pk
    views = {reverse(name): names for name, names in ODD_QUERIES.items()}
    views |= {reverse(name, args=[key]): names for name, names in ODD_EPISODE_QUERIES.items()}
    for path, names in views.items():
        for name in names:
            for value in WORST:
                query = {**ASKED, name: value} if "autocomplete" in path else {name: value}
                asked = "&".join(f"{each}={encoded(given)}" for each, given in query.items())
                assert client.get(f"{path}?{asked}").status_code < 500, (path, name, ascii(value)[:30])


PUBLIC = ("episode_list", "speaker_list", "entity_list", "quote_list", "prediction_list", "tag_list", "series_list",
          "glossary", "home", "prediction_csv", "prediction_json", "oembed")  # fmt: skip
PUBLIC_NAMES = ("q", "area", "category", "tag", "speaker", "entity", "language", "year", "kind", "outcome", "due",
                "sort", "page", "url", "maxwidth", "format")  # fmt: skip


@pytest.mark.parametrize("name", PUBLIC)
def test_public_list_answers_any_query(client: Client, root: Any, name: str) -> None:
    for parameter in PUBLIC_NAMES:
        for value in WORST:
            path = f"{reverse(name)}?{parameter}={encoded(value)}"
            status = client.get(path).status_code
            # oEmbed answers 501 for other formats.
            assert status < 500 or (name, status) == ("oembed", 501), (parameter, ascii(value)[:30])


@pytest.mark.parametrize("key", [HUGE, "0", "9223372036854775808", "٣"])
def test_public_page_of_unknown_row_is_404(client: Client, root: Any, key: str) -> None:
    for kind in ("quotes", "predictions"):
        for end in ("", "card.png"):
            assert client.get(f"/{kind}/{key}/{end}").status_code == 404


@pytest.mark.parametrize("next_page", ["", "https://elsewhere.example/", "//elsewhere.example", "javascript:x", "\x00"])
def test_login_leads_to_the_desk(client: Client, next_page: str) -> None:
    factories.editor()
    data = {"username": "edith", "password": "a-long-test-password", "next": next_page}
    answer = client.post("/admin/login/", data)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
