"""Export of notes: byte for byte without edits, and only the edit where there is one."""

import datetime
import difflib

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from episodes.exporting.exporter import NotWritable, compose
from episodes.importing.loader import Loader, Outcome
from episodes.models import Chapter, Episode, Mention, Note, Quote, Section
from tests import factories, samples

pytestmark = pytest.mark.django_db


def imported(text: str) -> Episode:
    return Episode.objects.get(pk=Loader().load("note.md", text.encode()).episode_id)


def exported(episode: Episode) -> str:
    return compose(episode, episode.notes.current().first()).text


def changed_lines(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]


@pytest.mark.parametrize("text", [samples.FRONT_MATTER, samples.EPISODE_PAGE])
@pytest.mark.parametrize("bend", [str, lambda text: text.replace("\n", "\r\n"), lambda text: "\ufeff" + text])
def test_unedited_note_is_exported_byte_for_byte(text, bend):
    assert exported(imported(bend(text))) == bend(text)


def test_one_edit_changes_one_line():
    episode = imported(samples.FRONT_MATTER)
    episode.title = "On engines: a sketch"
    assert changed_lines(samples.FRONT_MATTER, exported(episode)) == [
        "-title: On engines",
        "+title: 'On engines: a sketch'",
    ]


def test_edits_of_items_change_their_lines():
    episode = imported(samples.EPISODE_PAGE)
    Chapter.objects.filter(start=2400).update(start=2460, title="Engines")
    Quote.objects.filter(label="guest").update(start=3020, label="Ada Lovelace")
    assert changed_lines(samples.EPISODE_PAGE, exported(episode)) == [
        "-  • 00:40:00 · The engine",
        "+  • 00:41:00 · Engines",
        "-  • 50:20:00 — guest:",
        "+  • 00:50:20 — Ada Lovelace:",
    ]


def test_tags_and_mentions_are_added_and_removed():
    episode = imported(samples.FRONT_MATTER)
    episode.tags.add("looms")
    episode.tags.remove("engines")
    Mention.objects.create(episode=episode, entity=factories.entity("Jacquard"), listed_as="people")
    Mention.objects.get(entity__name="Luigi Menabrea").delete()
    assert sorted(changed_lines(samples.FRONT_MATTER, exported(episode))) == [
        "+- Jacquard",
        "+- looms",
        "-- Luigi Menabrea",
        "-- engines",
    ]


def test_flow_style_list_is_rewritten():
    text = samples.FRONT_MATTER.replace("tags:\n- engines\n- mathematics\n", "tags: [engines, mathematics]\n")
    episode = imported(text)
    episode.tags.add("looms")
    again = exported(episode)
    assert {tag.name for tag in imported_elsewhere(again).tags.all()} == {"engines", "mathematics", "looms"}


def test_member_is_added_to_empty_list():
    episode = imported(samples.FRONT_MATTER.replace("tags:\n- engines\n- mathematics\n", "tags:\n"))
    episode.tags.add("looms")
    assert {tag.name for tag in imported_elsewhere(exported(episode)).tags.all()} == {"looms"}


def test_one_of_several_guests_is_removed():
    episode = imported(samples.FRONT_MATTER.replace("insight: ''", "guest: Mary Somerville, Luigi Menabrea"))
    episode.appearances.get(label="Luigi Menabrea").delete()
    assert "guest: Mary Somerville\n" in exported(episode)


def test_several_missing_fields_are_added():
    episode = imported("Only text.\n")
    episode.title, episode.area, episode.summary = "A title", "history", "In short."
    made = imported_elsewhere(exported(episode))
    assert (made.title, made.area, made.summary) == ("A title", "history", "In short.")
    assert [section.text for section in made.sections.all()] == ["Only text."]


def imported_elsewhere(text: str) -> Episode:
    """Import the text as another note, under another name and source."""
    text = text.replace("yJDv-zdhzMY", "bbbbbbbbbbb")
    return Episode.objects.get(pk=Loader().load("elsewhere.md", text.encode()).episode_id)


def test_rejected_item_stays_in_file():
    episode = imported(samples.EPISODE_PAGE)
    Quote.objects.filter(label="guest").update(status="rejected", reject_code="not_said")
    assert exported(episode) == samples.EPISODE_PAGE


def test_value_without_place_is_reported():
    episode = imported(samples.FRONT_MATTER)
    quote = Quote.objects.create(episode=episode, text="A sentence.")
    composed = compose(episode, episode.notes.get())
    assert composed.text == samples.FRONT_MATTER
    assert composed.left_out == [f"quote {quote.pk} has no place in this dialect: A sentence."]


def test_value_parsed_differently_is_refused():
    episode = imported(samples.FRONT_MATTER)
    Section.objects.filter(heading="The first part").update(text="One.\n\n### Two\n\nThree.")
    with pytest.raises(NotWritable) as caught:
        exported(episode)
    assert "section" in str(caught.value)


def test_episode_without_note_becomes_front_matter():
    episode = factories.episode(title="Made here", summary="In short.")
    Section.objects.create(episode=episode, heading="Part", level=3, text="Words.")
    episode.tags.add("engines", "looms")
    text = compose(episode, None).text
    made = imported(text)
    assert (made.title, made.summary) == ("Made here", "In short.")
    assert {tag.name for tag in made.tags.all()} == {"engines", "looms"}
    assert [(s.heading, s.text) for s in made.sections.all()] == [("Part", "Words.")]


words = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp"), blacklist_characters="\ufeff\x85"),
    min_size=1,
    max_size=40,
).filter(lambda text: text == " ".join(text.split()))
# Values that YAML or Markdown would parse as something else.
TRAPS = [
    *["#", "'", '"', "[]", "~", "no", "|", ">", "%", "`", "，"],
    "x #",
    "# x",
    "---",
    "- x",
    "a: b",
    "null",
    "12:30",
    "a #b",
    "\\",
    "...",
]
TRAPS += ["{a", "*a", "&a", "!a", "@a", "a, b", "[x](y)", "**A**: b", "…"]
edits = st.lists(
    st.tuples(
        st.sampled_from(["title", "summary", "area", "series", "section", "heading", "tag", "untag", "aired_on"]), words
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits)
def test_random_edits_survive_roundtrip(edits):
    Episode.objects.all().delete()
    Note.objects.all().delete()
    episode = imported(samples.FRONT_MATTER)
    for kind, text in edits:
        edit(episode, kind, text)
    episode.save()
    text = exported(episode)
    before = state(episode)
    result = Loader().load("note.md", text.encode())
    assert result.outcome == Outcome.UNCHANGED
    assert state(Episode.objects.get()) == before


def edit(episode: Episode, kind: str, text: str) -> None:
    if kind == "section":
        # The desk refuses this: a heading in a section's text would begin another section.
        text = text.lstrip("# ") or "x"
        episode.sections.filter(heading="The first part").update(text=text)
    elif kind == "heading":
        episode.sections.filter(order=2).update(heading=text)
    elif kind == "tag":
        episode.tags.add(text)
    elif kind == "untag":
        episode.tags.remove("engines")
    elif kind == "aired_on":
        episode.aired_on = datetime.date(1900 + len(text), 1, 1)
    else:
        setattr(episode, kind, text)


def state(episode: Episode) -> list:
    columns = ("title", "summary", "area", "series", "slug", "version", "extra")
    return [
        [str(getattr(Episode.objects.get(pk=episode.pk), column)) for column in columns],
        sorted(Section.objects.values_list("pk", "heading", "text", "order", "version")),
        sorted(episode.tags.values_list("name", flat=True)),
        sorted(Mention.objects.values_list("pk", "entity__name")),
    ]


ITEM_FIELDS = {
    "chapters": ("title", "summary"),
    "quotes": ("text", "context", "label"),
    "predictions": ("words", "horizon", "label"),
    "takeaways": ("text",),
}
item_edits = st.lists(
    st.tuples(
        st.sampled_from([(relation, field) for relation, fields in ITEM_FIELDS.items() for field in fields]),
        # Without bullets and separators of the dialect, which are refused (see below).
        words.map(lambda text: text.translate(dict.fromkeys(map(ord, "•·—:：()（）-*+"), "_"))),
        st.integers(0, 359_999),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(item_edits)
def test_random_item_edits_survive_roundtrip(edits):
    Episode.objects.all().delete()
    episode = imported(samples.EPISODE_PAGE)
    for (relation, field), text, start in edits:
        row = getattr(episode, relation).last()
        setattr(row, field, text)
        if hasattr(row, "start"):
            row.start = start
        row.save()
    text = exported(episode)
    before = items(episode)
    result = Loader().load("note.md", text.encode())
    assert result.outcome == Outcome.UNCHANGED
    assert items(episode) == before


def test_value_parsed_as_bullet_is_refused():
    episode = imported(samples.EPISODE_PAGE)
    episode.quotes.filter(start=600).update(text="-")
    with pytest.raises(NotWritable) as caught:
        exported(episode)
    assert "cannot be written in this dialect: '-'" in str(caught.value)


def items(episode: Episode) -> list:
    return [
        sorted(getattr(episode, relation).values_list("pk", "version", *fields))
        for relation, fields in ITEM_FIELDS.items()
    ]


# --- commands


def test_export_notes_changed_writes_only_changed(tmp_path, capsys):
    episode = imported(samples.FRONT_MATTER)
    call_command("export_notes", str(tmp_path))
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"note.md": samples.FRONT_MATTER}
    changed = tmp_path / "changed"
    call_command("export_notes", str(changed), "--changed")
    assert list(changed.iterdir()) == []
    Episode.objects.filter(pk=episode.pk).update(title="Other")
    call_command("export_notes", str(changed), "--changed")
    assert [path.name for path in changed.iterdir()] == ["note.md"]
    assert capsys.readouterr().out.splitlines()[-1] == f"1 notes written to {changed}."


def test_changed_file_is_not_overwritten(tmp_path, capsys):
    imported(samples.FRONT_MATTER)
    (tmp_path / "note.md").write_text("newer")
    with pytest.raises(CommandError):
        call_command("export_notes", str(tmp_path))
    assert (tmp_path / "note.md").read_text() == "newer"
    assert "Import it first" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["../../outside.md", "//outside.md", "/../outside.md", "./outside.md"])
def test_note_is_not_written_outside_folder(tmp_path, name):
    imported(samples.FRONT_MATTER)
    Note.objects.update(name=name)
    call_command("export_notes", str(tmp_path / "in"))
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.md")] == ["in/outside.md"]


def test_dumpdata_writes_one_note_and_refuses_two(capsys):
    key = imported(samples.FRONT_MATTER).pk
    call_command("dumpdata", "episodes.episode", "--format", "md", "--pks", str(key))
    assert capsys.readouterr().out.rstrip("\n") == samples.FRONT_MATTER.rstrip("\n")
    factories.episode()
    with pytest.raises(CommandError) as caught:
        call_command("dumpdata", "episodes.episode", "--format", "md")
    assert "holds one note" in str(caught.value)


@pytest.mark.parametrize("broken", ["heading", "parse"])
def test_dumpdata_error_is_one_line(broken):
    episode = imported(samples.FRONT_MATTER)
    if broken == "heading":
        Section.objects.filter(heading="The first part").update(text="One.\n\n### Two\n\nThree.")
    else:
        Note.objects.update(parsed={"records": []})
    with pytest.raises(CommandError) as caught:
        call_command("dumpdata", "episodes.episode", "--format", "md")
    said = {"heading": "Change it on the desk, or export it as JSON.", "parse": "look where it is with --traceback."}
    assert f"Episode {episode.pk}: " in str(caught.value)
    assert str(caught.value).endswith(said[broken])
    assert "\n" not in str(caught.value)


def test_dumpdata_reports_values_left_out(capsys):
    episode = imported(samples.FRONT_MATTER)
    quote = Quote.objects.create(episode=episode, text="A sentence.")
    call_command("dumpdata", "episodes.episode", "--format", "md")
    said = f"left out: quote {quote.pk} has no place in this dialect: A sentence."
    assert capsys.readouterr().err == f"Episode {episode.pk}: {said} `--format json` has it.\n"
