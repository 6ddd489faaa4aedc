"""States of findings and the permissions to change them."""

import pytest

from episodes.models import Decision, Finding
from episodes.workflow import transition
from tests import factories
from tests.episodes.workflow.steps import ROLES, refusal, reloaded, steps_since

pytestmark = pytest.mark.django_db
TWENTY = "The guest agreed so."
TOO_SHORT = "Give a reason of at least 20 characters for waiving this error."


@pytest.fixture(params=Finding.Severity.values)
def finding(request):
    return made(request.param)


def made(severity="error", state="open"):
    fields = {"code": "x", "severity": severity, "message": "m", "origin": "check", "state": state}
    return Finding.objects.create(episode=factories.episode(), **fields)


@pytest.mark.parametrize("role", ROLES)
def test_settling_and_waiving_need_permissions(role):
    by, done = ROLES[role](), set()
    for severity in Finding.Severity.values:
        for to in ("resolved", "waived"):
            finding = made(severity)
            if role in ("librarian", "nobody"):
                assert refusal(finding, to, by, TWENTY) == [f"{by.username} does not have permission to do this."]
            elif role == "editor" and (severity, to) == ("error", "waived"):
                assert refusal(finding, to, by, TWENTY) == ["edith does not have permission to waive errors."]
            else:
                transition(finding, to, by, TWENTY)
                done.add((severity, to, reloaded(finding).state))
    everything = {(severity, to, to) for severity in Finding.Severity.values for to in ("resolved", "waived")}
    assert done == {
        "editor": everything - {("error", "waived", "waived")},
        "verifier": everything,
        "publisher": everything,
        "superuser": everything,
    }.get(role, set())


@pytest.mark.parametrize("reason", ["", "x" * 19, " " * 30, f"  {'x' * 19}  "])
def test_waiver_of_error_needs_twenty_characters(reason):
    assert len(TWENTY) == 20
    finding = made()
    assert refusal(finding, "waived", factories.verifier(), reason) == [TOO_SHORT]
    transition(finding, "waived", factories.verifier(), TWENTY)
    assert (reloaded(finding).state, Decision.objects.get().reason) == ("waived", TWENTY)


@pytest.mark.parametrize("severity", ["warning", "info"])
def test_waiver_of_warning_needs_no_reason(severity):
    finding = made(severity)
    transition(finding, "waived", factories.editor())
    assert reloaded(finding).state == "waived"


def test_all_state_changes_are_allowed(finding):
    for state in Finding.State.values:
        for to in [*Finding.State.values, "nonsense"]:
            Finding.objects.update(state=state)
            before = len(steps_since())
            if to in (state, "nonsense"):
                assert refusal(reloaded(finding), to, factories.verifier(), TWENTY) == [
                    f"A flag cannot change from “{state}” to “{to}”."
                ]
            else:
                transition(reloaded(finding), to, factories.verifier(), TWENTY)
                assert steps_since()[before:] == [("finding", "", state, to, "vera")]
                assert reloaded(finding).state == to


def test_second_concurrent_settlement_is_refused(finding):
    other = reloaded(finding)
    transition(finding, "resolved", factories.editor())
    assert refusal(other, "waived", factories.verifier(), TWENTY) == [
        "Someone else changed this in the meantime. Nothing was saved."
    ]


def test_finding_is_settled_despite_claim_of_another(claimed):
    finding = claimed.findings.create(code="x", severity="warning", message="m", origin="check")
    transition(finding, "resolved", factories.second_editor())
    assert (reloaded(finding).state, reloaded(claimed).claimed_by) == ("resolved", factories.editor())
