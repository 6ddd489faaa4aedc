"""Stored pages through the middleware: what is stored, what is dropped, what is answered."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from episodes import derived
from tests import factories
from tests.stored_pages import store, stored  # noqa: F401

pytestmark = pytest.mark.usefixtures("store")


def get(client: Client, address: str, **headers: str) -> Any:
    return client.get(address, headers=headers)


def test_second_request_is_answered_from_store(client: Client, django_assert_num_queries: Any) -> None:
    page = factories.full_episode().get_absolute_url()
    derived.forget_all()
    first = get(client, page)
    with django_assert_num_queries(1):
        again = get(client, page)
    assert (again.status_code, again.content) == (200, first.content)
    assert dict(again.headers) == dict(first.headers)
    assert stored() == {page}


def test_each_kind_of_page_is_stored(client: Client) -> None:
    of = factories.full_episode()
    derived.forget_all()
    pages = factories.public_pages(of).values()
    for page in pages:
        assert get(client, page).status_code == 200
    assert stored() == set(pages)
