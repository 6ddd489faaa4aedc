"""Buttons and list actions that change a status."""

from datetime import timedelta

import pytest
from django.utils import timezone

from episodes.models import Decision, Episode, Mention, Prediction, Quote, Section, Takeaway
from tests import factories
from tests.episodes.desk.form_data import (
    change_list,
    change_page,
    messages_of,
    page_at,
    signed_in,
)

pytestmark = pytest.mark.django_db


def press(user, episode, button, **data):
    address = page_at(f"admin:episodes_episode_{button}", episode.pk)
    answer = signed_in(user).post(address, data, follow=True)
    episode.refresh_from_db()
    return answer


def act(user, model, action, rows, **data):
    data |= {"action": action, "_selected_action": [row.pk for row in rows]}
    answer = signed_in(user).post(change_list(model), data, follow=True)
    for row in rows:
        row.refresh_from_db()
    return answer


# --- transitions of an episode


def test_episode_passes_all_transitions(django_user_model):
    editor, publisher = factories.editor(), factories.publisher()
    episode = factories.episode(summary="Words.")
    quote = Quote.objects.create(episode=episode, text="q", speaker=factories.speaker())
    press(editor, episode, "claim")
    assert (episode.status, episode.claimed_by) == ("in_review", editor)
    press(editor, episode, "summary", to="accepted")
    act(editor, Quote, "accept_selected", [quote])
    press(editor, episode, "approve")
    assert (episode.status, episode.approved_version) == ("approved", 1)
    answer = press(publisher, episode, "publish")
    assert (episode.status, episode.is_public) == ("published", True)
    assert answer.redirect_chain[0][0].endswith(change_page(episode).removeprefix("/en"))
    press(publisher, episode, "withdraw", reason="The guest asked for it.")
    assert (episode.status, episode.withdrawn_reason) == ("withdrawn", "The guest asked for it.")
    press(publisher, episode, "reopen", reason="Cleared up.")
    assert (episode.status, episode.published_at) == ("draft", None)
    decisions = Decision.objects.order_by("pk").values_list("field", "to_status", "by__username")
    assert list(decisions) == [
        ("", "in_review", "edith"),
        ("summary", "accepted", "edith"),
        ("", "accepted", "edith"),
        ("", "approved", "edith"),
        ("", "published", "paul"),
        ("", "withdrawn", "paul"),
        ("", "draft", "paul"),
    ]


def test_an_approval_is_refused_with_every_reason():
    episode = factories.episode(status="in_review", title="", summary="s")
    Quote.objects.create(episode=episode, text="q")
    answer = press(factories.editor(), episode, "approve")
    assert messages_of(answer) == [
        "The title is missing.",
        "The summary is not reviewed yet.",
        "Not reviewed yet: 1 × quote.",
    ]
    assert episode.status == "in_review"


def test_refusal_reasons_are_one_escaped_message():
    episode = factories.episode(status="in_review", title="")
    episode.findings.create(code="c", severity="error", message="<b>x</b>", origin="person", fingerprint="f")
    answer = press(factories.editor(), episode, "approve")
    assert len(list(answer.context["messages"])) == 1
    content = answer.content.decode()
    assert "<ul><li>The title is missing.</li>" in content
    assert ("&lt;b&gt;x&lt;/b&gt;</li>" in content, "<b>x" in content) == (True, False)


def test_publication_time_input_is_labelled():
    episode = factories.episode(status="approved", approved_version=1)
    page = signed_in(factories.publisher()).get(change_page(episode)).content.decode()
    assert "now, or later at (time zone UTC)" in page


def test_publication_can_be_scheduled():
    episode = factories.episode(status="approved", approved_version=1)
    moment = (timezone.now() + timedelta(days=3)).replace(second=0, microsecond=0)
    answer = press(factories.publisher(), episode, "publish", published_at=moment.strftime("%Y-%m-%dT%H:%M"))
    assert (episode.status, episode.published_at, episode.is_public) == ("published", moment, False)
    assert "It will be published automatically at that time." in messages_of(answer)


@pytest.mark.parametrize("moment", ["tomorrow", "2026-99-99", "0"])
def test_invalid_time_publishes_nothing(moment):
    episode = factories.episode(status="approved", approved_version=1)
    answer = press(factories.publisher(), episode, "publish", published_at=moment)
    assert "Nothing was changed" in messages_of(answer)[0]
    assert episode.status == "approved"


@pytest.mark.parametrize("button", ["withdraw", "reopen"])
def test_withdrawing_and_reopening_need_a_reason(button):
    status = {"withdraw": "published", "reopen": "withdrawn"}[button]
    episode = factories.public_episode(status=status)
    answer = press(factories.publisher(), episode, button, reason="  ")
    assert messages_of(answer) == ["Enter a reason."]
    assert episode.status == status


def test_episode_held_by_another_is_not_claimed():
    episode = factories.episode(claimed_by=factories.second_editor(), claimed_at=timezone.now())
    assert messages_of(press(factories.editor(), episode, "claim")) == ["edgar is reviewing this episode."]
    assert episode.status == "draft"


def buttons_of(user, episode):
    page = signed_in(user).get(change_page(episode))
    return [str(button["label"]) for button in page.context["desk"]["buttons"]]


def test_buttons_depend_on_permissions():
    factories.second_editor()
    for status, editors, verifiers, publishers in [
        ("draft", ["Start review"], [], []),
        ("in_review", ["Start review", "Approve"], ["Request changes"], ["Request changes"]),
        ("changes_requested", ["Start review"], [], []),
        ("approved", [], [], ["Publish"]),
        ("published", [], ["Mark as fully checked"], ["Withdraw"]),
        ("evergreen", [], [], ["Withdraw"]),
        ("withdrawn", [], [], ["Back to draft"]),
    ]:
        moment = timezone.now() if status in ("published", "evergreen", "withdrawn") else None
        episode = factories.episode(status=status, published_at=moment)
        assert buttons_of(factories.editor(), episode) == editors
        assert buttons_of(factories.verifier(), episode) == verifiers
        assert buttons_of(factories.publisher(), episode) == publishers
        assert buttons_of(factories.librarian(), episode) == []


def test_single_editor_sees_no_second_person_buttons():
    root = factories.person("solo", "Editor", "Verifier", "Publisher")
    episode = factories.episode()
    desk = signed_in(root).get(change_page(episode)).context["desk"]
    assert ([str(b["label"]) for b in desk["buttons"]], desk["holder"], desk["straight"]) == ([], None, True)
    factories.editor()
    assert buttons_of(root, episode) == ["Start review"]


def test_evergreen_alone_needs_self_verify_setting(settings):
    root = factories.person("solo", "Editor", "Verifier", "Publisher")
    episode = factories.public_episode()
    assert "Mark as fully checked" not in buttons_of(root, episode)
    settings.GREENROOM_SELF_VERIFY = True
    assert "Mark as fully checked" in buttons_of(root, episode)


def test_one_button_claims_approves_and_publishes():
    root = factories.person("solo", "Editor", "Publisher")
    episode = factories.episode()
    answer = press(root, episode, "straight")
    assert messages_of(answer) == ["Approved and published."]
    assert episode.is_public
    assert list(Decision.objects.order_by("pk").values_list("from_status", "to_status")) == [
        ("draft", "in_review"), ("in_review", "approved"), ("approved", "published"),
    ]  # fmt: skip


def test_unapprovable_episode_is_not_published_directly():
    root = factories.person("solo", "Editor", "Publisher")
    episode = factories.episode(summary="Not decided.")
    assert messages_of(press(root, episode, "straight")) == ["The summary is not reviewed yet."]
    assert (episode.status, Decision.objects.count()) == ("draft", 0)


def test_holder_or_publisher_releases_claim():
    for who in (factories.editor(), factories.publisher()):
        episode = factories.episode(status="in_review", claimed_by=factories.editor(), claimed_at=timezone.now())
        assert messages_of(press(factories.second_editor(), episode, "release")) == ["edith is reviewing this episode."]
        assert messages_of(press(who, episode, "release")) == ["Released. The episode is unassigned."]
        assert episode.claimed_by is None


def test_changes_are_requested_for_a_field():
    episode = factories.episode(status="in_review")
    told = messages_of(press(factories.verifier(), episode, "request", field="summary", reason=""))
    assert told == ["Enter what to change and why. Nothing was changed."]
    press(factories.verifier(), episode, "request", field="summary", reason="Say who speaks.")
    assert episode.status == "changes_requested"
    assert list(episode.findings.values_list("code", "field", "message", "severity", "origin")) == [
        ("changes-requested", "summary", "Say who speaks.", "error", "person")
    ]


# --- the list of episodes


def test_list_claims_free_episodes_names_others():
    free, held = factories.episode(title="Free"), factories.episode(title="Held")
    Episode.objects.filter(pk=held.pk).update(claimed_by=factories.second_editor(), claimed_at=timezone.now())
    answer = act(factories.editor(), Episode, "claim_selected", [free, held])
    assert messages_of(answer) == ["Held: edgar is reviewing this episode.", "1 item updated."]
    assert (free.status, held.status) == ("in_review", "draft")


def test_only_publishers_publish_in_the_list():
    episode = factories.episode(status="approved", approved_version=1)
    act(factories.editor(), Episode, "publish_selected", [episode])
    assert episode.status == "approved"
    act(factories.publisher(), Episode, "claim_selected", [episode])
    assert episode.status == "approved"
    act(factories.publisher(), Episode, "publish_selected", [episode])
    assert episode.is_public


def test_list_action_names_ten_refusals():
    episodes = [factories.episode(status="approved") for _ in range(12)]
    answer = act(factories.editor(), Episode, "claim_selected", episodes)
    told = messages_of(answer)
    assert len(told) == 11
    assert told[-1] == "2 items could not be updated."


def test_too_many_at_once_are_refused(monkeypatch):
    monkeypatch.setattr("episodes.desk.list_actions.MOST", 1)
    answer = act(factories.editor(), Episode, "claim_selected", [factories.episode(), factories.episode()])
    assert messages_of(answer) == ["Select at most 1 at a time. Nothing was changed."]
    assert set(Episode.objects.values_list("status", flat=True)) == {"draft"}


# --- items


def test_items_are_decided_in_the_list():
    editor, episode = factories.editor(), factories.episode()
    quotes = [Quote.objects.create(episode=episode, text=str(i)) for i in range(3)]
    act(editor, Quote, "accept_selected", quotes[:2])
    act(editor, Quote, "reject_selected", quotes[1:], reject_code="not_said")
    assert [(q.status, q.accepted_by, q.reject_code) for q in quotes] == [
        ("accepted", editor, ""),
        ("rejected", None, "not_said"),
        ("rejected", None, "not_said"),
    ]
    act(editor, Quote, "draft_selected", quotes)
    assert {(q.status, q.accepted_by, q.reject_code) for q in quotes} == {("draft", None, "")}


@pytest.mark.parametrize("code", ["", "boring"])
def test_a_rejection_needs_a_known_reason(code):
    quote = Quote.objects.create(episode=factories.episode(), text="q")
    answer = act(factories.editor(), Quote, "reject_selected", [quote], reject_code=code)
    # Django refuses codes that are not among the choices.
    assert quote.status == "draft"
    assert "Nothing was changed" in " ".join(messages_of(answer)) or code


def test_deciding_many_items_of_approved_episode():
    """The first decision revokes the approval; the others must not fail on a stale copy of the episode."""
    episode = factories.episode(status="approved", approved_version=1)
    rows = [Takeaway.objects.create(episode=episode, text=str(i)) for i in range(5)]
    act(factories.editor(), Takeaway, "accept_selected", rows)
    episode.refresh_from_db()
    assert {row.status for row in rows} == {"accepted"}
    assert (episode.status, episode.approved_version) == ("in_review", None)


def test_public_item_decisions_take_effect_at_once():
    episode = factories.public_episode()
    quote = Quote.objects.create(episode=episode, text="q", speaker=factories.speaker())
    before = episode.changed_at
    act(factories.editor(), Quote, "accept_selected", [quote])
    episode.refresh_from_db()
    assert list(Quote.objects.public()) == [quote]
    assert (episode.status, episode.changed_at > before) == ("published", True)


def test_items_held_by_another_are_not_decided():
    episode = factories.episode(status="in_review", claimed_by=factories.second_editor(), claimed_at=timezone.now())
    quote = Quote.objects.create(episode=episode, text="q")
    answer = act(factories.editor(), Quote, "accept_selected", [quote])
    assert messages_of(answer) == ["q: edgar is reviewing this episode."]
    assert quote.status == "draft"


@pytest.mark.parametrize("who", [factories.verifier, factories.publisher, factories.librarian])
def test_non_editors_cannot_decide_items(who):
    quote = Quote.objects.create(episode=factories.episode(), text="q")
    act(who(), Quote, "accept_selected", [quote])
    assert quote.status == "draft"


def test_one_item_is_decided_on_its_page():
    section = Section.objects.create(episode=factories.episode(), text="t")
    client, address = signed_in(factories.editor()), change_page(section).replace("change", "decide")
    assert "Now" not in client.get(change_page(section)).content.decode()
    client.post(address, {"to": "rejected", "reject_code": "trivial"})
    section.refresh_from_db()
    assert (section.status, section.reject_code) == ("rejected", "trivial")
    assert "trivial" in client.get(change_page(section)).content.decode()


@pytest.mark.parametrize("to", ["", "published", "evergreen", "rejected", "draft"])
def test_unknown_status_is_refused(to):
    quote = Quote.objects.create(episode=factories.episode(), text="q")
    answer = signed_in(factories.editor()).post(change_page(quote).replace("change", "decide"), {"to": to}, follow=True)
    quote.refresh_from_db()
    assert quote.status == "draft"
    assert len(messages_of(answer)) == 1


def test_lists_of_items_are_filtered_by_episode():
    one, two = factories.episode(title="One"), factories.episode(title="Two")
    for episode in (one, two):
        for model in (Quote, Prediction):
            model.objects.create(episode=episode, **{"text" if model is Quote else "words": episode.title})
        Mention.objects.create(episode=episode, entity=factories.entity(episode.title))
    client = signed_in(factories.editor())
    for model in (Quote, Prediction, Mention):
        listed = client.get(change_list(model), {"episode": one.pk, "status__exact": "draft"}).context["cl"]
        assert [row.episode for row in listed.result_list] == [one]
        # A mistyped address shows no rows, not all rows.
        for wrong in ("x", "9" * 30, "0", "-1", "１2x"):
            assert client.get(change_list(model), {"episode": wrong}).context["cl"].result_count == 0
