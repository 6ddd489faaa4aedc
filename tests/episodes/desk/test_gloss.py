"""The list of glosses."""

import pytest

from episodes.models import Gloss
from tests import factories
from tests.episodes.desk.form_data import (
    change_list,
    signed_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return signed_in(factories.editor())


def test_glosses_are_found_by_term(client):
    episode = factories.episode()
    for term in ("RL", "SFT"):
        Gloss.objects.create(episode=episode, term=term)
    assert [g.term for g in client.get(change_list(Gloss), {"q": "rl"}).context["cl"].result_list] == ["RL"]
