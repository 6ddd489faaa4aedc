"""Undo of a user's last acts in an episode, each as a whole and by an act of its own."""

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone

from episodes.desk import repair
from episodes.desk.set_speaker import set_speaker_in
from episodes.models import Decision, Episode, Finding, Quote, Takeaway
from episodes.workflow import (
    Refused,
    Summary,
    approve_and_publish,
    decisions,
    last_acts,
    one_act,
    publish_changes,
    record_edits,
    release,
    revise,
    save_words,
    transition,
    undo,
)
from tests import factories
from tests.episodes.workflow.steps import refused, reloaded, reword, sharing_episode, steps_since, stored

pytestmark = pytest.mark.django_db
STALE = "Someone else changed this in the meantime. Nothing was saved."
NOTHING = "There is nothing to undo."
CLOSED = "A published episode cannot be edited directly."
TWENTY = "The guest agreed so."


@pytest.fixture
def quote(claimed):
    return factories.quote(claimed, status="draft", speaker=factories.speaker())


def created(model, episode, by, **fields):
    """Create a row and record it as an editor's."""
    with one_act():
        row = model.objects.create(episode=episode, **fields)
        decisions.new_decision(row, "", row.status, by).save(force_insert=True)
    return row


def fault(episode, **fields):
    fields = {"code": "x", "severity": "error", "message": "m", "origin": "import", "fingerprint": "f", **fields}
    return Finding.objects.create(episode=episode, **fields)


def undo_last(episode, by=None):
    return undo(reloaded(episode), by or factories.editor())


# --- kinds of acts


@pytest.mark.parametrize(
    ("source", "to", "reason"),
    [("draft", "accepted", ""), ("draft", "rejected", "trivial"), ("accepted", "draft", ""),
     ("accepted", "rejected", "not_said"), ("rejected", "accepted", ""), ("rejected", "draft", "")],
)  # fmt: skip
def test_undo_writes_decision(claimed, quote, source, to, reason):
    if source != "draft":
        transition(quote, source, factories.editor(), "private" if source == "rejected" else "")
    before = len(steps_since())
    transition(quote, to, factories.editor(), reason)
    undo_last(claimed)
    now = reloaded(quote)
    assert (now.status, now.reject_code) == (source, "private" if source == "rejected" else "")
    assert steps_since()[before:] == [("quote", "", source, to, "edith"), ("quote", "", to, source, "edith")]
    newest, last = Decision.objects.all()[:2]
    assert (newest.undoes, last.undoes) == (last.act, None)


def test_summary_decision_is_undone(claimed):
    transition(Summary(claimed), "rejected", factories.editor(), "trivial")
    undo_last(claimed)
    assert (reloaded(claimed).summary_status, reloaded(claimed).summary_reject_code) == ("draft", "")


def test_edit_of_several_fields_is_undone(claimed, quote):
    before = Quote.objects.values().get()
    reword(quote, factories.editor(), text="Other words.", start=70, speaker=None, label="?")
    undo_last(claimed)
    assert Quote.objects.values().get() == {**before, "version": 3}
    assert Decision.objects.first().changes["start"] == [70, 65]
    assert reloaded(claimed).version == 3


def test_edit_of_episode_and_summary_is_undone(claimed):
    was = reloaded(claimed)
    reword(claimed, factories.editor(), title="Another", summary="Shorter.", extra={"b": 1, "a": [2]}, duration=60)
    undo_last(claimed)
    now = reloaded(claimed)
    assert (now.title, now.summary, now.extra, now.duration) == (was.title, "In short.", {}, None)


def test_speaker_of_many_rows_is_undone(claimed):
    ada, ben = factories.speaker("Ada"), factories.speaker("Ben")
    rows = sharing_episode(claimed, [factories.quote(claimed, speaker=speaker) for speaker in (None, ada, ben, ada)])
    with one_act():
        set_speaker_in(claimed, rows, ben, factories.editor())
    assert set(Quote.objects.values_list("speaker", flat=True)) == {ben.pk}
    undo_last(claimed)
    assert list(Quote.objects.order_by("pk").values_list("speaker", flat=True)) == [None, ada.pk, ben.pk, ada.pk]


def test_repair_is_undone_with_its_finding(claimed, quote):
    finding = fault(claimed, target=quote, repair={"start": 31})
    repair.apply(finding.pk, factories.editor())
    assert (reloaded(quote).start, reloaded(finding).state) == (31, "resolved")
    undo_last(claimed)
    assert (reloaded(quote).start, reloaded(finding).state) == (65, "open")


def test_created_row_is_deleted_by_undo(claimed):
    row = created(Takeaway, claimed, factories.editor(), text="New.")
    undo_last(claimed)
    assert (Takeaway.objects.count(), reloaded(claimed).version) == (0, 2)
    told = Decision.objects.filter(target_type__model="takeaway", target_id=row.pk).order_by("pk")
    assert list(told.values_list("from_status", "to_status")) == [("", "draft"), ("draft", "")]


def test_creation_edit_and_decision_undone_stepwise(claimed):
    row = created(Takeaway, claimed, factories.editor(), text="New.")
    reword(row, factories.editor(), text="Newer.")
    transition(row, "accepted", factories.editor())
    undo_last(claimed)
    assert (reloaded(row).status, reloaded(row).text) == ("draft", "Newer.")
    undo_last(claimed)
    assert reloaded(row).text == "New."
    undo_last(claimed)
    assert Takeaway.objects.count() == 0


def test_creation_and_decision_undone_together(claimed):
    with one_act():
        row = created(Takeaway, claimed, factories.editor(), text="New.")
        transition(row, "accepted", factories.editor())
    undo_last(claimed)
    assert Takeaway.objects.count() == 0


def test_edit_with_decision_is_one_act(claimed, quote):
    with one_act():
        reword(quote, factories.editor(), text="Other words.")
        transition(quote, "accepted", factories.editor())
    assert len(last_acts(claimed, factories.editor())) == 1
    undo_last(claimed)
    assert (reloaded(quote).text, reloaded(quote).status) == ("Words as spoken.", "draft")


@pytest.mark.parametrize("to", ["resolved", "waived"])
def test_settled_finding_is_reopened(claimed, to):
    finding, by = fault(claimed), factories.verifier()
    transition(finding, to, by, TWENTY)
    undo_last(claimed, by)
    assert reloaded(finding).state == "open"


def test_waiver_is_restored_with_its_reason(claimed):
    finding, by = fault(claimed), factories.verifier()
    transition(finding, "waived", by, TWENTY)
    transition(finding, "open", by)
    undo_last(claimed, by)
    assert (reloaded(finding).state, Decision.objects.first().reason) == ("waived", TWENTY)


def test_rejection_is_restored_with_its_code(claimed, quote):
    transition(quote, "rejected", factories.editor(), "wrong_time")
    reword(quote, factories.editor(), text="Other words.")
    transition(quote, "accepted", factories.editor())
    undo_last(claimed)
    assert (reloaded(quote).status, reloaded(quote).reject_code) == ("rejected", "wrong_time")


# --- number of acts


def takeaways(episode, count):
    return [Takeaway.objects.create(episode=episode, text=str(place)) for place in range(count)]


def test_ten_acts_can_be_undone(claimed):
    rows = takeaways(claimed, 12)
    for row in rows:
        transition(row, "accepted", factories.editor())
    assert len(last_acts(claimed, factories.editor())) == 10
    for count in range(1, 11):
        undo_last(claimed)
        assert [reloaded(row).status for row in rows] == ["accepted"] * (12 - count) + ["draft"] * count
        assert len(last_acts(claimed, factories.editor())) == 10 - count
    assert refused(undo_last, claimed) == [NOTHING]


def test_undone_act_is_not_undone_again(claimed):
    one, two, three = takeaways(claimed, 3)
    transition(one, "accepted", factories.editor())
    transition(two, "accepted", factories.editor())
    undo_last(claimed)
    transition(three, "accepted", factories.editor())
    undo_last(claimed)
    undo_last(claimed)
    assert {reloaded(row).status for row in (one, two, three)} == {"draft"}
    assert refused(undo_last, claimed) == [NOTHING]


def test_newest_act_is_undone_first(claimed):
    for row in takeaways(claimed, 3):
        transition(row, "accepted", factories.editor())
    told = Decision.objects.filter(target_type__model="takeaway").order_by("-pk")
    assert last_acts(claimed, factories.editor()) == list(told.values_list("act", flat=True))


def test_act_on_thousand_rows_is_one(claimed):
    rows = sharing_episode(claimed, Quote.objects.bulk_create(Quote(episode=claimed, text=str(i)) for i in range(1000)))
    (takeaway,) = takeaways(claimed, 1)
    transition(takeaway, "accepted", factories.editor())
    with one_act():
        set_speaker_in(claimed, rows, factories.speaker(), factories.editor())
    assert len(last_acts(claimed, factories.editor())) == 2


# --- refusals


def test_acts_of_other_users_are_not_undone(claimed, quote):
    transition(quote, "accepted", factories.editor())
    assert last_acts(claimed, factories.second_editor()) == []
    assert refused(undo_last, claimed, factories.second_editor()) == [NOTHING]


def test_acts_in_other_episodes_are_not_undone(claimed, quote):
    transition(quote, "accepted", factories.editor())
    other = factories.episode()
    transition(other, "in_review", factories.editor())
    assert refused(undo_last, other) == [NOTHING]


def test_status_changes_of_episode_are_not_undone():
    solo = factories.person("solo", "Editor", "Publisher")
    episode = factories.episode()
    transition(episode, "in_review", solo)
    release(episode, solo)
    approve_and_publish(episode, solo)
    transition(episode, "withdrawn", solo, "Wrong.")
    transition(episode, "draft", solo, "Wrong.")
    transition(episode, "in_review", solo)
    transition(episode, "changes_requested", solo, findings=[{"field": "title", "message": "m"}])
    assert last_acts(episode, solo) == []
    assert refused(undo_last, episode, solo) == [NOTHING]


def test_undo_does_not_restore_revoked_approval(approved):
    (section,) = sharing_episode(approved, approved.sections.all())
    transition(section, "rejected", factories.editor(), "trivial")
    undo_last(approved)
    assert (reloaded(section).status, reloaded(approved).status) == ("accepted", "in_review")


def test_undo_revokes_approval(approved):
    undo_last(approved)
    assert (reloaded(approved).status, approved.sections.get().status) == ("in_review", "draft")


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda quote: transition(quote, "rejected", factories.second_editor(), "trivial"),
        lambda quote: quote.delete(),
    ],
    ids=["decided", "deleted"],
)
def test_undo_after_later_decision_is_refused(claimed, quote, meanwhile):
    transition(quote, "accepted", factories.editor())
    Episode.objects.update(claimed_by=factories.second_editor())
    quote.episode = reloaded(claimed)
    meanwhile(quote)
    Episode.objects.update(claimed_by=factories.editor())
    assert refused(undo_last, claimed) == [STALE]


def test_undo_after_later_edit_is_refused(claimed, quote):
    other = factories.quote(claimed)
    with one_act():
        reword(other, factories.editor(), text="Mine.")
        reword(quote, factories.editor(), text="Mine.", start=70)
        transition(fault(claimed), "resolved", factories.editor())
    Quote.objects.filter(pk=other.pk).update(text="Theirs.")
    assert refused(undo_last, claimed) == [STALE]


def test_undo_after_later_settlement_is_refused(claimed):
    finding = fault(claimed)
    transition(finding, "resolved", factories.editor())
    transition(finding, "waived", factories.verifier(), TWENTY)
    assert refused(undo_last, claimed) == [STALE]


def test_undo_of_used_creation_is_refused(claimed):
    row = created(Takeaway, claimed, factories.editor(), text="New.")
    transition(claimed, "changes_requested", factories.verifier(), findings=[{"field": "title", "message": "m"}])
    transition(claimed, "in_review", factories.second_editor())
    transition(row, "accepted", factories.second_editor())
    transition(row, "draft", factories.second_editor())
    release(claimed, factories.second_editor())
    assert refused(undo_last, claimed) == [STALE]


def test_undo_during_claim_of_another_is_refused(claimed, quote):
    transition(quote, "accepted", factories.editor())
    release(claimed, factories.publisher())
    transition(claimed, "in_review", factories.second_editor())
    assert refused(undo_last, claimed) == ["edgar is reviewing this episode."]


def test_undo_with_stale_episode_is_refused(claimed):
    reword(claimed, factories.editor(), title="Another")
    old = reloaded(claimed)
    Episode.objects.update(version=9)
    assert refused(undo, old, factories.editor()) == [STALE]
    assert (old.title, old.version) == ("Another", 2)


# --- public episodes


def publish(episode):
    transition(episode, "approved", factories.editor())
    transition(episode, "published", factories.publisher())


@pytest.fixture
def decided(claimed):
    transition(Summary(claimed), "accepted", factories.editor())
    transition(*sharing_episode(claimed, claimed.sections.all()), "accepted", factories.editor())
    return claimed


def test_undo_of_edit_in_public_is_refused(decided):
    reword(*sharing_episode(decided, decided.sections.all()), factories.editor(), text="Other words.")
    publish(decided)
    assert refused(undo_last, decided) == [CLOSED]


def test_undo_of_creation_in_public_is_refused(decided):
    created(Takeaway, decided, factories.editor(), text="New.", status="accepted")
    publish(decided)
    assert refused(undo_last, decided) == [CLOSED]


def test_decision_in_public_episode_is_undone(published):
    (section,) = sharing_episode(published, published.sections.all())
    transition(section, "rejected", factories.editor(), "private")
    undo_last(published)
    assert (reloaded(section).status, reloaded(published).status) == ("accepted", "published")


# --- verified rows


def test_verification_is_undone_and_redone(published):
    (section,) = sharing_episode(published, published.sections.all())
    transition(section, "evergreen", factories.verifier())
    undo_last(published, factories.verifier())
    assert (reloaded(section).status, reloaded(section).verified_by) == ("accepted", None)
    transition(section := reloaded(section), "evergreen", factories.verifier())
    transition(section, "accepted", factories.verifier())
    undo_last(published, factories.verifier())
    assert (reloaded(section).status, reloaded(section).verified_by) == ("evergreen", factories.verifier())


def test_undo_by_editor_does_not_verify(published):
    (section,) = sharing_episode(published, published.sections.all())
    transition(section, "evergreen", factories.verifier())
    transition(section, "accepted", factories.second_editor())
    assert refused(undo_last, published, factories.second_editor()) == ["edgar does not have permission to do this."]


def test_undo_of_rejected_verified_is_accepted(published):
    (section,) = sharing_episode(published, published.sections.all())
    transition(section, "evergreen", factories.verifier())
    transition(section, "rejected", factories.editor(), "private")
    undo_last(published)
    assert (reloaded(section).status, reloaded(section).verified_by) == ("accepted", None)


def test_undo_of_edited_verified_is_accepted(published):
    (section,) = sharing_episode(published, published.sections.all())
    transition(section, "evergreen", factories.verifier())
    copy = revise(published, factories.editor())
    (twin,) = sharing_episode(copy, copy.sections.all())
    reword(twin, factories.editor(), text="Other words.")
    assert reloaded(twin).status == "accepted"
    undo_last(copy)
    assert (reloaded(twin).text, reloaded(twin).status, reloaded(twin).verified_by) == ("Words.", "accepted", None)


# --- working copies


def test_copy_and_original_are_undone_separately(published):
    row = Takeaway.objects.create(episode=published, text="t")
    copy = revise(published, factories.editor())
    (twin,) = sharing_episode(copy, copy.takeaways.all())
    transition(row, "accepted", factories.editor())
    transition(twin, "rejected", factories.editor(), "trivial")
    undo_last(published)
    assert (reloaded(row).status, reloaded(twin).status) == ("draft", "rejected")
    undo_last(copy)
    assert (reloaded(row).status, reloaded(twin).status) == ("draft", "draft")
    for episode in (copy, published):
        (last, *_older) = [*last_acts(episode, factories.editor()), None]
        about = [decision.target for decision in Decision.objects.filter(act=last)]
        assert row not in about
        assert twin not in about


def test_undo_in_copy_restores_original_code(published):
    Takeaway.objects.create(episode=published, text="t", status="rejected", reject_code="private")
    copy = revise(published, factories.editor())
    (twin,) = sharing_episode(copy, copy.takeaways.all())
    transition(twin, "accepted", factories.editor())
    undo_last(copy)
    assert (reloaded(twin).status, reloaded(twin).reject_code) == ("rejected", "private")


def test_published_copy_acts_are_not_undone(published):
    copy = revise(published, factories.editor())
    reword(*sharing_episode(copy, copy.sections.all()), factories.editor(), text="Other words.")
    transition(copy, "approved", factories.editor())
    publish_changes(copy, factories.publisher())
    before = stored()
    assert refused(undo_last, published) == [NOTHING]
    assert (published.sections.get().text, stored() == before) == ("Other words.", True)


def test_list_act_is_undone_per_episode():
    by = factories.editor()
    rows = []
    for number in range(2):
        episode = factories.episode(status="in_review", claimed_by=by, claimed_at=timezone.now())
        fault = {"code": "x", "severity": "warning", "message": "m", "origin": "person", "fingerprint": str(number)}
        rows.append(Finding.objects.create(episode=episode, **fault))
    with one_act():
        for row in rows:
            transition(row, "resolved", by)
    undo(rows[0].episode, by)
    assert [Finding.objects.get(pk=row.pk).state for row in rows] == ["open", "resolved"]
    undo(rows[1].episode, by)
    assert Finding.objects.get(pk=rows[1].pk).state == "open"


def test_undo_without_permission_is_refused():
    by = factories.editor()
    episode = factories.episode(status="in_review", claimed_by=by, claimed_at=timezone.now())
    row = factories.quote(episode, text="Before.", status="draft")
    row.text = "After."
    save_words(row, ["text"], by)
    by.groups.set(Group.objects.filter(name="Librarian"))
    with pytest.raises(Refused):
        undo(episode, User.objects.get(pk=by.pk))
    row.refresh_from_db()
    assert row.text == "After."


def test_undo_restores_tags_and_earlier_acts():
    by = factories.editor()
    episode = factories.episode(status="in_review", claimed_by=by, claimed_at=timezone.now(), title="Before")
    episode.title = "After"
    save_words(episode, ["title"], by)
    episode.tags.add("mine")
    record_edits([(episode, "tags", [], ["mine"])], by)
    # For example by an import.
    episode.tags.add("theirs")
    undo(reloaded(episode), by)
    assert list(episode.tags.names()) == ["theirs"]
    undo(reloaded(episode), by)
    assert reloaded(episode).title == "Before"
    assert refused(undo, reloaded(episode), by) == [NOTHING]
