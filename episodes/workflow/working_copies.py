"""Working copies: a second episode with the same words, in which a public one is edited."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from episodes import checks, derived
from episodes.bases import labels
from episodes.bases.users import User
from episodes.models import Decision, Episode, Note, TaggedEpisode
from episodes.workflow import claims, decisions, finding_sync, snapshots
from episodes.workflow.decisions import Refused, stale
from episodes.workflow.refusal_log import log_refusals
from episodes.workflow.transitions import PUBLISH, REVIEW, transition_episode

# What a copy has of its own. Everything else of an episode is carried over.
_OWN = {
    "id", "slug", "status", "published_at", "recheck_on", "claimed_by", "claimed_at", "approved_version",
    "withdrawn_reason", "revises", "made_from", "created_at", "changed_at",
}  # fmt: skip
_OWN_OF_ROWS = {"id", "episode", "revises", "html"}


def copy_of(episode: Episode) -> Episode | None:
    """The working copy of an episode, with who holds it."""
    return Episode.objects.working().filter(revises=episode.pk).select_related("claimed_by").first()


@log_refusals
def revise(episode: Episode, by: User) -> Episode:
    """The working copy of a public episode, made if there is none, claimed if nobody holds it. Raises Refused."""
    if not by.has_perm(REVIEW):
        raise Refused(_("%(name)s may not do this.") % {"name": by.get_username()})
    with transaction.atomic(), decisions.one_act():
        copy = copy_of(episode) or make_copy(episode)
        open_to_claims = copy.status in (Episode.Status.DRAFT, Episode.Status.CHANGES_REQUESTED)
        if claims.holder(copy) is None and (open_to_claims or copy.status == Episode.Status.IN_REVIEW):
            transition_episode(copy, Episode.Status.IN_REVIEW, by, "", {})
    return copy


def make_copy(episode: Episode) -> Episode:
    """A new working copy, a draft that nobody holds. Of every row one that stands for it. Raises Refused."""
    with transaction.atomic():
        # Locked where the database can: what was withdrawn meanwhile has no working copy.
        original = Episode.objects.select_for_update().get(pk=episode.pk)
        if original.status not in Episode.PUBLIC_STATUSES or original.revises_id:
            raise Refused(_("Only what is published has a working copy. This episode is edited itself."))
        rows = {model: list(model._default_manager.filter(episode=original)) for model in snapshots.KINDS}
        copy = _insert(original, rows)
        keys = {}
        for model, originals in rows.items():
            twins = model._default_manager.bulk_create(_twin(row, copy) for row in originals)
            keys |= finding_sync.key_map(model, ((row.pk, twin.pk) for row, twin in zip(originals, twins, strict=True)))
        _copy_tags(original, copy)
        derived.glosses(copy)
        checks.run(copy)
        finding_sync.copy_settled_states(original, copy, keys | finding_sync.key_map(Episode, [(original.pk, copy.pk)]))
    return copy


def _insert(original: Episode, rows: dict[type[models.Model], list[Any]]) -> Episode:
    last = Decision.objects.filter(episode=original).aggregate(last=Max("pk"))["last"] or 0
    keys = {snapshots.kind_name(model): [row.pk for row in found] for model, found in rows.items()}
    copy = Episode(
        **_carried(original, _OWN),
        # No title makes a slug with an underscore: it takes no page's address.
        slug=f"working_copy_{original.pk}",
        revises=original,
        made_from={"version": original.version, "decided": last, "rows": keys},
    )
    try:
        with transaction.atomic():
            copy.save(force_insert=True)
    except IntegrityError:
        # Somebody else has just made one.
        raise stale() from None
    return copy


def _carried(row: Any, own: set[str]) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.name not in own}


def _twin(row: Any, copy: Episode) -> Any:
    return type(row)(**_carried(row, _OWN_OF_ROWS), episode=copy, revises_id=row.pk)


def _copy_tags(original: Episode, copy: Episode) -> None:
    tagged = TaggedEpisode.objects.filter(content_object=original)
    own = {"id", "content_object"}
    TaggedEpisode.objects.bulk_create(TaggedEpisode(**_carried(row, own), content_object=copy) for row in tagged)


@log_refusals
def discard(copy: Episode, by: User, reason: str = "") -> Decision:
    """Throw a working copy away. Who holds it may, and who publishes. A new version of the note that was in it waits
    beside the episode again. Raises Refused.
    """
    if not copy.revises_id:
        raise Refused(_("This is no working copy."))
    if not by.has_perm(PUBLISH):
        if not by.has_perm(REVIEW):
            raise Refused(_("%(name)s may not do this.") % {"name": by.get_username()})
        if reasons := list(claims.not_held(copy, by)):
            raise Refused(*reasons)
    with transaction.atomic(), decisions.one_act():
        reserve_working_copy(copy)
        original = Episode.objects.get(pk=copy.revises_id)
        if copy.notes.current().exists():
            original.notes.filter(state=Note.State.WAITING).update(state=Note.State.SUPERSEDED)
            copy.notes.current().update(state=Note.State.WAITING)
        copy.notes.update(episode=original)
        Episode.objects.filter(pk=copy.pk).delete()
        made = decisions.new_decision(original, original.status, original.status, by, reason or labels.DISCARDED)
        made.save(force_insert=True)
    return made


def reserve_working_copy(copy: Episode) -> None:
    """Nobody else does anything with this copy from now on. Raises Stale for one that is no longer as it was read."""
    seen = {"version": copy.version, "status": copy.status, "claimed_by": copy.claimed_by_id}
    if not Episode.objects.filter(pk=copy.pk, approved_version=copy.approved_version, **seen).update(claimed_at=None):
        raise stale()
