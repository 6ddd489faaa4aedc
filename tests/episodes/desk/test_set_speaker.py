"""Setting the speaker of many rows, and the way from one item to the next."""

import pytest
from django.contrib.contenttypes.models import ContentType

from episodes.models import Episode, Prediction, Quote
from tests import factories
from tests.episodes.desk.form_data import (
    change_list,
    change_page,
    messages_of,
    page_at,
    signed_in,
)

pytestmark = pytest.mark.django_db


def set_speaker(user, rows, speaker, follow=True):
    data = {"action": "set_speaker", "_selected_action": [row.pk for row in rows], "speaker": speaker}
    answer = signed_in(user).post(change_list(type(rows[0])), data, follow=follow)
    for row in rows:
        row.refresh_from_db()
    return answer


@pytest.mark.parametrize("make", [factories.quote, factories.prediction])
def test_speaker_is_set_for_many_rows(make):
    ada, vera = factories.speaker(), factories.verifier()
    one, two = factories.episode(status="approved", approved_version=1), factories.episode()
    rows = [make(one, label="A"), make(one, status="draft"), make(two), make(two, speaker=ada)]
    rows.append(make(one, status="evergreen", verified_by=vera))
    answer = set_speaker(factories.editor(), rows, ada.pk)
    assert messages_of(answer) == ["Speaker set for 4 items."]
    assert {row.speaker for row in rows} == {ada}
    assert [row.version for row in rows] == [2, 2, 2, 1, 2]
    assert [row.status for row in rows] == ["accepted", "draft", "accepted", "accepted", "accepted"]
    assert rows[-1].verified_by is None
    state = {e.pk: (e.version, e.status) for e in Episode.objects.all()}
    assert state == {one.pk: (2, "in_review"), two.pk: (2, "draft")}


def test_public_rows_keep_their_speaker():
    ada, public, draft = factories.speaker(), factories.public_episode(title="Public"), factories.episode()
    rows = [factories.quote(public), factories.quote(draft)]
    told = messages_of(set_speaker(factories.editor(), rows, ada.pk))
    assert told == ["Public: A published episode cannot be edited directly.", "Speaker set for 1 item."]
    assert [row.speaker for row in rows] == [None, ada]
    assert (rows[0].version, rows[0].episode.version) == (1, 1)


@pytest.mark.parametrize("speaker", ["", "999", "x"])
def test_without_a_known_speaker_nothing_is_written(speaker):
    quote = factories.quote(factories.episode())
    set_speaker(factories.editor(), [quote], speaker)
    assert (quote.speaker, quote.version, quote.episode.version) == (None, 1, 1)


def test_too_many_at_once_are_refused(monkeypatch):
    monkeypatch.setattr("episodes.desk.list_actions.MOST", 1)
    rows = [factories.quote(factories.episode()) for _ in range(2)]
    set_speaker(factories.editor(), rows, factories.speaker().pk)
    assert {row.speaker for row in rows} == {None}


@pytest.mark.parametrize("who", [factories.verifier, factories.publisher, factories.librarian])
def test_non_editors_cannot_set_speakers(who):
    quote = factories.quote(factories.episode())
    set_speaker(who(), [quote], factories.speaker().pk)
    assert quote.speaker is None
    page = signed_in(who()).get(change_list(Quote)).content.decode()
    assert ('name="speaker"' in page, 'name="reject_code"' in page) == (False, False)


def test_librarian_sees_no_rejection_field():
    from people.models import Speaker

    factories.speaker()
    page = signed_in(factories.librarian()).get(change_list(Speaker)).content.decode()
    assert ('name="action"' in page, 'name="reject_code"' in page) == (True, False)


@pytest.mark.parametrize("rows", [2, 40])
def test_queries_do_not_grow_with_rows(rows, django_assert_num_queries):
    client, ada, episode = signed_in(factories.editor()), factories.speaker(), factories.episode()
    said = [factories.quote(episode) for _ in range(rows)]
    ContentType.objects.get_for_model(Quote)
    # Expect 3 for the user, 44 for the rest: the list's own count and rows, the speaker for Django's form and for
    # ours, the count against the limit, the rows with their episode, the savepoints, the episode's version, the rows'
    # one write and its record, what is derived with the passages (15), the log, and the session with the message.
    data = {"action": "set_speaker", "_selected_action": [row.pk for row in said], "speaker": ada.pk}
    with django_assert_num_queries(3 + factories.by_database(44, 42)):
        assert client.post(change_list(Quote), data).status_code == 302
    assert Quote.objects.filter(speaker=ada).count() == rows


def test_lists_filter_by_speaker_and_label():
    episode = factories.episode()
    ada = factories.speaker()
    rows = [factories.quote(episode, label=label) for label in ("A", "A", "B")]
    known = factories.quote(episode, label="A", speaker=ada)
    factories.quote(factories.episode(), label="A")
    client = signed_in(factories.editor())

    def listed(**query):
        return set(client.get(change_list(Quote), {"episode": episode.pk, **query}).context["cl"].result_list)

    assert listed(who="open") == set(rows)
    assert listed(who="known") == {known}
    assert listed(who="open", label="A") == set(rows[:2])
    assert listed(label="no such") == set()
    page = client.get(change_list(Quote), {"episode": episode.pk}).content.decode()
    assert ("A (3)" in page, "B (1)" in page) == (True, True)


def test_speakers_credited_in_the_episode_come_first():
    episode = factories.episode()
    factories.speaker("Ada")
    zoe = factories.speaker("Zoe")
    factories.appearance(episode, zoe)
    client = signed_in(factories.editor())
    box = {"app_label": "episodes", "model_name": "quote", "field_name": "speaker", "term": ""}

    def offered(page):
        answer = client.get(page_at("admin:autocomplete"), box, headers={"referer": f"http://testserver{page}"})
        return [found["text"] for found in answer.json()["results"]]

    assert offered(change_page(episode)) == ["Zoe", "Ada"]
    assert offered(f"{change_list(Quote)}?who=open&episode={episode.pk}") == ["Zoe", "Ada"]
    assert offered(f"/en/admin/episodes/quote/1/change/?_changelist_filters=episode%3D{episode.pk}") == ["Zoe", "Ada"]
    assert offered("/en/admin/") == ["Ada", "Zoe"]
    assert offered("/?episode=x") == ["Ada", "Zoe"]


# --- from one item to the next


def decide(client, item, to="accepted", filters="", **data):
    address = page_at("admin:episodes_quote_decide", item.pk) + filters
    return client.post(address, {"to": to, **data})["Location"]


def test_decision_leads_to_next_undecided_then_list():
    episode = factories.episode()
    first, second, third = (factories.quote(episode, start=second, status="draft") for second in (1, 2, 3))
    factories.quote(episode, start=2)
    factories.quote(factories.episode(), start=2, status="draft")
    client = signed_in(factories.editor())
    filters = f"?_changelist_filters=status__exact%3Ddraft%26episode%3D{episode.pk}"
    assert decide(client, second, filters=filters) == change_page(third) + filters
    assert decide(client, third, "rejected", filters, reject_code="trivial") == change_page(first) + filters
    # After "back to draft" or a refusal the same item is shown.
    assert decide(client, third, "draft", filters) == change_page(third) + filters
    assert decide(client, third, "rejected", filters) == change_page(third) + filters
    assert decide(client, third, filters=filters) == change_page(first) + filters
    assert decide(client, first, filters=filters) == f"{change_list(Quote)}?status__exact=draft&episode={episode.pk}"


def test_item_page_links_to_its_episode():
    item = factories.prediction(factories.episode())
    page = signed_in(factories.editor()).get(change_page(item)).content.decode()
    assert f'href="{change_page(item.episode)}">Back to the episode' in page
    assert Prediction.objects.count() == 1
