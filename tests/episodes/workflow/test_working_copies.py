"""Working copies: created from public episodes, edited like drafts, and published with keys and addresses kept."""

from functools import partial

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db.models import Value
from django.db.models.functions import Concat
from django.utils import translation

from episodes import derived, workflow
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

# A fixture, found by pytest in this module.
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
    """Save new values of a row, as its form does."""
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
    """Return the content of a snapshot, with the keys of the original rows."""
    return snapshots.content_of(Episode.objects.get(pk=episode.pk))


# --- creation


def test_working_copy_equals_original(public):
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


def test_second_revise_returns_existing_copy(public):
    copy = revise(public, factories.editor())
    assert revise(public, factories.second_editor()) == copy
    copy.refresh_from_db()
    assert copy.claimed_by == factories.editor()
    workflow.release(copy, factories.editor())
    assert revise(public, factories.second_editor()).claimed_by == factories.second_editor()


@pytest.mark.parametrize("who", [factories.verifier, factories.publisher, factories.librarian])
def test_revise_without_permission_is_refused(public, who):
    user = who()
    assert refusal(revise, public, user) == [f"{user.username} does not have permission to do this."]
    assert not Episode.objects.working().exists()


@pytest.mark.parametrize("status", ["draft", "in_review", "changes_requested", "approved", "withdrawn"])
def test_revise_of_hidden_episode_is_refused(public, status):
    Episode.objects.filter(pk=public.pk).update(status=status)
    assert refusal(revise, public, factories.editor()) == [
        "Only a published episode has a draft of changes. Edit this episode itself."
    ]
    assert not Episode.objects.working().exists()


def test_revise_of_working_copy_is_refused(public):
    copy = revise(public, factories.editor())
    assert "Only a published episode" in refusal(revise, copy, factories.editor())[0]


def test_concurrent_creation_of_copy_is_stale(public, monkeypatch):
    revise(public, factories.editor())
    from episodes.workflow import working_copies

    # As if the other copy had not existed when this request looked.
    monkeypatch.setattr(working_copies, "copy_of", lambda episode: None)
    with pytest.raises(Stale):
        revise(public, factories.second_editor())
    assert Episode.objects.working().count() == 1


def test_waivers_are_copied(public):
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
def test_creation_queries_are_constant(rows, django_assert_num_queries):
    episode = factories.public_episode()
    fill(episode, rows)
    by = factories.editor()
    by.has_perm("episodes.review_episode")
    ContentType.objects.clear_cache()
    for model in (*KINDS, Episode, Finding):
        ContentType.objects.get_for_model(model)
    # Expect 70: two savepoints (4), the existing copy, the episode and its last decision, eight kinds read and
    # eight written, the tags read and written, the copy with its savepoint (3), the glosses (3), the findings (nine
    # kinds, other episodes, the stored findings, those deleted and those created), settled findings, the claim,
    # its lock and its decision, `changed_at`, clearing of the HTML (2); the passages (the episode, those there are,
    # eleven kinds, their rows, three indexes) and whether they are public (3).
    with django_assert_num_queries(factories.by_database(70, 66)):
        revise(episode, by)


# --- publication


def test_publication_keeps_keys_and_addresses(public):
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


def test_publication_refreshes_derived_data(public, client):
    copy = revise(public, factories.editor())
    reword(twin(public.sections.get(), copy), copy, text="**SL**（Supervised Learning: 监督学习） is *new*.")
    assert "Supervised" not in client.get(public.get_absolute_url()).content.decode()
    published(copy)
    page = client.get(public.get_absolute_url()).content.decode()
    assert "<em>new</em>" in page
    assert list(public.glosses.values_list("term", flat=True)) == ["SL"]


def test_publication_merges_rows(public):
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


def test_exchanged_names_are_published(public):
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


def test_adopted_episode_stays_adopted(public):
    Episode.objects.update(adopted=True)
    Section.objects.update(status="draft")
    copy = revise(Episode.objects.get(), factories.editor())
    reword(twin(public.sections.get(), copy), copy, text="Corrected.")
    published(copy)
    public.refresh_from_db()
    assert (public.adopted, public.status) == (True, "published")
    assert list(public.sections.values_list("text", "status")) == [("Corrected.", "draft")]


def test_changed_text_revokes_evergreen(public):
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


def test_approve_and_publish_publishes_changes(public):
    every = factories.person("all", "Editor", "Publisher")
    copy = revise(public, every)
    reword(twin(public.quotes.get(), copy), copy, every, text="Other words.")
    made = workflow.approve_and_publish(copy, every)
    assert [(d.to_status, d.target_id) for d in made] == [("approved", copy.pk), ("published", public.pk)]
    assert public.quotes.get().text == "Other words."
    assert not Episode.objects.working().exists()


@pytest.mark.parametrize("rows", [2, 30])
def test_publication_queries_are_constant(rows, django_assert_num_queries):
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
    # Expect 209: a savepoint (2); the lock of the copy, the episode, blocking findings, a version without content,
    # decisions since (3); the episode and its decision; for eight kinds the original rows, the copied rows and the
    # update, for two of them temporary names; three for the tags, two each for notes and findings; derived data:
    # two for the glosses, nine kinds of rows and other episodes, three for the findings and settled ones, `changed_at`,
    # the passages and their indexes (29 with those of the copy); 36 to delete the copy with all its rows; the HTML (2),
    # `changed_at` again, unverified rows; the snapshot with its number, tags and eight kinds;
    # the stored pages (26) and the counts (44), each twice: for the words and for the publication.
    derived.forget_all()
    derived.count_all()
    with django_assert_num_queries(factories.by_database(209, 201)):
        publish_changes(copy, by)


# --- refusals


@pytest.mark.parametrize("who", [factories.editor, factories.verifier, factories.librarian])
def test_publication_without_permission_is_refused(public, who):
    copy = approve(revise(public, factories.editor()))
    user = who()
    assert refusal(publish_changes, copy, user) == [f"{user.username} does not have permission to do this."]
    assert Episode.objects.working().get() == copy


@pytest.mark.parametrize("status", ["draft", "in_review", "changes_requested"])
def test_publication_of_unapproved_copy_is_refused(public, status):
    copy = revise(public, factories.editor())
    Episode.objects.filter(pk=copy.pk).update(status=status)
    copy.refresh_from_db()
    assert refusal(publish_changes, copy, factories.publisher()) == ["The changes are not approved."]


def test_publication_lists_all_unmet_preconditions(public):
    copy = approve(revise(public, factories.editor()))
    Episode.objects.filter(pk=copy.pk).update(version=7)
    copy.findings.create(code="c", severity="error", message="Wrong.", origin="check", fingerprint="f")
    Episode.objects.filter(pk=public.pk).update(status="withdrawn", version=9)
    copy.refresh_from_db()
    assert refusal(publish_changes, copy, factories.publisher()) == [
        "The text was changed after its approval.",
        "Open error: Wrong.",
        "The original episode is no longer published.",
        "The original episode was edited directly in the meantime. Discard this draft of changes and start a new one.",
    ]
    assert Episode.objects.working().get() == copy


def test_publication_of_normal_episode_is_refused(public):
    assert refusal(publish_changes, public, factories.publisher()) == ["This is not a draft of changes."]
    assert refusal(discard, public, factories.publisher()) == ["This is not a draft of changes."]


def test_working_copy_has_no_own_publication(public):
    copy = approve(revise(public, factories.editor()))
    assert refusal(transition, copy, "published", factories.publisher()) == [
        "A draft of changes is not published as an episode: publish its changes."
    ]


def test_second_concurrent_publication_is_refused(public):
    copy = approve(revise(public, factories.editor()))
    same = Episode.objects.get(pk=copy.pk)
    publish_changes(copy, factories.publisher())
    with pytest.raises(Stale):
        publish_changes(same, factories.publisher())
    assert Snapshot.objects.count() == 1


def test_publication_of_stale_copy_is_refused(public):
    copy = approve(revise(public, factories.editor()))
    now = Episode.objects.get(pk=copy.pk)
    reword(twin(public.quotes.get(), now), now, text="Later words.")
    with pytest.raises(Stale):
        publish_changes(copy, factories.publisher())
    assert public.quotes.get().text == "Words as spoken."


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("two_connections")
class TestTwoConnections:
    def test_parallel_publications_succeed_once(self):
        publisher = factories.publisher()
        for _round in range(3):
            copy = approve(revise(factories.public_episode(adopted=True), factories.editor()))
            same = Episode.objects.get(pk=copy.pk)
            came = at_once(partial(publish_changes, copy, publisher), partial(publish_changes, same, publisher))
            assert kinds(came) == ["Snapshot", "Stale"], came

    def test_parallel_rejection_and_publication_are_serialized(self):
        publisher, editor = factories.publisher(), factories.second_editor()
        for _round in range(3):
            episode = factories.full_episode(adopted=True)
            copy = revise(episode, factories.editor())
            # The status of a row has to be among the changed columns.
            transition(copy.takeaways.get(), "rejected", factories.editor(), "trivial")
            quote = Quote.objects.get(episode=episode)
            came = at_once(
                partial(publish_changes, approve(copy), publisher),
                partial(transition, quote, "rejected", editor, "private"),
            )
            assert kinds(came) == ["Decision", "Snapshot"], came
            assert Quote.objects.get(pk=quote.pk).status == "rejected"

    def test_parallel_revisions_make_one_copy(self):
        for _round in range(3):
            episode = factories.public_episode()
            at_once(*(partial(revise, episode, by) for by in (factories.editor(), factories.second_editor())))
            assert Episode.objects.working().filter(revises=episode).count() == 1


# --- concurrent decisions


def test_public_rejection_wins_over_copy(public, client):
    quote = public.quotes.get()
    copy = revise(public, factories.editor())
    reword(twin(quote, copy), copy, text="Other words.")
    transition(Quote.objects.get(pk=quote.pk), "rejected", factories.second_editor(), "private")
    published(copy)
    quote.refresh_from_db()
    assert (quote.status, quote.reject_code, quote.text) == ("rejected", "private", "Other words.")
    assert "Other words." not in client.get(public.get_absolute_url()).content.decode()


@pytest.mark.parametrize("first", ["public", "copy"])
def test_public_rejection_wins_over_later_decision(public, first):
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


def test_decision_in_copy_is_published(public):
    quote, chapter = public.quotes.get(), public.chapters.get()
    copy = revise(public, factories.editor())
    transition(twin(quote, copy), "rejected", factories.editor(), "not_said")
    transition(twin(chapter, copy), "rejected", factories.editor(), "trivial")
    # Verified, and the verification taken back, before the copy decided otherwise.
    assert Quote.objects.get(pk=quote.pk).status == "accepted"
    published(copy)
    quote.refresh_from_db()
    chapter.refresh_from_db()
    assert (quote.status, quote.reject_code, chapter.status) == ("rejected", "not_said", "rejected")


def test_concurrent_verification_counts_for_unchanged_text(public):
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


def test_concurrent_summary_decision_is_kept(public):
    copy = revise(public, factories.editor())
    public.refresh_from_db()
    transition(Summary(public), "rejected", factories.second_editor(), "trivial")
    published(copy)
    public.refresh_from_db()
    assert (public.summary_status, public.summary_reject_code) == ("rejected", "trivial")


def judged(prediction, *, criteria=True):
    """Set criteria by one user and the outcome by another, in the public episode."""
    now = Prediction.objects.get(pk=prediction.pk)
    if criteria:
        workflow.set_criteria(now, "A wet roof.", factories.second_editor(), now.episode.published_at.date())
    workflow.resolve(now, "true", factories.verifier(), evidence="It snowed.")


def test_concurrent_outcome_keeps_its_criteria(public):
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


def test_criteria_of_copy_keep_verification(public):
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


def test_changed_criteria_of_resolved_are_refused(public):
    prediction = public.predictions.get()
    workflow.set_criteria(
        Prediction.objects.get(pk=prediction.pk), "A roof.", factories.second_editor(), public.published_at.date()
    )
    copy = revise(public, factories.editor())
    reword(twin(prediction, copy), copy, criteria="A wet roof.")
    judged(prediction, criteria=False)
    approve(copy)
    assert refusal(publish_changes, copy, factories.publisher()) == [
        "“It will rain.”: it was judged in the meantime by other criteria than those in the draft of changes."
    ]


def test_self_resolution_through_copy_is_refused(public):
    prediction = public.predictions.get()
    workflow.set_criteria(
        Prediction.objects.get(pk=prediction.pk), "A roof.", factories.second_editor(), public.published_at.date()
    )
    copy = revise(public, factories.editor())
    reword(twin(prediction, copy), copy, criteria="A wet roof.")
    workflow.resolve(Prediction.objects.get(pk=prediction.pk), "true", factories.editor(), evidence="Wet.")
    approve(copy)
    assert refusal(publish_changes, copy, factories.publisher()) == [
        "“It will rain.”: it was judged in the meantime by the author of its criteria in the draft of changes."
    ]


# --- discarding


def test_discard_needs_claim_or_publisher(public):
    before = words_of(public)
    copy = revise(public, factories.editor())
    assert refusal(discard, copy, factories.second_editor()) == ["edith is reviewing this episode."]
    assert refusal(discard, copy, factories.verifier()) == ["vera does not have permission to do this."]
    made = discard(copy, factories.editor())
    assert (made.target, made.from_status, made.to_status, made.reason) == (
        public, "published", "published", "working copy discarded",
    )  # fmt: skip
    assert not Episode.objects.working().exists()
    discard(revise(public, factories.editor()), factories.publisher(), "Not now.")
    assert not Episode.objects.working().exists()
    assert words_of(public) == before


def test_discard_of_published_copy_is_refused(public):
    copy = approve(revise(public, factories.editor()))
    same = Episode.objects.get(pk=copy.pk)
    publish_changes(copy, factories.publisher())
    with pytest.raises(Stale):
        discard(same, factories.publisher())


def test_note_of_discarded_copy_waits(public):
    Note.objects.create(episode=public, name="n.md", dialect="d", text="old", state="current")
    Note.objects.create(episode=public, name="n.md", dialect="d", text="waited", state="waiting")
    copy = revise(public, factories.editor())
    Note.objects.create(episode=copy, name="n.md", dialect="d", text="new", state="current")
    assert Note.objects.for_spans_of(copy).first().text == "new"
    discard(copy, factories.editor())
    assert dict(public.notes.values_list("text", "state")) == {
        "old": "current", "waited": "superseded", "new": "waiting",
    }  # fmt: skip
