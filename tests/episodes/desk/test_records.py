"""Notes, findings, decisions, glosses and tags on the desk; the first page."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from episodes.desk.preview import LONGEST_PREVIEW
from episodes.models import Decision, Episode, Finding, Gloss, Note, Tag
from tests import factories
from tests.episodes.desk.form_data import (
    change_list,
    change_page,
    messages_of,
    page_at,
    save,
    signed_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return signed_in(factories.editor())


def note(text="One\ntwo\n", name="n.md"):
    return Note.objects.create(episode=factories.episode(), name=name, dialect="front_matter", text=text)


# --- notes


def test_a_note_is_read_with_line_numbers(client):
    page = client.get(page_at("admin:episodes_note_text", note("One\r\n\r\n<b>three</b>\n").pk))
    content = page.content.decode()
    assert '<span id="L1">One</span><span id="L2"></span><span id="L3">&lt;b&gt;three&lt;/b&gt;</span>' in content
    assert 'id="L4"' not in content
    assert ("no-store" in page["Cache-Control"], page["X-Robots-Tag"]) == (True, "noindex")


@pytest.mark.parametrize("text", ["", "One", "\ufeff---\r\ntitle: x\r\n---\r\n", "一\r二\n\n\n"])
def test_a_note_is_downloaded_byte_for_byte(client, text):
    answer = client.get(page_at("admin:episodes_note_download", note(text).pk))
    assert answer.content == text.encode()
    assert answer["Content-Type"] == "text/markdown; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("note.md", 'attachment; filename="note.md"'),
        ('a "b".md', 'attachment; filename="a \\"b\\".md"'),
        ("访谈.md", "attachment; filename*=utf-8''%E8%AE%BF%E8%B0%88.md"),
        ("-a b;c.md", 'attachment; filename="-a b;c.md"'),
        ("a\r\nSet-Cookie: x.md", 'attachment; filename="a__Set-Cookie: x.md"'),
    ],
)
def test_download_has_the_files_name(client, name, header):
    answer = client.get(page_at("admin:episodes_note_download", note(name=name).pk))
    assert answer["Content-Disposition"] == header


def test_a_note_cannot_be_written(client):
    kept = note()
    page = client.get(change_page(kept))
    assert b'name="_save"' not in page.content
    root = signed_in(User.objects.create_superuser("root"))
    for who in (client, root):
        assert who.post(change_page(kept), {"name": "x", "text": "x"}).status_code == 403
        assert who.post(change_page(kept).replace("change", "delete"), {"post": "yes"}).status_code == 403


def test_missing_notes_are_not_found(client):
    for view in ("text", "download"):
        assert client.get(page_at(f"admin:episodes_note_{view}", 999)).status_code == 404


# --- findings


def finding(**fields):
    fields = {"code": "c", "severity": "error", "message": "Wrong.", "origin": "check", **fields}
    return Finding.objects.create(episode=fields.pop("episode", None) or factories.episode(), **fields)


def test_finding_form_writes_nothing(client):
    wrong = finding(fingerprint="f")
    forged = {"state": "waived", "message": "x", "severity": "info", "code": "x", "fingerprint": "x"}
    assert save(client, wrong, **forged).status_code == 302
    wrong.refresh_from_db()
    assert (wrong.state, wrong.message, wrong.severity, wrong.code) == ("open", "Wrong.", "error", "c")


def settled(user, wrong, to, reason=""):
    address = page_at("admin:episodes_finding_settle", wrong.pk)
    told = messages_of(signed_in(user).post(address, {"to": to, "reason": reason}, follow=True))
    wrong.refresh_from_db()
    return told, wrong.state


def test_waiving_errors_needs_permission_and_reason():
    wrong, why = finding(fingerprint="f"), "Read and found to be right."
    assert settled(factories.editor(), wrong, "waived", why) == (
        ["edith does not have permission to waive errors."],
        "open",
    )
    told = ["Give a reason of at least 20 characters for waiving this error."]
    assert settled(factories.verifier(), wrong, "waived", "Fine.") == (told, "open")
    assert settled(factories.verifier(), wrong, "waived", why) == (["Status of the flag: waived."], "waived")
    assert list(Decision.objects.values_list("from_status", "to_status", "reason", "by__username")) == [
        ("open", "waived", why, "vera")
    ]
    assert settled(factories.editor(), wrong, "open") == (["Status of the flag: open."], "open")


def test_editor_waives_warning_without_reason():
    assert settled(factories.editor(), finding(severity="warning"), "waived") == (
        ["Status of the flag: waived."],
        "waived",
    )


def test_findings_are_settled_in_the_list(client):
    episode = factories.episode()
    client = signed_in(factories.verifier())
    first, second = finding(episode=episode, fingerprint="1"), finding(episode=episode, fingerprint="2")
    for action, state in (("resolve", "resolved"), ("waive", "waived"), ("open", "open")):
        data = {"action": f"{action}_selected", "_selected_action": [first.pk], "reason": "It is right as it stands."}
        answer = client.post(change_list(Finding), data, follow=True)
        first.refresh_from_db()
        assert first.state == state
        assert messages_of(answer) == ["1 flag updated."]
    second.refresh_from_db()
    assert second.state == "open"
    # Who did it is on record.
    assert list(Decision.objects.order_by("pk").values_list("to_status", "by__username")) == [
        ("resolved", "vera"), ("waived", "vera"), ("open", "vera"),
    ]  # fmt: skip


def test_superuser_cannot_delete_finding():
    root = signed_in(User.objects.create_superuser("root"))
    assert root.post(change_page(finding()).replace("change", "delete"), {"post": "yes"}).status_code == 403


def repairable(**fields):
    episode = factories.episode(duration=3600, **fields)
    quote = factories.quote(episode, start=111600, status="draft")
    return quote, finding(episode=episode, target=quote, field="start", repair={"start": 1860}, fingerprint="f")


def applied(user, wrong):
    answer = signed_in(user).post(page_at("admin:episodes_finding_apply", wrong.pk), follow=True)
    return answer if answer.status_code != 200 else messages_of(answer)


def test_suggested_fix_is_shown_and_applied(client):
    quote, wrong = repairable(status="approved", approved_version=1)
    page = client.get(change_page(wrong)).content.decode()
    assert "time: 00:31:00" in page
    assert page_at("admin:episodes_finding_apply", wrong.pk) in page
    assert applied(factories.editor(), wrong) == ["The fix was applied."]
    quote.refresh_from_db()
    assert (quote.start, quote.version, quote.episode.version, quote.episode.status) == (1860, 2, 2, "in_review")
    wrong.refresh_from_db()
    assert wrong.state == "resolved"
    assert applied(factories.editor(), wrong) == ["There is no fix to apply."]


def test_repairs_are_applied_in_the_list(client):
    rows = [repairable() for _ in range(2)]
    rows.append(repairable(status="published", published_at=timezone.now()))
    data = {"action": "apply_selected", "_selected_action": [wrong.pk for _, wrong in rows]}
    told = messages_of(client.post(change_list(Finding), data, follow=True))
    assert sorted(told) == ["2 fixes applied.", "Wrong.: A published episode cannot be edited directly."]
    for quote, _ in rows:
        quote.refresh_from_db()
    assert [quote.start for quote, _ in rows] == [1860, 1860, 111600]


@pytest.mark.parametrize("who", [factories.verifier, factories.publisher, factories.librarian])
def test_fix_needs_permission_for_its_target(who):
    quote, wrong = repairable()
    assert applied(who(), wrong).status_code == 403
    signed_in(who()).post(change_list(Finding), {"action": "apply_selected", "_selected_action": [wrong.pk]})
    quote.refresh_from_db()
    assert quote.start == 111600


@pytest.mark.parametrize(
    "repair",
    [
        {"status": "accepted"},
        {"version": 9},
        {"speaker": 99},
        {"x": 1},
        {"start": "soon"},
        {"id": 1},
        {"episode": 1},
        [],
    ],
)
def test_fix_of_workflow_fields_writes_nothing(repair):
    quote, wrong = repairable()
    Finding.objects.filter(pk=wrong.pk).update(repair=repair)
    assert len(applied(factories.editor(), wrong)) == 1
    quote.refresh_from_db()
    assert (quote.start, quote.status, quote.version, quote.episode.version) == (111600, "draft", 1, 1)


def test_fixes_of_episode_and_speaker_are_applied():
    episode, ada = factories.episode(), factories.speaker()
    quote = factories.quote(episode)
    applied(factories.editor(), finding(episode=episode, target=quote, repair={"speaker": ada.pk}, fingerprint="1"))
    applied(factories.editor(), finding(episode=episode, target=episode, repair={"summary": "New."}, fingerprint="2"))
    told = applied(factories.editor(), finding(episode=episode, target=episode, repair={"slug": "x"}, fingerprint="3"))
    quote.refresh_from_db()
    assert (quote.speaker, quote.episode.summary, quote.episode.version) == (ada, "New.", 3)
    assert told == ["“slug” cannot be changed here."]


def test_invalid_fix_writes_nothing():
    episode = factories.episode()
    one, two = (factories.appearance(episode, label=label) for label in "ab")
    told = applied(
        factories.editor(), finding(episode=episode, target=two, repair={"label": one.label}, fingerprint="1")
    )
    two.refresh_from_db()
    assert (len(told), two.label, two.episode.version) == (1, "b", 1)


# --- decisions and glosses


def test_decisions_name_their_targets(client):
    episode = factories.episode()
    Decision.objects.create(
        target=episode, from_status="draft", to_status="in_review", by=factories.editor(), at=timezone.now()
    )
    page = client.get(change_list(Decision)).content.decode()
    assert f'<a href="{change_page(episode)}">{episode.title}</a>' in page
    assert "draft → in review" in page


def test_glosses_are_found_by_term(client):
    episode = factories.episode()
    for term in ("RL", "SFT"):
        Gloss.objects.create(episode=episode, term=term)
    assert [g.term for g in client.get(change_list(Gloss), {"q": "rl"}).context["cl"].result_list] == ["RL"]


# --- tags


def test_tag_names_are_suggested_by_pinyin(client):
    for name in ("向量数据库", "Vector, fast", 'a "quoted" vector'):
        factories.episode().tags.add(name)
    address = page_at("admin:episodes_tag_names")

    def offered(term):
        return [found["id"] for found in client.get(address, {"term": term}).json()["results"]]

    assert offered("xiang-liang") == ["向量数据库"]
    assert offered("vector") == ["Vector, fast", 'a "quoted" vector']
    assert offered("%") == []
    assert len(offered("")) == 3


def test_renamed_tag_touches_public_pages(client):
    public, draft = factories.public_episode(), factories.episode()
    public.tags.add("old")
    draft.tags.add("old")
    tag = Tag.objects.get()
    before = public.changed_at, draft.changed_at
    assert save(client, tag, name="new", slug="x").status_code == 302
    for row in (tag, public, draft):
        row.refresh_from_db()
    assert (tag.name, tag.slug) == ("new", "old")
    assert (public.changed_at > before[0], draft.changed_at == before[1]) == (True, True)


def test_tag_gets_url_safe_slug(client):
    assert client.post(f"{change_list(Tag)}add/", {"name": "向量"}).status_code == 302
    assert Tag.objects.get().slug == "xiang-liang"


def test_a_tag_in_use_is_not_deleted():
    client = signed_in(factories.librarian())
    factories.episode().tags.add("used")
    used, free = Tag.objects.get(), Tag.objects.create(name="free", slug="free")
    for tag in (used, free):
        client.post(change_page(tag).replace("change", "delete"), {"post": "yes"})
    client.post(change_list(Tag), {"action": "delete_selected", "_selected_action": [used.pk], "post": "yes"})
    assert list(Tag.objects.all()) == [used]


# --- the first page


def test_index_is_in_workflow_order():
    root = signed_in(User.objects.create_superuser("root"))
    page = root.get(page_at("admin:index"))
    names = [model["object_name"] for model in page.context["app_list"][0]["models"]]
    assert names[:5] == ["Episode", "Finding", "Quote", "Prediction", "Section"]
    assert names[-5:] == ["Note", "Decision", "Snapshot", "Gloss", "TaggedEpisode"]
    assert "taggit" not in {app["app_label"] for app in page.context["app_list"]}
    content = page.content.decode()
    assert '<strong class="who">root</strong>' in content
    assert "greenroom/icon.svg" in content


def test_index_counts_open_tasks(client, django_assert_max_num_queries):
    for status in ("draft", "draft", "in_review", "approved"):
        factories.episode(status=status)
    factories.public_episode()
    finding(episode=Episode.objects.first())
    finding(episode=Episode.objects.first(), severity="warning", fingerprint="w")
    page = client.get(page_at("admin:index"))
    assert "Greenroom" in page.content.decode()
    work = [line.strip() for line in page.content.decode().split("<b>")[1:7]]
    assert [line.split("</b>")[0] for line in work] == ["2", "1", "0", "1", "0", "1"]
    for address in page.content.decode().split('<a href="')[1:]:
        if "status__exact" in address[:80] or "state__exact" in address[:80]:
            assert client.get(address.split('"')[0].replace("&amp;", "&")).status_code == 200


# --- previews


def test_markdown_preview_is_sanitised_and_uncached(client):
    address = page_at("admin:episodes_episode_preview_markdown")
    text = "**RL**（强化学习）\n\n<script>x</script>\n\n### Part"
    page = client.post(address, {"preview": "sections-0-text", "sections-0-text": text, "summary": "other"})
    content = page.content.decode()
    assert '<b class="term">RL</b><span class="explanation">（强化学习）</span>' in content
    assert "<script>x" not in content
    assert "other" not in content
    assert ("no-store" in page["Cache-Control"], page["X-Robots-Tag"]) == (True, "noindex")
    assert client.post(address).status_code == 200


def test_preview_of_too_long_text_is_refused(client):
    address = page_at("admin:episodes_episode_preview_markdown")
    longest = client.post(address, {"preview": "summary", "summary": "字" * LONGEST_PREVIEW})
    longer = client.post(address, {"preview": "summary", "summary": "字" * (LONGEST_PREVIEW + 1)})
    assert (longest.status_code, longer.status_code) == (200, 413)
    assert "字字" not in longer.content.decode()
    assert str(LONGEST_PREVIEW + 1) in longer.content.decode()
