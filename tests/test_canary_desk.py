"""The desk shows no text or slug that a user may not view, for staff without permissions and with one permission.

As in tests/test_canary.py, every hidden text contains a canary. Each user requests every address of the admin for
existing rows; responses may contain the canaries of the one model that the user may view.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, reverse

from episodes.desk.view_permissions import WHOLE
from episodes.models import MADE_BY_SITE, Episode, Prediction, Quote, Tag, TaggedEpisode
from people.models import Entity, Speaker
from tests import factories
from tests.test_canary import CANARY, MODELS, body, hide_episode, hide_in_public, public, text_fields

__all__ = ["public"]

pytestmark = pytest.mark.django_db

WORD = re.compile(rf"{CANARY}\d+")
VIEWED = sorted({*MODELS, "TaggedEpisode"} - {model.__name__ for model in MADE_BY_SITE})
# Rows requested of the model that the user may view, and of each other model.
OWN_ROWS, OTHER_ROWS = 3, 1
LOOKUPS = ("episode__title", "speaker__name", "entity__name", "tag__name", "content_object__title", "section__heading")


def models_of_the_desk() -> dict[str, type[models.Model]]:
    return {model.__name__: model for model in admin.site._registry if model._meta.app_label in ("episodes", "people")}


def owners() -> dict[str, set[str]]:
    """Return {canary: names of the models that contain it}."""
    found: dict[str, set[str]] = defaultdict(set)
    for app in ("episodes", "people"):
        for model in apps.get_app_config(app).get_models():
            names = [field.name for field in text_fields(model)]
            for values in model._default_manager.values_list(*names) if names else ():
                for word in WORD.findall(repr(values)):
                    found[word].add(model.__name__)
    return found


def staff(name: str = "") -> Client:
    """Return a client of a staff user who may view this one model, or nothing."""
    user = User.objects.create_user(f"sees-{name or 'nothing'}", is_staff=True)
    if name:
        own = Permission.objects.filter(content_type__app_label__in=("episodes", "people"))
        user.user_permissions.add(own.get(codename=f"view_{name.lower()}"))
    client = Client()
    client.force_login(user)
    return client


def admin_names() -> list[str]:
    """Return every named address of the admin that belongs to a model."""
    patterns, names = list(admin.site.get_urls()), set()
    while patterns:
        pattern = patterns.pop()
        if isinstance(pattern, URLPattern):
            names.add(pattern.name or "")
        else:
            patterns.extend(pattern.url_patterns)
    return sorted(name for name in names if name.startswith(("episodes_", "people_")))


def addresses_of(model: type[models.Model], names: list[str], rows: int) -> Iterator[str]:
    prefix = f"{model._meta.app_label}_{model._meta.model_name}_"
    keys = list(model._default_manager.order_by("-pk").values_list("pk", flat=True)[:rows])
    for name in (name for name in names if name.startswith(prefix)):
        for arguments in ([], *([key] for key in keys)):
            try:
                yield reverse(f"admin:{name}", args=arguments)
            except NoReverseMatch:
                continue


def list_of(model: type[models.Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def shortcuts() -> list[str]:
    found = []
    for model in (*models_of_the_desk().values(), User):
        kind = ContentType.objects.get_for_model(model).pk
        keys = model._default_manager.order_by("-pk").values_list("pk", flat=True)[:3]
        found += [reverse("admin:view_on_site", args=[kind, key]) for key in keys]
    return found


def autocompletes() -> list[str]:
    """Return the autocomplete address of each model that has one."""
    found = {}
    for model in models_of_the_desk().values():
        for field in model._meta.concrete_fields:
            if field.related_model in models_of_the_desk().values():
                asked = f"app_label={model._meta.app_label}&model_name={model._meta.model_name}&field_name={field.name}"
                found[field.related_model] = f"{reverse('admin:autocomplete')}?{asked}&term="
    return list(found.values())


def variants(model: type[models.Model], episode: Episode) -> list[str]:
    """Return the changelist with ordering, filters, facets and a search."""
    asked = ("", "?o=1", "?o=-2.1", f"?episode={episode.pk}", "?_facets=True", f"?q={CANARY}", "?_popup=1&_to_field=id")
    return [f"{list_of(model)}{query}" for query in asked]


def leaks(client: Client, addresses: list[str], allowed: str, owner: dict[str, set[str]]) -> dict[str, list[str]]:
    found = {}
    for address in addresses:
        response = client.get(address)
        assert response.status_code < 500
        text = body(response) + repr(dict(response.headers))
        words = {word for word in WORD.findall(text) if word not in address and allowed not in owner[word]}
        if words:
            found[address] = sorted(f"{word} of {'/'.join(owner[word])}" for word in words)
    return found


@pytest.fixture
def hidden(public) -> Episode:
    """Create a draft with all rows, a working copy, and hidden rows of a public episode."""
    made = hide_episode("draft", public)
    hide_episode("working copy", public)
    hide_in_public(public)
    return made


def test_every_viewed_model_has_admin_address():
    assert set(models_of_the_desk()) == set(VIEWED)
    assert {name.split("_")[1] for name in admin_names()} == {name.lower() for name in VIEWED}


def test_staff_without_permissions_sees_no_text(hidden):
    names, owner, client = admin_names(), owners(), staff()
    asked = [address for model in models_of_the_desk().values() for address in addresses_of(model, names, OWN_ROWS)]
    asked += [reverse("admin:index"), *shortcuts(), *autocompletes()]
    for label in ("episodes", "people"):
        asked.append(reverse("admin:app_list", args=[label]))
    assert len(asked) > 300
    assert leaks(client, asked, "", owner) == {}


@pytest.mark.parametrize("part", range(4))
def test_permission_shows_only_its_model(hidden, part):
    names, owner, found = admin_names(), owners(), {}
    for name in VIEWED[part::4]:
        client, desk = staff(name), models_of_the_desk()
        asked = list(addresses_of(desk[name], names, OWN_ROWS)) + variants(desk[name], hidden)
        others = [other for other in names if not other.endswith(("_add", "_delete", "_history"))]
        for other in set(VIEWED) - {name}:
            asked += addresses_of(desk[other], others, OTHER_ROWS)
        asked += [reverse("admin:index"), *shortcuts(), *autocompletes()]
        if wrong := leaks(client, asked, name, owner):
            found[name] = wrong
        answer = client.get(list_of(desk[name]))
        assert (name, answer.status_code) == (name, 200)
    assert found == {}


@pytest.mark.parametrize("name", VIEWED)
def test_search_and_lookups_hide_other_models(hidden, name):
    client, model = staff(name), models_of_the_desk()[name]
    speaker, entity = Speaker.objects.latest("pk"), Entity.objects.latest("pk")
    tag = TaggedEpisode.objects.filter(content_object=hidden).first().tag
    told = {Episode: hidden.title, Speaker: speaker.name, Entity: entity.name, Tag: tag.name}
    for other, word in told.items():
        if other is model:
            continue
        for query in ("q", *(f"{lookup}__startswith" for lookup in LOOKUPS)):
            asked = [client.get(list_of(model), {query: text}) for text in (word, "x" * len(word))]
            assert asked[0].status_code == asked[1].status_code
            assert told_by(asked[0], word) == told_by(asked[1], "x" * len(word))


def told_by(response: Any, asked: str) -> str:
    """Return the page without what it repeats of the request, and without its CSRF token."""
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", body(response)).replace(asked, "")


# --- shortcuts to rows


def shortcut_to(row: Any) -> str:
    return reverse("admin:view_on_site", args=[ContentType.objects.get_for_model(row).pk, row.pk])


@pytest.mark.parametrize("model", [Episode, Quote, Prediction, Speaker, Entity, Tag])
def test_shortcut_leads_to_permitted_page(hidden, model):
    row = {
        Episode: lambda: hidden,
        Quote: hidden.quotes.first,
        Prediction: hidden.predictions.first,
        Speaker: lambda: Speaker.objects.latest("pk"),
        Entity: lambda: Entity.objects.latest("pk"),
        Tag: lambda: TaggedEpisode.objects.filter(content_object=hidden).first().tag,
    }[model]()
    view = "preview" if model is Episode else "change"
    form = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{view}", args=[row.pk])
    assert staff().get(shortcut_to(row)).status_code == 404
    answer = staff(model.__name__).get(shortcut_to(row))
    assert (answer.status_code, answer["Location"]) == (302, form)
    assert Client().get(shortcut_to(row))["Location"].startswith(reverse("admin:login"))


def test_shortcut_to_public_page_needs_nothing(public):
    client = staff()
    for row in (public, public.quotes.get(), public.appearances.get().speaker, public.tags.get()):
        answer = client.get(shortcut_to(row))
        assert (answer.status_code, answer["Location"]) == (302, row.get_absolute_url())


@pytest.mark.parametrize(
    "asked", ["0/1", "x/1", "1/x", "99999999999999999999999/1", "1/99999999999999999999999", "a/b/c"]
)
def test_shortcut_to_unknown_row_is_404(client, asked):
    client.force_login(factories.person("root", is_superuser=True))
    assert client.get(f"/admin/r/{asked}/").status_code == 404


def test_suggestion_order_reveals_no_hidden_episode(hidden):
    last = Speaker.objects.create(name="Zed", slug="zed")
    hidden.appearances.create(speaker=last, label="Zed")
    asked = f"{reverse('admin:autocomplete')}?app_label=episodes&model_name=quote&field_name=speaker&term="
    page = f"http://testserver/admin/episodes/episode/{hidden.pk}/change/"
    user = User.objects.create_user("two", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=("view_speaker", "change_quote")))
    client = Client()
    client.force_login(user)
    answers = [client.get(asked, headers=headers).json() for headers in ({}, {"Referer": page})]
    assert answers[0] == answers[1]
    assert answers[0]["results"]


def test_deletion_page_hides_forbidden_rows(public):
    speaker = public.appearances.get().speaker
    user = User.objects.create_user("cleaner", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=("view_speaker", "delete_speaker")))
    client = Client()
    client.force_login(user)
    page = body(client.get(reverse("admin:people_speaker_delete", args=[speaker.pk])))
    assert speaker.name in page
    assert not {"Quoted.", "Foretold."} & set(re.findall(r"Quoted\.|Foretold\.", page))


def test_history_names_rows_with_all_permissions(public):
    quote = public.quotes.get()
    added = [{"added": {"name": "quote", "object": str(quote)}}]
    LogEntry.objects.log_actions(factories.editor().pk, [public], CHANGE, added)
    address = reverse("admin:episodes_episode_history", args=[public.pk])
    assert "Quoted." not in body(staff("Episode").get(address))
    client = Client()
    client.force_login(factories.editor())
    assert "Quoted." in client.get(address).content.decode()


def test_whole_screens_need_all_permissions(hidden):
    copy = Episode.objects.working().get()
    addresses = [reverse(f"admin:episodes_episode_{name}", args=[copy.pk]) for name in ("review", "compare")]
    assert [staff("Episode").get(address).status_code for address in addresses[:1]] == [403]
    editor = Client()
    editor.force_login(factories.editor())
    assert [editor.get(address).status_code for address in addresses] == [200, 200]
    viewer = User.objects.get(username="sees-Episode")
    for name in sorted(WHOLE - {"episode"}):
        own = Permission.objects.filter(content_type__app_label__in=("episodes", "people"))
        client = Client()
        client.force_login(viewer)
        assert [client.get(address).status_code for address in addresses] == [403, 403]
        viewer.user_permissions.add(own.get(codename=f"view_{name}"))
    client.force_login(User.objects.get(pk=viewer.pk))
    assert [client.get(address).status_code for address in addresses] == [200, 200]


def test_preview_shows_only_permitted_kinds(public):
    address = reverse("admin:episodes_episode_preview", args=[public.pk])
    words = {
        "Section": "Some words.", "Quote": "Quoted.", "Prediction": "Foretold.", "Chapter": "Chapter",
        "Observation": "Seen.", "Takeaway": "Taken.", "Gloss": "By doing.", "Mention": "Engine", "Appearance": "Ada",
        "TaggedEpisode": "engines",
    }  # fmt: skip
    # The summary is a column of Episode.
    del words["Observation"]
    further = {"Quote": "speaker", "Prediction": "speaker", "Appearance": "speaker", "Mention": "entity"}
    for name, shown in words.items():
        user = User.objects.create_user(f"two-{name}", is_staff=True)
        names = {"episode", name.lower(), further.get(name, name.lower())}
        names |= {"tag"} if name == "TaggedEpisode" else set()
        own = Permission.objects.filter(content_type__app_label__in=("episodes", "people"))
        user.user_permissions.set(own.filter(codename__in=[f"view_{each}" for each in names]))
        client = Client()
        client.force_login(user)
        page = body(client.get(address))
        seen = {other for other, text in words.items() if text in page}
        # Speakers are shown beside the text only with the permission for both.
        assert seen == {name, "Appearance"} if "speaker" in names else seen == {name}, shown
