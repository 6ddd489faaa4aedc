"""Factories: one user of each group, and episodes in each state. Each creates only what it needs."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group, User
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from episodes.models import (
    Appearance,
    Chapter,
    Episode,
    Gloss,
    Mention,
    Observation,
    Prediction,
    Quote,
    Section,
    Tag,
    TaggedEpisode,
    Takeaway,
)
from people.models import Entity, Speaker

_number = itertools.count(1)


def person(name: str, *groups: str, **options: Any) -> User:
    """Return a staff user in these groups."""
    user = User.objects.filter(username=name).first()
    if user is None:
        user = User.objects.create_user(name, password="a-long-test-password", is_staff=True, **options)
        user.groups.set(Group.objects.filter(name__in=groups))
    return user


def editor() -> User:
    return person("edith", "Editor")


def second_editor() -> User:
    return person("edgar", "Editor")


def verifier() -> User:
    return person("vera", "Verifier")


def publisher() -> User:
    return person("paul", "Publisher")


def librarian() -> User:
    return person("libby", "Librarian")


def episode(**fields: Any) -> Episode:
    """Create a draft with a title and a source."""
    number = next(_number)
    fields = {
        "title": f"Episode {number}",
        "slug": f"episode-{number}",
        "source_url": f"https://www.youtube.com/watch?v={number:011d}",
        "source_id": f"youtube:{number:011d}",
        "language": "en",
        **fields,
    }
    return Episode.objects.create(**fields)


def public_episode(**fields: Any) -> Episode:
    """Create an episode published an hour ago, with one section, without going through the workflow."""
    fields = {"status": "published", "published_at": timezone.now() - timedelta(hours=1), **fields}
    made = episode(**fields)
    Section.objects.create(episode=made, heading="Section", text="Some words.", status="accepted")
    return made


def speaker(name: str = "Ada", **fields: Any) -> Speaker:
    return Speaker.objects.create(name=name, slug=f"{name.lower().replace(' ', '-')}-{next(_number)}", **fields)


def entity(name: str = "Engine", **fields: Any) -> Entity:
    return Entity.objects.create(name=name, slug=f"{name.lower().replace(' ', '-')}-{next(_number)}", **fields)


# --- rows of an episode


def appearance(of: Episode, by: Speaker | None = None, **fields: Any) -> Appearance:
    return Appearance.objects.create(episode=of, speaker=by, **{"label": by.name if by else "guest", **fields})


def quote(of: Episode, **fields: Any) -> Quote:
    return Quote.objects.create(episode=of, **{"text": "Words as spoken.", "status": "accepted", "start": 65, **fields})


def prediction(of: Episode, **fields: Any) -> Prediction:
    return Prediction.objects.create(episode=of, **{"words": "It will rain.", "status": "accepted", **fields})


def mention(of: Episode, entity: Entity, **fields: Any) -> Mention:
    return Mention.objects.create(episode=of, entity=entity, **fields)


def tag(of: Episode, name: str = "engines") -> Tag:
    made, _created = Tag.objects.get_or_create(name=name, defaults={"slug": name})
    TaggedEpisode.objects.create(content_object=of, tag=made)
    return made


def full_episode(**fields: Any) -> Episode:
    """Create a public episode with a row of every kind that is shown."""
    made = public_episode(**{"summary": "In short.", "duration": 3600, "area": "machines", **fields})
    ada, engine = speaker("Ada"), entity("Engine")
    appearance(made, ada)
    Chapter.objects.create(episode=made, start=5, title="A chapter", status="accepted")
    quote(made, speaker=ada, label="Ada")
    prediction(made, speaker=ada, label="Ada")
    Observation.objects.create(episode=made, kind="gesture", detail="She nods.", status="accepted")
    Takeaway.objects.create(episode=made, text="One thing.", status="accepted")
    mention(made, engine)
    tag(made)
    Gloss.objects.create(episode=made, term="RL", expansion="Reinforcement Learning", explanation="learning by doing")
    return made


def public_pages(of: Episode) -> dict[str, str]:
    """Return the address of one page of each kind by URL name, for an episode of full_episode()."""
    lists = ("home", "episode_list", "speaker_list", "entity_list", "quote_list", "prediction_list", "tag_list")
    lists += ("series_list", "glossary", "about")
    things = [of, of.appearances.get().speaker, of.mentions.get().entity]
    things += [of.quotes.get(), of.predictions.get(), of.tags.get()]
    return {name: reverse(name) for name in lists} | {
        type(thing).__name__.lower(): thing.get_absolute_url() for thing in things
    }


def by_database(sqlite: int, postgresql: int) -> int:
    """Return the expected number of queries: the index of search takes more of them on SQLite."""
    return sqlite if connection.vendor == "sqlite" else postgresql
