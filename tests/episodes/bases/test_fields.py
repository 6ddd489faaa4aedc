"""Model fields for notes, on every database."""

import pytest

from episodes.models import Episode
from tests import factories

pytestmark = pytest.mark.django_db

EXTRA = {"zulu": 1, "alpha": {"y": [1, None], "b": "文"}, "mike": "[]", "": False}


def test_extra_keeps_the_order_of_keys() -> None:
    stored = Episode.objects.get(pk=factories.episode(extra=EXTRA).pk).extra
    assert stored == EXTRA
    assert list(stored) == list(EXTRA)
    assert list(stored["alpha"]) == ["y", "b"]


def test_extra_is_changed_and_emptied() -> None:
    episode = factories.episode(extra=EXTRA)
    episode.refresh_from_db()
    episode.extra["new"] = 1
    episode.save()
    episode.refresh_from_db()
    assert list(episode.extra) == [*EXTRA, "new"]
    Episode.objects.update(extra={})
    assert Episode.objects.get().extra == {}
