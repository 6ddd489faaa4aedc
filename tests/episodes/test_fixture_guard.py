"""Nothing becomes public by itself: what a JSON or YAML fixture may not do."""

import json

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import CommandError

from episodes.models import Decision, Episode, Quote, Section, Tag
from people.models import Speaker
from tests import cast

pytestmark = pytest.mark.django_db
MOMENT = "2020-01-01T00:00:00Z"


def load(tmp_path, *rows) -> None:
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(list(rows)))
    call_command("loaddata", path, verbosity=0)


def row(model: str, pk: int | None = None, **fields) -> dict:
    return {"model": model, "pk": pk, "fields": fields}


def refused(tmp_path, *rows) -> str:
    with pytest.raises(CommandError) as caught:
        load(tmp_path, *rows)
    return str(caught.value)


@pytest.mark.parametrize("status", ["draft", "in_review", "changes_requested"])
def test_an_episode_nobody_sees_is_loaded(tmp_path, status):
    load(tmp_path, row("episodes.episode", 1, title="T", slug="t", status=status))
    assert Episode.objects.get().status == status


@pytest.mark.parametrize("status", ["approved", "published", "evergreen", "withdrawn"])
def test_an_episode_that_visitors_would_see_is_refused(tmp_path, status):
    message = refused(tmp_path, row("episodes.episode", 1, title="T", slug="t", status=status, published_at=MOMENT))
    assert f"has the status {status}" in message
    assert not Episode.objects.exists()


def test_the_same_in_yaml(tmp_path):
    path = tmp_path / "rows.yaml"
    path.write_text(
        f"- model: episodes.episode\n  pk: 1\n  fields: {{slug: t, status: published, published_at: {MOMENT}}}"
    )
    with pytest.raises(CommandError):
        call_command("loaddata", path, verbosity=0)
    assert not Episode.objects.exists()


def test_a_public_episode_is_not_rewritten_even_as_a_draft(tmp_path):
    episode = cast.public_episode(title="As it was")
    refused(tmp_path, row("episodes.episode", episode.pk, title="Other", slug="other", status="draft"))
    assert Episode.objects.get().title == "As it was"


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        ("episodes.section", {"text": "New words."}),
        ("episodes.quote", {"text": "Never said.", "status": "accepted"}),
        ("episodes.prediction", {"words": "Never said."}),
        ("episodes.chapter", {"title": "New"}),
        ("episodes.observation", {"kind": "tell", "detail": "New"}),
        ("episodes.takeaway", {"text": "New"}),
        ("episodes.appearance", {"label": "Somebody"}),
        ("episodes.gloss", {"term": "New"}),
        ("episodes.note", {"name": "x.md", "dialect": "front_matter", "text": "x", "digest": "x"}),
    ],
)
def test_no_row_is_added_to_a_public_episode(tmp_path, model, fields):
    episode = cast.public_episode()
    message = refused(tmp_path, row(model, 9000, episode=episode.pk, **fields))
    assert "would change an episode that visitors see" in message


def test_no_mention_or_tag_is_added_to_a_public_episode(tmp_path):
    episode, entity, tag = cast.public_episode(), cast.entity(), Tag.objects.create(name="t", slug="t")
    refused(tmp_path, row("episodes.mention", 1, episode=episode.pk, entity=entity.pk))
    refused(tmp_path, row("episodes.taggedepisode", 1, content_object=episode.pk, tag=tag.pk))


def test_a_row_of_a_public_episode_cannot_be_taken_away(tmp_path):
    section, other = cast.public_episode().sections.get(), cast.episode()
    refused(tmp_path, row("episodes.section", section.pk, episode=other.pk, text="Gone."))
    assert Section.objects.get().text == "Some words."


def test_names_that_visitors_see_are_not_rewritten(tmp_path):
    episode = cast.public_episode()
    speaker, entity = cast.speaker(), cast.entity()
    episode.appearances.create(speaker=speaker, label="Ada")
    episode.mentions.create(entity=entity)
    episode.tags.add("engines")
    tag = Tag.objects.get()
    refused(tmp_path, row("people.speaker", speaker.pk, name="Eve", slug="eve"))
    refused(tmp_path, row("people.entity", entity.pk, name="Eve", slug="eve"))
    refused(tmp_path, row("episodes.tag", tag.pk, name="eve", slug="eve"))
    refused(tmp_path, row("people.alias", 1, name="Eve", speaker=speaker.pk))
    refused(tmp_path, row("people.alias", 1, name="Eve", entity=entity.pk))


def test_a_speaker_known_only_from_a_public_quote_is_not_rewritten(tmp_path):
    speaker = cast.speaker()
    Quote.objects.create(episode=cast.public_episode(), text="Said.", speaker=speaker, status="accepted")
    refused(tmp_path, row("people.speaker", speaker.pk, name="Eve", slug="eve"))
    assert Speaker.objects.get().name == "Ada"


def test_a_scheduled_episode_is_guarded_like_a_public_one(tmp_path):
    episode = cast.episode(status="published", published_at="2999-01-01T00:00:00Z")
    refused(tmp_path, row("episodes.section", 1, episode=episode.pk, text="New words."))


def test_what_an_editor_approved_is_guarded_like_a_public_episode(tmp_path):
    episode = cast.episode(status="approved", approved_version=1)
    refused(tmp_path, row("episodes.section", 1, episode=episode.pk, text="Words the approver never saw."))
    refused(tmp_path, row("episodes.episode", episode.pk, title="Other", slug=episode.slug))


def test_a_working_copy_is_not_loaded(tmp_path):
    refused(tmp_path, row("episodes.episode", 99, title="T", slug="t", revises=cast.public_episode().pk))


@pytest.mark.parametrize("slug", ["", "a/b c", "x?"])
def test_a_slug_that_is_no_address_is_refused(tmp_path, slug):
    assert "no page can have it" in refused(tmp_path, row("episodes.episode", 1, title="T", slug=slug))


def test_decisions_are_never_loaded(tmp_path):
    user, episode = cast.editor(), cast.episode()
    fields = {"target_id": episode.pk, "target_type": ["episodes", "episode"], "by": user.pk}
    message = refused(tmp_path, row("episodes.decision", 1, from_status="draft", to_status="approved", **fields))
    assert "made by people" in message
    assert not Decision.objects.exists()


def test_html_of_a_fixture_is_never_believed(tmp_path):
    episode = cast.episode()
    load(tmp_path, row("episodes.section", 1, episode=episode.pk, text="Words.", html="<script>alert(1)</script>"))
    assert Section.objects.get().html == ""


def test_rows_of_a_draft_are_loaded(tmp_path):
    episode = cast.episode()
    load(
        tmp_path,
        row("episodes.section", 1, episode=episode.pk, text="Words."),
        row("people.speaker", 1, name="A", slug="a"),
    )
    assert Section.objects.get().text == "Words."


def test_one_refused_row_leaves_nothing_of_the_file(tmp_path):
    refused(
        tmp_path,
        row("episodes.episode", 1, title="T", slug="t"),
        row("episodes.episode", 2, title="U", slug="u", status="published", published_at=MOMENT),
    )
    assert not Episode.objects.exists()


# --- a dump of a whole library


def dumped(tmp_path, *options) -> None:
    left_out = [
        option for name in ("contenttypes", "auth.permission", "admin.logentry", "sessions") for option in ("-e", name)
    ]
    call_command("dumpdata", *left_out, *options, "-o", tmp_path / "all.json", verbosity=0)


@pytest.mark.parametrize("options", [(), ("--natural-foreign",), ("--natural-foreign", "--natural-primary")])
def test_dump_of_a_published_library_names_backup(tmp_path, options):
    cast.full_episode()
    dumped(tmp_path, *options)
    Episode.objects.all().delete()
    Tag.objects.all().delete()
    with pytest.raises(CommandError) as caught:
        call_command("loaddata", tmp_path / "all.json", verbosity=0)
    assert "has the status published" in str(caught.value)
    assert str(caught.value).endswith("use `manage.py backup` and `manage.py restore`.")
    assert "\n" not in str(caught.value)
    assert not Episode.objects.exists()


def test_dump_with_decisions_names_backup(tmp_path):
    user, episode = cast.editor(), cast.episode()
    Decision.objects.create(target=episode, by=user, from_status="", to_status="draft")
    dumped(tmp_path)
    with pytest.raises(CommandError, match=r"made by people.*`manage.py backup` and `manage.py restore`"):
        call_command("loaddata", tmp_path / "all.json", verbosity=0)


def test_tags_of_a_draft_are_loaded_by_natural_keys(tmp_path):
    episode = cast.episode()
    for name in ("engines", "织机"):
        episode.tags.add(name)
    dumped(tmp_path, "--natural-foreign", "--natural-primary")
    Tag.objects.all().delete()
    for _time in range(2):
        call_command("loaddata", tmp_path / "all.json", verbosity=0)
        assert set(episode.tags.names()) == {"engines", "织机"}
        assert episode.tagged.count() == 2


def test_models_with_natural_keys_are_found_by_them():
    for model in apps.get_models():
        if hasattr(model, "natural_key"):
            assert hasattr(model._default_manager, "get_by_natural_key"), model
    episode = cast.full_episode()
    for row in (episode.tagged.get(), episode.tags.get()):
        assert type(row)._default_manager.get_by_natural_key(*row.natural_key()) == row


def test_fixture_that_cannot_be_read_is_told_in_one_line(tmp_path):
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([row("episodes.taggedepisode", 1, content_object=["?"], tag=["engines", "?"])]))
    with pytest.raises(CommandError) as caught:
        call_command("loaddata", path, verbosity=0)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
