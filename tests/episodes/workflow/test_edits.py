"""Edits: where they are allowed, what they revoke, and the recorded previous values."""

from datetime import date

import pytest

from episodes.models import Decision, Episode
from episodes.workflow import Summary, edited, open_to_edits, record_edits, save_words, transition
from tests import factories
from tests.episodes.workflow.steps import refused, reloaded, reword, sharing_episode, steps_since

pytestmark = pytest.mark.django_db
CLOSED = "A published episode cannot be edited directly."
STALE = "Someone else changed this in the meantime. Nothing was saved."


@pytest.mark.parametrize("status", Episode.Status.values)
def test_edit_in_place_depends_on_status(status):
    episode = factories.public_episode(status=status, approved_version=1)
    is_open = status in ("draft", "in_review", "changes_requested", "approved")
    assert open_to_edits(episode) == is_open
    if is_open:
        edited(episode, factories.editor())
        assert (reloaded(episode).version, episode.version) == (2, 2)
    else:
        assert refused(edited, episode, factories.editor()) == [CLOSED]


def test_edit_changes_only_approved_status():
    for status in ("draft", "changes_requested", "in_review"):
        episode = factories.episode(status=status)
        edited(episode, factories.editor())
        assert reloaded(episode).status == status
    assert steps_since() == []


def test_edit_despite_claim_of_another_is_refused(claimed):
    assert refused(edited, claimed, factories.second_editor()) == ["edith is reviewing this episode."]


def test_second_concurrent_edit_is_refused(claimed):
    other = reloaded(claimed)
    reword(claimed, factories.editor(), title="Mine")
    assert refused(reword, other, factories.editor(), title="Mine too") == [STALE]
    assert reloaded(claimed).title == "Mine"


def test_edit_after_concurrent_claim_is_refused(claimed):
    Episode.objects.update(claimed_by=None)
    old = reloaded(claimed)
    transition(reloaded(claimed), "in_review", factories.second_editor())
    assert refused(edited, old, factories.editor()) == [STALE]


def test_decision_records_previous_values(claimed):
    quote = factories.quote(claimed, start=65)
    ada = factories.speaker()
    before = len(steps_since())
    reword(quote, factories.editor(), text="Other words.", start=70, speaker=ada)
    told = Decision.objects.first()
    assert steps_since()[before:] == [("quote", "", "accepted", "accepted", "edith")]
    assert (told.target, told.episode, told.version) == (quote, claimed, 2)
    assert told.changes == {"text": ["Words as spoken.", "Other words."], "start": [65, 70], "speaker": [None, ada.pk]}
    assert reloaded(quote).version == 2


def test_dates_are_recorded_in_iso_format(claimed):
    reword(claimed, factories.editor(), aired_on=date(2026, 1, 31), series="S")
    assert Decision.objects.first().changes == {"aired_on": [None, "2026-01-31"], "series": ["", "S"]}


def test_only_changed_columns_are_saved(claimed):
    other = reloaded(claimed)
    Episode.objects.update(title="Meanwhile")
    reword(other, factories.editor(), area="machines")
    assert (reloaded(claimed).title, reloaded(claimed).area) == ("Meanwhile", "machines")


def test_edit_without_status_is_recorded(claimed):
    row = factories.appearance(claimed)
    reword(row, factories.editor(), role="host")
    assert Decision.objects.first().changes == {"role": ["speaker", "host"]}


def test_edits_of_many_rows_take_one_query(claimed, django_assert_num_queries):
    rows = [factories.quote(claimed) for _ in range(20)]
    record_edits([(rows[0], "speaker", None, None)], factories.editor())
    edith = factories.editor()
    with django_assert_num_queries(1):
        record_edits(((row, "speaker", None, 7) for row in rows), edith)
    told = Decision.objects.filter(changes={"speaker": [None, 7]})
    assert {decision.target for decision in told} == set(rows)


# --- verified rows


@pytest.fixture
def verified(published: Episode) -> Episode:
    """Return an episode with everything verified and open to edits."""
    transition(Summary(published), "evergreen", factories.verifier())
    transition(*sharing_episode(published, published.sections.all()), "evergreen", factories.verifier())
    transition(published, "withdrawn", factories.publisher(), "Wrong.")
    transition(published, "draft", factories.publisher(), "To be mended.")
    transition(published, "in_review", factories.editor())
    return published


def test_edit_makes_verified_item_accepted(verified):
    (section,) = sharing_episode(verified, verified.sections.all())
    before = len(steps_since())
    reword(section, factories.editor(), text="Other words.")
    now = reloaded(section)
    assert (now.status, now.text, now.version) == ("accepted", "Other words.", 2)
    assert (now.accepted_by, now.verified_by, now.verified_at) == (factories.editor(), None, None)
    assert steps_since()[before:] == [
        ("section", "", "evergreen", "accepted", "edith"),
        ("section", "", "accepted", "accepted", "edith"),
    ]


def test_edit_makes_verified_summary_accepted(verified):
    reword(verified, factories.editor(), summary="Shorter.")
    now = reloaded(verified)
    assert (now.summary_status, now.summary, now.summary_verified_by) == ("accepted", "Shorter.", None)


def test_edit_of_title_keeps_summary_verified(verified):
    reword(verified, factories.editor(), title="Another")
    assert reloaded(verified).summary_status == "evergreen"


@pytest.mark.parametrize("status", ["draft", "accepted", "rejected"])
def test_edit_keeps_other_statuses(claimed, status):
    quote = factories.quote(claimed, status=status, reject_code="trivial" if status == "rejected" else "")
    reword(quote, factories.editor(), text="Other words.")
    assert (reloaded(quote).status, reloaded(quote).reject_code) == (status, quote.reject_code)


def test_edit_after_concurrent_decision_is_refused(claimed):
    quote = factories.quote(claimed)
    old = reloaded(quote)
    transition(quote, "rejected", factories.editor(), "trivial")
    assert refused(reword, old, factories.editor(), text="Other words.") == [STALE]


def test_decision_after_concurrent_edit_is_refused(claimed):
    quote = factories.quote(claimed, status="draft")
    old = reloaded(quote)
    reword(quote, factories.editor(), text="Other words.")
    assert refused(transition, old, "accepted", factories.editor()) == [STALE]


def test_summary_decision_after_concurrent_edit_is_refused(claimed):
    old = reloaded(claimed)
    reword(claimed, factories.editor(), summary="Shorter.")
    assert refused(transition, Summary(old), "accepted", factories.editor()) == [STALE]


# --- speakers and predictions


def test_renaming_makes_verified_speaker_accepted():
    viola = factories.person("viola")
    speaker = factories.speaker("Ada", status="evergreen", accepted_by=factories.editor(), verified_by=viola)
    speaker.name = "Ada L."
    save_words(speaker, ["name"], factories.second_editor())
    assert (reloaded(speaker).name, reloaded(speaker).status) == ("Ada L.", "accepted")
    assert steps_since() == [
        ("speaker", "", "evergreen", "accepted", "edgar"),
        ("speaker", "", "accepted", "accepted", "edgar"),
    ]


def test_criteria_author_is_recorded(claimed):
    row = factories.prediction(claimed)
    reword(row, factories.editor(), criteria="How to tell.")
    now = reloaded(row)
    assert (now.criteria, now.criteria_by, now.criteria_at is not None) == ("How to tell.", factories.editor(), True)
    assert Decision.objects.first().changes == {"criteria": ["", "How to tell."]}
