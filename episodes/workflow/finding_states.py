"""Resolve, waive and reopen findings."""

from __future__ import annotations

from django.utils.translation import gettext as _

from episodes.bases import code_labels
from episodes.bases.users import User
from episodes.models import Decision, Finding
from episodes.workflow import claims, decisions
from episodes.workflow.decisions import Refused

# Characters. A waiver of an error has to explain it to readers of the history years later; "ok" does not.
MIN_WAIVER_REASON = 20


def settle(finding: Finding, to: str, by: User, reason: str) -> Decision:
    """Set the state of a finding. Returns the Decision; raises Refused if the change or the reason is not allowed."""
    if to not in Finding.State.values or to == finding.state:
        raise Refused(
            _("A flag cannot change from “%(source)s” to “%(target)s”.")
            % {"source": finding.get_state_display(), "target": code_labels.status(Finding, to)}
        )
    if not by.has_perm("episodes.change_finding"):
        raise Refused(_("%(name)s does not have permission to do this.") % {"name": by.get_username()})
    if finding.severity == Finding.Severity.ERROR and to == Finding.State.WAIVED:
        if not by.has_perm("episodes.waive_finding"):
            raise Refused(_("%(name)s does not have permission to waive errors.") % {"name": by.get_username()})
        if len(reason) < MIN_WAIVER_REASON:
            raise Refused(
                _("Give a reason of at least %(count)d characters for waiving this error.")
                % {"count": MIN_WAIVER_REASON}
            )
    decision = decisions.write_status(finding, "state", to, by, reason, {})
    claims.refresh(finding.episode, by)
    return decision
