"""An episode is evergreen while every shown word of it is verified by a second person."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from episodes.models import Chapter, Episode, Finding, Observation, Prediction, Quote, Section
from episodes.workflow import Summary, transition
from episodes.workflow.guards import one_year_after
from tests import factories
from tests.episodes.workflow.steps import again, refusal, steps_since, within

pytestmark = pytest.mark.django_db
DAY = "Enter when to check it again: within twelve months."


def soon():
    return timezone.localdate() + timedelta(days=90)


@pytest.fixture
def verified(published: Episode) -> Episode:
    """Published, and everything verified: nothing stands in the way."""
    transition(Summary(published), "evergreen", factories.verifier())
    transition(*within(published, published.sections.all()), "evergreen", factories.verifier())
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


def test_what_is_verified_whole_grows_evergreen(evergreen):
    assert (again(evergreen).status, again(evergreen).recheck_on) == ("evergreen", soon())
    assert set(Episode.objects.public()) == {evergreen}


@pytest.mark.parametrize("name", MISSING)
def test_it_is_refused_for_each_thing_alone(verified, name):
    make, sentence = MISSING[name]
    make(verified)
    assert refusal(again(verified), "evergreen", factories.verifier(), recheck_on=soon()) == [sentence]


def test_it_is_refused_with_everything_at_once(verified):
    for name in ("summary", "section", "section undecided", "quote", "prediction", "a fault"):
        MISSING[name][0](verified)
    assert refusal(again(verified), "evergreen", factories.verifier()) == [
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
def test_what_need_not_be_verified(verified, make):
    make(verified)
    transition(again(verified), "evergreen", factories.verifier(), recheck_on=soon())
    assert again(verified).status == "evergreen"


# --- the day to look again


def test_the_day_lies_ahead_and_within_twelve_months(verified):
    today = timezone.localdate()
    for day in (None, today, today - timedelta(days=1), one_year_after(today) + timedelta(days=1)):
        assert refusal(verified, "evergreen", factories.verifier(), recheck_on=day) == [DAY]
    transition(verified, "evergreen", factories.verifier(), recheck_on=one_year_after(today))
    assert again(verified).recheck_on == one_year_after(today)


@pytest.mark.parametrize(
    ("day", "later"),
    [("2027-01-15", "2028-01-15"), ("2027-03-01", "2028-03-01"), ("2028-02-29", "2029-02-28"),
     ("2027-12-31", "2028-12-31")],
)  # fmt: skip
def test_twelve_months_are_the_same_day_of_the_next_year(day, later):
    assert one_year_after(date.fromisoformat(day)) == date.fromisoformat(later)


def test_an_overdue_recheck_only_flags(evergreen):
    assert set(Episode.objects.due()) == set()
    Episode.objects.update(recheck_on=timezone.localdate())
    assert set(Episode.objects.due()) == {evergreen}
    assert set(Episode.objects.public().filter(status="evergreen")) == {evergreen}


# --- what falls


def add(model, episode, **fields):
    return model.objects.create(episode=episode, **fields)


def test_an_item_that_falls_back_takes_it_along(evergreen):
    before = len(steps_since())
    transition(*within(evergreen, evergreen.sections.all()), "accepted", factories.verifier())
    assert (again(evergreen).status, again(evergreen).recheck_on) == ("published", None)
    assert steps_since()[before:] == [
        ("section", "", "evergreen", "accepted", "vera"),
        ("episode", "", "evergreen", "published", "vera"),
    ]


def test_a_summary_that_falls_back_takes_it_along(evergreen):
    transition(Summary(evergreen), "accepted", factories.editor())
    assert again(evergreen).status == "published"


def test_what_was_verified_and_is_rejected_takes_it_along(evergreen):
    transition(*within(evergreen, evergreen.sections.all()), "rejected", factories.editor(), "private")
    assert again(evergreen).status == "published"


def test_what_is_shown_and_nobody_verified_takes_it_along(evergreen):
    quote = add(Quote, evergreen, text="q", speaker=factories.speaker())
    transition(quote, "accepted", factories.editor())
    assert again(evergreen).status == "published"


def test_a_section_that_is_undecided_again_takes_it_along(evergreen):
    section = add(Section, evergreen, text="t", status="rejected", reject_code="trivial")
    transition(section, "draft", factories.editor())
    assert again(evergreen).status == "published"


@pytest.mark.parametrize(
    ("model", "fields", "to"),
    [(Quote, {"text": "q"}, "rejected"), (Prediction, {"words": "w"}, "rejected"),
     (Chapter, {"title": "t"}, "accepted")],
)  # fmt: skip
def test_what_need_not_be_verified_is_decided_and_it_stays_evergreen(evergreen, model, fields, to):
    transition(add(model, evergreen, **fields), to, factories.editor(), "trivial" if to == "rejected" else "")
    assert (again(evergreen).status, again(evergreen).recheck_on) == ("evergreen", soon())


def test_to_verify_leaves_it_evergreen(evergreen):
    chapter = add(Chapter, evergreen, title="t", status="accepted")
    transition(chapter, "evergreen", factories.verifier())
    assert again(evergreen).status == "evergreen"


def test_it_grows_evergreen_again(evergreen):
    (section,) = within(evergreen, evergreen.sections.all())
    transition(section, "accepted", factories.verifier())
    assert refusal(evergreen, "evergreen", factories.verifier(), recheck_on=soon()) == [
        "Not double-checked yet: 1 × section."
    ]
    transition(section, "evergreen", factories.verifier())
    transition(evergreen, "evergreen", factories.verifier(), recheck_on=soon())
    assert again(evergreen).status == "evergreen"
