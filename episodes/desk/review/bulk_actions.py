"""Actions on many things at once: speaker labels, the grid of names, tags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from episodes import derived, workflow
from episodes.bases.reviewable import Status
from episodes.bases.slugs import free_slug_for
from episodes.desk.review.actions import (
    Conflict,
    Done,
    Request,
    claim,
    differences,
    may_not,
)
from episodes.desk.review.group_screens import labels_of
from episodes.desk.review.panel_cache import forget
from episodes.desk.set_speaker import set_speaker_in
from episodes.models import Appearance, Mention, Prediction, Quote
from episodes.workflow import Refused, transition
from people.models import Alias, Speaker

# --- speaker labels


@transaction.atomic
def _name_label(asked: Request) -> Done:
    """Set the speaker of all rows with this label; optionally save the label as an alias.

    `shown`: ids of the rows that had a checkbox; `take`: those left ticked.
    """
    episode, label = asked.episode, asked.get("label")
    if not asked.user.has_perms(["episodes.change_quote", "episodes.change_prediction"]):
        raise may_not(asked.user)
    held = claim(asked)
    speaker = _speaker(asked)
    rows = [
        row
        for model in (Quote, Prediction, Appearance)
        for row in model._default_manager.filter(episode=episode, label=label)
    ]
    left_out = set(asked.data.getlist("shown")) - set(asked.data.getlist("take"))
    rows = [row for row in rows if f"{row._meta.model_name}-{row.pk}" not in left_out]
    if not rows:
        raise Refused(_("Nothing is selected."))
    for row in rows:
        row.episode = episode
    set_speaker_in(episode, rows, speaker, asked.user)
    if asked.get("remember") and label != speaker.name and asked.user.has_perm("people.add_alias"):
        _row, made = Alias.objects.get_or_create(name=label, speaker=speaker)
        if made:
            # Aliases are public on the speaker's page at once.
            derived.touch_public(derived.episodes_naming(speaker))
    forget(episode)
    done = ngettext(
        "“%(label)s” set to %(name)s in %(n)d place.", "“%(label)s” set to %(name)s in %(n)d places.", len(rows)
    )
    open_ones = any(label.is_open for label in labels_of(episode))
    message = done % {"label": label or "–", "name": speaker, "n": len(rows)}
    return Done(message, stays=open_ones, more=[held] if held else [])


def _speaker(asked: Request) -> Speaker:
    """Return the selected speaker, or a new one with the typed name."""
    name = " ".join(asked.get("new").split())
    key = asked.get("speaker")
    if key:
        chosen = Speaker.objects.filter(pk=int(key) if key.isdecimal() and len(key) < 19 else 0).first()
        if chosen is None:
            raise Refused(_("Person not found."))
        return chosen
    if not name:
        raise Refused(_("Select a person or type a name."))
    if not asked.user.has_perm("people.add_speaker"):
        raise may_not(asked.user)
    known = Speaker.objects.filter(name=name)[:2]
    if len(known) == 1:
        return known[0]
    if known:
        raise Refused(_("Several people are called %(name)s. Select one in the episode form.") % {"name": name})
    return Speaker.objects.create(name=name[:200], slug=free_slug_for(Speaker, name, "speaker"))


# --- the grid of names


def _decide_names(to: str) -> Callable[[Request], Done]:
    @transaction.atomic
    def act(asked: Request) -> Done:
        held = claim(asked)
        keys = [int(key) for key in asked.data.getlist("mention") if key.isdecimal() and len(key) < 19]
        rows = Mention.objects.filter(episode=asked.episode, pk__in=keys).select_related("entity")
        _same_as_seen(rows, asked.get("seen"))
        chosen = [row for row in rows if row.status != to]
        if not chosen:
            raise Refused(_("Nothing is selected."))
        for row in chosen:
            row.episode = asked.episode
            transition(row, to, asked.user, asked.argument if to == Status.REJECTED else "")
        message = ngettext("%d name updated.", "%d names updated.", len(chosen)) % len(chosen)
        left = Mention.objects.filter(episode=asked.episode).undecided().exists()
        return Done(message, stays=left, more=[held] if held else [])

    return act


def _same_as_seen(rows: Any, seen: str) -> None:
    if not seen:
        return
    was = dict(pair.split(".", 1) for pair in seen.split(",") if "." in pair)
    conflicts = [
        f"{row.entity}: {differences(row, f'.{row.version}')[0]}"
        for row in rows
        if was.get(str(row.pk)) not in (None, row.status)
    ]
    if conflicts:
        raise Conflict(conflicts)


@transaction.atomic
def _tags(asked: Request) -> Done:
    """Remove a tag, or add one by name."""
    episode, name = asked.episode, " ".join(asked.get("tag").split())[:100]
    if not asked.user.has_perm("episodes.change_episode"):
        raise may_not(asked.user)
    if not name:
        raise Refused(_("Nothing is selected."))
    before = sorted(episode.tags.names())
    workflow.edited(episode, asked.user)
    (episode.tags.remove if asked.get("act") == "untag" else episode.tags.add)(name)
    workflow.record_edits([(episode, "tags", before, sorted(episode.tags.names()))], asked.user)
    return Done(_("Saved."), stays=True)


ACTS: dict[str, Callable[[Request], Done]] = {
    "label": _name_label,
    "accept-names": _decide_names(Status.ACCEPTED),
    "reject-names": _decide_names(Status.REJECTED),
    "draft-names": _decide_names(Status.DRAFT),
    "tag": _tags,
    "untag": _tags,
}
