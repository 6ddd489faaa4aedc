"""Speakers, entities and aliases on the desk; changes take effect at once, also on public pages."""

import pytest
from django.utils import timezone

from episodes.models import Appearance, Decision, Mention, Quote
from people.models import Alias, Entity, Speaker
from tests import factories
from tests.episodes.desk.form_data import (
    change_list,
    change_page,
    errors_in,
    form_in,
    messages_of,
    page_at,
    save,
    signed_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return signed_in(factories.editor())


def aliases(total, **rows):
    return {
        "aliases-TOTAL_FORMS": total,
        "aliases-INITIAL_FORMS": 0,
        **{k.replace("_", "-"): v for k, v in rows.items()},
    }


@pytest.mark.parametrize("model", [Speaker, Entity])
def test_added_chinese_name_gets_pinyin_slug(client, model):
    data = {"name": "姚顺宇", "kind": "person", "aliases-TOTAL_FORMS": 1, "aliases-INITIAL_FORMS": 0}
    assert client.post(f"{change_list(model)}add/", data | {"aliases-0-name": "Shunyu Yao"}).status_code == 302
    made = model.objects.get()
    assert (made.slug, made.status) == ("yao-shun-yu", "draft")
    assert list(made.aliases.values_list("name", flat=True)) == ["Shunyu Yao"]


@pytest.mark.parametrize("make", [factories.speaker, factories.entity])
def test_renaming_keeps_slug_public_slug_is_fixed(client, make):
    one = make("One")
    slug = one.slug
    assert save(client, one, name="Two", slug="").status_code == 302
    one.refresh_from_db()
    assert (one.name, one.slug, one.version) == ("Two", slug, 2)
    assert save(client, one, slug="mended").status_code == 302
    if isinstance(one, Speaker):
        Appearance.objects.create(episode=factories.public_episode(), speaker=one, label="x")
    else:
        Mention.objects.create(episode=factories.public_episode(), entity=one)
    assert save(client, one, name="Three", slug="lost").status_code == 302
    one.refresh_from_db()
    assert (one.name, one.slug) == ("Three", "mended")


def test_speaker_change_touches_public_episodes(client):
    who = factories.speaker()
    credited, quoted, other, draft = (
        factories.public_episode(),
        factories.public_episode(),
        factories.public_episode(),
        factories.episode(),
    )
    for episode in (credited, draft):
        Appearance.objects.create(episode=episode, speaker=who, label="x")
    Quote.objects.create(episode=quoted, text="q", speaker=who)
    episodes = (credited, quoted, other, draft)
    before = [episode.changed_at for episode in episodes]
    assert save(client, who, bio="Words.").status_code == 302
    for episode in episodes:
        episode.refresh_from_db()
    moved = [episode.changed_at > was for episode, was in zip(episodes, before, strict=True)]
    assert moved == [True, True, False, False]


@pytest.mark.parametrize("change", [{"summary": "s"}, {"aliases-0-name": "new"}])
def test_entity_and_alias_changes_touch_public_episodes(client, change):
    what, episode = factories.entity(), factories.public_episode()
    Mention.objects.create(episode=episode, entity=what)
    alias = Alias.objects.create(name="old", entity=what)
    before = episode.changed_at
    assert save(client, what).status_code == 302
    episode.refresh_from_db()
    assert episode.changed_at == before
    assert save(client, what, **change).status_code == 302
    episode.refresh_from_db()
    assert episode.changed_at > before
    before = episode.changed_at
    assert save(client, alias, name="newest").status_code == 302
    episode.refresh_from_db()
    assert episode.changed_at > before


def test_speaker_decision_takes_effect_at_once(client):
    who, episode = factories.speaker(), factories.public_episode()
    Appearance.objects.create(episode=episode, speaker=who, label="x")
    before = episode.changed_at
    client.post(page_at("admin:people_speaker_decide", who.pk), {"to": "accepted"})
    who.refresh_from_db()
    episode.refresh_from_db()
    assert (who.status, episode.changed_at > before) == ("accepted", True)
    data = {"action": "reject_selected", "_selected_action": [who.pk], "reject_code": "wrong_type"}
    client.post(change_list(Speaker), data)
    who.refresh_from_db()
    assert who.status == "rejected"
    assert Decision.objects.count() == 2


def test_changed_double_checked_speaker_is_only_accepted(client):
    who = factories.speaker(status="evergreen", accepted_by=factories.editor(), verified_by=factories.verifier())
    assert save(client, who, headline="New").status_code == 302
    who.refresh_from_db()
    assert (who.status, who.verified_by) == ("accepted", None)


def test_a_stale_form_is_refused(client):
    who = factories.speaker()
    seen = form_in(client.get(change_page(who)), "speaker_form")
    assert save(signed_in(factories.second_editor()), who, headline="theirs").status_code == 302
    assert "Nothing was saved" in errors_in(client.post(change_page(who), seen | {"headline": "mine"}))


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("https://a.example/x\r\n\r\n http://b.example \r\n", ["https://a.example/x", "http://b.example"]),
        ('["https://a.example"]', ["https://a.example"]),
        ("", []),
    ],
)
def test_links_are_addresses_one_per_line(client, typed, stored):
    who = factories.speaker(links=["https://old.example"])
    assert save(client, who, links=typed).status_code == 302
    who.refresh_from_db()
    assert who.links == stored


@pytest.mark.parametrize(
    "typed",
    ["javascript:alert(1)", "a.example", "ftp://a.example", '{"a": 1}', "[1]", "https://a.example\njavascript:x"],
)
def test_other_links_are_refused(client, typed):
    who = factories.entity()
    assert "http://" in errors_in(save(client, who, links=typed))


def test_untouched_invalid_links_are_kept(client):
    who = factories.speaker(links=["https://a.example", {"odd": 1}])
    assert save(client, who, headline="New").status_code == 302
    who.refresh_from_db()
    assert who.links == ["https://a.example", {"odd": 1}]


def test_referenced_names_are_not_deleted():
    client = signed_in(factories.librarian())
    used, free = factories.speaker("Used"), factories.speaker("Free")
    meant, idle = factories.entity("Meant"), factories.entity("Idle")
    episode = factories.episode()
    Quote.objects.create(episode=episode, text="q", speaker=used)
    Mention.objects.create(episode=episode, entity=meant)
    Alias.objects.create(name="x", speaker=free)
    for obj in (used, free, meant, idle):
        page = client.get(change_page(obj).replace("change", "delete"))
        assert page.status_code == 200
        client.post(change_page(obj).replace("change", "delete"), {"post": "yes"})
    assert (list(Speaker.objects.all()), list(Entity.objects.all())) == ([used], [meant])


def test_alias_belongs_to_exactly_one_name(client):
    who, what = factories.speaker(), factories.entity()
    add = f"{change_list(Alias)}add/"
    for data in ({"name": "x"}, {"name": "x", "speaker": who.pk, "entity": what.pk}):
        assert "one person or to one index entry" in errors_in(client.post(add, data))
    assert client.post(add, {"name": "x", "entity": what.pk}).status_code == 302


def test_search_finds_name_alias_and_pinyin(client):
    who = factories.speaker("姚顺宇")
    Speaker.objects.filter(pk=who.pk).update(slug="yao-shun-yu")
    Alias.objects.create(name="Shunyu Yao", speaker=who)
    factories.speaker("Ada")
    address = page_at("admin:autocomplete")
    for model, field in (("quote", "speaker"), ("appearance", "speaker"), ("prediction", "speaker")):
        of = {"app_label": "episodes", "model_name": model, "field_name": field}
        for term in ("姚", "shunyu", "yao-shun"):
            assert [r["text"] for r in client.get(address, of | {"term": term}).json()["results"]] == ["姚顺宇"]


def test_uses_are_counted_and_linked(client):
    who = factories.speaker()
    quote = Quote.objects.create(episode=factories.episode(), text="q", speaker=who)
    Quote.objects.create(episode=factories.episode(), text="r")
    page = client.get(change_page(who)).content.decode()
    address = f"/en/admin/episodes/quote/?speaker__id__exact={who.pk}"
    assert f'<a href="{address}">1 quotes</a>' in page
    assert list(client.get(address).context["cl"].result_list) == [quote]


def test_librarian_edits_names_but_decides_nothing():
    client = signed_in(factories.librarian())
    who = factories.speaker()
    assert save(client, who, headline="New").status_code == 302
    answer = client.post(change_list(Speaker), {"action": "accept_selected", "_selected_action": [who.pk]}, follow=True)
    who.refresh_from_db()
    assert (who.headline, who.status) == ("New", "draft")
    assert messages_of(answer)
    assert who.accepted_at is None or timezone.now()


@pytest.mark.django_db
def test_new_alias_resolves_waiting_labels(client) -> None:
    made, ada = factories.episode(), factories.speaker("Ada")
    quote = made.quotes.create(text="Said.", label="A. L.")
    client.force_login(factories.librarian())
    response = client.post(
        "/en/admin/people/alias/add/", {"name": "A. L.", "speaker": ada.pk, "entity": ""}, follow=True
    )
    assert "“A. L.” now refers to Ada in 1 places." in response.content.decode()
    quote.refresh_from_db()
    assert quote.speaker == ada
