"""Findings on the desk: states, waivers, suggested fixes."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from episodes.models import Decision, Finding
from tests import factories
from tests.episodes.desk.form_data import (
    change_list,
    change_page,
    messages_of,
    page_at,
    save,
    signed_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return signed_in(factories.editor())


def finding(**fields):
    fields = {"code": "c", "severity": "error", "message": "Wrong.", "origin": "check", **fields}
    return Finding.objects.create(episode=fields.pop("episode", None) or factories.episode(), **fields)


def test_finding_form_writes_nothing(client):
    wrong = finding(fingerprint="f")
    forged = {"state": "waived", "message": "x", "severity": "info", "code": "x", "fingerprint": "x"}
    assert save(client, wrong, **forged).status_code == 302
    wrong.refresh_from_db()
    assert (wrong.state, wrong.message, wrong.severity, wrong.code) == ("open", "Wrong.", "error", "c")


def settled(user, wrong, to, reason=""):
    address = page_at("admin:episodes_finding_settle", wrong.pk)
    told = messages_of(signed_in(user).post(address, {"to": to, "reason": reason}, follow=True))
    wrong.refresh_from_db()
    return told, wrong.state


def test_waiving_errors_needs_permission_and_reason():
    wrong, why = finding(fingerprint="f"), "Read and found to be right."
    assert settled(factories.editor(), wrong, "waived", why) == (
        ["edith does not have permission to waive errors."],
        "open",
    )
    told = ["Give a reason of at least 20 characters for waiving this error."]
    assert settled(factories.verifier(), wrong, "waived", "Fine.") == (told, "open")
    assert settled(factories.verifier(), wrong, "waived", why) == (["Status of the flag: waived."], "waived")
    assert list(Decision.objects.values_list("from_status", "to_status", "reason", "by__username")) == [
        ("open", "waived", why, "vera")
    ]
    assert settled(factories.editor(), wrong, "open") == (["Status of the flag: open."], "open")


def test_editor_waives_warning_without_reason():
    assert settled(factories.editor(), finding(severity="warning"), "waived") == (
        ["Status of the flag: waived."],
        "waived",
    )


def test_findings_are_settled_in_the_list(client):
    episode = factories.episode()
    client = signed_in(factories.verifier())
    first, second = finding(episode=episode, fingerprint="1"), finding(episode=episode, fingerprint="2")
    for action, state in (("resolve", "resolved"), ("waive", "waived"), ("open", "open")):
        data = {"action": f"{action}_selected", "_selected_action": [first.pk], "reason": "It is right as it stands."}
        answer = client.post(change_list(Finding), data, follow=True)
        first.refresh_from_db()
        assert first.state == state
        assert messages_of(answer) == ["1 flag updated."]
    second.refresh_from_db()
    assert second.state == "open"
    # Who did it is on record.
    assert list(Decision.objects.order_by("pk").values_list("to_status", "by__username")) == [
        ("resolved", "vera"), ("waived", "vera"), ("open", "vera"),
    ]  # fmt: skip


def test_superuser_cannot_delete_finding():
    root = signed_in(User.objects.create_superuser("root"))
    assert root.post(change_page(finding()).replace("change", "delete"), {"post": "yes"}).status_code == 403


def repairable(**fields):
    episode = factories.episode(duration=3600, **fields)
    quote = factories.quote(episode, start=111600, status="draft")
    return quote, finding(episode=episode, target=quote, field="start", repair={"start": 1860}, fingerprint="f")


def applied(user, wrong):
    answer = signed_in(user).post(page_at("admin:episodes_finding_apply", wrong.pk), follow=True)
    return answer if answer.status_code != 200 else messages_of(answer)


def test_suggested_fix_is_shown_and_applied(client):
    quote, wrong = repairable(status="approved", approved_version=1)
    page = client.get(change_page(wrong)).content.decode()
    assert "time: 00:31:00" in page
    assert page_at("admin:episodes_finding_apply", wrong.pk) in page
    assert applied(factories.editor(), wrong) == ["The fix was applied."]
    quote.refresh_from_db()
    assert (quote.start, quote.version, quote.episode.version, quote.episode.status) == (1860, 2, 2, "in_review")
    wrong.refresh_from_db()
    assert wrong.state == "resolved"
    assert applied(factories.editor(), wrong) == ["There is no fix to apply."]


def test_repairs_are_applied_in_the_list(client):
    rows = [repairable() for _ in range(2)]
    rows.append(repairable(status="published", published_at=timezone.now()))
    data = {"action": "apply_selected", "_selected_action": [wrong.pk for _, wrong in rows]}
    told = messages_of(client.post(change_list(Finding), data, follow=True))
    assert sorted(told) == ["2 fixes applied.", "Wrong.: A published episode cannot be edited directly."]
    for quote, _ in rows:
        quote.refresh_from_db()
    assert [quote.start for quote, _ in rows] == [1860, 1860, 111600]


@pytest.mark.parametrize("who", [factories.verifier, factories.publisher, factories.librarian])
def test_fix_needs_permission_for_its_target(who):
    quote, wrong = repairable()
    assert applied(who(), wrong).status_code == 403
    signed_in(who()).post(change_list(Finding), {"action": "apply_selected", "_selected_action": [wrong.pk]})
    quote.refresh_from_db()
    assert quote.start == 111600


@pytest.mark.parametrize(
    "repair",
    [
        {"status": "accepted"},
        {"version": 9},
        {"speaker": 99},
        {"x": 1},
        {"start": "soon"},
        {"id": 1},
        {"episode": 1},
        [],
    ],
)
def test_fix_of_workflow_fields_writes_nothing(repair):
    quote, wrong = repairable()
    Finding.objects.filter(pk=wrong.pk).update(repair=repair)
    assert len(applied(factories.editor(), wrong)) == 1
    quote.refresh_from_db()
    assert (quote.start, quote.status, quote.version, quote.episode.version) == (111600, "draft", 1, 1)


def test_fixes_of_episode_and_speaker_are_applied():
    episode, ada = factories.episode(), factories.speaker()
    quote = factories.quote(episode)
    applied(factories.editor(), finding(episode=episode, target=quote, repair={"speaker": ada.pk}, fingerprint="1"))
    applied(factories.editor(), finding(episode=episode, target=episode, repair={"summary": "New."}, fingerprint="2"))
    told = applied(factories.editor(), finding(episode=episode, target=episode, repair={"slug": "x"}, fingerprint="3"))
    quote.refresh_from_db()
    assert (quote.speaker, quote.episode.summary, quote.episode.version) == (ada, "New.", 3)
    assert told == ["“slug” cannot be changed here."]


def test_invalid_fix_writes_nothing():
    episode = factories.episode()
    one, two = (factories.appearance(episode, label=label) for label in "ab")
    told = applied(
        factories.editor(), finding(episode=episode, target=two, repair={"label": one.label}, fingerprint="1")
    )
    two.refresh_from_db()
    assert (len(told), two.label, two.episode.version) == (1, "b", 1)
