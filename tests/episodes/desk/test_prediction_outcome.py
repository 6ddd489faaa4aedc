"""The bar above a prediction, and the filter of predictions by due date."""

from datetime import timedelta

import pytest
from django.utils import timezone

from episodes import derived
from episodes.models import Decision, Prediction
from tests import factories
from tests.episodes.desk.form_data import (
    change_list,
    change_page,
    messages_of,
    page_at,
    signed_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def episode():
    return factories.public_episode(aired_on="2020-05-11")


@pytest.fixture
def client():
    return signed_in(factories.editor())


@pytest.fixture
def second():
    return signed_in(factories.verifier())


def bar(client, row):
    return client.get(change_page(row)).context.get("judgement")


def send(client, row, view, **data):
    """Submit one of the bar's forms with the version of its page."""
    row.refresh_from_db()
    data = {"version": row.version, **data}
    return client.post(page_at(f"admin:episodes_prediction_{view}", row.pk), data, follow=True)


def criteria(client, row, text="Somebody gets wet.", due="2020-12-31", **more):
    return send(client, row, "criteria", criteria=text, due_on=due, **more)


def test_suggested_due_date_is_shown_with_rule(client, episode):
    row = factories.prediction(episode, horizon="今年")
    shown = bar(client, row)
    assert shown["criteria"].initial["due_on"].isoformat() == "2020-12-31"
    assert shown["due"] == [
        "Suggested due date: 2020-12-31. “今年”, said on 2020-05-11, ends with that year.",
        "Without a due date the prediction is not scored.",
    ]
    assert shown["second"] == ["Once the criteria are saved, another person judges the outcome."]
    assert "outcome" not in shown


@pytest.mark.parametrize(
    ("horizon", "aired_on", "sentence"),
    [
        ("未来", "2020-05-11", "“未来” does not say when it ends."),
        ("今年", None, "The episode has no date, so no due date can be suggested."),
        ("", "2020-05-11", "No time frame is given."),
    ],
)
def test_missing_suggestion_is_explained(client, horizon, aired_on, sentence):
    row = factories.prediction(factories.public_episode(aired_on=aired_on), horizon=horizon)
    shown = bar(client, row)
    assert shown["due"] == [sentence, "Without a due date the prediction is not scored."]
    assert shown["criteria"].initial["due_on"] is None


def test_criteria_and_outcome_need_two_people(client, second, episode):
    row = factories.prediction(episode, horizon="今年")
    assert messages_of(criteria(client, row)) == ["Saved."]
    assert bar(client, row)["second"] == [
        "A prediction must be judged by someone other than the author of its criteria."
    ]
    assert "outcome" not in bar(client, row)
    assert "outcome" in bar(second, row)
    answer = send(second, row, "resolve", outcome="true", evidence="It did.", resolved_on="2020-11-02")
    assert messages_of(answer) == ["Judged: came true."]
    row.refresh_from_db()
    assert (row.outcome, row.resolved_by, str(row.resolved_on)) == ("true", factories.verifier(), "2020-11-02")
    assert (row.criteria_by, row.self_resolved) == (factories.editor(), False)
    answer = send(client, row, "unresolve", reason="Another town.")
    assert messages_of(answer) == ["The prediction is pending again."]
    assert Decision.objects.first().reason == "Another town."
    row.refresh_from_db()
    assert row.outcome == ""


def test_refused_form_keeps_typed_values(client, second, episode):
    row = factories.prediction(episode)
    criteria(client, row, due="")
    answer = send(second, row, "resolve", outcome="true", evidence="Long sought.", resolved_on="2020-01-01")
    assert messages_of(answer) == [
        "The prediction has no due date and is not scored: the only outcome is “cannot be judged”.",
        "The date of the judgement is before the recording date, 2020-05-11.",
    ]
    form = answer.context["judgement"]["outcome"]
    assert (form["evidence"].value(), form["outcome"].value()) == ("Long sought.", "true")
    # The page's own form is still submitted to the page itself.
    assert f'action="{change_page(row)}"' in answer.content.decode()
    assert Prediction.objects.get().outcome == ""


def test_invalid_form_keeps_typed_values(client, episode):
    row = factories.prediction(episode)
    answer = criteria(client, row, text="", due="tomorrow")
    form = answer.context["judgement"]["criteria"]
    assert form.errors == {"criteria": ["This field is required."], "due_on": ["Enter a valid date."]}
    assert form["due_on"].value() == "tomorrow"
    assert Prediction.objects.get().version == 1


def test_conflict_is_reported_and_keeps_typed_values(client, episode):
    row = factories.prediction(episode)
    criteria(client, row)
    answer = criteria(client, row, text="Mine.", version=1)
    assert messages_of(answer) == ["Someone else changed this in the meantime. Nothing was saved."]
    assert answer.context["judgement"]["criteria"]["criteria"].value() == "Mine."
    assert Prediction.objects.get().criteria == "Somebody gets wet."


def test_single_editor_sees_reason_instead_of_button(client, episode):
    row = factories.prediction(episode)
    criteria(client, row)
    assert bar(client, row)["second"] == [
        "A prediction must be judged by someone other than the author of its criteria.",
        "If you are the only editor, set GREENROOM_SELF_VERIFY=True: the same person may then judge it after 24 hours, "
        "and the page says so.",
    ]
    assert "outcome" not in bar(client, row)


def test_self_verify_allows_judging_after_a_day(client, episode, settings):
    settings.GREENROOM_SELF_VERIFY = True
    row = factories.prediction(episode)
    criteria(client, row)
    assert bar(client, row)["second"] == [
        "You wrote the criteria less than 24 hours ago. Judge the prediction tomorrow."
    ]
    assert "outcome" not in bar(client, row)
    Prediction.objects.update(criteria_at=timezone.now() - timedelta(hours=25))
    assert bar(client, row)["second"] == [
        "You wrote the criteria: the page will say that you wrote them and judged the outcome alone."
    ]
    send(client, row, "resolve", outcome="true", evidence="It did.")
    assert Prediction.objects.get().self_resolved
    assert "alone" in client.get(change_page(row)).content.decode()


def test_unaccepted_prediction_has_no_forms(client, episode):
    shown = bar(client, factories.prediction(episode, status="draft"))
    assert shown["obstacles"] == ["The prediction is not accepted yet. In a published episode, accept it first."]
    assert "criteria" not in shown


def test_read_only_user_sees_no_bar(episode):
    row = factories.prediction(episode, criteria="Somebody gets wet.")
    for who in (factories.publisher(), factories.librarian()):
        page = signed_in(who).get(change_page(row))
        assert "judgement" not in page.context
        assert "Somebody gets wet." in page.content.decode()


def test_markup_in_criteria_and_evidence_is_escaped(client, episode):
    evil = "<script>alert(1)</script>"
    row = factories.prediction(episode, criteria=evil, evidence=evil, outcome="true", horizon=evil, due_on="2020-12-31")
    assert evil not in client.get(change_page(row)).content.decode()
    assert evil not in client.get(f"/en/predictions/{row.pk}/").content.decode()
    Prediction.objects.update(outcome="", resolved_on=None)
    assert evil not in client.get(change_page(row)).content.decode()


# --- lists


@pytest.fixture
def many(episode):
    """Create one prediction for each choice of the filter, named by its words."""
    today = timezone.localdate()
    factories.prediction(episode, words="due", due_on=today, criteria="c")
    factories.prediction(episode, words="due without criteria", due_on=today)
    factories.prediction(episode, words="soon", due_on=today + timedelta(days=30), criteria="c")
    factories.prediction(episode, words="later", due_on=today + timedelta(days=31), criteria="c")
    factories.prediction(episode, words="proposed", horizon="今年", criteria="c")
    factories.prediction(episode, words="never", horizon="未来", criteria="c")
    factories.prediction(episode, words="done", due_on=today, outcome="true")
    factories.prediction(episode, words="not decided", due_on=today, status="draft", criteria="c")
    factories.prediction(episode, words="rejected", status="rejected", reject_code="trivial", due_on=today)
    factories.prediction(factories.episode(revises=episode), words="copy", due_on=today)
    episode.refresh_from_db()
    derived.refresh(episode)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("due", {"due", "due without criteria"}),
        ("soon", {"soon"}),
        ("proposed", {"proposed"}),
        ("bare", {"due without criteria"}),
        ("never", {"never"}),
        ("resolved", {"done"}),
    ],
)
def test_due_filter_lists_each_state(client, many, value, words):
    page = client.get(change_list(Prediction), {"due": value})
    assert {row.words for row in page.context["cl"].result_list} == words


def test_waived_suggestion_is_not_listed(client, many):
    finding = Prediction.objects.get(words="proposed").episode.findings.get(code="due-date")
    finding.state = "waived"
    finding.save()
    page = client.get(change_list(Prediction), {"due": "never"})
    assert {row.words for row in page.context["cl"].result_list} == {"proposed", "never"}


def test_index_counts_due_predictions(client, many):
    page = client.get(page_at("admin:index")).content.decode()
    address = f"{change_list(Prediction)}?due=due"
    assert f'<a href="{address}"><b>2</b> predictions due</a>' in page
    assert client.get(address).context["cl"].result_count == 2
