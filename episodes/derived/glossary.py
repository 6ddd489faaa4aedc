"""Glosses: terms explained in the text of sections."""

from __future__ import annotations

from episodes.models import Episode, Gloss, Section
from episodes.notes import prose
from episodes.notes.visible_text import shown


def glosses(episode: Episode) -> None:
    """Replace the stored glosses of an episode by those in its sections."""
    episode.glosses.all().delete()
    Gloss.objects.bulk_create(gloss for section in episode.sections.not_rejected() for gloss in glosses_of(section))


def glosses_of(section: Section) -> list[Gloss]:
    """Return the glosses in the text of a section as unsaved rows."""
    annotations = prose.annotate(section.text, 0, len(section.text))
    return [gloss_row(section, a.values) for a in annotations if a.kind == "gloss"]


def gloss_row(section: Section, values: dict) -> Gloss:
    """Return an unsaved gloss from the values of an annotation: term, expansion, explanation. Long values are cut."""
    return Gloss(
        episode_id=section.episode_id,
        section=section,
        term=shown(values["term"])[:500],
        expansion=shown(values.get("expansion") or "")[:1000],
        explanation=shown(values.get("explanation") or ""),
    )
