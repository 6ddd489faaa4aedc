"""The list of decisions."""

import pytest
from django.utils import timezone

from episodes.models import Decision
from tests import factories
from tests.episodes.desk.form_data import (
    change_list,
    change_page,
    signed_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return signed_in(factories.editor())


def test_decisions_name_their_targets(client):
    episode = factories.episode()
    Decision.objects.create(
        target=episode, from_status="draft", to_status="in_review", by=factories.editor(), at=timezone.now()
    )
    page = client.get(change_list(Decision)).content.decode()
    assert f'<a href="{change_page(episode)}">{episode.title}</a>' in page
    assert "draft → in review" in page
