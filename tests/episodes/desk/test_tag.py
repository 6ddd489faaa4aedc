"""Tags on the desk: suggestions, renaming, slugs."""

import pytest

from episodes.models import Tag
from tests import factories
from tests.episodes.desk.form_data import (
    change_list,
    change_page,
    page_at,
    save,
    signed_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return signed_in(factories.editor())


def test_tag_names_are_suggested_by_pinyin(client):
    for name in ("向量数据库", "Vector, fast", 'a "quoted" vector'):
        factories.episode().tags.add(name)
    address = page_at("admin:episodes_tag_names")

    def offered(term):
        return [found["id"] for found in client.get(address, {"term": term}).json()["results"]]

    assert offered("xiang-liang") == ["向量数据库"]
    assert offered("vector") == ["Vector, fast", 'a "quoted" vector']
    assert offered("%") == []
    assert len(offered("")) == 3


def test_renamed_tag_touches_public_pages(client):
    public, draft = factories.public_episode(), factories.episode()
    public.tags.add("old")
    draft.tags.add("old")
    tag = Tag.objects.get()
    before = public.changed_at, draft.changed_at
    assert save(client, tag, name="new", slug="x").status_code == 302
    for row in (tag, public, draft):
        row.refresh_from_db()
    assert (tag.name, tag.slug) == ("new", "old")
    assert (public.changed_at > before[0], draft.changed_at == before[1]) == (True, True)


def test_tag_gets_url_safe_slug(client):
    assert client.post(f"{change_list(Tag)}add/", {"name": "向量"}).status_code == 302
    assert Tag.objects.get().slug == "xiang-liang"


def test_a_tag_in_use_is_not_deleted():
    client = signed_in(factories.librarian())
    factories.episode().tags.add("used")
    used, free = Tag.objects.get(), Tag.objects.create(name="free", slug="free")
    for tag in (used, free):
        client.post(change_page(tag).replace("change", "delete"), {"post": "yes"})
    client.post(change_list(Tag), {"action": "delete_selected", "_selected_action": [used.pk], "post": "yes"})
    assert list(Tag.objects.all()) == [used]
