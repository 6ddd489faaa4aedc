"""Requested changes name a field or an item and block the approval until they are settled."""

import pytest

from episodes.models import Decision, Finding
from episodes.workflow import Summary, transition
from tests import factories
from tests.episodes.workflow.steps import refusal, reloaded, sharing_episode

pytestmark = pytest.mark.django_db
NOTHING = "Enter what to change: at least one reason, for a field or an item."
NOT_TIED = "Each reason needs a sentence and the field or item it refers to."


def request(episode, by, *wanted):
    return transition(episode, "changes_requested", by, findings=list(wanted))


@pytest.mark.parametrize("who", [factories.verifier, factories.publisher])
def test_change_request_creates_finding(claimed, who):
    section = claimed.sections.get()
    request(
        claimed, who(), {"field": "summary", "message": " Say who. "}, {"target": section, "message": "Who?"},
        {"target": section, "field": "heading", "message": "Too long."},
    )  # fmt: skip
    found = claimed.findings.values_list("code", "severity", "origin", "state", "field", "message")
    assert {row[:4] for row in found} == {("changes-requested", "error", "person", "open")}
    assert [(f.target, f.field, f.message) for f in claimed.findings.all()] == [
        (claimed, "summary", "Say who."),
        (section, "", "Who?"),
        (section, "heading", "Too long."),
    ]
    assert (reloaded(claimed).status, reloaded(claimed).claimed_by) == ("changes_requested", None)
    assert Decision.objects.filter(to_status="changes_requested").count() == 1


@pytest.mark.parametrize("findings", [{}, {"findings": None}, {"findings": []}])
def test_change_request_without_reason_is_refused(claimed, findings):
    assert refusal(claimed, "changes_requested", factories.verifier(), "Bad.", **findings) == [NOTHING]


@pytest.mark.parametrize(
    "wanted",
    [
        {"field": "summary"},
        {"field": "summary", "message": "  "},
        {"message": "Bad."},
        {"message": "Bad.", "field": "", "target": None},
        {"message": "Bad.", "field": "nonsense"},
        {"message": "Bad.", "field": "sections"},
    ],
)
def test_change_request_needs_sentence_and_target(claimed, wanted):
    fine = {"field": "title", "message": "Fine."}
    assert refusal(claimed, "changes_requested", factories.verifier(), findings=[fine, wanted]) == [NOT_TIED]


def test_change_request_about_whole_episode_is_refused(claimed):
    wanted = [{"target": claimed, "message": "Bad."}]
    assert refusal(claimed, "changes_requested", factories.verifier(), findings=wanted) == [NOT_TIED]


def test_change_request_about_unknown_field_is_refused(claimed):
    wanted = [{"target": claimed.sections.get(), "field": "insight", "message": "Bad."}]
    assert refusal(claimed, "changes_requested", factories.verifier(), findings=wanted) == [NOT_TIED]


def test_change_request_about_other_episode_is_refused(claimed):
    other = factories.quote(factories.episode(), text="Elsewhere.")
    wanted = [{"target": other, "message": "Bad."}]
    assert refusal(claimed, "changes_requested", factories.verifier(), findings=wanted) == [
        "“Elsewhere.” does not belong to this episode."
    ]


def test_repeated_change_request_is_one_finding(claimed):
    request(claimed, factories.verifier(), *[{"field": "title", "message": "Too long."}] * 2)
    assert claimed.findings.count() == 1


def test_resolved_change_request_can_be_repeated(claimed):
    for _round in range(2):
        request(claimed, factories.verifier(), {"field": "title", "message": "Too long."})
        transition(claimed, "in_review", factories.editor())
        transition(claimed.findings.open().get(), "resolved", factories.editor())
    assert list(claimed.findings.values_list("state", flat=True)) == ["resolved", "resolved"]


def test_open_change_request_blocks_approval(claimed):
    transition(Summary(claimed), "accepted", factories.editor())
    transition(*sharing_episode(claimed, claimed.sections.all()), "accepted", factories.editor())
    request(claimed, factories.verifier(), {"field": "title", "message": "Too long."})
    transition(claimed, "in_review", factories.editor())
    assert refusal(claimed, "approved", factories.editor()) == ["Open error: Too long."]
    transition(Finding.objects.get(), "resolved", factories.editor())
    transition(claimed, "approved", factories.editor())
    assert claimed.status == "approved"
