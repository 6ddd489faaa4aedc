"""Working copies and snapshots: buttons, comparisons, list."""

import re

import pytest

from episodes.models import Episode, Quote, Snapshot
from episodes.workflow import revise, snapshots, transition
from tests import factories
from tests.episodes.desk.form_data import (
    change_list,
    change_page,
    form_in,
    messages_of,
    page_at,
    save,
    signed_in,
)
from tests.episodes.desk.test_queries import WHO

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return signed_in(factories.editor())


@pytest.fixture
def public():
    made = factories.full_episode(title="Public", slug="public", adopted=True, language="en")
    made.refresh_from_db()
    return made


def press(client, name, obj, **data):
    return client.post(page_at(f"admin:episodes_{obj._meta.model_name}_{name}", obj.pk), data, follow=True)


def page_of(client, obj):
    return client.get(change_page(obj)).content.decode()


def approved(public):
    copy = revise(public, factories.editor())
    transition(copy, "approved", factories.editor())
    return copy


def test_from_the_button_to_the_changed_page(client, public):
    assert re.search(r">\s*Edit\s*</button>", page_of(client, public))
    answer = press(client, "revise", public)
    copy = Episode.objects.working().get()
    assert answer.redirect_chain[-1][0] == change_page(copy)
    shown = answer.content.decode()
    assert change_page(public) in shown
    assert "Draft of changes to" in shown
    # The normal form, without the slug.
    assert 'name="title"' in shown
    assert copy.slug not in shown
    assert save(client, copy, title="Corrected").status_code == 302
    assert save(client, copy.quotes.get(), text="Other words.").status_code == 302
    assert "Continue the draft of changes" in page_of(client, public)
    compared = client.get(page_at("admin:episodes_episode_compare", copy.pk))
    content = compared.content.decode()
    assert "<del>Public</del><ins>Corrected</ins>" in content
    assert "<del>Words as spoken</del><ins>Other words</ins>." in content
    assert ("no-store" in compared["Cache-Control"], compared["X-Robots-Tag"]) == (True, "noindex")
    press(client, "approve", copy)
    publisher = signed_in(factories.publisher())
    assert "Publish changes" in page_of(publisher, copy)
    answer = press(publisher, "publish_changes", copy, reason="A correction.")
    assert answer.redirect_chain[-1][0] == change_page(public)
    assert messages_of(answer) == ["The changes are published."]
    public.refresh_from_db()
    assert (public.title, public.quotes.get().text) == ("Corrected", "Other words.")
    assert public.decisions.get(reason="A correction.").by == factories.publisher()


def test_refusals_are_shown_after_redirect(client, public):
    draft = factories.episode()
    assert "Only a published episode" in messages_of(press(client, "revise", draft))[0]
    copy = revise(public, factories.second_editor())
    assert messages_of(press(client, "discard", copy)) == ["edgar is reviewing this episode."]
    publisher = signed_in(factories.publisher())
    answer = press(publisher, "publish_changes", copy)
    assert messages_of(answer) == ["The changes are not approved."]
    assert answer.redirect_chain[-1][0] == change_page(copy)


def test_slower_user_is_redirected_to_original(public, monkeypatch):
    from episodes import workflow

    copy = approved(public)
    original = workflow.publish_changes

    def quicker(copy, by, reason=""):
        original(Episode.objects.get(pk=copy.pk), factories.publisher())
        return original(copy, by, reason)

    monkeypatch.setattr(workflow, "publish_changes", quicker)
    answer = press(signed_in(factories.publisher()), "publish_changes", copy)
    assert answer.redirect_chain[-1][0] == change_page(public)
    assert messages_of(answer) == ["Someone else changed this in the meantime. Nothing was saved."]


def test_holder_discards_working_copy(client, public):
    copy = revise(public, factories.editor())
    assert "/discard/" in page_of(client, copy)
    assert "/discard/" not in page_of(signed_in(factories.second_editor()), copy)
    answer = press(client, "discard", copy)
    assert answer.redirect_chain[-1][0] == change_page(public)
    assert not Episode.objects.working().exists()


def test_superuser_cannot_delete_working_copy(public):
    from django.contrib.auth.models import User

    copy = revise(public, factories.editor())
    Episode.objects.filter(pk=copy.pk).update(status="draft")
    client = signed_in(User.objects.create_superuser("root"))
    assert client.post(page_at("admin:episodes_episode_delete", copy.pk), {"post": "yes"}).status_code == 403


def test_only_working_copies_have_a_comparison(client, public):
    assert client.get(page_at("admin:episodes_episode_compare", public.pk)).status_code == 404


def test_approve_and_publish_at_once(public):
    every = factories.person("all", "Editor", "Publisher")
    copy = revise(public, every)
    answer = press(signed_in(every), "straight", copy)
    assert messages_of(answer) == ["Approved and published."]
    assert answer.redirect_chain[-1][0] == change_page(public)


def test_list_marks_and_filters_working_copies(client, public):
    copy = revise(public, factories.editor())
    page = client.get(change_list(Episode)).content.decode()
    assert page.count("draft of changes to “Public”") == 1
    page = client.get(change_list(Episode), {"next": "changes"})
    assert [row.pk for row in page.context["cl"].result_list] == [copy.pk]
    desk = client.get(page_at("admin:index")).content.decode()
    assert "?next=changes" in desk


def test_list_publishes_changes_and_names_refusals(public):
    other, third = (
        factories.full_episode(title="Other", adopted=True),
        factories.public_episode(title="Third", adopted=True),
    )
    copies = [approved(public), approved(other), revise(third, factories.editor())]
    for copy in copies:
        Quote.objects.filter(episode=copy).update(text=f"New in {copy.title}.")
    data = {"action": "publish_changes_selected", "_selected_action": [e.pk for e in (*copies, public)]}
    answer = signed_in(factories.publisher()).post(change_list(Episode), data, follow=True)
    assert messages_of(answer) == [
        "Third: The changes are not approved.",
        "Public: This is not a draft of changes.",
        "Changes to 2 episodes published.",
    ]
    assert [e.quotes.get().text for e in (public, other)] == ["New in Public.", "New in Other."]
    assert Episode.objects.working().get() == copies[2]
    # Only publishers have this action.
    assert "publish_changes_selected" not in client_list(factories.editor())


def client_list(user):
    return signed_in(user).get(change_list(Episode)).content.decode()


# --- snapshots


@pytest.fixture
def two(public):
    """Create two snapshots that differ in the title and a quote."""
    first = snapshots.take_snapshot(public, factories.publisher())
    Episode.objects.filter(pk=public.pk).update(title="Published")
    Quote.objects.update(text="Other words.")
    public.refresh_from_db()
    return first, snapshots.take_snapshot(public, factories.publisher())


def test_form_links_to_snapshots(client, public):
    address = f"{change_list(Snapshot)}?episode={public.pk}"
    assert address in page_of(client, public)
    assert address in page_of(client, revise(public, factories.editor()))
    assert change_list(Snapshot) + "?episode" not in page_of(client, factories.episode())


def test_any_two_snapshots_are_compared(client, public, two):
    first, second = two
    pages = [client.get(page_at("admin:episodes_snapshot_compare", second.pk))]
    pages.append(client.get(page_at("admin:episodes_snapshot_compare", first.pk), {"with": second.pk}))
    for page in pages:
        content = page.content.decode()
        assert "from version 1 to version 2" in content
        assert "<del>Public</del><ins>Published</ins>" in content
        assert "<del>Words as spoken</del><ins>Other words</ins>." in content
        assert "no-store" in page["Cache-Control"]
    Quote.objects.update(text="Third words.")
    content = client.get(page_at("admin:episodes_snapshot_compare", second.pk), {"with": "now"}).content.decode()
    assert "from version 2 to the published text" in content
    assert "<del>Other</del><ins>Third</ins> words." in content
    content = client.get(page_at("admin:episodes_snapshot_compare", first.pk)).content.decode()
    assert "from version 1 to the published text" in content
    public.delete()


def test_only_snapshots_of_one_episode_are_compared(client, two):
    other = snapshots.take_snapshot(factories.public_episode(), factories.publisher())
    address = page_at("admin:episodes_snapshot_compare", two[0].pk)
    for wrong in (other.pk, "x", "9" * 30, 0):
        assert client.get(address, {"with": wrong}).status_code == 404
    data = {"action": "compare_selected", "_selected_action": [other.pk, two[0].pk]}
    answer = client.post(change_list(Snapshot), data, follow=True)
    assert messages_of(answer) == ["Select two versions of the same episode."]
    data["_selected_action"] = [two[0].pk, two[1].pk]
    answer = client.post(change_list(Snapshot), data)
    assert answer["Location"] == f"{page_at('admin:episodes_snapshot_compare', two[1].pk)}?with={two[0].pk}"


def test_snapshot_is_restored_into_working_copy(client, public, two):
    address = page_at("admin:episodes_snapshot_restore", two[0].pk)
    assert address in page_of(client, two[0])
    assert address not in page_of(signed_in(factories.verifier()), two[0])
    answer = press(client, "restore", two[0])
    copy = Episode.objects.working().get()
    assert answer.redirect_chain[-1][0] == change_page(copy)
    assert messages_of(answer) == ["The draft of changes now contains the text of version 1."]
    assert (copy.title, copy.quotes.get().text) == ("Public", "Words as spoken.")
    public.refresh_from_db()
    assert public.title == "Published"
    answer = press(client, "restore", two[0])
    assert messages_of(answer) == ["There is already a draft with other changes. Publish or discard it first."]


def test_markup_in_comparison_is_escaped(client, public):
    evil = "<script>alert(1)</script>"
    first = snapshots.take_snapshot(public, factories.publisher())
    Episode.objects.filter(pk=public.pk).update(title=evil)
    Quote.objects.update(text=evil, label=evil)
    public.refresh_from_db()
    copy = revise(public, factories.editor())
    Episode.objects.filter(pk=copy.pk).update(title=f"{evil}!")
    for page in (
        client.get(page_at("admin:episodes_snapshot_compare", first.pk)),
        client.get(page_at("admin:episodes_episode_compare", copy.pk)),
        client.get(change_page(copy)),
        client.get(change_list(Episode)),
    ):
        assert evil not in page.content.decode()
        assert "&lt;script&gt;" in page.content.decode()


# --- queries


@pytest.mark.parametrize("rows", [2, 20])
def test_queries_of_the_pages_do_not_grow(client, public, rows, django_assert_num_queries):
    for i in range(rows):
        factories.quote(public, text=f"Quote {i}", start=i)
    first = snapshots.take_snapshot(public, factories.publisher())
    copy = revise(public, factories.editor())
    Quote.objects.filter(episode=copy).update(text="Changed.")
    client.get(change_page(copy))
    # Expect 20 beside those for the user: the copy with who holds it, what it revises, and of both nine kinds.
    with django_assert_num_queries(WHO + 20):
        client.get(page_at("admin:episodes_episode_compare", copy.pk))
    # Expect 11: the snapshot with its episode, the others, and nine kinds of what is published.
    with django_assert_num_queries(WHO + 11):
        client.get(page_at("admin:episodes_snapshot_compare", first.pk))


def test_forms_of_copied_episodes_need_one_query(client, public, django_assert_num_queries):
    copy = revise(public, factories.editor())
    form_in(client.get(change_page(copy)))
    # Expect 18: the 14 of a form (see test_queries) without whether it ever was public, with what it revises, who holds
    # it, and whether a release undoes the claim: the claim's decision, its content type, anything decided since.
    with django_assert_num_queries(WHO + 18):
        client.get(change_page(copy))
    # Expect 15: of what is public that is known; its working copy and its sections' review status are asked for.
    with django_assert_num_queries(WHO + 15):
        client.get(change_page(public))
