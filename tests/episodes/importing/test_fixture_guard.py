"""Fixtures (JSON, YAML) must not change public pages."""

import json
from uuid import UUID

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core import serializers
from django.core.management import call_command
from django.core.management.base import CommandError

from episodes import derived
from episodes.importing.fixture_fields import FIRST_YEAR, LARGEST_KEY, LAST_YEAR
from episodes.models import (
    MADE_BY_SITE,
    Appearance,
    Chapter,
    Decision,
    Episode,
    Finding,
    Gloss,
    Mention,
    Note,
    Observation,
    Prediction,
    Quote,
    RequestCount,
    Section,
    Snapshot,
    Tag,
    TaggedEpisode,
    Takeaway,
)
from episodes.notes import dialects
from episodes.notes.parsed import to_stored
from people.models import Alias, Entity, Speaker
from tests import factories
from tests.unconstrained_rows import without_checks

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
def test_hidden_episode_is_loaded(tmp_path, status):
    load(tmp_path, row("episodes.episode", 1, title="T", slug="t", status=status))
    assert Episode.objects.get().status == status


@pytest.mark.parametrize("status", ["approved", "published", "evergreen", "withdrawn"])
def test_public_episode_is_refused(tmp_path, status):
    message = refused(tmp_path, row("episodes.episode", 1, title="T", slug="t", status=status, published_at=MOMENT))
    assert f"has the status {status}" in message
    assert not Episode.objects.exists()


def test_public_episode_in_yaml_is_refused(tmp_path):
    path = tmp_path / "rows.yaml"
    path.write_text(
        f"- model: episodes.episode\n  pk: 1\n  fields: {{slug: t, status: published, published_at: {MOMENT}}}"
    )
    with pytest.raises(CommandError):
        call_command("loaddata", path, verbosity=0)
    assert not Episode.objects.exists()


def test_overwriting_public_episode_is_refused(tmp_path):
    episode = factories.public_episode(title="As it was")
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
def test_row_of_public_episode_is_refused(tmp_path, model, fields):
    episode = factories.public_episode()
    message = refused(tmp_path, row(model, 9000, episode=episode.pk, **fields))
    assert "would change an episode that visitors see" in message


def test_mention_or_tag_of_public_is_refused(tmp_path):
    episode, entity, tag = factories.public_episode(), factories.entity(), Tag.objects.create(name="t", slug="t")
    refused(tmp_path, row("episodes.mention", 1, episode=episode.pk, entity=entity.pk))
    refused(tmp_path, row("episodes.taggedepisode", 1, content_object=episode.pk, tag=tag.pk))


def test_moving_row_of_public_is_refused(tmp_path):
    section, other = factories.public_episode().sections.get(), factories.episode()
    refused(tmp_path, row("episodes.section", section.pk, episode=other.pk, text="Gone."))
    assert Section.objects.get().text == "Some words."


def test_renaming_public_names_is_refused(tmp_path):
    episode = factories.public_episode()
    speaker, entity = factories.speaker(), factories.entity()
    episode.appearances.create(speaker=speaker, label="Ada")
    episode.mentions.create(entity=entity)
    episode.tags.add("engines")
    tag = Tag.objects.get()
    refused(tmp_path, row("people.speaker", speaker.pk, name="Eve", slug="eve"))
    refused(tmp_path, row("people.entity", entity.pk, name="Eve", slug="eve"))
    refused(tmp_path, row("episodes.tag", tag.pk, name="eve", slug="eve"))
    refused(tmp_path, row("people.alias", 1, name="Eve", speaker=speaker.pk))
    refused(tmp_path, row("people.alias", 1, name="Eve", entity=entity.pk))


def test_renaming_publicly_quoted_speaker_is_refused(tmp_path):
    speaker = factories.speaker()
    Quote.objects.create(episode=factories.public_episode(), text="Said.", speaker=speaker, status="accepted")
    refused(tmp_path, row("people.speaker", speaker.pk, name="Eve", slug="eve"))
    assert Speaker.objects.get().name == "Ada"


def test_overwriting_scheduled_episode_is_refused(tmp_path):
    episode = factories.episode(status="published", published_at="2999-01-01T00:00:00Z")
    refused(tmp_path, row("episodes.section", 1, episode=episode.pk, text="New words."))


def test_overwriting_approved_episode_is_refused(tmp_path):
    episode = factories.episode(status="approved", approved_version=1)
    refused(tmp_path, row("episodes.section", 1, episode=episode.pk, text="Words the approver never saw."))
    refused(tmp_path, row("episodes.episode", episode.pk, title="Other", slug=episode.slug))


def test_working_copy_is_refused(tmp_path):
    refused(tmp_path, row("episodes.episode", 99, title="T", slug="t", revises=factories.public_episode().pk))


@pytest.mark.parametrize("slug", ["", "a/b c", "x?"])
def test_invalid_slug_is_refused(tmp_path, slug):
    assert "no page can have it" in refused(tmp_path, row("episodes.episode", 1, title="T", slug=slug))


def test_decisions_are_refused(tmp_path):
    user, episode = factories.editor(), factories.episode()
    fields = {"target_id": episode.pk, "target_type": ["episodes", "episode"], "by": user.pk}
    message = refused(tmp_path, row("episodes.decision", 1, from_status="draft", to_status="approved", **fields))
    assert "made by people" in message
    assert not Decision.objects.exists()


@pytest.mark.parametrize("model", MADE_BY_SITE, ids=lambda model: model.__name__)
def test_rows_made_by_site_are_refused(tmp_path, model):
    before = list(model._base_manager.values())
    key = factories.episode().pk
    message = refused(tmp_path, {"model": model._meta.label_lower, "pk": key_of(model, key), "fields": {}})
    assert f"cannot hold rows of {model._meta.label}: the site makes them" in message
    assert "\n" not in message
    assert list(model._base_manager.values()) == before


def key_of(model, key: int):
    """Return a value for the primary key: a number, an address or a UUID."""
    return str(UUID(int=key)) if model is RequestCount else key


def test_html_of_fixture_is_discarded(tmp_path):
    episode = factories.episode()
    load(tmp_path, row("episodes.section", 1, episode=episode.pk, text="Words.", html="<script>alert(1)</script>"))
    assert Section.objects.get().html == ""


def test_rows_of_draft_are_loaded(tmp_path):
    episode = factories.episode()
    load(
        tmp_path,
        row("episodes.section", 1, episode=episode.pk, text="Words."),
        row("people.speaker", 1, name="A", slug="a"),
    )
    assert Section.objects.get().text == "Words."


def test_refused_row_rolls_back_file(tmp_path):
    refused(
        tmp_path,
        row("episodes.episode", 1, title="T", slug="t"),
        row("episodes.episode", 2, title="U", slug="u", status="published", published_at=MOMENT),
    )
    assert not Episode.objects.exists()


# --- dumps of a whole library


def dumped(tmp_path, *options) -> None:
    left_out = [
        option for name in ("contenttypes", "auth.permission", "admin.logentry", "sessions") for option in ("-e", name)
    ]
    call_command("dumpdata", *left_out, *options, "-o", tmp_path / "all.json", verbosity=0)


@pytest.mark.parametrize("options", [(), ("--natural-foreign",), ("--natural-foreign", "--natural-primary")])
def test_dump_of_published_library_mentions_backup(tmp_path, options):
    factories.full_episode()
    dumped(tmp_path, *options)
    Episode.objects.all().delete()
    Tag.objects.all().delete()
    with pytest.raises(CommandError) as caught:
        call_command("loaddata", tmp_path / "all.json", verbosity=0)
    assert "has the status published" in str(caught.value)
    assert str(caught.value).endswith("use `manage.py backup` and `manage.py restore`.")
    assert "\n" not in str(caught.value)
    assert not Episode.objects.exists()


def test_dump_leaves_out_what_site_makes(tmp_path):
    episode = factories.full_episode()
    derived.refresh(episode)
    call_command("render_again", verbosity=0)
    call_command("rebuild_search", verbosity=0)
    dumped(tmp_path)
    models = {row["model"] for row in json.loads((tmp_path / "all.json").read_text())}
    made = {model._meta.label_lower for model in MADE_BY_SITE if model._base_manager.exists()}
    assert made >= {"episodes.siterevision", "episodes.passage", "episodes.storedtexts", "episodes.countstate"}
    assert "episodes.episode" in models
    assert models & {model._meta.label_lower for model in MADE_BY_SITE} == set()


def test_dump_holds_the_model_that_is_named(tmp_path):
    call_command("dumpdata", "episodes.SiteRevision", "-o", tmp_path / "one.json", verbosity=0)
    (found,) = json.loads((tmp_path / "one.json").read_text())
    assert found["model"] == "episodes.siterevision"


def test_dump_with_decisions_mentions_backup(tmp_path):
    user, episode = factories.editor(), factories.episode()
    Decision.objects.create(target=episode, by=user, from_status="", to_status="draft")
    dumped(tmp_path)
    with pytest.raises(CommandError, match=r"made by people.*`manage.py backup` and `manage.py restore`"):
        call_command("loaddata", tmp_path / "all.json", verbosity=0)


def test_tags_are_loaded_by_natural_keys(tmp_path):
    episode = factories.episode()
    for name in ("engines", "织机"):
        episode.tags.add(name)
    dumped(tmp_path, "--natural-foreign", "--natural-primary")
    Tag.objects.all().delete()
    for _time in range(2):
        call_command("loaddata", tmp_path / "all.json", verbosity=0)
        assert set(episode.tags.names()) == {"engines", "织机"}
        assert episode.tagged.count() == 2


def test_natural_keys_find_existing_rows():
    for model in apps.get_models():
        if hasattr(model, "natural_key"):
            assert hasattr(model._default_manager, "get_by_natural_key"), model
    episode = factories.full_episode()
    for row in (episode.tagged.get(), episode.tags.get()):
        assert type(row)._default_manager.get_by_natural_key(*row.natural_key()) == row


def test_unreadable_fixture_is_one_line_error(tmp_path):
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([row("episodes.taggedepisode", 1, content_object=["?"], tag=["engines", "?"])]))
    with pytest.raises(CommandError) as caught:
        call_command("loaddata", path, verbosity=0)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_snapshots_are_refused(tmp_path):
    episode = factories.episode()
    fields = {"episode": episode.pk, "number": 1, "published_at": MOMENT, "by": factories.editor().pk}
    assert "made by a publication" in refused(tmp_path, row("episodes.snapshot", 1, **fields))
    assert not Snapshot.objects.exists()


# --- rows that must be accepted


# {model: fields}, each in a draft.
OF_A_DRAFT = {
    Section: {"kind": "transcript", "heading": "H", "text": "Words.", "level": 0, "order": 3},
    Appearance: {"role": "guest", "label": "Somebody"},
    Chapter: {"title": "C", "start": 0, "summary": "S"},
    Quote: {"text": "Q", "start": 2**31 - 1, "status": "accepted", "label": "x" * 300},
    Prediction: {"words": "P", "due_on": "2030-12-31", "criteria": "C", "horizon": "", "outcome": ""},
    Observation: {"kind": "tell", "detail": "D", "start": None, "status": "rejected", "reject_code": "private"},
    Takeaway: {"text": "T", "depth": 3, "order": 0, "status": "evergreen", "self_verified": True},
    Gloss: {"term": "RL", "expansion": "E"},
    Note: {"name": "n.md", "dialect": "front_matter", "text": "# T\n", "digest": "d"},
    Finding: {"code": "c", "severity": "error", "message": "m", "origin": "import", "repair": None},
}


@pytest.mark.parametrize("model", OF_A_DRAFT, ids=lambda model: model.__name__)
@pytest.mark.parametrize("status", ["draft", "in_review", "changes_requested"])
def test_row_of_draft_is_loaded_twice(tmp_path, model, status):
    episode = factories.episode(status=status)
    for _time in range(2):
        load(tmp_path, row(model._meta.label_lower, 7, episode=episode.pk, **OF_A_DRAFT[model]))
    stored = json.loads(serializers.serialize("json", model.objects.all()))
    assert [each["pk"] for each in stored] == [7]
    wanted = {"episode": episode.pk, **OF_A_DRAFT[model]}
    assert {name: stored[0]["fields"][name] for name in wanted} == wanted


def test_new_names_are_loaded(tmp_path):
    load(
        tmp_path,
        row("people.speaker", 1, name="Ada", slug="ada", kind="channel", links=["https://example.org/a?b=c#d"]),
        row("people.entity", 2, name="Engine", slug="engine", status="accepted", links=[]),
        row("episodes.tag", 3, name="engines", slug="engines"),
        row("people.alias", 4, name="A. L.", speaker=1),
        row("people.alias", 5, name="The Engine", entity=2),
    )
    assert list(Speaker.objects.values_list("pk", "links")) == [(1, ["https://example.org/a?b=c#d"])]
    assert list(Entity.objects.values_list("pk", "status")) == [(2, "accepted")]
    assert list(Tag.objects.values_list("pk", "name")) == [(3, "engines")]
    assert set(Alias.objects.values_list("name", "speaker", "entity")) == {("A. L.", 1, None), ("The Engine", None, 2)}


@pytest.mark.parametrize("status", ["draft", "in_review", "changes_requested", "approved", "withdrawn"])
def test_names_of_hidden_rows_are_changed(tmp_path, status):
    episode, speaker, entity = factories.episode(status=status), factories.speaker(), factories.entity()
    tag = factories.tag(episode)
    factories.appearance(episode, speaker)
    factories.quote(episode, speaker=speaker)
    factories.prediction(episode, speaker=speaker)
    factories.mention(episode, entity)
    load(
        tmp_path,
        row("people.speaker", speaker.pk, name="Eve", slug="eve"),
        row("people.entity", entity.pk, name="Other", slug="other"),
        row("episodes.tag", tag.pk, name="other", slug="other"),
        row("people.alias", 1, name="E.", speaker=speaker.pk),
        row("people.alias", 2, name="O.", entity=entity.pk),
    )
    assert (Speaker.objects.get().name, Entity.objects.get().name, Tag.objects.get().name) == ("Eve", "Other", "other")
    assert Alias.objects.count() == 2


def test_tags_of_draft_beside_public_are_loaded(tmp_path):
    public, draft = factories.full_episode(), factories.episode()
    entity, tag = public.mentions.get().entity, public.tags.get()
    load(
        tmp_path,
        row("episodes.mention", 900, episode=draft.pk, entity=entity.pk, listed_as="Works"),
        row("episodes.taggedepisode", 900, content_object=draft.pk, tag=tag.pk),
        row("episodes.appearance", 900, episode=draft.pk, speaker=public.appearances.get().speaker_id, label="Ada"),
    )
    assert Mention.objects.get(episode=draft).entity == entity
    assert TaggedEpisode.objects.get(content_object=draft).tag == tag
    assert Appearance.objects.get(episode=draft).label == "Ada"


def test_draft_with_every_column_is_loaded(tmp_path):
    fields = {
        "title": "标题", "slug": "A_b-1", "form": "own", "number": 0, "summary": "*S*", "insight": "<b>",
        "language": "en", "insight_public": True, "aired_on": "1959-12-29", "duration": 0, "area": "a",
        "source_url": "//example.org/x y",
        "projects": ["p", ""], "extra": {"b": [1, {"c": None}], "a": 1.5}, "cover": "episodes/0123.webp",
        "status": "draft", "summary_status": "accepted", "translation_key": "k", "series": "s/t?", "version": 7,
        "published_at": "2020-01-01T00:00:00Z", "recheck_on": "2999-12-31",
    }  # fmt: skip
    load(tmp_path, row("episodes.episode", 5, **fields))
    stored = json.loads(serializers.serialize("json", Episode.objects.all()))[0]["fields"]
    assert {name: stored[name] for name in fields} == fields
    assert list(Episode.objects.get().extra) == ["b", "a"]


def test_row_without_key_is_added(tmp_path):
    load(tmp_path, row("episodes.quote", None, episode=factories.episode().pk, text="Q"))
    assert Quote.objects.get().text == "Q"


def test_rows_of_other_apps_are_ignored(tmp_path):
    load(tmp_path, row("auth.group", 77, name="Readers"))
    assert Group.objects.get(pk=77).name == "Readers"


def test_note_without_parsed_data_is_parsed(tmp_path):
    episode = factories.episode()
    load(
        tmp_path,
        row("episodes.note", 1, episode=episode.pk, name="n.md", dialect="front_matter", text="# T\n", digest="d"),
    )
    assert Note.objects.get().parsed == to_stored(dialects.parse("# T\n"))


# --- invalid values


EPISODE, QUOTE, SPEAKER = "episodes.episode", "episodes.quote", "people.speaker"
WRONG = [
    (EPISODE, "status", "bogus", "'bogus' is no choice; give one of 'draft', 'in_review'"),
    (EPISODE, "status", "", "'' is no choice"),
    (EPISODE, "status", None, "it cannot be null; give a value"),
    (EPISODE, "summary_status", "published", "give one of 'draft', 'accepted', 'evergreen', 'rejected'"),
    (EPISODE, "form", "film", "'film' is no choice"),
    (EPISODE, "language", "EN", "'EN' is no choice"),
    (EPISODE, "number", -1, "-1 is out of range; give a whole number from 0 to 2147483647"),
    (EPISODE, "duration", 2**31, "2147483648 is out of range"),
    (EPISODE, "version", None, "it cannot be null; give a value"),
    (EPISODE, "title", "x" * 501, "at most 500 characters"),
    (EPISODE, "title", "a\x00b", "the character NUL"),
    (EPISODE, "summary", "\ud800", "half of a surrogate pair"),
    (EPISODE, "slug", "a/../b", "'a/../b' is no slug"),
    (EPISODE, "slug", "x" * 81, "at most 80 characters"),
    (EPISODE, "source_url", "javascript:alert(1)", "begins with javascript:"),
    (EPISODE, "source_url", " JavaScript:x", "begins with JavaScript:"),
    (EPISODE, "source_url", "java\tscript:x", "begins with javascript:"),
    (EPISODE, "source_url", "\x01\n vbscript:x", "begins with vbscript:"),
    (EPISODE, "source_url", "data:text/html,x", "begins with data:"),
    (EPISODE, "source_url", "file:///etc/passwd", "begins with file:"),
    (EPISODE, "projects", {}, "it is no list of texts; give a list of texts"),
    (EPISODE, "projects", [1], "give a list of texts"),
    (EPISODE, "projects", "p", "give a list of texts"),
    (EPISODE, "extra", [], "give an object"),
    (EPISODE, "extra", {"a": ["\x00"]}, "the character NUL"),
    (EPISODE, "extra", {"\ud800": 1}, "half of a surrogate pair"),
    (EPISODE, "extra", {"a": float("nan")}, "nan is no number of JSON"),
    (EPISODE, "made_from", None, "it cannot be null"),
    (EPISODE, "cover", "/etc/passwd.png", "does not lie in MEDIA_ROOT"),
    (EPISODE, "cover", "episodes/../../x.png", "does not lie in MEDIA_ROOT"),
    (EPISODE, "cover", "..\\x.png", "does not lie in MEDIA_ROOT"),
    (EPISODE, "cover", "C:x.png", "does not lie in MEDIA_ROOT"),
    (EPISODE, "cover", "a\nb.png", "does not lie in MEDIA_ROOT"),
    (EPISODE, "cover", "episodes/x.svg", "is no picture"),
    (EPISODE, "cover", f"{'x' * 97}.png", "longer than 100 characters"),
    (EPISODE, "changed_at", "1899-12-31T00:00:00Z", f"give one between {FIRST_YEAR} and {LAST_YEAR}"),
    (EPISODE, "published_at", "9999-12-31T23:59:59Z", f"give one between {FIRST_YEAR} and {LAST_YEAR}"),
    (EPISODE, "created_at", None, "it cannot be null"),
    (QUOTE, "status", "published", "'published' is no choice"),
    (QUOTE, "reject_code", "bogus", "'bogus' is no choice"),
    (QUOTE, "start", -5, "-5 is out of range"),
    (QUOTE, "span_end", 2**40, "is out of range"),
    (QUOTE, "text", "", "cannot be blank"),
    (QUOTE, "speaker", 2**63, f"is no key; give a whole number from 1 to {LARGEST_KEY}"),
    (SPEAKER, "kind", "robot", "'robot' is no choice"),
    (SPEAKER, "name", "", "cannot be blank"),
    (SPEAKER, "links", ["https://a.example/", "javascript:x"], "begins with javascript:"),
    (SPEAKER, "links", ["x", None], "give a list of addresses"),
    (SPEAKER, "photo", "../x.jpg", "does not lie in MEDIA_ROOT"),
    ("people.entity", "kind", "", "'' is no choice"),
    ("episodes.observation", "kind", "", "cannot be blank"),
    ("episodes.prediction", "outcome", "maybe", "'maybe' is no choice"),
    ("episodes.appearance", "role", "witness", "'witness' is no choice"),
    ("episodes.section", "level", 40_000, "40000 is out of range; give a whole number from 0 to 32767"),
    ("episodes.note", "state", "lost", "'lost' is no choice"),
    ("episodes.note", "dialect", "prose", "no dialect is called 'prose'"),
    ("episodes.note", "parsed", {"leaves": [[0, 9, 0, "title", "text"]], "records": [], "groups": []}, "places"),
    ("episodes.note", "parsed", {"leaves": 1}, "places that are not in the text"),
    ("episodes.note", "parsed", [], "give an object"),
    ("episodes.finding", "severity", "", "cannot be blank"),
    ("episodes.finding", "state", "closed", "'closed' is no choice"),
    ("episodes.finding", "params", [], "give an object"),
    ("episodes.finding", "repair", [1], "give an object or null"),
    ("episodes.finding", "template", "%(n)999999999d", "not filled by"),
    ("episodes.finding", "template", "100 %", "not filled by"),
    ("episodes.tag", "slug", "", "'' is no slug"),
]
GOOD = {
    EPISODE: {"title": "T", "slug": "t"},
    SPEAKER: {"name": "S", "slug": "s"},
    "people.entity": {"name": "E", "slug": "e"},
    "episodes.tag": {"name": "t", "slug": "t"},
    **{model._meta.label_lower: fields for model, fields in OF_A_DRAFT.items()},
}


@pytest.mark.parametrize(("model", "field", "value", "told"), WRONG)
def test_invalid_value_is_one_line_error(tmp_path, model, field, value, told):
    fields = {**GOOD[model], field: value}
    if model in {each._meta.label_lower for each in OF_A_DRAFT}:
        fields["episode"] = factories.episode().pk
    before = Episode.objects.count()
    (line,) = refused(tmp_path, row(model, 41, **fields)).splitlines()
    assert line.lower().startswith(f"{model} 41 in the fixture: ")
    assert f": {'text' if field == 'dialect' else field}: " in line
    assert told in line
    assert (Episode.objects.count(), Speaker.objects.count(), Quote.objects.count()) == (before, 0, 0)


@pytest.mark.parametrize("key", [0, -1, LARGEST_KEY + 1, 2**64])
def test_invalid_key_is_refused(tmp_path, key):
    (line,) = refused(tmp_path, row(EPISODE, key, title="T", slug="t")).splitlines()
    assert f"{key} is no key" in line


@pytest.mark.parametrize(
    "address", ["https://a.example/", "HTTP://a.example", "", "//a.example/x", "ISBN 978: a book", "某书：上"]
)
def test_address_with_safe_scheme_is_loaded(tmp_path, address):
    load(tmp_path, row(EPISODE, 1, title="T", slug="t", source_url=address))
    assert Episode.objects.get().source_url == address


@pytest.mark.parametrize("moment", [f"{FIRST_YEAR}-01-01T00:00:00Z", f"{LAST_YEAR}-12-31T00:00:00Z"])
def test_first_and_last_moment_are_loaded(tmp_path, moment):
    load(tmp_path, row(EPISODE, 1, title="T", slug="t", changed_at=moment))
    assert Episode.objects.exists()


# --- errors of loaddata itself


def in_one_line(tmp_path, content: str) -> str:
    path = tmp_path / "rows.json"
    path.write_text(content)
    with pytest.raises(CommandError) as caught:
        call_command("loaddata", path, verbosity=0)
    (line,) = str(caught.value).splitlines()
    return line


UNREADABLE = {
    "no JSON": "{",
    "no list": '{"model": "episodes.episode"}',
    "another model": json.dumps([row("episodes.film", 1)]),
    "another field": json.dumps([row(EPISODE, 1, title="T", slug="t", colour="red")]),
    "no number": json.dumps([row(EPISODE, 1, title="T", slug="t", number="many")]),
    "no day": json.dumps([row(EPISODE, 1, title="T", slug="t", aired_on="2024-02-30")]),
    "no episode": json.dumps([row(QUOTE, 1, text="Q", episode=4711)]),
    "no fields": json.dumps([{"model": EPISODE, "pk": 1}]),
    "a slug twice": json.dumps([row(EPISODE, 1, slug="t"), row(EPISODE, 2, slug="t")]),
    "an alias of nobody": json.dumps([row("people.alias", 1, name="A")]),
    "evergreen by nobody": json.dumps([row(EPISODE, 1, slug="t", summary_status="evergreen")]),
    "tags by number": json.dumps([row(EPISODE, 1, slug="t", tags=[1])]),
    "a deep list": '[{"model": "episodes.episode", "pk": 1, "fields": {"slug": "t", "extra": ' + "[" * 9_999,
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_unstorable_value_is_one_line_error(tmp_path, what):
    line = in_one_line(tmp_path, UNREADABLE[what])
    assert line.startswith("Nothing was loaded. ")
    assert line.endswith("Correct the file.")
    assert not Episode.objects.exists()


def test_unknown_stored_status_is_protected(tmp_path):
    episode = factories.episode(title="As it was")
    with without_checks(Episode):
        Episode.objects.update(status="bogus")
        refused(tmp_path, row(EPISODE, episode.pk, title="Other", slug=episode.slug, status="draft"))
        refused(tmp_path, row(QUOTE, 1, episode=episode.pk, text="Q"))
    assert Episode.objects.get().title == "As it was"
