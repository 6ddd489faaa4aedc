"""Access to the desk: every custom address for every role, with the exact answer."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.utils import timezone

from episodes.models import (
    MADE_BY_SITE,
    Decision,
    Episode,
    Finding,
    Gloss,
    Note,
    Quote,
    Snapshot,
)
from episodes.workflow.groups import GROUPS
from tests import factories
from tests.episodes.desk.form_data import page_at, signed_in

pytestmark = pytest.mark.django_db

EVERYBODY = ["anonymous", "reader", "nobody", *GROUPS]
SEES = set(GROUPS)
EDITOR, VERIFIER, PUBLISHER = {"Editor"}, {"Verifier"}, {"Publisher"}
DECIDED = ["section", "chapter", "quote", "prediction", "observation", "takeaway", "mention"]

# (address name, method, roles allowed). Others get the login page if they are not staff, else 403.
MATRIX = [
    ("admin:episodes_episode_claim", "post", EDITOR),
    ("admin:episodes_episode_approve", "post", EDITOR),
    ("admin:episodes_episode_summary", "post", EDITOR | VERIFIER),
    ("admin:episodes_episode_request", "post", VERIFIER | PUBLISHER),
    ("admin:episodes_episode_evergreen", "post", VERIFIER),
    ("admin:episodes_episode_release", "post", EDITOR | PUBLISHER),
    ("admin:episodes_episode_straight", "post", set()),
    ("admin:episodes_episode_publish", "post", PUBLISHER),
    ("admin:episodes_episode_withdraw", "post", PUBLISHER),
    ("admin:episodes_episode_reopen", "post", PUBLISHER),
    ("admin:episodes_episode_revise", "post", EDITOR),
    ("admin:episodes_episode_publish_changes", "post", PUBLISHER),
    ("admin:episodes_episode_discard", "post", EDITOR | PUBLISHER),
    ("admin:episodes_episode_compare", "get", SEES),
    ("admin:episodes_episode_preview", "get", SEES),
    ("admin:episodes_episode_review", "get", SEES),
    ("admin:episodes_episode_cover", "get", SEES),
    ("admin:episodes_episode_preview_markdown", "post", SEES),
    ("admin:episodes_note_text", "get", SEES),
    ("admin:episodes_note_download", "get", SEES),
    ("admin:episodes_note_second", "get", SEES),
    ("admin:episodes_snapshot_compare", "get", SEES),
    ("admin:episodes_snapshot_restore", "post", EDITOR),
    ("admin:episodes_tag_names", "get", SEES),
    ("admin:episodes_finding_apply", "post", EDITOR),
    ("admin:episodes_finding_settle", "post", EDITOR | VERIFIER | PUBLISHER),
    ("admin:episodes_finding_repairs", "get", EDITOR),
    ("admin:episodes_finding_repair_all", "post", EDITOR),
    ("admin:episodes_finding_undo_repairs", "post", EDITOR),
    ("admin:people_speaker_photo", "get", SEES),
    ("admin:people_speaker_decide", "post", EDITOR | VERIFIER),
    ("admin:people_entity_decide", "post", EDITOR | VERIFIER),
    ("admin:episodes_prediction_criteria", "post", EDITOR | VERIFIER),
    ("admin:episodes_prediction_resolve", "post", EDITOR | VERIFIER),
    ("admin:episodes_prediction_unresolve", "post", EDITOR | VERIFIER),
    *((f"admin:episodes_{name}_decide", "post", EDITOR | VERIFIER) for name in DECIDED),
]
WITHOUT_KEY = {
    "admin:episodes_episode_preview_markdown",
    "admin:episodes_tag_names",
    *(f"admin:episodes_finding_{name}" for name in ("repairs", "repair_all", "undo_repairs")),
}


def client_of(who):
    if who == "anonymous":
        from django.test import Client

        return Client()
    if who == "reader":
        return signed_in(User.objects.create_user("reader"))
    return signed_in(factories.person("nobody") if who == "nobody" else factories.person(f"of-{who}", who))


def object_for(name):
    episode = factories.episode()
    model = name.split(":")[1].split("_")[1]
    if model == "episode":
        return episode
    if model == "note":
        return Note.objects.create(episode=episode, name="n.md", dialect="d", text="t")
    if model == "snapshot":
        moment = timezone.now()
        content = {"episode": {}}
        return Snapshot.objects.create(
            episode=episode, number=1, published_at=moment, by=factories.publisher(), content=content
        )
    if model == "finding":
        # A verifier may change findings, but not their targets.
        return episode.findings.create(code="c", severity="error", message="m", origin="check", target=episode)
    if model in ("speaker", "entity"):
        return getattr(factories, model)()
    made = apps.get_model("episodes", model)(episode=episode)
    if model == "mention":
        made.entity = factories.entity()
    made.save()
    return made


@pytest.mark.parametrize(("name", "method", "allowed"), MATRIX, ids=[row[0].split(":")[1] for row in MATRIX])
def test_custom_addresses_by_role(name, method, allowed):
    obj = None if name in WITHOUT_KEY else object_for(name)
    address = page_at(name, *([obj.pk] if obj else []))
    through = set()
    for who in EVERYBODY:
        answer = getattr(client_of(who), method)(address)
        if who in ("anonymous", "reader"):
            assert answer.status_code == 302
            assert "/admin/login/" in answer["Location"]
        elif answer.status_code != 403:
            # A missing picture is 404; a refused transition redirects to the form.
            assert answer.status_code in (200, 302, 404)
            through.add(who)
    assert through == allowed
    assert not Decision.objects.exclude(to_status="in_review").exists()


@pytest.mark.parametrize("name", [name for name, method, _ in MATRIX if method == "post"])
def test_writing_views_need_post_and_csrf_token(name):
    from django.test import Client

    user = factories.person("all", *GROUPS)
    obj = None if name in WITHOUT_KEY else object_for(name)
    address = page_at(name, *([obj.pk] if obj else []))
    assert signed_in(user).get(address).status_code == 405
    careless = Client(enforce_csrf_checks=True)
    careless.force_login(user)
    assert careless.post(address).status_code == 403
    assert not Decision.objects.exists()


def test_matrix_lists_every_custom_address():
    """A new address on the desk fails here until it is added to the matrix."""
    usual = {"changelist", "add", "history", "delete", "change"}
    names = set()
    for model, model_admin in admin.site._registry.items():
        if model._meta.app_label in ("episodes", "people"):
            prefix = f"{model._meta.app_label}_{model._meta.model_name}_"
            found = {pattern.name for pattern in model_admin.get_urls() if pattern.name}
            names |= {f"admin:{name}" for name in found if name.removeprefix(prefix) not in usual}
    assert names == {name for name, _, _ in MATRIX}


def test_every_model_is_on_the_desk():
    ours = {model for label in ("episodes", "people") for model in apps.get_app_config(label).get_models()}
    assert ours - set(admin.site._registry) == set(MADE_BY_SITE)


@pytest.mark.parametrize("model", [Decision, Note, Gloss, Snapshot])
def test_records_are_read_only(model, rf):
    request = rf.get("/")
    request.user = User.objects.create_superuser("root")
    desk = admin.site._registry[model]
    assert not desk.has_add_permission(request)
    assert not desk.has_change_permission(request)
    assert not desk.has_delete_permission(request)
    assert desk.has_view_permission(request)
    client = signed_in(request.user)
    assert client.get(page_at(f"admin:episodes_{model._meta.model_name}_add")).status_code == 403


def test_episode_rows_are_not_added_alone():
    client = signed_in(User.objects.create_superuser("root"))
    for name in [*DECIDED, "appearance", "finding", "taggedepisode"]:
        assert client.get(page_at(f"admin:episodes_{name}_add")).status_code == 403


@pytest.mark.parametrize("group", GROUPS)
def test_lists_and_forms_by_group(group):
    """Each group may view, change, add and delete what its permissions say."""
    client = client_of(group)
    for model in admin.site._registry:
        label, name = model._meta.app_label, model._meta.model_name
        if label in ("episodes", "people"):
            seen = f"view_{name}" in GROUPS[group]
            assert client.get(page_at(f"admin:{label}_{name}_changelist")).status_code == (200 if seen else 403)


def test_staff_without_group_sees_empty_index():
    client = client_of("nobody")
    page = client.get(page_at("admin:index"))
    assert page.status_code == 200
    assert b"work-list" not in page.content
    assert client.get(page_at("admin:episodes_episode_changelist")).status_code == 403


def test_change_permission_alone_allows_no_transition():
    """Transitions need review or publish permission, whatever other permissions the user has."""
    user = factories.person("strong")
    moving = ("review_episode", "publish_episode", "verify_episode")
    user.user_permissions.set(Permission.objects.exclude(codename__in=moving))
    episode = factories.episode()
    client = signed_in(user)
    for button in ("claim", "approve", "publish", "withdraw", "reopen", "summary"):
        assert client.post(page_at(f"admin:episodes_episode_{button}", episode.pk)).status_code == 403
    quote = Quote.objects.create(episode=episode, text="q")
    assert client.post(page_at("admin:episodes_quote_decide", quote.pk), {"to": "accepted"}).status_code == 403


def test_changing_findings_needs_permission():
    episode = factories.episode()
    for group in GROUPS:
        finding = Finding.objects.create(
            episode=episode, code="c", severity="error", message="m", origin="check", fingerprint=group
        )
        data = {"action": "resolve_selected", "_selected_action": [finding.pk]}
        client_of(group).post(page_at("admin:episodes_finding_changelist"), data)
    resolved = set(Finding.objects.filter(state="resolved").values_list("fingerprint", flat=True))
    assert resolved == {"Editor", "Verifier", "Publisher"}


def test_markup_in_data_is_escaped():
    evil = "<script>alert(1)</script>"
    episode = factories.episode(title=evil, summary=evil, extra={evil: evil}, status="withdrawn", withdrawn_reason=evil)
    Episode.objects.filter(pk=episode.pk).update(published_at="2020-01-01T00:00Z")
    note = Note.objects.create(episode=episode, name=evil, dialect=evil, text=evil)
    episode.findings.create(code=evil[:50], severity="error", message=evil, origin="check", fingerprint="f")
    Quote.objects.create(episode=episode, text=evil, label=evil, speaker=factories.speaker(evil, bio=evil))
    episode.tags.add(evil)
    client = signed_in(factories.editor())
    pages = [page_at("admin:index"), page_at("admin:episodes_episode_change", episode.pk)]
    pages += [page_at(f"admin:episodes_note_{view}", note.pk) for view in ("change", "text")]
    pages += [page_at(f"admin:episodes_{name}_changelist") for name in ("episode", "quote", "note", "finding", "tag")]
    for page in pages:
        assert evil not in client.get(page).content.decode()
    shown = client.post(page_at("admin:episodes_episode_preview_markdown"), {"preview": "x", "x": evil})
    assert evil not in shown.content.decode()
