"""A library with rows in every table, created through the workflow. Runs in a process of the site."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.utils import timezone
from PIL import Image
from taggit.models import Tag as OtherTag
from taggit.models import TaggedItem

from episodes import derived, workflow
from episodes.models import Episode, Finding, Quote, Section, Tag, TaggedEpisode
from episodes.workflow import transition
from people.models import Alias, Entity
from tests import factories, samples

ODD = 'Line\r\nbreak\rs, \u2028, 𝔘nicode 🎙, "quotes" \\u0000 \\ and 引语'
# JSON with unsorted keys, and numbers and text in unusual forms.
ORDERED = {"z": 1, "a": [1.0, 2.50, -0.0, 1e22, 12345678901234567890], "引语": {"y": ODD, "b": None}, "": True}


def build(folder: Path) -> None:
    """Fill an empty site. folder: for the imported notes."""
    call_command("demo", port="0", verbosity=0, stdout=io.StringIO())
    _adopted(folder)
    _people()
    _pictures()
    _items_and_undo(_in_review())
    _revised()
    transition(_published("Withdrawn"), "withdrawn", factories.publisher(), "The guest asked for it.")
    _published("Scheduled", published_at=timezone.now() + timedelta(days=400))
    _findings()
    _other_tables()
    Quote.objects.create(episode=Episode.objects.first(), text="Deleted, and its number with it.").delete()
    for episode in Episode.objects.filter(status__in=Episode.PUBLIC_STATUSES):
        derived.published_state(episode)


def _adopted(folder: Path) -> None:
    note = folder / "adopted.md"
    note.write_text(samples.FRONT_MATTER.replace("yJDv-zdhzMY", "adopted0000"))
    who = ("--as", factories.publisher().username)
    call_command("adopt", str(note), *who, "--reason", "Public elsewhere.", "--include", "all", verbosity=0)
    assert Episode.objects.filter(adopted=True).count() == 1


def _people() -> None:
    factories.editor(), factories.verifier(), factories.librarian()
    factories.person("root", is_superuser=True)
    guild = Group.objects.create(name="Guild")
    guild.permissions.add(*Permission.objects.filter(codename__in=["view_note", "add_user"]))
    guest = factories.person("greta", "Guild", "Editor")
    guest.user_permissions.add(Permission.objects.get(codename="view_snapshot"))
    ada = factories.speaker("Ada", entity=factories.entity("Ada"), bio=ODD, links=["https://ada.example/"])
    Alias.objects.create(name="Countess", speaker=ada)
    Alias.objects.create(name="引擎", entity=Entity.objects.get(name="Ada"))
    transition(ada, "accepted", factories.editor())


def _picture(kind: str) -> ContentFile:
    content = io.BytesIO()
    Image.new("RGB", (30, 20), "teal").save(content, kind)
    return ContentFile(content.getvalue())


def _pictures() -> None:
    Episode.objects.public().order_by("pk")[0].cover.save("cover.png", _picture("PNG"))
    speaker = factories.speaker("Photographed", status="accepted", accepted_by=factories.editor())
    speaker.photo.save("肖像.jpg", _picture("JPEG"))
    factories.appearance(Episode.objects.public().order_by("pk")[1], speaker)


def _in_review() -> Episode:
    """Create an episode in review with one row of each kind, and tags."""
    made = factories.episode(
        summary=ODD,
        extra=ORDERED,
        projects=["b", "a"],
        duration=3599,
        aired_on=date(1999, 12, 31),
        series="Loom",
        created_at=datetime(2001, 2, 3, 4, 5, 6, 789, UTC),
    )
    Section.objects.create(episode=made, heading="Part", text=f"**RL**（Reinforcement Learning: {ODD}）")
    factories.quote(made, status="draft", text=ODD, speaker=factories.speaker("Quoted"), span_begin=3, span_end=9)
    factories.prediction(made, status="draft")
    made.chapters.create(start=0, title="Beginnings")
    made.observations.create(kind="tell", detail="She nods.")
    made.takeaways.create(text="One thing.")
    factories.mention(made, factories.entity("Engine"), listed_as="things")
    TaggedEpisode.objects.create(content_object=made, tag=Tag.objects.create(name="织机", slug="loom"), span_begin=0)
    derived.refresh(made)
    transition(made, "in_review", factories.editor())
    return made


def _items_and_undo(episode: Episode) -> None:
    """Make decisions, one of them undone and one with an edit."""
    editor = factories.editor()
    transition(episode.quotes.get(), "accepted", editor)
    transition(episode.predictions.get(), "rejected", editor, "trivial")
    workflow.undo(Episode.objects.get(pk=episode.pk), editor)
    chapter = episode.chapters.get()
    chapter.title = "Beginnings, put right"
    workflow.save_words(chapter, ["title"], editor)
    transition(workflow.Summary(Episode.objects.get(pk=episode.pk)), "accepted", editor)


def _published(title: str, **details: Any) -> Episode:
    made = factories.episode(title=title, aired_on=date(2020, 2, 29))
    Section.objects.create(episode=made, heading="Words", text=f"Of {title}. **RL**（Reinforcement Learning）")
    derived.refresh(made)
    transition(made, "in_review", factories.editor())
    for section in made.sections.all():
        transition(section, "accepted", factories.editor())
    made = Episode.objects.get(pk=made.pk)
    transition(made, "approved", factories.editor())
    transition(made, "published", factories.publisher(), **details)
    return Episode.objects.get(pk=made.pk)


def _revised() -> None:
    """Create one episode with published changes, and one with an open working copy."""
    for title, waits in (("Revised", False), ("Waiting", True)):
        copy = workflow.revise(_published(title), factories.editor())
        section = copy.sections.get()
        section.text = "Other words, 更正。"
        workflow.save_words(section, ["text"], factories.editor())
        if not waits:
            copy = Episode.objects.get(pk=copy.pk)
            transition(copy, "approved", factories.editor())
            workflow.publish_changes(Episode.objects.get(pk=copy.pk), factories.publisher())


def _findings() -> None:
    """Create waived, resolved and open findings with repairs: none, JSON null, and one with a float."""
    error = Finding.objects.filter(severity="error", state="open").first()
    assert error is not None
    transition(error, "waived", factories.verifier(), "The recording says so, I listened to it.")
    other = Finding.objects.filter(state="open").exclude(severity="error").first()
    assert other is not None
    transition(other, "resolved", factories.editor())
    made = {"episode": error.episode, "severity": "info", "message": "m", "origin": "person"}
    Finding.objects.create(code="one", fingerprint="1", repair={"b": 0.1, "a": ODD}, params=ORDERED, **made)
    Finding.objects.create(code="two", fingerprint="2", repair=None, **made)
    workflow.report(_published("Reported"), None, "This is not what I said.")


def _other_tables() -> None:
    user, note = factories.editor(), Episode.objects.first()
    gone = ContentType.objects.create(app_label="gone", model="thing")
    Permission.objects.create(codename="mind_thing", name="Can mind things", content_type=gone)
    user.user_permissions.add(Permission.objects.get(codename="mind_thing"))
    LogEntry.objects.create(user=user, content_type=gone, object_id="7", object_repr=ODD, action_flag=3)
    LogEntry.objects.create(user=user, object_repr="None", action_flag=1, change_message='[{"added": {}}]')
    kind = ContentType.objects.get_for_model(Episode)
    TaggedItem.objects.create(tag=OtherTag.objects.create(name="t", slug="t"), content_type=kind, object_id=note.pk)
    Session.objects.create(session_key="k" * 32, session_data="x", expire_date=timezone.now())
