"""The last acts of a person in an episode are taken back, each as a whole, by acts of its own."""

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
from tests.episodes.workflow.steps import again, refused, reword, steps_since, stored, within

pytestmark = pytest.mark.django_db
STALE = "Someone else changed this in the meantime. Nothing was saved."
NOTHING = "There is nothing to undo."
CLOSED = "A published episode cannot be edited directly."
TWENTY = "The guest agreed so."


@pytest.fixture
def quote(claimed):
    return factories.quote(claimed, status="draft", speaker=factories.speaker())


def made(model, episode, by, **fields):
    """Somebody adds a row, and that is told."""
    with one_act():
        row = model.objects.create(episode=episode, **fields)
        decisions.new_decision(row, "", row.status, by).save(force_insert=True)
    return row


def fault(episode, **fields):
    fields = {"code": "x", "severity": "error", "message": "m", "origin": "import", "fingerprint": "f", **fields}
    return Finding.objects.create(episode=episode, **fields)


def take_back(episode, by=None):
    return undo(again(episode), by or factories.editor())


# --- every kind of act


@pytest.mark.parametrize(
    ("source", "to", "reason"),
    [("draft", "accepted", ""), ("draft", "rejected", "trivial"), ("accepted", "draft", ""),
     ("accepted", "rejected", "not_said"), ("rejected", "accepted", ""), ("rejected", "draft", "")],
)  # fmt: skip
def test_a_decision_is_undone_by_a_decision(claimed, quote, source, to, reason):
    if source != "draft":
        transition(quote, source, factories.editor(), "private" if source == "rejected" else "")
    before = len(steps_since())
    transition(quote, to, factories.editor(), reason)
    take_back(claimed)
    now = again(quote)
    assert (now.status, now.reject_code) == (source, "private" if source == "rejected" else "")
    assert steps_since()[before:] == [("quote", "", source, to, "edith"), ("quote", "", to, source, "edith")]
    newest, last = Decision.objects.all()[:2]
    assert (newest.undoes, last.undoes) == (last.act, None)


def test_a_decision_on_the_summary_is_undone(claimed):
    transition(Summary(claimed), "rejected", factories.editor(), "trivial")
    take_back(claimed)
    assert (again(claimed).summary_status, again(claimed).summary_reject_code) == ("draft", "")


def test_words_are_undone_in_every_field_of_the_act(claimed, quote):
    before = Quote.objects.values().get()
    reword(quote, factories.editor(), text="Other words.", start=70, speaker=None, label="?")
    take_back(claimed)
    assert Quote.objects.values().get() == {**before, "version": 3}
    assert Decision.objects.first().changes["start"] == [70, 65]
    assert again(claimed).version == 3


def test_words_of_the_episode_and_of_its_summary_are_undone(claimed):
    was = again(claimed)
    reword(claimed, factories.editor(), title="Another", summary="Shorter.", extra={"b": 1, "a": [2]}, duration=60)
    take_back(claimed)
    now = again(claimed)
    assert (now.title, now.summary, now.extra, now.duration) == (was.title, "In short.", {}, None)


def test_the_speaker_of_many_rows_is_undone_at_once(claimed):
    ada, ben = factories.speaker("Ada"), factories.speaker("Ben")
    rows = within(claimed, [factories.quote(claimed, speaker=speaker) for speaker in (None, ada, ben, ada)])
    with one_act():
        set_speaker_in(claimed, rows, ben, factories.editor())
    assert set(Quote.objects.values_list("speaker", flat=True)) == {ben.pk}
    take_back(claimed)
    assert list(Quote.objects.order_by("pk").values_list("speaker", flat=True)) == [None, ada.pk, ben.pk, ada.pk]


def test_a_repair_is_undone_with_its_finding(claimed, quote):
    finding = fault(claimed, target=quote, repair={"start": 31})
    repair.apply(finding.pk, factories.editor())
    assert (again(quote).start, again(finding).state) == (31, "resolved")
    take_back(claimed)
    assert (again(quote).start, again(finding).state) == (65, "open")


def test_what_was_made_goes_again_and_the_record_stays(claimed):
    row = made(Takeaway, claimed, factories.editor(), text="New.")
    take_back(claimed)
    assert (Takeaway.objects.count(), again(claimed).version) == (0, 2)
    told = Decision.objects.filter(target_type__model="takeaway", target_id=row.pk).order_by("pk")
    assert list(told.values_list("from_status", "to_status")) == [("", "draft"), ("draft", "")]


def test_what_was_made_reworded_and_decided_goes_step_by_step(claimed):
    row = made(Takeaway, claimed, factories.editor(), text="New.")
    reword(row, factories.editor(), text="Newer.")
    transition(row, "accepted", factories.editor())
    take_back(claimed)
    assert (again(row).status, again(row).text) == ("draft", "Newer.")
    take_back(claimed)
    assert again(row).text == "New."
    take_back(claimed)
    assert Takeaway.objects.count() == 0


def test_what_was_made_and_decided_in_one_act_goes_at_once(claimed):
    with one_act():
        row = made(Takeaway, claimed, factories.editor(), text="New.")
        transition(row, "accepted", factories.editor())
    take_back(claimed)
    assert Takeaway.objects.count() == 0


def test_words_and_their_decision_with_one_key_are_one_act(claimed, quote):
    with one_act():
        reword(quote, factories.editor(), text="Other words.")
        transition(quote, "accepted", factories.editor())
    assert len(last_acts(claimed, factories.editor())) == 1
    take_back(claimed)
    assert (again(quote).text, again(quote).status) == ("Words as spoken.", "draft")


@pytest.mark.parametrize("to", ["resolved", "waived"])
def test_a_finding_is_open_again(claimed, to):
    finding, by = fault(claimed), factories.verifier()
    transition(finding, to, by, TWENTY)
    take_back(claimed, by)
    assert again(finding).state == "open"


def test_a_waiver_comes_back_with_its_reason(claimed):
    finding, by = fault(claimed), factories.verifier()
    transition(finding, "waived", by, TWENTY)
    transition(finding, "open", by)
    take_back(claimed, by)
    assert (again(finding).state, Decision.objects.first().reason) == ("waived", TWENTY)


def test_a_rejection_comes_back_with_its_code_whatever_was_written_since(claimed, quote):
    transition(quote, "rejected", factories.editor(), "wrong_time")
    reword(quote, factories.editor(), text="Other words.")
    transition(quote, "accepted", factories.editor())
    take_back(claimed)
    assert (again(quote).status, again(quote).reject_code) == ("rejected", "wrong_time")


# --- how far back


def takeaways(episode, count):
    return [Takeaway.objects.create(episode=episode, text=str(place)) for place in range(count)]


def test_one_goes_back_ten_acts_and_no_further(claimed):
    rows = takeaways(claimed, 12)
    for row in rows:
        transition(row, "accepted", factories.editor())
    assert len(last_acts(claimed, factories.editor())) == 10
    for count in range(1, 11):
        take_back(claimed)
        assert [again(row).status for row in rows] == ["accepted"] * (12 - count) + ["draft"] * count
        assert len(last_acts(claimed, factories.editor())) == 10 - count
    assert refused(take_back, claimed) == [NOTHING]


def test_what_was_undone_is_not_undone_twice(claimed):
    one, two, three = takeaways(claimed, 3)
    transition(one, "accepted", factories.editor())
    transition(two, "accepted", factories.editor())
    take_back(claimed)
    transition(three, "accepted", factories.editor())
    take_back(claimed)
    take_back(claimed)
    assert {again(row).status for row in (one, two, three)} == {"draft"}
    assert refused(take_back, claimed) == [NOTHING]


def test_newest_first(claimed):
    for row in takeaways(claimed, 3):
        transition(row, "accepted", factories.editor())
    told = Decision.objects.filter(target_type__model="takeaway").order_by("-pk")
    assert last_acts(claimed, factories.editor()) == list(told.values_list("act", flat=True))


def test_an_act_upon_a_thousand_rows_is_one(claimed):
    rows = within(claimed, Quote.objects.bulk_create(Quote(episode=claimed, text=str(i)) for i in range(1000)))
    (takeaway,) = takeaways(claimed, 1)
    transition(takeaway, "accepted", factories.editor())
    with one_act():
        set_speaker_in(claimed, rows, factories.speaker(), factories.editor())
    assert len(last_acts(claimed, factories.editor())) == 2


# --- what is not undone


def test_another_person_has_nothing_to_undo(claimed, quote):
    transition(quote, "accepted", factories.editor())
    assert last_acts(claimed, factories.second_editor()) == []
    assert refused(take_back, claimed, factories.second_editor()) == [NOTHING]


def test_acts_in_another_episode_are_not_undone_here(claimed, quote):
    transition(quote, "accepted", factories.editor())
    other = factories.episode()
    transition(other, "in_review", factories.editor())
    assert refused(take_back, other) == [NOTHING]


def test_moves_of_the_episode_are_never_undone():
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
    assert refused(take_back, episode, solo) == [NOTHING]


def test_what_fell_with_an_act_stays_fallen(approved):
    (section,) = within(approved, approved.sections.all())
    transition(section, "rejected", factories.editor(), "trivial")
    take_back(approved)
    assert (again(section).status, again(approved).status) == ("accepted", "in_review")


def test_to_undo_takes_an_approval_back(approved):
    take_back(approved)
    assert (again(approved).status, approved.sections.get().status) == ("in_review", "draft")


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda quote: transition(quote, "rejected", factories.second_editor(), "trivial"),
        lambda quote: quote.delete(),
    ],
    ids=["decided", "deleted"],
)
def test_a_decision_that_somebody_overtook_is_not_undone(claimed, quote, meanwhile):
    transition(quote, "accepted", factories.editor())
    Episode.objects.update(claimed_by=factories.second_editor())
    quote.episode = again(claimed)
    meanwhile(quote)
    Episode.objects.update(claimed_by=factories.editor())
    assert refused(take_back, claimed) == [STALE]


def test_words_that_somebody_wrote_over_are_not_undone_not_even_in_part(claimed, quote):
    other = factories.quote(claimed)
    with one_act():
        reword(other, factories.editor(), text="Mine.")
        reword(quote, factories.editor(), text="Mine.", start=70)
        transition(fault(claimed), "resolved", factories.editor())
    Quote.objects.filter(pk=other.pk).update(text="Theirs.")
    assert refused(take_back, claimed) == [STALE]


def test_a_finding_that_somebody_settled_otherwise_is_not_undone(claimed):
    finding = fault(claimed)
    transition(finding, "resolved", factories.editor())
    transition(finding, "waived", factories.verifier(), TWENTY)
    assert refused(take_back, claimed) == [STALE]


def test_what_was_made_and_somebody_worked_on_does_not_go(claimed):
    row = made(Takeaway, claimed, factories.editor(), text="New.")
    transition(claimed, "changes_requested", factories.verifier(), findings=[{"field": "title", "message": "m"}])
    transition(claimed, "in_review", factories.second_editor())
    transition(row, "accepted", factories.second_editor())
    transition(row, "draft", factories.second_editor())
    release(claimed, factories.second_editor())
    assert refused(take_back, claimed) == [STALE]


def test_nothing_is_undone_while_somebody_else_holds_it(claimed, quote):
    transition(quote, "accepted", factories.editor())
    release(claimed, factories.publisher())
    transition(claimed, "in_review", factories.second_editor())
    assert refused(take_back, claimed) == ["edgar is reviewing this episode."]


def test_an_old_copy_of_the_episode_undoes_nothing(claimed):
    reword(claimed, factories.editor(), title="Another")
    old = again(claimed)
    Episode.objects.update(version=9)
    assert refused(undo, old, factories.editor()) == [STALE]
    assert (old.title, old.version) == ("Another", 2)


# --- what is public


def publish(episode):
    transition(episode, "approved", factories.editor())
    transition(episode, "published", factories.publisher())


@pytest.fixture
def decided(claimed):
    transition(Summary(claimed), "accepted", factories.editor())
    transition(*within(claimed, claimed.sections.all()), "accepted", factories.editor())
    return claimed


def test_words_of_a_public_episode_are_not_undone_in_place(decided):
    reword(*within(decided, decided.sections.all()), factories.editor(), text="Other words.")
    publish(decided)
    assert refused(take_back, decided) == [CLOSED]


def test_what_was_made_does_not_go_from_a_public_episode(decided):
    made(Takeaway, decided, factories.editor(), text="New.", status="accepted")
    publish(decided)
    assert refused(take_back, decided) == [CLOSED]


def test_a_decision_in_a_public_episode_is_undone_at_once(published):
    (section,) = within(published, published.sections.all())
    transition(section, "rejected", factories.editor(), "private")
    take_back(published)
    assert (again(section).status, again(published).status) == ("accepted", "published")


# --- what was verified


def test_a_verification_is_undone_and_done_again(published):
    (section,) = within(published, published.sections.all())
    transition(section, "evergreen", factories.verifier())
    take_back(published, factories.verifier())
    assert (again(section).status, again(section).verified_by) == ("accepted", None)
    transition(section := again(section), "evergreen", factories.verifier())
    transition(section, "accepted", factories.verifier())
    take_back(published, factories.verifier())
    assert (again(section).status, again(section).verified_by) == ("evergreen", factories.verifier())


def test_an_editor_does_not_undo_into_a_verification(published):
    (section,) = within(published, published.sections.all())
    transition(section, "evergreen", factories.verifier())
    transition(section, "accepted", factories.second_editor())
    assert refused(take_back, published, factories.second_editor()) == ["edgar does not have permission to do this."]


def test_what_was_verified_and_rejected_comes_back_as_accepted(published):
    (section,) = within(published, published.sections.all())
    transition(section, "evergreen", factories.verifier())
    transition(section, "rejected", factories.editor(), "private")
    take_back(published)
    assert (again(section).status, again(section).verified_by) == ("accepted", None)


def test_words_that_were_verified_come_back_as_accepted(published):
    (section,) = within(published, published.sections.all())
    transition(section, "evergreen", factories.verifier())
    copy = revise(published, factories.editor())
    (twin,) = within(copy, copy.sections.all())
    reword(twin, factories.editor(), text="Other words.")
    assert again(twin).status == "accepted"
    take_back(copy)
    assert (again(twin).text, again(twin).status, again(twin).verified_by) == ("Words.", "accepted", None)


# --- beside a working copy


def test_acts_in_a_working_copy_and_in_what_it_revises_are_undone_apart(published):
    row = Takeaway.objects.create(episode=published, text="t")
    copy = revise(published, factories.editor())
    (twin,) = within(copy, copy.takeaways.all())
    transition(row, "accepted", factories.editor())
    transition(twin, "rejected", factories.editor(), "trivial")
    take_back(published)
    assert (again(row).status, again(twin).status) == ("draft", "rejected")
    take_back(copy)
    assert (again(row).status, again(twin).status) == ("draft", "draft")
    for episode in (copy, published):
        (last, *_older) = [*last_acts(episode, factories.editor()), None]
        about = [decision.target for decision in Decision.objects.filter(act=last)]
        assert row not in about
        assert twin not in about


def test_a_rejection_from_before_the_working_copy_comes_back_with_its_code(published):
    Takeaway.objects.create(episode=published, text="t", status="rejected", reject_code="private")
    copy = revise(published, factories.editor())
    (twin,) = within(copy, copy.takeaways.all())
    transition(twin, "accepted", factories.editor())
    take_back(copy)
    assert (again(twin).status, again(twin).reject_code) == ("rejected", "private")


def test_what_was_done_in_a_working_copy_is_not_undone_once_it_is_published(published):
    copy = revise(published, factories.editor())
    reword(*within(copy, copy.sections.all()), factories.editor(), text="Other words.")
    transition(copy, "approved", factories.editor())
    publish_changes(copy, factories.publisher())
    before = stored()
    assert refused(take_back, published) == [NOTHING]
    assert (published.sections.get().text, stored() == before) == ("Other words.", True)


def test_an_act_upon_a_list_is_undone_in_one_episode_at_a_time():
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


def test_who_may_no_longer_change_words_does_not_put_them_back():
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


def test_tags_go_back_and_so_does_what_was_done_before_them():
    by = factories.editor()
    episode = factories.episode(status="in_review", claimed_by=by, claimed_at=timezone.now(), title="Before")
    episode.title = "After"
    save_words(episode, ["title"], by)
    episode.tags.add("mine")
    record_edits([(episode, "tags", [], ["mine"])], by)
    # Somebody else's import, say.
    episode.tags.add("theirs")
    undo(again(episode), by)
    assert list(episode.tags.names()) == ["theirs"]
    undo(again(episode), by)
    assert again(episode).title == "Before"
    assert refused(undo, again(episode), by) == [NOTHING]
