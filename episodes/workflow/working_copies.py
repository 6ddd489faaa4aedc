"""Working copies: a second episode with `revises` set, in which a public one is edited."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from episodes import checks, derived
from episodes.bases import code_labels
from episodes.bases.users import User
from episodes.models import Decision, Episode, Note, TaggedEpisode
from episodes.workflow import claims, decisions, finding_sync, snapshots
from episodes.workflow.decisions import Refused, stale
from episodes.workflow.refusal_log import log_refusals
from episodes.workflow.transitions import PUBLISH, REVIEW, transition_episode

# Columns of the episode that are not copied.
_OWN = {
    "id", "slug", "status", "published_at", "recheck_on", "claimed_by", "claimed_at", "approved_version",
    "withdrawn_reason", "revises", "made_from", "created_at", "changed_at",
}  # fmt: skip
_OWN_OF_ROWS = {"id", "episode", "revises", "html"}


def copy_of(episode: Episode) -> Episode | None:
    """Return the working copy of an episode, with its claimant loaded, or None. One query."""
    return Episode.objects.working().filter(revises=episode.pk).select_related("claimed_by").first()


@log_refusals
def revise(episode: Episode, by: User) -> Episode:
    """Return the working copy of a public episode; create it if there is none, claim it if it is not held.

    Raises Refused without the permission to review and for an episode that is not public.
    """
    if not by.has_perm(REVIEW):
        raise Refused(_("%(name)s does not have permission to do this.") % {"name": by.get_username()})
    with transaction.atomic(), decisions.one_act():
        copy = copy_of(episode) or make_copy(episode)
        open_to_claims = copy.status in (Episode.Status.DRAFT, Episode.Status.CHANGES_REQUESTED)
        if claims.holder(copy) is None and (open_to_claims or copy.status == Episode.Status.IN_REVIEW):
            transition_episode(copy, Episode.Status.IN_REVIEW, by, "", {})
    return copy


def make_copy(episode: Episode) -> Episode:
    """Create a working copy: an unclaimed draft with a copy of every row, tag and settled finding.

    Raises Refused for an episode that is not public, Stale if another user has just created one.
    """
    with transaction.atomic():
        # PostgreSQL: the lock keeps out a concurrent withdrawal.
        original = Episode.objects.select_for_update().get(pk=episode.pk)
        if original.status not in Episode.PUBLIC_STATUSES or original.revises_id:
            raise Refused(_("Only a published episode has a draft of changes. Edit this episode itself."))
        rows = {model: list(model._default_manager.filter(episode=original)) for model in snapshots.KINDS}
        copy = _insert(original, rows)
        keys = {}
        for model, originals in rows.items():
            twins = model._default_manager.bulk_create(_twin(row, copy) for row in originals)
            keys |= finding_sync.key_map(model, ((row.pk, twin.pk) for row, twin in zip(originals, twins, strict=True)))
        _copy_tags(original, copy)
        derived.glosses(copy)
        derived.store_passages(copy)
        checks.run(copy)
        finding_sync.copy_settled_states(original, copy, keys | finding_sync.key_map(Episode, [(original.pk, copy.pk)]))
    return copy


def _insert(original: Episode, rows: dict[type[models.Model], list[Any]]) -> Episode:
    last = Decision.objects.filter(episode=original).aggregate(last=Max("pk"))["last"] or 0
    keys = {snapshots.kind_name(model): [row.pk for row in copied] for model, copied in rows.items()}
    copy = Episode(
        **_copied_columns(original, _OWN),
        # Slugs made from titles have no underscore, so this cannot take the address of a page.
        slug=f"working_copy_{original.pk}",
        revises=original,
        made_from={"version": original.version, "decided": last, "rows": keys},
    )
    try:
        with transaction.atomic():
            copy.save(force_insert=True)
    except IntegrityError:
        # `revises` is unique: another user has just created one.
        raise stale() from None
    return copy


def _copied_columns(row: Any, own: set[str]) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.name not in own}


def _twin(row: Any, copy: Episode) -> Any:
    return type(row)(**_copied_columns(row, _OWN_OF_ROWS), episode=copy, revises_id=row.pk)


def _copy_tags(original: Episode, copy: Episode) -> None:
    tagged = TaggedEpisode.objects.filter(content_object=original)
    own = {"id", "content_object"}
    TaggedEpisode.objects.bulk_create(TaggedEpisode(**_copied_columns(row, own), content_object=copy) for row in tagged)


@log_refusals
def discard(copy: Episode, by: User, reason: str = "") -> Decision:
    """Delete a working copy: one's own claimed copy, or any with the permission to publish.

    A new version of the note in it becomes a waiting note of the original. Returns the Decision, on the original.
    Raises Refused or Stale.
    """
    if not copy.revises_id:
        raise Refused(_("This is not a draft of changes."))
    if not by.has_perm(PUBLISH):
        if not by.has_perm(REVIEW):
            raise Refused(_("%(name)s does not have permission to do this.") % {"name": by.get_username()})
        if reasons := list(claims.not_held(copy, by)):
            raise Refused(*reasons)
    with transaction.atomic(), decisions.one_act():
        reserve_working_copy(copy)
        original = Episode.objects.get(pk=copy.revises_id)
        if copy.notes.current().exists():
            original.notes.filter(state=Note.State.WAITING).update(state=Note.State.SUPERSEDED)
            copy.notes.current().update(state=Note.State.WAITING)
        copy.notes.update(episode=original)
        derived.forget_passages(copy)
        Episode.objects.filter(pk=copy.pk).delete()
        decision = decisions.new_decision(
            original, original.status, original.status, by, reason or code_labels.DISCARDED
        )
        decision.save(force_insert=True)
    return decision


def reserve_working_copy(copy: Episode) -> None:
    """Lock a working copy until the transaction ends. Raises Stale if it has changed since it was read."""
    seen = {"version": copy.version, "status": copy.status, "claimed_by": copy.claimed_by_id}
    if not Episode.objects.filter(pk=copy.pk, approved_version=copy.approved_version, **seen).update(claimed_at=None):
        raise stale()
