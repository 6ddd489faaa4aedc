"""When a prediction is due, how to tell whether it came true, and what came of it: who says so, and what is refused."""

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
    """Everything here is resolved in May 2027."""
    monkeypatch.setattr(timezone, "localdate", lambda *args: date(2027, 5, 11))


@pytest.fixture
def episode() -> Episode:
    return factories.public_episode(aired_on=SAID)


@pytest.fixture
def said(episode) -> Prediction:
    """Public, accepted, due, with criteria that Edith wrote."""
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


# --- the proposal


def found_in(episode) -> list[Finding]:
    derived.refresh(episode)
    return list(episode.findings.filter(code="due-date"))


def test_a_horizon_that_ends_on_a_day_is_proposed_with_its_rule_and_nothing_is_set():
    episode = factories.episode(aired_on=SAID)
    row = factories.prediction(episode, horizon="今年", status="draft")
    finding = found_in(episode)[0]
    assert finding.message == "Due 2026-12-31: “今年”, said on 2026-05-11, ends with that year."
    assert (finding.severity, finding.target, finding.field) == ("info", row, "due_on")
    assert finding.repair == {"due_on": "2026-12-31"}
    row.refresh_from_db()
    assert row.due_on is None


def test_what_is_proposed_can_be_applied_and_is_not_proposed_again():
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
def test_nothing_is_proposed_for_what_is_vague_rejected_dated_or_resolved(episode, horizon, own):
    factories.prediction(episode, horizon=horizon, **own)
    assert found_in(episode) == []


def test_nothing_is_proposed_where_nobody_knows_when_it_was_said():
    episode = factories.episode()
    factories.prediction(episode, horizon="今年")
    assert found_in(episode) == []


def test_an_outcome_is_nothing_a_finding_can_write(said):
    finding = said.episode.findings.create(
        code="c", severity="info", message="m", origin="check", target=said, repair={"outcome": "true"}
    )
    assert refusal(repair.apply, finding.pk, factories.editor()) == ["“outcome” cannot be changed here."]


# --- criteria


def test_criteria_act_at_once_in_a_public_episode_and_are_noted(client, episode):
    row = factories.prediction(episode, horizon="今年", status="evergreen", verified_by=factories.verifier())
    assert len(found_in(episode)) == 1
    made = workflow.set_criteria(row, " Somebody gets **wet**. ", factories.editor(), date(2026, 12, 31))
    row.refresh_from_db()
    assert (row.criteria, row.criteria_by, row.due_on) == (
        "Somebody gets **wet**.",
        factories.editor(),
        date(2026, 12, 31),
    )
    # They are not the speaker's words: what a second person verified stays verified.
    assert (row.status, row.version) == ("evergreen", 2)
    assert made.changes == {"criteria": ["", "Somebody gets **wet**."], "due_on": [None, "2026-12-31"]}
    assert (made.from_status, made.to_status, made.field) == ("evergreen", "evergreen", "criteria")
    assert found_in(episode) == []
    assert "<b>wet</b>" in page(client, row)


def test_another_day_leaves_the_criteria_with_who_wrote_them(said):
    workflow.set_criteria(said, said.criteria, factories.verifier(), date(2027, 1, 31))
    assert (said.criteria_by, said.due_on) == (factories.editor(), date(2027, 1, 31))
    workflow.set_criteria(said, said.criteria, factories.verifier(), None)
    assert said.due_on is None
    workflow.set_criteria(said, "Others.", factories.verifier())
    assert (said.criteria_by, said.due_on) == (factories.verifier(), None)


def test_criteria_are_refused(said, episode):
    editor = factories.editor()
    assert refusal(workflow.set_criteria, said, " ", editor) == ["Enter how to judge whether it came true."]
    assert refusal(workflow.set_criteria, said, said.criteria, editor) == ["There is no difference from what is saved."]
    assert refusal(workflow.set_criteria, said, "Others.", editor, date(2026, 5, 10)) == [
        "The due date is before the recording date, 2026-05-11."
    ]


def test_criteria_stay_while_there_is_an_outcome(said):
    workflow.resolve(said, "true", factories.second_editor(), evidence="It did.")
    taken = "The prediction has been judged. Take back the outcome first."
    assert refusal(workflow.set_criteria, said, "Others.", factories.editor()) == [taken]
    workflow.unresolve(said, factories.editor())
    workflow.set_criteria(said, "Others.", factories.editor())
    assert said.criteria == "Others."


def test_an_edit_of_words_does_not_change_them_either():
    row = factories.prediction(factories.episode(), criteria="c", outcome="true", due_on=PAST)
    for name, value in (("criteria", "d"), ("due_on", SAID)):
        setattr(row, name, value)
        assert refusal(workflow.save_words, row, [name], factories.editor()) == [
            "The prediction was judged by these criteria. Take back the outcome before you change them."
        ]


# --- the outcome


def test_who_resolves_is_not_who_wrote_the_criteria(said):
    assert refusal(workflow.resolve, said, "true", factories.editor(), evidence="It did.") == [
        "A prediction must be judged by someone other than the author of its criteria."
    ]
    made = workflow.resolve(said, "true", factories.second_editor(), evidence=" It did. ", resolved_on=PAST)
    said.refresh_from_db()
    assert (said.outcome, said.evidence, said.resolved_on) == ("true", "It did.", PAST)
    assert (said.resolved_by, said.self_resolved, said.version) == (factories.second_editor(), False, 3)
    assert made.changes == {
        "outcome": ["", "true"],
        "evidence": ["", "It did."],
        "resolved_on": [None, "2026-08-01"],
    }
    assert (made.from_status, made.to_status, made.field) == ("accepted", "accepted", "outcome")


def test_a_public_page_shows_it_at_once(client, said):
    before = page(client, said)
    moved = Episode.objects.values_list("changed_at", flat=True).get(pk=said.episode_id)
    workflow.resolve(said, "partly", factories.verifier(), evidence="See [it](https://example.org/).")
    after = page(client, said)
    assert "partly" not in before
    assert "partly" in after
    assert 'href="https://example.org/"' in after
    assert "Somebody gets wet." in after
    assert Episode.objects.get(pk=said.episode_id).changed_at > moved
    assert Episode.objects.get(pk=said.episode_id).version == 1


def test_a_day_is_today_unless_another_is_named(said):
    workflow.resolve(said, "false", factories.verifier(), evidence="Dry.")
    assert said.resolved_on == date(2027, 5, 11)


@pytest.mark.parametrize("who", ["librarian", "publisher"])
def test_only_editors_and_verifiers_judge(said, who):
    user = getattr(factories, who)()
    reasons = [f"{user.username} does not have permission to do this."]
    assert refusal(workflow.resolve, said, "true", user, evidence="It did.") == reasons
    assert refusal(workflow.set_criteria, said, "Others.", user) == reasons
    assert refusal(workflow.unresolve, said, user) == [*reasons]


def test_everything_that_is_wrong_is_said(episode):
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
def test_without_criteria_nothing_is_resolved(episode, criteria, outcome):
    row = factories.prediction(episode, due_on=PAST, criteria=criteria)
    assert refusal(workflow.resolve, row, outcome, factories.editor(), evidence="It did.", resolved_on=PAST) == [
        "Enter the criteria first: how to judge whether it came true."
    ]


@pytest.mark.parametrize("outcome", ["true", "false", "partly", "ambiguous"])
def test_only_unresolvable_needs_no_evidence(said, outcome):
    for evidence in ("", " \n"):
        assert refusal(workflow.resolve, said, outcome, factories.verifier(), evidence=evidence) == [
            "Enter the evidence for the outcome."
        ]
    workflow.resolve(said, "unresolvable", factories.verifier(), evidence="")
    assert (said.outcome, said.evidence) == ("unresolvable", "")


def test_resolved_on_today_and_on_the_day_of_the_recording(episode):
    for day in (SAID, date(2027, 5, 11)):
        row = factories.prediction(episode, due_on=PAST, criteria="c")
        workflow.resolve(row, "true", factories.editor(), evidence="e", resolved_on=day)
        assert (row.resolved_on, row.resolved_by, row.self_resolved) == (day, factories.editor(), False)


@pytest.mark.parametrize("criteria", [None, "Somebody gets wet.", "  Somebody gets wet.\r\n"])
def test_criteria_as_read_are_those_that_are_stored(said, criteria):
    workflow.resolve(said, "true", factories.verifier(), evidence=" It did. ", criteria=criteria)
    assert (said.outcome, said.evidence) == ("true", "It did.")


@pytest.mark.parametrize("criteria", ["", "Others.", "somebody gets wet."])
def test_other_criteria_than_the_stored_are_stale(said, criteria):
    with pytest.raises(Stale):
        workflow.resolve(said, "true", factories.verifier(), evidence="It did.", criteria=criteria)
    assert Prediction.objects.get(pk=said.pk).outcome == ""


@pytest.mark.parametrize("outcome", ["true", "false", "partly"])
def test_what_has_no_due_date_is_never_scored(episode, outcome):
    row = factories.prediction(episode, horizon="未来")
    workflow.set_criteria(row, "Somebody gets wet.", factories.editor())
    assert refusal(workflow.resolve, row, outcome, factories.verifier(), evidence="It did.") == [
        "The prediction has no due date and is not scored: the only outcome is “cannot be judged”."
    ]
    workflow.resolve(row, "unresolvable", factories.verifier(), evidence="")
    assert row.outcome == "unresolvable"


def test_what_is_resolved_is_not_resolved_again(said):
    workflow.resolve(said, "true", factories.verifier(), evidence="It did.")
    assert refusal(workflow.resolve, said, "false", factories.verifier(), evidence="It did not.") == [
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
def test_what_visitors_do_not_see_is_not_judged(episode_fields, fields, reason):
    row = factories.prediction(factories.public_episode(**episode_fields), criteria="c", due_on=PAST, **fields)
    assert refusal(workflow.resolve, row, "true", factories.editor(), evidence="e") == [reason]
    assert refusal(workflow.set_criteria, row, "d", factories.editor()) == [reason]


def test_a_working_copy_is_not_judged(episode):
    copy = factories.episode(revises=episode)
    row = factories.prediction(copy, criteria="c", due_on=PAST)
    assert refusal(workflow.resolve, row, "true", factories.editor(), evidence="e") == [
        "A draft of changes contains text only. Judge predictions in the episode itself."
    ]


def test_in_a_draft_it_is_judged_too_and_stays_hidden(client):
    """In a draft a second editor may, whoever holds it; an approval stays."""
    episode = factories.episode(
        status="approved", approved_version=1, claimed_by=factories.editor(), claimed_at=timezone.now()
    )
    row = factories.prediction(episode, criteria="Wet-canary.", criteria_by=factories.editor(), due_on=PAST)
    workflow.resolve(row, "true", factories.second_editor(), evidence="Evidence-canary.")
    assert Episode.objects.get().status == "approved"
    assert client.get(row.get_absolute_url()).status_code == 404
    for address in ("/", "/predictions/", "/predictions/?outcome=true", "/feed/", "/sitemap.xml"):
        assert b"canary" not in client.get(address).content


# --- alone


@pytest.fixture
def alone(settings) -> None:
    settings.GREENROOM_SELF_VERIFY = True


def test_alone_on_the_next_day_and_the_page_says_so(client, said, alone):
    tomorrow = "You wrote the criteria less than 24 hours ago. Judge the prediction tomorrow."
    assert refusal(workflow.resolve, said, "true", factories.editor(), evidence="It did.") == [tomorrow]
    Prediction.objects.update(criteria_at=timezone.now() - timedelta(hours=24))
    said.refresh_from_db()
    workflow.resolve(said, "true", factories.editor(), evidence="It did.")
    assert (said.resolved_by, said.self_resolved) == (factories.editor(), True)
    told = "resolved by the one who wrote the criteria, alone"
    assert told in page(client, said)
    assert told in client.get("/en/predictions/").content.decode()
    assert told in client.get(f"/en/episodes/{said.episode.slug}/").content.decode()


@pytest.mark.parametrize(
    ("passed", "refused"), [(timedelta(hours=24) - timedelta.resolution, True), (timedelta(hours=24), False)]
)
def test_alone_from_the_very_end_of_the_day_on(monkeypatch, said, alone, passed, refused):
    at = said.criteria_at + passed
    monkeypatch.setattr(timezone, "now", lambda: at)
    assert bool(list(not_second(said, factories.editor()))) is refused


def test_by_a_second_person_nothing_is_said_of_it(client, said, alone):
    workflow.resolve(said, "true", factories.second_editor(), evidence="It did.")
    assert not said.self_resolved
    assert "alone" not in page(client, said).replace('class="alone"', "")


# --- two at once


def test_the_slower_of_two_is_refused(said):
    old = Prediction.objects.get()
    workflow.resolve(said, "true", factories.second_editor(), evidence="It did.")
    with pytest.raises(Stale):
        workflow.resolve(old, "false", factories.verifier(), evidence="It did not.")
    with pytest.raises(Stale):
        workflow.set_criteria(old, "Others.", factories.verifier())
    assert Prediction.objects.get().outcome == "true"
    assert Decision.objects.count() == 2


def test_nobody_judges_by_criteria_that_were_changed_meanwhile(said):
    workflow.set_criteria(said, "Others.", factories.editor())
    with pytest.raises(Stale):
        workflow.resolve(said, "true", factories.verifier(), evidence="It did.", criteria="Somebody gets wet.")
    workflow.resolve(said, "true", factories.verifier(), evidence="It did.", criteria="Others.\r\n")


# --- taken back


def test_an_outcome_is_taken_back_with_a_record(said):
    assert refusal(workflow.unresolve, said, factories.editor()) == ["The prediction has not been judged."]
    workflow.resolve(said, "true", factories.verifier(), evidence="It did.", resolved_on=PAST)
    made = workflow.unresolve(said, factories.editor(), "The record was of another town.")
    said.refresh_from_db()
    assert (said.outcome, said.evidence, said.resolved_on, said.resolved_by) == ("", "", None, None)
    assert made.reason == "The record was of another town."
    assert made.changes["evidence"] == ["It did.", ""]


def test_an_outcome_is_undone_in_a_public_episode(said):
    workflow.resolve(said, "true", factories.verifier(), evidence="It did.")
    workflow.undo(said.episode, factories.verifier())
    said.refresh_from_db()
    assert (said.outcome, said.evidence, said.resolved_on, said.resolved_by) == ("", "", None, None)
    assert said.episode.status == "published"
    assert refusal(workflow.undo, said.episode, factories.verifier()) == ["There is nothing to undo."]


def test_criteria_are_undone_to_who_had_written_those_before(said):
    first = said.criteria_at
    workflow.set_criteria(said, "Others.", factories.verifier(), None)
    workflow.undo(said.episode, factories.verifier())
    said.refresh_from_db()
    assert (said.criteria, said.criteria_by, said.due_on) == (
        "Somebody gets wet.",
        factories.editor(),
        date(2026, 12, 31),
    )
    assert abs(said.criteria_at - first) < timedelta(seconds=5)
    workflow.undo(said.episode, factories.editor())
    said.refresh_from_db()
    assert (said.criteria, said.criteria_by, said.criteria_at, said.due_on) == ("", None, None, None)


def test_what_was_taken_back_is_restored_with_who_had_resolved_it(said):
    workflow.resolve(said, "true", factories.verifier(), evidence="It did.", resolved_on=PAST)
    workflow.unresolve(said, factories.editor())
    workflow.undo(said.episode, factories.editor())
    said.refresh_from_db()
    assert (said.outcome, said.evidence, said.resolved_on) == ("true", "It did.", PAST)
    assert (said.resolved_by, said.self_resolved) == (factories.verifier(), False)


def test_what_was_judged_by_other_criteria_is_not_restored(said):
    workflow.resolve(said, "true", factories.verifier(), evidence="It did.")
    workflow.unresolve(said, factories.editor())
    workflow.set_criteria(said, "Others.", factories.second_editor())
    with pytest.raises(Stale):
        workflow.undo(said.episode, factories.editor())
    assert Prediction.objects.get().outcome == ""


def test_outcome_of_what_is_hidden_meanwhile_is_not_undone(said):
    decision = workflow.resolve(said, "true", factories.verifier(), evidence="It did.")
    Prediction.objects.update(status="rejected", reject_code="private")
    said.refresh_from_db()
    assert refusal(reset_outcome, decision, said, factories.verifier()) == ["The prediction is rejected."]
    Prediction.objects.update(status="accepted", reject_code="")
    said.refresh_from_db()
    assert refusal(reset_outcome, decision, said, factories.librarian()) == [
        "libby does not have permission to do this."
    ]


def test_criteria_that_somebody_has_judged_by_are_not_undone(said):
    workflow.resolve(said, "true", factories.verifier(), evidence="It did.")
    assert refusal(workflow.undo, said.episode, factories.editor()) == [
        "The prediction was judged by these criteria. Take back the outcome before you change them."
    ]
