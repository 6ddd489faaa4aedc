"""Errors reported by visitors, stored as findings: the only rows that visitors can create."""

from __future__ import annotations

from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, override

from episodes.bases.stored_messages import message_ref
from episodes.checks import Fault
from episodes.models import Episode, Finding
from episodes.workflow.decisions import Refused

CODE = "reported"


class Kind(models.TextChoices):
    """Subject of a report, as its writer chose it."""

    WORDS = "words", gettext_lazy("wrong words")
    SPEAKER = "speaker", gettext_lazy("wrong speaker")
    TIME = "time", gettext_lazy("wrong time")
    NAME = "name", gettext_lazy("wrong name")
    PRIVATE = "private", gettext_lazy("something private")
    OTHER = "other", gettext_lazy("something else")


def report(episode: Episode, about: Any, message: str, kind: str = "", words: str = "") -> None:
    """Store a visitor's report about a row of a public episode as a finding. At most one row, no Decision.

    about: the row meant; None for the episode itself. kind: of Kind, or "". words: the passage meant, or "".
    A repeated report about the same version of a row is the same finding, and stays settled if an editor has settled
    it. Pages do not show findings, so `changed_at` is not touched. Raises Refused if the episode is not public.
    """
    about = about or episode
    template, params = _stored_message(message, kind, words)
    evidence = "\x00".join((str(about.version), kind, message, words))
    fault = Fault(CODE, Finding.Severity.WARNING, template, about, evidence=evidence, params=params)
    finding = fault.as_finding(episode, Finding.Origin.PERSON)
    with transaction.atomic():
        # PostgreSQL: the lock keeps out a concurrent withdrawal.
        public = Episode.objects.public().select_for_update().filter(pk=episode.pk).order_by()
        if not public.values_list("pk").first():
            raise Refused(_("This episode is not public."))
        # Two visitors may send the same report at once: the unique constraint lets one row in.
        Finding.objects.bulk_create([finding], ignore_conflicts=True)


def _stored_message(message: str, kind: str, words: str) -> tuple[str, dict[str, Any]]:
    """Return template and parameters of the finding's message; the desk shows the kind in its reader's language."""
    template, params = message, {}
    if kind in Kind.values:
        with override("en"):
            label = message_ref(str(Kind(kind).label))
        template, params = gettext_noop("%(kind)s: %(message)s"), {"kind": label, "message": message}
    if words:
        told = message_ref(template, params) if params else message
        template, params = gettext_noop("%(told)s\n“%(words)s”"), {"told": told, "words": words}
    return template, params
