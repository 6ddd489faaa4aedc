"""Replace a public episode by its working copy in one transaction, keeping primary keys, slug and addresses."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction
from django.utils.translation import gettext as _

from config.audit import record_on_commit
from episodes import derived
from episodes.bases import code_labels
from episodes.bases.users import User
from episodes.models import Decision, Episode, Finding, Note, Snapshot
from episodes.workflow import (
    decisions,
    finding_sync,
    guards,
    revocation,
    snapshots,
    working_copy_merge,
)
from episodes.workflow.decisions import Refused
from episodes.workflow.refusal_log import log_refusals
from episodes.workflow.transitions import PUBLISH
from episodes.workflow.working_copies import reserve_working_copy

# Columns that the public episode keeps.
_KEPT = {
    "id", "slug", "source_id", "status", "adopted", "published_at", "recheck_on", "claimed_by", "claimed_at",
    "approved_version", "withdrawn_reason", "revises", "made_from", "version", "created_at", "changed_at",
}  # fmt: skip
# Codes of import findings that outlive the note they came with: about other files, or about an editor's text.
_LASTING = ("second-file", "file-replaced", "kept-yours")


@log_refusals
def publish_changes(copy: Episode, by: User, reason: str = "") -> Snapshot:
    """Publish the changes in a working copy and delete it. Returns the new snapshot.

    Decisions made on the public episode meanwhile are kept, unless the copy has a later one. Raises Refused or Stale;
    nothing is written then.
    """
    return publish_copy(copy, by, reason)[0]


def publish_copy(copy: Episode, by: User, reason: str = "") -> tuple[Snapshot, Decision]:
    """Publish like `publish_changes`. Returns the snapshot and the Decision."""
    if not copy.revises_id:
        raise Refused(_("This is not a draft of changes."))
    if not by.has_perm(PUBLISH):
        raise Refused(_("%(name)s does not have permission to do this.") % {"name": by.get_username()})
    with transaction.atomic(), decisions.one_act():
        reserve_working_copy(copy)
        # PostgreSQL: without the lock a concurrent decision would be overwritten. SQLite has one writer anyway.
        original = Episode.objects.select_for_update().get(pk=copy.revises_id)
        if reasons := list(_unmet(copy, original)):
            raise Refused(*reasons)
        snapshots.complete(original)
        decision = _swap(copy, original, by, reason or code_labels.CHANGES_PUBLISHED)
        record_on_commit("changes-published", by=by.get_username(), episode=original.pk)
        return snapshots.take_snapshot(original, by), decision


def _unmet(copy: Episode, original: Episode) -> Iterator[str]:
    """Yield one reason per unmet precondition of publishing a working copy."""
    if copy.status != Episode.Status.APPROVED:
        yield _("The changes are not approved.")
    elif copy.approved_version != copy.version:
        yield _("The text was changed after its approval.")
    yield from guards.blocking_findings(copy)
    if original.status not in Episode.PUBLIC_STATUSES:
        yield _("The original episode is no longer published.")
    if copy.made_from.get("version", original.version) != original.version:
        yield _(
            "The original episode was edited directly in the meantime. Discard this draft of changes and start a "
            "new one."
        )


def _swap(copy: Episode, original: Episode, by: User, reason: str) -> Decision:
    since = working_copy_merge.DecidedSince(copy, original)
    columns = working_copy_merge.merged_columns(original, copy, since, "summary_", _KEPT)
    version = original.version + 1
    columns |= {"version": version, "approved_version": version}
    decision = decisions.write_status(original, "status", original.status, by, reason, columns)
    rows = finding_sync.key_map(Episode, [(copy.pk, original.pk)])
    for model in snapshots.KINDS:
        pairs = working_copy_merge.swap_rows(model, copy, original, since)
        rows |= finding_sync.key_map(model, pairs)
    working_copy_merge.swap_tags(copy, original)
    _move_notes(copy, original)
    finding_sync.move_open_findings(copy, original, rows)
    derived.refresh(original)
    finding_sync.copy_settled_states(copy, original, rows)
    derived.forget_passages(copy)
    Episode.objects.filter(pk=copy.pk).delete()
    derived.published_state(original)
    if any(guards.unverified(original)):
        revocation.revoke_evergreen(original, by)
    return decision


def _move_notes(copy: Episode, original: Episode) -> None:
    """Move the notes of the copy; a new version of the note supersedes the old one and its import findings."""
    if new := copy.notes.current().without_text().first():
        original.notes.filter(state__in=(Note.State.CURRENT, Note.State.WAITING)).supersede(new.name)
        original.findings.open().filter(origin=Finding.Origin.IMPORT).exclude(code__in=_LASTING).delete()
    copy.notes.update(episode=original)
