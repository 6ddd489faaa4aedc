"""Criteria, due dates and outcomes of predictions: permissions, refusals and undo."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.utils import timezone, translation

from episodes import derived, workflow
from episodes.desk import repair
from episodes.models import Decision, Episode, Finding, Prediction
from episodes.workflow import Refused, Stale
from episodes.workflow.outcomes import not_second, reset_outcome
from tests import factories

pytestmark = pytest.mark.django_db

SAID = date(2026, 5, 11)
PAST = date(2026, 8, 1)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _a_year_later(monkeypatch) -> None:
    """Set the time to May 2027, when everything here is resolved."""
    monkeypatch.setattr(timezone, "localdate", lambda *args: date(2027, 5, 11))


@pytest.fixture
def episode() -> Episode:
    return factories.public_episode(aired_on=SAID)


@pytest.fixture
def prediction(episode) -> Prediction:
    """Return a public, accepted, due prediction with criteria written by Edith."""
    row = factories.prediction(episode, horizon="今年")
    workflow.set_criteria(row, "Somebody gets wet.", factories.editor(), date(2026, 12, 31))
    return row


def refusal(function, *args, **kwargs) -> list[str]:
    before = list(Prediction.objects.order_by("pk").values())
    with pytest.raises(Refused) as caught:
        function(*args, **kwargs)
    assert list(Prediction.objects.order_by("pk").values()) == before
    return caught.value.reasons


def page(client, row) -> str:
    return client.get(f"/en/predictions/{row.pk}/").content.decode()


# --- proposed due dates


def found_in(episode) -> list[Finding]:
    derived.refresh(episode)
    return list(episode.findings.filter(code="due-date"))


def test_horizon_with_date_is_proposed_only():
    episode = factories.episode(aired_on=SAID)
    row = factories.prediction(episode, horizon="今年", status="draft")
    finding = found_in(episode)[0]
    assert finding.message == "Due 2026-12-31: “今年”, said on 2026-05-11, ends with that year."
    assert (finding.severity, finding.target, finding.field) == ("info", row, "due_on")
    assert finding.repair == {"due_on": "2026-12-31"}
    row.refresh_from_db()
    assert row.due_on is None


def test_applied_due_date_is_not_proposed_again():
    episode = factories.episode(aired_on=SAID)
    row = factories.prediction(episode, horizon="未来四个月", status="draft")
    repair.apply(found_in(episode)[0].pk, factories.editor())
    row.refresh_from_db()
    assert (row.due_on, row.criteria_by) == (date(2026, 9, 11), None)
    assert [finding.state for finding in found_in(episode)] == ["resolved"]


@pytest.mark.parametrize(
    ("horizon", "own"),
    [
        ("未来", {}),
        ("", {}),
        ("今年", {"status": "rejected", "reject_code": "trivial"}),
        ("今年", {"due_on": "2026-10-01"}),
        ("今年", {"outcome": "ambiguous"}),
    ],
)
def test_no_due_date_proposed_for_excluded_predictions(episode, horizon, own):
    factories.prediction(episode, horizon=horizon, **own)
    assert found_in(episode) == []


def test_no_due_date_proposed_without_air_date():
    episode = factories.episode()
    factories.prediction(episode, horizon="今年")
    assert found_in(episode) == []


def test_finding_repair_cannot_set_outcome(prediction):
    finding = prediction.episode.findings.create(
        code="c", severity="info", message="m", origin="check", target=prediction, repair={"outcome": "true"}
    )
    assert refusal(repair.apply, finding.pk, factories.editor()) == ["“outcome” cannot be changed here."]


# --- criteria


def test_criteria_take_effect_in_public_episode(client, episode):
    row = factories.prediction(episode, horizon="今年", status="evergreen", verified_by=factories.verifier())
    assert len(found_in(episode)) == 1
    made = workflow.set_criteria(row, " Somebody gets **wet**. ", factories.editor(), date(2026, 12, 31))
    row.refresh_from_db()
    assert (row.criteria, row.criteria_by, row.due_on) == (
        "Somebody gets **wet**.",
        factories.editor(),
        date(2026, 12, 31),
    )
    # Criteria are not the speaker's text, so a verification is kept.
    assert (row.status, row.version) == ("evergreen", 2)
    assert made.changes == {"criteria": ["", "Somebody gets **wet**."], "due_on": [None, "2026-12-31"]}
    assert (made.from_status, made.to_status, made.field) == ("evergreen", "evergreen", "criteria")
    assert found_in(episode) == []
    assert "<b>wet</b>" in page(client, row)


def test_new_due_date_keeps_criteria_author(prediction):
    workflow.set_criteria(prediction, prediction.criteria, factories.verifier(), date(2027, 1, 31))
    assert (prediction.criteria_by, prediction.due_on) == (factories.editor(), date(2027, 1, 31))
    workflow.set_criteria(prediction, prediction.criteria, factories.verifier(), None)
    assert prediction.due_on is None
    workflow.set_criteria(prediction, "Others.", factories.verifier())
    assert (prediction.criteria_by, prediction.due_on) == (factories.verifier(), None)


def test_invalid_criteria_are_refused(prediction, episode):
    editor = factories.editor()
    assert refusal(workflow.set_criteria, prediction, " ", editor) == ["Enter how to judge whether it came true."]
    assert refusal(workflow.set_criteria, prediction, prediction.criteria, editor) == [
        "There is no difference from what is saved."
    ]
    assert refusal(workflow.set_criteria, prediction, "Others.", editor, date(2026, 5, 10)) == [
        "The due date is before the recording date, 2026-05-11."
    ]


def test_criteria_are_locked_by_outcome(prediction):
    workflow.resolve(prediction, "true", factories.second_editor(), evidence="It did.")
    taken = "The prediction has been judged. Take back the outcome first."
    assert refusal(workflow.set_criteria, prediction, "Others.", factories.editor()) == [taken]
    workflow.unresolve(prediction, factories.editor())
    workflow.set_criteria(prediction, "Others.", factories.editor())
    assert prediction.criteria == "Others."


def test_edit_cannot_change_locked_criteria():
    row = factories.prediction(factories.episode(), criteria="c", outcome="true", due_on=PAST)
    for name, value in (("criteria", "d"), ("due_on", SAID)):
        setattr(row, name, value)
        assert refusal(workflow.save_words, row, [name], factories.editor()) == [
            "The prediction was judged by these criteria. Take back the outcome before you change them."
        ]


# --- the outcome


def test_resolution_by_criteria_author_is_refused(prediction):
    assert refusal(workflow.resolve, prediction, "true", factories.editor(), evidence="It did.") == [
        "A prediction must be judged by someone other than the author of its criteria."
    ]
    made = workflow.resolve(prediction, "true", factories.second_editor(), evidence=" It did. ", resolved_on=PAST)
    prediction.refresh_from_db()
    assert (prediction.outcome, prediction.evidence, prediction.resolved_on) == ("true", "It did.", PAST)
    assert (prediction.resolved_by, prediction.self_resolved, prediction.version) == (
        factories.second_editor(),
        False,
        3,
    )
    assert made.changes == {
        "outcome": ["", "true"],
        "evidence": ["", "It did."],
        "resolved_on": [None, "2026-08-01"],
    }
    assert (made.from_status, made.to_status, made.field) == ("accepted", "accepted", "outcome")


def test_outcome_is_shown_on_public_page(client, prediction):
    before = page(client, prediction)
    moved = Episode.objects.values_list("changed_at", flat=True).get(pk=prediction.episode_id)
    workflow.resolve(prediction, "partly", factories.verifier(), evidence="See [it](https://example.org/).")
    after = page(client, prediction)
    assert "partly" not in before
    assert "partly" in after
    assert 'href="https://example.org/"' in after
    assert "Somebody gets wet." in after
    assert Episode.objects.get(pk=prediction.episode_id).changed_at > moved
    assert Episode.objects.get(pk=prediction.episode_id).version == 1


def test_resolved_on_defaults_to_today(prediction):
    workflow.resolve(prediction, "false", factories.verifier(), evidence="Dry.")
    assert prediction.resolved_on == date(2027, 5, 11)


@pytest.mark.parametrize("who", ["librarian", "publisher"])
def test_judging_needs_editor_or_verifier(prediction, who):
    user = getattr(factories, who)()
    reasons = [f"{user.username} does not have permission to do this."]
    assert refusal(workflow.resolve, prediction, "true", user, evidence="It did.") == reasons
    assert refusal(workflow.set_criteria, prediction, "Others.", user) == reasons
    assert refusal(workflow.unresolve, prediction, user) == [*reasons]


def test_resolution_lists_all_unmet_preconditions(episode):
    row = factories.prediction(episode)
    assert refusal(workflow.resolve, row, "maybe", factories.editor(), evidence="", resolved_on=date(2027, 5, 12)) == [
        "The outcome must be one of these: came true, did not come true, partly, "
        "cannot be judged: ambiguous, cannot be judged: no evidence.",
        "Enter the criteria first: how to judge whether it came true.",
        "Enter the evidence for the outcome.",
        "The date of the judgement is in the future.",
    ]
    assert refusal(
        workflow.resolve, row, "unresolvable", factories.editor(), evidence="", resolved_on=date(2026, 5, 10)
    ) == [
        "Enter the criteria first: how to judge whether it came true.",
        "The date of the judgement is before the recording date, 2026-05-11.",
    ]


@pytest.mark.parametrize("criteria", ["", " ", "\n\t"])
@pytest.mark.parametrize("outcome", ["true", "false", "partly", "ambiguous", "unresolvable"])
def test_resolution_without_criteria_is_refused(episode, criteria, outcome):
    row = factories.prediction(episode, due_on=PAST, criteria=criteria)
    assert refusal(workflow.resolve, row, outcome, factories.editor(), evidence="It did.", resolved_on=PAST) == [
        "Enter the criteria first: how to judge whether it came true."
    ]


@pytest.mark.parametrize("outcome", ["true", "false", "partly", "ambiguous"])
def test_only_unresolvable_needs_no_evidence(prediction, outcome):
    for evidence in ("", " \n"):
        assert refusal(workflow.resolve, prediction, outcome, factories.verifier(), evidence=evidence) == [
            "Enter the evidence for the outcome."
        ]
    workflow.resolve(prediction, "unresolvable", factories.verifier(), evidence="")
    assert (prediction.outcome, prediction.evidence) == ("unresolvable", "")


def test_resolved_on_boundaries_are_allowed(episode):
    for day in (SAID, date(2027, 5, 11)):
        row = factories.prediction(episode, due_on=PAST, criteria="c")
        workflow.resolve(row, "true", factories.editor(), evidence="e", resolved_on=day)
        assert (row.resolved_on, row.resolved_by, row.self_resolved) == (day, factories.editor(), False)


@pytest.mark.parametrize("criteria", [None, "Somebody gets wet.", "  Somebody gets wet.\r\n"])
def test_resolution_with_stored_criteria_succeeds(prediction, criteria):
    workflow.resolve(prediction, "true", factories.verifier(), evidence=" It did. ", criteria=criteria)
    assert (prediction.outcome, prediction.evidence) == ("true", "It did.")


@pytest.mark.parametrize("criteria", ["", "Others.", "somebody gets wet."])
def test_resolution_with_other_criteria_is_stale(prediction, criteria):
    with pytest.raises(Stale):
        workflow.resolve(prediction, "true", factories.verifier(), evidence="It did.", criteria=criteria)
    assert Prediction.objects.get(pk=prediction.pk).outcome == ""


@pytest.mark.parametrize("outcome", ["true", "false", "partly"])
def test_prediction_without_due_date_is_not_scored(episode, outcome):
    row = factories.prediction(episode, horizon="未来")
    workflow.set_criteria(row, "Somebody gets wet.", factories.editor())
    assert refusal(workflow.resolve, row, outcome, factories.verifier(), evidence="It did.") == [
        "The prediction has no due date and is not scored: the only outcome is “cannot be judged”."
    ]
    workflow.resolve(row, "unresolvable", factories.verifier(), evidence="")
    assert row.outcome == "unresolvable"


def test_second_resolution_is_refused(prediction):
    workflow.resolve(prediction, "true", factories.verifier(), evidence="It did.")
    assert refusal(workflow.resolve, prediction, "false", factories.verifier(), evidence="It did not.") == [
        "The prediction has been judged. Take back the outcome first."
    ]


@pytest.mark.parametrize(
    ("episode_fields", "fields", "reason"),
    [
        ({}, {"status": "draft"}, "The prediction is not accepted yet. In a published episode, accept it first."),
        ({}, {"status": "rejected", "reject_code": "trivial"}, "The prediction is rejected."),
        ({"status": "draft"}, {"status": "rejected", "reject_code": "trivial"}, "The prediction is rejected."),
        ({"status": "withdrawn"}, {}, "The episode is withdrawn. Send it back to draft first."),
    ],
)
def test_hidden_prediction_is_not_judged(episode_fields, fields, reason):
    row = factories.prediction(factories.public_episode(**episode_fields), criteria="c", due_on=PAST, **fields)
    assert refusal(workflow.resolve, row, "true", factories.editor(), evidence="e") == [reason]
    assert refusal(workflow.set_criteria, row, "d", factories.editor()) == [reason]


def test_working_copy_is_not_judged(episode):
    copy = factories.episode(revises=episode)
    row = factories.prediction(copy, criteria="c", due_on=PAST)
    assert refusal(workflow.resolve, row, "true", factories.editor(), evidence="e") == [
        "A draft of changes contains text only. Judge predictions in the episode itself."
    ]


def test_prediction_in_draft_is_judged(client):
    """In a draft a second editor may set it despite a claim, and an approval is kept."""
    episode = factories.episode(
        status="approved", approved_version=1, claimed_by=factories.editor(), claimed_at=timezone.now()
    )
    row = factories.prediction(episode, criteria="Wet-canary.", criteria_by=factories.editor(), due_on=PAST)
    workflow.resolve(row, "true", factories.second_editor(), evidence="Evidence-canary.")
    assert Episode.objects.get().status == "approved"
    assert client.get(row.get_absolute_url()).status_code == 404
    for address in ("/", "/predictions/", "/predictions/?outcome=true", "/feed/", "/sitemap.xml"):
        assert b"canary" not in client.get(address).content


# --- self-resolution


@pytest.fixture
def alone(settings) -> None:
    settings.GREENROOM_SELF_VERIFY = True


def test_self_resolution_after_day_is_shown(client, prediction, alone):
    tomorrow = "You wrote the criteria less than 24 hours ago. Judge the prediction tomorrow."
    assert refusal(workflow.resolve, prediction, "true", factories.editor(), evidence="It did.") == [tomorrow]
    Prediction.objects.update(criteria_at=timezone.now() - timedelta(hours=24))
    prediction.refresh_from_db()
    workflow.resolve(prediction, "true", factories.editor(), evidence="It did.")
    assert (prediction.resolved_by, prediction.self_resolved) == (factories.editor(), True)
    told = "Judged by the person who wrote the criteria"
    assert told in page(client, prediction)
    assert told in client.get("/en/predictions/").content.decode()
    assert told in client.get(f"/en/episodes/{prediction.episode.slug}/").content.decode()


@pytest.mark.parametrize(
    ("passed", "refused"), [(timedelta(hours=24) - timedelta.resolution, True), (timedelta(hours=24), False)]
)
def test_self_resolution_allowed_after_exact_day(monkeypatch, prediction, alone, passed, refused):
    at = prediction.criteria_at + passed
    monkeypatch.setattr(timezone, "now", lambda: at)
    assert bool(list(not_second(prediction, factories.editor()))) is refused


def test_resolution_by_second_user_shows_no_note(client, prediction, alone):
    workflow.resolve(prediction, "true", factories.second_editor(), evidence="It did.")
    assert not prediction.self_resolved
    assert "Judged by the person" not in page(client, prediction)


# --- concurrency


def test_second_concurrent_resolution_is_refused(prediction):
    old = Prediction.objects.get()
    workflow.resolve(prediction, "true", factories.second_editor(), evidence="It did.")
    with pytest.raises(Stale):
        workflow.resolve(old, "false", factories.verifier(), evidence="It did not.")
    with pytest.raises(Stale):
        workflow.set_criteria(old, "Others.", factories.verifier())
    assert Prediction.objects.get().outcome == "true"
    assert Decision.objects.count() == 2


def test_resolution_after_concurrent_criteria_is_refused(prediction):
    workflow.set_criteria(prediction, "Others.", factories.editor())
    with pytest.raises(Stale):
        workflow.resolve(prediction, "true", factories.verifier(), evidence="It did.", criteria="Somebody gets wet.")
    workflow.resolve(prediction, "true", factories.verifier(), evidence="It did.", criteria="Others.\r\n")


# --- undo


def test_unresolve_is_recorded(prediction):
    assert refusal(workflow.unresolve, prediction, factories.editor()) == ["The prediction has not been judged."]
    workflow.resolve(prediction, "true", factories.verifier(), evidence="It did.", resolved_on=PAST)
    made = workflow.unresolve(prediction, factories.editor(), "The record was of another town.")
    prediction.refresh_from_db()
    assert (prediction.outcome, prediction.evidence, prediction.resolved_on, prediction.resolved_by) == (
        "",
        "",
        None,
        None,
    )
    assert made.reason == "The record was of another town."
    assert made.changes["evidence"] == ["It did.", ""]


def test_outcome_is_undone_in_public_episode(prediction):
    workflow.resolve(prediction, "true", factories.verifier(), evidence="It did.")
    workflow.undo(prediction.episode, factories.verifier())
    prediction.refresh_from_db()
    assert (prediction.outcome, prediction.evidence, prediction.resolved_on, prediction.resolved_by) == (
        "",
        "",
        None,
        None,
    )
    assert prediction.episode.status == "published"
    assert refusal(workflow.undo, prediction.episode, factories.verifier()) == ["There is nothing to undo."]


def test_undo_restores_criteria_and_author(prediction):
    first = prediction.criteria_at
    workflow.set_criteria(prediction, "Others.", factories.verifier(), None)
    workflow.undo(prediction.episode, factories.verifier())
    prediction.refresh_from_db()
    assert (prediction.criteria, prediction.criteria_by, prediction.due_on) == (
        "Somebody gets wet.",
        factories.editor(),
        date(2026, 12, 31),
    )
    assert abs(prediction.criteria_at - first) < timedelta(seconds=5)
    workflow.undo(prediction.episode, factories.editor())
    prediction.refresh_from_db()
    assert (prediction.criteria, prediction.criteria_by, prediction.criteria_at, prediction.due_on) == (
        "",
        None,
        None,
        None,
    )


def test_undo_of_unresolve_restores_resolver(prediction):
    workflow.resolve(prediction, "true", factories.verifier(), evidence="It did.", resolved_on=PAST)
    workflow.unresolve(prediction, factories.editor())
    workflow.undo(prediction.episode, factories.editor())
    prediction.refresh_from_db()
    assert (prediction.outcome, prediction.evidence, prediction.resolved_on) == ("true", "It did.", PAST)
    assert (prediction.resolved_by, prediction.self_resolved) == (factories.verifier(), False)


def test_undo_after_other_criteria_is_refused(prediction):
    workflow.resolve(prediction, "true", factories.verifier(), evidence="It did.")
    workflow.unresolve(prediction, factories.editor())
    workflow.set_criteria(prediction, "Others.", factories.second_editor())
    with pytest.raises(Stale):
        workflow.undo(prediction.episode, factories.editor())
    assert Prediction.objects.get().outcome == ""


def test_undo_of_hidden_outcome_is_refused(prediction):
    decision = workflow.resolve(prediction, "true", factories.verifier(), evidence="It did.")
    Prediction.objects.update(status="rejected", reject_code="private")
    prediction.refresh_from_db()
    assert refusal(reset_outcome, decision, prediction, factories.verifier()) == ["The prediction is rejected."]
    Prediction.objects.update(status="accepted", reject_code="")
    prediction.refresh_from_db()
    assert refusal(reset_outcome, decision, prediction, factories.librarian()) == [
        "libby does not have permission to do this."
    ]


def test_undo_of_locked_criteria_is_refused(prediction):
    workflow.resolve(prediction, "true", factories.verifier(), evidence="It did.")
    assert refusal(workflow.undo, prediction.episode, factories.editor()) == [
        "The prediction was judged by these criteria. Take back the outcome before you change them."
    ]
