"""Changes are requested of a field or an item, and block the approval until they are settled."""

import pytest

from episodes.models import Decision, Finding
from episodes.workflow import Summary, transition
from tests import factories
from tests.episodes.workflow.steps import again, refusal, within

pytestmark = pytest.mark.django_db
NOTHING = "Enter what to change: at least one reason, for a field or an item."
NOT_TIED = "Each reason needs a sentence and the field or item it refers to."


def request(episode, by, *wanted):
    return transition(episode, "changes_requested", by, findings=list(wanted))


@pytest.mark.parametrize("who", [factories.verifier, factories.publisher])
def test_a_reason_is_kept_as_a_finding_of_a_person(claimed, who):
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
    assert (again(claimed).status, again(claimed).claimed_by) == ("changes_requested", None)
    assert Decision.objects.filter(to_status="changes_requested").count() == 1


@pytest.mark.parametrize("findings", [{}, {"findings": None}, {"findings": []}])
def test_nothing_is_requested_without_a_reason(claimed, findings):
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
def test_a_reason_is_a_sentence_at_a_field_or_an_item(claimed, wanted):
    fine = {"field": "title", "message": "Fine."}
    assert refusal(claimed, "changes_requested", factories.verifier(), findings=[fine, wanted]) == [NOT_TIED]


def test_the_episode_as_a_whole_is_neither(claimed):
    wanted = [{"target": claimed, "message": "Bad."}]
    assert refusal(claimed, "changes_requested", factories.verifier(), findings=wanted) == [NOT_TIED]


def test_a_field_is_one_of_the_item(claimed):
    wanted = [{"target": claimed.sections.get(), "field": "insight", "message": "Bad."}]
    assert refusal(claimed, "changes_requested", factories.verifier(), findings=wanted) == [NOT_TIED]


def test_nothing_is_requested_of_another_episode(claimed):
    other = factories.quote(factories.episode(), text="Elsewhere.")
    wanted = [{"target": other, "message": "Bad."}]
    assert refusal(claimed, "changes_requested", factories.verifier(), findings=wanted) == [
        "“Elsewhere.” does not belong to this episode."
    ]


def test_the_same_said_twice_is_said_once(claimed):
    request(claimed, factories.verifier(), *[{"field": "title", "message": "Too long."}] * 2)
    assert claimed.findings.count() == 1


def test_the_same_is_requested_again_after_it_was_resolved(claimed):
    for _round in range(2):
        request(claimed, factories.verifier(), {"field": "title", "message": "Too long."})
        transition(claimed, "in_review", factories.editor())
        transition(claimed.findings.open().get(), "resolved", factories.editor())
    assert list(claimed.findings.values_list("state", flat=True)) == ["resolved", "resolved"]


def test_what_was_requested_blocks_the_approval_until_it_is_settled(claimed):
    transition(Summary(claimed), "accepted", factories.editor())
    transition(*within(claimed, claimed.sections.all()), "accepted", factories.editor())
    request(claimed, factories.verifier(), {"field": "title", "message": "Too long."})
    transition(claimed, "in_review", factories.editor())
    assert refusal(claimed, "approved", factories.editor()) == ["Open error: Too long."]
    transition(Finding.objects.get(), "resolved", factories.editor())
    transition(claimed, "approved", factories.editor())
    assert claimed.status == "approved"
