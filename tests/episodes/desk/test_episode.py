"""The episode form: effects on versions, approvals and derived data, and refusals."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from episodes import workflow
from episodes.models import (
    Appearance,
    Chapter,
    Decision,
    Episode,
    Finding,
    Gloss,
    Mention,
    Note,
    Prediction,
    Quote,
    Section,
)
from tests import factories
from tests.episodes.desk.form_data import (
    change_list,
    change_page,
    errors_in,
    form_in,
    messages_of,
    page_at,
    save,
    signed_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return signed_in(factories.editor())


def state_of(episode):
    episode.refresh_from_db()
    return episode.status, episode.version


# --- saving


def test_added_episode_gets_slug_and_source_id(client):
    factories.episode(slug="ren-gong-zhi-neng")
    data = {"title": "人工智能", "form": "recording", "language": "zh-Hans", "tags": ["a"]}
    data |= {"source_url": "https://youtu.be/XLaRfZ4AHn8?si=x"}
    assert client.post(f"{change_list(Episode)}add/", data).status_code == 302
    made = Episode.objects.get(title="人工智能")
    assert (made.slug, made.source_id) == ("ren-gong-zhi-neng-2", "youtube:XLaRfZ4AHn8")
    assert (made.status, list(made.tags.names())) == ("draft", ["a"])
    # The checks run at once.
    assert set(made.findings.values_list("code", flat=True)) == {"no-summary", "no-speaker", "source-stray"}


def test_editing_keeps_source_id_and_slug(client):
    episode = factories.episode(title="One", slug="one")
    source = episode.source_id
    assert save(client, episode, title="Two", slug="", source_url="https://youtu.be/XLaRfZ4AHn8").status_code == 302
    episode.refresh_from_db()
    assert (episode.title, episode.slug, episode.source_id) == ("Two", "one", source)


def test_slug_is_editable_until_public(client):
    episode = factories.episode(slug="chong-qing")
    assert save(client, episode, slug="zhong-qing").status_code == 302
    episode.refresh_from_db()
    assert episode.slug == "zhong-qing"
    Decision.objects.create(
        target=episode, from_status="approved", to_status="published", by=factories.publisher(), at=timezone.now()
    )
    assert save(client, episode, slug="other").status_code == 302
    episode.refresh_from_db()
    assert episode.slug == "zhong-qing"


def test_one_save_is_one_version_and_refresh(client, monkeypatch):
    episode = factories.episode()
    section = Section.objects.create(episode=episode, text="Words.", heading="H", order=0)
    refreshed = []
    from episodes import derived

    original = derived.refresh
    monkeypatch.setattr(derived, "refresh", lambda episode: (refreshed.append(episode.pk), original(episode)))
    assert save(client, episode, title="New", area="New").status_code == 302
    assert state_of(episode) == ("draft", 2)
    assert save(client, section, text="**RL**（Reinforcement Learning: 强化学习）").status_code == 302
    assert state_of(episode) == ("draft", 3)
    assert refreshed == [episode.pk, episode.pk]
    assert list(Gloss.objects.values_list("term", flat=True)) == ["RL"]
    assert list(Section.objects.values_list("version", flat=True)) == [2]


def test_edits_keep_acceptance_and_revoke_verification(client):
    by = factories.verifier()
    episode = factories.episode(summary="Old", summary_status="evergreen", summary_verified_by=by)
    verified = {"accepted_by": factories.editor(), "verified_by": by, "verified_at": timezone.now()}
    accepted = Quote.objects.create(episode=episode, text="a", start=1, status="accepted", accepted_by=by)
    evergreen = Quote.objects.create(episode=episode, text="b", start=2, status="evergreen", **verified)
    untouched = Quote.objects.create(episode=episode, text="c", start=3, status="evergreen", **verified)
    assert save(client, accepted, text="A").status_code == 302
    assert save(client, evergreen, text="B").status_code == 302
    assert save(client, episode, summary="New").status_code == 302
    for row in (accepted, evergreen, untouched, episode):
        row.refresh_from_db()
    assert [(q.status, q.verified_by) for q in (accepted, evergreen)] == [("accepted", None), ("accepted", None)]
    assert (untouched.status, untouched.verified_by, untouched.version) == ("evergreen", by, 1)
    assert (episode.summary_status, episode.summary_verified_by) == ("accepted", None)
    # The revocations are on record, and the edits with the words before and after.
    revoked, edits = Decision.objects.filter(changes={}), Decision.objects.exclude(changes={})
    assert list(revoked.values_list("from_status", "to_status")) == [("evergreen", "accepted")] * 2
    assert sorted(str(changes) for changes in edits.values_list("changes", flat=True)) == [
        "{'summary': ['Old', 'New']}",
        "{'text': ['a', 'A']}",
        "{'text': ['b', 'B']}",
    ]
    # What one save wrote is one act.
    assert len(set(Decision.objects.values_list("act", flat=True))) == 3


def test_form_of_prediction_holds_no_outcome(client):
    said = Prediction.objects.create(episode=factories.episode(), words="w")
    forged = {"outcome": "true", "evidence": "e", "resolved_on": "2020-01-01", "criteria": "c", "due_on": "2020-01-01"}
    assert save(client, said, claim="c", **forged).status_code == 302
    said.refresh_from_db()
    assert (said.claim, said.criteria, said.criteria_by) == ("c", "", None)
    assert (said.outcome, said.evidence, said.resolved_on, said.due_on) == ("", "", None, None)


def test_workflow_fields_are_read_only(client):
    episode = factories.episode(summary="s")
    quote = Quote.objects.create(episode=episode, text="q")
    forged = {
        "status": "published",
        "published_at": "2020-01-01",
        "adopted": "on",
        "summary_status": "accepted",
        "approved_version": "1",
        "claimed_by": factories.editor().pk,
        "source_id": "x",
        "revises": episode.pk,
    }
    assert save(client, episode, title="New", **forged).status_code == 302
    assert save(client, quote, text="new", status="evergreen", self_verified="on").status_code == 302
    episode.refresh_from_db()
    quote.refresh_from_db()
    assert (episode.title, episode.status, episode.published_at, episode.adopted) == ("New", "draft", None, False)
    assert (episode.summary_status, episode.claimed_by, episode.source_id != "x") == ("draft", None, True)
    assert (quote.text, quote.status, quote.self_verified) == ("new", "draft", False)


def test_changing_approved_episode_revokes_approval_with_message(client):
    episode = factories.episode(status="approved", approved_version=1)
    page = client.get(change_page(episode))
    answer = client.post(change_page(episode), form_in(page) | {"title": "New", "_continue": ""}, follow=True)
    assert any("is in review again" in message for message in messages_of(answer))
    episode.refresh_from_db()
    assert (episode.status, episode.approved_version, episode.version) == ("in_review", None, 2)


def test_saving_unchanged_approved_episode_keeps_approval(client):
    episode = factories.episode(status="approved", approved_version=1)
    assert save(client, episode).status_code == 302
    assert state_of(episode) == ("approved", 1)


# --- conflicts


def test_stale_form_is_refused_with_differing_fields(client):
    episode = factories.episode(title="One", area="old")
    seen = form_in(client.get(change_page(episode)))
    assert save(signed_in(factories.second_editor()), episode, area="theirs").status_code == 302
    refused = client.post(change_page(episode), seen | {"title": "Mine"})
    complaint = errors_in(refused)
    assert "revision 2" in complaint
    assert "revision 1" in complaint
    assert "Title, Area" in complaint
    episode.refresh_from_db()
    assert (episode.title, episode.area, episode.version) == ("One", "theirs", 2)


def test_stale_form_shows_differences_word_by_word(client):
    ada, bob = factories.speaker("Ada"), factories.speaker("Bob")
    episode = factories.episode(title="The engine weaves", duration=60)
    quote = factories.quote(episode, text="人工智能会来", speaker=ada, status="draft")
    seen = form_in(client.get(change_page(episode)))
    assert save(signed_in(factories.second_editor()), episode, area="theirs").status_code == 302
    mine = {"title": "The <b>loom</b> weaves", "duration": "00:02:00", "tags": ["a", "b"], "insight_public": "on"}
    page = client.post(change_page(episode), seen | mine).content.decode()
    for shown in (
        "The <del>engine</del><ins>&lt;b&gt;loom&lt;/b&gt;</ins> weaves",
        "<del>00:01:00</del><ins>00:02:00</ins>",
        "<ins>a, b</ins>",
        "<del>no</del><ins>yes</ins>",
        # It would remove what the other user saved.
        "<del>theirs</del>",
    ):
        assert shown in page
    # And on the page of a row.
    seen = form_in(client.get(change_page(quote)), "quote_form")
    assert save(signed_in(factories.second_editor()), quote, context="theirs").status_code == 302
    page = client.post(change_page(quote), seen | {"text": "机器智能会来", "speaker": bob.pk}).content.decode()
    assert "<del>人工</del><ins>机器</ins>智能会来" in page
    assert "<del>Ada</del><ins>Bob</ins>" in page


@pytest.mark.parametrize("version", ["", "7", "x", "-1"])
def test_form_without_version_is_refused(client, version):
    episode = factories.episode(title="One")
    assert "Nothing was saved" in errors_in(save(client, episode, title="Two", version=version))
    assert state_of(episode) == ("draft", 1)


def test_stale_item_form_is_refused(client):
    quote = Quote.objects.create(episode=factories.episode(), text="one")
    seen = form_in(client.get(change_page(quote)), "quote_form")
    assert save(signed_in(factories.second_editor()), quote, context="theirs").status_code == 302
    assert "Nothing was saved" in errors_in(client.post(change_page(quote), seen | {"text": "mine"}))
    quote.refresh_from_db()
    assert (quote.text, quote.context, quote.version) == ("one", "theirs", 2)


def test_lost_race_shows_form_and_saves_nothing(client, monkeypatch):
    """The UPDATE finds another version than was read, as can happen on PostgreSQL."""
    episode = factories.episode(title="One")
    original = workflow.edited

    def quicker(episode, by):
        monkeypatch.setattr(workflow, "edited", original)
        # As if committed by another user: the version read no longer exists.
        episode.version -= 1
        return original(episode, by)

    monkeypatch.setattr(workflow, "edited", quicker)
    seen = form_in(client.get(change_page(episode)))
    answer = client.post(change_page(episode), seen | {"title": "Mine"}, follow=True)
    # The second pass reads again, finds no newer version and saves.
    assert answer.status_code == 200
    assert state_of(episode) == ("draft", 2)


def test_repeated_refusal_is_shown(client, monkeypatch):
    episode = factories.episode(title="One")

    def refuse(episode, by):
        raise workflow.Refused("No way.")

    monkeypatch.setattr(workflow, "edited", refuse)
    seen = form_in(client.get(change_page(episode)))
    answer = client.post(change_page(episode), seen | {"title": "Mine"}, follow=True)
    assert messages_of(answer) == ["No way."]
    assert state_of(episode) == ("draft", 1)


# --- public episodes


@pytest.mark.parametrize("status", ["published", "evergreen", "withdrawn"])
def test_public_text_is_read_only(client, status):
    episode = factories.public_episode(status=status, title="Public")
    section = episode.sections.get()
    quote = Quote.objects.create(episode=episode, text="q")
    appearance = Appearance.objects.create(episode=episode, label="Ada")
    for obj in (episode, section, quote, appearance):
        page = client.get(change_page(obj))
        assert page.status_code == 200
        assert b"<textarea" not in page.content
        assert b'name="_save"' not in page.content
        assert client.post(change_page(obj), {"version": 1, "title": "x", "text": "x"}).status_code == 403
        delete = change_page(obj).replace("change", "delete")
        assert client.post(delete, {"post": "yes"}).status_code == 403
    offered = page_at("admin:episodes_episode_revise", episode.pk).encode() in client.get(change_page(episode)).content
    assert offered == (status != "withdrawn")


def test_read_only_times_are_formatted(client):
    episode = factories.public_episode(duration=6000)
    quote = Quote.objects.create(episode=episode, text="q", start=205)
    assert "01:40:00" in client.get(change_page(episode)).content.decode()
    assert "00:03:25" in client.get(change_page(quote)).content.decode()
    draft = factories.episode(duration=6000)
    chapter = Chapter.objects.create(episode=draft, title="c", start=205)
    reader = signed_in(factories.verifier())
    assert "01:40:00" in reader.get(change_page(draft)).content.decode()
    assert "00:03:25" in reader.get(change_page(chapter)).content.decode()


def test_title_is_required_except_for_imports(client):
    answer = client.post(f"{change_list(Episode)}add/", {"title": "", "language": "en"})
    assert "title" in errors_in(answer)
    assert not Episode.objects.exists()
    imported = factories.episode(title="")
    assert save(client, imported, series="s").status_code == 302


def test_scheduled_episode_is_read_only(client):
    episode = factories.public_episode(published_at=timezone.now() + timezone.timedelta(days=1))
    page = client.get(change_page(episode))
    assert b"scheduled" in page.content
    assert client.post(change_page(episode), {"version": 1, "title": "x"}).status_code == 403


# --- deleting


@pytest.fixture
def root():
    return signed_in(User.objects.create_superuser("root"))


def delete(client, obj):
    return client.post(change_page(obj).replace("change", "delete"), {"post": "yes"})


def test_superuser_deletes_draft_with_all_rows(root):
    episode = factories.episode()
    Note.objects.create(episode=episode, name="n.md", dialect="front_matter", text="t")
    Finding.objects.create(episode=episode, code="c", severity="info", message="m", origin="person")
    Mention.objects.create(episode=episode, entity=factories.entity())
    episode.tags.add("a")
    question = root.get(change_page(episode).replace("change", "delete"))
    assert b"Are you sure" in question.content
    assert delete(root, episode).status_code == 302
    assert not Episode.objects.exists()


@pytest.mark.parametrize("status", ["in_review", "changes_requested", "approved"])
def test_only_drafts_are_deleted(root, status):
    assert delete(root, factories.episode(status=status)).status_code == 403


def test_formerly_public_episode_is_not_deleted(root):
    episode = factories.episode()
    Decision.objects.create(target=episode, from_status="approved", to_status="published", by=factories.publisher())
    assert delete(root, episode).status_code == 403
    assert delete(root, factories.public_episode()).status_code == 403


def test_an_editor_deletes_items_but_no_episode(client):
    episode = factories.episode()
    quote = Quote.objects.create(episode=episode, text="q")
    assert delete(client, episode).status_code == 403
    assert delete(client, quote).status_code == 302
    assert state_of(episode) == ("draft", 2)
    assert not Quote.objects.exists()


def test_nothing_is_deleted_from_the_list(client, root):
    quote = Quote.objects.create(episode=factories.episode(), text="q")
    post = {"action": "delete_selected", "_selected_action": [quote.pk], "post": "yes"}
    for who in (client, root):
        who.post(change_list(Quote), post)
        who.post(change_list(Episode), post | {"_selected_action": [quote.episode_id]})
    assert Quote.objects.count() == 1
    assert Episode.objects.count() == 1


# --- display


def test_form_shows_note_findings_and_undecided_items(client):
    episode = factories.episode(summary="s", extra={"b": 1, "a": "<script>"})
    note = Note.objects.create(episode=episode, name="n.md", dialect="front_matter", text="t")
    quote = Quote.objects.create(episode=episode, text="q", start=1)
    Quote.objects.create(episode=episode, text="r", start=2, status="accepted")
    for number, severity in enumerate(("info", "warning", "error")):
        episode.findings.create(
            code="c", severity=severity, message=f"Found {severity}", origin="check", fingerprint=number, target=quote
        )
    episode.findings.create(code="c", severity="error", message="Gone", origin="check", fingerprint=9, state="waived")
    page = client.get(change_page(episode)).content.decode()
    assert f'<a href="/en/admin/episodes/note/{note.pk}/change/">n.md</a>' in page
    assert page.index("Found error") < page.index("Found warning") < page.index("Found info")
    assert "Gone" not in page
    assert f'href="{change_page(quote)}"' in page
    assert f'href="/en/admin/episodes/quote/?episode={episode.pk}">2</a>' in page
    assert f'href="/en/admin/episodes/quote/?episode={episode.pk}&amp;status__exact=draft">1 to review</a>' in page
    assert page.index("&quot;b&quot;: 1") < page.index("&quot;a&quot;: &quot;&lt;script&gt;&quot;")
