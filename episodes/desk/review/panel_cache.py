"""Data shared by all panels of an episode, cached per version of the episode."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.db.models import Count

from episodes.models import Appearance, Episode, Gloss, Mention, Prediction, Quote, Section

_MINUTES = 30
# Names marked in the text; more would mark every second word.
_MARKED = 600


def cached_of(episode: Episode) -> dict[str, Any]:
    """Return {speakers: [{key, name, role}], entities: [(key, name)], names and terms to mark, has_transcript}.

    Five queries the first time for a version of the episode, then none. Call `forget` after changes to names that do
    not change the version.
    """
    found = cache.get(_key(episode))
    if found is None:
        found = _load(episode)
        cache.set(_key(episode), found, _MINUTES * 60)
    # Roles are cached as codes, because the next user may use another language.
    roles = dict(Appearance.Role.choices)
    speakers = [{**each, "role": str(roles.get(each["role"], ""))} for each in found["speakers"]]
    return {**found, "speakers": speakers}


def cached_speakers(episode: Episode) -> list[dict[str, Any]]:
    """Return the speakers with their roles in the active language."""
    return cached_of(episode)["speakers"]


def forget(episode: Episode) -> None:
    """Delete the cached data of an episode."""
    cache.delete(_key(episode))


def _key(episode: Episode) -> str:
    return f"review-{episode.pk}-{episode.version}"


def _load(episode: Episode) -> dict[str, Any]:
    entities = Mention.objects.not_rejected().filter(episode=episode).values_list("entity", "entity__name")
    terms = Gloss.objects.filter(episode=episode).values_list("term", flat=True)
    speakers = _speakers(episode)
    named = sorted(set(entities), key=lambda pair: pair[1].casefold())
    names = {*(name for _key, name in named), *(speaker["name"] for speaker in speakers)}
    return {
        "speakers": speakers,
        "entities": named,
        "names": sorted((name for name in names if len(name) > 1), key=len, reverse=True)[:_MARKED],
        "terms": sorted({term for term in terms if len(term) > 1}, key=len, reverse=True)[:_MARKED],
        "has_transcript": Section.objects.filter(episode=episode, kind=Section.Kind.TRANSCRIPT).exists(),
    }


def _speakers(episode: Episode) -> list[dict[str, Any]]:
    """Return possible speakers: credited people in the order of the note, then others quoted already."""
    credited = Appearance.objects.filter(episode=episode, speaker__isnull=False).exclude(role="channel")
    found = {
        key: {"key": key, "name": name, "role": role}
        for key, name, role in credited.values_list("speaker", "speaker__name", "role")
    }
    for model in (Quote, Prediction):
        quoted = model._default_manager.filter(episode=episode, speaker__isnull=False).order_by()
        for key, name, _n in quoted.values_list("speaker", "speaker__name").annotate(n=Count("pk")).order_by("-n"):
            found.setdefault(key, {"key": key, "name": name, "role": ""})
    return list(found.values())
