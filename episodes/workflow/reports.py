"""What a reader reports as wrong, kept as a finding: the one thing a visitor can write."""

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
    """What a report is about, as far as its writer says."""

    WORDS = "words", gettext_lazy("wrong words")
    SPEAKER = "speaker", gettext_lazy("wrong speaker")
    TIME = "time", gettext_lazy("wrong time")
    NAME = "name", gettext_lazy("wrong name")
    PRIVATE = "private", gettext_lazy("something private")
    OTHER = "other", gettext_lazy("something else")


def report(episode: Episode, about: Any, message: str, kind: str = "", words: str = "") -> None:
    """Keep what a reader wrote about a row of a public episode, or about the episode. One row at most, no Decision.

    about: the row meant; None for the episode itself. kind: of Kind, or "". words: those the reader meant.
    The same said again of the same version of the same thing is the same finding, and one that an editor has settled
    stays settled. Visitors never see it, so the dates of pages do not move. Raises Refused if the episode is not
    public (any more).
    """
    about = about or episode
    template, params = _told(message, kind, words)
    evidence = "\x00".join((str(about.version), kind, message, words))
    fault = Fault(CODE, Finding.Severity.WARNING, template, about, evidence=evidence, params=params)
    finding = fault.as_finding(episode, Finding.Origin.PERSON)
    with transaction.atomic():
        # Locked where the database can: what is withdrawn at this moment takes no reports.
        public = Episode.objects.public().select_for_update().filter(pk=episode.pk).order_by()
        if not public.values_list("pk").first():
            raise Refused(_("This episode is not public."))
        # Two may say the same at once: the constraint knows, and the slower one writes nothing.
        Finding.objects.bulk_create([finding], ignore_conflicts=True)


def _told(message: str, kind: str, words: str) -> tuple[str, dict[str, Any]]:
    """Return template and parameters of what stands on the desk: the kind in the language of whoever reads it there."""
    template, params = message, {}
    if kind in Kind.values:
        with override("en"):
            label = message_ref(str(Kind(kind).label))
        template, params = gettext_noop("%(kind)s: %(message)s"), {"kind": label, "message": message}
    if words:
        told = message_ref(template, params) if params else message
        template, params = gettext_noop("%(told)s\n“%(words)s”"), {"told": told, "words": words}
    return template, params
