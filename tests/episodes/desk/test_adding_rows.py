"""Adding sections and items: from their episode, on pages of their own, and what that refuses."""

import pytest
from django.contrib.auth.models import Permission

from episodes import workflow
from episodes.models import Appearance, Chapter, Decision, Episode, Mention, Prediction, Quote, Section, Takeaway
from tests import factories
from tests.episodes.desk.form_data import change_list, change_page, errors_in, form_in, signed_in

pytestmark = pytest.mark.django_db

DATA = {
    Section: {"heading": "One", "kind": "body", "level": "2", "order": "0", "text": "Words."},
    Appearance: {"role": "guest", "label": "Ada"},
    Chapter: {"title": "One", "start": "00:01:00"},
    Quote: {"text": "Said.", "label": "Ada"},
    Prediction: {"words": "It will be."},
    Takeaway: {"text": "One", "order": "0", "depth": "0"},
}


@pytest.fixture
def client():
    return signed_in(factories.editor())


def add_page(model, episode):
    return f"{change_list(model)}add/?episode={episode.pk}"


def add(client, model, to, **more):
    """Open the form for a new row of this episode, fill it in, save."""
    page = client.get(add_page(model, to))
    assert page.status_code == 200
    data = form_in(page, f"{model._meta.model_name}_form") | DATA.get(model, {}) | more
    return client.post(add_page(model, to), data)


@pytest.mark.parametrize("model", DATA)
def test_added_row_belongs_to_its_episode(client, model):
    episode, other = factories.episode(), factories.episode()
    assert add(client, model, episode, episode=other.pk, status="accepted").status_code == 302
    row = model.objects.get()
    assert row.episode == episode
    assert getattr(row, "status", "draft") == "draft"
    episode.refresh_from_db()
    assert episode.version == 2
    made = Decision.objects.get()
    assert (made.target, made.from_status, made.by) == (row, "", factories.editor())


def test_added_row_is_derived_from(client):
    episode = factories.episode()
    add(client, Section, episode, text="**RL**（Reinforcement Learning: 强化学习）")
    assert list(episode.glosses.values_list("term", flat=True)) == ["RL"]


def test_added_mention_names_an_entity(client):
    episode, what = factories.episode(), factories.entity()
    assert add(client, Mention, episode, entity=what.pk, listed_as="people").status_code == 302
    assert list(Mention.objects.values_list("episode", "entity", "status")) == [(episode.pk, what.pk, "draft")]


def test_second_mention_of_an_entity_is_refused(client):
    episode, what, other = factories.episode(), factories.entity("A"), factories.entity("B")
    Mention.objects.create(episode=episode, entity=what, listed_as="people")
    second = Mention.objects.create(episode=episode, entity=other, listed_as="people")
    assert "already exists" in errors_in(add(client, Mention, episode, entity=what.pk, listed_as="people"))
    page = client.get(change_page(second))
    changed = client.post(change_page(second), form_in(page, "mention_form") | {"entity": what.pk})
    assert "already exists" in errors_in(changed)
    assert Mention.objects.count() == 2


def test_new_row_is_offered_the_last_place(client):
    episode = factories.episode()
    Section.objects.create(episode=episode, heading="One", order=7)
    page = client.get(add_page(Section, episode)).content.decode()
    assert 'name="order" value="8"' in page


def test_heading_in_an_added_section_is_refused(client):
    episode = factories.episode()
    assert "heading" in errors_in(add(client, Section, episode, text="# Another"))
    assert not Section.objects.exists()


def test_list_of_an_episode_offers_to_add(client):
    episode = factories.episode()
    lists = client.get(f"{change_list(Quote)}?episode={episode.pk}").content.decode()
    assert "_changelist_filters=episode%3D" in lists
    address = f"{change_list(Quote)}add/?_changelist_filters=episode%3D{episode.pk}"
    assert address in lists
    assert client.post(address, DATA[Quote]).status_code == 302
    assert Quote.objects.get().episode == episode
    assert f"{change_list(Quote)}add/" not in client.get(change_list(Quote)).content.decode()


@pytest.mark.parametrize("key", ["", "0", "x", "100000000000000000000", "999999"])
def test_row_without_an_episode_is_refused(client, key):
    query = f"?episode={key}" if key else ""
    assert client.get(f"{change_list(Quote)}add/{query}").status_code == 403
    assert client.post(f"{change_list(Quote)}add/{query}", DATA[Quote]).status_code == 403
    assert not Quote.objects.exists()


@pytest.mark.parametrize("status", Episode.PUBLIC_STATUSES)
def test_row_of_a_public_episode_is_refused(client, status):
    episode = factories.public_episode(status=status)
    assert client.get(add_page(Quote, episode)).status_code == 403
    assert client.post(add_page(Quote, episode), DATA[Quote]).status_code == 403
    assert add_page(Quote, episode).replace("/en/admin", "") not in client.get(change_page(episode)).content.decode()


def test_navigation_offers_no_row_without_an_episode(client):
    page = client.get(add_page(Quote, factories.episode())).content.decode()
    assert f'href="{change_list(Quote)}add/"' not in page


def test_row_added_by_a_reader_is_refused():
    reader, episode = signed_in(factories.publisher()), factories.episode()
    assert reader.post(add_page(Quote, episode), DATA[Quote]).status_code == 403


@pytest.mark.parametrize("model", DATA)
def test_row_of_an_invisible_episode_is_refused(model):
    user, name = factories.person("adder"), model._meta.model_name
    user.user_permissions.add(*Permission.objects.filter(codename__in=[f"add_{name}", f"view_{name}"]))
    adder, episode = signed_in(user), factories.episode(title="Unseen")
    assert adder.get(add_page(model, episode)).status_code == 403
    assert adder.post(add_page(model, episode), DATA[model]).status_code == 403
    assert not model.objects.exists()


def test_add_another_stays_in_the_episode(client):
    episode = factories.episode()
    answer = add(client, Quote, episode, _addanother="1")
    assert answer["Location"] == add_page(Quote, episode)


def test_addition_to_an_approved_episode_revokes_approval(client):
    episode = factories.episode(status="approved", approved_version=1)
    assert add(client, Quote, episode).status_code == 302
    episode.refresh_from_db()
    assert (episode.status, episode.approved_version) == ("in_review", None)


def test_addition_is_undone(client):
    episode = factories.episode()
    add(client, Quote, episode)
    episode.refresh_from_db()
    workflow.undo(episode, factories.editor())
    assert not Quote.objects.exists()
