"""An episode is evergreen while all its shown text is verified by a second user."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from episodes.models import Chapter, Episode, Finding, Observation, Prediction, Quote, Section
from episodes.workflow import Summary, transition
from episodes.workflow.guards import one_year_after
from tests import factories
from tests.episodes.workflow.steps import refusal, reloaded, sharing_episode, steps_since

pytestmark = pytest.mark.django_db
DAY = "Enter when to check it again: within twelve months."


def soon():
    return timezone.localdate() + timedelta(days=90)


@pytest.fixture
def verified(published: Episode) -> Episode:
    """Return a published episode that meets every precondition of evergreen."""
    transition(Summary(published), "evergreen", factories.verifier())
    transition(*sharing_episode(published, published.sections.all()), "evergreen", factories.verifier())
    return published


@pytest.fixture
def evergreen(verified: Episode) -> Episode:
    transition(verified, "evergreen", factories.verifier(), recheck_on=soon())
    return verified


def of(model, **fields):
    return lambda episode: model.objects.create(episode=episode, **fields)


MISSING = {
    "summary": (lambda e: Episode.objects.update(summary_status="accepted"), "The summary is not double-checked yet."),
    "summary undecided": (
        lambda e: Episode.objects.update(summary_status="draft"),
        "The summary is not double-checked yet.",
    ),
    "section undecided": (of(Section), "Not double-checked yet: 1 × section."),
    "section": (of(Section, status="accepted"), "Not double-checked yet: 1 × section."),
    "quote": (of(Quote, text="q", status="accepted"), "Not double-checked yet: 1 × quote."),
    "prediction": (of(Prediction, words="w", status="accepted"), "Not double-checked yet: 1 × prediction."),
    "a fault": (
        of(Finding, code="x", severity="error", message="A fault.", origin="check", fingerprint="x"),
        "Open error: A fault.",
    ),
}


def test_fully_verified_episode_becomes_evergreen(evergreen):
    assert (reloaded(evergreen).status, reloaded(evergreen).recheck_on) == ("evergreen", soon())
    assert set(Episode.objects.public()) == {evergreen}


@pytest.mark.parametrize("name", MISSING)
def test_evergreen_refused_for_each_unmet_precondition(verified, name):
    make, sentence = MISSING[name]
    make(verified)
    assert refusal(reloaded(verified), "evergreen", factories.verifier(), recheck_on=soon()) == [sentence]


def test_evergreen_lists_all_unmet_preconditions(verified):
    for name in ("summary", "section", "section undecided", "quote", "prediction", "a fault"):
        MISSING[name][0](verified)
    assert refusal(reloaded(verified), "evergreen", factories.verifier()) == [
        "The summary is not double-checked yet.",
        "Not double-checked yet: 2 × section.",
        "Not double-checked yet: 1 × quote.",
        "Not double-checked yet: 1 × prediction.",
        DAY,
        "Open error: A fault.",
    ]


@pytest.mark.parametrize(
    "make",
    [
        lambda e: Episode.objects.update(summary_status="rejected", summary_reject_code="trivial"),
        lambda e: Episode.objects.update(summary="", summary_status="draft"),
        of(Section, status="rejected", reject_code="trivial"),
        of(Quote, text="q"),
        of(Prediction, words="w"),
        of(Chapter, title="t", status="accepted"),
        of(Observation, kind="tell", detail="d", status="accepted"),
    ],
    ids=["summary rejected", "no summary", "section rejected", "quote not shown", "prediction not shown", "chapter",
         "observation"],
)  # fmt: skip
def test_hidden_and_other_rows_need_no_verification(verified, make):
    make(verified)
    transition(reloaded(verified), "evergreen", factories.verifier(), recheck_on=soon())
    assert reloaded(verified).status == "evergreen"


# --- date of the next check


def test_recheck_date_is_within_twelve_months(verified):
    today = timezone.localdate()
    for day in (None, today, today - timedelta(days=1), one_year_after(today) + timedelta(days=1)):
        assert refusal(verified, "evergreen", factories.verifier(), recheck_on=day) == [DAY]
    transition(verified, "evergreen", factories.verifier(), recheck_on=one_year_after(today))
    assert reloaded(verified).recheck_on == one_year_after(today)


@pytest.mark.parametrize(
    ("day", "later"),
    [("2027-01-15", "2028-01-15"), ("2027-03-01", "2028-03-01"), ("2028-02-29", "2029-02-28"),
     ("2027-12-31", "2028-12-31")],
)  # fmt: skip
def test_one_year_after_is_same_day(day, later):
    assert one_year_after(date.fromisoformat(day)) == date.fromisoformat(later)


def test_overdue_recheck_changes_no_status(evergreen):
    assert set(Episode.objects.due()) == set()
    Episode.objects.update(recheck_on=timezone.localdate())
    assert set(Episode.objects.due()) == {evergreen}
    assert set(Episode.objects.public().filter(status="evergreen")) == {evergreen}


# --- revocation


def add(model, episode, **fields):
    return model.objects.create(episode=episode, **fields)


def test_unverified_item_revokes_evergreen(evergreen):
    before = len(steps_since())
    transition(*sharing_episode(evergreen, evergreen.sections.all()), "accepted", factories.verifier())
    assert (reloaded(evergreen).status, reloaded(evergreen).recheck_on) == ("published", None)
    assert steps_since()[before:] == [
        ("section", "", "evergreen", "accepted", "vera"),
        ("episode", "", "evergreen", "published", "vera"),
    ]


def test_unverified_summary_revokes_evergreen(evergreen):
    transition(Summary(evergreen), "accepted", factories.editor())
    assert reloaded(evergreen).status == "published"


def test_rejected_verified_item_revokes_evergreen(evergreen):
    transition(*sharing_episode(evergreen, evergreen.sections.all()), "rejected", factories.editor(), "private")
    assert reloaded(evergreen).status == "published"


def test_shown_unverified_item_revokes_evergreen(evergreen):
    quote = add(Quote, evergreen, text="q", speaker=factories.speaker())
    transition(quote, "accepted", factories.editor())
    assert reloaded(evergreen).status == "published"


def test_undecided_section_revokes_evergreen(evergreen):
    section = add(Section, evergreen, text="t", status="rejected", reject_code="trivial")
    transition(section, "draft", factories.editor())
    assert reloaded(evergreen).status == "published"


@pytest.mark.parametrize(
    ("model", "fields", "to"),
    [(Quote, {"text": "q"}, "rejected"), (Prediction, {"words": "w"}, "rejected"),
     (Chapter, {"title": "t"}, "accepted")],
)  # fmt: skip
def test_decisions_on_other_rows_keep_evergreen(evergreen, model, fields, to):
    transition(add(model, evergreen, **fields), to, factories.editor(), "trivial" if to == "rejected" else "")
    assert (reloaded(evergreen).status, reloaded(evergreen).recheck_on) == ("evergreen", soon())


def test_verification_keeps_evergreen(evergreen):
    chapter = add(Chapter, evergreen, title="t", status="accepted")
    transition(chapter, "evergreen", factories.verifier())
    assert reloaded(evergreen).status == "evergreen"


def test_episode_becomes_evergreen_again(evergreen):
    (section,) = sharing_episode(evergreen, evergreen.sections.all())
    transition(section, "accepted", factories.verifier())
    assert refusal(evergreen, "evergreen", factories.verifier(), recheck_on=soon()) == [
        "Not double-checked yet: 1 × section."
    ]
    transition(section, "evergreen", factories.verifier())
    transition(evergreen, "evergreen", factories.verifier(), recheck_on=soon())
    assert reloaded(evergreen).status == "evergreen"
