"""Keys and buttons of the review screen: effects, next thing, refusals."""

import re

import pytest
from django.contrib.contenttypes.models import ContentType

from episodes import derived
from episodes.desk.review.actions import seen_of
from episodes.models import Decision, Episode, Finding, Quote, Section
from tests import factories
from tests.episodes.desk.form_data import messages_of, page_at, signed_in
from tests.episodes.desk.review.screen import (
    address,
    held,
    post,
    press,
    seen,
    thing,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def episode():
    ContentType.objects.clear_cache()
    for model in (Episode, Quote, Section, Finding):
        ContentType.objects.get_for_model(model)
    return held()


def test_decision_returns_next_two_things(episode):
    first, second = episode.sections.all()
    answer = post(factories.editor(), episode, "accept", thing(first), seen=seen(first))
    assert (answer["code"], answer["next"]["id"]) == (200, thing(second))
    assert "More words." in answer["next"]["html"]
    assert answer["ahead"]["id"] == thing(episode.predictions.get())
    assert (answer["done"], answer["total"], answer["messages"]) == (1, 10, ["Accepted."])
    first.refresh_from_db()
    assert (first.status, first.accepted_by) == ("accepted", factories.editor())


def test_shown_thing_is_not_sent_again(episode):
    first, second = episode.sections.all()
    answer = post(factories.editor(), episode, "accept", thing(first), seen=seen(first), shown=thing(second))
    assert answer["next"] == {"id": thing(second)}
    assert answer["ahead"]["id"] == thing(episode.predictions.get())


def test_a_decision_costs_nineteen_queries_at_most(episode, django_assert_max_num_queries):
    early, late = episode.quotes.all()
    client = signed_in(factories.editor())
    client.get(address(episode))
    # Expect 19: session, user, permissions; the savepoint and its release; the quote with its note, its UPDATE and its
    # Decision; the queue in two; the thing after the next with its note; its passage in the
    # index of search.
    with django_assert_max_num_queries(19):
        answer = post(client, episode, "accept", thing(early), seen=seen(early), shown=thing(late))
    assert answer["code"] == 200


def test_public_decision_has_a_query_limit(django_assert_max_num_queries):
    episode = held(status="published", published_at="2024-01-01T00:00Z", claimed_by=None, claimed_at=None)
    early, late = episode.quotes.all()
    client = signed_in(factories.editor())
    client.get(address(episode))
    derived.forget_all()
    derived.count_all()
    # Expect 43: as above, the date of the public page, the passage in the index, the revision and the stored pages (4),
    # and the counts of the episode (21).
    with django_assert_max_num_queries(43):
        answer = post(client, episode, "accept", thing(early), seen=seen(early), shown=thing(late))
    assert answer["code"] == 200


def test_without_script_decision_redirects_to_next(episode):
    first, second = episode.sections.all()
    page = press(factories.editor(), episode, "accept", thing(first), seen=seen(first))
    assert messages_of(page) == ["Accepted."]
    assert page.redirect_chain[0][0].endswith(f"?at={thing(second)}")
    assert "More words." in page.content.decode()


def test_a_rejection_takes_its_code_along(episode):
    quote = episode.quotes.first()
    assert post(factories.editor(), episode, "reject:trivial", thing(quote))["messages"] == ["Rejected."]
    quote.refresh_from_db()
    assert (quote.status, quote.reject_code) == ("rejected", "trivial")


def test_duplicate_key_rejects_with_code(episode):
    quote = episode.quotes.last()
    post(factories.editor(), episode, "duplicate", thing(quote))
    quote.refresh_from_db()
    assert (quote.status, quote.reject_code) == ("rejected", "duplicate")


@pytest.mark.parametrize("act", ["reject", "reject:", "reject:because"])
def test_a_rejection_without_a_reason_is_refused(episode, act):
    quote = episode.quotes.first()
    answer = post(factories.editor(), episode, act, thing(quote))
    assert (answer["code"], answer["refused"]) == (422, True)
    assert "A rejection needs one of these reasons" in answer["messages"][0]
    assert not Decision.objects.exists()


def test_edit_and_acceptance_are_one_act(episode):
    quote = episode.quotes.first()
    data = {"text": "Early!", "context": "", "start": "00:01:01", "speaker": quote.speaker_id}
    assert post(factories.editor(), episode, "accept", thing(quote), seen=seen(quote), **data)["code"] == 200
    quote.refresh_from_db()
    assert (quote.text, quote.start, quote.status, quote.version) == ("Early!", 61, "accepted", 2)
    words, status = Decision.objects.order_by("pk")
    assert words.changes == {"start": [60, 61], "text": ["Early.", "Early!"]}
    assert (status.to_status, status.act) == ("accepted", words.act)
    post(factories.editor(), episode, "undo", thing(quote))
    quote.refresh_from_db()
    assert (quote.text, quote.start, quote.status) == ("Early.", 60, "draft")


def test_a_decision_by_itself_empties_no_field(episode):
    quote = episode.quotes.first()
    post(factories.editor(), episode, "accept", thing(quote))
    quote.refresh_from_db()
    assert (quote.text, quote.start, quote.version) == ("Early.", 60, 1)


def test_invalid_time_keeps_typed_values(episode):
    quote = episode.quotes.first()
    answer = post(factories.editor(), episode, "accept", thing(quote), start="99:99:99", text="Typed.")
    assert answer["code"] == 422
    assert answer["messages"] == ["Time: Enter the time as HH:MM:SS, for example 01:02:03."]
    assert "99:99:99" in answer["next"]["html"]
    assert "Typed." in answer["next"]["html"]
    quote.refresh_from_db()
    assert (quote.status, quote.text) == ("draft", "Early.")


def test_unknown_speaker_is_refused(episode):
    quote = episode.quotes.first()
    answer = post(factories.editor(), episode, "accept", thing(quote), speaker="999999")
    assert (answer["code"], answer["messages"]) == (422, ["speaker: Person not found."])


def test_saved_without_deciding_it_stays(episode):
    quote = episode.quotes.first()
    answer = post(factories.editor(), episode, "save", thing(quote), text="Other.")
    assert answer["next"]["id"] == thing(quote)
    quote.refresh_from_db()
    assert (quote.text, quote.status) == ("Other.", "draft")


def test_later_writes_nothing_but_the_address(episode):
    answer = post(factories.editor(), episode, "later", "summary")
    assert (answer["next"]["id"], answer["later"]) == (thing(episode.sections.first()), "summary")
    page = press(factories.editor(), episode, "later", thing(episode.sections.first()), later="summary")
    assert "later=summary" in page.redirect_chain[0][0]
    assert 'name="later" value="summary,' in page.content.decode()
    assert not Decision.objects.exists()


# --- conflicts


def test_conflicting_decision_is_shown_not_overwritten(episode):
    quote = episode.quotes.first()
    was = seen(quote)
    post(factories.editor(), episode, "reject:trivial", thing(quote), seen=was)
    answer = post(factories.editor(), episode, "accept", thing(quote), seen=was)
    assert (answer["code"], answer["next"]["id"]) == (409, thing(quote))
    assert answer["messages"][0].startswith("edith set the status at ")
    assert answer["messages"][0].endswith(": rejected.")
    quote.refresh_from_db()
    assert quote.status == "rejected"


def test_conflicting_edit_is_shown_word_by_word(episode):
    quote = episode.quotes.first()
    was = seen(quote)
    post(factories.editor(), episode, "save", thing(quote), text="Earlier.")
    answer = post(factories.editor(), episode, "accept", thing(quote), seen=was, text="Mine.")
    assert answer["code"] == 409
    assert "text: “Early.” → “Earlier.”" in answer["messages"][0]
    quote.refresh_from_db()
    assert (quote.text, quote.status) == ("Earlier.", "draft")


def test_summary_conflicts_only_on_its_own_text(episode):
    was = seen_of(episode)
    post(factories.editor(), episode, "save", thing(episode.quotes.first()), text="Other.")
    assert post(factories.editor(), episode, "accept", "summary", seen=was)["code"] == 200
    answer = post(factories.editor(), episode, "accept", "summary", seen=was)
    assert answer["code"] == 409
    assert answer["messages"][0].endswith(": accepted.")


def test_second_reviewer_is_refused_with_name(episode):
    page = signed_in(factories.second_editor()).get(address(episode)).content.decode()
    assert "edith is reviewing this episode." in page
    answer = post(factories.second_editor(), episode, "accept", thing(episode.quotes.first()))
    assert (answer["code"], answer["messages"]) == (422, ["edith is reviewing this episode."])
    assert not Decision.objects.exists()


def test_first_decision_claims_the_episode():
    factories.second_editor()
    episode = factories.episode(summary="S")
    page = signed_in(factories.editor()).get(address(episode))
    assert page.status_code == 200
    assert not Decision.objects.exists()  # Viewing does not claim the episode.
    answer = post(factories.editor(), episode, "accept", "summary")
    assert answer["messages"] == ["Review started. The episode is assigned to you.", "Accepted."]
    episode.refresh_from_db()
    assert (episode.status, episode.claimed_by, episode.summary_status) == ("in_review", factories.editor(), "accepted")


def test_single_editor_sees_no_claim_message():
    episode = factories.episode(summary="S")
    page = signed_in(factories.editor()).get(address(episode)).content.decode()
    assert "holds" not in page
    assert post(factories.editor(), episode, "accept", "summary")["code"] == 200


# --- permissions


@pytest.mark.parametrize("who", ["verifier", "publisher", "librarian"])
def test_non_editors_view_but_cannot_decide(episode, who):
    user = getattr(factories, who)()
    assert signed_in(user).get(address(episode)).status_code == 200
    quote = episode.quotes.first()
    for act in ("accept", "reject:trivial", "save", "duplicate"):
        assert post(user, episode, act, thing(quote), text="Mine.")["code"] == 422
    assert post(user, episode, "label", "speakers", label="Ada", new="Eve")["code"] == 422
    assert post(user, episode, "accept-names", "names", mention=episode.mentions.get().pk)["code"] == 422
    quote.refresh_from_db()
    assert (quote.status, quote.text) == ("draft", "Early.")
    assert not Decision.objects.exists()


def test_things_of_another_episode_are_not_reached(episode):
    other = factories.quote(factories.episode(), status="draft")
    assert post(factories.editor(), episode, "accept", thing(other))["code"] == 409
    other.refresh_from_db()
    assert other.status == "draft"


@pytest.mark.parametrize("on", ["", "quote-", "quote-x", "user-1", "quote-99999999999999999999", "../1"])
def test_unknown_thing_is_refused(episode, on):
    assert post(factories.editor(), episode, "accept", on)["code"] == 422


@pytest.mark.parametrize("act", ["", "publish", "accept;", "__class__"])
def test_unknown_act_is_refused(episode, act):
    assert post(factories.editor(), episode, act, "summary")["code"] == 422


def test_verifier_requests_change_of_one_thing(episode):
    quote = episode.quotes.first()
    answer = post(factories.verifier(), episode, "request", thing(quote), **{"reason-request": "Listen again."})
    assert (answer["code"], answer["messages"]) == (200, ["Change requested."])
    episode.refresh_from_db()
    wanted = Finding.objects.get(code="changes-requested")
    assert (episode.status, wanted.target, wanted.message) == ("changes_requested", quote, "Listen again.")
    post(factories.verifier(), episode, "request", "summary", **{"reason-request": "Shorter."})
    assert set(Finding.objects.values_list("message", flat=True)) == {"Listen again.", "Shorter."}


def test_change_request_without_text_is_refused(episode):
    assert post(factories.verifier(), episode, "request", "summary", **{"reason-request": " "})["code"] == 422


# --- findings


def finding(row, **fields):
    fields = {"code": "c", "severity": "error", "message": "Wrong.", "origin": "check", **fields}
    return Finding.objects.create(episode=row.episode, target=row, fingerprint=str(row.pk), **fields)


def test_applied_fix_keeps_the_thing(episode):
    quote = episode.quotes.last()
    wrong = finding(quote, field="start", repair={"start": 99}, origin="person")
    answer = post(factories.editor(), episode, f"repair:{wrong.pk}", thing(quote), as_error="1")
    assert (answer["next"]["id"], answer["messages"]) == (thing(quote), ["Fix applied."])
    # It continues from its position among the errors.
    assert 'name="as_error" value="1"' in answer["next"]["html"]
    quote.refresh_from_db()
    assert quote.start == 99
    post(factories.editor(), episode, "undo", thing(quote))
    quote.refresh_from_db()
    wrong.refresh_from_db()
    assert (quote.start, wrong.state) == (600, "open")


def test_fix_key_applies_most_severe_fix(episode):
    quote = episode.quotes.last()
    common = {"episode": episode, "target": quote, "origin": "person", "code": "c"}
    Finding.objects.create(**common, severity="info", message="Told.", fingerprint="1")
    Finding.objects.create(**common, severity="warning", message="Other.", repair={"start": 1}, fingerprint="2")
    error = Finding.objects.create(**common, severity="error", message="Wrong.", repair={"start": 2}, fingerprint="3")
    page = signed_in(factories.editor()).get(address(episode), {"at": thing(quote)}).content.decode()
    assert page.index("Wrong.") < page.index("Other.") < page.index("Told.")
    assert re.findall(r'value="repair:(\d+)"\s+data-key="r"', page) == [str(error.pk)]


def test_error_waiver_needs_permission_and_reason(episode):
    quote = episode.quotes.last()
    wrong = finding(quote)
    why = {f"reason-{wrong.pk}": "It is right as it stands."}
    assert post(factories.editor(), episode, f"waive:{wrong.pk}", thing(quote), **why)["code"] == 422
    assert post(factories.verifier(), episode, f"waive:{wrong.pk}", thing(quote))["code"] == 422
    assert post(factories.verifier(), episode, f"waive:{wrong.pk}", thing(quote), **why)["code"] == 200
    wrong.refresh_from_db()
    assert wrong.state == "waived"


def test_finding_of_another_episode_is_refused(episode):
    other = finding(factories.quote(factories.episode()))
    assert post(factories.editor(), episode, f"resolve:{other.pk}", "summary")["code"] == 422
    other.refresh_from_db()
    assert other.state == "open"


# --- public episodes


def test_public_items_are_decided_not_edited():
    episode = held(status="published", published_at="2024-01-01T00:00Z", claimed_by=None)
    early, late = episode.quotes.all()
    assert post(factories.second_editor(), episode, "accept", thing(early))["code"] == 200
    answer = post(factories.editor(), episode, "accept", thing(late), text="Other words.")
    assert (answer["code"], answer["messages"]) == (422, ["A published episode cannot be edited directly."])
    late.refresh_from_db()
    assert (late.text, late.status) == ("Late.", "draft")


def test_verifier_double_checks_with_accept_key():
    episode = held(status="published", published_at="2024-01-01T00:00Z", claimed_by=None)
    quote = episode.quotes.first()
    Quote.objects.filter(pk=quote.pk).update(status="accepted", accepted_by=factories.editor())
    page = signed_in(factories.verifier()).get(address(episode)).content.decode()
    assert 'value="verify"' in page
    assert post(factories.verifier(), episode, "verify", thing(quote))["code"] == 200
    quote.refresh_from_db()
    assert (quote.status, quote.verified_by) == ("evergreen", factories.verifier())


def test_verifying_alone_needs_self_verify_setting(settings):
    root = factories.person("solo", "Editor", "Verifier", "Publisher")
    episode = factories.public_episode(summary="S", summary_status="accepted", summary_accepted_by=root)
    assert 'value="verify"' not in signed_in(root).get(address(episode), {"at": "summary"}).content.decode()
    settings.GREENROOM_SELF_VERIFY = True
    assert 'value="verify"' in signed_in(root).get(address(episode), {"at": "summary"}).content.decode()


# --- undo


def test_undo_is_stepwise_and_shows_thing(episode):
    first, second = episode.sections.all()
    for section in (first, second):
        post(factories.editor(), episode, "accept", thing(section))
    assert post(factories.editor(), episode, "undo", "summary")["next"]["id"] == thing(second)
    assert post(factories.editor(), episode, "undo", "summary")["next"]["id"] == thing(first)
    assert set(episode.sections.values_list("status", flat=True)) == {"draft"}
    assert post(factories.editor(), episode, "undo", "summary")["messages"] == ["There is nothing to undo."]


# --- the end of the list


def test_last_screen_lists_unmet_conditions():
    episode = held(source_url="", summary="")
    for rows in (episode.sections, episode.quotes, episode.predictions, episode.chapters, episode.takeaways):
        rows.update(status="accepted")
    episode.observations.update(status="accepted")
    answer = post(factories.editor(), episode, "accept-names", "names", mention=episode.mentions.get().pk)
    assert answer["next"]["id"] == ""
    assert "The source is missing." in answer["next"]["html"]
    assert "Not decided" not in answer["next"]["html"]


# --- the screen itself


def test_review_screen_is_not_cached(episode):
    page = signed_in(factories.editor()).get(address(episode))
    assert "no-store" in page["Cache-Control"]
    assert page["X-Robots-Tag"] == "noindex"


def test_markup_in_text_is_escaped(episode):
    evil = "<script>alert(1)</script>"
    Quote.objects.update(text=evil, label=evil, context=evil)
    episode.sections.update(text=evil, heading=evil)
    episode.tags.add(evil)
    client = signed_in(factories.editor())
    for at in ("speakers", "names", thing(episode.quotes.first()), thing(episode.sections.first())):
        assert evil not in client.get(address(episode), {"at": at}).content.decode()


def test_list_form_and_index_link_here(episode):
    client = signed_in(factories.editor())
    pages = [page_at("admin:episodes_episode_changelist"), page_at("admin:episodes_episode_change", episode.pk)]
    for page in [*pages, page_at("admin:index")]:
        assert address(episode) in client.get(page).content.decode()


def test_saved_alias_touches_public_pages():
    episode = held()
    ada = episode.quotes.first().speaker
    public = factories.public_episode()
    factories.appearance(public, ada)
    factories.quote(episode, text="Mine.", label="A. Lovelace", status="draft")
    post(factories.editor(), episode, "label", "speakers", label="A. Lovelace", speaker=ada.pk, remember="1")
    assert Episode.objects.get(pk=public.pk).changed_at > public.changed_at


def test_undone_tag_leads_to_the_grid():
    episode = held()
    post(factories.editor(), episode, "tag", "names", tag="engines")
    assert post(factories.editor(), episode, "undo", "summary")["next"]["id"] == "names"
    assert not episode.tags.exists()
