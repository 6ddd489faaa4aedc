"""Working copies: made of what is public, edited like a draft, put in its place with its keys and addresses."""

from functools import partial

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db.models import Value
from django.db.models.functions import Concat
from django.utils import translation

from episodes import workflow
from episodes.models import (
    REVIEWED,
    Appearance,
    Chapter,
    Decision,
    Episode,
    Finding,
    Mention,
    Note,
    Prediction,
    Quote,
    Section,
    Snapshot,
    Takeaway,
)
from episodes.workflow import Refused, Stale, Summary, discard, publish_changes, revise, snapshots, transition
from tests import factories
from tests.episodes.desk.form_data import fill
from tests.episodes.workflow.test_concurrency import at_once, kinds, two_connections

# A fixture: pytest finds it here.
__all__ = ["two_connections"]

pytestmark = pytest.mark.django_db
KINDS = (Appearance, *REVIEWED)


@pytest.fixture(autouse=True)
def _english(_language):
    with translation.override("en"):
        yield


@pytest.fixture
def public():
    episode = factories.full_episode(title="Public", slug="public", language="en")
    Section.objects.update(text="**RL**（Reinforcement Learning: 强化学习）")
    Mention.objects.update(status="accepted")
    Episode.objects.update(summary_status="accepted")
    episode.refresh_from_db()
    return episode


def refusal(function, *args):
    with pytest.raises(Refused) as caught:
        function(*args)
    return caught.value.reasons


def twin(row, copy):
    found = type(row).objects.get(episode=copy, revises=row)
    found.episode = copy
    return found


def reword(row, copy, by=None, **words):
    """Save other words of a row, as its form does."""
    by = by or factories.editor()
    workflow.edited(copy, by)
    for name, value in words.items():
        setattr(row, name, value)
    workflow.save_words(row, words, by)


def approve(copy):
    copy.refresh_from_db()
    transition(copy, "approved", factories.editor())
    return copy


def published(copy, reason=""):
    return publish_changes(approve(copy), factories.publisher(), reason)


def keys(episode):
    return {model.__name__: set(model.objects.filter(episode=episode).values_list("pk", flat=True)) for model in KINDS}


def words_of(episode):
    """Everything a snapshot keeps, with the keys of the rows it stands for."""
    return snapshots.content_of(Episode.objects.get(pk=episode.pk))


# --- made


def test_a_working_copy_has_every_word_and_every_decision(public):
    Quote.objects.update(
        status="evergreen", accepted_by=factories.editor(), verified_by=factories.verifier(), span_begin=3
    )
    before, old = words_of(public), keys(public)
    copy = revise(public, factories.editor())
    assert (copy.status, copy.claimed_by, copy.revises, copy.slug) == (
        "in_review", factories.editor(), public, f"working_copy_{public.pk}",
    )  # fmt: skip
    now = words_of(copy)
    own = ("slug", "published_at")
    assert {k: v for k, v in now["episode"].items() if k not in own} == {
        k: v for k, v in before["episode"].items() if k not in own
    }
    assert {k: v for k, v in now.items() if k != "episode"} == {k: v for k, v in before.items() if k != "episode"}
    assert twin(public.quotes.get(), copy).span_begin == 3
    assert list(copy.glosses.values_list("term", flat=True)) == ["RL"]
    assert keys(public) == old
    assert words_of(public) == before
    assert [(d.target, d.to_status) for d in Decision.objects.all()] == [(copy, "in_review")]


def test_there_is_one_working_copy_and_who_comes_later_finds_it(public):
    copy = revise(public, factories.editor())
    assert revise(public, factories.second_editor()) == copy
    copy.refresh_from_db()
    assert copy.claimed_by == factories.editor()
    workflow.release(copy, factories.editor())
    assert revise(public, factories.second_editor()).claimed_by == factories.second_editor()


@pytest.mark.parametrize("who", [factories.verifier, factories.publisher, factories.librarian])
def test_only_editors_revise(public, who):
    user = who()
    assert refusal(revise, public, user) == [f"{user.username} may not do this."]
    assert not Episode.objects.working().exists()


@pytest.mark.parametrize("status", ["draft", "in_review", "changes_requested", "approved", "withdrawn"])
def test_only_what_is_public_is_revised(public, status):
    Episode.objects.filter(pk=public.pk).update(status=status)
    assert refusal(revise, public, factories.editor()) == [
        "Only what is published has a working copy. This episode is edited itself."
    ]
    assert not Episode.objects.working().exists()


def test_a_working_copy_has_none_itself(public):
    copy = revise(public, factories.editor())
    assert "Only what is published" in refusal(revise, copy, factories.editor())[0]


def test_who_makes_one_at_the_same_moment_is_told(public, monkeypatch):
    revise(public, factories.editor())
    from episodes.workflow import working_copies

    # As if the other had not been there yet when this one looked.
    monkeypatch.setattr(working_copies, "copy_of", lambda episode: None)
    with pytest.raises(Stale):
        revise(public, factories.second_editor())
    assert Episode.objects.working().count() == 1


def test_a_waiver_need_not_be_given_twice(public):
    Chapter.objects.update(start=9_999_999)
    from episodes import checks

    checks.run(public)
    finding = Finding.objects.get(code="time-beyond-duration")
    transition(finding, "waived", factories.publisher(), "The recording has no second hour.")
    copy = revise(public, factories.editor())
    found = copy.findings.get(code="time-beyond-duration")
    assert (found.state, found.target) == ("waived", twin(public.chapters.get(), copy))
    assert published(copy)
    assert [f.state for f in Finding.objects.filter(code="time-beyond-duration")] == ["waived"]


@pytest.mark.parametrize("rows", [2, 30])
def test_queries_of_making_one_do_not_grow(rows, django_assert_num_queries):
    episode = factories.public_episode()
    fill(episode, rows)
    by = factories.editor()
    by.has_perm("episodes.review_episode")
    ContentType.objects.clear_cache()
    for model in (*KINDS, Episode, Finding):
        ContentType.objects.get_for_model(model)
    # Expect 49: two savepoints of two, whether there is one, the episode and its last decision, eight kinds read and
    # eight written, the tags read and written, the copy with its savepoint (3), the glosses (3), the findings (nine
    # kinds, other episodes, the findings stored, those that go and those that come), what was settled, the claim, that
    # it is free, and its decision, the new moment of change, what is left of the HTML.
    with django_assert_num_queries(49):
        revise(episode, by)


# --- published


def test_published_changes_keep_keys_and_addresses(public):
    moment, before, address = public.published_at, keys(public), public.get_absolute_url()
    quote = public.quotes.get()
    copy = revise(public, factories.editor())
    reword(twin(quote, copy), copy, text="Other words.")
    workflow.edited(copy, factories.editor())
    copy.title = "Corrected"
    workflow.save_words(copy, ["title"], factories.editor())
    copy.tags.set(["looms"])
    snapshot = published(copy, "A slip of the tongue.")
    public.refresh_from_db()
    assert (public.title, public.status, public.published_at, public.version) == ("Corrected", "published", moment, 2)
    assert (public.get_absolute_url(), keys(public)) == (address, before)
    quote.refresh_from_db()
    assert (quote.text, quote.episode, quote.version, quote.status) == ("Other words.", public, 2, "accepted")
    assert set(public.tags.names()) == {"looms"}
    assert not Episode.objects.working().exists()
    assert {model.objects.exclude(episode=public).count() for model in KINDS} == {0}
    assert snapshot.number == 1
    assert snapshot.content == words_of(public)
    last = Decision.objects.get(target_type__model="episode", target_id=public.pk, field="")
    assert (last.from_status, last.to_status, last.reason, last.by) == (
        "published", "published", "A slip of the tongue.", factories.publisher(),
    )  # fmt: skip


def test_what_visitors_read_is_derived_again(public, client):
    copy = revise(public, factories.editor())
    reword(twin(public.sections.get(), copy), copy, text="**SL**（Supervised Learning: 监督学习） is *new*.")
    assert "Supervised" not in client.get(public.get_absolute_url()).content.decode()
    published(copy)
    page = client.get(public.get_absolute_url()).content.decode()
    assert "<em>new</em>" in page
    assert list(public.glosses.values_list("term", flat=True)) == ["SL"]


def test_rows_come_and_go_with_the_copy_and_what_came_later_stays(public):
    quote, chapter = public.quotes.get(), public.chapters.get()
    copy = revise(public, factories.editor())
    twin(chapter, copy).delete()
    new = factories.quote(copy, text="One more.", speaker=quote.speaker)
    later = Takeaway.objects.create(episode=public, text="Later.", status="accepted")
    published(copy)
    assert list(public.quotes.values_list("pk", "text", "revises")) == [
        (quote.pk, "Words as spoken.", None),
        (new.pk, "One more.", None),
    ]
    assert not public.chapters.exists()
    assert later in public.takeaways.all()


def test_names_may_be_exchanged(public):
    ada = public.appearances.get()
    bob = factories.appearance(public, factories.speaker("Bob"))
    engine = public.mentions.get()
    loom = factories.mention(public, factories.entity("Loom"), status="accepted")
    gone = factories.appearance(public, None, label="Gone")
    copy = revise(public, factories.editor())
    by_copy = Appearance.objects.filter(episode=copy)
    by_copy.filter(revises=gone).delete()
    by_copy.filter(revises=ada).update(label="x")
    by_copy.filter(revises=bob).update(label="Ada")
    by_copy.filter(revises=ada).update(label="Bob")
    factories.appearance(copy, None, label="Gone")
    first, second = engine.entity_id, loom.entity_id
    Mention.objects.filter(revises=engine).update(entity=second, listed_as="x")
    Mention.objects.filter(revises=loom).update(entity=first)
    Mention.objects.filter(revises=engine).update(listed_as="")
    published(copy)
    assert dict(public.appearances.values_list("pk", "label")).items() >= {ada.pk: "Bob", bob.pk: "Ada"}.items()
    assert dict(public.mentions.values_list("pk", "entity")) == {engine.pk: second, loom.pk: first}
    assert public.appearances.filter(label="Gone").count() == 1


def test_an_adopted_episode_stays_adopted_and_need_not_be_decided(public):
    Episode.objects.update(adopted=True)
    Section.objects.update(status="draft")
    copy = revise(Episode.objects.get(), factories.editor())
    reword(twin(public.sections.get(), copy), copy, text="Corrected.")
    published(copy)
    public.refresh_from_db()
    assert (public.adopted, public.status) == (True, "published")
    assert list(public.sections.values_list("text", "status")) == [("Corrected.", "draft")]


def test_changed_words_cost_the_episode_its_evergreen(public):
    verified = {"status": "evergreen", "accepted_by": factories.editor(), "verified_by": factories.verifier()}
    for model in (Section, Quote, Prediction):
        model.objects.update(**verified)
    Episode.objects.update(
        status="evergreen", summary_status="evergreen", summary_accepted_by=factories.editor(),
        summary_verified_by=factories.verifier(),
    )  # fmt: skip
    public.refresh_from_db()
    copy = revise(public, factories.editor())
    published(copy)
    public.refresh_from_db()
    assert public.status == "evergreen"
    copy = revise(public, factories.editor())
    quote = twin(public.quotes.get(), copy)
    reword(quote, copy, text="Other words.")
    assert (quote.status, Quote.objects.get(episode=public).status) == ("accepted", "evergreen")
    published(copy)
    public.refresh_from_db()
    assert (public.status, public.quotes.get().status) == ("published", "accepted")


def test_approve_and_publish_publishes_the_changes(public):
    every = factories.person("all", "Editor", "Publisher")
    copy = revise(public, every)
    reword(twin(public.quotes.get(), copy), copy, every, text="Other words.")
    made = workflow.approve_and_publish(copy, every)
    assert [(d.to_status, d.target_id) for d in made] == [("approved", copy.pk), ("published", public.pk)]
    assert public.quotes.get().text == "Other words."
    assert not Episode.objects.working().exists()


@pytest.mark.parametrize("rows", [2, 30])
def test_queries_of_publishing_do_not_grow(rows, django_assert_num_queries):
    episode = factories.public_episode(adopted=True)
    fill(episode, rows)
    copy = revise(episode, factories.editor())
    for model in KINDS:
        text = next(name for name in ("label", "listed_as", "text", "title", "detail", "words") if hasattr(model, name))
        model.objects.filter(episode=copy).update(**{text: Concat(text, Value("!"))})
    Finding.objects.all().delete()
    approve(copy)
    by = factories.publisher()
    by.has_perm("episodes.publish_episode")
    # Expect 109: a savepoint of two; the copy taken, the episode, what stands in the way, what was decided in three;
    # the episode and its decision; of eight kinds the rows there, the rows here and the update, for two of them room
    # for names; three for the tags, two each for notes and findings; what is derived: two for the glosses, nine kinds
    # of rows and other episodes, three for the findings and what was settled, the date; 36 to delete the copy with
    # everything in it; the HTML in two, the date again, who holds it; the snapshot with its number, the tags, the
    # eight kinds.
    with django_assert_num_queries(109):
        publish_changes(copy, by)


# --- refused


@pytest.mark.parametrize("who", [factories.editor, factories.verifier, factories.librarian])
def test_only_publishers_publish_changes(public, who):
    copy = approve(revise(public, factories.editor()))
    user = who()
    assert refusal(publish_changes, copy, user) == [f"{user.username} may not do this."]
    assert Episode.objects.working().get() == copy


@pytest.mark.parametrize("status", ["draft", "in_review", "changes_requested"])
def test_only_an_approved_copy_is_published(public, status):
    copy = revise(public, factories.editor())
    Episode.objects.filter(pk=copy.pk).update(status=status)
    copy.refresh_from_db()
    assert refusal(publish_changes, copy, factories.publisher()) == ["It is not approved."]


def test_everything_in_the_way_is_named(public):
    copy = approve(revise(public, factories.editor()))
    Episode.objects.filter(pk=copy.pk).update(version=7)
    copy.findings.create(code="c", severity="error", message="Wrong.", origin="check", fingerprint="f")
    Episode.objects.filter(pk=public.pk).update(status="withdrawn", version=9)
    copy.refresh_from_db()
    assert refusal(publish_changes, copy, factories.publisher()) == [
        "It was changed after its approval.",
        "Open: Wrong.",
        "What it revises is not published any more.",
        "What it revises was edited itself meanwhile. Discard this working copy and make another.",
    ]
    assert Episode.objects.working().get() == copy


def test_an_episode_is_no_working_copy(public):
    assert refusal(publish_changes, public, factories.publisher()) == ["This is no working copy."]
    assert refusal(discard, public, factories.publisher()) == ["This is no working copy."]


def test_a_working_copy_is_neither_published_nor_adopted_itself(public):
    copy = approve(revise(public, factories.editor()))
    assert refusal(transition, copy, "published", factories.publisher()) == [
        "A working copy is not published itself: publish its changes."
    ]


def test_of_two_publishers_at_once_the_second_is_refused(public):
    copy = approve(revise(public, factories.editor()))
    same = Episode.objects.get(pk=copy.pk)
    publish_changes(copy, factories.publisher())
    with pytest.raises(Stale):
        publish_changes(same, factories.publisher())
    assert Snapshot.objects.count() == 1


def test_a_copy_that_was_changed_since_it_was_read_is_refused(public):
    copy = approve(revise(public, factories.editor()))
    now = Episode.objects.get(pk=copy.pk)
    reword(twin(public.quotes.get(), now), now, text="Later words.")
    with pytest.raises(Stale):
        publish_changes(copy, factories.publisher())
    assert public.quotes.get().text == "Words as spoken."


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("two_connections")
class TestTwoConnections:
    def test_of_two_publications_one_is_made(self):
        publisher = factories.publisher()
        for _round in range(3):
            copy = approve(revise(factories.public_episode(adopted=True), factories.editor()))
            same = Episode.objects.get(pk=copy.pk)
            came = at_once(partial(publish_changes, copy, publisher), partial(publish_changes, same, publisher))
            assert kinds(came) == ["Snapshot", "Stale"], came

    def test_a_rejection_and_a_publication_never_pass_each_other(self):
        publisher, editor = factories.publisher(), factories.second_editor()
        for _round in range(3):
            episode = factories.full_episode(adopted=True)
            copy = revise(episode, factories.editor())
            # So that the status of a row is among what is written.
            transition(copy.takeaways.get(), "rejected", factories.editor(), "trivial")
            quote = Quote.objects.get(episode=episode)
            came = at_once(
                partial(publish_changes, approve(copy), publisher),
                partial(transition, quote, "rejected", editor, "private"),
            )
            assert kinds(came) == ["Decision", "Snapshot"], came
            assert Quote.objects.get(pk=quote.pk).status == "rejected"

    def test_of_two_who_revise_one_makes_the_copy(self):
        for _round in range(3):
            episode = factories.public_episode()
            at_once(*(partial(revise, episode, by) for by in (factories.editor(), factories.second_editor())))
            assert Episode.objects.working().filter(revises=episode).count() == 1


# --- decided meanwhile


def test_a_rejected_quote_does_not_come_back_with_an_older_copy(public, client):
    quote = public.quotes.get()
    copy = revise(public, factories.editor())
    reword(twin(quote, copy), copy, text="Other words.")
    transition(Quote.objects.get(pk=quote.pk), "rejected", factories.second_editor(), "private")
    published(copy)
    quote.refresh_from_db()
    assert (quote.status, quote.reject_code, quote.text) == ("rejected", "private", "Other words.")
    assert "Other words." not in client.get(public.get_absolute_url()).content.decode()


@pytest.mark.parametrize("first", ["public", "copy"])
def test_nor_when_the_copy_decided_upon_it_too(public, first):
    quote = public.quotes.get()
    copy = revise(public, factories.editor())

    def in_copy():
        transition(twin(quote, copy), "rejected", factories.editor(), "trivial")
        transition(twin(quote, copy), "accepted", factories.editor())

    def in_public():
        transition(Quote.objects.get(pk=quote.pk), "rejected", factories.second_editor(), "private")

    for step in (in_public, in_copy) if first == "public" else (in_copy, in_public):
        step()
    published(copy)
    quote.refresh_from_db()
    assert (quote.status, quote.reject_code) == ("rejected", "private")


def test_what_the_copy_decides_counts(public):
    quote, chapter = public.quotes.get(), public.chapters.get()
    copy = revise(public, factories.editor())
    transition(twin(quote, copy), "rejected", factories.editor(), "not_said")
    transition(twin(chapter, copy), "rejected", factories.editor(), "trivial")
    # Verified, and taken back again, before the copy decided otherwise.
    assert Quote.objects.get(pk=quote.pk).status == "accepted"
    published(copy)
    quote.refresh_from_db()
    chapter.refresh_from_db()
    assert (quote.status, quote.reject_code, chapter.status) == ("rejected", "not_said", "rejected")


def test_a_verification_meanwhile_counts_for_the_words_that_were_verified(public):
    Quote.objects.update(accepted_by=factories.editor())
    Prediction.objects.update(accepted_by=factories.editor())
    quote, prediction = public.quotes.get(), public.predictions.get()
    copy = revise(public, factories.editor())
    reword(twin(quote, copy), copy, text="Other words.")
    transition(Quote.objects.get(pk=quote.pk), "evergreen", factories.verifier())
    transition(Prediction.objects.get(pk=prediction.pk), "evergreen", factories.verifier())
    published(copy)
    quote.refresh_from_db()
    prediction.refresh_from_db()
    assert (quote.status, quote.verified_by) == ("accepted", None)
    assert (prediction.status, prediction.verified_by) == ("evergreen", factories.verifier())


def test_a_summary_decided_meanwhile_stays_decided(public):
    copy = revise(public, factories.editor())
    public.refresh_from_db()
    transition(Summary(public), "rejected", factories.second_editor(), "trivial")
    published(copy)
    public.refresh_from_db()
    assert (public.summary_status, public.summary_reject_code) == ("rejected", "trivial")


def judged(prediction, *, criteria=True):
    """Criteria by one, the outcome by another, in the public episode."""
    now = Prediction.objects.get(pk=prediction.pk)
    if criteria:
        workflow.set_criteria(now, "A wet roof.", factories.second_editor(), now.episode.published_at.date())
    workflow.resolve(now, "true", factories.verifier(), evidence="It snowed.")


def test_an_outcome_told_meanwhile_stays_with_its_criteria(public):
    prediction = public.predictions.get()
    copy = revise(public, factories.editor())
    reword(twin(prediction, copy), copy, words="It will snow.")
    judged(prediction)
    published(copy)
    prediction.refresh_from_db()
    assert (prediction.words, prediction.outcome, prediction.evidence, prediction.resolved_by) == (
        "It will snow.", "true", "It snowed.", factories.verifier(),
    )  # fmt: skip
    assert (prediction.criteria, prediction.criteria_by) == ("A wet roof.", factories.second_editor())
    assert prediction.due_on is not None


def test_criteria_of_the_copy_are_published_and_leave_a_verification(public):
    prediction = public.predictions.get()
    Prediction.objects.filter(pk=prediction.pk).update(status="evergreen", verified_by=factories.verifier())
    copy = revise(public, factories.editor())
    workflow.set_criteria(Prediction.objects.get(pk=prediction.pk), "Others.", factories.second_editor())
    transition(Prediction.objects.get(pk=prediction.pk), "accepted", factories.verifier())
    transition(Prediction.objects.get(pk=prediction.pk), "evergreen", factories.verifier())
    reword(twin(prediction, copy), copy, criteria="A wet roof.")
    published(copy)
    prediction.refresh_from_db()
    assert (prediction.criteria, prediction.criteria_by) == ("A wet roof.", factories.editor())
    assert prediction.status == "evergreen"


def test_what_was_resolved_meanwhile_is_not_given_other_criteria(public):
    prediction = public.predictions.get()
    workflow.set_criteria(
        Prediction.objects.get(pk=prediction.pk), "A roof.", factories.second_editor(), public.published_at.date()
    )
    copy = revise(public, factories.editor())
    reword(twin(prediction, copy), copy, criteria="A wet roof.")
    judged(prediction, criteria=False)
    approve(copy)
    assert refusal(publish_changes, copy, factories.publisher()) == [
        "“It will rain.”: it was resolved meanwhile by other criteria than the working copy has."
    ]


def test_nobody_judges_their_own_criteria_by_way_of_a_copy(public):
    prediction = public.predictions.get()
    workflow.set_criteria(
        Prediction.objects.get(pk=prediction.pk), "A roof.", factories.second_editor(), public.published_at.date()
    )
    copy = revise(public, factories.editor())
    reword(twin(prediction, copy), copy, criteria="A wet roof.")
    workflow.resolve(Prediction.objects.get(pk=prediction.pk), "true", factories.editor(), evidence="Wet.")
    approve(copy)
    assert refusal(publish_changes, copy, factories.publisher()) == [
        "“It will rain.”: who resolved it meanwhile is who wrote its criteria in the working copy."
    ]


# --- discarded


def test_who_holds_it_discards_it_and_a_publisher_may_too(public):
    before = words_of(public)
    copy = revise(public, factories.editor())
    assert refusal(discard, copy, factories.second_editor()) == ["edith holds this episode."]
    assert refusal(discard, copy, factories.verifier()) == ["vera may not do this."]
    made = discard(copy, factories.editor())
    assert (made.target, made.from_status, made.to_status, made.reason) == (
        public, "published", "published", "working copy discarded",
    )  # fmt: skip
    assert not Episode.objects.working().exists()
    discard(revise(public, factories.editor()), factories.publisher(), "Not now.")
    assert not Episode.objects.working().exists()
    assert words_of(public) == before


def test_what_was_published_meanwhile_is_not_discarded(public):
    copy = approve(revise(public, factories.editor()))
    same = Episode.objects.get(pk=copy.pk)
    publish_changes(copy, factories.publisher())
    with pytest.raises(Stale):
        discard(same, factories.publisher())


def test_a_note_in_a_discarded_copy_waits_beside_the_episode(public):
    Note.objects.create(episode=public, name="n.md", dialect="d", text="old", state="current")
    Note.objects.create(episode=public, name="n.md", dialect="d", text="waited", state="waiting")
    copy = revise(public, factories.editor())
    Note.objects.create(episode=copy, name="n.md", dialect="d", text="new", state="current")
    assert Note.objects.for_spans_of(copy).first().text == "new"
    discard(copy, factories.editor())
    assert dict(public.notes.values_list("text", "state")) == {
        "old": "current", "waited": "superseded", "new": "waiting",
    }  # fmt: skip
